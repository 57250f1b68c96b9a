"""Many elements to few: each reduction against NumPy, along every kind of axes."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, run, sizes

CUBE = (np.arange(24) * 7 % 11 - 5).astype(np.float32).reshape(2, 3, 4)

REDUCTIONS = [
    (tf.reduce_sum, np.sum),
    (tf.reduce_mean, np.mean),
    (tf.reduce_prod, np.prod),
    (tf.reduce_max, np.max),
    (tf.reduce_min, np.min),
]

AXES = [None, 0, 1, -1, [0, 1], [1, 2], [0, 2], [2, 0], [0, 1, 2], []]


@pytest.mark.parametrize(("build", "expected"), REDUCTIONS)
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("keep", [False, True])
def test_reductions(build: Any, expected: Any, axis: Any, keep: bool) -> None:
    """One axis, several in any order, all (None), none ([]); kept with size 1 or dropped; shape known or not."""
    axes = tuple(axis) if isinstance(axis, list) else axis
    values = expected(CUBE, axis=axes, keepdims=keep)
    tensor = build(CUBE, axis, keep)
    assert sizes(tensor) == list(values.shape)
    agree(run(tensor), values, 1e-6)
    x = tf.placeholder(tf.float32)
    agree(run(build(x, axis, keep), {x: CUBE}), values, 1e-6)


@pytest.mark.parametrize(("build", "expected"), [(tf.reduce_any, np.any), (tf.reduce_all, np.all)])
@pytest.mark.parametrize("axis", [None, 0, [0, 2]], ids=str)
def test_truth(build: Any, expected: Any, axis: Any) -> None:
    """Any and all."""
    axes = tuple(axis) if isinstance(axis, list) else axis
    agree(run(build(CUBE > 0, axis)), expected(CUBE > 0, axis=axes))


def test_the_dtype_stays() -> None:
    """Sums of uint8 wrap, means of whole numbers are cut, halves are added up in singles, as in TensorFlow."""
    agree(run(tf.reduce_sum(np.array([200, 200], np.uint8))), np.array(144, np.uint8))
    agree(run(tf.reduce_mean([1, 2])), np.array(1, np.int32))
    agree(run(tf.reduce_mean([-1, -2])), np.array(-1, np.int32))
    agree(run(tf.reduce_mean(np.full(4, 60000, np.float16))), np.array(60000, np.float16))
    agree(run(tf.reduce_prod([2, 3])), np.array(6, np.int32))


def test_of_nothing() -> None:
    """The mean is NaN, without a warning; extremes are the limits of the dtype."""
    empty = np.zeros((0, 2), np.float32)
    agree(run(tf.reduce_mean(empty, 0)), np.full(2, np.nan, np.float32))
    agree(run(tf.reduce_max(empty, 0)), np.full(2, -np.inf, np.float32))
    agree(run(tf.reduce_min(np.zeros(0, np.int32))), np.array(2**31 - 1, np.int32))
    agree(run(tf.reduce_sum(empty)), np.array(0, np.float32))


def test_what_is_not_reduced_is_copied() -> None:
    """A reduction along no axis gives an array of its own."""
    fed = np.ones(3, np.float32)
    x = tf.placeholder(tf.float32, [3])
    assert not np.shares_memory(run(tf.reduce_sum(x, []), {x: fed}), fed)


def test_old_argument_names() -> None:
    """`reduction_indices` and `keep_dims`; not beside the new ones."""
    assert sizes(tf.reduce_sum(CUBE, reduction_indices=0)) == [3, 4]
    assert sizes(tf.reduce_sum(CUBE, 0, keep_dims=True)) == [1, 3, 4]
    with pytest.raises(ValueError, match="Cannot specify both 'reduction_indices' and 'axis'"):
        tf.reduce_sum(CUBE, axis=0, reduction_indices=0)


def test_static_shapes_where_little_is_known() -> None:
    """All of anything is a scalar; unknown axes leave it open."""
    x = tf.placeholder(tf.float32)
    assert sizes(tf.reduce_mean(x)) == []
    assert sizes(tf.reduce_mean(x, 0)) is None
    assert sizes(tf.reduce_mean(x, keepdims=True)) is None
    assert sizes(tf.reduce_sum(tf.placeholder(tf.float32, [None, 3]), 0)) == [3]
    assert sizes(tf.reduce_sum(CUBE, tf.placeholder(tf.int32), True)) == [None, None, None]


def test_axes_that_are_not_there() -> None:
    """When built or when run; nor twice the same."""
    with pytest.raises(ValueError, match=r"axis 5 is not in the interval \[-3, 2\]"):
        tf.reduce_sum(CUBE, 5)
    x = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid reduction dimension"):
        run(tf.reduce_sum(x, 3), {x: [1.0]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="Axes contains duplicate dimension"):
        run(tf.reduce_sum(CUBE, [0, -3]))
    with pytest.raises(TypeError, match="DataType bool not in list of allowed"):
        tf.reduce_sum([True])


@pytest.mark.parametrize(("build", "expected"), [(tf.argmax, np.argmax), (tf.argmin, np.argmin)])
def test_where_the_extreme_stands(build: Any, expected: Any) -> None:
    """Along one axis (0 by default), int64 unless told otherwise, the first of equals."""
    for axis in (0, 1, 2, -1):
        tensor = build(CUBE, axis)
        assert sizes(tensor) == [size for place, size in enumerate(CUBE.shape) if place != axis % 3]
        agree(run(tensor), expected(CUBE, axis))
    agree(run(build([1, 3, 3, 1])), expected([1, 3, 3, 1]))
    agree(run(build(CUBE, dimension=1, output_type=tf.int32)), expected(CUBE, 1).astype(np.int32))
    x = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Reduction axis 0 is empty in shape \[0,2\]"):
        run(build(x), {x: np.zeros((0, 2))})
    with pytest.raises(TypeError, match="must be int32 or int64"):
        build(CUBE, output_type=tf.float32)
