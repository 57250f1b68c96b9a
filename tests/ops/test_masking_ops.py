"""Elements by index or by condition."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, run, sizes

CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.mark.parametrize(("indices", "axis"), [(1, 0), ([0, 1], 0), ([2, 0], 1), ([[0, 3]], -1), ([], 0)])
def test_gather(indices: Any, axis: int) -> None:
    """The slices at the indices; the indices' shape takes the axis's place."""
    tensor = tf.gather(CUBE, np.array(indices, np.int32), axis=axis)
    expected = np.take(CUBE, np.array(indices, np.int32), axis)
    assert sizes(tensor) == list(expected.shape)
    agree(run(tensor), expected)


def test_gathered_slices_are_copies() -> None:
    """What is gathered from a constant may be written to."""
    first = run(tf.gather(tf.identity(CUBE), 0))
    first[...] = -1
    agree(run(tf.gather(CUBE, 0)), CUBE[0])


def test_gather_refuses() -> None:
    """TensorFlow's words; negative indices too, though NumPy would count them from the end."""
    for indices, words in (
        ([5], r"indices\[0\] = 5 is not in \[0, 2\)"),
        ([[0, -1]], r"indices\[0, 1\] = -1 is not in \[0, 2\)"),
        (2, r"indices = 2 is not in \[0, 2\)"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            run(tf.gather(CUBE, indices))
    with pytest.raises(TypeError, match="float32 not in list of allowed"):
        tf.gather(CUBE, 1.0)
    with pytest.raises(ValueError, match="at least rank 1 but is rank 0"):
        tf.gather(1, 0)


def test_gather_nd() -> None:
    """Rows of positions, as deep as they go."""
    agree(run(tf.gather_nd(CUBE, [[0, 1, 2], [1, 0, 3]])), np.array([6, 15], np.float32))
    tensor = tf.gather_nd(CUBE, [[[0, 1]]])
    assert sizes(tensor) == [1, 1, 4]
    agree(run(tensor), CUBE[[[0]], [[1]]])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"indices\[0\] = \[0, 7\] does not index into param shape \[2,3,4\]"
    ):
        run(tf.gather_nd(CUBE, [[0, 7]]))
    with pytest.raises(ValueError, match=r"must be <= params.rank"):
        tf.gather_nd(CUBE, [[0, 0, 0, 0]])


def test_where_finds_positions() -> None:
    """int64 rows, one a true (or non-zero) element."""
    tensor = tf.where([[True, False], [True, True]])
    assert sizes(tensor) == [None, 2]
    agree(run(tensor), np.array([[0, 0], [1, 0], [1, 1]]))
    agree(run(tf.where([1, 0, 2])), np.array([[0], [2]]))


def test_where_selects() -> None:
    """Element by element, by row for a vector, all or nothing for a scalar."""
    agree(run(tf.where([True, False], [1, 2], [3, 4])), np.array([1, 4], np.int32))
    agree(run(tf.where([True, False], [[1, 1], [2, 2]], [[3, 3], [4, 4]])), np.array([[1, 1], [4, 4]], np.int32))
    agree(run(tf.where(True, [1, 2], [3, 4])), np.array([1, 2], np.int32))
    assert run(tf.where([True, False], ["a", "b"], ["c", "d\0"])).tolist() == [b"a", b"d\0"]


def test_where_refuses() -> None:
    """One branch alone, shapes and dtypes that do not fit."""
    with pytest.raises(ValueError, match="x and y must both be non-None or both be None"):
        tf.where([True], [1])
    with pytest.raises(ValueError, match="Shapes must be equal"):
        tf.where([True, False], [1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="neither that of the values nor that of their rows"):
        tf.where([True, False, True], [1, 2], [1, 2])
    with pytest.raises(TypeError, match="Expected bool passed to parameter 'condition'"):
        tf.where([1], [1], [2])
    x = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="do not fit together"):
        run(tf.where([True, False], x, x), {x: [1, 2, 3]})


def test_boolean_mask() -> None:
    """The masked dimensions run together; at any axis; strings too."""
    agree(run(tf.boolean_mask([1, 2, 3], [True, False, True])), np.array([1, 3], np.int32))
    rows = np.array([[True, False, True], [False, False, True]])
    tensor = tf.boolean_mask(CUBE, rows)
    assert sizes(tensor) == [None, 4]
    agree(run(tensor), CUBE[rows])
    agree(run(tf.boolean_mask(CUBE, [True, False, True], axis=1)), CUBE[:, [0, 2]])
    agree(run(tf.boolean_mask(CUBE, [True, False, False, True], axis=-1)), CUBE[..., [0, 3]])
    assert run(tf.boolean_mask(["a", "b"], [False, True])).tolist() == [b"b"]


def test_boolean_mask_refuses() -> None:
    """A mask that does not fit, a scalar, and one of unknown rank."""
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(3,\) are incompatible"):
        tf.boolean_mask(CUBE, [True, False, True])
    with pytest.raises(ValueError, match="mask cannot be scalar"):
        tf.boolean_mask(CUBE, True)
    with pytest.raises(ValueError, match="Number of mask dimensions must be specified"):
        tf.boolean_mask(CUBE, tf.placeholder(tf.bool))


def test_unique() -> None:
    """Each value once, in the order it first came, and where each element's value is."""
    found = tf.unique([3, 1, 3, 2, 1])
    agree(run(found.y), np.array([3, 1, 2], np.int32))
    agree(run(found.idx), np.array([0, 1, 0, 2, 1], np.int32))
    assert run(tf.unique(["b", "a", "b"]).y).tolist() == [b"b", b"a"]
    agree(run(tf.unique([7], out_idx=tf.int64).idx), np.array([0]))
    with pytest.raises(TypeError, match="int32 or int64"):
        tf.unique([1], out_idx=tf.float32)
