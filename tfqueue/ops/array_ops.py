"""A tensor passed on, asked for its shape, or given another form: placeholders, shape, reshape, transpose and kin.

Invariants: a kernel never writes into its input; one that may return a view of it is registered with `aliases`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import as_dtype
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import TensorShape, as_shape, brackets
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import apply_op, constant_value, register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import TensorLike, index_argument, one_of, single_output
from .constant_op import convert_to_tensor
from .shape_functions import Shapes, as_shape_value, normal_axis, scalar, unchanged
from .values import Value, as_array

# Placeholders and what passes a tensor through -----------------------------------------------------------------------


def _attr_shape(op: Operation) -> Shapes:
    return [op.get_attr("shape")]


@register_op("Placeholder", shape=_attr_shape, bind=True)
def _placeholder(op: Operation, session: Any) -> Callable[[], Value]:
    def unfed() -> Value:
        tensor = op.outputs[0]
        raise InvalidArgumentError(
            None,
            None,
            f"You must feed a value for placeholder tensor '{op.name}' with dtype {tensor.dtype.protocol_name} "
            f"and shape {brackets(tensor.shape)}: session.run(..., feed_dict={{placeholder: value}}).",
        )

    return unfed


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """A tensor whose value must be fed; a run without one is InvalidArgumentError with `e.op` the placeholder's op."""
    return apply_op("Placeholder", [], [as_dtype(dtype)], name, dtype=as_dtype(dtype), shape=as_shape(shape)).outputs[0]


def _default_shape(op: Operation) -> Shapes:
    shape = op.get_attr("shape")
    if not op.inputs[0].shape.is_compatible_with(shape):
        raise ValueError(f"The default's shape does not fit the placeholder's, {shape}")
    return [shape]


@register_op("PlaceholderWithDefault", shape=_default_shape, aliases=True)
@register_op("Identity", shape=unchanged, aliases=True)
@register_op("StopGradient", shape=unchanged, aliases=True)
def _passed_on(value: Value) -> Value:
    return value


def placeholder_with_default(input: TensorLike, shape: Any, name: str | None = None) -> Tensor:
    """`input`, unless a value of `shape` is fed in its place."""
    with name_scope(name, "PlaceholderWithDefault", [input]) as scope:
        default = convert_to_tensor(input, name="input")
        return single_output("PlaceholderWithDefault", [default], scope, dtype=default.dtype, shape=as_shape(shape))


def identity(input: TensorLike, name: str | None = None) -> Tensor:
    """The same value under a name of its own."""
    with name_scope(name, "Identity", [input]) as scope:
        return single_output("Identity", [convert_to_tensor(input, name="input")], scope)


def stop_gradient(input: TensorLike, name: str | None = None) -> Tensor:
    """The same value; there are no gradients here to stop."""
    with name_scope(name, "StopGradient", [input]) as scope:
        return single_output("StopGradient", [convert_to_tensor(input, name="input")], scope)


# Shapes as values ----------------------------------------------------------------------------------------------------


def _shape_of_shape(op: Operation) -> Shapes:
    return [[op.inputs[0].shape.ndims]]


@register_op("Shape", shape=_shape_of_shape, bind=True)
def _shape(op: Operation, session: Any) -> Callable[[Value], Value]:
    dtype = op.outputs[0].dtype.as_numpy_dtype
    return lambda value: np.array(np.shape(value), dtype=dtype)


@register_op("Size", shape=scalar, bind=True)
def _size(op: Operation, session: Any) -> Callable[[Value], Value]:
    dtype = op.outputs[0].dtype.as_numpy_dtype
    return lambda value: dtype(as_array(value).size)


@register_op("Rank", shape=scalar)
def _rank(value: Value) -> Value:
    return np.int32(np.ndim(value))


