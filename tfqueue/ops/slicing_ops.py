"""Parts of arrays by position: slice, strided_slice, Tensor indexing.

Invariants:
  - a part is a view, unless it would keep alive an array of more than twice its size;
  - what a position may be, and what a mask bit means, is written once, in `_python_index`.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import brackets
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import constant_value, register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import INDEX, TensorLike, index_argument, single_output
from .cast_ops import cast
from .constant_op import convert_to_tensor
from .fill_ops import ones_like
from .joining_ops import stack
from .masking_ops import boolean_mask
from .shape_functions import Dims, Shapes, as_shape_value, known_entries
from .values import Value, as_array, detached

MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")

NOT_AN_INDEX = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors are "
    "valid indices, got {!r}"
)


# Slice: a corner and a size ------------------------------------------------------------------------------------------


def _sliced(op: Operation) -> Shapes:
    source, begin, size = op.inputs[0].shape, constant_value(op.inputs[1]), constant_value(op.inputs[2])
    if size is None:
        length = as_shape_value(op.inputs[2]).ndims if source.ndims is None else source.ndims
        return [None if length is None else as_shape_value(op.inputs[2])]
    dims = source.as_list() if source.ndims is not None else [None] * len(size)
    if len(dims) != len(size):
        raise ValueError(f"Shape must be rank {len(size)} but is rank {len(dims)}")
    starts: Sequence[int | None] = [None] * len(dims) if begin is None else begin.tolist()
    return [[_part(*place) for place in zip(dims, starts, size.tolist(), strict=True)]]


def _part(dim: int | None, start: int | None, size: int) -> int | None:
    if size != -1:
        return size
    return None if dim is None or start is None else dim - start


@register_op("Slice", shape=_sliced, aliases=True)
def _slice(value: Value, begin: Value, size: Value) -> Value:
    array = as_array(value)
    if not len(begin) == len(size) == array.ndim:
        message = f"Expected begin and size of length {array.ndim}, but got lengths {len(begin)} and {len(size)}"
        raise InvalidArgumentError(None, None, message)
    index = []
    for axis, (start, length, dim) in enumerate(zip(begin.tolist(), size.tolist(), array.shape, strict=True)):
        if not 0 <= start <= dim:
            raise InvalidArgumentError(None, None, f"Expected begin[{axis}] in [0, {dim}], but got {start}")
        if not -1 <= length <= dim - start:
            raise InvalidArgumentError(None, None, f"Expected size[{axis}] in [0, {dim - start}], but got {length}")
        index.append(_builtin_slice(start, dim if length == -1 else start + length))
    return detached(array[tuple(index)])


_builtin_slice = slice


def slice(  # noqa: A001  # TensorFlow's name
    input_: TensorLike, begin: TensorLike, size: TensorLike, name: str | None = None
) -> Tensor:
    """The box of `size` elements whose first corner is `begin`; a size of -1 goes to the end."""
    with name_scope(name, "Slice", [input_, begin, size]) as scope:
        source = convert_to_tensor(input_, name="input")
        positions = _positions("Slice", {"begin": begin, "size": size})
        return single_output("Slice", [source, *positions], scope)


# Strided slice: begin, end, stride and what the bits of its masks say ------------------------------------------------


def _bits(op: Operation) -> dict[str, int]:
    return {mask: int(op.get_attr(mask)) for mask in MASKS}


def _python_index(
    begin: Sequence[Any], end: Sequence[Any], strides: Sequence[Any], bits: dict[str, int]
) -> tuple[Any, ...]:
    """The index that NumPy takes for the same elements."""
    index: list[Any] = []
    for place, (start, stop, step) in enumerate(zip(begin, end, strides, strict=True)):
        bit = 1 << place
        if bits["ellipsis_mask"] & bit:
            index.append(Ellipsis)
        elif bits["new_axis_mask"] & bit:
            index.append(None)
        elif bits["shrink_axis_mask"] & bit:
            index.append(start)
        else:
            first = None if bits["begin_mask"] & bit else start
            index.append(_builtin_slice(first, None if bits["end_mask"] & bit else stop, step))
    return tuple(index)


def _strided(op: Operation) -> Shapes:
    source = op.inputs[0].shape
    if source.ndims is None:
        return [None]
    count = as_shape_value(op.inputs[1]).ndims
    if count is None:
        return [None]
    begin, end, strides = (known_entries(tensor, count) for tensor in op.inputs[1:])
    index = _python_index(begin, end, strides, _bits(op))
    return [_indexed_dims(op, source.as_list(), index)]


def _indexed_dims(op: Operation, dims: Dims, index: tuple[Any, ...]) -> Dims:
    """The dimensions that are left of `dims`, one entry of the index after the other."""
    bits = _bits(op)
    if bits["ellipsis_mask"].bit_count() > 1:
        raise ValueError("Multiple ellipses in slice spec not allowed")
    real = sum(not (bits["ellipsis_mask"] | bits["new_axis_mask"]) >> place & 1 for place in range(len(index)))
    if real > len(dims):
        raise ValueError(f"Index out of range using input dim {len(dims)}; input has only {len(dims)} dims")
    left: Dims = []
    rest = list(dims)
    for place, entry in enumerate(index):
        if bits["ellipsis_mask"] >> place & 1:
            covered = len(dims) - real
            left, rest = left + rest[:covered], rest[covered:]
        elif bits["new_axis_mask"] >> place & 1:
            left.append(1)
        elif bits["shrink_axis_mask"] >> place & 1:
            dim = rest.pop(0)
            if entry is not None and dim is not None and not -dim <= entry < dim:
                raise ValueError(f"slice index {entry} of dimension {len(dims) - len(rest) - 1} out of bounds.")
        else:
            left.append(_ranged(op, rest.pop(0), entry, place, bits))
    return left + rest


def _ranged(op: Operation, dim: int | None, entry: Any, place: int, bits: dict[str, int]) -> int | None:
    """How many elements `begin:end:stride` takes of `dim`, None where that depends on the run."""
    if entry.step == 0:
        raise ValueError(f"strides[{place}] must be non-zero")
    whole = bits["begin_mask"] >> place & 1, bits["end_mask"] >> place & 1
    if all(whole) and entry.step in {1, -1}:
        return dim
    known = (whole[0] or entry.start is not None) and (whole[1] or entry.stop is not None) and entry.step is not None
    if dim is None or not known:
        return None
    return len(range(*entry.indices(dim)))


@register_op("StridedSlice", shape=_strided, aliases=True, bind=True)
def _strided_slice(op: Operation, session: Any) -> Callable[..., Value]:
    bits = _bits(op)

    def part(value: Value, begin: Value, end: Value, strides: Value) -> Value:
        array = as_array(value)
        index = _python_index(begin.tolist(), end.tolist(), strides.tolist(), bits)
        try:
            view = array[index]
        except (IndexError, ValueError) as error:
            raise InvalidArgumentError(None, None, _index_problem(array.shape, index, error)) from error
        return detached(view) if isinstance(view, np.ndarray) else view

    return part


def _index_problem(shape: tuple[int, ...], index: tuple[Any, ...], error: Exception) -> str:
    """TensorFlow's words for the first position that does not fit."""
    real = [entry for entry in index if entry is not None and entry is not Ellipsis]
    if len(real) > len(shape):
        return f"Index out of range using input dim {len(shape)}; input has only {len(shape)} dims"
    for dimension, entry in enumerate(real):
        if isinstance(entry, int) and not -shape[dimension] <= entry < shape[dimension]:
            return f"slice index {entry} of dimension {dimension} out of bounds for shape {brackets(shape)}."
    return f"strides must be non-zero: {error}"


