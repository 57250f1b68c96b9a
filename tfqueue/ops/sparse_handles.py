"""Sparse tensors as single elements of one shape, which a queue can hold and stack; and back, many of them into one.

Invariants:
  - a handle is a vector [1] of dtype `variant` with a `SparseTensorValue`, whose arrays nobody else writes to;
  - what comes back has one more dimension in front: an entry's first index says in which of the handles it was.
It stands for TensorFlow's AddSparseToTensorsMap, AddManySparseToTensorsMap and TakeManySparseFromTensorsMap, whose
shapes and messages are kept; here the value itself is in the queue, so that nothing is left behind when that is closed.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import brackets
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import apply_op, register_op
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.graph.sparse_tensor import SparseTensor, SparseTensorValue

from .arguments import single_output
from .shape_functions import Shapes
from .sparse_ops import check_ascending, check_inside
from .values import Value, as_array


def sparse_handle(sparse: SparseTensor, name: str | None = None) -> Tensor:
    """The handle of a sparse tensor: a variant of shape [1]."""
    with name_scope(name, "SparseToHandle", sparse.parts) as scope:
        return single_output("SparseToHandle", sparse.parts, scope, dtypes.variant)


def sparse_row_handles(sparse: SparseTensor, name: str | None = None) -> Tensor:
    """The handles of the rows of a sparse tensor [n, ...]: variants [n, 1]. A row without entries has one too.

    InvalidArgumentError at run time unless its rank is over 1 and its indices are inside and in order.
    """
    with name_scope(name, "SparseRowsToHandles", sparse.parts) as scope:
        return single_output("SparseRowsToHandles", sparse.parts, scope, dtypes.variant)


def sparse_from_handles(handles: Tensor, dtype: DType, rank: int | None, name: str | None = None) -> SparseTensor:
    """The sparse tensors of handles [n, 1] as one, [n] and the greatest of each of their dimensions.

    Args:
      dtype: of the values of all.
      rank: of each of them, where it is known.

    Errors: InvalidArgumentError at run time for other or unequal ranks.
    """
    with name_scope(name, "SparseFromHandles", [handles]) as scope:
        types = [dtypes.int64, dtype, dtypes.int64]
        return SparseTensor(*apply_op("SparseFromHandles", [handles], types, scope, rank=rank).outputs)


# Kernels -------------------------------------------------------------------------------------------------------------


def _one(op: Operation) -> Shapes:
    return [[1]]


@register_op("SparseToHandle", shape=_one, stores=True)
def _sparse_to_handle(indices: Value, values: Value, dense_shape: Value) -> Value:
    _check_parts(indices, values, dense_shape)
    return _handles([SparseTensorValue(indices, values, dense_shape)])[0]


def _some(op: Operation) -> Shapes:
    return [[None, 1]]


@register_op("SparseRowsToHandles", shape=_some)
def _sparse_rows_to_handles(indices: Value, values: Value, dense_shape: Value) -> Value:
    _check_parts(indices, values, dense_shape)
    if len(dense_shape) < 2:
        message = f"Rank of input SparseTensor should be > 1, but saw rank: {len(dense_shape)}"
        raise InvalidArgumentError(None, None, message)
    check_inside(indices, tuple(dense_shape.tolist()))
    check_ascending(indices)
    count, sizes = int(dense_shape[0]), dense_shape[1:].copy()
    bounds = np.searchsorted(indices[:, 0], np.arange(count + 1)).tolist()
    return _handles(
        [
            # In memory of its own, so that a queue that holds one row does not hold all.
            SparseTensorValue(indices[start:end, 1:].copy(), values[start:end].copy(), sizes)
            for start, end in itertools.pairwise(bounds)
        ]
    )


def _joined_shapes(op: Operation) -> Shapes:
    rank = op.get_attr("rank")
    joined = None if rank is None else rank + 1
    return [[None, joined], [None], [joined]]


@register_op("SparseFromHandles", shape=_joined_shapes, bind=True)
def _sparse_from_handles(op: Operation, session: Any) -> Callable[[Value], Any]:
    known, dtype = op.get_attr("rank"), op.outputs[1].dtype.as_numpy_dtype

    def join(handles: Value) -> tuple[Value, Value, Value]:
        sparse: list[SparseTensorValue] = as_array(handles).ravel().tolist()
        rank = _common_rank(sparse, known)
        counts = [len(one.values) for one in sparse]
        indices = np.empty((sum(counts), rank + 1), np.int64)
        indices[:, 0] = np.repeat(np.arange(len(sparse)), counts)
        values, sizes = np.empty(len(indices), dtype), np.zeros(rank + 1, np.int64)
        start = 0
        for one, count in zip(sparse, counts, strict=True):
            indices[start : start + count, 1:] = one.indices
            values[start : start + count] = one.values
            np.maximum(sizes[1:], one.dense_shape, out=sizes[1:])
            start += count
        sizes[0] = len(sparse)
        return indices, values, sizes

    return join


def _handles(sparse: list[SparseTensorValue]) -> np.ndarray:
    """[n, 1]; filled one by one, for NumPy takes a tuple of arrays apart."""
    handles = np.empty((len(sparse), 1), object)
    for row, one in enumerate(sparse):
        handles[row, 0] = one
    return handles


def _check_parts(indices: Value, values: Value, dense_shape: Value) -> None:
    if len(indices) != len(values):
        message = (
            "indices and values rows (indexing dimension) must match. "
            f"(indices = {len(indices)}, values = {len(values)}; shapes {brackets(indices.shape)}, "
            f"{brackets(values.shape)})"
        )
        raise InvalidArgumentError(None, None, message)
    if indices.shape[1] != len(dense_shape):
        message = (
            "Order length must be SparseTensor rank: "
            f"indices have {indices.shape[1]} columns, dense_shape {len(dense_shape)} sizes."
        )
        raise InvalidArgumentError(None, None, message)


def _common_rank(sparse: list[SparseTensorValue], known: int | None) -> int:
    rank = known if known is not None else len(sparse[0].dense_shape) if sparse else 0
    for number, one in enumerate(sparse):
        if len(one.dense_shape) != rank:
            message = (
                f"Inconsistent rank across SparseTensors: rank prior to SparseTensor[{number}] was: {rank} "
                f"but rank of SparseTensor[{number}] is: {len(one.dense_shape)}"
            )
            raise InvalidArgumentError(None, None, message)
    return rank
