"""Arithmetic, element by element: two values of one dtype in, shapes broadcast as in NumPy.

Invariants:
  - a result has its inputs' dtype, whatever NumPy would promote to;
  - TensorFlow is silent about overflow, infinities and NaN, and so are these kernels, except for plain sums and
    products, which are NumPy's bare functions for speed.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import (
    COMPLEX,
    FLOATING,
    NUMERIC,
    REAL,
    SIGNED,
    STRING,
    TensorLike,
    argument,
    matching,
    matching_list,
    single_output,
)
from .cast_ops import cast
from .constant_op import convert_to_tensor
from .shape_functions import Shapes, broadcast, merged, unchanged
from .values import Value, as_array

INEXACT = FLOATING | COMPLEX

Kernel = Callable[..., Value]


def quiet(kernel: Kernel) -> Kernel:
    """The kernel, with NumPy's warnings about overflow, zero and NaN off."""

    @wraps(kernel)
    def silent(*values: Value) -> Value:
        with np.errstate(all="ignore"):
            return kernel(*values)

    return silent


def binary(
    op_type: str, x: TensorLike, y: TensorLike, name: str | None, allowed: Any, dtype: DType | None = None
) -> Tensor:
    """An op of two values of one allowed dtype; the result is of that dtype or of the one given."""
    with name_scope(name, op_type, [x, y]) as scope:
        return single_output(op_type, matching(op_type, allowed, x=x, y=y), scope, dtype)


def unary(op_type: str, x: TensorLike, name: str | None, allowed: Any, dtype: DType | None = None) -> Tensor:
    """An op of one value of an allowed dtype; the result is of that dtype or of the one given."""
    with name_scope(name, op_type, [x]) as scope:
        return single_output(op_type, [argument(op_type, "x", x, allowed=allowed)], scope, dtype)


# Sums and products ---------------------------------------------------------------------------------------------------


@register_op("Add", shape=broadcast, bind=True)
def _add(op: Operation, session: Any) -> Kernel:
    if op.outputs[0].dtype == dtypes.string:
        # Through object arrays: NumPy would make a string type of two bare `bytes`.
        return lambda x, y: np.add(as_array(x), as_array(y))
    return np.add


register_op("Sub", shape=broadcast)(np.subtract)
register_op("Mul", shape=broadcast)(np.multiply)


