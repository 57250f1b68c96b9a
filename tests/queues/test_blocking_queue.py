"""What the queue core promises, with the numbers of TensorFlow's semantics."""

import pickle
import signal
import threading

import pytest

from tfqueue.framework.cancellation import CancellationManager
from tfqueue.framework.errors import (
    AbortedError,
    CancelledError,
    DeadlineExceededError,
    FailedPreconditionError,
    InvalidArgumentError,
    OutOfRangeError,
)
from tfqueue.queues import attempts
from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.queues.disciplines import Priority, RandomShuffle
from tfqueue.testing import run_in_thread, wait_until, wait_until_parked


def filled(capacity: int, *elements: object) -> BlockingQueue:
    queue = BlockingQueue(capacity)
    queue.enqueue_many(elements)
    return queue


def conserved(queue: BlockingQueue) -> bool:
    """Nothing lost, nothing doubled."""
    s = queue.stats()
    return (
        s.enqueued_elements + s.returned_elements
        == s.dequeued_elements + s.cancelled_elements + s.size + s.held_elements
    )


def test_elements_leave_in_the_order_they_came():
    """First in, first out."""
    queue = filled(3, 1, 2, 3)
    assert [queue.dequeue() for _ in range(3)] == [1, 2, 3]


def test_only_the_head_of_the_dequeues_moves():
    """SEMANTICS 3.1: a dequeue behind a blocked dequeue_many(3) waits for it."""
    queue = BlockingQueue(10)
    # Given a batch that waits, and a single dequeue behind it
    batch = run_in_thread(queue.dequeue_many, 3)
    wait_until_parked(queue, dequeues=1)
    single = run_in_thread(queue.dequeue)
    wait_until_parked(queue, dequeues=2)
    # When elements come one by one
    for element in (1, 2, 3, 4):
        queue.enqueue(element)
    # Then the batch was served first
    assert batch.result() == [1, 2, 3]
    assert single.result() == 4


def test_enqueue_waits_while_full():
    """SEMANTICS 9."""
    queue = filled(1, "a")
    producer = run_in_thread(queue.enqueue, "b")
    wait_until_parked(queue, enqueues=1)
    assert queue.dequeue() == "a"
    producer.result()
    assert queue.dequeue() == "b"


def test_enqueue_many_puts_in_what_fits_and_waits_with_the_rest():
    """SEMANTICS 9: not atomic, and it may exceed the capacity."""
    queue = BlockingQueue(2)
    producer = run_in_thread(queue.enqueue_many, [1, 2, 3, 4, 5])
    wait_until_parked(queue, enqueues=1)
    assert queue.size() == 2
    assert [queue.dequeue() for _ in range(5)] == [1, 2, 3, 4, 5]
    producer.result()


def test_a_timed_out_enqueue_many_leaves_what_it_had_put_in():
    """SEMANTICS 10."""
    queue = BlockingQueue(2)
    with pytest.raises(
        DeadlineExceededError, match=r"Timed out waiting for notification.*enqueue on FIFOQueue 'queue'"
    ):
        queue.enqueue_many([1, 2, 3, 4], timeout=0.01)
    assert queue.size() == 2
    assert queue.stats().enqueue.blocked_threads == 0


def test_enqueue_many_of_nothing_returns_at_once_even_when_closed():
    """SEMANTICS 11."""
    queue = BlockingQueue(2)
    queue.close()
    queue.enqueue_many([])


def test_a_negative_capacity_is_without_bound_and_zero_blocks_every_enqueue():
    """SEMANTICS 12."""
    filled(-1, *range(1000)).enqueue(0)
    with pytest.raises(DeadlineExceededError):
        BlockingQueue(0).enqueue(1, timeout=0.01)


def test_dequeue_many_takes_elements_as_they_come_and_size_counts_the_rest():
    """SEMANTICS 13: n may exceed the capacity."""
    queue = filled(2, 1, 2)
    consumer = run_in_thread(queue.dequeue_many, 5)
    wait_until_parked(queue, dequeues=1)
    assert queue.size() == 0
    assert queue.stats().held_elements == 2
    queue.enqueue_many([3, 4, 5, 6])
    assert consumer.result() == [1, 2, 3, 4, 5]
    assert queue.size() == 1
    assert conserved(queue)


