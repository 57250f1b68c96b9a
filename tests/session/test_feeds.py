"""What may be fed, and what becomes of a value that does not fit."""

import re

import numpy as np
import pytest

import tfqueue as tf


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


def test_any_tensor_may_be_fed(session):
    """Constants and dequeue outputs too, and the op then does not run (SEMANTICS 99)."""
    constant = tf.constant(3)
    dequeued = tf.FIFOQueue(1, tf.int32).dequeue()  # would wait for ever
    assert session.run(constant + 1, {constant: 10}) == 11
    assert session.run(dequeued * 2, {dequeued: 4}) == 8
    assert session.run(constant + 1) == 4


def test_feeds_have_names(session):
    """A key may be the tensor's name (SEMANTICS 99)."""
    tensor = tf.constant(3, name="c") + 1
    assert session.run(tensor, {"c:0": 5}) == 6


def test_nested_keys_are_laid_flat(session):
    """A tuple of tensors is fed by a tuple of values (SEMANTICS 99)."""
    a, b, c = (tf.placeholder(tf.int32) for _ in range(3))
    assert session.run(a + b * c, {(a, (b, c)): (1, (2, 3))}) == 7
    with pytest.raises(ValueError, match="Key had 2 elements, but value had 1 elements"):
        session.run(a + b * c, {(a, (b, c)): (1, (2,))})


def test_a_variable_may_be_fed(session):
    """A variable as key stands for its value in this step."""
    variable = tf.Variable(1.0)
    assert session.run(variable + 1, {variable: 7.0}) == 8.0


def test_a_fed_tensor_that_is_fetched_is_the_array_that_was_fed(session):
    """It is a 0-d array, no NumPy scalar (SEMANTICS 99)."""
    scalar, vector = tf.placeholder(tf.int32), tf.placeholder(tf.float32)
    array = np.zeros(3, np.float32)
    number, same = session.run([scalar, vector], {scalar: 5, vector: array})
    assert isinstance(number, np.ndarray)
    assert (number.shape, number) == ((), 5)
    assert same is array


def test_one_output_of_an_op_may_be_fed(session):
    """The op runs for its other output, and the fed value stands."""
    queue = tf.FIFOQueue(5, [tf.int32, tf.int32])
    first, second = queue.dequeue()
    session.run(queue.enqueue([1, 2]))
    assert session.run([first + 0, second + 0], {first: 100}) == [100, 2]


def test_the_same_fetch_with_other_feeds(session):
    """Which tensors are fed is part of what a plan is made for."""
    a = tf.constant(1)
    b = a + 1
    c = b * 10
    assert [session.run(c), session.run(c, {a: 2}), session.run(c, {b: 5}), session.run(c, {a: 9, b: 5})] == [
        20,
        30,
        50,
        50,
    ]


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        (tf.float32, 1, np.float32(1)),
        (tf.float32, np.float64(1.5), np.float32(1.5)),
        (tf.float32, [1, 2.5], np.array([1, 2.5], np.float32)),
        (tf.float64, 0.1, np.float64(0.1)),
        (tf.int32, True, np.int32(1)),
        (tf.int32, np.array([1.0, 2.0]), np.array([1, 2], np.int32)),
        (tf.int32, np.arange(3), np.arange(3, dtype=np.int32)),
        (tf.int64, 2**40, np.int64(2**40)),
        (tf.uint8, [0, 255], np.array([0, 255], np.uint8)),
        (tf.bool, 1, np.True_),
        (tf.bool, [True, False], np.array([True, False])),
        (tf.complex64, 1.5, np.complex64(1.5)),
        (tf.int32, np.array([1, 2], ">i4"), np.array([1, 2], np.int32)),
        (tf.int32, [], np.array([], np.int32)),
        (tf.string, "é", "é".encode()),
        (tf.string, np.array([b"a", b"bc"]), np.array([b"a", b"bc"], object)),
        (tf.string, ["a", b"b\0"], np.array([b"a", b"b\0"], object)),
    ],
)
def test_values_become_the_tensors_type(session, dtype, value, expected):
    """Python values and arrays are converted where nothing is lost but a float's last digits; text becomes UTF-8."""
    tensor = tf.placeholder(dtype)
    result = session.run(tf.identity(tensor), {tensor: value})
    assert type(result) is type(expected)
    np.testing.assert_array_equal(result, expected)
    if isinstance(expected, np.ndarray):
        assert result.dtype == expected.dtype


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        (tf.int32, 1.5),
        (tf.int32, [1.5, 2]),
        (tf.int32, np.array([1.5])),
        (tf.int32, np.array([np.nan])),
        (tf.int32, 2**40),
        (tf.int32, [2**40]),
        (tf.int32, 2**70),
        (tf.int32, "a"),
        (tf.int32, None),
        (tf.int32, object()),
        (tf.uint8, 300),
        (tf.uint8, -1),
        (tf.uint8, np.array([256])),
        (tf.bool, 2),
        (tf.float32, 1 + 2j),
        (tf.float32, "1.5"),
        (tf.float32, 2**24 + 1),
        (tf.string, 1),
        (tf.string, [1]),
        (tf.string, ["a", None]),
    ],
)
def test_a_value_that_would_change_is_refused(session, dtype, value):
    """A TypeError in TensorFlow's words that names value, type and tensor (SEMANTICS 100)."""
    tensor = tf.placeholder(dtype, name="x")
    with pytest.raises(TypeError, match=r"Type of feed value .* is not compatible with Tensor type .*'x:0'"):
        session.run(tf.identity(tensor), {tensor: value})


