"""The handles of readers of records: fixed length, TFRecord, identity. (Text and whole files: `io_ops`.)"""

from collections.abc import Callable
from typing import Any

from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation
from tfqueue.readers.base import Reader
from tfqueue.readers.fixed_length import FixedLengthRecordReader as FixedLengthRecords
from tfqueue.readers.identity import IdentityReader as Identities
from tfqueue.readers.record_options import TFRecordOptions
from tfqueue.readers.tfrecord import TFRecordReader as TFRecords

from .io_ops import ReaderBase, reader_handle, reader_of
from .shape_functions import scalar


@register_op("FixedLengthRecordReaderV2", shape=scalar, bind=True, stateful=True)
def _fixed_length_record_reader(op: Operation, session: Any) -> Callable[[], Reader]:
    record, header, footer, hop = (op.get_attr(f"{part}_bytes") for part in ("record", "header", "footer", "hop"))
    encoding = op.get_attr("encoding").decode()
    compression = encoding if encoding != "NONE" else ""
    return reader_of(op, session, lambda name: FixedLengthRecords(record, header, footer, hop, compression, name))


@register_op("TFRecordReaderV2", shape=scalar, bind=True, stateful=True)
def _tf_record_reader(op: Operation, session: Any) -> Callable[[], Reader]:
    compression = op.get_attr("compression_type").decode()
    return reader_of(op, session, lambda name: TFRecords(compression, name))


@register_op("IdentityReaderV2", shape=scalar, bind=True, stateful=True)
def _identity_reader(op: Operation, session: Any) -> Callable[[], Reader]:
    return reader_of(op, session, Identities)


class FixedLengthRecordReader(ReaderBase):
    """Gives records of `record_bytes` each; keys are "file:record", from 0.

    Args:
      record_bytes: of one record; 0 or less is InvalidArgumentError in a run, as is a negative size below.
      header_bytes, footer_bytes: at the start and the end of each file that are no records.
      hop_bytes: from the start of a record to that of the next; default `record_bytes`.
      name: the op's name.
      encoding: "GZIP" or "ZLIB" for files so compressed.

    Raises:
      ValueError: `encoding` is something else.
    """

    def __init__(
        self,
        record_bytes: int,
        header_bytes: int | None = None,
        footer_bytes: int | None = None,
        hop_bytes: int | None = None,
        name: str | None = None,
        encoding: str | None = None,
    ) -> None:
        if encoding not in {None, "", "NONE", "GZIP", "ZLIB"}:
            raise ValueError(f"FixedLengthRecordReader: encoding must be GZIP, ZLIB or none, not {encoding!r}")
        reference = reader_handle(
            "FixedLengthRecordReaderV2",
            name,
            record_bytes=record_bytes,
            header_bytes=header_bytes or 0,
            footer_bytes=footer_bytes or 0,
            hop_bytes=hop_bytes or 0,
            encoding=encoding or "",
        )
        super().__init__(reference)


class TFRecordReader(ReaderBase):
    """Gives the records of TFRecord files; keys are "file:offset", in the unpacked file.

    A damaged or cut file is DataLossError naming it and the offset, once all records before were given.

    Args:
      name: the op's name.
      options: compression: `TFRecordOptions`, "GZIP", "ZLIB", a `TFRecordCompressionType`; ValueError for another.
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        compression = TFRecordOptions.get_compression_type_string(options)
        super().__init__(reader_handle("TFRecordReaderV2", name, compression_type=compression))


class IdentityReader(ReaderBase):
    """Gives each piece of work itself, as key and value."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(reader_handle("IdentityReaderV2", name), supports_serialize=True)
