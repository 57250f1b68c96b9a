"""Products of matrices and running sums."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, run, sizes

A = np.arange(6, dtype=np.float32).reshape(2, 3)
B = np.arange(12, dtype=np.float32).reshape(3, 4)


def test_matmul() -> None:
    """Plain, transposed on either side, of whole numbers, and static shapes."""
    agree(run(tf.matmul(A, B)), A @ B)
    agree(run(tf.matmul(A.T.copy(), B, transpose_a=True)), A @ B)
    agree(run(tf.matmul(A, B.T.copy(), transpose_b=True)), A @ B)
    agree(run(tf.matmul(A, B.T.copy(), adjoint_b=True)), A @ B)
    agree(run(tf.matmul([[1, 2]], [[3], [4]])), np.array([[11]], np.int32))
    assert sizes(tf.matmul(tf.placeholder(tf.float32, [None, 3]), B)) == [None, 4]
    assert tf.matmul(A, B).op.type == "MatMul"


def test_matmul_of_stacks() -> None:
    """Matrices in the last two dimensions, the others broadcast."""
    stack = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    tensor = tf.matmul(stack, stack, transpose_b=True)
    assert (tensor.op.type, sizes(tensor)) == ("BatchMatMulV2", [2, 3, 3])
    agree(run(tensor), stack @ stack.swapaxes(1, 2))
    x = tf.placeholder(tf.float32)
    agree(run(tf.matmul(x, x), {x: np.eye(2)}), np.eye(2, dtype=np.float32))


def test_adjoint_conjugates_complex_numbers() -> None:
    """And transposes, which for real ones is all."""
    z = np.array([[1 + 2j, 3]], np.complex64)
    agree(run(tf.matmul(z, z, adjoint_b=True)), z @ z.conj().T)
    with pytest.raises(ValueError, match="Only one of transpose and adjoint"):
        tf.matmul(z, z, transpose_a=True, adjoint_a=True)


def test_matmul_refuses() -> None:
    """Sizes and ranks that do not fit, when built or when run."""
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 3 and 2"):
        tf.matmul(A, A)
    with pytest.raises(ValueError, match="Shape must be rank 2 but is rank 1"):
        tf.matmul([1.0], [1.0])
    x = tf.placeholder(tf.float32)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"Matrix size-incompatible: In\[0\]: \[1,3\], In\[1\]: \[1,3\]"
    ):
        run(tf.matmul(x, x), {x: [[1, 2, 3]]})


@pytest.mark.parametrize(
    ("exclusive", "reverse", "expected"),
    [(False, False, [1, 3, 6]), (True, False, [0, 1, 3]), (False, True, [6, 5, 3]), (True, True, [5, 3, 0])],
)
def test_cumsum(exclusive: bool, reverse: bool, expected: Any) -> None:
    """With or without the element itself, from either end, in the input's dtype."""
    agree(run(tf.cumsum([1, 2, 3], exclusive=exclusive, reverse=reverse)), np.array(expected, np.int32))
    agree(run(tf.cumsum(np.array([200, 100], np.uint8))), np.array([200, 44], np.uint8))


def test_cumsum_along_an_axis() -> None:
    """Any, but one that is there."""
    agree(run(tf.cumsum(A, 1)), np.cumsum(A, 1))
    with pytest.raises(ValueError, match="axis 2 is not in the interval"):
        tf.cumsum(A, 2)
