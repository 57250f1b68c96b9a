"""Plain numbers that queues and coordinators add to while the pipeline works.

Who may write:
  - `QueueCounters`: whoever holds the queue's lock;
  - `CoordinatorCounters`: anybody, under its own lock.

Intervals are kept as sums of stamps: what enters a state subtracts the clock, what leaves it adds the clock, and a
reader adds the clock once for what is still inside. So an open interval counts, with no state but one integer, and no
rounding.
"""

import threading
import weakref

from .registry import default_registry
from .stats import CoordinatorStats

EXCEPTION_NAMES_MAX = 32
"""Distinct exception classes a source reports; further ones are counted as `other`, so that labels stay few."""


class QueueCounters:
    """What one queue counts. `empty_ns` and its like are sums of stamps, see the head of this file."""

    __slots__ = (
        "below_min_ns",
        "cancelled",
        "dequeued",
        "dequeued_slowly",
        "element_ns",
        "empty_ns",
        "enqueued",
        "enqueued_slowly",
        "full_ns",
        "held",
        "last_dequeue",
        "last_enqueue",
        "made_at",
        "returned",
        "served_dequeues",
        "served_enqueues",
    )

    def __init__(self, now: int) -> None:
        self.made_at = now
        self.enqueued = self.dequeued = self.cancelled = self.held = self.returned = 0
        # Elements that did not go the fast way, one operation each; and operations on that slower way that never
        # waited.
        self.enqueued_slowly = self.dequeued_slowly = 0
        self.served_enqueues = self.served_dequeues = 0
        self.element_ns = self.empty_ns = self.full_ns = self.below_min_ns = 0
        self.last_enqueue: int | None = None
        self.last_dequeue: int | None = None


class ExceptionCounts:
    """Exceptions by class name, at most `EXCEPTION_NAMES_MAX` names. Guarded by its owner's lock."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, error: BaseException) -> None:
        """Counts one."""
        name = type(error).__name__
        if name not in self._counts and len(self._counts) >= EXCEPTION_NAMES_MAX:
            name = "other"
        self._counts[name] = self._counts.get(name, 0) + 1

    def items(self) -> tuple[tuple[str, int], ...]:
        """Class names with their counts, sorted."""
        return tuple(sorted(self._counts.items()))


class CoordinatorCounters:
    """What one coordinator counts. The registered threads are held weakly, and their life is read when asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._exceptions = ExceptionCounts()
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._watched = 0  # those ever registered, the ones that are gone too
        self._stop_requested = False
        default_registry().register(self)

    def watch(self, thread: threading.Thread) -> None:
        """A thread registered with the coordinator."""
        with self._lock:
            self._watched += thread not in self._threads
            self._threads.add(thread)

    def set_stop_requested(self, requested: bool) -> None:
        """Whether the threads have been asked to stop."""
        self._stop_requested = requested

    def record_exception(self, error: BaseException) -> None:
        """An exception handed to `request_stop`, clean stops not included."""
        with self._lock:
            self._exceptions.add(error)

    def stats(self) -> CoordinatorStats:
        """A record of this moment."""
        with self._lock:
            threads, watched = list(self._threads), self._watched
            exceptions = self._exceptions.items()
        waiting = sum(thread.ident is None for thread in threads)  # registered, and not started yet
        running = sum(thread.is_alive() for thread in threads)
        return CoordinatorStats(
            name=self.name,
            stop_requested=self._stop_requested,
            exceptions=exceptions,
            threads_running=running,
            threads_stopped=watched - waiting - running,
        )
