"""The bytes of a file from its start to its end, as they lie or unpacked.

Invariants:
  - every byte that can be had is given before an error is raised;
  - a compressed file that ends before its compressed data does is an error, never a short file.
"""

import os
import zlib
from typing import IO

from tfqueue.framework.errors import DataLossError

from .files import file_error

PACKED_PIECE = 64 * 1024
"""Bytes of a compressed file that are unpacked at a time."""

_WINDOW_BITS = {"ZLIB": zlib.MAX_WBITS, "GZIP": zlib.MAX_WBITS + 16}


class PlainBytes:
    """The bytes of a file as they lie. OpError naming the file when it cannot be opened."""

    def __init__(self, path: bytes) -> None:
        self.path = path
        try:
            self._file: IO[bytes] = open(path, "rb", buffering=0)  # noqa: SIM115  # `close` ends it
        except OSError as error:
            raise file_error(path, error) from error

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, and none only at the end; OpError naming the file when it cannot be read."""
        try:
            return self._file.read(size)
        except OSError as error:
            raise file_error(self.path, error) from error

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


class UnpackedBytes(PlainBytes):
    """What is packed in a ZLIB or GZIP file; streams that follow each other are read as one.

    DataLossError naming the file when it is not of that kind, damaged, or ends early.
    """

    def __init__(self, path: bytes, compression: str) -> None:
        super().__init__(path)
        self._compression = compression
        self._stream = zlib.decompressobj(_WINDOW_BITS[compression])
        self._pending = b""  # read from the file, not unpacked
        self._begun = False  # in the middle of a stream
        self._error: DataLossError | None = None

    def read(self, size: int) -> bytes:
        """Up to `size` unpacked bytes, and none only at the end."""
        while self._error is None:
            if not self._pending:
                self._pending = super().read(PACKED_PIECE)
                if not self._pending:
                    self._check_ended()
                    break
            unpacked = self._unpack(size)
            if unpacked:
                return unpacked
        if self._error is not None:
            raise self._error
        return b""

    def _unpack(self, size: int) -> bytes:
        packed = self._pending
        # Kept for the case of damage: zlib then gives nothing of what came before it.
        undamaged = self._stream.copy()
        try:
            unpacked = self._stream.decompress(packed, size)
        except zlib.error as error:
            self._error = self._lost(f"inflate() failed: {error}")
            return _undamaged(undamaged, packed)
        self._begun = True
        self._pending = self._stream.unconsumed_tail
        if self._stream.eof:
            self._pending = self._stream.unused_data
            self._stream = zlib.decompressobj(_WINDOW_BITS[self._compression])
            self._begun = False
        return unpacked

    def _check_ended(self) -> None:
        if self._begun:
            size = os.fstat(self._file.fileno()).st_size
            self._error = self._lost(f"the compressed data goes on beyond the end of the file at byte {size}")

    def _lost(self, reason: str) -> DataLossError:
        message = (
            f"{os.fsdecode(self.path)}: {reason} ({self._compression}). The file is damaged, cut short, or no such."
        )
        return DataLossError(None, None, message)


def _undamaged(stream: "zlib._Decompress", packed: bytes) -> bytes:
    """What can be unpacked before the damage, found byte by byte."""
    unpacked = b""
    try:
        for place in range(len(packed)):
            unpacked += stream.decompress(packed[place : place + 1])
    except zlib.error:
        return unpacked
    return unpacked


def open_bytes(path: bytes, compression: str) -> PlainBytes:
    """The bytes of a file, unpacked when `compression` is "ZLIB" or "GZIP".

    Raises:
      NotFoundError, PermissionDeniedError, FailedPreconditionError: it cannot be opened; a directory is the last.
    """
    return UnpackedBytes(path, compression) if compression else PlainBytes(path)
