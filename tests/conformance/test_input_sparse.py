"""Sparse tensors through every batcher (SEMANTICS 72); what they gave was compared with TensorFlow's compat.v1."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.train.pipelines import count_to, drain, running
from tfqueue.framework import messages


def joined(tensors: Any, size: int, **options: Any) -> Any:
    return tf.train.batch_join([tensors], size, **options)


def padded(tensors: Any, size: int, **options: Any) -> Any:
    return tf.train.batch(tensors, size, dynamic_pad=True, **options)


def shuffled(tensors: Any, size: int, **options: Any) -> Any:
    return tf.train.shuffle_batch(tensors, size, 20, 0, **options)


def shuffled_join(tensors: Any, size: int, **options: Any) -> Any:
    return tf.train.shuffle_batch_join([tensors], size, 20, 0, **options)


def maybe(tensors: Any, size: int, **options: Any) -> Any:
    return tf.train.maybe_batch(tensors, tf.constant(True), size, **options)


Batcher = Callable[..., Any]
every_batcher = pytest.mark.parametrize("batcher", [tf.train.batch, joined, padded, shuffled, shuffled_join, maybe])


def sparse_of(number: tf.Tensor) -> tf.SparseTensor:
    """A vector of `number` + 2: `number` at its last but one place, its square at the last."""
    places = tf.reshape(tf.stack([number, number + 1]), [2, 1])
    return tf.SparseTensor(places, tf.stack([number, number * number]), tf.stack([number + 2]))


def rows_of(batch: tf.SparseTensorValue) -> list[dict[tuple[int, ...], Any]]:
    """Place and value of the entries of each example."""
    rows: list[dict[tuple[int, ...], Any]] = [{} for _ in range(batch.dense_shape[0])]
    for (row, *place), value in zip(batch.indices.tolist(), batch.values.tolist(), strict=True):
        rows[row][tuple(place)] = value
    return rows


@every_batcher
def test_sparse_examples_become_one(batcher: Batcher) -> None:
    """Of a rank more, as wide as the widest; sparse and dense of one example stay together (SEMANTICS 72)."""
    number = count_to(5)
    batch = batcher([sparse_of(number), number], 2, allow_smaller_final_batch=True)
    with running() as session:
        batches = drain(session, batch)
    assert [sparse.dense_shape[0] for sparse, _ in batches] == [2, 2, 1]
    for sparse, numbers in batches:
        assert sparse.dense_shape.tolist() == [len(numbers), numbers.max() + 2]
        assert rows_of(sparse) == [{(n,): n, (n + 1,): n * n} for n in numbers.tolist()]
    assert sorted(n for _, numbers in batches for n in numbers) == list(range(5))


@every_batcher
def test_rows_of_a_sparse_batch_become_one(batcher: Batcher) -> None:
    """With `enqueue_many` the rank stays; rows without entries come too (SEMANTICS 72)."""
    sparse = tf.SparseTensor([[0, 1], [2, 0], [2, 4]], ["a", "b", "c"], [4, 5])
    number = tf.train.limit_epochs(tf.constant([0, 1, 2, 3]), 1)
    batch = batcher({"words": sparse, "number": number}, 4, enqueue_many=True)
    expected = [{(1,): b"a"}, {}, {(0,): b"b", (4,): b"c"}, {}]
    with running() as session:
        values = session.run(batch)
    assert values["words"].dense_shape.tolist() == [4, 5]
    assert rows_of(values["words"]) == [expected[n] for n in values["number"]]


@every_batcher
def test_static_shapes(batcher: Batcher) -> None:
    """One rank more, or with `enqueue_many` the same; unknown ranks stay unknown (SEMANTICS 72)."""
    for shape, many, rank in (([2, 3], False, 3), ([2, 3], True, 2), (None, False, None), (None, True, None)):
        batch = batcher([tf.sparse_placeholder(tf.int32, shape)], 4, enqueue_many=many)
        assert isinstance(batch, tf.SparseTensor)
        assert batch.dtype == tf.int32
        assert batch.dense_shape.shape.as_list() == [rank]
        assert batch.indices.shape.as_list() == [None, rank]
        assert batch.values.shape.as_list() == [None]
        assert batch.shape.ndims == rank


def test_nothing_but_empty_examples() -> None:
    """They make a batch without entries, of the right shape (SEMANTICS 72)."""
    empty = tf.SparseTensor(np.zeros((0, 2), np.int64), np.zeros(0, np.float32), [3, 5])
    single, many = tf.train.batch([empty], 2), tf.train.batch([empty], 2, enqueue_many=True)
    with running() as session:
        for batch, shape in ((single, [2, 3, 5]), (many, [2, 5])):
            value = session.run(batch)
            assert value.dense_shape.tolist() == shape
            assert value.indices.shape == (0, len(shape))
            assert (value.values.shape, value.values.dtype) == ((0,), np.float32)


def test_sources_of_sparse_examples_are_joined() -> None:
    """Each may have a rank of which less is known (SEMANTICS 68, 72)."""
    numbers = count_to(3), count_to(4)
    vague = sparse_of(numbers[1])
    vague = tf.SparseTensor(
        tf.placeholder_with_default(vague.indices, [None, None]),
        vague.values,
        tf.placeholder_with_default(vague.dense_shape, [None]),
    )
    batch = tf.train.batch_join([[sparse_of(numbers[0]), numbers[0]], [vague, numbers[1]]], 7)
    assert batch[0].indices.shape.as_list() == [None, 2]
    with running() as session:
        sparse, values = session.run(batch)
    assert sorted(values.tolist()) == [0, 0, 1, 1, 2, 2, 3]
    assert rows_of(sparse) == [{(n,): n, (n + 1,): n * n} for n in values.tolist()]


def test_sparse_examples_may_be_left_out() -> None:
    """One by one, batch by batch or row by row (SEMANTICS 71, 72)."""
    number = count_to(4)
    one = tf.train.maybe_batch([sparse_of(number), number], tf.equal(tf.mod(number, 2), 0), 2)
    sparse = tf.SparseTensor([[0, 1], [2, 4]], [7, 8], [3, 5])
    rows = tf.train.limit_epochs(tf.constant([1, 2, 3]), 2)
    row = tf.train.maybe_batch([sparse, rows], [False, True, True], 4, enqueue_many=True)
    again = count_to(2)
    whole = tf.train.maybe_batch([sparse, tf.stack([again] * 3)], tf.equal(again, 1), 3, enqueue_many=True)
    with running() as session:
        value, numbers = session.run(one)
        assert (rows_of(value), numbers.tolist()) == ([{(0,): 0, (1,): 0}, {(2,): 2, (3,): 4}], [0, 2])
        value, numbers = session.run(row)
        assert (rows_of(value), numbers.tolist()) == ([{}, {(4,): 8}] * 2, [2, 3, 2, 3])
        value, numbers = session.run(whole)
        assert (rows_of(value), numbers.tolist()) == ([{(1,): 7}, {}, {(4,): 8}], [1, 1, 1])


def test_sources_must_be_sparse_in_the_same_places() -> None:
    """And of ranks and dtypes that can be the same (SEMANTICS 70, 72)."""
    matrix = tf.sparse_placeholder(tf.int32, [2, 3])
    for other in (tf.constant(1), tf.constant(1.5), tf.sparse_placeholder(tf.int32, [2, 3, 4])):
        with pytest.raises(ValueError, match="Inconsistent SparseTensors list"):
            tf.train.batch_join([[matrix], [other]], 3)
    with pytest.raises(TypeError, match="Expected types to be consistent"):
        tf.train.batch_join([[matrix], [tf.sparse_placeholder(tf.float32, [2, 3])]], 3)


def test_a_bad_sparse_example_stops_the_runner() -> None:
    """The consumer hears what was wrong with it."""
    batch = tf.train.batch([tf.SparseTensor([[2, 0], [0, 1]], [1, 2], [3, 2])], 3, enqueue_many=True)
    coord = tf.train.Coordinator()
    with tf.Session() as session:
        threads = tf.train.start_queue_runners(session, coord)
        with pytest.raises(tf.errors.OutOfRangeError, match=r"indices\[1\] = \[0, 1\] is out of order"):
            session.run(batch)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[1\] = \[0, 1\] is out of order"):
            coord.join(threads)


def test_a_graph_with_sparse_batches_can_be_written() -> None:
    """Its handles too have a type in protobuf."""
    tf.train.maybe_batch([tf.sparse_placeholder(tf.int32)], tf.placeholder(tf.bool, []), 3)
    graph_def = tf.get_default_graph().as_graph_def()
    types = {node.op: node for node in messages.GraphDef.FromString(graph_def.SerializeToString()).node}
    assert list(types["QueueEnqueueIf"].attr["Tcomponents"].list.type) == [tf.variant.as_datatype_enum]
