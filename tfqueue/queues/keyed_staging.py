"""A staging area whose elements stand under integer keys, and may come and go component by component.

Invariants, true whenever the lock is free (besides those of `staging`):
  - a key is in `_incomplete` while components of it are missing; it becomes an element when all have come;
  - an element is inside until the last of its components is taken.

After TensorFlow's core/kernels/map_stage_op.cc, to messages.
"""

import heapq
import itertools
from collections.abc import Sequence
from typing import Any

from tfqueue.framework.errors import InvalidArgumentError

from .attempts import Attempt
from .disciplines import Discipline, Element
from .queue_core import notify_all
from .staging import Staged, StagingCore, byte_size

Components = dict[int, Any]
"""The components of an element that are there, by index."""


class ByKey(Discipline):
    """Elements are pairs of key and components. The least key first if `ordered`, else the oldest."""

    def __init__(self, ordered: bool) -> None:
        self.items: dict[int, Components] = {}
        self._ordered = ordered
        self._keys: list[int] = []  # a heap; of keys that are gone too, until they come up

    def push(self, element: Element) -> None:
        """Adds an element; one that has the key already stays as it is, as in TensorFlow."""
        key, components = element
        if key not in self.items:
            self.items[key] = components
            if self._ordered:
                heapq.heappush(self._keys, key)

    def pop(self) -> Element:
        """Takes the first element out, whole."""
        key = self.first()
        return key, self.items.pop(key)

    def put_back(self, element: Element) -> None:
        """Returns components that were taken."""
        key, components = element
        if key in self.items:
            self.items[key].update(components)
        else:
            self.push(element)

    def first(self) -> int:
        """The key of the element that leaves next; there must be one."""
        if not self._ordered:
            return next(iter(self.items))
        while self._keys[0] not in self.items:
            heapq.heappop(self._keys)
        return self._keys[0]


class KeyedStagingArea(StagingCore):
    """Elements under keys.

    Args:
      count: components that an element has.
      ordered: a get without a key takes the least key; else the oldest.
      capacity: whole elements it holds; incomplete ones come on top of it. 0 means without bound.
      memory_limit: bytes of all components inside, those of incomplete elements too. 0 means without bound.
    """

    def __init__(self, capacity: int, memory_limit: int, count: int, ordered: bool, **kwargs: Any) -> None:
        self._by_key = ByKey(ordered)
        super().__init__(capacity, memory_limit, self._by_key, kind="MapStagingArea", **kwargs)
        self.count = count
        self._incomplete: dict[int, Components] = {}

    def incomplete_size(self) -> int:
        """Keys of which components are missing."""
        return len(self._incomplete)

    def start_put(
        self, key: int, indices: Sequence[int], values: Sequence[Any], token: object = None
    ) -> Attempt | None:
        """Puts components in under a key; waits while there is no memory for them, or no room for a whole element.

        Errors: InvalidArgumentError for indices that are not strictly ordered, and for a component that is there
        already while others are missing; ResourceExhaustedError for more than the memory limit.
        """
        self._check_indices(key, indices)
        components, size = dict(zip(indices, values, strict=True)), byte_size(values)

        def put(attempt: Attempt, now: int) -> bool:
            if attempt.held:  # whole since it came, and now waits for room
                return self._put_whole_locked(attempt, attempt.held[0], now)
            if not self._has_memory_locked(size):
                return False
            if len(components) == self.count:
                if len(self._items) >= self._limit:
                    return False
                self._bytes += size
                return self._put_whole_locked(attempt, (key, components), now)
            self._put_part_locked(attempt, key, components, now)
            return True

        return self._start_put(values, token, put)

    def start_get(
        self, key: int | None, indices: Sequence[int], token: object = None, *, remove: bool = True
    ) -> Staged | Attempt:
        """Takes components of an element out, or with `remove=False` leaves them; waits while the key is not there.

        With None as key the next element's. Errors: InvalidArgumentError for a component that was taken before.
        """
        self._check_indices(key, indices)

        def get(attempt: Attempt, now: int) -> bool:
            if not (self._items if key is None else key in self._contents):
                return False
            found = self._by_key.first() if key is None else key
            error = self._taken_error(found, indices)
            if error is None:
                attempt.finish_locked(self._found_locked(attempt, found, indices, remove, now))
            else:
                attempt.finish_locked(error=error)
            return True

        return self._start_get(token, get)

    def put_back(self, elements: Sequence[Element]) -> None:
        """What a get took and nobody will ask for is under its key again."""
        taken = [staged for staged in elements if staged.removed]
        with self.lock:
            now, before = self._now(), len(self._items)
            for staged in taken:
                self._by_key.put_back((staged.key, dict(zip(staged.indices, staged.values, strict=True))))
                self._bytes += byte_size(staged.values)
            self._counters.returned += len(self._items) - before
            self._resized_locked(before, now)
            finished = self._flush_locked(now)
        notify_all(finished)

    def _check_indices(self, key: int | None, indices: Sequence[int]) -> None:
        if any(first >= second for first, second in itertools.pairwise(indices)):
            raise InvalidArgumentError(None, None, f"Indices are not strictly ordered: {list(indices)}")
        for index in indices:
            if not 0 <= index < self.count:
                raise InvalidArgumentError(
                    None, None, f"Index '{index}' for key '{key}' was out of bounds '{self.count}'."
                )

    def _put_part_locked(self, attempt: Attempt, key: int, components: Components, now: int) -> None:
        known = self._incomplete.setdefault(key, {})
        for index in components:
            if index in known:
                words = f"The tensor for index '{index}' for key '{key}' was already initialized '{self.count}'."
                attempt.finish_locked(error=InvalidArgumentError(None, None, words))
                return
        known.update(components)
        self._bytes += byte_size(components.values())
        if len(known) < self.count:
            attempt.finish_locked()
            return
        del self._incomplete[key]
        attempt.held = [(key, known)]
        self._put_whole_locked(attempt, attempt.held[0], now)

    def _put_whole_locked(self, attempt: Attempt, element: Element, now: int) -> bool:
        if len(self._items) >= self._limit:
            return False
        self._put_locked(attempt, element, now)
        if not attempt.position:  # the key was there: what has come is dropped
            self._bytes -= byte_size(element[1].values())
        attempt.held = []
        attempt.finish_locked()
        return True

    def _taken_error(self, key: int, indices: Sequence[int]) -> InvalidArgumentError | None:
        for index in indices:
            if index not in self._contents[key]:
                words = f"Tensor at index '{index}' for key '{key}' has already been removed."
                return InvalidArgumentError(None, None, words)
        return None

    def _found_locked(self, attempt: Attempt, key: int, indices: Sequence[int], remove: bool, now: int) -> Staged:
        components, before = self._contents[key], len(self._items)
        values = tuple(components[index] for index in indices)
        if remove:
            for index in indices:
                del components[index]
            self._bytes -= byte_size(values)
            if not components:
                del self._contents[key]
                self._took_locked(attempt, before, now)
        return Staged(key, values, tuple(indices), remove)

    def _empty_locked(self) -> None:
        super()._empty_locked()
        self._incomplete.clear()
