"""Operations that could not be served at once: started, parked on, called back, withdrawn. The only place a queue
blocks.

After TensorFlow's queue core (core/kernels/queue_base.{h,cc}), where a waiting operation is an object with a step that
is run under the queue's lock. Invariants, true whenever the queue's lock is free:
  - an attempt is either waiting in exactly one list of its queue, or done, and it is done exactly once;
  - attempts are served in the order they came: only the head of a list moves;
  - a withdrawn attempt has no later effect on its queue.
Callbacks run outside the lock, exactly once, on whatever thread made the attempt done.
"""

import logging
import threading
import time
from _queue import Empty, SimpleQueue
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tfqueue.framework.cancellation import CancellationManager
from tfqueue.framework.errors import CancelledError, DeadlineExceededError, OpError, OutOfRangeError
from tfqueue.telemetry.clock import seconds
from tfqueue.telemetry.histogram import WaitHistogram
from tfqueue.telemetry.stages import BACKPRESSURED, STARVED, Worker, current_worker

from .disciplines import Element

if TYPE_CHECKING:
    from .queue_core import QueueCore

_log = logging.getLogger("tfqueue")

HINT_SECONDS = 10.0
"""A dequeue that has waited this long while no thread of the queue's runner was ever started says so in the log."""

_UNSET: Any = object()


