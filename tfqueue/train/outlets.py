"""Where numbers leave a training loop: the file writers and the monitor, as the pipeline knows them.

The pipeline imports no exporter. What it needs of the watch stands here as protocols, and the face of the package,
which alone may know both towers, says once who serves them (`tfqueue/__init__.py`). Nothing is loaded or opened before
a hook asks for it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class SummaryWriter(Protocol):
    """What hooks need of a `FileWriter`."""

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Adds the bytes of a Summary, or a Summary message."""

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Adds a SessionLog message."""

    def add_graph(self, graph: Any, global_step: Any = None) -> None:
        """Adds a graph."""

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Adds the record of a traced run."""

    def flush(self) -> None:
        """Returns when all that was added is on the disk."""


class Closeable(Protocol):
    """Something that runs until it is closed."""

    def close(self) -> None:
        """Ends it."""


@dataclass(frozen=True, slots=True)
class Outlets:
    """Who serves a training loop."""

    file_writer: Callable[[str], SummaryWriter]
    """The writer of a directory, the same one each time it is asked for."""
    monitor: Callable[[str], Closeable]
    """Starts a monitor that writes to a directory."""


class _Installed:
    """The outlets of the process. Guarded by its lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outlets: Outlets | None = None

    def put(self, outlets: Outlets) -> None:
        with self._lock:
            self._outlets = outlets

    def get(self) -> Outlets:
        with self._lock:
            if self._outlets is None:
                raise RuntimeError("no outlets are installed; `import tfqueue` does it")
            return self._outlets


_installed = _Installed()


def install_outlets(outlets: Outlets) -> None:
    """Says who serves the training loops of this process."""
    _installed.put(outlets)


def file_writer(logdir: str) -> SummaryWriter:
    """The process's writer of `logdir`."""
    return _installed.get().file_writer(logdir)


def start_monitor(logdir: str) -> Closeable:
    """A monitor that writes to `logdir` until it is closed."""
    return _installed.get().monitor(logdir)
