"""The queues of batchers: made for examples, filled by a runner, with a summary of how full they are.

After TensorFlow 1's python/training/input.py, to names and tags (SEMANTICS 70, 73, 74).
"""

from tfqueue.framework.dtypes import float32
from tfqueue.ops.cast_ops import cast
from tfqueue.ops.math_ops import maximum
from tfqueue.ops.queue_base import QueueBase
from tfqueue.ops.queue_ops import FIFOQueue, PaddingFIFOQueue, RandomShuffleQueue
from tfqueue.ops.summary_ops import scalar

from .examples import Examples


def first_come_queue(
    examples: Examples, num_threads: int, capacity: int, dynamic_pad: bool, shared_name: str | None
) -> QueueBase:
    """A queue that gives examples as they came, padded with `dynamic_pad`.

    Adds its runner, and the summary `fraction_of_<capacity>_full`.
    """
    make = PaddingFIFOQueue if dynamic_pad else FIFOQueue
    queue = make(capacity, examples.dtypes, examples.shapes, shared_name=shared_name)
    examples.fill(queue, num_threads)
    scalar(f"fraction_of_{capacity}_full", cast(queue.size(), float32) * (1.0 / capacity))
    return queue


def shuffling_queue(
    examples: Examples,
    num_threads: int,
    capacity: int,
    min_after_dequeue: int,
    seed: int | None,
    shared_name: str | None,
) -> QueueBase:
    """A queue that gives examples at random, of at least `min_after_dequeue` and one.

    Adds its runner, and the summary `fraction_over_<min>_of_<capacity - min>_full`: how full the queue is above what
    must stay behind.
    """
    queue = RandomShuffleQueue(
        capacity, min_after_dequeue, examples.dtypes, examples.shapes, seed=seed, shared_name=shared_name
    )
    examples.fill(queue, num_threads)
    spare = capacity - min_after_dequeue
    full = cast(maximum(0, queue.size() - min_after_dequeue), float32) * (1.0 / spare)
    scalar(f"fraction_over_{min_after_dequeue}_of_{spare}_full", full)
    return queue


def check_room(capacity: int, min_after_dequeue: int) -> None:
    """ValueError unless a shuffling queue has room for more than what must stay behind."""
    if capacity <= min_after_dequeue:
        raise ValueError(f"capacity {capacity} must be bigger than min_after_dequeue {min_after_dequeue}.")
