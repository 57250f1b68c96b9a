"""Arrays out of nothing: fill, zeros, ones, and their likes, range, one_hot."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import constant_value, register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import INDEX, TensorLike, argument, index_argument, matching, single_output
from .cast_ops import cast
from .constant_op import convert_to_tensor
from .shape_functions import Shapes, as_shape_value, normal_axis, unchanged
from .values import Value

SMALL_CONSTANT = 1000
"""Elements below which zeros and ones stand in the graph as a constant, as in TensorFlow."""

RANGE_DTYPES = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)
"""In the order in which one is promoted to another."""

WHOLE = (np.int32, np.int64)


def _filled(op: Operation) -> Shapes:
    dims = constant_value(op.inputs[0])
    if dims is not None and (dims < 0).any():
        raise ValueError("Fill dimensions must be >= 0")
    if op.inputs[1].shape.ndims not in {0, None}:
        raise ValueError(f"Shape must be rank 0 but is rank {op.inputs[1].shape.ndims}")
    return [as_shape_value(op.inputs[0])]


@register_op("Fill", shape=_filled, bind=True)
def _fill(op: Operation, session: Any) -> Callable[[Value, Value], Value]:
    dtype = op.outputs[0].dtype.as_numpy_dtype

    def filled(dims: Value, value: Value) -> Value:
        if (dims < 0).any():
            raise InvalidArgumentError(None, None, f"Fill dimensions must be >= 0, got {dims.tolist()}")
        array = np.empty(dims, dtype)
        array[...] = value
        return array

    return filled


def fill(dims: TensorLike, value: TensorLike, name: str | None = None) -> Tensor:
    """An array of shape `dims` with the scalar `value` in every place."""
    with name_scope(name, "Fill", [dims, value]) as scope:
        scalar = convert_to_tensor(value, name="value")
        inputs = [index_argument("Fill", "dims", dims), scalar]
        return single_output("Fill", inputs, scope, scalar.dtype.base_dtype)


def zeros(shape: TensorLike, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """Zeros, False or empty strings, in an array of `shape`."""
    dtype = as_dtype(dtype)
    return _constant_fill("zeros", shape, dtype, _zero(dtype), name)


def ones(shape: TensorLike, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """Ones or True, in an array of `shape`; a string dtype is a TypeError."""
    dtype = as_dtype(dtype)
    return _constant_fill("ones", shape, dtype, _unit(dtype), name)


def _zero(dtype: DType) -> Any:
    return b"" if dtype == dtypes.string else dtype.as_numpy_dtype(0)


def _unit(dtype: DType) -> Any:
    if dtype == dtypes.string:
        raise TypeError("tf.ones: there is no one among strings; use tf.fill(shape, value)")
    return dtype.as_numpy_dtype(1)


def _constant_fill(default_name: str, shape: TensorLike, dtype: DType, value: Any, name: str | None) -> Tensor:
    with name_scope(name, default_name, [shape]) as scope:
        dims = _static_dims(shape)
        if dims is not None and math.prod(dims) < SMALL_CONSTANT:
            array = np.empty(dims, dtype.as_numpy_dtype)
            array[...] = value
            return convert_to_tensor(array, dtype=dtype, name=scope)
        sizes = index_argument("Fill", "shape", list(dims) if dims is not None else shape)
        if sizes.shape.ndims == 0:
            raise ValueError(
                f"The shape of {default_name} must be a vector, got a scalar tensor: tf.{default_name}([n])"
            )
        return single_output("Fill", [sizes, convert_to_tensor(value, dtype=dtype, name="Const")], scope, dtype)


def _static_dims(shape: TensorLike) -> tuple[int, ...] | None:
    """The sizes as plain numbers, or None when some are tensors."""
    if isinstance(shape, Tensor):
        return None
    sizes: list[Any] = [shape] if hasattr(shape, "__index__") and not np.ndim(shape) else list(shape)
    if any(isinstance(size, Tensor) or size is None for size in sizes):
        return None
    dims = tuple(int(size) for size in sizes)
    if any(size < 0 for size in dims):
        raise ValueError(f"Fill dimensions must be >= 0, got {list(dims)}")
    return dims


@register_op("ZerosLike", shape=unchanged, bind=True)
def _zeros_like(op: Operation, session: Any) -> Callable[[Value], Value]:
    return _like_kernel(op, _zero(op.outputs[0].dtype))


@register_op("OnesLike", shape=unchanged, bind=True)
def _ones_like(op: Operation, session: Any) -> Callable[[Value], Value]:
    return _like_kernel(op, _unit(op.outputs[0].dtype))


def _like_kernel(op: Operation, value: Any) -> Callable[[Value], Value]:
    dtype = op.outputs[0].dtype.as_numpy_dtype

    def like(model: Value) -> Value:
        array = np.empty(np.shape(model), dtype)
        array[...] = value
        return array

    return like


def zeros_like(tensor: TensorLike, dtype: Any = None, name: str | None = None) -> Tensor:
    """Zeros in the shape of `tensor`, and in its dtype unless another is given."""
    return _like("ZerosLike", "zeros_like", zeros, tensor, dtype, name)


def ones_like(tensor: TensorLike, dtype: Any = None, name: str | None = None) -> Tensor:
    """Ones in the shape of `tensor`, and in its dtype unless another is given."""
    return _like("OnesLike", "ones_like", ones, tensor, dtype, name)


def _like(
    op_type: str, default_name: str, constant: Callable[..., Tensor], tensor: TensorLike, dtype: Any, name: str | None
) -> Tensor:
    with name_scope(name, default_name, [tensor]) as scope:
        model = convert_to_tensor(tensor, name="tensor")
        wanted = as_dtype(dtype) if dtype is not None else model.dtype.base_dtype
        if model.shape.is_fully_defined():
            return constant(model.shape.as_list(), wanted, scope)
        return single_output(op_type, [model], scope, wanted)


# Ranges --------------------------------------------------------------------------------------------------------------


def _range_shape(op: Operation) -> Shapes:
    for tensor in op.inputs:
        if tensor.shape.ndims not in {0, None}:
            raise ValueError(f"Shape must be rank 0 but is rank {tensor.shape.ndims}")
    bounds = [constant_value(tensor) for tensor in op.inputs]
    if any(bound is None for bound in bounds):
        return [[None]]
    try:
        return [[len(_range(*bounds))]]
    except InvalidArgumentError as error:
        raise ValueError(error.message) from error


@register_op("Range", shape=_range_shape)
def _range(start: Value, limit: Value, delta: Value) -> Value:
    dtype = np.asarray(start).dtype.type
    # Whole numbers leave NumPy, so that int32 bounds cannot overflow; floats stay in their own precision.
    first, last, step = (value.item() if dtype in WHOLE else value for value in map(np.asarray, (start, limit, delta)))
    if step == 0:
        raise InvalidArgumentError(None, None, "Requires delta != 0")
    if (last < first) if step > 0 else (last > first):
        order, sign = ("<=", ">") if step > 0 else (">=", "<")
        message = f"Requires start {order} limit when delta {sign} 0: {first}/{last}"
        raise InvalidArgumentError(None, None, message)
    count = math.ceil((last - first) / step)
    return np.arange(count).astype(dtype) * dtype(step) + dtype(first)


def range(  # noqa: A001  # TensorFlow's name
    start: TensorLike, limit: TensorLike = None, delta: TensorLike = 1, dtype: Any = None, name: str | None = "range"
) -> Tensor:
    """`start`, `start + delta`, ... up to, not including, `limit`; with one bound, from 0 to there."""
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", [start, limit, delta]) as scope:
        wanted = as_dtype(dtype) if dtype is not None else None
        bounds = [
            argument("Range", parameter, value, _wanted_for(value, wanted))
            for parameter, value in (("start", start), ("limit", limit), ("delta", delta))
        ]
        common = wanted or max((bound.dtype.base_dtype for bound in bounds), key=_range_order)
        return single_output("Range", [_promoted(bound, common) for bound in bounds], scope, common)


def _wanted_for(value: TensorLike, wanted: DType | None) -> DType | None:
    return None if isinstance(value, Tensor) else wanted


def _range_order(dtype: DType) -> int:
    if dtype not in RANGE_DTYPES:
        raise TypeError(f"tf.range: no range of {dtype.name}; one of {', '.join(d.name for d in RANGE_DTYPES)}")
    return RANGE_DTYPES.index(dtype)


def _promoted(bound: Tensor, dtype: DType) -> Tensor:
    if bound.dtype.base_dtype == dtype:
        return bound
    value = constant_value(bound)
    if value is not None:
        return convert_to_tensor(value.astype(dtype.as_numpy_dtype), dtype=dtype, name=bound.op.name.split("/")[-1])
    return cast(bound, dtype)


# One hot -------------------------------------------------------------------------------------------------------------


def _one_hot_shape(op: Operation) -> Shapes:
    indices, depth, axis = op.inputs[0].shape, constant_value(op.inputs[1]), op.get_attr("axis")
    if depth is not None and depth < 0:
        raise ValueError(f"depth must be non-negative but is {depth}")
    if indices.ndims is None:
        return [None]
    dims = indices.as_list()
    dims.insert(normal_axis(axis, len(dims) + 1), None if depth is None else int(depth))
    return [dims]


@register_op("OneHot", shape=_one_hot_shape, bind=True)
def _one_hot(op: Operation, session: Any) -> Callable[..., Value]:
    axis = int(op.get_attr("axis"))

    def hot(indices: Value, depth: Value, on_value: Value, off_value: Value) -> Value:
        places = np.expand_dims(np.asarray(indices), axis)
        along = [1] * places.ndim
        along[axis] = int(depth)
        # An index outside [0, depth) meets no column: its row is all off.
        return np.where(places == np.arange(int(depth)).reshape(along), on_value, off_value)

    return hot


def one_hot(
    indices: TensorLike,
    depth: TensorLike,
    on_value: TensorLike = None,
    off_value: TensorLike = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """`on_value` (1) at each index of a new dimension of size `depth`, `off_value` (0) elsewhere.

    The new dimension stands at `axis`, last by default; an index outside [0, depth) gives a row of `off_value`. The
    dtype is `dtype`, else that of the values, else float32.
    """
    with name_scope(name, "one_hot", [indices, depth, on_value, off_value]) as scope:
        wanted = as_dtype(dtype) if dtype is not None else None
        if wanted is None and on_value is None and off_value is None:
            wanted = dtypes.float32
        on, off = _on_and_off(on_value, off_value, wanted)
        places = argument("OneHot", "indices", indices, allowed=INDEX | {dtypes.uint8})
        inputs = [places, argument("OneHot", "depth", depth, dtypes.int32), on, off]
        return single_output("OneHot", inputs, scope, on.dtype.base_dtype, axis=-1 if axis is None else axis)


def _on_and_off(on_value: TensorLike, off_value: TensorLike, dtype: DType | None) -> tuple[Tensor, Tensor]:
    if dtype is not None:
        on = argument("OneHot", "on_value", 1 if on_value is None else on_value, dtype)
        return on, argument("OneHot", "off_value", 0 if off_value is None else off_value, dtype)
    if on_value is None:
        off = convert_to_tensor(off_value, name="off_value")
        return argument("OneHot", "on_value", 1, off.dtype.base_dtype), off
    on, off = matching("OneHot", None, on_value=on_value, off_value=0 if off_value is None else off_value)
    return on, off
