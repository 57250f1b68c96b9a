"""What a small model on the pipeline's batches needs: relu, softmax, normalization, moments.

Invariant: a softmax is taken of logits less their greatest, so that no exponential overflows.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework.dtypes import DType
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import FLOATING, REAL, TensorLike, argument, one_of, single_output
from .math_ops import maximum, multiply, quiet, rsqrt, square, squared_difference, unary
from .reduction_ops import reduce_mean, reduce_sum
from .shape_functions import Shapes, normal_axis, unchanged
from .values import Value


@register_op("Relu", shape=unchanged, bind=True)
def _relu(op: Operation, session: Any) -> Callable[[Value], Value]:
    zero = op.inputs[0].dtype.as_numpy_dtype(0)
    return lambda features: np.maximum(features, zero)


def relu(features: TensorLike, name: str | None = None) -> Tensor:
    """max(features, 0)."""
    return unary("Relu", features, name, REAL)


def _checked_axis(op: Operation) -> Shapes:
    source = op.inputs[0].shape
    if source.ndims is not None:
        normal_axis(int(op.get_attr("axis")), source.ndims)
    return [source]


def _less_greatest(logits: Value, axis: int) -> Value:
    return logits - np.max(logits, axis, keepdims=True)


@register_op("Softmax", shape=_checked_axis, bind=True)
def _softmax(op: Operation, session: Any) -> Callable[[Value], Value]:
    axis = int(op.get_attr("axis"))

    @quiet
    def softmax_of(logits: Value) -> Value:
        shares = np.exp(_less_greatest(logits, axis))
        shares /= np.sum(shares, axis, keepdims=True)
        return shares

    return softmax_of


@register_op("LogSoftmax", shape=_checked_axis, bind=True)
def _log_softmax(op: Operation, session: Any) -> Callable[[Value], Value]:
    axis = int(op.get_attr("axis"))

    @quiet
    def log_softmax_of(logits: Value) -> Value:
        shifted = _less_greatest(logits, axis)
        shifted -= np.log(np.sum(np.exp(shifted), axis, keepdims=True))
        return shifted

    return log_softmax_of


def softmax(logits: TensorLike, axis: int | None = None, name: str | None = None, dim: int | None = None) -> Tensor:
    """exp(logits) with sum 1 along `axis` (the last; old name `dim`)."""
    return _along("Softmax", logits, one_of("axis", axis, "dim", dim), name)


def log_softmax(logits: TensorLike, axis: int | None = None, name: str | None = None, dim: int | None = None) -> Tensor:
    """log(softmax(logits)), without the loss of small values."""
    return _along("LogSoftmax", logits, one_of("axis", axis, "dim", dim), name)


def _along(op_type: str, logits: TensorLike, axis: int | None, name: str | None) -> Tensor:
    with name_scope(name, op_type, [logits]) as scope:
        source = argument(op_type, "logits", logits, allowed=FLOATING)
        return single_output(op_type, [source], scope, axis=-1 if axis is None else axis)


def l2_normalize(
    x: TensorLike, axis: TensorLike = None, epsilon: float = 1e-12, name: str | None = None, dim: TensorLike = None
) -> Tensor:
    """`x / sqrt(max(sum(x squared along axis), epsilon))`; `dim` is the axis's old name."""
    axis = one_of("axis", axis, "dim", dim)
    with name_scope(name, "l2_normalize", [x]) as scope:
        source = argument("l2_normalize", "x", x, allowed=FLOATING)
        total = reduce_sum(square(source), axis, keepdims=True)
        return multiply(source, rsqrt(maximum(total, _like(epsilon, source.dtype))), name=scope)


def _like(number: float, dtype: DType) -> Any:
    return dtype.as_numpy_dtype(number)


def moments(
    x: TensorLike,
    axes: TensorLike,
    shift: TensorLike = None,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """Mean and variance along `axes`; `shift` is taken for TensorFlow's sake, which does not use it either."""
    keep = bool(one_of("keepdims", keepdims, "keep_dims", keep_dims))
    with name_scope(name, "moments", [x, axes]):
        source = argument("moments", "x", x, allowed=FLOATING)
        means = reduce_mean(source, axes, keepdims=True, name="mean")
        variance = reduce_mean(squared_difference(source, means), axes, keepdims=keep, name="variance")
        return (means if keep else reduce_mean(source, axes, name="flat_mean")), variance
