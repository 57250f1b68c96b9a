"""Arrays put together and taken apart: stack, unstack, concat, split, tile, pad."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import TensorShape, brackets
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import apply_op, constant_value, register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import TensorLike, argument, index_argument, matching_list, single_output
from .constant_op import convert_to_tensor
from .shape_functions import Shapes, merged, normal_axis
from .values import Value, as_array

PAD_MODES = {"REFLECT": "reflect", "SYMMETRIC": "symmetric"}
"""TensorFlow's names of the mirroring modes, and NumPy's."""


# Stack and unstack ---------------------------------------------------------------------------------------------------


def _packed(op: Operation) -> Shapes:
    part = merged(op.inputs)
    if part.ndims is None:
        return [None]
    dims = part.as_list()
    dims.insert(normal_axis(op.get_attr("axis"), len(dims) + 1), len(op.inputs))
    return [dims]


@register_op("Pack", shape=_packed, bind=True)
def _pack(op: Operation, session: Any) -> Callable[..., Value]:
    axis = int(op.get_attr("axis"))
    dtype = op.outputs[0].dtype.as_numpy_dtype
    if op.inputs[0].shape.ndims == 0 and dtype is not object:
        return lambda *values: np.array(values, dtype)
    return lambda *values: np.stack([as_array(value) for value in values], axis)


def stack(values: Sequence[TensorLike] | Tensor, axis: int = 0, name: str | None = "stack") -> Tensor:
    """Tensors of one shape as one of a rank more, the new dimension at `axis`."""
    with name_scope(name, "stack", list(values)) as scope:
        parts = matching_list("Pack", "values", list(values))
        if not parts:
            raise ValueError("tf.stack needs at least one tensor")
        rank = parts[0].shape.ndims
        if rank is not None and not -rank - 1 <= axis <= rank:
            raise ValueError(f"axis = {axis} not in [{-rank - 1}, {rank + 1})")
        return single_output("Pack", parts, scope, axis=axis, N=len(parts))


def _unpacked(op: Operation) -> Shapes:
    source = op.inputs[0].shape
    if source.ndims is None:
        return [None for _ in op.outputs]
    dims = source.as_list()
    held = dims.pop(normal_axis(op.get_attr("axis"), len(dims)))
    if held not in {None, len(op.outputs)}:
        raise ValueError(f"Dimension must be {len(op.outputs)} but is {held}")
    return [dims for _ in op.outputs]


@register_op("Unpack", shape=_unpacked, aliases=True, bind=True)
def _unpack(op: Operation, session: Any) -> Callable[[Value], Value]:
    axis, wanted = int(op.get_attr("axis")), len(op.outputs)

    def unpacked(value: Value) -> Value:
        rows = np.moveaxis(value, axis, 0)
        if len(rows) != wanted:
            shape = brackets(value.shape)
            raise InvalidArgumentError(None, None, f"Input shape axis {axis} must equal {wanted}, got shape {shape}")
        return list(rows)

    return unpacked


def unstack(value: TensorLike, num: int | None = None, axis: int = 0, name: str | None = "unstack") -> list[Tensor]:
    """The `num` slices along `axis`, each of a rank less; `num` is read off the shape where that is known."""
    with name_scope(name, "unstack", [value]) as scope:
        source = convert_to_tensor(value, name="value")
        if num is None:
            num = _length_along(source.shape, axis)
        if num is None:
            raise ValueError(f"Cannot infer num from shape {source.shape}: give tf.unstack(value, num)")
        operation = apply_op("Unpack", [source], [source.dtype.base_dtype] * num, scope, axis=axis, num=num)
        return list(operation.outputs)


def _length_along(shape: TensorShape, axis: int) -> int | None:
    if shape.ndims is None:
        return None
    if not -shape.ndims <= axis < shape.ndims:
        raise ValueError(f"axis = {axis} not in [{-shape.ndims}, {shape.ndims})")
    return shape.as_list()[axis]


# Concat and split ----------------------------------------------------------------------------------------------------


def _concatenated(op: Operation) -> Shapes:
    *parts, axis = op.inputs
    known = [part.shape.as_list() for part in parts if part.shape.ndims is not None]
    if not known:
        return [None]
    rank, where = len(known[0]), constant_value(axis)
    if not rank:
        raise ValueError("Can't concatenate scalars (use tf.stack instead)")
    for dims in known:
        if len(dims) != rank:
            raise ValueError(f"Shape must be rank {rank} but is rank {len(dims)}")
    if where is None:
        return [[None] * rank]
    place = normal_axis(int(where), rank)
    lengths = [dims[place] for dims in known]
    added = [length for length in lengths if length is not None]
    total = sum(added) if len(added) == len(parts) else None
    return [[total if i == place else _agreed([dims[i] for dims in known], i) for i in range(rank)]]


def _agreed(sizes: list[int | None], dimension: int) -> int | None:
    found = {size for size in sizes if size is not None}
    if len(found) > 1:
        low, high = min(found), max(found)
        raise ValueError(f"Dimension {dimension} in both shapes must be equal, but are {low} and {high}")
    return found.pop() if found else None


@register_op("ConcatV2", shape=_concatenated)
def _concat(*values: Value) -> Value:
    *parts, axis = values
    try:
        return np.concatenate(parts, int(axis))
    except ValueError as error:
        shapes = " vs. ".join(f"shape[{place}] = {brackets(part.shape)}" for place, part in enumerate(parts))
        message = f"ConcatOp : Dimensions of inputs should match but for axis {int(axis)}: {shapes}"
        raise InvalidArgumentError(None, None, message) from error


def concat(values: Sequence[TensorLike] | TensorLike, axis: TensorLike, name: str | None = "concat") -> Tensor:
    """Tensors that agree in all dimensions but `axis`, one after the other along it."""
    parts = list(values) if isinstance(values, list | tuple) else [values]
    with name_scope(name, "concat", parts) as scope:
        place = argument("ConcatV2", "axis", axis, dtypes.int32 if not isinstance(axis, Tensor) else None)
        place.shape.assert_has_rank(0)
        tensors = matching_list("ConcatV2", "values", parts)
        if len(tensors) == 1:
            return single_output("Identity", tensors, scope)
        return single_output("ConcatV2", [*tensors, place], scope, N=len(tensors))


def _evenly_split(op: Operation) -> Shapes:
    axis, source, count = constant_value(op.inputs[0]), op.inputs[1].shape, len(op.outputs)
    if axis is None or source.ndims is None:
        return [None if source.ndims is None else [None] * source.ndims for _ in op.outputs]
    dims = source.as_list()
    place = normal_axis(int(axis), len(dims))
    length = dims[place]
    if length is not None and length % count:
        raise ValueError(f"Dimension size must be evenly divisible by {count} but is {length}")
    dims[place] = None if length is None else length // count
    return [dims for _ in op.outputs]


@register_op("Split", shape=_evenly_split, aliases=True, bind=True)
def _split(op: Operation, session: Any) -> Callable[[Value, Value], Value]:
    count = len(op.outputs)

    def split_evenly(axis: Value, value: Value) -> Value:
        length = value.shape[int(axis)]
        if length % count:
            message = (
                "Number of ways to split should evenly divide the split dimension, "
                f"but got split_dim {axis} (size = {length}) and num_split {count}"
            )
            raise InvalidArgumentError(None, None, message)
        return np.split(value, count, int(axis))

    return split_evenly


def _split_by_sizes(op: Operation) -> Shapes:
    source, sizes, axis = op.inputs[0].shape, constant_value(op.inputs[1]), constant_value(op.inputs[2])
    if source.ndims is None or sizes is None or axis is None:
        return [None if source.ndims is None else [None] * source.ndims for _ in op.outputs]
    dims = source.as_list()
    place = normal_axis(int(axis), len(dims))
    length = dims[place]
    lengths = [None if size < 0 else int(size) for size in sizes]
    if length is not None:
        try:
            lengths = [int(size) for size in _filled_sizes(sizes, length)]
        except InvalidArgumentError as error:
            raise ValueError(error.message) from error
    return [[*dims[:place], part, *dims[place + 1 :]] for part in lengths]


def _filled_sizes(sizes: Value, length: int) -> Value:
    """The sizes with a -1 worked out; InvalidArgumentError when they do not add up."""
    given = int(sizes[sizes >= 0].sum())
    open_places = np.flatnonzero(sizes < 0)
    if len(open_places) > 1 or given > length or (not len(open_places) and given != length):
        message = f"can't split axis of size {length} into pieces of size {sizes.tolist()}"
        raise InvalidArgumentError(None, None, message)
    return np.where(sizes < 0, length - given, sizes)


@register_op("SplitV", shape=_split_by_sizes, aliases=True)
def _split_v(value: Value, sizes: Value, axis: Value) -> Value:
    ends = np.cumsum(_filled_sizes(sizes, value.shape[int(axis)]))
    return np.split(value, ends[:-1], int(axis))


def split(
    value: TensorLike,
    num_or_size_splits: TensorLike,
    axis: TensorLike = 0,
    num: int | None = None,
    name: str | None = "split",
) -> list[Tensor]:
    """`value` cut along `axis` into equal parts (a number), or into parts of given sizes (a list, one may be -1)."""
    with name_scope(name, "split", [value, num_or_size_splits]) as scope:
        source = convert_to_tensor(value, name="value")
        place = argument("Split", "split_dim", axis, dtypes.int32)
        if isinstance(num_or_size_splits, int):
            types = [source.dtype.base_dtype] * num_or_size_splits
            return list(apply_op("Split", [place, source], types, scope, num_split=num_or_size_splits).outputs)
        sizes = index_argument("SplitV", "size_splits", num_or_size_splits)
        count = num if num is not None else _length_along(sizes.shape, 0) if sizes.shape.ndims == 1 else None
        if count is None:
            raise ValueError("Cannot infer num from shape of size_splits: give tf.split(value, sizes, num=...)")
        types = [source.dtype.base_dtype] * count
        return list(apply_op("SplitV", [source, sizes, place], types, scope, num_split=count).outputs)


# Tile and pad --------------------------------------------------------------------------------------------------------


def _tiled(op: Operation) -> Shapes:
    source, multiples = op.inputs[0].shape, constant_value(op.inputs[1])
    if multiples is not None and source.ndims not in {None, len(multiples)}:
        raise ValueError(f"Shape must be rank {source.ndims} but is rank {len(multiples)}")
    if source.ndims is None or multiples is None:
        return [None if source.ndims is None else [None] * source.ndims]
    return [[None if dim is None else dim * int(by) for dim, by in zip(source.as_list(), multiples, strict=True)]]


@register_op("Tile", shape=_tiled)
def _tile(value: Value, multiples: Value) -> Value:
    array = as_array(value)
    if len(multiples) != array.ndim:
        message = f"Expected multiples argument to be a vector of length {array.ndim} but got length {len(multiples)}"
        raise InvalidArgumentError(None, None, message)
    return np.tile(array, multiples)


def tile(input: TensorLike, multiples: TensorLike, name: str | None = None) -> Tensor:
    """`input` repeated `multiples[i]` times along dimension i."""
    with name_scope(name, "Tile", [input, multiples]) as scope:
        source = convert_to_tensor(input, name="input")
        return single_output("Tile", [source, index_argument("Tile", "multiples", multiples)], scope)


def _padded(op: Operation) -> Shapes:
    source, paddings = op.inputs[0].shape, constant_value(op.inputs[1])
    if paddings is None:
        return [None if source.ndims is None else [None] * source.ndims]
    if source.ndims not in {None, len(paddings)}:
        raise ValueError(f"Shape must be rank {len(paddings)} but is rank {source.ndims}")
    if (paddings < 0).any():
        raise ValueError(f"Paddings must be non-negative: {paddings.tolist()}")
    if source.ndims is None:
        return [[None] * len(paddings)]
    sums = paddings.sum(axis=1)
    return [[None if dim is None else dim + int(more) for dim, more in zip(source.as_list(), sums, strict=True)]]


@register_op("PadV2", shape=_padded)
def _pad(value: Value, paddings: Value, constant: Value) -> Value:
    _check_paddings(value, paddings)
    before, after = paddings[:, 0], paddings[:, 1]
    array = np.empty(before + value.shape + after, value.dtype)
    array[...] = constant
    array[tuple(slice(b, b + n) for b, n in zip(before, value.shape, strict=True))] = value
    return array


@register_op("MirrorPad", shape=_padded, bind=True)
def _mirror_pad(op: Operation, session: Any) -> Callable[[Value, Value], Value]:
    mode = op.get_attr("mode").decode()
    spare = 1 if mode == "REFLECT" else 0

    def mirrored(value: Value, paddings: Value) -> Value:
        _check_paddings(value, paddings)
        if (paddings.max(axis=1, initial=0) > np.array(value.shape) - spare).any():
            limit = "less than" if spare else "at most"
            message = f"paddings must be {limit} the dimension size: {paddings.tolist()} for {brackets(value.shape)}"
            raise InvalidArgumentError(None, None, message)
        return np.pad(value, paddings, PAD_MODES[mode])  # type: ignore[call-overload]

    return mirrored


def _check_paddings(value: Value, paddings: Value) -> None:
    if paddings.shape != (value.ndim, 2) or (paddings < 0).any():
        message = f"paddings must be {value.ndim} pairs of numbers >= 0, got {paddings.tolist()}"
        raise InvalidArgumentError(None, None, message)


def pad(
    tensor: TensorLike,
    paddings: TensorLike,
    mode: str = "CONSTANT",
    name: str | None = None,
    constant_values: TensorLike = 0,
) -> Tensor:
    """With `paddings[i] = (before, after)` more elements along dimension i.

    `mode` says what they are: CONSTANT (`constant_values`), REFLECT or SYMMETRIC (mirrored without or with the edge).
    """
    mode = mode.upper()
    if mode != "CONSTANT" and mode not in PAD_MODES:
        raise ValueError(f"Unknown padding mode: {mode}; one of CONSTANT, REFLECT, SYMMETRIC")
    with name_scope(name, "Pad", [tensor, paddings]) as scope:
        source = convert_to_tensor(tensor, name="tensor")
        widths = index_argument("Pad", "paddings", paddings)
        if mode != "CONSTANT":
            return single_output("MirrorPad", [source, widths], scope, mode=mode)
        dtype = source.dtype.base_dtype
        filler = b"" if dtype == dtypes.string and isinstance(constant_values, int) else constant_values
        return single_output("PadV2", [source, widths, argument("Pad", "constant_values", filler, dtype)], scope)
