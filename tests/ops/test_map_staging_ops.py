"""`MapStagingArea`: elements under keys, whole or in parts; checked against TensorFlow 2.21's data_flow_ops."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tfqueue.queues.keyed_staging import KeyedStagingArea
from tfqueue.testing import run_in_thread, wait_until_parked

BOTH = pytest.mark.parametrize("ordered", [False, True])


@pytest.fixture
def session() -> Iterator[tf.Session]:
    with tf.Session() as session:
        yield session


def sizes(session: tf.Session, area: Any) -> tuple[int, int]:
    """Whole and incomplete elements."""
    return tuple(session.run([area.size(), area.incomplete_size()]))


def area_in(session: tf.Session, area: Any) -> Any:
    """The area itself, once an op on it has run."""
    session.run(area.size())
    (found,) = [each for each in session.resources.values() if each.name == area.name]
    return found


def named(**kwargs: Any) -> Any:
    return tf.staging.MapStagingArea([tf.float32, tf.int32], names=["f", "i"], **kwargs)


def test_names_and_ops() -> None:
    """Ops bear the area's name, and TensorFlow's op types."""
    area = named(ordered=True)
    put = area.put(3, {"f": 1.0})
    assert (put.name, put.type) == ("MapStagingArea_put", "OrderedMapStage")
    assert [each.name for each in put.inputs[:2]] == ["MapStagingArea_put/key:0", "MapStagingArea_put/indices:0"]
    key, found = area.get(3)
    assert key == 3
    assert {name: each.name for name, each in found.items()} == {
        "f": "MapStagingArea_get:0",
        "i": "MapStagingArea_get:1",
    }
    key, found = area.get()
    assert (key.name, key.dtype, found["f"].name) == (
        "MapStagingArea_get_nokey:0",
        tf.int64,
        "MapStagingArea_get_nokey:1",
    )
    assert area.peek(3)["i"].name == "MapStagingArea_pop:1"
    assert named().put(3, {"f": 1.0}).type == "MapStage"


@BOTH
def test_an_element_is_there_when_all_its_components_have_come(session: tf.Session, ordered: bool) -> None:
    """Until then its key is an incomplete one; then it can be seen, and taken."""
    area = named(ordered=ordered)
    session.run(area.put(3, {"f": 1.0}))
    assert sizes(session, area) == (0, 1)
    session.run(area.put(3, {"i": 7}))
    assert sizes(session, area) == (1, 0)
    assert session.run(area.peek(3)) == {"f": 1.0, "i": 7}
    assert session.run(area.get(3)[1]) == {"f": 1.0, "i": 7}
    assert sizes(session, area) == (0, 0)


@BOTH
def test_components_are_taken_apart(session: tf.Session, ordered: bool) -> None:
    """An element stays until the last of its components is taken; each can be taken once."""
    area = named(ordered=ordered)
    session.run(area.put(3, {"f": 1.0, "i": 7}))
    assert session.run(area.get(3, ["i"])[1]) == {"i": 7}
    for again in (area.get(3, ["i"])[1], area.peek(3), area.get(None, [1])[1]):
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="Tensor at index '1' for key '3' has already been rem"
        ):
            session.run(again)
    assert sizes(session, area) == (1, 0)
    assert session.run(area.get(None, ["f"])) == (3, {"f": 1.0})
    assert sizes(session, area) == (0, 0)


def test_a_component_comes_once(session: tf.Session) -> None:
    """A second value for a component that is there, while others are missing, is refused."""
    area = named()
    put = area.put(3, {"f": 1.0})
    session.run(put)
    with pytest.raises(tf.errors.InvalidArgumentError, match="index '0' for key '3' was already initialized '2'"):
        session.run(put)
    assert sizes(session, area) == (0, 1)


def test_a_key_that_is_there_keeps_its_element(session: tf.Session) -> None:
    """A whole element put under it again is dropped, as in TensorFlow; its parts wait for the others."""
    area = named(memory_limit=16)
    session.run(area.put(1, {"f": 1.0, "i": 1}))
    for _ in range(3):  # the memory of what is dropped is free again
        session.run(area.put(1, {"f": 2.0, "i": 2}))
    session.run(area.put(1, {"f": 3.0}))
    assert sizes(session, area) == (1, 1)
    assert session.run(area.get(1)[1]) == {"f": 1.0, "i": 1}


def test_without_a_key_the_least_or_the_oldest_is_taken(session: tf.Session) -> None:
    """The least key of an ordered area; the oldest of another."""
    for ordered, expected in ((True, [-1, 3, 5]), (False, [5, -1, 3])):
        area = tf.staging.MapStagingArea([tf.int32], ordered=ordered)
        for key in (5, -1, 3):
            session.run(area.put(key, [key], [0]))
        get = area.get()
        assert [session.run(get) for _ in range(3)] == [(key, [key]) for key in expected]


def test_a_get_waits_for_its_own_key(session: tf.Session) -> None:
    """One that waits for another key is in nobody's way."""
    area = tf.staging.MapStagingArea([tf.int32])
    there = area_in(session, area)
    x = tf.placeholder(tf.int64)
    put, (_, get) = area.put(x, [tf.cast(x, tf.int32)], [0]), area.get(x)
    consumers = {key: run_in_thread(session.run, get, {x: key}) for key in (1, 2)}
    wait_until_parked(there, dequeues=2)
    for key in (2, 1):
        session.run(put, {x: key})
        assert consumers[key].result() == [key]


