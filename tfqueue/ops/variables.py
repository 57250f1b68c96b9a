"""`Variable`: a value that a session keeps from run to run; and the ops that initialize variables.

Invariants:
  - a variable has its value in each session apart, and none before its initializer ran there;
  - the variable's own tensor, `v:0`, gives its value; builders take `v/read:0` for a variable, as in TensorFlow 1.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType
from tfqueue.framework.tensor_shape import TensorShape
from tfqueue.graph.collections import GraphKeys
from tfqueue.graph.graph import Graph, control_dependencies, name_scope
from tfqueue.graph.op_def import apply_op
from tfqueue.graph.operation import OPERATORS, Operation, Tensor

from . import state_ops  # noqa: F401 - registers the ops on variables
from .arguments import argument
from .array_ops import identity
from .constant_op import convert_to_tensor, register_tensor_conversion

COUNTERS = (dtypes.int32, dtypes.int64)


class Variable:
    """A value that a session keeps from run to run.

    Args:
      initial_value: a tensor, a value that makes one, or a function of no arguments that gives one; its shape and dtype
        are the variable's.
      trainable: also in the collection TRAINABLE_VARIABLES.
      collections: the collections it is added to; default GLOBAL_VARIABLES.
      validate_shape: False allows an initial value of unknown shape, and assignments of any.
      name: of its op; "Variable".
      dtype: default that of the initial value.

    Raises:
      ValueError: no initial value, or one of unknown shape.
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool = True,
        collections: Sequence[str] | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Any = None,
    ) -> None:
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        self._trainable = trainable
        self._validate_shape = validate_shape
        self._constraint = constraint
        # Made outside of control dependencies: a variable is there before any step.
        values = [] if callable(initial_value) else [initial_value]
        with name_scope(name, "Variable", values) as scope, control_dependencies(None):
            self._initial_value = _initial_tensor(initial_value, dtype, validate_shape)
            shape = self._initial_value.shape if validate_shape else TensorShape(None)
            kind = self._initial_value.dtype
            op = apply_op("VariableV2", [], [kind], scope, shape=shape, dtype=kind, container="", shared_name="")
            self._variable = op.outputs[0]
            self._initializer = self.apply("Assign", [self._initial_value], **self._assign_attrs())
            self._snapshot = identity(self._variable, name="read")
        keys = [GraphKeys.GLOBAL_VARIABLES] if collections is None else list(collections)
        if trainable and GraphKeys.TRAINABLE_VARIABLES not in keys:
            keys.append(GraphKeys.TRAINABLE_VARIABLES)
        self.graph.add_to_collections(keys, self)

    # What it is

    @property
    def name(self) -> str:
        """The name of its tensor, such as "v:0"."""
        return self._variable.name

    @property
    def op(self) -> Operation:
        """Its op."""
        return self._variable.op

    @property
    def graph(self) -> Graph:
        """The graph it is in."""
        return self._variable.graph

    @property
    def device(self) -> str:
        """Where its op is meant to run, or ""."""
        return self._variable.device

    @property
    def dtype(self) -> DType:
        """The type of its elements."""
        return self._variable.dtype

    @property
    def shape(self) -> TensorShape:
        """Its static shape."""
        return self._variable.shape

    @property
    def trainable(self) -> bool:
        """Whether it was made trainable."""
        return self._trainable

    @property
    def constraint(self) -> Any:
        """The function given as `constraint`."""
        return self._constraint

    @property
    def initializer(self) -> Operation:
        """The op that gives it its initial value."""
        return self._initializer

    @property
    def initial_value(self) -> Tensor:
        """The tensor that the initializer reads."""
        return self._initial_value

    def get_shape(self) -> TensorShape:
        """Its static shape."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Adds what is known of its shape."""
        self._variable.set_shape(shape)
        self._snapshot.set_shape(shape)

    # Its value

    def value(self) -> Tensor:
        """The tensor that builders take for it: its value in this step."""
        return self._snapshot

    def read_value(self) -> Tensor:
        """A new op that reads it: with control dependencies, its value after these."""
        return self.apply("ReadVariableOp", [], "read", shape=self.shape).outputs[0]

    def initialized_value(self) -> Tensor:
        """Its value, or its initial value where it has none yet: for initial values of other variables."""
        op = self.apply("InitializedValue", [self._initial_value], shape=self.shape)
        return op.outputs[0]

    def eval(self, session: Any = None) -> Any:
        """Its value in `session`, or in the default session."""
        return self._variable.eval(session=session)

    def load(self, value: Any, session: Any = None) -> None:
        """Gives it a value from Python, in `session` or the default session."""
        feeds = {self._initializer.inputs[0]: value}
        self._initializer.run(feeds, session)

    # Changes

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        """A tensor that replaces the value, and gives the new one; with `read_value=False` the op alone.

        Raises:
          ValueError: the static shapes differ.
          TypeError: the dtypes do.
        """
        op = self.apply("Assign", [self._operand("Assign", value)], name, **self._assign_attrs())
        return op.outputs[0] if read_value else op

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Any:
        """A tensor that adds `delta`, of the variable's shape, and gives the sum."""
        op = self.apply("AssignAdd", [self._operand("AssignAdd", delta)], name, shape=self.shape)
        return op.outputs[0] if read_value else op

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Any:
        """A tensor that takes `delta`, of the variable's shape, away, and gives the difference."""
        op = self.apply("AssignSub", [self._operand("AssignSub", delta)], name, shape=self.shape)
        return op.outputs[0] if read_value else op

    def count_up_to(self, limit: int, name: str | None = None) -> Tensor:
        """A tensor that gives the value and adds one, until that is `limit`: then OutOfRangeError (SEMANTICS 54).

        Raises:
          TypeError: it is neither int32 nor int64.
        """
        if self.dtype not in COUNTERS:
            allowed = ", ".join(dtype.name for dtype in COUNTERS)
            raise TypeError(
                f"Value passed to parameter 'ref' has DataType {self.dtype.name} "
                f"not in list of allowed values: {allowed}"
            )
        return self.apply("CountUpTo", [], name, limit=int(limit), shape=self.shape).outputs[0]

    def apply(
        self, op_type: str, inputs: list[Tensor], name: str | None = None, dtype: DType | None = None, **attrs: Any
    ) -> Operation:
        """An op on its state. It names the variable in an attribute and does not read it: it may have no value yet."""
        attrs |= {"variable": self.op.name, "container": self.op.get_attr("container").decode()}
        with self.graph.as_default():
            return apply_op(op_type, inputs, [dtype or self.dtype], name, **attrs)

    def _assign_attrs(self) -> dict[str, Any]:
        return {"validate_shape": self._validate_shape, "shape": self.shape}

    def _operand(self, op_type: str, value: Any) -> Tensor:
        tensor = argument(op_type, "value", value, self.dtype)
        if self._validate_shape and not self.shape.is_compatible_with(tensor.shape):
            raise ValueError(
                f"{op_type} to '{self.name}': both shapes must be equal, but are {self.shape} and {tensor.shape}."
            )
        return tensor

    def _as_graph_element(self) -> Tensor:
        return self._variable

    def __repr__(self) -> str:
        return f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}>"

    def __iter__(self) -> Any:
        raise TypeError("'Variable' object is not iterable.")

    if TYPE_CHECKING:
        # Installed below.
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __getitem__(self, key: Any) -> Tensor: ...


