"""Tools for tests of programs that use queues: they wait for states, not for time.

>>> from tfqueue.queues.blocking_queue import BlockingQueue
>>> queue = BlockingQueue(1)
>>> consumer = run_in_thread(queue.dequeue)
>>> wait_until_parked(queue, dequeues=1)
>>> queue.enqueue("late")
>>> consumer.result()
'late'
"""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from tfqueue.telemetry.stats import QueueStats

TIMEOUT_SECONDS = 30.0
"""How long the tools wait before they say that what was awaited never came."""


class HasStats(Protocol):
    """A queue, or anything that describes itself as one."""

    def stats(self) -> QueueStats:
        """A record of this moment."""


class Running:
    """A call that runs in a thread of its own, made by `run_in_thread`."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._call: Callable[[], Any] = partial(function, *args, **kwargs)
        self._value: Any = None
        self._error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, name=f"running-{function.__name__}", daemon=True)
        self.thread.start()

    def done(self) -> bool:
        """The call has ended."""
        return not self.thread.is_alive()

    def result(self, timeout: float = TIMEOUT_SECONDS) -> Any:
        """Waits for the call to end; its value, or its exception raised. TimeoutError after `timeout` seconds."""
        error = self.exception(timeout)
        if error is not None:
            raise error
        return self._value

    def exception(self, timeout: float = TIMEOUT_SECONDS) -> BaseException | None:
        """Waits for the call to end; returns what it raised, or None."""
        self.thread.join(timeout)
        if self.thread.is_alive():
            raise TimeoutError(f"{self.thread.name} did not end within {timeout:g} s")
        return self._error

    def _run(self) -> None:
        try:
            self._value = self._call()
        except BaseException as error:  # noqa: BLE001  # whatever it is, the one who asks for the result gets it
            self._error = error


def run_in_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Running:
    """Calls `function` in a new thread, at once."""
    return Running(function, args, kwargs)


def wait_until(condition: Callable[[], bool], timeout: float = TIMEOUT_SECONDS) -> None:
    """Returns as soon as `condition()` holds. TimeoutError, naming the condition, after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{condition} did not hold within {timeout:g} s")
        time.sleep(0.0005)


def wait_until_parked(queue: HasStats, *, dequeues: int = 0, enqueues: int = 0) -> None:
    """Returns as soon as just that many dequeues and enqueues wait on `queue`."""

    def parked() -> bool:
        stats = queue.stats()
        return (stats.dequeue.blocked_threads, stats.enqueue.blocked_threads) == (dequeues, enqueues)

    wait_until(parked)


class ScriptedClock:
    """A telemetry clock that stands still until it is told: `BlockingQueue(..., now=clock)`.

    >>> clock = ScriptedClock()
    >>> clock.advance(1.5)
    >>> clock()
    1500000000
    """

    def __init__(self, start_seconds: float = 0.0) -> None:
        self._now = round(start_seconds * 1e9)

    def __call__(self) -> int:
        """Nanoseconds."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Moves on by so many seconds."""
        self._now += round(seconds * 1e9)
