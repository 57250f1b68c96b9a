"""The registry holds live sources weakly, and one that fails breaks nothing."""

import os

import pytest

from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.telemetry.registry import Registry, default_registry
from tfqueue.telemetry.stats import QueueStats


class Broken:
    """A source that cannot answer."""

    def stats(self) -> QueueStats:
        raise RuntimeError("no")


def test_a_source_that_fails_is_counted_and_logged_once(caplog):
    """Monitoring never breaks: the others are still read."""
    registry, broken, queue = Registry(), Broken(), BlockingQueue(1, name="fine")
    registry.register(broken)
    registry.register(queue)
    assert registry.collect().queue("fine").capacity == 1
    assert registry.collect().errors == 2
    assert sum("failed to say how it is" in record.message for record in caplog.records) == 1


def test_an_unregistered_source_is_gone():
    """At once, though it lives."""
    registry, queue = Registry(), BlockingQueue(1)
    registry.register(queue)
    registry.unregister(queue)
    assert registry.collect().queues == ()


def test_sources_long_gone_take_no_room():
    """A program that makes queues by the thousand, and is never asked, does not grow."""
    registry = Registry()
    for _ in range(1000):
        registry.register(BlockingQueue(1))
    assert len(registry._entries) < 10


def test_the_first_source_calls_back_once():
    """How monitoring starts by itself when the environment asks for it."""
    registry, calls = Registry(), []
    registry.on_first_source(lambda: calls.append("first"))
    assert calls == []
    queues = [BlockingQueue(1), BlockingQueue(1)]
    for queue in queues:
        registry.register(queue)
    assert calls == ["first"]
    registry.on_first_source(lambda: calls.append("late"))
    assert calls == ["first", "late"]


def test_asking_for_a_name_that_is_not_there_says_which_are():
    """KeyError with the names."""
    registry, queue = Registry(), BlockingQueue(1, name="batch")
    registry.register(queue)
    with pytest.raises(KeyError, match="no queue named 'bach'; there are: batch"):
        registry.collect().queue("bach")


def test_a_forked_child_starts_with_no_sources():
    """Decision 9: none of the parent's queues is alive in the child, and no lock is held."""
    queue = BlockingQueue(1, name="parents")
    assert default_registry().collect().queue("parents")
    child = os.fork()
    if child == 0:  # only os._exit from here: the child must not run the rest of the suite
        os._exit(0 if default_registry().collect().queues == () else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert queue.size() == 0


def test_the_last_record_of_what_leaves_is_handed_on():
    """What ends between two readings is not lost; nobody is called for what was not in, nor after stopping."""
    registry, queue, records = Registry(), BlockingQueue(1, name="short"), []
    stop = registry.on_departure(records.append)
    registry.unregister(queue)
    assert records == []
    registry.register(queue)
    queue.enqueue("x")
    registry.unregister(queue)
    assert [(record.name, record.size) for record in records] == [("short", 1)]
    stop()
    registry.register(queue)
    registry.unregister(queue)
    assert len(records) == 1
