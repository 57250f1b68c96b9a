"""TFRecord files: records, each with its length and the masked CRC-32C of both, read many at a time and written.

A record is: length (8 bytes, little-endian), masked CRC of these 8, the data, masked CRC of the data.
Invariants:
  - no record is given that was not checked;
  - the records before a damaged one are given before its error.
"""

import os
import struct
import threading
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any, Self

import numpy as np

from tfqueue.framework.errors import DataLossError, FailedPreconditionError

from .base import Reader, Record
from .byte_sources import PlainBytes, open_bytes
from .files import file_error
from .record_options import TFRecordOptions, as_options

HEADER = struct.Struct("<QI")
"""Length, and its masked CRC."""

FOOTER = struct.Struct("<I")
"""Masked CRC of the data."""

CHUNK = 1024 * 1024
"""Bytes read at a time: what it costs to check a chunk's records together is then little for each."""

WRITE_BUFFER = 256 * 1024
"""Bytes collected before they are handed to the operating system."""

LARGEST_READ = 64 * 1024 * 1024
"""A longer record is read in several goes, so that a length that lies does not cost its memory."""

LENGTHS_KEPT = 4096
"""Checked headers that are remembered: records of equal length share theirs."""

MASK_DELTA = 0xA282EAD8
_FOOTER_BYTES = np.arange(FOOTER.size)

BytesLike = bytes | bytearray | memoryview


def _crc32c(data: BytesLike) -> int:
    # Loaded when the first record is read or written: it costs a fifth of this library's own import.
    import crc32c

    crc: int = crc32c.crc32c(data)
    return crc


def masked_crc(data: BytesLike) -> int:
    """The CRC-32C of `data`, masked as TFRecord files have it, for a CRC of what holds a CRC tells little."""
    crc = _crc32c(data)
    return ((crc >> 15 | crc << 17) + MASK_DELTA) & 0xFFFFFFFF


def framed_record(data: BytesLike) -> bytes:
    """One record as it lies in a file."""
    length = struct.pack("<Q", len(data))
    return b"".join((length, FOOTER.pack(masked_crc(length)), data, FOOTER.pack(masked_crc(data))))


