"""What a session owns: one a name, made once, ended with the session."""

import threading

import pytest

from tfqueue.framework.errors import AlreadyExistsError, CancelledError, NotFoundError
from tfqueue.framework.resources import ResourceManager
from tfqueue.testing import run_in_thread


class Closable:
    def __init__(self, log):
        self.log = log

    def close(self):
        self.log.append("close")


class Queue(Closable):
    def shutdown(self):
        self.log.append("shutdown")


def test_a_resource_is_made_once():
    """The second to ask gets what the first one made; kind, container and name tell resources apart."""
    manager = ResourceManager("session_0")
    first = manager.lookup_or_create("queue", "", "Q", object)
    assert manager.lookup_or_create("queue", "", "Q", object) is first
    assert manager.lookup("queue", "", "Q") is first
    assert manager.lookup_or_create("queue", "other", "Q", object) is not first
    assert manager.lookup_or_create("reader", "", "Q", object) is not first
    assert len(manager.values()) == 3
    assert manager.label == "session_0"


def test_threads_that_ask_at_once_get_one():
    """However many ask at the same time, the factory runs once."""
    manager, made, barrier = ResourceManager("s"), [], threading.Barrier(8)

    def factory():
        made.append(object())
        return made[-1]

    def ask():
        barrier.wait()
        return manager.lookup_or_create("queue", "", "Q", factory)

    found = [call.result() for call in [run_in_thread(ask) for _ in range(8)]]
    assert len(made) == 1
    assert all(resource is made[0] for resource in found)


def test_a_factory_may_look_up_others():
    """A resource may be made of another one."""
    manager = ResourceManager("s")
    pair = manager.lookup_or_create("pair", "", "p", lambda: [manager.lookup_or_create("one", "", "o", object)])
    assert pair == [manager.lookup("one", "", "o")]


def test_a_factory_that_fails_leaves_nothing():
    """The error reaches the one who asked, and the next one may try again."""
    manager = ResourceManager("s")
    with pytest.raises(ZeroDivisionError):
        manager.lookup_or_create("queue", "", "Q", lambda: 1 // 0)
    assert manager.find("queue", "", "Q") is None
    assert manager.lookup_or_create("queue", "", "Q", lambda: 5) == 5


def test_what_is_missing_or_there_already_is_named():
    """NotFound and AlreadyExists name container, resource and kind."""
    manager = ResourceManager("s")
    with pytest.raises(NotFoundError, match=r"Resource localhost/Q \(queue\) does not exist"):
        manager.lookup("queue", "", "Q")
    manager.create("queue", "c", "Q", object())
    with pytest.raises(AlreadyExistsError, match=r"Resource c/Q \(queue\) already exists"):
        manager.create("queue", "c", "Q", object())


def test_unshared_names_are_numbered():
    """`_<n>_<node name>`, n counting within the session (SEMANTICS 44)."""
    manager = ResourceManager("s")
    assert [manager.next_unshared_name("Q"), manager.next_unshared_name("a/Q")] == ["_0_Q", "_1_a/Q"]


def test_closing_ends_every_resource():
    """A queue is shut down rather than closed: `close` is a promise about its elements. Later makers fail Cancelled."""
    manager, log = ResourceManager("session_3"), []
    manager.lookup_or_create("queue", "", "Q", lambda: Queue(log))
    manager.lookup_or_create("reader", "", "R", lambda: Closable(log))
    manager.lookup_or_create("plain", "", "P", object)
    manager.close()
    manager.close()
    assert log == ["shutdown", "close"]
    assert manager.values() == []
    with pytest.raises(CancelledError, match="session_3 is closed: queue 'Q'"):
        manager.lookup_or_create("queue", "", "Q", object)


def test_clearing_one_container_leaves_the_others():
    """A container is what can be emptied by itself."""
    manager, log = ResourceManager("s"), []
    manager.lookup_or_create("queue", "a", "Q", lambda: Queue(log))
    kept = manager.lookup_or_create("queue", "b", "Q", object)
    manager.clear("a")
    assert log == ["shutdown"]
    assert manager.values() == [kept]


def test_one_that_cannot_end_keeps_no_other_open():
    """The rest is ended all the same, and the failure raised."""
    manager, log = ResourceManager("s"), []
    broken = Closable(log)
    broken.close = lambda: 1 // 0
    manager.create("queue", "", "broken", broken)
    manager.create("queue", "", "Q", Queue(log))
    with pytest.raises(ZeroDivisionError):
        manager.close()
    assert log == ["shutdown"]
