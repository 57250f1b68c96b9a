"""Stages: threads that do the same work, each in one of three states at any time.

Who may write:
  - `Worker`: its thread alone adds runs and elements; its state, what its waiting enqueues have put in, and what helper
    threads did for it change under its own small lock, since others read and write them;
  - `StageCounters`, `StageScope`: anybody, under their own lock.

Time in a state is kept as a sum of stamps, as `tfqueue.telemetry.counters` has it.
"""

import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from . import clock
from .clock import Clock, seconds
from .counters import ExceptionCounts
from .registry import default_registry
from .stats import StageStats, WorkerStats

ENDED_WORKERS_KEPT = 64
"""Ended threads that a stage still lists one by one."""

BUSY, STARVED, BACKPRESSURED = 0, 1, 2
_STATE_NAMES = ("busy", "starved", "backpressured")


class OpenEnqueue(Protocol):
    """An enqueue that waits: what it has put in so far counts already."""

    position: int


class Worker:
    """One thread of a stage: what it did, and which of three states it is in. Made by its stage, owned by its
    thread."""

    __slots__ = (
        "__weakref__",
        "_consumes",
        "_ended",
        "_helped_draws",
        "_helped_in",
        "_lock",
        "_now",
        "_ns",
        "_open",
        "_parked",
        "_settled_out",
        "_state",
        "drawing",
        "draws",
        "elements_in",
        "elements_out",
        "name",
        "runs",
        "stage",
    )

    def __init__(self, stage: "StageCounters", name: str, now: Clock) -> None:
        self.stage = weakref.ref(stage)  # weak: a thread must not keep a stage's series alive
        self.name = name
        self.runs = self.draws = self.elements_in = self.elements_out = 0
        self.drawing: object = None  # the key of the queue it drew from last
        self._consumes = stage.kind == "consumer"  # a run of it is then a dequeue operation
        self._now = now
        self._lock = threading.Lock()
        self._state = BUSY
        self._ended = False
        self._parked = [0, 0, 0]  # threads that wait on its account, by state: its own, and those that help it
        self._ns = [-now(), 0, 0]
        self._open: list[OpenEnqueue] = []
        self._settled_out = 0  # elements that enqueues which had to wait, and helper threads, have put in
        self._helped_draws = self._helped_in = 0  # what helper threads took

    def park(self, state: int) -> None:
        """A thread begins to wait on its account: for an element (STARVED) or for room (BACKPRESSURED)."""
        with self._lock:
            self._parked[state] += 1
            self._follow_parked_locked()

    def unpark(self, state: int) -> None:
        """A thread that had parked in this state waits no more. Threads may come and go in any order."""
        with self._lock:
            self._parked[state] -= 1
            self._follow_parked_locked()

    def _follow_parked_locked(self) -> None:
        """Starved while any of its threads is, else backpressured while any is, else busy."""
        before = self._state
        state = STARVED if self._parked[STARVED] else BACKPRESSURED if self._parked[BACKPRESSURED] else BUSY
        if state == before:
            return
        self._state = state
        if not self._ended:
            now = self._now()
            self._ns[before] += now
            self._ns[state] -= now

    def add_helped(self, draws: int, elements_in: int, elements_out: int) -> None:
        """What a helper thread did on its account; from that thread."""
        with self._lock:
            self._helped_draws += draws
            self._helped_in += elements_in
            self._settled_out += elements_out

    def open_enqueue(self, enqueue: OpenEnqueue) -> None:
        """One of its enqueues begins to wait."""
        with self._lock:
            self._open.append(enqueue)

    def settle_enqueue(self, enqueue: OpenEnqueue) -> None:
        """That enqueue is over, by whomever; what it has put in stays counted."""
        with self._lock:
            self._open.remove(enqueue)
            self._settled_out += enqueue.position

    def end(self) -> None:
        """Stops all its clocks: the thread is gone, or has nothing more to do here."""
        with self._lock:
            if not self._ended:
                self._ns[self._state] += self._now()
                self._ended = True
                self.drawing = None  # a later dequeue comes by the slow way and wakes the worker

    def input_ended(self) -> None:
        """A dequeue found the end of input: a consumer is none any more, until it draws again."""
        if self._consumes:
            self.end()

    def wake(self) -> None:
        """Starts the clocks of an ended worker again: its thread came back for more."""
        with self._lock:
            if self._ended:
                self._ended = False
                self._ns[self._state] -= self._now()

    @property
    def alive(self) -> bool:
        """Its clocks run."""
        return not self._ended

    def stats(self) -> WorkerStats:
        """A record of this moment; the three states sum to its life exactly."""
        with self._lock:
            nanoseconds = list(self._ns)
            if not self._ended:
                nanoseconds[self._state] += self._now()
            state = "ended" if self._ended else _STATE_NAMES[self._state]
            draws, elements_in = self.draws + self._helped_draws, self.elements_in + self._helped_in
            elements_out = self.elements_out + self._settled_out + sum(enqueue.position for enqueue in self._open)
        return WorkerStats(
            name=self.name,
            alive=state != "ended",
            state=state,
            runs=draws if self._consumes else self.runs,
            elements_in=elements_in,
            elements_out=elements_out,
            busy_seconds=seconds(nanoseconds[BUSY]),
            starved_seconds=seconds(nanoseconds[STARVED]),
            backpressured_seconds=seconds(nanoseconds[BACKPRESSURED]),
        )


