"""Steps that block, for tests that wait for states: a run in a thread of its own, seen to be parked on its queue."""

from typing import Any

import pytest

import tfqueue as tf
from tfqueue.testing import Running, run_in_thread, wait_until, wait_until_parked


def parked(session: Any, fetches: Any, queue: Any, *, dequeues: int = 0, enqueues: int = 0) -> Running:
    """Runs `fetches`, and returns when just so many dequeues and enqueues wait on the queue."""
    running = run_in_thread(session.run, fetches)
    wait_until(lambda: queue.runtime_queue(session) is not None)
    wait_until_parked(queue.runtime_queue(session), dequeues=dequeues, enqueues=enqueues)
    return running


def closing(session: Any, queue: Any, *, behind: int) -> Running:
    """Runs a close, and returns when it waits behind so many enqueues."""
    running = run_in_thread(session.run, queue.close())
    wait_until(lambda: len(list(queue.runtime_queue(session)._enqueues)) == behind + 1)
    return running


def times_out(session: Any, fetches: Any) -> None:
    """The step is still blocked when its time is up."""
    with pytest.raises(tf.errors.DeadlineExceededError, match="Timed out waiting for notification"):
        session.run(fetches, options=tf.RunOptions(timeout_in_ms=20))
