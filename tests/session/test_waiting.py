"""Ops that wait: independent ops of a step never deadlock, and every wait can be ended."""

import gc
import os
import signal
import threading
import time

import numpy as np
import pytest

import tfqueue as tf
from tfqueue.framework.errors import CancelledError, DeadlineExceededError, InvalidArgumentError, OutOfRangeError
from tfqueue.graph.op_def import apply_op, register_op
from tfqueue.testing import run_in_thread, wait_until, wait_until_parked


class Rendezvous:
    """Kernels that wait for one another, for ops that block their thread."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.threads: list[str] = []
        self.release = threading.Event()


_meeting = Rendezvous()


@register_op("SessionTestWaitsForRelease", shape=lambda op: [[]], blocking=True, stateful=True)
def _blocking(step, value):
    """Waits until it is released, or its step called off."""
    meeting = _meeting
    meeting.threads.append(threading.current_thread().name)
    called_off = []
    step.cancellation.register(lambda error: (called_off.append(error), meeting.release.set()))
    meeting.arrived.release()
    released = meeting.release.wait(step.remaining())
    if called_off:
        raise called_off[0]
    if not released:
        raise DeadlineExceededError(None, None, "Timed out waiting for notification")
    return value


@register_op("SessionTestMeet", shape=lambda op: [[]], blocking=True, stateful=True)
def _meet(step, value):
    """Waits until as many such kernels run at the same time as there are parties."""
    barrier.wait(20)
    return value


barrier = threading.Barrier(2)


@pytest.fixture
def meeting():
    global _meeting  # noqa: PLW0603 - the registered kernel must find the one of this test
    _meeting = Rendezvous()
    return _meeting


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


def queue_of(capacity: int = 10, name: str = "Q") -> tf.FIFOQueue:
    return tf.FIFOQueue(capacity, [tf.float32], shapes=[[]], name=name)


def blocking(value: float) -> tf.Tensor:
    return apply_op("SessionTestWaitsForRelease", [tf.constant(value)], [tf.float32]).outputs[0]


def the_queue(queue, session):
    """The run-time queue, once the handle op has run."""
    session.run(queue.size())
    return queue.runtime_queue(session)


def test_a_dequeue_and_an_enqueue_of_one_step(session):
    """Fetched together on an empty queue, in either order, they end (SEMANTICS 2)."""
    queue = queue_of()
    dequeued, enqueue = queue.dequeue(), queue.enqueue(1.0)
    assert session.run([dequeued, enqueue]) == [1.0, None]
    assert session.run([enqueue, dequeued]) == [None, 1.0]


def test_an_enqueue_that_waits_for_room_of_the_same_step(session):
    """A full queue and a dequeue in one step: room comes from the step itself (SEMANTICS 2)."""
    queue = queue_of(1)
    session.run(queue.enqueue(1.0))
    dequeued, enqueue = queue.dequeue(), queue.enqueue(2.0)
    assert session.run([enqueue, dequeued]) == [None, 1.0]
    assert session.run(queue.dequeue()) == 2.0


def test_what_follows_a_wait_runs_after_it(session):
    """Ops that depend on a waiting one run when its value is there, and all others before."""
    first, second = queue_of(name="first"), queue_of(name="second")
    total = first.dequeue() + second.dequeue() * 10
    move = second.enqueue(first.dequeue() + 1)
    with tf.control_dependencies([total]):
        after = tf.constant(7)
    running = run_in_thread(session.run, [total, move, after])
    wait_until_parked(the_queue(first, session), dequeues=2)
    session.run(first.enqueue_many([[1.0, 2.0]]))
    result = running.result()
    # Either dequeue may have been served first.
    assert result in ([1.0 + 30, None, 7], [2.0 + 20, None, 7])


def test_the_first_error_ends_what_waits(session):
    """`run([dequeue, enqueue after a failing assertion])` raises the assertion, and does not hang (SEMANTICS 2)."""
    queue = queue_of()
    with tf.control_dependencies([tf.Assert(False, ["no more"])]):
        enqueue = queue.enqueue(1.0)
    for fetches in ([queue.dequeue(), enqueue], [enqueue, queue.dequeue()]):
        with pytest.raises(InvalidArgumentError, match=r"assertion failed: .no more."):
            session.run(fetches)
    # Nothing is left behind that would take the element.
    session.run(queue.enqueue(5.0))
    assert session.run(queue.dequeue()) == 5.0


def test_an_error_that_comes_while_the_step_is_parked(session):
    """Two dequeues wait, one fails by a close: the other is called off."""
    one, other = queue_of(name="one"), queue_of(name="other")
    running = run_in_thread(session.run, [one.dequeue(), other.dequeue()])
    wait_until_parked(the_queue(one, session), dequeues=1)
    wait_until_parked(the_queue(other, session), dequeues=1)
    session.run(other.close())
    assert isinstance(running.exception(), OutOfRangeError)
    wait_until_parked(the_queue(one, session))


def test_an_element_that_came_too_late_goes_back(session):
    """A step fails while one of its dequeues is already served but not yet looked at: the element is not lost."""
    # Given a step that waits for an element, and fails right after another op has brought it
    queue, start = queue_of(), queue_of(name="start")
    enqueue = queue.enqueue(1.0)

    def bring_and_fail(value):
        session.run(enqueue)
        raise ValueError("failed on purpose")

    failing = tf.py_func(bring_and_fail, [start.dequeue()], tf.float32)
    running = run_in_thread(session.run, [failing, queue.dequeue()])
    wait_until_parked(the_queue(queue, session), dequeues=1)
    # When it fails
    session.run(start.enqueue(0.0))
    assert isinstance(running.exception(), InvalidArgumentError)
    # Then the element is there for the next
    assert session.run([queue.size(), queue.dequeue()])[1] == 1.0


def test_errors_name_op_and_place(session):
    """The error of a waiting op is located at it, with the line that made it."""
    queue = queue_of()
    dequeued = queue.dequeue()
    session.run(queue.close())
    with pytest.raises(OutOfRangeError) as caught:
        session.run(dequeued)
    assert caught.value.op is dequeued.op
    assert f"[[node Q_Dequeue (defined at {__file__}:" in caught.value.message
    assert "(requested 1, current size 0)" in caught.value.message


@pytest.mark.parametrize("options", [None, tf.RunOptions(timeout_in_ms=30)])
def test_a_timeout_ends_a_blocked_step(options):
    """By config and by options; queue and session work on afterwards (SEMANTICS 4)."""
    config = tf.ConfigProto(operation_timeout_in_ms=30) if options is None else None
    queue = queue_of(1)
    enqueue, dequeued = queue.enqueue(1.0), queue.dequeue()
    with tf.Session(config=config) as session:
        with pytest.raises(DeadlineExceededError, match=r"Timed out waiting for notification.*Q") as caught:
            session.run(dequeued, options=options)
        assert caught.value.op is dequeued.op
        session.run(enqueue)
        with pytest.raises(DeadlineExceededError, match="Timed out waiting for notification"):
            session.run(enqueue, options=options)
        assert session.run([dequeued, queue.size()], options=options)[0] == 1.0
        assert session.run(queue.size()) == 0


def test_options_go_before_the_config():
    """A long `timeout_in_ms` of one run stands above a short one of the session, and 0 leaves that as it is."""
    queue = queue_of()
    dequeued = queue.dequeue()
    with tf.Session(tf.Config(operation_timeout_in_ms=20)) as session:
        running = run_in_thread(session.run, dequeued, None, tf.RunOptions(timeout_in_ms=20000))
        wait_until_parked(the_queue(queue, session), dequeues=1)
        with pytest.raises(DeadlineExceededError):
            session.run(dequeued, options=tf.RunOptions())
        assert not running.done()
        session.run(queue.enqueue(1.0))
        assert running.result() == 1.0


def test_a_timeout_is_for_the_whole_step():
    """A second wait of one step has only what the first has left."""
    first, second = queue_of(name="first"), queue_of(name="second")
    with tf.control_dependencies([first.dequeue()]):
        then = second.dequeue()
    with tf.Session() as session:
        started = time.monotonic()
        running = run_in_thread(session.run, then, None, tf.RunOptions(timeout_in_ms=400))
        wait_until_parked(the_queue(first, session), dequeues=1)
        session.run(first.enqueue(1.0))
        assert isinstance(running.exception(), DeadlineExceededError)
        assert 0.4 <= time.monotonic() - started < 0.75


@pytest.mark.parametrize("operation", ["Dequeue", "Enqueue"])
def test_close_ends_blocked_steps_of_other_threads(operation):
    """CancelledError in TensorFlow's words; a later run is a RuntimeError (SEMANTICS 5)."""
    queue = queue_of(0)
    waiting = queue.dequeue() if operation == "Dequeue" else queue.enqueue(1.0)
    session = tf.Session()
    running = [run_in_thread(session.run, waiting) for _ in range(3)]
    parked = {f"{operation.lower()}s": 3}
    wait_until(lambda: queue.runtime_queue(session) is not None)
    wait_until_parked(queue.runtime_queue(session), **parked)
    session.close()
    for one in running:
        error = one.exception()
        assert isinstance(error, CancelledError)
        assert f"{operation} operation was cancelled" in str(error)
    with pytest.raises(RuntimeError, match=r"Attempted to use a closed Session."):
        session.run(waiting)


