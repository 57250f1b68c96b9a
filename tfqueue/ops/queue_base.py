"""What queues in a graph have in common: a handle whose methods add ops.

Invariants:
  - a handle holds no elements: they are in the queue that its op makes in each session (`queue_resources`);
  - what can be known to be wrong while the graph is built is refused there, with a message that names the queue.
The ops' kernels are in `queue_kernels`, the kinds of queues in `queue_ops`. After TensorFlow 1's
python/ops/data_flow_ops.py, to names and messages (SEMANTICS 8, 14, 17, 36, 39, 42).
"""

import functools
from collections.abc import Sequence
from typing import Any

from tfqueue.framework import dtypes as types
from tfqueue.framework.dtypes import DType
from tfqueue.framework.tensor_shape import TensorShape, unknown_shape
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import apply_op, constant_value
from tfqueue.graph.operation import Operation, Tensor

from . import queue_kernels as _kernels  # noqa: F401 - registers the ops that handles make
from .arguments import TensorLike, argument, index_argument
from .queue_arguments import Values, batch_components, components, in_order
from .queue_resources import ElementQueue, runtime_queue


class QueueBase:
    """A queue in a graph: what all kinds have in common.

    Args:
      dtypes: the components' dtypes.
      shapes: their static shapes, or None. Without them batches can be put in but not taken out.
      names: the components' names, or None. With them elements are dicts.
      queue_ref: a scalar tensor of dtype `resource`, the output of a handle op.
    """

    def __init__(
        self,
        dtypes: Sequence[DType],
        shapes: Sequence[Any] | None,
        names: Sequence[str] | None,
        queue_ref: Tensor,
    ) -> None:
        for words, others in (("shapes", shapes), ("names", names)):
            if others is not None and len(others) != len(dtypes):
                raise ValueError(
                    f"Queue {words} must have the same length as dtypes, "
                    f"received len({words})={len(others)}, len(dtypes)={len(dtypes)}"
                )
        self._dtypes = dtypes
        self._shapes = (
            [TensorShape(shape) for shape in shapes] if shapes is not None else [unknown_shape()] * len(dtypes)
        )
        self._names = names
        self._queue_ref = queue_ref
        self._short_name = queue_ref.op.name.split("/")[-1]

    @staticmethod
    def from_list(index: TensorLike, queues: list["QueueBase"]) -> "QueueBase":
        """A handle of `queues[index]`, chosen by a scalar integer tensor when an op runs.

        Its shapes are what all queues have in common. Errors: TypeError for what is no list of queues, or for queues of
        different dtypes or names; InvalidArgumentError at run time when there is no such index.
        """
        if not _is_list_of_queues(queues):
            raise TypeError("A list of queues expected")
        first = queues[0]
        if any(list(queue.dtypes) != list(first.dtypes) for queue in queues):
            raise TypeError("Queues do not have matching component dtypes.")
        if any(queue.names != first.names for queue in queues):
            raise TypeError("Queues do not have matching component names.")
        shapes = [
            functools.reduce(_common_shape, each) for each in zip(*(queue.shapes for queue in queues), strict=True)
        ]
        references = [queue.queue_ref for queue in queues]
        with name_scope(None, "queue_from_list", references) as scope:
            position = index_argument("QueueFromList", "index", index)
            chosen = apply_op("QueueFromList", [position, *references], [types.resource], scope).outputs[0]
        return QueueBase(first.dtypes, shapes, first.names, chosen)

    @property
    def queue_ref(self) -> Tensor:
        """The handle's tensor, of dtype `resource`."""
        return self._queue_ref

    @property
    def name(self) -> str:
        """The name of the handle's op."""
        return self._queue_ref.op.name

    @property
    def dtypes(self) -> Sequence[DType]:
        """The components' dtypes."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The components' static shapes, unknown where none were given."""
        return self._shapes

    @property
    def names(self) -> Sequence[str] | None:
        """The components' names, if they have any."""
        return self._names

    def runtime_queue(self, session: Any) -> ElementQueue | None:
        """The queue itself, as `session` holds it; None before an op on it first ran there."""
        return runtime_queue(self._queue_ref.op, session)

    def enqueue(self, vals: Values, name: str | None = None) -> Operation:
        """An op that puts one element in: a value, a list of values (one a component), or a dict for named components.

        It waits while the queue is full; CancelledError when the queue is or gets closed. ValueError at once for values
        that do not fit.
        """
        with name_scope(name, f"{self._short_name}_enqueue", self._scope_values(vals)) as scope:
            return self._enqueue_op("QueueEnqueueV2", self._element(vals), scope)

    def enqueue_many(self, vals: Values, name: str | None = None) -> Operation:
        """An op that puts in each row of the values, as elements: all values have as many rows.

        It waits whenever the queue is full. Called off half-way, the elements that are in stay in.
        """
        with name_scope(name, f"{self._short_name}_EnqueueMany", self._scope_values(vals)) as scope:
            return self._enqueue_op("QueueEnqueueManyV2", self._rows(vals), scope)

    def enqueue_if(self, keep: TensorLike, vals: Values, name: str | None = None) -> Operation:
        """`enqueue(vals)` where the bool scalar `keep` is true; else the values are evaluated, and dropped."""
        with name_scope(name, f"{self._short_name}_enqueue", self._scope_values(vals)) as scope:
            condition = argument("QueueEnqueueIf", "keep", keep, types.bool)
            return self._enqueue_op("QueueEnqueueIf", [condition, *self._element(vals)], scope)

    def enqueue_many_if(self, keep: TensorLike, vals: Values, name: str | None = None) -> Operation:
        """`enqueue_many(vals)` where the bool scalar `keep` is true; else the values are evaluated, and dropped."""
        with name_scope(name, f"{self._short_name}_EnqueueMany", self._scope_values(vals)) as scope:
            condition = argument("QueueEnqueueManyIf", "keep", keep, types.bool)
            return self._enqueue_op("QueueEnqueueManyIf", [condition, *self._rows(vals)], scope)

    def dequeue(self, name: str | None = None) -> Any:
        """One element: a tensor, a list of tensors where there are several components, or a dict for named ones.

        Running it waits while there is none; OutOfRangeError when the queue is closed and empty.
        """
        with name_scope(name, f"{self._short_name}_Dequeue", [self._queue_ref]) as scope:
            return self._taken(self._dequeue_op("QueueDequeueV2", [], scope), TensorShape([]))

    def dequeue_many(self, n: TensorLike, name: str | None = None) -> Any:
        """`n` elements, stacked: each component `[n] + shape`, `[None] + shape` when n is only known at run time.

        Running it waits for all n; OutOfRangeError when the queue is closed with fewer left.
        """
        with name_scope(name, f"{self._short_name}_DequeueMany", [self._queue_ref]) as scope:
            count = argument("QueueDequeueManyV2", "n", n, types.int32)
            size = constant_value(count)
            if size is not None and size < 0:
                raise ValueError(f"Input 'n' must be >= 0, but is {size} for '{self.name}'.")
            op = self._dequeue_op("QueueDequeueManyV2", [count], scope)
            return self._taken(op, TensorShape([None if size is None else int(size)]))

    def dequeue_up_to(self, n: TensorLike, name: str | None = None) -> Any:
        """`n` elements, stacked, or what is left, at least one, of a closed queue: each component `[None] + shape`.

        Running it waits for all n while the queue is open, as `dequeue_many` does.
        """
        with name_scope(name, f"{self._short_name}_DequeueUpTo", [self._queue_ref]) as scope:
            count = argument("QueueDequeueUpToV2", "n", n, types.int32)
            return self._taken(self._dequeue_op("QueueDequeueUpToV2", [count], scope), TensorShape([None]))

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """An op after which no elements are taken in; those inside can still be taken out.

        It waits its turn behind enqueues that wait, or calls those off with `cancel_pending_enqueues`.
        """
        name = name or f"{self._short_name}_Close"
        attrs = {"cancel_pending_enqueues": bool(cancel_pending_enqueues)}
        return apply_op("QueueCloseV2", [self._queue_ref], [], name, **attrs)

    def is_closed(self, name: str | None = None) -> Tensor:
        """Whether a close has taken effect: a bool scalar."""
        name = name or f"{self._short_name}_Is_Closed"
        return apply_op("QueueIsClosedV2", [self._queue_ref], [types.bool], name).outputs[0]

    def size(self, name: str | None = None) -> Tensor:
        """The number of elements inside, an int32 scalar; without those that waiting batches have taken out."""
        return apply_op("QueueSizeV2", [self._queue_ref], [types.int32], name or f"{self._short_name}_Size").outputs[0]

    def _scope_values(self, vals: Values) -> list[Any]:
        values = vals.values() if isinstance(vals, dict) else vals if isinstance(vals, list | tuple) else [vals]
        return [self._queue_ref, *values]

    def _element(self, vals: Values) -> list[Tensor]:
        values = in_order(vals, self._names, len(self._dtypes), self.name)
        return components(values, self._dtypes, self._shapes, self.name)

    def _rows(self, vals: Values) -> list[Tensor]:
        values = in_order(vals, self._names, len(self._dtypes), self.name)
        return batch_components(values, self._dtypes, self._shapes, self.name)

    def _enqueue_op(self, op_type: str, tensors: list[Tensor], scope: str) -> Operation:
        return apply_op(op_type, [self._queue_ref, *tensors], [], scope, Tcomponents=list(self._dtypes), timeout_ms=-1)

    def _dequeue_op(self, op_type: str, inputs: list[Tensor], scope: str) -> Operation:
        component_types = list(self._dtypes)
        attrs: dict[str, Any] = {"component_types": component_types, "timeout_ms": -1}
        return apply_op(op_type, [self._queue_ref, *inputs], component_types, scope, **attrs)

    def _taken(self, op: Operation, batch: TensorShape) -> Any:
        tensors = list(op.outputs)
        for tensor, shape in zip(tensors, self._shapes, strict=True):
            tensor.set_shape(batch.concatenate(shape))
        if self._names:
            return dict(zip(self._names, tensors, strict=True))
        return tensors[0] if len(tensors) == 1 else tensors


def _is_list_of_queues(queues: object) -> bool:
    return isinstance(queues, list) and bool(queues) and all(isinstance(queue, QueueBase) for queue in queues)


def _common_shape(first: TensorShape, second: TensorShape) -> TensorShape:
    return first.most_specific_compatible_shape(second)
