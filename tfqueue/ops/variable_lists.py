"""The variables of a graph: which there are, the ops that initialize them, and which still lack a value."""

from collections.abc import Iterable, Sequence
from typing import Any

from tfqueue.framework import dtypes
from tfqueue.framework.tensor_shape import TensorShape
from tfqueue.graph.collections import GraphKeys
from tfqueue.graph.graph import get_collection
from tfqueue.graph.op_def import apply_op
from tfqueue.graph.operation import Operation, Tensor

from .control_flow_ops import group, no_op
from .variables import Variable


def global_variables(scope: str | None = None) -> list[Any]:
    """The variables in GLOBAL_VARIABLES, those made with no other collections."""
    return get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def local_variables(scope: str | None = None) -> list[Any]:
    """The variables in LOCAL_VARIABLES, such as the counters of `num_epochs`."""
    return get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Any]:
    """The variables in TRAINABLE_VARIABLES."""
    return get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def variables_initializer(var_list: Iterable[Variable] | None, name: str = "init") -> Operation:
    """An op that runs the initializers of these variables; with none a no-op that can be run (SEMANTICS 64)."""
    initializers = [variable.initializer for variable in var_list or ()]
    return group(*initializers, name=name) if initializers else no_op(name)


def global_variables_initializer() -> Operation:
    """An op that initializes the global variables there are now."""
    return variables_initializer(global_variables())


def local_variables_initializer() -> Operation:
    """An op that initializes the local variables there are now."""
    return variables_initializer(local_variables())


initialize_variables = variables_initializer
initialize_all_variables = global_variables_initializer
initialize_local_variables = local_variables_initializer


def is_variable_initialized(variable: Variable) -> Tensor:
    """A bool scalar: whether the variable has a value."""
    return variable.apply("IsVariableInitialized", [], None, dtypes.bool, shape=TensorShape([])).outputs[0]


def report_uninitialized_variables(
    var_list: Sequence[Variable] | None = None, name: str = "report_uninitialized_variables"
) -> Tensor:
    """The names of those that have no value yet, a string vector; default of all global and local variables."""
    variables = [*global_variables(), *local_variables()] if var_list is None else list(var_list)
    attrs = {
        "variables": [variable.op.name for variable in variables],
        "containers": [variable.op.get_attr("container").decode() for variable in variables],
    }
    return apply_op("ReportUninitializedVariables", [], [dtypes.string], name, **attrs).outputs[0]
