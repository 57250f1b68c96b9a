"""Queue runners: who fills a queue, from which threads, and how it ends (SEMANTICS 45-54)."""

import gc
import threading
from typing import Any

import pytest

import tfqueue as tf
from tests.train.pipelines import join_all, uncaught
from tfqueue.telemetry.registry import default_registry
from tfqueue.telemetry.stats import QueueStats, StageStats
from tfqueue.testing import run_in_thread, wait_until, wait_until_parked


class Failed(Exception):
    """What a stage of these tests fails of."""


def failing_tensor(words: str = "bad data") -> tf.Tensor:
    """A scalar float that cannot be computed."""

    def fail() -> float:
        raise Failed(words)

    return tf.py_func(fail, [], tf.float32)


def counting_queue(limit: int, capacity: int = 32, name: str = "Q") -> tuple[Any, Any]:
    """A queue, and an enqueue op that puts 0, 1, ... in and reaches the end of its input after `limit`."""
    counter = tf.Variable(0, name=f"{name}_counter", trainable=False)
    queue = tf.FIFOQueue(capacity, tf.int32, [[]], name=name)
    return queue, queue.enqueue(counter.count_up_to(limit))


def started(session: tf.Session) -> tf.Session:
    session.run(tf.global_variables_initializer())
    return session


def stage(name: str) -> StageStats:
    return default_registry().collect().stage(name)


def queue_stats(name: str) -> QueueStats:
    return default_registry().collect().queue(name)


# Threads


def test_one_thread_an_op_and_one_that_closes() -> None:
    """Threads are named after queue and op; a coordinator brings one more (SEMANTICS 45)."""
    queue, enqueue = counting_queue(1)
    runner = tf.train.QueueRunner(queue, [enqueue, enqueue])
    with started(tf.Session()) as session, started(tf.Session()) as other:
        alone = runner.create_threads(session)
        assert [thread.name for thread in alone] == ["QueueRunnerThread-Q-Q_enqueue"] * 2
        coord = tf.train.Coordinator()
        threads = runner.create_threads(other, coord, start=True)
        names = ["QueueRunnerThread-Q-Q_enqueue"] * 2 + ["QueueRunnerThread-Q-close_on_stop"]
        assert [thread.name for thread in threads] == names
        coord.request_stop()
        coord.join(threads)


def test_a_tensor_may_be_run_by_a_thread() -> None:
    """The thread of a tensor is named with its `:0` (SEMANTICS 45)."""
    queue = tf.FIFOQueue(1, tf.int32, name="Q")
    (thread,) = tf.train.QueueRunner(queue, [queue.size()]).create_threads(tf.Session())
    assert thread.name == "QueueRunnerThread-Q-Q_Size:0"


@pytest.mark.parametrize("daemon", [True, False])
def test_daemon_threads_are_asked_for(daemon: bool) -> None:
    """`create_threads` makes ordinary threads unless told otherwise, and starts none."""
    queue, enqueue = counting_queue(1)
    (thread,) = tf.train.QueueRunner(queue, [enqueue]).create_threads(tf.Session(), daemon=daemon)
    assert thread.daemon is daemon
    assert thread.ident is None


# The end of input


