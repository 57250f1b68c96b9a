"""The inside of a queue: who waits, who moves, and what is counted, all under one lock.

Invariants, true whenever the lock is free:
  - an enqueue waits only if there is no room for it, or another enqueue (or a close) waits before it;
  - a dequeue waits only if it cannot be served, or another dequeue waits before it;
  - elements leave in the order of the discipline, operations are served in the order they came;
  - enqueued + returned == dequeued + cancelled + size + held: nothing is lost or doubled;
  - the integrals in `_counters` are exact up to the last change of size.

After TensorFlow's queue core (core/kernels/queue_base.{h,cc}): each change runs the head of each list until neither
moves.
"""

import contextlib
import sys
import threading
from collections.abc import Sequence
from typing import Any, SupportsIndex

from tfqueue.framework.errors import CancelledError, InvalidArgumentError, OpError, OutOfRangeError
from tfqueue.telemetry import clock
from tfqueue.telemetry.clock import Clock, seconds, unix_seconds
from tfqueue.telemetry.counters import QueueCounters
from tfqueue.telemetry.registry import default_registry
from tfqueue.telemetry.stages import StageScope, Worker, thread_state
from tfqueue.telemetry.stats import OperationStats, QueueStats

from .attempts import Attempt, AttemptList
from .disciplines import FIFO, Discipline, Element
from .feeders import Feeders
from .slots import Slot

CLOSED = -1
"""The limit of a queue that takes no more elements."""


