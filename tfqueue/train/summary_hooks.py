"""Hooks that write to event files: steps a second, and the graph's summaries.

After TensorFlow 1's python/training/basic_session_run_hooks.py.
"""

import logging
from typing import Any

from tfqueue.framework import messages

from .global_step import get_global_step, global_step_read
from .hook_timers import SecondOrStepTimer
from .outlets import SummaryWriter, file_writer
from .session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues

_log = logging.getLogger("tfqueue")

STILL_WARNINGS = 5
"""How often a hook says that the global step stands still."""


class StepCounterHook(SessionRunHook):
    """Logs and writes global steps a second, under the tag `global_step/sec`.

    Args:
      every_n_steps: global steps from one point to the next.
      every_n_secs: seconds from one point to the next.
      output_dir: where the process's writer of that directory writes it.
      summary_writer: a `FileWriter` to use instead. With neither it is only logged.

    Raises:
      ValueError: not just one of `every_n_steps` and `every_n_secs`.
      RuntimeError: by `begin`, when the graph has no global step.
    """

    def __init__(
        self,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: SummaryWriter | None = None,
    ) -> None:
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("exactly one of every_n_steps and every_n_secs should be provided.")
        self._timer = SecondOrStepTimer(every_secs=every_n_secs, every_steps=every_n_steps)
        self._summary_writer = summary_writer
        self._output_dir = output_dir
        self._last_global_step: int | None = None
        self._warnings_left = STILL_WARNINGS

    def begin(self) -> None:
        """Opens the writer."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = file_writer(self._output_dir)
        self._global_step_tensor = global_step_read("StepCounterHook")
        self._summary_tag = f"{get_global_step().op.name}/sec"

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Asks for the global step."""
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Counts, and writes when it is time."""
        stale_step = run_values.results
        if self._timer.should_trigger_for_step(stale_step + 1):
            step = run_context.session.run(self._global_step_tensor)
            if self._timer.should_trigger_for_step(step):
                elapsed_seconds, elapsed_steps = self._timer.update_last_triggered_step(step)
                if elapsed_seconds is not None and elapsed_steps is not None:
                    self._log_and_record(elapsed_steps, elapsed_seconds, step)
        self._warn_if_still(stale_step)

    def _log_and_record(self, elapsed_steps: int, elapsed_seconds: float, global_step: int) -> None:
        # Two readings of a coarse clock may be equal.
        steps_per_second = float(elapsed_steps) / elapsed_seconds if elapsed_seconds > 0 else float("inf")
        if self._summary_writer is not None:
            value = messages.Summary.Value(tag=self._summary_tag, simple_value=steps_per_second)
            self._summary_writer.add_summary(messages.Summary(value=[value]), global_step)
        _log.info("%s: %g", self._summary_tag, steps_per_second)

    def _warn_if_still(self, step: int) -> None:
        if step == self._last_global_step and self._warnings_left > 0:
            self._warnings_left -= 1
            _log.warning(
                "It seems that global step (tf.train.get_global_step) has not been increased. Current value (could be "
                "stable): %s vs previous value: %s. You could increase the global step by running "
                "tf.assign_add(tf.train.get_global_step(), 1) in each step.",
                step,
                self._last_global_step,
            )
        self._last_global_step = step


class SummarySaverHook(SessionRunHook):
    """Writes summaries at the first step, and then every so many steps or seconds.

    Args:
      save_steps: global steps from one writing to the next.
      save_secs: seconds from one writing to the next.
      output_dir: where the process's writer of that directory writes them.
      summary_writer: a `FileWriter` to use instead.
      scaffold: a `Scaffold`, whose `summary_op` is written.
      summary_op: a summary tensor, or a list of them, instead.

    Raises:
      ValueError: not just one of `scaffold` and `summary_op`, or of `save_steps` and `save_secs`.
      RuntimeError: by `begin`, when the graph has no global step.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: SummaryWriter | None = None,
        scaffold: Any = None,
        summary_op: Any = None,
    ) -> None:
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        self._summary_op = summary_op
        self._summary_writer = summary_writer
        self._output_dir = output_dir
        self._scaffold = scaffold
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self) -> None:
        """Opens the writer."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = file_writer(self._output_dir)
        self._next_step: int | None = None
        self._global_step_tensor = global_step_read("SummarySaverHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Asks for the global step, and for the summaries when it is time."""
        self._request_summary = self._next_step is None or self._timer.should_trigger_for_step(self._next_step)
        requests: dict[str, Any] = {"global_step": self._global_step_tensor}
        if self._request_summary:
            summary_ops = self._summary_ops()
            if summary_ops is not None:
                requests["summary"] = summary_ops
        return SessionRunArgs(requests)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Writes them."""
        writer = self._summary_writer
        if writer is None:
            return
        step = run_values.results["global_step"] + 1
        if self._request_summary:
            step = run_context.session.run(self._global_step_tensor)
        if self._next_step is None:
            writer.add_session_log(messages.SessionLog(status=messages.SessionLog.START), step)
        if self._request_summary:
            self._timer.update_last_triggered_step(step)
            for summary in run_values.results.get("summary", ()):
                writer.add_summary(summary, step)
        self._next_step = step + 1

    def end(self, session: Any = None) -> None:
        """Puts all that was written on the disk."""
        if self._summary_writer is not None:
            self._summary_writer.flush()

    def _summary_ops(self) -> list[Any] | None:
        summary_op = self._summary_op if self._summary_op is not None else self._scaffold.summary_op
        if summary_op is None or isinstance(summary_op, list):
            return summary_op
        return [summary_op]


class GraphSaverHook(SessionRunHook):
    """Writes the graph, once it is final, for TensorBoard's graph tab."""

    def __init__(self, output_dir: str) -> None:
        self._output_dir = output_dir
        self._saved = False

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Writes it, the first time."""
        if not self._saved:
            self._saved = True
            file_writer(self._output_dir).add_graph(session.graph)