def strided_slice(
    input_: TensorLike,
    begin: TensorLike,
    end: TensorLike,
    strides: TensorLike = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    name: str | None = None,
) -> Tensor:
    """`input_[begin:end:strides]` along each dimension.

    Bit i of a mask is about entry i: the begin or end is the array's own, it stands for as many dimensions as are
    left, it is a new dimension of size 1, or it picks one position and drops the dimension.
    """
    with name_scope(name, "strided_slice", [input_, begin, end, strides]) as scope:
        source = convert_to_tensor(input_, name="input")
        first, last = _positions("StridedSlice", {"begin": begin, "end": end})
        steps = ones_like(first) if strides is None else strides
        masks: dict[str, Any] = dict(
            zip(MASKS, (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask), strict=True)
        )
        inputs = [source, first, last, index_argument("StridedSlice", "strides", steps)]
        return single_output("StridedSlice", inputs, scope, **masks)


def _positions(op_type: str, values: dict[str, TensorLike]) -> list[Tensor]:
    return [index_argument(op_type, parameter, value) for parameter, value in values.items()]


# Tensor indexing: x[1, ..., 2:5] -------------------------------------------------------------------------------------


def getitem(tensor: Tensor, index: Any) -> Tensor:
    """`tensor[index]`: numbers, slices, `...`, `None`, scalar integer tensors, or one boolean mask."""
    if _is_mask(index):
        return boolean_mask(tensor, index)
    entries = list(index) if isinstance(index, tuple | list) else [index]
    begin: list[Any] = []
    end: list[Any] = []
    strides: list[Any] = []
    masks: dict[str, Any] = dict.fromkeys(MASKS, 0)
    for place, entry in enumerate(entries):
        start, stop, step = _entry(entry, 1 << place, masks)
        begin.append(start)
        end.append(stop)
        strides.append(step)
    with name_scope(None, "strided_slice", [tensor, *begin, *end, *strides]) as scope:
        dtype = _position_dtype([*begin, *end, *strides])
        positions = [_position_vector(values, dtype) for values in (begin, end, strides)]
        return single_output("StridedSlice", [tensor, *positions], scope, **masks)


