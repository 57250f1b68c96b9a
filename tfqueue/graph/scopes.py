"""What a `with` around the making of ops asks for: name scope, devices, container, control dependencies; and op names.

Invariants:
  - scopes belong to one thread in one graph;
  - no two names of a graph differ only in case.
"""

import re
import threading
from collections.abc import Iterable

from .device import DeviceFunction
from .operation import Operation

_NAME = re.compile(r"[A-Za-z0-9_.\\/>-]*")
_ROOT_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")


class ControlGroup:
    """One `control_dependencies` block: what must have run, and the ops made inside that wait for it already."""

    __slots__ = ("operations", "waiting")

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations
        self.waiting: set[Operation] = set()


class Scopes(threading.local):
    """The scopes that the calling thread is inside of; outermost first. Its owner is the thread."""

    name: str = ""
    devices: tuple[str | DeviceFunction, ...] = ()
    container: str = ""
    control_groups: tuple[ControlGroup, ...] = ()

    def control_inputs_for(self, inputs: Iterable[Operation]) -> list[Operation]:
        """What a new op that reads these ops must wait for, less what one of them waits for already."""
        if not self.control_groups:
            return []
        inputs = set(inputs)
        # A dict keeps the order and drops what several groups ask for.
        found: dict[Operation, None] = {}
        for group in self.control_groups:
            if group.waiting.isdisjoint(inputs):
                found.update((operation, None) for operation in group.operations if operation not in inputs)
        return list(found)

    def made(self, operation: Operation) -> None:
        """Remembers an op made inside these scopes."""
        for group in self.control_groups:
            group.waiting.add(operation)


class UniqueNames:
    """The names of one graph that are taken. Its owner is the graph, under whose lock it is used."""

    def __init__(self) -> None:
        self._uses: dict[str, int] = {}

    def make_unique(self, name: str, mark_as_used: bool = True) -> str:
        """`name`, or with `_1`, `_2`, ... behind it when it is taken, as TensorFlow numbers them."""
        key = name.lower()
        number = self._uses.get(key, 0)
        if mark_as_used:
            self._uses[key] = number + 1
        if number == 0:
            return name
        numbered = key
        while numbered in self._uses:
            numbered = f"{key}_{number}"
            number += 1
        if mark_as_used:
            self._uses[numbered] = 1
        return f"{name}_{number - 1}"


def check_name(name: str, inside_scope: bool) -> None:
    """Raises ValueError unless an op or scope may be called `name`; at the root no name begins with `_`, `/`, `-`."""
    pattern = _NAME if inside_scope else _ROOT_NAME
    if not pattern.fullmatch(name):
        where = "A" if inside_scope else "Outside all scopes, a"
        raise ValueError(
            f"'{name}' is not a valid scope name. {where} scope or op name has to match ^{pattern.pattern}$"
        )
