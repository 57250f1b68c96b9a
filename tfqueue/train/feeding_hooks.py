"""Hooks that put something in, and hooks that take the last thing out: feeds for each run, values at the end.

After TensorFlow 1's python/training/basic_session_run_hooks.py.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from tfqueue.framework.errors import OutOfRangeError

from .session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook

_log = logging.getLogger("tfqueue")


class FeedFnHook(SessionRunHook):
    """Feeds each run with what `feed_fn()`, a dict of tensors and their values, gives."""

    def __init__(self, feed_fn: Callable[[], Mapping[Any, Any]]) -> None:
        self.feed_fn = feed_fn
        """The function."""

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Calls the function."""
        return SessionRunArgs(fetches=None, feed_dict=self.feed_fn())


class FinalOpsHook(SessionRunHook):
    """Runs something once more at the end of the session, and keeps what it gave.

    Args:
      final_ops: a tensor, an op, or any nest of them. They must not read the input, which may be at its end.
      final_ops_feed_dict: values for tensors.
    """

    def __init__(self, final_ops: Any, final_ops_feed_dict: Mapping[Any, Any] | None = None) -> None:
        self._final_ops = final_ops
        self._final_ops_feed_dict = final_ops_feed_dict
        self._final_ops_values: Any = None

    @property
    def final_ops_values(self) -> Any:
        """The values, in the nest of `final_ops`; None before the end."""
        return self._final_ops_values

    def end(self, session: Any) -> None:
        """Runs them."""
        if self._final_ops is None:
            return
        try:
            self._final_ops_values = session.run(self._final_ops, feed_dict=self._final_ops_feed_dict)
        except (OutOfRangeError, StopIteration):
            _log.warning(
                "An OutOfRangeError or StopIteration exception is raised by the code in FinalOpsHook. "
                "This typically means that its ops read from the input, which is at its end: "
                "let them read variables that the steps before have updated."
            )
            raise