def test_dequeue_many_of_none_is_empty_open_or_closed():
    """SEMANTICS 15."""
    queue = BlockingQueue(2)
    assert queue.dequeue_many(0) == []
    queue.close()
    assert queue.dequeue_many(0) == []
    assert queue.dequeue_up_to(0) == []


def test_a_negative_batch_is_refused():
    """The message names the queue and the count."""
    with pytest.raises(InvalidArgumentError, match=r"'queue'.*-1"):
        BlockingQueue(2).dequeue_many(-1)


def test_a_timed_out_dequeue_many_loses_what_it_held_and_counts_it():
    """SEMANTICS 18, as TensorFlow; the loss shows in the statistics."""
    queue = filled(5, 1, 2)
    with pytest.raises(DeadlineExceededError):
        queue.dequeue_many(4, timeout=0.01)
    assert queue.size() == 0
    assert queue.stats().cancelled_elements == 2
    assert conserved(queue)


def test_close_waits_its_turn_behind_blocked_enqueues():
    """SEMANTICS 19: they succeed, then it takes effect; an enqueue after the pending close fails."""
    queue = filled(1, 1)
    before = run_in_thread(queue.enqueue, 2)
    wait_until_parked(queue, enqueues=1)
    closer = run_in_thread(queue.close)
    wait_until(lambda: len(list(queue._enqueues)) == 2)
    after = run_in_thread(queue.enqueue, 3)
    wait_until_parked(queue, enqueues=2)
    assert not queue.is_closed()
    # When room comes
    assert queue.dequeue() == 1
    # Then all three have their end
    before.result()
    closer.result()
    assert queue.is_closed()
    with pytest.raises(CancelledError, match="FIFOQueue 'queue' is closed"):
        after.result()
    assert queue.dequeue() == 2


def test_a_cancelling_close_ends_blocked_enqueues_and_keeps_the_elements():
    """SEMANTICS 20."""
    queue = filled(1, 1)
    producer = run_in_thread(queue.enqueue, 2)
    wait_until_parked(queue, enqueues=1)
    queue.close(cancel_pending_enqueues=True)
    with pytest.raises(CancelledError, match="Enqueue operation was cancelled"):
        producer.result()
    assert queue.dequeue() == 1


def test_a_second_plain_close_fails_and_a_cancelling_one_does_not():
    """SEMANTICS 21."""
    queue = BlockingQueue(1)
    queue.close()
    with pytest.raises(CancelledError, match="Queue 'queue' is already closed"):
        queue.close()
    queue.close(cancel_pending_enqueues=True)


def test_enqueue_on_a_closed_queue_is_cancelled():
    """SEMANTICS 22."""
    queue = BlockingQueue(1, resource_name="_0_Q")
    queue.close()
    with pytest.raises(CancelledError, match="FIFOQueue '_0_Q' is closed"):
        queue.enqueue(1)


def test_a_batch_that_never_waited_says_all_it_asked_for():
    """SEMANTICS 23."""
    queue = filled(4, 1, 2)
    queue.close()
    with pytest.raises(
        OutOfRangeError, match=r"is closed and has insufficient elements \(requested 3, current size 2\)"
    ):
        queue.dequeue_many(3)
    assert queue.size() == 2


def test_a_waiting_batch_says_what_was_missing_and_gives_its_part_back():
    """SEMANTICS 23, 25: 'requested 1, current size 0', then two are back at the front."""
    queue = filled(4, 1, 2)
    consumer = run_in_thread(queue.dequeue_many, 3)
    wait_until_parked(queue, dequeues=1)
    queue.close()
    with pytest.raises(OutOfRangeError, match=r"\(requested 1, current size 0\)"):
        consumer.result()
    assert [queue.dequeue(), queue.dequeue()] == [1, 2]
    assert conserved(queue)


