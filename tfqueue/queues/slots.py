"""A place reserved in a queue for an element that is still being made."""

import threading
from typing import TYPE_CHECKING

from tfqueue.framework.errors import FailedPreconditionError

from .disciplines import Element

if TYPE_CHECKING:
    from .queue_core import QueueCore


class Slot:
    """Filled or released once; until then it counts against the queue's capacity. From
    `BlockingQueue.start_reserve`."""

    __slots__ = ("_lock", "_queue", "_settled")

    def __init__(self, queue: "QueueCore") -> None:
        self._queue = queue
        self._lock = threading.Lock()
        self._settled = False

    def fill(self, element: Element) -> None:
        """Puts the element in; never waits, and works on a queue that was closed meanwhile."""
        self._settle()
        self._queue.settle(self, (element,))

    def release(self) -> None:
        """Gives the place up."""
        self._settle()
        self._queue.settle(self, ())

    def _settle(self) -> None:
        with self._lock:
            if self._settled:
                raise FailedPreconditionError(
                    None, None, f"a slot of {self._queue.describe()} was filled or released before; reserve a new one"
                )
            self._settled = True