def test_a_whole_element_waits_for_room(session: tf.Session) -> None:
    """Incomplete ones do not count; the part that makes one whole waits, and what it has made comes in then."""
    area = named(capacity=1)
    there = area_in(session, area)
    session.run(area.put(1, {"f": 1.0, "i": 1}))
    session.run(area.put(2, {"f": 2.0}))
    producer = run_in_thread(session.run, area.put(2, {"i": 2}))
    wait_until_parked(there, enqueues=1)
    assert sizes(session, area) == (1, 0)
    assert session.run(area.get(1)[1]) == {"f": 1.0, "i": 1}
    producer.result()
    assert session.run(area.get()) == (2, {"f": 2.0, "i": 2})


def test_parts_wait_for_memory(session: tf.Session) -> None:
    """The bytes of incomplete elements count; a put that is called off gives back what it held."""
    area = tf.staging.MapStagingArea([tf.float32, tf.float32], capacity=1, memory_limit=16)
    with pytest.raises(
        tf.errors.ResourceExhaustedError, match="'20' bytes into Staging Area with a memory limit of '16'"
    ):
        session.run(area.put(1, [tf.zeros([5])], [0]))
    session.run(area.put(1, [1.0, 1.0], [0, 1]))
    session.run(area.put(2, [2.0], [0]))
    brief = tf.RunOptions(timeout_in_ms=10)
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(area.put(2, [2.0], [1]), options=brief)  # whole, but without room
    session.run(area.put(3, [tf.zeros([2])], [0]))
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(area.put(4, [0.0], [0]), options=brief)
    session.run(area.clear())
    assert sizes(session, area) == (0, 0)
    session.run(area.put(4, [tf.zeros([4])], [0]))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda area: area.put(1, [1.0]), ValueError, "You must enqueue a dictionary"),
        (lambda area: area.put("k", {"f": 1.0}), TypeError, "Expected int64 passed to parameter 'key'"),
        (lambda area: area.get(1, ["q"]), ValueError, "Named index not in Staging Area names"),
        (lambda area: area.get(1, ["f", 1]), TypeError, "Mixed types in indices"),
        (lambda area: area.get(1, []), ValueError, "Empty indices"),
        (lambda area: area.get(1, "f"), TypeError, "Invalid indices type"),
        (lambda area: area.get(1, [5]), IndexError, "out of range"),
    ],
)
def test_what_does_not_fit_is_refused_while_the_graph_is_built(make: Any, error: type[Exception], words: str) -> None:
    """With TensorFlow's error and words."""
    with pytest.raises(error, match=words):
        make(named())


def test_lists_come_with_indices(session: tf.Session) -> None:
    """Without names a list tells which components it has; they must be in order."""
    area = tf.staging.MapStagingArea([tf.float32, tf.int32])
    with pytest.raises(ValueError, match="Indices must be supplied when inserting a list of tensors"):
        area.put(1, [1.0])
    with pytest.raises(ValueError, match="Number of indices 2 doesn't match number of values 1"):
        area.put(1, [1.0], [0, 1])
    with pytest.raises(ValueError, match="was not created with names"):
        area.get(1, ["f"])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Indices are not strictly ordered"):
        session.run(area.put(2, [2, 1.0], [1, 0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="key must be an int64 scalar"):
        session.run(area.put([1, 2], [1.0], [0]))
    session.run(area.put(1, [1.0, 2], [0, 1]))
    assert session.run(area.get(1)[1]) == [1.0, 2]


def test_what_a_peek_gave_is_the_callers(session: tf.Session) -> None:
    """Writing to it changes nothing inside."""
    area = tf.staging.MapStagingArea([tf.int32])
    session.run(area.put(1, [[1, 2]], [0]))
    (seen,) = session.run(area.peek(1))
    seen[:] = 9
    np.testing.assert_array_equal(session.run(area.get(1)[1])[0], [1, 2])


@BOTH
def test_what_nobody_asks_for_goes_back(ordered: bool) -> None:
    """A get that was served while its step ended otherwise gives back what it took, all or a part."""
    area = KeyedStagingArea(0, 0, 2, ordered, name="area")
    whole, part = area.start_get(1, [0, 1]), area.start_get(2, [1])
    for key in (1, 2):
        area.start_put(key, [0, 1], ["a", "b"])
    whole.abandon()
    part.abandon()
    assert [area.start_get(None, [0, 1]).values for _ in range(2)] == [("a", "b")] * 2
    stats = area.stats()
    assert (stats.enqueued_elements, stats.dequeued_elements, stats.returned_elements, stats.size) == (2, 3, 1, 0)
