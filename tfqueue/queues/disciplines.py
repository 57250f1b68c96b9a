"""The order in which elements leave a queue, and how they are stored.

A discipline never locks, waits or counts: the queue that owns it calls it under its own lock. `push`, `pop` and
`items` are looked up once by the queue and called on its hot path, so they are plain attributes, bound to C functions
where possible.
"""

import heapq
import random
from collections import deque
from collections.abc import Callable, Sized
from itertools import count
from typing import Any

Element = Any
"""Opaque to the queue: graph ops use tuples of arrays, but anything will do."""


class Discipline:
    """What a queue asks of its storage; the attributes are set by the kinds below."""

    items: Sized
    """The elements held; its length is the queue's size."""
    push: Callable[[Element], object]
    pop: Callable[[], Element]
    """Takes out the next element; called only when there is one."""
    put_back: Callable[[Element], object]
    """Returns an element that was popped, so that it leaves next where an order is promised. A batch that must be given
    back is put back last element first."""
    admit: Callable[[Element], object] | None = None
    """Refuses what it cannot order, before anybody waits: raises TypeError or ValueError."""
    min_after_dequeue: int = 0
    """Elements that must stay behind while the queue is open."""
    whole_batches: bool = False
    """A batch takes nothing until all of it is there, so that it is ordered as a whole."""


class FIFO(Discipline):
    """First in, first out."""

    def __init__(self) -> None:
        items: deque[Element] = deque()
        self.items = items
        self.push = items.append
        self.pop = items.popleft
        self.put_back = items.appendleft


class RandomShuffle(Discipline):
    """Any element with equal chance, from those held: constant cost per element at any size.

    A queue must leave `min_after_dequeue` elements behind while it is open, so that the choice stays wide.
    With a `seed` the choices repeat for the same sequence of calls; they are not TensorFlow's numbers.
    """

    def __init__(self, min_after_dequeue: int = 0, seed: int | None = None) -> None:
        items: list[Element] = []
        chance = random.Random(seed).random

        def swap_and_pop() -> Element:
            last = items.pop()
            chosen = int(chance() * (len(items) + 1))
            if chosen == len(items):
                return last
            element = items[chosen]
            items[chosen] = last
            return element

        self.items = items
        self.min_after_dequeue = min_after_dequeue
        self.push = items.append
        self.put_back = items.append
        self.pop = swap_and_pop  # a closure, not a method: a reference to itself would keep its elements alive


class Priority(Discipline):
    """The element with the least key first; the key is an element's first component. Ties leave in the order they
    came."""

    whole_batches = True

    def __init__(self) -> None:
        items: list[tuple[int, int, Element]] = []
        ticket = count().__next__

        def push(element: Element) -> None:
            heapq.heappush(items, (_priority(element), ticket(), element))

        self.items = items
        self.admit = _priority
        self.push = push
        self.put_back = push
        self.pop = lambda: heapq.heappop(items)[2]


def _priority(element: Element) -> int:
    return int(element[0])
