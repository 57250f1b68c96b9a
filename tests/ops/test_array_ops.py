"""Tensors passed on, asked for their shape, and given another form."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, constant, run, sizes

CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def unknown(shape: Any = None, dtype: Any = tf.float32) -> Any:
    """A placeholder of which only so much is known."""
    return tf.placeholder(dtype, shape)


# Placeholders


def test_a_placeholder_must_be_fed() -> None:
    """InvalidArgumentError with the placeholder's op, and what it wants (SEMANTICS 100)."""
    x = tf.placeholder(tf.float32, [None, 3], name="images")
    assert (sizes(x), x.name) == ([None, 3], "images:0")
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"placeholder tensor 'images' with dtype float and shape \[\?,3\]"
    ) as c:
        run(tf.identity(x))
    assert c.value.op is x.op
    agree(run(tf.identity(x), {x: CUBE[0, :, :3]}), CUBE[0, :, :3])


def test_a_default_stands_until_something_is_fed() -> None:
    """The static shape is the placeholder's, and the default must fit it."""
    x = tf.placeholder_with_default([1, 2], [None])
    assert sizes(x) == [None]
    agree(run(x), np.array([1, 2], np.int32))
    agree(run(tf.identity(x), {x: [3]}), np.array([3], np.int32))
    with pytest.raises(ValueError, match="default's shape does not fit"):
        tf.placeholder_with_default([1, 2], [3])


def test_identity_and_stop_gradient_pass_on() -> None:
    """Value, dtype and static shape; a scalar string too."""
    for build in (tf.identity, tf.stop_gradient):
        assert sizes(build(unknown([None, 2]))) == [None, 2]
        agree(run(build(CUBE)), CUBE)
        assert run(build("text")) == b"text"


# Shapes


def test_shape_size_and_rank() -> None:
    """Constants where the static shape says them, else worked out in the run."""
    assert [f(CUBE).op.type for f in (tf.shape, tf.size, tf.rank)] == ["Const"] * 3
    x = unknown()
    assert [f(x).op.type for f in (tf.shape, tf.size, tf.rank)] == ["Shape", "Size", "Rank"]
    for tensor in (CUBE, x):
        values = run([tf.shape(tensor), tf.size(tensor), tf.rank(tensor)], {x: CUBE})
        for got, expected in zip(values, ([2, 3, 4], 24, 3), strict=True):
            agree(got, np.array(expected, np.int32))
        agree(run(tf.shape(tensor, out_type=tf.int64), {x: CUBE}), np.array([2, 3, 4], np.int64))
    assert sizes(tf.shape(unknown([None, 3]))) == [2]
    assert run(tf.size("text")) == 1
    agree(run(tf.shape("text")), np.zeros(0, np.int32))


# Reshape


@pytest.mark.parametrize(
    ("source", "wanted", "expected"),
    [
        ([2, 3, 4], [4, 6], [4, 6]),
        ([2, 3, 4], [-1], [24]),
        ([2, 3, 4], [4, -1], [4, 6]),
        ([None, 3], [-1, 3], [None, 3]),
        ([None, 3], [2, -1], [2, None]),
        (None, [2, 2], [2, 2]),
        ([], [1, 1], [1, 1]),
    ],
)
def test_static_shape_of_a_reshape(source: Any, wanted: Any, expected: Any) -> None:
    """The -1 is worked out where the number of elements is known."""
    assert sizes(tf.reshape(unknown(source), wanted)) == expected


def test_reshape() -> None:
    """The same elements in row order; sizes may be tensors; a scalar string may become a vector."""
    agree(run(tf.reshape(CUBE, [4, -1])), CUBE.reshape(4, 6))
    agree(run(tf.reshape(CUBE, tf.stack([tf.shape(CUBE)[0], -1]))), CUBE.reshape(2, 12))
    assert run(tf.reshape("text", [1])).tolist() == [b"text"]
    assert sizes(tf.reshape(CUBE, tf.stack([2, tf.shape(unknown([None, 3]))[1], -1]))) == [2, 3, 4]


