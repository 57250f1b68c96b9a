"""Threads of queue runners, and the way out for those that would keep the interpreter from exiting.

A runner's thread that is no daemon, and that waits on its queue when the program ends, would wait for ever: only the
program's own threads could serve it. So once the main thread and all others have ended, the sessions of those that are
left are closed, which ends their waits.
"""

import os
import threading
from collections.abc import Callable
from typing import Any

from .coordinator import Coordinator


class RunnerThread(threading.Thread):
    """A thread that works for a queue runner in one session."""

    def __init__(self, target: Callable[[], None], name: str, session: Any, coord: Coordinator | None) -> None:
        super().__init__(target=target, name=name)
        self._owners: tuple[Any, Coordinator | None] | None = (session, coord)

    def start(self) -> None:
        """Starts it; if it is no daemon, its end is seen to when the program ends."""
        super().start()
        if not self.daemon:
            _exit_watch.begin()

    def run(self) -> None:
        """Works to the end; whoever keeps the thread then no longer keeps its session alive."""
        try:
            super().run()
        finally:
            self._owners = None

    def release(self) -> None:
        """Has it stop, whatever it waits for."""
        session, coord = self._owners or (None, None)
        if coord is not None:
            coord.request_stop()
        if session is not None:
            session.close()


class _ExitWatch:
    """Waits for the end of the program in a daemon thread of its own, begun when it is first needed."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As new: a forked child has none of the parent's threads."""
        self._lock = threading.Lock()
        self._begun = False
        self.exiting = False
        """Only runners' threads are left."""

    def begin(self) -> None:
        with self._lock:
            begun, self._begun = self._begun, True
        if not begun:
            threading.Thread(target=self._watch, name="tfqueue-exit", daemon=True).start()

    def _watch(self) -> None:
        threading.main_thread().join()
        while others := [thread for thread in _lasting() if not isinstance(thread, RunnerThread)]:
            others[0].join()  # again and again: one thread may start another
        self.exiting = True
        for thread in _lasting():
            if isinstance(thread, RunnerThread):
                thread.release()


def _lasting() -> list[threading.Thread]:
    """The threads that the interpreter waits for, the main one apart."""
    return [t for t in threading.enumerate() if not t.daemon and t.is_alive() and t is not threading.main_thread()]


_exit_watch = _ExitWatch()
os.register_at_fork(after_in_child=_exit_watch.forget)


def exiting() -> bool:
    """The program has ended but for runners' threads, which are told to stop: nobody wants to know why they do."""
    return _exit_watch.exiting
