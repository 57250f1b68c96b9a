"""Arrays out of nothing."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, constant, run, sizes


def test_fill() -> None:
    """A scalar everywhere, in its dtype; sizes may be known at run time only."""
    agree(run(tf.fill([2, 3], 1.5)), np.full((2, 3), 1.5, np.float32))
    assert run(tf.fill([2], "a")).tolist() == [b"a", b"a"]
    dims = tf.placeholder(tf.int32, [2])
    assert sizes(tf.fill(dims, 0)) == [None, None]
    agree(run(tf.fill(dims, 7), {dims: [1, 2]}), np.array([[7, 7]], np.int32))
    with pytest.raises(ValueError, match="Fill dimensions must be >= 0"):
        tf.fill([-1], 0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Fill dimensions must be >= 0"):
        run(tf.fill(dims, 0), {dims: [1, -2]})
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
        tf.fill([2], [1])


@pytest.mark.parametrize(("build", "value"), [(tf.zeros, 0), (tf.ones, 1)])
def test_zeros_and_ones(build: Any, value: int) -> None:
    """In any dtype and shape: small ones as constants, large ones filled in the run, sizes from tensors too."""
    agree(run(build([2, 3])), np.full((2, 3), value, np.float32))
    agree(run(build(2, tf.int64)), np.full(2, value, np.int64))
    agree(run(build([], tf.bool)), np.array(bool(value)))
    assert (build([9, 9]).op.type, build([99, 99]).op.type) == ("Const", "Fill")
    agree(run(build([99, 99])), np.full((99, 99), value, np.float32))
    batch = tf.placeholder(tf.float32, [None, 3])
    tensor = build([tf.shape(batch)[0], 2])
    assert sizes(tensor) == [None, 2]
    agree(run(tensor, {batch: np.zeros((4, 3))}), np.full((4, 2), value, np.float32))
    with pytest.raises(ValueError, match="must be >= 0"):
        build([-1])
    with pytest.raises(ValueError, match="must be a vector"):
        build(constant(3))


def test_zeros_of_strings_are_empty_and_ones_are_refused() -> None:
    """There is no one among strings."""
    assert run(tf.zeros([2], tf.string)).tolist() == [b"", b""]
    with pytest.raises(TypeError, match=r"use tf.fill"):
        tf.ones([2], tf.string)


@pytest.mark.parametrize(("build", "value"), [(tf.zeros_like, 0), (tf.ones_like, 1)])
def test_likes(build: Any, value: int) -> None:
    """The model's shape and dtype, or another dtype; the model is not written to."""
    model = tf.placeholder(tf.float32, [None, 2])
    fed = np.full((3, 2), 5, np.float32)
    assert sizes(build(model)) == [None, 2]
    agree(run(build(model), {model: fed}), np.full((3, 2), value, np.float32))
    agree(run(build(model, tf.int32), {model: fed}), np.full((3, 2), value, np.int32))
    agree(run(build([1, 2])), np.full(2, value, np.int32))
    agree(fed, np.full((3, 2), 5, np.float32))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((3,), np.array([0, 1, 2], np.int32)),
        ((1, 10, 3), np.array([1, 4, 7], np.int32)),
        ((3, 0, -1), np.array([3, 2, 1], np.int32)),
        ((0,), np.zeros(0, np.int32)),
        ((0.0, 1.0, 0.3), np.array([0, 0.3, 0.6, 0.90000004], np.float32)),
        ((0, 5.0, 1), np.arange(5, dtype=np.float32)),
        ((np.int64(2), np.int64(4)), np.array([2, 3], np.int64)),
    ],
)
def test_ranges(arguments: Any, expected: Any) -> None:
    """Up to but without the limit; mixed bounds take the wider dtype."""
    tensor = tf.range(*arguments)
    assert sizes(tensor) == list(expected.shape)
    agree(run(tensor), expected, 1e-7 if expected.dtype == np.float32 else 0)


def test_ranges_at_run_time_and_their_refusals() -> None:
    """The length is then unknown; a step of 0 or the wrong way is an error either way."""
    limit = tf.placeholder(tf.int32, [])
    assert sizes(tf.range(limit)) == [None]
    agree(run(tf.range(limit), {limit: 4}), np.arange(4, dtype=np.int32))
    agree(run(tf.range(0.0, limit, 2), {limit: 4}), np.array([0, 2], np.float32))
    agree(run(tf.range(3, dtype=tf.float32)), np.arange(3, dtype=np.float32))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Requires start <= limit when delta > 0: 0/-5"):
        run(tf.range(limit), {limit: -5})
    with pytest.raises(ValueError, match="Requires start <= limit when delta > 0: 0/-5"):
        tf.range(-5)
    with pytest.raises(ValueError, match="Requires delta != 0"):
        tf.range(0, 10, 0)
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
        tf.range([3])
    with pytest.raises(TypeError, match="no range of string"):
        tf.range("a")


def test_one_hot() -> None:
    """A row for each index; what is outside gets none; the axis, the values and their dtype can be chosen."""
    agree(run(tf.one_hot([0, 2, -1, 5], 3)), np.array([[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]], np.float32))
    agree(run(tf.one_hot([1, 0], 2, axis=0)), np.array([[0, 1], [1, 0]], np.float32))
    agree(run(tf.one_hot([1], 2, 5, 7)), np.array([[7, 5]], np.int32))
    agree(run(tf.one_hot([1], 2, on_value=True, off_value=False)), np.array([[False, True]]))
    agree(run(tf.one_hot([1], 2, dtype=tf.int32)), np.array([[0, 1]], np.int32))
    agree(run(tf.one_hot(1, 3)), np.array([0, 1, 0], np.float32))
    assert sizes(tf.one_hot(tf.placeholder(tf.int32, [None]), 4)) == [None, 4]
    assert sizes(tf.one_hot([[0]], tf.placeholder(tf.int32, []))) == [1, 1, None]
    with pytest.raises(ValueError, match="depth must be non-negative but is -2"):
        tf.one_hot([1], -2)
    with pytest.raises(TypeError, match="float32 not in list"):
        tf.one_hot([1.0], 2)
