"""`monitor()`: starts what shows the pipeline to the outside, and ends it.

Invariants:
  - nothing starts by itself but what the environment asks for; what of that cannot be had costs nothing else;
  - a monitor that cannot do all that it was asked for leaves nothing behind: no thread, no port, no file;
  - what goes on while it runs never reaches the pipeline;
  - a forked child has no monitor.

Light to import: the server, Prometheus and the event files are loaded when they are asked for.
"""

import atexit
import logging
import math
import os
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from tfqueue.telemetry.registry import Registry, default_registry

from .sampler import Sampler

if TYPE_CHECKING:
    from .server import MonitorServer

_log = logging.getLogger("tfqueue")

Made = TypeVar("Made")

LOOPBACK = "127.0.0.1"
DEFAULT_INTERVAL = 1.0
"""Seconds between two points of a curve."""

ENVIRONMENT = ("TFQUEUE_LOGDIR", "TFQUEUE_PORT")
"""Either starts a monitor in a program that is not to be changed; TFQUEUE_INTERVAL goes with them."""


class Monitor:
    """A running monitor, made by `monitor()`."""

    def __init__(self, server: "MonitorServer | None", sampler: Sampler | None, logdir: str | None) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._server, self._sampler = server, sampler
        self.logdir = logdir if sampler else None
        """Directory of the event files; None without."""
        self.port = server.port if server else None
        """The server's port; None without."""
        self.url = server.url if server else None
        """The address of the server's page; `/metrics` and `/api/snapshot.json` are below it. None without."""
        try:
            for part in (server, sampler):
                if part is not None:
                    part.start()
        except BaseException:
            self.close()
            raise
        with _running_lock:
            _running.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        shown = [text for text in (self.url, self.logdir) if text is not None] if not self._closed else ["closed"]
        return f"<tfqueue monitor: {', '.join(shown)}>"

    def close(self) -> None:
        """Frees the port, writes the last values and ends the event file. Once is enough, more does no harm."""
        with self._lock:
            closed, self._closed = self._closed, True
        if closed:
            return
        with _running_lock:
            _running.discard(self)
        if self._server is not None:
            self._server.close()
        if self._sampler is not None:
            self._sampler.close()

    def forget(self) -> None:
        """In a forked child: it is the parent's."""
        self._lock = threading.Lock()
        self._closed = True
        if self._server is not None:
            self._server.forget()


def monitor(
    logdir: str | os.PathLike[str] | None = None,
    port: int | None = None,
    interval: float = DEFAULT_INTERVAL,
    address: str = LOOPBACK,
) -> Monitor:
    """Shows the pipeline of this process: in TensorBoard, in Prometheus, in a browser.

    A context manager and a plain call; without `close` it ends with the process.

    >>> with monitor(logdir="runs/1", port=0) as watch:
    ...     print(watch.url)

    Args:
      logdir: directory for event files, made if it is missing: `tensorboard --logdir` shows their curves.
      port: of a server with `/`, `/metrics` and `/api/snapshot.json`; 0 takes one that is free, `.port` says which.
      interval: seconds between two points of a curve.
      address: what the server binds. Loopback unless the numbers are meant for others; they are not secured.

    Raises:
      ValueError: neither logdir nor port, or an interval or port that is none.
      OpError: no event file can be made in `logdir` (PermissionDeniedError, NotFoundError, FailedPreconditionError).
      OSError: the port cannot be taken.
    """
    if logdir is None and port is None:
        raise ValueError("monitor() shows nothing: give a logdir for TensorBoard, a port for Prometheus, or both")
    server = None if port is None else _make_server(port, address)
    try:
        directory = None if logdir is None else os.fspath(logdir)
        return Monitor(server, None if directory is None else _make_sampler(directory, interval), directory)
    except BaseException:
        if server is not None:
            server.close()
        raise


