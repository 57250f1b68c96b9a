"""A thread that does the same thing again and again until its coordinator stops.

After TensorFlow 1's `tf.train.LooperThread` (python/training/coordinator.py).
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .coordinator import Coordinator


class LooperThread(threading.Thread):
    """A daemon thread that calls a function again and again until the coordinator stops; it registers itself there.

    Args:
      coord: the Coordinator.
      timer_interval_secs: seconds from one call's due time to the next, the first call at once; the times are absolute,
        so they do not drift, and a late call is followed by the next at once. None: back to back.
      target, args, kwargs: what to call; or override `run_loop`.

    An exception of the function is handed to the coordinator and ends the thread.

    Errors: ValueError when `coord` is no Coordinator, or for `args` or `kwargs` without `target`.
    """

    def __init__(
        self,
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., object] | None = None,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        if target is None and (args or kwargs):
            raise ValueError("'args' and 'kwargs' argument require that you also pass 'target'")
        super().__init__(daemon=True)
        self._coord = coord
        self._timer_interval_secs = timer_interval_secs
        self._call = None if target is None else (target, tuple(args or ()), dict(kwargs or {}))
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., object],
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> "LooperThread":
        """Starts and returns a LooperThread that calls `target(*args, **kwargs)`."""
        looper = LooperThread(coord, timer_interval_secs, target, args, kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        """The life of the thread: `start_loop`, `run_loop` until the coordinator stops, `stop_loop`."""
        with self._coord.stop_on_exception():
            self.start_loop()
            due = time.monotonic()
            while not self._stopped_before(due):
                if self._timer_interval_secs is not None:
                    due += self._timer_interval_secs
                self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        """Called once, when the thread starts; for subclasses."""

    def run_loop(self) -> None:
        """One turn: calls the target; or overridden by a subclass."""
        if self._call is not None:
            target, args, kwargs = self._call
            target(*args, **kwargs)

    def stop_loop(self) -> None:
        """Called once, after the last turn when the coordinator stopped; for subclasses."""

    def _stopped_before(self, due: float) -> bool:
        if self._timer_interval_secs is None:
            return self._coord.should_stop()
        return self._coord.wait_for_stop(due - time.monotonic())
