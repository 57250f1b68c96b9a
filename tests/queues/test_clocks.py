"""The queue's clocks are exact: with a scripted clock every figure equals one computed by hand."""

import pytest

from tfqueue.framework.errors import DeadlineExceededError, OutOfRangeError
from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.queues.disciplines import RandomShuffle
from tfqueue.telemetry.registry import default_registry
from tfqueue.testing import ScriptedClock, run_in_thread, wait_until_parked


def test_mean_fullness_empty_and_full_seconds_are_exact():
    """Sizes 0, 1, 2, 4, 3 for 2, 1, 3, 5, 4 s in a queue of 4."""
    clock = ScriptedClock(1000.0)
    queue = BlockingQueue(4, now=clock)
    clock.advance(2)
    queue.enqueue("a")
    clock.advance(1)
    queue.enqueue("b")
    clock.advance(3)
    queue.enqueue_many("cd")
    clock.advance(5)
    queue.dequeue()
    clock.advance(4)
    stats = queue.stats()
    assert stats.age_seconds == 15
    assert stats.element_seconds == 1 * 1 + 2 * 3 + 4 * 5 + 3 * 4
    assert stats.mean_fraction_full == 39 / (15 * 4)
    assert stats.empty_seconds == 2
    assert stats.full_seconds == 5
    assert stats.below_min_seconds == 0


def test_open_intervals_count_at_the_moment_of_reading():
    """A queue that has been empty, then full, for ever shows it now."""
    clock = ScriptedClock()
    queue = BlockingQueue(1, now=clock)
    clock.advance(60)
    assert queue.stats().empty_seconds == 60
    queue.enqueue(1)
    clock.advance(30)
    assert (queue.stats().empty_seconds, queue.stats().full_seconds) == (60, 30)
    # Reading changes nothing
    assert queue.stats().full_seconds == 30


def test_the_integral_does_not_depend_on_when_it_is_read():
    """Readings at any period add up to the same integral."""
    clock = ScriptedClock()
    often, seldom = BlockingQueue(8, now=clock), BlockingQueue(8, now=clock)
    for step in range(50):
        for queue in (often, seldom):
            if step % 7 < 4:
                queue.start_enqueue(step)
            elif queue.size():
                queue.dequeue()
        clock.advance(0.37)
        often.stats()
    assert often.stats().element_seconds == seldom.stats().element_seconds
    assert often.stats().full_seconds == seldom.stats().full_seconds


def test_blocked_seconds_count_waits_still_open():
    """Two dequeues that wait for 3 and 1 s have waited 4 s in all, before either returns."""
    clock = ScriptedClock()
    queue = BlockingQueue(2, now=clock)
    first = run_in_thread(queue.dequeue)
    wait_until_parked(queue, dequeues=1)
    clock.advance(2)
    second = run_in_thread(queue.dequeue)
    wait_until_parked(queue, dequeues=2)
    clock.advance(1)
    side = queue.stats().dequeue
    assert (side.blocked_seconds, side.blocked_threads, side.finished) == (4, 2, 0)
    queue.enqueue_many([1, 2])
    first.result(), second.result()
    clock.advance(100)
    side = queue.stats().dequeue
    assert (side.blocked_seconds, side.wait_seconds, side.blocked_threads, side.finished) == (4, 4, 0, 2)


def test_waits_fall_into_their_buckets_and_fast_operations_into_the_first():
    """Served at once: first bucket; 2 s: the bucket up to 5 s; 1,000 s: the one beyond the last bound."""
    clock = ScriptedClock()
    queue = BlockingQueue(5, now=clock)
    queue.enqueue(0)
    queue.dequeue()
    for waited in (2, 1000):
        consumer = run_in_thread(queue.dequeue)
        wait_until_parked(queue, dequeues=1)
        clock.advance(waited)
        queue.enqueue(0)
        consumer.result()
    assert queue.stats().dequeue.wait_buckets == (1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1)
    assert queue.stats().enqueue.wait_buckets[0] == 3


