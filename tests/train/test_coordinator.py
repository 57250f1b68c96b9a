"""Coordinator: stop together, report once, join in time (SEMANTICS 55-61)."""

import gc
import logging
import sys
import threading
import time
import traceback

import pytest

from tfqueue.framework.errors import CancelledError, OutOfRangeError
from tfqueue.telemetry.registry import default_registry
from tfqueue.telemetry.stats import CoordinatorStats
from tfqueue.testing import Running, run_in_thread, wait_until
from tfqueue.train.coordinator import Coordinator


class Gate:
    """A thread that runs until the test lets it go."""

    def __init__(self, name: str) -> None:
        self._open = threading.Event()
        self.thread = threading.Thread(target=self._open.wait, name=name, daemon=True)
        self.thread.start()

    def open(self) -> None:
        self._open.set()
        self.thread.join()


def joining(coord: Coordinator, *args: object, **kwargs: object) -> Running:
    """A thread inside `coord.join`, seen to wait there."""
    running = run_in_thread(coord.join, *args, **kwargs)
    wait_until(lambda: any(thread.name.endswith("-join") for thread in threading.enumerate()))
    return running


def registered_stats(coord: Coordinator) -> CoordinatorStats:
    """What the registry collects from it."""
    (record,) = [record for record in default_registry().collect().coordinators if record.name == coord.name]
    return record


def test_the_first_stop_wins() -> None:
    """The first exception is the one that `join` raises; later ones are dropped (SEMANTICS 55)."""
    coord = Coordinator()
    coord.request_stop(ValueError("first"))
    coord.request_stop(KeyError("second"))
    with pytest.raises(ValueError, match="first"):
        coord.join()


def test_an_exception_after_a_plain_stop_is_dropped() -> None:
    """Once a stop without exception was requested, an exception comes too late to be reported (SEMANTICS 55)."""
    coord = Coordinator()
    coord.request_stop()
    coord.request_stop(ValueError("late"))
    coord.join()
    assert coord.joined


def failing() -> None:
    raise ValueError("bad data")


@pytest.mark.parametrize("form", ["exception", "exc_info"])
def test_join_raises_the_exception_with_its_traceback(form: str) -> None:
    """`join` shows where the exception came from, given as such or as `sys.exc_info()` (SEMANTICS 56)."""
    coord = Coordinator()
    try:
        failing()
    except ValueError as error:
        coord.request_stop(error if form == "exception" else sys.exc_info())
    with pytest.raises(ValueError, match="bad data") as raised:
        coord.join()
    assert "failing" in "".join(traceback.format_tb(raised.tb))


def test_an_exception_may_be_passed_outside_a_handler() -> None:
    """A new exception, never raised before, is as good as a caught one (SEMANTICS 56, kinder than TensorFlow)."""
    coord = Coordinator()
    coord.request_stop(RuntimeError("just made"))
    with pytest.raises(RuntimeError, match="just made"):
        coord.join()


@pytest.mark.parametrize("nonsense", ["a word", (None, None, None), ValueError])
def test_what_is_no_exception_is_reported_as_such(nonsense: object) -> None:
    """A reason that is neither an exception nor an exc_info stops the threads, and `join` says what was wrong."""
    coord = Coordinator()
    coord.request_stop(nonsense)  # type: ignore[arg-type]
    assert coord.should_stop()
    with pytest.raises(ValueError, match=r"ex must be a tuple or sys\.exc_info"):
        coord.join()


def test_the_end_of_input_is_a_clean_stop() -> None:
    """OutOfRangeError stops without being raised by `join` (SEMANTICS 57)."""
    coord = Coordinator()
    coord.request_stop(OutOfRangeError(None, None, "First message"))
    coord.join()
    assert coord.should_stop()


def test_clean_stop_types_replace_the_default() -> None:
    """A tuple given to the constructor is all there is: OutOfRangeError may be an error, too (SEMANTICS 57)."""
    coord = Coordinator(clean_stop_exception_types=(StopIteration, KeyError))
    coord.request_stop(KeyError("clean"))
    coord.join()
    coord = Coordinator(clean_stop_exception_types=[StopIteration])
    coord.request_stop(OutOfRangeError(None, None, "not clean here"))
    with pytest.raises(OutOfRangeError, match="not clean here"):
        coord.join()


