"""Batchers: a queue that collects examples, the runner that fills it, a summary of its fullness, and its batches.

Invariant: all threads of a batcher run one enqueue op a source; where one thread reads a source its examples keep their
order (a shuffling batcher apart).
After TensorFlow 1's python/training/input.py, to names, tags and messages (SEMANTICS 68-70, 73, 74).
"""

from collections.abc import Sequence
from typing import Any

from tfqueue.ops.arguments import TensorLike

from .examples import Example
from .maybe_batching import maybe_batch, maybe_batch_join, maybe_shuffle_batch, maybe_shuffle_batch_join


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
    return maybe_batch(
        tensors,
        True,
        batch_size,
        num_threads,
        capacity,
        enqueue_many,
        shapes,
        dynamic_pad,
        allow_smaller_final_batch,
        shared_name,
        name,
    )


def batch_join(
    tensors_list: Sequence[Example],
    batch_size: TensorLike,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of examples from several sources, each read by a thread of its own; see `batch`.

    Args:
      tensors_list: an example of each source: lists of tensors alike in number and dtypes, or dicts with the same keys.
        The first one's static shapes are the queue's.
      the others: as for `batch`.

    The examples of one source keep their order. When one source ends the others are still read to their ends.

    Errors: as for `batch`; ValueError without sources, for dicts of different keys, and for shapes that cannot be the
      same; TypeError for sources of different dtypes.
    """
    return maybe_batch_join(
        tensors_list,
        True,
        batch_size,
        capacity,
        enqueue_many,
        shapes,
        dynamic_pad,
        allow_smaller_final_batch,
        shared_name,
        name,
    )


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
    return maybe_shuffle_batch(
        tensors,
        batch_size,
        capacity,
        min_after_dequeue,
        True,
        num_threads,
        seed,
        enqueue_many,
        shapes,
        allow_smaller_final_batch,
        shared_name,
        name,
    )


def shuffle_batch_join(
    tensors_list: Sequence[Example],
    batch_size: TensorLike,
    capacity: int,
    min_after_dequeue: int,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of examples of several sources, drawn at random from those in a queue; see `shuffle_batch`, `batch_join`.

    Errors: as for both.
    """
    return maybe_shuffle_batch_join(
        tensors_list,
        batch_size,
        capacity,
        min_after_dequeue,
        True,
        seed,
        enqueue_many,
        shapes,
        allow_smaller_final_batch,
        shared_name,
        name,
    )
