"""`SessionManager`: makes a session and sees to it that it is ready.

After TensorFlow 1's python/training/session_manager.py, without its checkpoints.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tfqueue.framework.errors import DeadlineExceededError, FailedPreconditionError
from tfqueue.graph.graph import Graph, get_default_graph
from tfqueue.session.session import Session

_log = logging.getLogger("tfqueue")


class SessionManager:
    """Makes sessions of one graph.

    Args:
      local_init_op: run in each new session, once `ready_for_local_init_op` says so.
      ready_op: gives the names of what is not yet initialized; None: nothing is checked.
      ready_for_local_init_op: the same for what must be ready before `local_init_op`.
      graph: default the default graph.
      recovery_wait_secs: accepted and without effect, see `wait_for_session`.
      local_init_run_options, local_init_feed_dict: for the run of `local_init_op`.

    Raises:
      ValueError: `ready_for_local_init_op` without `local_init_op`.
    """

    def __init__(
        self,
        local_init_op: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        graph: Graph | None = None,
        recovery_wait_secs: float = 30,
        local_init_run_options: Any = None,
        local_init_feed_dict: Mapping[Any, Any] | None = None,
    ) -> None:
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a local_init_op , "
                f"ready_for_local_init_op [{ready_for_local_init_op}]"
            )
        self._local_init_op = local_init_op
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._graph = graph or get_default_graph()
        self._local_init_run_options = local_init_run_options
        self._local_init_feed_dict = local_init_feed_dict

    def prepare_session(
        self,
        master: str,
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
        init_feed_dict: Mapping[Any, Any] | None = None,
        init_fn: Callable[[Any], Any] | None = None,
    ) -> Session:
        """A new session, initialized by `init_op`, `init_fn` and the local init op, in this order.

        Args:
          master: must be empty.
          init_op: initializes the variables, fed with `init_feed_dict`.
          saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs: accepted and
            without effect: tfqueue restores no checkpoints.
          config: `ConfigProto` of the session.
          init_fn: called with the session after `init_op`.

        Raises:
          RuntimeError: there is nothing to initialize with, or the session is not ready afterwards.
          ValueError: both kinds of checkpoint are given.
        """
        if checkpoint_dir and checkpoint_filename_with_path:
            raise ValueError("Can not provide both checkpoint_dir and checkpoint_filename_with_path.")
        session = Session(master, graph=self._graph, config=config)
        try:
            self._initialize(session, init_op, init_feed_dict, init_fn)
        except BaseException:
            session.close()
            raise
        return session

    def wait_for_session(self, master: str, config: Any = None, max_wait_secs: float | None = None) -> Session:
        """A new session that somebody else has initialized; only its local init op is run.

        Sessions of this process share no variables: nobody can make one ready later that is not ready now. So it fails
        at once where TensorFlow waits `max_wait_secs` first.

        Raises:
          DeadlineExceededError: it is not ready.
        """
        session = Session(master, graph=self._graph, config=config)
        try:
            missing = self._run_local_init(session) or _missing(self._ready_op, session, "Model not ready")
        except BaseException:
            session.close()
            raise
        if missing is None:
            return session
        session.close()
        raise DeadlineExceededError(
            None,
            None,
            f"Session was not ready after waiting {int(max_wait_secs or 0)} secs. {missing}. Sessions run in this "
            "process and share no variables, so no other one can initialize them: use is_chief=True, or a "
            "ChiefSessionCreator.",
        )

    def _initialize(
        self,
        session: Session,
        init_op: Any,
        init_feed_dict: Mapping[Any, Any] | None,
        init_fn: Callable[[Any], Any] | None,
    ) -> None:
        if init_op is None and init_fn is None and self._local_init_op is None:
            raise RuntimeError("Model is not initialized and no init_op or init_fn or local_init_op was given")
        if init_op is not None:
            session.run(init_op, feed_dict=init_feed_dict)
        if init_fn is not None:
            init_fn(session)
        name = getattr(init_op, "name", init_op)
        missing = self._run_local_init(session)
        if missing is not None:
            raise RuntimeError(
                "Init operations did not make model ready for local_init.  "
                f"Init op: {name}, init fn: {init_fn}, error: {missing}"
            )
        missing = _missing(self._ready_op, session, "Model not ready")
        if missing is not None:
            raise RuntimeError(
                "Init operations did not make model ready.  "
                f"Init op: {name}, init fn: {init_fn}, local_init_op: {self._local_init_op}, error: {missing}"
            )

    def _run_local_init(self, session: Session) -> str | None:
        """Runs the local init op; if it cannot be run yet, why."""
        if self._local_init_op is None:
            return None
        missing = _missing(self._ready_for_local_init_op, session, "Model not ready for local init")
        if missing is None:
            session.run(self._local_init_op, feed_dict=self._local_init_feed_dict, options=self._local_init_run_options)
        return missing


def _missing(ready_op: Any, session: Session, words: str) -> str | None:
    """What `ready_op` says is missing, in words; None when nothing is."""
    if ready_op is None:
        return None
    try:
        names = session.run(ready_op)
    except FailedPreconditionError as error:
        if "uninitialized" not in str(error):
            _log.warning("%s : error [%s]", words, error)
            raise
        return str(error)
    # None, of an op, and int32 are readiness too, as in TensorFlow.
    if names is None or names.dtype == np.int32 or names.size == 0:
        return None
    return "Variables not initialized: " + ", ".join(name.decode() for name in names)
