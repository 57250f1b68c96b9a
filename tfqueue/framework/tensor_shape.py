"""Static shapes of tensors: what is known of a shape before a step runs.

Invariants:
  - a shape never changes; merging gives a new one;
  - rank and dimensions are known or not, each for itself: `TensorShape(None)` has no rank, `TensorShape([None, 3])` has
    two dimensions, the first of them unknown;
  - a shape is equal to a list or tuple of the same dimensions, from either side.

As in TensorFlow 1, indexing gives a `Dimension` and `as_list` plain numbers.
"""

import operator
from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import Any, SupportsIndex, Union, overload

from .dimension import Dimension, as_size

ShapeLike = Union["TensorShape", Sequence[Any], SupportsIndex, None]
"""What `as_shape` takes: a shape, a list or tuple of sizes (int, None or `Dimension`), one size, or None."""


class TensorShape:
    """A shape, perhaps only partly known.

    Args:
      dims: None when the rank is unknown; a shape; an iterable of sizes, None for an unknown one; or one size, for a
        vector.

    Raises:
      TypeError: a size is no integer.
      ValueError: a size is negative.
    """

    __slots__ = ("_sizes",)

    def __init__(self, dims: Any) -> None:
        self._sizes: tuple[int | None, ...] | None = _sizes_of(dims)

    @property
    def ndims(self) -> int | None:
        """The number of dimensions, or None."""
        return None if self._sizes is None else len(self._sizes)

    @property
    def rank(self) -> int | None:
        """The number of dimensions, or None."""
        return self.ndims

    @property
    def dims(self) -> list[Dimension] | None:
        """The dimensions as TensorFlow 1's objects, or None when the rank is unknown."""
        return None if self._sizes is None else [Dimension(size) for size in self._sizes]

    def as_list(self) -> list[int | None]:
        """The sizes, None for those unknown.

        Raises:
          ValueError: the rank is unknown.
        """
        if self._sizes is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._sizes)

    def num_elements(self) -> int | None:
        """The number of elements, or None when it is not known."""
        if self._sizes is None:
            return None
        known = [size for size in self._sizes if size is not None]
        return prod(known) if len(known) == len(self._sizes) else None

    def is_fully_defined(self) -> bool:
        """Whether the rank and every size are known."""
        return self._sizes is not None and None not in self._sizes

    def is_compatible_with(self, other: ShapeLike) -> bool:
        """Whether some full shape fits both: the ranks and the known sizes agree."""
        theirs = as_shape(other)._sizes
        if self._sizes is None or theirs is None:
            return True
        return len(self._sizes) == len(theirs) and all(
            a is None or b is None or a == b for a, b in zip(self._sizes, theirs, strict=True)
        )

    def merge_with(self, other: ShapeLike) -> "TensorShape":
        """The shape that knows what either knows.

        Raises:
          ValueError: the two are not compatible.
        """
        theirs = as_shape(other)
        if not self.is_compatible_with(theirs):
            raise ValueError(f"Shapes {self} and {theirs} are not compatible")
        if self._sizes is None or theirs._sizes is None:
            return theirs if self._sizes is None else self
        return _of(tuple(b if a is None else a for a, b in zip(self._sizes, theirs._sizes, strict=True)))

    def most_specific_compatible_shape(self, other: ShapeLike) -> "TensorShape":
        """The shape that knows only what both know and agree on."""
        theirs = as_shape(other)._sizes
        if self._sizes is None or theirs is None or len(self._sizes) != len(theirs):
            return _UNKNOWN
        return _of(tuple(a if a == b else None for a, b in zip(self._sizes, theirs, strict=True)))

    def concatenate(self, other: ShapeLike) -> "TensorShape":
        """This shape's dimensions followed by the other's; unknown when either rank is."""
        theirs = as_shape(other)._sizes
        return _UNKNOWN if self._sizes is None or theirs is None else _of(self._sizes + theirs)

    def with_rank(self, rank: int) -> "TensorShape":
        """This shape, known to have this rank.

        Raises:
          ValueError: it has another one.
        """
        if self._sizes is None:
            return unknown_shape(rank)
        self.assert_has_rank(rank)
        return self

    def with_rank_at_least(self, rank: int) -> "TensorShape":
        """This shape.

        Raises:
          ValueError: it has fewer dimensions.
        """
        if self._sizes is not None and len(self._sizes) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> "TensorShape":
        """This shape.

        Raises:
          ValueError: it has more dimensions.
        """
        if self._sizes is not None and len(self._sizes) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def assert_has_rank(self, rank: int) -> None:
        """Raises ValueError unless this shape may have this rank."""
        if self.ndims not in {None, rank}:
            raise ValueError(f"Shape {self} must have rank {rank}")

    def assert_same_rank(self, other: ShapeLike) -> None:
        """Raises ValueError when both ranks are known and differ."""
        theirs = as_shape(other)
        if self.ndims is not None and theirs.ndims is not None and self.ndims != theirs.ndims:
            raise ValueError(f"Shapes {self} and {theirs} must have the same rank")

    def assert_is_compatible_with(self, other: ShapeLike) -> None:
        """Raises ValueError unless some full shape fits both."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {as_shape(other)} are incompatible")

    def assert_is_fully_defined(self) -> None:
        """Raises ValueError unless the rank and every size are known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TensorShape):
            return self._sizes == other._sizes
        try:
            return self._sizes == _sizes_of(other)
        except (TypeError, ValueError):
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self._sizes)

    def __bool__(self) -> bool:
        # TensorFlow 1: whether the rank is known.
        return self._sizes is not None

    def __len__(self) -> int:
        if self._sizes is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._sizes)

    def __iter__(self) -> Iterator[Dimension]:
        if self._sizes is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter([Dimension(size) for size in self._sizes])

    @overload
    def __getitem__(self, key: SupportsIndex) -> Dimension: ...
    @overload
    def __getitem__(self, key: slice) -> "TensorShape": ...
    def __getitem__(self, key: SupportsIndex | slice) -> "Dimension | TensorShape":
        if self._sizes is not None:
            return _of(self._sizes[key]) if isinstance(key, slice) else Dimension(self._sizes[key])
        return _slice_of_unknown(key) if isinstance(key, slice) else Dimension(None)

    def __add__(self, other: ShapeLike) -> "TensorShape":
        return self.concatenate(other)

    def __radd__(self, other: ShapeLike) -> "TensorShape":
        return as_shape(other).concatenate(self)

    def __repr__(self) -> str:
        return f"TensorShape({None if self._sizes is None else list(self._sizes)})"

    def __str__(self) -> str:
        """As TensorFlow 1 prints it: (3, ?), (3,), (), or <unknown>."""
        if self._sizes is None:
            return "<unknown>"
        sizes = ["?" if size is None else str(size) for size in self._sizes]
        return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"

    def __reduce__(self) -> tuple[type["TensorShape"], tuple[Any]]:
        return TensorShape, (self._sizes,)


