"""`monitor()` starts what was asked for and ends it; what it cannot do it says at once; the program never suffers."""

import errno
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

import tfqueue.summaries.monitor as module
from tests.summaries.events import curve
from tfqueue.framework.errors import FailedPreconditionError
from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.summaries.monitor import monitor, monitor_from_environment
from tfqueue.testing import wait_until


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def _all_monitor_threads():
    return {
        thread for thread in threading.enumerate() if thread.name.startswith(("tfqueue-sampler", "tfqueue-monitor"))
    }


@pytest.fixture
def monitor_threads():
    """Those that the test has started: a server for the whole session may run beside it."""
    before = _all_monitor_threads()
    return lambda: list(_all_monitor_threads() - before)


def run(code, **environment):
    """A program of its own, ended within a minute: its standard output and error."""
    asked = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | environment,
    )
    assert asked.returncode == 0, asked.stderr
    return asked.stdout, asked.stderr


def test_it_shows_the_pipeline_in_files_and_on_a_port_until_it_is_closed(tmp_path, monitor_threads):
    """Both from the same Snapshot's numbers; afterwards no thread and no port is left."""
    queue = BlockingQueue(4, name="watched")
    with monitor(tmp_path, port=0, interval=0.01) as watch:
        queue.enqueue("x")
        assert watch.logdir == str(tmp_path)
        assert watch.url == f"http://127.0.0.1:{watch.port}/"
        assert 'tfqueue_queue_fraction_full{queue="watched"} 0.25\n' in fetch(watch.url + "metrics")
        [shown] = [q for q in json.loads(fetch(watch.url + "api/snapshot.json"))["queues"] if q["name"] == "watched"]
        assert shown["fraction_full"] == 0.25
        wait_until(lambda: curve(tmp_path, "queue/watched/fraction_full"))
    assert curve(tmp_path, "queue/watched/fraction_full")[-1][1] == 0.25
    assert monitor_threads() == []
    with pytest.raises(OSError, match="refused"):
        fetch(watch.url)


def test_a_plain_call_goes_on_until_close_which_may_be_called_twice(tmp_path):
    """Nobody need keep what it returns."""
    watch = monitor(logdir=str(tmp_path))
    assert (watch.port, watch.url) == (None, None)
    assert str(tmp_path) in repr(watch)
    watch.close()
    watch.close()
    assert "closed" in repr(watch)


def test_a_short_run_has_its_last_values(tmp_path):
    """A queue that was made and shut down within one interval leaves its last point."""
    with monitor(tmp_path, interval=3600):
        queue = BlockingQueue(4, name="short")
        queue.enqueue("x")
        queue.shutdown()
    assert curve(tmp_path, "queue/short/size")[-1][1] == 1.0


def test_neither_logdir_nor_port_is_refused():
    """It would show nothing."""
    with pytest.raises(ValueError, match="give a logdir for TensorBoard, a port for Prometheus, or both"):
        monitor()


def test_two_monitors_run_side_by_side(tmp_path):
    """On ports and directories of their own."""
    queue = BlockingQueue(4, name="both")
    with monitor(tmp_path / "a", 0, interval=0.01) as one, monitor(tmp_path / "b", 0, interval=0.01) as two:
        assert one.port != two.port
        assert "both" in fetch(one.url + "metrics")
        one.close()
        assert "both" in fetch(two.url + "metrics")
    assert curve(tmp_path / "a", "queue/both/size")
    assert curve(tmp_path / "b", "queue/both/size")
    assert queue.size() == 0


def test_a_port_in_use_is_named_and_nothing_is_left_behind(tmp_path, monitor_threads):
    """One clear error: no thread, no file, no directory."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=rf"port {port} of 127.0.0.1 is in use.*port=0") as caught:
            monitor(tmp_path / "run", port)
    assert caught.value.errno == errno.EADDRINUSE
    assert list(tmp_path.iterdir()) == []
    assert monitor_threads() == []


def test_a_logdir_that_cannot_be_written_is_named_and_the_port_is_free_again(tmp_path, monitor_threads):
    """One clear error at the start, not a warning a second."""
    (tmp_path / "file").write_text("")
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(FailedPreconditionError, match=r"file/run'.*Choose a directory"):
        monitor(tmp_path / "file" / "run", port)
    monitor(tmp_path / "fine", port).close()
    assert monitor_threads() == []


@pytest.mark.parametrize(("interval", "port"), [(0, None), (-1, 0), (1.0, 70000)])
def test_an_interval_or_port_that_is_none_is_refused(tmp_path, interval, port):
    """Before a file is made."""
    with pytest.raises(ValueError, match=r"must be (a number of seconds above 0|from 0 to 65535)"):
        monitor(tmp_path / "run", port, interval=interval)
    assert list(tmp_path.iterdir()) == []


def test_an_open_monitor_does_not_keep_the_interpreter_from_exiting(tmp_path):
    """It writes its last sample on the way out."""
    run(f"""
        from tfqueue.summaries.monitor import monitor
        from tfqueue.queues.blocking_queue import BlockingQueue
        monitor({str(tmp_path)!r}, 0, interval=3600)
        queue = BlockingQueue(4, name="open")
        queue.enqueue("x")
    """)
    assert curve(tmp_path, "queue/open/size")[-1][1] == 1.0


def test_a_blocked_queue_does_not_keep_it_from_exiting_either(tmp_path):
    """A daemon thread waits forever, the monitor watches it, the program ends."""
    run(f"""
        import threading
        from tfqueue.summaries.monitor import monitor
        from tfqueue.queues.blocking_queue import BlockingQueue
        from tfqueue.testing import wait_until_parked
        monitor({str(tmp_path)!r}, 0, interval=0.01)
        queue = BlockingQueue(4, name="blocked")
        threading.Thread(target=queue.dequeue, daemon=True).start()
        wait_until_parked(queue, dequeues=1)
    """)
    assert curve(tmp_path, "queue/blocked/dequeue_blocked")[-1][1] > 0


WATCHED = """
    import tfqueue
    import tfqueue.summaries.monitor as monitoring
    import threading
    def threads():
        return sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("tfqueue"))
    print(threads())
    from tfqueue.queues.blocking_queue import BlockingQueue
    queue = BlockingQueue(4, name="first")
    other = BlockingQueue(4, name="second")
    print(threads())
    for watch in monitoring._running:
        print(watch.url is not None, watch.logdir)
