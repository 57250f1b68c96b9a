"""`FileWriter` in threads, in a forked child, at exit, and on a full disk; conformance/ has TensorFlow's promises."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from tests.summaries.events import all_events, curve, events
from tfqueue.framework import messages
from tfqueue.framework.errors import FailedPreconditionError, UnknownError
from tfqueue.graph.graph import Graph
from tfqueue.summaries.event_file import EventFile
from tfqueue.summaries.file_writer import FileWriter
from tfqueue.testing import run_in_thread, wait_until


def scalar(tag, value, **metadata):
    summary = messages.Summary(value=[messages.Summary.Value(tag=tag, simple_value=value)])
    if metadata:
        summary.value[0].metadata.CopyFrom(messages.SummaryMetadata(**metadata))
    return summary


def graph_with(*names):
    graph = Graph()
    for name in names:
        graph.create_op("NoOp", [], [], name)
    return graph


def writer_threads():
    return [thread for thread in threading.enumerate() if thread.name == "tfqueue-event-writer"]


def test_bytes_that_are_no_summary_are_refused(tmp_path):
    """At the caller, not in the thread behind."""
    with FileWriter(tmp_path) as writer:
        with pytest.raises(Exception, match="parsing message"):
            writer.add_summary(b"\xff\xffgarbage")
        with pytest.raises(AttributeError):
            writer.add_summary("text")


def test_flush_secs_is_kept_without_a_flush(tmp_path):
    """The thread flushes by itself."""
    writer = FileWriter(tmp_path, flush_secs=0.05)
    for step in range(3):
        writer.add_summary(scalar("a", step), step)
        wait_until(lambda step=step: curve(tmp_path, "a")[-1:] == [(step, float(step))])
    writer.close()


def test_graphs_are_written_for_the_graph_tab(tmp_path):
    """`add_graph` takes a Graph, ours or a compiled GraphDef; SEMANTICS 94."""
    graph = graph_with("a", "b")
    with FileWriter(tmp_path) as writer:
        writer.add_graph(graph, 5)
        writer.add_graph(None, graph_def=graph.as_graph_def())
        writer.add_graph(messages.GraphDef(node=[messages.NodeDef(name="c", op="NoOp")]))
    found = [messages.GraphDef.FromString(event.graph_def) for event in all_events(tmp_path)]
    assert [[node.name for node in definition.node] for definition in found] == [["a", "b"], ["a", "b"], ["c"]]
    assert all_events(tmp_path)[0].step == 5


def test_session_logs_and_events_are_written_as_they_are(tmp_path):
    """A start, and an event with a step and a time of its own."""
    with FileWriter(tmp_path) as writer:
        writer.add_session_log(messages.SessionLog(status=messages.SessionLog.START, msg="hello"), 7)
        writer.add_event(messages.Event(step=9, wall_time=12.0))
    start, event = all_events(tmp_path)
    assert (start.step, start.session_log.msg) == (7, "hello")
    assert (event.step, event.wall_time) == (9, 12.0)


def test_two_writers_of_one_second_have_a_file_each(tmp_path):
    """Neither cuts the other's off."""
    writers = [FileWriter(tmp_path) for _ in range(4)]
    for number, writer in enumerate(writers):
        writer.add_summary(scalar("a", number), number)
        writer.close()
    assert len(list(tmp_path.iterdir())) == 4
    assert sorted(curve(tmp_path, "a")) == [(number, float(number)) for number in range(4)]