class _ThreadEnd:
    """Lives in a thread's local storage; dropped with it, it ends the thread's worker at that very moment."""

    __slots__ = ("_ident", "_scope", "worker")

    def __init__(self, scope: "StageScope", ident: int, worker: Worker) -> None:
        self._scope = weakref.ref(scope)
        self._ident = ident
        self.worker = worker

    def __del__(self, _is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if _is_finalizing():
            return  # the interpreter ends: this module's names are gone, and nobody reads the counts
        stage, scope = self.worker.stage(), self._scope()
        if stage is not None:
            stage.bury(self.worker)
        if scope is not None:
            scope.forget(self._ident, self.worker)


class _ThreadState(threading.local):
    """Per thread: the worker it is, if any, and what must happen when it ends."""

    worker: Worker | None = None
    ends: dict[int, _ThreadEnd] | None = None


thread_state = _ThreadState()
"""`thread_state.worker` is the calling thread's worker or None; queues read it on their hot paths."""


def current_worker() -> Worker | None:
    """The calling thread's worker."""
    return thread_state.worker


@contextmanager
def use_worker(worker: Worker | None) -> Iterator[None]:
    """What the calling thread does inside counts for `worker`, which no other thread may be using."""
    before = thread_state.worker
    thread_state.worker = worker
    try:
        yield
    finally:
        thread_state.worker = before


class StageScope:
    """The pipeline that queues and stages belong to, one a session; a queue without a session has its own.

    Keeps the consumers: threads that dequeue outside a runner. A thread is one worker of one consumer stage of a scope,
    named after the queue it drew from first; drawing from a second queue of the scope adds it to the stage's `draws`.
    """

    def __init__(self, label: str = "") -> None:
        self.label = label
        """The session's name; empty without one."""
        self._lock = threading.Lock()
        self._consumers: dict[str, StageCounters] = {}
        self._workers: dict[int, Worker] = {}

    def consumer(self, queue_name: str, now: Clock) -> Worker:
        """The calling thread's worker among this scope's consumers, made if need be."""
        ident = threading.get_ident()
        with self._lock:
            worker = self._workers.get(ident)
            if worker is None or worker is not thread_state.worker:
                worker = self._worker_here_locked() or worker
            stage = None if worker is None else worker.stage()
        if worker is None or stage is None:
            stage = self._consumer_stage(queue_name, now)
            worker = stage.add_worker(threading.current_thread().name)
            with self._lock:
                self._workers[ident] = worker
            _end_with_thread(self, ident, worker)
        worker.wake()
        stage.discover(draws=queue_name)
        return worker

    def _worker_here_locked(self) -> Worker | None:
        """What the calling thread counts for already, if that is a consumer of this scope: its own, or one it helps."""
        worker = thread_state.worker
        stage = None if worker is None else worker.stage()
        return worker if any(stage is consumer for consumer in self._consumers.values()) else None

    def forget(self, ident: int, worker: Worker) -> None:
        """The worker's thread has ended; its number may be given to another."""
        with self._lock:
            if self._workers.get(ident) is worker:
                del self._workers[ident]

    def retire(self) -> None:
        """The pipeline is over: its consumers leave the registry."""
        with self._lock:
            stages = list(self._consumers.values())
            self._consumers.clear()
            self._workers.clear()
        for stage in stages:
            stage.retire()

    def _consumer_stage(self, queue_name: str, now: Clock) -> "StageCounters":
        with self._lock:
            if queue_name not in self._consumers:
                self._consumers[queue_name] = StageCounters(f"{queue_name}/consumer", "consumer", self, now=now)
            return self._consumers[queue_name]


def _end_with_thread(scope: StageScope, ident: int, worker: Worker) -> None:
    if thread_state.ends is None:
        thread_state.ends = {}
    ends = thread_state.ends
    for key in [key for key, end in ends.items() if end.worker.stage() is None]:
        del ends[key]  # pipelines that are gone
    ends[id(worker)] = _ThreadEnd(scope, ident, worker)


class StageCounters:
    """Threads that do the same work. Registered while it lives, until `retire`."""

    def __init__(self, name: str, kind: str, scope: StageScope, *, now: Clock | None = None) -> None:
        self.name = name
        self.kind = kind
        self._session = scope.label
        self._now = now or clock.now
        self._lock = threading.Lock()
        self._draws: list[str] = []
        self._fills: list[str] = []
        self._workers: list[Worker] = []
        self._ended: deque[WorkerStats] = deque()
        self._folded = [0, 0, 0, 0.0, 0.0, 0.0]  # runs, in, out, busy, starved, backpressured of threads long gone
        self._exceptions = ExceptionCounts()
        default_registry().register(self)

    def declare(self, draws: Iterable[str] = (), fills: Iterable[str] = ()) -> None:
        """Names the queues it works between, known before it runs."""
        for name in draws:
            self.discover(draws=name)
        for name in fills:
            self.discover(fills=name)

    def discover(self, draws: str | None = None, fills: str | None = None) -> None:
        """It was seen to take from, or to put into, the queue of this name."""
        with self._lock:
            if draws is not None and draws not in self._draws:
                self._draws.append(draws)
            if fills is not None and fills not in self._fills:
                self._fills.append(fills)

    def add_worker(self, name: str) -> Worker:
        """A new thread of this stage, its clocks running from now."""
        worker = Worker(self, name, self._now)
        with self._lock:
            self._workers.append(worker)
        return worker

    @contextmanager
    def work(self) -> Iterator[Worker]:
        """What the calling thread does inside is this stage's work; for the life of a runner's thread."""
        worker = self.add_worker(threading.current_thread().name)
        with use_worker(worker):
            try:
                yield worker
            finally:
                self.bury(worker)

    def bury(self, worker: Worker) -> None:
        """The worker's thread is gone: it becomes a record, and the oldest records a sum, so that memory is bounded."""
        worker.end()
        with self._lock:
            if worker in self._workers:
                self._workers.remove(worker)
                self._ended.append(worker.stats())
            if len(self._ended) > ENDED_WORKERS_KEPT:
                self._fold_locked(self._ended.popleft())

    def record_exception(self, error: BaseException) -> None:
        """Counts an exception that ended a turn of its loop."""
        with self._lock:
            self._exceptions.add(error)

    def retire(self) -> None:
        """The stage is over: no more series of it."""
        default_registry().unregister(self)

    def stats(self) -> StageStats:
        """A record of this moment. For a consumer a run is a dequeue operation."""
        with self._lock:
            workers = [*self._ended, *(worker.stats() for worker in self._workers)]
            folded = tuple(self._folded)
            draws, fills, exceptions = tuple(self._draws), tuple(self._fills), self._exceptions.items()
        return StageStats(
            name=self.name,
            session=self._session,
            kind=self.kind,
            draws=draws,
            fills=fills,
            threads=sum(worker.alive for worker in workers),
            runs=int(folded[0]) + sum(worker.runs for worker in workers),
            elements_in=int(folded[1]) + sum(worker.elements_in for worker in workers),
            elements_out=int(folded[2]) + sum(worker.elements_out for worker in workers),
            busy_seconds=folded[3] + sum(worker.busy_seconds for worker in workers),
            starved_seconds=folded[4] + sum(worker.starved_seconds for worker in workers),
            backpressured_seconds=folded[5] + sum(worker.backpressured_seconds for worker in workers),
            exceptions=exceptions,
            workers=tuple(workers),
        )

    def _fold_locked(self, old: WorkerStats) -> None:
        counts = (old.runs, old.elements_in, old.elements_out)
        times = (old.busy_seconds, old.starved_seconds, old.backpressured_seconds)
        self._folded = [before + more for before, more in zip(self._folded, counts + times, strict=True)]
