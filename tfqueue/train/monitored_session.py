"""`MonitoredSession`: one `with` for a session, its initialization, its queue runners, and hooks.

Invariants:
  - a session that was closed is closed for good: its threads have ended, its graph may be changed again;
  - the end of input ends the `with` without an exception, what a thread raised is raised by it;
  - the graph that was the default one at the start is the session's, whoever uses it later.
After TensorFlow 1's python/training/monitored_session.py.
"""

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import Any, Self

from tfqueue.framework.errors import OutOfRangeError
from tfqueue.graph.graph import GraphKeys, get_default_graph

from .coordinator import Coordinator
from .queue_runner import start_queue_runners
from .scaffold import Scaffold
from .session_creators import ChiefSessionCreator, SessionCreator
from .session_run_hook import SessionRunHook
from .wrapped_sessions import CoordinatedSession, HookedSession, Layer, RecoverableSession


class StepContext:
    """What a step function gets: the session without hooks, a run with hooks, and a way out."""

    def __init__(self, session: Any, run_with_hooks_fn: Callable[..., Any]) -> None:
        self._session = session
        self._run_with_hooks_fn = run_with_hooks_fn

    @property
    def session(self) -> Any:
        """The `Session`: its runs call no hooks."""
        return self._session

    def run_with_hooks(self, *args: Any, **kwargs: Any) -> Any:
        """As `MonitoredSession.run`."""
        return self._run_with_hooks_fn(*args, **kwargs)

    def request_stop(self) -> None:
        """Leaves the step function, and the `with` around it, by a StopIteration."""
        raise StopIteration("step_fn has requested the iterations to stop.")


class _MonitoredSession:
    """What `MonitoredSession` and `SingularMonitoredSession` have in common."""

    StepContext = StepContext

    def __init__(
        self,
        session_creator: SessionCreator | None,
        hooks: Iterable[SessionRunHook] | None,
        should_recover: bool,
        stop_grace_period_secs: float,
    ) -> None:
        self._graph = get_default_graph()
        self._graph_was_finalized = self._graph.finalized
        self._hooks = list(hooks or ())
        for hook in self._hooks:
            hook.begin()
        self._session_creator = session_creator or ChiefSessionCreator()
        self._stop_grace_period_secs = stop_grace_period_secs
        self._companions: list[Any] = []
        self._raw: Any = None
        self._layers: Layer | None = RecoverableSession(self._create) if should_recover else self._create()

    @property
    def graph(self) -> Any:
        """The graph that it runs; None when it is closed."""
        return None if self._raw is None else self._raw.graph

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """As `Session.run`, with the hooks called before and after.

        Raises:
          RuntimeError: it is closed, or the end was asked for.
        """
        return self._open().run(fetches, feed_dict, options, run_metadata)

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        """Calls `step_fn(step_context)`, and returns what it returns.

        Raises:
          ValueError: it does not take just one argument `step_context`, a method's `self` apart.
          StopIteration: it called `step_context.request_stop()`; a `with` around catches it.
        """
        arguments = _argument_names(step_fn)
        if arguments not in {("step_context",), ("self", "step_context")}:
            raise ValueError(
                "`step_fn` may either have one `step_context` argument, or `self` and `step_context` arguments "
                f"if it's an instance method. Got {arguments} instead."
            )
        return self._open().run_step(lambda run_with_hooks: step_fn(StepContext(self._raw, run_with_hooks)))

    def should_stop(self) -> bool:
        """Whether the loop should end: a hook asked for it, the threads have stopped, or it is closed."""
        return self._layers is None or self._layers.should_stop()

    def close(self) -> None:
        """Calls the hooks' `end`, stops and joins the threads, closes the session. Raises what a thread raised.

        Raises:
          RuntimeError: it is closed already.
        """
        self._close(call_hooks=True)

    def keep_until_closed(self, companion: Any) -> None:
        """Has `companion.close()` called after the session has been closed."""
        self._companions.append(companion)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        at_end = kind is None or kind in {OutOfRangeError, StopIteration}
        self._close(call_hooks=at_end)
        return at_end

    def _create(self) -> CoordinatedSession:
        """A new session with all that belongs to it: threads, coordinator, hooks."""
        with self._graph.as_default():
            self._raw = self._session_creator.create_session()
            # No exception is an ordinary end here: what a thread raises is raised to the user.
            coord = Coordinator(clean_stop_exception_types=[])
            if self._graph.get_collection(GraphKeys.QUEUE_RUNNERS):
                start_queue_runners(sess=self._raw, coord=coord)
            for hook in self._hooks:
                hook.after_create_session(self._raw, coord)
            return CoordinatedSession(HookedSession(self._raw, self._hooks), coord, self._stop_grace_period_secs)

    def _open(self) -> Layer:
        if self._layers is None:
            raise RuntimeError("Session is already closed.")
        return self._layers

    def _close(self, call_hooks: bool) -> None:
        layers = self._open()
        try:
            if call_hooks:
                for hook in self._hooks:
                    hook.end(self._raw)
        finally:
            try:
                layers.close()
            finally:
                self._layers = self._raw = None
                for companion in self._companions:
                    companion.close()
                if not self._graph_was_finalized:
                    self._graph.unfinalize()


class MonitoredSession(_MonitoredSession):
    """A session with all that belongs to it: made, initialized, its queue runners started, hooks called, all ended.

    At the start, in this order: `begin` of each hook, the scaffold finalizes the graph, the session is made and
    initialized, queue runners start, `after_create_session` of each hook. Each `run` calls `before_run`, runs, and
    calls `after_run`. At the end: `end` of each hook, threads stopped and joined, session closed; in a `with` the end
    of input (OutOfRangeError) and StopIteration are no errors. An AbortedError or UnavailableError of a run makes a
    new session, in which the run is repeated.

    It is no `Session`: it cannot be the default session.

    Args:
      session_creator: makes the sessions; default a `ChiefSessionCreator`.
      hooks: `SessionRunHook`s, called in this order.
      stop_grace_period_secs: seconds that threads may take to end.

    >>> with MonitoredSession() as session:
    ...     while not session.should_stop():
    ...         session.run(train_op)
    """

    def __init__(
        self,
        session_creator: SessionCreator | None = None,
        hooks: Iterable[SessionRunHook] | None = None,
        stop_grace_period_secs: float = 120,
    ) -> None:
        super().__init__(session_creator, hooks, True, stop_grace_period_secs)


class SingularMonitoredSession(_MonitoredSession):
    """A `MonitoredSession` that does not recover, and lets its session be seen.

    Args:
      hooks, stop_grace_period_secs: as `MonitoredSession` has them.
      scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path: as `ChiefSessionCreator` has them.
    """

    def __init__(
        self,
        hooks: Iterable[SessionRunHook] | None = None,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        stop_grace_period_secs: float = 120,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path)
        super().__init__(creator, hooks, False, stop_grace_period_secs)

    def raw_session(self) -> Any:
        """The `Session`: its runs call no hooks. None when it is closed."""
        return self._raw


def _argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of what it still takes: not what a `partial` has filled in, not a bound method's self."""
    if isinstance(function, partial):
        names = _argument_names(function.func)[len(function.args) :]
        return tuple(name for name in names if name not in function.keywords)
    routine: Any = function if inspect.isroutine(function) else type(function).__call__.__get__(function)
    names = tuple(inspect.getfullargspec(routine).args)
    return names[1:] if inspect.ismethod(routine) else names
