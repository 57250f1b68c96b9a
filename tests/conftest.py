"""What every test gets: a graph of its own, and a check that it leaves no thread behind.

A test that hangs is ended by `timeout` in pyproject.toml, with the stacks of all threads.
"""

import sys
import threading
from collections.abc import Iterator

import pytest

THREAD_END_SECONDS = 10.0
"""How long a thread that was told to stop may take to do so."""


@pytest.fixture(autouse=True)
def fresh_default_graph() -> Iterator[None]:
    """The test starts with an empty default graph, and leaves none of its ops to the next one."""
    _reset_default_graph()
    yield
    _reset_default_graph()


@pytest.fixture(autouse=True)
def no_thread_left(fresh_default_graph: None) -> Iterator[None]:
    """The test fails when a thread that it started goes on and keeps the interpreter from exiting: a non-daemon one."""
    before = set(threading.enumerate())
    yield
    started = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    for thread in started:
        thread.join(THREAD_END_SECONDS)
    left = [thread.name for thread in started if thread.is_alive()]
    assert not left, f"the test left threads that keep the interpreter from exiting: {', '.join(left)}"


def _reset_default_graph() -> None:
    # A test that never imported the graph has none to reset, and need not pay for the import.
    graph = sys.modules.get("tfqueue.graph.graph")
    if graph is not None:
        graph.reset_default_graph()
