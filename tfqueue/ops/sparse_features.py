"""`SparseFeature`: places and values that stand in two features of an example, as one SparseTensor."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.graph.op_def import apply_op, register_op
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.graph.sparse_tensor import SparseTensor

from .example_features import SparseFeature, VarLenFeature
from .shape_functions import Shapes
from .values import Value


def with_parts(features: Mapping[str, Any], merged: Mapping[str, SparseFeature]) -> dict[str, Any]:
    """The features to parse: `features`, and those that the sparse ones are merged of.

    ValueError when one is asked for in two ways.
    """
    parts = dict(features)
    for key, feature in merged.items():
        wanted = dict.fromkeys(_index_keys(feature), VarLenFeature(dtypes.int64))
        wanted[feature.value_key] = VarLenFeature(feature.dtype)
        for name, part in wanted.items():
            if parts.setdefault(name, part) != part:
                raise ValueError(
                    f"Dense and sparse keys must not intersect: feature {name} is {parts[name]}, "
                    f"and for the SparseFeature '{key}' it is to be {part}."
                )
    return parts


def merged_features(merged: Mapping[str, SparseFeature], parsed: Mapping[str, Any]) -> dict[str, Tensor | SparseTensor]:
    """A SparseTensor for each of `merged`, from its parts in `parsed`."""
    return {key: _merge(feature, parsed) for key, feature in merged.items()}


def _index_keys(feature: SparseFeature) -> list[str]:
    return [feature.index_key] if isinstance(feature.index_key, str) else list(feature.index_key)


def _merge(feature: SparseFeature, parsed: Mapping[str, Any]) -> SparseTensor:
    keys = _index_keys(feature)
    sizes = _sizes(feature, len(keys))
    places, values = [parsed[key].values for key in keys], parsed[feature.value_key]
    types = [dtypes.int64, values.dtype, dtypes.int64]
    inputs = [values.indices, values.values, values.dense_shape, *places]
    op = apply_op("SparseMerge", inputs, types, sizes=sizes, in_order=bool(feature.already_sorted))
    sparse = SparseTensor(*op.outputs)
    # One example has no batch dimension.
    batch = [] if values.indices.shape.as_list()[1] == 1 else [None]
    sparse.set_shape([*batch, *sizes])
    return sparse


def _sizes(feature: SparseFeature, rank: int) -> list[int]:
    if isinstance(feature.index_key, str):
        if not isinstance(feature.size, int | np.integer):
            raise TypeError(f"vocab_size has to be a Tensor or Python int. Found {type(feature.size)}")
        return [int(feature.size)]
    if not isinstance(feature.size, list | tuple):
        raise TypeError(f"vocab_size has to be a list of Tensors or Python ints. Found {type(feature.size)}")
    if len(feature.size) != rank:
        raise ValueError(f"SparseFeature has {rank} index keys and {len(feature.size)} sizes.")
    return [int(size) for size in feature.size]


def _merged_shapes(op: Operation) -> Shapes:
    rank = len(op.get_attr("sizes"))
    row = op.inputs[0].shape.as_list()[1] if op.inputs[0].shape.ndims == 2 else None
    whole = None if row is None else row - 1 + rank
    return [[None, whole], [None], [whole]]


@register_op("SparseMerge", shape=_merged_shapes, bind=True)
def _sparse_merge(op: Operation, session: Any) -> Callable[..., Any]:
    sizes, in_order = list(op.get_attr("sizes")), op.get_attr("in_order")

    def merge(indices: Value, values: Value, shape: Value, *places: Value) -> tuple[Value, Value, Value]:
        for found in places:
            if len(found) != len(values):
                message = f"Number of elements in indices ({len(found)}) and values ({len(values)}) do not match"
                raise InvalidArgumentError(None, None, message)
        whole = np.concatenate([indices[:, :-1], *(found[:, None] for found in places)], axis=1)
        if not in_order:
            order = np.lexsort(whole.T[::-1])
            whole, values = whole[order], values[order]
        return whole, values, np.array([*shape[:-1], *sizes], np.int64)

    return merge
