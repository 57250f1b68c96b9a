"""Files whose records are all of one length, with bytes before, after and between them that are no records."""

from tfqueue.framework.errors import InvalidArgumentError

from .base import Reader, Record
from .byte_sources import PlainBytes, open_bytes

CHUNK = 256 * 1024
"""Bytes read at a time."""


class FixedLengthRecordReader(Reader):
    """Each `record_bytes` of a file are one record: "file:record" (from 0), and the bytes.

    A file is a header, records, and a footer; what is left of it and too short for a record is no record.

    Args:
      record_bytes: of one record.
      header_bytes, footer_bytes: at the start and the end of each file that are no records.
      hop_bytes: from the start of a record to that of the next; 0: `record_bytes`. Fewer: records overlap.
      compression: "", "ZLIB" or "GZIP".
      name: the node's name, for messages.

    Raises:
      InvalidArgumentError: a size is negative, or a record has none.
    """

    def __init__(
        self,
        record_bytes: int,
        header_bytes: int = 0,
        footer_bytes: int = 0,
        hop_bytes: int = 0,
        compression: str = "",
        name: str = "fixed_length_record_reader",
    ) -> None:
        super().__init__(name, "FixedLengthRecordReader")
        if record_bytes < 1:
            raise InvalidArgumentError(None, None, f"record_bytes must be > 0 not {record_bytes}")
        for parameter, size in (("header", header_bytes), ("footer", footer_bytes), ("hop", hop_bytes)):
            if size < 0:
                raise InvalidArgumentError(None, None, f"{parameter}_bytes must be >= 0 not {size}")
        self._record_bytes, self._header_bytes, self._footer_bytes = record_bytes, header_bytes, footer_bytes
        self._hop_bytes = hop_bytes or record_bytes
        self._compression = compression
        self._source: PlainBytes | None = None
        self._buffer = b""
        self._place = 0  # in the buffer; beyond its end when there is more to pass over
        self._record = 0

    def _open(self, work: bytes) -> None:
        self._source = open_bytes(work, self._compression)
        self._buffer, self._place, self._record = b"", self._header_bytes, 0

    def _next(self, work: bytes) -> Record | None:
        stop = self._place + self._record_bytes
        while len(self._buffer) < stop + self._footer_bytes:
            if not self._read_more():
                return None
            stop = self._place + self._record_bytes
        record = self._buffer[self._place : stop]
        key = b"%b:%d" % (work, self._record)
        self._place += self._hop_bytes
        self._record += 1
        return key, record

    def _read_more(self) -> bool:
        """Puts the next bytes behind what is left of the buffer; False at the end of the file."""
        data = b"" if self._source is None else self._source.read(CHUNK)
        left = self._buffer[self._place :]
        self._place -= len(self._buffer) - len(left)
        self._buffer = left + data if left else data
        return bool(data)

    def _close(self) -> None:
        source, self._source, self._buffer = self._source, None, b""
        if source is not None:
            source.close()
