"""Python values and arrays as tensors: `constant`, and `convert_to_tensor`, through which builders take inputs.

Invariants:
  - a constant's array is its own and read-only: what the caller does to his array later changes nothing;
  - a Python value is never changed silently: 1.5 is no int32, 300 no uint8, 1 no bool (an array is cast as NumPy does);
  - strings are `bytes`, UTF-8 for Python's `str`, and keep their NULs.
Which dtype a value gets, and most messages, are TensorFlow 1's (python/framework/tensor_util.py, read; 2.21 asked).
"""

import math
import numbers
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dimension import Dimension
from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.framework.tensor_shape import TensorShape, as_shape
from tfqueue.graph.op_def import apply_op, register_op
from tfqueue.graph.operation import Operation, Tensor

Conversion = Callable[[Any, DType | None, str | None], Tensor]
"""conversion(value, dtype, name) -> a tensor, of that dtype where one is given."""

_TAKEN: dict[str, tuple[type[Any], ...]] = {
    "b": (bool, np.bool_),
    "i": (numbers.Integral, bool, np.bool_, Dimension),
    "u": (numbers.Integral, bool, np.bool_, Dimension),
    "f": (numbers.Real, bool, np.bool_, Dimension),
    "c": (numbers.Complex, bool, np.bool_, Dimension),
    "O": (str, bytes),
}
"""Which Python values a dtype takes, by the kind of its NumPy type."""


def _const_shape(op: Operation) -> list[Any]:
    return [op.attrs["value"].shape]


@register_op("Const", shape=_const_shape, bind=True, keeps=True)
def _const(op: Operation, session: Any) -> Callable[[], Any]:
    value = op.attrs["value"][()] if op.attrs["value"].ndim == 0 else op.attrs["value"]
    return lambda: value


def constant(
    value: Any, dtype: Any = None, shape: Any = None, name: str = "Const", verify_shape: bool = False
) -> Tensor:
    """A tensor that always holds `value`.

    Args:
      value: a number, string, array, or nested list of numbers or of strings.
      dtype: default: that of an array; float32, int32 (int64 where needed), bool or string for Python values.
      shape: default that of the value; a larger one is filled up with the last element.
      name: of the op.
      verify_shape: take no value of another shape.

    Raises:
      TypeError: the value is no such thing, or not of this dtype.
      ValueError: None, a list with rows of unequal length, or too many elements.
    """
    array = _shaped(constant_array(value, None if dtype is None else as_dtype(dtype)), shape, verify_shape)
    array.flags.writeable = False
    kind = as_dtype(array.dtype)
    return apply_op("Const", [], [kind], name, value=array, dtype=kind).outputs[0]


def convert_to_tensor(
    value: Any, dtype: Any = None, name: str | None = None, preferred_dtype: Any = None, dtype_hint: Any = None
) -> Tensor:
    """`value` as a tensor: itself, what stands for it, or a constant; a list with tensors in it is stacked.

    `preferred_dtype` (or `dtype_hint`) is tried first where no dtype is given.

    Raises:
      TypeError: nothing makes a tensor of it, or not of this dtype.
      ValueError: "Tensor conversion requested dtype int32 for Tensor with dtype float32", or as for `constant`.
    """
    preferred = dtype_hint if preferred_dtype is None else preferred_dtype
    if dtype is None and preferred is not None and not isinstance(value, Tensor):
        try:
            return convert_to_tensor(value, preferred, name)
        except (TypeError, ValueError):
            return convert_to_tensor(value, None, name)
    wanted = None if dtype is None else as_dtype(dtype)
    if isinstance(value, Tensor):
        return _checked(value, wanted)
    conversion = _conversions.find(type(value))
    if conversion is not None:
        return conversion(value, wanted, name)
    if isinstance(value, Operation):
        raise TypeError(f"can't convert Operation '{value.name}' to Tensor")
    if _holds_tensors(value):
        return _packed(value, wanted, name)
    return constant(value, wanted, name=name or "Const")


