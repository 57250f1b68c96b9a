"""Questions answered True or False, element by element: comparisons, logic, is_nan and kin."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import BOOL, COMPLEX, FLOATING, REAL, STRING, TensorLike
from .math_ops import binary, unary
from .shape_functions import broadcast, unchanged
from .values import Value, as_array

EQUATABLE = REAL | COMPLEX | BOOL | STRING


def _comparison(ufunc: Callable[..., Value]) -> Callable[[Operation, Any], Callable[..., Value]]:
    """NumPy's function; for strings through object arrays, which compare trailing NULs too."""

    def bind(op: Operation, session: Any) -> Callable[..., Value]:
        if op.inputs[0].dtype == dtypes.string:
            return lambda x, y: ufunc(as_array(x), as_array(y))
        return ufunc

    return bind


register_op("Equal", shape=broadcast, bind=True)(_comparison(np.equal))
register_op("NotEqual", shape=broadcast, bind=True)(_comparison(np.not_equal))
register_op("Less", shape=broadcast)(np.less)
register_op("LessEqual", shape=broadcast)(np.less_equal)
register_op("Greater", shape=broadcast)(np.greater)
register_op("GreaterEqual", shape=broadcast)(np.greater_equal)
register_op("LogicalAnd", shape=broadcast)(np.logical_and)
register_op("LogicalOr", shape=broadcast)(np.logical_or)
register_op("LogicalNot", shape=unchanged)(np.logical_not)
register_op("IsNan", shape=unchanged)(np.isnan)
register_op("IsInf", shape=unchanged)(np.isinf)
register_op("IsFinite", shape=unchanged)(np.isfinite)


def equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x == y. (`==` between tensors asks whether they are the same tensor.)"""
    return binary("Equal", x, y, name, EQUATABLE, dtypes.bool)


def not_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x != y."""
    return binary("NotEqual", x, y, name, EQUATABLE, dtypes.bool)


def less(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x < y."""
    return binary("Less", x, y, name, REAL, dtypes.bool)


def less_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x <= y."""
    return binary("LessEqual", x, y, name, REAL, dtypes.bool)


def greater(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x > y."""
    return binary("Greater", x, y, name, REAL, dtypes.bool)


def greater_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x >= y."""
    return binary("GreaterEqual", x, y, name, REAL, dtypes.bool)


def logical_and(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where both are true."""
    return binary("LogicalAnd", x, y, name, BOOL, dtypes.bool)


def logical_or(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where at least one is true."""
    return binary("LogicalOr", x, y, name, BOOL, dtypes.bool)


def logical_not(x: TensorLike, name: str | None = None) -> Tensor:
    """Where x is false."""
    return unary("LogicalNot", x, name, BOOL, dtypes.bool)


def logical_xor(x: TensorLike, y: TensorLike, name: str | None = "LogicalXor") -> Tensor:
    """Where exactly one is true."""
    return binary("NotEqual", x, y, name, BOOL, dtypes.bool)


def is_nan(x: TensorLike, name: str | None = None) -> Tensor:
    """Where x is not a number."""
    return unary("IsNan", x, name, FLOATING, dtypes.bool)


def is_inf(x: TensorLike, name: str | None = None) -> Tensor:
    """Where x is infinite."""
    return unary("IsInf", x, name, FLOATING, dtypes.bool)


def is_finite(x: TensorLike, name: str | None = None) -> Tensor:
    """Where x is neither infinite nor NaN."""
    return unary("IsFinite", x, name, FLOATING, dtypes.bool)
