"""What the head of `tfqueue/queues/queue_core.py` says always holds, for any operations, on one thread and on many.

`QueueMachine` starts operations one by one, so that every state between two of them can be looked at; the threads of
`test_threads_...` meet each other where they like.
"""

import contextlib
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tfqueue.framework.cancellation import CancellationManager
from tfqueue.framework.errors import CancelledError, DeadlineExceededError, OpError, OutOfRangeError
from tfqueue.queues.attempts import Attempt
from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.queues.disciplines import FIFO, Discipline, Priority, RandomShuffle
from tfqueue.queues.slots import Slot
from tfqueue.telemetry.stages import StageCounters, StageScope
from tfqueue.telemetry.stats import QueueStats
from tfqueue.testing import TIMEOUT_SECONDS, ScriptedClock, run_in_thread

Element = tuple[int, int]
"""Its priority, and a number of its own: the order in which it was offered."""

KINDS = ("FIFOQueue", "RandomShuffleQueue", "PriorityQueue")

steadily = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""


def make_discipline(kind: str, kept: int) -> Discipline:
    if kind == "RandomShuffleQueue":
        return RandomShuffle(kept, seed=1)
    return Priority() if kind == "PriorityQueue" else FIFO()


def contents(queue: BlockingQueue) -> list[Element]:
    """The elements inside, in storage order."""
    items: Any = queue._items
    return [item[2] for item in items] if queue.kind == "PriorityQueue" else list(items)


def assert_balanced(stats: QueueStats) -> None:
    """Nothing lost, nothing doubled, as the queue itself has it."""
    came = stats.enqueued_elements + stats.returned_elements
    assert came == stats.dequeued_elements + stats.cancelled_elements + stats.size + stats.held_elements


@dataclass(slots=True)
class Operation:
    """One operation that was started, and what became of it."""

    side: str
    since: int
    elements: Sequence[Element] = ()
    attempt: Attempt | None = None
    value: Any = None
    error: OpError | None = None
    ended: bool = False
    batch: bool = True

    def put_in(self) -> Sequence[Element]:
        if self.attempt is not None:
            return self.elements[: self.attempt.position]
        return self.elements if self.error is None else ()

    def received(self) -> list[Element]:
        if self.side != "dequeue" or not self.ended or self.error is not None:
            return []
        return list(self.value) if self.batch else [self.value]

    def held(self) -> list[Element]:
        """What it has taken out and not handed over: lost, when it has ended."""
        return self.attempt.held if self.attempt is not None and (not self.ended or self.error is not None) else []


@dataclass(slots=True)
class Expected:
    """The integrals, kept by hand, in seconds."""

    element: int = 0
    empty: int = 0
    full: int = 0
    below_min: int = 0
    blocked: Counter[str] = field(default_factory=Counter)
    waited: Counter[str] = field(default_factory=Counter)


