"""Monitored sessions: how they are made, watched, recovered and closed, and what they leave on the disk."""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import tfqueue as tf
from tests.summaries.events import all_events, curve
from tfqueue.train import outlets


@pytest.fixture(autouse=True)
def no_writer_left() -> Iterator[None]:
    yield
    tf.summary.FileWriterCache.clear()


class Diary(tf.train.SessionRunHook):
    """Writes down each call."""

    def __init__(self, name: str, pages: list[str]) -> None:
        self.name, self.pages = name, pages

    def note(self, word: str) -> None:
        self.pages.append(f"{self.name} {word}")

    def begin(self) -> None:
        self.note("begin")

    def after_create_session(self, session: Any, coord: Any) -> None:
        self.note("create")

    def before_run(self, run_context: Any) -> None:
        self.note("before")

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.note("after")

    def end(self, session: Any) -> None:
        self.note("end")


class RaiseAt(tf.train.SessionRunHook):
    """Raises in the n-th run, counted over all sessions."""

    def __init__(self, run: int, error: BaseException, *, before: bool = False) -> None:
        self.left, self.error, self.before = run, error, before

    def before_run(self, run_context: Any) -> None:
        if self.before:
            self.count()

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if not self.before:
            self.count()

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error


def run_to_the_end(session: Any, fetches: Any) -> list[Any]:
    """What the runs gave until the session should stop."""
    got = []
    while not session.should_stop():
        got.append(session.run(fetches))
    return got


# Step functions -------------------------------------------------------------------------------------------------------


def test_a_step_function_runs_with_and_without_hooks() -> None:
    """`step_context.session` calls no hooks, `run_with_hooks` does; what the function returns is returned."""
    pages: list[str] = []
    x = tf.placeholder(tf.int32, [])

    def step(step_context: Any) -> Any:
        before = step_context.session.run(x, {x: 1})
        return before, step_context.run_with_hooks(x, feed_dict={x: 2})

    with tf.train.MonitoredSession(hooks=[Diary("a", pages)]) as session:
        assert session.run_step_fn(step) == (1, 2)
        assert pages == ["a begin", "a create", "a before", "a after"]


def test_a_step_function_may_be_a_method_a_partial_or_an_object() -> None:
    """Anything that still takes `step_context` alone will do."""

    class Model:
        def step(self, step_context: Any) -> str:
            return "method"

        def __call__(self, step_context: Any) -> str:
            return "object"

    def named(word: str, step_context: Any) -> str:
        return word

    with tf.train.MonitoredSession() as session:
        steps: list[Callable[..., str]] = [Model().step, Model(), partial(named, "partial")]
        assert [session.run_step_fn(step) for step in steps] == ["method", "object", "partial"]


def test_a_step_function_takes_a_step_context() -> None:
    """Other arguments are a ValueError that names them."""
    with tf.train.MonitoredSession() as session:
        for wrong in (lambda: 1, lambda foo: 1, lambda step_context, more: 1):
            with pytest.raises(ValueError, match="may either have one `step_context` argument"):
                session.run_step_fn(wrong)


def test_a_step_function_leaves_the_with() -> None:
    """request_stop is a StopIteration, which the `with` takes as an end; without a `with` the session goes on."""

    def step(step_context: Any) -> None:
        step_context.request_stop()

    reached = False
    with tf.train.MonitoredSession() as session:
        session.run_step_fn(step)
        reached = True
    assert not reached
    session = tf.train.MonitoredSession()
    with pytest.raises(StopIteration, match="step_fn has requested the iterations to stop"):
        session.run_step_fn(step)
    assert not session.should_stop()
    session.close()
    assert session.should_stop()


def test_a_step_function_that_loses_its_session_is_called_again() -> None:
    """After an AbortedError it gets a step context with the new session, which is open."""
    c = tf.constant(3)
    seen: list[Any] = []

    def step(step_context: Any) -> Any:
        seen.append(step_context.session)
        if len(seen) == 1:
            raise tf.errors.AbortedError(None, None, "lost")
        return step_context.session.run(c)

    with tf.train.MonitoredSession() as session:
        assert session.run_step_fn(step) == 3
    assert seen[0] is not seen[1]


# Ends -----------------------------------------------------------------------------------------------------------------


