"""`tf.nn`: what a small model on the pipeline's batches needs."""

from tfqueue.ops.math_ops import (
    sigmoid,
    tanh,
)
from tfqueue.ops.nn_ops import (
    l2_normalize,
    log_softmax,
    moments,
    relu,
    softmax,
)

__all__ = [
    "l2_normalize",
    "log_softmax",
    "moments",
    "relu",
    "sigmoid",
    "softmax",
    "tanh",
]
