"""Static shapes: what is known, merged and compared, with the outcomes of TensorFlow's compat.v1."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tfqueue as tf
from tfqueue.framework.tensor_shape import TensorShape, as_shape, brackets, matrix, scalar, unknown_shape, vector

SIZES = st.one_of(st.none(), st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=3))
SHAPES = st.builds(TensorShape, SIZES)


@pytest.mark.parametrize("sizes", [[], [3], [2, 3], [None, 3]])
def test_a_shape_equals_lists_and_tuples(sizes):
    """From either side (SEMANTICS 1.6: `[] == shape`)."""
    shape = TensorShape(sizes)
    assert sizes == shape
    assert shape == sizes
    assert tuple(sizes) == shape
    assert shape == tuple(sizes)
    assert [sizes].index(shape) == 0
    assert (sizes != shape) is False
    assert shape != [*sizes, 1]
    assert shape == TensorShape(sizes)
    assert hash(shape) == hash(TensorShape(sizes))


def test_a_shape_equals_nothing_else():
    """What is no shape compares unequal, and raises nothing."""
    assert TensorShape([1]) != "a"
    assert TensorShape([1]) != [[1]]
    assert TensorShape(None) != TensorShape([2])
    assert TensorShape(None) == TensorShape(None)


@pytest.mark.parametrize(
    ("given_", "sizes"),
    [
        (3, [3]),
        (np.int64(3), [3]),
        (range(3), [0, 1, 2]),
        ((size for size in (1, 2)), [1, 2]),
        (np.array([1, 2]), [1, 2]),
        (np.array([4]), [4]),
        ([np.int64(3), None], [3, None]),
        (TensorShape([1, None]), [1, None]),
        (TensorShape([1, None]).dims, [1, None]),
    ],
)
def test_what_a_shape_is_made_from(given_, sizes):
    """One size, any iterable of sizes, NumPy's numbers, another shape, a list of dimensions."""
    made = TensorShape(given_).as_list()
    assert made == sizes
    assert all(type(size) in {int, type(None)} for size in made)


@pytest.mark.parametrize(
    ("given_", "error", "words"),
    [
        ([-1], ValueError, "Dimension -1 must be >= 0"),
        (["a"], TypeError, "Dimension value must be integer or None or have an __index__ method"),
        ([2.0], TypeError, "got value '2.0'"),
        ([[1]], TypeError, "Dimension value must be integer or None"),
        ("ab", TypeError, "'ab' is no shape"),
        (2.5, TypeError, "2.5 is no shape"),
    ],
)
def test_what_no_shape_is_made_from(given_, error, words):
    """The error quotes what was given."""
    with pytest.raises(error) as raised:
        TensorShape(given_)
    assert words in str(raised.value)


def test_an_unknown_rank():
    """A shape of which nothing is known has no length and no list, and is false."""
    unknown = unknown_shape()
    assert unknown.ndims is unknown.rank is unknown.dims is unknown.num_elements() is None
    assert not unknown
    assert TensorShape([])
    with pytest.raises(ValueError, match=r"as_list\(\) is not defined on an unknown TensorShape."):
        unknown.as_list()
    with pytest.raises(ValueError, match=r"Cannot take the length of shape with unknown rank."):
        len(unknown)
    with pytest.raises(ValueError, match=r"Cannot iterate over a shape with unknown rank."):
        list(unknown)


def test_indexing_gives_dimensions():
    """As in TensorFlow 1: `shape[0].value`; a slice is a shape."""
    shape = TensorShape([3, None, 5])
    assert shape[0].value == 3
    assert shape[1].value is None
    assert shape[-1] == 5
    assert shape[1:] == [None, 5]
    assert [dimension.value for dimension in shape] == [3, None, 5]
    with pytest.raises(IndexError):
        _ = shape[5]


def test_indexing_an_unknown_shape():
    """A dimension of an unknown shape is unknown; a slice is of a known length when both ends are given."""
    assert unknown_shape()[0].value is None
    assert unknown_shape()[1:3] == [None, None]
    assert unknown_shape()[1:].ndims is None
    assert unknown_shape()[:-1].ndims is None


def test_merging():
    """Each knows what the other does not; a contradiction is a ValueError that quotes both."""
    assert TensorShape([None, 2]).merge_with([1, None]) == [1, 2]
    assert unknown_shape().merge_with([1, None]) == [1, None]
    assert TensorShape([1, None]).merge_with(None) == [1, None]
    with pytest.raises(ValueError, match=r"Shapes \(1, 2\) and \(1, 3\) are not compatible"):
        TensorShape([1, 2]).merge_with([1, 3])
    with pytest.raises(ValueError, match=r"Shapes \(1, 2\) and \(1, 3, 4\) are not compatible"):
        TensorShape([1, 2]).merge_with([1, 3, 4])


def test_joining():
    """Concatenation needs both ranks."""
    assert TensorShape([1, None]).concatenate(3) == [1, None, 3]
    assert [3] + TensorShape([1]) + (2,) == [3, 1, 2]
    assert unknown_shape().concatenate([3]).ndims is None


def test_number_of_elements():
    """Known only when all sizes are."""
    assert scalar().num_elements() == 1
    assert TensorShape([2, 3]).num_elements() == 6
    assert TensorShape([2, None]).num_elements() is None
    assert TensorShape([2, None]).is_fully_defined() is False


