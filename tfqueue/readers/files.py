"""Files read whole or line by line, and what can go wrong with a file in TensorFlow's error classes."""

import errno
import os
from collections.abc import Callable
from typing import IO

from tfqueue.framework.errors import (
    FailedPreconditionError,
    NotFoundError,
    OpError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnknownError,
)

from .base import Reader, Record

FILE_ERRORS: dict[type[OSError], Callable[[None, None, str], OpError]] = {
    FileNotFoundError: NotFoundError,
    PermissionError: PermissionDeniedError,
    IsADirectoryError: FailedPreconditionError,
    NotADirectoryError: FailedPreconditionError,
}

OUT_OF = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE})
"""No space, no quota, no more open files."""


def file_error(path: bytes, error: OSError) -> OpError:
    """The OpError for a file that could not be used: "/x; No such file or directory" (SEMANTICS 83)."""
    kind = FILE_ERRORS.get(type(error), UnknownError)
    if error.errno in OUT_OF:
        kind = ResourceExhaustedError
    return kind(None, None, f"{os.fsdecode(path)}; {error.strerror or error}")


def read_whole(path: bytes) -> bytes:
    """The contents of a file; an OpError that names it when it cannot be read."""
    try:
        # Unbuffered: one system call a file, and no copy through a buffer.
        with open(path, "rb", buffering=0) as file:
            return file.readall()
    except OSError as error:
        raise file_error(path, error) from error


def write_whole(path: bytes, contents: bytes) -> None:
    """Makes a file of `contents`, and the folders to it; a reader sees the old file or the new, never a part."""
    folder, name = os.path.split(path)
    partial = os.path.join(folder, b"." + name + f".{os.getpid()}.part".encode())
    try:
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(partial, "wb") as file:
            file.write(contents)
        os.replace(partial, path)
    except OSError as error:
        _forget(partial)
        raise file_error(path, error) from error


def _forget(path: bytes) -> None:
    try:
        os.unlink(path)
    except OSError:
        # It was never made, or cannot be removed: the first error tells more.
        return


class WholeFileReader(Reader):
    """Each file is one record: its name, its contents."""

    keeps_state = True

    def __init__(self, name: str = "whole_file_reader") -> None:
        super().__init__(name, "WholeFileReader")
        self._contents: bytes | None = None

    def _open(self, work: bytes) -> None:
        self._contents = read_whole(work)

    def _next(self, work: bytes) -> Record | None:
        contents, self._contents = self._contents, None
        return None if contents is None else (work, contents)

    def _is_finished(self) -> bool:
        return True

    def _close(self) -> None:
        self._contents = None


class TextLineReader(Reader):
    r"""Each line is one record: "file:line" (from 1, headers counted), and the line without its \n or \r\n.

    Args:
      skip_header_lines: lines at the start of each file that are no records; a shorter file has none.
      name: the node's name, for messages.
    """

    def __init__(self, skip_header_lines: int = 0, name: str = "text_line_reader") -> None:
        super().__init__(name, "TextLineReader")
        self._skip = skip_header_lines
        self._file: IO[bytes] | None = None
        self._line = 0

    def _open(self, work: bytes) -> None:
        file: IO[bytes] | None = None
        try:
            file = open(work, "rb")  # noqa: SIM115  # open from read to read; `_close` ends it
            for _ in range(self._skip):
                file.readline()
        except OSError as error:
            if file is not None:
                file.close()
            raise file_error(work, error) from error
        self._file, self._line = file, self._skip

    def _next(self, work: bytes) -> Record | None:
        if self._file is None:
            return None
        try:
            line = self._file.readline()
        except OSError as error:
            raise file_error(work, error) from error
        if not line:
            return None
        self._line += 1
        return b"%b:%d" % (work, self._line), line.removesuffix(b"\n").removesuffix(b"\r")

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()
