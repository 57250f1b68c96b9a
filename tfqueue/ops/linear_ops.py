"""Sums of products, and sums that run along: matmul, cumsum."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import brackets
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import constant_value, register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import NUMERIC, TensorLike, argument, index_argument, matching, single_output
from .shape_functions import Dims, Shapes, broadcast_dims, normal_axis
from .values import Value


def _product_shape(op: Operation) -> Shapes:
    left, right = (_matrix(op, place) for place in (0, 1))
    if left is None or right is None:
        return [None]
    *left_batch, rows, inner = left
    *right_batch, other, columns = right
    if inner is not None and other is not None and inner != other:
        raise ValueError(f"Dimensions must be equal, but are {inner} and {other}")
    return [[*broadcast_dims(left_batch, right_batch), rows, columns]]


def _matrix(op: Operation, place: int) -> Dims | None:
    """The dimensions of one factor as it enters the product, None when the rank is unknown."""
    shape = op.inputs[place].shape
    if shape.ndims is None:
        return None
    dims = shape.as_list()
    if len(dims) < 2 or (op.type == "MatMul" and len(dims) != 2):
        raise ValueError(f"Shape must be rank 2 but is rank {len(dims)}")
    if op.get_attr(("transpose_a", "transpose_b")[place]):
        dims[-2:] = dims[:-3:-1]
    return dims


@register_op("MatMul", shape=_product_shape, bind=True)
@register_op("BatchMatMulV2", shape=_product_shape, bind=True)
def _matmul(op: Operation, session: Any) -> Callable[[Value, Value], Value]:
    turn_left, turn_right = _turn(op, "a"), _turn(op, "b")

    def product(a: Value, b: Value) -> Value:
        left, right = turn_left(a), turn_right(b)
        if left.ndim < 2 or right.ndim < 2 or left.shape[-1] != right.shape[-2]:
            message = f"Matrix size-incompatible: In[0]: {brackets(a.shape)}, In[1]: {brackets(b.shape)}"
            raise InvalidArgumentError(None, None, message)
        return np.matmul(left, right)

    return product


def _turn(op: Operation, factor: str) -> Callable[[Value], Value]:
    """How a factor enters the product: as it is, transposed, or transposed and conjugated."""
    if not op.get_attr(f"transpose_{factor}"):
        return lambda value: value
    if op.get_attr(f"conjugate_{factor}"):
        return lambda value: np.conj(np.swapaxes(value, -1, -2))
    return lambda value: np.swapaxes(value, -1, -2)


def matmul(
    a: TensorLike,
    b: TensorLike,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of two matrices, or of two stacks of matrices.

    Each may be transposed on its way in, or transposed and conjugated (`adjoint_`). That one is full of zeros
    (`_is_sparse`) makes no difference here.
    """
    if (adjoint_a and transpose_a) or (adjoint_b and transpose_b):
        raise ValueError("Only one of transpose and adjoint can be True.")
    with name_scope(name, "MatMul", [a, b]) as scope:
        left, right = matching("MatMul", NUMERIC, a=a, b=b)
        stacked = all(tensor.shape.ndims is None or tensor.shape.ndims > 2 for tensor in (left, right))
        return single_output(
            "BatchMatMulV2" if stacked else "MatMul",
            [left, right],
            scope,
            transpose_a=transpose_a or adjoint_a,
            transpose_b=transpose_b or adjoint_b,
            conjugate_a=adjoint_a and left.dtype.is_complex,
            conjugate_b=adjoint_b and right.dtype.is_complex,
        )


def _checked_axis(op: Operation) -> Shapes:
    source, axis = op.inputs[0].shape, constant_value(op.inputs[1])
    if source.ndims is not None and axis is not None:
        normal_axis(int(axis), source.ndims)
    return [source]


@register_op("Cumsum", shape=_checked_axis, bind=True)
def _cumsum(op: Operation, session: Any) -> Callable[[Value, Value], Value]:
    exclusive, backward = bool(op.get_attr("exclusive")), bool(op.get_attr("reverse"))

    def running(value: Value, axis: Value) -> Value:
        along = int(axis)
        forward = np.flip(value, along) if backward else value
        total = np.cumsum(forward, along, dtype=value.dtype)
        if exclusive:
            total -= forward
        return np.flip(total, along) if backward else total

    return running


def cumsum(
    x: TensorLike, axis: TensorLike = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """The sums of all elements up to each along `axis`; `exclusive` of itself, in `reverse` from the end."""
    with name_scope(name, "Cumsum", [x]) as scope:
        source = argument("Cumsum", "x", x, allowed=NUMERIC)
        inputs = [source, index_argument("Cumsum", "axis", axis)]
        return single_output("Cumsum", inputs, scope, exclusive=exclusive, reverse=reverse)
