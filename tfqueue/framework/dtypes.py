"""Element types of tensors, to and from NumPy.

Invariants:
  - there is one `DType` object a type: `is` and `==` agree, also after pickling or copying;
  - a string tensor is, in NumPy, an `object` array of `bytes`; a resource tensor carries the run-time object itself,
    a variant tensor an `object` array of whatever its ops agree on.
"""

import builtins
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np


class DType:
    """The type of a tensor's elements, such as `tf.float32`.

    Made by this module alone; `as_dtype` finds the one for a name, TensorFlow's number, or a NumPy type.
    """

    def __init__(self, name: str, datatype_enum: int, numpy_type: type[Any] | None) -> None:
        self._name = name
        self._enum = datatype_enum
        self._numpy_type = numpy_type

    @property
    def name(self) -> str:
        """Such as "float32"."""
        return self._name

    @property
    def protocol_name(self) -> str:
        """The name in TensorFlow's kernels and their messages: "float", "double", "half", else `name`."""
        return {"float16": "half", "float32": "float", "float64": "double"}.get(self._name, self._name)

    @property
    def as_datatype_enum(self) -> int:
        """The number in TensorFlow's `DataType` (types.proto)."""
        return self._enum

    @property
    def as_numpy_dtype(self) -> type[Any]:
        """The NumPy scalar type; `object` for strings, which are `bytes`, for resources and variants."""
        return object if self._numpy_type is None else self._numpy_type

    @cached_property
    def numpy_dtype(self) -> np.dtype[Any]:
        """`np.dtype(self.as_numpy_dtype)`, made once."""
        return np.dtype(self.as_numpy_dtype)

    @property
    def base_dtype(self) -> "DType":
        """The type itself: there are no reference types here."""
        return self

    @property
    def real_dtype(self) -> "DType":
        """The type of the real part: float32 for complex64, else the type itself."""
        return {"complex64": float32, "complex128": float64}.get(self._name, self)

    @property
    def is_numpy_compatible(self) -> builtins.bool:
        """False for resources and variants, which no array that a user knows can hold."""
        return self._name not in {"resource", "variant"}

    @property
    def is_bool(self) -> builtins.bool:
        """Whether this is `bool`."""
        return self._kind == "b"

    @property
    def is_integer(self) -> builtins.bool:
        """Whether this is a signed or unsigned integer type."""
        return self._kind in {"i", "u"}

    @property
    def is_unsigned(self) -> builtins.bool:
        """Whether this is an unsigned integer type."""
        return self._kind == "u"

    @property
    def is_floating(self) -> builtins.bool:
        """Whether this is a real floating point type."""
        return self._kind == "f"

    @property
    def is_complex(self) -> builtins.bool:
        """Whether this is a complex type."""
        return self._kind == "c"

    @property
    def is_quantized(self) -> builtins.bool:
        """False: quantized types are not provided."""
        return False

    @property
    def size(self) -> int:
        """Bytes of one element; 0 for strings, whose elements differ in size."""
        return 0 if self._name == "string" else self.numpy_dtype.itemsize if self.is_numpy_compatible else 1

    @property
    def min(self) -> Any:
        """The least finite value: a Python int for integers, a NumPy scalar for floating types.

        Raises:
          TypeError: the type has no order.
        """
        return self._limit("minimum", "min")

    @property
    def max(self) -> Any:
        """The greatest finite value: a Python int for integers, a NumPy scalar for floating types.

        Raises:
          TypeError: the type has no order.
        """
        return self._limit("maximum", "max")

    @property
    def limits(self) -> tuple[Any, Any]:
        """The least and greatest finite values.

        Raises:
          ValueError: the type has none.
        """
        if not (self.is_integer or self.is_floating):
            raise ValueError(f"{self} does not have defined limits.")
        return self.min, self.max

    def is_compatible_with(self, other: Any) -> builtins.bool:
        """Whether a tensor of type `other` may stand where this type is expected: only the same type may."""
        return as_dtype(other) is self

    def __eq__(self, other: object) -> builtins.bool:
        if self is other:
            return True
        if other is None or isinstance(other, DType):
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    def __hash__(self) -> int:
        return self._enum

    def __int__(self) -> int:
        return self._enum

    def __repr__(self) -> str:
        return f"tf.{self._name}"

    def __str__(self) -> str:
        return f"<dtype: '{self._name}'>"

    def __reduce__(self) -> tuple[Callable[[Any], "DType"], tuple[str]]:
        return as_dtype, (self._name,)

    @cached_property
    def _kind(self) -> str:
        return self.numpy_dtype.kind

    def _limit(self, words: str, which: str) -> Any:
        if self.is_integer:
            return int(getattr(np.iinfo(self.as_numpy_dtype), which))
        if self.is_floating:
            return getattr(np.finfo(self.as_numpy_dtype), which)
        raise TypeError(f"Cannot find {words} value of {self} with type {self}.")