def test_a_value_of_another_shape_is_refused(session):
    """A ValueError with the shape fed and the shape declared (SEMANTICS 100)."""
    for shape, value in [([], [1.0, 2.0, 3.0]), ([None, 2], [1.0, 2.0, 3.0]), ([3, 2], np.zeros((3, 3), np.float32))]:
        tensor = tf.placeholder(tf.float32, shape)
        words = f"Cannot feed value of shape {np.shape(value)} for Tensor '{tensor.name}', which has shape"
        with pytest.raises(ValueError, match=re.escape(words)):
            session.run(tf.identity(tensor), {tensor: value})


def test_a_partly_known_shape_takes_what_fits(session):
    """None in a shape takes any size."""
    tensor = tf.placeholder(tf.float32, [None, 2])
    for rows in (0, 3):
        assert session.run(tf.identity(tensor), {tensor: np.zeros((rows, 2))}).shape == (rows, 2)


def test_rows_of_unequal_length_are_refused(session):
    """A ragged list is a ValueError that names the tensor."""
    tensor = tf.placeholder(tf.float32, name="x")
    with pytest.raises(ValueError, match=r"for Tensor 'x:0'.*inhomogeneous"):
        session.run(tf.identity(tensor), {tensor: [[1.0, 2.0], [3.0]]})


def test_a_tensor_is_no_value(session):
    """TypeError "The value of a feed cannot be a tf.Tensor object." (SEMANTICS 100)."""
    for dtype in (tf.float32, tf.string):
        tensor = tf.placeholder(dtype)
        with pytest.raises(TypeError, match=r"The value of a feed cannot be a tf.Tensor object"):
            session.run(tf.identity(tensor), {tensor: tf.constant(1.0)})


def test_keys_that_are_no_tensors_are_refused(session):
    """TypeError "Cannot interpret feed_dict key as Tensor: ..." with the reason (SEMANTICS 100)."""
    constant = tf.constant(1, name="c")
    with tf.Graph().as_default():
        foreign = tf.constant(1)
    for key, words in [
        (3, "Can not convert a int into a Tensor."),
        ("zz:0", "The operation, 'zz', does not exist"),
        ("c", "not a Tensor. Tensor names must be of the form"),
        (constant.op, "Can not convert a Operation into a Tensor."),
        (foreign, "is not an element of this graph"),
    ]:
        with pytest.raises(TypeError, match=rf"Cannot interpret feed_dict key as Tensor: .*{words}"):
            session.run(constant, {key: 1})


@pytest.mark.parametrize("feed_dict", [[1], 3, "x"])
def test_a_feed_dict_is_a_mapping(session, feed_dict):
    """TypeError, saying what it is."""
    constant = tf.constant(1)
    with pytest.raises(TypeError, match="feed_dict must be a dict"):
        session.run(constant, feed_dict)


def test_an_unfed_placeholder_is_named(session):
    """InvalidArgumentError with dtype and shape, located at the placeholder (SEMANTICS 100)."""
    tensor = tf.placeholder(tf.float32, [None, 2], name="x")
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        session.run(tensor + 1)
    words = "You must feed a value for placeholder tensor 'x' with dtype float and shape [?,2]"
    assert words in str(caught.value)
    assert caught.value.op is tensor.op
    assert f"[[node x (defined at {__file__}:" in str(caught.value)