def test_the_hooks_order() -> None:
    """Hooks are called in the order they were given, at each point."""
    pages: list[str] = []
    c = tf.constant(1)
    with tf.train.MonitoredSession(hooks=[Diary("a", pages), Diary("b", pages)]) as session:
        session.run(c)
    words = ["begin", "create", "before", "after", "end"]
    assert pages == [f"{name} {word}" for word in words for name in "ab"]


@pytest.mark.parametrize("error", [tf.errors.OutOfRangeError(None, None, "end"), StopIteration()])
def test_the_end_of_input_is_no_error(error: Exception) -> None:
    """OutOfRangeError and StopIteration leave the `with` in silence; hooks have their `end`."""
    pages: list[str] = []
    c = tf.constant(1)
    with tf.train.MonitoredSession(hooks=[Diary("a", pages), RaiseAt(2, error)]) as session:
        while not session.should_stop():
            session.run(c)
    assert pages.count("a after") == 2
    assert pages[-1] == "a end"
    assert session.should_stop()


def test_other_exceptions_pass_and_hooks_have_no_end() -> None:
    """Any other exception is raised, after the session was closed, without `end`."""
    pages: list[str] = []
    with pytest.raises(ValueError, match="mine"), tf.train.MonitoredSession(hooks=[Diary("a", pages)]) as session:
        raise ValueError("mine")
    assert pages == ["a begin", "a create"]
    assert session.should_stop()
    assert session.graph is None


def test_a_closed_session_is_closed() -> None:
    """A second close, and a run, are RuntimeErrors that say so; hooks end once."""
    pages: list[str] = []
    c = tf.constant(1)
    session = tf.train.MonitoredSession(hooks=[Diary("a", pages)])
    session.close()
    for use in (session.close, lambda: session.run(c)):
        with pytest.raises(RuntimeError, match="Session is already closed"):
            use()
    assert pages.count("a end") == 1


def test_a_session_is_closed_when_a_hook_fails_at_the_end() -> None:
    """What `end` raises is raised, and the session is closed all the same."""

    class BadEnd(tf.train.SessionRunHook):
        def end(self, session: Any) -> None:
            raise ValueError("bad end")

    session = tf.train.MonitoredSession(hooks=[BadEnd()])
    with pytest.raises(ValueError, match="bad end"):
        session.close()
    assert session.should_stop()
    assert not tf.get_default_graph().finalized


def test_the_graph_is_closed_while_the_session_is_open() -> None:
    """Adding to the graph is a RuntimeError until the session is closed; a graph that was final stays so."""
    with tf.train.MonitoredSession() as session:
        assert session.graph is tf.get_default_graph()
        with pytest.raises(RuntimeError, match="Graph is finalized and cannot be modified"):
            tf.constant(1)
    tf.constant(1)
    tf.train.Scaffold().finalize()
    with tf.train.MonitoredSession():
        assert tf.get_default_graph().finalized
    assert tf.get_default_graph().finalized


def test_a_session_outlives_its_graphs_with() -> None:
    """Made under one default graph, it may be used, recovered and closed under another."""
    graph = tf.Graph()
    with graph.as_default():
        v = tf.Variable(7)
        hook = RaiseAt(1, tf.errors.AbortedError(None, None, "lost"))
        session = tf.train.MonitoredSession(hooks=[hook])
    assert session.run(v) == 7
    session.close()
    assert not graph.finalized
    assert not tf.get_default_graph().finalized


# Threads --------------------------------------------------------------------------------------------------------------


def test_queue_runners_are_started_and_joined() -> None:
    """The pipeline runs by itself, and its end ends the loop."""
    names = tf.train.string_input_producer(["a", "b"], num_epochs=2, shuffle=False).dequeue()
    got = []
    with tf.train.MonitoredSession() as session:
        while not session.should_stop():
            got.append(session.run(names))
    assert got == [b"a", b"b", b"a", b"b"]


def failing_pipeline(error: Exception) -> Any:
    """A dequeue from a queue whose runner fails."""

    def fail() -> float:
        raise error

    queue = tf.FIFOQueue(2, tf.float32, [[]])
    value = tf.py_func(fail, [], tf.float32)
    value.set_shape([])
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(value)]))
    return queue.dequeue()


