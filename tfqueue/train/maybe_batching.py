"""Batchers that leave out examples: `maybe_batch` and the like, of which `batch` and the like are those that keep all.

After TensorFlow 1's python/training/input.py (SEMANTICS 71): an example that is not kept is read all the same.
"""

from collections.abc import Sequence
from typing import Any

from tfqueue.graph.graph import name_scope
from tfqueue.ops.arguments import TensorLike

from .batch_queues import check_room, first_come_queue, shuffling_queue
from .examples import Example, Examples, values_of, values_of_all


def maybe_batch(
    tensors: Example,
    keep_input: TensorLike,
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
    """Batches of those examples that are kept; see `batch`.

    Args:
      keep_input: a bool scalar, read with each example: whether it is kept, with `enqueue_many` the whole batch of
        them; or with `enqueue_many` a vector, which says it of each row.
      the others: as for `batch`.

    Errors: as for `batch`, and ValueError for a `keep_input` of another rank, or of one that is not known.
    """
    with name_scope(name, "batch", [*values_of(tensors), keep_input]) as scope:
        examples = Examples([tensors], keep_input, enqueue_many, shapes, dynamic_pad)
        queue = first_come_queue(examples, num_threads, capacity, dynamic_pad, shared_name)
        return examples.batches(queue, batch_size, allow_smaller_final_batch, scope)


def maybe_batch_join(
    tensors_list: Sequence[Example],
    keep_input: TensorLike,
    batch_size: TensorLike,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of those examples of several sources that are kept; see `batch_join` and `maybe_batch`."""
    with name_scope(name, "batch_join", [*values_of_all(tensors_list), keep_input]) as scope:
        examples = Examples(tensors_list, keep_input, enqueue_many, shapes, dynamic_pad)
        queue = first_come_queue(examples, 1, capacity, dynamic_pad, shared_name)
        return examples.batches(queue, batch_size, allow_smaller_final_batch, scope)


def maybe_shuffle_batch(
    tensors: Example,
    batch_size: TensorLike,
    capacity: int,
    min_after_dequeue: int,
    keep_input: TensorLike,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of examples drawn at random from those that are kept; see `shuffle_batch` and `maybe_batch`."""
    with name_scope(name, "shuffle_batch", [*values_of(tensors), keep_input]) as scope:
        check_room(capacity, min_after_dequeue)
        examples = Examples([tensors], keep_input, enqueue_many, shapes)
        queue = shuffling_queue(examples, num_threads, capacity, min_after_dequeue, seed, shared_name)
        return examples.batches(queue, batch_size, allow_smaller_final_batch, scope)


def maybe_shuffle_batch_join(
    tensors_list: Sequence[Example],
    batch_size: TensorLike,
    capacity: int,
    min_after_dequeue: int,
    keep_input: TensorLike,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches drawn at random from those examples of several sources that are kept; see `maybe_shuffle_batch`."""
    with name_scope(name, "shuffle_batch_join", [*values_of_all(tensors_list), keep_input]) as scope:
        check_room(capacity, min_after_dequeue)
        examples = Examples(tensors_list, keep_input, enqueue_many, shapes)
        queue = shuffling_queue(examples, 1, capacity, min_after_dequeue, seed, shared_name)
        return examples.batches(queue, batch_size, allow_smaller_final_batch, scope)
