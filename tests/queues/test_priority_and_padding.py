"""The least key first, and batches of unequal shapes."""

import numpy as np
import pytest

from tfqueue.framework.dtypes import float32, string
from tfqueue.framework.errors import DeadlineExceededError, InvalidArgumentError, OutOfRangeError
from tfqueue.framework.tensor_shape import TensorShape
from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.queues.disciplines import Priority
from tfqueue.queues.element import ElementSpec, PaddedElementSpec
from tfqueue.testing import run_in_thread, wait_until_parked


def test_the_least_key_leaves_first():
    """SEMANTICS 34."""
    queue = BlockingQueue(10, Priority(), kind="PriorityQueue")
    queue.enqueue_many([(3, "c"), (1, "a"), (2, "b")])
    assert [queue.dequeue()[1] for _ in range(3)] == ["a", "b", "c"]


def test_a_batch_takes_nothing_until_all_of_it_is_there():
    """SEMANTICS 34: so that it is sorted as a whole."""
    queue = BlockingQueue(10, Priority(), kind="PriorityQueue")
    queue.enqueue_many([(3, "c"), (2, "b")])
    consumer = run_in_thread(queue.dequeue_many, 3)
    wait_until_parked(queue, dequeues=1)
    assert queue.size() == 2
    queue.enqueue((1, "a"))
    assert consumer.result() == [(1, "a"), (2, "b"), (3, "c")]


def test_a_batch_over_capacity_waits_for_ever():
    """SEMANTICS 34; what is there stays."""
    queue = BlockingQueue(2, Priority(), kind="PriorityQueue")
    queue.enqueue_many([(2, "b"), (1, "a")])
    with pytest.raises(DeadlineExceededError):
        queue.dequeue_many(3, timeout=0.01)
    assert queue.size() == 2


def test_a_padding_queue_names_itself_in_batches_only():
    """SEMANTICS 23."""
    queue = BlockingQueue(2, kind="PaddingFIFOQueue")
    queue.close()
    with pytest.raises(OutOfRangeError, match=r"^PaddingFIFOQueue"):
        queue.dequeue_many(2)
    with pytest.raises(OutOfRangeError, match=r"^FIFOQueue"):
        queue.dequeue()


def test_unknown_dimensions_are_padded_to_the_widest():
    """SEMANTICS 32: with 0 and with b"", and [0, 0, ...] for a batch of none."""
    spec = PaddedElementSpec((float32, string), (TensorShape([None, 2]), TensorShape([None])))
    numbers, words = spec.stack(
        [
            (np.ones((1, 2), np.float32), np.array([b"a", b"b"], object)),
            (np.ones((2, 2), np.float32), np.array([b"c"], object)),
        ]
    )
    np.testing.assert_array_equal(numbers, [[[1, 1], [0, 0]], [[1, 1], [1, 1]]])
    assert words.tolist() == [[b"a", b"b"], [b"c", b""]]
    assert [part.shape for part in spec.stack([])] == [(0, 0, 2), (0, 0)]


def test_shapes_are_checked_in_tensorflows_words():
    """SEMANTICS 33, 37."""
    spec = PaddedElementSpec((float32, float32), (TensorShape([]), TensorShape([None, 3])))
    with pytest.raises(InvalidArgumentError, match=r"tuple component 1. Expected \[\?,3\], got \[3,4\]"):
        spec.check_element((np.float32(1), np.zeros((3, 4), np.float32)))
    with pytest.raises(InvalidArgumentError, match=r"tuple component 1. Expected \[2,\?,3\], got \[2,3,4\]"):
        spec.check_batch((np.zeros(2, np.float32), np.zeros((2, 3, 4), np.float32)))


def test_batches_without_shapes_are_refused_with_the_way_out():
    """SEMANTICS 16, 37."""
    spec = ElementSpec((float32, float32))
    with pytest.raises(InvalidArgumentError, match="FIFOQueue's DequeueMany and DequeueUpTo require the components"):
        spec.stack([])
    with pytest.raises(InvalidArgumentError, match="Component 1 has 1, and should have 2"):
        spec.check_batch((np.zeros(2), np.zeros(1)))


def test_a_split_row_owns_its_memory():
    """A queue that holds one row must not hold the batch; changing the batch later changes no element."""
    spec = ElementSpec((float32, float32), (TensorShape([2]), TensorShape([])))
    batch = np.arange(4, dtype=np.float32).reshape(2, 2)
    elements = spec.split((batch, np.array([5, 6], np.float32)))
    batch[:] = -1
    assert elements[1][0].tolist() == [2, 3]
    assert elements[1][1] == np.float32(6)
    stacked, scalars = spec.stack(elements)
    np.testing.assert_array_equal(stacked, [[0, 1], [2, 3]])
    assert stacked.dtype == scalars.dtype == np.float32


@pytest.mark.parametrize("kind", [ElementSpec, PaddedElementSpec])
def test_a_string_that_came_as_an_array_is_stacked_as_a_string(kind):
    """A fed scalar string is an array without dimensions; the batch holds the bytes, not that array."""
    spec = kind((string,), (TensorShape([]),))
    (words,) = spec.stack([(np.array(b"fed", object),), (b"made",)])
    assert [type(word) for word in words] == [bytes, bytes]
    assert words.tolist() == [b"fed", b"made"]


def test_a_scalar_among_the_components_of_a_batch_is_named_with_the_shape_expected():
    """SEMANTICS 37, in TensorFlow's words; only of a first component can nobody say how many rows were meant."""
    spec = ElementSpec((float32, float32), (TensorShape([]), TensorShape([2])))
    with pytest.raises(InvalidArgumentError, match=r"tuple component 1. Expected \[1,2\], got \[\]"):
        spec.check_batch((np.zeros(1), np.float32(0)))
    with pytest.raises(InvalidArgumentError, match="component 0 is a scalar and has no rows"):
        spec.check_batch((np.float32(0), np.zeros((1, 2))))
