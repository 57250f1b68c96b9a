"""Events on their way to a file in a thread of their own, so that a training loop never waits for a disk.

Invariants:
  - events reach the file in the order of `add`;
  - what was added before a `flush` is on the disk when the flush returns;
  - the thread ends with the stream, and at interpreter exit nothing that was added is lost;
  - a forked child starts with an empty stream, and writes to a file of its own.
"""

import atexit
import contextlib
import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable

from tfqueue.framework.errors import OpError
from tfqueue.telemetry.health import monitor_counters

from .event_file import EventFile, cannot_write

_log = logging.getLogger("tfqueue")

EXIT_SECONDS = 5.0
"""How long interpreter exit waits for a disk that does not answer."""


class EventStream:
    """A queue of events, and the thread that writes them to one file after another.

    Args:
      logdir, suffix: as `EventFile` has them; its errors are raised here.
      max_queue: events that may wait; further ones hold their caller up. Less than 1 means without bound.
      flush_secs: seconds after which what was written is on the disk; the first event is at once.
    """

    def __init__(self, logdir: str, suffix: str, max_queue: int, flush_secs: float) -> None:
        self._logdir, self._suffix = logdir, suffix
        self._max_queue, self._flush_secs = max_queue, flush_secs
        self._events: deque[bytes] = deque()
        # Re-entrant: a finalizer may ask the stream to end while its own thread holds the lock.
        self._changed = threading.Condition(threading.RLock())
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None
        self._flushes_wanted = self._flushes_done = 0
        self._ending = self._ended = False
        self._users = 1
        with _streams_lock:
            _streams.add(self)
        self._start()

    def add(self, event: bytes) -> None:
        """Puts a serialised Event in line; waits while `max_queue` others are in line."""
        with self._changed:
            if self._thread is None:
                self._start()
            while 0 < self._max_queue <= len(self._events) and not self._ended:
                self._changed.wait()
            self._events.append(event)
            self._changed.notify_all()

    def flush(self) -> None:
        """Returns when all that was added is on the disk. An `OpError` naming the directory when it cannot be."""
        with self._changed:
            if self._thread is None:
                return
            self._flushes_wanted += 1
            wanted = self._flushes_wanted
            self._changed.notify_all()
            while self._flushes_done < wanted and not self._ended:
                self._changed.wait()
            error = self._error
        self._raise(error)

    def share(self) -> bool:
        """One more user, who must `release` it too; False when the stream has ended already."""
        with self._changed:
            self._users += not self._ending
            return not self._ending

    def release(self) -> None:
        """One user less. Without any, the thread writes what is in line, closes the file and ends."""
        with self._changed:
            self._users -= 1
            if self._users <= 0:
                self.end()

    def end(self) -> None:
        """Ends it for all its users."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()

    def wait_for_end(self, timeout: float | None = None) -> None:
        """After the last `release`: returns when all is on the disk or `timeout` has passed. Raises as `flush` does."""
        thread = self._thread
        if self._ending and thread is not None:
            thread.join(timeout)
            self._raise(self._error)

    def renew(self) -> None:
        """In a forked child: the thread, the file and what was in line are the parent's."""
        self._changed = threading.Condition(threading.RLock())
        self._events.clear()
        self._thread = self._error = None
        self._flushes_wanted = self._flushes_done = 0
        self._ended = False

    def _start(self) -> None:
        file = EventFile(self._logdir, self._suffix)
        self._thread = threading.Thread(target=self._run, args=(file,), name="tfqueue-event-writer", daemon=True)
        self._thread.start()

    def _run(self, file: EventFile) -> None:
        try:
            self._write_until_ended(file)
        finally:
            with self._changed:
                self._ended = True  # nobody waits for a thread that is gone
                self._changed.notify_all()

    def _write_until_ended(self, file: EventFile) -> None:
        flush_at = 0.0  # the first event goes to the disk at once
        unflushed = ending = False
        while not ending:
            with self._changed:
                while not (self._events or self._ending or self._flushes_wanted > self._flushes_done):
                    left = flush_at - time.monotonic() if unflushed else None
                    if left is not None and left <= 0:
                        break
                    self._changed.wait(left)
                events = list(self._events)
                self._events.clear()
                wanted, ending = self._flushes_wanted, self._ending
                self._changed.notify_all()
            unflushed = self._write(file, events) or unflushed
            if unflushed and (wanted > self._flushes_done or time.monotonic() >= flush_at):
                self._attempt(file.flush)
                unflushed, flush_at = False, time.monotonic() + self._flush_secs
            with self._changed:
                self._flushes_done = wanted
                self._changed.notify_all()
        if not self._attempt(file.close):
            with contextlib.suppress(Exception):
                file.close()  # at least it is not left open

    def _write(self, file: EventFile, events: list[bytes]) -> bool:
        for event in events:
            if not self._attempt(file.write, event):
                monitor_counters().add(dropped=1)
        return bool(events)

    def _attempt(self, action: Callable[..., None], *args: bytes) -> bool:
        """One step towards the disk; False after the first failure, when all later events are lost."""
        if self._error is not None:
            return False
        try:
            action(*args)
        except Exception as error:  # noqa: BLE001 - reported by flush and close; the thread must serve them still
            self._error = error
            monitor_counters().add(errors=1)
            _log.warning("%s Later events of this writer are lost.", cannot_write(self._logdir, error).message)
        return self._error is None

    def _raise(self, error: Exception | None) -> None:
        if error is not None:
            raise cannot_write(self._logdir, error) from error


_streams: "weakref.WeakSet[EventStream]" = weakref.WeakSet()
_streams_lock = threading.Lock()


def _renew_all() -> None:
    """In a forked child, with the lock held since before the fork."""
    for stream in list(_streams):
        stream.renew()
    _streams_lock.release()


def _end_all() -> None:
    with _streams_lock:
        streams = list(_streams)
    for stream in streams:
        stream.end()
    for stream in streams:
        with contextlib.suppress(OpError):  # the log has it
            stream.wait_for_end(EXIT_SECONDS)


os.register_at_fork(before=_streams_lock.acquire, after_in_parent=_streams_lock.release, after_in_child=_renew_all)
atexit.register(_end_all)
