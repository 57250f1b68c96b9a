"""The graph: ops and their names, scopes, collections, and which graph is the default.

Invariants:
  - an op is in the graph only when it is complete: a thread that finds it may run it;
  - op names are unique, also without regard to case, and never change;
  - a finalized graph does not change, unless whoever finalized it takes that back;
  - any number of threads may add ops while others run.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from tfqueue.framework.dtypes import as_dtype
from tfqueue.framework.tensor_shape import as_shape

from .collections import Collections, GraphKeys
from .device import DeviceFunction, merge_devices
from .elements import operation_named, tensor_named, wanted_kind
from .node_def import GraphDef
from .operation import Operation, Tensor
from .origin import find_origin
from .scopes import ControlGroup, Scopes, UniqueNames, check_name
from .stacks import default_graph_stack, default_session_stack

ShapeFunction = Callable[[Operation], Sequence[Any]]


__all__ = [
    "Graph",
    "GraphKeys",
    "add_to_collection",
    "add_to_collections",
    "colocate_with",
    "container",
    "control_dependencies",
    "default_session_stack",
    "device",
    "get_collection",
    "get_collection_ref",
    "get_default_graph",
    "get_default_session",
    "graph_of",
    "name_scope",
    "reset_default_graph",
    "set_random_seed",
]


class Graph(Collections):
    """Ops, what they are called, and what was collected about them. Safe to share between threads."""

    def __init__(self) -> None:
        super().__init__()
        self.seed: int | None = None
        """The graph-level random seed."""
        self._operations: dict[str, Operation] = {}
        self._names = UniqueNames()
        self._scopes = Scopes()

    # --- ops -----------------------------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """The number of ops made so far."""
        return len(self._operations)

    def create_op(
        self,
        op_type: str,
        inputs: Sequence[Tensor],
        dtypes: Iterable[Any],
        name: str | None = None,
        attrs: dict[str, Any] | None = None,
        shapes: Sequence[Any] | ShapeFunction | None = None,
    ) -> Operation:
        """Adds an op, inside the scopes that the calling thread is in.

        Args:
          op_type: which op; it is looked up when it runs. `op_def.apply_op` makes sure that it is registered.
          inputs: tensors of this graph.
          dtypes: the types of its outputs.
          name: made unique in the graph; one with a final "/" is taken as it is; default the op type.
          attrs: what is fixed now, as Python values.
          shapes: the static shapes of its outputs, or a function of the op that gives them; default unknown.

        Raises:
          RuntimeError: the graph is finalized.
          ValueError: the name is not valid, an input is of another graph, or the shapes do not fit.
        """
        origin = find_origin()
        types = [as_dtype(dtype) for dtype in dtypes]
        for tensor in inputs:
            self._check_mine(tensor)
        attrs = self._with_container({} if attrs is None else attrs)
        with self.lock:
            self._check_not_finalized()
            name = self._op_name(name or op_type)
            waits_for = self._scopes.control_inputs_for(tensor.op for tensor in inputs)
            operation = Operation(self, name, op_type, inputs, types, waits_for, attrs, origin)
            self._set_device(operation)
            _set_shapes(operation, shapes(operation) if callable(shapes) else shapes)
            self._operations[name] = operation
            for tensor in inputs:
                tensor._consumers.append(operation)
        self._scopes.made(operation)
        return operation

    def get_operations(self) -> list[Operation]:
        """All ops, in the order they were made."""
        with self.lock:
            return list(self._operations.values())

    def get_operation_by_name(self, name: str) -> Operation:
        """The op of this name. Errors are those of `as_graph_element`."""
        if not isinstance(name, str | bytes):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        found: Operation = self.as_graph_element(name, allow_tensor=False)
        return found

    def get_tensor_by_name(self, name: str) -> Tensor:
        """The tensor of this name, such as "x:0". Errors are those of `as_graph_element`."""
        if not isinstance(name, str | bytes):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        found: Tensor = self.as_graph_element(name, allow_operation=False)
        return found

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """The tensor or op that `obj` is, names, or stands for by its method `_as_graph_element()`, as a variable does.

        Raises:
          KeyError: nothing in the graph has this name.
          TypeError: `obj` is nothing of the kind.
          ValueError: it is of another graph, or is not what is allowed.
        """
        kind = wanted_kind(allow_tensor, allow_operation)
        convert = getattr(obj, "_as_graph_element", None)
        if convert is not None:
            obj = convert()
        if isinstance(obj, str | bytes):
            name = obj if isinstance(obj, str) else obj.decode()
            if ":" in name:
                return tensor_named(self._operations, name, kind)
            return operation_named(self._operations, name, kind)
        if (isinstance(obj, Tensor) and allow_tensor) or (isinstance(obj, Operation) and allow_operation):
            if obj.graph is not self:
                words = f"Tensor {obj}" if isinstance(obj, Tensor) else f"Operation {obj!r}"
                raise ValueError(f"{words} is not an element of this graph.")
            return obj
        raise TypeError(f"Can not convert a {type(obj).__name__} into a {kind}.")

    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> GraphDef:
        """The ops as a light `GraphDef`, which prints as protobuf text.

        Args:
          from_version: leave out the first so many ops.
          add_shapes: tell static shapes in attributes "_output_shapes".
        """
        operations = self.get_operations()[from_version or 0 :]
        return GraphDef([operation.to_node_def(add_shapes) for operation in operations])

    # --- scopes --------------------------------------------------------------------------------------------------

    def as_default(self) -> AbstractContextManager["Graph"]:
        """Makes this the calling thread's default graph inside the `with`."""
        return default_graph_stack.entering(self)

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """`name` inside the current scope, with `_1`, `_2`, ... behind it when that is taken."""
        with self.lock:
            return self._names.make_unique(self._inside_scope(name), mark_as_used)

    def get_name_scope(self) -> str:
        """The name scope that the calling thread is in, without a final "/"; "" at the root."""
        return self._scopes.name

    @contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Names ops made inside `name/...`; a name with a final "/" is entered anew; None or "" goes back to the root.

        Returns:
          A context manager that gives the scope, with its final "/".

        Raises:
          ValueError: "'...' is not a valid scope name".
        """
        if name:
            check_name(name, inside_scope=bool(self._scopes.name))
        with self._entering(name=_scope_path(name) if not name or name[-1] == "/" else self.unique_name(name)):
            yield self._scopes.name and self._scopes.name + "/"

    @contextmanager
    def control_dependencies(self, control_inputs: Iterable[Any] | None) -> Iterator[None]:
        """Has ops made inside run only after these tensors and ops; None forgets the outer blocks.

        Raises:
          TypeError, ValueError: one of them is nothing of this graph.
        """
        if control_inputs is None:
            groups: tuple[ControlGroup, ...] = ()
        else:
            elements = [self.as_graph_element(item) for item in control_inputs]
            operations = [item.op if isinstance(item, Tensor) else item for item in elements]
            groups = (*self._scopes.control_groups, ControlGroup(operations))
        with self._entering(control_groups=groups):
            yield

    @contextmanager
    def device(self, device_name_or_function: str | DeviceFunction | None) -> Iterator[None]:
        """Records on ops made inside where they are meant to run; None forgets the outer blocks.

        Raises:
          TypeError: it is no string, function or None.
          ValueError: the string is no device.
        """
        entry = device_name_or_function
        if isinstance(entry, str):
            merge_devices("", entry)
        elif entry is not None and not callable(entry):
            raise TypeError(f"A device is a string such as '/cpu:0', a function of an op, or None, not {entry!r}.")
        with self._entering(devices=() if entry is None else (*self._scopes.devices, entry)):
            yield

    @contextmanager
    def colocate_with(self, op: Operation | Tensor | None, ignore_existing: bool = False) -> Iterator[None]:
        """Records on ops made inside the device of `op`; with None and `ignore_existing`, that of no op."""
        if op is None:
            with self._entering(devices=() if ignore_existing else self._scopes.devices):
                yield
        else:
            with self._entering(devices=(self.as_graph_element(op).device,)):
                yield

    @contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Puts the resources of ops made inside into this container of the session."""
        with self._entering(container=container_name):
            yield container_name

    def switch_to_thread_local(self) -> None:
        """Does nothing: scopes are the calling thread's own from the start."""

    # --- inside --------------------------------------------------------------------------------------------------

    def _check_mine(self, tensor: Tensor) -> None:
        if tensor.graph is not self:
            raise ValueError(f"{tensor} must be from the same graph as the op that reads it, {self}.")

    @contextmanager
    def _entering(self, **scopes: Any) -> Iterator[None]:
        # A thread's `vars` of the scopes are its own.
        before = {name: getattr(self._scopes, name) for name in scopes}
        vars(self._scopes).update(scopes)
        try:
            yield
        finally:
            vars(self._scopes).update(before)

    def _inside_scope(self, name: str) -> str:
        return f"{self._scopes.name}/{name}" if self._scopes.name else name

    def _op_name(self, name: str) -> str:
        check_name(name, inside_scope=bool(self._scopes.name))
        if name[-1] != "/":
            return self._names.make_unique(self._inside_scope(name))
        name = _scope_path(name)
        if name in self._operations:
            raise ValueError(f"Duplicate node name in graph: '{name}'")
        return name

    def _with_container(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self._scopes.container and "container" in attrs and not attrs["container"]:
            return attrs | {"container": self._scopes.container}
        return attrs

    def _set_device(self, operation: Operation) -> None:
        # From the inside out: what an inner scope says stands, a function has the last word so far.
        for entry in reversed(self._scopes.devices):
            if isinstance(entry, str):
                operation.device = merge_devices(entry, operation.device)
            else:
                operation.device = merge_devices("", entry(operation) or operation.device)


def _scope_path(name: str | None) -> str:
    return (name or "").removesuffix("/")


def _set_shapes(operation: Operation, shapes: Sequence[Any] | None) -> None:
    if shapes is None:
        return
    if len(shapes) != len(operation.outputs):
        raise ValueError(
            f"{operation.type} op '{operation.name}' has {len(operation.outputs)} outputs, but {len(shapes)} shapes."
        )
    for tensor, shape in zip(operation.outputs, shapes, strict=True):
        tensor._shape = as_shape(shape)


class _GlobalDefault:
    """The graph of all threads that entered none. Made when it is first asked for."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self.renew_locks()

    def renew_locks(self) -> None:
        """A forked child must not find a lock held by a thread that it does not have."""
        self._lock = threading.Lock()
        for graph in (self._graph, default_graph_stack.top()):
            if graph is not None:
                graph.lock = threading.RLock()

    def get(self) -> Graph:
        with self._lock:
            if self._graph is None:
                self._graph = Graph()
            return self._graph

    def reset(self) -> None:
        with self._lock:
            self._graph = None


_global_default = _GlobalDefault()
os.register_at_fork(after_in_child=_global_default.renew_locks)


def get_default_graph() -> Graph:
    """The graph that the calling thread entered last, or else the global default graph (SEMANTICS 7)."""
    return default_graph_stack.top() or _global_default.get()


def reset_default_graph() -> None:
    """Makes the global default graph a new, empty one.

    Raises:
      AssertionError: the calling thread is inside a graph's `as_default()`.
    """
    if not default_graph_stack.is_clear():
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. "
            "If you need a cleared graph, exit the nesting and create a new graph."
        )
    _global_default.reset()


def get_default_session() -> Any:
    """The session that the calling thread entered last, or None."""
    return default_session_stack.top()


def graph_of(values: Iterable[Any]) -> Graph:
    """The graph that those of `values` which belong to one have in common, or else the default graph.

    Raises:
      ValueError: they are of several graphs.
    """
    first, graph = None, None
    for value in values:
        its_graph = getattr(value, "graph", None)
        if not isinstance(its_graph, Graph):
            continue
        if graph is None:
            first, graph = value, its_graph
        elif its_graph is not graph:
            raise ValueError(f"{value} must be from the same graph as {first} (graphs are {its_graph} and {graph}).")
    return get_default_graph() if graph is None else graph


@contextmanager
def name_scope(name: str | None, default_name: str | None = None, values: Iterable[Any] | None = None) -> Iterator[str]:
    """Names ops made inside `name/...`, or `default_name/...` when `name` is None.

    Args:
      name: a scope, made unique; with a final "/" entered anew.
      default_name: used when `name` is None.
      values: what the ops will read; the scope is entered in its graph, which becomes the default.

    Returns:
      A context manager that gives the scope, with its final "/".

    Raises:
      TypeError: the name is no string.
      ValueError: it is no valid name, there is none, or the values are of several graphs.
    """
    chosen = default_name if name is None else name
    if chosen is None and values is not None:
        raise ValueError("At least one of name (None) and default_name (None) must be provided.")
    if not isinstance(chosen, str | None):
        raise TypeError(f"name for name_scope must be a string, not {chosen!r}.")
    graph = graph_of(values or ())
    elsewhere = nullcontext() if graph is get_default_graph() else graph.as_default()
    with elsewhere, graph.name_scope(chosen) as scope:
        yield scope


def control_dependencies(control_inputs: Iterable[Any] | None) -> AbstractContextManager[None]:
    """`Graph.control_dependencies` of the default graph."""
    return get_default_graph().control_dependencies(control_inputs)


def device(device_name_or_function: str | DeviceFunction | None) -> AbstractContextManager[None]:
    """`Graph.device` of the default graph."""
    return get_default_graph().device(device_name_or_function)


def colocate_with(op: Operation | Tensor | None, ignore_existing: bool = False) -> AbstractContextManager[None]:
    """`Graph.colocate_with` of the default graph."""
    return get_default_graph().colocate_with(op, ignore_existing)


def container(container_name: str) -> AbstractContextManager[str]:
    """`Graph.container` of the default graph."""
    return get_default_graph().container(container_name)


def add_to_collection(name: Any, value: Any) -> None:
    """`Graph.add_to_collection` of the default graph."""
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """`Graph.add_to_collections` of the default graph."""
    get_default_graph().add_to_collections(names, value)


def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """`Graph.get_collection` of the default graph."""
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: Any) -> list[Any]:
    """`Graph.get_collection_ref` of the default graph."""
    return get_default_graph().get_collection_ref(key)


def set_random_seed(seed: int | None) -> None:
    """Sets the graph-level seed of the default graph, from which ops with no seed of their own take theirs."""
    get_default_graph().seed = seed
