"""What lives as long as a session: queues, readers, variables, by container and name.

Invariants:
  - one resource a (container, kind, name), made at most once, whatever number of threads ask at the same time;
  - after `close` there are no resources, and no new ones;
  - a resource that has `close` or `shutdown` is told when its manager lets go of it, outside the lock.

The keys are TensorFlow's: a shared name, or `_<n>_<node name>` for an op that does not share (SEMANTICS 44).
"""

import itertools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from .errors import AlreadyExistsError, CancelledError, NotFoundError

T = TypeVar("T")
Key = tuple[str, str, str]


class ResourceManager:
    """The resources of one session.

    Args:
      label: the session's name, as telemetry shows it.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        # Reentrant: a resource's factory may look up another one.
        self._lock = threading.RLock()
        self._resources: dict[Key, Any] = {}
        self._numbers = itertools.count()
        self._closed = False

    def lookup_or_create(self, kind: str, container: str, name: str, factory: Callable[[], T]) -> T:
        """The resource of this kind and name in this container, made by `factory()` when it is not there.

        Raises:
          CancelledError: the session is closed.
        """
        key = (container, kind, name)
        with self._lock:
            if self._closed:
                raise CancelledError(
                    None, None, f"{self.label} is closed: {kind} '{name}' can no longer be made or used."
                )
            if key not in self._resources:
                self._resources[key] = factory()
            resource: T = self._resources[key]
            return resource

    def create(self, kind: str, container: str, name: str, resource: Any) -> None:
        """Adds a resource.

        Raises:
          AlreadyExistsError: there is one of this kind and name in this container.
        """
        if self.lookup_or_create(kind, container, name, lambda: resource) is not resource:
            raise AlreadyExistsError(None, None, f"Resource {_words((container, kind, name))} already exists.")

    def lookup(self, kind: str, container: str, name: str) -> Any:
        """The resource of this kind and name in this container.

        Raises:
          NotFoundError: there is none.
        """
        key = (container, kind, name)
        with self._lock:
            try:
                return self._resources[key]
            except KeyError:
                raise NotFoundError(None, None, f"Resource {_words(key)} does not exist.") from None

    def find(self, kind: str, container: str, name: str) -> Any | None:
        """The resource of this kind and name in this container, or None."""
        with self._lock:
            return self._resources.get((container, kind, name))

    def next_unshared_name(self, node_name: str) -> str:
        """A name that no other op of this session has: `_0_Q`, `_1_fifo_queue`, ..."""
        with self._lock:
            return f"_{next(self._numbers)}_{node_name}"

    def values(self) -> list[Any]:
        """The resources now there, oldest first."""
        with self._lock:
            return list(self._resources.values())

    def clear(self, container: str | None = None) -> None:
        """Lets go of the resources of one container, or of all."""
        with self._lock:
            dropped = [key for key in self._resources if container is None or key[0] == container]
            resources = [self._resources.pop(key) for key in dropped]
        _end_all(resources)

    def close(self) -> None:
        """Lets go of all resources and takes no more. Closing again does nothing."""
        with self._lock:
            self._closed = True
        self.clear()


def _end_all(resources: list[Any]) -> None:
    for index, resource in enumerate(resources):
        # A queue's `close` is a promise about its elements; what ends it with its session is `shutdown`.
        end = getattr(resource, "shutdown", None) or getattr(resource, "close", None)
        if not callable(end):
            continue
        try:
            end()
        except BaseException:
            # One that cannot end must not keep the others open.
            _end_all(resources[index + 1 :])
            raise


def _words(key: Key) -> str:
    container, kind, name = key
    return f"{container or 'localhost'}/{name} ({kind})"
