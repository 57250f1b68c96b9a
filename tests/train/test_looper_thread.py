"""LooperThread: the same thing again and again until the coordinator stops (SEMANTICS 62)."""

import threading
import time

import pytest

from tfqueue.train.coordinator import Coordinator
from tfqueue.train.looper_thread import LooperThread


def test_it_calls_back_to_back_without_an_interval() -> None:
    """With interval None the target is called without a pause; the thread is a registered daemon (SEMANTICS 62)."""
    coord = Coordinator()
    calls: list[tuple[int, str]] = []

    def target(number: int, word: str) -> None:
        calls.append((number, word))
        if len(calls) == 3:
            coord.request_stop()

    looper = LooperThread.loop(coord, None, target, args=(7,), kwargs={"word": "x"})
    assert looper.daemon
    coord.join()
    assert not looper.is_alive()
    assert calls == [(7, "x")] * 3


def test_the_first_call_comes_at_once() -> None:
    """An interval of hours does not delay the first call (SEMANTICS 62)."""
    coord = Coordinator()
    called = threading.Event()
    LooperThread.loop(coord, 3600.0, called.set)
    assert called.wait(10)
    coord.request_stop()
    coord.join()


def test_a_late_call_is_made_up_for() -> None:
    """Due times are absolute: a call that takes three intervals is followed by those it held up (SEMANTICS 62)."""
    coord = Coordinator()
    times: list[float] = []

    def target() -> None:
        times.append(time.monotonic())
        if len(times) == 1:
            coord.wait_for_stop(0.65)
        if len(times) == 4:
            coord.request_stop()

    LooperThread.loop(coord, 0.2, target)
    coord.join()
    assert times[3] - times[1] < 0.4


def test_an_interval_of_zero_is_allowed() -> None:
    """0 is back to back as well (SEMANTICS 62)."""
    coord = Coordinator()
    calls: list[int] = []
    LooperThread.loop(coord, 0, lambda: calls.append(1) if len(calls) < 2 else coord.request_stop())
    coord.join()
    assert len(calls) == 2


def test_a_stop_ends_a_long_interval_promptly() -> None:
    """A thread that waits for its next turn wakes when the stop comes, and has its last word."""
    coord = Coordinator()
    words: list[str] = []

    class Diary(LooperThread):
        def start_loop(self) -> None:
            words.append("start")

        def run_loop(self) -> None:
            words.append("run")
            coord.request_stop()

        def stop_loop(self) -> None:
            words.append("stop")

    Diary(coord, 3600.0).start()
    coord.join()
    assert words == ["start", "run", "stop"]


def test_an_exception_goes_to_the_coordinator() -> None:
    """A failing target ends the thread and stops the others; `join` raises what it raised."""
    coord = Coordinator()

    def fail() -> None:
        raise ValueError("in the loop")

    LooperThread.loop(coord, None, fail)
    with pytest.raises(ValueError, match="in the loop"):
        coord.join()


def test_bad_arguments_are_named() -> None:
    """ValueErrors for a wrong coordinator, and for arguments of a target that is not there (SEMANTICS 62)."""
    with pytest.raises(ValueError, match="'coord' argument must be a Coordinator"):
        LooperThread("not a coordinator", 1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'args' and 'kwargs' argument require that you also pass 'target'"):
        LooperThread(Coordinator(), 1.0, args=(1,))
