"""What an exception of a kernel becomes: an `OpError` that names the op and the place where it was made.

Invariants:
  - an `OpError` stays the object it was; anything else is chained to the `OpError` made of it, and its words are kept;
  - what is no `Exception`, such as KeyboardInterrupt, never comes here.
"""

import os
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from tfqueue.framework.errors import (
    AbortedError,
    CancelledError,
    DeadlineExceededError,
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    locate,
)
from tfqueue.framework.translation import op_error_class
from tfqueue.graph.operation import Operation

_NOT_OF_DATA = (AbortedError, CancelledError, DeadlineExceededError, OutOfRangeError)
"""What queues and steps end with, whatever data they carry."""


def raise_located(error: Exception, op: Operation, sources: Sequence[Any] = ()) -> NoReturn:
    """Raises what `op` ended with, as the error of that op.

    `sources`: names of the files or records that its data comes from, as they stood in the step; they are told with an
    error of the data, and not with one of waiting.
    """
    if isinstance(error, OpError):
        if error.op is None and not isinstance(error, _NOT_OF_DATA):
            error.message += _origin(error.message, sources)
        locate(error, op)
        raise error
    # NumPy raises IndexError for an index that was an argument of the op.
    error_class = InvalidArgumentError if isinstance(error, IndexError) else op_error_class(error)
    words = f"{type(error).__name__}: {error}"
    fault = error_class(None, None, words + _origin(words, sources))
    locate(fault, op)
    raise fault from error


def _origin(words: str, sources: Sequence[Any]) -> str:
    values = [source.item() if isinstance(source, np.ndarray) and source.ndim == 0 else source for source in sources]
    names = dict.fromkeys(os.fsdecode(value) for value in values if isinstance(value, bytes))
    told = [repr(name) for name in names if name not in words]
    return f" Its data comes from {', '.join(told)}." if told else ""
