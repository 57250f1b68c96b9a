"""Hooks that end a loop, or hold it up: at a step, at a NaN, until a step.

After TensorFlow 1's python/training/basic_session_run_hooks.py.
"""

import logging
from typing import Any

import numpy as np

from .coordinator import Coordinator
from .global_step import global_step_read
from .session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues

_log = logging.getLogger("tfqueue")

LOOK_SECONDS = 0.5
"""How often a waiting hook looks at the global step."""


class StopAtStepHook(SessionRunHook):
    """Asks for the end after so many steps, or at a step.

    Args:
      num_steps: steps from the one at which the first session starts.
      last_step: the global step at which to end.

    Raises:
      ValueError: none or both are given.
      RuntimeError: by `begin`, when the graph has no global step.
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps = num_steps
        self._last_step = last_step

    def begin(self) -> None:
        """Makes the op that reads the global step."""
        self._global_step_tensor = global_step_read("StopAtStepHook")

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Counts from where the first session starts."""
        if self._last_step is None:
            assert self._num_steps is not None
            self._last_step = session.run(self._global_step_tensor) + self._num_steps

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Asks for the global step."""
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Asks for the end when the last step is done."""
        # What was read may be from before or after this step's increment: near the end it is read again.
        if run_values.results + 1 >= self._last_step:
            step = run_context.session.run(self._global_step_tensor)
            if step >= self._last_step:
                run_context.request_stop()


class NanLossDuringTrainingError(RuntimeError):
    """The tensor of a `NanTensorHook` became NaN."""

    def __str__(self) -> str:
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Ends the loop when a tensor is NaN.

    Args:
      loss_tensor: a scalar, fetched in every run.
      fail_on_nan_loss: raise NanLossDuringTrainingError; otherwise ask for the end, with a warning in the log.
    """

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True) -> None:
        self._loss_tensor = loss_tensor
        self._fail_on_nan_loss = fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Asks for the tensor."""
        return SessionRunArgs(self._loss_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Looks at it."""
        if not np.isnan(run_values.results):
            return
        words = "Model diverged with loss = NaN."
        if self._fail_on_nan_loss:
            _log.error(words)
            raise NanLossDuringTrainingError
        _log.warning(words)
        run_context.request_stop()


class GlobalStepWaiterHook(SessionRunHook):
    """Holds the first run up until the global step has reached `wait_until_step`, or the session's threads must stop.

    Raises RuntimeError, by `begin`, when the graph has no global step.
    """

    def __init__(self, wait_until_step: int) -> None:
        self._wait_until_step = wait_until_step
        self._coord: Coordinator | None = None

    def begin(self) -> None:
        """Makes the op that reads the global step."""
        self._worker_is_started = False
        self._global_step_tensor = global_step_read("GlobalStepWaiterHook")

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Remembers who says when to stop."""
        self._coord = coord

    def before_run(self, run_context: SessionRunContext) -> None:
        """Waits, the first time."""
        if not self._worker_is_started and self._wait_until_step > 0:
            self._wait(run_context.session)
        self._worker_is_started = True

    def _wait(self, session: Any) -> None:
        _log.info("Waiting for global step %d before starting training.", self._wait_until_step)
        coord = self._coord or Coordinator()
        last_logged_step = 0
        while True:
            step = session.run(self._global_step_tensor)
            if step >= self._wait_until_step or coord.wait_for_stop(LOOK_SECONDS):
                return
            if step - last_logged_step > 1000:
                _log.info(
                    "Waiting for global step %d before starting training. Current step is %d.",
                    self._wait_until_step,
                    step,
                )
                last_logged_step = step
