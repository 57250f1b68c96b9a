"""Which queue runner fills which queue from which: known from when a runner is made, for as long as its graph lives.

Invariant: nothing here holds a graph or an op; they are known by name.
"""

import os
import threading
import weakref
from collections.abc import Iterable
from typing import NamedTuple

from tfqueue.graph.graph import Graph
from tfqueue.graph.operation import Operation


class Feeder(NamedTuple):
    """A queue runner, by names."""

    runner: str
    fills: str
    """The handle op of the queue that it fills."""
    draws: frozenset[str]
    """The handle ops of the queues that its enqueue ops take elements from."""


class _Feeders:
    """The runners of all graphs. Shared by all threads."""

    def __init__(self) -> None:
        self._of_graph: weakref.WeakKeyDictionary[Graph, tuple[Feeder, ...]] = weakref.WeakKeyDictionary()
        self.renew_lock()

    def renew_lock(self) -> None:
        """A forked child must not find the lock held by a thread that it does not have."""
        self._lock = threading.Lock()

    def add(self, graph: Graph, feeder: Feeder) -> None:
        with self._lock:
            self._of_graph[graph] = (*self._of_graph.get(graph, ()), feeder)

    def of(self, graph: Graph) -> tuple[Feeder, ...]:
        with self._lock:
            return self._of_graph.get(graph, ())


_feeders = _Feeders()
os.register_at_fork(after_in_child=_feeders.renew_lock)


def note_feeder(handle: Operation, runner: str, draws: Iterable[Operation]) -> None:
    """A queue runner was made that fills the queue of `handle` with what comes of those of `draws`."""
    _feeders.add(handle.graph, Feeder(runner, handle.name, frozenset(op.name for op in draws)))


def feeders_of(handle: Operation) -> list[str]:
    """The names of the runners that are meant to fill the queue of `handle`."""
    return [feeder.runner for feeder in _feeders.of(handle.graph) if feeder.fills == handle.name]


def downstream(handle: Operation) -> list[Operation]:
    """The handle ops of all queues that elements of this one come to through runners, itself first."""
    feeders = _feeders.of(handle.graph)
    reached = [handle.name]
    for name in reached:  # grows while it is walked
        reached += dict.fromkeys(f.fills for f in feeders if name in f.draws and f.fills not in reached)
    return [handle.graph.get_operation_by_name(name) for name in reached]
