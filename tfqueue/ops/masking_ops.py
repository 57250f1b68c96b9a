"""Elements by index or by condition: gather, gather_nd, where, boolean_mask, unique."""

from typing import Any, NamedTuple

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import as_dtype
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import TensorShape, brackets
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import apply_op, constant_value, register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import INDEX, TensorLike, argument, index_argument, matching, single_output
from .constant_op import convert_to_tensor
from .shape_functions import Shapes, merged, normal_axis
from .values import Value, as_array

# By index ------------------------------------------------------------------------------------------------------------


def _gathered(op: Operation) -> Shapes:
    params, indices, axis = op.inputs[0].shape, op.inputs[1].shape, constant_value(op.inputs[2])
    if params.ndims == 0:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    if params.ndims is None or axis is None:
        return [None]
    place = normal_axis(int(axis), params.ndims)
    dims = params.as_list()
    return [TensorShape(dims[:place]).concatenate(indices).concatenate(TensorShape(dims[place + 1 :]))]


@register_op("GatherV2", shape=_gathered)
def _gather(params: Value, indices: Value, axis: Value) -> Value:
    place, wanted = int(axis), np.asarray(indices)
    # NumPy counts negative indices from the end; TensorFlow refuses them, as a sign of a mistake upstream.
    if wanted.size and wanted.min() < 0:
        raise _outside(wanted, params.shape[place])
    try:
        return np.take(params, wanted, place)
    except IndexError as error:
        raise _outside(wanted, params.shape[place]) from error


def _outside(indices: np.ndarray, size: int) -> InvalidArgumentError:
    bad = np.argwhere((indices < 0) | (indices >= size))[0]
    where = f"indices{bad.tolist()}" if indices.ndim else "indices"
    return InvalidArgumentError(None, None, f"{where} = {indices[tuple(bad)]} is not in [0, {size})")


def gather(
    params: TensorLike,
    indices: TensorLike,
    validate_indices: bool | None = None,
    name: str | None = None,
    axis: TensorLike = 0,
) -> Tensor:
    """The slices of `params` at `indices` along `axis`; one outside is InvalidArgumentError "... is not in ..."."""
    with name_scope(name, "GatherV2", [params, indices]) as scope:
        source = convert_to_tensor(params, name="params")
        places = index_argument("GatherV2", "indices", indices)
        return single_output("GatherV2", [source, places, index_argument("GatherV2", "axis", axis)], scope)


def _gathered_nd(op: Operation) -> Shapes:
    params, indices = op.inputs[0].shape, op.inputs[1].shape
    if params.ndims is None or not indices.ndims:
        return [None]
    *outer, depth = indices.as_list()
    if depth is None:
        return [None]
    if depth > params.ndims:
        raise ValueError(f"indices.shape[-1] must be <= params.rank, but saw {depth} and {params.ndims}")
    return [outer + params.as_list()[depth:]]


@register_op("GatherNd", shape=_gathered_nd)
def _gather_nd(params: Value, indices: Value) -> Value:
    depth = indices.shape[-1]
    outside = ((indices < 0) | (indices >= np.array(params.shape[:depth]))).any(axis=-1)
    if outside.any():
        place = np.argwhere(outside)[0]
        message = (
            f"indices{place.tolist()} = {indices[tuple(place)].tolist()} "
            f"does not index into param shape {brackets(params.shape)}"
        )
        raise InvalidArgumentError(None, None, message)
    return params[tuple(np.moveaxis(indices, -1, 0))]


def gather_nd(params: TensorLike, indices: TensorLike, name: str | None = None) -> Tensor:
    """The elements or slices of `params` at the positions that the rows of `indices` spell out."""
    with name_scope(name, "GatherNd", [params, indices]) as scope:
        source = convert_to_tensor(params, name="params")
        return single_output("GatherNd", [source, index_argument("GatherNd", "indices", indices)], scope)


# By condition --------------------------------------------------------------------------------------------------------


def _positions(op: Operation) -> Shapes:
    return [[None, op.inputs[0].shape.ndims]]


@register_op("Where", shape=_positions)
def _where(condition: Value) -> Value:
    return np.argwhere(condition).astype(np.int64, copy=False)


def _selected(op: Operation) -> Shapes:
    condition, chosen = op.inputs[0].shape, merged(op.inputs[1:])
    if condition.ndims is None or chosen.ndims is None or condition.ndims == 0:
        return [chosen]
    row = TensorShape(chosen.as_list()[: condition.ndims])
    if condition.ndims not in {1, chosen.ndims} or not condition.is_compatible_with(row):
        raise ValueError(f"The condition's shape, {condition}, is neither that of the values nor that of their rows")
    return [chosen]


