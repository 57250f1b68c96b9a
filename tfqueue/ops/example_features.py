"""What a feature of an `Example` is to become, and how its values do: dense, padded, or sparse.

Invariant: an error names the feature, and the example where there are several. Messages are TensorFlow's (2.21, asked).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType
from tfqueue.framework.errors import InvalidArgumentError

FEATURE_TYPES = frozenset({dtypes.float32, dtypes.int64, dtypes.string})
"""What the lists of a feature hold."""

KINDS = {"bytes_list": dtypes.string, "float_list": dtypes.float32, "int64_list": dtypes.int64}
"""Which field of a `Feature` holds what."""

SAID = {dtypes.string: "string", dtypes.float32: "float", dtypes.int64: "int64"}
"""What messages call a type."""


class FixedLenFeature(NamedTuple):
    """A feature with as many values in every example: a tensor of `shape`."""

    shape: Any
    """Of one example, all sizes known."""
    dtype: Any
    """float32, int64 or string."""
    default_value: Any = None
    """For examples without the feature; None: they are an error."""


class VarLenFeature(NamedTuple):
    """A feature with any number of values: a SparseTensor."""

    dtype: Any
    """float32, int64 or string."""


class FixedLenSequenceFeature(NamedTuple):
    """A feature with any number of pieces of `shape`: a tensor [most pieces, *shape], filled up."""

    shape: Any
    """Of one piece, all sizes known."""
    dtype: Any
    """float32, int64 or string."""
    allow_missing: bool = False
    """Must be True."""
    default_value: Any = None
    """What fills up; None: 0 or ""."""


class SparseFeature(NamedTuple):
    """Two features, places and values, that make one SparseTensor."""

    index_key: Any
    """Name of the feature with the places of the values, or a list of names: one for each dimension."""
    value_key: str
    """Name of the feature with the values."""
    dtype: Any
    """Of the values."""
    size: Any
    """Of the dimension, or a list of sizes."""
    already_sorted: bool = False
    """Whether the places ascend as they stand."""


@dataclass(frozen=True, slots=True)
class Column:
    """One feature of all examples of a run: the kernel's part of a `...Feature`."""

    key: str
    """The feature's name."""
    dtype: DType
    """Of its values."""
    shape: tuple[int, ...] | None
    """Of the values of one example, or of one piece; None: sparse."""
    pieces: bool
    """Any number of pieces, filled up to the most."""
    default: int | None
    """Which of the defaults is its own."""


Rows = list[np.ndarray | None]
"""The values of one feature in each example; None where it has none."""


def array_of(values: Any, dtype: DType) -> np.ndarray:
    """The values of a list in a message, strings as objects."""
    array = np.empty(len(values), dtype.numpy_dtype)
    array[:] = values
    return array


class Batch:
    """The features of each example of one run, by name.

    `names` tell the examples apart in messages; `single`: there is one example, and no batch dimension.
    """

    def __init__(self, features: Sequence[Any], names: Sequence[bytes], single: bool) -> None:
        self._features = features
        self._names = names
        self._single = single

    def outputs(self, column: Column, defaults: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """The column's values: one array, or for a sparse one indices, values and dense shape."""
        rows = [self._values(column, place) for place in range(len(self._features))]
        default = None if column.default is None else defaults[column.default]
        if column.shape is None:
            return self._sparse(column, rows)
        whole = self._padded(column, rows, default) if column.pieces else self._dense(column, rows, default)
        return (whole[0] if self._single else whole,)

    def _values(self, column: Column, place: int) -> np.ndarray | None:
        features = self._features[place]
        # Looked up first: a protobuf map makes what it is asked for.
        if column.key not in features:
            return None
        feature = features[column.key]
        kind = feature.WhichOneof("kind")
        if kind is None:
            return None
        if KINDS[kind] != column.dtype:
            raise self._mismatch(column, place, SAID[KINDS[kind]])
        return array_of(getattr(feature, kind).value, column.dtype)

    def _dense(self, column: Column, rows: Rows, default: np.ndarray | None) -> np.ndarray:
        shape = column.shape or ()
        whole = np.empty((len(rows), *shape), column.dtype.numpy_dtype)
        flat = whole.reshape(len(rows), math.prod(shape))
        for place, values in enumerate(rows):
            if values is None:
                if default is None:
                    raise self._missing(column, place)
                flat[place] = default.ravel()
            elif len(values) != flat.shape[1]:
                words = f"Values size: {len(values)} but output shape: [{','.join(map(str, shape))}]"
                raise self._miscounted(column, place, f"!= expected.  {words}")
            else:
                flat[place] = values
        return whole

    def _padded(self, column: Column, rows: Rows, default: np.ndarray | None) -> np.ndarray:
        shape = column.shape or ()
        size = math.prod(shape)
        for place, values in enumerate(rows):
            if values is not None and len(values) % max(size, 1):
                words = f"Saw {len(values)} values but output shape is: [?,{','.join(map(str, shape))}]"
                raise self._miscounted(column, place, f"is not a multiple of stride length. {words}")
        most = max((len(values) for values in rows if values is not None), default=0)
        whole = np.empty((len(rows), most), column.dtype.numpy_dtype)
        whole[...] = (b"" if column.dtype == dtypes.string else 0) if default is None else default
        for place, values in enumerate(rows):
            if values is not None:
                whole[place, : len(values)] = values
        return whole.reshape((len(rows), most // max(size, 1), *shape))

    def _sparse(self, column: Column, rows: Rows) -> tuple[np.ndarray, ...]:
        present = [np.empty(0, column.dtype.numpy_dtype) if values is None else values for values in rows]
        lengths = [len(values) for values in present]
        values = np.concatenate(present) if present else np.empty(0, column.dtype.numpy_dtype)
        places = np.concatenate([np.arange(length) for length in lengths]) if lengths else np.empty(0)
        if self._single:
            return places.astype(np.int64)[:, None], values, np.array(lengths, np.int64)
        row = np.repeat(np.arange(len(rows)), lengths)
        indices = np.stack([row, places], axis=1).astype(np.int64)
        return indices, values, np.array([len(rows), max(lengths, default=0)], np.int64)

    # What is wrong

    def _mismatch(self, column: Column, place: int, found: str) -> InvalidArgumentError:
        wanted = SAID[column.dtype]
        types = f"Data type: {found} but expected type: {wanted}"
        if column.shape is None:
            types = f"Expected type: {wanted}, Actual type: {found}"
        return self._wrong(column, place, f"Data types don't match. {types}")

    def _miscounted(self, column: Column, place: int, words: str) -> InvalidArgumentError:
        count = f"Number of {SAID[column.dtype]} values {words}"
        return self._wrong(column, place, f"Can't parse serialized Example: {count}" if self._single else count)

    def _wrong(self, column: Column, place: int, words: str) -> InvalidArgumentError:
        if self._single:
            return _invalid(f"{self._name(place)}Key: {column.key}.  {words}")
        return _invalid(f"Name: {self._name(place)}, Key: {column.key}, Index: {place}.  {words}")

    def _missing(self, column: Column, place: int) -> InvalidArgumentError:
        words = f"Feature: {column.key} (data type: {SAID[column.dtype]}) is required but could not be found."
        hint = "A default_value stands for it where it is missing."
        if self._single:
            return _invalid(f"{self._name(place)}{words} {hint}")
        return _invalid(f"Name: {self._name(place)}, {words} (Index: {place}.) {hint}")

    def _name(self, place: int) -> str:
        if not self._names:
            return "" if self._single else "<unknown>"
        name = self._names[place].decode(errors="replace")
        return f"Name: {name}, " if self._single else name


def _invalid(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, message)
