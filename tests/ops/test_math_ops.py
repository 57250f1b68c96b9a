"""Arithmetic: against NumPy, in the dtype that went in, with TensorFlow's refusals."""

import warnings
from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, constant, run, sizes

SIGNS = np.array([[-3.5, -0.5, 0.5], [1.5, 2.5, 7.0]])
POSITIVE = np.array([[0.25, 0.5, 1.0], [1.5, 2.5, 7.0]])
WHOLE = np.array([[-7, -1, 0], [1, 4, 9]])

UNARY = [
    (tf.negative, np.negative, SIGNS, "fi"),
    (tf.abs, np.abs, SIGNS, "fi"),
    (tf.square, np.square, SIGNS, "fi"),
    (tf.sign, np.sign, SIGNS, "fi"),
    (tf.round, np.rint, SIGNS, "f"),
    (tf.floor, np.floor, SIGNS, "f"),
    (tf.ceil, np.ceil, SIGNS, "f"),
    (tf.tanh, np.tanh, SIGNS, "f"),
    (tf.sigmoid, lambda x: 1 / (1 + np.exp(-x)), SIGNS, "f"),
    (tf.exp, np.exp, SIGNS, "f"),
    (tf.sqrt, np.sqrt, POSITIVE, "f"),
    (tf.rsqrt, lambda x: 1 / np.sqrt(x), POSITIVE, "f"),
    (tf.log, np.log, POSITIVE, "f"),
    (tf.log1p, np.log1p, POSITIVE, "f"),
]

