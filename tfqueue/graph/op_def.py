"""The one door for an op: its kernel, its static shapes, and how the executor may treat it.

Invariants:
  - an op type is registered once, and never changes;
  - `apply_op` makes registered ops only, from tensors of one graph.

    @register_op("Add", shape=broadcast_shape)
    def _add(x, y):
        return np.add(x, y)
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from tfqueue.framework.tensor_shape import brackets

from .graph import graph_of
from .operation import Operation, Tensor

Kernel = Callable[..., Any]
KernelT = TypeVar("KernelT", bound=Kernel)
ShapeFunction = Callable[[Operation], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class OpDef:
    """What is known of an op type."""

    op_type: str
    """Such as "Add"."""
    kernel: Kernel
    """kernel(*values) -> a value; a tuple or list of them for several outputs; None for none. See also the flags."""
    shape: ShapeFunction | None
    """shape(op) -> the static shape of each output. None: unknown shapes."""
    bind: bool
    """`kernel` is a factory, called once for a plan: kernel(op, session) -> the kernel proper."""
    step: bool
    """The kernel takes the step first, and may return a pending `Attempt`."""
    blocking: bool
    """The kernel takes the step first, and may block, observing the step's cancellation and deadline."""
    aliases: bool
    """An output may share memory with an input."""
    keeps: bool
    """The op goes on holding the array that it returns."""
    stores: bool
    """The op keeps its inputs beyond the step."""
    stateful: bool
    """Two runs on the same inputs may differ."""
    source: Callable[[Operation], Tensor] | None
    """source(op) -> the tensor that names what the op's data comes from, such as a file: told in errors further on."""
    defined_at: str
    """ "file:line" of the registration."""


class _Registry:
    """All op types there are. Shared by all threads."""

    def __init__(self) -> None:
        self._definitions: dict[str, OpDef] = {}
        self.renew_lock()

    def renew_lock(self) -> None:
        """A forked child must not find the lock held by a thread that it does not have."""
        self._lock = threading.Lock()

    def add(self, definition: OpDef) -> None:
        with self._lock:
            known = self._definitions.setdefault(definition.op_type, definition)
        if known is not definition:
            raise ValueError(
                f"Op type '{definition.op_type}' is registered twice: "
                f"at {known.defined_at} and at {definition.defined_at}."
            )

    def get(self, op_type: str) -> OpDef:
        found = self._definitions.get(op_type)
        if found is None:
            raise RuntimeError(
                f"Op type not registered '{op_type}'. An op is defined with @register_op(\"{op_type}\") in a module "
                "that is imported before the op is made."
            )
        return found


_registry = _Registry()
os.register_at_fork(after_in_child=_registry.renew_lock)


def register_op(
    op_type: str,
    shape: ShapeFunction | None = None,
    *,
    bind: bool = False,
    step: bool = False,
    blocking: bool = False,
    aliases: bool = False,
    keeps: bool = False,
    stores: bool = False,
    stateful: bool = False,
    source: Callable[[Operation], Tensor] | None = None,
) -> Callable[[KernelT], KernelT]:
    """Defines an op type; decorates its kernel, or with `bind` the factory of its kernel. The flags are `OpDef`'s.

    Raises:
      ValueError: the op type is registered already; both places are named.
    """
    caller = sys._getframe(1)
    defined_at = f"{caller.f_code.co_filename}:{caller.f_lineno}"

    def register(kernel: KernelT) -> KernelT:
        _registry.add(
            OpDef(op_type, kernel, shape, bind, step, blocking, aliases, keeps, stores, stateful, source, defined_at)
        )
        return kernel

    return register


def op_def(op_type: str) -> OpDef:
    """The definition of an op type.

    Raises:
      RuntimeError: there is none.
    """
    return _registry.get(op_type)


def apply_op(
    op_type: str, inputs: Sequence[Tensor], dtypes: Sequence[Any], /, name: str | None = None, **attrs: Any
) -> Operation:
    """Makes an op in the graph of its inputs, or without inputs in the default graph.

    Args:
      op_type: a registered op type.
      inputs: tensors of one graph.
      dtypes: the types of the outputs.
      name: made unique; default the op type.
      attrs: what is fixed now, as Python values.

    Raises:
      RuntimeError: the op type is not registered, or the graph is finalized.
      TypeError: an input is no tensor.
      ValueError: the inputs are of several graphs, or their static shapes do not fit the op.
    """
    definition = _registry.get(op_type)
    for value in inputs:
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{op_type} op '{name or op_type}' reads tensors, not {value!r}: convert_to_tensor makes one."
            )
    shapes = None if definition.shape is None else _explained(definition.shape)
    return graph_of(inputs).create_op(op_type, inputs, dtypes, name, attrs, shapes)


def constant_value(tensor: Tensor) -> np.ndarray | None:
    """The value that a tensor has whatever is fed, or None when that is not known. The array is not to be written to.

    Known are constants, the shape, size and rank of a tensor whose static shape says them, and what a few cheap ops
    make of these. (A constant can be fed all the same; as in TensorFlow, its static value then lies.)
    """
    op = tensor.op
    if op.type == "Const":
        return np.asarray(op.attrs["value"])
    if op.type in _OF_STATIC_SHAPE:
        value = _OF_STATIC_SHAPE[op.type](op.inputs[0])
        return None if value is None else np.asarray(value, tensor.dtype.as_numpy_dtype)
    if op.type in _FOLDED:
        values = [constant_value(each) for each in op.inputs]
        if all(value is not None for value in values):
            return _run_kernel(tensor, values)
    return None


_FOLDED = frozenset({"Identity", "Cast", "Pack", "ConcatV2", "Reshape", "StridedSlice"})
"""Cheap ops without state that builders put between a constant and its use."""


def _static_shape(tensor: Tensor) -> list[int | None] | None:
    return tensor.shape.as_list() if tensor.shape.is_fully_defined() else None


_OF_STATIC_SHAPE: dict[str, Callable[[Tensor], Any]] = {
    "Shape": _static_shape,
    "Size": lambda tensor: tensor.shape.num_elements(),
    "Rank": lambda tensor: tensor.shape.ndims,
}


def _run_kernel(tensor: Tensor, values: Sequence[Any]) -> np.ndarray | None:
    definition = _registry.get(tensor.op.type)
    kernel = definition.kernel(tensor.op, None) if definition.bind else definition.kernel
    result = kernel(*values)
    return np.asarray(result, tensor.dtype.as_numpy_dtype)


def _explained(shape: ShapeFunction) -> ShapeFunction:
    """The same shape function, with an error that says which op and which input shapes did not fit."""

    def explained(op: Operation) -> Sequence[Any]:
        try:
            return shape(op)
        except ValueError as error:
            shapes = ", ".join(brackets(tensor.shape) for tensor in op.inputs)
            raise ValueError(f"{error} for '{op.name}' (op: '{op.type}') with input shapes: {shapes}.") from error

    return explained
