"""`FileWriterCache`: one writer a directory for the whole process."""

import os
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from .file_writer import FileWriter

_lock = threading.RLock()
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


class FileWriterCache:
    """Keeps a `FileWriter` for each directory, so that all who write there share a file (SEMANTICS 96)."""

    _writers: ClassVar[dict[str, FileWriter]] = {}
    _graph: ClassVar[Callable[[], Any]] = staticmethod(lambda: None)

    @staticmethod
    def get(logdir: str | os.PathLike[str]) -> FileWriter:
        """The writer of `logdir`, made on first use with the default graph of then. Errors are those of `FileWriter`.

        One that its user has closed is given all the same; `reopen` it.
        """
        return FileWriterCache._get(logdir, FileWriterCache._graph)

    @staticmethod
    def get_without_graph(logdir: str | os.PathLike[str]) -> FileWriter:
        """As `get`, for one who adds the graph himself, once it is whole."""
        return FileWriterCache._get(logdir, lambda: None)

    @staticmethod
    def _get(logdir: str | os.PathLike[str], graph: Callable[[], Any]) -> FileWriter:
        path = os.fspath(logdir)
        with _lock:
            writer = FileWriterCache._writers.get(path)
            if writer is None:
                writer = FileWriterCache._writers[path] = FileWriter(path, graph=graph())
            return writer

    @staticmethod
    def clear() -> None:
        """Closes all writers and forgets them."""
        with _lock:
            writers = list(FileWriterCache._writers.values())
            FileWriterCache._writers.clear()
        for writer in writers:
            writer.close()

    @staticmethod
    def write_graph(graph: Callable[[], Any]) -> None:
        """Says where a new writer's graph comes from: the face does, since writers know nothing of graphs."""
        with _lock:
            FileWriterCache._graph = staticmethod(graph)