def test_what_a_runner_raises_is_raised() -> None:
    """An exception of a runner's thread ends the loop, and leaves the `with`."""
    element = failing_pipeline(ValueError("bad record"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="bad record"), tf.train.MonitoredSession() as session:
        run_to_the_end(session, element)


class LoseFirst(tf.train.SessionRunHook):
    """Ends the threads of the first session with an AbortedError."""

    def __init__(self) -> None:
        self.created = 0

    def after_create_session(self, session: Any, coord: Any) -> None:
        self.created += 1
        if self.created == 1:
            coord.request_stop(tf.errors.AbortedError(None, None, "thread lost"))


def test_a_session_recovers_from_a_lost_thread() -> None:
    """The question whether to stop makes a new session after an AbortedError of a thread, with new threads."""
    names = tf.train.string_input_producer(["a"], num_epochs=1).dequeue()
    hook = LoseFirst()
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        assert not session.should_stop()
        assert hook.created == 2
        assert session.run(names) == b"a"


def test_a_run_that_fails_because_a_thread_was_lost_is_repeated() -> None:
    """A run's own error gives way to the AbortedError that brought it about."""
    errors = [ValueError("follows from it")]

    def value() -> float:
        if errors:
            raise errors.pop()
        return 5.0

    x = tf.py_func(value, [], tf.float64)
    hook = LoseFirst()
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        assert session.run(x) == 5.0
    assert hook.created == 2


# Recovery -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [tf.errors.AbortedError, tf.errors.UnavailableError])
@pytest.mark.parametrize("before", [False, True])
def test_a_lost_session_is_made_anew(error: Any, before: bool) -> None:
    """The run is repeated in a new session, whose variables are initialized again; hooks hear of it."""
    pages: list[str] = []
    v = tf.Variable(0)
    increment = tf.assign_add(v, 1)
    hooks = [Diary("a", pages), RaiseAt(3, error(None, None, "lost"), before=before)]
    with tf.train.MonitoredSession(hooks=hooks) as session:
        assert [session.run(increment) for _ in range(4)] == [1, 2, 1, 2]
    assert (pages.count("a begin"), pages.count("a create"), pages.count("a end")) == (1, 2, 1)


def test_a_singular_session_does_not_recover() -> None:
    """SingularMonitoredSession raises AbortedError; its raw session is to be had."""
    c = tf.constant(1)
    hook = RaiseAt(1, tf.errors.AbortedError(None, None, "lost"))
    session = tf.train.SingularMonitoredSession(hooks=[hook])
    assert session.raw_session().run(c) == 1
    with pytest.raises(tf.errors.AbortedError), session:
        session.run(c)
    assert session.raw_session() is None


def test_making_a_session_is_tried_again() -> None:
    """A creator that is preempted is asked again."""
    asked: list[int] = []

    class Flaky(tf.train.SessionCreator):
        def create_session(self) -> Any:
            asked.append(1)
            if len(asked) < 3:
                raise tf.errors.UnavailableError(None, None, "not yet")
            return tf.Session()

    with tf.train.MonitoredSession(Flaky()) as session:
        assert len(asked) == 3
        assert not session.should_stop()


# Scaffolds and creators -----------------------------------------------------------------------------------------------


def test_a_scaffold_puts_its_pieces_into_collections() -> None:
    """What is missing is made, once, and found again by another scaffold."""
    tf.Variable(1)
    tf.summary.scalar("x", 1.0)
    scaffold = tf.train.Scaffold()
    assert scaffold.init_op is None
    scaffold.finalize()
    assert isinstance(scaffold.init_op, tf.Operation)
    assert scaffold.init_fn is None
    assert isinstance(scaffold.local_init_op, tf.Operation)
    for tensor in (scaffold.ready_op, scaffold.ready_for_local_init_op, scaffold.summary_op):
        assert isinstance(tensor, tf.Tensor)
    again = tf.train.Scaffold().finalize()
    for piece in ("init_op", "ready_op", "ready_for_local_init_op", "local_init_op", "summary_op"):
        assert getattr(again, piece) is getattr(scaffold, piece)


def test_a_scaffold_keeps_what_it_is_given() -> None:
    """Given pieces are neither replaced nor collected; a copy takes those that it is not given itself."""
    x = tf.placeholder(tf.int32, [])
    given, other = tf.no_op(), tf.no_op()
    first = tf.train.Scaffold(init_op=given, local_init_op=other, init_feed_dict={x: 1}, saver="mine")
    second = tf.train.Scaffold(local_init_op=given, copy_from_scaffold=first).finalize()
    assert (second.init_op, second.local_init_op, second.init_feed_dict, second.saver) == (given, given, {x: 1}, "mine")
    assert tf.get_collection(tf.GraphKeys.INIT_OP) == []
    with pytest.raises(TypeError, match="copy_from_scaffold is not a Scaffold instance"):
        tf.train.Scaffold(copy_from_scaffold=1)  # type: ignore[arg-type]


def test_a_scaffold_does_not_choose() -> None:
    """Two candidates in a collection are a RuntimeError that names the argument."""
    for _ in range(2):
        tf.add_to_collection(tf.GraphKeys.READY_OP, tf.no_op())
    with pytest.raises(
        RuntimeError, match=r"More than one item in the collection .*tf.Scaffold\(ready_op=item to use\)"
    ):
        tf.train.Scaffold().finalize()


def test_a_session_is_initialized_in_order() -> None:
    """init_op with its feeds, then init_fn, then local_init_op with its own."""
    x = tf.placeholder(tf.int32, [])
    v = tf.Variable(0)
    local = tf.Variable(v.initialized_value() * 10, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    seen: list[Any] = []

    def init_fn(scaffold: Any, session: Any) -> None:
        seen.append((scaffold, session.run(v)))
        v.load(6, session)

    scaffold = tf.train.Scaffold(init_op=v.assign(x).op, init_feed_dict={x: 5}, init_fn=init_fn)
    with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold)) as session:
        assert session.run([v, local]) == [6, 60]
    assert seen == [(scaffold, 5)]


