"""Examples on their way into a batcher's queue and out of it: from one source or several, filtered, in lists or dicts.

A sparse tensor of an example goes through the queue as a handle, and comes out with the others of its batch as one.
Invariants:
  - what goes in as a dict comes back as a dict; components go in the order of `sorted(keys, key=str)`;
  - all sources of one queue have the same keys and dtypes, and sparse tensors in the same places;
  - an example that is not kept is read all the same.
After TensorFlow 1's python/training/input.py, to messages (SEMANTICS 68-72).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tfqueue.framework.dtypes import bool as boolean
from tfqueue.framework.tensor_shape import TensorShape
from tfqueue.graph.op_def import constant_value
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.graph.sparse_tensor import SparseTensor
from tfqueue.ops.arguments import TensorLike
from tfqueue.ops.cast_ops import cast
from tfqueue.ops.constant_op import convert_to_tensor
from tfqueue.ops.masking_ops import boolean_mask
from tfqueue.ops.queue_base import QueueBase
from tfqueue.ops.sparse_handles import sparse_from_handles, sparse_handle, sparse_row_handles
from tfqueue.ops.sparse_ops import convert_to_tensor_or_sparse_tensor

from .queue_runner import QueueRunner, add_queue_runner

Example = Sequence[TensorLike] | Mapping[Any, TensorLike]
"""The tensors of one example, or with `enqueue_many` of several: a list, or a dict."""

Component = Tensor | SparseTensor


def values_of(example: Example) -> list[TensorLike]:
    """The values of an example, in the order of its components."""
    if isinstance(example, Mapping):
        return [example[key] for key in sorted(example, key=str)]
    return list(example)


def values_of_all(sources: Sequence[Example]) -> list[TensorLike]:
    """The values of the examples of all sources.

    Errors: ValueError without sources, and for dicts of different keys.
    """
    if not sources:
        raise ValueError("Expected at least one set of tensors")
    first = sources[0]
    for number, other in enumerate(sources):
        if isinstance(first, Mapping) and not (isinstance(other, Mapping) and set(other) == set(first)):
            keys = sorted(other, key=str) if isinstance(other, Mapping) else f"no keys, being {other!r}"
            raise ValueError(
                "All dictionaries in tensors_list must have the same keys: "
                f"the first has {sorted(first, key=str)}, number {number} has {keys}."
            )
    return [value for source in sources for value in values_of(source)]


class Examples:
    """What a batcher collects.

    Args:
      sources: an example each, all alike.
      keep_input: whether an example is kept: a bool scalar, or with `enqueue_many` a vector with a row's in each place.
      enqueue_many: sources give batches of examples, their first dimension is taken off.
      shapes: of an example's components, where static shapes do not tell.
      dynamic_pad: their dimensions may be unknown.

    Errors: ValueError for no tensors, for unknown ranks or dimensions, for shapes that cannot be the same, for sparse
      tensors that are not so in all sources, and for a `keep_input` of another rank; TypeError for sources of different
      dtypes.
    """

    def __init__(
        self,
        sources: Sequence[Example],
        keep_input: TensorLike,
        enqueue_many: bool,
        shapes: Any = None,
        dynamic_pad: bool = False,
    ) -> None:
        self._first = sources[0]
        self._many = enqueue_many
        given = [[convert_to_tensor_or_sparse_tensor(value) for value in values_of(source)] for source in sources]
        if not given[0]:
            raise ValueError("Expected at least one tensor in batch().")
        _check_alike(given)
        self._keep = _keep_input(keep_input, enqueue_many)
        self._components = given[0]
        self._sources = [[_carried(component, enqueue_many) for component in components] for components in given]
        self.dtypes = [tensor.dtype.base_dtype for tensor in self._sources[0]]
        """Of the queue's components."""
        self.shapes = _common_shapes(self._sources, enqueue_many, dynamic_pad) if shapes is None else shapes
        """Of one example's components."""

    def fill(self, queue: QueueBase, num_threads: int = 1) -> None:
        """Adds to QUEUE_RUNNERS the runner that puts the examples into `queue`; threads read each source.

        Errors: ValueError without a thread.
        """
        if num_threads < 1:
            raise ValueError(f"num_threads must be > 0, not {num_threads}: nobody would fill the queue.")
        enqueues = [self._enqueue(queue, components) for components in self._sources]
        add_queue_runner(QueueRunner(queue, enqueues * num_threads))

    def batches(self, queue: QueueBase, batch_size: TensorLike, allow_smaller_final_batch: bool, name: str) -> Any:
        """The dequeue of a batch, in the form that the first source's examples have."""
        take = queue.dequeue_up_to if allow_smaller_final_batch else queue.dequeue_many
        taken = take(batch_size, name=name)
        listed = taken if isinstance(taken, list) else [taken]
        given = [self._restored(*pair) for pair in zip(self._components, listed, strict=True)]
        if isinstance(self._first, Mapping):
            return dict(zip(sorted(self._first, key=str), given, strict=True))
        return given if isinstance(taken, list) else given[0]

    def _restored(self, component: Component, taken: Tensor) -> Component:
        if not isinstance(component, SparseTensor):
            return taken
        rank = component.dense_shape.shape[0].value
        if rank is not None and self._many:
            rank -= 1
        return sparse_from_handles(taken, component.dtype, rank)

    def _enqueue(self, queue: QueueBase, components: Sequence[Tensor]) -> Operation:
        if self._keep.shape.ndims == 1:
            truth = cast(self._keep, boolean)
            return queue.enqueue_many([boolean_mask(component, truth) for component in components])
        known = constant_value(self._keep)
        if known is not None and known:
            return queue.enqueue_many(components) if self._many else queue.enqueue(components)
        return (queue.enqueue_many_if if self._many else queue.enqueue_if)(self._keep, components)


