"""`monitor()`: starts what shows the pipeline to the outside, and ends it.

Invariants:
  - nothing starts by itself but what the environment asks for;
  - a monitor that cannot do all that it was asked for leaves nothing behind: no thread, no port, no file;
  - what goes on while it runs never reaches the pipeline;
  - a forked child has no monitor.

Light to import: the server, Prometheus and the event files are loaded when they are asked for.
"""

import atexit
import logging
import os
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tfqueue.telemetry.registry import Registry, default_registry

from .sampler import Sampler

if TYPE_CHECKING:
    from .server import MonitorServer

_log = logging.getLogger("tfqueue")

ENVIRONMENT = ("TFQUEUE_LOGDIR", "TFQUEUE_PORT")
"""Either starts a monitor in a program that is not to be changed; TFQUEUE_INTERVAL goes with them."""


class Monitor:
    """A running monitor, made by `monitor()`."""

    def __init__(self, logdir: str | None, port: int | None, interval: float, address: str) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self.logdir = logdir
        """Directory of the event files; None without."""
        self._server: MonitorServer | None = None
        self._sampler: Sampler | None = None
        try:
            if port is not None:
                self._server = _make_server(port, address)
            if logdir is not None:
                self._sampler = _make_sampler(default_registry(), logdir, interval)
            for part in (self._server, self._sampler):
                if part is not None:
                    part.start()
        except BaseException:
            self.close()
            raise
        self.port = self._server.port if self._server else None
        """The server's port; None without."""
        self.url = self._server.url if self._server else None
        """The address of the server's page; `/metrics` and `/api/snapshot.json` are below it. None without."""

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
    interval: float = 1.0,
    address: str = "127.0.0.1",
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
    started = Monitor(None if logdir is None else os.fspath(logdir), port, interval, address)
    with _running_lock:
        _running.add(started)
    return started


def monitor_from_environment(environ: Mapping[str, str] = os.environ) -> Monitor | None:
    """Starts the monitor that TFQUEUE_LOGDIR, TFQUEUE_PORT and TFQUEUE_INTERVAL ask for.

    None when they ask for none, or when it cannot be started, which is logged: the program goes on without.
    """
    logdir, port = environ.get("TFQUEUE_LOGDIR") or None, environ.get("TFQUEUE_PORT") or None
    if logdir is None and port is None:
        return None
    try:
        interval = float(environ.get("TFQUEUE_INTERVAL") or 1.0)
        started = monitor(logdir, None if port is None else int(port), interval)
    except Exception as error:  # noqa: BLE001 - whatever it is, the program was not written to know of it
        _log.warning("no monitor, although TFQUEUE_LOGDIR or TFQUEUE_PORT asks for one: %s", error)
        return None
    _log.info("%r", started)
    return started


def watch_environment(registry: Registry | None = None) -> None:
    """Starts the monitor that the environment asks for, if it does, when the first queue appears."""
    if any(os.environ.get(name) for name in ENVIRONMENT):
        (registry or default_registry()).on_first_source(_start_from_environment)


def _start_from_environment() -> None:
    monitor_from_environment()


def _make_server(port: int, address: str) -> "MonitorServer":
    from .server import MonitorServer

    return MonitorServer(port, address)


def _make_sampler(registry: Registry, logdir: str, interval: float) -> Sampler:
    from .event_file import EventFileSink

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
