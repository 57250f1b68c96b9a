"""Stages, workers and coordinators count exactly, and stay bounded."""

import subprocess
import sys
import threading

from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.telemetry import stages
from tfqueue.telemetry.counters import EXCEPTION_NAMES_MAX, CoordinatorCounters
from tfqueue.telemetry.helping import helping
from tfqueue.telemetry.histogram import WaitHistogram
from tfqueue.telemetry.registry import default_registry
from tfqueue.telemetry.stages import (
    BACKPRESSURED,
    STARVED,
    StageCounters,
    StageScope,
    current_worker,
)
from tfqueue.testing import ScriptedClock, run_in_thread, wait_until_parked


def test_the_three_states_sum_to_a_workers_life():
    """Busy 1, starved 2, backpressured 4, busy again 8 s."""
    clock = ScriptedClock()
    stage = StageCounters("s", "runner", StageScope(), now=clock)
    with stage.work() as worker:
        clock.advance(1)
        worker.park(STARVED)
        clock.advance(2)
        worker.unpark(STARVED)
        worker.park(BACKPRESSURED)
        clock.advance(4)
        worker.unpark(BACKPRESSURED)
        clock.advance(8)
        record = worker.stats()
        assert (record.busy_seconds, record.starved_seconds, record.backpressured_seconds) == (9, 2, 4)
        assert record.seconds == 15
    clock.advance(100)
    assert stage.stats().thread_seconds == 15


def test_a_runner_thread_is_starved_upstream_and_backpressured_downstream():
    """The queues move the worker's state by themselves."""
    clock = ScriptedClock()
    scope = StageScope("session_0")
    source, sink = (BlockingQueue(1, name=name, scope=scope, now=clock) for name in ("source", "sink"))
    stage = StageCounters("sink", "runner", scope, now=clock)

    def run() -> None:
        with stage.work() as worker:
            for _ in range(2):
                sink.enqueue(source.dequeue())
                worker.runs += 1

    runner = run_in_thread(run)
    wait_until_parked(source, dequeues=1)
    clock.advance(3)
    source.enqueue("a")
    wait_until_parked(source, dequeues=1)
    clock.advance(1)
    source.enqueue("b")
    wait_until_parked(sink, enqueues=1)
    clock.advance(5)
    record = stage.stats()
    assert (record.busy_seconds, record.starved_seconds, record.backpressured_seconds) == (0, 4, 5)
    assert (record.session, record.draws, record.elements_in, record.elements_out) == ("session_0", ("source",), 2, 1)
    assert sink.dequeue() == "a"
    runner.result()
    assert (stage.stats().runs, stage.stats().elements_out, stage.stats().threads) == (2, 2, 0)


def test_a_consumer_in_the_main_thread_says_nothing_at_interpreter_exit():
    """What ends a thread's worker also runs when the interpreter ends, with half of it gone."""
    program = "import tfqueue as tf; queue = tf.BlockingQueue(1); queue.enqueue(1); queue.dequeue(); held = [queue]"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stderr == ""


def test_what_a_waiting_enqueue_many_has_put_in_counts_at_once():
    """A stage's elements keep up with its queue's before the operation ends; called off, they stay counted."""
    scope = StageScope()
    queue = BlockingQueue(2, name="small", scope=scope)
    stage = StageCounters("small", "runner", scope)
    with stage.work():
        attempt = queue.start_enqueue_many(range(5))
        assert (stage.stats().elements_out, queue.stats().enqueued_elements) == (2, 2)
        queue.dequeue()
        assert (stage.stats().elements_out, queue.stats().enqueued_elements) == (3, 3)
        attempt.cancel()
    assert stage.stats().elements_out == 3


def test_threads_outside_any_stage_count_for_none():
    """A plain thread that enqueues has no worker."""
    queue = BlockingQueue(4)
    assert run_in_thread(lambda: (queue.enqueue(1), current_worker())).result()[1] is None


def test_a_thread_that_draws_from_two_queues_of_a_pipeline_is_one_consumer():
    """Named after the first, drawing from both; another pipeline has its own."""
    scope = StageScope("session_1")
    images, labels = (BlockingQueue(4, name=name, scope=scope) for name in ("images", "labels"))
    other = BlockingQueue(4, name="other")

    def consume() -> None:
        for queue in (images, labels, images, other, labels):
            queue.enqueue(1)
            queue.dequeue()

    run_in_thread(consume).result()
    snapshot = default_registry().collect()
    stage = snapshot.stage("images/consumer")
    assert (stage.draws, stage.elements_in) == (("images", "labels"), 4)
    assert snapshot.stage("other/consumer").elements_in == 1


def test_helper_threads_can_work_on_behalf_of_a_worker():
    """`helping` hands the thread's account along, and gives it back."""
    stage = StageCounters("s", "runner", StageScope())
    queue = BlockingQueue(4)
    queue.enqueue(1)
    with stage.work() as worker:

        def help_out() -> None:
            with helping(worker):
                queue.dequeue()
            assert current_worker() is None

        run_in_thread(help_out).result()
    assert stage.stats().elements_in == 1


