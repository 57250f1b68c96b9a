"""Python functions as ops."""

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import run
from tfqueue.framework import errors


def test_the_function_gets_arrays_scalars_and_bytes():
    """As TensorFlow hands them: NumPy scalars for scalars, bytes for scalar strings."""
    seen = []

    def look(*values):
        seen.extend(values)
        return np.float32(1)

    inputs = [1.0, [1, 2], "s", ["a", "b"], True]
    assert run(tf.py_func(look, inputs, tf.float32)) == 1
    number, array, text, texts, truth = seen
    assert (type(number), type(text), type(truth)) == (np.float32, bytes, np.bool_)
    assert array.tolist() == [1, 2]
    assert (texts.dtype, texts.tolist()) == (object, [b"a", b"b"])


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (np.float32(1.5), tf.float32, np.float32(1.5)),
        (1.5, tf.float64, np.float64(1.5)),
        (3, tf.int64, np.int64(3)),
        (True, tf.bool, np.True_),
        ("é", tf.string, "é".encode()),
        (b"a\0", tf.string, b"a\0"),
        (np.array([b"a", b"b"]), tf.string, np.array([b"a", b"b"], object)),
        (np.array(["a", "b"]), tf.string, np.array([b"a", b"b"], object)),
        (np.zeros((2, 3), np.uint8), tf.uint8, np.zeros((2, 3), np.uint8)),
        ([np.int32(1)], tf.int32, np.int32(1)),
    ],
)
def test_what_it_returns_is_the_value(value, dtype, expected):
    """Arrays, scalars and strings of the declared dtype."""
    result = run(tf.py_func(lambda: value, [], dtype))
    assert type(result) is type(expected)
    np.testing.assert_array_equal(result, expected)


def test_several_results():
    """A list of dtypes gives a list of tensors; an empty one the op."""
    assert run(tf.py_func(lambda: (np.float32(1), "x"), [], [tf.float32, tf.string])) == [1, b"x"]
    assert run(tf.py_func(lambda: np.float32(1), [], [tf.float32])) == [1]
    calls = []
    assert run(tf.py_func(lambda: calls.append(1), [], [])) is None
    assert calls == [1]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.5, "0-th value returned by pyfunc_[0-9]+ is double, but expects float"),
        (1, "is int64, but expects float"),
        ("a", "is string, but expects float"),
        (object(), "is object, but expects float"),
        ((np.float32(1), np.float32(2)), "returns 2 values, but expects to see 1 values"),
        (None, "returns 0 values, but expects to see 1 values"),
        ([[1], [1, 2]], "returns 2 values, but expects to see 1"),
    ],
)
def test_another_result_is_refused(value, words):
    """InvalidArgumentError in TensorFlow's words, with the op and the function by name."""

    def mine():
        return value

    with pytest.raises(errors.InvalidArgumentError, match=words) as caught:
        run(tf.py_func(mine, [], tf.float32, name="named"))
    assert "Op 'named' calls" in str(caught.value)
    assert "mine" in str(caught.value)
    assert caught.value.op.name == "named"


@pytest.mark.parametrize(
    ("exception", "error_class"),
    [
        (ValueError("v"), errors.InvalidArgumentError),
        (TypeError("t"), errors.InvalidArgumentError),
        (StopIteration("s"), errors.OutOfRangeError),
        (MemoryError("m"), errors.ResourceExhaustedError),
        (NotImplementedError("n"), errors.UnimplementedError),
        (IndexError("i"), errors.UnknownError),
        (ZeroDivisionError("z"), errors.UnknownError),
        (errors.OutOfRangeError(None, None, "o"), errors.UnknownError),
    ],
)
def test_exceptions_become_tensorflows(exception, error_class):
    """The class by TensorFlow's table; original chained, its words and traceback in the message."""

    def fail():
        raise exception

    with pytest.raises(errors.OpError) as caught:
        run(tf.py_func(fail, [], tf.float32, name="named"))
    assert type(caught.value) is error_class
    assert caught.value.__cause__ is exception
    assert caught.value.op.name == "named"
    assert f"{type(exception).__name__}: {exception}\nTraceback (most recent call last):" in str(caught.value)
    assert "in fail" in str(caught.value)
    assert "tfqueue/ops/script_ops.py" not in str(caught.value)


def test_ctrl_c_and_exit_pass():
    """What is no error stays what it is."""
    for exception in (KeyboardInterrupt, SystemExit):

        def stop(exception=exception):
            raise exception

        with pytest.raises(exception):
            run(tf.py_func(stop, [], tf.float32))


def test_ops_are_named_and_marked():
    """PyFunc, or PyFuncStateless; `numpy_function` is the later name; the function must be callable."""
    op = tf.py_func(lambda: 1, [], tf.int64).op
    assert (op.name, op.type) == ("PyFunc", "PyFunc")
    assert op.get_attr("token").startswith(b"pyfunc_")
    assert tf.py_func(lambda: 1, [], tf.int64, stateful=False).op.type == "PyFuncStateless"
    assert run(tf.numpy_function(lambda x: x + 1, [1.0], tf.float32)) == 2
    assert "pyfunc_" in str(op.node_def)
    with pytest.raises(ValueError, match="Expected func to be callable"):
        tf.py_func(3, [], tf.float32)
