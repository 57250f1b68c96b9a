"""Queues in a graph: handles, the ops that they make, and what those do in a session."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tfqueue as tf


def run(fetches: Any, feed_dict: Any = None) -> Any:
    """One run in a session of its own."""
    with tf.Session() as session:
        return session.run(fetches, feed_dict)


# Handles and what they are called


def test_the_ops_are_named_after_the_queue() -> None:
    """Queue ops bear the last part of the queue's name, inside the scope where they are made (SEMANTICS 8)."""
    queue = tf.FIFOQueue(3, [tf.int32, tf.float32], [[], []], name="a/b/Q")
    assert (queue.name, queue.queue_ref.name, queue.queue_ref.dtype) == ("a/b/Q", "a/b/Q:0", tf.resource)
    assert queue.enqueue((1, 1.0)).name == "Q_enqueue"
    assert queue.enqueue((1, 1.0)).inputs[1].name == "Q_enqueue_1/component_0:0"
    assert queue.enqueue_many(([1], [1.0])).name == "Q_EnqueueMany"
    assert queue.dequeue()[1].name == "Q_Dequeue:1"
    assert queue.dequeue_many(2)[0].name == "Q_DequeueMany:0"
    assert queue.dequeue_up_to(2)[0].name == "Q_DequeueUpTo:0"
    assert queue.close().name == "Q_Close"
    assert queue.size().name == "Q_Size:0"
    assert queue.is_closed().name == "Q_Is_Closed:0"
    with tf.name_scope("outer"):
        assert queue.enqueue((1, 1.0)).name == "outer/Q_enqueue"
        assert queue.enqueue((1, 1.0), name="mine").name == "outer/mine"
        assert tf.FIFOQueue(1, tf.int32).name == "outer/fifo_queue"


def test_a_handle_prints_as_a_node_def() -> None:
    """The handle op shows kind, capacity, types, shapes and sharing as TensorFlow's NodeDef does (SEMANTICS 43)."""
    with tf.container("box"):
        queue = tf.FIFOQueue(10, [tf.float32, tf.int32], [[], [2]], shared_name="s", name="Q")
    op = queue.queue_ref.op
    assert (op.type, op.get_attr("capacity")) == ("FIFOQueueV2", 10)
    assert (op.get_attr("container"), op.get_attr("shared_name")) == (b"box", b"s")
    text = str(op.node_def)
    for words in ('op: "FIFOQueueV2"', "type: DT_FLOAT", "type: DT_INT32", "size: 2", "i: 10", 's: "box"'):
        assert words in text
    assert queue.dequeue()[0].op.inputs[0].op is op


def test_the_public_names_stand_in_two_places() -> None:
    """`tf.FIFOQueue` is `tf.queue.FIFOQueue`, and so for all kinds (SEMANTICS 1.1)."""
    for name in ("QueueBase", "FIFOQueue", "PaddingFIFOQueue", "PriorityQueue", "RandomShuffleQueue"):
        assert getattr(tf, name) is getattr(tf.queue, name)


# Names of components


def test_names_ask_for_a_dict_and_a_dict_for_names() -> None:
    """Every mismatch of names is refused when the op is made (SEMANTICS 39)."""
    plain = tf.FIFOQueue(3, [tf.int32, tf.float32])
    named = tf.FIFOQueue(3, [tf.int32, tf.float32], names=["i", "f"], name="named")
    with pytest.raises(ValueError, match="must have names"):
        plain.enqueue({"i": 1, "f": 2.0})
    with pytest.raises(ValueError, match=r"enqueue a dictionary.*'named'"):
        named.enqueue((1, 2.0))
    with pytest.raises(ValueError, match="match names of Queue 'named'"):
        named.enqueue({"i": 1})
    with pytest.raises(ValueError, match="match names of Queue"):
        named.enqueue_many({"i": [1], "f": [2.0], "x": [3]})
    with pytest.raises(ValueError, match="same length as the list of dtypes"):
        tf.FIFOQueue(3, [tf.int32], names=["a", "b"])
    assert tf.FIFOQueue(3, tf.int32, names="only").names == ["only"]


