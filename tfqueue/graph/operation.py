"""The symbols of a graph: `Operation`, something to be done, and `Tensor`, one of the values it gives.

Invariants:
  - an operation never changes once `Graph.create_op` returned it; a tensor's static shape only becomes better known;
  - tensors and operations are equal to themselves alone, so they serve as keys of dicts.
"""

from collections.abc import Callable, Iterator, Sequence
from traceback import FrameSummary
from typing import TYPE_CHECKING, Any, NoReturn

from tfqueue.framework.dtypes import DType
from tfqueue.framework.tensor_shape import ShapeLike, TensorShape, as_shape, brackets

from .node_def import NodeDef, attr_value
from .origin import Origin
from .stacks import default_session_stack

if TYPE_CHECKING:
    from .graph import Graph

OPERATORS = frozenset(
    f"__{name}__"
    for name in (
        *("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv", "rfloordiv"),
        *("mod", "rmod", "pow", "rpow", "matmul", "rmatmul", "neg", "abs", "lt", "le", "gt", "ge"),
        *("and", "rand", "or", "ror", "xor", "rxor", "invert", "getitem"),
    )
)
"""What `Tensor.install_operator` takes. `==` is identity, as in TensorFlow 1."""


class Operation:
    """A node of a graph. Made by `Graph.create_op`, which owns it until it is complete."""

    __slots__ = (
        "__weakref__",
        "_origin",
        "attrs",
        "control_inputs",
        "device",
        "graph",
        "inputs",
        "name",
        "outputs",
        "type",
    )

    def __init__(
        self,
        graph: "Graph",
        name: str,
        op_type: str,
        inputs: Sequence["Tensor"],
        dtypes: Sequence[DType],
        control_inputs: Sequence["Operation"],
        attrs: dict[str, Any],
        origin: Origin,
    ) -> None:
        self.graph = graph
        """The graph it belongs to."""
        self.name = name
        """Unique in its graph, scopes included: "outer/add_1"."""
        self.type = op_type
        """Which op this is, such as "Add"."""
        self.inputs: tuple[Tensor, ...] = tuple(inputs)
        """The tensors it reads."""
        self.control_inputs: list[Operation] = list(control_inputs)
        """Operations that must have run before it, in the same step."""
        self.attrs = attrs
        """What is fixed when it is made, as Python values; to be read only."""
        self.device = ""
        """Where it is meant to run, or ""."""
        self.outputs: list[Tensor] = [Tensor(self, index, dtype) for index, dtype in enumerate(dtypes)]
        """The tensors it gives."""
        self._origin = origin

    @property
    def defined_at(self) -> str:
        """ "file:line" of the code outside this library that made it."""
        return str(self._origin)

    @property
    def traceback(self) -> list[FrameSummary]:
        """The frame outside this library that made it; only the innermost is kept, as thousands of ops keep theirs."""
        return [FrameSummary(*self._origin)]

    @property
    def node_def(self) -> NodeDef:
        """A new `NodeDef`, which prints as protobuf text."""
        return self.to_node_def()

    def to_node_def(self, add_shapes: bool = False) -> NodeDef:
        """A new `NodeDef`; with `add_shapes`, attribute "_output_shapes" tells the static shapes."""
        inputs = [t.op.name if t.value_index == 0 else t.name for t in self.inputs]
        inputs += [f"^{op.name}" for op in self.control_inputs]
        attrs = {**self.attrs, "_output_shapes": [t.shape for t in self.outputs]} if add_shapes else self.attrs
        values = {name: attr_value(value) for name, value in attrs.items()}
        return NodeDef(
            self.name,
            self.type,
            inputs,
            self.device,
            {name: value for name, value in values.items() if value is not None},
        )

    def get_attr(self, name: str) -> Any:
        """An attribute; strings come as bytes, as in TensorFlow.

        Raises:
          ValueError: there is none of this name.
        """
        try:
            value = self.attrs[name]
        except KeyError:
            known = ", ".join(sorted(self.attrs)) or "none"
            raise ValueError(f"No attr named '{name}' in {self.type} op '{self.name}': it has {known}.") from None
        if isinstance(value, list | tuple):
            return [_as_bytes(item) for item in value]
        return _as_bytes(value)

    def values(self) -> tuple["Tensor", ...]:
        """The tensors it gives."""
        return tuple(self.outputs)

    def run(self, feed_dict: dict[Any, Any] | None = None, session: Any = None) -> None:
        """Runs it in `session`, or in the default session.

        Raises:
          ValueError: there is no such session, or it has another graph.
        """
        _session_for(self.graph, session, _RUN_WORDS).run(self, feed_dict)

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"

    def __str__(self) -> str:
        return str(self.node_def)


