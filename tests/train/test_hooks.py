"""The hooks that come with tfqueue: when each does its work, and what it leaves in logs and files."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tfqueue as tf
from tests.summaries.events import all_events, curve
from tfqueue.testing import run_in_thread, wait_until
from tfqueue.train.coordinator import Coordinator


class RecordingWriter:
    """A summary writer that keeps what it is given."""

    def __init__(self) -> None:
        self.summaries: list[tuple[int, dict[str, float]]] = []
        self.logs: list[tuple[int, int]] = []
        self.flushes = 0

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        if isinstance(summary, bytes):
            summary = tf.Summary.FromString(summary)
        values = {value.tag: value.simple_value for value in summary.value}
        self.summaries.append((int(global_step), values))

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        self.logs.append((session_log.status, int(global_step)))

    def add_graph(self, graph: Any, global_step: Any = None) -> None:
        """Not used by these hooks."""

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Not used by these hooks."""

    def flush(self) -> None:
        self.flushes += 1


class Clock:
    """Replaces `time.time` where hooks read it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    scripted = Clock()
    monkeypatch.setattr("tfqueue.train.hook_timers.time.time", scripted)
    return scripted


@pytest.fixture
def step() -> Any:
    """An op that makes one global step."""
    return tf.assign_add(tf.train.get_or_create_global_step(), 1)


@pytest.fixture(autouse=True)
def no_writer_left() -> Iterator[None]:
    yield
    tf.summary.FileWriterCache.clear()


def run_steps(op: Any, times: int, *hooks: Any) -> list[Any]:
    """What so many runs of `op` gave, in a session of these hooks."""
    with tf.train.MonitoredSession(hooks=hooks) as session:
        return [session.run(op) for _ in range(times)]


# Timers ---------------------------------------------------------------------------------------------------------------


def test_a_timer_needs_just_one_interval() -> None:
    """Seconds or steps: none or both are a ValueError."""
    with pytest.raises(ValueError, match="Either every_secs or every_steps should be provided"):
        tf.train.SecondOrStepTimer()
    with pytest.raises(ValueError, match="Can not provide both every_secs and every_steps"):
        tf.train.SecondOrStepTimer(every_secs=2.0, every_steps=10)


def test_a_timer_of_steps() -> None:
    """The first step is a turn, the same step never again, and then each N steps."""
    timer = tf.train.SecondOrStepTimer(every_steps=3)
    assert timer.last_triggered_step() is None
    assert timer.should_trigger_for_step(1)
    assert timer.update_last_triggered_step(1) == (None, None)
    assert [timer.should_trigger_for_step(step) for step in (1, 2, 3, 4)] == [False, False, False, True]
    assert timer.update_last_triggered_step(4)[1] == 3
    assert timer.last_triggered_step() == 4
    timer.reset()
    assert timer.should_trigger_for_step(4)


def test_a_timer_of_seconds(clock: Clock) -> None:
    """The turn comes when N seconds are over, and tells how many they were."""
    timer = tf.train.SecondOrStepTimer(every_secs=1.0)
    timer.update_last_triggered_step(1)
    clock.now += 0.5
    assert not timer.should_trigger_for_step(2)
    clock.now += 0.5
    assert not timer.should_trigger_for_step(1)
    assert timer.should_trigger_for_step(2)
    assert timer.update_last_triggered_step(3) == (1.0, 2)


# Ends -----------------------------------------------------------------------------------------------------------------


def test_stop_at_step_needs_just_one_limit() -> None:
    """num_steps or last_step: none or both are a ValueError."""
    with pytest.raises(ValueError, match="One of num_steps or last_step must be specified"):
        tf.train.StopAtStepHook()
    with pytest.raises(ValueError, match="Only one of num_steps or last_step can be specified"):
        tf.train.StopAtStepHook(num_steps=10, last_step=20)


@pytest.mark.parametrize(("limit", "runs"), [({"last_step": 5}, 3), ({"num_steps": 5}, 5)])
def test_stop_at_step_ends_the_loop(step: Any, limit: dict[str, int], runs: int) -> None:
    """last_step counts from 0, num_steps from where the session starts."""
    start = tf.train.get_global_step().assign(2)
    scaffold = tf.train.Scaffold(init_op=start.op)
    creator = tf.train.ChiefSessionCreator(scaffold)
    done = 0
    with tf.train.MonitoredSession(creator, hooks=[tf.train.StopAtStepHook(**limit)]) as session:
        while not session.should_stop():
            session.run(step)
            done += 1
    assert done == runs


def test_stop_at_step_does_not_count_runs_without_a_step() -> None:
    """It is the global step that counts, not the number of runs."""
    tf.train.get_or_create_global_step()
    with tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(last_step=1)]) as session:
        session.run(tf.get_default_graph().get_operation_by_name("init"))
        assert not session.should_stop()


def test_a_nan_ends_the_loop(caplog: pytest.LogCaptureFixture) -> None:
    """NanTensorHook raises NanLossDuringTrainingError, or asks for the end and warns."""
    loss = tf.placeholder(tf.float32, [])
    with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(loss)]) as session:
        assert session.run(loss, {loss: 1.0}) == 1.0
        with pytest.raises(tf.train.NanLossDuringTrainingError, match="NaN loss during training"):
            session.run(loss, {loss: float("nan")})
    with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(loss, fail_on_nan_loss=False)]) as session:
        session.run(loss, {loss: float("nan")})
        assert session.should_stop()
    assert "Model diverged with loss = NaN." in caplog.text


def test_the_waiter_waits_for_the_global_step() -> None:
    """The first run is held up until the global step is there; later ones are not looked at."""
    step = tf.train.get_or_create_global_step()
    increment, hook = tf.assign_add(step, 10), tf.train.GlobalStepWaiterHook(wait_until_step=10)
    hook.begin()
    looked: list[int] = []

    class Watched(tf.Session):
        def run(self, *args: Any, **kwargs: Any) -> Any:
            looked.append(1)
            return super().run(*args, **kwargs)

    with Watched() as session:
        super(Watched, session).run(tf.global_variables_initializer())
        waiter = run_in_thread(hook.before_run, tf.train.SessionRunContext(None, session))
        wait_until(lambda: bool(looked))
        assert not waiter.done()
        super(Watched, session).run(increment)
        assert waiter.result() is None
        looked.clear()
        hook.before_run(tf.train.SessionRunContext(None, session))
        assert looked == []


def test_the_waiter_gives_up_when_the_threads_must_stop() -> None:
    """A stop of the coordinator ends the wait, which TensorFlow does not."""
    tf.train.get_or_create_global_step()
    hook, coord = tf.train.GlobalStepWaiterHook(wait_until_step=10), Coordinator()
    hook.begin()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        hook.after_create_session(session, coord)
        coord.request_stop()
        hook.before_run(tf.train.SessionRunContext(None, session))


@pytest.mark.parametrize(
    "make",
    [
        lambda: tf.train.StopAtStepHook(last_step=1),
        tf.train.StepCounterHook,
        lambda: tf.train.SummarySaverHook(save_steps=1, scaffold=tf.train.Scaffold()),
        lambda: tf.train.GlobalStepWaiterHook(1),
    ],
)
def test_hooks_that_need_the_global_step_say_so(make: Any) -> None:
    """Without one, `begin` is a RuntimeError that names the hook."""
    with pytest.raises(RuntimeError, match=r"Global step should be created to use .*Hook"):
        make().begin()


# In and out -----------------------------------------------------------------------------------------------------------


def test_feeds_come_from_a_function() -> None:
    """FeedFnHook asks its function in each run."""
    x = tf.placeholder(tf.int32, [])
    values = iter(range(3))
    assert run_steps(x + 1, 3, tf.train.FeedFnHook(lambda: {x: next(values)})) == [1, 2, 3]


def test_final_ops_run_at_the_end(step: Any) -> None:
    """FinalOpsHook keeps the values of the last moment, in their nest; None before."""
    x = tf.placeholder(tf.int32, [])
    hook = tf.train.FinalOpsHook({"step": tf.train.get_global_step(), "fed": x}, {x: 7})
    assert hook.final_ops_values is None
    run_steps(step, 2, hook)
    assert hook.final_ops_values == {"step": 2, "fed": 7}


def test_final_ops_that_read_the_input_say_what_is_wrong(caplog: pytest.LogCaptureFixture) -> None:
    """An OutOfRangeError of final ops is raised, with a warning that tells why."""
    names = tf.train.string_input_producer(["a"], num_epochs=1).dequeue()
    with pytest.raises(tf.errors.OutOfRangeError):
        run_steps(names, 1, tf.train.FinalOpsHook(names))
    assert "let them read variables" in caplog.text


# Logs -----------------------------------------------------------------------------------------------------------------


def test_the_logging_hook_checks_its_intervals() -> None:
    """Runs or seconds, or the end alone; a positive number of runs."""
    with pytest.raises(ValueError, match="exactly one of every_n_iter and every_n_secs"):
        tf.train.LoggingTensorHook(["t"])
    with pytest.raises(ValueError, match="exactly one of every_n_iter and every_n_secs"):
        tf.train.LoggingTensorHook(["t"], every_n_iter=5, every_n_secs=5)
    with pytest.raises(ValueError, match="invalid every_n_iter=0"):
        tf.train.LoggingTensorHook(["t"], every_n_iter=0)


def lines(caplog: pytest.LogCaptureFixture, part: str) -> list[str]:
    return [record.getMessage() for record in caplog.records if part in record.getMessage()]


def test_tensors_are_logged_every_n_runs(caplog: pytest.LogCaptureFixture, clock: Clock) -> None:
    """The first run, and each N-th after; names of ops and tensors will do; seconds since the last line follow."""
    tf.constant(42.0, name="foo")
    other = tf.constant([1, 2], name="bar")
    with caplog.at_level(logging.INFO, "tfqueue"):
        run_steps(other, 5, tf.train.LoggingTensorHook(["foo", "bar:0"], every_n_iter=2))
    assert lines(caplog, "foo") == ["foo = 42.0, bar:0 = [1 2]"] + ["foo = 42.0, bar:0 = [1 2] (0.000 sec)"] * 2


def test_tensors_are_logged_every_n_seconds(caplog: pytest.LogCaptureFixture, clock: Clock) -> None:
    """With a dict the tags are its keys, in their order."""
    x = tf.constant(1)
    with (
        caplog.at_level(logging.INFO, "tfqueue"),
        tf.train.MonitoredSession(hooks=[tf.train.LoggingTensorHook({"b": x, "a": x}, every_n_secs=10)]) as session,
    ):
        for _ in range(3):
            session.run(x)
            clock.now += 6
    assert lines(caplog, "a =") == ["a = 1, b = 1", "a = 1, b = 1 (12.000 sec)"]


def test_tensors_are_logged_at_the_end_alone(caplog: pytest.LogCaptureFixture) -> None:
    """at_end without an interval: one line, made by the formatter where there is one."""
    x = tf.constant(3, name="x")
    hook = tf.train.LoggingTensorHook({"x": x}, at_end=True, formatter=lambda values: f"formatted {values['x']}")
    with caplog.at_level(logging.INFO, "tfqueue"):
        run_steps(x, 3, hook)
    assert lines(caplog, "formatted") == ["formatted 3"]


def test_what_is_to_be_logged_must_be_of_the_graph() -> None:
    """A tensor of another graph, and the name of an op with several outputs, are ValueErrors."""
    with tf.Graph().as_default():
        foreign = tf.constant(1)
    with pytest.raises(ValueError, match="should have graph attribute that is equal to current graph"):
        tf.train.LoggingTensorHook([foreign], every_n_iter=1).begin()
    tf.split(tf.constant([1, 2]), 2, name="pair")
    with pytest.raises(ValueError, match="is ambiguous"):
        tf.train.LoggingTensorHook(["pair"], every_n_iter=1).begin()


# Files ----------------------------------------------------------------------------------------------------------------


def test_the_step_counter_takes_one_interval() -> None:
    """Steps or seconds: both or none are a ValueError."""
    with pytest.raises(ValueError, match="exactly one of every_n_steps and every_n_secs"):
        tf.train.StepCounterHook(every_n_secs=5)
    with pytest.raises(ValueError, match="exactly one of every_n_steps and every_n_secs"):
        tf.train.StepCounterHook(every_n_steps=None)


def test_steps_a_second(step: Any, clock: Clock) -> None:
    """Every N steps one point `global_step/sec`, the first after N steps."""
    writer = RecordingWriter()
    hook = tf.train.StepCounterHook(every_n_steps=10, summary_writer=writer)
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        for _ in range(30):
            clock.now += 0.25
            session.run(step)
    assert writer.summaries == [(11, {"global_step/sec": 4.0}), (21, {"global_step/sec": 4.0})]


def test_the_step_counter_goes_by_the_name_of_the_global_step(clock: Clock) -> None:
    """A global step of another name gives the tag its name."""
    count = tf.Variable(0, trainable=False, name="a_step", collections=["global_step", "variables"])
    writer = RecordingWriter()
    hook = tf.train.StepCounterHook(every_n_steps=None, every_n_secs=1, summary_writer=writer)
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        update = session.graph.get_tensor_by_name("a_step:0")
        for _ in range(3):
            clock.now += 2.0
            count.load(session.run(update) + 4, session._raw)
    assert [values.keys() for _, values in writer.summaries] == [{"a_step/sec"}] * len(writer.summaries)


def test_a_step_that_stands_still_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    """The step counter warns when the global step does not grow, and soon stops."""
    tf.train.get_or_create_global_step()
    run_steps(tf.constant(1), 10, tf.train.StepCounterHook())
    assert len(lines(caplog, "It seems that global step (tf.train.get_global_step) has not been increased")) == 5


def test_the_summary_saver_checks_its_arguments() -> None:
    """A scaffold or a summary op; steps or seconds."""
    summary = tf.summary.scalar("x", 1.0)
    with pytest.raises(ValueError, match="Exactly one of scaffold or summary_op must be provided"):
        tf.train.SummarySaverHook(save_steps=1)
    with pytest.raises(ValueError, match="Exactly one of scaffold or summary_op must be provided"):
        tf.train.SummarySaverHook(save_steps=1, scaffold=tf.train.Scaffold(), summary_op=summary)
    with pytest.raises(ValueError, match="Either every_secs or every_steps"):
        tf.train.SummarySaverHook(summary_op=summary)
    with pytest.raises(ValueError, match="Can not provide both"):
        tf.train.SummarySaverHook(save_steps=1, save_secs=1, summary_op=summary)


def test_summaries_are_saved_every_n_steps(step: Any) -> None:
    """The first step and each N-th after it, with the global step after the run; a START before all."""
    writer = RecordingWriter()
    summary = tf.summary.scalar("x", 3.0)
    run_steps(step, 20, tf.train.SummarySaverHook(save_steps=8, summary_writer=writer, summary_op=summary))
    assert writer.summaries == [(at, {"x": 3.0}) for at in (1, 9, 17)]
    assert writer.logs == [(tf.SessionLog.START, 1)]
    assert writer.flushes == 1


def test_several_summary_ops_are_saved_together(step: Any) -> None:
    """A list of summary ops is written one after the other."""
    writer = RecordingWriter()
    ops = [tf.summary.scalar("x", 1.0), tf.summary.scalar("y", 2.0)]
    run_steps(step, 1, tf.train.SummarySaverHook(save_steps=8, summary_writer=writer, summary_op=ops))
    assert writer.summaries == [(1, {"x": 1.0}), (1, {"y": 2.0})]


def test_summaries_are_saved_every_n_seconds(step: Any, clock: Clock) -> None:
    """The first step, and each one that comes N seconds after a saved one."""
    writer = RecordingWriter()
    hook = tf.train.SummarySaverHook(save_secs=2, summary_writer=writer, summary_op=tf.summary.scalar("x", 3.0))
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        for _ in range(8):
            session.run(step)
            clock.now += 0.5
    assert [at for at, _ in writer.summaries] == [1, 5]


def test_a_scaffold_gives_the_summaries(step: Any, tmp_path: Path) -> None:
    """With a scaffold all summaries of the graph go to the writer of the directory."""
    tf.summary.scalar("x", 3.0)
    scaffold = tf.train.Scaffold()
    hook = tf.train.SummarySaverHook(save_steps=1, output_dir=str(tmp_path), scaffold=scaffold)
    with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold), [hook]) as session:
        session.run(step)
        session.run(step)
    assert curve(tmp_path, "x") == [(1, 3.0), (2, 3.0)]


def test_a_graph_without_summaries_writes_none(step: Any) -> None:
    """No summary op is no error."""
    writer, scaffold = RecordingWriter(), tf.train.Scaffold()
    hook = tf.train.SummarySaverHook(save_steps=1, summary_writer=writer, scaffold=scaffold)
    with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold), [hook]) as session:
        session.run(step)
    assert writer.summaries == []


def test_the_profiler_writes_chrome_traces(step: Any, tmp_path: Path) -> None:
    """Every N steps a file `timeline-<step>.json` with each op as a region, and run metadata in the event file."""
    run_steps(step, 5, tf.train.ProfilerHook(save_steps=2, output_dir=str(tmp_path)))
    assert sorted(path.name for path in tmp_path.glob("timeline-*")) == ["timeline-2.json", "timeline-4.json"]
    trace = json.loads((tmp_path / "timeline-2.json").read_text())
    regions = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    added = next(region for region in regions if region["args"]["name"] == "AssignAdd")
    assert added["name"] == added["args"]["op"] == "AssignAdd"
    assert {"ts", "dur", "pid", "tid"} <= added.keys()
    tags = [event.tagged_run_metadata.tag for event in _written(tmp_path) if event.HasField("tagged_run_metadata")]
    assert tags == ["step_2", "step_4"]


def _written(logdir: Path) -> list[Any]:
    tf.summary.FileWriterCache.clear()
    return all_events(logdir)


def test_arrows_lead_from_lane_to_lane() -> None:
    """Ops that overlap are on lanes of their own; with dataflow an arrow leads from producer to consumer."""
    from tfqueue.session.config import DeviceStepStats, NodeExecStats, StepStats
    from tfqueue.train.timeline import Timeline

    def node(name: str, start: int, end: int, label: str) -> NodeExecStats:
        return NodeExecStats(name, start, all_end_rel_micros=end - start, timeline_label=label)

    nodes = [
        node("a", 100, 200, "a = Const()"),
        node("b", 150, 160, "b = Const()"),
        node("c", 300, 310, "c = Add(a, b:1)"),
    ]
    timeline = Timeline(StepStats([DeviceStepStats("cpu", nodes)]))
    events = json.loads(timeline.generate_chrome_trace_format())["traceEvents"]
    assert [event["tid"] for event in events if event["ph"] == "X"] == [0, 1, 0]
    assert [(event["ph"], event["tid"], event["ts"]) for event in events if event["ph"] in "st"] == [
        ("s", 1, 160),
        ("t", 0, 300),
    ]
    without = json.loads(timeline.generate_chrome_trace_format(show_dataflow=False))["traceEvents"]
    assert {event["ph"] for event in without} == {"M", "X"}


def test_run_metadata_is_tensorflows_message(step: Any) -> None:
    """A traced run's RunMetadata serialises to fields that TensorBoard's compiled message reads."""
    from tensorboard.compat.proto.config_pb2 import RunMetadata

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        metadata = tf.RunMetadata()
        session.run(step, options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), run_metadata=metadata)
    read = RunMetadata.FromString(metadata.SerializeToString())
    ours, theirs = metadata.step_stats.dev_stats[0], read.step_stats.dev_stats[0]
    assert theirs.device == ours.device
    assert [(node.node_name, node.all_start_micros, node.timeline_label) for node in theirs.node_stats] == [
        (node.node_name, node.all_start_micros, node.timeline_label) for node in ours.node_stats
    ]
