"""The kinds of queues in a graph: FIFO, padding, by priority, shuffling.

After TensorFlow 1's python/ops/data_flow_ops.py, to names and messages (SEMANTICS 12, 27-35, 38).
"""

import hashlib
from typing import Any

from tfqueue.framework.dtypes import DType, int64, resource
from tfqueue.framework.tensor_shape import TensorShape, scalar
from tfqueue.graph.graph import control_dependencies, device
from tfqueue.graph.op_def import apply_op
from tfqueue.graph.operation import Tensor

from .queue_arguments import int_argument, name_list, partial_shape_list, shape_list, type_list
from .queue_base import QueueBase
from .random_ops import get_seed


class FIFOQueue(QueueBase):
    """First in, first out.

    Args:
      capacity: elements it holds; negative means without bound, 0 that every enqueue waits.
      dtypes: the components' dtypes, or the one of a single component.
      shapes: the components' shapes, fully defined: one TensorShape, one tuple of ints, or a list. Without them an
        element may have any shape, and only `dequeue()` takes elements out.
      names: the components' names; with them elements are dicts.
      shared_name: handles with one shared name, in one container and session, stand for one queue.
      name: of the op.
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str | None = "fifo_queue",
    ) -> None:
        listed = type_list(dtypes)
        shapes, names = shape_list(shapes), name_list(names, listed)
        # As in TensorFlow: a queue is made once, whatever else must run before what.
        with control_dependencies(None), device("/device:CPU:*"):
            reference = _handle("FIFOQueueV2", name, capacity, listed, shapes, shared_name)
        super().__init__(listed, shapes, names, reference)


class PaddingFIFOQueue(QueueBase):
    """First in, first out; batches of elements of unequal shapes are padded.

    Args:
      shapes: a list with a shape for each component. Dimensions declared None may differ from element to element: a
        batch has each as wide as its widest element there, filled up with 0, False or b"". `dequeue()` never pads.
      capacity, dtypes, names, shared_name, name: as for `FIFOQueue`.
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str | None = "padding_fifo_queue",
    ) -> None:
        listed = type_list(dtypes)
        shapes, names = partial_shape_list(shapes), name_list(names, listed)
        reference = _handle("PaddingFIFOQueueV2", name, capacity, listed, shapes, shared_name)
        super().__init__(listed, shapes, names, reference)


class PriorityQueue(QueueBase):
    """The element with the least priority first; its component 0, an int64 scalar in front of `types`.

    `dequeue_many(n)` takes nothing until n elements are there, so a batch is sorted as a whole. Ties: any order.

    Args:
      types: the dtypes of the components behind the priority.
      shapes: their shapes; needed, as batches could not be taken out otherwise.
      names: of all components, the priority's first.
      capacity, shared_name, name: as for `FIFOQueue`.
    """

    def __init__(
        self,
        capacity: int,
        types: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str | None = "priority_queue",
    ) -> None:
        if shapes is None:
            raise TypeError("A PriorityQueue needs `shapes`: one for each of `types`.")
        listed, shapes = type_list(types), shape_list(shapes) or []
        reference = _handle("PriorityQueueV2", name, capacity, listed, shapes, shared_name)
        all_types = [int64, *listed]
        super().__init__(all_types, [scalar(), *shapes], name_list(names, all_types), reference)


class RandomShuffleQueue(QueueBase):
    """Any element with equal chance, while at least `min_after_dequeue` others stay inside (ignored once it is closed).

    Args:
      min_after_dequeue: elements that a dequeue must leave, so that they mix well; less than `capacity`
        (InvalidArgumentError when the queue is made).
      seed: of the choice; see `set_random_seed`. The same seeds give the same order, not TensorFlow's.
      capacity, dtypes, shapes, names, shared_name, name: as for `FIFOQueue`.
    """

    def __init__(
        self,
        capacity: int,
        min_after_dequeue: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: int | None = None,
        shared_name: str | None = None,
        name: str | None = "random_shuffle_queue",
    ) -> None:
        listed = type_list(dtypes)
        shapes, names = shape_list(shapes), name_list(names, listed)
        graph_seed, op_seed = shuffle_seeds(seed, shared_name)
        attrs = {
            "min_after_dequeue": int_argument("min_after_dequeue", min_after_dequeue),
            "seed": graph_seed,
            "seed2": op_seed,
        }
        reference = _handle("RandomShuffleQueueV2", name, capacity, listed, shapes, shared_name, **attrs)
        super().__init__(listed, shapes, names, reference)


def shuffle_seeds(seed: int | None, shared_name: str | None) -> tuple[int, int]:
    """The two seeds of a shuffle queue; (0, 0) means none.

    With a shared name and a graph seed alone, the op seed follows from these two, so that all who share the queue have
    the same (SEMANTICS 30).
    """
    graph_seed, op_seed = get_seed(seed)
    if graph_seed is None or op_seed is None:
        return (0, 0)
    if seed is None and shared_name is not None:
        digest = hashlib.md5(f"{graph_seed}{shared_name}".encode(), usedforsecurity=False).hexdigest()
        return (graph_seed, int(digest[:8], 16) & 0x7FFFFFFF)
    return (graph_seed, op_seed)


def _handle(
    op_type: str,
    name: str | None,
    capacity: int,
    dtypes: list[DType],
    shapes: list[TensorShape] | None,
    shared_name: str | None,
    **attrs: Any,
) -> Tensor:
    return apply_op(
        op_type,
        [],
        [resource],
        name,
        component_types=dtypes,
        shapes=shapes or [],
        capacity=int_argument("capacity", capacity),
        container="",
        shared_name=shared_name or "",
        **attrs,
    ).outputs[0]