def register_tensor_conversion(kind: type[Any], conversion: Conversion) -> None:
    """Has `convert_to_tensor` use `conversion` for objects of this class and of those derived from it."""
    _conversions.add(kind, conversion)


class _Conversions:
    """The conversions there are. Shared by all threads; a dict that is replaced, never changed."""

    def __init__(self) -> None:
        self._functions: dict[type[Any], Conversion] = {}
        self.renew_lock()

    def renew_lock(self) -> None:
        """A forked child must not find the lock held by a thread that it does not have."""
        self._lock = threading.Lock()

    def add(self, kind: type[Any], conversion: Conversion) -> None:
        with self._lock:
            self._functions = {**self._functions, kind: conversion}

    def find(self, kind: type[Any]) -> Conversion | None:
        functions = self._functions
        return next((functions[base] for base in kind.__mro__ if base in functions), None)


_conversions = _Conversions()
os.register_at_fork(after_in_child=_conversions.renew_lock)


def _checked(tensor: Tensor, wanted: DType | None) -> Tensor:
    if wanted is not None and tensor.dtype.base_dtype != wanted:
        raise ValueError(
            f"Tensor conversion requested dtype {wanted.name} for Tensor with dtype {tensor.dtype.name}: {tensor!r}. "
            "tf.cast(tensor, dtype) changes the dtype."
        )
    return tensor


def _is_symbolic(kind: type[Any]) -> bool:
    if issubclass(kind, Tensor):
        return True
    return not issubclass(kind, TensorShape) and _conversions.find(kind) is not None


def _holds_tensors(value: Any) -> bool:
    # By the few types among the leaves, for there may be millions of these.
    return isinstance(value, list | tuple) and any(map(_is_symbolic, set(map(type, _leaves(value)))))


