"""The catalogue: every metric's name, kind, unit, labels, help, event-file tag, and how to read it off the stats.

Whatever shows a number takes its name from here: `/metrics`, event files, the README's table, dashboards. Invariants:
  - a name is never changed and never holds a generated part; what varies is a label;
  - `help` says how to read the number: what a high one means, and where to look;
  - `read` gives a number for a metric without own labels; a mapping from the label's value to a number for one with a
    label; to an `OperationStats` for a histogram; the labels themselves for an info.

`python -m tfqueue.telemetry.metrics` prints the table.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from .health import MonitorStats
from .stats import CoordinatorStats, OperationStats, QueueStats, StageStats

OTHER_EXCEPTIONS = "other"
"""The label of exceptions beyond the classes counted one by one; its series is there from the start, at zero."""


class Kind(StrEnum):
    """Prometheus's metric kinds, as far as they are used."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    INFO = "info"


class Per(StrEnum):
    """How an event file shows a metric."""

    NOW = "value at the tick"
    SECOND = "growth per second since the last tick"
    LIFE = "growth as a share of the time since the last tick"
    CAPACITY = "growth as a share of time x capacity since the last tick"
    STATES = "growth as a share of the growth over all labels since the last tick"


Record = TypeVar("Record", QueueStats, StageStats, CoordinatorStats, MonitorStats)


@dataclass(frozen=True, slots=True)
class Tag(Generic[Record]):
    """A metric's curve in event files. `{name}` is the source's name, `{label}` the value of the metric's own label."""

    name: str
    per: Per = Per.NOW
    help: str = ""
    """How to read the curve; default the metric's own help."""
    read: Callable[[Record], float] | None = None
    """Where the curve is one number for a metric of several; default the metric's own reading."""


@dataclass(frozen=True, slots=True)
class Metric(Generic[Record]):
    """One row of the catalogue."""

    name: str
    """As Prometheus shows it."""
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    """All its labels; the first one names the source, unless the source is the monitoring itself."""
    help: str
    read: Callable[[Record], Any]
    tag: Tag[Record] | None = None


OPERATIONS = ("enqueue", "dequeue")
STATES = ("busy", "starved", "backpressured")
_QUEUE, _STAGE, _COORDINATOR = ("queue",), ("stage",), ("coordinator",)


def _both(read: Callable[[OperationStats], Any]) -> Callable[[QueueStats], Mapping[str, Any]]:
    return lambda queue: {"enqueue": read(queue.enqueue), "dequeue": read(queue.dequeue)}


def _exceptions(record: StageStats | CoordinatorStats) -> Mapping[str, float]:
    return {OTHER_EXCEPTIONS: 0, **dict(record.exceptions)}


def _exceptions_in_all(record: StageStats | CoordinatorStats) -> float:
    return sum(count for _, count in record.exceptions)


def _throughput(stage: StageStats) -> float:
    return stage.elements_out if stage.fills else stage.elements_in