def test_demands_on_a_shape():
    """Each demand that fails is a ValueError naming the shape."""
    shape = TensorShape([1, None])
    for demand, words in [
        (lambda: shape.with_rank(3), "Shape (1, ?) must have rank 3"),
        (lambda: shape.with_rank_at_least(3), "Shape (1, ?) must have rank at least 3"),
        (lambda: shape.with_rank_at_most(1), "Shape (1, ?) must have rank at most 1"),
        (lambda: shape.assert_has_rank(3), "Shape (1, ?) must have rank 3"),
        (lambda: shape.assert_same_rank([1]), "Shapes (1, ?) and (1,) must have the same rank"),
        (lambda: shape.assert_is_compatible_with([2, 1]), "Shapes (1, ?) and (2, 1) are incompatible"),
        (shape.assert_is_fully_defined, "Shape (1, ?) is not fully defined"),
    ]:
        with pytest.raises(ValueError) as raised:
            demand()
        assert str(raised.value) == words


def test_demands_that_hold():
    """What may be so, is not refused; an unknown shape of a demanded rank has that rank."""
    shape = TensorShape([1, None])
    assert shape.with_rank(2) is shape.with_rank_at_least(2) is shape.with_rank_at_most(2) is shape
    assert unknown_shape().with_rank(2) == [None, None]
    assert unknown_shape().with_rank_at_least(2).ndims is None
    unknown_shape().assert_same_rank(shape)
    shape.assert_is_compatible_with([1, 7])
    scalar().assert_is_fully_defined()


def test_a_shape_prints_as_in_tensorflow_1():
    """With a question mark for what is unknown; run-time messages use brackets without blanks (SEMANTICS 33, 37)."""
    assert [str(TensorShape(s)) for s in ([], [3], [3, None], None)] == ["()", "(3,)", "(3, ?)", "<unknown>"]
    assert repr(TensorShape([3, None])) == "TensorShape([3, None])"
    assert repr(TensorShape(None)) == "TensorShape(None)"
    assert brackets([2, None, 3]) == "[2,?,3]"
    assert brackets([]) == "[]"
    assert brackets(None) == "<unknown>"


def test_a_known_shape_serves_numpy():
    """A shape can be given to NumPy."""
    assert np.zeros(TensorShape([2, 3])).shape == (2, 3)


def test_shapes_travel():
    """Pickling and copying give an equal shape."""
    for shape in (unknown_shape(), matrix(2, None), vector(3)):
        assert pickle.loads(pickle.dumps(shape)) == shape == copy.deepcopy(shape)


def test_as_shape_makes_no_copy():
    """Shapes never change, so one object serves all."""
    shape = vector(2)
    assert as_shape(shape) is shape


@given(SHAPES, SHAPES)
def test_merging_agrees_with_compatibility(a, b):
    """Shapes merge exactly when they are compatible; the merge fits both, and knows what either knows."""
    if not a.is_compatible_with(b):
        with pytest.raises(ValueError):
            a.merge_with(b)
        return
    merged = a.merge_with(b)
    assert merged == b.merge_with(a)
    assert merged.is_compatible_with(a)
    assert merged.merge_with(a) == merged == merged.merge_with(b)


@given(SHAPES, SHAPES)
def test_the_common_shape_fits_both(a, b):
    """`most_specific_compatible_shape` contradicts neither."""
    common = a.most_specific_compatible_shape(b)
    assert common.is_compatible_with(a)
    assert common.is_compatible_with(b)
    assert common == b.most_specific_compatible_shape(a)


def test_a_dimension_is_a_number():
    """A known dimension counts, indexes and compares as its value; arithmetic gives dimensions."""
    three = tf.TensorShape([3])[0]
    assert three == 3
    assert 3 == three  # noqa: SIM300  # the other side is under test
    assert list(range(three)) == [0, 1, 2]
    assert [10, 20, 30, 40][three] == 40
    assert int(three) == 3
    assert (three + 1, 10 - three, 2 * three, three // 2, three % 2, 7 // three) == (4, 7, 6, 1, 1, 2)
    assert isinstance(three + 1, tf.Dimension)
    assert three > 2
    assert three <= 3
    assert three != 4
    assert {three: 1}[3] == 1
    assert str(three) == "3"
    assert three != "3"


def test_an_unknown_dimension_is_never_equal():
    """Arithmetic with it is unknown, and no comparison with it holds, as in TensorFlow 1."""
    unknown = tf.Dimension(None)
    assert (unknown + 1).value is None
    assert (3 * unknown).value is None
    assert not unknown == 3  # noqa: SIM201  # neither comparison holds
    assert not unknown != 3  # noqa: SIM202
    assert not unknown > 2
    assert str(unknown) == "?"
    assert repr(unknown) == "Dimension(None)"
    with pytest.raises(TypeError, match="An unknown dimension has no value"):
        int(unknown)


def test_dimensions_merge():
    """As shapes do."""
    assert tf.Dimension(None).merge_with(3) == 3
    assert tf.Dimension(3).merge_with(None) == 3
    assert not tf.Dimension(3).is_compatible_with(4)
    with pytest.raises(ValueError, match="Dimensions 3 and 4 are not compatible"):
        tf.Dimension(3).merge_with(4)
    with pytest.raises(TypeError):
        _ = tf.Dimension(3) + "a"
