"""A hook that writes tensors to the log.

After TensorFlow 1's python/training/basic_session_run_hooks.py.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from tfqueue.graph.graph import get_default_graph

from .hook_timers import HookTimer, NeverTriggerTimer, SecondOrStepTimer
from .session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues

_log = logging.getLogger("tfqueue")


class LoggingTensorHook(SessionRunHook):
    """Logs tensors at level INFO of the logger "tfqueue": every so many runs or seconds, at the end, or both.

    Args:
      tensors: tensors or their names; or a dict of them, by the words that are logged with them.
      every_n_iter: runs from one line to the next.
      every_n_secs: seconds from one line to the next.
      at_end: log them at the end too; they are run once more for it.
      formatter: makes the line of a dict of values; default `tag = value, ... (0.123 sec)`.

    Raises:
      ValueError: not just one of `every_n_iter` and `every_n_secs`, unless it is `at_end` alone; or it is not positive.
    """

    def __init__(
        self,
        tensors: Mapping[str, Any] | Iterable[Any],
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[dict[Any, Any]], str] | None = None,
    ) -> None:
        only_log_at_end = at_end and every_n_iter is None and every_n_secs is None
        if not only_log_at_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError("either at_end and/or exactly one of every_n_iter and every_n_secs must be provided.")
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if isinstance(tensors, Mapping):
            self._tensors: dict[Any, Any] = {tag: tensors[tag] for tag in sorted(tensors)}
        else:
            self._tensors = {item: item for item in tensors}
        self._formatter = formatter
        self._timer: HookTimer = (
            NeverTriggerTimer() if only_log_at_end else SecondOrStepTimer(every_n_secs, every_n_iter)
        )
        self._log_at_end = at_end

    def begin(self) -> None:
        """Looks the tensors up. ValueError or KeyError for what is not in the graph."""
        self._timer.reset()
        self._iter_count = 0
        self._current_tensors = {tag: _as_graph_element(tensor) for tag, tensor in self._tensors.items()}

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Asks for the tensors when it is time."""
        self._should_trigger = self._timer.should_trigger_for_step(self._iter_count)
        return SessionRunArgs(self._current_tensors) if self._should_trigger else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Logs them."""
        if self._should_trigger:
            self._log_tensors(run_values.results)
        self._iter_count += 1

    def end(self, session: Any) -> None:
        """Logs them once more, if that was wanted."""
        if self._log_at_end:
            self._log_tensors(session.run(self._current_tensors))

    def _log_tensors(self, values: dict[Any, Any]) -> None:
        elapsed, _ = self._timer.update_last_triggered_step(self._iter_count)
        with np.printoptions(suppress=True):
            if self._formatter is not None:
                _log.info(self._formatter(values))
                return
            words = ", ".join(f"{tag} = {values[tag]}" for tag in self._tensors)
        if elapsed is None:
            _log.info("%s", words)
        else:
            _log.info("%s (%.3f sec)", words, elapsed)


def _as_graph_element(obj: Any) -> Any:
    """What `obj` is or names in the default graph; the name of an op stands for its only output."""
    graph = get_default_graph()
    if not isinstance(obj, str):
        if getattr(obj, "graph", None) is not graph:
            raise ValueError(f"Passed {obj} should have graph attribute that is equal to current graph {graph}.")
        return obj
    if ":" in obj:
        return graph.as_graph_element(obj)
    element = graph.as_graph_element(f"{obj}:0")
    if len(element.op.outputs) > 1:
        raise ValueError(f"Name {obj} is ambiguous, as this `Operation` has multiple outputs (at least 2).")
    return element
