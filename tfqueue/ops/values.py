"""Values between kernels: arrays, NumPy scalars, and strings that may travel as plain `bytes`.

Invariant: nothing here hands `bytes` to NumPy without an object dtype, for NumPy's own string type drops trailing NULs.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import brackets

Value = Any
"""An `np.ndarray`, a NumPy scalar, or `bytes` for a scalar string."""


def as_array(value: Value) -> np.ndarray:
    """The value as an array; a scalar string becomes a 0-d object array."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, bytes):
        array = np.empty((), dtype=object)
        array[()] = value
        return array
    return np.asarray(value)


def as_bytes(value: Value, parameter: str) -> bytes:
    """The one string that `value` holds; InvalidArgumentError naming `parameter` when it is no scalar."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 0 and isinstance(value.item(), bytes):
        text: bytes = value.item()
        return text
    raise InvalidArgumentError(None, None, f"{parameter} must be scalar, got shape {brackets(np.shape(value))}")


def map_strings(function: Callable[[bytes], Any], strings: Value) -> Value:
    """`function` of each string, in an object array of the same shape (a bare object for a scalar)."""
    if isinstance(strings, bytes):
        return function(strings)
    return np.frompyfunc(function, 1, 1)(strings)


def detached(view: np.ndarray) -> np.ndarray:
    """The view, or its copy where it would keep a parent of more than twice its size alive (in a queue, say)."""
    parent = view.base
    if isinstance(parent, np.ndarray) and parent.nbytes > 2 * view.nbytes and view.dtype != object:
        return view.copy()
    return view