# Shapes and dtypes, when the op is made


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        (None, [None]),
        ((3, 2), [[3, 2]]),
        (tf.TensorShape([3, 2]), [[3, 2]]),
        ([(3, 2)], [[3, 2]]),
        ([tf.TensorShape([3, 2])], [[3, 2]]),
        ([[]], [[]]),
        ((), [[]]),
    ],
)
def test_shapes_may_be_written_in_many_ways(shapes: Any, expected: list[Any]) -> None:
    """One TensorShape, one tuple of ints, or a list of either (SEMANTICS 38)."""
    queue = tf.FIFOQueue(3, tf.int32, shapes)
    assert [None if shape.ndims is None else shape.as_list() for shape in queue.shapes] == expected


def test_bad_handles_are_refused() -> None:
    """Shapes must be full and as many as dtypes, a capacity a number (SEMANTICS 38)."""
    for shapes in ([[None]], [tf.TensorShape(None)], (2, None)):
        with pytest.raises(ValueError, match="All shapes must be fully defined"):
            tf.FIFOQueue(3, tf.int32, shapes)
    with pytest.raises(TypeError, match="Shapes must be a TensorShape"):
        tf.FIFOQueue(3, tf.int32, 3)
    with pytest.raises(ValueError, match="same length as dtypes"):
        tf.FIFOQueue(3, [tf.int32], [[], []])
    with pytest.raises(TypeError, match="Expected int for argument 'capacity' not '3'"):
        tf.FIFOQueue("3", tf.int32)
    with pytest.raises(ValueError, match="at least one component"):
        tf.FIFOQueue(3, [])


def test_counts_are_int32_and_not_negative() -> None:
    """Another dtype is a TypeError, a negative constant a ValueError, a negative tensor fails at run time."""
    queue = tf.FIFOQueue(10, tf.int32, [[]])
    with pytest.raises(TypeError, match="Input 'n' of 'QueueDequeueManyV2' Op has type int64"):
        queue.dequeue_many(tf.constant(2, tf.int64))
    with pytest.raises(ValueError, match="must be >= 0, but is -1"):
        queue.dequeue_many(-1)
    count = tf.placeholder(tf.int32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="DequeueManyOp requested -1 < 0 elements"):
        run(queue.dequeue_many(count), {count: -1})
    with pytest.raises(tf.errors.InvalidArgumentError, match="DequeueUpToOp requested -1 < 0 elements"):
        run(queue.dequeue_up_to(count), {count: -1})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda q: q.enqueue((tf.constant(1.0), [1.0, 2.0])), r"requested dtype int32 .*component 0 of queue 'Q'"),
        (
            lambda q: q.enqueue(([1, 2], [1.0, 2.0])),
            r"Shapes \(2,\) and \(\) are incompatible \(component 0 of queue 'Q'",
        ),
        (lambda q: q.enqueue((1, [1.0])), r"component 1 of queue 'Q': expected \(2,\), got \(1,\)"),
        (lambda q: q.enqueue_many((1, [[1.0, 2.0]])), r"must have rank at least 1 .*component 0 of queue 'Q'"),
        (lambda q: q.enqueue_many(([1, 2], [[1.0, 2.0]])), r"Dimensions 2 and 1 are not compatible"),
        (lambda q: q.enqueue_many(([1], [[1.0]])), r"component 1 of queue 'Q': expected \(2,\), got \(1,\)"),
        (lambda q: q.enqueue(1), r"Queue 'Q' has 2 components, and 1 values were given"),
        (lambda q: q.enqueue((1, [1.0, 2.0], 3)), r"Queue 'Q' has 2 components, and 3 values were given"),
    ],
)
def test_what_cannot_fit_is_refused_when_the_op_is_made(make: Callable[[Any], Any], words: str) -> None:
    """Wrong dtypes, shapes, batch sizes and counts are ValueErrors that name queue and component (SEMANTICS 36)."""
    queue = tf.FIFOQueue(3, [tf.int32, tf.float32], [[], [2]], name="Q")
    with pytest.raises(ValueError, match=words):
        make(queue)


def test_python_values_take_the_dtype_of_their_component() -> None:
    """An empty list, which has no dtype of its own, becomes int32 or float32 as declared (SEMANTICS 36)."""
    queue = tf.FIFOQueue(3, [tf.int64, tf.float32], [[], []])
    assert [tensor.dtype for tensor in queue.enqueue_many(([], [])).inputs[1:]] == [tf.int64, tf.float32]


def test_unknown_sizes_pass_when_the_op_is_made() -> None:
    """What is not known yet is left to the run (SEMANTICS 36)."""
    queue = tf.FIFOQueue(3, [tf.int32, tf.float32], [[], [2]])
    queue.enqueue((tf.placeholder(tf.int32), tf.placeholder(tf.float32)))
    queue.enqueue_many((tf.placeholder(tf.int32, [None]), tf.placeholder(tf.float32, [3, None])))


