"""The global step: an integer variable that counts a program's training steps, and by which its summaries are placed.

Invariants:
  - a graph has at most one, in the collection GLOBAL_STEP, or by the name `global_step`;
  - what hooks read is an op of its own, made once a graph, that can be run before the variable is initialized.
After TensorFlow 1's python/training/training_util.py.
"""

import logging
from typing import Any

from tfqueue.framework import dtypes
from tfqueue.graph.graph import Graph, GraphKeys, get_default_graph
from tfqueue.graph.operation import Tensor
from tfqueue.ops.math_ops import add
from tfqueue.ops.variables import Variable

_log = logging.getLogger("tfqueue")

GLOBAL_STEP_READ_KEY = "global_step_read_op_cache"
"""The collection that holds the tensor which hooks read."""


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The value of the global step in a session.

    Args:
      sess: a `Session`.
      global_step_tensor: the variable, a tensor, or the name of a tensor.
    """
    return int(sess.run(global_step_tensor))


def get_global_step(graph: Graph | None = None) -> Any:
    """The global step of `graph`, default the default graph; None when it has none, or several.

    Raises:
      TypeError: what has its name or collection is no integer scalar.
    """
    graph = graph or get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) > 1:
        _log.error("Multiple tensors in global_step collection.")
        return None
    if found:
        step = found[0]
    else:
        try:
            step = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    assert_global_step(step)
    return step


def create_global_step(graph: Graph | None = None) -> Variable:
    """Makes the global step of `graph`, an int64 variable that starts at 0, in GLOBAL_VARIABLES and GLOBAL_STEP.

    Raises:
      ValueError: the graph has one.
    """
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), graph.name_scope(None):
        return Variable(
            0,
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
            name="global_step",
            dtype=dtypes.int64,
        )


def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """The global step of `graph`, default the default graph; made when it has none."""
    graph = graph or get_default_graph()
    step = get_global_step(graph)
    return create_global_step(graph) if step is None else step


def assert_global_step(global_step_tensor: Any) -> None:
    """Raises TypeError for what is no integer scalar, variable or tensor."""
    if not isinstance(global_step_tensor, Variable | Tensor):
        raise TypeError(f'Existing "global_step" must be a Variable or Tensor: {global_step_tensor}.')
    if not global_step_tensor.dtype.base_dtype.is_integer:
        raise TypeError(f'Existing "global_step" does not have integer type: {global_step_tensor.dtype}')
    shape = global_step_tensor.get_shape()
    if shape.ndims != 0 and shape.is_fully_defined():
        raise TypeError(f'Existing "global_step" is not scalar: {shape}')


def global_step_read(hook: str) -> Tensor:
    """The tensor that hooks read in the default graph: the global step's value, its initial one before it has any.

    Args:
      hook: who needs it, for the message.

    Raises:
      RuntimeError: the graph has no global step.
    """
    graph = get_default_graph()
    made: list[Tensor] = graph.get_collection(GLOBAL_STEP_READ_KEY)
    if len(made) > 1:
        words = f"There are multiple items in collection {GLOBAL_STEP_READ_KEY}. There should be only one."
        raise RuntimeError(words)
    if made:
        return made[0]
    step = get_global_step(graph)
    if step is None:
        raise RuntimeError(
            f"Global step should be created to use {hook}. Call tf.train.get_or_create_global_step() first."
        )
    with graph.name_scope(None), graph.name_scope(f"{step.op.name}/"):
        # A copy: the step after this one must not change what was read.
        read = add(step.initialized_value() if isinstance(step, Variable) else step, 0)
    graph.add_to_collection(GLOBAL_STEP_READ_KEY, read)
    return read