@register_op("Select", shape=_selected, aliases=True)
def _select(condition: Value, x: Value, y: Value) -> Value:
    truth = np.asarray(condition)
    if truth.ndim == 0:
        return x if truth else y
    one, other = as_array(x), as_array(y)
    if one.shape != other.shape or truth.shape != one.shape[: truth.ndim]:
        shapes = ", ".join(brackets(array.shape) for array in (truth, one, other))
        raise InvalidArgumentError(None, None, f"condition, x and y do not fit together: shapes {shapes}")
    return np.where(truth.reshape(truth.shape + (1,) * (one.ndim - truth.ndim)), one, other)


def where(condition: TensorLike, x: TensorLike = None, y: TensorLike = None, name: str | None = None) -> Tensor:
    """Elements of `x` where `condition`, else of `y`; without both, the int64 positions [n, rank] of what is true.

    A vector condition picks whole rows of `x` and `y`, a scalar one all or nothing.
    """
    if (x is None) != (y is None):
        raise ValueError("x and y must both be non-None or both be None.")
    with name_scope(name, "Where" if x is None else "Select", [condition, x, y]) as scope:
        if x is None:
            return single_output("Where", [convert_to_tensor(condition, name="condition")], scope, dtypes.int64)
        truth = argument("Select", "condition", condition, dtypes.bool)
        one, other = matching("Select", None, x=x, y=y)
        return single_output("Select", [truth, one, other], scope, one.dtype.base_dtype)


def _masked(op: Operation) -> Shapes:
    source, mask, axis = op.inputs[0].shape, op.inputs[1].shape, int(op.get_attr("axis"))
    if mask.ndims == 0:
        raise ValueError("mask cannot be scalar.")
    if source.ndims is None or mask.ndims is None:
        return [None]
    dims = source.as_list()
    covered = TensorShape(dims[axis : axis + mask.ndims])
    if not covered.is_compatible_with(mask):
        raise ValueError(f"Shapes {covered} and {mask} are incompatible")
    return [[*dims[:axis], None, *dims[axis + mask.ndims :]]]


@register_op("BooleanMask", shape=_masked, bind=True)
def _boolean_mask(op: Operation, session: Any) -> Any:
    before = (slice(None),) * int(op.get_attr("axis"))
    return lambda value, mask: value[(*before, mask)]


def boolean_mask(
    tensor: TensorLike, mask: TensorLike, name: str | None = "boolean_mask", axis: int | None = None
) -> Tensor:
    """The elements where `mask` is true, its dimensions (from `axis` on) run together into one.

    Raises ValueError when the rank of the mask is not known while the graph is built.
    """
    with name_scope(name, "boolean_mask", [tensor, mask]) as scope:
        source = convert_to_tensor(tensor, name="tensor")
        truth = argument("BooleanMask", "mask", mask, dtypes.bool)
        if truth.shape.ndims is None:
            raise ValueError(
                "Number of mask dimensions must be specified, even if some dimensions are None. "
                "E.g. shape=[None] is ok, but shape=None is not."
            )
        start = axis or 0
        if start < 0:
            start += source.shape.with_rank_at_least(1).ndims or 0
        return single_output("BooleanMask", [source, truth], scope, axis=start)


# Unique --------------------------------------------------------------------------------------------------------------


class Unique(NamedTuple):
    """What `unique` gives."""

    y: Tensor
    """The values, each once, in the order they first came."""
    idx: Tensor
    """For each element of the input, the place of its value in `y`."""


def _unique_shape(op: Operation) -> Shapes:
    return [[None], op.inputs[0].shape]


@register_op("Unique", shape=_unique_shape, bind=True)
def _unique(op: Operation, session: Any) -> Any:
    dtype = op.outputs[1].dtype.as_numpy_dtype

    def first_come(values: Value) -> Value:
        found, first, inverse = np.unique(values, return_index=True, return_inverse=True)
        order = np.argsort(first)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return found[order], place[inverse].astype(dtype)

    return first_come


def unique(x: TensorLike, out_idx: Any = dtypes.int32, name: str | None = None) -> Unique:
    """The distinct values of a vector, in the order they first came, and where each element's value is among them."""
    index = as_dtype(out_idx)
    if index not in INDEX:
        raise TypeError(f"tf.unique: out_idx must be int32 or int64, not {index.name}")
    with name_scope(name, "Unique", [x]) as scope:
        vector = convert_to_tensor(x, name="x")
        vector.shape.assert_has_rank(1)
        return Unique(*apply_op("Unique", [vector], [vector.dtype.base_dtype, index], scope, out_idx=index).outputs)