def test_backpressure_is_timed_on_the_enqueue_side():
    """An enqueue that waits for 7 s on a full queue of one."""
    clock = ScriptedClock()
    queue = BlockingQueue(1, now=clock)
    queue.enqueue(1)
    producer = run_in_thread(queue.enqueue, 2)
    wait_until_parked(queue, enqueues=1)
    clock.advance(7)
    queue.dequeue()
    producer.result()
    stats = queue.stats()
    assert stats.enqueue.blocked_seconds == 7
    assert stats.full_seconds == 7
    assert stats.dequeue.blocked_seconds == 0


def test_a_blocked_close_is_not_a_blocked_enqueue():
    """It waits among the enqueues, but nobody is held back by it."""
    clock = ScriptedClock()
    queue = BlockingQueue(1, now=clock)
    queue.enqueue(1)
    queue.start_enqueue(2)
    queue.start_close()
    clock.advance(1)
    assert queue.stats().enqueue.blocked_threads == 1
    assert queue.stats().enqueue.blocked_seconds == 1


def test_seconds_below_min_after_dequeue():
    """A shuffle queue that must keep 2 gives nothing out at sizes 0, 1 and 2."""
    clock = ScriptedClock()
    queue = BlockingQueue(4, RandomShuffle(2), now=clock)
    for _ in range(3):
        clock.advance(1)
        queue.enqueue(0)
    assert queue.stats().below_min_seconds == 3
    clock.advance(5)
    queue.dequeue()
    clock.advance(2)
    assert queue.stats().below_min_seconds == 5


def test_an_element_put_back_over_capacity_keeps_the_queue_full():
    """Crossing the capacity once more does not count twice."""
    clock = ScriptedClock()
    queue = BlockingQueue(1, now=clock)
    queue.enqueue(1)
    element = queue.dequeue()
    queue.enqueue(2)
    queue.put_front(element)
    clock.advance(3)
    queue.dequeue()
    clock.advance(2)
    queue.dequeue()
    clock.advance(4)
    stats = queue.stats()
    assert (stats.full_seconds, stats.empty_seconds, stats.element_seconds) == (5, 4, 8)


def test_a_consumer_is_a_stage_whose_states_sum_to_its_time():
    """Busy between dequeues, starved while it waits: outside a runner the thread is the queue's consumer."""
    clock = ScriptedClock()
    queue = BlockingQueue(4, name="examples", now=clock)
    queue.enqueue_many([1, 2])

    def train() -> None:
        queue.dequeue()
        clock.advance(3)  # a training step
        queue.dequeue()
        queue.dequeue()  # waits for 2 s

    consumer = run_in_thread(train)
    wait_until_parked(queue, dequeues=1)
    clock.advance(2)
    stage = default_registry().collect().stage("examples/consumer")
    assert stage.threads == 1
    assert (stage.busy_seconds, stage.starved_seconds, stage.backpressured_seconds) == (3, 2, 0)
    assert (stage.draws, stage.elements_in, stage.runs) == (("examples",), 2, 2)
    queue.enqueue(3)
    consumer.result()
    # Its clocks stop with the thread
    clock.advance(50)
    stage = default_registry().collect().stage("examples/consumer")
    assert (stage.threads, stage.thread_seconds, stage.elements_in) == (0, 5, 3)


def test_a_consumer_that_met_the_end_is_no_longer_busy():
    """After OutOfRange its clocks stand, until it draws again."""
    clock = ScriptedClock()
    queue = BlockingQueue(4, name="finite", now=clock)
    queue.enqueue(1)
    queue.close()
    queue.dequeue()
    clock.advance(1)
    with pytest.raises(OutOfRangeError):
        queue.dequeue()
    clock.advance(9)
    assert default_registry().collect().stage("finite/consumer").thread_seconds == 1


def test_a_timed_out_wait_is_counted():
    """An operation that was called off has waited too."""
    queue = BlockingQueue(1)
    with pytest.raises(DeadlineExceededError):
        queue.dequeue(timeout=0.01)
    assert queue.stats().dequeue.wait_seconds >= 0.01


def test_a_queue_that_is_gone_leaves_no_series():
    """The registry holds it weakly, its consumers too."""
    queue = BlockingQueue(1, name="short-lived")
    queue.enqueue(1)
    queue.dequeue()
    assert default_registry().collect().queue("short-lived")
    del queue
    snapshot = default_registry().collect()
    assert "short-lived" not in [record.name for record in snapshot.queues]
    assert "short-lived/consumer" not in [record.name for record in snapshot.stages]
