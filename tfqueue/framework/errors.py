"""What can go wrong in a step: one class a code, after TensorFlow's `tf.errors`.

Invariants:
  - `str(error)` is `error.message`;
  - an error is located at most once: the first op that it names stays at fault, whoever passes it on;
  - an error that travels by pickle keeps class, message, code and the name of its op, never the graph.

Rooms below the graph raise `X(None, None, message)`; the executor calls `locate` when it knows the op.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class LocatableOp(Protocol):
    """What `locate` needs to know of an op."""

    @property
    def name(self) -> str:
        """The op's name in its graph."""

    @property
    def node_def(self) -> Any:
        """Its definition."""

    @property
    def defined_at(self) -> str:
        """ "file:line" of the user's code that made it."""


@dataclass(frozen=True, slots=True)
class OpReference:
    """Stands for the op of an error that crossed a process: its name, without its graph."""

    name: str


class OpError(Exception):
    """An error of one op in one step.

    Args:
      node_def: the failing node's definition, or None.
      op: the failing `Operation`, or None; after unpickling an `OpReference` with its name.
      message: what happened, where, how much, and what to do next.
      error_code: one of this module's codes.
    """

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int) -> None:
        super().__init__(message)
        self.node_def = node_def
        self.op = op
        self.message = message
        self.error_code = error_code

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Callable[..., "OpError"], tuple[Any, ...]]:
        op_name = None if self.op is None else str(self.op.name)
        return _rebuild, (type(self), self.message, self.error_code, op_name)


class _CodedError(OpError):
    """An `OpError` whose class says its code; made as `X(node_def, op, message)`."""

    code: int

    def __init__(self, node_def: Any, op: Any, message: str) -> None:
        super().__init__(node_def, op, message, self.code)


class CancelledError(_CodedError):
    """An operation or step was called off: a queue closed with pending operations cancelled, a session closed."""

    code = CANCELLED


class UnknownError(_CodedError):
    """An error of which no more is known, such as an exception of a user's function."""

    code = UNKNOWN


class InvalidArgumentError(_CodedError):
    """An op received a value that it cannot take."""

    code = INVALID_ARGUMENT


class DeadlineExceededError(_CodedError):
    """The time given to a step or an operation was over before it ended."""

    code = DEADLINE_EXCEEDED


class NotFoundError(_CodedError):
    """A file, resource or session target does not exist."""

    code = NOT_FOUND


class AlreadyExistsError(_CodedError):
    """What was to be created exists."""

    code = ALREADY_EXISTS


class PermissionDeniedError(_CodedError):
    """The caller may not do this."""

    code = PERMISSION_DENIED


class UnauthenticatedError(_CodedError):
    """The caller did not say who it is."""

    code = UNAUTHENTICATED


class ResourceExhaustedError(_CodedError):
    """Memory, space or a quota ran out."""

    code = RESOURCE_EXHAUSTED


class FailedPreconditionError(_CodedError):
    """The system is not in the state that the op needs, such as a variable that was not initialized."""

    code = FAILED_PRECONDITION


class AbortedError(_CodedError):
    """An operation ended because another one that it depended on ended."""

    code = ABORTED


class OutOfRangeError(_CodedError):
    """The input is at its end: a closed queue without enough elements, a counter at its limit."""

    code = OUT_OF_RANGE


class UnimplementedError(_CodedError):
    """This operation is not provided here."""

    code = UNIMPLEMENTED


class InternalError(_CodedError):
    """An invariant was broken: a defect of this library."""

    code = INTERNAL


class UnavailableError(_CodedError):
    """The other side cannot be reached now; trying again may help."""

    code = UNAVAILABLE


class DataLossError(_CodedError):
    """Data is lost or damaged beyond repair."""

    code = DATA_LOSS


_CLASSES: dict[int, type[_CodedError]] = {
    error_class.code: error_class
    for error_class in (
        CancelledError,
        UnknownError,
        InvalidArgumentError,
        DeadlineExceededError,
        NotFoundError,
        AlreadyExistsError,
        PermissionDeniedError,
        ResourceExhaustedError,
        FailedPreconditionError,
        AbortedError,
        OutOfRangeError,
        UnimplementedError,
        InternalError,
        UnavailableError,
        DataLossError,
        UnauthenticatedError,
    )
}


class _LocateLock:
    """One error object may end several attempts, each in its own thread."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """A forked child must not find the lock held by a thread that it does not have."""
        self.lock = threading.Lock()


_locate = _LocateLock()
os.register_at_fork(after_in_child=_locate.renew)


def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """The class of an error code.

    Raises:
      KeyError: no class has this code.
    """
    return _CLASSES[error_code]


def error_code_from_exception_type(exception_type: type[OpError]) -> int:
    """The code of one of this module's classes, or of a class derived from one.

    Raises:
      KeyError: the class has no code of its own.
    """
    code = getattr(exception_type, "code", None)
    if code is None:
        raise KeyError(exception_type)
    return int(code)


def locate(error: OpError, op: LocatableOp) -> None:
    """Says at which op an error happened, once: a later call on the same error changes nothing.

    Sets `error.op` and `error.node_def`, and adds the op's name and the user's line that made it to the message.
    """
    with _locate.lock:
        if error.op is not None:
            return
        error.op = op
        error.node_def = op.node_def
        error.message += f"\n\t [[node {op.name} (defined at {op.defined_at})]]"


def _rebuild(error_class: type[OpError], message: str, error_code: int, op_name: str | None) -> OpError:
    """Makes an error anew from its pickle, past the constructor, which a derived class may have changed."""
    error = error_class.__new__(error_class)
    OpError.__init__(error, None, None if op_name is None else OpReference(op_name), message, error_code)
    return error
