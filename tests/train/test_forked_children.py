"""A child forked while some thread held a lock of the process works all the same."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tfqueue.framework.numbering import Numbering
from tfqueue.graph.graph import Graph
from tfqueue.ops import constant_op, queue_feeders, script_ops
from tfqueue.ops.queue_ops import FIFOQueue
from tfqueue.session import session
from tfqueue.train import coordinator


class Celsius:
    """Something that becomes a tensor."""


def make_feeder() -> None:
    with Graph().as_default():
        queue_feeders.note_feeder(FIFOQueue(1, ["int32"]).queue_ref.op, "runner", [])


def make_function() -> None:
    with Graph().as_default():
        script_ops.py_func(abs, [1], "int32")


@pytest.mark.parametrize(
    ("owner", "work"),
    [
        (coordinator._names, coordinator.Coordinator),
        (session._numbers, lambda: session.Session(graph=Graph())),
        (script_ops._numbers, make_function),
        (queue_feeders._feeders, make_feeder),
        (
            constant_op._conversions,
            lambda: constant_op.register_tensor_conversion(Celsius, lambda *_: constant_op.constant(0)),
        ),
    ],
    ids=["coordinators", "sessions", "functions", "feeders", "conversions"],
)
def test_a_child_has_no_lock_of_a_thread_that_it_does_not_have(owner: Any, work: Callable[[], object]) -> None:
    """Forked with the lock held, as by another thread of the parent, the child does the work that needs it."""
    with owner._lock:
        child = os.fork()
        if child == 0:  # only os._exit from here
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(10)
            status = 1
            try:
                work()
                status = 0
            finally:
                os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


def test_a_child_goes_on_counting() -> None:
    """Its numbers are none that the parent gave before the fork."""
    numbers = Numbering()
    assert [numbers.take(), numbers.take()] == [0, 1]
    child = os.fork()
    if child == 0:  # only os._exit from here
        os._exit(numbers.take())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
