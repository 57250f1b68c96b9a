"""One event a tick, on the disk at once, in a file of its own; a full disk loses values, never the run."""

import os
import signal
import subprocess
import sys
import textwrap
import time
import traceback
from pathlib import Path

import pytest

from tests.summaries.events import all_events, curve, events
from tests.summaries.records import EPOCH, coordinator, queue, snapshot, stage
from tfqueue.framework import messages
from tfqueue.framework.errors import FailedPreconditionError, NotFoundError, OpError
from tfqueue.summaries.event_file import EventFile, EventFileSink
from tfqueue.summaries.tags import tag_values
from tfqueue.telemetry.health import monitor_counters


def seconds_now() -> float:
    """The second of a hand-made Snapshot that is read now."""
    return time.time() - EPOCH


def points(event):
    """The values of an event by tag, less the descriptions."""
    return {value.tag: value.simple_value for value in event.summary.value if value.HasField("simple_value")}


def event(step: int) -> bytes:
    return messages.Event(step=step).SerializeToString()


def test_a_tick_is_one_event_with_all_values(tmp_path):
    """Wall time of the Snapshot; tags and values as the catalogue has them; on the disk when `write` returns."""
    sink = EventFileSink(str(tmp_path / "made" / "too"))
    before = snapshot(0.0, queue(), stage(), coordinator())
    now = snapshot(1.0, queue(size=3, age_seconds=1.0, element_seconds=2.5), stage(busy_seconds=1.0), coordinator())
    sink.write(before)
    sink.write(now)
    found = all_events(tmp_path / "made" / "too")
    sink.close()
    assert [event.wall_time for event in found] == [EPOCH, EPOCH + 1.0]
    written = points(found[1])
    assert written == pytest.approx({value.tag: value.value for value in tag_values(now, before)})
    assert written["queue/q/mean_fraction_full"] == 0.25


def test_the_first_point_of_a_curve_says_how_to_read_it(tmp_path):
    """The catalogue's sentence is the chart's description, with the point as a tensor; written once a file."""
    sink = EventFileSink(str(tmp_path))
    sink.write(snapshot(0.0, queue(size=7)))
    sink.write(snapshot(1.0, queue(size=8)))
    sink.close()
    first, second = ([v for v in event.summary.value if v.tag == "queue/q/size"] for event in all_events(tmp_path))
    assert first[0].metadata.plugin_data.plugin_name == "scalars"
    assert first[0].metadata.summary_description.startswith("Elements in the queue now.")
    assert list(first[0].tensor.float_val) == [7.0]
    assert [value.simple_value for value in (*first[1:], *second)] == [7.0, 8.0]
    assert not second[0].HasField("metadata")


def test_the_name_holds_process_and_number_and_nobody_else_has_it(tmp_path):
    """Two files of one second are two files."""
    files = [EventFile(str(tmp_path), ".mine") for _ in range(3)]
    names = [Path(file.path).name for file in files]
    assert len(set(names)) == 3
    assert all(f".{os.getpid()}." in name and name.endswith(".mine") for name in names)
    for number, file in enumerate(files):
        file.write(event(number))
        file.close()
    assert sorted(event.step for event in all_events(tmp_path)) == [0, 1, 2]


def test_a_file_starts_with_its_version_on_the_disk(tmp_path):
    """TensorBoard finds a run as soon as it is made."""
    file = EventFile(str(tmp_path))
    assert [event.file_version for event in events(Path(file.path))] == ["brain.Event:2"]
    file.close()


def test_steps_never_go_back_when_a_run_is_started_again(tmp_path):
    """A second sink in the directory goes on: a step that starts over would hide all earlier points in TensorBoard."""
    steps = []
    for start in (seconds_now(), seconds_now() + 3600.0):
        sink = EventFileSink(str(tmp_path))
        for tick in range(3):
            sink.write(snapshot(start + tick, queue()))
        steps.append([step for step, _ in curve(tmp_path, "queue/q/size")])
        sink.close()
    assert steps[1] == sorted(set(steps[1]))
    assert len(steps[1]) == 6
    assert steps[0][0] < 10_000  # small: since the first file of the directory
    assert steps[1][3] - steps[1][0] == pytest.approx(3_600_000, abs=5000)


def test_a_clock_set_back_does_not_take_the_steps_back(tmp_path):
    """Nor do two ticks within a millisecond share one."""
    sink = EventFileSink(str(tmp_path))
    now = seconds_now()
    for offset in (10.0, 5.0, 5.0):
        sink.write(snapshot(now + offset, queue()))
    sink.close()
    steps = [step for step, _ in curve(tmp_path, "queue/q/size")]
    assert steps == [steps[0], steps[0] + 1, steps[0] + 2]


def test_nothing_is_written_where_there_is_nothing(tmp_path):
    """A tick without a source leaves no event."""
    sink = EventFileSink(str(tmp_path))
    sink.write(snapshot(0.0))
    sink.close()
    assert all_events(tmp_path) == []


