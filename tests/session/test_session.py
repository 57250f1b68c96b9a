"""A session's life: what it is made from, entered, used by many threads, closed; what is its own."""

import gc
import threading
import weakref

import numpy as np
import pytest

import tfqueue as tf
from tfqueue.framework.errors import CancelledError, NotFoundError
from tfqueue.testing import run_in_thread


def test_with_enters_graph_and_session_and_closes():
    """Inside, graph and session are the defaults; after it the session is closed."""
    graph = tf.Graph()
    with tf.Session(graph=graph) as session:
        assert tf.get_default_graph() is graph
        assert tf.get_default_session() is session
        constant = tf.constant(3)
        assert constant.eval() == 3
    assert tf.get_default_session() is None
    with pytest.raises(RuntimeError, match=r"Attempted to use a closed Session."):
        session.run(constant)


def test_with_is_not_reentrant():
    """RuntimeError "not re-entrant"; `as_default` may be entered any number of times (SEMANTICS 102)."""
    tf.constant(1)
    with tf.Session() as session:
        with pytest.raises(RuntimeError, match="not re-entrant"), session:
            pass
        with session.as_default(), session.as_default():
            assert tf.get_default_session() is session
        assert session.run("Const:0") == 1


def test_as_default_does_not_close():
    """After `as_default` the session runs on."""
    session = tf.Session()
    constant = tf.constant(3)
    with session.as_default():
        assert constant.eval() == 3
    assert session.run(constant) == 3
    session.close()


def test_defaults_are_a_threads_own():
    """A new thread has no default session (SEMANTICS 7)."""
    with tf.Session():
        assert run_in_thread(tf.get_default_session).result() is None


def test_an_interactive_session_is_the_default_until_closed():
    """`eval` finds it; its graph is the default graph where one is given."""
    graph = tf.Graph()
    session = tf.InteractiveSession(graph=graph)
    try:
        assert tf.get_default_graph() is graph
        assert tf.constant(3).eval() == 3
    finally:
        session.close()
    assert tf.get_default_session() is None
    assert tf.get_default_graph() is not graph


def test_an_empty_graph_cannot_be_run():
    """RuntimeError, even for no fetches (SEMANTICS 102)."""
    with tf.Session() as session, pytest.raises(RuntimeError, match=r"The Session graph is empty."):
        session.run([])


def test_close_twice_is_fine():
    """A second close does nothing."""
    session = tf.Session()
    session.close()
    session.close()


def test_arguments_are_checked():
    """TypeErrors name the argument; an unknown target is NotFoundError (SEMANTICS 102)."""
    with pytest.raises(TypeError, match=r"`graph` must be a tf.Graph"):
        tf.Session(graph=3)
    with pytest.raises(TypeError, match=r"`config` must be a tf.ConfigProto"):
        tf.Session(config=3)
    with pytest.raises(TypeError, match=r"`target` must be a string"):
        tf.Session(3)
    with pytest.raises(NotFoundError, match="No session factory registered for the given session options"):
        tf.Session("grpc://somewhere")


def test_a_config_takes_all_fields_of_tensorflow_1():
    """Also as first argument, and changed after it was made."""
    config = tf.ConfigProto(
        allow_soft_placement=True,
        log_device_placement=False,
        inter_op_parallelism_threads=1,
        intra_op_parallelism_threads=1,
        device_count={"CPU": 1},
        gpu_options=tf.GPUOptions(per_process_gpu_memory_fraction=0.5),
        graph_options=tf.GraphOptions(optimizer_options=tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0)),
        operation_timeout_in_ms=2000,
    )
    config.gpu_options.allow_growth = True
    config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
    assert tf.Config is tf.ConfigProto
    constant = tf.constant(3)
    with tf.Session(config) as session:
        assert session.run(constant) == 3
    with pytest.raises(TypeError):
        tf.ConfigProto(no_such_field=1)
    with pytest.raises(AttributeError):
        config.no_such_field = 1


def test_two_sessions_on_one_graph_have_their_own_state():
    """Variables and queues, also with a shared name, belong to a session (SEMANTICS 6)."""
    queue = tf.FIFOQueue(5, tf.int32, shared_name="shared")
    variable = tf.Variable(1)
    with tf.Session() as one, tf.Session() as other:
        for session in (one, other):
            session.run(variable.initializer)
        one.run([queue.enqueue(1), variable.assign(7)])
        assert one.run([queue.size(), variable]) == [1, 7]
        assert other.run([queue.size(), variable]) == [0, 1]


def test_sessions_have_names_of_their_own():
    """The label of telemetry tells sessions apart."""
    assert tf.Session().name != tf.Session().name


def test_a_hundred_threads_on_one_session_while_the_graph_grows():
    """Each makes ops and runs them, and others' too (SEMANTICS 3)."""
    shared = tf.constant(1)
    graph = tf.get_default_graph()
    with tf.Session() as session:

        def work(number):
            with graph.as_default():
                for turn in range(5):
                    mine = shared + tf.constant(number)
                    assert session.run([mine, shared]) == [number + 1, 1]
                    assert session.run(mine, {shared: turn}) == number + turn

        running = [run_in_thread(work, number) for number in range(100)]
        for one in running:
            one.result()


