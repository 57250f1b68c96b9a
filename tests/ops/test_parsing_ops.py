"""`Example` messages: TensorFlow's bytes, and features parsed as its parser does, with its errors."""

import copy
import subprocess
import sys

import numpy as np
import pytest

import tfqueue as tf

GOLDEN = bytes.fromhex(
    "0a370a0b0a016112061a040a0201020a0a0a016212050a030a01780a150a01631210120e0a0c0000c03f00002040000060400a050a01651200"
)
"""a: int64 [1, 2], b: bytes [x], c: float [1.5, 2.5, 3.5], e: of no kind, as TensorFlow 2.21 wrote it."""

GOLDEN_SEQUENCE = GOLDEN + bytes.fromhex("12160a140a016c120f0a051a030a01010a061a040a020203")
"""The same as context, and a list l of int64 [1] and [2, 3]."""


def feature(values):
    if values is None:
        return tf.train.Feature()
    if isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def example(**features):
    parts = {name: feature(values) for name, values in features.items()}
    return tf.train.Example(features=tf.train.Features(feature=parts))


def bytes_of(**features):
    return example(**features).SerializeToString(deterministic=True)


FULL = {"a": [1, 2], "b": [b"x"], "c": [1.5, 2.5, 3.5], "e": None}
ONE, OTHER = bytes_of(**FULL), bytes_of(a=[5], c=[9.5])


def single(features, text=ONE, **options):
    with tf.Session() as session:
        return session.run(tf.parse_single_example(text, features, **options))


def several(features, texts=(ONE, OTHER), **options):
    with tf.Session() as session:
        return session.run(tf.parse_example(list(texts), features, **options))


def error_of(parse, *args, **options):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        parse(*args, **options)
    return str(caught.value)


def fixed(shape, dtype=tf.int64, default=None):
    return tf.FixedLenFeature(shape, dtype, default)


def pieces(shape, dtype=tf.int64, default=None):
    return tf.FixedLenSequenceFeature(shape, dtype, allow_missing=True, default_value=default)


# Messages ------------------------------------------------------------------------------------------------------------


def test_an_example_is_tensorflows_byte_for_byte():
    """Written and read."""
    assert ONE == GOLDEN
    again = tf.train.Example.FromString(GOLDEN)
    assert again == example(**FULL)
    assert list(again.features.feature["c"].float_list.value) == [1.5, 2.5, 3.5]
    assert again.features.feature["e"].WhichOneof("kind") is None


def test_a_sequence_example_is_tensorflows_byte_for_byte():
    """Context and lists of features."""
    lists = {"l": tf.train.FeatureList(feature=[feature([1]), feature([2, 3])])}
    message = tf.train.SequenceExample(
        context=example(**FULL).features, feature_lists=tf.train.FeatureLists(feature_list=lists)
    )
    assert message.SerializeToString(deterministic=True) == GOLDEN_SEQUENCE
    assert tf.train.SequenceExample.FromString(GOLDEN_SEQUENCE) == message


def test_messages_are_filled_and_copied():
    """In protobuf's ways."""
    message = tf.train.Example()
    message.features.feature["n"].int64_list.value.extend([1, 2])
    assert copy.deepcopy(message) == message
    assert list(message.features.feature) == ["n"]


