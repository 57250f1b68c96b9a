"""What `+`, `<`, `@`, `x[1:]` and kin mean between tensors; installed when the package is imported.

Invariants:
  - a Python value beside a tensor takes the tensor's dtype;
  - `==` and `!=` stay identity, so that tensors can be keys.
"""

from collections.abc import Callable
from typing import Any

from tfqueue.framework import dtypes
from tfqueue.graph.graph import name_scope
from tfqueue.graph.operation import Tensor

from . import comparison_ops, linear_ops, math_ops
from .arguments import argument, argument_like
from .slicing_ops import getitem

Builder = Callable[..., Tensor]


def _forward(builder: Builder, scope_name: str) -> Callable[[Tensor, Any], Tensor]:
    def operate(x: Tensor, y: Any) -> Tensor:
        with name_scope(None, scope_name, [x, y]) as scope:
            return builder(x, argument_like(scope_name, "y", y, x.dtype.base_dtype), name=scope)

    return operate


def _reflected(builder: Builder, scope_name: str) -> Callable[[Tensor, Any], Tensor]:
    def operate(y: Tensor, x: Any) -> Tensor:
        with name_scope(None, scope_name, [x, y]) as scope:
            return builder(argument(scope_name, "x", x, y.dtype.base_dtype), y, name=scope)

    return operate


def _logical(builder: Builder, symbol: str) -> Builder:
    """`&`, `|`, `^` are for truth values only, as in TensorFlow 1."""

    def logical(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
        if x.dtype.base_dtype != dtypes.bool:
            raise TypeError(f"`{symbol}` is between bool tensors, got {x.dtype.base_dtype.name}")
        return builder(x, y, name=name)

    return logical


def _invert(x: Tensor) -> Tensor:
    return comparison_ops.logical_not(x)


_ARITHMETIC: tuple[tuple[str, Builder, str], ...] = (
    ("add", math_ops.add, "add"),
    ("sub", math_ops.subtract, "sub"),
    ("mul", math_ops.multiply, "mul"),
    ("truediv", math_ops.truediv, "truediv"),
    ("floordiv", math_ops.floordiv, "floordiv"),
    ("mod", math_ops.floormod, "mod"),
    ("pow", math_ops.pow, "pow"),
    ("matmul", linear_ops.matmul, "matmul"),
    ("and", _logical(comparison_ops.logical_and, "&"), "and"),
    ("or", _logical(comparison_ops.logical_or, "|"), "or"),
    ("xor", _logical(comparison_ops.logical_xor, "^"), "xor"),
)

_COMPARISONS: tuple[tuple[str, Builder, str], ...] = (
    ("lt", comparison_ops.less, "Less"),
    ("le", comparison_ops.less_equal, "LessEqual"),
    ("gt", comparison_ops.greater, "Greater"),
    ("ge", comparison_ops.greater_equal, "GreaterEqual"),
)


def _install() -> None:
    for method, builder, scope_name in _ARITHMETIC:
        Tensor.install_operator(f"__{method}__", _forward(builder, scope_name))
        Tensor.install_operator(f"__r{method}__", _reflected(builder, scope_name))
    for method, builder, scope_name in _COMPARISONS:
        Tensor.install_operator(f"__{method}__", _forward(builder, scope_name))
    Tensor.install_operator("__neg__", math_ops.negative)
    Tensor.install_operator("__abs__", math_ops.abs)
    Tensor.install_operator("__invert__", _invert)
    Tensor.install_operator("__getitem__", getitem)


_install()
