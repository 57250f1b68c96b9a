"""What a user feeds, made a value of the tensor it stands for, or refused by name.

Invariants:
  - an array of the right type and shape goes in as it is, unless its memory is to be the step's own;
  - no number is changed silently but by rounding to a float: 1.5 does not become 1, nor 300 a byte's 44. (TensorFlow
    refuses this for a single Python integer only, and cuts the rest.)
Messages are TensorFlow's (SEMANTICS 99, 100).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.graph.graph import Graph
from tfqueue.graph.operation import Tensor
from tfqueue.graph.sparse_tensor import SparseTensor

from .calls import Slots

Feed = Callable[[Slots, Any], None]

_ndarray = np.ndarray
_FRESH = (int, float, bool, complex, str, bytes, list, np.generic)
"""What NumPy always makes a new array from."""


def check_mapping(feed_dict: Any) -> None:
    """Raises TypeError for a feed_dict that is neither None nor a mapping."""
    if feed_dict is not None and not isinstance(feed_dict, Mapping):
        raise TypeError(f"feed_dict must be a dict of tensors to values, not {type(feed_dict).__name__}: {feed_dict!r}")


def feed_keys(graph: Graph, keys: Iterable[Any]) -> list[Tensor]:
    """The tensors that the keys of a feed_dict or the items of a feed_list are, nested tuples of them laid flat.

    Raises:
      TypeError: "Cannot interpret feed_dict key as Tensor: ...".
    """
    return [fed_tensor(graph, key) for item in keys for key in _flat(item)]


def fed_tensor(graph: Graph, key: Any) -> Tensor:
    """The tensor that a key of a feed_dict is, or names. TypeError when it is none of this graph."""
    try:
        tensor: Tensor = graph.as_graph_element(key, allow_operation=False)
    except (TypeError, ValueError, KeyError) as error:
        raise TypeError(f"Cannot interpret feed_dict key as Tensor: {error.args[0]}") from None
    return tensor


def feed_values(keys: Iterable[Any], values: Iterable[Any]) -> list[Any]:
    """The values of these keys, those of nested keys laid flat, in the order of `feed_keys`."""
    return [inner for key, value in zip(keys, values, strict=True) for inner in _values_for(key, value)]


def is_nested(keys: Iterable[Any]) -> bool:
    """Whether one of these keys stands for several tensors."""
    return any(isinstance(key, tuple | list | SparseTensor) for key in keys)


def _flat(key: Any) -> Iterable[Any]:
    if isinstance(key, SparseTensor):
        return key.parts
    if not isinstance(key, tuple | list):
        return (key,)
    return (inner for item in key for inner in _flat(item))


def _values_for(key: Any, value: Any) -> list[Any]:
    if isinstance(key, SparseTensor):
        if isinstance(value, SparseTensor):
            raise TypeError(
                f"The value of a feed cannot be a SparseTensor: {value} was passed to the feed with key {key}. "
                "Run it first, and feed what the session returns."
            )
        key = key.parts
    if not isinstance(key, tuple | list):
        return [value]
    if not isinstance(value, tuple | list) or len(value) != len(key):
        count = len(value) if isinstance(value, tuple | list) else 1
        raise ValueError(
            f"Could not flatten dictionary. Key had {len(key)} elements, but value had {count} elements. "
            f"Key: {key}, value: {value}."
        )
    return [inner for k, v in zip(key, value, strict=True) for inner in _values_for(k, v)]


def feed_into(slot: int, tensor: Tensor, own: bool = False) -> Feed:
    """A function that puts what is fed for `tensor` into its slot; with `own` never in the memory of the user.

    It raises TypeError for a value of another type, and ValueError for one of another shape.
    """
    if tensor.dtype == dtypes.resource:
        return _as_it_is(slot)
    make = _strings if tensor.dtype == dtypes.string else _numbers
    as_it_is = None if tensor.dtype == dtypes.string else tensor.dtype.numpy_dtype
    shape = tensor.shape
    known = tuple(shape.as_list()) if shape.is_fully_defined() else None

    def feed(slots: Slots, value: Any) -> None:
        # NumPy's own types have one dtype object each, so `is` finds nearly all that need no work.
        if value.__class__ is _ndarray and value.dtype is as_it_is:
            array = value.copy() if own else value
        else:
            array = make(value, tensor)
            if own and _may_share(array, value):
                array = array.copy()
        if array.shape != known and not shape.is_compatible_with(array.shape):
            raise ValueError(
                f"Cannot feed value of shape {array.shape} for Tensor '{tensor.name}', which has shape '{tensor.shape}'"
            )
        slots[slot] = array

    return feed


def feed_all(feeds: Sequence[Feed]) -> Callable[[Slots, Collection[Any]], None]:
    """A function that puts as many values into their slots."""
    if len(feeds) == 1:
        # A third of the time of the loop.
        only = feeds[0]

        def feed_one(slots: Slots, values: Collection[Any]) -> None:
            (value,) = values
            only(slots, value)

        return feed_one

    def feed_each(slots: Slots, values: Collection[Any]) -> None:
        for feed, value in zip(feeds, values, strict=True):
            feed(slots, value)

    return feed_each


def _as_it_is(slot: int) -> Feed:
    def feed(slots: Slots, value: Any) -> None:
        slots[slot] = value

    return feed


def _may_share(array: np.ndarray, value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return np.may_share_memory(array, value)
    return not isinstance(value, _FRESH)


def _numbers(value: Any, tensor: Tensor) -> np.ndarray:
    dtype = tensor.dtype.numpy_dtype
    if value.__class__ is float and dtype.kind == "f":
        return np.asarray(value, dtype)
    if value.__class__ is int:
        return _integer(value, tensor)
    array = _natural(value, tensor)
    if array.dtype == dtype:
        return array.astype(dtype, copy=False)  # of the machine's byte order
    if array.size == 0 and array.dtype.kind in "biuf":
        return array.astype(dtype)
    if array.dtype.kind not in "biufc":
        raise _incompatible(value, tensor)
    with np.errstate(invalid="ignore", over="ignore"):
        if array.dtype.kind == "c" and dtype.kind != "c":
            raise _incompatible(value, tensor)
        converted = array.astype(dtype)
        if dtype.kind in "iub" and not np.array_equal(converted, array):
            raise _incompatible(value, tensor)
    return converted


def _integer(value: int, tensor: Tensor) -> np.ndarray:
    try:
        array = np.asarray(value, tensor.dtype.numpy_dtype)
    except OverflowError:
        raise _incompatible(value, tensor) from None
    if array.item() != value:  # a large one that a float does not hold, or for a bool one above 1
        raise _incompatible(value, tensor)
    return array


def _natural(value: Any, tensor: Tensor) -> np.ndarray:
    """The array that NumPy makes of a value by itself."""
    if isinstance(value, Tensor):
        raise TypeError(
            "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, "
            f"lists and numpy ndarrays. For reference, the tensor object was {value} which was passed to the feed with "
            f"key {tensor}. Run it first, and feed what the session returns."
        )
    try:
        return np.asarray(value)
    except ValueError as error:  # lists of unequal length
        raise ValueError(f"Cannot feed {_short(value)} for Tensor '{tensor.name}': {error}") from error


def _incompatible(value: Any, tensor: Tensor) -> TypeError:
    return TypeError(
        f"Type of feed value {_short(value)} with type {type(value)} is not compatible with Tensor type "
        f"{tensor.dtype.as_numpy_dtype} of '{tensor.name}'. Try explicitly setting the type of the feed tensor to a "
        "larger type (e.g. int64), or convert the value."
    )


def _short(value: Any) -> str:
    words = str(value)
    return words if len(words) <= 80 else words[:77] + "..."


def _strings(value: Any, tensor: Tensor) -> np.ndarray:
    if isinstance(value, str | bytes):
        array = np.empty((), object)
        array[()] = value.encode() if isinstance(value, str) else value
        return array
    if isinstance(value, Tensor):
        return _natural(value, tensor)
    array = np.asarray(value, object)
    flat = array.ravel().tolist()
    if all(item.__class__ is bytes for item in flat):
        return array
    encoded = np.empty(len(flat), object)
    for place, item in enumerate(flat):
        if not isinstance(item, str | bytes):
            raise _incompatible(value, tensor)
        encoded[place] = item.encode() if isinstance(item, str) else item
    return encoded.reshape(array.shape)