# Shapes, when the op runs


def test_a_run_checks_what_was_not_known() -> None:
    """Wrong shapes are InvalidArgumentErrors that name component, expected, got, and the queue (SEMANTICS 37)."""
    queue = tf.FIFOQueue(3, [tf.int32, tf.float32], [[], [3, 3]], name="Q")
    number, table = tf.placeholder(tf.int32), tf.placeholder(tf.float32)
    one, many = queue.enqueue((number, table)), queue.enqueue_many((number, table))
    words = r"Shape mismatch in tuple component 1\. Expected \[3,3\], got \[3,4\].*'Q'"
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        run(one, {number: 1, table: np.zeros((3, 4))})
    words = r"Shape mismatch in tuple component 1\. Expected \[2,3,3\], got \[2,3,4\]"
    with pytest.raises(tf.errors.InvalidArgumentError, match=words) as raised:
        run(many, {number: [1, 2], table: np.zeros((2, 3, 4))})
    assert raised.value.op is many


def test_a_batch_without_shapes_must_have_rows_alike() -> None:
    """Without declared shapes only the number of rows is compared (SEMANTICS 37)."""
    queue = tf.FIFOQueue(3, [tf.int32, tf.float32])
    number, value = tf.placeholder(tf.int32), tf.placeholder(tf.float32)
    words = "All input tensors must have the same size in the 0th dimension. Component 1 has 1, and should have 2"
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        run(queue.enqueue_many((number, value)), {number: [1, 2], value: [1.0]})


# What the ops do


def test_elements_come_out_as_they_went_in() -> None:
    """A FIFO queue keeps order and values, of every dtype that NumPy has here."""
    with tf.Session() as session:
        for dtype in (tf.float16, tf.float32, tf.float64, tf.int8, tf.uint8, tf.int16, tf.int32, tf.int64, tf.uint32):
            queue = tf.FIFOQueue(3, dtype, [[]])
            session.run(queue.enqueue_many([[1, 2, 3]]))
            value = session.run(queue.dequeue())
            assert type(value) is dtype.as_numpy_dtype
            assert value == 1
            batch = session.run(queue.dequeue_many(2))
            assert batch.dtype == dtype.as_numpy_dtype
            assert batch.tolist() == [2, 3]
        words = tf.FIFOQueue(3, [tf.string, tf.bool], [[], []])
        session.run(words.enqueue((b"nul\0", True)))
        session.run(words.enqueue((b"\0\0", False)))
        texts, truths = session.run(words.dequeue_many(2))
        assert texts.tolist() == [b"nul\0", b"\0\0"]
        assert truths.tolist() == [True, False]


def test_one_run_takes_one_element() -> None:
    """An op runs once per run, however often or in what parts it is fetched (SEMANTICS 1)."""
    queue = tf.FIFOQueue(9, [tf.int32, tf.int32], [[], []])
    first, second = queue.dequeue()
    with tf.Session() as session:
        session.run(queue.enqueue_many(([1, 2, 3], [10, 20, 30])))
        assert session.run([first, first, second]) == [1, 1, 10]
        assert session.run([first, second]) == [2, 20]
        assert session.run(queue.size()) == 1


def test_the_fed_array_may_be_changed_afterwards() -> None:
    """What was fed is copied on its way into the queue (SEMANTICS 40)."""
    queue = tf.FIFOQueue(9, tf.float32, [[3]])
    row, rows = tf.placeholder(tf.float32, [3]), tf.placeholder(tf.float32, [None, 3])
    one, many = np.zeros(3, np.float32), np.zeros((2, 3), np.float32)
    with tf.Session() as session:
        session.run(queue.enqueue(row), {row: one})
        session.run(queue.enqueue_many(rows), {rows: many})
        one += 1
        many += 1
        assert session.run(queue.dequeue_many(3)).tolist() == [[0.0] * 3] * 3


def test_sessions_have_queues_of_their_own() -> None:
    """Two sessions on one graph do not meet, even with a shared name (SEMANTICS 6)."""
    queue = tf.FIFOQueue(9, tf.int32, [[]], shared_name="s")
    with tf.Session() as one, tf.Session() as other:
        one.run(queue.enqueue(1))
        assert (one.run(queue.size()), other.run(queue.size())) == (1, 0)


# Sharing


