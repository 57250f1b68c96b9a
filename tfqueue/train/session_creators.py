"""Who makes the session of a monitored session: a chief, which initializes it, or a worker, which waits for that.

After TensorFlow 1's python/training/monitored_session.py.
"""

from abc import ABC, abstractmethod
from typing import Any

from tfqueue.session.session import Session

from .scaffold import Scaffold
from .session_manager import SessionManager


class SessionCreator(ABC):
    """A factory of sessions; a new one is asked for after each failure that a monitored session recovers from."""

    @abstractmethod
    def create_session(self) -> Any:
        """A session that is ready to run."""


class ChiefSessionCreator(SessionCreator):
    """Makes sessions and initializes them.

    Args:
      scaffold: the ops for it; default a new `Scaffold`, which finalizes the default graph.
      master: must be empty.
      config: `ConfigProto` of the sessions.
      checkpoint_dir, checkpoint_filename_with_path: accepted and without effect: tfqueue restores no checkpoints.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master = master
        self._config = config
        self._checkpoint_dir = checkpoint_dir
        self._checkpoint_filename_with_path = checkpoint_filename_with_path
        self._manager: SessionManager | None = None

    def create_session(self) -> Session:
        """A session whose variables are initialized. RuntimeError when the ops did not make it ready."""
        scaffold = self._scaffold.finalize()
        self._manager = self._manager or _manager(scaffold)
        return self._manager.prepare_session(
            self._master,
            saver=scaffold.saver,
            checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint_filename_with_path,
            config=self._config,
            init_op=scaffold.init_op,
            init_feed_dict=scaffold.init_feed_dict,
            init_fn=scaffold.init_fn,
        )


class WorkerSessionCreator(SessionCreator):
    """Makes sessions that somebody else initializes: they must be ready by themselves, see `SessionManager`.

    Args:
      scaffold: the ops for it; default a new `Scaffold`, which finalizes the default graph.
      master: must be empty.
      config: `ConfigProto` of the sessions.
      max_wait_secs: how long TensorFlow would wait.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        max_wait_secs: float = 30 * 60,
    ) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master = master
        self._config = config
        self._max_wait_secs = max_wait_secs
        self._manager: SessionManager | None = None

    def create_session(self) -> Session:
        """A session that is ready. DeadlineExceededError when it is not."""
        self._manager = self._manager or _manager(self._scaffold.finalize())
        return self._manager.wait_for_session(self._master, config=self._config, max_wait_secs=self._max_wait_secs)


def _manager(scaffold: Scaffold) -> SessionManager:
    return SessionManager(
        local_init_op=scaffold.local_init_op,
        local_init_feed_dict=scaffold.local_init_feed_dict,
        ready_op=scaffold.ready_op,
        ready_for_local_init_op=scaffold.ready_for_local_init_op,
    )
