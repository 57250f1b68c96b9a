"""`tfqueue.queue`: the queues of a graph under their second name; `tf.queue.FIFOQueue` is `tf.FIFOQueue`."""

from tfqueue.ops.queue_base import QueueBase
from tfqueue.ops.queue_ops import FIFOQueue, PaddingFIFOQueue, PriorityQueue, RandomShuffleQueue

__all__ = ["FIFOQueue", "PaddingFIFOQueue", "PriorityQueue", "QueueBase", "RandomShuffleQueue"]
