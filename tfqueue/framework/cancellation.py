"""Who must be woken when a step is called off.

Invariants:
  - a manager is cancelled at most once; the first error stands;
  - each call-back runs at most once, never under the lock: in the thread that cancels, or that registers too late;
  - after `deregister` returned True its call-back will never run.
"""

import itertools
import threading
from collections.abc import Callable

Callback = Callable[[BaseException], object]


class CancellationManager:
    """The call-backs of one step: each takes one pending operation back. Shared by the threads that serve the step."""

    __slots__ = ("_callbacks", "_error", "_lock", "_tokens")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens = itertools.count(1)
        self._callbacks: dict[int, Callback] = {}
        self._error: BaseException | None = None

    @property
    def cancelled(self) -> BaseException | None:
        """The error with which the step was called off, or None."""
        return self._error

    def register(self, callback: Callback) -> int:
        """Has `callback(error)` run when the step is called off: at once, in this thread, if it already is.

        Returns:
          A token for `deregister`.
        """
        with self._lock:
            token = next(self._tokens)
            error = self._error
            if error is None:
                self._callbacks[token] = callback
        if error is not None:
            callback(error)
        return token

    def deregister(self, token: int) -> bool:
        """Forgets a call-back; False when it has run, is about to run, or was never there."""
        with self._lock:
            return self._callbacks.pop(token, None) is not None

    def cancel(self, error: BaseException) -> bool:
        """Calls the step off: runs all call-backs with `error`. False, and nothing else, when it already was.

        Every call-back runs, also when one of them raises; the first such exception is then raised here.
        """
        with self._lock:
            if self._error is not None:
                return False
            self._error = error
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
        _run_all(callbacks, error)
        return True


def _run_all(callbacks: list[Callback], error: BaseException) -> None:
    for index, callback in enumerate(callbacks):
        try:
            callback(error)
        except BaseException:
            # One that fails must not leave the others parked.
            _run_all(callbacks[index + 1 :], error)
            raise
