"""What a queue, a stage or a coordinator says about itself: frozen records, each field with how to read it.

All exporters, the diagnosis and the dashboards eat these records and nothing else. Every `..._seconds` field is an
exact integral kept by the source's own events, open intervals included up to the moment of reading; two snapshots give
the exact mean over the time between them, whatever the period and the phase of the readings.
"""

from dataclasses import dataclass
from typing import TypeVar

WAIT_BUCKETS_SECONDS: tuple[float, ...] = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 100.0)
"""Upper bounds of the wait histogram, in seconds; one more bucket holds what is longer."""


@dataclass(frozen=True, slots=True)
class OperationStats:
    """One side of a queue: its enqueues or its dequeues."""

    finished: int
    """Operations that ended, whether they waited or not."""
    blocked_seconds: float
    """Seconds that operations waited, summed over threads, waits still open included. Growing by one a second means
    that one thread is always blocked here. Dequeues: the queue starves its readers. Enqueues: it holds its writers
    back."""
    blocked_threads: int
    """Operations waiting at this moment."""
    wait_seconds: float
    """Seconds that the finished operations waited: the sum of the histogram."""
    wait_buckets: tuple[int, ...]
    """Finished operations per bucket of `WAIT_BUCKETS_SECONDS`, not cumulative, the last one for what is longer.
    Operations that were served at once are in the first bucket."""
    last_timestamp: float | None
    """Unix time at which an element last went through; None before the first."""


@dataclass(frozen=True, slots=True)
class QueueStats:
    """One queue."""

    name: str
    """The queue's name, which is its label everywhere."""
    session: str
    """The session that owns it; empty for a queue used without a session."""
    kind: str
    """FIFOQueue, RandomShuffleQueue, ..."""
    capacity: int
    """Elements it can hold; negative means without bound."""
    min_after_dequeue: int
    """Elements that a shuffle queue keeps back to mix well; 0 for the others."""
    closed: bool
    """No more enqueues are taken; what is left can still be dequeued."""
    size: int
    """Elements held now, those held back for an unfinished batch not counted."""
    age_seconds: float
    """Seconds since the queue was made: what the other seconds are a share of."""
    element_seconds: float
    """Time integral of the size. Its growth over an interval / (interval x capacity) is the exact mean fullness."""
    empty_seconds: float
    """Seconds with no element. High: consumers starve, look upstream."""
    full_seconds: float
    """Seconds at or above capacity. High: producers wait, look downstream. Healthy before a training loop."""
    below_min_seconds: float
    """Seconds with no more than `min_after_dequeue` elements, when a shuffle queue gives nothing out; 0 for others."""
    enqueued_elements: int
    """Elements put in since the start."""
    dequeued_elements: int
    """Elements taken out since the start. enqueued + returned == dequeued + cancelled + size + held."""
    cancelled_elements: int
    """Elements that were lost with a called-off operation (a `dequeue_many` that timed out while it held a part)."""
    held_elements: int
    """Elements that waiting `dequeue_many` operations have taken out so far."""
    enqueue: OperationStats
    dequeue: OperationStats
    returned_elements: int = 0
    """Elements that were taken out and put back, such as those that a called-off step had got."""
    session_label: str = ""
    """The `session` label of its series, given by the registry for life. Empty for whoever was the first of its name;
    set for one that was registered while another one of its kind and name was there."""

    @property
    def fraction_full(self) -> float:
        """Elements held / capacity. Near 0: consumers starve, look upstream. Near 1: producers wait, look downstream.
        0 for a queue without bound, and above 1 when elements were put back into a full one."""
        return self.size / self.capacity if self.capacity > 0 else 0.0

    @property
    def mean_fraction_full(self) -> float:
        """The exact mean of `fraction_full` since the queue was made."""
        span = self.age_seconds * self.capacity
        return self.element_seconds / span if span > 0 else 0.0


