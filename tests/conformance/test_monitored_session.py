"""TensorFlow's promises on hooks and monitored sessions, checked against TensorFlow 2.21's `compat.v1`."""

import threading
from typing import Any

import pytest

import tfqueue as tf


class Hook(tf.train.SessionRunHook):
    """Asks for what it was made with, and keeps what it got."""

    def __init__(self, fetches: Any = None, feed_dict: Any = None, options: Any = None) -> None:
        self.args = tf.train.SessionRunArgs(fetches, feed_dict, options)
        self.contexts: list[Any] = []
        self.values: list[Any] = []
        self.session: Any = None
        self.coord: Any = None
        self.ended_with: Any = None

    def after_create_session(self, session: Any, coord: Any) -> None:
        self.session, self.coord = session, coord

    def before_run(self, run_context: Any) -> Any:
        self.contexts.append(run_context)
        return self.args

    def after_run(self, run_context: Any, run_values: Any) -> None:
        assert run_context is self.contexts[-1]
        self.values.append(run_values)

    def end(self, session: Any) -> None:
        self.ended_with = session


def test_a_session_needs_no_arguments() -> None:
    """MonitoredSession() initializes all variables and starts all queue runners (SEMANTICS 1.2)."""
    v = tf.Variable(2)
    x = tf.train.limit_epochs(tf.constant(3), num_epochs=1)
    with tf.train.MonitoredSession() as session:
        assert session.run([v, x]) == [2, 3]


def test_arguments_come_in_tensorflows_order() -> None:
    """The positional arguments of the public classes are TensorFlow 1.15's."""
    scaffold, pages = tf.train.Scaffold(), Hook()
    creator = tf.train.ChiefSessionCreator(scaffold, "", tf.ConfigProto(), None)
    tf.train.MonitoredSession(creator, [pages], 120).close()
    tf.train.SingularMonitoredSession([pages], scaffold, "", tf.ConfigProto(), None, 120).close()
    tf.train.MonitoredTrainingSession("", True, None, scaffold, [pages], [Hook()], 600, 100, None, None, 120, 100, 7200)
    assert tf.train.SessionRunArgs(1) == (1, None, None)
    assert tf.train.SessionRunValues(1, 2, 3) == (1, 2, 3)


def test_a_hook_that_overrides_nothing_does_nothing() -> None:
    """SessionRunHook's own methods do nothing: before_run asks for nothing."""
    c = tf.constant(1)
    with tf.train.MonitoredSession(hooks=[tf.train.SessionRunHook()]) as session:
        assert session.run(c) == 1


def test_a_hook_gets_what_it_asked_for() -> None:
    """Results come in the nest that was asked for, None where nothing was; options and metadata are always there."""
    a, b = tf.constant(1), tf.constant(2)
    asks, silent = Hook({"b": b, "both": [a, b]}), Hook()
    with tf.train.MonitoredSession(hooks=[asks, silent]) as session:
        assert session.run((a, {"k": b})) == (1, {"k": 2})
    assert asks.values[0].results == {"b": 2, "both": [1, 2]}
    assert silent.values[0].results is None
    assert isinstance(asks.values[0].options, tf.RunOptions)
    assert isinstance(silent.values[0].run_metadata, tf.RunMetadata)


def test_a_hook_sees_what_the_user_asked_for() -> None:
    """`original_args` is SessionRunArgs(fetches, feed_dict), `session` the session underneath."""
    x = tf.placeholder(tf.int32, [])
    hook = Hook()
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        session.run(x, {x: 1})
        assert hook.contexts[0].original_args == tf.train.SessionRunArgs(x, {x: 1})
        assert hook.contexts[0].session is hook.session
        assert isinstance(hook.session, tf.Session)
        assert isinstance(hook.coord, tf.train.Coordinator)
    assert hook.ended_with is hook.session


def test_a_hook_asks_for_the_end() -> None:
    """request_stop makes should_stop True; a run after that is a RuntimeError."""
    c = tf.constant(1)

    class Stop(tf.train.SessionRunHook):
        def after_run(self, run_context: Any, run_values: Any) -> None:
            assert not run_context.stop_requested
            run_context.request_stop()
            assert run_context.stop_requested

    with tf.train.MonitoredSession(hooks=[Stop()]) as session:
        assert not session.should_stop()
        assert session.run(c) == 1
        assert session.should_stop()
        with pytest.raises(RuntimeError, match="Run called even after should_stop requested"):
            session.run(c)


def test_feeds_of_hooks_and_user_are_merged() -> None:
    """Each may feed its own tensors."""
    x, y, z = (tf.placeholder(tf.int32, []) for _ in range(3))
    with tf.train.MonitoredSession(hooks=[Hook(feed_dict={x: 1}), Hook(feed_dict={y: 2})]) as session:
        assert session.run([x, y, z], {z: 3}) == [1, 2, 3]
    with tf.train.MonitoredSession(hooks=[Hook(feed_dict={x: 1})]) as session:
        assert session.run(x) == 1


