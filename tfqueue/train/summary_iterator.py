"""Event files read back."""

import os
from collections.abc import Iterator
from typing import Any

from tfqueue.framework import messages
from tfqueue.readers.tfrecord import tf_record_iterator


def summary_iterator(path: str | bytes | os.PathLike[str]) -> Iterator[Any]:
    """The events of a file, each as an Event message, the first of them the file's version.

    Args:
      path: an event file (not its directory), as `FileWriter` or TensorFlow wrote it.

    Raises:
      NotFoundError, PermissionDeniedError, FailedPreconditionError: the file cannot be opened.
      DataLossError: after the events before it: one is damaged, or still being written.
    """
    return map(messages.Event.FromString, tf_record_iterator(path))