def test_messages_call_an_unshared_queue_by_number_and_node() -> None:
    """`_<n>_<node name>`, scopes and all; a shared one by its shared name (SEMANTICS 44)."""
    own, shared = tf.FIFOQueue(9, tf.int32, name="scope/Q"), tf.FIFOQueue(9, tf.int32, shared_name="s")
    with tf.Session() as session:
        for queue, words in ((own, r"FIFOQueue '_0_scope/Q' is closed\."), (shared, r"FIFOQueue 's' is closed\.")):
            session.run(queue.close())
            with pytest.raises(tf.errors.CancelledError, match=words):
                session.run(queue.enqueue(1))


def test_a_shared_name_makes_one_queue() -> None:
    """Handles with one shared name and container are one queue; another container is another (SEMANTICS 41)."""
    first, second = (tf.FIFOQueue(9, tf.int32, [[]], shared_name="s") for _ in range(2))
    with tf.container("box"):
        boxed = tf.FIFOQueue(9, tf.int32, [[]], shared_name="s")
    with tf.Session() as session:
        session.run(first.enqueue(7))
        assert session.run([second.size(), boxed.size()]) == [1, 0]
        assert session.run(second.dequeue()) == 7
        session.run(second.close())
        with pytest.raises(tf.errors.CancelledError, match="FIFOQueue 's' is closed"):
            session.run(first.enqueue(1))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda: tf.FIFOQueue(4, tf.int64, shared_name="s"), "capacity 3 but requested capacity was 4"),
        (lambda: tf.FIFOQueue(3, tf.float32, shared_name="s"), "component types int32 but requested .* were float"),
        (lambda: tf.FIFOQueue(3, tf.int32, [[2]], shared_name="s"), r"component shapes \[\] but .* were \[\[2\]\]"),
        (
            lambda: tf.RandomShuffleQueue(3, 1, tf.int32, shared_name="s"),
            "Expected FIFOQueue, found RandomShuffleQueueV2",
        ),
    ],
)
def test_a_shared_queue_is_asked_for_alike(other: Callable[[], Any], words: str) -> None:
    """A handle with other arguments fails when its op runs, and says which differ (SEMANTICS 41)."""
    first, second = tf.FIFOQueue(3, tf.int32, shared_name="s"), other()
    with tf.Session() as session:
        session.run(first.size())
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            session.run(second.size())


# A queue chosen at run time


def test_a_queue_can_be_chosen_at_run_time() -> None:
    """`from_list` picks by an index tensor; the static shapes are what the queues have in common (SEMANTICS 42)."""
    first, second = tf.FIFOQueue(9, tf.int32, [[2]]), tf.FIFOQueue(9, tf.int32, [[3]])
    index = tf.placeholder(tf.int32, [])
    chosen = tf.QueueBase.from_list(index, [first, second])
    assert [shape.as_list() for shape in chosen.shapes] == [[None]]
    taken = chosen.dequeue()
    with tf.Session() as session:
        session.run([first.enqueue([[1, 2]]), second.enqueue([[1, 2, 3]])])
        assert session.run(taken, {index: 1}).tolist() == [1, 2, 3]
        assert session.run(taken, {index: 0}).tolist() == [1, 2]
        with pytest.raises(tf.errors.InvalidArgumentError, match="is not in"):
            session.run(taken, {index: 2})


def test_only_like_queues_can_be_chosen_from() -> None:
    """No list, no queues, or other dtypes: TypeError (SEMANTICS 42)."""
    queue = tf.FIFOQueue(9, tf.int32)
    for wrong in ([], queue, [queue, "not a queue"], (queue,)):
        with pytest.raises(TypeError, match="A list of queues expected"):
            tf.QueueBase.from_list(1, wrong)
    with pytest.raises(TypeError, match="do not have matching component dtypes"):
        tf.QueueBase.from_list(1, [queue, tf.FIFOQueue(9, tf.float32)])


# The queue behind a handle


def test_the_runtime_queue_can_be_looked_at() -> None:
    """A handle knows its queue in a session, once an op on it ran there; its stats name it."""
    queue = tf.FIFOQueue(9, tf.int32, [[]], name="scope/Q")
    with tf.Session() as session:
        assert queue.runtime_queue(session) is None
        session.run(queue.enqueue_many([[1, 2]]))
        runtime = queue.runtime_queue(session)
        assert runtime is not None
        stats = runtime.stats()
        assert (stats.name, stats.kind, stats.size, stats.capacity) == ("scope/Q", "FIFOQueue", 2, 9)
