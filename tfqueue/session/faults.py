"""What an exception of a kernel becomes: an `OpError` that names the op and the place where it was made.

Invariants:
  - an `OpError` stays the object it was; anything else is chained to the `OpError` made of it, and its words are kept;
  - what is no `Exception`, such as KeyboardInterrupt, never comes here.
"""

from typing import NoReturn

from tfqueue.framework.errors import InvalidArgumentError, OpError, locate
from tfqueue.framework.translation import op_error_class
from tfqueue.graph.operation import Operation


def raise_located(error: Exception, op: Operation) -> NoReturn:
    """Raises what `op` ended with, as the error of that op."""
    if isinstance(error, OpError):
        locate(error, op)
        raise error
    # NumPy raises IndexError for an index that was an argument of the op.
    error_class = InvalidArgumentError if isinstance(error, IndexError) else op_error_class(error)
    fault = error_class(None, None, f"{type(error).__name__}: {error}")
    locate(fault, op)
    raise fault from error
