"""The few functions of a small model; expected numbers from TensorFlow 2.21."""

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, run

LOGITS = np.array([[1.0, 2.0, 3.0], [1000.0, 1000.0, -1000.0]], np.float32)


def test_relu() -> None:
    """Negatives become zero, in the dtype that came."""
    agree(run(tf.nn.relu([-1.5, 0.0, 2.0])), np.array([0, 0, 2], np.float32))
    agree(run(tf.nn.relu([-1, 3])), np.array([0, 3], np.int32))


def test_softmax_does_not_overflow() -> None:
    """Sums to one along the last or another axis, also for large logits."""
    expected = np.array([[0.09003057, 0.24472848, 0.66524094], [0.5, 0.5, 0.0]], np.float32)
    agree(run(tf.nn.softmax(LOGITS)), expected, 1e-6)
    agree(run(tf.nn.softmax(LOGITS.T.copy(), axis=0)), expected.T, 1e-6)
    agree(run(tf.nn.softmax(LOGITS.T.copy(), dim=0)), expected.T, 1e-6)


def test_log_softmax_keeps_small_values() -> None:
    """Where the logarithm of the softmax would be minus infinity."""
    expected = np.array([[-2.407606, -1.407606, -0.40760598], [-0.6931472, -0.6931472, -2000.6931]], np.float32)
    agree(run(tf.nn.log_softmax(LOGITS)), expected, 1e-6)
    with pytest.raises(ValueError, match="axis 2 is not in the interval"):
        tf.nn.log_softmax(LOGITS, 2)


def test_l2_normalize() -> None:
    """Length one along the axis; zeros stay zeros."""
    agree(run(tf.nn.l2_normalize([[3.0, 4.0], [0.0, 0.0]], 1)), np.array([[0.6, 0.8], [0, 0]], np.float32), 1e-6)
    agree(run(tf.nn.l2_normalize([3.0, 4.0], dim=0)), np.array([0.6, 0.8], np.float32), 1e-6)


def test_moments() -> None:
    """Mean and variance along the axes, kept or not."""
    mean, variance = run(tf.nn.moments([[1.0, 2.0], [3.0, 6.0]], [0]))
    agree(mean, np.array([2, 4], np.float32))
    agree(variance, np.array([1, 4], np.float32))
    mean, variance = run(tf.nn.moments([[1.0, 2.0], [3.0, 6.0]], [0, 1], keep_dims=True))
    agree(mean, np.array([[3]], np.float32))
    agree(variance, np.array([[3.5]], np.float32))


def test_sigmoid_and_tanh_stand_here_too() -> None:
    """`tf.nn.sigmoid` is `tf.sigmoid`."""
    assert tf.nn.sigmoid is tf.sigmoid
    assert tf.nn.tanh is tf.tanh
