"""One dimension of a shape, as TensorFlow 1 gives it: `shape[0].value`.

Invariants:
  - the value is an int of 0 or more, or None when it is not known;
  - arithmetic with an unknown dimension is unknown; comparing with one is never true;
  - a known dimension serves wherever Python wants an integer (`range`, indexing, `np.zeros`).
"""

import operator
from collections.abc import Callable
from typing import Any


class Dimension:
    """The size of one dimension, or None when it is unknown.

    Raises:
      TypeError: the value is no integer.
      ValueError: the value is negative.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value: int | None = as_size(value)

    @property
    def value(self) -> int | None:
        """The size, or None."""
        return self._value

    def is_compatible_with(self, other: Any) -> bool:
        """Whether the two are equal or one of them is unknown."""
        size = as_size(other)
        return self._value is None or size is None or self._value == size

    def merge_with(self, other: Any) -> "Dimension":
        """The known one of the two.

        Raises:
          ValueError: both are known and differ.
        """
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {Dimension(other)} are not compatible")
        return Dimension(as_size(other) if self._value is None else self._value)

    def __index__(self) -> int:
        if self._value is None:
            raise TypeError(
                "An unknown dimension has no value: ask `value is None` first, or use tf.shape at run time."
            )
        return self._value

    def __int__(self) -> int:
        return self.__index__()

    def __eq__(self, other: object) -> bool:
        return self._compare(other, operator.eq)

    def __ne__(self, other: object) -> bool:
        return self._compare(other, operator.ne)

    def __lt__(self, other: Any) -> bool:
        return self._compare(other, operator.lt)

    def __le__(self, other: Any) -> bool:
        return self._compare(other, operator.le)

    def __gt__(self, other: Any) -> bool:
        return self._compare(other, operator.gt)

    def __ge__(self, other: Any) -> bool:
        return self._compare(other, operator.ge)

    def __hash__(self) -> int:
        return hash(self._value)

    def __add__(self, other: Any) -> "Dimension":
        return self._combine(self, other, operator.add)

    def __sub__(self, other: Any) -> "Dimension":
        return self._combine(self, other, operator.sub)

    def __mul__(self, other: Any) -> "Dimension":
        return self._combine(self, other, operator.mul)

    def __floordiv__(self, other: Any) -> "Dimension":
        return self._combine(self, other, operator.floordiv)

    def __mod__(self, other: Any) -> "Dimension":
        return self._combine(self, other, operator.mod)

    def __radd__(self, other: Any) -> "Dimension":
        return self._combine(other, self, operator.add)

    def __rsub__(self, other: Any) -> "Dimension":
        return self._combine(other, self, operator.sub)

    def __rmul__(self, other: Any) -> "Dimension":
        return self._combine(other, self, operator.mul)

    def __rfloordiv__(self, other: Any) -> "Dimension":
        return self._combine(other, self, operator.floordiv)

    def __rmod__(self, other: Any) -> "Dimension":
        return self._combine(other, self, operator.mod)

    def __repr__(self) -> str:
        return f"Dimension({self._value})"

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def _compare(self, other: object, compare: Callable[[int, int], bool]) -> bool:
        try:
            size = as_size(other)
        except (TypeError, ValueError):
            return NotImplemented  # type: ignore[no-any-return]
        return self._value is not None and size is not None and compare(self._value, size)

    @staticmethod
    def _combine(left: Any, right: Any, combine: Callable[[int, int], int]) -> "Dimension":
        try:
            a, b = as_size(left), as_size(right)
        except TypeError:
            return NotImplemented  # type: ignore[no-any-return]
        return Dimension(None if a is None or b is None else combine(a, b))


def as_size(value: Any) -> int | None:
    """A size as a plain int, or None: the one reading of what a user gives for a dimension.

    Raises:
      TypeError: the value is no integer.
      ValueError: the value is negative.
    """
    if value is None:
        return None
    if isinstance(value, Dimension):
        return value.value
    try:
        size = operator.index(value)
    except TypeError:
        raise TypeError(
            "Dimension value must be integer or None or have an __index__ method, "
            f"got value '{value!r}' with type '{type(value)!r}'"
        ) from None
    if size < 0:
        raise ValueError(f"Dimension {size} must be >= 0")
    return size
