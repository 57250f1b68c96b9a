"""What a hook is: an object that is told of each run of a monitored session, and may add to it.

Order of the calls, for hooks in the order they were given:

    begin                 once; the graph may still be changed
    after_create_session  for each session, also one made anew after a failure; the graph is final
    before_run            may answer with what to fetch and feed besides
    after_run             with what was fetched; not after a run that failed
    end                   once; not after an exception other than the end of input

After TensorFlow 1's python/training/session_run_hook.py.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class SessionRunArgs(NamedTuple):
    """What a hook adds to a run: the arguments of `Session.run`."""

    fetches: Any
    """A tensor, an op, or any nest of them; None: nothing."""
    feed_dict: Mapping[Any, Any] | None = None
    """Values for tensors that neither the user nor another hook feeds."""
    options: Any = None
    """`RunOptions`; of several the larger numbers count, and every True."""


class SessionRunValues(NamedTuple):
    """What a run gave a hook."""

    results: Any
    """The values of the `fetches` that it asked for, in the same nest; None when it asked for none."""
    options: Any
    """The `RunOptions` of the run."""
    run_metadata: Any
    """The `RunMetadata` of the run."""


class SessionRunContext:
    """A run that is about to be made, or was: who asked for what, and in which session. A hook may ask for the end."""

    def __init__(self, original_args: SessionRunArgs | None, session: Any) -> None:
        self._original_args = original_args
        self._session = session
        self._stop_requested = False

    @property
    def original_args(self) -> SessionRunArgs | None:
        """What the user gave to `run`."""
        return self._original_args

    @property
    def session(self) -> Any:
        """The session that runs it: a run in it calls no hooks."""
        return self._session

    @property
    def stop_requested(self) -> bool:
        """Whether a hook asked for the end."""
        return self._stop_requested

    def request_stop(self) -> None:
        """Makes `should_stop()` of the monitored session True from now on."""
        self._stop_requested = True


class SessionRunHook:
    """Is told of each run of a `MonitoredSession`. A subclass overrides what it needs."""

    def begin(self) -> None:
        """Called once, before there is a session. The default graph may be added to here, and here only."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Called when a session was made, initialized, and its queue runners started.

        Args:
          session: a `Session`; its graph is final.
          coord: the `Coordinator` of its threads.
        """

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Called before each run; what it returns is run as well."""
        return None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Called after each run that raised nothing."""

    def end(self, session: Any) -> None:
        """Called before the session closes, unless an exception other than OutOfRangeError or StopIteration ends it."""