@dataclass(frozen=True, slots=True)
class WorkerStats:
    """One thread of a stage. Its three states sum to its time since it started, exactly."""

    name: str
    """The thread's name; for people, never a label."""
    alive: bool
    """It still runs."""
    state: str
    """busy, starved or backpressured at this moment; ended once it is gone."""
    runs: int
    elements_in: int
    elements_out: int
    busy_seconds: float
    starved_seconds: float
    backpressured_seconds: float

    @property
    def seconds(self) -> float:
        """Its life so far."""
        return self.busy_seconds + self.starved_seconds + self.backpressured_seconds


@dataclass(frozen=True, slots=True)
class StageStats:
    """Threads that do the same work between the same queues: a queue runner, or a queue's consumers."""

    name: str
    """The runner's name (that of the queue it fills), or `<queue>/consumer`: threads that dequeue outside a runner."""
    session: str
    kind: str
    """runner or consumer."""
    draws: tuple[str, ...]
    """Names of the queues that it takes elements from; none for a source."""
    fills: tuple[str, ...]
    """Names of the queues that it puts elements into; none for a consumer."""
    threads: int
    """Threads alive now."""
    runs: int
    """Turns of its loop; for a consumer, its dequeue operations."""
    elements_in: int
    elements_out: int
    busy_seconds: float
    """Thread-seconds of work. A stage near 1 per thread and second is the one that limits the pipeline."""
    starved_seconds: float
    """Thread-seconds spent waiting for input. High: look upstream."""
    backpressured_seconds: float
    """Thread-seconds spent waiting for room. High: look downstream; the stage has speed to spare."""
    exceptions: tuple[tuple[str, int], ...]
    """Exceptions by class name, the ordinary end of input not counted."""
    workers: tuple[WorkerStats, ...]
    """Thread by thread, the last 64 that ended included."""
    session_label: str = ""
    """As a queue's."""

    @property
    def thread_seconds(self) -> float:
        """threads x wall time: busy + starved + backpressured."""
        return self.busy_seconds + self.starved_seconds + self.backpressured_seconds

    @property
    def shares(self) -> tuple[float, float, float]:
        """Busy, starved and backpressured as parts of 1; all 0 before the first thread."""
        total = self.thread_seconds
        if total <= 0:
            return (0.0, 0.0, 0.0)
        return (self.busy_seconds / total, self.starved_seconds / total, self.backpressured_seconds / total)


@dataclass(frozen=True, slots=True)
class CoordinatorStats:
    """One coordinator of threads."""

    name: str
    stop_requested: bool
    """Somebody asked all threads to stop."""
    exceptions: tuple[tuple[str, int], ...]
    """Exceptions handed to it, by class name; clean stops (end of input) not counted."""
    threads_running: int
    """Registered threads that are alive."""
    threads_stopped: int
    """Registered threads that have ended."""
    session_label: str = ""
    """As a queue's; a number, since a coordinator has no session."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known at one moment, from all live sources. The one thing that exporters and diagnosis read."""

    unix_seconds: float
    """Wall-clock time of the reading."""
    monotonic_seconds: float
    """The telemetry clock at the reading; differences of it are the intervals between snapshots."""
    queues: tuple[QueueStats, ...]
    stages: tuple[StageStats, ...]
    coordinators: tuple[CoordinatorStats, ...]
    errors: int
    """Sources that failed to answer since the start; 0 unless something is broken."""

    def queue(self, name: str) -> QueueStats:
        """The queue of this name, of several the one whose label is the plain name. KeyError, naming those that there
        are, when there is none."""
        return _named(self.queues, name, "queue")

    def stage(self, name: str) -> StageStats:
        """The stage of this name, as `queue` has it."""
        return _named(self.stages, name, "stage")

    def __str__(self) -> str:
        from .table import snapshot_table  # only who prints needs it

        return snapshot_table(self)


Stats = TypeVar("Stats", QueueStats, StageStats)


def _named(records: tuple[Stats, ...], name: str, noun: str) -> Stats:
    holders = sorted(
        (record for record in records if record.name == name), key=lambda record: record.session_label != ""
    )
    if holders:
        return holders[0]
    raise KeyError(f"no {noun} named {name!r}; there are: {', '.join(record.name for record in records) or 'none'}")