def test_an_init_op_that_forgets_a_variable_is_told() -> None:
    """A session that is not ready is a RuntimeError with the variable's name."""
    tf.Variable(1, name="forgotten")
    scaffold = tf.train.Scaffold(init_op=tf.no_op())
    with pytest.raises(RuntimeError, match=r"did not make model ready for local_init.*forgotten"):
        tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold))
    scaffold = tf.train.Scaffold(init_op=scaffold.init_op, ready_for_local_init_op=scaffold.local_init_op)
    with pytest.raises(RuntimeError, match=r"(?s)did not make model ready\.  Init op: .*forgotten"):
        tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold))


def test_a_worker_does_not_initialize() -> None:
    """A worker runs the local init op only; without the chief's variables it says at once that it cannot start."""
    local = tf.Variable(3, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    chief_only: list[str] = []
    with tf.train.MonitoredTrainingSession(is_chief=False, chief_only_hooks=[Diary("chief", chief_only)]) as session:
        assert session.run(local) == 3
    assert chief_only == []
    with tf.Graph().as_default():
        tf.Variable(1, name="global_one")
        with pytest.raises(tf.errors.DeadlineExceededError, match=r"was not ready after waiting 7 secs\. .*global_one"):
            tf.train.MonitoredSession(tf.train.WorkerSessionCreator(max_wait_secs=7))


# Training sessions ----------------------------------------------------------------------------------------------------


def training_steps(logdir: Path, steps: int, **arguments: Any) -> None:
    """A pipeline and a summary, so many steps of training, its files closed."""
    names = tf.train.string_input_producer(["a", "b"], name="names").dequeue()
    tf.summary.scalar("loss", 0.5)
    step = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    with tf.train.MonitoredTrainingSession(checkpoint_dir=str(logdir), **arguments) as session:
        for _ in range(steps):
            session.run([names, step])
    tf.summary.FileWriterCache.clear()


def test_a_training_session_fills_its_directory(tmp_path: Path) -> None:
    """Summaries, steps a second, the graph, and the pipeline's own curves go to checkpoint_dir."""
    training_steps(tmp_path, 5, save_summaries_steps=2, log_step_count_steps=2)
    assert curve(tmp_path, "loss") == [(1, 0.5), (3, 0.5), (5, 0.5)]
    assert [at for at, _ in curve(tmp_path, "global_step/sec")] == [3, 5]
    assert curve(tmp_path, "queue/names/size")
    assert sum(event.HasField("graph_def") for event in all_events(tmp_path)) == 1


def test_a_training_session_without_a_directory_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No checkpoint_dir, no file and no monitor; with summary_dir alone, summaries but no monitor."""
    monkeypatch.chdir(tmp_path)
    step = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    with tf.train.MonitoredTrainingSession() as session:
        session.run(step)
    assert list(tmp_path.iterdir()) == []
    with tf.train.MonitoredTrainingSession(summary_dir="summaries", log_step_count_steps=1) as session:
        session.run(step)
        session.run(step)
    tf.summary.FileWriterCache.clear()
    assert [at for at, _ in curve(tmp_path / "summaries", "global_step/sec")] == [2]
    assert list((tmp_path / "summaries").glob("*.tfqueue")) == []


def test_what_is_not_wanted_is_not_written(tmp_path: Path) -> None:
    """Summaries, step counter and graph can be turned off, each by itself."""
    training_steps(tmp_path, 3, save_summaries_steps=None, log_step_count_steps=None, save_graph_def=False)
    tags = {value.tag for event in all_events(tmp_path) for value in event.summary.value}
    assert tags.isdisjoint({"loss", "global_step/sec"})
    assert not any(event.HasField("graph_def") for event in all_events(tmp_path))


def test_checkpoints_are_not_written_and_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One line in the log says that the save_checkpoint arguments have no effect; none when they are turned off."""
    with caplog.at_level(logging.INFO, "tfqueue"):
        training_steps(tmp_path, 1, save_checkpoint_secs=60)
    said = [record for record in caplog.records if "writes no checkpoints" in record.getMessage()]
    assert len(said) == 1
    caplog.clear()
    tf.reset_default_graph()
    with caplog.at_level(logging.INFO, "tfqueue"):
        training_steps(tmp_path, 1, save_checkpoint_secs=None)
    assert "writes no checkpoints" not in caplog.text


def test_the_monitor_lives_as_long_as_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It starts before the session, outlives a recovery, and ends with it, or when the session cannot be made."""
    pages: list[str] = []

    class Watch:
        def close(self) -> None:
            pages.append("closed")

    def start(logdir: str) -> Watch:
        pages.append(f"started in {Path(logdir).name}")
        return Watch()

    monkeypatch.setattr(outlets, "_installed", outlets._Installed())
    outlets.install_outlets(outlets.Outlets(tf.summary.FileWriterCache.get, start))
    step = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    hook = RaiseAt(1, tf.errors.AbortedError(None, None, "lost"))
    with tf.train.MonitoredTrainingSession(checkpoint_dir=str(tmp_path / "logs"), hooks=[hook]) as session:
        session.run(step)
        assert pages == ["started in logs"]
    assert pages.pop() == "closed"
    with tf.Graph().as_default(), pytest.raises(RuntimeError, match="Global step should be created"):
        tf.train.MonitoredTrainingSession(checkpoint_dir=str(tmp_path / "logs"))
    assert pages[1:] == ["started in logs", "closed"]


# Global step ----------------------------------------------------------------------------------------------------------


def test_the_global_step_is_made_once() -> None:
    """create is a ValueError the second time, get_or_create gives the first; it stands outside of scopes."""
    assert tf.train.get_global_step() is None
    with tf.name_scope("model"):
        step = tf.train.get_or_create_global_step()
    assert (step.name, step.dtype, step.shape.as_list()) == ("global_step:0", tf.int64, [])
    assert tf.train.get_or_create_global_step() is tf.train.get_global_step() is step
    assert step in tf.global_variables()
    assert step not in tf.trainable_variables()
    with pytest.raises(ValueError, match='"global_step" already exists'):
        tf.train.create_global_step()
    graph = tf.Graph()
    assert tf.train.create_global_step(graph).graph is graph


def test_the_global_step_may_be_found_by_name() -> None:
    """A variable of that name will do, if it is an integer scalar."""
    tf.Variable(4, name="global_step")
    found = tf.train.get_global_step()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert tf.train.global_step(session, found) == 4
        assert tf.train.global_step(session, "global_step:0") == 4
    for value, words in ((1.0, "does not have integer type"), ([1], "is not scalar")):
        with tf.Graph().as_default():
            tf.Variable(value, name="global_step")
            with pytest.raises(TypeError, match=words):
                tf.train.get_global_step()
    with pytest.raises(TypeError, match="must be a Variable or Tensor"):
        tf.train.assert_global_step("global_step")


def test_several_global_steps_are_none(caplog: pytest.LogCaptureFixture) -> None:
    """Two in the collection: None, and an error in the log."""
    step = tf.train.create_global_step()
    tf.add_to_collection(tf.GraphKeys.GLOBAL_STEP, step)
    assert tf.train.get_global_step() is None
    assert "Multiple tensors in global_step collection." in caplog.text
