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
from dataclasses import replace
from typing import Protocol

from . import clock
from .labels import newcomer_label
from .stats import CoordinatorStats, QueueStats, Snapshot, StageStats

_log = logging.getLogger("tfqueue")


Record = QueueStats | StageStats | CoordinatorStats


class Source(Protocol):
    """What can be registered."""

    def stats(self) -> Record:
        """A frozen record of this moment."""


class _Entry:
    """A registered source. The registry's lock guards `first`."""

    __slots__ = ("first", "source")

    def __init__(self, source: Source) -> None:
        self.source = weakref.ref(source)
        self.first: Record | None = None
        """What it said first, its label for life in it; None while it has failed to say anything."""


class Registry:
    """Sources by weak reference, in the order they came. Each is given its label when it comes, and keeps it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[_Entry] = []
        self._errors = 0
        self._first_source_callbacks: list[Callable[[], None]] = []
        self._departure_callbacks: list[Callable[[Record], None]] = []

    def register(self, source: Source) -> None:
        """Adds a source; it leaves by itself when nothing else holds it."""
        entry = _Entry(source)
        try:
            record = source.stats()
        except Exception:  # noqa: BLE001  # counted when it is read; it is given its label when it first answers
            record = None
        with self._lock:
            self._entries = [known for known in self._entries if known.source() is not None]
            if record is not None:
                self._label_locked(entry, record)
            self._entries.append(entry)
            callbacks, self._first_source_callbacks = self._first_source_callbacks, []
        for callback in callbacks:
            callback()

    def unregister(self, source: Source) -> None:
        """Takes a source out; no error if it is not in."""
        with self._lock:
            left = [entry for entry in self._entries if entry.source() is source]
            self._entries = [entry for entry in self._entries if entry.source() not in (source, None)]
            callbacks = list(self._departure_callbacks)
        record = self._read(left[0], source) if left and callbacks else None
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
            if not self._entries:
                self._first_source_callbacks.append(callback)
                return
        callback()

    def collect(self) -> Snapshot:
        """One record of every live source, all read within the same moment."""
        queues: list[QueueStats] = []
        stages: list[StageStats] = []
        coordinators: list[CoordinatorStats] = []
        now, unix_seconds = clock.now(), time.time()
        for entry, source in self._live():
            record = self._read(entry, source)
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
        self._entries = []
        self._departure_callbacks = []

    def _live(self) -> list[tuple[_Entry, Source]]:
        with self._lock:
            self._entries = [entry for entry in self._entries if entry.source() is not None]
            entries = list(self._entries)
        return [(entry, source) for entry in entries if (source := entry.source()) is not None]

    def _read(self, entry: _Entry, source: Source) -> Record | None:
        try:
            record = source.stats()
        except Exception:  # noqa: BLE001  # a source that fails must break neither its watcher nor the others
            self._count_error(source)
            return None
        with self._lock:
            first = entry.first or self._label_locked(entry, record)
        return replace(record, session_label=first.session_label) if first.session_label else record

    def _label_locked(self, entry: _Entry, record: Record) -> Record:
        holders = [
            known.first
            for known in self._entries
            if known is not entry and known.first is not None and known.source() is not None
        ]
        namesakes = [holder for holder in holders if type(holder) is type(record) and holder.name == record.name]
        entry.first = replace(record, session_label=newcomer_label(record, namesakes))
        return entry.first

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