def add(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x + y; strings are joined."""
    return binary("Add", x, y, name, NUMERIC | STRING)


def subtract(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x - y."""
    return binary("Sub", x, y, name, NUMERIC)


def multiply(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x * y."""
    return binary("Mul", x, y, name, NUMERIC)


def _one_shape(op: Operation) -> Shapes:
    return [merged(op.inputs)]


@register_op("AddN", shape=_one_shape)
def _add_n(first: Value, *rest: Value) -> Value:
    # The first sum is fresh memory, so the others may go into it; a lone input is copied by the sum with zero.
    total = first + rest[0] if rest else first + first.dtype.type(0)
    for value in rest[1:]:
        total += value
    return total


def add_n(inputs: Sequence[TensorLike] | Tensor, name: str | None = None) -> Tensor:
    """The sum of tensors of one shape and dtype."""
    values = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    if not values:
        raise ValueError("inputs must be a list of at least one Tensor with the same dtype and shape")
    with name_scope(name, "AddN", values) as scope:
        return single_output("AddN", matching_list("AddN", "inputs", values), scope, N=len(values))


# Quotients -----------------------------------------------------------------------------------------------------------


def _whole_divisor(kernel: Kernel) -> Kernel:
    """For whole numbers: NumPy warns of a zero divisor and gives 0, TensorFlow fails."""

    @wraps(kernel)
    def checked(x: Value, y: Value) -> Value:
        if not np.all(y):
            raise InvalidArgumentError(None, None, "Integer division by zero")
        return kernel(x, y)

    return checked


register_op("RealDiv", shape=broadcast)(quiet(np.true_divide))


@register_op("FloorDiv", shape=broadcast, bind=True)
def _floor_div(op: Operation, session: Any) -> Kernel:
    if op.outputs[0].dtype.is_integer:
        return _whole_divisor(np.floor_divide)
    # Not np.floor_divide: TensorFlow rounds the quotient (1.0 // 0.1 is 10), Python the remainder (9).
    return quiet(lambda x, y: np.floor(np.true_divide(x, y)))


@register_op("FloorMod", shape=broadcast, bind=True)
def _floor_mod(op: Operation, session: Any) -> Kernel:
    return _whole_divisor(np.mod) if op.outputs[0].dtype.is_integer else quiet(np.mod)


def realdiv(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x / y of floating point values."""
    return binary("RealDiv", x, y, name, INEXACT)


def truediv(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x / y; whole numbers are made float32 (up to 16 bits) or float64 first."""
    with name_scope(name, "truediv", [x, y]) as scope:
        left, right = matching("RealDiv", NUMERIC, x=x, y=y)
        if left.dtype.is_integer:
            wanted = dtypes.float32 if left.dtype.size <= 2 else dtypes.float64
            left, right = cast(left, wanted), cast(right, wanted)
        return single_output("RealDiv", [left, right], scope)


def divide(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Python 3's x / y."""
    return truediv(x, y, name)


def floordiv(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x // y, rounded down."""
    with name_scope(name, "floordiv", [x, y]) as scope:
        return single_output("FloorDiv", matching("FloorDiv", REAL, x=x, y=y), scope)


def div(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Python 2's x / y: rounded down for whole numbers, exact for others."""
    with name_scope(name, "div", [x, y]) as scope:
        left, right = matching("RealDiv", NUMERIC, x=x, y=y)
        return single_output("FloorDiv" if left.dtype.is_integer else "RealDiv", [left, right], scope)


def floormod(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x % y, with the sign of y."""
    return binary("FloorMod", x, y, name, REAL)


mod = floormod


# Functions of two values ---------------------------------------------------------------------------------------------

register_op("Maximum", shape=broadcast)(np.maximum)
register_op("Minimum", shape=broadcast)(np.minimum)
register_op("Pow", shape=broadcast)(quiet(np.power))
register_op("SquaredDifference", shape=broadcast)(quiet(lambda x, y: np.square(np.subtract(x, y))))


def maximum(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The larger of two values; NaN wins."""
    return binary("Maximum", x, y, name, REAL)


def minimum(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The smaller of two values; NaN wins."""
    return binary("Minimum", x, y, name, REAL)


def pow(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:  # noqa: A001  # TensorFlow's name
    """x to the power y; whole numbers to a negative power are InvalidArgumentError."""
    return binary("Pow", x, y, name, NUMERIC)


@register_op("ClipByValue", shape=unchanged)
def _clip(value: Value, low: Value, high: Value) -> Value:
    return np.maximum(np.minimum(value, high), low)


def clip_by_value(
    t: TensorLike, clip_value_min: TensorLike, clip_value_max: TensorLike, name: str | None = None
) -> Tensor:
    """`t` with what is below the minimum or above the maximum set to it."""
    with name_scope(name, "clip_by_value", [t, clip_value_min, clip_value_max]) as scope:
        values = matching("ClipByValue", REAL, t=t, clip_value_min=clip_value_min, clip_value_max=clip_value_max)
        return single_output("ClipByValue", values, scope)


def squared_difference(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """(x - y) squared."""
    return binary("SquaredDifference", x, y, name, NUMERIC)


# Functions of one value ----------------------------------------------------------------------------------------------

register_op("Neg", shape=unchanged)(np.negative)
register_op("Abs", shape=unchanged)(np.abs)
register_op("Square", shape=unchanged)(np.square)
register_op("Sign", shape=unchanged)(np.sign)
register_op("Rint", shape=unchanged)(np.rint)
register_op("Floor", shape=unchanged)(np.floor)
register_op("Ceil", shape=unchanged)(np.ceil)
register_op("Tanh", shape=unchanged)(np.tanh)
register_op("Sqrt", shape=unchanged)(quiet(np.sqrt))
register_op("Rsqrt", shape=unchanged)(quiet(lambda x: 1 / np.sqrt(x)))
register_op("Exp", shape=unchanged)(quiet(np.exp))
register_op("Log", shape=unchanged)(quiet(np.log))
register_op("Log1p", shape=unchanged)(quiet(np.log1p))
register_op("Sigmoid", shape=unchanged)(quiet(lambda x: 1 / (1 + np.exp(-x))))


def negative(x: TensorLike, name: str | None = None) -> Tensor:
    """-x."""
    return unary("Neg", x, name, SIGNED | COMPLEX)


def abs(x: TensorLike, name: str | None = None) -> Tensor:  # noqa: A001  # TensorFlow's name
    """|x|."""
    return unary("Abs", x, name, SIGNED)


def square(x: TensorLike, name: str | None = None) -> Tensor:
    """x * x."""
    return unary("Square", x, name, NUMERIC)


def sign(x: TensorLike, name: str | None = None) -> Tensor:
    """-1, 0 or 1."""
    return unary("Sign", x, name, SIGNED)


def round(x: TensorLike, name: str | None = None) -> Tensor:  # noqa: A001  # TensorFlow's name
    """The nearest whole number, halves to the even one; whole numbers are passed on."""
    tensor = convert_to_tensor(x, name="x")
    return tensor if tensor.dtype.is_integer else unary("Rint", tensor, name or "Round", FLOATING)


def floor(x: TensorLike, name: str | None = None) -> Tensor:
    """The largest whole number not above x."""
    return unary("Floor", x, name, FLOATING)


def ceil(x: TensorLike, name: str | None = None) -> Tensor:
    """The smallest whole number not below x."""
    return unary("Ceil", x, name, FLOATING)


def tanh(x: TensorLike, name: str | None = None) -> Tensor:
    """The hyperbolic tangent."""
    return unary("Tanh", x, name, INEXACT)


def sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """1 / (1 + exp(-x))."""
    return unary("Sigmoid", x, name, INEXACT)


def sqrt(x: TensorLike, name: str | None = None) -> Tensor:
    """The square root; NaN below zero."""
    return unary("Sqrt", x, name, INEXACT)


def rsqrt(x: TensorLike, name: str | None = None) -> Tensor:
    """1 / sqrt(x)."""
    return unary("Rsqrt", x, name, INEXACT)


def exp(x: TensorLike, name: str | None = None) -> Tensor:
    """e to the power x."""
    return unary("Exp", x, name, INEXACT)


def log(x: TensorLike, name: str | None = None) -> Tensor:
    """The natural logarithm; NaN below zero."""
    return unary("Log", x, name, INEXACT)


def log1p(x: TensorLike, name: str | None = None) -> Tensor:
    """log(1 + x)."""
    return unary("Log1p", x, name, INEXACT)
