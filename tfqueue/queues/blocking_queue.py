"""A bounded queue shared by threads: TensorFlow 1's queue, usable with no graph.

The fast paths stand here in full view: an operation that can be served at once is served under the lock, with one
clock reading and no attempt made. Ctrl-C may strike after any call: so on the fast paths the counters change between
two calls, the element moves last, and the lock is let go if it is held (`with` would do that at twice the cost). All
else, and the invariants, are `tfqueue.queues.queue_core`'s. Elements are opaque; shapes, dtypes and batches are
`tfqueue.queues.element`'s.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfqueue.framework.cancellation import CancellationManager
from tfqueue.framework.errors import OutOfRangeError
from tfqueue.telemetry.stages import thread_state

from .attempts import Attempt
from .disciplines import Element
from .queue_core import QueueCore, notify_all
from .slots import Slot


class BlockingQueue(QueueCore):
    """A queue of at most `capacity` elements; every operation also counts itself, and `stats()` says how the queue is.

    Args:
      capacity: elements it holds; negative means without bound; with 0 every enqueue waits.
      discipline: order and storage; default first in, first out.
      name: the label of its telemetry, and its name in messages unless `resource_name` is given.
      kind: the class named in messages: FIFOQueue, RandomShuffleQueue, PaddingFIFOQueue, PriorityQueue.
      resource_name: the name in messages, as TensorFlow's sessions make it (`_0_fifo_queue`).
      scope: the pipeline it belongs to (a session's); default one of its own.
      now: the clock of its telemetry, in nanoseconds; default the one of `tfqueue.telemetry.clock`.

    Blocking operations take `timeout` in seconds and a `cancellation` that another thread may call off. They raise
      OutOfRangeError: the queue is closed and has too few elements;
      CancelledError: the queue was closed to enqueues, or the operation was called off;
      DeadlineExceededError: `timeout` has passed; the operation has no later effect;
      AbortedError: all threads of the runner that feeds the queue ended by an error, and nothing is left to take.
    The `start_` forms return the result when served at once, otherwise an `Attempt` that was not waited for.

    >>> queue = BlockingQueue(10)
    >>> queue.enqueue("a")
    >>> queue.dequeue()
    'a'
    """

    # Blocking operations

    def enqueue(  # noqa: C901 - the fast path in full view, without calls that Ctrl-C could strike after
        self,
        element: Element,
        timeout: float | None = None,
        cancellation: CancellationManager | None = None,
        *,
        token: object = None,
        wait: bool = True,
    ) -> Attempt | None:
        """Puts one element in; waits while the queue is full. `token` and `wait` are for `start_enqueue`."""
        acquire, release, clock_reading, push, admit = self._hot_enqueue
        if admit is not None:
            admit(element)
        finished = None
        try:
            acquire()
            size = len(self._items)
            served = size < self._limit and not self._enqueues.waiting
            if served:
                now = clock_reading()
                counters = self._counters
                counters.enqueued += 1
                counters.element_ns -= now
                counters.last_enqueue = now
                if not self._low < size < self._high:  # one of the edges may be crossed
                    if size == 0:
                        counters.empty_ns += now
                    if size + 1 == self._top:
                        counters.full_ns -= now
                    if size + 1 == self._min_edge:
                        counters.below_min_ns += now
                push(element)
                if self._dequeues.waiting:
                    finished = self._flush_locked(now)
            release()
        except BaseException:
            self._unlock()
            raise
        if not served:
            attempt = self._begin(Attempt(self, "enqueue", self._advance_enqueue, token, elements=(element,)))
            if attempt is not None and wait:
                attempt.wait(timeout, cancellation)
            return attempt
        worker = thread_state.worker
        if worker is not None:
            worker.elements_out += 1
        if finished:
            notify_all(finished)
        return None

    def enqueue_many(
        self, elements: Sequence[Element], timeout: float | None = None, cancellation: CancellationManager | None = None
    ) -> None:
        """Puts elements in as room comes, in order; called off half-way, what is in stays in (as in TensorFlow)."""
        attempt = self.start_enqueue_many(elements)
        if attempt is not None:
            attempt.wait(timeout, cancellation)

    def dequeue(
        self,
        timeout: float | None = None,
        cancellation: CancellationManager | None = None,
        *,
        token: object = None,
        wait: bool = True,
    ) -> Element:
        """Takes one element out; waits while there is none. `token` and `wait` are for `start_dequeue`."""
        worker = thread_state.worker
        if worker is None or worker.drawing is not self._key:
            worker = self._drawn_by(worker)
        acquire, release, clock_reading, pop = self._hot_dequeue
        finished = element = None
        try:
            acquire()
            size = len(self._items)
            served = size > self._floor and not self._dequeues.waiting
            if served:
                now = clock_reading()
                counters = self._counters
                counters.dequeued += 1
                counters.element_ns += now
                counters.last_dequeue = now
                if not self._low < size < self._high:
                    if size == self._top:
                        counters.full_ns += now
                    if size == self._min_edge:
                        counters.below_min_ns -= now
                    if size == 1:
                        counters.empty_ns -= now
                element = pop()
                if self._enqueues.waiting:
                    finished = self._flush_locked(now)
            release()
        except BaseException:
            self._unlock()
            raise
        if not served:
            attempt = Attempt(self, "dequeue", self._advance_dequeue, token, wanted=1)
            if self._begin(attempt) is None:
                return attempt.result()
            return attempt.wait(timeout, cancellation) if wait else attempt
        worker.elements_in += 1
        worker.draws += 1
        if finished:
            notify_all(finished)
        return element

    def dequeue_many(
        self, count: int, timeout: float | None = None, cancellation: CancellationManager | None = None
    ) -> list[Element]:
        """Takes `count` elements out, each as it comes, so that `count` may exceed the capacity.

        When the queue closes too early, those taken go back and OutOfRangeError is raised. Called off half-way, those
        taken are lost, as in TensorFlow (counted in `stats().cancelled_elements`).
        """
        result = self.start_dequeue_many(count)
        value: list[Element] = result.wait(timeout, cancellation) if isinstance(result, Attempt) else result
        return value

    def dequeue_up_to(
        self, count: int, timeout: float | None = None, cancellation: CancellationManager | None = None
    ) -> list[Element]:
        """As `dequeue_many`, but a closed queue gives what is left, one at least. An open one waits for the full
        count."""
        result = self.start_dequeue_up_to(count)
        value: list[Element] = result.wait(timeout, cancellation) if isinstance(result, Attempt) else result
        return value

    def close(
        self,
        cancel_pending_enqueues: bool = False,
        timeout: float | None = None,
        cancellation: CancellationManager | None = None,
    ) -> None:
        """Takes no more elements, once the enqueues that wait have been served; or at once, calling those off.

        Errors: CancelledError on a second close without `cancel_pending_enqueues`.
        """
        attempt = self.start_close(cancel_pending_enqueues)
        if attempt is not None:
            attempt.wait(timeout, cancellation)

    def fail(self, error: BaseException, producer: str = "producer") -> None:
        """For a producer that cannot go on: closes the queue at once, with `error` as the reason.

        Consumers get what is inside, and then an OutOfRangeError that names the producer and has `error` as its cause.
        """
        self.feeder_failed(producer, error)
        self.close(cancel_pending_enqueues=True)

    def __iter__(self) -> Iterator[Element]:
        """Elements until the end of input; when a producer failed, the OutOfRangeError that says so is raised then."""
        while True:
            try:
                element = self.dequeue()
            except OutOfRangeError as end:
                if end.__cause__ is not None:
                    raise
                return
            yield element

    # Operations that are started and not waited for

    def start_enqueue(self, element: Element, token: object = None) -> Attempt | None:
        """`enqueue`, not waited for."""
        return self.enqueue(element, token=token, wait=False)

    def start_enqueue_many(self, elements: Sequence[Element], token: object = None) -> Attempt | None:
        """`enqueue_many`, not waited for. Without elements it returns at once, on a closed queue too."""
        try:
            count = len(elements)
        except TypeError:
            raise TypeError(f"enqueue_many takes a sequence of elements, not {elements!r}; for one: enqueue") from None
        if count == 0:
            return None
        if self._discipline.admit is not None:
            for element in elements:
                self._discipline.admit(element)
        return self._begin(Attempt(self, "enqueue", self._advance_enqueue, token, elements=elements))

    def start_dequeue(self, token: object = None) -> Element | Attempt:
        """`dequeue`, not waited for."""
        return self.dequeue(token=token, wait=False)

    def start_dequeue_many(self, count: int, token: object = None) -> list[Element] | Attempt:
        """`dequeue_many`, not waited for. A count of 0 gives an empty list, open or closed."""
        return self._start_batch(count, token, small_allowed=False)

    def start_dequeue_up_to(self, count: int, token: object = None) -> list[Element] | Attempt:
        """`dequeue_up_to`, not waited for."""
        return self._start_batch(count, token, small_allowed=True)

    def start_close(self, cancel_pending_enqueues: bool = False, token: object = None) -> Attempt | None:
        """`close`, not waited for: a plain close takes its turn behind the enqueues that wait."""
        if not cancel_pending_enqueues:
            return self._begin(Attempt(self, "close", self._advance_close, token))
        with self.lock:
            now = self._now()
            self._close_locked()
            finished = [*self._end_all_locked(self._enqueues, now), *self._flush_locked(now)]
        notify_all(finished)
        return None

    # Withdrawal, return, reservation

    def cancel(self, predicate: Callable[[Any], bool]) -> int:
        """Withdraws every waiting attempt whose token satisfies `predicate`; returns how many."""
        with self.lock:
            attempts = [a for side in (self._enqueues, self._dequeues) for a in side if predicate(a.token)]
        return sum(attempt.cancel() for attempt in attempts)

    def put_front(self, element: Element) -> None:
        """Returns an element that was dequeued: it leaves next, or goes back into the pool of a shuffle queue.

        Never waits, may exceed the capacity, and works on a closed queue.
        """
        self.put_back([element])

    def start_reserve(self, token: object = None) -> Slot | Attempt:
        """Holds a place for an element that is still being made: waits like an enqueue, counts against the capacity,
        and keeps a closed queue from saying that it has ended. To be followed by `Slot.fill` or `Slot.release`."""
        attempt = Attempt(self, "enqueue", self._advance_reserve, token)
        return self._begin(attempt) or attempt.result()

    # Those who feed it: see feeders.py

    def expect_feeder(self, name: str) -> None:
        """A runner called `name` is meant to fill this queue."""
        with self.lock:
            self.feeders.expect(name)

    def feeder_started(self) -> None:
        """The threads of a runner of it have started."""
        with self.lock:
            self.feeders.started()

    def feeder_recovered(self, stage: str) -> None:
        """The threads of `stage` run again: what it failed of is over."""
        with self.lock:
            self.feeders.recovered(stage)

    def feeder_failed(self, stage: str, error: BaseException) -> None:
        """A thread of its runner, or of one further up, ended by `error`: later errors of this queue carry it."""
        with self.lock:
            self.feeders.failed(stage, error)

    def feeders_gone(self) -> None:
        """All threads of its runner ended, by an error, and nobody will close it: dequeues that wait must not hang."""
        with self.lock:
            self.feeders.gone()
            finished = self._flush_locked(self._now())
        notify_all(finished)