class QueueMachine(RuleBasedStateMachine):
    """Starts, cancels, closes, returns and reserves in any order; looks at everything after each."""

    @initialize(
        kind=st.sampled_from(KINDS), capacity=st.sampled_from((-1, 0, 1, 2, 3, 5)), kept=st.sampled_from((0, 0, 1, 2))
    )
    def make(self, kind: str, capacity: int, kept: int) -> None:
        self.clock = ScriptedClock()
        discipline = make_discipline(kind, kept)
        self.queue = BlockingQueue(capacity, discipline, kind=kind, now=self.clock)
        self.kept = discipline.min_after_dequeue
        self.operations: list[Operation] = []
        self.slots: list[Slot] = []
        self.returned: list[Element] = []
        self.filled: list[Element] = []
        self.now = self.offered = 0
        self.expected = Expected()
        self.in_order = kind == "FIFOQueue"

    def teardown(self) -> None:
        """What is left comes out, and then there is the end."""
        if not hasattr(self, "queue"):
            return
        for slot in self.slots:
            slot.release()
        self.slots = []
        self._settle()
        self.cancelling_close()
        self.dequeue(1000, small_allowed=True)
        self.everything_is_somewhere_once()
        assert self.queue.size() == 0
        with pytest.raises(OutOfRangeError):
            self.queue.dequeue()

    # Operations

    @rule(priorities=st.lists(st.integers(-3, 3), min_size=1, max_size=5))
    def enqueue_many(self, priorities: list[int]) -> None:
        elements = self._elements(priorities)
        self._start("enqueue", lambda: self.queue.start_enqueue_many(elements), elements=elements)

    @rule(priority=st.integers(-3, 3))
    def enqueue(self, priority: int) -> None:
        elements = self._elements([priority])
        self._start("enqueue", lambda: self.queue.start_enqueue(elements[0]), elements=elements)

    @rule()
    def dequeue_one(self) -> None:
        self._start("dequeue", self.queue.start_dequeue, batch=False)

    @rule(count=st.integers(1, 6), small_allowed=st.booleans())
    def dequeue(self, count: int, small_allowed: bool) -> None:
        start = self.queue.start_dequeue_up_to if small_allowed else self.queue.start_dequeue_many
        self._start("dequeue", lambda: start(count))

    @rule()
    def nothing_at_all(self) -> None:
        assert self.queue.dequeue_many(0) == self.queue.dequeue_up_to(0) == []
        self.queue.enqueue_many([])

    @precondition(lambda self: self._waiting("enqueue") or self._waiting("dequeue"))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        waiting = [operation for operation in self.operations if not operation.ended]
        chosen = data.draw(st.sampled_from(waiting), label="cancelled")
        assert chosen.attempt is not None
        assert chosen.attempt.cancel()
        self._settle()
        assert isinstance(chosen.error, CancelledError)

    @rule()
    def close(self) -> None:
        closed = self.queue.is_closed()
        self._start("close", self.queue.start_close)
        if closed:
            assert isinstance(self.operations[-1].error, CancelledError)

    @rule()
    def cancelling_close(self) -> None:
        waiting = self._waiting("enqueue")
        self.queue.close(cancel_pending_enqueues=True)
        self._settle()
        assert self.queue.is_closed()
        assert all(isinstance(operation.error, CancelledError) for operation in waiting)

    @precondition(lambda self: any(operation.received() for operation in self.operations))
    @rule()
    def put_front(self) -> None:
        element = next(operation for operation in self.operations if operation.received()).received()[0]
        if element in self.returned:
            return
        self.returned.append(element)
        self.in_order = False
        self.queue.put_front(element)
        self._settle()

    @precondition(lambda self: len(self.slots) < 2)
    @rule()
    def reserve(self) -> None:
        self._start("enqueue", self.queue.start_reserve)

    @precondition(lambda self: self.slots)
    @rule(fill=st.booleans(), priority=st.integers(-3, 3))
    def settle_slot(self, fill: bool, priority: int) -> None:
        slot = self.slots.pop()
        if fill:
            self.filled += self._elements([priority])
            self.in_order = False
            slot.fill(self.filled[-1])
        else:
            slot.release()
        self._settle()

    @rule(seconds=st.integers(1, 9))
    def time_passes(self, seconds: int) -> None:
        size, capacity, expected = self.queue.size(), self.queue.capacity, self.expected
        expected.element += size * seconds
        expected.empty += seconds * (size == 0)
        expected.full += seconds * (0 <= capacity <= size)
        expected.below_min += seconds * (self.kept > 0 and size <= self.kept)
        for operation in self.operations:
            expected.blocked[operation.side] += seconds * (not operation.ended)
        self.now += seconds
        self.clock.advance(seconds)

    # Invariants

    @invariant()
    def everything_is_somewhere_once(self) -> None:
        """Nothing lost, nothing doubled; and the counters say so."""
        if not hasattr(self, "queue"):
            return
        put_in = [element for operation in self.operations for element in operation.put_in()] + self.filled
        received = [element for operation in self.operations for element in operation.received()]
        held = [element for operation in self.operations if not operation.ended for element in operation.held()]
        lost = [element for operation in self.operations if operation.ended for element in operation.held()]
        inside = contents(self.queue)
        assert Counter(put_in) + Counter(self.returned) == Counter(inside) + Counter(held + lost + received)
        stats = self.queue.stats()
        assert stats.enqueued_elements == len(put_in)
        assert (stats.dequeued_elements, stats.returned_elements) == (len(received), len(self.returned))
        assert (stats.size, stats.held_elements, stats.cancelled_elements) == (len(inside), len(held), len(lost))
        assert_balanced(stats)

    @invariant()
    def order_is_kept(self) -> None:
        """First in, first out: what the dequeues got, in the order that they came, then what is held, then what is
        inside. A batch of a priority queue is sorted."""
        if not hasattr(self, "queue"):
            return
        taken = [element for operation in self.operations for element in operation.received() + operation.held()]
        if self.in_order:
            numbers = [number for _, number in taken + contents(self.queue)]
            assert numbers == sorted(numbers)
        if self.queue.kind == "PriorityQueue":
            for operation in self.operations:
                priorities = [priority for priority, _ in operation.received()]
                assert priorities == sorted(priorities)

    @invariant()
    def only_those_wait_that_must(self) -> None:
        """The head of each list cannot be served; those behind it wait for it."""
        if not hasattr(self, "queue"):
            return
        queue, size = self.queue, self.queue.size()
        enqueues, dequeues = self._waiting("enqueue", "close"), self._waiting("dequeue")
        if enqueues:
            assert enqueues[0].side == "enqueue"
            assert not queue.is_closed()
            assert 0 <= queue.capacity - len(self.slots) <= size or queue.capacity < len(self.slots)
        if dequeues:
            head = dequeues[0].attempt
            assert head is not None
            assert not queue.is_closed() or self.slots
            least = head.wanted if queue.kind == "PriorityQueue" else 1
            assert size - (0 if queue.is_closed() else self.kept) < least
        for waiting, sides in ((enqueues, ("enqueue", "close")), (dequeues, ("dequeue",))):
            if waiting:
                after = self.operations[self.operations.index(waiting[0]) :]
                assert not [o for o in after if o.side in sides and o.ended and o.error is None]

    @invariant()
    def integrals_are_exact(self) -> None:
        """Each equals the one kept by hand, open intervals included."""
        if not hasattr(self, "queue"):
            return
        stats, expected = self.queue.stats(), self.expected
        assert stats.age_seconds == self.now
        assert stats.element_seconds == expected.element
        assert (stats.empty_seconds, stats.full_seconds) == (expected.empty, expected.full)
        assert stats.below_min_seconds == expected.below_min
        for name, side in (("enqueue", stats.enqueue), ("dequeue", stats.dequeue)):
            mine = [operation for operation in self.operations if operation.side == name]
            assert side.blocked_seconds == expected.blocked[name]
            assert side.wait_seconds == expected.waited[name]
            assert side.blocked_threads == sum(not operation.ended for operation in mine)
            assert side.finished == sum(side.wait_buckets) == sum(operation.ended for operation in mine)

    # How it is done

    def _elements(self, priorities: list[int]) -> list[Element]:
        first = self.offered
        self.offered += len(priorities)
        return [(priority, first + place) for place, priority in enumerate(priorities)]

    def _waiting(self, *sides: str) -> list[Operation]:
        return [operation for operation in self.operations if operation.side in sides and not operation.ended]

    def _start(self, side: str, start: Callable[[], Any], **more: Any) -> None:
        operation = Operation(side, self.now, **more)
        self.operations.append(operation)
        try:
            result = start()
        except OpError as error:
            operation.error, operation.ended = error, True
        else:
            if isinstance(result, Attempt):
                operation.attempt = result
            else:
                self._end(operation, result)
        self._settle()

    def _settle(self) -> None:
        for operation in self.operations:
            if operation.attempt is not None and not operation.ended and operation.attempt.done():
                try:
                    value = operation.attempt.result()
                except OpError as error:
                    operation.error = error
                    value = None
                self._end(operation, value)

    def _end(self, operation: Operation, value: Any) -> None:
        operation.value, operation.ended = value, True
        self.expected.waited[operation.side] += self.now - operation.since
        if isinstance(value, Slot):
            self.slots.append(value)


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(steadily, max_examples=250, stateful_step_count=30)


