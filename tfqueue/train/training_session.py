"""`MonitoredTrainingSession`: a `MonitoredSession` that writes summaries, steps a second, the pipeline's own curves.

After TensorFlow 1's python/training/monitored_session.py, without its checkpoints.
"""

import logging
from collections.abc import Iterable
from typing import Any

from .monitored_session import MonitoredSession
from .outlets import start_monitor
from .scaffold import Scaffold
from .session_creators import ChiefSessionCreator, SessionCreator, WorkerSessionCreator
from .session_run_hook import SessionRunHook
from .summary_hooks import GraphSaverHook, StepCounterHook, SummarySaverHook

_log = logging.getLogger("tfqueue")

USE_DEFAULT: Any = object()
"""Stands for an argument that was not given."""


def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: str | None = None,
    scaffold: Scaffold | None = None,
    hooks: Iterable[SessionRunHook] | None = None,
    chief_only_hooks: Iterable[SessionRunHook] | None = None,
    save_checkpoint_secs: Any = USE_DEFAULT,
    save_summaries_steps: Any = USE_DEFAULT,
    save_summaries_secs: Any = USE_DEFAULT,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: Any = USE_DEFAULT,
    summary_dir: str | None = None,
    save_graph_def: bool = True,
) -> MonitoredSession:
    """A `MonitoredSession` for training.

    In `summary_dir` it writes the graph's summaries, `global_step/sec`, and the graph. In `checkpoint_dir` it writes
    the curves of the pipeline, as `tf.monitor(logdir=checkpoint_dir)` does, until the session is closed. (A TensorBoard
    started with `--load_fast=false` needs `--reload_multifile=true` to follow both files of one directory.)

    Args:
      master: must be empty.
      is_chief: False makes a session that somebody else initializes, with `hooks` alone (`WorkerSessionCreator`).
      checkpoint_dir: a directory for event files.
      scaffold: the ops that make the session ready; default a new `Scaffold`.
      hooks: called after those that are made here.
      chief_only_hooks: called before those that are made here, of a chief.
      save_checkpoint_secs, save_checkpoint_steps: accepted and without effect: tfqueue writes no checkpoints.
      save_summaries_steps: global steps from one writing of summaries to the next; default 100 without the next one.
      save_summaries_secs: seconds from one to the next.
      config: `ConfigProto` of the session.
      stop_grace_period_secs: seconds that threads may take to end.
      log_step_count_steps: global steps from one `global_step/sec` to the next; None or 0: none.
      max_wait_secs: of a worker, see `WorkerSessionCreator`.
      summary_dir: where summaries go; default `checkpoint_dir`. With neither, none are written.
      save_graph_def: write the graph.

    Raises:
      RuntimeError: summaries or steps are to be written, and the graph has no global step.
      OpError: no event file can be made in the directory.
    """
    scaffold = scaffold or Scaffold()
    if not is_chief:
        worker = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(worker, hooks, stop_grace_period_secs)
    if checkpoint_dir and any(map(_is_on, _given(save_checkpoint_steps, save_checkpoint_secs, default=(None, 600)))):
        _log.info("MonitoredTrainingSession writes no checkpoints: the save_checkpoint arguments have no effect.")
    all_hooks = list(chief_only_hooks or ())
    summary_dir = summary_dir or checkpoint_dir
    if summary_dir:
        if _is_on(log_step_count_steps):
            all_hooks.append(StepCounterHook(output_dir=summary_dir, every_n_steps=log_step_count_steps))
        steps, secs = _given(save_summaries_steps, save_summaries_secs, default=(100, None))
        if _is_on(steps) or _is_on(secs):
            all_hooks.append(SummarySaverHook(steps, secs, summary_dir, scaffold=scaffold))
        if save_graph_def:
            all_hooks.append(GraphSaverHook(summary_dir))
    all_hooks += hooks or ()
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return _watched(creator, all_hooks, stop_grace_period_secs, checkpoint_dir)


def _watched(
    creator: SessionCreator,
    hooks: list[SessionRunHook],
    stop_grace_period_secs: float,
    logdir: str | None,
) -> MonitoredSession:
    """A monitored session, with a monitor that ends with it."""
    if not logdir:
        return MonitoredSession(creator, hooks, stop_grace_period_secs)
    monitor = start_monitor(logdir)
    try:
        session = MonitoredSession(creator, hooks, stop_grace_period_secs)
    except BaseException:
        monitor.close()
        raise
    session.keep_until_closed(monitor)
    return session


def _given(steps: Any, secs: Any, default: tuple[Any, Any]) -> tuple[Any, Any]:
    """Steps and seconds between two writings, None for the one that was not given; the default when neither was."""
    if steps is USE_DEFAULT and secs is USE_DEFAULT:
        return default
    return None if steps is USE_DEFAULT else steps, None if secs is USE_DEFAULT else secs


def _is_on(interval: float | None) -> bool:
    return interval is not None and interval > 0
