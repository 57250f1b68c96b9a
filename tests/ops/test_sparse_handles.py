"""Sparse tensors as elements that a queue can hold."""

from collections.abc import Iterator

import numpy as np
import pytest

import tfqueue as tf
from tfqueue.ops.sparse_handles import sparse_from_handles, sparse_handle, sparse_row_handles


@pytest.fixture
def session() -> Iterator[tf.Session]:
    with tf.Session() as session:
        yield session


def test_sparse_tensors_go_through_a_queue(session: tf.Session) -> None:
    """What was fed is copied: the queue's content does not change with the user's arrays (SEMANTICS 40)."""
    hole = tf.sparse_placeholder(tf.float32)
    queue = tf.FIFOQueue(10, tf.variant, [[1]])
    enqueue = queue.enqueue(sparse_handle(hole))
    taken = sparse_from_handles(queue.dequeue_many(2), tf.float32, None)
    indices, values, shape = np.array([[0, 1]]), np.array([5.0], np.float32), np.array([2, 3])
    session.run(enqueue, {hole: (indices, values, shape)})
    indices[:], values[:], shape[:] = 1, 6.0, 9
    session.run(enqueue, {hole: (indices, values, shape)})
    result = session.run(taken)
    assert result.indices.tolist() == [[0, 0, 1], [1, 1, 1]]
    assert result.values.tolist() == [5.0, 6.0]
    assert result.dense_shape.tolist() == [2, 9, 9]


def test_a_row_has_memory_of_its_own(session: tf.Session) -> None:
    """A queue that holds one row does not hold all."""
    sparse = tf.SparseTensor([[0, 1], [2, 0], [2, 4]], [1, 2, 3], [4, 5])
    rows = [handle[0] for handle in session.run(sparse_row_handles(sparse))]
    assert [row.values.tolist() for row in rows] == [[1], [], [2, 3], []]
    assert [row.indices.tolist() for row in rows] == [[[1]], [], [[0], [4]], []]
    assert all(row.dense_shape.tolist() == [5] for row in rows)
    assert all(row.values.base is None and row.indices.base is None for row in rows)


def test_no_handles_at_all(session: tf.Session) -> None:
    """A batch of none has the rank that is known."""
    handles = tf.FIFOQueue(10, tf.variant, [[1]]).dequeue_many(0)
    result = session.run(sparse_from_handles(handles, tf.string, 2))
    assert (result.indices.shape, result.values.shape, result.dense_shape.tolist()) == ((0, 3), (0,), [0, 0, 0])


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (([[0, 0]], [1.0, 2.0], [3, 2]), r"indices and values rows .* must match\. \(indices = 1, values = 2"),
        (([[0, 0]], [1.0], [3]), "Order length must be SparseTensor rank"),
        (([[0]], [1.0], [3]), "Rank of input SparseTensor should be > 1, but saw rank: 1"),
        (([[5, 0]], [1.0], [3, 2]), r"indices\[0\] = \[5, 0\] is out of bounds"),
        (([[2, 0], [0, 1]], [1.0, 2.0], [3, 2]), r"indices\[1\] = \[0, 1\] is out of order"),
        (([[0, 1], [0, 1]], [1.0, 2.0], [3, 2]), r"indices\[1\] = \[0, 1\] is repeated"),
    ],
)
def test_rows_are_checked(session: tf.Session, parts: tuple[list, list, list], words: str) -> None:
    """InvalidArgumentError says what does not fit."""
    hole = tf.sparse_placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        session.run(sparse_row_handles(hole), {hole: parts})


def test_ranks_must_be_the_same(session: tf.Session) -> None:
    """Of all that become one, and as told."""
    one = sparse_handle(tf.SparseTensor([[0]], [1], [3]))
    two = sparse_handle(tf.SparseTensor([[0, 0]], [1], [3, 3]))
    words = r"rank prior to SparseTensor\[1\] was: 1 but rank of SparseTensor\[1\] is: 2"
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        session.run(sparse_from_handles(tf.stack([one, two]), tf.int32, None))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Inconsistent rank across SparseTensors"):
        session.run(sparse_from_handles(tf.stack([one]), tf.int32, 2))
