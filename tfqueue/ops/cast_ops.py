"""A tensor in another dtype: cast, saturate_cast, and TF1's to_float, to_int32 and kin."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.framework.errors import UnimplementedError
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import REAL, TensorLike, argument, single_output
from .constant_op import convert_to_tensor
from .shape_functions import unchanged
from .values import Value


@register_op("Cast", shape=unchanged, bind=True)
def _cast(op: Operation, session: Any) -> Callable[[Value], Value]:
    source, target = op.inputs[0].dtype, op.outputs[0].dtype
    numpy_type = target.as_numpy_dtype
    if dtypes.string in {source, target}:
        return _unsupported(source, target)
    if source.is_complex and not target.is_complex:
        return lambda value: np.real(value).astype(numpy_type)
    if source.is_floating and target.is_integer:
        return lambda value: _to_whole(value, numpy_type)
    return lambda value: value.astype(numpy_type)


def _to_whole(value: Value, numpy_type: type[Any]) -> Value:
    # What a float beyond the range becomes is undefined, in TensorFlow too; only NumPy warns of it.
    with np.errstate(invalid="ignore"):
        return value.astype(numpy_type)


def _unsupported(source: DType, target: DType) -> Callable[[Value], Value]:
    def refuse(value: Value) -> Value:
        way_out = "tf.string_to_number" if source == dtypes.string else "tf.as_string"
        message = f"Cast {source.name} to {target.name} is not supported; use {way_out}."
        raise UnimplementedError(None, None, message)

    return refuse


def cast(x: TensorLike, dtype: Any, name: str | None = None) -> Tensor:
    """`x` in `dtype`: floats lose their fraction on the way to whole numbers, everything but 0 becomes True."""
    wanted = as_dtype(dtype)
    if isinstance(x, Tensor) and x.dtype.base_dtype == wanted:
        return x
    with name_scope(name, "Cast", [x]) as scope:
        tensor = convert_to_tensor(x, name="x")
        if tensor.dtype.base_dtype == wanted:
            return tensor
        return single_output("Cast", [tensor], scope, wanted, SrcT=tensor.dtype.base_dtype, DstT=wanted)


def limits_within(source: DType, target: DType) -> tuple[Any, Any]:
    """The least and greatest values of `source`, in its NumPy type, that `target` can hold."""
    kind = source.as_numpy_dtype
    low, high = max(source.min, target.min), min(source.max, target.max)
    limit = kind(high)
    if source.is_floating and target.is_integer and int(limit) > target.max:
        # 2**31 - 1 is no float32: the nearest one, 2**31, would not fit.
        limit = np.nextafter(limit, kind(0))
    return kind(low), limit


@register_op("SaturateCast", shape=unchanged, bind=True)
def _saturate_cast(op: Operation, session: Any) -> Callable[[Value], Value]:
    source, target = op.inputs[0].dtype, op.outputs[0].dtype
    numpy_type = target.as_numpy_dtype
    low, high = limits_within(source, target)

    def saturated(value: Value) -> Value:
        return _to_whole(np.clip(value, low, high), numpy_type)

    return saturated


def saturate_cast(value: TensorLike, dtype: Any, name: str | None = None) -> Tensor:
    """`value` in `dtype`, with what that cannot hold set to its least or greatest value."""
    wanted = as_dtype(dtype)
    with name_scope(name, "saturate_cast", [value]) as scope:
        tensor = argument("SaturateCast", "value", value, allowed=REAL)
        return single_output("SaturateCast", [tensor], scope, wanted, DstT=wanted)


def to_float(x: TensorLike, name: str | None = "ToFloat") -> Tensor:
    """`x` as float32."""
    return cast(x, dtypes.float32, name)


def to_double(x: TensorLike, name: str | None = "ToDouble") -> Tensor:
    """`x` as float64."""
    return cast(x, dtypes.float64, name)


def to_int32(x: TensorLike, name: str | None = "ToInt32") -> Tensor:
    """`x` as int32."""
    return cast(x, dtypes.int32, name)


def to_int64(x: TensorLike, name: str | None = "ToInt64") -> Tensor:
    """`x` as int64."""
    return cast(x, dtypes.int64, name)