def test_close_wakes_all_blocked_dequeues():
    """SEMANTICS 24."""
    queue = BlockingQueue(4)
    consumers = [run_in_thread(queue.dequeue) for _ in range(3)]
    wait_until_parked(queue, dequeues=3)
    queue.close()
    for consumer in consumers:
        assert isinstance(consumer.exception(), OutOfRangeError)


def test_dequeue_up_to_waits_for_the_full_count_while_open_and_gives_the_rest_when_closed():
    """SEMANTICS 26."""
    queue = filled(4, 1, 2)
    consumer = run_in_thread(queue.dequeue_up_to, 3)
    wait_until_parked(queue, dequeues=1)
    queue.close()
    assert consumer.result() == [1, 2]
    with pytest.raises(OutOfRangeError):
        queue.dequeue_up_to(3)


def test_dequeue_up_to_counts_enqueues_that_wait_before_the_close():
    """SEMANTICS 26: 3 then 2 of 5 with capacity 2."""
    queue = BlockingQueue(2)
    producer = run_in_thread(queue.enqueue_many, [1, 2, 3, 4, 5])
    wait_until_parked(queue, enqueues=1)
    closer = run_in_thread(queue.close)
    wait_until(lambda: len(list(queue._enqueues)) == 2)
    assert queue.dequeue_up_to(3) == [1, 2, 3]
    assert queue.dequeue_up_to(3) == [4, 5]
    producer.result()
    closer.result()


def test_a_shuffle_queue_leaves_min_after_dequeue_behind_until_closed():
    """SEMANTICS 27."""
    queue = BlockingQueue(10, RandomShuffle(2, seed=1), kind="RandomShuffleQueue")
    queue.enqueue_many(range(4))
    first = queue.dequeue_many(2)
    with pytest.raises(DeadlineExceededError):
        queue.dequeue(timeout=0.01)
    queue.close()
    assert sorted(first + queue.dequeue_many(2)) == [0, 1, 2, 3]
    with pytest.raises(OutOfRangeError, match="RandomShuffleQueue"):
        queue.dequeue()


def test_shuffle_orders_repeat_with_the_seed_and_differ_without():
    """SEMANTICS 29."""

    def order(seed: int | None) -> list[int]:
        queue = BlockingQueue(200, RandomShuffle(0, seed))
        queue.enqueue_many(range(200))
        return queue.dequeue_many(200)

    assert order(1) == order(1)
    assert order(1) != order(2)
    assert order(None) != order(None)
    assert sorted(order(3)) == list(range(200))


def test_every_place_of_a_shuffle_queue_is_drawn_about_equally_often():
    """Swap-with-last picks each of five elements first in about a fifth of 5,000 draws."""
    firsts = [0] * 5
    discipline = RandomShuffle(0, seed=7)
    for _ in range(5000):
        queue = BlockingQueue(5, discipline)
        queue.enqueue_many(range(5))
        firsts[queue.dequeue_many(5)[0]] += 1
    assert all(850 < count < 1150 for count in firsts)


def test_a_withdrawn_dequeue_has_no_later_effect():
    """DISTRIBUTED R2: done or cancelled, never both."""
    queue = BlockingQueue(4)
    mine = queue.start_dequeue(token="mine")
    other = queue.start_dequeue(token="other")
    assert queue.cancel(lambda token: token == "mine") == 1
    queue.enqueue("a")
    assert other.result() == "a"
    assert not mine.cancel()
    with pytest.raises(CancelledError, match="Dequeue operation was cancelled"):
        mine.result()


def test_withdrawing_the_head_lets_those_behind_it_move():
    """A dequeue behind a withdrawn batch is served by what is there."""
    queue = BlockingQueue(4)
    batch = queue.start_dequeue_many(3)
    single = queue.start_dequeue()
    assert batch.cancel()
    queue.enqueue("a")
    assert single.result() == "a"


