"""`make_tensor_proto` makes messages as TensorFlow does. What is expected is what 2.21 answered."""

import numpy as np
import pytest

import tfqueue as tf


def text(proto):
    return " ".join(str(proto).split())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.0, "dtype: DT_FLOAT tensor_shape { } float_val: 1"),
        ("a", 'dtype: DT_STRING tensor_shape { } string_val: "a"'),
        ([True], "dtype: DT_BOOL tensor_shape { dim { size: 1 } } bool_val: true"),
        (np.float16(2), "dtype: DT_HALF tensor_shape { } half_val: 16384"),
        (1j, "dtype: DT_COMPLEX128 tensor_shape { } dcomplex_val: 0 dcomplex_val: 1"),
        (2**40, "dtype: DT_INT64 tensor_shape { } int64_val: 1099511627776"),
        ([], "dtype: DT_FLOAT tensor_shape { dim { } }"),
        (
            [1, 2],
            r'dtype: DT_INT32 tensor_shape { dim { size: 2 } } tensor_content: "\001\000\000\000\002\000\000\000"',
        ),
    ],
)
def test_a_value_is_written_as_tensorflow_does(value, shown):
    """Numbers as they lie in memory, except single ones; strings and truth values one by one."""
    proto = tf.make_tensor_proto(value)
    assert text(proto) == shown
    expected = tf.constant(value).op.get_attr("value")
    np.testing.assert_array_equal(tf.make_ndarray(proto), expected, strict=True)


def test_a_shape_is_filled_up():
    """Fewer values than the shape has are written as they are; the last one stands for the rest."""
    proto = tf.make_tensor_proto([7, 8], shape=[2, 2], dtype=tf.int64)
    assert text(proto).endswith("int64_val: 7 int64_val: 8")
    assert tf.make_ndarray(proto).tolist() == [[7, 8], [8, 8]]
    assert tf.make_ndarray(tf.make_tensor_proto([[1, 2]], shape=[2, 1])).tolist() == [[1], [2]]
    assert tf.make_ndarray(tf.make_tensor_proto(5, shape=[2], allow_broadcast=True)).tolist() == [5, 5]


def test_a_message_is_given_back():
    """As it is."""
    proto = tf.make_tensor_proto(1)
    assert tf.make_tensor_proto(proto) is proto


@pytest.mark.parametrize(
    ("values", "arguments", "error", "words"),
    [
        ([7, 8], {"shape": [1]}, ValueError, "Too many elements provided. Takes at most 1, but got 2"),
        ([7, 8], {"shape": [2, 1], "verify_shape": True}, TypeError, r"Expected Tensor's shape: \(2, 1\), but got"),
        ([7, 8], {"shape": [3], "allow_broadcast": True}, TypeError, r"Expected Tensor's shape: \(3,\), but got"),
        (1, {"allow_broadcast": True, "verify_shape": True}, ValueError, "not both allowed"),
        (None, {}, ValueError, "None values not supported"),
        (1.5, {"dtype": tf.int32}, TypeError, "Expected int32"),
        ([1, "a"], {}, TypeError, "Failed to convert elements"),
    ],
)
def test_what_does_not_fit_is_refused(values, arguments, error, words):
    """TensorFlow's classes and words."""
    with pytest.raises(error, match=words):
        tf.make_tensor_proto(values, **arguments)