def test_protobuf_is_loaded_when_a_message_is_asked_for():
    """`import tfqueue` does without."""
    program = (
        "import sys, tfqueue as tf; assert 'google.protobuf' not in sys.modules; "
        "tf.train.Example(); assert 'google.protobuf' in sys.modules and 'tensorboardX' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# Parsed --------------------------------------------------------------------------------------------------------------


def test_one_example():
    """A tensor for each feature, of its own shape."""
    features = {"a": fixed([2]), "b": fixed([], tf.string), "c": fixed([3, 1], tf.float32)}
    parsed = tf.parse_single_example(ONE, features)
    assert {key: tensor.shape.as_list() for key, tensor in parsed.items()} == {"a": [2], "b": [], "c": [3, 1]}
    values = single(features)
    assert values["a"].tolist() == [1, 2]
    assert values["b"] == b"x"
    assert values["c"].tolist() == [[1.5], [2.5], [3.5]]
    assert (values["a"].dtype, values["c"].dtype) == (np.int64, np.float32)


def test_several_examples():
    """A batch dimension before the shape, known when the strings' number is."""
    parsed = tf.parse_example([ONE, ONE], {"a": fixed([2])})
    assert parsed["a"].shape.as_list() == [2, 2]
    assert several({"a": fixed([2]), "b": fixed([], tf.string)}, [ONE, ONE])["a"].tolist() == [[1, 2], [1, 2]]
    unknown = tf.parse_example(tf.placeholder(tf.string, [None]), {"a": fixed([2]), "f": pieces([3])})
    assert [unknown[key].shape.as_list() for key in "af"] == [[None, 2], [None, None, 3]]


@pytest.mark.parametrize("key", ["e", "z"])
def test_a_default_stands_for_what_is_missing(key):
    """A feature of no kind is missing too; without default this is an error that names it."""
    assert single({key: fixed([2], tf.int64, [7, 8])})[key].tolist() == [7, 8]
    assert several({key: fixed([], tf.string, "d")})[key].tolist() == [b"d", b"d"]
    words = f"Feature: {key} (data type: int64) is required but could not be found."
    assert words in error_of(single, {key: fixed([])})
    assert f"Name: <unknown>, {words}" in error_of(several, {key: fixed([])})


def test_the_example_without_a_feature_is_named():
    """By its name where it has one, and its index."""
    message = error_of(several, {"b": fixed([], tf.string)}, example_names=["one", "two"])
    assert "Name: two, Feature: b (data type: string) is required but could not be found. (Index: 1.)" in message


def test_a_default_may_be_a_tensor():
    """Reshaped to the feature's shape."""
    assert single({"z": fixed([2, 1], tf.int64, tf.constant([1, 2], tf.int64))})["z"].tolist() == [[1], [2]]


def test_features_of_any_length_are_sparse():
    """Entries by example and place; the shape is that of the longest."""
    value = several({"a": tf.VarLenFeature(tf.int64), "z": tf.VarLenFeature(tf.string)})
    assert value["a"].indices.tolist() == [[0, 0], [0, 1], [1, 0]]
    assert value["a"].values.tolist() == [1, 2, 5]
    assert value["a"].dense_shape.tolist() == [2, 2]
    assert (value["z"].indices.shape, value["z"].dense_shape.tolist()) == ((0, 2), [2, 0])
    assert value["z"].values.dtype == object


def test_one_examples_sparse_features_are_vectors():
    """Without the batch dimension."""
    value = single({"c": tf.VarLenFeature(tf.float32), "e": tf.VarLenFeature(tf.int64)})
    assert value["c"].indices.tolist() == [[0], [1], [2]]
    assert value["c"].dense_shape.tolist() == [3]
    assert value["e"].indices.shape == (0, 1)
    assert tf.parse_single_example(ONE, {"c": tf.VarLenFeature(tf.float32)})["c"].indices.shape.as_list() == [None, 1]


def test_pieces_are_filled_up():
    """To the most of one example, with the default."""
    value = several({"a": pieces([]), "c": pieces([], tf.float32, -1.0), "b": pieces([], tf.string)})
    assert value["a"].tolist() == [[1, 2], [5, 0]]
    assert value["c"].tolist() == [[1.5, 2.5, 3.5], [9.5, -1.0, -1.0]]
    assert value["b"].tolist() == [[b"x"], [b""]]
    assert single({"a": pieces([2])})["a"].tolist() == [[1, 2]]
    assert single({"z": pieces([2])})["z"].shape == (0, 2)


def test_no_examples():
    """Empty tensors of the right shapes."""
    value = several({"a": fixed([2]), "v": tf.VarLenFeature(tf.string), "f": pieces([], tf.float32)}, [])
    assert (value["a"].shape, value["f"].shape, value["v"].indices.shape) == ((0, 2), (0, 0), (0, 2))


# What is wrong -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (
            {"a": fixed([3])},
            (
                "Key: a.  Can't parse serialized Example: Number of int64 values != expected.  "
                "Values size: 2 but output shape: [3]"
            ),
        ),
        ({"a": fixed([2], tf.float32)}, "Key: a.  Data types don't match. Data type: int64 but expected type: float"),
        (
            {"c": tf.VarLenFeature(tf.string)},
            "Key: c.  Data types don't match. Expected type: string, Actual type: float",
        ),
        ({"c": pieces([2], tf.float32)}, "Saw 3 values but output shape is: [?,2]"),
    ],
)
def test_one_feature_that_does_not_fit(features, words):
    """InvalidArgumentError naming the feature."""
    assert words in error_of(single, features)


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (
            {"a": fixed([2])},
            ("Name: two, Key: a, Index: 1.  Number of int64 values != expected.  Values size: 1 but output shape: [2]"),
        ),
        (
            {"b": fixed([])},
            ("Name: one, Key: b, Index: 0.  Data types don't match. Data type: string but expected type: int64"),
        ),
        ({"c": pieces([2], tf.float32)}, "Name: one, Key: c, Index: 0.  Number of float values is not a multiple"),
    ],
)
def test_a_feature_of_several_that_does_not_fit(features, words):
    """InvalidArgumentError naming example and feature."""
    assert words in error_of(several, features, example_names=["one", "two"])