def _delegate(operator: str) -> Callable[..., Any]:
    def operate(variable: Variable, *others: Any) -> Any:
        return getattr(variable.value(), operator)(*others)

    return operate


for _operator in OPERATORS:
    setattr(Variable, _operator, _delegate(_operator))


def _to_tensor(variable: Variable, dtype: DType | None, name: str | None) -> Tensor:
    if dtype is not None and dtype != variable.dtype:
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' "
            f"for variable of type '{variable.dtype.name}'"
        )
    return variable.value()


register_tensor_conversion(Variable, _to_tensor)


def _initial_tensor(initial_value: Any, dtype: Any, validate_shape: bool) -> Tensor:
    value = initial_value() if callable(initial_value) else initial_value
    tensor = convert_to_tensor(value, dtype, name="initial_value")
    if validate_shape and not tensor.shape.is_fully_defined():
        raise ValueError(f"initial_value must have a shape specified: {tensor}. validate_shape=False allows any.")
    return tensor


def assign(
    ref: Variable,
    value: Any,
    validate_shape: bool | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> Tensor:
    """`ref.assign(value)`."""
    tensor: Tensor = ref.assign(value, name=name)
    return tensor


def assign_add(ref: Variable, value: Any, use_locking: bool | None = None, name: str | None = None) -> Tensor:
    """`ref.assign_add(value)`."""
    tensor: Tensor = ref.assign_add(value, name=name)
    return tensor


def assign_sub(ref: Variable, value: Any, use_locking: bool | None = None, name: str | None = None) -> Tensor:
    """`ref.assign_sub(value)`."""
    tensor: Tensor = ref.assign_sub(value, name=name)
    return tensor


def count_up_to(ref: Variable, limit: int, name: str | None = None) -> Tensor:
    """`ref.count_up_to(limit)`."""
    return ref.count_up_to(limit, name)
