"""The one sampling thread of a monitor.

Invariants:
  - one Snapshot a tick goes to all sinks; ticks stand at start + k x interval, late ones are left out;
  - nothing that a sink or a source does ends the thread or reaches the pipeline;
  - the last tick is at `close`, and what left the registry between two ticks is in the next with its last record, so
    that a run shorter than the interval has its values;
  - the thread owns the sinks: it alone writes to them and closes them.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from tfqueue.telemetry.health import monitor_counters
from tfqueue.telemetry.labels import display_name
from tfqueue.telemetry.registry import Record, Registry
from tfqueue.telemetry.stats import CoordinatorStats, QueueStats, Snapshot, StageStats

_log = logging.getLogger("tfqueue")

CLOSE_SECONDS = 5.0
"""How long `close` waits for a sink that does not answer, such as a disk that is gone."""


Stats = TypeVar("Stats", QueueStats, StageStats, CoordinatorStats)


class Sink(Protocol):
    """What takes Snapshots."""

    def write(self, snapshot: Snapshot) -> None:
        """Takes one."""

    def close(self) -> None:
        """There will be no more."""


class Sampler:
    """Reads a registry each `interval` seconds, in a daemon thread, until closed.

    >>> sampler = Sampler(default_registry(), [EventFileSink("runs/1")], interval=0.5)
    >>> sampler.start()
    >>> sampler.close()
    """

    def __init__(self, registry: Registry, sinks: Sequence[Sink], interval: float = 1.0) -> None:
        if not (interval > 0 and math.isfinite(interval)):
            raise ValueError(f"interval must be a number of seconds above 0, not {interval!r}")
        self._registry, self._sinks, self._interval = registry, tuple(sinks), float(interval)
        self._closing = threading.Event()
        self._failed = False
        self._departed: list[Record] = []
        self._departed_lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="tfqueue-sampler", daemon=True)

    def start(self) -> None:
        """Takes the first sample, and goes on."""
        self._stop_listening = self._registry.on_departure(self._keep)
        self._thread.start()

    def close(self, timeout: float = CLOSE_SECONDS) -> None:
        """Takes the last sample, closes the sinks and ends the thread; waits `timeout` seconds for it at most."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        start = time.monotonic()
        while not self._closing.is_set():
            self._sample()
            done = time.monotonic()
            self._closing.wait(start + self._interval * (math.floor((done - start) / self._interval) + 1) - done)
        self._stop_listening()
        self._sample()
        for sink in self._sinks:
            self._guarded(sink.close)

    def _keep(self, record: Record) -> None:
        with self._departed_lock:
            self._departed.append(record)

    def _sample(self) -> None:
        self._guarded(self._sample_all)

    def _sample_all(self) -> None:
        with self._departed_lock:
            departed, self._departed = self._departed, []
        snapshot = _with_departed(self._registry.collect(), departed)
        for sink in self._sinks:
            self._guarded(sink.write, snapshot)

    def _guarded(self, action: Callable[..., None], *args: Snapshot) -> None:
        try:
            action(*args)
        except Exception:  # noqa: BLE001 - whatever fails here is the monitoring's own, never the pipeline's
            monitor_counters().add(errors=1)
            if not self._failed:
                self._failed = True
                _log.warning("monitoring: a sample failed; further failures are only counted", exc_info=True)


def _with_departed(snapshot: Snapshot, departed: Sequence[Record]) -> Snapshot:
    if not departed:
        return snapshot
    return replace(
        snapshot,
        queues=_joined(snapshot.queues, [record for record in departed if isinstance(record, QueueStats)]),
        stages=_joined(snapshot.stages, [record for record in departed if isinstance(record, StageStats)]),
        coordinators=_joined(
            snapshot.coordinators, [record for record in departed if isinstance(record, CoordinatorStats)]
        ),
    )


def _joined(live: tuple[Stats, ...], departed: Sequence[Stats]) -> tuple[Stats, ...]:
    """Adds the last record of each that departed, unless a live source is called the same now."""
    taken = {display_name(record) for record in live}
    last = {name: record for record in departed if (name := display_name(record)) not in taken}
    return live + tuple(last.values())