@pytest.mark.parametrize("bad", [b"garbage", ONE[:-3]])
def test_what_is_no_example(bad):
    """InvalidArgumentError naming which it is."""
    assert "Could not parse example input, value: " in error_of(single, {"a": fixed([2])}, bad)
    message = error_of(several, {"a": fixed([2])}, [ONE, bad], example_names=["one", "two"])
    assert "example 1 ('two')" in message


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (None, "features cannot be None"),
        ({}, "features cannot be empty"),
        ({"a": 3}, "Unsupported int 3 for key 'a'"),
        ({"a": fixed(None)}, "Missing shape for feature a"),
        ({"a": fixed([2, None])}, "All dimensions of shape for feature a"),
        (
            {"a": fixed([None])},
            "First dimension of shape for feature a unknown. Consider using FixedLenSequenceFeature",
        ),
        ({"a": tf.VarLenFeature(None)}, "Missing type for feature a"),
        ({"a": fixed([2], default=7)}, "reshape"),
        ({"a": tf.FixedLenSequenceFeature([], tf.int64)}, "requires allow_missing to be True"),
    ],
)
@pytest.mark.parametrize("parse", [tf.parse_example, tf.parse_single_example])
def test_features_are_checked_when_built(parse, features, words):
    """ValueErrors."""
    with pytest.raises(ValueError, match=words):
        parse(tf.placeholder(tf.string), features)


@pytest.mark.parametrize("wrong", [fixed([2], tf.int32), tf.VarLenFeature(tf.float64)])
def test_types_that_no_feature_has(wrong):
    """TypeErrors; so is a default of another type."""
    with pytest.raises(TypeError, match="not in list of allowed values: float32, int64, string"):
        tf.parse_single_example(ONE, {"a": wrong})
    with pytest.raises(TypeError, match="key_a"):
        tf.parse_single_example(ONE, {"a": fixed([2], tf.int64, ["x", "y"])})


def test_ranks_are_checked_when_built():
    """A scalar for one, a vector for several."""
    with pytest.raises(ValueError, match="Input serialized must be a scalar"):
        tf.parse_single_example([ONE], {"a": fixed([2])})
    with pytest.raises(ValueError, match="rank at most 1"):
        tf.parse_example([[ONE]], {"a": fixed([2])})


# From files ----------------------------------------------------------------------------------------------------------


def test_from_a_file_of_examples_to_tensors(tmp_path):
    """Written, read, parsed; the errors of an example name file and offset."""
    path = str(tmp_path / "some.tfrecord")
    with tf.python_io.TFRecordWriter(path) as writer:
        for n in range(4):
            writer.write(bytes_of(n=[n], s=[b"s%d" % n]))
        writer.write(bytes_of(s=[b"no n"]))
    queue = tf.FIFOQueue(1, tf.string, [[]])
    parsed = tf.parse_single_example(tf.TFRecordReader().read(queue)[1], {"n": fixed([]), "s": fixed([], tf.string)})
    with tf.Session() as session:
        session.run(queue.enqueue([path]))
        read = [session.run(parsed) for _ in range(4)]
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"(?s)Feature: n .* is required.*some.tfrecord:\d+"):
            session.run(parsed)
    assert [(value["n"], value["s"]) for value in read] == [(n, b"s%d" % n) for n in range(4)]
