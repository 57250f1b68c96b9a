"""`Barrier`: elements whose components arrive apart; checked against TensorFlow 2.21's data_flow_ops."""

from collections.abc import Iterator
from typing import Any

import pytest

import tfqueue as tf
from tfqueue.testing import run_in_thread, wait_until_parked

FIRST = -(2**63)


@pytest.fixture
def session() -> Iterator[tf.Session]:
    with tf.Session() as session:
        yield session


def barrier_of() -> Any:
    return tf.queue.Barrier((tf.float32, tf.int32), ((), (2,)), name="B")


def sizes(session: tf.Session, barrier: Any) -> tuple[int, int]:
    """Whole and incomplete elements."""
    return tuple(session.run([barrier.ready_size(), barrier.incomplete_size()]))


def taken(session: tf.Session, take: Any) -> list[tuple[int, bytes, Any]]:
    """Index, key and first component of each element that a take gave."""
    found = session.run(take)
    return list(zip(found.indices.tolist(), found.keys.tolist(), found.values[0].tolist(), strict=True))


def test_names_and_static_shapes() -> None:
    """Ops bear the barrier's name; a take has as many elements as asked for, or an unknown number."""
    barrier = barrier_of()
    assert (barrier.name, barrier.barrier_ref.op.type) == ("B", "Barrier")
    assert barrier.insert_many(0, ["a"], [1.0]).name == "B_BarrierInsertMany"
    take = barrier.take_many(3)
    assert (take.indices.name, take.keys.name) == ("B_BarrierTakeMany:0", "B_BarrierTakeMany:1")
    assert [each.shape.as_list() for each in (take.indices, take.keys, *take.values)] == [[3], [3], [3], [3, 2]]
    assert barrier.take_many(3, allow_small_batch=True).values[1].shape.as_list() == [None, 2]
    assert (barrier.close().name, barrier.ready_size().name) == ("B_BarrierClose", "B_BarrierReadySize:0")


def test_whole_elements_leave_in_the_order_of_their_first_components(session: tf.Session) -> None:
    """A key that began earlier is taken earlier, whichever became whole first."""
    barrier = tf.queue.Barrier((tf.string, tf.int32), ((), ()))
    for component, keys, values in ((0, ["k1", "k2"], ["a", "b"]), (1, ["k1"], [1]), (0, ["k3"], ["c"])):
        session.run(barrier.insert_many(component, keys, values))
    assert sizes(session, barrier) == (1, 2)
    for key, value in (("k3", 3), ("k2", 2)):
        session.run(barrier.insert_many(1, [key], [value]))
    found = session.run(barrier.take_many(2))
    assert (found.indices.tolist(), found.keys.tolist()) == ([FIRST, FIRST], [b"k1", b"k2"])
    assert [values.tolist() for values in found.values] == [[b"a", b"b"], [1, 2]]
    assert taken(session, barrier.take_many(1)) == [(FIRST + 1, b"k3", b"c")]
    assert session.run(barrier.take_many(0)).values[0].shape == (0,)


def test_a_key_that_was_taken_begins_anew(session: tf.Session) -> None:
    """Once whole, a key can be given again."""
    barrier = tf.queue.Barrier(tf.float32)
    for value in (1.0, 2.0):
        session.run(barrier.insert_many(0, ["a", "a"], [value, value]))
    assert taken(session, barrier.take_many(4)) == [
        (FIRST, b"a", 1.0),
        (FIRST, b"a", 1.0),
        (FIRST + 1, b"a", 2.0),
        (FIRST + 1, b"a", 2.0),
    ]