@pytest.mark.parametrize("operation", ["Dequeue", "Enqueue"])
def test_close_from_inside_a_step(operation):
    """A step whose own function closes the session does not wait for what can no longer come."""
    queue = queue_of(0)
    session = tf.Session()
    session.run(queue.size())
    with tf.control_dependencies([tf.py_func(session.close, [], [])]):
        waiting = queue.dequeue() if operation == "Dequeue" else queue.enqueue(1.0)
    with pytest.raises(CancelledError, match=f"{operation} operation was cancelled|is closed"):
        session.run(waiting)


def test_close_between_the_start_and_the_wait():
    """An op that began to wait before its session closed, but was not yet waited for, ends too."""
    queue = queue_of(0)
    session = tf.Session()
    dequeued = queue.dequeue()
    closing = apply_op("SessionTestClose", [], [tf.float32]).outputs[0]
    with pytest.raises(CancelledError, match="Dequeue operation was cancelled"):
        session.run([dequeued, closing])


@register_op("SessionTestClose", shape=lambda op: [[]], stateful=True, bind=True)
def _close(op, session):
    return lambda: session.close() or np.float32(0)


def test_a_thread_in_mid_loop_meets_the_closed_session():
    """A loop of runs ends with the RuntimeError, or with CancelledError when it was inside one (SEMANTICS 5)."""
    queue = queue_of()
    enqueue, dequeued = queue.enqueue(1.0), queue.dequeue()
    session = tf.Session()

    def loop():
        while True:
            session.run(enqueue)
            session.run(dequeued)

    running = run_in_thread(loop)
    wait_until(lambda: queue.runtime_queue(session) is not None)
    session.close()
    assert isinstance(running.exception(), RuntimeError | CancelledError)


