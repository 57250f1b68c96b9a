"""`Barrier`: elements under string keys whose components arrive apart; its ops and their kernels.

Invariant: a kernel never waits. A take that cannot be served at once comes back as an attempt, and the executor parks
on it. After TensorFlow 1's python/ops/data_flow_ops.py, to names and messages.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfqueue.framework import dtypes as types
from tfqueue.framework.dtypes import DType
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import TensorShape, unknown_shape
from tfqueue.graph.op_def import apply_op, constant_value, register_op
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.queues.attempts import Attempt
from tfqueue.queues.barrier import BlockingBarrier
from tfqueue.queues.disciplines import Element

from .arguments import TensorLike, argument
from .queue_arguments import int_argument, shape_list, type_list
from .shape_functions import scalar
from .values import Value


class BarrierTakeMany(NamedTuple):
    """What `Barrier.take_many` gives, `n` elements long."""

    indices: Tensor
    """int64 [n]: which insert brought an element's first component, counted from -2**63."""
    keys: Tensor
    """string [n]."""
    values: list[Tensor]
    """One tensor a component, each [n] + its shape."""


class Barrier:
    """A map from string keys to elements that lasts from step to step; an element can be taken when it is whole.

    Args:
      types: the components' dtypes, or the one of a single component.
      shapes: their static shapes, or None.
      shared_name: barriers with one shared name, in one container and session, are one.
      name: of the op.

    Raises:
      ValueError: a shape without elements.
    """

    def __init__(
        self, types: Any, shapes: Any = None, shared_name: str | None = None, name: str | None = "barrier"
    ) -> None:
        self._types = type_list(types)
        listed = shape_list(shapes)
        if listed is not None and len(listed) != len(self._types):
            raise ValueError(f"A barrier needs as many shapes as types, got {len(listed)} and {len(self._types)}")
        for index, shape in enumerate(listed or []):
            if shape.num_elements() == 0:
                raise ValueError(f"Empty tensors are not supported, but received shape '{shape}' at index {index}")
        self._shapes = [unknown_shape() for _ in self._types] if listed is None else listed
        self._barrier_ref = _handle(name, self._types, self._shapes, shared_name or "")
        self._short_name = self._barrier_ref.op.name.split("/")[-1]

    @property
    def barrier_ref(self) -> Tensor:
        """The handle's tensor, of dtype `resource`."""
        return self._barrier_ref

    @property
    def name(self) -> str:
        """The name of the handle's op."""
        return self._barrier_ref.op.name

    def insert_many(
        self, component_index: int, keys: TensorLike, values: TensorLike, name: str | None = None
    ) -> Operation:
        """An op that adds one component for each of n keys: `keys` string [n], `values` [n] + the component's shape.

        At run time, before anything is changed: InvalidArgumentError for a component that is there already, or that no
        element has; CancelledError for new keys when the barrier is closed.
        """
        component = int_argument("component_index", component_index)
        dtype = self._types[component] if 0 <= component < len(self._types) else None
        tensors = [
            argument("BarrierInsertMany", "keys", keys, types.string),
            argument("BarrierInsertMany", "values", values, dtype),
        ]
        tensors[0].shape[:1].assert_is_compatible_with(tensors[1].shape[:1])
        name = name or f"{self._short_name}_BarrierInsertMany"
        return apply_op("BarrierInsertMany", [self._barrier_ref, *tensors], [], name, component_index=component)

    def take_many(
        self,
        num_elements: TensorLike,
        allow_small_batch: bool = False,
        timeout: int | None = None,
        name: str | None = None,
    ) -> BarrierTakeMany:
        """The first `num_elements` whole elements, in the order of their first components, stacked.

        Running it waits for all of them. OutOfRangeError when the barrier is closed and cannot have as many;
        `allow_small_batch` then gives what is whole, one at least. `timeout` has no effect, as in TensorFlow: see
        `RunOptions(timeout_in_ms=...)`.
        """
        count = argument("BarrierTakeMany", "num_elements", num_elements, types.int32)
        size = None if allow_small_batch else constant_value(count)
        batch = TensorShape([None if size is None else int(size)])
        op = apply_op(
            "BarrierTakeMany",
            [self._barrier_ref, count],
            [types.int64, types.string, *self._types],
            name or f"{self._short_name}_BarrierTakeMany",
            component_types=self._types,
            allow_small_batch=bool(allow_small_batch),
            timeout_ms=-1 if timeout is None else timeout,
        )
        indices, keys, *values = op.outputs
        for tensor, shape in zip(op.outputs, [TensorShape([]), TensorShape([]), *self._shapes], strict=True):
            tensor.set_shape(batch.concatenate(shape))
        return BarrierTakeMany(indices, keys, values)

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """An op after which no new keys are taken; with `cancel_pending_enqueues` no components either."""
        name = name or f"{self._short_name}_BarrierClose"
        attrs = {"cancel_pending_enqueues": bool(cancel_pending_enqueues)}
        return apply_op("BarrierClose", [self._barrier_ref], [], name, **attrs)

    def ready_size(self, name: str | None = None) -> Tensor:
        """The number of whole elements, an int32 scalar."""
        return self._size("BarrierReadySize", name)

    def incomplete_size(self, name: str | None = None) -> Tensor:
        """The number of keys of which components are missing, an int32 scalar."""
        return self._size("BarrierIncompleteSize", name)

    def _size(self, op_type: str, name: str | None) -> Tensor:
        return apply_op(op_type, [self._barrier_ref], [types.int32], name or f"{self._short_name}_{op_type}").outputs[0]