def monitor_from_environment(environ: Mapping[str, str] = os.environ) -> Monitor | None:
    """Starts the monitor that TFQUEUE_LOGDIR, TFQUEUE_PORT and TFQUEUE_INTERVAL ask for, and logs where it shows.

    What cannot be started is logged, with the variable at fault, and costs nothing else: the event files go on without
    the port, the port without the event files, the program without both. None when there is neither.
    """
    logdir, faults = environ.get("TFQUEUE_LOGDIR"), _Faults(environ)
    interval = faults.attempt("TFQUEUE_INTERVAL", _seconds) if logdir else None
    sampler = faults.attempt("TFQUEUE_LOGDIR", lambda logdir: _make_sampler(logdir, interval or DEFAULT_INTERVAL))
    server = faults.attempt("TFQUEUE_PORT", lambda port: _make_server(_port_number(port), LOOPBACK))
    started = None
    if sampler or server:
        started = faults.attempt(
            "TFQUEUE_LOGDIR" if sampler else "TFQUEUE_PORT", lambda _: Monitor(server, sampler, logdir)
        )
    shown = _where(started, interval or DEFAULT_INTERVAL)
    for fault in faults.found:
        _log.warning("%s. %s", fault, shown)
    if started is not None and not faults.found:
        # Nothing else tells a port that the system has chosen.
        chosen = started.url is not None and not environ["TFQUEUE_PORT"].strip("0 ")
        _log.log(logging.WARNING if chosen else logging.INFO, "%s", shown)
    return started


class _Faults:
    """What of the environment's wishes failed, a sentence each."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.found: list[str] = []

    def attempt(self, name: str, make: Callable[[str], Made]) -> Made | None:
        """What `make` makes of this variable's value; None when it is not set, or cannot be had."""
        value = self._environ.get(name)
        try:
            return make(value) if value else None
        except Exception as error:  # noqa: BLE001 - whatever it is, the program was not written to know of it
            reason = (isinstance(error, OSError) and error.strerror) or str(error)
            self.found.append(f"{name}={value}: {reason.rstrip('.')}")
            return None


def _where(started: Monitor | None, interval: float) -> str:
    """What a monitor of the environment's shows, and where, in a sentence."""
    if started is None:
        return "tfqueue's monitor is not running; the program goes on without it."
    places = [f"at {started.url}"] if started.url else []
    places += [f"in event files in {started.logdir!r}, every {interval:g} s"] if started.logdir else []
    return f"tfqueue's monitor shows the pipeline {' and '.join(places)}."


def _seconds(text: str) -> float:
    try:
        interval = float(text)
    except ValueError:
        interval = math.nan
    if not (interval > 0 and math.isfinite(interval)):
        raise ValueError(f"interval must be a number of seconds above 0, not {text!r}")
    return interval


def _port_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"port must be from 0 to 65535, not {text!r}; 0 takes one that is free") from None


def watch_environment(registry: Registry | None = None) -> None:
    """Starts the monitor that the environment asks for, if it does, when the first queue appears."""
    if any(os.environ.get(name) for name in ENVIRONMENT):
        (registry or default_registry()).on_first_source(_start_from_environment)


def _start_from_environment() -> None:
    monitor_from_environment()


def _make_server(port: int, address: str) -> "MonitorServer":
    from .server import MonitorServer

    return MonitorServer(port, address)


def _make_sampler(logdir: str, interval: float) -> Sampler:
    from .event_file import EventFileSink

    registry = default_registry()
    Sampler(registry, [], interval)  # refuses the interval before a file is made
    return Sampler(registry, [EventFileSink(logdir)], interval)


_running: set[Monitor] = set()
_running_lock = threading.Lock()


def _close_all() -> None:
    with _running_lock:
        running = list(_running)
    for started in running:
        started.close()


def _forget_all() -> None:
    """In a forked child, with the lock held since before the fork."""
    for started in _running:
        started.forget()
    _running.clear()
    _running_lock.release()


os.register_at_fork(before=_running_lock.acquire, after_in_parent=_running_lock.release, after_in_child=_forget_all)
atexit.register(_close_all)