def test_join_waits_for_given_and_registered_threads() -> None:
    """`join` ends when the last of both kinds has ended, with no stop requested (SEMANTICS 58)."""
    coord = Coordinator()
    given, registered = Gate("given"), Gate("registered")
    coord.register_thread(registered.thread)
    running = joining(coord, [given.thread])
    given.open()
    assert not running.done()
    registered.open()
    running.result()
    assert coord.joined
    assert not coord.should_stop()


def test_join_wakes_promptly_when_a_stop_is_requested() -> None:
    """The grace period starts with the stop, not at the next tick of some poll (SEMANTICS 58)."""
    coord = Coordinator()
    straggler = Gate("slow")
    running = joining(coord, [straggler.thread], stop_grace_period_secs=0.0)
    began = time.monotonic()
    coord.request_stop()
    assert isinstance(running.exception(), RuntimeError)
    assert time.monotonic() - began < 0.9
    straggler.open()


@pytest.mark.parametrize("grace", [1e-10, 0.002, 0.05])
def test_threads_that_outlast_the_grace_period_are_named(grace: float) -> None:
    """After the grace period RuntimeError names those that still run, in order (SEMANTICS 58)."""
    coord = Coordinator()
    gates = [Gate("a"), Gate("b")]
    ended = threading.Thread(target=len, args=((),), name="ended")
    ended.start()
    ended.join()
    coord.request_stop()
    with pytest.raises(RuntimeError, match=r"^Coordinator stopped with threads still running: a b$"):
        coord.join([gates[0].thread, ended, gates[1].thread], stop_grace_period_secs=grace)
    assert coord.joined
    for gate in gates:
        gate.open()


def test_live_threads_can_be_ignored(caplog: pytest.LogCaptureFixture) -> None:
    """With `ignore_live_threads` the names go to the log (SEMANTICS 58)."""
    coord = Coordinator()
    gate = Gate("a")
    coord.register_thread(gate.thread)
    coord.request_stop()
    with caplog.at_level(logging.INFO, logger="tfqueue"):
        coord.join(stop_grace_period_secs=0.001, ignore_live_threads=True)
    assert "Coordinator stopped with threads still running: a" in caplog.text
    gate.open()


def test_an_exception_goes_before_live_threads() -> None:
    """A recorded exception is raised in place of the RuntimeError about threads that still run (SEMANTICS 58)."""
    coord = Coordinator()
    gate = Gate("a")
    coord.request_stop(ValueError("the reason"))
    with pytest.raises(ValueError, match="the reason"):
        coord.join([gate.thread], stop_grace_period_secs=0.001)
    gate.open()


def test_a_thread_started_by_another_is_waited_for() -> None:
    """A registered thread that starts while `join` waits is waited for as well."""
    coord = Coordinator()
    release = threading.Event()
    late = threading.Thread(target=release.wait, name="late", daemon=True)
    go = threading.Event()
    early = threading.Thread(target=lambda: (go.wait(), late.start()), name="early", daemon=True)
    early.start()
    running = joining(coord, [early, late])
    go.set()
    early.join()
    assert not running.done()
    release.set()
    running.result()


def test_a_thread_that_joins_itself_is_told_so() -> None:
    """A registered thread that calls `join` never waits for itself: it is named among the stragglers at once."""
    coord = Coordinator()
    coord.register_thread(threading.current_thread())
    coord.request_stop()
    with pytest.raises(RuntimeError, match="still running: MainThread"):
        coord.join(stop_grace_period_secs=60)


def test_join_without_threads_returns_at_once() -> None:
    """There is nothing to wait for."""
    coord = Coordinator()
    coord.join()
    assert coord.joined


def test_registered_threads_are_forgotten_after_join() -> None:
    """A second `join` does not wait for the first one's threads (SEMANTICS 59)."""
    coord = Coordinator()
    gate = Gate("a")
    coord.register_thread(gate.thread)
    coord.request_stop()
    with pytest.raises(RuntimeError):
        coord.join(stop_grace_period_secs=0.0)
    coord.join(stop_grace_period_secs=0.0)
    gate.open()


def test_after_join_an_exception_is_raised_at_its_reporter() -> None:
    """Nobody would report it any more; clean types and None stay silent (SEMANTICS 59)."""
    coord = Coordinator()
    coord.request_stop()
    coord.join()
    with pytest.raises(ValueError, match="late"):
        coord.request_stop(ValueError("late"))
    coord.request_stop(OutOfRangeError(None, None, "clean"))
    coord.request_stop()


