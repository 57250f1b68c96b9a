"""The order in which elements leave a queue, and how they are stored.

A discipline never locks, waits or counts: the queue that owns it calls it under its own lock. `push`, `pop` and `items` are
looked up once by the queue and called on its hot path, so they are plain attributes, bound to C functions where possible.
"""

import random
from collections import deque
from collections.abc import Callable, Sized
from typing import Any, Protocol

Element = Any
"""Opaque to the queue: graph ops use tuples of arrays, but anything will do."""


class Discipline(Protocol):
    """What a queue asks of its storage."""

    items: Sized
    """The elements held; its length is the queue's size."""
    push: Callable[[Element], None]
    pop: Callable[[], Element]
    """Takes out the next element; called only when there is one."""
    min_after_dequeue: int
    """Elements that must stay behind while the queue is open."""

    def put_back(self, element: Element) -> None:
        """Returns an element that was popped, so that it leaves next where an order is promised. A batch that must be given
        back is put back last element first."""


class FIFO:
    """First in, first out."""

    min_after_dequeue = 0

    def __init__(self) -> None:
        items: deque[Element] = deque()
        self.items = items
        self.push = items.append
        self.pop = items.popleft
        self.put_back = items.appendleft


class RandomShuffle:
    """Any element with equal chance, from those held: constant cost per element at any size.

    A queue must leave `min_after_dequeue` elements behind while it is open, so that the choice stays wide.
    With a `seed` the choices repeat for the same sequence of calls; they are not TensorFlow's numbers.
    """

    def __init__(self, min_after_dequeue: int = 0, seed: int | None = None) -> None:
        items: list[Element] = []
        self.items = items
        self.min_after_dequeue = min_after_dequeue
        self.push = items.append
        self.put_back = items.append
        self._random = random.Random(seed).random

    def pop(self) -> Element:
        """Swaps the chosen one with the last and takes it off the end."""
        items = self.items
        last = items.pop()
        chosen = int(self._random() * (len(items) + 1))
        if chosen == len(items):
            return last
        element = items[chosen]
        items[chosen] = last
        return element