class Tensor:
    """One value that an operation will give when it runs: a name, a dtype and what is known of the shape.

    Arithmetic and indexing make new ops; they are installed by the modules that define these ops.
    """

    __slots__ = ("__weakref__", "_consumers", "_shape", "dtype", "name", "op", "value_index")

    # So that `array + tensor` asks the tensor, not NumPy.
    __array_priority__ = 100

    def __init__(self, op: Operation, value_index: int, dtype: DType, shape: ShapeLike = None) -> None:
        self.op = op
        """The operation that gives it."""
        self.value_index = value_index
        """Which of the operation's outputs it is."""
        self.dtype = dtype
        """The type of its elements."""
        self.name = f"{op.name}:{value_index}"
        """Such as "outer/add_1:0"."""
        self._shape = as_shape(shape)
        self._consumers: list[Operation] = []

    @classmethod
    def install_operator(cls, name: str, function: Callable[..., Any]) -> None:
        """Has `function(tensor, ...)` serve the operator `name`, such as "__add__".

        Raises:
          ValueError: there is no such operator to install, or it is installed already.
        """
        if name not in OPERATORS:
            raise ValueError(f"'{name}' is no operator of Tensor.")
        if name in vars(cls):
            raise ValueError(f"Operator '{name}' of Tensor is installed already.")
        setattr(cls, name, function)

    @property
    def graph(self) -> "Graph":
        """The graph it belongs to."""
        return self.op.graph

    @property
    def device(self) -> str:
        """Where its operation is meant to run, or ""."""
        return self.op.device

    @property
    def shape(self) -> TensorShape:
        """What is known of its shape before it runs."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """What is known of its shape before it runs."""
        return self._shape

    def set_shape(self, shape: ShapeLike) -> None:
        """Adds what the caller knows of its shape.

        Raises:
          ValueError: this contradicts what was known.
        """
        added = as_shape(shape)
        with self.op.graph.lock:
            if not self._shape.is_compatible_with(added):
                raise ValueError(_contradiction(self, added))
            self._shape = self._shape.merge_with(added)

    def consumers(self) -> list[Operation]:
        """The operations that read it, each once, in the order they were made."""
        with self.op.graph.lock:
            return list(dict.fromkeys(self._consumers))

    def eval(self, feed_dict: dict[Any, Any] | None = None, session: Any = None) -> Any:
        """Its value, from `session` or the default session.

        Raises:
          ValueError: there is no such session, or it has another graph.
        """
        return _session_for(self.op.graph, session, _EVAL_WORDS).run(self, feed_dict)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"Using a `tf.Tensor` as a Python `bool` is not allowed ('{self.name}' has no value before it runs). "
            "Use `if t is not None:` instead of `if t:` to test if a tensor is defined. To branch on it, run it in a "
            "session and use `if` on what comes back; inside the graph, tf.where(t, x, y) picks one of two tensors."
        )

    def __iter__(self) -> Iterator["Tensor"]:
        raise TypeError(
            f"Tensor objects are not iterable: iterating over a `tf.Tensor` is not allowed ('{self.name}' has no value "
            "before it runs). Use tf.unstack(t) for its parts, or iterate over what session.run returns."
        )

    def __len__(self) -> int:
        raise TypeError(
            f"len is not well defined for a symbolic Tensor ({self.name}). "
            "Please call `x.shape` rather than `len(x)` for shape information."
        )

    def __array__(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError(
            f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array. Run it in a session for its value; "
            "inside the graph use tf.py_func to call NumPy."
        )

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self.name}' shape={self._shape} dtype={self.dtype.name}>"

    def __str__(self) -> str:
        shape = "" if self._shape.ndims is None else f", shape={self._shape}"
        return f'Tensor("{self.name}"{shape}, dtype={self.dtype.name})'

    if TYPE_CHECKING:
        # Installed at run time by the modules that define the ops.
        def __add__(self, other: Any) -> "Tensor": ...
        def __radd__(self, other: Any) -> "Tensor": ...
        def __sub__(self, other: Any) -> "Tensor": ...
        def __rsub__(self, other: Any) -> "Tensor": ...
        def __mul__(self, other: Any) -> "Tensor": ...
        def __rmul__(self, other: Any) -> "Tensor": ...
        def __truediv__(self, other: Any) -> "Tensor": ...
        def __rtruediv__(self, other: Any) -> "Tensor": ...
        def __floordiv__(self, other: Any) -> "Tensor": ...
        def __rfloordiv__(self, other: Any) -> "Tensor": ...
        def __mod__(self, other: Any) -> "Tensor": ...
        def __rmod__(self, other: Any) -> "Tensor": ...
        def __pow__(self, other: Any) -> "Tensor": ...
        def __rpow__(self, other: Any) -> "Tensor": ...
        def __matmul__(self, other: Any) -> "Tensor": ...
        def __rmatmul__(self, other: Any) -> "Tensor": ...
        def __and__(self, other: Any) -> "Tensor": ...
        def __rand__(self, other: Any) -> "Tensor": ...
        def __or__(self, other: Any) -> "Tensor": ...
        def __ror__(self, other: Any) -> "Tensor": ...
        def __xor__(self, other: Any) -> "Tensor": ...
        def __rxor__(self, other: Any) -> "Tensor": ...
        def __lt__(self, other: Any) -> "Tensor": ...
        def __le__(self, other: Any) -> "Tensor": ...
        def __gt__(self, other: Any) -> "Tensor": ...
        def __ge__(self, other: Any) -> "Tensor": ...
        def __neg__(self) -> "Tensor": ...
        def __abs__(self) -> "Tensor": ...
        def __invert__(self) -> "Tensor": ...
        def __getitem__(self, key: Any) -> "Tensor": ...


_EVAL_WORDS = ("evaluate tensor", "eval", "the tensor's")
_RUN_WORDS = ("execute operation", "run", "the operation's")


def _session_for(graph: "Graph", session: Any, words: tuple[str, str, str]) -> Any:
    do_it, method, whose = words
    differs = f"{whose} graph is different from the session's graph."
    if session is not None:
        if session.graph is not graph:
            raise ValueError(f"Cannot use the given session to {do_it}: {differs}")
        return session
    session = default_session_stack.top()
    if session is None:
        raise ValueError(
            f"Cannot {do_it} using `{method}()`: No default session is registered. "
            f"Use `with sess.as_default()` or pass an explicit session to `{method}(session=sess)`"
        )
    if session.graph is not graph:
        raise ValueError(
            f"Cannot use the default session to {do_it}: {differs} "
            f"Pass an explicit session to `{method}(session=sess)`."
        )
    return session


def _contradiction(tensor: Tensor, added: TensorShape) -> str:
    mine, theirs = tensor.shape.as_list(), added.as_list()
    shapes = f"Shapes are {brackets(tensor.shape)} and {brackets(added)}, for '{tensor.name}'."
    if len(mine) != len(theirs):
        return f"Shapes must be equal rank, but are {len(mine)} and {len(theirs)}. {shapes}"
    at = next(i for i, (a, b) in enumerate(zip(mine, theirs, strict=True)) if None not in {a, b} and a != b)
    return f"Dimension {at} in both shapes must be equal, but are {mine[at]} and {theirs[at]}. {shapes}"


def _as_bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value