float32 = DType("float32", 1, np.float32)
float64 = DType("float64", 2, np.float64)
int32 = DType("int32", 3, np.int32)
uint8 = DType("uint8", 4, np.uint8)
int16 = DType("int16", 5, np.int16)
int8 = DType("int8", 6, np.int8)
string = DType("string", 7, None)
complex64 = DType("complex64", 8, np.complex64)
int64 = DType("int64", 9, np.int64)
bool = DType("bool", 10, np.bool_)  # noqa: A001  # TensorFlow's name: `tf.bool`
uint16 = DType("uint16", 17, np.uint16)
complex128 = DType("complex128", 18, np.complex128)
float16 = DType("float16", 19, np.float16)
resource = DType("resource", 20, None)
variant = DType("variant", 21, None)
uint32 = DType("uint32", 22, np.uint32)
uint64 = DType("uint64", 23, np.uint64)
half = float16
double = float64

_ALL = (
    *(float16, float32, float64),
    *(int8, int16, int32, int64),
    *(uint8, uint16, uint32, uint64),
    *(bool, string, complex64, complex128, resource, variant),
)

_BY_NAME = {"half": float16, "float": float32, "double": float64} | {dtype.name: dtype for dtype in _ALL}
_BY_ENUM = {dtype.as_datatype_enum: dtype for dtype in _ALL}
_BY_SCALAR_TYPE: dict[type[Any], DType] = {
    # As TensorFlow: a Python int is of no one type.
    float: float32,
    builtins.bool: bool,
    **dict.fromkeys((np.object_, np.bytes_, np.str_, object, bytes, str), string),
    **{dtype.as_numpy_dtype: dtype for dtype in _ALL if dtype.as_numpy_dtype is not object},
}


def as_dtype(type_value: Any) -> DType:
    """The `DType` of a name, a number of TensorFlow's `DataType`, a NumPy type or dtype, or a Python type.

    NumPy's `object`, `S` and `U` types are strings; Python's `float` is float32, its `int` is of no one type.

    Raises:
      TypeError: nothing here is of this type.
    """
    if isinstance(type_value, DType):
        return type_value
    found = None
    if isinstance(type_value, np.dtype):
        found = _BY_SCALAR_TYPE.get(type_value.type) or _of_numpy_scalar_type(type_value.type)
    elif isinstance(type_value, str):
        found = _BY_NAME.get(type_value)
    elif isinstance(type_value, type):
        # NumPy has more than one name for some types, such as `np.longlong`.
        found = _BY_SCALAR_TYPE.get(type_value) or _of_numpy_scalar_type(type_value)
    elif isinstance(type_value, int):
        found = _BY_ENUM.get(type_value)
    if found is None:
        raise TypeError(
            f"Cannot convert the argument `type_value`: {type_value!r} to a TensorFlow DType. "
            f"Known are {', '.join(sorted(_BY_NAME))}, and the NumPy types of these names."
        )
    return found


def _of_numpy_scalar_type(scalar_type: type[Any]) -> DType | None:
    if not issubclass(scalar_type, np.number):
        return None
    same = np.dtype(scalar_type)
    return next((dtype for dtype in _ALL if dtype.numpy_dtype == same), None)