def test_callbacks_run_once_outside_the_lock():
    """DISTRIBUTED R1: the callback may use the queue."""
    queue = BlockingQueue(4)
    calls = []
    attempt = queue.start_dequeue()
    attempt.add_done_callback(lambda done: calls.append((done.result(), queue.size(), queue.stats().size)))
    queue.enqueue("a")
    assert calls == [("a", 0, 0)]
    late = []
    attempt.add_done_callback(late.append)
    assert late == [attempt]


def test_a_cancellation_called_off_ends_the_wait():
    """The error is the one it was called off with."""
    queue, cancellation = BlockingQueue(1), CancellationManager()
    consumer = run_in_thread(queue.dequeue, cancellation=cancellation)
    wait_until_parked(queue, dequeues=1)
    cancellation.cancel(CancelledError(None, None, "the step was called off"))
    with pytest.raises(CancelledError, match="the step was called off"):
        consumer.result()
    queue.enqueue(1)
    assert queue.size() == 1


def test_put_front_returns_an_element_even_over_capacity_and_after_close():
    """DISTRIBUTED R3."""
    queue = filled(2, 1, 2)
    first = queue.dequeue()
    queue.enqueue(3)
    queue.close()
    queue.put_front(first)
    assert queue.size() == 3
    assert queue.dequeue_many(3) == [1, 2, 3]
    assert conserved(queue)


def test_a_reserved_slot_counts_against_capacity_and_holds_off_the_end():
    """DISTRIBUTED R4."""
    queue = BlockingQueue(1)
    slot = queue.start_reserve()
    with pytest.raises(DeadlineExceededError):
        queue.enqueue("x", timeout=0.01)
    queue.close()
    consumer = run_in_thread(queue.dequeue)
    wait_until_parked(queue, dequeues=1)
    slot.fill("made meanwhile")
    assert consumer.result() == "made meanwhile"
    with pytest.raises(OutOfRangeError):
        queue.dequeue()
    with pytest.raises(FailedPreconditionError, match="filled or released before"):
        slot.release()


def test_a_released_slot_makes_room():
    """The enqueue that waited for it goes in."""
    queue = BlockingQueue(1)
    slot = queue.start_reserve()
    producer = run_in_thread(queue.enqueue, "a")
    wait_until_parked(queue, enqueues=1)
    slot.release()
    producer.result()
    assert queue.dequeue() == "a"


def test_shutdown_ends_all_that_waits_and_all_that_comes():
    """SEMANTICS 5: what a closed session's queue answers."""
    queue = BlockingQueue(1)
    consumer = run_in_thread(queue.dequeue)
    wait_until_parked(queue, dequeues=1)
    queue.shutdown()
    with pytest.raises(CancelledError, match="Dequeue operation was cancelled"):
        consumer.result()
    with pytest.raises(CancelledError):
        queue.enqueue(1)
    with pytest.raises(CancelledError):
        queue.dequeue()


def test_the_failure_of_a_feeder_is_the_cause_of_the_end():
    """Never only 'queue is closed': the original exception reaches the consumer."""
    queue = BlockingQueue(4)
    original = ValueError("bad.jpg is no image")
    queue.feeder_failed("read", original)
    queue.close()
    with pytest.raises(OutOfRangeError, match=r"'read'.*ValueError: bad.jpg is no image") as caught:
        queue.dequeue()
    assert caught.value.__cause__ is original


def test_a_queue_whose_feeders_died_unclosed_does_not_hang_its_consumer():
    """Where TensorFlow would wait for ever: what is left is given out, then AbortedError says why."""
    queue = filled(4, 1)
    queue.expect_feeder("examples")
    queue.feeder_started()
    consumer = run_in_thread(queue.dequeue_many, 2)
    wait_until_parked(queue, dequeues=1)
    queue.feeder_failed("examples", ValueError("boom"))
    queue.feeders_gone()
    with pytest.raises(AbortedError, match=r"'examples' have ended.*ValueError: boom"):
        consumer.result()
    assert queue.dequeue() == 1
    with pytest.raises(AbortedError):
        queue.dequeue()
    # A new thread of the runner makes it an ordinary queue again
    queue.feeder_started()
    with pytest.raises(DeadlineExceededError):
        queue.dequeue(timeout=0.01)