class Attempt:
    """One operation that waits for its turn. Guarded by its queue's lock until it is done, immutable after."""

    __slots__ = (
        "_callbacks",
        "_error",
        "_queue",
        "_transform",
        "_value",
        "_wakes",
        "advance",
        "batch",
        "elements",
        "held",
        "operation",
        "position",
        "since",
        "small_allowed",
        "taken",
        "token",
        "wanted",
        "worker",
    )

    def __init__(
        self,
        queue: "QueueCore",
        operation: str,
        advance: Callable[["Attempt", int], bool],
        token: object = None,
        *,
        elements: Sequence[Element] = (),
        wanted: int = 0,
        batch: bool = False,
        small_allowed: bool = False,
    ) -> None:
        self._queue = queue
        self.operation = operation
        """enqueue, dequeue, or close, which waits among the enqueues."""
        self.advance = advance
        """Run under the lock when the attempt is at the head of its list; answers whether it changed anything."""
        self.token = token
        """Whose attempt it is: what `BlockingQueue.cancel(predicate)` looks at."""
        self.elements = elements
        self.position = 0  # elements[:position] are in the queue
        self.batch = batch  # its value is a list of elements
        self.wanted = wanted  # elements still to be taken
        self.held: list[Element] = []  # elements taken so far
        self.small_allowed = small_allowed
        self.since = 0  # clock reading at which it began to wait
        self.taken = 0  # elements that the caller got with the result
        self.worker: Worker | None = None  # whose enqueue waits here
        self._callbacks: list[Callable[[Attempt], None]] = []
        self._wakes: list[Callable[[], None]] = []
        self._value: Any = _UNSET
        self._error: BaseException | None = None
        self._transform: Callable[[Any], Any] | None = None

    def done(self) -> bool:
        """It has its result or its error."""
        return self._value is not _UNSET

    def finish_locked(self, value: Any = None, error: BaseException | None = None) -> None:
        """Sets the outcome, under the queue's lock; whoever calls it sees to `notify` after the lock is released."""
        self._error = error
        self._value = value
        # Under the lock, and before the callbacks: a parked thread is told whatever becomes of the one that serves it.
        for wake in self._wakes:
            wake()
        if self.worker is not None:
            self.worker.settle_enqueue(self)

    def open_enqueue(self) -> None:
        """It begins to wait: from now on what it puts in counts for the calling thread's worker at once."""
        worker = current_worker()
        if worker is not None:
            worker.open_enqueue(self)
            self.worker = worker

    def notify(self) -> None:
        """Calls those who wait. Only after `finish_locked`, once, outside the lock."""
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            try:
                callback(self)
            except Exception:  # noqa: BLE001 - the thread that runs it has an operation of its own to end
                _log.exception("a callback of %s raised", self.describe())

    def add_done_callback(self, callback: Callable[["Attempt"], None]) -> None:
        """Calls `callback(attempt)` once it is done: at once if it is, else on the thread that makes it so."""
        with self._queue.lock:
            if not self.done():
                self._callbacks.append(callback)
                return
        callback(self)

    def wake_when_done(self, wake: Callable[[], None]) -> None:
        """As `add_done_callback`, for what neither waits nor fails: `wake()` is called under the queue's lock."""
        with self._queue.lock:
            if not self.done():
                self._wakes.append(wake)
                return
        wake()

    def then(self, transform: Callable[[Any], Any]) -> "Attempt":
        """Has `transform` applied to the value, in the thread that asks for the result. Returns the attempt itself."""
        self._transform = transform
        return self

    def result(self) -> Any:
        """The value of a done attempt, or its error raised. To be asked once, by the one who waited for it."""
        worker = current_worker()
        if self._error is not None:
            if worker is not None and isinstance(self._error, OutOfRangeError):
                worker.input_ended()
            raise self._error
        if worker is not None:
            if self.operation == "enqueue":
                worker.elements_out += self.position if self.worker is None else 0
            else:
                worker.draws += 1
                worker.elements_in += self.taken
        return self._value if self._transform is None else self._transform(self._value)

    def cancel(self, error: BaseException | None = None) -> bool:
        """Withdraws it: it ends with `error` (default: CancelledError, as TensorFlow words it).

        Returns False, and changes nothing, when it was done before. What an `enqueue_many` has put in stays in; what a
        `dequeue_many` holds is lost, as in TensorFlow, and counted.
        """
        return self._queue.withdraw(self, error or self.cancelled_error())

    def abandon(self) -> None:
        """Withdraws it, and gives its elements back if it was done before: nobody will ask for the result."""
        if not self.cancel() and self._error is None and self.operation == "dequeue":
            self._queue.put_back(self._value if self.batch else [self._value])

    def cancelled_error(self) -> OpError:
        """What TensorFlow says of a called-off operation."""
        noun = "Dequeue" if self.operation == "dequeue" else "Enqueue"
        return CancelledError(None, None, f"{noun} operation was cancelled")

    def wait(self, timeout: float | None = None, cancellation: CancellationManager | None = None) -> Any:
        """Parks the calling thread until it is done, and returns its result.

        `timeout` in seconds; when it has passed, or when `cancellation` is called off, the attempt is withdrawn.
        Errors: DeadlineExceededError, what `cancellation` was called off with, and those of the operation.
        """
        waits = WaitSet()
        waits.add(self, None)
        token = None if cancellation is None else cancellation.register(self.cancel)
        try:
            if waits.wait(timeout) is None:
                words = f"Timed out waiting for notification: {self.describe()} waited {timeout:g} s"
                self.cancel(DeadlineExceededError(None, None, words))
        except BaseException:  # Ctrl-C while parked: no attempt is left behind that takes an element nobody gets
            self.abandon()
            raise
        finally:
            if cancellation is not None and token is not None:
                cancellation.deregister(token)
        return self.result()

    def describe(self) -> str:
        """The operation in words, with the state of its queue: for messages."""
        return f"{self.operation} on {self._queue.describe()}"

    def hint(self) -> str | None:
        """What to say when it waits for long, if there is something to say."""
        return self._queue.hint() if self.operation == "dequeue" else None


