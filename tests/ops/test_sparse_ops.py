"""Sparse tensors: fetched, fed, made dense, and made of strings."""

import numpy as np
import pytest

import tfqueue as tf


def sparse(*entries, shape=(2, 3)):
    """Of (row, column, value)."""
    return tf.SparseTensor([entry[:2] for entry in entries], [entry[2] for entry in entries], shape)


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


def as_lists(value):
    return [np.asarray(part).tolist() for part in value]


# Fetched and fed -----------------------------------------------------------------------------------------------------


def test_a_sparse_tensor_is_fetched_as_a_value(session):
    """SEMANTICS 97: alone and in any nest."""
    one = sparse((0, 1, 5.0), (1, 2, 6.0))
    value = session.run(one)
    assert isinstance(value, tf.SparseTensorValue)
    assert as_lists(value) == [[[0, 1], [1, 2]], [5.0, 6.0], [2, 3]]
    nest = session.run({"a": [one], "b": one.values})
    assert as_lists(nest["a"][0]) == as_lists(value)
    assert as_lists(one.eval(session=session)) == as_lists(value)


@pytest.mark.parametrize("make", [tf.SparseTensorValue, lambda *parts: parts])
def test_a_sparse_tensor_is_fed_by_value_or_tuple(session, make):
    """SEMANTICS 99: three values for one key."""
    hole = tf.sparse_placeholder(tf.float32)
    fed = make([[0, 0], [1, 1]], [1.0, 2.0], [2, 2])
    for _ in range(2):
        assert session.run(tf.sparse_tensor_to_dense(hole), {hole: fed}).tolist() == [[1.0, 0.0], [0.0, 2.0]]
    assert as_lists(session.run(hole, {hole: session.run(hole, {hole: fed})})) == as_lists(fed)


def test_a_callable_takes_sparse_tensors(session):
    """One argument each, beside those of tensors (SEMANTICS 101)."""
    hole, factor = tf.sparse_placeholder(tf.float32), tf.placeholder(tf.float32, [])
    call = session.make_callable(hole.values * factor, [hole, factor])
    fed = tf.SparseTensorValue([[0, 0], [1, 1]], [1.0, 2.0], [2, 2])
    assert [call(value, 3.0).tolist() for value in (fed, tuple(fed))] == [[3.0, 6.0]] * 2
    with pytest.raises(ValueError, match="shorter"):
        call(fed)


def test_a_sparse_tensor_is_no_feed(session):
    """TypeError says to run it first."""
    hole = tf.sparse_placeholder(tf.float32)
    with pytest.raises(TypeError, match=r"cannot be a SparseTensor.*Run it first"):
        session.run(hole, {hole: sparse((0, 1, 5.0))})


@pytest.mark.parametrize("wrong", [3, ([[0, 0]], [1.0])])
def test_a_sparse_feed_has_three_parts(session, wrong):
    """A ValueError counts them."""
    hole = tf.sparse_placeholder(tf.float32)
    with pytest.raises(ValueError, match="Key had 3 elements, but value had"):
        session.run(hole.values, {hole: wrong})


def test_what_is_not_fed_is_named(session):
    """The placeholder without a value."""
    hole = tf.sparse_placeholder(tf.float32, name="hole")
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        session.run(hole)
    assert caught.value.op.name.startswith("hole/")


# Static shapes -------------------------------------------------------------------------------------------------------


def test_the_shape_of_a_constant_is_known():
    """Type, graph and op are those of the values."""
    one = sparse((0, 1, 5))
    assert one.shape.as_list() == one.get_shape().as_list() == [2, 3]
    assert (one.dtype, one.op, one.graph) == (tf.int32, one.values.op, tf.get_default_graph())


@pytest.mark.parametrize(
    ("shape", "dims", "rank"), [(None, None, None), ([2, None], [2, None], 2), ([2, 3], [2, 3], 2)]
)
def test_a_placeholder_knows_what_it_is_told(shape, dims, rank):
    """Of its shape, and so of the parts."""
    hole = tf.sparse_placeholder(tf.float32, shape)
    assert (hole.shape.as_list() if hole.shape.ndims is not None else None) == dims
    assert hole.indices.shape.as_list() == [None, rank]
    assert hole.dense_shape.shape.as_list() == [rank]


@pytest.mark.parametrize("parts", [([0], [1], [3]), ([[0]], [1, 2], [3]), ([[0]], [1], [3, 3])])
def test_parts_that_do_not_fit(parts):
    """ValueErrors when built."""
    with pytest.raises(ValueError, match=r"rank 2|not compatible"):
        tf.SparseTensor(*parts)


def test_values_become_tensors_again():
    """And nothing else does."""
    value = tf.SparseTensorValue(np.array([[0, 0]]), np.array([1]), np.array([1, 1]))
    assert isinstance(tf.convert_to_tensor_or_sparse_tensor(value), tf.SparseTensor)
    assert isinstance(tf.convert_to_tensor_or_sparse_tensor([1]), tf.Tensor)
    with pytest.raises(TypeError, match="neither a SparseTensor nor"):
        tf.SparseTensor.from_value(3)


# Made dense ----------------------------------------------------------------------------------------------------------


def test_made_dense_with_a_default(session):
    """0, False and "" unless told otherwise."""
    numbers, words = sparse((0, 1, 5), (1, 0, 6)), tf.SparseTensor([[1]], [b"x"], [3])
    assert session.run(tf.sparse_tensor_to_dense(numbers)).tolist() == [[0, 5, 0], [6, 0, 0]]
    assert session.run(tf.sparse_tensor_to_dense(numbers, -1)).tolist() == [[-1, 5, -1], [6, -1, -1]]
    assert session.run(tf.sparse_tensor_to_dense(words)).tolist() == [b"", b"x", b""]
    assert tf.sparse_tensor_to_dense(numbers).shape.as_list() == [2, 3]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([(0, 7, 1)], "is out of bounds"),
        ([(1, 0, 1), (0, 1, 1)], "is out of order"),
        ([(0, 1, 1), (0, 1, 1)], "is repeated"),
    ],
)
def test_indices_are_checked(session, entries, words):
    """InvalidArgumentError naming the first bad one."""
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        session.run(tf.sparse_tensor_to_dense(sparse(*entries)))


# Strings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strings", "options", "rows"),
    [
        (["a b  c", "", " d"], {}, [[b"a", b"b", b"c"], [], [b"d"]]),
        (["a,b,,c", "x"], {"sep": ",", "skip_empty": False}, [[b"a", b"b", b"", b"c"], [b"x"]]),
        (["a,b;c"], {"delimiter": ",;"}, [[b"a", b"b", b"c"]]),
        (["a\tb", ""], {"sep": ""}, [[b"a", b"\t", b"b"], []]),
        (["", "a"], {"skip_empty": False}, [[], [b"a"]]),
        ([], {}, []),
    ],
)
def test_strings_are_split(session, strings, options, rows):
    """At each byte of the delimiter, or into bytes."""
    split = session.run(tf.string_split(strings, **options))
    assert split.values.tolist() == [part for row in rows for part in row]
    assert split.indices.tolist() == [[n, place] for n, row in enumerate(rows) for place in range(len(row))]
    assert split.dense_shape.tolist() == [len(rows), max(map(len, rows), default=0)]


def test_a_vector_is_split():
    """ValueError for anything else."""
    with pytest.raises(ValueError, match="rank 1"):
        tf.string_split([["a b"]])