class QueueCore:
    """What `BlockingQueue` stands on; see there for the arguments."""

    in_turn = True
    """An operation waits while another of its side waits before it. Staging areas, which are asked for one thing or the
    other, serve whoever can be served."""

    def __init__(
        self,
        capacity: int,
        discipline: Discipline | None = None,
        *,
        name: str = "queue",
        kind: str = "FIFOQueue",
        resource_name: str | None = None,
        scope: StageScope | None = None,
        now: Clock | None = None,
    ) -> None:
        if not isinstance(capacity, SupportsIndex):
            raise TypeError(f"the capacity of a queue is a whole number, not {capacity!r}")
        discipline = FIFO() if discipline is None else discipline
        self.name, self.kind, self.capacity = name, kind, capacity
        self.resource_name = resource_name or name
        # TensorFlow's padding queue calls itself a FIFOQueue in all but its batches.
        self._single_kind = "FIFOQueue" if kind == "PaddingFIFOQueue" else kind
        self.min_after_dequeue = discipline.min_after_dequeue
        self.lock = threading.RLock()  # one that knows its owner, see `_unlock`
        self.feeders = Feeders()
        self._scope = scope or StageScope()
        self._owns_scope = scope is None
        self._now = now or clock.now
        self._key = object()  # what a worker remembers of the queue it drew from last: no reference to the queue
        self._discipline = discipline
        self._items, self._push, self._pop = discipline.items, discipline.push, discipline.pop
        self._enqueues, self._dequeues = AttemptList("enqueue"), AttemptList("dequeue")
        self._closed = self._shut_down = False
        self._reserved = 0
        # The two numbers that the fast paths compare the size with: below `_limit` there is room, above `_floor`
        # something to take.
        self._limit = capacity if capacity >= 0 else sys.maxsize
        self._floor = discipline.min_after_dequeue
        self._top = self._limit  # the size at which it is full
        self._min_edge = discipline.min_after_dequeue + 1 if discipline.min_after_dequeue else CLOSED
        self._counters = counters = QueueCounters(self._now())
        counters.empty_ns -= counters.made_at
        if self._top == 0:
            counters.full_ns -= counters.made_at
        if self._min_edge != CLOSED:
            counters.below_min_ns -= counters.made_at
        # Between these two sizes one element more or less crosses no edge: not empty, not full, not the minimum.
        self._low = max(1, self._min_edge)
        self._high = self._top - 1
        # Bound once, and unpacked in one go on the hot paths: calling through an attribute of the instance costs 20 ns
        # more.
        self._hot_enqueue = (self.lock.acquire, self.lock.release, self._now, discipline.push, discipline.admit)
        self._hot_dequeue = (self.lock.acquire, self.lock.release, self._now, discipline.pop)
        default_registry().register(self)

    # What it says about itself

    def size(self) -> int:
        """Elements held, without those that waiting batches have taken out."""
        return len(self._items)

    def is_closed(self) -> bool:
        """A close has taken effect."""
        return self._closed

    def describe(self) -> str:
        """Kind, name and fill, for messages."""
        capacity = f" of {self.capacity}" if self.capacity >= 0 else ""
        state = "closed, " if self._closed else ""
        return f"{self.kind} '{self.name}' ({state}{len(self._items)}{capacity} elements)"

    def stats(self) -> QueueStats:
        """A record of this moment, open intervals included."""
        with self.lock:
            now, size, counters = self._now(), len(self._items), self._counters
            served = counters.enqueued - counters.enqueued_slowly + counters.served_enqueues
            enqueue = self._operation_stats(self._enqueues, served, counters.last_enqueue, now)
            served = counters.dequeued - counters.dequeued_slowly + counters.served_dequeues
            dequeue = self._operation_stats(self._dequeues, served, counters.last_dequeue, now)
            return QueueStats(
                name=self.name,
                session=self._scope.label,
                kind=self.kind,
                capacity=self.capacity,
                min_after_dequeue=self.min_after_dequeue,
                closed=self._closed,
                size=size,
                age_seconds=seconds(now - counters.made_at),
                element_seconds=seconds(counters.element_ns + size * now),
                empty_seconds=seconds(counters.empty_ns + (now if size == 0 else 0)),
                full_seconds=seconds(counters.full_ns + (now if size >= self._top else 0)),
                below_min_seconds=seconds(counters.below_min_ns + (now if size < self._min_edge else 0)),
                enqueued_elements=counters.enqueued,
                dequeued_elements=counters.dequeued,
                cancelled_elements=counters.cancelled,
                held_elements=counters.held,
                returned_elements=counters.returned,
                enqueue=enqueue,
                dequeue=dequeue,
            )

    def __repr__(self) -> str:
        return f"<{self.describe()}>"

    def __reduce__(self) -> Any:
        raise TypeError(
            f"{self.kind} '{self.name}' cannot be pickled: it is shared by the threads of this process only. "
            "Make the queue in the process that uses it, and pass its elements instead."
        )

    # What attempts and slots ask of it

    def withdraw(self, attempt: Attempt, error: BaseException) -> bool:
        """Ends a waiting attempt with `error`; False if it was done. See `Attempt.cancel`."""
        with self.lock:
            if attempt.done():
                return False
            now = self._now()
            (self._dequeues if attempt.operation == "dequeue" else self._enqueues).remove(attempt, now)
            self._drop_held_locked(attempt)
            attempt.finish_locked(error=error)
            finished = [attempt, *self._flush_locked(now)]
        notify_all(finished)
        return True

    def put_back(self, elements: Sequence[Element]) -> None:
        """Returns elements that were dequeued together, in the order they came."""
        with self.lock:
            now = self._now()
            self._counters.returned += len(elements)
            self._restore_locked(elements, now)
            finished = self._flush_locked(now)
        notify_all(finished)

    def settle(self, slot: Slot, elements: Sequence[Element]) -> None:
        """The end of a reservation, with its element or with none: `Slot` calls it, once."""
        with self.lock:
            now = self._now()
            self._reserved -= 1
            self._set_limits_locked()
            before = len(self._items)
            for element in elements:
                self._push(element)
            self._counters.enqueued += len(elements)
            self._counters.enqueued_slowly += len(elements)
            self._counters.last_enqueue = now
            self._resized_locked(before, now)
            finished = self._flush_locked(now)
        notify_all(finished)
        worker = thread_state.worker
        if worker is not None:
            worker.elements_out += len(elements)

    def hint(self) -> str | None:
        """What to tell somebody who has waited long for an element; once only."""
        with self.lock:
            return self.feeders.hint(self.describe()) if not self._items else None

    def shutdown(self) -> None:
        """The session that owned it is closed: what waits is called off, and so is all that comes later."""
        with self.lock:
            self._shut_down = True
            self._close_locked()
            self._floor = sys.maxsize  # nothing goes out any more
            now = self._now()
            finished = [*self._end_all_locked(self._enqueues, now), *self._end_all_locked(self._dequeues, now)]
        notify_all(finished)
        default_registry().unregister(self)
        if self._owns_scope:
            self._scope.retire()

    # Beginning to wait

    def _drawn_by(self, worker: Worker | None) -> Worker:
        """The calling thread's worker, now drawing from this queue. Outside a runner the thread becomes a consumer."""
        if self._shut_down:
            raise CancelledError(None, None, "Dequeue operation was cancelled")
        stage = worker.stage() if worker is not None else None
        if worker is None or stage is None or stage.kind == "consumer":
            thread_state.worker = worker = self._scope.consumer(self.name, self._now)
        else:
            stage.discover(draws=self.name)
        worker.drawing = self._key
        return worker

    def _start_batch(self, count: int, token: object, *, small_allowed: bool) -> list[Element] | Attempt:
        if count < 0:
            raise InvalidArgumentError(None, None, f"{self.describe()}: cannot dequeue {count} < 0 elements")
        if count == 0:
            return []
        worker = thread_state.worker
        if worker is None or worker.drawing is not self._key:
            self._drawn_by(worker)
        attempt = Attempt(
            self, "dequeue", self._advance_dequeue, token, wanted=count, batch=True, small_allowed=small_allowed
        )
        return self._begin(attempt) or attempt.result()

    def _begin(self, attempt: Attempt) -> Attempt | None:
        """Runs a new attempt if it is its turn; returns it when it must wait, None when it was done at once.

        Errors: those of the operation, when it failed at once and has no result to ask for.
        """
        side = self._dequeues if attempt.operation == "dequeue" else self._enqueues
        with self.lock:
            now = self._now()
            if self._shut_down:
                attempt.finish_locked(error=attempt.cancelled_error())
            elif not (self.in_turn and side.waiting):
                _advance(attempt, now)
            waits = not attempt.done()
            if waits:
                side.append(attempt, now)
                if attempt.operation == "enqueue":
                    attempt.open_enqueue()
            elif attempt.operation == "dequeue":
                self._counters.served_dequeues += 1
            elif attempt.operation == "enqueue":
                self._counters.served_enqueues += 1
            finished = self._flush_locked(now)
        notify_all(finished)
        if waits:
            return attempt
        if attempt.operation != "dequeue":
            attempt.result()
        return None

    def _unlock(self) -> None:
        """After an interruption that may have come before the lock was taken or after it was let go."""
        with contextlib.suppress(RuntimeError):  # it is not ours
            self.lock.release()

    # Under the lock

    def _flush_locked(self, now: int) -> list[Attempt]:
        """Runs the head of each list until neither moves; returns those that are done, to be notified after the
        lock."""
        finished: list[Attempt] = []
        moved = True
        while moved:
            moved = self._run_heads_locked(self._enqueues, now, finished)
            moved = self._run_heads_locked(self._dequeues, now, finished) or moved
        return finished

    def _run_heads_locked(self, side: AttemptList, now: int, finished: list[Attempt]) -> bool:
        moved = False
        while side.waiting:
            attempt = side.head()
            if not _advance(attempt, now):
                break
            moved = True
            if not attempt.done():
                break
            side.remove(attempt, now)
            finished.append(attempt)
        return moved

    def _advance_enqueue(self, attempt: Attempt, now: int) -> bool:
        """Puts in what there is room for."""
        if self._closed:
            attempt.finish_locked(error=self._closed_error())
            return True
        before = len(self._items)
        end = attempt.position + max(0, self._limit - before)
        elements = attempt.elements[attempt.position : end]
        if not elements:
            return False
        try:
            for element in elements:
                self._push(element)
        finally:  # what is in is counted, whatever stopped the rest
            pushed = len(self._items) - before
            attempt.position += pushed
            self._counters.enqueued += pushed
            self._counters.enqueued_slowly += pushed
            self._counters.last_enqueue = now
            self._resized_locked(before, now)
        if attempt.position == len(attempt.elements):
            attempt.finish_locked()
        return True

    def _advance_reserve(self, attempt: Attempt, now: int) -> bool:
        if self._closed:
            attempt.finish_locked(error=self._closed_error())
        elif len(self._items) < self._limit:
            self._reserved += 1
            self._set_limits_locked()
            attempt.finish_locked(Slot(self))
        return attempt.done()

    def _advance_close(self, attempt: Attempt, now: int) -> bool:
        error = None
        if self._closed:
            error = CancelledError(None, None, f"Queue '{self.resource_name}' is already closed.")
        self._close_locked()
        attempt.finish_locked(error=error)
        return True

    def _advance_dequeue(self, attempt: Attempt, now: int) -> bool:
        """Takes out what is there, as TensorFlow's TryDequeueMany does; a single dequeue is a batch of one."""
        size = len(self._items)
        if self._closed and not self._reserved and size < attempt.wanted:
            short = self._short_error(attempt, size)
            self._give_back_locked(attempt, now)
            size = len(self._items)
            if not (attempt.small_allowed and size):
                attempt.finish_locked(error=short)
                return True
            attempt.wanted = size
        count = min(size - self._floor, attempt.wanted)
        if count > 0 and (count == attempt.wanted or not self._discipline.whole_batches):
            self._take_locked(attempt, count, now)
            return True
        if not (self.feeders.abandoned and not self._enqueues.waiting):
            return False
        self._give_back_locked(attempt, now)
        attempt.finish_locked(error=self.feeders.abandoned_error(self.describe()))
        return True

    def _take_locked(self, attempt: Attempt, count: int, now: int) -> None:
        before = len(self._items)
        pop = self._pop
        attempt.held.extend([pop() for _ in range(count)])
        attempt.wanted -= count
        counters = self._counters
        counters.held += count
        counters.last_dequeue = now
        self._resized_locked(before, now)
        if attempt.wanted == 0:
            attempt.taken = len(attempt.held)
            counters.held -= attempt.taken
            counters.dequeued += attempt.taken
            counters.dequeued_slowly += attempt.taken
            attempt.finish_locked(attempt.held if attempt.batch else attempt.held[0])

    def _give_back_locked(self, attempt: Attempt, now: int) -> None:
        """Elements held for an unfinished batch return to the front."""
        self._counters.held -= len(attempt.held)
        self._restore_locked(attempt.held, now)
        attempt.wanted += len(attempt.held)
        attempt.held = []

    def _restore_locked(self, elements: Sequence[Element], now: int) -> None:
        before = len(self._items)
        for element in reversed(elements):
            self._discipline.put_back(element)
        self._resized_locked(before, now)

    def _drop_held_locked(self, attempt: Attempt) -> None:
        self._counters.held -= len(attempt.held)
        self._counters.cancelled += len(attempt.held)

    def _end_all_locked(self, side: AttemptList, now: int) -> list[Attempt]:
        attempts: list[Attempt] = list(side)
        for attempt in attempts:
            side.remove(attempt, now)
            self._drop_held_locked(attempt)
            attempt.finish_locked(error=self.feeders.explain(attempt.cancelled_error()))
        return attempts

    def _close_locked(self) -> None:
        self._closed = True
        self._floor = 0
        self._limit = CLOSED

    def _set_limits_locked(self) -> None:
        if not self._closed and self.capacity >= 0:
            self._limit = self.capacity - self._reserved

    def _resized_locked(self, before: int, now: int) -> None:
        """Keeps the integrals when the size has changed from `before`, by any number of elements."""
        counters, after = self._counters, len(self._items)
        counters.element_ns += (before - after) * now
        counters.empty_ns += ((before == 0) - (after == 0)) * now
        counters.full_ns += ((before >= self._top) - (after >= self._top)) * now
        counters.below_min_ns += ((before < self._min_edge) - (after < self._min_edge)) * now

    def _operation_stats(self, side: AttemptList, served: int, last: int | None, now: int) -> OperationStats:
        return OperationStats(
            finished=served + side.histogram.finished(),
            blocked_seconds=side.blocked_seconds(now),
            blocked_threads=side.blocked(),
            wait_seconds=side.histogram.total_seconds(),
            wait_buckets=side.histogram.buckets(served),
            last_timestamp=None if last is None else unix_seconds(last, now),
        )

    def _closed_error(self) -> OpError:
        error = CancelledError(None, None, f"{self._single_kind} '{self.resource_name}' is closed")
        return self.feeders.explain(error, ". It takes no more elements; those inside can still be dequeued.")

    def _short_error(self, attempt: Attempt, size: int) -> OpError:
        kind = self.kind if attempt.batch else self._single_kind
        words = (
            f"{kind} '{self.resource_name}' is closed and has insufficient elements "
            f"(requested {attempt.wanted}, current size {size})"
        )
        advice = ". To take what is left, use dequeue_up_to or allow_smaller_final_batch=True." if size else ""
        return self.feeders.explain(OutOfRangeError(None, None, words), advice)


def _advance(attempt: Attempt, now: int) -> bool:
    """One turn of an attempt; an error is its own, and nobody else's who happens to run it."""
    try:
        return attempt.advance(attempt, now)
    except Exception as error:  # noqa: BLE001 - raised where the attempt's result is asked for
        attempt.finish_locked(error=error)
        return True


def notify_all(finished: list[Attempt]) -> None:
    """Calls those who wait for these attempts; after the lock is released."""
    for attempt in finished:
        attempt.notify()
