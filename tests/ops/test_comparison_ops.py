"""Questions with the answers True and False."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, run, sizes

X = np.array([[1.0, 2.0, np.nan], [3.0, -1.0, 2.0]], np.float32)
Y = np.array([1.0, 3.0, 2.0], np.float32)


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (tf.equal, np.equal),
        (tf.not_equal, np.not_equal),
        (tf.less, np.less),
        (tf.less_equal, np.less_equal),
        (tf.greater, np.greater),
        (tf.greater_equal, np.greater_equal),
    ],
)
def test_comparisons_are_numpys(build: Any, expected: Any) -> None:
    """Element by element, broadcast, bool."""
    tensor = build(X, Y)
    assert (tensor.dtype, sizes(tensor)) == (tf.bool, [2, 3])
    agree(run(tensor), expected(X, Y))


def test_strings_are_compared_to_the_last_nul() -> None:
    """Which NumPy's string type would take for padding; scalars and vectors."""
    agree(run(tf.equal(["a", "b\0"], ["a", "b"])), np.array([True, False]))
    agree(run(tf.not_equal("x\0", "x")), np.array(True))
    agree(run(tf.equal(["a", "b"], "a")), np.array([True, False]))


@pytest.mark.parametrize(
    ("build", "expected"),
    [(tf.logical_and, np.logical_and), (tf.logical_or, np.logical_or), (tf.logical_xor, np.logical_xor)],
)
def test_logic(build: Any, expected: Any) -> None:
    """The four combinations."""
    x, y = np.array([True, True, False, False]), np.array([True, False, True, False])
    agree(run(build(x, y)), expected(x, y))
    agree(run(tf.logical_not(x)), ~x)


def test_what_a_float_is() -> None:
    """NaN, infinite, or finite."""
    x = np.array([1.0, np.nan, np.inf, -np.inf], np.float32)
    agree(run(tf.is_nan(x)), np.isnan(x))
    agree(run(tf.is_inf(x)), np.isinf(x))
    agree(run(tf.is_finite(x)), np.isfinite(x))