def shape(input: TensorLike, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """The shape as a vector of `out_type`, int32 or int64; a constant where it is fully known."""
    return _of_shape("Shape", input, name, out_type, lambda known: known.as_list())


def size(input: TensorLike, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """The number of elements, a scalar of `out_type`; a constant where it is known."""
    return _of_shape("Size", input, name, out_type, lambda known: known.num_elements())


def _of_shape(
    op_type: str, input: TensorLike, name: str | None, out_type: Any, read: Callable[[TensorShape], Any]
) -> Tensor:
    dtype = as_dtype(out_type)
    with name_scope(name, op_type, [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        if tensor.shape.is_fully_defined():
            return convert_to_tensor(np.asarray(read(tensor.shape), dtype.as_numpy_dtype), name=scope)
        return apply_op(op_type, [tensor], [dtype], scope, out_type=dtype).outputs[0]


def rank(input: TensorLike, name: str | None = None) -> Tensor:
    """The number of dimensions, an int32 scalar; a constant where it is known."""
    with name_scope(name, "Rank", [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        if tensor.shape.ndims is not None:
            return convert_to_tensor(np.int32(tensor.shape.ndims), name=scope)
        return apply_op("Rank", [tensor], [dtypes.int32], scope).outputs[0]


# Another form of the same elements -----------------------------------------------------------------------------------


def _reshaped(op: Operation) -> Shapes:
    source, wanted = op.inputs[0].shape, as_shape_value(op.inputs[1])
    total = source.num_elements() if source.is_fully_defined() else None
    if wanted.ndims is None or total is None:
        return [wanted]
    dims = wanted.as_list()
    known = int(np.prod([dim for dim in dims if dim is not None], dtype=np.int64))
    if dims.count(None) == 1 and known and total % known == 0:
        dims[dims.index(None)] = total // known
    elif None not in dims and known != total:
        text = brackets(dims)
        raise ValueError(f"Cannot reshape a tensor with {total} elements to shape {text} ({known} elements)")
    return [dims]


@register_op("Reshape", shape=_reshaped, aliases=True)
def _reshape(value: Value, sizes: Value) -> Value:
    array = as_array(value)
    try:
        return array.reshape(sizes.tolist())
    except ValueError as error:
        raise InvalidArgumentError(None, None, _reshape_problem(array.size, sizes.tolist())) from error


def _reshape_problem(total: int, sizes: list[int]) -> str:
    if sizes.count(-1) > 1:
        first = sizes.index(-1)
        return f"Only one input size may be -1, not both {first} and {sizes.index(-1, first + 1)}"
    known = int(np.prod([size for size in sizes if size != -1], dtype=np.int64))
    start = f"Input to reshape is a tensor with {total} values, but the requested shape"
    return f"{start} requires a multiple of {known}" if -1 in sizes else f"{start} has {known}"


def reshape(tensor: TensorLike, shape: TensorLike, name: str | None = None) -> Tensor:
    """The same elements in another shape; one size may be -1 and is then worked out."""
    with name_scope(name, "Reshape", [tensor, shape]) as scope:
        source = convert_to_tensor(tensor, name="tensor")
        return single_output("Reshape", [source, index_argument("Reshape", "shape", shape)], scope)


def _squeezed(op: Operation) -> Shapes:
    dims, axes = op.inputs[0].shape, op.get_attr("squeeze_dims")
    if dims.ndims is None or (not axes and None in dims.as_list()):
        return [None]
    kept = dims.as_list()
    if not axes:
        return [[dim for dim in kept if dim != 1]]
    for axis in sorted((normal_axis(axis, len(kept)) for axis in axes), reverse=True):
        if kept[axis] not in {1, None}:
            raise ValueError(f"Can not squeeze dim[{axis}], expected a dimension of 1, got {kept[axis]}")
        del kept[axis]
    return [kept]


@register_op("Squeeze", shape=_squeezed, aliases=True, bind=True)
def _squeeze(op: Operation, session: Any) -> Callable[[Value], Value]:
    axes = tuple(op.get_attr("squeeze_dims"))

    def squeezed(value: Value) -> Value:
        array = as_array(value)
        for axis in axes:
            if array.shape[axis] != 1:
                message = f"Can not squeeze dim[{axis}], expected a dimension of 1, got {array.shape[axis]}"
                raise InvalidArgumentError(None, None, message)
        return np.squeeze(array, axes or None)

    return squeezed


def squeeze(
    input: TensorLike,
    axis: int | Sequence[int] | None = None,
    name: str | None = None,
    squeeze_dims: int | Sequence[int] | None = None,
) -> Tensor:
    """Without the dimensions of size 1: all of them, or those in `axis` (old name `squeeze_dims`)."""
    axis = one_of("axis", axis, "squeeze_dims", squeeze_dims)
    axes = [] if axis is None else np.atleast_1d(axis).tolist()
    with name_scope(name, "Squeeze", [input]) as scope:
        return single_output("Squeeze", [convert_to_tensor(input, name="input")], scope, squeeze_dims=axes)


def _expanded(op: Operation) -> Shapes:
    axis, source = constant_value(op.inputs[1]), op.inputs[0].shape
    if source.ndims is None:
        return [None]
    dims = source.as_list()
    if axis is None:
        return [[None] * (len(dims) + 1)]
    dims.insert(normal_axis(int(axis), len(dims) + 1), 1)
    return [dims]


@register_op("ExpandDims", shape=_expanded, aliases=True)
def _expand_dims(value: Value, axis: Value) -> Value:
    return np.expand_dims(as_array(value), int(axis))


def expand_dims(input: TensorLike, axis: TensorLike = None, name: str | None = None, dim: TensorLike = None) -> Tensor:
    """With a dimension of size 1 put in at `axis` (old name `dim`), which may count from the end."""
    axis = one_of("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    with name_scope(name, "ExpandDims", [input, axis]) as scope:
        source = convert_to_tensor(input, name="input")
        return single_output("ExpandDims", [source, index_argument("ExpandDims", "dim", axis)], scope)


def _transposed(op: Operation) -> Shapes:
    source = op.inputs[0].shape
    if len(op.inputs) == 1:
        return [None if source.ndims is None else source.as_list()[::-1]]
    order = constant_value(op.inputs[1])
    length = as_shape_value(op.inputs[1]).ndims if order is None else len(order)
    if source.ndims is not None and length is not None and length != source.ndims:
        raise ValueError(f"Dimension must be {source.ndims} but is {length}")
    if source.ndims is None or order is None:
        return [None if length is None else [None] * length]
    return [[source.as_list()[axis] for axis in order]]


@register_op("Transpose", shape=_transposed, aliases=True)
def _transpose(value: Value, order: Value | None = None) -> Value:
    array = as_array(value)
    if order is None:
        return array.T
    if sorted(order.tolist()) != list(range(array.ndim)):
        message = f"{order.tolist()} is no order of the {array.ndim} dimensions of shape {brackets(array.shape)}"
        raise InvalidArgumentError(None, None, message)
    return array.transpose(order)


def transpose(
    a: TensorLike, perm: TensorLike = None, name: str | None = "transpose", conjugate: bool = False
) -> Tensor:
    """The dimensions in the order `perm`, by default reversed; `conjugate` the elements too."""
    with name_scope(name, "transpose", [a]) as scope:
        source = convert_to_tensor(a, name="a")
        inputs = [source] if perm is None else [source, index_argument("Transpose", "perm", perm)]
        return single_output(
            "ConjugateTranspose" if conjugate and source.dtype.is_complex else "Transpose", inputs, scope
        )


@register_op("ConjugateTranspose", shape=_transposed)
def _conjugate_transpose(value: Value, order: Value | None = None) -> Value:
    return np.conj(_transpose(value, order))


def _same_after_check(op: Operation) -> Shapes:
    axes, source = constant_value(op.inputs[1]), op.inputs[0].shape
    if axes is not None and source.ndims is not None:
        for axis in axes:
            normal_axis(int(axis), source.ndims)
    return [source]


@register_op("ReverseV2", shape=_same_after_check, aliases=True)
def _reverse(value: Value, axes: Value) -> Value:
    return np.flip(as_array(value), tuple(axes.tolist()))


def reverse(tensor: TensorLike, axis: TensorLike, name: str | None = None) -> Tensor:
    """The elements in reverse order along each of the dimensions in the vector `axis`."""
    with name_scope(name, "ReverseV2", [tensor, axis]) as scope:
        source = convert_to_tensor(tensor, name="tensor")
        return single_output("ReverseV2", [source, index_argument("ReverseV2", "axis", axis)], scope)