class WaitSet:
    """Where a thread parks until one of several attempts is done. Owned by that thread."""

    __slots__ = ("_done", "_waiting")

    def __init__(self) -> None:
        self._done: SimpleQueue[tuple[Attempt, Any]] = SimpleQueue()
        self._waiting: dict[int, Attempt] = {}

    def add(self, attempt: Attempt, tag: Any) -> None:
        """Waits for `attempt` too; `wait` will answer `(attempt, tag)`."""
        self._waiting[id(attempt)] = attempt
        if isinstance(attempt, Attempt):
            attempt.wake_when_done(lambda: self._done.put((attempt, tag)))
        else:
            attempt.add_done_callback(lambda attempt: self._done.put((attempt, tag)))

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Any:
        return iter(list(self._waiting.values()))

    def wait(self, timeout: float | None = None) -> tuple[Attempt, Any] | None:
        """Parks until an attempt is done; None when `timeout` seconds have passed first.

        While it is parked the thread's worker is starved (it waits for an element) or backpressured (for room).
        Ctrl-C ends it with KeyboardInterrupt at once.
        """
        done = self._done_now() or self._park(timeout)
        if done is None:
            return None
        attempt, tag = done
        del self._waiting[id(attempt)]
        return attempt, tag

    def _done_now(self) -> tuple[Attempt, Any] | None:
        try:
            return self._done.get_nowait()
        except Empty:
            return None

    def _park(self, timeout: float | None) -> tuple[Attempt, Any] | None:
        worker = current_worker()
        operations = {attempt.operation for attempt in self._waiting.values()}
        operations.discard("blocking call")  # its helper thread says by itself what it waits for
        if worker is None or not operations:
            return self._park_until(timeout)
        state = STARVED if "dequeue" in operations else BACKPRESSURED
        worker.park(state)
        try:
            return self._park_until(timeout)
        finally:
            worker.unpark(state)

    def _park_until(self, timeout: float | None) -> tuple[Attempt, Any] | None:
        """Parks in two legs, the first as long as the hint needs; the second to the end."""
        if timeout is not None and timeout <= HINT_SECONDS:
            return self._park_for(timeout)
        started = time.monotonic()
        done = self._park_for(HINT_SECONDS)
        if done is None:
            for attempt in self._waiting.values():
                hint = attempt.hint()
                if hint is not None:
                    _log.warning(hint)
            done = self._park_for(None if timeout is None else max(0.0, started + timeout - time.monotonic()))
        return done

    def _park_for(self, timeout: float | None) -> tuple[Attempt, Any] | None:
        try:
            return self._done.get(timeout=None if timeout is None else min(timeout, threading.TIMEOUT_MAX))
        except Empty:
            return None


class AttemptList:
    """The waiting operations of one side of a queue, first come first served. Guarded by the queue's lock."""

    __slots__ = ("_open_ns", "histogram", "operation", "waiting")

    def __init__(self, operation: str) -> None:
        self.operation = operation
        self.histogram = WaitHistogram()
        self.waiting: deque[Attempt] = deque()
        self._open_ns = 0  # stamps of the open waits, as sum

    def __iter__(self) -> Any:
        return iter(list(self.waiting))

    def head(self) -> Attempt:
        """The one whose turn it is."""
        return self.waiting[0]

    def append(self, attempt: Attempt, now: int) -> None:
        """It begins to wait."""
        attempt.since = now
        self.waiting.append(attempt)
        if attempt.operation == self.operation:
            self._open_ns -= now

    def remove(self, attempt: Attempt, now: int) -> None:
        """It waits no longer; how long it did is counted."""
        if self.waiting[0] is attempt:
            self.waiting.popleft()
        else:
            self.waiting.remove(attempt)
        if attempt.operation == self.operation:  # a close among the enqueues is not a blocked enqueue
            self._open_ns += attempt.since
            self.histogram.record(now - attempt.since)

    def blocked(self) -> int:
        """Operations of this side that wait now."""
        return sum(attempt.operation == self.operation for attempt in self.waiting)

    def blocked_seconds(self, now: int) -> float:
        """Seconds waited here by all, open waits included."""
        return self.histogram.total_seconds() + seconds(self._open_ns + self.blocked() * now)
