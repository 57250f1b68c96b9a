"""What the monitoring says about itself: how long it reads, what it wrote, what it failed to write.

One `MonitorCounters` a process, added to by whoever writes event files; under its own lock, far from any hot path.
"""

import os
import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MonitorStats:
    """The monitoring's own numbers, as of one reading."""

    version: str
    """The version of tfqueue."""
    collect_seconds: float
    """Seconds that this reading of all sources took. High: hundreds of queues, or a machine out of CPU."""
    collect_errors: int
    """Readings that failed since the start. Anything but 0 means that series are missing."""
    records_written: int
    """Records written to event files by this process."""
    records_dropped: int
    """Records that could not be written, and are lost. Growing: the disk is full, or gone."""
    writer_errors: int
    """Failures to write or to flush an event file. Growing: look at the log for the path and the reason."""


class MonitorCounters:
    """What the writers of event files count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written = self._dropped = self._errors = 0

    def add(self, written: int = 0, dropped: int = 0, errors: int = 0) -> None:
        """Adds to the counts."""
        with self._lock:
            self._written += written
            self._dropped += dropped
            self._errors += errors

    def stats(self, version: str, collect_seconds: float, collect_errors: int) -> MonitorStats:
        """A record of this moment; the arguments are what the reader knows of itself."""
        with self._lock:
            return MonitorStats(version, collect_seconds, collect_errors, self._written, self._dropped, self._errors)

    def renew_lock(self) -> None:
        """A fresh lock: what a forked child needs, where the parent's may have been held."""
        self._lock = threading.Lock()


_counters = MonitorCounters()


def monitor_counters() -> MonitorCounters:
    """The counters of this process."""
    return _counters


os.register_at_fork(after_in_child=_counters.renew_lock)