@pytest.mark.parametrize("coordinated", [True, False])
def test_the_end_of_input_closes_the_queue(coordinated: bool) -> None:
    """OutOfRangeError ends the thread quietly and closes the queue; what is inside is delivered (SEMANTICS 46)."""
    queue, enqueue = counting_queue(3)
    runner = tf.train.QueueRunner(queue, [enqueue])
    coord = tf.train.Coordinator() if coordinated else None
    with started(tf.Session()) as session:
        threads = runner.create_threads(session, coord, start=True)
        assert [session.run(queue.dequeue()) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(tf.errors.OutOfRangeError, match="closed and has insufficient elements") as raised:
            session.run(queue.dequeue())
        assert raised.value.__cause__ is None
        threads[0].join()
        assert runner.exceptions_raised == []
        if coord is not None:
            assert not coord.should_stop()
            coord.request_stop()
            coord.join(threads)


def test_the_last_thread_closes() -> None:
    """The queue stays open while one of the threads has input (SEMANTICS 46)."""
    queue = tf.FIFOQueue(32, tf.int32, [[]], name="Q")
    sources = [tf.FIFOQueue(9, tf.int32, [[]], name=f"source{number}") for number in range(2)]
    runner = tf.train.QueueRunner(queue, [queue.enqueue(source.dequeue()) for source in sources])
    with tf.Session() as session:
        threads = runner.create_threads(session, start=True)
        session.run([sources[0].enqueue(1), sources[0].close()])
        threads[0].join()
        assert not session.run(queue.is_closed())
        session.run(sources[1].close())
        join_all(threads)
        assert session.run(queue.is_closed())
        assert session.run(queue.dequeue()) == 1


def test_other_exceptions_may_mean_the_end_of_input() -> None:
    """`queue_closed_exception_types` says which end a thread quietly (SEMANTICS 46)."""
    source, queue = tf.FIFOQueue(9, tf.int32, name="source"), tf.FIFOQueue(9, tf.int32, name="Q")
    types = (tf.errors.OutOfRangeError, tf.errors.CancelledError)
    runner = tf.train.QueueRunner(queue, [queue.enqueue(1)], queue_closed_exception_types=types)
    assert runner.queue_closed_exception_types == types
    with tf.Session() as session:
        session.run(queue.close())
        join_all(runner.create_threads(session, start=True))
        assert runner.exceptions_raised == []
    del source


def test_given_close_and_cancel_ops_are_run() -> None:
    """`close_op` runs at the end of input, `cancel_op` when the coordinator stops (SEMANTICS 46, 48)."""
    queue, enqueue = counting_queue(0)
    marks = tf.FIFOQueue(9, tf.string, [[]], name="marks")
    runner = tf.train.QueueRunner(
        queue, [enqueue], close_op=marks.enqueue("closed"), cancel_op=marks.enqueue("cancelled")
    )
    coord = tf.train.Coordinator()
    with started(tf.Session()) as session:
        threads = runner.create_threads(session, coord, start=True)
        assert session.run(marks.dequeue()) == b"closed"
        coord.request_stop()
        coord.join(threads)
        assert session.run(marks.dequeue()) == b"cancelled"
        assert not session.run(queue.is_closed())


# Errors


def test_an_error_stops_the_coordinator() -> None:
    """Any other exception goes to the coordinator and leaves no trace in the runner (SEMANTICS 47)."""
    queue = tf.FIFOQueue(9, tf.float32, [[]], name="Q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(failing_tensor())])
    coord = tf.train.Coordinator()
    with tf.Session() as session:
        threads = runner.create_threads(session, coord, start=True)
        assert coord.wait_for_stop(30)
        with pytest.raises(tf.errors.OpError, match="bad data"):
            coord.join(threads)
        assert runner.exceptions_raised == []
        assert session.run(queue.is_closed())


def test_an_error_without_a_coordinator_is_kept_and_raised() -> None:
    """The thread ends by it, and `exceptions_raised` has it; the queue is not closed (SEMANTICS 47)."""
    queue = tf.FIFOQueue(9, tf.float32, [[]], name="Q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(failing_tensor())])
    with tf.Session() as session, uncaught() as kept:
        join_all(runner.create_threads(session, start=True))
        (error,) = runner.exceptions_raised
        assert kept == [error]
        assert "bad data" in str(error)
        assert not session.run(queue.is_closed())


def test_a_cancelling_close_is_an_error_without_a_coordinator() -> None:
    """CancelledError is no end of input (SEMANTICS 47)."""
    queue = tf.FIFOQueue(1, tf.int32, [[]], name="Q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(1)])
    with tf.Session() as session, uncaught():
        threads = runner.create_threads(session, start=True)
        wait_until(lambda: queue_stats("Q").enqueue.blocked_threads == 1)
        session.run(queue.close(cancel_pending_enqueues=True))
        join_all(threads)
        assert [type(error) for error in runner.exceptions_raised] == [tf.errors.CancelledError]


def test_a_normal_stop_joins_clean() -> None:
    """A stop cancels the blocked enqueue, which a coordinator already stopped does not report (SEMANTICS 48)."""
    queue = tf.FIFOQueue(1, tf.int32, [[]], name="Q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(1)] * 3)
    coord = tf.train.Coordinator()
    with tf.Session() as session:
        threads = runner.create_threads(session, coord, start=True)
        wait_until(lambda: queue_stats("Q").enqueue.blocked_threads == 3)
        coord.request_stop()
        coord.join(threads)
        assert stage("Q").exceptions == ()
        assert dict(coord.stats().exceptions) == {}


def test_a_bad_op_fails_in_its_thread() -> None:
    """Ops are resolved in the thread: `create_threads` does not mind (SEMANTICS 50)."""
    Named = __import__("collections").namedtuple("Named", ["name"])
    queue = tf.FIFOQueue(1, tf.int32, name="Q")
    runner = tf.train.QueueRunner(queue, [Named("i fail")])
    with tf.Session() as session, uncaught():
        join_all(runner.create_threads(session, start=True))
        (error,) = runner.exceptions_raised
    assert isinstance(error, ValueError)
    assert "'i fail' refers to an Operation not in the graph" in str(error)


def test_a_closed_session_ends_the_threads() -> None:
    """Threads that block are cancelled; one that starts later finds the session closed (SEMANTICS 5, 47)."""
    queue = tf.FIFOQueue(1, tf.int32, [[]], name="Q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(1)])
    with uncaught():
        session = tf.Session()
        threads = runner.create_threads(session, start=True)
        wait_until(lambda: queue_stats("Q").enqueue.blocked_threads == 1)
        session.close()
        join_all(threads)
        assert [type(error) for error in runner.exceptions_raised] == [tf.errors.CancelledError]
        join_all(runner.create_threads(session, start=True))
        assert "Attempted to use a closed Session." in str(runner.exceptions_raised[0])


# Counts


def test_threads_are_created_once_while_they_last() -> None:
    """A second `create_threads` gives none while any run is outstanding, started or not (SEMANTICS 49)."""
    queue, enqueue = counting_queue(3)
    runner = tf.train.QueueRunner(queue, [enqueue])
    with started(tf.Session()) as session:
        threads = runner.create_threads(session)
        assert runner.create_threads(session) == []
        for thread in threads:
            thread.start()
        join_all(threads)
        assert len(runner.create_threads(session)) == 1


def test_another_session_gets_its_own_threads() -> None:
    """Counts are kept for each session (SEMANTICS 49)."""
    queue, enqueue = counting_queue(3)
    runner = tf.train.QueueRunner(queue, [enqueue])
    coord = tf.train.Coordinator()
    with started(tf.Session()) as one, started(tf.Session()) as other:
        threads = runner.create_threads(one, coord) + runner.create_threads(other, coord)
        assert len(threads) == 4
        for thread in threads:
            thread.start()
        assert [session.run(queue.dequeue_many(3)).tolist() for session in (one, other)] == [[0, 1, 2]] * 2
        coord.request_stop()
        coord.join(threads)


def test_a_fresh_start_forgets_old_errors() -> None:
    """After all threads ended it starts afresh and empties `exceptions_raised` (SEMANTICS 49)."""
    counter = tf.Variable(0, name="counter", trainable=False)
    queue = tf.FIFOQueue(9, tf.int32, [[]], name="Q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(counter.count_up_to(2))])
    with tf.Session() as session, uncaught():
        # Given a runner that failed, since its variable was not initialized
        join_all(runner.create_threads(session, start=True))
        assert [type(error) for error in runner.exceptions_raised] == [tf.errors.FailedPreconditionError]
        # When the mistake is mended and it starts again
        session.run(tf.global_variables_initializer())
        join_all(runner.create_threads(session, start=True))
        # Then all is as if it had never failed, the end of input included
        assert runner.exceptions_raised == []
        assert session.run(queue.dequeue_many(2)).tolist() == [0, 1]
        with pytest.raises(tf.errors.OutOfRangeError) as raised:
            session.run(queue.dequeue())
        assert raised.value.__cause__ is None
        assert "counter" not in str(raised.value)


def test_a_runner_does_not_keep_sessions_alive() -> None:
    """Counts are held by weak reference (SEMANTICS 49)."""
    queue, enqueue = counting_queue(1)
    runner = tf.train.QueueRunner(queue, [enqueue])
    session = started(tf.Session())
    join_all(runner.create_threads(session, start=True))
    ended = threading.Event()
    __import__("weakref").finalize(session, ended.set)
    session.close()
    del session
    gc.collect()
    assert ended.is_set()


# Construction


def test_bad_arguments_are_refused() -> None:
    """Queue and ops must be given, exception types be a non-empty tuple of OpError classes (SEMANTICS 51)."""
    queue = tf.FIFOQueue(1, tf.int32)
    for arguments in ({}, {"queue": queue}, {"enqueue_ops": [queue.enqueue(1)]}, {"queue": queue, "enqueue_ops": []}):
        with pytest.raises(ValueError, match="Must provide queue and enqueue_ops"):
            tf.train.QueueRunner(**arguments)
    with pytest.raises(TypeError, match="enqueue_ops must be a list of ops"):
        tf.train.QueueRunner(queue, queue.enqueue(1))
    for types in (tf.errors.OutOfRangeError, (), (ValueError,), (3,), [tf.errors.OutOfRangeError]):
        with pytest.raises(TypeError, match=r"must be a tuple of tf\.error types"):
            tf.train.QueueRunner(queue, [queue.enqueue(1)], queue_closed_exception_types=types)


def test_closing_ops_are_made_when_not_given() -> None:
    """`queue.close()` and the cancelling close (SEMANTICS 51)."""
    queue, enqueue = counting_queue(1)
    runner = tf.train.QueueRunner(queue, [enqueue])
    assert (runner.close_op.name, runner.cancel_op.name) == ("Q_Close", "Q_Close_1")
    assert not runner.close_op.get_attr("cancel_pending_enqueues")
    assert runner.cancel_op.get_attr("cancel_pending_enqueues")
    assert (runner.queue, runner.name, runner.enqueue_ops) == (queue, "Q", [enqueue])
    assert runner.queue_closed_exception_types == (tf.errors.OutOfRangeError,)


def test_a_runner_survives_on_paper() -> None:
    """A definition holds names and codes; no codes means OutOfRangeError (SEMANTICS 51)."""
    queue, enqueue = counting_queue(1, name="scope/Q")
    types = (tf.errors.OutOfRangeError, tf.errors.CancelledError)
    runner = tf.train.QueueRunner(queue, [enqueue], queue_closed_exception_types=types)
    definition = runner.to_proto()
    assert definition is not None
    again = tf.train.QueueRunner.from_proto(definition)
    assert (again.name, again.enqueue_ops, again.close_op) == ("scope/Q", [enqueue], runner.close_op)
    assert again.queue_closed_exception_types == types
    del definition.queue_closed_exception_types[:]
    assert tf.train.QueueRunner.from_proto(definition).queue_closed_exception_types == (tf.errors.OutOfRangeError,)
    assert runner.to_proto(export_scope="elsewhere") is None
    with pytest.raises(ValueError, match="mutually exclusive"):
        tf.train.QueueRunner(queue, [enqueue], queue_runner_def=definition)


# Collections


def test_runners_are_collected_under_their_own_names() -> None:
    """`get_collection(QUEUE_RUNNERS, scope)` filters by the runner's name (SEMANTICS 52)."""
    queue, enqueue = counting_queue(1, name="scope/Q")
    runner = tf.train.QueueRunner(queue, [enqueue])
    tf.train.add_queue_runner(runner)
    tf.train.add_queue_runner(runner, collection="mine")
    assert tf.get_collection("mine") == [runner]
    assert tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS, "scope") == [runner]
    assert tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS, "other") == []


def test_all_collected_runners_start() -> None:
    """Those of the session's graph, as daemons, in the default session if none is given (SEMANTICS 53)."""
    with tf.Graph().as_default() as graph:
        queue, enqueue = counting_queue(3)
        tf.train.add_queue_runner(tf.train.QueueRunner(queue, [enqueue]))
        initialize = tf.global_variables_initializer()
    with tf.Session(graph=graph).as_default() as session:
        session.run(initialize)
        threads = tf.train.start_queue_runners()
        assert all(thread.daemon for thread in threads)
        join_all(threads)
        assert tf.train.start_queue_runners(session, start=False, daemon=False)[0].daemon is False
        session.close()


def test_only_a_session_can_start_them() -> None:
    """No default session: ValueError; something else: TypeError; a monitored session: [] (SEMANTICS 53)."""
    with pytest.raises(ValueError, match="No default session is registered"):
        tf.train.start_queue_runners()
    with pytest.raises(TypeError, match=r"tf\.Session"):
        tf.train.start_queue_runners("not a session")
    monitored = type("MonitoredSession", (), {})()
    assert tf.train.start_queue_runners(monitored) == []


def test_starting_no_runners_is_worth_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """An empty collection is most likely a mistake."""
    queue = tf.FIFOQueue(1, tf.int32)
    with tf.Session() as session:
        session.run(queue.size())
        assert tf.train.start_queue_runners(session) == []
    assert "no queue runners" in caplog.text


def test_counting_up_to_a_limit() -> None:
    """`count_up_to` gives 0 to n - 1, then OutOfRangeError, and the variable stays n (SEMANTICS 54)."""
    counter = tf.Variable(0, trainable=False)
    count = counter.count_up_to(3)
    with started(tf.Session()) as session:
        assert [session.run(count) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 3"):
            session.run(count)
        assert session.run(counter) == 3


# The consumer is told why


def test_the_original_error_reaches_the_consumer() -> None:
    """OutOfRangeError names stage and original error, and has it as its cause."""
    queue = tf.FIFOQueue(9, tf.float32, [[]], name="Q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(failing_tensor("no such picture"))])
    coord = tf.train.Coordinator()
    with tf.Session() as session:
        threads = runner.create_threads(session, coord, start=True)
        with pytest.raises(tf.errors.OutOfRangeError, match=r"The stage 'Q' .*no such picture") as raised:
            session.run(queue.dequeue())
        with pytest.raises(tf.errors.OpError, match="no such picture") as joined:
            coord.join(threads)
        assert raised.value.__cause__ is joined.value


@pytest.mark.parametrize("coordinated", [True, False])
def test_the_error_of_the_first_stage_reaches_the_end_of_a_chain(coordinated: bool) -> None:
    """However many queues lie between, the consumer hears of the stage that failed, and of what."""
    first = tf.FIFOQueue(9, tf.float32, [[]], name="first")
    second = tf.FIFOQueue(9, tf.float32, [[]], name="second")
    third = tf.FIFOQueue(9, tf.float32, [[]], name="third")
    runners = [
        tf.train.QueueRunner(first, [first.enqueue(failing_tensor("the root of it"))]),
        tf.train.QueueRunner(second, [second.enqueue(first.dequeue())]),
        tf.train.QueueRunner(third, [third.enqueue(second.dequeue())] * 2),
    ]
    coord = tf.train.Coordinator() if coordinated else None
    expected = tf.errors.OutOfRangeError if coordinated else tf.errors.AbortedError
    with tf.Session() as session, uncaught():
        threads = [thread for runner in runners for thread in runner.create_threads(session, coord, start=True)]
        with pytest.raises(expected, match=r"The stage 'first' .*the root of it") as raised:
            session.run(third.dequeue())
        cause = raised.value.__cause__
        assert isinstance(cause, tf.errors.OpError)
        assert "the root of it" in str(cause)
        assert cause.__cause__.__class__ is Failed
        if coord is not None:
            with pytest.raises(tf.errors.OpError, match="the root of it"):
                coord.join(threads)
        join_all(threads)


def test_a_dead_runner_does_not_let_its_consumer_hang() -> None:
    """Without a coordinator nobody closes the queue: a blocked dequeue is told of the error all the same."""
    gate = tf.FIFOQueue(1, tf.int32, [[]], name="gate")
    queue = tf.FIFOQueue(9, tf.float32, [[]], name="Q")
    with tf.control_dependencies([gate.dequeue()]):
        failing = failing_tensor()
    runner = tf.train.QueueRunner(queue, [queue.enqueue(failing)])
    with tf.Session() as session, uncaught():
        threads = runner.create_threads(session, start=True)
        consumer = run_in_thread(session.run, queue.dequeue())
        wait_until(lambda: queue.runtime_queue(session) is not None)
        wait_until_parked(queue.runtime_queue(session), dequeues=1)
        session.run(gate.enqueue(1))
        error = consumer.exception()
        assert isinstance(error, tf.errors.AbortedError)
        assert "The stage 'Q'" in str(error)
        assert "bad data" in str(error)
        join_all(threads)


def test_a_dequeue_without_a_started_runner_gives_a_hint() -> None:
    """The queue knows that a runner is meant to fill it, and what it is called, until one of its threads starts."""
    queue, enqueue = counting_queue(3)
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [enqueue]))
    with started(tf.Session()) as session:
        session.run(queue.size())
        hint = queue.runtime_queue(session).hint()
        assert "no thread of its queue runner 'Q' was ever started" in hint
        assert "start_queue_runners" in hint
        assert queue.runtime_queue(session).hint() is None
    with started(tf.Session()) as session:
        join_all(tf.train.start_queue_runners(session))
        assert queue.runtime_queue(session).hint() is None


def test_a_long_wait_for_a_runner_never_started_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, by name, with the way out; the dequeue waits on."""
    monkeypatch.setattr("tfqueue.queues.attempts.HINT_SECONDS", 0.01)
    queue, enqueue = counting_queue(3)
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [enqueue]))
    with started(tf.Session()) as session:
        consumer = run_in_thread(session.run, queue.dequeue())
        wait_until(lambda: "was ever started" in caplog.text)
        assert "'Q'" in caplog.text
        assert not consumer.done()
        threads = tf.train.start_queue_runners(session)
        assert consumer.result() == 0
        join_all(threads)
    assert caplog.text.count("was ever started") == 1


def test_a_missing_file_is_named_to_the_consumer() -> None:
    """Through reader and batcher, as OutOfRangeError with the original error as its cause."""
    names = tf.train.string_input_producer(["no/such/picture.jpg"])
    _, contents = tf.WholeFileReader().read(names)
    batch = tf.train.batch([contents], 2, num_threads=2)
    coord = tf.train.Coordinator()
    with tf.Session() as session:
        threads = tf.train.start_queue_runners(session, coord)
        with pytest.raises(
            tf.errors.OutOfRangeError, match=r"stage 'batch/fifo_queue' .*no/such/picture\.jpg"
        ) as raised:
            session.run(batch)
        assert isinstance(raised.value.__cause__, tf.errors.NotFoundError)
        with pytest.raises(tf.errors.NotFoundError, match=r"no/such/picture\.jpg"):
            coord.join(threads)


# Telemetry


def test_a_runner_is_a_stage() -> None:
    """Named after the runner, between the queues that the graph says, with its runs, elements and threads."""
    source = tf.FIFOQueue(9, tf.int32, [[]], name="source")
    queue = tf.FIFOQueue(9, tf.int32, [[]], name="Q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(tf.identity(source.dequeue()) + 1)] * 2)
    with tf.Session() as session:
        threads = runner.create_threads(session, start=True)
        session.run(source.enqueue_many([[1, 2, 3]]))
        wait_until(lambda: session.run(queue.size()) == 3)
        alive = stage("Q")
        assert (alive.kind, alive.draws, alive.fills, alive.threads) == ("runner", ("source",), ("Q",), 2)
        session.run(source.close())
        join_all(threads)
        ended = stage("Q")
        assert (ended.runs, ended.elements_in, ended.elements_out, ended.threads) == (3, 3, 3, 0)
        assert ended.exceptions == ()
        assert {worker.name for worker in ended.workers} == {"QueueRunnerThread-Q-Q_enqueue"}
    assert "Q" not in {record.name for record in default_registry().collect().stages}


def test_a_stage_counts_what_ended_its_threads() -> None:
    """Exceptions by class; the end of input is none."""
    queue = tf.FIFOQueue(9, tf.float32, [[]], name="Q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(failing_tensor())] * 2)
    with tf.Session() as session, uncaught():
        join_all(runner.create_threads(session, start=True))
        assert sum(count for _, count in stage("Q").exceptions) == 2


def test_a_reader_draws_from_its_work_queue() -> None:
    """A stage that reads files draws from the queue of their names."""
    names = tf.train.string_input_producer(["a", "b"], name="names")
    _, value = tf.WholeFileReader().read(names)
    queue = tf.FIFOQueue(9, tf.string, [[]], name="Q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(value)])
    coord = tf.train.Coordinator()
    with tf.Session() as session:
        threads = runner.create_threads(session, coord, start=True)
        wait_until(lambda: any(record.name == "Q" for record in default_registry().collect().stages))
        assert stage("Q").draws == ("names",)
        coord.request_stop()
        session.run(names.close(cancel_pending_enqueues=True))
        coord.join(threads)
