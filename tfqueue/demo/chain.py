"""Two Snapshots, read as one pipeline from its source to its consumer: stage, queue, stage, ... .

Every number is a difference of two exact integrals, so it does not depend on when or how often one looks.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tfqueue.telemetry.stats import QueueStats, Snapshot, StageStats


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage over the time between two Snapshots."""

    name: str
    threads: int
    busy: float
    """Share of its threads' time, 0 to 1. Near 1: this stage holds the others up."""
    starved: float
    """Share of its threads' time spent waiting for input. Near 1: look at the rows above."""
    backpressured: float
    """Share of its threads' time spent waiting for room. Near 1: look at the rows below."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One queue: how it is now, and over the time between two Snapshots."""

    name: str
    size: int
    capacity: int
    mean_fraction_full: float
    """Exact mean of size / capacity. Near 0: the stage below starves. Near 1: the stage above waits for room."""


def rows(before: Snapshot | None, now: Snapshot) -> list[StageRow | QueueRow]:
    """Stages and queues in the order in which elements pass them, measured from `before` (None: from the start)."""
    old_stages = {(stage.session, stage.name): stage for stage in before.stages} if before else {}
    old_queues = {(queue.session, queue.name): queue for queue in before.queues} if before else {}
    return [
        _stage_row(old_stages.get((record.session, record.name)), record)
        if isinstance(record, StageStats)
        else _queue_row(old_queues.get((record.session, record.name)), record)
        for record in in_order(now)
    ]


def in_order(snapshot: Snapshot) -> list[StageStats | QueueStats]:
    """All stages, each followed by the queues it fills, sources first; queues that no stage fills come last."""
    queues = {(queue.session, queue.name): queue for queue in snapshot.queues}
    ordered: list[StageStats | QueueStats] = []
    for stage in _stages_in_order(snapshot.stages):
        ordered.append(stage)
        ordered += [queues.pop((stage.session, name)) for name in stage.fills if (stage.session, name) in queues]
    return [*ordered, *queues.values()]


def busiest(rows: list[StageRow | QueueRow]) -> StageRow | None:
    """The stage whose threads worked the greatest share of their time; None before any worked."""
    stages = [row for row in rows if isinstance(row, StageRow) and row.busy > 0]
    return max(stages, key=lambda row: row.busy, default=None)


def _stages_in_order(stages: tuple[StageStats, ...]) -> Iterator[StageStats]:
    waiting = list(stages)
    while waiting:
        unfilled = {(stage.session, name) for stage in waiting for name in stage.fills}
        ready = [stage for stage in waiting if not any((stage.session, name) in unfilled for name in stage.draws)]
        ready = ready or waiting[:1]  # a ring of stages has no first one
        yield from ready
        waiting = [stage for stage in waiting if stage not in ready]


def _stage_row(before: StageStats | None, now: StageStats) -> StageRow:
    busy, starved, backpressured = now.busy_seconds, now.starved_seconds, now.backpressured_seconds
    if before is not None:
        busy -= before.busy_seconds
        starved -= before.starved_seconds
        backpressured -= before.backpressured_seconds
    total = max(busy + starved + backpressured, 1e-9)
    return StageRow(now.name, now.threads, busy / total, starved / total, backpressured / total)


def _queue_row(before: QueueStats | None, now: QueueStats) -> QueueRow:
    age, element_seconds = now.age_seconds, now.element_seconds
    if before is not None:
        age -= before.age_seconds
        element_seconds -= before.element_seconds
    room_seconds = age * now.capacity
    mean = element_seconds / room_seconds if room_seconds > 0 else now.fraction_full
    return QueueRow(now.name, now.size, now.capacity, mean)
