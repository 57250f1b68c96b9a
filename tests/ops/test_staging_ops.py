"""`StagingArea`: what a step puts in, a later one gets; checked against TensorFlow 2.21's data_flow_ops."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tfqueue.queues.staging import BlockingStagingArea
from tfqueue.testing import run_in_thread, wait_until_parked


@pytest.fixture
def session() -> Iterator[tf.Session]:
    with tf.Session() as session:
        yield session


def area_in(session: tf.Session, area: Any) -> Any:
    """The area itself, once an op on it has run."""
    session.run(area.size())
    (found,) = [each for each in session.resources.values() if each.name == area.name]
    return found


def test_names_ops_and_static_shapes() -> None:
    """An area's ops bear its name, outside of the scope where it was made; gets have its types and shapes."""
    area = tf.staging.StagingArea([tf.float32, tf.int32], [[], [2]], capacity=2)
    assert (area.name, area.dtypes, area.names) == ("StagingArea", [tf.float32, tf.int32], None)
    assert (area.capacity, area.memory_limit) == (2, 0)
    put = area.put([1.0, [1, 2]])
    assert (put.name, put.type, put.get_attr("shared_name")) == ("StagingArea_put", "Stage", b"StagingArea")
    value, pair = area.get()
    assert (value.name, pair.name) == ("StagingArea_get:0", "StagingArea_get:1")
    assert (pair.dtype, pair.shape.as_list()) == (tf.int32, [2])
    assert area.peek(0)[1].name == "StagingArea_peek:1"
    assert (area.size().name, area.clear().name) == ("StagingArea_size:0", "StagingArea_clear")
    assert tf.staging.StagingArea([tf.float32]).name == "StagingArea_1"
    assert tf.staging.StagingArea([tf.float32], shared_name="S").put(1.0).name == "S_put"


def test_elements_leave_in_the_order_they_came(session: tf.Session) -> None:
    """Any shapes, one element each; a peek leaves what it sees."""
    area = tf.staging.StagingArea([tf.float32])
    x = tf.placeholder(tf.float32)
    put = area.put(x)
    session.run(put, {x: [1, 2]})
    session.run(put, {x: 3})
    (first,), (second,) = session.run([area.peek(0), area.peek(1)])
    assert (first.tolist(), second) == ([1, 2], 3)
    assert session.run(area.size()) == 2
    get = area.get()
    assert session.run(get)[0].tolist() == [1, 2]
    assert session.run(get)[0] == 3
    assert session.run(area.size()) == 0


def test_one_step_overlaps_with_the_next(session: tf.Session) -> None:
    """The use it is made for: each step gets what the one before put in, and puts in what the next will get."""
    area = tf.staging.StagingArea([tf.int32], capacity=1)
    x = tf.placeholder(tf.int32)
    put, (get,) = area.put(x), area.get()
    session.run(put, {x: 0})
    assert [session.run([get, put], {x: step})[0] for step in range(1, 5)] == [0, 1, 2, 3]


def test_named_components_are_dicts(session: tf.Session) -> None:
    """With names, elements are dicts on both sides."""
    area = tf.staging.StagingArea([tf.float32, tf.string], names=["x", "y"])
    session.run(area.put({"y": "text", "x": 1.0}))
    assert session.run(area.get()) == {"x": 1.0, "y": b"text"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: tf.staging.StagingArea([tf.float32], [[], []]), "shapes must be the same length as dtypes"),
        (lambda: tf.staging.StagingArea([tf.float32], names=["a", "b"]), "names must be the same length as dtypes"),
        (lambda: tf.staging.StagingArea([tf.float32], shared_name=3), "shared_name must be a string, got 3"),
        (lambda: tf.staging.StagingArea([tf.float32]).put([1.0, 2.0]), "Unexpected number of inputs 2 vs 1"),
        (lambda: tf.staging.StagingArea([tf.float32]).put(tf.constant(1)), "Datatypes do not match"),
        (lambda: tf.staging.StagingArea([tf.float32], [[2]]).put(tf.zeros([3])), r"\(3,\) and \(2,\) are incompatible"),
        (lambda: tf.staging.StagingArea([tf.float32]).put({"a": 1.0}), "must have names to enqueue a dictionary"),
        (lambda: tf.staging.StagingArea([tf.float32], names=["a"]).put(1.0), "You must enqueue a dictionary"),
        (lambda: tf.staging.StagingArea([tf.float32], names=["a"]).put({"b": 1.0}), "Keys in dictionary to put do not"),
    ],
)
def test_what_does_not_fit_is_refused_while_the_graph_is_built(make: Any, words: str) -> None:
    """ValueError, in TensorFlow's words."""
    with pytest.raises(ValueError, match=words):
        make()


def test_a_get_waits_for_a_put(session: tf.Session) -> None:
    """It parks as a dequeue does, and telemetry shows it."""
    area = tf.staging.StagingArea([tf.int32])
    there = area_in(session, area)
    get, put = area.get(), area.put(7)
    consumer = run_in_thread(session.run, get)
    wait_until_parked(there, dequeues=1)
    session.run(put)
    assert consumer.result() == [7]
    stats = there.stats()
    assert (stats.kind, stats.enqueued_elements, stats.dequeued_elements) == ("StagingArea", 1, 1)
    assert (stats.size, stats.dequeue.blocked_threads, stats.dequeue.finished) == (0, 0, 1)


