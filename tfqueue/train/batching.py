"""Batchers: a queue that collects examples, the runner that fills it, a summary of its fullness, and its batches.

Invariants:
  - what goes in as a dict comes back as a dict; components go in the order of `sorted(keys, key=str)`;
  - all threads of a batcher run one enqueue op; with one thread examples keep their order (a shuffling batcher apart).
After TensorFlow 1's python/training/input.py, to names, tags and messages (SEMANTICS 68-70, 73, 74).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tfqueue.framework.dtypes import float32
from tfqueue.framework.tensor_shape import TensorShape
from tfqueue.graph.graph import name_scope
from tfqueue.graph.operation import Tensor
from tfqueue.ops.arguments import TensorLike
from tfqueue.ops.cast_ops import cast
from tfqueue.ops.constant_op import convert_to_tensor
from tfqueue.ops.math_ops import maximum
from tfqueue.ops.queue_base import QueueBase
from tfqueue.ops.queue_ops import FIFOQueue, PaddingFIFOQueue, RandomShuffleQueue
from tfqueue.ops.summary_ops import scalar

from .queue_runner import QueueRunner, add_queue_runner

Example = Sequence[TensorLike] | Mapping[Any, TensorLike]
"""The tensors of one example, or with `enqueue_many` of several: a list, or a dict."""


def batch(
    tensors: Example,
    batch_size: TensorLike,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of `tensors`: a component of shape `x` comes as `[batch_size] + x`; in a list, a dict, or bare if alone.

    Args:
      tensors: an example, read anew for each; a list or a dict.
      batch_size: examples in a batch; with a tensor the static size is unknown.
      num_threads: threads that read examples. More than one do not keep the order.
      capacity: of the queue, in examples.
      enqueue_many: `tensors` are already batches of examples, their first dimension is taken off.
      shapes: of an example's components, where their static shapes do not tell.
      dynamic_pad: unknown dimensions are padded to the batch's maximum with 0, False or b"".
      allow_smaller_final_batch: at the end of input what is left comes as a batch; the static size is then None.
      shared_name: of the queue.
      name: of the scope and the batch.

    Adds a queue runner to QUEUE_RUNNERS and the summary `<name>/fraction_of_<capacity>_full`. A run of the batch waits
    for all its examples; it raises OutOfRangeError at the end of input.

    Errors: ValueError without tensors, and for shapes that are not known.
    """
    with name_scope(name, "batch", _values(tensors)) as scope:
        components = _components(tensors)
        known = _shapes(components, shapes, enqueue_many, dynamic_pad)
        make = PaddingFIFOQueue if dynamic_pad else FIFOQueue
        queue = make(capacity, _dtypes(components), known, shared_name=shared_name)
        _fill(queue, components, num_threads, enqueue_many)
        scalar(f"fraction_of_{capacity}_full", cast(queue.size(), float32) * (1.0 / capacity))
        return _batch_of(tensors, queue, batch_size, allow_smaller_final_batch, scope)


def shuffle_batch(
    tensors: Example,
    batch_size: TensorLike,
    capacity: int,
    min_after_dequeue: int,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of examples drawn at random from those in a queue; see `batch`.

    Args:
      capacity: of the queue, in examples; more than `min_after_dequeue`, by the threads and a few batches.
      min_after_dequeue: examples that stay behind, so that they mix well; ignored at the end of input.
      seed: of the choice.
      the others: as for `batch`.

    Adds a queue runner to QUEUE_RUNNERS and the summary `<name>/fraction_over_<min>_of_<capacity - min>_full`: how full
    the queue is above what must stay behind.

    Errors: as for `batch`, and ValueError when `capacity` is not more than `min_after_dequeue`.
    """
    with name_scope(name, "shuffle_batch", _values(tensors)) as scope:
        if capacity <= min_after_dequeue:
            raise ValueError(f"capacity {capacity} must be bigger than min_after_dequeue {min_after_dequeue}.")
        components = _components(tensors)
        known = _shapes(components, shapes, enqueue_many, dynamic_pad=False)
        queue = RandomShuffleQueue(
            capacity, min_after_dequeue, _dtypes(components), known, seed=seed, shared_name=shared_name
        )
        _fill(queue, components, num_threads, enqueue_many)
        spare = capacity - min_after_dequeue
        full = cast(maximum(0, queue.size() - min_after_dequeue), float32) * (1.0 / spare)
        scalar(f"fraction_over_{min_after_dequeue}_of_{spare}_full", full)
        return _batch_of(tensors, queue, batch_size, allow_smaller_final_batch, scope)


def _values(tensors: Example) -> list[TensorLike]:
    """The values of an example, in the order of its components."""
    if isinstance(tensors, Mapping):
        return [tensors[key] for key in sorted(tensors, key=str)]
    return list(tensors)


def _components(tensors: Example) -> list[Tensor]:
    components = [convert_to_tensor(value) for value in _values(tensors)]
    if not components:
        raise ValueError("Expected at least one tensor in batch().")
    return components


def _dtypes(components: Sequence[Tensor]) -> list[Any]:
    return [tensor.dtype.base_dtype for tensor in components]


def _shapes(components: Sequence[Tensor], shapes: Any, enqueue_many: bool, dynamic_pad: bool) -> Any:
    """The shapes of one example's components: those given, or else what is known of the tensors."""
    if shapes is not None:
        return shapes
    for tensor in components:
        if tensor.shape.ndims is None:
            raise ValueError(f"Cannot infer Tensor's rank: {tensor}. Set its shape, or pass `shapes`.")
    known: list[TensorShape] = [tensor.shape for tensor in components]
    if enqueue_many:
        known = [shape.with_rank_at_least(1)[1:] for shape in known]
    if not dynamic_pad and not all(shape.is_fully_defined() for shape in known):
        raise ValueError(
            f"All shapes must be fully defined: {known}. Set the tensors' shapes, pass `shapes`, "
            "or have batch() fill up unequal ones with dynamic_pad=True."
        )
    return known


def _fill(queue: QueueBase, components: Sequence[Tensor], num_threads: int, enqueue_many: bool) -> None:
    enqueue = queue.enqueue_many(components) if enqueue_many else queue.enqueue(components)
    add_queue_runner(QueueRunner(queue, [enqueue] * num_threads))


def _batch_of(
    tensors: Example, queue: QueueBase, batch_size: TensorLike, allow_smaller_final_batch: bool, name: str
) -> Any:
    """The dequeue of a batch, in the form that `tensors` have."""
    take = queue.dequeue_up_to if allow_smaller_final_batch else queue.dequeue_many
    taken = take(batch_size, name=name)
    if not isinstance(tensors, Mapping):
        return taken
    listed = taken if isinstance(taken, list) else [taken]
    return dict(zip(sorted(tensors, key=str), listed, strict=True))