QUEUE_METRICS: tuple[Metric[QueueStats], ...] = (
    Metric(
        "tfqueue_queue_info",
        Kind.INFO,
        "",
        (*_QUEUE, "kind"),
        "The kind of each queue: FIFOQueue, RandomShuffleQueue. Always 1; join on it to show the kind.",
        lambda q: {"kind": q.kind},
    ),
    Metric(
        "tfqueue_queue_capacity",
        Kind.GAUGE,
        "elements",
        _QUEUE,
        "Elements the queue can hold; negative means without bound. Raise it only for bursts: it buys no speed.",
        lambda q: q.capacity,
    ),
    Metric(
        "tfqueue_queue_size",
        Kind.GAUGE,
        "elements",
        _QUEUE,
        "Elements in the queue now. Near capacity: the pipeline keeps up; near 0: its readers starve, look upstream.",
        lambda q: q.size,
        Tag("queue/{name}/size"),
    ),
    Metric(
        "tfqueue_queue_min_after_dequeue",
        Kind.GAUGE,
        "elements",
        _QUEUE,
        "Elements a shuffle queue keeps back to mix well; 0 for other kinds. At or below it, a dequeue waits.",
        lambda q: q.min_after_dequeue,
    ),
    Metric(
        "tfqueue_queue_closed",
        Kind.GAUGE,
        "bool",
        _QUEUE,
        "1 once the queue takes no more elements: the end of input, or a stop. What is left is still given out.",
        lambda q: int(q.closed),
    ),
    Metric(
        "tfqueue_queue_fraction_full",
        Kind.GAUGE,
        "ratio",
        _QUEUE,
        "Elements / capacity now. Near 1: writers wait, look downstream; near 0: readers starve, look upstream.",
        lambda q: q.fraction_full,
        Tag("queue/{name}/fraction_full"),
    ),
    Metric(
        "tfqueue_queue_element_seconds_total",
        Kind.COUNTER,
        "element-seconds",
        _QUEUE,
        "Time integral of the size. Its rate / capacity is the exact mean fullness, at any scrape period.",
        lambda q: q.element_seconds,
        Tag(
            "queue/{name}/mean_fraction_full",
            Per.CAPACITY,
            "Exact mean of elements / capacity since the last point. Near 1: writers wait, look downstream; "
            "near 0: readers starve, look upstream.",
        ),
    ),
    Metric(
        "tfqueue_queue_empty_seconds_total",
        Kind.COUNTER,
        "seconds",
        _QUEUE,
        "Seconds without an element. A rate near 1: readers starve, what fills the queue is too slow.",
        lambda q: q.empty_seconds,
        Tag(
            "queue/{name}/empty",
            Per.LIFE,
            "Share of the time since the last point without an element. Near 1: readers starve, look upstream.",
        ),
    ),
    Metric(
        "tfqueue_queue_full_seconds_total",
        Kind.COUNTER,
        "seconds",
        _QUEUE,
        "Seconds at capacity. A rate near 1: what reads the queue is the slower side; healthy before a training loop.",
        lambda q: q.full_seconds,
        Tag(
            "queue/{name}/full",
            Per.LIFE,
            "Share of the time since the last point at capacity. Near 1: what reads the queue is the slower side.",
        ),
    ),
    Metric(
        "tfqueue_queue_below_min_seconds_total",
        Kind.COUNTER,
        "seconds",
        _QUEUE,
        "Seconds in which a shuffle queue gave nothing out, with min_after_dequeue elements or fewer. High: as empty.",
        lambda q: q.below_min_seconds,
    ),
    Metric(
        "tfqueue_queue_enqueued_elements_total",
        Kind.COUNTER,
        "elements",
        _QUEUE,
        "Elements put in. Its rate is what the stages above deliver; equal to the dequeue rate when all is steady.",
        lambda q: q.enqueued_elements,
        Tag(
            "queue/{name}/enqueued_per_second",
            Per.SECOND,
            "Elements put in per second: what the stages above deliver.",
        ),
    ),
    Metric(
        "tfqueue_queue_dequeued_elements_total",
        Kind.COUNTER,
        "elements",
        _QUEUE,
        "Elements taken out. Its rate is what the stages below use; 0 while the size grows: nobody reads.",
        lambda q: q.dequeued_elements,
        Tag(
            "queue/{name}/dequeued_per_second",
            Per.SECOND,
            "Elements taken out per second: what the stages below use.",
        ),
    ),
    Metric(
        "tfqueue_queue_cancelled_elements_total",
        Kind.COUNTER,
        "elements",
        _QUEUE,
        "Elements lost with called-off operations, such as a dequeue_many that timed out. Anything but 0 is data lost.",
        lambda q: q.cancelled_elements,
    ),
    Metric(
        "tfqueue_queue_blocked_seconds_total",
        Kind.COUNTER,
        "seconds",
        (*_QUEUE, "operation"),
        "Seconds operations waited, over all threads, open waits included. A rate of 2: two threads always wait here. "
        "dequeue: readers starve; enqueue: writers are held back.",
        _both(lambda operation: operation.blocked_seconds),
        Tag(
            "queue/{name}/{label}_blocked",
            Per.LIFE,
            "Threads that waited here, on average since the last point. dequeue: readers starve; enqueue: writers are "
            "held back.",
        ),
    ),
    Metric(
        "tfqueue_queue_blocked_threads",
        Kind.GAUGE,
        "threads",
        (*_QUEUE, "operation"),
        "Operations that wait at this moment. On both sides at once, or for long with nothing moving: a stall.",
        _both(lambda operation: operation.blocked_threads),
    ),
    Metric(
        "tfqueue_queue_wait_seconds",
        Kind.HISTOGRAM,
        "seconds",
        (*_QUEUE, "operation"),
        "How long finished operations waited; one that was served at once is in the first bucket. "
        "High quantiles with a low mean: bursts, which a larger capacity evens out.",
        _both(lambda operation: operation),
    ),
    Metric(
        "tfqueue_queue_last_operation_timestamp_seconds",
        Kind.GAUGE,
        "seconds",
        (*_QUEUE, "operation"),
        "Unix time at which an element last went through; 0 before the first. Far back on one side: look there.",
        _both(lambda operation: operation.last_timestamp or 0.0),
    ),
)

