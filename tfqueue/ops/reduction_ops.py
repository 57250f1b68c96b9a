"""Many elements to few: sums, means, extremes, any and all along axes; argmax, argmin; running sums.

Invariants:
  - a result has the input's dtype (a mean of whole numbers too, cut as in TensorFlow);
  - several axes are reduced one after the other, first to last: NumPy adds whole rows then, which is many times
    faster than its walk over scattered ones.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import brackets
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import constant_value, register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import INDEX, NUMERIC, REAL, TensorLike, argument, index_argument, one_of, single_output
from .array_ops import rank
from .constant_op import convert_to_tensor
from .fill_ops import range as range_of
from .shape_functions import Dims, Shapes, normal_axis
from .values import Value, as_array

Reduce = Callable[..., Value]


# Along axes ----------------------------------------------------------------------------------------------------------


def _reduced(op: Operation) -> Shapes:
    source, axes, keep = op.inputs[0].shape, constant_value(op.inputs[1]), op.get_attr("keep_dims")
    if source.ndims is None:
        # Reducing all there is gives a scalar, whatever that was.
        return [[] if op.inputs[1].op.type == "Range" and not keep else None]
    dims = source.as_list()
    if axes is None:
        return [[None] * len(dims) if keep else None]
    gone = {normal_axis(int(axis), len(dims)) for axis in axes.ravel()}
    left: Dims = [1 if place in gone else dim for place, dim in enumerate(dims) if keep or place not in gone]
    return [left]


def _normal_axes(axes: Value, ndim: int) -> list[int]:
    """The axes from first to last, counted from the front; each may stand once."""
    wanted = axes.tolist() if axes.ndim else [int(axes)]
    for axis in wanted:
        if not -ndim <= axis < ndim:
            message = f"Invalid reduction dimension ({axis} for input with {ndim} dimension(s)"
            raise InvalidArgumentError(None, None, message)
    normal = sorted(axis % ndim for axis in wanted)
    if len(set(normal)) < len(normal):
        raise InvalidArgumentError(
            None, None, f"Invalid reduction arguments: Axes contains duplicate dimension: {wanted}"
        )
    return normal


def _reduction(reduce: Callable[[Operation], Reduce]) -> Callable[[Operation, Any], Reduce]:
    """The kernel factory of an op that reduces one axis, or all (None), by the function made for its dtype."""

    def bind(op: Operation, session: Any) -> Reduce:
        keep, along = bool(op.get_attr("keep_dims")), reduce(op)

        def reduced(value: Value, axes: Value) -> Value:
            array = as_array(value)
            gone = _normal_axes(axes, array.ndim)
            if gone and len(gone) == array.ndim:
                return along(array, None, keep)
            for done, axis in enumerate(gone):
                array = along(array, axis - (0 if keep else done), keep)
            return array if gone else array.copy()

        return reduced

    return bind


def _sum_along(op: Operation) -> Reduce:
    dtype = op.outputs[0].dtype.as_numpy_dtype
    return lambda array, axis, keep: np.sum(array, axis, dtype=dtype, keepdims=keep)


def _prod_along(op: Operation) -> Reduce:
    dtype = op.outputs[0].dtype.as_numpy_dtype
    return lambda array, axis, keep: np.prod(array, axis, dtype=dtype, keepdims=keep)


def _max_along(op: Operation) -> Reduce:
    least = _limit(op.inputs[0].dtype, -1)
    return lambda array, axis, keep: np.max(array, axis, keepdims=keep, initial=least)


def _min_along(op: Operation) -> Reduce:
    greatest = _limit(op.inputs[0].dtype, 1)
    return lambda array, axis, keep: np.min(array, axis, keepdims=keep, initial=greatest)


def _limit(dtype: DType, sign: int) -> Any:
    """What the extreme of no elements is."""
    if dtype.is_floating:
        return sign * np.inf
    return dtype.max if sign > 0 else dtype.min


def _any_along(op: Operation) -> Reduce:
    return lambda array, axis, keep: np.any(array, axis, keepdims=keep)


def _all_along(op: Operation) -> Reduce:
    return lambda array, axis, keep: np.all(array, axis, keepdims=keep)


@register_op("Mean", shape=_reduced, bind=True)
def _mean(op: Operation, session: Any) -> Reduce:
    dtype = op.outputs[0].dtype
    exact = dtype.is_floating or dtype.is_complex
    # Half precision would overflow at 65504 before the division.
    wide = np.float32 if dtype == dtypes.float16 else dtype.as_numpy_dtype if exact else np.int64

    def sum_along(_: Operation) -> Reduce:
        return lambda array, axis, keep: np.sum(array, axis, dtype=wide, keepdims=keep)

    total = _reduction(sum_along)(op, session)

    def mean(value: Value, axes: Value) -> Value:
        sums = total(value, axes)
        count = np.size(value) // max(np.size(sums), 1)
        if not count:
            return np.full_like(sums, np.nan, dtype.as_numpy_dtype)
        quotient = sums / (wide(count) if exact else count)
        return quotient.astype(dtype.as_numpy_dtype)

    return mean


for _op_type, _along in (
    ("Sum", _sum_along),
    ("Prod", _prod_along),
    ("Max", _max_along),
    ("Min", _min_along),
    ("Any", _any_along),
    ("All", _all_along),
):
    register_op(_op_type, shape=_reduced, bind=True)(_reduction(_along))


def _reduce(
    op_type: str,
    input_tensor: TensorLike,
    axis: TensorLike,
    keepdims: bool | None,
    name: str | None,
    old_axis: TensorLike,
    old_keepdims: bool | None,
    allowed: Any,
) -> Tensor:
    axis = one_of("axis", axis, "reduction_indices", old_axis)
    keep = bool(one_of("keepdims", keepdims, "keep_dims", old_keepdims))
    with name_scope(name, op_type, [input_tensor, axis]) as scope:
        source = argument(op_type, "input", input_tensor, allowed=allowed)
        axes = _every_axis(source) if axis is None else index_argument(op_type, "reduction_indices", axis)
        return single_output(op_type, [source, axes], scope, keep_dims=keep)


def _every_axis(tensor: Tensor) -> Tensor:
    if tensor.shape.ndims is None:
        return range_of(rank(tensor))
    return convert_to_tensor(np.arange(tensor.shape.ndims, dtype=np.int32), name="reduction_indices")


def reduce_sum(
    input_tensor: TensorLike,
    axis: TensorLike = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: TensorLike = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The sum along `axis` (one or several; None for all), which stays with size 1 if `keepdims`."""
    return _reduce("Sum", input_tensor, axis, keepdims, name, reduction_indices, keep_dims, NUMERIC)