def test_ctrl_c_ends_a_blocked_run_at_once(session):
    """KeyboardInterrupt in the main thread; no dequeue is left behind that takes an element (ARCHITECTURE 9)."""
    queue = queue_of()
    dequeued = queue.dequeue()
    runtime = the_queue(queue, session)

    def interrupt():
        wait_until_parked(runtime, dequeues=1)
        os.kill(os.getpid(), signal.SIGINT)

    run_in_thread(interrupt)
    with pytest.raises(KeyboardInterrupt):
        session.run(dequeued)
    wait_until_parked(runtime)
    session.run(queue.enqueue(1.0))
    assert session.run(queue.size()) == 1


def test_the_batch_size_may_be_a_dequeue(session):
    """`n` of `dequeue_many` is a tensor read at run time, itself perhaps a dequeue (SEMANTICS 14)."""
    counts, queue = tf.FIFOQueue(5, tf.int32, shapes=[[]]), queue_of()
    batch = queue.dequeue_many(counts.dequeue())
    running = run_in_thread(session.run, batch)
    wait_until(lambda: counts.runtime_queue(session) is not None)
    session.run(queue.enqueue_many([[1.0, 2.0, 3.0]]))
    session.run(counts.enqueue(2))
    np.testing.assert_array_equal(running.result(), [1.0, 2.0])


# Ops that block their thread -----------------------------------------------------------------------------------------


def test_one_blocking_op_runs_in_the_calling_thread(session, meeting):
    """With nothing else to do, no thread is started for it."""
    meeting.release.set()
    assert session.run(blocking(1.0) + 1) == 2.0
    assert meeting.threads == [threading.current_thread().name]


def test_blocking_ops_of_one_step_run_at_the_same_time(session):
    """Two kernels that wait for each other both get a thread (SEMANTICS 2)."""
    barrier.reset()
    values = [apply_op("SessionTestMeet", [tf.constant(value)], [tf.float32]).outputs[0] for value in (1.0, 2.0)]
    assert session.run([values[0] + 1, values[1] + 1]) == [2.0, 3.0]


def test_a_blocking_op_does_not_hold_up_the_rest(session, meeting):
    """All that can run without it runs before, and what waits is waited for beside it."""
    queue = queue_of()
    variable = tf.Variable(0.0)
    session.run(variable.initializer)
    fetches = [blocking(1.0), variable.assign(5.0), queue.dequeue()]
    running = run_in_thread(session.run, fetches)
    meeting.arrived.acquire()
    wait_until_parked(the_queue(queue, session), dequeues=1)
    assert session.run(variable) == 5.0
    session.run(queue.enqueue(3.0))
    assert not running.done()
    meeting.release.set()
    assert running.result() == [1.0, 5.0, 3.0]


def test_an_error_calls_a_blocking_op_off(session, meeting):
    """The first error ends a kernel that blocks on another thread."""
    queue = queue_of()
    running = run_in_thread(session.run, [blocking(1.0), queue.dequeue()])
    meeting.arrived.acquire()
    session.run(queue.close())
    assert isinstance(running.exception(), OutOfRangeError)
    assert meeting.release.wait(10)