BINARY = [
    (tf.add, np.add, "fi"),
    (tf.subtract, np.subtract, "fi"),
    (tf.multiply, np.multiply, "fi"),
    (tf.maximum, np.maximum, "fi"),
    (tf.minimum, np.minimum, "fi"),
    (tf.squared_difference, lambda x, y: np.square(x - y), "fi"),
    (tf.floordiv, np.floor_divide, "fi"),
    (tf.floormod, np.mod, "fi"),
    (tf.mod, np.mod, "fi"),
    (tf.div, lambda x, y: x // y if x.dtype.kind == "i" else x / y, "fi"),
    (tf.realdiv, np.divide, "f"),
    (tf.truediv, np.divide, "f"),
    (tf.divide, np.divide, "f"),
]

KINDS = {"f": (np.float16, np.float32, np.float64), "i": (np.int32, np.int64)}


def _cases(table: list[Any]) -> list[Any]:
    return [
        pytest.param(*row[:-1], dtype, id=f"{row[0].__name__}-{dtype.__name__}")
        for row in table
        for kind in row[-1]
        for dtype in KINDS[kind]
    ]


@pytest.mark.parametrize(("build", "expected", "values", "dtype"), _cases(UNARY))
def test_a_function_of_one_value_is_numpys_in_the_same_dtype(
    build: Any, expected: Any, values: Any, dtype: Any
) -> None:
    """Each element by itself, static shape and dtype unchanged."""
    values = values.astype(dtype)
    tensor = build(values)
    assert (sizes(tensor), tensor.dtype) == ([2, 3], tf.as_dtype(dtype))
    agree(run(tensor), expected(values).astype(dtype), tolerance=2e-3 if dtype == np.float16 else 1e-6)


@pytest.mark.parametrize(("build", "expected", "dtype"), _cases(BINARY))
def test_a_function_of_two_values_broadcasts_in_the_same_dtype(build: Any, expected: Any, dtype: Any) -> None:
    """A matrix with a row: the row is used for each line; the dtype stays."""
    x = (WHOLE if np.dtype(dtype).kind == "i" else SIGNS).astype(dtype)
    y = np.array([2, -3, 4], dtype)
    tensor = build(x, y)
    assert (sizes(tensor), tensor.dtype) == ([2, 3], tf.as_dtype(dtype))
    agree(run(tensor), expected(x, y).astype(dtype), tolerance=2e-3 if dtype == np.float16 else 1e-6)


def test_powers() -> None:
    """Whole numbers stay whole; a negative power of them is an error, of floats it is not."""
    agree(run(tf.pow([2, 3], [3, 2])), np.array([8, 9], np.int32))
    agree(run(tf.pow([2.0, 4.0], [-1.0, 0.5])), np.array([0.5, 2.0], np.float32))
    with pytest.raises(tf.errors.InvalidArgumentError, match="negative integer powers"):
        run(tf.pow([2], [-1]))


def test_whole_numbers_divide_into_floats_of_enough_bits() -> None:
    """`/` of int32 is float64, of 8 and 16 bits float32, as in TensorFlow."""
    agree(run(tf.truediv([1, 3], 2)), np.array([0.5, 1.5]))
    agree(run(tf.truediv(np.array([1], np.uint8), np.array([4], np.uint8))), np.array([0.25], np.float32))
    agree(run(tf.truediv(np.array([1], np.int16), np.array([4], np.int16))), np.array([0.25], np.float32))


@pytest.mark.parametrize("build", [tf.floordiv, tf.floormod, tf.div])
def test_a_whole_zero_divisor_is_an_error(build: Any) -> None:
    """TensorFlow's words; NumPy would warn and give 0."""
    with pytest.raises(tf.errors.InvalidArgumentError, match="Integer division by zero"):
        run(build([1, 2], [1, 0]))


def test_floor_division_of_floats_rounds_the_quotient() -> None:
    """1.0 // 0.1 is 10 as in TensorFlow, where Python says 9; infinity stays."""
    agree(run(tf.floordiv([1.0, -7.0, 1.0], [0.1, 2.0, 0.0])), np.array([10, -4, np.inf], np.float32))


def test_kernels_are_silent_about_infinities_and_nan() -> None:
    """No NumPy warning for what TensorFlow gives without a word."""
    x = constant([-1.0, 0.0, 100.0])
    fetches = [tf.sqrt(x), tf.log(x), tf.exp(x), tf.rsqrt(x), tf.sigmoid(-x), 1.0 / x, x % 0.0, tf.pow(x, 0.5)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        roots, logs, powers = run(fetches)[:3]
    assert np.isnan(roots[0])
    assert logs[1] == -np.inf
    assert powers[2] == np.inf


def test_add_n_sums_and_leaves_its_inputs_alone() -> None:
    """The sum of several of one shape; the fed arrays are not written to."""
    fed = np.ones(3, np.float32)
    x = tf.placeholder(tf.float32, [3])
    agree(run(tf.add_n([x, x, constant([1.0, 2.0, 3.0]), x]), {x: fed}), np.array([4, 5, 6], np.float32))
    agree(fed, np.ones(3, np.float32))
    alone = run(tf.add_n([x]), {x: fed})
    assert not np.shares_memory(alone, fed)
    with pytest.raises(ValueError, match="at least one Tensor"):
        tf.add_n([])
    with pytest.raises(ValueError, match="Shapes must be equal"):
        tf.add_n([[1.0], [1.0, 2.0]])


def test_clip_by_value() -> None:
    """Below the minimum the minimum, above the maximum the maximum; the minimum wins when they cross."""
    agree(run(tf.clip_by_value([-5.0, 0.5, 5.0], -1, 1)), np.array([-1, 0.5, 1], np.float32))
    agree(run(tf.clip_by_value([0.0], 2, 1)), np.array([2], np.float32))
    with pytest.raises(TypeError, match="float32 that does not match type int32"):
        tf.clip_by_value([1, 2], 0.5, 1.5)


def test_strings_add_by_joining_and_keep_their_nuls() -> None:
    """Vectors and scalars of bytes, with trailing NULs that NumPy's string type would drop."""
    assert run(tf.add("a\0", "b\0")) == b"a\0b\0"
    assert run(tf.add(["a", "b"], "c")).tolist() == [b"ac", b"bc"]


# Refusals


def test_dtypes_are_never_mixed() -> None:
    """TensorFlow's TypeError names both; a Python number takes the tensor's dtype where it can."""
    whole, real = constant([1, 2]), constant([1.0, 2.0])
    with pytest.raises(TypeError, match="Input 'y' of 'Add' Op has type float32 that does not match type int32 of arg"):
        tf.add(whole, real)
    with pytest.raises(TypeError, match="Input 'y' of 'Mul' Op has type float32 that does not match type int32"):
        whole * 1.5
    with pytest.raises(TypeError, match=r"Expected int32 .* got 1.5 of type 'float'"):
        1.5 - whole
    with pytest.raises(TypeError, match=r"types \[int32, float32\] that don't all match"):
        tf.add_n([whole, real])
    agree(run(real + 1), np.array([2, 3], np.float32))


@pytest.mark.parametrize(
    ("build", "values", "dtype"),
    [
        (tf.add, ([True], [False]), "bool"),
        (tf.maximum, ("a", "b"), "string"),
        (tf.sqrt, ([1],), "int32"),
        (tf.negative, (np.array([1], np.uint8),), "uint8"),
        (tf.logical_and, ([1], [1]), "int32"),
        (tf.less, ("a", "b"), "string"),
    ],
)
def test_a_dtype_that_an_op_does_not_take_is_named(build: Any, values: Any, dtype: str) -> None:
    """TypeError "Value passed to parameter 'x' has DataType bool not in list of allowed values: ..."."""
    with pytest.raises(TypeError, match=f"Value passed to parameter 'x' has DataType {dtype} not in list of allowed"):
        build(*values)


def test_shapes_that_cannot_broadcast_are_refused_when_built() -> None:
    """ValueError with both sizes, the op and its input shapes; when known at run time only, InvalidArgumentError."""
    with pytest.raises(
        ValueError, match=r"Dimensions must be equal, but are 2 and 3 for 'Add'.*input shapes: \[2\], \[3\]"
    ):
        tf.add([1, 2], [1, 2, 3])
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\(2,\) \(3,\)") as caught:
        run(tf.add(x, y, name="sum"), {x: [1, 2], y: [1, 2, 3]})
    assert caught.value.op.name == "sum"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([2, 3], [3], [2, 3]),
        ([None, 3], [1], [None, 3]),
        ([None], [5], [5]),
        ([None], [None], [None]),
        ([4, 1], [None], [4, None]),
        ([], [2], [2]),
        (None, [2], None),
        ([1, None], [3, 1], [3, None]),
    ],
)
def test_static_shapes_of_a_broadcast(left: Any, right: Any, expected: Any) -> None:
    """What is sure to come out, and no more."""
    assert sizes(tf.add(tf.placeholder(tf.float32, left), tf.placeholder(tf.float32, right))) == expected
