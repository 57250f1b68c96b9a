"""Event files: the file itself, and the sink that writes each Snapshot into one.

Invariants:
  - a file belongs to one process and one writer: its name holds process and number, and it is made exclusively;
  - what is written is in order and whole: after a failed write the file is never written to again, readers pass over
    its torn last record;
  - `flush` returns when the bytes are on the disk;
  - a forked child never adds a byte to its parent's file.
"""

import contextlib
import errno
import itertools
import logging
import os
import re
import socket
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from tfqueue.framework import messages
from tfqueue.framework.errors import (
    FailedPreconditionError,
    NotFoundError,
    OpError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnknownError,
)
from tfqueue.telemetry.health import monitor_counters
from tfqueue.telemetry.stats import Snapshot

from .tags import TagValue, tag_values

_log = logging.getLogger("tfqueue")

SINK_SUFFIX = ".tfqueue"
"""How the names of the sink's files end."""

_FLOAT = 1
"""DT_FLOAT of TensorFlow's DataType."""

_WORST_PAUSE_TICKS = 64
"""A sink that cannot write tries again after 1, 2, 4 ... ticks, and at least this often."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

_ERROR_CLASSES: dict[int, Callable[[None, None, str], OpError]] = {
    errno.EACCES: PermissionDeniedError,
    errno.EPERM: PermissionDeniedError,
    errno.EROFS: PermissionDeniedError,
    errno.ENOENT: NotFoundError,
    errno.ENOTDIR: FailedPreconditionError,
    errno.EEXIST: FailedPreconditionError,
    errno.ENOSPC: ResourceExhaustedError,
    errno.EDQUOT: ResourceExhaustedError,
    errno.EFBIG: ResourceExhaustedError,
}


def cannot_write(path: str, error: Exception) -> OpError:
    """TensorFlow's class of a file error, with a sentence that names the path and the way out."""
    if not isinstance(error, OSError):
        return UnknownError(None, None, f"cannot write event files in {path!r}: {type(error).__name__}: {error}")
    advice = "Make room there." if error.errno in _FULL else "Choose a directory that this process may write to."
    message = f"cannot write event files in {path!r}: {error.strerror or error}. {advice}"
    return _ERROR_CLASSES.get(error.errno or 0, UnknownError)(None, None, message)


_live: "weakref.WeakSet[EventFile]" = weakref.WeakSet()
_numbers = itertools.count(1)
_lock = threading.Lock()
"""Guards the two above."""


def _claim(logdir: str, suffix: str) -> str:
    """Makes an empty file whose name nobody else has, and returns its path."""
    while True:
        with _lock:
            number = next(_numbers)
        # Padded: TensorBoard reads the files of a directory in the order of their names.
        name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}.{number:06}{suffix}"
        path = os.path.join(logdir, name)
        if not os.path.isdir(logdir):
            return path  # not a local directory: tensorboardX writes to object stores too
        try:
            # Containers may share host name, process number and second.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            continue
        return path


def _abandon_all() -> None:
    """In a forked child, with the lock held since before the fork."""
    for file in list(_live):
        file.abandon()
    _live.clear()
    _lock.release()


os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_abandon_all)


class EventFile:
    """One event file, made at once with its version record on the disk.

    Args:
      logdir: a directory, made if it is missing.
      suffix: the end of the file's name, after `.<process>.<number>`.

    Raises an `OpError` that names `logdir` when the file cannot be made: PermissionDeniedError, NotFoundError,
    FailedPreconditionError, ResourceExhaustedError. Nothing is left behind then.
    """

    def __init__(self, logdir: str, suffix: str = "") -> None:
        from tensorboardX.record_writer import RecordWriter, directory_check

        self._lock = threading.Lock()
        self._broken = False
        try:
            directory_check(logdir)
            self.path = _claim(logdir, suffix)
            self._records = RecordWriter(self.path)
        except OSError as error:
            # tensorboardX asks a table for the kind of storage first: its KeyError would begin every traceback.
            error.__context__ = None
            raise cannot_write(logdir, error) from error
        with _lock:
            _live.add(self)
        self._write_version(logdir)

    def write(self, event: bytes) -> None:
        """Adds one serialised Event; it is on the disk after `flush`. OSError when the file can take no more."""
        with self._lock:
            self._check_locked()
            try:
                self._records.write(event)
            except OSError:
                self._broken = True
                raise
        monitor_counters().add(written=1)

    def flush(self) -> None:
        """Returns when all that was written is on the disk. OSError when it cannot be."""
        with self._lock:
            self._check_locked()
            try:
                self._records.flush()
            except OSError:
                self._broken = True
                raise

    def close(self) -> None:
        """Flushes and closes; no error the second time. OSError when the last bytes cannot be written."""
        with _lock:
            _live.discard(self)
        with self._lock:
            try:
                if not (self._broken or self._stream.closed):
                    self._records.flush()
            finally:
                self._records.close()

    def abandon(self) -> None:
        """In a forked child: what the parent had not yet written goes nowhere, and the parent's file is left alone."""
        self._lock = threading.Lock()
        self._broken = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    @property
    def _stream(self) -> Any:
        return self._records._writer

    def _check_locked(self) -> None:
        if self._broken or self._stream.closed:
            raise OSError(errno.EIO, "an earlier write failed, or the file is closed", self.path)

    def _write_version(self, logdir: str) -> None:
        try:
            self.write(messages.Event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString())
            self.flush()
        except OSError as error:
            self._discard()
            raise cannot_write(logdir, error) from error

    def _discard(self) -> None:
        with contextlib.suppress(OSError):
            self.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)


