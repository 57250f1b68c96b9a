"""Any nest of fetches to a flat list of tensors and ops, and the values back into the same nest.

Invariants:
  - the values come back in kind: list for list, dict for dict, named tuple and attrs class for their like;
  - each tensor and op stands in the flat list once, however often it is fetched;
  - two nests have the same key only if they are of the same kinds, with the same things in the same places.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import Any

from tfqueue.graph.graph import Graph
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.graph.sparse_tensor import SparseTensor, SparseTensorValue

from .calls import Slots

Element = Tensor | Operation
Collect = Callable[[Slots], Any]
"""Takes the value of a fetch, or of a nest of them, out of the slots of a step."""

LIST, TUPLE, DICT = object(), object(), object()
"""First in the keys of lists, tuples and dicts, whose items follow: no other object can be equal to such a key."""


class Fetches:
    """The distinct elements of a nest, in the order met, and how their values are put together."""

    __slots__ = ("_graph", "_nest", "elements")

    def __init__(self, graph: Graph, fetches: Any) -> None:
        """Raises TypeError for what cannot be fetched, None above all, and ValueError for what is not in `graph`."""
        self._graph = graph
        self._nest = fetches
        self.elements: tuple[Element, ...] = tuple(dict.fromkeys(self._flat(fetches)))

    def collector(self, door: Callable[[Element], Collect]) -> Collect:
        """What takes the values of the whole nest out of the slots; `door` gives that of a single element."""
        return self._collector(self._nest, door)

    def _flat(self, fetches: Any) -> Iterable[Element]:
        parts = parts_of(fetches)
        if parts is None:
            yield self._element(fetches)
        else:
            for item in parts[1]:
                yield from self._flat(item)

    def _collector(self, fetches: Any, door: Callable[[Element], Collect]) -> Collect:
        parts = parts_of(fetches)
        if parts is None:
            return door(self._element(fetches))
        put_together, items = parts
        inner = [self._collector(item, door) for item in items]
        if put_together is list:
            return lambda slots: [collect(slots) for collect in inner]
        return lambda slots: put_together([collect(slots) for collect in inner])

    def _element(self, fetch: Any) -> Element:
        try:
            element: Element = self._graph.as_graph_element(fetch)
        except TypeError as error:
            raise TypeError(
                f"Fetch argument {fetch!r} has invalid type {type(fetch).__name__!r}, "
                f"must be a string or Tensor. ({error})"
            ) from None
        except (ValueError, KeyError) as error:
            # A KeyError prints its message in quotes; the words alone say it better.
            raise ValueError(f"Fetch argument {fetch} cannot be interpreted as a Tensor. ({error.args[0]})") from None
        return element


def parts_of(fetches: Any) -> tuple[Callable[[list[Any]], Any], Iterable[Any]] | None:
    """How a container is put together from its items' values, and the items; None for a single fetch.

    Raises TypeError for None.
    """
    if fetches is None:
        raise TypeError("Fetch argument None has invalid type 'NoneType'. Cannot be None.")
    kind = type(fetches)
    if isinstance(fetches, list):
        return list, fetches
    if isinstance(fetches, tuple):
        return (lambda values: kind(*values)) if hasattr(fetches, "_fields") else kind, fetches
    if isinstance(fetches, Mapping):
        make: Callable[[Any], Any] = (
            partial(defaultdict, fetches.default_factory) if isinstance(fetches, defaultdict) else kind
        )
        keys = list(fetches)
        return lambda values: make(zip(keys, values, strict=True)), fetches.values()
    if isinstance(fetches, SparseTensor):
        return lambda values: SparseTensorValue(*values), fetches.parts
    attributes = getattr(kind, "__attrs_attrs__", None)
    if attributes is not None:
        return lambda values: kind(*values), [getattr(fetches, attribute.name) for attribute in attributes]
    return None


def fetch_key(fetches: Any) -> Hashable:
    """What tells this nest from every other: flat lists and tuples give `(LIST, *items)` and `(TUPLE, *items)`."""
    kind = fetches.__class__
    if kind is list:
        return LIST, *map(fetch_key, fetches)
    if kind is tuple:
        return TUPLE, *map(fetch_key, fetches)
    if kind is dict:
        return DICT, *fetches, *map(fetch_key, fetches.values())
    if kind in _SINGLE:
        key: Hashable = fetches
        return key
    parts = parts_of(fetches)
    if parts is None:
        return fetches  # type: ignore[no-any-return] # what has no hash is no fetch either
    keys = tuple(fetches) if isinstance(fetches, Mapping) else ()
    return kind, getattr(fetches, "default_factory", None), keys, *map(fetch_key, parts[1])


_SINGLE = frozenset({Tensor, Operation, str, bytes})
"""The classes of nearly all fetches that are no nests."""
