"""Summaries and the writer of their files: `tf.summary.scalar`, `tf.summary.FileWriter`, and their messages.

The writers are loaded when they are first asked for, tensorboardX when the first message or file is made.
"""

from typing import TYPE_CHECKING, Any

from tfqueue.framework import messages as _messages
from tfqueue.graph.graph import get_default_graph as _get_default_graph
from tfqueue.ops.media_summary_ops import audio, image
from tfqueue.ops.summary_ops import histogram, merge, merge_all, scalar
from tfqueue.ops.tensor_summary_ops import get_summary_description, tensor_summary, text

if TYPE_CHECKING:
    from tfqueue.summaries.file_writer import FileWriter
    from tfqueue.summaries.file_writer_cache import FileWriterCache

__all__ = [
    "FileWriter",
    "FileWriterCache",
    "audio",
    "get_summary_description",
    "histogram",
    "image",
    "merge",
    "merge_all",
    "scalar",
    "tensor_summary",
    "text",
]

_MESSAGES = ("Event", "SessionLog", "Summary", "SummaryDescription", "SummaryMetadata", "TaggedRunMetadata")


def __getattr__(name: str) -> Any:
    """The writers, and the messages by the names that TensorFlow 1 gives them here."""
    if name == "FileWriter":
        from tfqueue.summaries.file_writer import FileWriter

        return FileWriter
    if name == "FileWriterCache":
        from tfqueue.summaries.file_writer_cache import FileWriterCache

        FileWriterCache.write_graph(_get_default_graph)
        return FileWriterCache
    if name not in _MESSAGES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_messages, name)


def __dir__() -> list[str]:
    return sorted([*__all__, *_MESSAGES])