def test_the_error_of_a_blocking_op_on_another_thread_is_raised_here(session, meeting):
    """It ends the step, located at its op, and what waits is called off."""
    queue = queue_of()
    failing = blocking(1.0)
    running = run_in_thread(session.run, [failing, queue.dequeue()], None, tf.RunOptions(timeout_in_ms=100))
    error = running.exception()
    assert isinstance(error, DeadlineExceededError)
    wait_until_parked(the_queue(queue, session))


def test_helper_threads_serve_step_after_step(session):
    """As many threads as a step needs at the same time, however many steps there are."""
    before = set(threading.enumerate())
    values = [apply_op("SessionTestMeet", [tf.constant(value)], [tf.float32]).outputs[0] for value in (1.0, 2.0)]
    for _ in range(5):
        assert session.run(values) == [1.0, 2.0]
    helpers = set(threading.enumerate()) - before
    assert {thread.name for thread in helpers} == {f"{session.name}-helper_0", f"{session.name}-helper_1"}
    # When the session is closed they end
    session.close()
    wait_until(lambda: not any(thread.is_alive() for thread in helpers))


def test_a_helper_that_blocks_keeps_no_step_waiting(session, meeting):
    """Others get helpers of their own while one step's helper is blocked."""
    queue = queue_of()
    running = run_in_thread(session.run, [blocking(1.0), queue.dequeue()])
    meeting.arrived.acquire()
    values = [apply_op("SessionTestMeet", [tf.constant(value)], [tf.float32]).outputs[0] for value in (1.0, 2.0)]
    assert session.run(values) == [1.0, 2.0]
    assert not running.done()
    meeting.release.set()
    session.run(queue.enqueue(2.0))
    assert running.result() == [1.0, 2.0]


def test_idle_helpers_end_with_a_session_nobody_closed():
    """They keep nothing of it alive."""
    before = set(threading.enumerate())
    values = [apply_op("SessionTestMeet", [tf.constant(value)], [tf.float32]).outputs[0] for value in (1.0, 2.0)]
    session = tf.Session()
    session.run(values)
    helpers = set(threading.enumerate()) - before
    del session
    gc.collect()
    wait_until(lambda: not any(thread.is_alive() for thread in helpers))


def test_a_forked_child_starts_helpers_of_its_own(session):
    """The parent's are not there, whatever the session remembers."""
    values = [apply_op("SessionTestMeet", [tf.constant(value)], [tf.float32]).outputs[0] for value in (1.0, 2.0)]
    session.run(values)
    child = os.fork()
    if child == 0:
        ran = False
        try:
            ran = session.run(values) == [1.0, 2.0]
        finally:
            os._exit(0 if ran else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_two_readers_of_a_runner_leave_it_busy(session, tmp_path):
    """Each waits for a name on a thread of its own; when both have one, the runner's thread is starved no more."""
    (tmp_path / "file").write_text("text")
    names = [queue_of_names(name) for name in ("left", "right")]
    texts = [tf.WholeFileReader().read(queue)[1] for queue in names]
    meeting = Rendezvous()

    def meet(left, right):
        meeting.arrived.release()
        meeting.release.wait(20)
        return left + right

    sink = tf.FIFOQueue(4, [tf.string], shapes=[[]], name="sink")
    runner = tf.train.QueueRunner(sink, [sink.enqueue(tf.py_func(meet, texts, tf.string))])
    threads = runner.create_threads(session, daemon=True, start=True)
    for queue in names:
        wait_until_parked(the_queue(queue, session), dequeues=1)
    # When the first to park is the first to go on
    for queue in names:
        assert tf.snapshot().stage("sink").workers[0].state == "starved"
        session.run(queue.enqueue(str(tmp_path / "file")))
    meeting.arrived.acquire()
    # Then the kernel that runs counts as work
    worker = tf.snapshot().stage("sink").workers[0]
    assert (worker.state, worker.elements_in) == ("busy", 2)
    for queue in names:
        session.run(queue.close())
    meeting.release.set()
    for thread in threads:
        thread.join(20)


def queue_of_names(name: str) -> tf.FIFOQueue:
    return tf.FIFOQueue(4, [tf.string], shapes=[[]], name=name)


def test_close_ends_a_blocking_op(meeting):
    """A kernel that blocks in the calling thread is called off when its session closes (SEMANTICS 5)."""
    session = tf.Session()
    running = run_in_thread(session.run, blocking(1.0))
    meeting.arrived.acquire()
    session.close()
    assert isinstance(running.exception(), CancelledError)
    assert running.exception().op is not None


def test_a_blocking_op_sees_the_deadline(session, meeting):
    """`step.remaining()` counts down to the step's deadline."""
    with pytest.raises(DeadlineExceededError, match="SessionTestWaitsForRelease"):
        session.run(blocking(1.0), options=tf.RunOptions(timeout_in_ms=20))