STAGE_METRICS: tuple[Metric[StageStats], ...] = (
    Metric(
        "tfqueue_stage_info",
        Kind.INFO,
        "",
        (*_STAGE, "kind", "draws", "fills"),
        "What each stage is (runner, consumer), and the queues it takes from and puts into, comma-separated. Always 1.",
        lambda s: {"kind": s.kind, "draws": ",".join(s.draws), "fills": ",".join(s.fills)},
    ),
    Metric(
        "tfqueue_stage_threads",
        Kind.GAUGE,
        "threads",
        _STAGE,
        "Threads alive. 0 for a runner: it has ended, or was never started; fewer than asked for: some failed.",
        lambda s: s.threads,
    ),
    Metric(
        "tfqueue_stage_runs_total",
        Kind.COUNTER,
        "runs",
        _STAGE,
        "Turns of the stage's loop; for a consumer its dequeue operations. Not growing: it waits, or has ended.",
        lambda s: s.runs,
    ),
    Metric(
        "tfqueue_stage_elements_total",
        Kind.COUNTER,
        "elements",
        (*_STAGE, "direction"),
        "Elements taken (in) and put (out). out / in is what the stage makes of one; a rate of 0: it stands still.",
        lambda s: {"in": s.elements_in, "out": s.elements_out},
        Tag(
            "stage/{name}/elements_per_second",
            Per.SECOND,
            "Elements the stage puts out per second; takes, for a consumer.",
            _throughput,
        ),
    ),
    Metric(
        "tfqueue_stage_state_seconds_total",
        Kind.COUNTER,
        "seconds",
        (*_STAGE, "state"),
        "Thread-seconds busy, starved (waiting for input) and backpressured (waiting for room); they sum to threads x "
        "time. The stage near all busy limits the pipeline; starved: look upstream; backpressured: look downstream.",
        lambda s: dict(zip(STATES, (s.busy_seconds, s.starved_seconds, s.backpressured_seconds), strict=True)),
        Tag(
            "stage/{name}/{label}",
            Per.STATES,
            "Share of the threads' time since the last point; the three states make 1. The stage near all "
            "busy limits the pipeline; starved: look upstream; backpressured: look downstream.",
        ),
    ),
    Metric(
        "tfqueue_stage_exceptions_total",
        Kind.COUNTER,
        "exceptions",
        (*_STAGE, "exception"),
        "Exceptions by class, the ordinary end of input not counted. Anything but 0 is a thread that failed.",
        _exceptions,
        Tag("stage/{name}/exceptions", Per.NOW, "Exceptions so far, of all classes.", _exceptions_in_all),
    ),
)

COORDINATOR_METRICS: tuple[Metric[CoordinatorStats], ...] = (
    Metric(
        "tfqueue_coordinator_stop_requested",
        Kind.GAUGE,
        "bool",
        _COORDINATOR,
        "1 once somebody asked all threads to stop. With threads still running for long: one does not listen.",
        lambda c: int(c.stop_requested),
        Tag("coordinator/{name}/stop_requested"),
    ),
    Metric(
        "tfqueue_coordinator_exceptions_total",
        Kind.COUNTER,
        "exceptions",
        (*_COORDINATOR, "exception"),
        "Exceptions handed to the coordinator, by class; clean stops not counted. The first one ends the pipeline.",
        _exceptions,
        Tag("coordinator/{name}/exceptions", Per.NOW, "Exceptions so far, of all classes.", _exceptions_in_all),
    ),
    Metric(
        "tfqueue_coordinator_threads",
        Kind.GAUGE,
        "threads",
        (*_COORDINATOR, "state"),
        "Registered threads by state. running at 0 without a stop: the pipeline has ended, or died.",
        lambda c: {"running": c.threads_running, "stopped": c.threads_stopped},
        Tag("coordinator/{name}/threads_{label}"),
    ),
)

MONITOR_METRICS: tuple[Metric[MonitorStats], ...] = (
    Metric(
        "tfqueue_build_info",
        Kind.INFO,
        "",
        ("version",),
        "The version of tfqueue in this process. Always 1.",
        lambda m: {"version": m.version},
    ),
    Metric(
        "tfqueue_collector_duration_seconds",
        Kind.GAUGE,
        "seconds",
        (),
        "Seconds this scrape took to read all sources. Above 0.1: hundreds of queues, or a machine out of CPU.",
        lambda m: m.collect_seconds,
    ),
    Metric(
        "tfqueue_collector_errors_total",
        Kind.COUNTER,
        "errors",
        (),
        "Sources that failed to answer a reading. Anything but 0: series are missing, the log says which.",
        lambda m: m.collect_errors,
    ),
    Metric(
        "tfqueue_event_writer_records_total",
        Kind.COUNTER,
        "records",
        (),
        "Records written to event files: one an interval for a monitor with a logdir. Not growing: nothing is written.",
        lambda m: m.records_written,
    ),
    Metric(
        "tfqueue_event_writer_dropped_total",
        Kind.COUNTER,
        "records",
        (),
        "Records lost because an event file could not be written. Growing: the disk is full or gone.",
        lambda m: m.records_dropped,
    ),
    Metric(
        "tfqueue_event_writer_errors_total",
        Kind.COUNTER,
        "errors",
        (),
        "Failures to write or flush an event file. Growing: the log says the path and the reason.",
        lambda m: m.writer_errors,
    ),
)

CATALOGUE: tuple[Metric[Any], ...] = (*QUEUE_METRICS, *STAGE_METRICS, *COORDINATOR_METRICS, *MONITOR_METRICS)
"""All rows, in the order in which they are shown."""


def catalogue_table() -> str:
    """The catalogue as a Markdown table, for the README."""
    lines = ["| metric | kind | labels | unit | event-file tag | how to read it |", "|---|---|---|---|---|---|"]
    for metric in CATALOGUE:
        labels = ", ".join(metric.labels)
        tag = f"`{metric.tag.name}`: {metric.tag.per}" if metric.tag else ""
        lines.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.unit} | {tag} | {metric.help} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(catalogue_table())
