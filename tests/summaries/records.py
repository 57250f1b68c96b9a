"""Snapshots made by hand: what the exporters eat, with numbers that a test can check."""

from typing import Any

from tfqueue.telemetry.registry import Registry
from tfqueue.telemetry.stats import (
    WAIT_BUCKETS_SECONDS,
    CoordinatorStats,
    OperationStats,
    QueueStats,
    Snapshot,
    StageStats,
)

EPOCH = 1_700_000_000.0
"""The wall clock of a hand-made Snapshot at second 0."""

NO_WAITS = (0,) * (len(WAIT_BUCKETS_SECONDS) + 1)


def operation(**changes: Any) -> OperationStats:
    """One side of a queue that nobody has used, but for the changes."""
    nothing = {
        "finished": 0,
        "blocked_seconds": 0.0,
        "blocked_threads": 0,
        "wait_seconds": 0.0,
        "wait_buckets": NO_WAITS,
        "last_timestamp": None,
    }
    return OperationStats(**nothing | changes)


def queue(name: str = "q", **changes: Any) -> QueueStats:
    """A queue of capacity 10, empty since it was made, but for the changes."""
    nothing = {
        "session": "",
        "kind": "FIFOQueue",
        "capacity": 10,
        "min_after_dequeue": 0,
        "closed": False,
        "size": 0,
        "age_seconds": 0.0,
        "element_seconds": 0.0,
        "empty_seconds": 0.0,
        "full_seconds": 0.0,
        "below_min_seconds": 0.0,
        "enqueued_elements": 0,
        "dequeued_elements": 0,
        "cancelled_elements": 0,
        "held_elements": 0,
        "enqueue": operation(),
        "dequeue": operation(),
    }
    return QueueStats(name=name, **nothing | changes)


def stage(name: str = "q", **changes: Any) -> StageStats:
    """A runner with one thread that has not begun, but for the changes."""
    nothing = {
        "session": "",
        "kind": "runner",
        "draws": (),
        "fills": ("q",),
        "threads": 1,
        "runs": 0,
        "elements_in": 0,
        "elements_out": 0,
        "busy_seconds": 0.0,
        "starved_seconds": 0.0,
        "backpressured_seconds": 0.0,
        "exceptions": (),
        "workers": (),
    }
    return StageStats(name=name, **nothing | changes)


def coordinator(name: str = "coordinator", **changes: Any) -> CoordinatorStats:
    """A coordinator of no threads, but for the changes."""
    nothing = {"stop_requested": False, "exceptions": (), "threads_running": 0, "threads_stopped": 0}
    return CoordinatorStats(name=name, **nothing | changes)


def snapshot(seconds: float, *records: QueueStats | StageStats | CoordinatorStats, errors: int = 0) -> Snapshot:
    """All these records, read at this second."""
    return Snapshot(
        unix_seconds=EPOCH + seconds,
        monotonic_seconds=seconds,
        queues=tuple(record for record in records if isinstance(record, QueueStats)),
        stages=tuple(record for record in records if isinstance(record, StageStats)),
        coordinators=tuple(record for record in records if isinstance(record, CoordinatorStats)),
        errors=errors,
    )


class Fixed:
    """A source that always answers the same record."""

    def __init__(self, record: QueueStats | StageStats | CoordinatorStats) -> None:
        self.record = record

    def stats(self) -> QueueStats | StageStats | CoordinatorStats:
        return self.record


class FixedRegistry(Registry):
    """A registry of fixed records, which it keeps alive."""

    def __init__(self, *records: QueueStats | StageStats | CoordinatorStats) -> None:
        super().__init__()
        self.sources = [Fixed(record) for record in records]
        for source in self.sources:
            self.register(source)
