"""A barrier: elements under string keys whose components arrive apart; those that are whole can be taken.

Invariants, true whenever the lock is free (besides those of `queue_core`):
  - a key is in `_incomplete` while components of it are missing; it becomes an element, which can be taken, when all
    have come, and then the same key may begin anew;
  - whole elements leave in the order in which the first component of each arrived;
  - a take waits only while its count can still be reached.

After TensorFlow's core/kernels/barrier_ops.cc, to messages; but an insert that is refused changes nothing, and a take
of what there is does not outwait a close.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tfqueue.framework.errors import CancelledError, InvalidArgumentError, OutOfRangeError

from .attempts import Attempt
from .disciplines import Element, Priority
from .queue_core import QueueCore, notify_all

FIRST_INDEX = -(2**63)


@dataclass(slots=True)
class _Incomplete:
    """What has come for a key. Guarded by the barrier's lock."""

    index: int
    components: dict[int, Any] = field(default_factory=dict)


class BlockingBarrier(QueueCore):
    """Elements are (index, key, components): the index tells which insert brought the first component.

    Args:
      count: components of an element.
      name, resource_name, scope: as for `BlockingQueue`.
    """

    def __init__(self, count: int, **kwargs: Any) -> None:
        super().__init__(-1, Priority(), kind="Barrier", **kwargs)
        self.count = count
        self._incomplete: dict[bytes, _Incomplete] = {}
        self._next_index = FIRST_INDEX
        self._called_off = False

    def incomplete_size(self) -> int:
        """Keys of which components are missing."""
        return len(self._incomplete)

    def insert_many(self, component: int, keys: Sequence[bytes], values: Sequence[Any]) -> None:
        """Adds one component for each key. Never waits.

        Errors, each before anything is changed: InvalidArgumentError for a component that is there already, or that no
        element has; CancelledError for a new key after a close, for any after one that calls off.
        """
        if not 0 <= component < self.count:
            words = f"The component ID is out of range {component} > num_components (= {self.count})"
            raise InvalidArgumentError(None, None, f"{words} of {self.describe()}")
        with self.lock:
            self._check_insert_locked(component, keys)
            now, before, index = self._now(), len(self._items), self._next_index
            for key, value in zip(keys, values, strict=True):
                if key not in self._incomplete:
                    self._incomplete[key] = _Incomplete(index)
                    self._next_index = index + 1
                known = self._incomplete[key]
                known.components[component] = value
                if len(known.components) == self.count:
                    del self._incomplete[key]
                    self._push((known.index, key, tuple(known.components[each] for each in range(self.count))))
            whole = len(self._items) - before
            self._counters.enqueued += whole
            self._counters.last_enqueue = now
            self._resized_locked(before, now)
            finished = self._flush_locked(now)
        notify_all(finished)

    def start_take_many(
        self, count: int, token: object = None, *, small_allowed: bool = False
    ) -> list[Element] | Attempt:
        """The first `count` whole elements; waits for them. A closed barrier may give fewer, one at least, where
        `small_allowed`.

        Errors: OutOfRangeError when the barrier is closed and can no longer have as many.
        """
        return self._start_batch(count, token, small_allowed=small_allowed)

    def close(self, cancel_pending_enqueues: bool = False) -> None:
        """Takes no new keys; or, with `cancel_pending_enqueues`, no components either, and drops incomplete elements.

        Errors: CancelledError on a second close without `cancel_pending_enqueues`.
        """
        with self.lock:
            if self._closed and not cancel_pending_enqueues:
                raise CancelledError(None, None, f"Barrier '{self.resource_name}' is already closed.")
            self._close_locked()
            if cancel_pending_enqueues:
                self._called_off = True
                self._incomplete.clear()
            finished = self._flush_locked(self._now())
        notify_all(finished)

    def _check_insert_locked(self, component: int, keys: Sequence[bytes]) -> None:
        seen: set[bytes] = set()
        for position, key in enumerate(keys):
            known = self._incomplete.get(key)
            state = (
                f"Pending enqueues cancelled: {int(self._called_off)}.  Insertion index: {position}.  "
                f"Number of incomplete keys: {len(self._incomplete)}."
            )
            if self._called_off:
                raise CancelledError(None, None, f"Barrier {self.resource_name} is closed.  {state}")
            if self._closed and known is None:
                text = key.decode(errors="replace")
                words = f"Barrier {self.resource_name} is closed, but attempted to insert a brand new key: {text}."
                raise CancelledError(None, None, f"{words}  {state}")
            # A barrier of one component is done with a key at once, and may be given it again.
            if self.count > 1 and (key in seen or (known is not None and component in known.components)):
                text = key.decode(errors="replace")
                words = f"Key {text} already has a value for component {component} in barrier {self.resource_name}"
                raise InvalidArgumentError(None, None, words)
            seen.add(key)

    def _advance_dequeue(self, attempt: Attempt, now: int) -> bool:
        """Takes all or nothing."""
        ready = len(self._items)
        total = ready + len(self._incomplete)
        if self._closed and ready < attempt.wanted and (total < attempt.wanted or attempt.small_allowed):
            if not (attempt.small_allowed and ready):
                words = (
                    f"Barrier '{self.resource_name}' is closed and has insufficient elements "
                    f"(requested {attempt.wanted}, total size {total})"
                )
                attempt.finish_locked(error=OutOfRangeError(None, None, words))
                return True
            attempt.wanted = ready
        if ready < attempt.wanted:
            return False
        self._take_locked(attempt, attempt.wanted, now)
        return True