def test_threads_that_wait_on_one_account_come_and_go_in_any_order():
    """Starved while any of them is, else backpressured while any is, else busy; the times are exact."""
    clock = ScriptedClock()
    stage = StageCounters("s", "runner", StageScope(), now=clock)
    with stage.work() as worker:
        for change, state, seen in (
            (worker.park, BACKPRESSURED, "backpressured"),
            (worker.park, STARVED, "starved"),
            (worker.park, STARVED, "starved"),
            (worker.unpark, BACKPRESSURED, "starved"),
            (worker.unpark, STARVED, "starved"),
            (worker.park, BACKPRESSURED, "starved"),
            (worker.unpark, STARVED, "backpressured"),
            (worker.unpark, BACKPRESSURED, "busy"),
        ):
            change(state)
            assert worker.stats().state == seen
            clock.advance(1)
        record = worker.stats()
    assert (record.busy_seconds, record.starved_seconds, record.backpressured_seconds) == (1, 5, 2)


def test_two_helpers_of_a_runner_leave_it_busy():
    """Both wait for elements, and are served in the order they came: then nobody waits, and all is counted."""
    scope = StageScope()
    queues = [BlockingQueue(4, name=name, scope=scope) for name in ("first", "second")]
    stage = StageCounters("s", "runner", scope)
    with stage.work() as worker:

        def help_out(queue: BlockingQueue) -> None:
            with helping(worker):
                queue.dequeue()

        helpers = []
        for queue in queues:
            helpers.append(run_in_thread(help_out, queue))
            wait_until_parked(queue, dequeues=1)
        for queue, helper in zip(queues, helpers, strict=True):
            assert worker.stats().state == "starved"
            queue.enqueue(1)
            helper.result()
        record = worker.stats()
        assert (record.state, record.elements_in) == ("busy", 2)
        assert (worker.elements_in, worker.draws, worker.drawing) == (0, 0, None)  # its own thread's alone
    assert stage.stats().draws == ("first", "second")


def test_a_helper_of_a_consumer_counts_for_that_consumer():
    """The scope has one consumer, not one for each thread that helps it; an ended one wakes."""
    scope = StageScope("session_2")
    queue = BlockingQueue(4, name="read", scope=scope)
    queue.enqueue_many([1, 2])

    def consume() -> None:
        queue.dequeue()
        worker = current_worker()
        worker.input_ended()

        def help_out() -> None:
            with helping(worker):
                queue.dequeue()

        run_in_thread(help_out).result()
        stage = default_registry().collect().stage("read/consumer")
        assert (stage.runs, stage.elements_in, stage.threads, len(stage.workers)) == (2, 2, 1, 1)

    run_in_thread(consume).result()


def test_a_helper_of_a_thread_that_is_no_worker_is_a_consumer_while_it_helps():
    """Its clocks stand still in between; what it drew stays counted, in one record."""
    scope = StageScope("session_3")
    queue = BlockingQueue(4, name="lent", scope=scope)
    queue.enqueue_many([1, 2])

    def help_twice() -> None:
        for drawn in (1, 2):
            with helping(None):
                queue.dequeue()
            stage = default_registry().collect().stage("lent/consumer")
            assert (stage.elements_in, stage.threads, len(stage.workers)) == (drawn, 0, 1)

    run_in_thread(help_twice).result()


def test_exception_names_are_capped():
    """The 33rd class is `other`."""
    stage = StageCounters("s", "runner", StageScope())
    for number in range(EXCEPTION_NAMES_MAX + 3):
        stage.record_exception(type(f"Error{number:02d}", (Exception,), {})())
    stage.record_exception(type("Error00", (Exception,), {})())
    names = dict(stage.stats().exceptions)
    assert len(names) == EXCEPTION_NAMES_MAX + 1
    assert (names["Error00"], names["other"]) == (2, 3)


def test_a_stage_remembers_the_sums_of_threads_long_gone():
    """Records of ended threads are folded, nothing is forgotten."""
    clock = ScriptedClock()
    stage = StageCounters("s", "runner", StageScope(), now=clock)
    for _ in range(stages.ENDED_WORKERS_KEPT + 10):
        with stage.work() as worker:
            worker.runs += 1
            clock.advance(1)
    record = stage.stats()
    assert len(record.workers) == stages.ENDED_WORKERS_KEPT
    assert (record.runs, record.busy_seconds) == (stages.ENDED_WORKERS_KEPT + 10,) * 2


def test_a_coordinator_counts_its_threads_and_exceptions():
    """Running and stopped threads, exceptions by class."""
    coordinator = CoordinatorCounters("coordinator")
    release = threading.Event()
    threads = [threading.Thread(target=release.wait), threading.Thread(target=int)]
    for thread in threads:
        coordinator.watch(thread)
        thread.start()
    threads[1].join()
    coordinator.record_exception(ValueError())
    record = coordinator.stats()
    assert (record.threads_running, record.threads_stopped) == (1, 1)
    assert record.exceptions == (("ValueError", 1),)
    release.set()
    threads[0].join()


def test_a_wait_equal_to_a_bound_belongs_below_it():
    """As Prometheus's `le` has it: 0.1 ms is in the first bucket, a nanosecond more in the second."""
    histogram = WaitHistogram()
    histogram.record(100_000)
    histogram.record(100_001)
    assert histogram.buckets(served_at_once=5)[:3] == (6, 1, 0)
    assert histogram.finished() == 2
