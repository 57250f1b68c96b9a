"""The kernels of queue ops: what runs when a step comes to an enqueue, a dequeue, a close.

Invariant: a kernel never waits. What cannot be served at once comes back as an attempt, and the executor parks on it.
Run-time messages are TensorFlow's (core/kernels/queue_op.cc; SEMANTICS 15, 16, 28, 37), with the queue's name added.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation
from tfqueue.queues.attempts import Attempt
from tfqueue.queues.disciplines import FIFO, Element, Priority, RandomShuffle

from .queue_resources import ElementQueue, min_after_dequeue, queue_maker, queue_seeds
from .shape_functions import scalar
from .values import Value

# Handle ops ----------------------------------------------------------------------------------------------------------


def _random_shuffle(op: Operation) -> RandomShuffle:
    capacity, kept, seeds = op.get_attr("capacity"), min_after_dequeue(op), queue_seeds(op)
    if kept < 0:
        raise InvalidArgumentError(None, None, f"min_after_dequeue {kept} must be >= 0")
    if 0 <= capacity <= kept:
        raise InvalidArgumentError(None, None, f"min_after_dequeue {kept} must be < capacity {capacity}")
    return RandomShuffle(kept, None if seeds == (0, 0) else (seeds[0] << 32) + seeds[1])


_maker = functools.partial(register_op, shape=scalar, bind=True, stateful=True)
_maker("FIFOQueueV2")(queue_maker("FIFOQueue", lambda op: FIFO()))
_maker("PaddingFIFOQueueV2")(queue_maker("PaddingFIFOQueue", lambda op: FIFO()))
_maker("PriorityQueueV2")(queue_maker("PriorityQueue", lambda op: Priority()))
_maker("RandomShuffleQueueV2")(queue_maker("RandomShuffleQueue", _random_shuffle))


# Ops on a queue ------------------------------------------------------------------------------------------------------


@register_op("QueueEnqueueV2", step=True, stores=True, stateful=True)
def _enqueue(step: Any, queue: ElementQueue, *element: Value) -> Attempt | None:
    # Nearly every element is right, which one comparison tells; what is wrong, if anything, the long way says.
    if [getattr(value, "shape", ()) for value in element] != queue.sizes:
        try:
            queue.spec.check_element(element)
        except InvalidArgumentError as error:
            raise _of_queue(queue, error) from None
    return queue.start_enqueue(element, step)


# Not `stores`: the rows that go in are copies already.
@register_op("QueueEnqueueManyV2", step=True, stateful=True)
def _enqueue_many(step: Any, queue: ElementQueue, *batch: Value) -> Attempt | None:
    try:
        queue.spec.check_batch(batch)
    except InvalidArgumentError as error:
        raise _of_queue(queue, error) from None
    return queue.start_enqueue_many(queue.spec.split(batch), step)


def _enqueue_condition(op: Operation) -> Sequence[Any]:
    op.inputs[1].shape.assert_has_rank(0)
    return []


# What TensorFlow builds of a conditional and an enqueue: the values come from outside it, so they are read either way.
@register_op("QueueEnqueueIf", shape=_enqueue_condition, step=True, stores=True, stateful=True)
def _enqueue_if(step: Any, queue: ElementQueue, keep: Value, *element: Value) -> Attempt | None:
    return _enqueue(step, queue, *element) if keep else None


@register_op("QueueEnqueueManyIf", shape=_enqueue_condition, step=True, stateful=True)
def _enqueue_many_if(step: Any, queue: ElementQueue, keep: Value, *batch: Value) -> Attempt | None:
    return _enqueue_many(step, queue, *batch) if keep else None


@register_op("QueueDequeueV2", step=True, bind=True, stateful=True)
def _dequeue(op: Operation, session: Any) -> Callable[[Any, ElementQueue], Any]:
    def dequeue_one(step: Any, queue: ElementQueue) -> Any:
        element = queue.start_dequeue(step)
        return element.then(_only) if isinstance(element, Attempt) else element[0]

    def dequeue(step: Any, queue: ElementQueue) -> Any:
        return queue.start_dequeue(step)

    return dequeue_one if len(op.outputs) == 1 else dequeue


@register_op("QueueDequeueManyV2", step=True, bind=True, stateful=True)
def _dequeue_many(op: Operation, session: Any) -> Callable[[Any, ElementQueue, Value], Any]:
    return _batch_kernel(op, "DequeueManyOp", lambda queue, count, step: queue.start_dequeue_many(count, step))


@register_op("QueueDequeueUpToV2", step=True, bind=True, stateful=True)
def _dequeue_up_to(op: Operation, session: Any) -> Callable[[Any, ElementQueue, Value], Any]:
    return _batch_kernel(op, "DequeueUpToOp", lambda queue, count, step: queue.start_dequeue_up_to(count, step))


@register_op("QueueCloseV2", step=True, bind=True, stateful=True)
def _close(op: Operation, session: Any) -> Callable[[Any, ElementQueue], Attempt | None]:
    cancel_pending_enqueues = op.get_attr("cancel_pending_enqueues")
    return lambda step, queue: queue.start_close(cancel_pending_enqueues, step)


@register_op("QueueSizeV2", shape=scalar, stateful=True)
def _size(queue: ElementQueue) -> np.int32:
    return np.int32(queue.size())


@register_op("QueueIsClosedV2", shape=scalar, stateful=True)
def _is_closed(queue: ElementQueue) -> np.bool_:
    return np.bool_(queue.is_closed())


def _batch_kernel(
    op: Operation, words: str, start: Callable[[ElementQueue, int, Any], list[Element] | Attempt]
) -> Callable[[Any, ElementQueue, Value], Any]:
    single = len(op.outputs) == 1

    def kernel(step: Any, queue: ElementQueue, n: Value) -> Any:
        count = _count(words, n)
        queue.spec.batch_shapes()  # before anything is taken out
        stack = functools.partial(_stack_one, queue) if single else queue.spec.stack
        elements = start(queue, count, step)
        return elements.then(stack) if isinstance(elements, Attempt) else stack(elements)

    return kernel


def _count(words: str, n: Value) -> int:
    if np.ndim(n) != 0:
        raise InvalidArgumentError(None, None, f"{words} requested a number of elements, got shape {np.shape(n)}")
    if n < 0:
        raise InvalidArgumentError(None, None, f"{words} requested {n} < 0 elements")
    return int(n)


def _stack_one(queue: ElementQueue, elements: Sequence[Element]) -> Value:
    return queue.spec.stack(elements)[0]


def _only(element: Element) -> Value:
    return element[0]


def _of_queue(queue: ElementQueue, error: InvalidArgumentError) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, f"{error.message} (queue '{queue.name}')")


@register_op("QueueFromList", shape=scalar)
def _queue_from_list(index: Value, *queues: ElementQueue) -> ElementQueue:
    if not 0 <= index < len(queues):
        raise InvalidArgumentError(None, None, f"index {index} is not in [0, {len(queues)})")
    return queues[int(index)]
