"""Queues in a graph: handles, the ops that they make, and what those do in a session."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tfqueue.testing import run_in_thread, wait_until, wait_until_parked


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


# One component, several, and names


def test_one_component_is_a_tensor_and_several_are_a_list() -> None:
    """A queue of one component gives a tensor, of several a list; named ones come as a dict (SEMANTICS 17)."""
    assert isinstance(tf.FIFOQueue(1, tf.int32).dequeue(), tf.Tensor)
    assert [tensor.dtype for tensor in tf.FIFOQueue(1, [tf.int32, tf.string]).dequeue()] == [tf.int32, tf.string]
    named = tf.FIFOQueue(3, [tf.int32, tf.float32], [[], []], names=["i", "f"])
    one, many = named.dequeue(), named.dequeue_many(2)
    with tf.Session() as session:
        session.run(named.enqueue({"f": 0.5, "i": 1}))
        session.run(named.enqueue_many({"f": [1.5, 2.5], "i": [2, 3]}))
        assert session.run(one) == {"i": 1, "f": 0.5}
        batch = session.run(many)
    np.testing.assert_array_equal(batch["i"], [2, 3])
    np.testing.assert_array_equal(batch["f"], [1.5, 2.5])


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


def test_batches_have_the_static_size_of_a_constant_count() -> None:
    """`dequeue_many(3)` is [3] + shape, of a tensor [None] + shape, and `dequeue_up_to` always so (SEMANTICS 14)."""
    queue = tf.FIFOQueue(10, tf.int32, [[2]])
    assert queue.dequeue().shape == [2]
    assert queue.dequeue_many(3).shape == [3, 2]
    assert queue.dequeue_many(tf.placeholder(tf.int32)).shape.as_list() == [None, 2]
    assert queue.dequeue_up_to(3).shape.as_list() == [None, 2]
    assert tf.FIFOQueue(10, tf.int32).dequeue_many(3).shape.ndims is None


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


def test_batches_need_declared_shapes() -> None:
    """Without shapes dequeue_many and dequeue_up_to fail, even of 0; a dequeue is fine (SEMANTICS 16)."""
    queue = tf.FIFOQueue(3, tf.int32)
    words = "FIFOQueue's DequeueMany and DequeueUpTo require the components to have specified shapes"
    with tf.Session() as session:
        session.run(queue.enqueue([[1, 2]]))
        for batch in (queue.dequeue_many(1), queue.dequeue_many(0), queue.dequeue_up_to(1)):
            with pytest.raises(tf.errors.InvalidArgumentError, match=words):
                session.run(batch)
        np.testing.assert_array_equal(session.run(queue.dequeue()), [1, 2])


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


def test_a_count_may_itself_be_a_dequeue() -> None:
    """The number of elements is a tensor, read when the op runs (SEMANTICS 14)."""
    counts, queue = tf.FIFOQueue(9, tf.int32, [[]]), tf.FIFOQueue(9, tf.int32, [[]])
    batch = queue.dequeue_many(counts.dequeue())
    with tf.Session() as session:
        session.run([counts.enqueue_many([[2, 3, 0]]), queue.enqueue_many([[1, 2, 3, 4, 5]])])
        assert [session.run(batch).tolist() for _ in range(3)] == [[1, 2], [3, 4, 5], []]


def test_a_batch_of_none_does_not_wait() -> None:
    """`dequeue_many(0)` gives [0] + shape, open or closed (SEMANTICS 15)."""
    queue = tf.FIFOQueue(9, [tf.int32, tf.string], [[2], []])
    empty = queue.dequeue_many(0)
    with tf.Session() as session:
        for close in (False, True):
            if close:
                session.run(queue.close())
            numbers, words = session.run(empty)
            assert (numbers.shape, numbers.dtype, words.shape) == ((0, 2), np.int32, (0,))


def test_enqueue_many_of_nothing_returns_at_once() -> None:
    """No elements need no room, and no open queue (SEMANTICS 11)."""
    queue = tf.FIFOQueue(1, tf.float32, [[]])
    with tf.Session() as session:
        session.run(queue.enqueue(1.0))
        session.run(queue.enqueue_many([[]]))
        session.run(queue.close())
        session.run(queue.enqueue_many([[]]))
        assert session.run(queue.size()) == 1


def test_an_element_that_waits_goes_in_when_there_is_room() -> None:
    """A full queue blocks enqueues, an empty one dequeues; each frees the other (SEMANTICS 9, 13)."""
    queue = tf.FIFOQueue(2, tf.int32, [[]])
    with tf.Session() as session:
        filling = run_in_thread(session.run, queue.enqueue_many([[1, 2, 3, 4]]))
        wait_until(lambda: session.run(queue.size()) == 2)
        assert session.run(queue.dequeue_many(4)).tolist() == [1, 2, 3, 4]
        filling.result()


def test_capacity_below_zero_is_unbounded_and_zero_blocks() -> None:
    """Both can be built (SEMANTICS 12)."""
    endless, nothing = tf.FIFOQueue(-1, tf.int32, [[]]), tf.FIFOQueue(0, tf.int32, [[]], name="nothing")
    with tf.Session() as session:
        session.run(endless.enqueue_many([list(range(1000))]))
        assert session.run(endless.size()) == 1000
        with pytest.raises(tf.errors.DeadlineExceededError, match="Timed out waiting for notification"):
            session.run(nothing.enqueue(1), options=tf.RunOptions(timeout_in_ms=10))


def test_a_closed_queue_says_so() -> None:
    """Enqueue: CancelledError "is closed."; dequeue: what is left, then OutOfRangeError (SEMANTICS 22, 23, 26, 44)."""
    queue = tf.FIFOQueue(9, tf.int32, [[]], name="Q")
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2, 3]]))
        session.run(queue.close())
        assert session.run(queue.is_closed())
        with pytest.raises(tf.errors.CancelledError, match=r"FIFOQueue '_0_Q' is closed\."):
            session.run(queue.enqueue(1))
        words = r"FIFOQueue '_0_Q' is closed and has insufficient elements \(requested 4, current size 3\)"
        with pytest.raises(tf.errors.OutOfRangeError, match=words):
            session.run(queue.dequeue_many(4))
        assert session.run(queue.dequeue_up_to(2)).tolist() == [1, 2]
        assert session.run(queue.dequeue_up_to(2)).tolist() == [3]
        for take in (queue.dequeue(), queue.dequeue_up_to(2)):
            with pytest.raises(tf.errors.OutOfRangeError, match="current size 0"):
                session.run(take)


def test_closing_twice() -> None:
    """A second plain close is CancelledError, a second cancelling one is none (SEMANTICS 21)."""
    queue = tf.FIFOQueue(9, tf.int32, name="Q")
    with tf.Session() as session:
        session.run(queue.close())
        with pytest.raises(tf.errors.CancelledError, match=r"Queue '_0_Q' is already closed\."):
            session.run(queue.close())
        session.run(queue.close(cancel_pending_enqueues=True))


def test_close_can_cancel_blocked_enqueues() -> None:
    """`close(cancel_pending_enqueues=True)` ends them with CancelledError; elements stay (SEMANTICS 20)."""
    queue = tf.FIFOQueue(1, tf.int32, [[]])
    with tf.Session() as session:
        session.run(queue.enqueue(1))
        blocked = run_in_thread(session.run, queue.enqueue(2))
        wait_until_parked(queue.runtime_queue(session), enqueues=1)
        session.run(queue.close(cancel_pending_enqueues=True))
        assert isinstance(blocked.exception(), tf.errors.CancelledError)
        assert "Enqueue operation was cancelled" in str(blocked.exception())
        assert session.run(queue.dequeue()) == 1


def test_a_timeout_loses_what_a_batch_held() -> None:
    """As in TensorFlow, a dequeue_many that times out has lost its part (SEMANTICS 4, 18)."""
    queue = tf.FIFOQueue(9, tf.int32, [[]])
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2]]))
        with pytest.raises(tf.errors.DeadlineExceededError, match="Timed out waiting for notification"):
            session.run(queue.dequeue_many(4), options=tf.RunOptions(timeout_in_ms=10))
        assert session.run(queue.size()) == 0
        session.run(queue.enqueue(3))
        assert session.run(queue.dequeue()) == 3


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


def test_shared_shuffle_queues_compare_minimum_and_seeds() -> None:
    """min_after_dequeue and seeds must agree; no seeds at all match any (SEMANTICS 30, 41)."""

    def make(minimum: int = 1, seed: int | None = None) -> Any:
        return tf.RandomShuffleQueue(3, minimum, tf.int32, seed=seed, shared_name="r")

    first, seedless = make(seed=1), make()
    with tf.Session() as session:
        session.run([first.size(), seedless.size()])
        for other, words in (
            (make(0, 1), "has min_after_dequeue 1 but"),
            (make(1, 2), r"random seeds \(87654321, 1\)"),
        ):
            with pytest.raises(tf.errors.InvalidArgumentError, match=words):
                session.run(other.size())


# Shuffling


def test_the_seeds_of_a_shuffle_queue() -> None:
    """With a shared name and a graph seed alone, the op seed follows from these two (SEMANTICS 30)."""
    tf.set_random_seed(87654321)
    shared = tf.RandomShuffleQueue(9, 1, tf.int32, shared_name="shared_queue").queue_ref.op
    assert (shared.get_attr("seed"), shared.get_attr("seed2")) == (87654321, 887634792)
    seeded = tf.RandomShuffleQueue(9, 1, tf.int32, seed=5, shared_name="shared_queue").queue_ref.op
    assert (seeded.get_attr("seed"), seeded.get_attr("seed2")) == (87654321, 5)


def test_the_order_follows_from_the_seed() -> None:
    """Different seeds, and two batches of one queue, differ in order; one seed repeats (SEMANTICS 29)."""

    def two_batches(seed: int) -> list[list[int]]:
        queue = tf.RandomShuffleQueue(200, 0, tf.int32, [[]], seed=seed)
        fill, batch = queue.enqueue_many([list(range(50))]), queue.dequeue_many(50)
        with tf.Session() as session:
            orders = []
            for _ in range(2):
                session.run(fill)
                orders.append(session.run(batch).tolist())
        return orders

    first, again, other = two_batches(1), two_batches(1), two_batches(2)
    assert sorted(first[0]) == list(range(50))
    assert first == again
    assert first[0] != other[0]
    assert first[0] != first[1]


def test_a_shuffle_queue_keeps_its_minimum_back() -> None:
    """While it is open min_after_dequeue elements stay; once closed they come out (SEMANTICS 27)."""
    queue = tf.RandomShuffleQueue(9, 2, tf.int32, [[]])
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2, 3]]))
        session.run(queue.dequeue())
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.run(queue.dequeue(), options=tf.RunOptions(timeout_in_ms=10))
        session.run(queue.close())
        assert session.run(queue.dequeue_many(2)).shape == (2,)


def test_a_minimum_must_be_below_the_capacity() -> None:
    """The handle op says so when it runs (SEMANTICS 28)."""
    for capacity, minimum, words in ((2, 2, "min_after_dequeue 2 must be < capacity 2"), (2, -2, "-2 must be >= 0")):
        queue = tf.RandomShuffleQueue(capacity, minimum, tf.int32)
        with pytest.raises(tf.errors.InvalidArgumentError, match=words) as raised:
            run(queue.size())
        assert raised.value.op is queue.queue_ref.op
    assert run(tf.RandomShuffleQueue(-1, 5, tf.int32).size()) == 0


# Padding and priority


def test_padding_fills_up_to_the_widest_of_the_batch() -> None:
    """Only dimensions declared None are padded, with 0 or b""; a single dequeue never pads (SEMANTICS 31-33)."""
    queue = tf.PaddingFIFOQueue(9, [tf.int32, tf.string], [[None, 2], [None]])
    assert queue.dequeue_many(2)[0].shape.as_list() == [2, None, 2]
    with tf.Session() as session:
        for width in (1, 2, 3):
            session.run(queue.enqueue(([[width, width]] * width, ["w"] * width)))
        assert session.run(queue.dequeue())[0].tolist() == [[1, 1]]
        numbers, words = session.run(queue.dequeue_many(2))
    assert numbers.tolist() == [[[2, 2], [2, 2], [0, 0]], [[3, 3], [3, 3], [3, 3]]]
    assert words.tolist() == [[b"w", b"w", b""], [b"w", b"w", b"w"]]
    table = tf.placeholder(tf.int32)
    words = r"Shape mismatch in tuple component 0\. Expected \[\?,2\], got \[3,4\]"
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        run(queue.enqueue((table, ["w"])), {table: np.zeros((3, 4))})
    for shapes in (None, tf.TensorShape([None]), [], (None, 3)):
        with pytest.raises(ValueError, match="a list of shapes must be provided"):
            tf.PaddingFIFOQueue(9, tf.int32, shapes)
    with pytest.raises(ValueError, match="must have a defined rank"):
        tf.PaddingFIFOQueue(9, tf.int32, [tf.TensorShape(None)])


def test_the_least_priority_goes_first() -> None:
    """Component 0 is an int64 scalar in front of `types`; a batch is sorted as a whole (SEMANTICS 17, 34, 35)."""
    queue = tf.PriorityQueue(9, tf.string, [[]])
    assert [dtype.name for dtype in queue.dtypes] == ["int64", "string"]
    with tf.Session() as session:
        session.run(queue.enqueue_many(([3, 1, 2], ["c", "a", "b"])))
        priorities, words = session.run(queue.dequeue_many(3))
    assert (priorities.tolist(), words.tolist()) == ([1, 2, 3], [b"a", b"b", b"c"])
    with pytest.raises(TypeError):
        queue.enqueue_many((["a", "b"], ["a", "b"]))
    with pytest.raises(TypeError):
        tf.PriorityQueue(9, tf.string)


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