"""


def test_the_environment_starts_one_when_the_first_queue_appears(tmp_path):
    """TFQUEUE_LOGDIR, TFQUEUE_PORT, TFQUEUE_INTERVAL: for a program that is not to be changed; not before."""
    output, error = run(WATCHED, TFQUEUE_LOGDIR=str(tmp_path), TFQUEUE_PORT="0", TFQUEUE_INTERVAL="0.5")
    before, after, shown = output.splitlines()
    assert (before, after) == ("[]", "['tfqueue-monitor-server', 'tfqueue-sampler']")
    assert shown == f"True {tmp_path}"
    [told] = error.splitlines()
    assert re.search(rf"at http://127\.0\.0\.1:\d+/ and in event files in '{tmp_path}', every 0\.5 s", told)
    assert curve(tmp_path, "queue/first/size")


def test_a_program_that_is_not_changed_leaves_its_curves(tmp_path):
    """A TensorFlow 1 program of a few milliseconds, whose session is closed long before the end."""
    code = """
        import tfqueue as tf
        queue = tf.FIFOQueue(4, tf.int32, [[]], name="numbers")
        fill, take = queue.enqueue_many([[1, 2, 3]]), queue.dequeue()
        with tf.Session() as session:
            session.run(fill)
            session.run(take)
    """
    _, error = run(code, TFQUEUE_LOGDIR=str(tmp_path))
    assert error == ""
    assert curve(tmp_path, "queue/numbers/size")[-1][1] == 2.0
    assert curve(tmp_path, "queue/numbers/dequeued_per_second")[-1][1] > 0


def test_without_the_variables_nothing_starts():
    """Empty ones ask for nothing."""
    output, _ = run(WATCHED, TFQUEUE_LOGDIR="", TFQUEUE_PORT="")
    assert output.splitlines() == ["[]", "[]"]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TFQUEUE_PORT": "eighty"}, "TFQUEUE_PORT=eighty: port must be from 0 to 65535, not 'eighty'"),
        ({"TFQUEUE_LOGDIR": "/proc/none"}, "TFQUEUE_LOGDIR=/proc/none: cannot write event files in '/proc/none'"),
    ],
)
def test_what_the_environment_asks_for_in_vain_is_one_warning(variables, words):
    """It names the variable; the program runs as if nobody had asked."""
    output, error = run(WATCHED + "    print(queue.size())", **variables)
    [warning] = error.splitlines()
    assert words in warning
    assert warning.endswith("tfqueue's monitor is not running; the program goes on without it.")
    assert output.splitlines() == ["[]", "[]", "0"]


def test_a_bad_port_does_not_cost_the_event_files(tmp_path, caplog):
    """Taken, or no number: the warning names the variable and says what still works."""
    queue = BlockingQueue(4, name="kept")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        for value, reason in ((port, f"port {port} of 127.0.0.1 is in use"), ("abc", "not 'abc'")):
            logdir = tmp_path / value
            caplog.clear()
            watch = monitor_from_environment({"TFQUEUE_LOGDIR": str(logdir), "TFQUEUE_PORT": value})
            watch.close()
            [warning] = caplog.messages
            assert warning.startswith(f"TFQUEUE_PORT={value}: ")
            assert reason in warning
            assert warning.endswith(f"tfqueue's monitor shows the pipeline in event files in '{logdir}', every 1 s.")
            assert curve(logdir, "queue/kept/size")
    assert queue.size() == 0


def test_a_bad_logdir_does_not_cost_the_port(caplog):
    """And the warning tells the address."""
    watch = monitor_from_environment({"TFQUEUE_LOGDIR": "/proc/none", "TFQUEUE_PORT": "0"})
    try:
        assert "tfqueue_build_info" in fetch(watch.url + "metrics")
        assert watch.logdir is None
        [warning] = caplog.messages
        assert warning.startswith("TFQUEUE_LOGDIR=/proc/none: ")
        assert warning.endswith(f"tfqueue's monitor shows the pipeline at {watch.url}.")
    finally:
        watch.close()


@pytest.mark.parametrize("interval", ["often", "-3", "nan"])
def test_a_bad_interval_costs_nothing_but_itself(tmp_path, caplog, interval):
    """A second is taken; without event files the interval is nobody's."""
    monitor_from_environment({"TFQUEUE_LOGDIR": str(tmp_path), "TFQUEUE_INTERVAL": interval}).close()
    [warning] = caplog.messages
    assert warning.startswith(f"TFQUEUE_INTERVAL={interval}: interval must be a number of seconds above 0")
    assert warning.endswith("every 1 s.")
    caplog.clear()
    monitor_from_environment({"TFQUEUE_PORT": "0", "TFQUEUE_INTERVAL": interval}).close()
    assert "INTERVAL" not in caplog.text