def test_a_refused_insert_changes_nothing(session: tf.Session) -> None:
    """A component that is there, twice the same key, a component that no element has, other shapes and lengths."""
    barrier = barrier_of()
    session.run(barrier.insert_many(0, ["a"], [1.0]))
    words = "already has a value for component 0 in barrier _0_B"
    for keys in (["b", "a"], ["c", "c"]):
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            session.run(barrier.insert_many(0, keys, [1.0, 2.0]))
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"component ID is out of range 5 > num_components \(= 2\)"
    ):
        session.run(barrier.insert_many(5, ["z"], [1.0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Shape mismatch in tuple component 1"):
        session.run(barrier.insert_many(1, ["a"], [[1, 2, 3]]))
    with pytest.raises(ValueError, match="incompatible"):
        barrier.insert_many(0, ["x", "y"], [1.0])
    assert sizes(session, barrier) == (0, 1)


def test_a_take_waits_for_whole_elements(session: tf.Session) -> None:
    """All of them, and takes none before."""
    barrier = barrier_of()
    session.run(barrier.insert_many(0, ["a", "b"], [1.0, 2.0]))
    session.run(barrier.insert_many(1, ["a"], [[1, 1]]))
    consumer = run_in_thread(session.run, barrier.take_many(2))
    (there,) = session.resources.values()
    wait_until_parked(there, dequeues=1)
    assert sizes(session, barrier) == (1, 1)
    session.run(barrier.insert_many(1, ["b"], [[2, 2]]))
    assert consumer.result().values[1].tolist() == [[1, 1], [2, 2]]
    stats = there.stats()
    assert (stats.kind, stats.enqueued_elements, stats.dequeued_elements, stats.size) == ("Barrier", 2, 2, 0)


def test_a_closed_barrier_takes_no_new_keys(session: tf.Session) -> None:
    """What has begun may still become whole; a take that cannot be served any more fails."""
    barrier = barrier_of()
    session.run(barrier.insert_many(0, ["a", "b"], [1.0, 2.0]))
    session.run(barrier.close())
    with pytest.raises(tf.errors.CancelledError, match="_0_B is closed, but attempted to insert a brand new key: new"):
        session.run(barrier.insert_many(0, ["new"], [1.0]))
    session.run(barrier.insert_many(1, ["a"], [[1, 1]]))
    words = r"Barrier '_0_B' is closed and has insufficient elements \(requested 3, total size 2\)"
    with pytest.raises(tf.errors.OutOfRangeError, match=words):
        session.run(barrier.take_many(3))
    assert taken(session, barrier.take_many(5, allow_small_batch=True)) == [(FIRST, b"a", 1.0)]
    with pytest.raises(tf.errors.OutOfRangeError):
        session.run(barrier.take_many(5, allow_small_batch=True))
    with pytest.raises(tf.errors.CancelledError, match="Barrier '_0_B' is already closed"):
        session.run(barrier.close())
    session.run(barrier.close(cancel_pending_enqueues=True))
    with pytest.raises(tf.errors.CancelledError, match="Barrier _0_B is closed"):
        session.run(barrier.insert_many(1, ["b"], [[1, 1]]))
    assert sizes(session, barrier) == (0, 0)


def test_a_close_ends_takes_that_wait(session: tf.Session) -> None:
    """One that takes what there is gets it; one that can no longer be served fails."""
    barrier = barrier_of()
    session.run(barrier.insert_many(0, ["a"], [1.0]))
    session.run(barrier.insert_many(1, ["a"], [[1, 1]]))
    (there,) = session.resources.values()
    small = run_in_thread(session.run, barrier.take_many(2, allow_small_batch=True))
    wait_until_parked(there, dequeues=1)
    strict = run_in_thread(session.run, barrier.take_many(2))
    wait_until_parked(there, dequeues=2)
    session.run(barrier.close())
    assert small.result().keys.tolist() == [b"a"]
    assert isinstance(strict.exception(), tf.errors.OutOfRangeError)


def test_unequal_shapes_make_no_batch(session: tf.Session) -> None:
    """Without declared shapes any goes in; a take of unequal ones says so."""
    barrier = tf.queue.Barrier(tf.float32)
    session.run(barrier.insert_many(0, ["a"], [1.0]))
    session.run(barrier.insert_many(0, ["b"], [[1.0, 2.0]]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="shapes of component 0 differ"):
        session.run(barrier.take_many(2))


def test_shapes_without_elements_are_refused() -> None:
    """As in TensorFlow."""
    with pytest.raises(ValueError, match="Empty tensors are not supported"):
        tf.queue.Barrier((tf.float32,), ((0,),))
