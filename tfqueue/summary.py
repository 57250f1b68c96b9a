"""Summaries and the writer of their files: `tf.summary.scalar`, `tf.summary.FileWriter`, and their messages.

The writers are loaded when they are first asked for, tensorboardX when the first message or file is made.
"""

import importlib
from typing import TYPE_CHECKING, Any

from tfqueue.framework import messages as _messages
from tfqueue.ops.summary_ops import histogram, merge, merge_all, scalar

if TYPE_CHECKING:
    from tfqueue.summaries.file_writer import FileWriter
    from tfqueue.summaries.file_writer_cache import FileWriterCache

__all__ = ["FileWriter", "FileWriterCache", "histogram", "merge", "merge_all", "scalar"]

_WRITERS = {
    "FileWriter": "tfqueue.summaries.file_writer",
    "FileWriterCache": "tfqueue.summaries.file_writer_cache",
}
_MESSAGES = ("Event", "SessionLog", "Summary", "SummaryDescription", "SummaryMetadata")


def __getattr__(name: str) -> Any:
    """The writers, and the messages by the names that TensorFlow 1 gives them here."""
    if name in _WRITERS:
        return getattr(importlib.import_module(_WRITERS[name]), name)
    if name not in _MESSAGES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_messages, name)


def __dir__() -> list[str]:
    return sorted([*__all__, *_MESSAGES])
