"""Summaries and the writer of their files: `tf.summary.scalar`, `tf.summary.FileWriter`, and their messages.

The writer is loaded when it is first asked for, tensorboardX when the first message or file is made.
"""

from typing import TYPE_CHECKING, Any

from tfqueue.framework import messages as _messages
from tfqueue.ops.summary_ops import histogram, merge, merge_all, scalar

if TYPE_CHECKING:
    from tfqueue.summaries.file_writer import FileWriter

__all__ = ["FileWriter", "histogram", "merge", "merge_all", "scalar"]

_MESSAGES = ("Event", "SessionLog", "Summary", "SummaryDescription", "SummaryMetadata")


def __getattr__(name: str) -> Any:
    """The writer, and the messages by the names that TensorFlow 1 gives them here."""
    if name == "FileWriter":
        from tfqueue.summaries.file_writer import FileWriter

        return FileWriter
    if name not in _MESSAGES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_messages, name)


def __dir__() -> list[str]:
    return sorted([*__all__, *_MESSAGES])
