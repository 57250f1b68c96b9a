"""`FileWriterCache`: one writer a directory for the whole process."""

import os
import threading
from typing import ClassVar

from .file_writer import FileWriter

_lock = threading.RLock()
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


class FileWriterCache:
    """Keeps a `FileWriter` for each directory, so that all who write there share a file (SEMANTICS 96)."""

    _writers: ClassVar[dict[str, FileWriter]] = {}

    @staticmethod
    def get(logdir: str | os.PathLike[str]) -> FileWriter:
        """The writer of `logdir`, made on first use. Errors are those of `FileWriter`."""
        path = os.fspath(logdir)
        with _lock:
            writer = FileWriterCache._writers.get(path)
            if writer is None:
                writer = FileWriterCache._writers[path] = FileWriter(path, graph=None)
            return writer

    @staticmethod
    def clear() -> None:
        """Closes all writers and forgets them."""
        with _lock:
            writers = list(FileWriterCache._writers.values())
            FileWriterCache._writers.clear()
        for writer in writers:
            writer.close()
