"""Runs a plan in the calling thread; what would block is started, and waited for only when nothing else can go on.

Invariants:
  - every op of a step runs once at most, after all it depends on;
  - the thread parks only when no op is ready: independent ops of one step behave as if they ran at the same time;
  - the first error ends the step: what still waits is called off, and nothing of the step goes on in its own thread;
  - an element that a called-off dequeue had already got goes back to its queue.
"""

import time
from collections import deque
from collections.abc import Callable
from operator import length_hint
from typing import Any, cast

from tfqueue.framework.cancellation import CancellationManager
from tfqueue.framework.errors import CancelledError, DeadlineExceededError, OutOfRangeError
from tfqueue.queues.attempts import Attempt, WaitSet
from tfqueue.telemetry.helping import helping
from tfqueue.telemetry.stages import Worker, current_worker

from .calls import LATER, STEP, Slots
from .faults import raise_located
from .plan import Plan


class Step:
    """One run of a plan, as kernels see it. Owned by the thread that runs it; others may cancel it."""

    __slots__ = ("_cancellation", "deadline", "session")

    def __init__(self, session: Any, timeout: float | None) -> None:
        self.session = session
        """The session it runs in."""
        self.deadline = None if timeout is None else time.monotonic() + timeout
        """When it must end, in seconds of `time.monotonic()`; None: it may wait without limit."""
        self._cancellation: CancellationManager | None = None

    @property
    def cancellation(self) -> CancellationManager:
        """Called off when the step has failed, or its session is closed."""
        # Made when first asked for: most steps never wait.
        if self._cancellation is None:
            self._cancellation = CancellationManager()
        return self._cancellation

    def remaining(self) -> float | None:
        """Seconds until the deadline, 0 when it is over; None without one."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())


def execute(plan: Plan, slots: Slots) -> None:
    """Runs all steps of `plan` on `slots`, which hold the feeds, and the `Step` if the plan takes one.

    Raises:
      OpError: what went wrong first, with the op at fault.
    """
    calls = iter(plan.calls)
    try:
        for call in calls:
            waiting = call(slots)
            if waiting is not None:
                break
        else:
            return
    except Exception as error:  # noqa: BLE001 - raised again, with its op
        # The iterator knows how many are left: so the straight way pays nothing for knowing where it is.
        plan.steps[-length_hint(calls) - 1].fail(error, slots)
    _WaitingStep(plan, slots, len(plan.calls) - length_hint(calls) - 1).run(waiting)


def execute_blocking(plan: Plan, slots: Slots) -> None:
    """`execute` for a plan with kernels that may block: closing the session calls them off."""
    step: Step = slots[STEP]
    with step.session.active(step):
        execute(plan, slots)


class _WaitingStep:
    """The rest of a step from its first op that waits. Owned by the thread that runs the step."""

    __slots__ = (
        "_blocking",
        "_left",
        "_missing",
        "_plan",
        "_ready",
        "_slots",
        "_step",
        "_waiting",
        "_waits",
    )

    def __init__(self, plan: Plan, slots: Slots, index: int) -> None:
        self._plan, self._slots = plan, slots
        self._step: Step = slots[STEP]
        self._left = len(plan.steps) - index
        self._missing = [step.dependencies for step in plan.steps]
        self._ready: deque[int] = deque()
        self._blocking: deque[int] = deque()  # ready too, but may block the thread
        self._waits = WaitSet()
        self._waiting: dict[int, Attempt | _HelperCall] = {}
        for done in range(index):
            for other in plan.steps[done].dependents:
                self._missing[other] -= 1

    def run(self, first: Any) -> None:
        """Runs what is left. `first` is what the call of the first op that is left came back with."""
        index = len(self._plan.steps) - self._left
        try:
            with self._step.session.active(self._step):
                self._enlist(index, first)
                while self._left:
                    if self._ready:
                        self._start(self._ready.popleft())
                    elif self._blocking:
                        self._start_blocking(self._blocking.popleft())
                    else:
                        self._park()
        except BaseException:
            self._call_off()
            raise

    def _enlist(self, index: int, first: Any) -> None:
        if first is LATER:
            self._blocking.append(index)
        else:
            self._wait_for(index, first)
        for other in range(index + 1, len(self._missing)):
            if self._missing[other] == 0:
                self._make_ready(other)

    def _make_ready(self, index: int) -> None:
        (self._blocking if self._plan.steps[index].blocking else self._ready).append(index)

    def _start(self, index: int) -> None:
        step = self._plan.steps[index]
        try:
            attempt = step.call(self._slots)
        except Exception as error:  # noqa: BLE001 - raised again, with its op
            step.fail(error, self._slots)
        if attempt is None:
            self._done(index)
        else:
            self._wait_for(index, attempt)

    def _start_blocking(self, index: int) -> None:
        if not self._blocking and not self._waiting:
            self._start(index)
            return
        step = self._plan.steps[index]
        call = _HelperCall(lambda: step.call(self._slots), current_worker())
        self._wait_for(index, call)
        self._step.session.helpers.start(call)

    def _wait_for(self, index: int, attempt: "Attempt | _HelperCall") -> None:
        self._waiting[index] = attempt
        self._waits.add(cast(Attempt, attempt), index)
        if isinstance(attempt, Attempt):
            # With its own words for it: "Dequeue operation was cancelled".
            self._step.cancellation.register(lambda error: attempt.cancel())

    def _park(self) -> None:
        done = self._waits.wait(self._step.remaining())
        if done is None:
            index, attempt = next(iter(self._waiting.items()))
            words = f"Timed out waiting for notification: {attempt.describe()}"
            raise_located(DeadlineExceededError(None, None, words), self._plan.steps[index].op)
        attempt, index = done
        step = self._plan.steps[index]
        del self._waiting[index]
        try:
            value = attempt.result()
            if isinstance(attempt, Attempt):
                step.deliver(self._slots, value)
        except Exception as error:  # noqa: BLE001 - raised again, with its op
            step.fail(error, self._slots)
        self._done(index)

    def _done(self, index: int) -> None:
        self._left -= 1
        for other in self._plan.steps[index].dependents:
            self._missing[other] -= 1
            if self._missing[other] == 0:
                self._make_ready(other)

    def _call_off(self) -> None:
        for attempt in self._waiting.values():
            attempt.abandon()
        self._step.cancellation.cancel(CancelledError(None, None, "The step was called off: another op failed."))


class _HelperCall:
    """A blocking call on a helper thread, `HelperThreads` runs it; to a `WaitSet` it is an attempt like others."""

    __slots__ = ("_call", "_callback", "_error", "_worker")

    operation = "blocking call"

    def __init__(self, call: Callable[[], object], worker: Worker | None) -> None:
        self._call = call
        self._worker = worker
        self._error: BaseException | None = None
        self._callback: Callable[[_HelperCall], None] | None = None

    def add_done_callback(self, callback: "Callable[[_HelperCall], None]") -> None:
        """Calls `callback(self)` on the helper thread when the call has ended. Before it runs, and once."""
        self._callback = callback

    def result(self) -> None:
        """Raises what the call raised. In the thread that runs the step."""
        if self._error is not None:
            if self._worker is not None and isinstance(self._error, OutOfRangeError):
                self._worker.input_ended()
            raise self._error

    def abandon(self) -> None:
        """Nothing to do: the call sees that its step is called off."""

    def describe(self) -> str:
        return "a blocking op"

    def hint(self) -> None:
        """Nothing to say."""

    def run(self) -> None:
        """Makes the call, on the helper thread."""
        try:
            with helping(self._worker):
                self._call()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that runs the step
            self._error = error

    def finish(self) -> None:
        """Wakes the step that waits for the call."""
        if self._callback is not None:
            self._callback(self)