def test_blocked_steps_hold_no_worker_that_others_need():
    """Fifty blocked dequeues, and a run goes through all the same (SEMANTICS 3)."""
    queue = tf.FIFOQueue(100, tf.int32, shapes=[[]])
    dequeued, enqueue = queue.dequeue(), queue.enqueue_many([list(range(50))])
    with tf.Session(config=tf.ConfigProto(inter_op_parallelism_threads=1)) as session:
        running = [run_in_thread(session.run, dequeued) for _ in range(50)]
        session.run(enqueue)
        assert sorted(one.result() for one in running) == list(range(50))


def test_a_plan_is_made_once_for_all_threads():
    """Threads that run a new fetch at the same time get one plan between them."""
    calls = []
    with tf.Session() as session:
        fetch = tf.py_func(lambda: calls.append(1) or np.int32(1), [], tf.int32)
        start = threading.Barrier(10)

        def work():
            start.wait()
            return session.run(fetch)

        running = [run_in_thread(work) for _ in range(10)]
        assert [one.result() for one in running] == [1] * 10
        assert len(calls) == 10
        assert len(session._plans) == 1


def test_a_closed_session_is_let_go():
    """Nothing in the library keeps it, nor its queues."""
    queue = tf.FIFOQueue(5, tf.int32)
    session = tf.Session()
    session.run(queue.enqueue(1))
    runtime = weakref.ref(queue.runtime_queue(session))
    session.close()
    known = weakref.ref(session)
    del session
    gc.collect()
    assert known() is None
    assert runtime() is None


def test_queues_end_with_their_session():
    """A queue held on to is shut down when its session closes."""
    queue = tf.FIFOQueue(5, tf.int32)
    session = tf.Session()
    session.run(queue.size())
    runtime = queue.runtime_queue(session)
    session.close()
    with pytest.raises(CancelledError):
        runtime.dequeue()


def test_graph_def_tells_the_ops():
    """`session.graph_def` is the graph on paper."""
    tf.constant(3, name="c")
    assert [node.name for node in tf.Session().graph_def.node] == ["c"]


# Callables -----------------------------------------------------------------------------------------------------------


def test_a_callable_takes_values_by_position():
    """`make_callable(fetches, feed_list)`: same return kinds as `run` (SEMANTICS 101)."""
    a, b = tf.placeholder(tf.int32), tf.placeholder(tf.int32)
    with tf.Session() as session:
        call = session.make_callable({"sum": a + b, "op": a.op}, [a, b.name])
        assert call(1, 2) == {"sum": 3, "op": None}
        assert session.make_callable([])() == []
        assert session.make_callable(tf.constant(4))() == 4


def test_a_callable_checks_its_arguments():
    """A feed_list that is no list is a TypeError, and so is another number of values (SEMANTICS 101)."""
    a = tf.placeholder(tf.int32, name="a")
    with tf.Session() as session:
        with pytest.raises(TypeError, match=r"`feed_list` must be a list or tuple"):
            session.make_callable(a, a)
        with pytest.raises(TypeError, match="Cannot interpret feed_dict key as Tensor"):
            session.make_callable(a, [3])
        call = session.make_callable(tf.identity(a), [a])
        with pytest.raises(TypeError, match=r"takes 1 values, for \['a:0'\]; it was given 2"):
            call(1, 2)
        with pytest.raises(TypeError, match="given 0"):
            call()
        with pytest.raises(TypeError, match="not compatible"):
            call("x")


def test_a_callable_resolves_names_when_made():
    """An unknown name fails in `make_callable`."""
    tf.constant(1)
    with tf.Session() as session, pytest.raises(ValueError, match="refers to an Operation not in the graph"):
        session.make_callable("i fail")


def test_a_callable_may_accept_options():
    """Then, and only then, `options` and `run_metadata` are taken."""
    dequeued = tf.FIFOQueue(1, tf.int32).dequeue()
    with tf.Session() as session:
        with pytest.raises(TypeError):
            session.make_callable(dequeued)(options=tf.RunOptions(timeout_in_ms=10))
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.make_callable(dequeued, accept_options=True)(options=tf.RunOptions(timeout_in_ms=10))


def test_a_callable_of_a_closed_session_is_closed():
    """RuntimeError, as for `run`."""
    session = tf.Session()
    call = session.make_callable(tf.constant(1))
    session.close()
    with pytest.raises(RuntimeError, match=r"Attempted to use a closed Session."):
        call()
    with pytest.raises(RuntimeError, match=r"Attempted to use a closed Session."):
        session.make_callable(tf.constant(1))


# Traces --------------------------------------------------------------------------------------------------------------


def test_a_full_trace_tells_the_time_of_every_op():
    """`RunMetadata.step_stats` holds a record an op, in order; without a trace level it stays empty."""
    queue = tf.FIFOQueue(5, tf.int32)
    waiting = queue.dequeue()
    enqueue = queue.enqueue(tf.identity(tf.constant(3), name="value"))
    metadata = tf.RunMetadata()
    with tf.Session() as session:
        session.run(tf.constant(1), options=tf.RunOptions(), run_metadata=metadata)
        assert metadata.step_stats.dev_stats == []
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        for _ in range(2):
            assert session.run([waiting, enqueue], options=options, run_metadata=metadata) == [3, None]
    (device,) = metadata.step_stats.dev_stats
    records = {record.node_name: record for record in device.node_stats}
    assert {"value", waiting.op.name, enqueue.name} == set(records)
    dequeue, value = records[waiting.op.name], records["value"]
    assert value.timeline_label == "value = Identity(Const)"
    # The dequeue waited for the enqueue, which waited for the value.
    assert dequeue.all_start_micros + dequeue.all_end_rel_micros >= value.all_start_micros
    assert dequeue.all_start_micros <= value.all_start_micros
