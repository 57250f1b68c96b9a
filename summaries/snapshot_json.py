"""A Snapshot as JSON, with all that follows from it worked out: what `/api/snapshot.json` answers.

Keys of schema 1 (seconds are floats, counts integers, fractions between 0 and 1 unless said otherwise):

    schema                 1; a change of meaning or name raises it, a new key does not
    version                of tfqueue
    unix_seconds           when it was read, wall clock
    monotonic_seconds      when it was read, the telemetry's clock
    errors                 sources that failed to answer since the start
    wait_buckets_seconds   upper bounds of `wait_buckets`; one bucket more holds what is longer
    queues[]               the fields of `QueueStats`, and
      label                what it is called on pages: its name; `name@session_label` if it came when the name was taken
      fraction_full        elements / capacity now; mean_fraction_full its exact mean since the queue was made
      empty_fraction, full_fraction, below_min_fraction   shares of the queue's life
      enqueue, dequeue     the fields of `OperationStats`, and
        blocked_fraction   mean number of threads that wait here, over the queue's life: may be above 1
    stages[]               the fields of `StageStats`, and label, thread_seconds,
      busy_fraction, starved_fraction, backpressured_fraction   shares of thread_seconds
      exceptions           by class name
      workers[]            the fields of `WorkerStats`, and seconds
    coordinators[]         the fields of `CoordinatorStats`, and label; exceptions by class name
"""

import json
from dataclasses import fields
from typing import Any

from tfqueue.framework.version import VERSION
from tfqueue.telemetry.labels import display_name
from tfqueue.telemetry.stats import (
    WAIT_BUCKETS_SECONDS,
    CoordinatorStats,
    OperationStats,
    QueueStats,
    Snapshot,
    StageStats,
    WorkerStats,
)

SCHEMA = 1

Json = dict[str, Any]


def snapshot_json(snapshot: Snapshot) -> bytes:
    """The document, UTF-8."""
    return json.dumps(snapshot_document(snapshot), allow_nan=False, separators=(",", ":")).encode()


def snapshot_document(snapshot: Snapshot) -> Json:
    """The document as Python values."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "unix_seconds": snapshot.unix_seconds,
        "monotonic_seconds": snapshot.monotonic_seconds,
        "errors": snapshot.errors,
        "wait_buckets_seconds": list(WAIT_BUCKETS_SECONDS),
        "queues": [_queue(queue) for queue in snapshot.queues],
        "stages": [_stage(stage) for stage in snapshot.stages],
        "coordinators": [_coordinator(coordinator) for coordinator in snapshot.coordinators],
    }


def _queue(queue: QueueStats) -> Json:
    life = queue.age_seconds
    return _fields(queue) | {
        "label": display_name(queue),
        "fraction_full": queue.fraction_full,
        "mean_fraction_full": queue.mean_fraction_full,
        "empty_fraction": _share(queue.empty_seconds, life),
        "full_fraction": _share(queue.full_seconds, life),
        "below_min_fraction": _share(queue.below_min_seconds, life),
        "enqueue": _operation(queue.enqueue, life),
        "dequeue": _operation(queue.dequeue, life),
    }


def _operation(operation: OperationStats, life: float) -> Json:
    return _fields(operation) | {"blocked_fraction": _share(operation.blocked_seconds, life)}


def _stage(stage: StageStats) -> Json:
    busy, starved, backpressured = stage.shares
    return _fields(stage) | {
        "label": display_name(stage),
        "thread_seconds": stage.thread_seconds,
        "busy_fraction": busy,
        "starved_fraction": starved,
        "backpressured_fraction": backpressured,
        "exceptions": dict(stage.exceptions),
        "workers": [_worker(worker) for worker in stage.workers],
    }


def _worker(worker: WorkerStats) -> Json:
    return _fields(worker) | {"seconds": worker.seconds}


def _coordinator(coordinator: CoordinatorStats) -> Json:
    return _fields(coordinator) | {"label": display_name(coordinator), "exceptions": dict(coordinator.exceptions)}


def _fields(record: QueueStats | StageStats | CoordinatorStats | OperationStats | WorkerStats) -> Json:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _share(seconds: float, life: float) -> float:
    return seconds / life if life > 0 else 0.0