@given(present=st.lists(st.integers(), max_size=6), more=st.integers(1, 5), others=st.integers(0, 3))
@steadily
def test_a_batch_that_close_catches_is_put_back_as_it_was(present, more, others):
    """SEMANTICS 25: in order and in front, whoever else waits behind it; those fail too, or get what was put back."""
    queue = BlockingQueue(10)
    batch = queue.start_dequeue_many(len(present) + more)
    behind = [queue.start_dequeue() for _ in range(others)]
    queue.enqueue_many(present)
    queue.close()
    with pytest.raises(OutOfRangeError, match=rf"\(requested {more}, current size 0\)"):
        batch.result()
    served = behind[: len(present)]
    assert [attempt.result() for attempt in served] + contents(queue) == present
    for attempt in behind[len(served) :]:
        with pytest.raises(OutOfRangeError):
            attempt.result()
    assert queue.stats().held_elements == queue.stats().cancelled_elements == 0


# Threads --------------------------------------------------------------------------------------------------------------

producing = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(("wait", "give up", "callable off"))), max_size=6)
consuming = st.tuples(
    st.sampled_from(("dequeue", "dequeue_many", "dequeue_up_to")),
    st.integers(1, 4),
    st.sampled_from(("wait", "wait", "give up", "callable off")),
)
disturbances = st.lists(st.sampled_from(("call off", "time", "stats", "look")), max_size=12)


