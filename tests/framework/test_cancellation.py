"""A step called off wakes everybody once."""

import threading

import pytest

from tfqueue.framework.cancellation import CancellationManager
from tfqueue.framework.errors import CancelledError
from tfqueue.testing import run_in_thread

ERROR = CancelledError(None, None, "called off")


def test_cancel_runs_every_callback_once():
    """Each registered call-back gets the error; a second cancel does nothing, and the first error stands."""
    manager, seen = CancellationManager(), []
    manager.register(lambda error: seen.append(("a", error)))
    manager.register(lambda error: seen.append(("b", error)))
    assert manager.cancelled is None
    assert manager.cancel(ERROR)
    assert not manager.cancel(CancelledError(None, None, "again"))
    assert seen == [("a", ERROR), ("b", ERROR)]
    assert manager.cancelled is ERROR


def test_who_registers_too_late_is_called_at_once():
    """A step that is called off takes no more waiters."""
    manager, seen = CancellationManager(), []
    manager.cancel(ERROR)
    token = manager.register(seen.append)
    assert seen == [ERROR]
    assert not manager.deregister(token)


def test_who_deregisters_is_not_called():
    """An operation that ended by itself is left alone."""
    manager, seen = CancellationManager(), []
    token = manager.register(seen.append)
    assert manager.deregister(token)
    assert not manager.deregister(token)
    manager.cancel(ERROR)
    assert seen == []


def test_callbacks_may_use_the_manager():
    """They run outside the lock: one may deregister another, or register."""
    manager, seen = CancellationManager(), []
    tokens = []
    manager.register(lambda error: seen.append(manager.deregister(tokens[0])))
    tokens.append(manager.register(seen.append))
    manager.register(lambda error: manager.register(seen.append))
    manager.cancel(ERROR)
    assert seen == [False, ERROR, ERROR]


def test_a_callback_that_fails_keeps_nobody_parked():
    """The others run all the same; the failure is raised to the one who cancels."""
    manager, seen = CancellationManager(), []

    def fail(error):
        raise KeyError("mine")

    manager.register(fail)
    manager.register(seen.append)
    with pytest.raises(KeyError, match="mine"):
        manager.cancel(ERROR)
    assert seen == [ERROR]


def test_registering_and_cancelling_at_the_same_time():
    """Whoever comes first: every call-back runs exactly once."""
    manager = CancellationManager()
    barrier, lock, calls = threading.Barrier(9), threading.Lock(), []

    def call(error):
        with lock:
            calls.append(error)

    def register():
        barrier.wait()
        for _ in range(100):
            manager.register(call)

    threads = [run_in_thread(register) for _ in range(8)]
    barrier.wait()
    manager.cancel(ERROR)
    for thread in threads:
        thread.result()
    assert calls == [ERROR] * 800
