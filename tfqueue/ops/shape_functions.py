"""Static shapes: what is known of an op's outputs while the graph is built.

Invariants:
  - a shape that is given is true of every run; what cannot be known is None;
  - shapes that no run could satisfy are refused with a ValueError, to which `apply_op` adds op and input shapes.
"""

from collections.abc import Sequence
from typing import Any

from tfqueue.framework.tensor_shape import TensorShape, unknown_shape
from tfqueue.graph.op_def import constant_value
from tfqueue.graph.operation import Operation, Tensor

Shapes = list[Any]
"""One shape-like for each output of an op."""

Dims = list[int | None]


def unchanged(op: Operation) -> Shapes:
    """The shape of the first input."""
    return [op.inputs[0].shape]


def scalar(op: Operation) -> Shapes:
    """Every output is a scalar."""
    return [[] for _ in op.outputs]


def broadcast(op: Operation) -> Shapes:
    """The two inputs broadcast against each other, as NumPy does it."""
    left, right = op.inputs[0].shape, op.inputs[1].shape
    if left.ndims is None or right.ndims is None:
        return [None]
    return [broadcast_dims(left.as_list(), right.as_list())]


def broadcast_dims(left: Dims, right: Dims) -> Dims:
    """Two lists of dimensions broadcast; ValueError "Dimensions must be equal, but are 2 and 3 ..."."""
    rank = max(len(left), len(right))
    ones: Dims = [1] * rank
    padded = zip((ones + left)[-rank:], (ones + right)[-rank:], strict=True) if rank else ()
    return [_broadcast_dim(a, b) for a, b in padded]


def _broadcast_dim(a: int | None, b: int | None) -> int | None:
    if b in {a, 1}:
        return a
    if a == 1:
        return b
    if a is None or b is None:
        # One of them is unknown and the other is not 1: a run can only succeed with the known size.
        return b if a is None else a
    raise ValueError(f"Dimensions must be equal, but are {a} and {b}")


def merged(tensors: Sequence[Tensor]) -> TensorShape:
    """The one shape that all of `tensors` must have."""
    shape = unknown_shape()
    for tensor in tensors:
        try:
            shape = shape.merge_with(tensor.shape)
        except ValueError as error:
            raise ValueError(f"Shapes must be equal: {error}") from error
    return shape


def normal_axis(axis: int, rank: int) -> int:
    """`axis` counted from the front; ValueError when it is outside [-rank, rank)."""
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} is not in the interval [{-rank}, {rank - 1}]")
    return axis % rank


def constant_int(tensor: Tensor) -> int | None:
    """The one integer that a tensor is sure to hold, or None; sees through `shape(x)[i]`."""
    value = constant_value(tensor)
    if value is not None:
        return int(value) if value.ndim == 0 else None
    if tensor.op.type == "StridedSlice" and tensor.op.get_attr("shrink_axis_mask") == 1:
        position = constant_value(tensor.op.inputs[1])
        source = as_shape_value(tensor.op.inputs[0])
        if position is not None and position.size == 1 and source.ndims is not None:
            return _item(source.as_list(), int(position[0]))
    return None


def _item(dims: Dims, position: int) -> int | None:
    return dims[position] if -len(dims) <= position < len(dims) else None


def known_entries(tensor: Tensor, count: int) -> list[int | None]:
    """Each of the positions that a vector holds, None where it is known at run time only."""
    value = constant_value(tensor)
    if value is not None:
        return [int(entry) for entry in value]
    if tensor.op.type == "Pack":
        return [constant_int(part) for part in tensor.op.inputs]
    return [None] * count


def as_shape_value(tensor: Tensor) -> TensorShape:
    """What is known of the shape that a vector of sizes describes: its length, and the sizes that are fixed.

    A negative size (-1) is given as unknown.
    """
    value = constant_value(tensor)
    if value is not None:
        return TensorShape([None if size < 0 else int(size) for size in value.ravel()])
    source = tensor.op
    if source.type == "Shape":
        return source.inputs[0].shape
    if source.type == "Pack":
        sizes = [constant_int(part) for part in source.inputs]
        return TensorShape([None if size is None or size < 0 else size for size in sizes])
    if source.type == "ConcatV2":
        shape = TensorShape([])
        for part in source.inputs[:-1]:
            shape = shape.concatenate(as_shape_value(part))
        return shape
    if source.type in {"Identity", "Cast"}:
        return as_shape_value(source.inputs[0])
    return _of_length(tensor)


def _of_length(sizes: Tensor) -> TensorShape:
    length = sizes.shape.as_list()[0] if sizes.shape.ndims == 1 else None
    return unknown_shape(length)
