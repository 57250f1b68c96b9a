"""Who is the default here: a stack for each thread.

Invariants:
  - a thread sees what it entered itself, never what another thread did;
  - what is entered last is left first, unless a stack was told not to mind.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from .graph import Graph

T = TypeVar("T")


class DefaultStack(threading.local, Generic[T]):
    """The objects that this thread entered, the last one being the default."""

    def __init__(self) -> None:
        self._entered: list[T] = []

    def top(self) -> T | None:
        """This thread's default, or None."""
        return self._entered[-1] if self._entered else None

    def is_clear(self) -> bool:
        """Whether this thread is inside none."""
        return not self._entered

    def push(self, default: T) -> None:
        """Makes `default` this thread's default."""
        self._entered.append(default)

    def pop(self, default: T, enforce_nesting: bool = True) -> None:
        """Takes `default` away again.

        Raises:
          AssertionError: it is not the last one entered, and nesting is enforced.
        """
        if enforce_nesting and self.top() is not default:
            raise AssertionError(f"Nesting violated for default stack of {type(default)} objects")
        # Searched from the end by identity, as one object may have been entered twice.
        for index in reversed(range(len(self._entered))):
            if self._entered[index] is default:
                del self._entered[index]
                return

    @contextmanager
    def entering(self, default: T, enforce_nesting: bool = True) -> Iterator[T]:
        """Makes `default` this thread's default inside the `with`."""
        self.push(default)
        try:
            yield default
        finally:
            self.pop(default, enforce_nesting)


default_graph_stack: "DefaultStack[Graph]" = DefaultStack()
default_session_stack: DefaultStack[Any] = DefaultStack()