def test_a_put_waits_for_room(session: tf.Session) -> None:
    """At its capacity an area takes no more until something leaves it, or it is cleared."""
    area = tf.staging.StagingArea([tf.int32], capacity=1)
    there = area_in(session, area)
    x = tf.placeholder(tf.int32)
    put, get, clear = area.put(x), area.get(), area.clear()
    session.run(put, {x: 1})
    second = run_in_thread(session.run, put, {x: 2})
    wait_until_parked(there, enqueues=1)
    assert session.run(get) == [1]
    second.result()
    third = run_in_thread(session.run, put, {x: 3})
    wait_until_parked(there, enqueues=1)
    session.run(clear)
    third.result()
    assert session.run(get) == [3]
    assert there.stats().cancelled_elements == 1


def test_a_put_waits_for_memory(session: tf.Session) -> None:
    """The bytes of all components inside stay within the limit; what alone is too large is refused."""
    area = tf.staging.StagingArea([tf.float32], memory_limit=12)
    there = area_in(session, area)
    x = tf.placeholder(tf.float32)
    put, get = area.put(x), area.get()
    words = "Attempted to insert tensors with combined size of '16' bytes into Staging Area with a memory limit of '12'"
    with pytest.raises(tf.errors.ResourceExhaustedError, match=words):
        session.run(put, {x: np.zeros(4)})
    session.run(put, {x: [1, 2]})
    waiting = run_in_thread(session.run, put, {x: [3, 4]})
    wait_until_parked(there, enqueues=1)
    session.run(put, {x: 5})  # there is room for this one
    assert session.run(get)[0].tolist() == [1, 2]
    waiting.result()
    assert [session.run(get)[0].tolist() for _ in range(2)] == [5, [3, 4]]


def test_a_put_of_another_number_of_components_is_found_by_the_get(session: tf.Session) -> None:
    """A list that is too short goes in, as in TensorFlow, and no get can take it out whole."""
    area = tf.staging.StagingArea([tf.float32, tf.int32])
    session.run(area.put([1.0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Mismatch stage/unstage: 1 vs\. 2"):
        session.run(area.get())


def test_waits_can_be_ended(session: tf.Session) -> None:
    """By a time-out, and by the end of the session; nothing is left behind."""
    area = tf.staging.StagingArea([tf.int32])
    there = area_in(session, area)
    get, peek = area.get(), area.peek(0)
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(get, options=tf.RunOptions(timeout_in_ms=10))
    consumers = [run_in_thread(session.run, fetch) for fetch in (get, peek)]
    wait_until_parked(there, dequeues=2)
    session.close()
    for consumer in consumers:
        assert isinstance(consumer.exception(), tf.errors.CancelledError)


def test_what_a_peek_gave_is_the_callers(session: tf.Session) -> None:
    """Writing to it changes nothing inside."""
    area = tf.staging.StagingArea([tf.int32])
    session.run(area.put([tf.constant([1, 2])]))
    (seen,) = session.run(area.peek(0))
    seen[:] = 9
    assert session.run(area.get())[0].tolist() == [1, 2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be >= 0"):
        session.run(area.peek(-1))


def test_areas_with_one_shared_name_are_one(session: tf.Session) -> None:
    """In one session and container."""
    first, second = (tf.staging.StagingArea([tf.int32], shared_name="both") for _ in range(2))
    session.run(first.put(1))
    assert session.run(second.get()) == [1]


def test_an_element_that_nobody_asks_for_goes_back() -> None:
    """A get that was served while its step ended otherwise gives its element back, to the front."""
    area = BlockingStagingArea(0, 0, name="area")
    get = area.start_get()
    area.start_put((1,))
    area.start_put((2,))
    get.abandon()
    assert [area.start_get().values for _ in range(2)] == [(1,), (2,)]
    stats = area.stats()
    assert (stats.enqueued_elements, stats.dequeued_elements, stats.returned_elements, stats.size) == (2, 3, 1, 0)


@pytest.mark.parametrize("capacity", [0, 1, 5])
def test_nothing_is_lost_or_doubled_among_threads(session: tf.Session, capacity: int) -> None:
    """Several producers and consumers at once: each element arrives once."""
    area = tf.staging.StagingArea([tf.int32], [[]], capacity=capacity)
    there = area_in(session, area)
    x = tf.placeholder(tf.int32)
    put, get = area.put(x), area.get()

    def produce(start: int) -> None:
        for value in range(start, start + 100):
            session.run(put, {x: value})

    def consume() -> list[int]:
        return [session.run(get)[0] for _ in range(100)]

    producers = [run_in_thread(produce, start) for start in (0, 100, 200)]
    consumers = [run_in_thread(consume) for _ in range(3)]
    for producer in producers:
        producer.result()
    assert sorted(value for consumer in consumers for value in consumer.result()) == list(range(300))
    stats = there.stats()
    assert (stats.enqueued_elements, stats.dequeued_elements, stats.size) == (300, 300, 0)