def reduce_mean(
    input_tensor: TensorLike,
    axis: TensorLike = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: TensorLike = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The mean along `axis`; of whole numbers a whole number; of no elements NaN."""
    return _reduce("Mean", input_tensor, axis, keepdims, name, reduction_indices, keep_dims, NUMERIC)


def reduce_prod(
    input_tensor: TensorLike,
    axis: TensorLike = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: TensorLike = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The product along `axis`."""
    return _reduce("Prod", input_tensor, axis, keepdims, name, reduction_indices, keep_dims, NUMERIC)


def reduce_max(
    input_tensor: TensorLike,
    axis: TensorLike = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: TensorLike = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The greatest element along `axis`; of no elements the least value there is."""
    return _reduce("Max", input_tensor, axis, keepdims, name, reduction_indices, keep_dims, REAL)


def reduce_min(
    input_tensor: TensorLike,
    axis: TensorLike = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: TensorLike = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The least element along `axis`; of no elements the greatest value there is."""
    return _reduce("Min", input_tensor, axis, keepdims, name, reduction_indices, keep_dims, REAL)


def reduce_any(
    input_tensor: TensorLike,
    axis: TensorLike = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: TensorLike = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Whether any element along `axis` is true."""
    return _reduce("Any", input_tensor, axis, keepdims, name, reduction_indices, keep_dims, [dtypes.bool])


def reduce_all(
    input_tensor: TensorLike,
    axis: TensorLike = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: TensorLike = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Whether all elements along `axis` are true."""
    return _reduce("All", input_tensor, axis, keepdims, name, reduction_indices, keep_dims, [dtypes.bool])


# Where the extreme stands --------------------------------------------------------------------------------------------


def _without_axis(op: Operation) -> Shapes:
    source, axis = op.inputs[0].shape, constant_value(op.inputs[1])
    if source.ndims is None:
        return [None]
    dims = source.as_list()
    if axis is None:
        return [[None] * (len(dims) - 1)]
    del dims[normal_axis(int(axis), len(dims))]
    return [dims]


def _position_kernel(find: Callable[..., Value]) -> Callable[[Operation, Any], Reduce]:
    def bind(op: Operation, session: Any) -> Reduce:
        dtype = op.outputs[0].dtype.as_numpy_dtype

        def position(value: Value, axis: Value) -> Value:
            (along,) = _normal_axes(axis, np.ndim(value))
            if not value.shape[along]:
                message = f"Reduction axis {along} is empty in shape {brackets(value.shape)}"
                raise InvalidArgumentError(None, None, message)
            return find(value, along).astype(dtype)

        return position

    return bind


register_op("ArgMax", shape=_without_axis, bind=True)(_position_kernel(np.argmax))
register_op("ArgMin", shape=_without_axis, bind=True)(_position_kernel(np.argmin))


def argmax(
    input: TensorLike,
    axis: TensorLike = None,
    name: str | None = None,
    dimension: TensorLike = None,
    output_type: Any = dtypes.int64,
) -> Tensor:
    """The place of the greatest element along `axis` (0 by default; old name `dimension`), the first if several."""
    return _arg("ArgMax", input, one_of("axis", axis, "dimension", dimension), name, output_type)


def argmin(
    input: TensorLike,
    axis: TensorLike = None,
    name: str | None = None,
    dimension: TensorLike = None,
    output_type: Any = dtypes.int64,
) -> Tensor:
    """The place of the least element along `axis` (0 by default; old name `dimension`), the first if several."""
    return _arg("ArgMin", input, one_of("axis", axis, "dimension", dimension), name, output_type)


def _arg(op_type: str, input: TensorLike, axis: TensorLike, name: str | None, output_type: Any) -> Tensor:
    wanted = as_dtype(output_type)
    if wanted not in INDEX:
        raise TypeError(f"{op_type}: output_type must be int32 or int64, not {wanted.name}")
    with name_scope(name, op_type, [input, axis]) as scope:
        source = argument(op_type, "input", input, allowed=REAL)
        place = index_argument(op_type, "dimension", 0 if axis is None else axis)
        return single_output(op_type, [source, place], scope, wanted, output_type=wanted)
