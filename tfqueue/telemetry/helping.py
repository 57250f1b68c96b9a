"""Helper threads: what they do counts for the worker whose step they serve, while its own thread goes on.

Invariants:
  - a helper counts into its own `Helper`, which nobody else writes; the worker gets the sums, under its lock, after;
  - what a helper waits for, it waits for on the worker's account.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from .stages import OpenEnqueue, Worker, thread_state, use_worker


class Helper(Worker):
    """Stands for a worker on another thread, for the length of one call. Owned by that thread."""

    __slots__ = ("_worker",)

    def __init__(self, worker: Worker) -> None:
        # None of the worker's clocks: it has a state, and a life, only through the worker.
        self.stage, self.name = worker.stage, worker.name
        self.runs = self.draws = self.elements_in = self.elements_out = 0
        self.drawing = None
        self._worker = worker

    def park(self, state: int) -> None:
        """The worker waits, for one thread more."""
        self._worker.park(state)

    def unpark(self, state: int) -> None:
        """The worker waits, for one thread less."""
        self._worker.unpark(state)

    def open_enqueue(self, enqueue: OpenEnqueue) -> None:
        """What it puts in counts for the worker at once."""
        self._worker.open_enqueue(enqueue)

    def settle_enqueue(self, enqueue: OpenEnqueue) -> None:
        """What it has put in stays counted there."""
        self._worker.settle_enqueue(enqueue)

    def wake(self) -> None:
        """Starts the worker's clocks again."""
        self._worker.wake()

    def input_ended(self) -> None:
        """Nothing: the worker hears of it from its own thread, when the step takes the result."""

    def hand_over(self) -> None:
        """Adds what it counted to the worker, once."""
        self._worker.add_helped(self.draws, self.elements_in, self.elements_out)


@contextmanager
def helping(worker: Worker | None) -> Iterator[None]:
    """What the calling helper thread does inside counts for `worker`.

    Without one the thread that it helps is no worker yet; then the helper is a consumer itself if it draws, and ended
    when it is done.
    """
    helper = None if worker is None else Helper(worker)
    try:
        with use_worker(helper):
            yield
    finally:
        if helper is not None:
            helper.hand_over()
        for end in (thread_state.ends or {}).values():
            end.worker.end()
