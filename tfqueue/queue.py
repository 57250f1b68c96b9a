"""`tfqueue.queue`: the queues of a graph under their second name; `tf.queue.FIFOQueue` is `tf.FIFOQueue`.

`Barrier`, which TensorFlow 1 kept in its `data_flow_ops`, stands here too.
"""

from tfqueue.ops.barrier_ops import Barrier
from tfqueue.ops.queue_base import QueueBase
from tfqueue.ops.queue_ops import FIFOQueue, PaddingFIFOQueue, PriorityQueue, RandomShuffleQueue

__all__ = ["Barrier", "FIFOQueue", "PaddingFIFOQueue", "PriorityQueue", "QueueBase", "RandomShuffleQueue"]