def test_clear_stop_starts_afresh() -> None:
    """Stop, exception and joined are undone (SEMANTICS 59)."""
    coord = Coordinator()
    coord.request_stop(ValueError("old"))
    with pytest.raises(ValueError, match="old"):
        coord.join()
    coord.clear_stop()
    assert not coord.should_stop()
    assert not coord.joined
    coord.request_stop(KeyError("new"))
    with pytest.raises(KeyError, match="new"):
        coord.join()


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(3)])
def test_stop_on_exception_swallows_all(error: BaseException) -> None:
    """Any exception of the body becomes a stop, and the code after the `with` goes on (SEMANTICS 60)."""
    coord = Coordinator()
    with coord.stop_on_exception():
        raise error
    assert coord.should_stop()
    with pytest.raises(type(error)):
        coord.join()


def test_wait_for_stop_says_whether_it_came() -> None:
    """False when the time is up, True at once when stopped, and True to one who waits (SEMANTICS 61)."""
    coord = Coordinator()
    assert coord.wait_for_stop(0.001) is False
    running = run_in_thread(coord.wait_for_stop)
    coord.request_stop()
    assert running.result() is True
    assert coord.wait_for_stop(0) is True


def test_the_requested_exception_can_be_raised_early() -> None:
    """`raise_requested_exception` raises what `join` would, and nothing when there is nothing."""
    coord = Coordinator()
    coord.raise_requested_exception()
    coord.request_stop(ValueError("now"))
    with pytest.raises(ValueError, match="now"):
        coord.raise_requested_exception()


def test_on_stop_calls_once_and_can_be_taken_back() -> None:
    """A callback runs when the stop comes, at once if it came before, never once taken back (DISTRIBUTED R13)."""
    coord = Coordinator()
    called: list[str] = []
    coord.on_stop(lambda: called.append("first"))
    forget = coord.on_stop(lambda: called.append("taken back"))
    forget()
    coord.request_stop()
    coord.request_stop()
    coord.on_stop(lambda: called.append("late"))
    assert called == ["first", "late"]


def test_a_failing_callback_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """What a callback raises is logged; the others are called, and the stop stands."""
    coord = Coordinator()
    called: list[str] = []
    coord.on_stop(failing)
    coord.on_stop(lambda: called.append("other"))
    coord.request_stop()
    assert called == ["other"]
    assert "bad data" in caplog.text


def test_telemetry_tells_stop_exceptions_and_threads() -> None:
    """A coordinator is a live source: stop, exceptions by class (clean ones not), threads running and ended."""
    coord = Coordinator()
    gate, other = Gate("a"), Gate("b")
    for thread in (gate.thread, other.thread):
        coord.register_thread(thread)
    other.open()
    before = registered_stats(coord)
    assert (before.stop_requested, before.threads_running, before.threads_stopped) == (False, 1, 1)
    coord.request_stop(ValueError("x"))
    coord.request_stop(OSError("also wrong"))
    coord.request_stop(OutOfRangeError(None, None, "clean"))
    coord.request_stop(CancelledError(None, None, "how blocked threads end once stopped"))
    after = coord.stats()
    assert after.stop_requested
    assert dict(after.exceptions) == {"ValueError": 1, "OSError": 1}
    gate.open()


def test_live_coordinators_have_different_names_and_free_ones_are_used_again() -> None:
    """Labels stay few: a name is free again once its coordinator is gone."""
    first, second = Coordinator(), Coordinator()
    name = first.name
    assert name != second.name
    del first
    gc.collect()
    assert name not in {record.name for record in default_registry().collect().coordinators}
    assert Coordinator().name <= name


def test_threads_that_have_ended_stay_counted_when_they_are_gone() -> None:
    """`threads_stopped` never falls; a thread that was not started yet, or is registered again, adds nothing."""
    coord = Coordinator()
    thread = threading.Thread(target=lambda: None)
    coord.register_thread(thread)
    assert coord.stats().threads_stopped == 0
    coord.register_thread(thread)
    thread.start()
    coord.join()
    assert coord.stats().threads_stopped == 1
    del thread
    gc.collect()
    assert (coord.stats().threads_running, coord.stats().threads_stopped) == (0, 1)


def test_a_thread_that_cannot_be_joined_is_told_and_not_waited_for() -> None:
    """What its `join` raises comes out of the coordinator's."""

    class Foreign:
        name = "foreign"

        def is_alive(self) -> bool:
            return True

        def join(self, timeout: float | None = None) -> None:
            raise AssertionError("can only join a child process")

    waiting = run_in_thread(Coordinator().join, [Foreign()])
    with pytest.raises(AssertionError, match="can only join a child process"):
        waiting.result(timeout=10)
