"""Threads that run a session's blocking calls while their step goes on.

Invariants:
  - a call never waits for a helper: it is given to an idle one, or to a new one;
  - a helper is idle again before its step hears that the call has ended, so the next step finds it;
  - idle helpers keep no session alive, and end with it;
  - a forked child, which has none of the threads, starts its own.
"""

import itertools
import os
import threading
import weakref
from _queue import SimpleQueue
from typing import Protocol


class Call(Protocol):
    """What a helper runs."""

    def run(self) -> None:
        """The call itself; may block, must not raise."""

    def finish(self) -> None:
        """Tells those who wait for it; must not block, must not raise."""


class HelperThreads:
    """The helper threads of one session: as many as ever were needed at the same time. Any thread may use it."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._idle: list[_Helper] = []
        self._closed = False
        _all_helper_threads.add(self)

    def start(self, call: Call) -> None:
        """Has `call` run on a helper, and returns at once."""
        with self._lock:
            helper = self._idle.pop() if self._idle else None  # the one that worked last: its stack is warm
            name = "" if helper is not None else f"{self._label}-helper_{next(self._numbers)}"
        (helper or _Helper(self, name)).calls.put(call)

    def take_back(self, helper: "_Helper") -> bool:
        """The helper is free. False: it is needed no more."""
        with self._lock:
            if not self._closed:
                self._idle.append(helper)
            return not self._closed

    def close(self) -> None:
        """Ends the idle helpers now, and the others after their calls. A step that still runs may start more."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for helper in idle:
            helper.calls.put(None)

    def renew(self) -> None:
        """Forgets all helpers, with a fresh lock: what a forked child needs."""
        self._lock = threading.Lock()
        self._idle = []

    def __del__(self) -> None:
        self.close()


class _Helper:
    """One thread, and the calls given to it: one at a time."""

    __slots__ = ("__weakref__", "_owner", "calls")

    def __init__(self, owner: HelperThreads, name: str) -> None:
        self.calls: SimpleQueue[Call | None] = SimpleQueue()
        self._owner = weakref.ref(owner)
        # A daemon: it must not keep the interpreter from exiting.
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        while self._run_one():
            pass

    def _run_one(self) -> bool:
        # A frame of its own: an idle helper holds nothing of the last call.
        call = self.calls.get()
        if call is None:
            return False
        call.run()
        owner = self._owner()
        goes_on = owner is not None and owner.take_back(self)
        call.finish()
        return goes_on


class _AllHelperThreads:
    """Those of all sessions, for the sake of a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._members: weakref.WeakSet[HelperThreads] = weakref.WeakSet()

    def add(self, threads: HelperThreads) -> None:
        with self._lock:
            self._members.add(threads)

    def renew(self) -> None:
        """In a forked child: none of the parent's threads is there, and a lock may have been held."""
        self._lock = threading.Lock()
        for threads in list(self._members):
            threads.renew()


_all_helper_threads = _AllHelperThreads()

os.register_at_fork(after_in_child=_all_helper_threads.renew)
