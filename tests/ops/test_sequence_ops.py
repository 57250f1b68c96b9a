"""SequenceExample messages, sparse features and JSON: parsed as TensorFlow's parser does (2.21, asked)."""

import pytest

import tfqueue as tf


def int64s(*values):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def floats(*values):
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def strings(*values):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def sequence(context, **lists):
    """A serialized SequenceExample."""
    parts = {key: tf.train.FeatureList(feature=steps) for key, steps in lists.items()}
    return tf.train.SequenceExample(
        context=tf.train.Features(feature=context), feature_lists=tf.train.FeatureLists(feature_list=parts)
    ).SerializeToString()


def example(**features):
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


LONG = sequence(
    {"a": int64s(7), "w": strings(b"x", b"y")},
    n=[int64s(1, 2), int64s(3, 4)],
    v=[floats(1.0), floats(), floats(2.0, 3.0)],
    e=[],
)
SHORT = sequence({"a": int64s(8)}, n=[int64s(5, 6)], v=[])

CONTEXT = {"a": tf.FixedLenFeature([], tf.int64), "w": tf.VarLenFeature(tf.string)}
LISTS = {"n": tf.FixedLenSequenceFeature([2], tf.int64), "v": tf.VarLenFeature(tf.float32)}


def steps(shape, dtype=tf.int64, **options):
    return tf.FixedLenSequenceFeature(shape, dtype, **options)


def single(context, lists, text=LONG, **options):
    with tf.Session() as session:
        return session.run(tf.parse_single_sequence_example(text, context, lists, **options))


def several(context, lists, texts=(LONG, SHORT), **options):
    with tf.Session() as session:
        return session.run(tf.parse_sequence_example(list(texts), context, lists, **options))


def error_of(parse, *args, **options):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        parse(*args, **options)
    return str(caught.value)


# Sequences -----------------------------------------------------------------------------------------------------------


def test_one_sequence():
    """Context features are tensors, lists have a step each."""
    context, lists = single(CONTEXT, LISTS)
    assert context["a"] == 7
    assert context["w"].values.tolist() == [b"x", b"y"]
    assert context["w"].dense_shape.tolist() == [2]
    assert lists["n"].tolist() == [[1, 2], [3, 4]]
    assert lists["v"].indices.tolist() == [[0, 0], [2, 0], [2, 1]]
    assert lists["v"].dense_shape.tolist() == [3, 2]


def test_static_shapes_of_one_sequence():
    """Steps are not known."""
    context, lists = tf.parse_single_sequence_example(LONG, CONTEXT, LISTS)
    assert context["a"].shape.as_list() == []
    assert lists["n"].shape.as_list() == [None, 2]
    assert lists["v"].indices.shape.as_list() == [None, 2]


def test_several_sequences():
    """Filled up to the longest; the lengths of dense lists are told."""
    context, lists, lengths = several(CONTEXT, LISTS)
    assert context["a"].tolist() == [7, 8]
    assert context["w"].dense_shape.tolist() == [2, 2]
    assert lists["n"].tolist() == [[[1, 2], [3, 4]], [[5, 6], [0, 0]]]
    assert lists["v"].indices.tolist() == [[0, 0, 0], [0, 2, 0], [0, 2, 1]]
    assert lists["v"].dense_shape.tolist() == [2, 3, 2]
    assert lengths["n"].tolist() == [2, 1]
    assert list(lengths) == ["n"]


def test_a_list_that_may_be_missing():
    """Has no steps then; sparse ones always may."""
    _, lists = single(None, {"z": steps([], allow_missing=True), "y": tf.VarLenFeature(tf.int64), "e": steps([])})
    assert lists["z"].shape == lists["e"].shape == (0,)
    assert lists["y"].dense_shape.tolist() == [0, 0]
    _, lists, lengths = several(None, {"e": steps([3], tf.string, allow_missing=True)})
    assert (lists["e"].shape, lengths["e"].tolist()) == ((2, 0, 3), [0, 0])


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        ({"z": steps([])}, "Name: who, Feature list 'z' is required but could not be found."),
        (
            {"n": steps([])},
            "Name: who, Key: n, Index: 0.  Number of values != expected.  values size: 2",
        ),
        (
            {"n": steps([2], tf.float32)},
            "Name: who, Feature list: n, Index: 0.  Data types don't match.",
        ),
        ({"v": steps([1], tf.float32)}, "Name: who, Key: v, Index: 1.  Number of values != expected."),
    ],
)
def test_a_list_that_does_not_fit(lists, words):
    """InvalidArgumentError naming example, list and step."""
    assert words in error_of(single, None, lists, example_name="who")
    assert words in error_of(several, None, lists, example_names=["who", "other"])