def _is_mask(index: Any) -> bool:
    if isinstance(index, Tensor):
        return index.dtype.base_dtype == dtypes.bool
    return isinstance(index, np.ndarray) and index.dtype == np.bool_


def _entry(entry: Any, bit: int, masks: dict[str, int]) -> tuple[Any, Any, Any]:
    """Begin, end and stride of one entry, its bits added to the masks."""
    if entry is Ellipsis:
        masks["ellipsis_mask"] |= bit
        return 0, 0, 1
    if entry is None:
        masks["new_axis_mask"] |= bit
        return 0, 0, 1
    if isinstance(entry, _builtin_slice):
        masks["begin_mask"] |= bit if entry.start is None else 0
        masks["end_mask"] |= bit if entry.stop is None else 0
        bounds = (0 if entry.start is None else entry.start, 0 if entry.stop is None else entry.stop)
        step = 1 if entry.step is None else entry.step
        return _position(bounds[0]), _position(bounds[1]), _position(step)
    masks["shrink_axis_mask"] |= bit
    position = _position(entry)
    # Where a dimension is dropped only the begin counts; a tensor stands for its own end too.
    return position, position + 1 if isinstance(position, int) else position, 1


def _position(value: Any) -> Any:
    """A number or a scalar integer tensor; TypeError in TensorFlow's words for anything else."""
    if isinstance(value, Tensor):
        if value.dtype.base_dtype in INDEX and value.shape.ndims in {0, None}:
            return value
    elif not isinstance(value, bool | np.bool_) and hasattr(value, "__index__") and not np.ndim(value):
        return operator.index(value)
    raise TypeError(NOT_AN_INDEX.format(value))


def _position_dtype(values: list[Any]) -> DType:
    wide = any(isinstance(value, Tensor) and value.dtype.base_dtype == dtypes.int64 for value in values)
    return dtypes.int64 if wide else dtypes.int32


def _position_vector(values: list[Any], dtype: DType) -> Tensor:
    if any(isinstance(value, Tensor) for value in values):
        return stack([cast(v, dtype) if isinstance(v, Tensor) else convert_to_tensor(v, dtype) for v in values])
    return convert_to_tensor(np.array(values, dtype.as_numpy_dtype), name="stack")
