"""How the value of a fetched tensor leaves a step.

Invariants:
  - scalars leave as NumPy scalars, scalar strings as `bytes`, the rest as arrays;
  - an array that an op goes on holding leaves as a copy.
"""

from typing import Any

from tfqueue.framework import dtypes
from tfqueue.graph.operation import Tensor

from .calls import copied
from .fetches import Collect


def door(slot: int, tensor: Tensor, must_copy: bool) -> Collect:
    """What takes the value of `tensor` out of its slot; `must_copy` says that an op goes on holding it."""
    if tensor.dtype == dtypes.resource:
        return lambda slots: slots[slot]
    if tensor.dtype == dtypes.string:
        return lambda slots: _string_out(slots[slot], must_copy)
    if tensor.shape.ndims == 0:
        return lambda slots: slots[slot][()]
    if tensor.shape.ndims is None:
        return lambda slots: _number_out(slots[slot], must_copy)
    return (lambda slots: copied(slots[slot])) if must_copy else lambda slots: slots[slot]


def _string_out(value: Any, must_copy: bool) -> Any:
    if value.__class__ is bytes:
        return value
    if value.ndim == 0:
        return value[()]
    return value.copy() if must_copy else value


def _number_out(value: Any, must_copy: bool) -> Any:
    if value.ndim == 0:
        return value[()]
    return value.copy() if must_copy else value
