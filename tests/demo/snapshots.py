"""Snapshots made by hand: a demo pipeline of known numbers."""

from tfqueue.telemetry.stats import OperationStats, QueueStats, Snapshot, StageStats, WorkerStats

FILENAMES, ENCODED, BATCHES = "filenames/input_producer", "encoded", "batches/random_shuffle_queue"
CONSUMER = f"{BATCHES}/consumer"


def operation(blocked: float = 0.0) -> OperationStats:
    return OperationStats(
        finished=10,
        blocked_seconds=blocked,
        blocked_threads=0,
        wait_seconds=blocked,
        wait_buckets=(10,) + (0,) * 12,
        last_timestamp=None,
    )


def queue(
    name: str, size: int, capacity: int, *, mean: float = 0.0, seconds: float = 10.0, out: int = 0, kept: int = 0
) -> QueueStats:
    """A queue that is `seconds` old and was `mean` full over its life."""
    return QueueStats(
        name=name,
        session="",
        kind="FIFOQueue",
        capacity=capacity,
        min_after_dequeue=kept,
        closed=False,
        size=size,
        age_seconds=seconds,
        element_seconds=mean * capacity * seconds,
        empty_seconds=0.25 * seconds,
        full_seconds=0.5 * seconds,
        below_min_seconds=0.75 * seconds if kept else 0.0,
        enqueued_elements=out + size,
        dequeued_elements=out,
        cancelled_elements=0,
        held_elements=0,
        enqueue=operation(6.5),
        dequeue=operation(1.5),
    )


def stage(
    name: str,
    shares: tuple[float, float, float],
    *,
    draws: tuple[str, ...] = (),
    fills: tuple[str, ...] = (),
    threads: int = 1,
    seconds: float = 10.0,
    elements: int = 0,
    exceptions: tuple[tuple[str, int], ...] = (),
) -> StageStats:
    """A stage whose threads are `seconds` old and spent `shares` of it busy, starved, backpressured."""
    busy, starved, backpressured = shares
    life = WorkerStats("worker", True, "busy", 0, 0, 0, busy * seconds, starved * seconds, backpressured * seconds)
    return StageStats(
        name=name,
        session="",
        kind="runner" if fills else "consumer",
        draws=draws,
        fills=fills,
        threads=threads,
        runs=elements,
        elements_in=elements if draws else 0,
        elements_out=elements if fills else 0,
        busy_seconds=busy * seconds * threads,
        starved_seconds=starved * seconds * threads,
        backpressured_seconds=backpressured * seconds * threads,
        exceptions=exceptions,
        workers=(life,) * threads,
    )


def snapshot(*records: QueueStats | StageStats, at: float = 100.0) -> Snapshot:
    return Snapshot(
        unix_seconds=1_700_000_000 + at,
        monotonic_seconds=at,
        queues=tuple(record for record in records if isinstance(record, QueueStats)),
        stages=tuple(record for record in records if isinstance(record, StageStats)),
        coordinators=(),
        errors=0,
    )


def demo_snapshot(at: float = 10.0, rate: float = 400.0) -> Snapshot:
    """The demo's pipeline after `at` seconds, its transform the busiest, in no particular order."""
    done = int(rate * at)
    return snapshot(
        stage(CONSUMER, (0.12, 0.88, 0.0), draws=(BATCHES,), seconds=at, elements=done),
        queue(BATCHES, 118, 416, mean=0.29, seconds=at, out=done, kept=64),
        queue(ENCODED, 63, 64, mean=0.97, seconds=at, out=done + 118),
        stage(BATCHES, (0.97, 0.005, 0.025), draws=(ENCODED,), fills=(BATCHES,), threads=2, seconds=at, elements=done),
        stage(ENCODED, (0.06, 0.0, 0.94), draws=(FILENAMES,), fills=(ENCODED,), seconds=at, elements=done + 120),
        queue(FILENAMES, 64, 64, mean=1.0, seconds=at, out=done + 182),
        stage(FILENAMES, (0.01, 0.0, 0.99), fills=(FILENAMES,), seconds=at, elements=done + 300),
        at=at,
    )
