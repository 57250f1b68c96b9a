"""Which error class an ordinary exception becomes: TensorFlow's table for Python functions (py_func.cc)."""

from collections.abc import Callable
from typing import Any

from .errors import (
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)

ErrorMaker = Callable[[Any, Any, str], OpError]
"""An error class, made as `X(node_def, op, message)`."""

_TABLE: tuple[tuple[tuple[type[BaseException], ...], ErrorMaker], ...] = (
    ((ValueError, TypeError), InvalidArgumentError),
    ((StopIteration,), OutOfRangeError),
    ((MemoryError,), ResourceExhaustedError),
    ((NotImplementedError,), UnimplementedError),
)


def op_error_class(error: BaseException) -> ErrorMaker:
    """The class for this exception; UnknownError for what the table does not know."""
    return next((error_class for kinds, error_class in _TABLE if isinstance(error, kinds)), UnknownError)
