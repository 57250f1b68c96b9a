"""Arguments of op builders: made tensors of the right dtype, or refused in TensorFlow's words.

Invariants:
  - dtypes are never promoted: two tensors of one op agree, or a TypeError names both;
  - a Python value takes the dtype of the tensor before it, where it can hold the value.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType
from tfqueue.graph.op_def import apply_op
from tfqueue.graph.operation import Tensor

from .constant_op import convert_to_tensor

TensorLike = Any
"""A Tensor, a Variable, an array, or a Python value that `convert_to_tensor` takes."""

FLOATING = frozenset({dtypes.float16, dtypes.float32, dtypes.float64})
SIGNED = FLOATING | {dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64}
REAL = SIGNED | {dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64}
COMPLEX = frozenset({dtypes.complex64, dtypes.complex128})
NUMERIC = REAL | COMPLEX
INDEX = frozenset({dtypes.int32, dtypes.int64})
BOOL = frozenset({dtypes.bool})
STRING = frozenset({dtypes.string})


def argument(
    op_type: str,
    parameter: str,
    value: TensorLike,
    dtype: DType | None = None,
    allowed: Iterable[DType] | None = None,
) -> Tensor:
    """`value` as the tensor that `op_type` takes for `parameter`.

    Raises TypeError for a tensor of another dtype, for a Python value that `dtype` cannot hold, and for a dtype that
    is not `allowed`.
    """
    tensor = value if isinstance(value, Tensor) else _converted(op_type, parameter, value, dtype)
    if dtype is not None and tensor.dtype.base_dtype != dtype:
        raise TypeError(
            f"Input '{parameter}' of '{op_type}' Op has type {tensor.dtype.base_dtype.name} that does not match "
            f"expected type of {dtype.name}."
        )
    if allowed is not None:
        _check_allowed(parameter, tensor, allowed)
    return tensor


def argument_like(op_type: str, parameter: str, value: TensorLike, dtype: DType | None) -> Tensor:
    """`value` in `dtype` if that holds it, else in its own dtype, for an op to refuse by name; a tensor as it is."""
    if isinstance(value, Tensor):
        return value
    try:
        return _converted(op_type, parameter, value, dtype)
    except TypeError:
        return _converted(op_type, parameter, value, None)


def matching(op_type: str, allowed: Iterable[DType] | None, **values: TensorLike) -> list[Tensor]:
    """The named values as tensors of one dtype, which is that of the first.

    Raises TypeError "Input 'y' of 'Add' Op has type float32 that does not match type int32 of argument 'x'.".
    """
    (first_name, first_value), *rest = values.items()
    first = argument(op_type, first_name, first_value, allowed=allowed)
    dtype = first.dtype.base_dtype
    tensors = [first]
    for name, value in rest:
        tensor = argument_like(op_type, name, value, dtype)
        if tensor.dtype.base_dtype != dtype:
            raise TypeError(
                f"Input '{name}' of '{op_type}' Op has type {tensor.dtype.base_dtype.name} that does not match "
                f"type {dtype.name} of argument '{first_name}'."
            )
        tensors.append(tensor)
    return tensors


def matching_list(op_type: str, parameter: str, values: Sequence[TensorLike]) -> list[Tensor]:
    """A list of values as tensors of one dtype, that of the first tensor among them, else of the first value.

    TypeError "Tensors in list passed to 'values' of 'Pack' Op have types [int32, float32] that don't all match.".
    """
    known = next((value.dtype.base_dtype for value in values if isinstance(value, Tensor)), None)
    tensors: list[Tensor] = []
    for value in values:
        dtype = known or (tensors[0].dtype.base_dtype if tensors else None)
        tensors.append(argument_like(op_type, parameter, value, dtype))
    types = [tensor.dtype.base_dtype for tensor in tensors]
    if any(dtype != types[0] for dtype in types):
        names = ", ".join(dtype.name for dtype in types)
        raise TypeError(
            f"Tensors in list passed to '{parameter}' of '{op_type}' Op have types [{names}] that don't all match."
        )
    return tensors


def index_argument(op_type: str, parameter: str, value: TensorLike) -> Tensor:
    """A shape, axis or position: int32 unless it is a tensor, or holds a number, that needs int64."""
    if isinstance(value, Tensor):
        return argument(op_type, parameter, value, allowed=INDEX)
    try:
        return _converted(op_type, parameter, value, dtypes.int32)
    except TypeError:
        return argument(op_type, parameter, value, allowed=INDEX)


def one_of(name: str, value: Any, old_name: str, old_value: Any) -> Any:
    """An argument under its name or its old one; ValueError "Cannot specify both 'dim' and 'axis'." for both."""
    if old_value is None:
        return value
    if value is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{name}'.")
    return old_value


def single_output(
    op_type: str, inputs: Sequence[Tensor], name: str | None, dtype: DType | None = None, **attrs: Any
) -> Tensor:
    """The output of a new op that has just one, in `dtype` or else that of its first input."""
    return apply_op(op_type, list(inputs), [dtype or inputs[0].dtype.base_dtype], name, **attrs).outputs[0]


def _converted(op_type: str, parameter: str, value: TensorLike, dtype: DType | None) -> Tensor:
    try:
        return convert_to_tensor(value, dtype=dtype, name=parameter)
    except (TypeError, ValueError) as error:
        if dtype is None or value is None:
            raise
        raise TypeError(
            f"Expected {dtype.name} passed to parameter '{parameter}' of op '{op_type}', got {value!r} "
            f"of type '{type(value).__name__}' instead."
        ) from error


def _check_allowed(parameter: str, tensor: Tensor, allowed: Iterable[DType]) -> None:
    if tensor.dtype.base_dtype in allowed:
        return
    names = ", ".join(sorted(dtype.name for dtype in allowed))
    raise TypeError(
        f"Value passed to parameter '{parameter}' has DataType {tensor.dtype.base_dtype.name} "
        f"not in list of allowed values: {names}"
    )
