"""Files as ops: read_file, write_file, matching_files, and the handles of readers.

A reader's handle stands in the graph; the reader itself (`tfqueue.readers`) lives in the session, and takes its names
from the queue that `read` is given.
"""

import glob
from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import apply_op, register_op
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.readers.base import Reader
from tfqueue.readers.files import TextLineReader as TextLines
from tfqueue.readers.files import WholeFileReader as WholeFiles
from tfqueue.readers.files import read_whole, write_whole

from .arguments import STRING, TensorLike, argument, single_output
from .shape_functions import Shapes, scalar
from .values import Value, as_array, as_bytes

WORK_QUEUE = "Expected queue with single string component"


# Files ---------------------------------------------------------------------------------------------------------------


@register_op("ReadFile", shape=scalar, source=lambda op: op.inputs[0])
def _read_file(filename: Value) -> Value:
    return read_whole(as_bytes(filename, "filename"))


def read_file(filename: TensorLike, name: str | None = None) -> Tensor:
    """The contents of a file, a scalar string.

    A run raises NotFoundError, PermissionDeniedError or FailedPreconditionError (a directory), each naming the file.
    """
    with name_scope(name, "ReadFile", [filename]) as scope:
        return single_output("ReadFile", [argument("ReadFile", "filename", filename, allowed=STRING)], scope)


@register_op("WriteFile", stateful=True)
def _write_file(filename: Value, contents: Value) -> None:
    write_whole(as_bytes(filename, "filename"), as_bytes(contents, "contents"))


def write_file(filename: TensorLike, contents: TensorLike, name: str | None = None) -> Operation:
    """An operation that makes a file, and the folders to it; a file of that name is replaced at once or not at all."""
    with name_scope(name, "WriteFile", [filename, contents]) as scope:
        inputs = [
            argument("WriteFile", p, v, allowed=STRING) for p, v in (("filename", filename), ("contents", contents))
        ]
        return apply_op("WriteFile", inputs, [], scope)


def _some(op: Operation) -> Shapes:
    return [[None]]


@register_op("MatchingFiles", shape=_some, stateful=True)
def _matching_files(patterns: Value) -> Value:
    found = sorted({path for pattern in as_array(patterns).flat for path in glob.glob(pattern)})
    names = np.empty(len(found), dtype=object)
    names[:] = found
    return names


def matching_files(pattern: TensorLike, name: str | None = None) -> Tensor:
    """The sorted names of the files that match one of the patterns (`*`, `?`, `[a-z]`); none is an empty vector."""
    with name_scope(name, "MatchingFiles", [pattern]) as scope:
        return single_output("MatchingFiles", [argument("MatchingFiles", "pattern", pattern, allowed=STRING)], scope)


# Handles of readers --------------------------------------------------------------------------------------------------


def reader_of(op: Operation, session: Any, make: Callable[[str], Reader]) -> Callable[[], Reader]:
    """The kernel of a handle: gives the session's reader, made when first asked for."""
    container = op.get_attr("container").decode()
    reader: Reader = session.resources.lookup_or_create("reader", container, op.name, lambda: make(op.name))
    return lambda: reader


@register_op("WholeFileReaderV2", shape=scalar, bind=True, stateful=True)
def _whole_file_reader(op: Operation, session: Any) -> Callable[[], Reader]:
    return reader_of(op, session, WholeFiles)


@register_op("TextLineReaderV2", shape=scalar, bind=True, stateful=True)
def _text_line_reader(op: Operation, session: Any) -> Callable[[], Reader]:
    return reader_of(op, session, lambda name: TextLines(op.get_attr("skip_header_lines"), name))


def _check_work_queue(op: Operation) -> None:
    """Refuses a queue of anything but names before a read takes an element out of it."""
    source = op.inputs[1].op
    types = source.attrs.get("component_types")
    if types is not None and list(types) != [dtypes.string]:
        names = ", ".join(dtype.name for dtype in types)
        message = f"{WORK_QUEUE}, '{source.name}' holds ({names}): give the reader a queue of file names."
        raise InvalidArgumentError(None, None, message)


def _next_name(step: Any, queue: Any) -> Callable[[], bytes]:
    """What a reader asks for its next file: the head of the queue, waiting for it as long as the step may."""

    def dequeue() -> bytes:
        element = queue.dequeue(timeout=step.remaining(), cancellation=step.cancellation)
        if len(element) != 1:
            raise InvalidArgumentError(None, None, f"{WORK_QUEUE}, got {len(element)} components.")
        return as_bytes(element[0], "work item")

    return dequeue


@register_op("ReaderReadV2", shape=scalar, bind=True, blocking=True, stateful=True, source=lambda op: op.outputs[0])
def _reader_read(op: Operation, session: Any) -> Callable[..., Value]:
    def read(step: Any, reader: Reader, queue: Any) -> Value:
        _check_work_queue(op)
        return reader.read(_next_name(step, queue), step.remaining(), step.cancellation)

    return read


def _some_records(op: Operation) -> Shapes:
    return [[None], [None]]


@register_op("ReaderReadUpToV2", shape=_some_records, bind=True, blocking=True, stateful=True)
def _reader_read_up_to(op: Operation, session: Any) -> Callable[..., Value]:
    def read_up_to(step: Any, reader: Reader, queue: Any, count: Value) -> Value:
        _check_work_queue(op)
        records = reader.read_up_to(_next_name(step, queue), int(count), step.remaining(), step.cancellation)
        columns = np.empty((2, len(records)), dtype=object)
        columns[:] = list(zip(*records, strict=True))
        return columns[0], columns[1]

    return read_up_to