def test_a_directory_that_cannot_be_made_is_named_with_the_way_out(tmp_path):
    """One clear error, of TensorFlow's class, and nothing half-written."""
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(FailedPreconditionError, match=r"file/run'.*Choose a directory"):
        EventFileSink(str(tmp_path / "file" / "run"))
    with pytest.raises(FailedPreconditionError, match="Choose a directory"):
        EventFileSink(str(tmp_path / "file"))
    with pytest.raises(NotFoundError, match="/proc/none"):
        EventFileSink("/proc/none")
    assert os.listdir(tmp_path) == ["file"]


def test_closing_twice_does_no_harm(tmp_path):
    """Neither the file nor the sink minds."""
    file, sink = EventFile(str(tmp_path)), EventFileSink(str(tmp_path))
    for thing in (file, file, sink, sink):
        thing.close()


FULL_DISK = """
import logging, resource, signal, sys
from pathlib import Path
from tests.summaries.events import curve
from tests.summaries.records import queue, snapshot
from tfqueue.summaries.event_file import EventFile, EventFileSink
from tfqueue.telemetry.health import monitor_counters

logging.basicConfig(stream=sys.stdout, format="LOG %(message)s")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sink = EventFileSink(sys.argv[1])
sink.write(snapshot(0.0, queue(size=1)))
resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))  # as a full disk: no file takes more
for second in range(1, 8):
    sink.write(snapshot(second, queue(size=2, age_seconds=second, element_seconds=2.0 * second)))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for second in range(8, 12):
    sink.write(snapshot(second, queue(size=3, age_seconds=second, element_seconds=2.0 * second)))
sink.close()
print(monitor_counters().stats("", 0, 0))
print([value for _, value in curve(Path(sys.argv[1]), "queue/q/size")])
print([value for _, value in curve(Path(sys.argv[1]), "queue/q/mean_fraction_full")])
"""


def test_a_full_disk_loses_values_and_nothing_else(tmp_path):
    """Logged once, counted, tried again in growing steps; when there is room the curves go on, exact over the gap."""
    asked = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True)
    log = [line for line in asked.stdout.splitlines() if line.startswith("LOG")]
    stats, sizes, means = asked.stdout.splitlines()[-3:]
    assert len(log) == 1
    assert repr(str(tmp_path)) in log[0]
    assert sizes == "[1.0, 3.0, 3.0, 3.0, 3.0]"
    assert means.startswith("[0.2")
    assert "writer_errors=3" in stats  # at 1, 2 and 4 s; the next attempt is at 8 s
    assert "records_dropped=7" in stats


def test_records_are_counted(tmp_path):
    """What `/metrics` says of the writing."""
    before = monitor_counters().stats("", 0, 0).records_written
    sink = EventFileSink(str(tmp_path))
    sink.write(snapshot(0.0, queue()))
    sink.close()
    assert monitor_counters().stats("", 0, 0).records_written == before + 2


def test_a_killed_process_leaves_all_its_ticks(tmp_path):
    """Each is on the disk before the next: kill -9 loses none that was written."""
    code = textwrap.dedent("""
        import os, signal, sys
        from tests.summaries.records import queue, snapshot
        from tfqueue.summaries.event_file import EventFileSink
        sink = EventFileSink(sys.argv[1])
        for second in range(50):
            sink.write(snapshot(second, queue(size=second)))
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert [value for _, value in curve(tmp_path, "queue/q/size")] == list(range(50))


def test_a_forked_child_adds_nothing_to_its_parents_file(tmp_path):
    """Decision 9: neither what the parent had not flushed yet, nor what the child writes; its own file works."""
    file = EventFile(str(tmp_path))
    file.write(event(1))
    child = os.fork()
    if child == 0:  # only os._exit from here
        status = 1
        try:
            with pytest.raises(OSError, match="earlier write failed"):
                file.write(event(2))
            own = EventFile(str(tmp_path), ".child")
            own.write(event(3))
            own.close()
            file._records._writer.close()  # flushes what the parent had buffered, to nowhere
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    file.write(event(4))
    file.close()
    assert [event.step for event in events(Path(file.path))] == [0, 1, 4]
    [own] = tmp_path.glob("*.child")
    assert [event.step for event in events(own)] == [0, 3]
    assert f".{child}." in own.name


def test_the_traceback_of_a_bad_directory_has_no_key_error():
    """Only what happened: the system's error, and ours with the path."""
    with pytest.raises(OpError) as caught:
        EventFile("/proc/x/y")
    text = "".join(traceback.format_exception(caught.value))
    assert "KeyError" not in text
    assert "During handling" not in text
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_files_of_one_second_sort_in_the_order_they_were_made(tmp_path):
    """TensorBoard reads a directory in the order of names: the tenth must not sort before the ninth."""
    made = []
    for _ in range(12):
        file = EventFile(str(tmp_path))
        made.append(file.path)
        file.close()
    assert made == sorted(made)