class ElementBarrier(BlockingBarrier):
    """A barrier whose components are arrays: what a handle stands for in one session."""

    def __init__(self, op: Operation, resource_name: str, **kwargs: Any) -> None:
        self.dtypes: Sequence[DType] = op.get_attr("component_types")
        self.shapes: Sequence[TensorShape] = op.get_attr("shapes")
        super().__init__(len(self.dtypes), name=op.name, resource_name=resource_name, **kwargs)

    def stack(self, elements: Sequence[Element]) -> tuple[Value, ...]:
        """Indices, keys and components of elements; InvalidArgumentError where shapes of a component differ."""
        indices = np.array([index for index, _, _ in elements], np.int64)
        keys = np.array([key for _, key, _ in elements], object)
        columns = [[components[each] for _, _, components in elements] for each in range(self.count)]
        return indices, keys, *(self._column(each, values) for each, values in enumerate(columns))

    def _column(self, component: int, values: list[Value]) -> Value:
        sizes = {np.shape(value) for value in values}
        if len(sizes) > 1:
            words = f"{self.describe()}: shapes of component {component} differ, and make no batch: {sorted(sizes)}"
            raise InvalidArgumentError(None, None, words)
        known = self.shapes[component]
        (size,) = sizes or {tuple(length or 0 for length in known.as_list()) if known.ndims is not None else ()}
        column = np.empty((len(values), *size), self.dtypes[component].as_numpy_dtype)
        for row, value in enumerate(values):
            column[row] = value
        return column


def _handle(name: str | None, dtypes: list[DType], shapes: list[TensorShape], shared_name: str) -> Tensor:
    attrs: dict[str, Any] = {"component_types": dtypes, "shapes": shapes, "capacity": -1}
    op = apply_op("Barrier", [], [types.resource], name, **attrs, container="", shared_name=shared_name)
    return op.outputs[0]


@register_op("Barrier", shape=scalar, bind=True, stateful=True)
def _barrier(op: Operation, session: Any) -> Callable[[], ElementBarrier]:
    container, shared_name = op.get_attr("container").decode(), op.get_attr("shared_name").decode()

    def make() -> ElementBarrier:
        resource_name = shared_name or session.resources.next_unshared_name(op.name)
        return ElementBarrier(op, resource_name, scope=session.scope)

    kind = "barrier" if shared_name else "unshared barrier"
    return lambda: session.resources.lookup_or_create(kind, container, shared_name or op.name, make)


# Not `stores`: the rows that go in are copies already.
@register_op("BarrierInsertMany", bind=True, stateful=True)
def _insert_many(op: Operation, session: Any) -> Callable[[ElementBarrier, Value, Value], None]:
    component = op.get_attr("component_index")

    def insert_many(barrier: ElementBarrier, keys: Value, values: Value) -> None:
        names, rows = list(np.atleast_1d(np.asarray(keys, object))), np.atleast_1d(np.asarray(values))
        if len(names) != len(rows):
            words = f"{barrier.describe()}: {len(names)} keys and {len(rows)} values were given"
            raise InvalidArgumentError(None, None, words)
        if 0 <= component < barrier.count and not barrier.shapes[component].is_compatible_with(rows.shape[1:]):
            words = f"Expected {barrier.shapes[component]}, got {rows.shape[1:]} ({barrier.describe()})"
            raise InvalidArgumentError(None, None, f"Shape mismatch in tuple component {component}. {words}")
        copies = [row.copy() if isinstance(row, np.ndarray) else row for row in rows]
        barrier.insert_many(component, names, copies)

    return insert_many


@register_op("BarrierTakeMany", step=True, bind=True, stateful=True)
def _take_many(op: Operation, session: Any) -> Callable[[Any, ElementBarrier, Value], Any]:
    small_allowed = op.get_attr("allow_small_batch")

    def take_many(step: Any, barrier: ElementBarrier, count: Value) -> Any:
        found = barrier.start_take_many(int(count), step, small_allowed=small_allowed)
        return found.then(barrier.stack) if isinstance(found, Attempt) else barrier.stack(found)

    return take_many


@register_op("BarrierClose", bind=True, stateful=True)
def _close(op: Operation, session: Any) -> Callable[[ElementBarrier], None]:
    cancel_pending_enqueues = op.get_attr("cancel_pending_enqueues")
    return lambda barrier: barrier.close(cancel_pending_enqueues)


@register_op("BarrierReadySize", shape=scalar, stateful=True)
def _ready_size(barrier: ElementBarrier) -> np.int32:
    return np.int32(barrier.size())


@register_op("BarrierIncompleteSize", shape=scalar, stateful=True)
def _incomplete_size(barrier: ElementBarrier) -> np.int32:
    return np.int32(barrier.incomplete_size())
