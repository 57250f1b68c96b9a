"""Sparse tensors: placeholders, made dense, and strings split into them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import as_shape
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import apply_op, constant_value, register_op
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.graph.sparse_tensor import SparseTensor, SparseTensorValue

from .arguments import TensorLike, argument, single_output
from .array_ops import placeholder, placeholder_with_default
from .constant_op import convert_to_tensor
from .shape_functions import Shapes
from .values import Value, as_array, as_bytes

SparseTensor.install_conversion(convert_to_tensor)


def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor that must be fed, with a `SparseTensorValue` or a tuple (indices, values, dense_shape).

    Args:
      dtype: of the values.
      shape: what is known of the shape of the whole; None: nothing. A known shape need not be fed.
      name: the three placeholders are `name/indices`, `name/values`, `name/shape`.
    """
    known = as_shape(shape)
    part = {key: None if name is None else f"{name}/{key}" for key in ("indices", "values", "shape")}
    if shape is None:
        sizes = placeholder(dtypes.int64, [None], part["shape"])
    else:
        default = np.array([-1 if size is None else size for size in known.as_list()], np.int64)
        sizes = placeholder_with_default(default, [known.ndims], part["shape"])
    values = placeholder(dtype, [None], part["values"])
    sparse = SparseTensor(placeholder(dtypes.int64, [None, known.ndims], part["indices"]), values, sizes)
    sparse.set_shape(known)
    return sparse


def convert_to_tensor_or_sparse_tensor(value: Any, dtype: Any = None, name: str | None = None) -> Tensor | SparseTensor:
    """A sparse tensor as it is (from a value if need be), anything else as a tensor."""
    if isinstance(value, SparseTensor | SparseTensorValue):
        sparse = SparseTensor.from_value(value)
        if dtype is not None and sparse.dtype != dtype:
            raise RuntimeError(f"Sparse dtype: requested = {dtype}, actual = {sparse.dtype.name}")
        return sparse
    return convert_to_tensor(value, dtype, name)


# Made dense ----------------------------------------------------------------------------------------------------------


def _dense_shape(op: Operation) -> Shapes:
    sizes = constant_value(op.inputs[1])
    return [None if sizes is None else [None if size < 0 else int(size) for size in sizes]]


@register_op("SparseToDense", shape=_dense_shape, bind=True)
def _sparse_to_dense(op: Operation, session: Any) -> Callable[..., Value]:
    validate = op.get_attr("validate_indices")

    def dense(indices: Value, shape: Value, values: Value, default: Value) -> Value:
        sizes = tuple(int(size) for size in as_array(shape))
        whole = np.empty(sizes, op.outputs[0].dtype.as_numpy_dtype)
        whole[...] = as_array(default)
        places = np.asarray(indices).reshape(-1, len(sizes))
        check_inside(places, sizes)
        if validate:
            check_ascending(places)
        whole[tuple(places.T)] = values
        return whole

    return dense


def check_inside(places: np.ndarray, sizes: tuple[int, ...]) -> None:
    """InvalidArgumentError unless all of the indices [n, rank] are inside a tensor of this shape."""
    outside = np.flatnonzero(((places < 0) | (places >= np.array(sizes, np.int64))).any(axis=1))
    if outside.size:
        first = int(outside[0])
        message = f"indices[{first}] = {places[first].tolist()} is out of bounds: need 0 <= index < {list(sizes)}"
        raise InvalidArgumentError(None, None, message)


def check_ascending(places: np.ndarray) -> None:
    """InvalidArgumentError unless each of the indices [n, rank] comes after the one before it, row by row."""
    steps = np.diff(places, axis=0)
    if not steps.size:
        return
    leading = steps[np.arange(len(steps)), (steps != 0).argmax(axis=1)]
    wrong = np.flatnonzero(leading <= 0)
    if wrong.size:
        first = int(wrong[0])
        what = "is repeated" if leading[first] == 0 else "is out of order"
        message = f"indices[{first + 1}] = {places[first + 1].tolist()} {what}. Many sparse ops require sorted indices."
        raise InvalidArgumentError(None, None, message)


