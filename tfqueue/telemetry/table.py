"""A Snapshot as a table for people, plain text: what `print(tf.snapshot())` shows.

Shares are of the source's life so far, as in `tfqueue.telemetry.stats`; two Snapshots give those of the time between.
"""

from collections.abc import Sequence

from .labels import display_name
from .stats import QueueStats, Snapshot, StageStats

_QUEUE_HEAD = ("queue", "size", "mean full", "empty", "full", "in", "out", "blocked in, out")
_STAGE_HEAD = ("stage", "threads", "busy", "starved", "backpressured", "in", "out", "exceptions")


def snapshot_table(snapshot: Snapshot) -> str:
    """One line a queue, one a stage, under headings; no line break at the end."""
    tables = [
        _aligned(head, rows)
        for head, rows in (
            (_QUEUE_HEAD, [_queue_row(queue) for queue in snapshot.queues]),
            (_STAGE_HEAD, [_stage_row(stage) for stage in snapshot.stages]),
        )
        if rows
    ]
    return "\n\n".join(tables) or "no live queues, no live stages"


def _queue_row(queue: QueueStats) -> Sequence[str]:
    life = queue.age_seconds or 1.0
    return (
        display_name(queue) + (" (closed)" if queue.closed else ""),
        f"{queue.size} of {queue.capacity}" if queue.capacity >= 0 else str(queue.size),
        f"{queue.mean_fraction_full:.0%}",
        f"{queue.empty_seconds / life:.0%}",
        f"{queue.full_seconds / life:.0%}",
        str(queue.enqueued_elements),
        str(queue.dequeued_elements),
        f"{queue.enqueue.blocked_seconds:.1f} s, {queue.dequeue.blocked_seconds:.1f} s",
    )


def _stage_row(stage: StageStats) -> Sequence[str]:
    return (
        display_name(stage),
        str(stage.threads),
        *(f"{share:.0%}" for share in stage.shares),
        str(stage.elements_in),
        str(stage.elements_out),
        ", ".join(f"{name} {count}" for name, count in stage.exceptions) or "0",
    )


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Names to the left, numbers to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    )
