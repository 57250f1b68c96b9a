"""The layers of a monitored session, from the inside out: hooks, a coordinator, recovery.

Invariants:
  - a layer that was closed runs nothing more, and says `should_stop()`;
  - hooks are called in the order they were given, before and after;
  - an AbortedError or UnavailableError ends the session and begins another: nobody above sees it.
After TensorFlow 1's python/training/monitored_session.py.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from tfqueue.framework.errors import AbortedError, UnavailableError
from tfqueue.session.config import RunMetadata, RunOptions

from .coordinator import Coordinator
from .session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues

_log = logging.getLogger("tfqueue")

PREEMPTION_ERRORS = (AbortedError, UnavailableError)
"""What a new session may mend."""

StepFunction = Callable[[Callable[..., Any]], Any]
"""Takes what runs fetches with hooks; gives what the user's step function gave."""


class Layer(Protocol):
    """A session with a word on when to stop."""

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """As `Session.run`."""

    def run_step(self, step: StepFunction) -> Any:
        """Calls `step` with a function that runs fetches."""

    def should_stop(self) -> bool:
        """Whether it should not be used any more."""

    def check_stop(self) -> bool:
        """Whether this layer by itself says so; raises what its threads raised."""

    def close(self) -> None:
        """Ends it."""


class HookedSession:
    """Calls hooks before and after each run.

    Args:
      session: the `Session`, closed with this.
      hooks: in the order of their calls.
    """

    def __init__(self, session: Any, hooks: Sequence[SessionRunHook]) -> None:
        self._session = session
        self._hooks = hooks
        self._stop_requested = False

    def should_stop(self) -> bool:
        """A hook asked for the end, or it is closed."""
        return self._stop_requested or self._session is None

    def close(self) -> None:
        """Closes the session."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """Runs what the user and the hooks want in one step.

        Raises:
          RuntimeError: the end was asked for; or two feed the same tensor.
        """
        if self.should_stop():
            raise RuntimeError("Run called even after should_stop requested.")
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self._session)
        options = RunOptions() if options is None else options
        run_metadata = RunMetadata() if run_metadata is None else run_metadata
        wanted, feeds = self._ask_hooks(context, feed_dict, options)
        # The hooks' fetches stand first: of a variable that the user's step changes they get the value before it.
        *results, result = self._session.run([*wanted.values(), fetches], feeds, options, run_metadata)
        by_hook = dict(zip(wanted, results, strict=True))
        for hook in self._hooks:
            hook.after_run(context, SessionRunValues(by_hook.get(hook), options, run_metadata))
        self._stop_requested = self._stop_requested or context.stop_requested
        return result

    def _ask_hooks(
        self, context: SessionRunContext, user_feeds: Mapping[Any, Any] | None, options: Any
    ) -> tuple[dict[SessionRunHook, Any], Mapping[Any, Any] | None]:
        """What each hook wants fetched, and all feeds; their options go into `options`."""
        wanted: dict[SessionRunHook, Any] = {}
        feeds: dict[Any, Any] = {}
        for hook in self._hooks:
            request = hook.before_run(context)
            if request is None:
                continue
            if request.fetches is not None:
                wanted[hook] = request.fetches
            if request.feed_dict:
                _check_apart(feeds, request.feed_dict, "Same tensor is fed by two hooks.")
                feeds.update(request.feed_dict)
            if request.options:
                _merge_options(options, request.options)
        if not feeds:
            return wanted, user_feeds
        if user_feeds:
            _check_apart(user_feeds, feeds, "Same tensor is fed by a SessionRunHook and user.")
            feeds.update(user_feeds)
        return wanted, feeds


class CoordinatedSession:
    """Ends the threads of a session with it, and tells what went wrong in them.

    Args:
      session: with the hooks.
      coord: of the threads; they are told to stop by `close`, and waited for.
      stop_grace_period_secs: seconds that they may take.
    """

    def __init__(self, session: HookedSession, coord: Coordinator, stop_grace_period_secs: float) -> None:
        self._session: HookedSession | None = session
        self._coord = coord
        self._stop_grace_period_secs = stop_grace_period_secs

    def check_stop(self) -> bool:
        """The coordinator stopped. Raises the exception that stopped it."""
        self._coord.raise_requested_exception()
        return self._coord.should_stop()

    def should_stop(self) -> bool:
        """The coordinator stopped, a hook asked for the end, or it is closed."""
        return self.check_stop() or self._session is None or self._session.should_stop()

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """As `Session.run`. An error that follows from a preemption of a thread is raised as that preemption."""
        try:
            return self._open().run(fetches, feed_dict, options, run_metadata)
        except PREEMPTION_ERRORS:
            raise
        except Exception:
            self._raise_preemption()
            raise

    def run_step(self, step: StepFunction) -> Any:
        """Calls `step` with `run`."""
        return step(self.run)

    def close(self) -> None:
        """Stops and joins the threads, then closes the session. Raises what a thread raised."""
        self._coord.request_stop()
        try:
            self._coord.join(stop_grace_period_secs=self._stop_grace_period_secs, ignore_live_threads=True)
        finally:
            session, self._session = self._session, None
            if session is not None:
                session.close()

    def _open(self) -> HookedSession:
        if self._session is None:
            raise RuntimeError("Session is already closed.")
        return self._session

    def _raise_preemption(self) -> None:
        try:
            self._coord.raise_requested_exception()
        except PREEMPTION_ERRORS:
            raise
        except Exception as error:  # noqa: BLE001 - `close` raises it; what the run raised comes first
            _log.debug("a thread of the session failed: %s", error)


class RecoverableSession:
    """Makes a new session when one is lost.

    Args:
      create: makes a session with all that belongs to it.
    """

    def __init__(self, create: Callable[[], CoordinatedSession]) -> None:
        self._create = create
        self._session: CoordinatedSession | None = self._created()

    def check_stop(self) -> bool:
        """The threads stopped, or one failed; False after a preemption, when there is a new session."""
        try:
            return self._session is None or self._session.check_stop()
        except PREEMPTION_ERRORS as error:
            self._lose(error)
            self._session = self._created()
            return False
        except Exception as error:  # noqa: BLE001 - `close` raises it; a question for the end is answered
            _log.debug("the session should stop, since a thread failed: %s", error)
            return True

    def should_stop(self) -> bool:
        """The threads stopped, a hook asked for the end, or it is closed."""
        return self.check_stop() or self._session is None or self._session.should_stop()

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """As `Session.run`, again and again in a new session while sessions are lost."""
        return self._retry(lambda session: session.run(fetches, feed_dict, options, run_metadata))

    def run_step(self, step: StepFunction) -> Any:
        """Calls `step` with what runs fetches in the session of the moment; anew when that is lost."""
        return self._retry(lambda session: session.run_step(step))

    def close(self) -> None:
        """Closes the session of the moment."""
        session, self._session = self._session, None
        if session is None:
            return
        try:
            session.close()
        except PREEMPTION_ERRORS as error:
            _log.error("A session was lost while it was being closed: %s", error)

    def _retry(self, attempt: Callable[[CoordinatedSession], Any]) -> Any:
        while True:
            try:
                if self._session is None:
                    self._session = self._created()
                return attempt(self._session)
            except PREEMPTION_ERRORS as error:
                self._lose(error)

    def _lose(self, error: Exception) -> None:
        _log.info("A session was lost; it is closed, and a new one made. Error: %s", error)
        self.close()

    def _created(self) -> CoordinatedSession:
        while True:
            try:
                return self._create()
            except PREEMPTION_ERRORS as error:
                _log.info("A session was lost while it was being made; another one is made. Error: %s", error)


def _check_apart(feeds: Mapping[Any, Any], others: Mapping[Any, Any], words: str) -> None:
    both = feeds.keys() & others.keys()
    if both:
        raise RuntimeError(f"{words} Conflict(s): {list(both)}")


def _merge_options(options: Any, others: Any) -> None:
    """Takes the larger of each number, and each True."""
    for field in ("trace_level", "timeout_in_ms", "inter_op_thread_pool"):
        setattr(options, field, max(getattr(options, field), getattr(others, field)))
    for field in ("output_partition_graphs", "report_tensor_allocations_upon_oom"):
        setattr(options, field, getattr(options, field) or getattr(others, field))
