"""Threads that stop together: one asks for the stop, all see it, `join` waits for them and reports the first exception.

Invariants:
  - the first `request_stop` decides: an exception that comes once the stop is set is dropped, also when the first had
    none;
  - the stop is one event: looking at it takes no lock, waiting for it polls nothing;
  - callbacks of `on_stop` run outside the lock, once, on the thread that asks for the stop.
After TensorFlow 1's `tf.train.Coordinator` (python/training/coordinator.py), to the message.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Protocol, TypeAlias

from tfqueue.framework.errors import CancelledError, OutOfRangeError
from tfqueue.telemetry.counters import CoordinatorCounters
from tfqueue.telemetry.stats import CoordinatorStats

_log = logging.getLogger("tfqueue")

ExceptionInfo: TypeAlias = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]
"""What `sys.exc_info()` answers."""


class Joinable(Protocol):
    """A thread, a process, or anything else whose end can be waited for."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    def is_alive(self) -> bool:
        """It was started and has not ended."""

    def join(self, timeout: float | None = None) -> None:
        """Waits for its end, at most `timeout` seconds."""


class Coordinator:
    """Coordinates the end of a set of threads.

    Any thread calls `request_stop()`, with the exception that made it stop if there was one; all threads look at
    `should_stop()`; the main thread calls `join(threads)`, which waits for them and raises that exception.

    Args:
      clean_stop_exception_types: exceptions that count as an ordinary end: `request_stop(e)` with one of them is
        `request_stop()`. Default `(OutOfRangeError,)`, the end of input; a tuple given here replaces it.

    >>> coord = Coordinator()
    >>> def work():
    ...     with coord.stop_on_exception():
    ...         while not coord.should_stop():
    ...             raise ValueError("bad data")
    >>> thread = threading.Thread(target=work)
    >>> thread.start()
    >>> coord.join([thread])
    Traceback (most recent call last):
    ValueError: bad data
    """

    def __init__(self, clean_stop_exception_types: Iterable[type[BaseException]] | None = None) -> None:
        if clean_stop_exception_types is None:
            clean_stop_exception_types = (OutOfRangeError,)
        self._clean_stop_exception_types = tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._exception: BaseException | None = None
        self._joined = False
        self._registered: dict[Joinable, None] = {}  # in the order they came
        self._stop_callbacks: dict[object, Callable[[], None]] = {}
        self._counters = _names.counters(self)

    @property
    def clean_stop_exception_types(self) -> tuple[type[BaseException], ...]:
        """Exceptions that count as an ordinary end."""
        return self._clean_stop_exception_types

    @property
    def joined(self) -> bool:
        """`join` has ended, and `clear_stop` was not called since."""
        return self._joined

    @property
    def name(self) -> str:
        """Its label in the telemetry, different from that of every other live coordinator."""
        return self._counters.name

    def stats(self) -> CoordinatorStats:
        """A record of this moment: stop, exceptions, threads."""
        return self._counters.stats()

    def should_stop(self) -> bool:
        """A stop was requested. Takes no lock: made to be asked on every turn of a loop."""
        return self._stop.is_set()

    def request_stop(self, ex: BaseException | ExceptionInfo | None = None) -> None:
        """Asks all threads to stop.

        Args:
          ex: the reason, an exception or `sys.exc_info()`; `join` raises it, with its traceback. Only that of the first
            request counts. What is neither is recorded as a ValueError that says so.

        Errors: `ex` itself, raised here, once `join` has ended: nobody would report it any more.
        """
        error = _as_exception(ex)
        clean = error is None or isinstance(error, self._clean_stop_exception_types)
        with self._lock:
            if self._joined and error is not None and not clean:
                raise error
            first = not self._stop.is_set()
            if first:
                self._exception = None if clean else error
                self._stop.set()
                self._counters.set_stop_requested(True)
            callbacks, self._stop_callbacks = self._stop_callbacks, {}
        if error is not None and not clean:
            self._report(error, first)
        for callback in callbacks.values():
            _call(callback)

    def clear_stop(self) -> None:
        """Undoes the stop, the recorded exception and `joined`, so that the coordinator can be used again."""
        with self._lock:
            self._joined = False
            self._exception = None
            self._stop.clear()
            self._counters.set_stop_requested(False)

    @contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """Hands any exception of its body, BaseExceptions too, to `request_stop`; the code after the `with` goes on."""
        try:
            yield
        except BaseException as error:  # noqa: BLE001 - nothing is lost: `join` raises it
            self.request_stop(error)

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Waits until a stop is requested, at most `timeout` seconds. Returns whether it was."""
        return self._stop.wait(timeout)

    def on_stop(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls `callback()` once when a stop is requested, at once if it was. Returns what takes the callback back.

        It runs on the thread that asks for the stop, so it must not wait; what it raises is logged.
        """
        key = object()
        with self._lock:
            waits = not self._stop.is_set()
            if waits:
                self._stop_callbacks[key] = callback
        if not waits:
            _call(callback)
        return lambda: self._forget_callback(key)

    def register_thread(self, thread: Joinable) -> None:
        """Has `join` wait for `thread` too."""
        with self._lock:
            self._registered[thread] = None
        if isinstance(thread, threading.Thread):
            self._counters.watch(thread)

    def join(
        self,
        threads: Iterable[Joinable] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Waits for the registered threads and for `threads`, then raises the exception that stopped them.

        Waits without limit until a stop is requested or all threads have ended, and then `stop_grace_period_secs` for
        those that still run. Afterwards the registered threads are forgotten.

        Errors: the exception given to `request_stop`; otherwise RuntimeError naming the threads that still run after
        the grace period (only a log line with `ignore_live_threads`).
        """
        with self._lock:
            awaited = list(dict.fromkeys([*self._registered, *(threads or ())]))
        self._wait_for_stop_or_end(awaited)
        stragglers = " ".join(thread.name for thread in _join_within(awaited, stop_grace_period_secs))
        with self._lock:
            self._joined = True
            self._registered.clear()
        self.raise_requested_exception()
        if not stragglers:
            return
        words = f"Coordinator stopped with threads still running: {stragglers}"
        if not ignore_live_threads:
            raise RuntimeError(words)
        _log.info(words)

    def raise_requested_exception(self) -> None:
        """Raises the exception given to `request_stop`, if there was one."""
        error = self._exception
        if error is not None:
            raise error

    def _wait_for_stop_or_end(self, threads: Sequence[Joinable]) -> None:
        """Parks until a stop is requested or none of `threads` is alive, whichever comes first."""
        if self.should_stop() or not _alive(threads):
            return
        wake = threading.Event()
        forget = self.on_stop(wake.set)
        # Only one thing can be waited for at a time: the stop here, the threads there. After a stop that some thread
        # does not heed, the helper lives as long as that thread; a daemon, it holds up nothing.
        name = f"{self.name}-join"
        threading.Thread(target=_join_all_then, args=(threads, wake.set), name=name, daemon=True).start()
        try:
            wake.wait()
        finally:
            forget()

    def _report(self, error: BaseException, first: bool) -> None:
        # Once all are told to stop, a cancelled operation is how a blocked thread ends: nothing went wrong.
        if first or not isinstance(error, CancelledError):
            self._counters.record_exception(error)
        if first:
            _log.info("Error reported to Coordinator: %s, %s", type(error), error)

    def _forget_callback(self, key: object) -> None:
        with self._lock:
            self._stop_callbacks.pop(key, None)


class _Names:
    """Gives each live coordinator a label of its own, the first free one, so that labels stay few."""

    def __init__(self) -> None:
        self._taken: weakref.WeakValueDictionary[str, Coordinator] = weakref.WeakValueDictionary()
        self.renew_lock()

    def renew_lock(self) -> None:
        """A forked child must not find the lock held by a thread that it does not have."""
        self._lock = threading.Lock()

    def counters(self, coordinator: Coordinator) -> CoordinatorCounters:
        """The counters of a new coordinator, named `coordinator`, `coordinator_1`, ..."""
        with self._lock:
            name, number = "coordinator", 0
            while name in self._taken:
                number += 1
                name = f"coordinator_{number}"
            self._taken[name] = coordinator
        return CoordinatorCounters(name)


_names = _Names()
os.register_at_fork(after_in_child=_names.renew_lock)


def _as_exception(ex: object) -> BaseException | None:
    """The exception that `request_stop` was given, in whichever form."""
    value = ex[1] if isinstance(ex, tuple) and len(ex) == 3 else ex
    if isinstance(value, BaseException):
        return value
    if ex is None:
        return None
    return ValueError(f"ex must be a tuple or sys.exc_info must return the current exception: {ex}")


def _call(callback: Callable[[], None]) -> None:
    try:
        callback()
    except Exception:  # noqa: BLE001 - logged; the other callbacks and the stop itself must not suffer
        _log.exception("a callback of Coordinator.on_stop failed: %r", callback)


def _alive(threads: Iterable[Joinable]) -> list[Joinable]:
    return [thread for thread in threads if thread.is_alive()]


def _join_all_then(threads: Sequence[Joinable], callback: Callable[[], None]) -> None:
    """Waits without limit for all threads, then calls back: at once when they cannot be waited for."""
    try:
        with suppress(Exception):  # raised where it is seen: by the caller's own wait for the same thread
            while alive := _alive(threads):  # again and again: one thread may start another
                alive[0].join()
    finally:
        callback()


def _join_within(threads: Sequence[Joinable], seconds: float) -> list[Joinable]:
    """Waits at most `seconds` for all threads, the calling one excepted; returns those that are still alive."""
    end = time.monotonic() + seconds
    me = threading.current_thread()
    while others := [thread for thread in _alive(threads) if thread is not me]:
        left = end - time.monotonic()
        if left <= 0:
            break
        others[0].join(min(left, threading.TIMEOUT_MAX))
    return _alive(threads)
