"""Staging areas: elements kept from step to step, here in the order they came, in `keyed_staging` each under a key.

Invariants, true whenever the lock is free (besides those of `queue_core`):
  - the components inside, of incomplete elements too, have `_bytes` bytes together;
  - an operation waits only if it cannot be served: operations do not take turns, each is asked again after each change.

After TensorFlow's core/kernels/stage_op.cc and map_stage_op.cc, to messages. Waiting, counting and telemetry are the
queues'. A peek counts as a dequeue of no elements; whatever `clear` drops counts as cancelled.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfqueue.framework.errors import InvalidArgumentError, ResourceExhaustedError
from tfqueue.telemetry.stages import thread_state

from .attempts import Attempt, AttemptList
from .disciplines import FIFO, Discipline, Element
from .queue_core import QueueCore, notify_all


@dataclass(frozen=True, slots=True)
class Staged:
    """What a get or a peek found."""

    key: int
    values: tuple[Any, ...]
    indices: tuple[int, ...]
    removed: bool
    """By a get; a peek leaves it where it is."""


class StagingCore(QueueCore):
    """What both kinds of areas have in common.

    Args:
      capacity: elements it holds; 0 means without bound.
      memory_limit: bytes of all components inside; 0 means without bound.
      discipline, name, kind, and the others: as for `BlockingQueue`.
    """

    in_turn = False

    def __init__(self, capacity: int, memory_limit: int, discipline: Discipline, **kwargs: Any) -> None:
        super().__init__(capacity or -1, discipline, **kwargs)
        self.memory_limit = memory_limit
        self._bytes = 0
        self._contents: Any = discipline.items

    def clear(self) -> None:
        """Drops all that is inside; puts that wait for room go on."""
        with self.lock:
            now, before = self._now(), len(self._items)
            self._empty_locked()
            self._bytes = sum(attempt_bytes(attempt) for attempt in self._enqueues)
            self._counters.cancelled += before
            self._resized_locked(before, now)
            finished = self._flush_locked(now)
        notify_all(finished)

    def _empty_locked(self) -> None:
        self._contents.clear()

    def _start_put(self, values: Sequence[Any], token: object, put: Callable[[Attempt, int], bool]) -> Attempt | None:
        size = byte_size(values)
        if 0 < self.memory_limit < size:
            words = (
                f"Attempted to insert tensors with combined size of '{size}' bytes into Staging Area with a memory "
                f"limit of '{self.memory_limit}'."
            )
            raise ResourceExhaustedError(None, None, f"{words} ({self.describe()})")
        return self._begin(Attempt(self, "enqueue", put, token))

    def _start_get(self, token: object, get: Callable[[Attempt, int], bool]) -> Staged | Attempt:
        worker = thread_state.worker
        if worker is None or worker.drawing is not self._key:
            self._drawn_by(worker)
        attempt = Attempt(self, "dequeue", get, token)
        result: Staged | Attempt = self._begin(attempt) or attempt.result()
        return result

    def _run_heads_locked(self, side: AttemptList, now: int, finished: list[Attempt]) -> bool:
        """Asks all that wait, in the order they came."""
        moved = False
        for attempt in side:
            if attempt.advance(attempt, now):
                moved = True
            if attempt.done():
                side.remove(attempt, now)
                finished.append(attempt)
        return moved

    def _has_memory_locked(self, size: int) -> bool:
        return self.memory_limit == 0 or self._bytes + size <= self.memory_limit

    def _drop_held_locked(self, attempt: Attempt) -> None:
        # It never was an element: only its memory was counted.
        self._bytes -= attempt_bytes(attempt)

    def _put_locked(self, attempt: Attempt, element: Element, now: int) -> None:
        before = len(self._items)
        self._push(element)
        entered = len(self._items) - before
        attempt.position += entered
        counters = self._counters
        counters.enqueued += entered
        counters.enqueued_slowly += entered
        counters.last_enqueue = now
        self._resized_locked(before, now)

    def _took_locked(self, attempt: Attempt, before: int, now: int) -> None:
        attempt.taken = before - len(self._items)
        counters = self._counters
        counters.dequeued += attempt.taken
        counters.dequeued_slowly += attempt.taken
        counters.last_dequeue = now
        self._resized_locked(before, now)


class BlockingStagingArea(StagingCore):
    """Elements leave in the order they came. See `StagingCore` for the arguments."""

    def __init__(self, capacity: int, memory_limit: int, **kwargs: Any) -> None:
        super().__init__(capacity, memory_limit, FIFO(), kind="StagingArea", **kwargs)

    def start_put(self, element: tuple[Any, ...], token: object = None) -> Attempt | None:
        """Puts an element in; waits while the area is full.

        Errors: ResourceExhaustedError for an element larger than the memory limit.
        """
        size = byte_size(element)

        def put(attempt: Attempt, now: int) -> bool:
            if len(self._items) >= self._limit or not self._has_memory_locked(size):
                return False
            self._bytes += size
            self._put_locked(attempt, element, now)
            attempt.finish_locked()
            return True

        return self._start_put(element, token, put)

    def start_get(self, token: object = None) -> Staged | Attempt:
        """Takes the oldest element out; waits while there is none."""

        def get(attempt: Attempt, now: int) -> bool:
            before = len(self._items)
            if not before:
                return False
            element = self._pop()
            self._bytes -= byte_size(element)
            self._took_locked(attempt, before, now)
            attempt.finish_locked(Staged(0, element, (), removed=True))
            return True

        return self._start_get(token, get)

    def start_peek(self, index: int, token: object = None) -> Staged | Attempt:
        """The element with `index` others before it, left where it is; waits while there are not as many.

        Errors: InvalidArgumentError for a negative index.
        """
        if index < 0:
            raise InvalidArgumentError(None, None, f"{self.describe()}: index {index} of a peek must be >= 0")

        def peek(attempt: Attempt, now: int) -> bool:
            if len(self._items) <= index:
                return False
            attempt.finish_locked(Staged(0, self._contents[index], (), removed=False))
            return True

        return self._start_get(token, peek)

    def put_back(self, elements: Sequence[Element]) -> None:
        """What a get took and nobody will ask for is the next again."""
        taken = [staged.values for staged in elements if staged.removed]
        with self.lock:
            self._bytes += sum(byte_size(values) for values in taken)
        super().put_back(taken)


def attempt_bytes(attempt: Attempt) -> int:
    """Bytes of the components that a put holds which waits for room only."""
    return sum(byte_size(components.values()) for _, components in attempt.held)


def byte_size(values: Iterable[Any]) -> int:
    """Bytes of components together; of strings, their contents."""
    return sum(_bytes_of(value) for value in values)


def _bytes_of(value: Any) -> int:
    array = np.asarray(value)
    return sum(len(text) for text in array.flat) if array.dtype == object else array.nbytes
