"""Arrays put together and taken apart."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, constant, run, sizes

CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_stack_and_unstack_are_each_others_inverse(axis: int) -> None:
    """One new dimension at the axis, counted from either end."""
    rows = [CUBE[0], CUBE[1] * 2]
    stacked = tf.stack(rows, axis)
    agree(run(stacked), np.stack(rows, axis))
    assert sizes(stacked) == list(np.stack(rows, axis).shape)
    for got, expected in zip(run(tf.unstack(stacked, axis=axis)), rows, strict=True):
        agree(got, expected)


def test_stack_takes_numbers_and_strings() -> None:
    """Numbers take the dtype of a tensor among them; strings keep their NULs."""
    agree(run(tf.stack([1, 2])), np.array([1, 2], np.int32))
    agree(run(tf.stack([constant(1.0), 2])), np.array([1, 2], np.float32))
    assert run(tf.stack(["a\0", "b"])).tolist() == [b"a\0", b"b"]
    x = tf.placeholder(tf.float32)
    agree(run(tf.stack([x, x]), {x: 1.0}), np.array([1, 1], np.float32))


def test_stack_refuses() -> None:
    """Mixed dtypes, unequal shapes, an axis that is not there, and nothing at all."""
    with pytest.raises(
        TypeError, match=r"Tensors in list passed to 'values' of 'Pack' Op have types \[int32, float32\]"
    ):
        tf.stack([constant(1), constant(1.0)])
    with pytest.raises(ValueError, match="Shapes must be equal"):
        tf.stack([[1], [1, 2]])
    with pytest.raises(ValueError, match=r"axis = 5 not in \[-2, 2\)"):
        tf.stack([[1]], axis=5)
    with pytest.raises(ValueError, match="at least one"):
        tf.stack([])


def test_unstack_needs_to_know_how_many() -> None:
    """From the shape or by number, which is checked in the run."""
    x = tf.placeholder(tf.float32, [None, 3])
    with pytest.raises(ValueError, match="Cannot infer num"):
        tf.unstack(x)
    assert [sizes(part) for part in tf.unstack(x, 2)] == [[3], [3]]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"axis 0 must equal 2, got shape \[3,3\]"):
        run(tf.unstack(x, 2), {x: np.zeros((3, 3))})
    assert [run(part) for part in tf.unstack(["a", "b"])] == [b"a", b"b"]


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concat_and_split_are_each_others_inverse(axis: int) -> None:
    """Along any axis; equal parts by number, others by their sizes, one of which may be -1."""
    joined = tf.concat([CUBE, CUBE * 2], axis)
    agree(run(joined), np.concatenate([CUBE, CUBE * 2], axis))
    assert sizes(joined) == list(np.concatenate([CUBE, CUBE], axis).shape)
    for got, expected in zip(run(tf.split(joined, 2, axis)), (CUBE, CUBE * 2), strict=True):
        agree(got, expected)
    length = CUBE.shape[axis]
    first, second = run(tf.split(joined, [length, -1], axis))
    agree(first, CUBE)
    agree(second, CUBE * 2)


def test_concat_knows_what_can_be_known() -> None:
    """Unknown lengths stay unknown, others are agreed on."""
    assert sizes(tf.concat([tf.placeholder(tf.float32, [None, 3])] * 2, 0)) == [None, 3]
    assert sizes(tf.concat([tf.placeholder(tf.float32, [None, 3]), tf.ones([2, 3])], 1)) == [2, 6]
    assert sizes(tf.concat([tf.placeholder(tf.float32), tf.ones([2, 3])], 0)) == [None, 3]
    assert tf.concat([CUBE], 0).op.type == "Identity"
    assert run(tf.concat([["a"], ["b\0"]], 0)).tolist() == [b"a", b"b\0"]


def test_concat_refuses() -> None:
    """Scalars, unequal ranks and sizes, when built or when run."""
    with pytest.raises(ValueError, match="Can't concatenate scalars"):
        tf.concat([1, 2], 0)
    with pytest.raises(ValueError, match="Shape must be rank 3 but is rank 2"):
        tf.concat([CUBE, CUBE[0]], 0)
    with pytest.raises(ValueError, match="Dimension 1 in both shapes must be equal, but are 3 and 4"):
        tf.concat([np.ones((2, 3)), np.ones((2, 4))], 0)
    x = tf.placeholder(tf.float32)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"ConcatOp : .* shape\[0\] = \[1,2\] vs. shape\[1\] = \[2,3\]"
    ):
        run(tf.concat([x, tf.ones([2, 3])], 0), {x: [[1, 2]]})


def test_split_refuses() -> None:
    """Parts that do not come out even, when built or when run."""
    with pytest.raises(ValueError, match="evenly divisible by 3 but is 4"):
        tf.split(CUBE, 3, 2)
    with pytest.raises(ValueError, match=r"can't split axis of size 4 into pieces of size \[1, 1\]"):
        tf.split(CUBE, [1, 1], 2)
    x = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="should evenly divide the split dimension"):
        run(tf.split(x, 2), {x: [1, 2, 3]})
    with pytest.raises(ValueError, match="Cannot infer num"):
        tf.split(x, tf.placeholder(tf.int32))
    assert [sizes(part) for part in tf.split(tf.placeholder(tf.float32, [None, 3]), 2)] == [[None, 3], [None, 3]]


def test_tile() -> None:
    """Each dimension repeated; unknown ones stay unknown."""
    agree(run(tf.tile(CUBE, [1, 2, 3])), np.tile(CUBE, [1, 2, 3]))
    assert sizes(tf.tile(tf.placeholder(tf.float32, [None, 2]), [3, 3])) == [None, 6]
    with pytest.raises(ValueError, match="Shape must be rank 3 but is rank 2"):
        tf.tile(CUBE, [1, 2])
    x = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="multiples argument to be a vector of length 1 but got"):
        run(tf.tile(x, [1, 2]), {x: [1.0]})


@pytest.mark.parametrize(
    ("mode", "numpy_mode"), [("CONSTANT", "constant"), ("reflect", "reflect"), ("SYMMETRIC", "symmetric")]
)
def test_pad(mode: str, numpy_mode: Any) -> None:
    """Before and after each dimension, with a constant or mirrored."""
    paddings = [[1, 1], [0, 2], [3, 0]]
    tensor = tf.pad(CUBE, paddings, mode)
    agree(run(tensor), np.pad(CUBE, paddings, numpy_mode))
    assert sizes(tensor) == [4, 5, 7]


def test_pad_values_and_refusals() -> None:
    """Another constant; strings with empty ones; wrong paddings."""
    agree(run(tf.pad([1, 2], [[1, 2]], constant_values=9)), np.array([9, 1, 2, 9, 9], np.int32))
    assert run(tf.pad(["a"], [[1, 0]])).tolist() == [b"", b"a"]
    assert sizes(tf.pad(tf.placeholder(tf.float32, [None, 3]), [[1, 1], [1, 1]])) == [None, 5]
    with pytest.raises(ValueError, match="Shape must be rank 1 but is rank 3"):
        tf.pad(CUBE, [[1, 1]])
    with pytest.raises(ValueError, match="Paddings must be non-negative"):
        tf.pad([1], [[-1, 0]])
    with pytest.raises(ValueError, match="Unknown padding mode"):
        tf.pad([1], [[1, 1]], "X")
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be less than the dimension size"):
        run(tf.pad([1, 2], [[2, 2]], "REFLECT"))
    x = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="paddings must be 2 pairs"):
        run(tf.pad(x, [[1, 1]]), {x: [[1.0]]})