@dataclass(slots=True)
class Scene:
    """A queue, its threads' stage, and what they did. Lists are each written by one thread, or only appended to."""

    queue: BlockingQueue
    stage: StageCounters
    clock: ScriptedClock
    everybody_is_there: threading.Barrier
    """Passed three times by all threads and the test: at the start, when nothing more is done, and at the end."""
    callable_off: list[CancellationManager] = field(default_factory=list)

    def terms(self, patience: str) -> dict[str, Any]:
        """How long an operation waits."""
        if patience == "give up":
            return {"timeout": 0.0}
        if patience == "callable off":
            cancellation = CancellationManager()
            self.callable_off.append(cancellation)
            return {"cancellation": cancellation}
        return {}

    def call_off(self) -> None:
        """Calls off the operation that can be and was started last; nothing happens when it has ended."""
        if self.callable_off:
            self.callable_off.pop().cancel(CancelledError(None, None, "called off by the test"))

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        with self.stage.work():
            self.everybody_is_there.wait(TIMEOUT_SECONDS)
            yield
            self.everybody_is_there.wait(TIMEOUT_SECONDS)
            self.everybody_is_there.wait(TIMEOUT_SECONDS)


def produce(scene: Scene, producer: int, plan: list[tuple[int, str]]) -> None:
    number = 0
    with scene.at_work():
        for count, patience in plan:
            elements = [(producer, number + place) for place in range(count)]
            number += count
            with contextlib.suppress(CancelledError, DeadlineExceededError):
                scene.queue.enqueue_many(elements, **scene.terms(patience))


def consume(scene: Scene, plan: tuple[str, int, str]) -> list[Element]:
    """What it received until the end of input. Having been called off once it waits."""
    name, count, patience = plan
    operation = getattr(scene.queue, name)
    arguments = () if name == "dequeue" else (count,)
    received: list[Element] = []
    with scene.at_work():
        while True:
            try:
                value = operation(*arguments, **scene.terms(patience))
            except OutOfRangeError:
                break
            except (CancelledError, DeadlineExceededError):
                patience = "wait"
                continue
            received += [value] if name == "dequeue" else value
    return received


def disturb(scene: Scene, plan: list[str], end: str) -> None:
    with scene.at_work():
        for what in plan:
            if what == "call off":
                scene.call_off()
            elif what == "time":
                scene.clock.advance(1)  # by this thread alone
            elif what == "stats":
                assert_consistent(scene)
            else:
                scene.queue.size()
        if end == "cancelling close":
            scene.queue.close(cancel_pending_enqueues=True)
        else:
            scene.queue.close()  # behind the enqueues that wait