def test_a_long_wait_for_a_runner_never_started_says_so_once(monkeypatch, caplog):
    """The log names the queue, the runner and the way out."""
    monkeypatch.setattr(attempts, "HINT_SECONDS", 0.01)
    queue = BlockingQueue(4, name="batch")
    queue.expect_feeder("batch")
    consumers = [run_in_thread(queue.dequeue) for _ in range(2)]
    wait_until(lambda: any("no thread of its queue runner 'batch'" in record.message for record in caplog.records))
    queue.enqueue_many([1, 2])
    assert sorted(consumer.result() for consumer in consumers) == [1, 2]
    assert sum("start_queue_runners" in record.message for record in caplog.records) == 1


def test_interrupting_a_blocked_dequeue_leaves_no_attempt_behind():
    """Ctrl-C in the main thread ends it at once, and the next element is nobody's."""
    queue = BlockingQueue(4)
    main = threading.main_thread()
    assert threading.current_thread() is main

    def interrupt() -> None:
        wait_until_parked(queue, dequeues=1)
        signal.pthread_kill(main.ident, signal.SIGINT)

    helper = run_in_thread(interrupt)
    with pytest.raises(KeyboardInterrupt):
        queue.dequeue()
    helper.result()
    assert queue.stats().dequeue.blocked_threads == 0
    queue.enqueue(1)
    assert queue.size() == 1


def test_pickling_a_local_queue_says_what_to_do():
    """DISTRIBUTED R19."""
    with pytest.raises(TypeError, match=r"cannot be pickled.*pass its elements"):
        pickle.dumps(BlockingQueue(1))


def test_many_threads_lose_and_double_nothing():
    """Four producers and four consumers over a small queue; each producer's order holds."""
    queue = BlockingQueue(3)
    producers = [
        run_in_thread(lambda producer=producer: [queue.enqueue((producer, i)) for i in range(500)])
        for producer in range(4)
    ]

    def consume() -> list[tuple[int, int]]:
        taken = []
        try:
            while True:
                taken.append(queue.dequeue())
        except OutOfRangeError:
            return taken

    consumers = [run_in_thread(consume) for _ in range(4)]
    for producer in producers:
        producer.result()
    queue.close()
    taken = [consumer.result() for consumer in consumers]
    assert sorted(element for elements in taken for element in elements) == [
        (producer, i) for producer in range(4) for i in range(500)
    ]
    for elements in taken:
        for producer in range(4):
            order = [i for p, i in elements if p == producer]
            assert order == sorted(order)
    assert conserved(queue)


def test_a_returned_element_lowers_no_counter():
    """Exporters read a falling counter as a restart: what comes back is counted apart."""
    queue = filled(4, 1, 2)
    before = queue.stats()
    queue.put_front(queue.dequeue())
    after = queue.stats()
    assert after.dequeued_elements == before.dequeued_elements + 1
    assert (after.returned_elements, after.size) == (1, 2)
    assert conserved(queue)


def test_an_element_that_cannot_be_ordered_is_its_producers_error():
    """A priority that is no number is refused at the door: no consumer sees it, nothing is counted."""
    queue = BlockingQueue(1, Priority(), kind="PriorityQueue")
    queue.enqueue((1, "a"))
    for refused in (lambda: queue.enqueue(("x", "b")), lambda: queue.enqueue_many([(2, "b"), ("x", "c")])):
        with pytest.raises(ValueError, match="'x'"):
            refused()
    assert queue.dequeue() == (1, "a")
    assert conserved(queue)
    assert queue.stats().enqueued_elements == 1