def _keep_input(keep_input: TensorLike, enqueue_many: bool) -> Tensor:
    keep = convert_to_tensor(keep_input, name="keep_input")
    if keep.shape.ndims is None:
        raise ValueError(f"`keep_input` dimensions must be known at graph construction; those of {keep} are not.")
    if keep.shape.ndims == 1 and not enqueue_many:
        raise ValueError("`keep_input` cannot be a vector when `enqueue_many=False`.")
    if keep.shape.ndims > 1:
        raise ValueError(f"`keep_input` must be 0 or 1 dimensions, and has shape {keep.shape}.")
    return keep


def _check_alike(sources: Sequence[Sequence[Component]]) -> None:
    first, *others = sources
    for other in others:
        if not all(map(_both_sparse_or_dense, first, other)):
            raise ValueError(f"Inconsistent SparseTensors list: {first} vs. {other}")
        words = [", ".join(component.dtype.name for component in components) for components in (first, other)]
        if words[0] != words[1]:
            raise TypeError(f"Expected types to be consistent: {words[0]} vs. {words[1]}.")


def _both_sparse_or_dense(one: Component, other: Component) -> bool:
    """Whether both are dense, or both sparse of ranks that can be the same."""
    if not (isinstance(one, SparseTensor) and isinstance(other, SparseTensor)):
        return isinstance(one, Tensor) and isinstance(other, Tensor)
    return one.dense_shape.shape.is_compatible_with(other.dense_shape.shape)


def _carried(component: Component, enqueue_many: bool) -> Tensor:
    """What goes through the queue."""
    if not isinstance(component, SparseTensor):
        return component
    return sparse_row_handles(component) if enqueue_many else sparse_handle(component)


def _common_shapes(sources: Sequence[Sequence[Tensor]], enqueue_many: bool, dynamic_pad: bool) -> list[TensorShape]:
    """The shapes of the first source's components, which those of the others must fit."""
    for components in sources:
        for tensor in components:
            if tensor.shape.ndims is None:
                raise ValueError(f"Cannot infer Tensor's rank: {tensor}. Set its shape, or pass `shapes`.")
    first, *others = [[_row_shape(tensor, enqueue_many) for tensor in components] for components in sources]
    for other in others:
        for mine, its in zip(first, other, strict=True):
            mine.merge_with(its)
    if not dynamic_pad and not all(shape.is_fully_defined() for shape in first):
        raise ValueError(
            f"All shapes must be fully defined: {first}. Set the tensors' shapes, pass `shapes`, "
            "or have batch() fill up unequal ones with dynamic_pad=True."
        )
    return first


def _row_shape(tensor: Tensor, enqueue_many: bool) -> TensorShape:
    return tensor.shape.with_rank_at_least(1)[1:] if enqueue_many else tensor.shape