def test_a_directory_that_cannot_be_made_is_an_error_at_once(tmp_path):
    """TensorFlow's class, the path, and the way out."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FailedPreconditionError, match=r"'.*file/run'.*Choose a directory"):
        FileWriter(tmp_path / "file" / "run")
    assert FileWriter(str(tmp_path)).get_logdir() == str(tmp_path)


def test_a_dropped_writer_ends_its_thread_and_loses_nothing(tmp_path):
    """Nobody called close."""
    gc.collect()
    before = len(writer_threads())
    writer = FileWriter(tmp_path)
    for step in range(100):
        writer.add_summary(scalar("a", step), step)
    del writer
    gc.collect()
    wait_until(lambda: len(writer_threads()) == before)
    assert len(curve(tmp_path, "a")) == 100


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise RuntimeError('the end')"])
def test_interpreter_exit_loses_nothing(tmp_path, end):
    """However the program ends, and though nobody closed the writer."""
    code = textwrap.dedent(f"""
        import sys
        from tfqueue.framework import messages
        from tfqueue.summaries.file_writer import FileWriter
        writer = FileWriter({str(tmp_path)!r})
        for step in range(1000):
            value = messages.Summary.Value(tag="a", simple_value=step)
            writer.add_summary(messages.Summary(value=[value]), step)
        {end}
    """)
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert len(curve(tmp_path, "a")) == 1000


def test_threads_may_share_a_writer(tmp_path):
    """All events arrive, and each thread's in its order, though only two may wait at a time."""
    writer = FileWriter(tmp_path, max_queue=2)

    def write(number):
        for step in range(200):
            writer.add_summary(scalar(f"thread {number}", step), step)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    for number in range(4):
        assert [step for step, _ in curve(tmp_path, f"thread {number}")] == list(range(200))


FULL_DISK = """
import resource, signal, sys
from tfqueue.framework import messages
from tfqueue.summaries.file_writer import FileWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = FileWriter(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
summary = messages.Summary(value=[messages.Summary.Value(tag="a" * 1000, simple_value=1)])
for step in range(100):
    writer.add_summary(summary, step)
for call in (writer.flush, writer.close):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error)
writer.close()
print("on with it")
"""


def test_a_full_disk_is_told_by_flush_and_close_and_holds_nobody_up(tmp_path):
    """The adding goes on, the log says once what is lost."""
    asked = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    first, second, last = asked.stdout.splitlines()
    assert first == second
    assert first.startswith(f"ResourceExhaustedError cannot write event files in {str(tmp_path)!r}")
    assert last == "on with it"
    assert asked.stderr.count("Later events of this writer are lost") == 1


def test_a_forked_child_writes_to_a_file_of_its_own(tmp_path):
    """Decision 9: what the parent had in line stays the parent's, and none of it is written twice."""
    writer = FileWriter(tmp_path, flush_secs=3600)
    for step in range(50):
        writer.add_summary(scalar("parent", step), step)
    child = os.fork()
    if child == 0:  # only os._exit from here
        signal.alarm(30)
        status = 1
        try:
            for step in range(20):
                writer.add_summary(scalar("child", step), step)
            writer.close()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    writer.close()
    assert len(curve(tmp_path, "parent")) == 50
    assert len(curve(tmp_path, "child")) == 20
    [own] = tmp_path.glob(f"*.{child}.*")
    assert {value.tag for event in events(own) for value in event.summary.value} == {"child"}


def test_a_flush_that_meets_a_close_ends(tmp_path):
    """Whichever of two threads comes first, nobody waits for a thread that is gone."""
    for _ in range(50):
        writer = FileWriter(tmp_path)
        flushing = [run_in_thread(writer._stream.flush) for _ in range(2)]
        writer.close()
        for call in flushing:
            call.result()


def test_whatever_goes_wrong_in_writing_is_told_by_flush_and_close(tmp_path, monkeypatch, caplog):
    """Not only what a disk may say: the thread lives on, and each of them tells what it was."""

    def fail(file, event):
        raise ValueError("no such record")

    writer = FileWriter(tmp_path)
    monkeypatch.setattr(EventFile, "write", fail)
    writer.add_summary(scalar("loss", 1.0), 1)
    for told in (writer.flush, writer.flush, writer.close):
        with pytest.raises(UnknownError, match=r"cannot write event files in .*: ValueError: no such record"):
            told()
    assert sum("Later events of this writer are lost" in record.message for record in caplog.records) == 1