def test_a_callback_that_raises_harms_nobody(caplog):
    """The thread that serves the attempt goes on, other callbacks and waiters are told, the log has it."""
    queue = BlockingQueue(4)
    attempt = queue.start_dequeue()
    told = []
    attempt.add_done_callback(lambda done: 1 / 0)
    attempt.add_done_callback(told.append)
    waiter = run_in_thread(queue.dequeue)
    wait_until_parked(queue, dequeues=2)
    queue.enqueue_many([1, 2])
    assert waiter.result() == 2
    assert told == [attempt]
    assert "raised" in caplog.text


def test_nothing_goes_out_after_a_shutdown():
    """What was inside is gone with the session, and no consumer of it appears in the telemetry."""
    queue = filled(4, 1)
    queue.shutdown()
    for dequeue in (queue.dequeue, lambda: queue.dequeue_many(1)):
        error = run_in_thread(dequeue).exception()
        assert isinstance(error, CancelledError)


def test_the_failure_of_one_of_two_runners_is_not_the_end():
    """Only when the last run of any runner has gone by an error does a waiting dequeue end."""
    queue = BlockingQueue(4)
    for _ in range(2):
        queue.feeder_started()
    consumer = run_in_thread(queue.dequeue)
    wait_until_parked(queue, dequeues=1)
    queue.feeder_failed("first", ValueError("boom"))
    queue.feeders_gone()
    queue.enqueue("from the second")
    assert consumer.result() == "from the second"
    queue.feeders_gone()
    with pytest.raises(AbortedError, match="boom"):
        queue.dequeue()


def test_a_producer_that_cannot_go_on_tells_its_consumers_why():
    """What is inside comes out first; iteration ends by the error then, and plainly at an ordinary end."""
    queue = filled(4, 1, 2)
    queue.fail(KeyError("column"), producer="loader")
    taken = []
    with pytest.raises(OutOfRangeError, match=r"'loader'.*KeyError: 'column'"):
        taken.extend(queue)
    assert taken == [1, 2]
    ended = filled(4, 1, 2)
    ended.close()
    assert list(ended) == [1, 2]


def test_a_time_out_of_years_is_no_error():
    """Longer than the system can wait is without limit."""
    queue = BlockingQueue(4)
    consumer = run_in_thread(queue.dequeue, timeout=1e12)
    wait_until_parked(queue, dequeues=1)
    queue.enqueue(1)
    assert consumer.result() == 1


def test_what_is_no_capacity_and_no_sequence_is_named():
    """TypeErrors that say what was given and what to do."""
    with pytest.raises(TypeError, match="capacity of a queue is a whole number, not '3'"):
        BlockingQueue("3")
    with pytest.raises(TypeError, match="sequence of elements, not 5; for one: enqueue"):
        BlockingQueue(3).enqueue_many(5)


class Interrupted(BaseException):
    """Raised by a signal's handler, wherever the main thread is."""


@pytest.fixture
def interrupts():
    """A thread that sends the main one signals; `arm()` has the next one raise `Interrupted`."""
    armed, stop = [], threading.Event()

    def handle(*_: object) -> None:
        if armed:
            armed.clear()
            raise Interrupted

    def send() -> None:
        while not stop.is_set():
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, handle)
    sender = run_in_thread(send)
    yield lambda: armed.append(True)
    armed.clear()
    stop.set()
    sender.result()
    signal.signal(signal.SIGUSR1, before)


def test_ctrl_c_at_any_point_leaves_the_lock_free_and_the_counts_right(interrupts):
    """Interrupts strike a loop of enqueues and dequeues wherever they like; afterwards the books balance."""
    queue = BlockingQueue(4)
    for _ in range(300):
        try:
            interrupts()
            while True:
                queue.enqueue(1, timeout=1)
                queue.dequeue(timeout=1)
                if queue.size() > 2:
                    queue.dequeue_many(queue.size())
        except Interrupted:
            pass

    def is_free() -> bool:
        free = queue.lock.acquire(blocking=False)
        if free:
            queue.lock.release()
        return free

    assert run_in_thread(is_free).result()
    assert conserved(queue)
    stats = queue.stats()
    assert 0 <= stats.empty_seconds <= stats.age_seconds
    assert 0 <= stats.element_seconds <= stats.age_seconds * queue.capacity