class EventFileSink:
    """Writes each Snapshot as one event with all values, on the disk when `write` returns.

    The step is milliseconds since the first such file of the directory was made: small, and it never goes back, so
    that a second run in the same directory continues the curves. (A step that starts at 0 again would hide all earlier
    points in TensorBoard.)

    A failure to write is counted and logged once, and the values are lost; a new file is tried a few ticks later.
    Shares and rates then cover the gap.

    Args:
      logdir: a directory, made if it is missing. Raises as `EventFile` does.
    """

    def __init__(self, logdir: str) -> None:
        self.logdir = logdir
        self._file: EventFile | None = None
        self._described: set[str] = set()
        self._before: Snapshot | None = None
        self._step = -1
        self._failures = 0
        self._pause = 0
        self._epoch = _first_file_seconds(logdir)
        self._open()

    def write(self, snapshot: Snapshot) -> None:
        """Adds the values of one tick. Never raises for a file that cannot be written."""
        if self._pause > 0:
            self._pause -= 1
            monitor_counters().add(dropped=1)
            return
        try:
            self._write(snapshot)
        except (OSError, OpError) as error:
            self._fail(error)
        else:
            self._before = snapshot
            self._failures = 0

    def close(self) -> None:
        """Ends the file."""
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.close()
            except OSError as error:
                self._fail(error)

    def _open(self) -> EventFile:
        self._file = EventFile(self.logdir, SINK_SUFFIX)
        self._described.clear()
        return self._file

    def _write(self, snapshot: Snapshot) -> None:
        values = tag_values(snapshot, self._before)
        if not values:
            return
        file = self._file or self._open()
        file.write(self._event(snapshot, values).SerializeToString())
        file.flush()

    def _event(self, snapshot: Snapshot, values: list[TagValue]) -> Any:
        self._step = max(self._step + 1, round(1000 * (snapshot.unix_seconds - self._epoch)))
        event = messages.Event(wall_time=snapshot.unix_seconds, step=self._step)
        for tag, value, description in values:
            if tag not in self._described:
                self._described.add(tag)
                _describe(event.summary.value.add(), tag, value, description)
            event.summary.value.add(tag=tag, simple_value=value)
        return event

    def _fail(self, error: Exception) -> None:
        if self._failures == 0:
            _log.warning("monitoring goes on without event files in %r for now: %s", self.logdir, error)
        self._failures += 1
        self._pause = min(2 ** (self._failures - 1), _WORST_PAUSE_TICKS) - 1
        monitor_counters().add(errors=1, dropped=1)
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()


def _describe(point: Any, tag: str, value: float, description: str) -> None:
    """The first point of a curve once more, as a tensor: TensorBoard's reader takes the description of a chart from
    tensors only, while others read `simple_value` only. Of two points of one step it keeps the later one."""
    point.tag = tag
    point.metadata.summary_description = description
    point.metadata.plugin_data.plugin_name = "scalars"
    point.tensor.dtype = _FLOAT
    point.tensor.tensor_shape.SetInParent()
    point.tensor.float_val.append(value)


def _first_file_seconds(logdir: str) -> float:
    """When the first file of a sink in this directory was made, by its name; now, when there is none."""
    try:
        names = os.listdir(logdir)
    except OSError:
        names = []
    found = (re.fullmatch(rf"events\.out\.tfevents\.(\d+)\..*{re.escape(SINK_SUFFIX)}", name) for name in names)
    return min([float(match[1]) for match in found if match] + [float(int(time.time()))])
