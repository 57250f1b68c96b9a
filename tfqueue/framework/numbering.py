"""Numbers that name things: 0, 1, 2, ..., each given once in the process.

Invariant: a forked child goes on counting from where its parent was, whoever held the lock at the fork.
"""

import itertools
import os
import threading


class Numbering:
    """Gives numbers. Made once for each kind of name, at import: it lives as long as the process.

    >>> sessions = Numbering()
    >>> sessions.take(), sessions.take()
    (0, 1)
    """

    def __init__(self) -> None:
        self._next = itertools.count()
        self._renew_lock()
        os.register_at_fork(after_in_child=self._renew_lock)

    def take(self) -> int:
        """The next number."""
        with self._lock:
            return next(self._next)

    def _renew_lock(self) -> None:
        """A forked child must not find the lock held by a thread that it does not have."""
        self._lock = threading.Lock()