def _leaves(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _leaves(value)
        else:
            yield value


def _packed(values: Any, dtype: DType | None, name: str | None) -> Tensor:
    # `stack` is itself built on this module.
    from .joining_ops import stack

    if dtype is None:
        # That of the first tensor among them: NumPy and Python values follow.
        symbolic = (leaf for leaf in _leaves(values) if _is_symbolic(type(leaf)))
        dtype = next((leaf.dtype.base_dtype for leaf in symbolic if hasattr(leaf, "dtype")), None)
    return stack([convert_to_tensor(value, dtype) for value in values], name=name or "packed")


def _shape_to_tensor(shape: TensorShape, dtype: DType | None, name: str | None) -> Tensor:
    if not shape.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape {shape} to a Tensor.")
    sizes = shape.as_list()
    return constant(constant_array(sizes, dtype or _integer_type(sizes)), name=name or "shape_as_tensor")


register_tensor_conversion(TensorShape, _shape_to_tensor)


# Values to arrays ----------------------------------------------------------------------------------------------------


def constant_array(value: Any, dtype: DType | None = None) -> np.ndarray:
    """The array that a constant of this value holds, in memory of its own. Errors are those of `constant`."""
    if value is None:
        raise ValueError("None values not supported.")
    if isinstance(value, np.ndarray | np.generic):
        return _from_array(np.asarray(value), dtype, value)
    if isinstance(value, Tensor) or _holds_tensors(value):
        raise TypeError(f"Expected any non-tensor type, but got a tensor instead: {value}. convert_to_tensor takes it.")
    return _from_python(value, dtype)


def _from_array(array: np.ndarray, dtype: DType | None, value: Any) -> np.ndarray:
    if array.dtype.kind in "OSU":
        strings = _encoded(array, value)
        if dtype not in {None, dtypes.string}:
            raise TypeError(f"Expected {dtype}, got strings: {_short(value)}.")
        return strings
    wanted = as_dtype(array.dtype) if dtype is None else dtype
    if wanted == dtypes.string:
        raise TypeError(f"Expected string, got an array of {array.dtype}: {_short(value)}.")
    return array.astype(wanted.as_numpy_dtype)


def _from_python(value: Any, dtype: DType | None) -> np.ndarray:
    array = _natural(value)
    if dtype is not None:
        return _typed(array, value, dtype)
    if array.dtype.kind in "OSU":
        return _encoded(_objects(value) if array.dtype.kind in "SU" else array, value)
    if array.dtype == np.float64:
        return array.astype(np.float32)
    if array.dtype == np.int64:
        return array.astype(_integer_type(array).as_numpy_dtype)
    return array.astype(as_dtype(array.dtype).as_numpy_dtype)


def _natural(value: Any) -> np.ndarray:
    """What NumPy makes of it, dimensions of shapes taken as the numbers they are."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"Argument must be a dense tensor: {_short(value)}: {error}") from error
    if array.dtype == object and array.size:
        leaves = array.ravel().tolist()
        if all(isinstance(leaf, Dimension | int) for leaf in leaves):
            return np.asarray([int(leaf) for leaf in leaves]).reshape(array.shape)
    return array


def _integer_type(values: Any) -> DType:
    limits = np.iinfo(np.int32)
    array = np.asarray(values)
    fits = array.size == 0 or (array.min() >= limits.min and array.max() <= limits.max)
    return dtypes.int32 if fits else dtypes.int64


def _typed(natural: np.ndarray, value: Any, dtype: DType) -> np.ndarray:
    """A Python value in the dtype that was asked for, if every single number or string of it can be that."""
    kind = dtype.numpy_dtype.kind
    if natural.dtype.kind != kind or kind in "OSU":
        objects = _objects(value)
        for leaf in objects.ravel().tolist():
            if not isinstance(leaf, _TAKEN[kind]):
                raise TypeError(f"Expected {dtype.name}, got {_short(leaf)} of type '{type(leaf).__name__}' instead.")
        if kind == "O":
            return _encoded(objects, value)
    if kind in "iu" and natural.size:
        limits = np.iinfo(dtype.as_numpy_dtype)
        least, most = natural.min(), natural.max()
        if least < limits.min or most > limits.max:
            out = least if least < limits.min else most
            raise TypeError(f"Expected {dtype.name}, got {out} of type 'int' instead, which is out of its range.")
    return natural.astype(dtype.as_numpy_dtype)


def _objects(value: Any) -> np.ndarray:
    """The leaves of a nest as they are, in an array of its shape. (NumPy's string type would drop trailing NULs.)"""
    if isinstance(value, str | bytes):
        array = np.empty((), object)
        array[()] = value
        return array
    return np.asarray(value, object)


def _encoded(array: np.ndarray, value: Any) -> np.ndarray:
    strings = np.empty(array.size, object)
    for place, leaf in enumerate(array.ravel().tolist()):
        if not isinstance(leaf, str | bytes):
            raise TypeError(
                f"Failed to convert elements of {_short(value)} to Tensor. "
                "Consider casting elements to a supported type: numbers or strings, not both."
            )
        strings[place] = leaf.encode() if isinstance(leaf, str) else leaf
    return strings.reshape(array.shape)


def _short(value: Any) -> str:
    words = repr(value)
    return words if len(words) <= 100 else words[:97] + "..."


def _shaped(array: np.ndarray, shape: Any, verify_shape: bool) -> np.ndarray:
    if shape is None:
        return array
    sizes = as_shape(shape)
    if verify_shape and sizes != array.shape:
        raise TypeError(f"Expected Tensor's shape: {sizes}, got {array.shape}.")
    wanted = tuple(int(size) for size in sizes)
    count = math.prod(wanted)
    if array.size > count:
        raise ValueError(f"Too many elements provided. Needed at most {count}, but received {array.size}")
    filled = np.zeros(count, array.dtype) if array.dtype != object else np.full(count, b"", object)
    filled[: array.size] = array.ravel()
    if array.size:
        filled[array.size :] = array.ravel()[-1]
    return filled.reshape(wanted)
