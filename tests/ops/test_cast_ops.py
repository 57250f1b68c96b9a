"""A tensor in another dtype."""

import warnings

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, constant, run, sizes


def test_floats_lose_their_fraction_and_nothing_else_is_said() -> None:
    """Toward zero, without a NumPy warning for what does not fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agree(run(tf.cast([-1.7, 1.7], tf.int32)), np.array([-1, 1], np.int32))
        run(tf.cast([np.float32("nan")], tf.int32))


def test_truth_and_numbers() -> None:
    """All but zero is True; True is one."""
    agree(run(tf.cast([0.0, 0.5], tf.bool)), np.array([False, True]))
    agree(run(tf.cast([True, False], tf.float32)), np.array([1, 0], np.float32))
    agree(run(tf.cast(np.array([1 + 2j], np.complex64), tf.float32)), np.array([1], np.float32))


def test_the_old_names() -> None:
    """to_float, to_double, to_int32, to_int64, each with TensorFlow's op name."""
    x = constant([1.5])
    assert [tf.to_int32(x).name, tf.to_int64(x).name, tf.to_double(x).name] == ["ToInt32:0", "ToInt64:0", "ToDouble:0"]
    agree(run(tf.to_float([2])), np.array([2], np.float32))
    agree(run(tf.to_int64(x)), np.array([1], np.int64))
    agree(run(tf.to_double(x)), np.array([1.5]))
    agree(run(tf.to_int32(x)), np.array([1], np.int32))


def test_a_cast_to_its_own_dtype_is_no_op() -> None:
    """The same tensor, as in TensorFlow."""
    x = constant([1.5])
    assert tf.cast(x, tf.float32) is x
    assert sizes(tf.cast(tf.placeholder(tf.int32, [None, 2]), tf.int64)) == [None, 2]


def test_a_saturating_cast_stops_at_the_limits() -> None:
    """Also where the limit itself is no float: 2**31 - 1 rounds up to what int32 does not hold."""
    agree(run(tf.saturate_cast([-5.0, 3.9, 300.0], tf.uint8)), np.array([0, 3, 255], np.uint8))
    big = run(tf.saturate_cast([3e9, -3e9], tf.int32))
    assert big[0] > 2**31 - 200
    assert big[1] == -(2**31)
    agree(run(tf.saturate_cast([-1, 300], tf.uint8)), np.array([0, 255], np.uint8))


def test_strings_are_not_cast() -> None:
    """UnimplementedError that names the op which does it."""
    with pytest.raises(tf.errors.UnimplementedError, match=r"Cast string to int32 is not supported; use tf.string_to"):
        run(tf.cast(["1"], tf.int32))
    with pytest.raises(tf.errors.UnimplementedError, match=r"use tf.as_string"):
        run(tf.cast([1], tf.string))
