"""Python values as tensors: which dtype they get, and what is refused."""

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import run
from tfqueue.ops.constant_op import register_tensor_conversion


@pytest.mark.parametrize(
    ("value", "dtype", "shape"),
    [
        (3, tf.int32, []),
        (2**40, tf.int64, []),
        (2**63, tf.uint64, []),
        (1.5, tf.float32, []),
        (True, tf.bool, []),
        (1 + 2j, tf.complex128, []),
        ("a", tf.string, []),
        ([1, 2.5], tf.float32, [2]),
        ([True, 1], tf.int32, [2]),
        ([[1, 2], [3, 4]], tf.int32, [2, 2]),
        ([], tf.float32, [0]),
        ([[], []], tf.float32, [2, 0]),
        (range(3), tf.int32, [3]),
        (np.float64(1.5), tf.float64, []),
        (np.array([1]), tf.int64, [1]),
        (np.array([1.5]), tf.float64, [1]),
        ([np.float64(1.5)], tf.float32, [1]),
        (np.array(["a", "bc"]), tf.string, [2]),
        (np.array([1, 2], ">i4"), tf.int32, [2]),
        (tf.TensorShape([1, 2])[1], tf.int32, []),
    ],
)
def test_a_value_has_its_dtype(value, dtype, shape):
    """Arrays keep theirs; Python's numbers are int32 where that holds them, and float32."""
    constant = tf.constant(value)
    assert constant.dtype == dtype
    assert constant.shape == shape
    assert dtype == tf.string or np.asarray(run(constant)).dtype == dtype.as_numpy_dtype


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (1, tf.float32, np.float32(1)),
        (True, tf.int32, np.int32(1)),
        (1.5, tf.float16, np.float16(1.5)),
        ([], tf.int32, np.array([], np.int32)),
        (np.array([1.5]), tf.float32, np.array([1.5], np.float32)),
        (np.True_, tf.float32, np.float32(1)),
        ([255], tf.uint8, np.array([255], np.uint8)),
        ([b"a\0", "é"], tf.string, np.array([b"a\0", "é".encode()], object)),
    ],
)
def test_a_value_takes_the_dtype_asked_for(value, dtype, expected):
    """Whatever can be that dtype without loss becomes it; text is UTF-8 and keeps its NULs."""
    result = run(tf.constant(value, dtype))
    np.testing.assert_array_equal(result, expected)
    assert np.asarray(result).dtype == np.asarray(expected).dtype


@pytest.mark.parametrize(
    ("value", "dtype", "words"),
    [
        (1.5, tf.int32, r"Expected int32, got 1.5 of type 'float' instead."),
        ([1, 2.5], tf.int32, r"Expected int32, got 2.5 of type 'float'"),
        ("a", tf.int32, "Expected int32, got 'a' of type 'str'"),
        (1, tf.bool, "Expected bool, got 1 of type 'int'"),
        (1, tf.string, "Expected string, got 1 of type 'int'"),
        (2**40, tf.int32, "Expected int32, got 1099511627776 .* out of its range"),
        (-1, tf.uint8, "Expected uint8, got -1 .* out of its range"),
        (np.array(["a"]), tf.int32, "got strings"),
        (np.array([1]), tf.string, "Expected string"),
    ],
)
def test_another_dtype_is_refused(value, dtype, words):
    """A TypeError names dtype and value: no Python number is cut."""
    with pytest.raises(TypeError, match=words):
        tf.constant(value, dtype)


@pytest.mark.parametrize("value", [object(), [object()], {"a": 1}, {1, 2}, [1, "a"], ["a", 1], [1, None], 2**70, int])
def test_what_is_no_tensor_is_refused(value):
    """TypeError "Failed to convert elements of ..."."""
    for make in (tf.constant, tf.convert_to_tensor):
        with pytest.raises(TypeError, match="Failed to convert elements of"):
            make(value)