def sparse_to_dense(
    sparse_indices: TensorLike,
    output_shape: TensorLike,
    sparse_values: TensorLike,
    default_value: TensorLike = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """A dense tensor of `output_shape` that holds `sparse_values` at `sparse_indices` [n, rank], else the default.

    InvalidArgumentError for an index outside, and, if they are to be validated, for one repeated or out of order.
    """
    with name_scope(name, "SparseToDense", [sparse_indices, output_shape, sparse_values]) as scope:
        values = argument("SparseToDense", "sparse_values", sparse_values)
        inputs = [
            argument("SparseToDense", "sparse_indices", sparse_indices),
            argument("SparseToDense", "output_shape", output_shape),
            values,
            argument("SparseToDense", "default_value", default_value, values.dtype.base_dtype),
        ]
        return single_output("SparseToDense", inputs, scope, values.dtype, validate_indices=validate_indices)


def sparse_tensor_to_dense(
    sp_input: SparseTensor, default_value: TensorLike = None, validate_indices: bool = True, name: str | None = None
) -> Tensor:
    """The whole of a sparse tensor, with the default (0, False or "") where it has no entry."""
    if default_value is None:
        default_value = b"" if sp_input.dtype == dtypes.string else np.zeros((), sp_input.dtype.as_numpy_dtype)
    dense = sparse_to_dense(
        sp_input.indices, sp_input.dense_shape, sp_input.values, default_value, validate_indices, name
    )
    dense.set_shape(sp_input.shape)
    return dense


# Split ---------------------------------------------------------------------------------------------------------------


def _split_shape(op: Operation) -> Shapes:
    op.inputs[0].shape.with_rank(1)
    op.inputs[1].shape.with_rank(0)
    return [[None, 2], [None], [2]]


@register_op("StringSplit", shape=_split_shape, bind=True)
def _string_split(op: Operation, session: Any) -> Callable[..., Any]:
    skip_empty = op.get_attr("skip_empty")

    def split(strings: Value, delimiter: Value) -> tuple[Value, Value, Value]:
        cut = as_bytes(delimiter, "delimiter")
        rows = [_parts(string, cut, skip_empty) for string in strings]
        indices = [(row, place) for row, parts in enumerate(rows) for place in range(len(parts))]
        values = np.empty(len(indices), object)
        values[:] = [part for parts in rows for part in parts]
        shape = np.array([len(rows), max(map(len, rows), default=0)], np.int64)
        return np.array(indices, np.int64).reshape(-1, 2), values, shape

    return split


def _parts(string: bytes, delimiters: bytes, skip_empty: bool) -> list[bytes]:
    if not delimiters:
        return [string[place : place + 1] for place in range(len(string))]
    if not string:
        return []
    first = delimiters[:1]
    for other in delimiters[1:]:
        string = string.replace(bytes([other]), first)
    parts = string.split(first)
    return [part for part in parts if part] if skip_empty else parts


def string_split(
    source: TensorLike,
    sep: TensorLike = None,
    skip_empty: bool = True,
    delimiter: TensorLike = None,
    name: str | None = None,
) -> SparseTensor:
    """The parts of each string of a vector [n]: a sparse tensor [n, most parts of one].

    Args:
      source: strings, [n].
      sep: bytes at each of which a string is cut (" "); "" cuts into single bytes.
      skip_empty: leave out parts without bytes.
      delimiter: the older name of `sep`.
      name: of the op.
    """
    given = sep if delimiter is None else delimiter
    with name_scope(name, "StringSplit", [source]) as scope:
        strings = argument("StringSplit", "input", source, dtypes.string)
        cut = argument("StringSplit", "delimiter", b" " if given is None else given, dtypes.string)
        types = [dtypes.int64, dtypes.string, dtypes.int64]
        return SparseTensor(*apply_op("StringSplit", [strings, cut], types, scope, skip_empty=skip_empty).outputs)