def test_a_context_that_does_not_fit():
    """InvalidArgumentError naming the feature."""
    assert "Key: a.  Data types don't match" in error_of(single, {"a": tf.FixedLenFeature([], tf.string)}, None)
    assert "Feature: w (data type: string) is required" in error_of(
        several, {"w": tf.FixedLenFeature([2], tf.string)}, None
    )
    assert "example 1 of 7 bytes" in error_of(several, CONTEXT, None, [LONG, b"garbage"])


@pytest.mark.parametrize(
    ("context", "lists", "words"),
    [
        (None, None, "Both context_features and sequence_features are None"),
        ({}, {}, "at least one should have values"),
        (None, {"n": tf.FixedLenFeature([], tf.int64)}, "Unsupported FixedLenFeature"),
        ({"a": steps([])}, None, "Unsupported FixedLenSequenceFeature"),
        (None, {"n": steps([], default_value=1)}, r"dense_defaults\[n\] must be None"),
    ],
)
def test_what_cannot_be_is_told_when_built(context, lists, words):
    """ValueErrors."""
    with pytest.raises(ValueError, match=words):
        tf.parse_single_sequence_example(LONG, context, lists)


# Sparse features -----------------------------------------------------------------------------------------------------


def places(*features, size=4, key="ix", **options):
    feature = tf.SparseFeature(key, "val", tf.float32, size, **options)
    with tf.Session() as session:
        return session.run(tf.parse_example(list(features), {"s": feature}))["s"]


def test_places_and_values_make_one_sparse_tensor():
    """In order, in one row each."""
    value = places(example(ix=int64s(2, 0), val=floats(5.0, 6.0)), example(ix=int64s(1), val=floats(7.0)), example())
    assert value.indices.tolist() == [[0, 0], [0, 2], [1, 1]]
    assert value.values.tolist() == [6.0, 5.0, 7.0]
    assert value.dense_shape.tolist() == [3, 4]


def test_places_of_several_dimensions():
    """A feature and a size for each."""
    value = places(example(ix=int64s(1, 0), iy=int64s(2, 3), val=floats(1.0, 2.0)), key=["ix", "iy"], size=[4, 5])
    assert value.indices.tolist() == [[0, 0, 3], [0, 1, 2]]
    assert value.values.tolist() == [2.0, 1.0]
    assert value.dense_shape.tolist() == [1, 4, 5]


def test_places_that_are_said_to_be_sorted_stay():
    """already_sorted."""
    value = places(example(ix=int64s(2, 0), val=floats(5.0, 6.0)), already_sorted=True)
    assert value.indices.tolist() == [[0, 2], [0, 0]]


def test_a_sparse_feature_of_one_example():
    """Without the batch dimension; its parts can be asked for as well."""
    features = {"s": tf.SparseFeature("ix", "val", tf.float32, 4), "ix": tf.VarLenFeature(tf.int64)}
    parsed = tf.parse_single_example(example(ix=int64s(2, 0), val=floats(5.0, 6.0)), features)
    assert parsed["s"].shape.as_list() == [4]
    with tf.Session() as session:
        value = session.run(parsed)
    assert value["s"].indices.tolist() == [[0], [2]]
    assert value["ix"].values.tolist() == [2, 0]


def test_places_and_values_must_be_as_many():
    """InvalidArgumentError with both numbers."""
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"in indices \(1\) and values \(2\) do not match"):
        places(example(ix=int64s(1), val=floats(1.0, 2.0)))


@pytest.mark.parametrize(("key", "size"), [("ix", None), (["ix", "iy"], 4)])
def test_sizes_are_checked_when_built(key, size):
    """TypeErrors."""
    with pytest.raises(TypeError, match="vocab_size has to be a"):
        places(example(), key=key, size=size)


def test_a_part_has_one_type():
    """ValueError when it is asked for in another way too."""
    features = {"s": tf.SparseFeature("ix", "val", tf.float32, 4), "val": tf.FixedLenFeature([2], tf.float32)}
    with pytest.raises(ValueError, match="Dense and sparse keys must not intersect"):
        tf.parse_example([example()], features)


# JSON ----------------------------------------------------------------------------------------------------------------


def test_examples_in_json():
    """Either spelling of the fields; any shape."""
    texts = ["{}", '{"features": {"feature": {"b": {"bytes_list": {"value": ["eA=="]}}}}}']
    texts.append('{"features": {"feature": {"a": {"int64List": {"value": [1, 2]}}}}}')
    with tf.Session() as session:
        assert session.run(tf.decode_json_example(texts)).tolist() == [
            b"",
            example(b=strings(b"x")),
            example(a=int64s(1, 2)),
        ]


def test_what_is_no_json_example():
    """InvalidArgumentError showing it."""
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="Error while parsing JSON"):
        session.run(tf.decode_json_example("no json"))