class RecordStream:
    """The records of one file, a batch at a time. Owned by one thread at a time."""

    def __init__(self, path: bytes, compression: str) -> None:
        self._source: PlainBytes = open_bytes(path, compression)
        self._path = path
        self._rest = b""  # read, and not yet a whole record
        self._offset = 0  # of `_rest`
        self._wanted = CHUNK
        self._lengths: dict[bytes, int] = {}
        self._error: DataLossError | None = None

    def next_batch(self) -> tuple[list[bytes], list[int]]:
        """At least one record, and the offset of each in the unpacked file; empty lists at the end.

        DataLossError naming file and offset: the record there is damaged, or cut by the end of the file.
        """
        while self._error is None:
            try:
                data = self._source.read(min(self._wanted, LARGEST_READ))
            except DataLossError as error:
                self._error = error
                break
            if not data:
                self._check_nothing_left()
                break
            records, offsets = self._take_records(self._rest + data if self._rest else data)
            if records:
                return records, offsets
        if self._error is not None:
            raise self._error
        return [], []

    def close(self) -> None:
        """Lets go of the file."""
        self._source.close()

    def _take_records(self, chunk: bytes) -> tuple[list[bytes], list[int]]:
        """The whole records at the start of `chunk`; what follows is kept for the next time."""
        records: list[bytes] = []
        stops: list[int] = []
        lengths, end = self._lengths, len(chunk)
        position = 0
        self._wanted = CHUNK
        while (start := position + HEADER.size) <= end:
            header = chunk[position:start]
            length = lengths.get(header)
            if length is None:
                length = self._checked_length(header, self._offset + position)
                if length is None:
                    break
            stop = start + length
            if stop + FOOTER.size > end:
                self._wanted = max(CHUNK, stop + FOOTER.size - end)
                break
            records.append(chunk[start:stop])
            stops.append(stop)
            position = stop + FOOTER.size
        offsets = [self._offset, *(self._offset + stop + FOOTER.size for stop in stops[:-1])]
        self._check(chunk, records, stops, offsets)
        self._offset += position
        self._rest = chunk[position:]
        return records, offsets

    def _checked_length(self, header: bytes, offset: int) -> int | None:
        length, crc = HEADER.unpack(header)
        if crc != masked_crc(header[:8]):
            hint = " (Is this even a TFRecord file?)" if offset == 0 else ""
            self._error = self._lost(f"corrupted record at {offset}{hint}", "its length does not have its checksum")
            return None
        if len(self._lengths) >= LENGTHS_KEPT:
            self._lengths.clear()
        self._lengths[header] = length
        checked: int = length
        return checked

    def _check(self, chunk: bytes, records: list[bytes], stops: list[int], offsets: list[int]) -> None:
        """Drops the first record without its checksum and all after it, and keeps the error for the next call."""
        if not records:
            return
        import crc32c  # see `_crc32c`: one look-up a chunk, not one a record

        crcs = np.array(list(map(crc32c.crc32c, records)), np.uint32)
        masked = (crcs >> np.uint32(15) | crcs << np.uint32(17)) + np.uint32(MASK_DELTA)
        places = np.array(stops)[:, None] + _FOOTER_BYTES
        stored = np.frombuffer(chunk, np.uint8)[places].view("<u4")[:, 0]
        bad = np.flatnonzero(masked != stored)
        if bad.size:
            first = int(bad[0])
            offset = offsets[first]
            reason = f"the record that begins at byte {offset} does not have its checksum"
            self._error = self._lost(f"corrupted record at {offset + HEADER.size}", reason)
            del records[first:], offsets[first:]

    def _check_nothing_left(self) -> None:
        if self._rest:
            # TensorFlow says so of a cut record, and takes a cut header for the end of the file.
            self._error = self._lost(
                f"truncated record at {self._offset}", f"the file ends {len(self._rest)} bytes after it begins"
            )

    def _lost(self, words: str, reason: str) -> DataLossError:
        return DataLossError(None, None, f"{words}: {os.fsdecode(self._path)}: {reason}.")


def tf_record_iterator(path: str | bytes | os.PathLike[str], options: Any = None) -> Iterator[bytes]:
    """The records of a file, as `bytes`.

    Args:
      path: of the file.
      options: its compression: `TFRecordOptions`, "GZIP", "ZLIB", a `TFRecordCompressionType`.

    Raises:
      ValueError: there is no such compression.
      NotFoundError, PermissionDeniedError, FailedPreconditionError: the file cannot be opened.
      DataLossError: after the records before it: one is damaged, or the file ends early; names file and offset.
    """
    batches = _batches(os.fsencode(path), TFRecordOptions.get_compression_type_string(options))
    # Opens the file now: so a missing one is told where it was named, and the generator lets go of it when dropped.
    next(batches)
    return chain.from_iterable(batches)


def _batches(path: bytes, compression: str) -> Iterator[list[bytes]]:
    stream = RecordStream(path, compression)
    try:
        records: list[bytes] = []
        yield records
        while records := stream.next_batch()[0]:
            yield records
    finally:
        stream.close()


class TFRecordReader(Reader):
    """Each record of TFRecord files: "file:offset" (in the unpacked file), and its data.

    Args:
      compression: "", "ZLIB" or "GZIP".
      name: the node's name, for messages.
    """

    def __init__(self, compression: str = "", name: str = "tf_record_reader") -> None:
        super().__init__(name, "TFRecordReader")
        self._compression = compression
        self._stream: RecordStream | None = None
        self._batch: Iterator[tuple[bytes, int]] = iter(())

    def _open(self, work: bytes) -> None:
        self._stream = RecordStream(work, self._compression)

    def _next(self, work: bytes) -> Record | None:
        found = next(self._batch, None)
        if found is None and self._stream is not None:
            self._batch = zip(*self._stream.next_batch(), strict=True)
            found = next(self._batch, None)
        return None if found is None else (b"%b:%d" % (work, found[1]), found[0])

    def _close(self) -> None:
        stream, self._stream, self._batch = self._stream, None, iter(())
        if stream is not None:
            stream.close()


