"""Where an op was made: the first line on the stack that is not this library's.

Invariants:
  - a user's file is never taken for ours because of its name: whole directories are compared, those behind links too;
  - finding the line reads no source and makes no traceback, so that it can be done for every op.
"""

import contextlib
import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple


class Origin(NamedTuple):
    """One line of somebody's code."""

    filename: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}"


def find_origin() -> Origin:
    """The innermost line of the calling thread's stack that lies outside the package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return Origin(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def _own_directories() -> tuple[str, ...]:
    package = Path(__file__).parents[1]
    linked = [child for child in package.iterdir() if child.is_symlink()]
    directories = {str(package), os.path.realpath(package), *(os.path.realpath(child) for child in linked)}
    return tuple(directory + os.sep for directory in sorted(directories))


_OURS = _own_directories()
# The demo is written as a user's program is.
_GUESTS = tuple(os.path.join(directory, "demo") + os.sep for directory in _OURS)
_CONTEXTLIB = contextlib.__file__


@lru_cache(maxsize=4096)
def _is_ours(filename: str) -> bool:
    return (filename.startswith(_OURS) and not filename.startswith(_GUESTS)) or filename == _CONTEXTLIB
