"""A hook that records when each op of a step ran.

After TensorFlow 1's python/training/basic_session_run_hooks.py.
"""

import logging
from pathlib import Path
from typing import Any

from tfqueue.session.config import RunOptions

from .global_step import global_step_read
from .hook_timers import SecondOrStepTimer
from .outlets import file_writer
from .session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from .timeline import Timeline

_log = logging.getLogger("tfqueue")


class ProfilerHook(SessionRunHook):
    """Traces a step now and then into `<output_dir>/timeline-<global step>.json`, in Chrome's trace format.

    Args:
      save_steps: global steps from one traced step to the next.
      save_secs: seconds from one traced step to the next.
      output_dir: where the traces go; the process's event file of that directory gets the run metadata as well.
      show_dataflow, show_memory: as `Timeline.generate_chrome_trace_format` has them.

    Raises:
      ValueError: not just one of `save_steps` and `save_secs`.
      RuntimeError: by `begin`, when the graph has no global step.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        self._output_dir = output_dir
        self._show_dataflow = show_dataflow
        self._show_memory = show_memory
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)
        self._file_writer = file_writer(output_dir)

    def begin(self) -> None:
        """Makes the op that reads the global step."""
        self._next_step: int | None = None
        self._global_step_tensor = global_step_read("ProfilerHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Asks for a trace when it is time. The first step, in which plans are made, is never traced."""
        self._traces = self._next_step is not None and self._timer.should_trigger_for_step(self._next_step)
        options = RunOptions(trace_level=RunOptions.FULL_TRACE) if self._traces else None
        return SessionRunArgs({"global_step": self._global_step_tensor}, options=options)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Writes the trace."""
        stale_step = run_values.results["global_step"]
        if self._next_step is None:
            self._timer.update_last_triggered_step(stale_step)
        step = stale_step + 1
        if self._traces:
            step = run_context.session.run(self._global_step_tensor)
            self._timer.update_last_triggered_step(step)
            self._save(step, run_values.run_metadata)
        self._next_step = step + 1

    def _save(self, step: int, run_metadata: Any) -> None:
        path = Path(self._output_dir, f"timeline-{step}.json")
        _log.info("Saving timeline for %d into '%s'.", step, path)
        trace = Timeline(run_metadata.step_stats)
        path.write_text(trace.generate_chrome_trace_format(self._show_dataflow, self._show_memory), encoding="utf-8")
        self._file_writer.add_run_metadata(run_metadata, f"step_{step}")