def test_one_tensor_is_fed_by_one() -> None:
    """Two hooks, or a hook and the user, that feed the same tensor are a RuntimeError."""
    x = tf.placeholder(tf.int32, [])
    with (
        pytest.raises(RuntimeError, match=r"Same tensor is fed by two hooks\. Conflict\(s\)"),
        tf.train.MonitoredSession(hooks=[Hook(feed_dict={x: 1}), Hook(feed_dict={x: 2})]) as session,
    ):
        session.run(x)
    with (
        pytest.raises(RuntimeError, match=r"Same tensor is fed by a SessionRunHook and user\. Conflict\(s\)"),
        tf.train.MonitoredSession(hooks=[Hook(feed_dict={x: 1})]) as session,
    ):
        session.run(x, {x: 2})


def test_options_of_hooks_and_user_are_merged() -> None:
    """The larger number counts, and every True; the user's object gets them."""
    c = tf.constant(1)
    first = Hook(options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE, timeout_in_ms=60000))
    second = Hook(options=tf.RunOptions(timeout_in_ms=30000, output_partition_graphs=True))
    options, metadata = tf.RunOptions(timeout_in_ms=20000), tf.RunMetadata()
    with tf.train.MonitoredSession(hooks=[first, second]) as session:
        session.run(c, options=options, run_metadata=metadata)
    assert (options.trace_level, options.timeout_in_ms, options.output_partition_graphs) == (3, 60000, True)
    assert first.values[0].options is options
    assert first.values[0].run_metadata is metadata
    assert metadata.step_stats.dev_stats


def test_the_graph_may_be_added_to_in_begin() -> None:
    """`begin` is called once, under the graph, before it is final."""
    added: list[Any] = []

    class Adds(tf.train.SessionRunHook):
        def begin(self) -> None:
            added.append(tf.constant(9))

        def before_run(self, run_context: Any) -> Any:
            return tf.train.SessionRunArgs(added[0])

        def after_run(self, run_context: Any, run_values: Any) -> None:
            added.append(run_values.results)

    c = tf.constant(1)
    with tf.train.MonitoredSession(hooks=[Adds()]) as session:
        session.run(c)
    assert added[1:] == [9]


def test_errors_of_fetches_pass() -> None:
    """None is a TypeError, a tensor of another graph a ValueError, as with a Session (SEMANTICS 97, 102)."""
    with tf.Graph().as_default():
        foreign = tf.constant(1)
    tf.constant(1)
    with tf.train.MonitoredSession() as session:
        with pytest.raises(TypeError, match="None has invalid type"):
            session.run(None)
        with pytest.raises(ValueError, match="cannot be interpreted as a Tensor"):
            session.run(foreign)


def test_threads_of_hooks_are_joined() -> None:
    """A thread that a hook registers with the coordinator is told to stop, and waited for."""
    ended = threading.Event()

    class Starts(tf.train.SessionRunHook):
        def after_create_session(self, session: Any, coord: Any) -> None:
            def work() -> None:
                coord.wait_for_stop()
                ended.set()

            thread = threading.Thread(target=work)
            coord.register_thread(thread)
            thread.start()

    with tf.train.MonitoredSession(hooks=[Starts()]) as session:
        assert not session.should_stop()
    assert ended.is_set()


def test_an_exception_given_to_the_coordinator_is_raised_at_the_end() -> None:
    """should_stop is True, runs go on until then, and closing raises it; also an OutOfRangeError."""
    c = tf.constant(1)
    for error in (ValueError("from a thread"), tf.errors.OutOfRangeError(None, None, "from a thread")):
        hook = Hook()
        session = tf.train.MonitoredSession(hooks=[hook])
        hook.coord.request_stop(error)
        assert session.should_stop()
        assert session.run(c) == 1
        with pytest.raises(type(error), match="from a thread"):
            session.close()


def test_a_plain_stop_of_the_coordinator_ends_the_loop() -> None:
    """request_stop without an exception makes should_stop True."""
    hook = Hook()
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        hook.coord.request_stop()
        assert session.should_stop()


def test_a_monitored_session_is_no_session() -> None:
    """start_queue_runners does nothing with one, for it has started them itself."""
    tf.train.string_input_producer(["a"])
    with tf.train.MonitoredSession() as session:
        assert tf.train.start_queue_runners(session) == []
    assert not isinstance(session, tf.Session)


def test_a_session_creator_creates_sessions() -> None:
    """SessionCreator is abstract."""
    with pytest.raises(TypeError, match="abstract"):
        tf.train.SessionCreator()  # type: ignore[abstract]


def test_step_context_is_an_attribute_of_the_session() -> None:
    """`MonitoredSession.StepContext` is what step functions get."""
    with tf.train.MonitoredSession() as session:
        context = session.run_step_fn(lambda step_context: step_context)
    assert isinstance(context, tf.train.MonitoredSession.StepContext)
