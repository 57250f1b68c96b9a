"""The live sources of telemetry, held weakly: a queue that is gone leaves no series behind.

A source is anything whose `stats()` answers one of the records of `tfqueue.telemetry.stats`. `collect()` never raises
for a source that fails: it counts the failure and goes on, since monitoring must not break what it watches.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import Protocol

from . import clock
from .stats import CoordinatorStats, QueueStats, Snapshot, StageStats

_log = logging.getLogger("tfqueue")


Record = QueueStats | StageStats | CoordinatorStats


class Source(Protocol):
    """What can be registered."""

    def stats(self) -> Record:
        """A frozen record of this moment."""


class Registry:
    """Sources by weak reference, in the order they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sources: dict[int, weakref.ref[Source]] = {}
        self._numbers = 0
        self._errors = 0
        self._first_source_callbacks: list[Callable[[], None]] = []
        self._departure_callbacks: list[Callable[[Record], None]] = []

    def register(self, source: Source) -> None:
        """Adds a source; it leaves by itself when nothing else holds it."""
        with self._lock:
            self._numbers += 1
            self._sources[self._numbers] = weakref.ref(source)
            callbacks, self._first_source_callbacks = self._first_source_callbacks, []
        for callback in callbacks:
            callback()

    def unregister(self, source: Source) -> None:
        """Takes a source out; no error if it is not in."""
        with self._lock:
            known = any(ref() is source for ref in self._sources.values())
            self._sources = {number: ref for number, ref in self._sources.items() if ref() not in (source, None)}
            callbacks = list(self._departure_callbacks)
        record = self._read(source) if known and callbacks else None
        if record is not None:
            for callback in callbacks:
                callback(record)

    def on_departure(self, callback: Callable[[Record], None]) -> Callable[[], None]:
        """Calls `callback` with the last record of each source that is taken out: what ends between two readings is not
        lost. Returns a function that stops it."""

        def stop() -> None:
            with self._lock:
                self._departure_callbacks = [known for known in self._departure_callbacks if known is not callback]

        with self._lock:
            self._departure_callbacks = [*self._departure_callbacks, callback]
        return stop

    def on_first_source(self, callback: Callable[[], None]) -> None:
        """Calls `callback` once, when a source is next registered; at once if one is there."""
        with self._lock:
            if not self._sources:
                self._first_source_callbacks.append(callback)
                return
        callback()

    def collect(self) -> Snapshot:
        """One record of every live source, all read within the same moment."""
        queues: list[QueueStats] = []
        stages: list[StageStats] = []
        coordinators: list[CoordinatorStats] = []
        now, unix_seconds = clock.now(), time.time()
        for source in self._live():
            record = self._read(source)
            if isinstance(record, QueueStats):
                queues.append(record)
            elif isinstance(record, StageStats):
                stages.append(record)
            elif record is not None:
                coordinators.append(record)
        return Snapshot(
            unix_seconds=unix_seconds,
            monotonic_seconds=clock.seconds(now),
            queues=tuple(queues),
            stages=tuple(stages),
            coordinators=tuple(coordinators),
            errors=self._errors,
        )

    def clear(self) -> None:
        """Forgets all sources and those who wait for departures, with a fresh lock: what a forked child needs."""
        self._lock = threading.Lock()
        self._sources = {}
        self._departure_callbacks = []

    def _live(self) -> list[Source]:
        with self._lock:
            self._sources = {number: ref for number, ref in self._sources.items() if ref() is not None}
            refs = list(self._sources.values())
        return [source for ref in refs if (source := ref()) is not None]

    def _read(self, source: Source) -> Record | None:
        try:
            return source.stats()
        except Exception:  # noqa: BLE001  # a source that fails must break neither its watcher nor the others
            self._count_error(source)
            return None

    def _count_error(self, source: Source) -> None:
        with self._lock:
            self._errors += 1
            first = self._errors == 1
        if first:
            _log.warning(
                "telemetry: %r failed to say how it is; further failures are only counted", source, exc_info=True
            )


_default = Registry()


def default_registry() -> Registry:
    """The registry that queues, stages and coordinators join by themselves."""
    return _default


def snapshot() -> Snapshot:
    """How all live queues, stages and coordinators are at this moment: what the exporters show, for a program itself.

    >>> from tfqueue.queues.blocking_queue import BlockingQueue
    >>> queue = BlockingQueue(4, name="examples")
    >>> queue.enqueue(1)
    >>> snapshot().queue("examples").fraction_full
    0.25
    """
    return _default.collect()


# A forked child has none of the parent's threads: its queues stand still, and a lock may have been held at the fork.
os.register_at_fork(after_in_child=_default.clear)
