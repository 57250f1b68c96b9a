"""One thread takes a sample each interval, survives whatever its sinks do, and takes the last one when it is closed."""

import logging
import threading

import pytest

from tests.summaries.records import FixedRegistry, queue
from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.summaries.sampler import Sampler
from tfqueue.telemetry.health import monitor_counters
from tfqueue.telemetry.registry import Registry
from tfqueue.testing import wait_until


class Recorder:
    """A sink that keeps what it gets, and may fail at it."""

    def __init__(self, fails: bool = False) -> None:
        self.snapshots = []
        self.closed = 0
        self.threads = set()
        self._fails = fails

    def write(self, snapshot) -> None:
        self.snapshots.append(snapshot)
        self.threads.add(threading.current_thread().name)
        if self._fails:
            raise RuntimeError("a sink that fails")

    def close(self) -> None:
        self.closed += 1


def started(registry, *sinks, interval=0.001):
    sampler = Sampler(registry, sinks, interval)
    sampler.start()
    return sampler


def test_samples_come_until_it_is_closed():
    """All sinks get the same Snapshots, from one thread, and are closed once."""
    one, other = Recorder(), Recorder()
    sampler = started(FixedRegistry(queue("a", size=2)), one, other)
    wait_until(lambda: len(other.snapshots) >= 3)
    sampler.close()
    count = len(one.snapshots)
    assert one.snapshots == other.snapshots
    assert one.snapshots[0].queue("a").size == 2
    assert (one.closed, other.closed) == (1, 1)
    assert one.threads == {"tfqueue-sampler"}
    sampler.close()
    assert len(one.snapshots) == count


def test_a_run_shorter_than_the_interval_has_its_first_and_last_sample():
    """The interval is a minute; closing does not wait for it."""
    sink, source = Recorder(), BlockingQueue(4, name="short")
    registry = Registry()
    registry.register(source)
    sampler = started(registry, sink, interval=60.0)
    wait_until(lambda: sink.snapshots)
    source.enqueue("x")
    sampler.close()
    assert [snapshot.queue("short").size for snapshot in sink.snapshots] == [0, 1]


def test_what_leaves_between_two_samples_has_its_last_record_in_the_next():
    """A session that opens and closes within one interval is seen all the same, once."""
    sink, source = Recorder(), BlockingQueue(4, name="short")
    registry = Registry()
    sampler = started(registry, sink, interval=60.0)
    wait_until(lambda: sink.snapshots)
    registry.register(source)
    source.enqueue("x")
    registry.unregister(source)
    sampler.close()
    assert [[record.size for record in snapshot.queues] for snapshot in sink.snapshots] == [[], [1]]


def test_a_name_that_lives_again_is_its_new_owners():
    """The record of the one that left would make two curves of one."""
    sink, old, new = Recorder(), BlockingQueue(4, name="q"), BlockingQueue(4, name="q")
    registry = Registry()
    sampler = started(registry, sink, interval=60.0)
    wait_until(lambda: sink.snapshots)
    registry.register(old)
    registry.unregister(old)
    registry.register(new)
    new.enqueue("x")
    sampler.close()
    assert [record.size for record in sink.snapshots[-1].queues] == [1]


def test_a_sink_that_fails_does_not_end_it(caplog):
    """The others get all Snapshots; the failure is counted each time and logged once."""
    before = monitor_counters().stats("", 0, 0).writer_errors
    bad, good = Recorder(fails=True), Recorder()
    with caplog.at_level(logging.WARNING, "tfqueue"):
        sampler = started(FixedRegistry(queue()), bad, good)
        wait_until(lambda: len(good.snapshots) >= 3)
        sampler.close()
    assert len(bad.snapshots) == len(good.snapshots)
    assert monitor_counters().stats("", 0, 0).writer_errors == before + len(bad.snapshots)
    assert sum("a sample failed" in record.message for record in caplog.records) == 1


def test_late_ticks_are_left_out():
    """A sink that takes longer than the interval does not cause a burst afterwards: ticks keep their times."""
    slow_down = threading.Event()
    sink = Recorder()
    write = sink.write

    def write_slowly(snapshot):
        write(snapshot)
        slow_down.wait(0.3 if len(sink.snapshots) == 1 else 0.0)

    sink.write = write_slowly
    sampler = started(FixedRegistry(queue()), sink, interval=0.1)
    wait_until(lambda: len(sink.snapshots) >= 4)
    sampler.close()
    times = [snapshot.monotonic_seconds - sink.snapshots[0].monotonic_seconds for snapshot in sink.snapshots]
    assert times[1] >= 0.29
    assert len(times) - 2 <= times[-1] / 0.1 - 2  # less the first and the last, and those at 0.1 s and 0.2 s


@pytest.mark.parametrize("interval", [0, -1.0, float("nan"), float("inf")])
def test_an_interval_that_is_none_is_refused(interval):
    """Before anything starts."""
    with pytest.raises(ValueError, match="interval must be a number of seconds above 0"):
        Sampler(Registry(), [], interval)


def test_a_sink_that_hangs_does_not_hold_up_close():
    """A disk that does not answer must not keep the program from ending."""
    hanging, reached = threading.Event(), threading.Event()

    class Hanging(Recorder):
        def write(self, snapshot) -> None:
            reached.set()
            hanging.wait()

    sampler = started(FixedRegistry(queue()), Hanging())
    reached.wait()
    sampler.close(timeout=0.01)
    hanging.set()
    sampler.close()