def as_shape(shape: ShapeLike | Iterable[Any]) -> TensorShape:
    """The shape itself, or one made from a list or tuple of sizes, one size, or None."""
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


def unknown_shape(rank: int | None = None) -> TensorShape:
    """A shape of which nothing is known, or only the rank."""
    return _UNKNOWN if rank is None else _of((None,) * rank)


def scalar() -> TensorShape:
    """The shape of a single element."""
    return _SCALAR


def vector(length: int | None) -> TensorShape:
    """The shape of a list of so many elements."""
    return _of((length,))


def matrix(rows: int | None, columns: int | None) -> TensorShape:
    """The shape of a table."""
    return _of((rows, columns))


def brackets(shape: ShapeLike) -> str:
    """As TensorFlow's run-time messages print a shape: [2,?,3] without blanks, or <unknown> (SEMANTICS 33, 37)."""
    sizes = as_shape(shape)._sizes
    if sizes is None:
        return "<unknown>"
    return "[" + ",".join("?" if size is None else str(size) for size in sizes) + "]"


def _sizes_of(dims: Any) -> tuple[int | None, ...] | None:
    if dims is None:
        return None
    if isinstance(dims, TensorShape):
        return dims._sizes
    if isinstance(dims, str | bytes):
        raise _no_shape(dims)
    if isinstance(dims, Dimension) or hasattr(dims, "__index__"):
        return (as_size(dims),) if not _is_array(dims) else tuple(as_size(size) for size in dims)
    try:
        sizes = iter(dims)
    except TypeError:
        raise _no_shape(dims) from None
    return tuple([as_size(size) for size in sizes])


def _no_shape(dims: Any) -> TypeError:
    return TypeError(f"{dims!r} is no shape: a shape is a size, or a list of sizes such as [1, 10, None].")


def _is_array(dims: Any) -> bool:
    # A NumPy array has `__index__`, which serves only those of one element.
    return getattr(dims, "ndim", 0) > 0


def _of(sizes: tuple[int | None, ...]) -> TensorShape:
    """A shape from sizes that are known to be good."""
    shape = TensorShape.__new__(TensorShape)
    shape._sizes = sizes
    return shape


def _slice_of_unknown(key: slice) -> TensorShape:
    """What a slice of an unknown shape is known to be: of some length when both ends are given."""
    start = 0 if key.start is None else operator.index(key.start)
    if key.step is not None or key.stop is None or start < 0 or operator.index(key.stop) < 0:
        return _UNKNOWN
    return unknown_shape(max(0, operator.index(key.stop) - start))


_UNKNOWN = TensorShape(None)
_SCALAR = _of(())