def test_a_reshape_that_cannot_be() -> None:
    """ValueError when known while the graph is built, else InvalidArgumentError, each with the numbers."""
    with pytest.raises(ValueError, match=r"Cannot reshape a tensor with 24 elements to shape \[5,5\] \(25 elements\)"):
        tf.reshape(CUBE, [5, 5])
    x = unknown()
    for wanted, words in (
        ([2, 2], "tensor with 3 values, but the requested shape has 4"),
        ([2, -1], "requires a multiple of 2"),
        ([-1, -1], "Only one input size may be -1, not both 0 and 1"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            run(tf.reshape(x, wanted), {x: [1, 2, 3]})


def test_squeeze() -> None:
    """All sizes of 1, or those named; another size there is refused."""
    x = np.ones((1, 2, 1, 3), np.float32)
    for axis, shape in ((None, (2, 3)), (0, (2, 1, 3)), ([0, 2], (2, 3)), ([-2], (1, 2, 3))):
        tensor = tf.squeeze(x, axis)
        assert sizes(tensor) == list(shape)
        assert run(tensor).shape == shape
    assert sizes(tf.squeeze(x, squeeze_dims=[0])) == [2, 1, 3]
    assert sizes(tf.squeeze(unknown([None, 1]))) is None
    assert sizes(tf.squeeze(unknown([None, 1]), [1])) == [None]
    with pytest.raises(ValueError, match=r"Can not squeeze dim\[1\], expected a dimension of 1, got 2"):
        tf.squeeze(x, [1])
    y = unknown()
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected a dimension of 1, got 2"):
        run(tf.squeeze(y, [0]), {y: [1.0, 2.0]})
    with pytest.raises(ValueError, match="Cannot specify both 'squeeze_dims' and 'axis'"):
        tf.squeeze(x, [0], squeeze_dims=[0])


@pytest.mark.parametrize(("axis", "shape"), [(0, (1, 2, 3)), (1, (2, 1, 3)), (-1, (2, 3, 1)), (-3, (1, 2, 3))])
def test_expand_dims(axis: int, shape: tuple[int, ...]) -> None:
    """A size of 1 at the axis, counted from either end, under its old name too."""
    x = np.ones((2, 3), np.float32)
    assert sizes(tf.expand_dims(x, axis)) == list(shape)
    assert run(tf.expand_dims(x, dim=axis)).shape == shape


def test_expand_dims_refuses() -> None:
    """An axis that is not there, and none at all."""
    with pytest.raises(ValueError, match=r"axis 5 is not in the interval \[-2, 1\]"):
        tf.expand_dims([1, 2], 5)
    with pytest.raises(ValueError, match="Must specify an axis"):
        tf.expand_dims([1, 2])


def test_transpose() -> None:
    """Reversed by default, also where the rank is known at run time only; or in a given order."""
    agree(run(tf.transpose(CUBE)), CUBE.T)
    agree(run(tf.transpose(CUBE, [1, 0, 2])), CUBE.transpose(1, 0, 2))
    x = unknown()
    agree(run(tf.transpose(x), {x: CUBE}), CUBE.T)
    assert sizes(tf.transpose(unknown([None, 3]))) == [3, None]
    assert sizes(tf.transpose(unknown([None, 3, 5]), [2, 0, 1])) == [5, None, 3]
    complex_row = np.array([[1 + 2j, 3]], np.complex64)
    agree(run(tf.transpose(complex_row, conjugate=True)), complex_row.conj().T)
    with pytest.raises(ValueError, match="Dimension must be 3 but is 2"):
        tf.transpose(CUBE, [0, 1])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[0, 0, 1\] is no order of the 3 dimensions"):
        run(tf.transpose(CUBE, [0, 0, 1]))


def test_reverse() -> None:
    """Along the named axes, counted from either end."""
    agree(run(tf.reverse(CUBE, [0, -1])), CUBE[::-1, :, ::-1])
    assert sizes(tf.reverse(unknown([None, 3]), [0])) == [None, 3]
    with pytest.raises(ValueError, match=r"axis 3 is not in the interval"):
        tf.reverse(CUBE, [3])


def test_kernels_that_give_views_never_let_a_caller_change_a_constant() -> None:
    """What a run gives may be written to, and the next run gives the constant's own values again."""
    x = constant(CUBE)
    for tensor in (tf.reshape(x, [4, 6]), tf.transpose(x), tf.reverse(x, [0]), tf.squeeze(x), x[0], tf.identity(x)):
        first = run(tensor)
        kept = first.copy()
        first[...] = -1
        agree(run(tensor), kept)