@register_op("ReaderNumRecordsProducedV2", shape=scalar, stateful=True)
def _num_records_produced(reader: Reader) -> Value:
    return np.int64(reader.num_records_produced())


@register_op("ReaderNumWorkUnitsCompletedV2", shape=scalar, stateful=True)
def _num_work_units_completed(reader: Reader) -> Value:
    return np.int64(reader.num_work_units_completed())


@register_op("ReaderResetV2", blocking=True, stateful=True)
def _reader_reset(step: Any, reader: Reader) -> None:
    reader.reset(step.remaining(), step.cancellation)


@register_op("ReaderSerializeStateV2", shape=scalar, blocking=True, stateful=True)
def _reader_serialize_state(step: Any, reader: Reader) -> Value:
    return reader.serialize_state(step.remaining(), step.cancellation)


@register_op("ReaderRestoreStateV2", blocking=True, stateful=True)
def _reader_restore_state(step: Any, reader: Reader, state: Value) -> None:
    reader.restore_state(as_bytes(state, "state"), step.remaining(), step.cancellation)


class ReaderBase:
    """The handle of a reader: ops that read records of the files named in a queue.

    Args:
      reader_ref: the resource tensor of a reader op.
      supports_serialize: whether the reader can say where it stands.

    A queue is anything with a `queue_ref`, or the resource tensor itself; it must hold one string an element, else a
    run is InvalidArgumentError "Expected queue with single string component ...".
    """

    def __init__(self, reader_ref: Tensor, supports_serialize: bool = False) -> None:
        self._reader_ref = reader_ref
        self._supports_serialize = supports_serialize

    @property
    def reader_ref(self) -> Tensor:
        """The resource tensor of the reader op."""
        return self._reader_ref

    @property
    def supports_serialize(self) -> bool:
        """Whether the reader can say where it stands."""
        return self._supports_serialize

    def read(self, queue: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
        """The next record's key and value, two scalar strings; takes a name from `queue` when it has no file in hand.

        A run waits as long as the queue is empty and open. It raises the queue's OutOfRangeError at the end, and
        NotFoundError and kin for a file that cannot be read; the next run goes on with the next file.
        """
        key, value = self._op("ReaderReadV2", [_queue_ref(queue)], 2, name).outputs
        return key, value

    def read_up_to(self, queue: Any, num_records: TensorLike, name: str | None = None) -> tuple[Tensor, Tensor]:
        """At most `num_records` records as vectors [n] of keys and values, never across a file's end (SEMANTICS 80)."""
        count = argument("ReaderReadUpToV2", "num_records", num_records, dtypes.int64)
        keys, values = self._op("ReaderReadUpToV2", [_queue_ref(queue), count], 2, name).outputs
        return keys, values

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """Records read in this session since the last reset, an int64 scalar."""
        return self._count("ReaderNumRecordsProducedV2", name)

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """Files read to their end in this session since the last reset, an int64 scalar."""
        return self._count("ReaderNumWorkUnitsCompletedV2", name)

    def serialize_state(self, name: str | None = None) -> Tensor:
        """Where the reader stands, a scalar string; UnimplementedError for kinds that cannot say."""
        return self._op("ReaderSerializeStateV2", [], 1, name).outputs[0]

    def restore_state(self, state: TensorLike, name: str | None = None) -> Operation:
        """An operation that goes on from a state; InvalidArgumentError when it is none, and the reader is reset."""
        tensor = argument("ReaderRestoreStateV2", "state", state, allowed=STRING)
        if tensor.shape.ndims not in {0, None}:
            raise ValueError(f"restore_state: Shape must be rank 0 but is rank {tensor.shape.ndims}")
        return self._op("ReaderRestoreStateV2", [tensor], 0, name)

    def reset(self, name: str | None = None) -> Operation:
        """An operation that forgets the counts and the file in hand."""
        return self._op("ReaderResetV2", [], 0, name)

    def _op(self, op_type: str, inputs: list[Tensor], outputs: int, name: str | None) -> Operation:
        return apply_op(op_type, [self._reader_ref, *inputs], [dtypes.string] * outputs, name)

    def _count(self, op_type: str, name: str | None) -> Tensor:
        return single_output(op_type, [self._reader_ref], name, dtypes.int64)


def _queue_ref(queue: Any) -> Tensor:
    tensor: Tensor = getattr(queue, "queue_ref", queue)
    return tensor


class WholeFileReader(ReaderBase):
    """Gives each file as one record: its name and its contents."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(reader_handle("WholeFileReaderV2", name), supports_serialize=True)


class TextLineReader(ReaderBase):
    r"""Gives the lines of files, without \n or \r\n; keys are "file:line", from 1, headers counted.

    Args:
      skip_header_lines: lines to leave out at the start of each file.
      name: the op's name.
    """

    def __init__(self, skip_header_lines: int | None = None, name: str | None = None) -> None:
        super().__init__(reader_handle("TextLineReaderV2", name, skip_header_lines=skip_header_lines or 0))


def reader_handle(op_type: str, name: str | None, **attrs: Any) -> Tensor:
    """The resource tensor of a new reader op."""
    return apply_op(op_type, [], [dtypes.resource], name, container="", shared_name="", **attrs).outputs[0]
