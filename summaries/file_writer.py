"""`FileWriter`: TensorFlow 1's writer of event files.

Events are built in the calling thread and written by the stream's; SEMANTICS 92 to 96 and section 1.5 of the same.
"""

import os
import threading
import time
import warnings
import weakref
from types import TracebackType
from typing import Any, Self

from tfqueue.framework import messages

from .event_stream import EventStream

_CLOSED = (
    "Attempting to use a closed FileWriter. The operation will be a noop unless the FileWriter is explicitly reopened."
)

_shared: "weakref.WeakKeyDictionary[Any, dict[str, weakref.ref[EventStream]]]" = weakref.WeakKeyDictionary()
_shared_lock = threading.Lock()
os.register_at_fork(
    before=_shared_lock.acquire, after_in_parent=_shared_lock.release, after_in_child=_shared_lock.release
)


class FileWriter:
    """Writes summaries, graphs and session logs to an event file that TensorBoard reads.

    Args:
      logdir: directory of the file, made if it is missing.
      graph: a `Graph` (or a GraphDef) to write at once, with its meta graph.
      max_queue: events that may wait for the disk; further ones hold `add_...` up.
      flush_secs: seconds after which what was added is on the disk; the first event is at once.
      graph_def: the old way to pass a GraphDef.
      filename_suffix: the end of the file's name.
      session: writers of one session and `logdir` share one file.

    A writer that is dropped without `close`, or left open at interpreter exit, loses nothing.

    Raises an `OpError` naming `logdir` when no file can be made there (PermissionDeniedError, NotFoundError,
    FailedPreconditionError, ResourceExhaustedError), and from `flush` and `close` when the disk does not take all.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ) -> None:
        self._logdir = os.fspath(logdir)
        self._max_queue, self._flush_secs = max_queue, flush_secs
        self._suffix = filename_suffix or ""
        self._session = None if session is None else weakref.ref(session)
        self._seen_tags: set[str] = set()
        self._run_tags: set[str] = set()
        # A graph that cannot be written is refused before a file is made.
        definition = None if graph is None and graph_def is None else _graph_bytes(graph, graph_def)
        self._closed = True
        self.reopen()
        if definition is not None:
            self._add(messages.Event(graph_def=definition), None)
            self._add(messages.Event(meta_graph_def=_meta_graph(definition)), None)

    def __enter__(self) -> Self:
        """The writer itself; it is closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get_logdir(self) -> str:
        """The directory of the file."""
        return self._logdir

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Adds a summary: the bytes that a summary op gives, or a Summary message.

        A value's metadata is kept the first time its tag is seen, and dropped after, as TensorBoard remembers it.
        """
        event = messages.Event()
        # In any case a copy, so that the caller's own message keeps its metadata.
        event.summary.ParseFromString(summary if isinstance(summary, bytes) else summary.SerializeToString())
        for value in event.summary.value:
            if value.tag in self._seen_tags:
                value.ClearField("metadata")
            self._seen_tags.add(value.tag)
        self._add(event, global_step)

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Adds a SessionLog message: a start, a stop, a checkpoint."""
        event = messages.Event()
        event.session_log.ParseFromString(session_log.SerializeToString())
        self._add(event, global_step)

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Adds a `Graph` for TensorBoard's graph tab. ValueError with both, TypeError with neither kind."""
        self._add(messages.Event(graph_def=_graph_bytes(graph, graph_def)), global_step)

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Adds a MetaGraphDef message. TypeError for what is none."""
        if not hasattr(meta_graph_def, "SerializeToString"):
            raise TypeError(f"meta_graph_def must be type MetaGraphDef, saw type: {type(meta_graph_def)}")
        self._add(messages.Event(meta_graph_def=meta_graph_def.SerializeToString()), global_step)

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Adds a RunMetadata message under a tag. ValueError for a tag that was used before."""
        with _shared_lock:  # two threads with one tag: the second is refused
            if tag in self._run_tags:
                raise ValueError("The provided tag was already used for this event type")
            self._run_tags.add(tag)
        tagged = messages.TaggedRunMetadata(tag=tag, run_metadata=run_metadata.SerializeToString())
        self._add(messages.Event(tagged_run_metadata=tagged), global_step)

    def add_event(self, event: Any) -> None:
        """Adds an Event message as it is."""
        if self._is_open():
            self._stream.add(event.SerializeToString())

    def flush(self) -> None:
        """Returns when all that was added is on the disk."""
        if self._is_open():
            self._stream.flush()

    def close(self) -> None:
        """Puts all that was added on the disk and ends the file. Once is enough, more does no harm."""
        if not self._closed:
            self._closed = True
            self._release()
            self._stream.wait_for_end()

    def reopen(self) -> None:
        """After `close`: further events go to a new file. Nothing happens while the writer is open."""
        if not self._closed:
            return
        self._stream = self._open()
        # Called when the writer is dropped, too; at exit the stream ends by itself.
        self._release = weakref.finalize(self, self._stream.release)
        self._release.atexit = False
        self._closed = False

    def _open(self) -> EventStream:
        session = None if self._session is None else self._session()
        if session is None:
            return EventStream(self._logdir, self._suffix, self._max_queue, self._flush_secs)
        with _shared_lock:
            streams = _shared.setdefault(session, {})
            known = streams[self._logdir]() if self._logdir in streams else None
            if known is not None and known.share():
                return known
            stream = EventStream(self._logdir, self._suffix, self._max_queue, self._flush_secs)
            streams[self._logdir] = weakref.ref(stream)
            return stream

    def _is_open(self, stacklevel: int = 3) -> bool:
        if self._closed:
            warnings.warn(_CLOSED, UserWarning, stacklevel)
        return not self._closed

    def _add(self, event: Any, global_step: Any) -> None:
        event.wall_time = time.time()
        if global_step is not None:
            event.step = int(global_step)
        if self._is_open(stacklevel=4):
            self._stream.add(event.SerializeToString())


def _graph_bytes(graph: Any, graph_def: Any) -> bytes:
    """The serialised GraphDef of a `Graph`, or of a GraphDef, ours or a compiled message, given either way."""
    if graph is not None and graph_def is not None:
        raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
    given = graph if graph is not None else graph_def
    definition = given.as_graph_def(add_shapes=True) if hasattr(given, "as_graph_def") else given
    if not (hasattr(definition, "node") and hasattr(definition, "SerializeToString")):
        raise TypeError("The passed graph must be an instance of `Graph` or the deprecated `GraphDef`")
    serialised: bytes = definition.SerializeToString()
    return serialised


def _meta_graph(graph: bytes) -> bytes:
    """A serialised MetaGraphDef of nothing but its field 2, the graph; tensorboardX has no such message."""
    length, head = len(graph), bytearray(b"\x12")
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*head, length]) + graph