def assert_consistent(scene: Scene) -> None:
    """What holds at every moment, whatever the threads are at."""
    stats = scene.queue.stats()
    assert_balanced(stats)
    assert 0 <= stats.size <= stats.capacity
    assert 0 <= stats.element_seconds <= stats.age_seconds * stats.capacity
    assert stats.empty_seconds >= 0
    assert stats.full_seconds >= 0
    assert stats.empty_seconds + stats.full_seconds <= stats.age_seconds
    assert 0 <= stats.below_min_seconds <= stats.age_seconds
    if stats.min_after_dequeue:
        assert stats.below_min_seconds >= stats.empty_seconds
    for side in (stats.enqueue, stats.dequeue):
        assert 0 <= side.wait_seconds <= side.blocked_seconds
        assert side.finished == sum(side.wait_buckets)


@given(
    kind=st.sampled_from(KINDS),
    room=st.integers(4, 6),
    kept=st.integers(0, 2),
    producers=st.lists(producing, min_size=1, max_size=3),
    consumers=st.lists(consuming, min_size=1, max_size=3),
    disturber=disturbances,
    end=st.sampled_from(("close", "cancelling close")),
    busy=st.booleans(),
)
@settings(steadily, max_examples=150)
def test_threads_that_meet_lose_and_double_nothing(kind, room, kept, producers, consumers, disturber, end, busy):
    """Whatever is timed out, called off and closed: each element is received once, inside, or counted as lost; the
    elements of a producer keep their order; the states of each thread sum to its time."""
    # Given producers, consumers and one who disturbs them, at work at once; maybe changing places all the time
    clock, scope = ScriptedClock(), StageScope()
    queue = BlockingQueue(room, make_discipline(kind, kept), kind=kind, scope=scope, now=clock)
    barrier = threading.Barrier(len(producers) + len(consumers) + 2)
    scene = Scene(queue, StageCounters("threads", "runner", scope, now=clock), clock, barrier)
    with switching_often(busy):
        making = [run_in_thread(produce, scene, place, plan) for place, plan in enumerate(producers)]
        taking = [run_in_thread(consume, scene, plan) for plan in consumers]
        disturbing = run_in_thread(disturb, scene, disturber, end)
        barrier.wait(TIMEOUT_SECONDS)
        # When all have come to their end
        barrier.wait(TIMEOUT_SECONDS)
        clock.advance(1)
        stage, inside = scene.stage.stats(), contents(queue)
        barrier.wait(TIMEOUT_SECONDS)
        received = [thread.result() for thread in taking]
        for thread in (*making, disturbing):
            thread.result()
    # Then all elements are accounted for
    assert_consistent(scene)
    stats = queue.stats()
    everything = [element for each in received for element in each] + inside
    assert len(everything) == len(set(everything))
    offered = {(place, n) for place, plan in enumerate(producers) for n in range(sum(count for count, _ in plan))}
    assert set(everything) <= offered
    assert stats.enqueued_elements == len(everything) + stats.cancelled_elements
    assert (stats.held_elements, stats.enqueue.blocked_threads, stats.dequeue.blocked_threads) == (0, 0, 0)
    # and in order
    if kind == "FIFOQueue":
        for each in [*received, inside]:
            for place in range(len(producers)):
                numbers = [number for producer, number in each if producer == place]
                assert numbers == sorted(numbers)
    # and every thread's time is told
    assert (stage.elements_in, stage.elements_out) == (stats.dequeued_elements, stats.enqueued_elements)
    assert stage.threads == len(stage.workers) == len(producers) + len(consumers) + 1
    for worker in stage.workers:
        assert min(worker.busy_seconds, worker.starved_seconds, worker.backpressured_seconds) >= 0
        assert worker.seconds == stats.age_seconds


@contextlib.contextmanager
def switching_often(wanted: bool) -> Iterator[None]:
    """The interpreter changes threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6 if wanted else before)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
