"""Parts of arrays by position: each index against NumPy, with full, partial and no knowledge of the shape."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, constant, run, sizes

CUBE = np.arange(60, dtype=np.float32).reshape(3, 4, 5)

INDICES = [
    0,
    -1,
    (0, 1),
    (0, 1, 2),
    (..., 0),
    (slice(None), slice(1, None)),
    (slice(None), slice(None, None, 2)),
    None,
    (slice(None), None, 0),
    slice(0, 1),
    (1, ..., 1),
    (slice(None), slice(-2, None), slice(None, None, -1)),
    (..., slice(3, 0, -2)),
    (None, ..., None),
    (0, None, slice(1, 3), None, 2),
    slice(5, None),
    slice(None, 100),
    slice(-100, 2),
    slice(2, 1),
    (slice(None), np.int64(2)),
    ...,
]


@pytest.mark.parametrize("index", INDICES, ids=str)
@pytest.mark.parametrize("known", [[3, 4, 5], [None, 4, None], None], ids=["all", "some", "none"])
def test_indexing_is_numpys(index: Any, known: Any) -> None:
    """The same elements; and a static shape that is exact when it can be, and never wrong."""
    x = tf.placeholder(tf.float32, known)
    part = x[index]
    expected = CUBE[index]
    agree(run(part, {x: CUBE}), expected)
    assert part.shape.is_compatible_with(expected.shape)
    if known == [3, 4, 5]:
        assert sizes(part) == list(expected.shape)


@pytest.mark.parametrize(
    ("index", "known", "expected"),
    [
        (0, [None, 3], [3]),
        ((slice(None), 0), [None, 3], [None]),
        (slice(1, 3), [None, 3], [None, 3]),
        ((..., slice(None)), [None, 3], [None, 3]),
        (0, None, None),
    ],
)
def test_static_shapes_of_partly_known_arrays(index: Any, known: Any, expected: Any) -> None:
    """What depends on the run is left open, the rest is not."""
    assert sizes(tf.placeholder(tf.float32, known)[index]) == expected


def test_positions_may_be_tensors() -> None:
    """A scalar tensor picks or bounds, int32 or int64, beside Python numbers."""
    i, j = tf.placeholder(tf.int32, []), tf.placeholder(tf.int64, [])
    x = constant(CUBE)
    feed = {i: 1, j: 3}
    agree(run(x[i], feed), CUBE[1])
    agree(run(x[i, 2:j], feed), CUBE[1, 2:3])
    agree(run(x[:i, ..., j], feed), CUBE[:1, ..., 3])
    assert sizes(x[i]) == [4, 5]
    assert sizes(x[:, i:2]) == [3, None, 5]
    assert sizes(x[constant(1)]) == [4, 5]
    agree(run(x[: tf.shape(x)[0] - 1]), CUBE[:2])


def test_a_mask_picks_elements() -> None:
    """A boolean tensor or array of the leading dimensions."""
    x = constant(CUBE)
    agree(run(x[x > 30.0]), CUBE[CUBE > 30])
    mask = np.array([True, False, True])
    agree(run(x[mask]), CUBE[mask])


@pytest.mark.parametrize("index", ["a", 1.0, {}, True, constant, np.array([1.5])])
def test_what_is_no_index(index: Any) -> None:
    """TypeError in TensorFlow's words."""
    with pytest.raises(TypeError, match="Only integers, slices"):
        constant(CUBE)[index]


def test_positions_outside() -> None:
    """ValueError when known while the graph is built, else InvalidArgumentError with position, dimension and shape."""
    x, y = constant(CUBE), tf.placeholder(tf.float32)
    with pytest.raises(ValueError, match="slice index 5 of dimension 0 out of bounds"):
        x[5]
    with pytest.raises(ValueError, match="slice index -5 of dimension 1 out of bounds"):
        x[0, -5]
    with pytest.raises(ValueError, match="Index out of range using input dim 3; input has only 3 dims"):
        x[0, 0, 0, 0]
    with pytest.raises(ValueError, match=r"strides\[0\] must be non-zero"):
        x[::0]
    with pytest.raises(ValueError, match="Multiple ellipses"):
        x[..., ...]
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"slice index 5 of dimension 0 out of bounds for shape \[2\]"
    ):
        run(y[5], {y: [1, 2]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="using input dim 1; input has only 1 dims"):
        run(y[0, 0], {y: [1, 2]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="strides must be non-zero"):
        run(y[::0], {y: [1, 2]})


def test_strings_are_indexed_too() -> None:
    """One element is bytes, several an object array."""
    words = constant(["a\0", "b", "c"])
    assert run(words[0]) == b"a\0"
    assert run(words[1:]).tolist() == [b"b", b"c"]


def test_slice() -> None:
    """A corner and a size, -1 to the end; checked against the array in the run."""
    agree(run(tf.slice(CUBE, [0, 1, 0], [1, -1, 2])), CUBE[0:1, 1:, :2])
    assert sizes(tf.slice(CUBE, [0, 1, 0], [1, -1, 2])) == [1, 3, 2]
    begin = tf.placeholder(tf.int32, [3])
    assert sizes(tf.slice(CUBE, begin, [1, -1, 2])) == [1, None, 2]
    x = tf.placeholder(tf.float32)
    for start, length, words in (
        ([1], [5], r"Expected size\[0\] in \[0, 1\], but got 5"),
        ([3], [-1], r"Expected begin\[0\] in \[0, 2\], but got 3"),
        ([0, 0], [1, 1], "of length 1, but got lengths 2 and 2"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            run(tf.slice(x, start, length), {x: [1, 2]})
    with pytest.raises(ValueError, match="Shape must be rank 1 but is rank 3"):
        tf.slice(CUBE, [0], [1])


def test_strided_slice() -> None:
    """Begin, end and stride as vectors, with the meaning of each mask's bits."""
    agree(run(tf.strided_slice(CUBE, [0, 1], [2, 4])), CUBE[0:2, 1:4])
    agree(run(tf.strided_slice(CUBE, [2, 3], [0, 0], [-1, -2])), CUBE[2:0:-1, 3:0:-2])
    agree(run(tf.strided_slice(CUBE, [1, 1], [2, 2], begin_mask=1, end_mask=2)), CUBE[:2, 1:])
    agree(run(tf.strided_slice(CUBE, [0, 1], [0, 2], ellipsis_mask=1, shrink_axis_mask=2)), CUBE[..., 1])
    agree(run(tf.strided_slice(CUBE, [0, 1], [1, 2], new_axis_mask=1)), CUBE[None, 1:2])


def test_a_small_part_does_not_keep_the_whole_alive() -> None:
    """A view of a much larger array would hold all of it in a queue; half of it or more is not copied."""
    x = tf.placeholder(tf.float32, [100])
    big = np.zeros(100, np.float32)
    small, large = run([tf.identity(x[:10]), tf.identity(x[:90])], {x: big})
    assert small.base is None or small.base.nbytes < big.nbytes
    agree(large, big[:90])