def test_a_port_that_the_system_chose_is_told(caplog):
    """Nothing else tells it, so it is a warning; one that was given is for those who ask for information."""
    caplog.set_level(logging.INFO, "tfqueue")
    with monitor_from_environment({"TFQUEUE_PORT": "0"}) as watch:
        port = watch.port
        assert caplog.record_tuples == [
            ("tfqueue", logging.WARNING, f"tfqueue's monitor shows the pipeline at http://127.0.0.1:{port}/.")
        ]
    caplog.clear()
    monitor_from_environment({"TFQUEUE_PORT": str(port)}).close()
    [(_, level, told)] = caplog.record_tuples
    assert (level, f"127.0.0.1:{port}/" in told) == (logging.INFO, True)


def test_without_variables_nothing_is_asked_for(caplog):
    """Nothing starts, nothing is said."""
    caplog.set_level(logging.INFO, "tfqueue")
    assert monitor_from_environment({}) is None
    assert caplog.messages == []


def test_a_spawned_child_has_its_event_file_though_the_port_is_its_parents(tmp_path):
    """With both variables set, each process leaves its own curves."""
    script = tmp_path / "program.py"
    script.write_text(
        textwrap.dedent("""
            import multiprocessing
            import tfqueue as tf

            def work(name):
                queue = tf.BlockingQueue(4, name=name)
                queue.enqueue(1)

            if __name__ == "__main__":
                work("parents")
                child = multiprocessing.get_context("spawn").Process(target=work, args=("childs",))
                child.start()
                child.join()
        """)
    )
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = str(probe.getsockname()[1])
    logdir = tmp_path / "run"
    code = f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')"
    _, error = run(code, TFQUEUE_LOGDIR=str(logdir), TFQUEUE_PORT=port)
    [warning] = error.splitlines()
    assert warning.startswith(f"TFQUEUE_PORT={port}: port {port} of 127.0.0.1 is in use")
    assert curve(logdir, "queue/parents/size")
    assert curve(logdir, "queue/childs/size")


def test_a_forked_child_has_no_monitor_and_can_start_its_own(tmp_path, monitor_threads):
    """Decision 9: no sampler, no server, no hold on the port; its own event file."""
    queue = BlockingQueue(4, name="parents")
    watch = monitor(tmp_path, 0, interval=0.01)
    child = os.fork()
    if child == 0:  # only os._exit from here
        signal.alarm(30)
        status = 1
        try:
            assert monitor_threads() == []
            assert watch._server._server.socket.fileno() == -1
            watch.close()
            mine = BlockingQueue(4, name="childs")
            with monitor(tmp_path, 0, interval=0.01) as own:
                mine.enqueue("x")
                assert own.port != watch.port
                metrics = fetch(own.url + "metrics")
                assert "childs" in metrics
                assert "parents" not in metrics
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert "parents" in fetch(watch.url + "metrics")
    watch.close()
    assert curve(tmp_path, "queue/parents/size")
    assert curve(tmp_path, "queue/childs/size")
    owners = {path.name.split(".")[-3] for path in Path(tmp_path).iterdir()}
    assert owners == {str(os.getpid()), str(child)}
    assert queue.size() == 0


def test_importing_it_starts_nothing_and_loads_nothing_heavy():
    """tensorboardX and prometheus_client come when they are asked for."""
    output, _ = run("""
        import sys, threading
        import tfqueue.summaries.monitor, tfqueue.summaries.file_writer
        heavy = {"tensorboardX", "prometheus_client", "google.protobuf", "http.server", "PIL", "rich"}
        print(sorted(heavy & set(sys.modules)), threading.active_count())
    """)
    assert output == "[] 1\n"


def test_a_monitor_that_was_started_is_known_until_it_is_closed(tmp_path):
    """So that exit and fork find it."""
    with monitor(tmp_path) as watch:
        assert watch in module._running
    assert watch not in module._running