def test_none_and_ragged_lists_are_refused():
    """ValueErrors "None values not supported." and "Argument must be a dense tensor"."""
    with pytest.raises(ValueError, match=r"None values not supported\."):
        tf.constant(None)
    with pytest.raises(ValueError, match="Argument must be a dense tensor"):
        tf.constant([[1, 2], [3]])


def test_a_shape_fills_up_with_the_last_element():
    """TensorFlow 1's rule; too many elements are a ValueError, another shape with `verify_shape` a TypeError."""
    np.testing.assert_array_equal(run(tf.constant([1, 2], shape=[2, 2])), [[1, 2], [2, 2]])
    np.testing.assert_array_equal(run(tf.constant(7, shape=(2, 1))), [[7], [7]])
    np.testing.assert_array_equal(run(tf.constant([], shape=[2])), [0, 0])
    assert run(tf.constant(["a"], shape=[2])).tolist() == [b"a", b"a"]
    with pytest.raises(ValueError, match=r"Too many elements provided\. Needed at most 2, but received 3"):
        tf.constant([1, 2, 3], shape=[2])
    with pytest.raises(TypeError, match=r"Expected Tensor's shape: \(3,\), got \(2,\)"):
        tf.constant([1, 2], shape=[3], verify_shape=True)


def test_a_constant_is_its_own():
    """Changing the array afterwards changes nothing."""
    array = np.ones(2)
    constant = tf.constant(array)
    array[:] = 7
    np.testing.assert_array_equal(run(constant), [1, 1])


def test_tensors_pass_and_are_checked():
    """`convert_to_tensor` gives a tensor back; another dtype is a ValueError that names both."""
    tensor = tf.constant(1.0)
    assert tf.convert_to_tensor(tensor) is tensor
    with pytest.raises(ValueError, match="Tensor conversion requested dtype int32 for Tensor with dtype float32"):
        tf.convert_to_tensor(tensor, tf.int32)
    with pytest.raises(TypeError, match="can't convert Operation 'NoOp' to Tensor"):
        tf.convert_to_tensor(tf.no_op())
    with pytest.raises(TypeError, match="Expected any non-tensor type"):
        tf.constant([tensor])


def test_lists_with_tensors_are_stacked():
    """Nested too; Python values beside them take their dtype."""
    one = tf.constant(1.0)
    np.testing.assert_array_equal(run(tf.convert_to_tensor([one, 2])), [1, 2])
    np.testing.assert_array_equal(run(tf.convert_to_tensor([[one, 2], (3, one)])), [[1, 2], [3, 1]])


def test_shapes_become_tensors():
    """A fully known shape is an int32 vector, int64 where needed; a partly known one is a ValueError."""
    np.testing.assert_array_equal(run(tf.convert_to_tensor(tf.TensorShape([1, 2]))), [1, 2])
    assert tf.convert_to_tensor(tf.TensorShape([1, 2**40])).dtype == tf.int64
    with pytest.raises(ValueError, match="Cannot convert a partially known TensorShape"):
        tf.convert_to_tensor(tf.TensorShape([1, None]))


def test_a_preferred_dtype_is_tried():
    """It holds where the value can be that."""
    assert tf.convert_to_tensor(1, preferred_dtype=tf.float32).dtype == tf.float32
    assert tf.convert_to_tensor(1.5, preferred_dtype=tf.int32).dtype == tf.float32


def test_other_classes_can_be_registered():
    """`register_tensor_conversion` teaches a class and those derived from it."""

    class Answer:
        pass

    class Derived(Answer):
        pass

    register_tensor_conversion(Answer, lambda value, dtype, name: tf.constant(42, dtype or tf.int32))
    assert run(tf.convert_to_tensor(Derived())) == 42
    np.testing.assert_array_equal(run(tf.convert_to_tensor([Answer(), tf.constant(1)])), [42, 1])


def test_names_and_scopes():
    """A constant is named as asked, "Const" by default."""
    with tf.name_scope("s"):
        assert tf.constant(1).op.name == "s/Const"
        assert tf.constant(1, name="c").op.name == "s/c"
