"""When a hook does its work: every so many seconds, every so many steps, or never."""

import time


class SecondOrStepTimer:
    """Tells a hook whether it is its turn: at first, then every N seconds or every N steps.

    Args:
      every_secs: seconds from one turn to the next.
      every_steps: steps from one turn to the next.

    Raises:
      ValueError: none or both are given.
    """

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None) -> None:
        self.reset()
        self._every_secs = every_secs
        self._every_steps = every_steps
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")

    def reset(self) -> None:
        """Forgets the last turn: the next step is one."""
        self._last_triggered_step: int | None = None
        self._last_triggered_time: float | None = None

    def should_trigger_for_step(self, step: int) -> bool:
        """Whether `step` is a turn: the first one asked for, or late enough after the last, and not that step again."""
        if self._last_triggered_step is None or self._last_triggered_time is None:
            return True
        if self._last_triggered_step == step:
            return False
        if self._every_secs is not None:
            return time.time() >= self._last_triggered_time + self._every_secs
        assert self._every_steps is not None
        return bool(step >= self._last_triggered_step + self._every_steps)

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        """Takes the turn at `step`. Returns seconds and steps since the last one, two None for the first."""
        now = time.time()
        elapsed: tuple[float | None, int | None] = (None, None)
        if self._last_triggered_time is not None and self._last_triggered_step is not None:
            elapsed = (now - self._last_triggered_time, step - self._last_triggered_step)
        self._last_triggered_time, self._last_triggered_step = now, step
        return elapsed

    def last_triggered_step(self) -> int | None:
        """The step of the last turn; None before the first."""
        return self._last_triggered_step


class NeverTriggerTimer:
    """A timer for a hook that works at the end only."""

    def reset(self) -> None:
        """Nothing to forget."""

    def should_trigger_for_step(self, step: int) -> bool:
        """Never."""
        return False

    def update_last_triggered_step(self, step: int) -> tuple[None, None]:
        """There is no turn before this one."""
        return None, None

    def last_triggered_step(self) -> None:
        """There is none."""


HookTimer = SecondOrStepTimer | NeverTriggerTimer
