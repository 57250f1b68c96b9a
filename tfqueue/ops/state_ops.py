"""What a variable is in one session, and the ops on it: read, assign, add, count up.

Invariants:
  - a session holds at most one state a variable op, whatever number of plans use it;
  - the array of a state is never written to: an update puts a new one in its place, and what was read stays;
  - updates of one variable happen one after the other.
"""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.errors import FailedPreconditionError, InvalidArgumentError, OutOfRangeError
from tfqueue.framework.tensor_shape import brackets
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation

from .values import Value

_UNSET: Any = object()


class VariableState:
    """The value that a variable has in one session; none before it was assigned. Shared by threads."""

    __slots__ = ("_lock", "_name", "_value")

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._value: Value = _UNSET

    def is_initialized(self) -> bool:
        """It was assigned."""
        return self._value is not _UNSET

    def read(self) -> Value:
        """The value. FailedPreconditionError before it was assigned."""
        value = self._value
        if value is _UNSET:
            raise FailedPreconditionError(
                None,
                None,
                f"Attempting to use uninitialized value {self._name}. Run tf.global_variables_initializer() first; for "
                "counters such as those of num_epochs tf.local_variables_initializer().",
            )
        return value

    def assign(self, value: Value) -> Value:
        """Replaces the value."""
        with self._lock:
            self._value = value
        return value

    def update(self, function: Callable[[Value], Value]) -> Value:
        """Replaces the value by a function of it, and returns the new one."""
        with self._lock:
            self._value = function(self.read())
            return self._value

    def count_up_to(self, limit: int) -> Value:
        """Adds one, and returns the value before. OutOfRangeError "Reached limit of n" when it is `limit` already."""
        with self._lock:
            value = self.read()
            if value >= limit:
                raise OutOfRangeError(None, None, f"Reached limit of {limit}")
            self._value = value + value.dtype.type(1)
            return value


def variable_state(name: str, container: str, session: Any) -> VariableState:
    """The state of the variable whose op has this name."""
    state: VariableState = session.resources.lookup_or_create("variable", container, name, lambda: VariableState(name))
    return state


def _state(op: Operation, session: Any) -> VariableState:
    return variable_state(op.get_attr("variable").decode(), op.get_attr("container").decode(), session)


def _declared_shape(op: Operation) -> list[Any]:
    return [op.get_attr("shape")]


@register_op("VariableV2", shape=_declared_shape, bind=True, keeps=True, stateful=True)
def _variable(op: Operation, session: Any) -> Callable[[], Value]:
    return variable_state(op.name, op.get_attr("container").decode(), session).read


@register_op("ReadVariableOp", shape=_declared_shape, bind=True, keeps=True, stateful=True)
def _read_variable(op: Operation, session: Any) -> Callable[[], Value]:
    return _state(op, session).read


@register_op("Assign", shape=_declared_shape, bind=True, keeps=True, stores=True, stateful=True)
def _assign(op: Operation, session: Any) -> Callable[[Value], Value]:
    state, shape = _state(op, session), op.get_attr("shape")
    if not op.get_attr("validate_shape"):
        return state.assign

    def assign(value: Value) -> Value:
        if not shape.is_compatible_with(np.shape(value)):
            raise InvalidArgumentError(
                None,
                None,
                "Assign requires shapes of both tensors to match. "
                f"lhs shape= {brackets(shape)} rhs shape= {brackets(np.shape(value))}",
            )
        return state.assign(value)

    return assign


@register_op("AssignAdd", shape=_declared_shape, bind=True, keeps=True, stateful=True)
def _assign_add(op: Operation, session: Any) -> Callable[[Value], Value]:
    return _updater(_state(op, session), np.add)


@register_op("AssignSub", shape=_declared_shape, bind=True, keeps=True, stateful=True)
def _assign_sub(op: Operation, session: Any) -> Callable[[Value], Value]:
    return _updater(_state(op, session), np.subtract)


def _updater(state: VariableState, function: Callable[[Value, Value], Value]) -> Callable[[Value], Value]:
    def checked(value: Value, change: Value) -> Value:
        if np.shape(value) != np.shape(change):
            shapes = f"{brackets(np.shape(value))} and {brackets(np.shape(change))}"
            raise InvalidArgumentError(None, None, f"Parameters and update must be the same size: {shapes}")
        return function(value, change)

    return lambda change: state.update(lambda value: checked(value, change))


@register_op("CountUpTo", shape=_declared_shape, bind=True, stateful=True)
def _count_up_to(op: Operation, session: Any) -> Callable[[], Value]:
    state, limit = _state(op, session), op.get_attr("limit")
    return lambda: state.count_up_to(limit)


@register_op("IsVariableInitialized", shape=_declared_shape, bind=True, stateful=True)
def _is_initialized(op: Operation, session: Any) -> Callable[[], Value]:
    state = _state(op, session)
    return lambda: np.bool_(state.is_initialized())


@register_op("InitializedValue", shape=_declared_shape, bind=True, keeps=True, stateful=True)
def _initialized_value(op: Operation, session: Any) -> Callable[[Value], Value]:
    state = _state(op, session)
    return lambda initial_value: state.read() if state.is_initialized() else initial_value


@register_op("ReportUninitializedVariables", shape=lambda op: [[None]], bind=True, stateful=True)
def _report_uninitialized(op: Operation, session: Any) -> Callable[[], Value]:
    names = op.get_attr("variables")
    containers = op.get_attr("containers")
    states = [variable_state(n.decode(), c.decode(), session) for n, c in zip(names, containers, strict=True)]

    def report() -> Value:
        missing = [name for name, state in zip(names, states, strict=True) if not state.is_initialized()]
        return np.array(missing, dtype=dtypes.string.as_numpy_dtype)

    return report