class TFRecordWriter:
    """Writes records to a file, which is made new. Any number of threads may write.

    Args:
      path: of the file.
      options: its compression: `TFRecordOptions`, "GZIP", "ZLIB", a `TFRecordCompressionType`.

    Raises:
      ValueError: there is no such compression, or zlib does not take its parameters.
      NotFoundError, PermissionDeniedError, FailedPreconditionError: the file cannot be made.

    >>> with TFRecordWriter(path) as writer:
    ...     writer.write(b"the first record")
    """

    def __init__(self, path: str | bytes | os.PathLike[str], options: Any = None) -> None:
        self._path = os.fsencode(path)
        chosen = as_options(options)
        self._packer = _packer(chosen)
        self._flush_mode = zlib.Z_NO_FLUSH if chosen.flush_mode is None else chosen.flush_mode
        self._lock = threading.Lock()
        try:
            self._file: IO[bytes] | None = open(self._path, "wb", WRITE_BUFFER)  # noqa: SIM115  # as above
        except OSError as error:
            raise file_error(self._path, error) from error

    def write(self, record: str | BytesLike) -> None:
        """Adds a record; text is written as UTF-8.

        Raises:
          FailedPreconditionError: "Writer is closed."
          TypeError: it is no bytes.
        """
        framed = framed_record(_as_data(record))
        with self._lock:
            file = self._open_file()
            try:
                file.write(framed if self._packer is None else self._packer.compress(framed))
            except OSError as error:
                raise file_error(self._path, error) from error

    def flush(self) -> None:
        """Hands all that was written to the operating system (with compression: all that is packed, see `flush_mode`).

        FailedPreconditionError "Writer is closed." after `close`.
        """
        with self._lock:
            file = self._open_file()
            try:
                if self._packer is not None and self._flush_mode not in {zlib.Z_NO_FLUSH, zlib.Z_FINISH}:
                    file.write(self._packer.flush(self._flush_mode))
                file.flush()
            except OSError as error:
                raise file_error(self._path, error) from error

    def close(self) -> None:
        """Ends the file. Closing again does nothing."""
        with self._lock:
            file, self._file = self._file, None
            if file is None:
                return
            try:
                with file:
                    if self._packer is not None:
                        file.write(self._packer.flush())
            except OSError as error:
                raise file_error(self._path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _open_file(self) -> IO[bytes]:
        if self._file is None:
            message = f"Writer is closed. ({os.fsdecode(self._path)}: a new TFRecordWriter makes the file anew.)"
            raise FailedPreconditionError(None, None, message)
        return self._file


def _packer(options: TFRecordOptions) -> "zlib._Compress | None":
    compression = TFRecordOptions.get_compression_type_string(options)
    if not compression:
        return None
    bits = _given(options.window_bits, zlib.MAX_WBITS)
    try:
        return zlib.compressobj(
            level=_given(options.compression_level, zlib.Z_DEFAULT_COMPRESSION),
            method=_given(options.compression_method, zlib.DEFLATED),
            # zlib takes 16 more for a GZIP header around the same.
            wbits=bits + 16 if compression == "GZIP" else bits,
            memLevel=_given(options.mem_level, 9),
            strategy=_given(options.compression_strategy, zlib.Z_DEFAULT_STRATEGY),
        )
    except ValueError as error:
        raise ValueError(f"TFRecordOptions that zlib does not take: {error}: {vars(options)}") from error


def _given(value: int | None, default: int) -> int:
    return default if value is None else value


def _as_data(record: str | BytesLike) -> BytesLike:
    if isinstance(record, str):
        return record.encode()
    if isinstance(record, bytes):
        return record
    if isinstance(record, bytearray | memoryview):
        # Of single bytes, so that its length is what is written.
        return memoryview(record).cast("B")
    raise TypeError(f"A record is bytes, not {type(record).__name__}: {record!r}. SerializeToString() makes some.")
