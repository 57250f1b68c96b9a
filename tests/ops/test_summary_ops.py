"""Summary ops to the letter: names, messages, collections, buckets. conformance/ has TensorFlow's numbered promises."""

import math

import numpy as np
import pytest

from tfqueue.framework import dtypes, messages
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.graph.collections import GraphKeys
from tfqueue.graph.graph import get_collection, name_scope
from tfqueue.ops.constant_op import constant
from tfqueue.ops.summary_ops import histogram, merge, merge_all, scalar
from tfqueue.session.session import Session

LARGEST = float(np.finfo(np.float64).max)


def summary(tensor, feeds=None):
    """The Summary message that a tensor gives."""
    with Session() as session:
        return messages.Summary.FromString(session.run(tensor, feeds))


def tag_of(tensor):
    [value] = summary(tensor).value
    return value.tag


def histo(values):
    [value] = summary(histogram("h", values)).value
    return value.histo


def test_a_scalar_is_a_summary_of_one_value():
    """SEMANTICS 85: one scalar string, op type ScalarSummary, of inputs that TensorFlow names so."""
    loss = scalar("loss", 1.5)
    assert (loss.name, loss.op.type, loss.dtype, loss.shape.as_list()) == ("loss:0", "ScalarSummary", dtypes.string, [])
    assert [tensor.name for tensor in loss.op.inputs] == ["loss/tags:0", "loss/values:0"]
    with Session() as session:
        assert session.run(loss) == b"\n\x0b\n\x04loss\x15\x00\x00\xc0?"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.uint64(2**63), 2.0**63),
        (np.float16(1.5), 1.5),
        (np.int8(-3), -3.0),
        (0, 0.0),
        (np.float64(1e300), math.inf),
        (np.float64(-1e300), -math.inf),
    ],
)
def test_a_scalar_may_be_any_real_number(value, shown):
    """It is written as float32, as a cast would make it; zero is a value too."""
    [found] = summary(scalar("x", value)).value
    assert found.HasField("simple_value")
    assert found.simple_value == shown


def test_a_scalar_that_is_no_number_is_shown_as_such():
    """A loss that went wrong is there to be seen."""
    assert math.isnan(summary(scalar("x", np.float32("nan"))).value[0].simple_value)


@pytest.mark.parametrize("value", [True, "text", 1j])
def test_a_scalar_of_another_type_is_refused(value):
    """When it is built."""
    with pytest.raises(TypeError, match=r"'values' has DataType .* not in list of allowed values"):
        scalar("x", value)


def test_a_fed_tag_is_the_tag():
    """Any tensor may be fed, also one that holds the tag; it may be long."""
    loss = scalar("loss", 1.0)
    for tag in ("a", "x" * 1000, "x" * 100_000):
        assert summary(loss, {loss.op.inputs[0]: tag}).value[0].tag == tag


def test_a_name_is_a_must():
    """ValueError without one, TypeError for what is no string."""
    with pytest.raises(ValueError, match="At least one of name"):
        scalar(None, 1.0)
    with pytest.raises(TypeError, match="expected string"):
        scalar(1, 1.0)


def test_summaries_are_collected():
    """In SUMMARIES unless told otherwise; `merge_all` has them in the order made."""
    first = scalar("first", 1.0)
    second = histogram("second", [1.0])
    elsewhere = scalar("elsewhere", 1.0, collections=["mine", "yours"])
    scalar("nowhere", 1.0, collections=[])
    assert get_collection(GraphKeys.SUMMARIES) == [first, second]
    assert get_collection("mine") == get_collection("yours") == [elsewhere]
    assert [value.tag for value in summary(merge_all()).value] == ["first", "second"]
    assert merge_all("mine").op.type == "MergeSummary"


def test_merge_all_takes_a_scope():
    """Only the summaries whose names match from the start."""
    with name_scope("eval"):
        scalar("x", 1.0)
    scalar("y", 1.0)
    assert [value.tag for value in summary(merge_all(scope="eval/")).value] == ["eval/x"]
    assert merge_all(scope="none") is None


def test_merge_gives_one_summary_with_all_values_in_order():
    """Names as TensorFlow's: the scope, and the op in it."""
    one, two = scalar("one", 1.0), scalar("two", 2.0)
    merged = merge([two, one])
    assert (merged.op.name, merge((one,), name="m y").op.name) == ("Merge/MergeSummary", "m_y/m_y")
    assert [value.tag for value in summary(merged).value] == ["two", "one"]
    assert [value.tag for value in summary(merge([merged, scalar("three", 3.0)])).value] == ["two", "one", "three"]
    assert get_collection(GraphKeys.SUMMARIES) == [one, two, get_collection(GraphKeys.SUMMARIES)[2]]
    kept = merge([one], collections=["kept"])
    assert get_collection("kept") == [kept]


def test_merge_refuses_what_is_no_summary():
    """When built by type, when run by content."""
    with pytest.raises(InvalidArgumentError, match="Could not parse one of the summary inputs"):
        summary(merge([constant(b"\xff\xffgarbage")]))
    with pytest.raises(TypeError, match="Expected list for 'inputs'"):
        merge("abc")
    with pytest.raises(TypeError, match="Expected list for 'inputs'"):
        merge(scalar("x", 1.0))
    with pytest.raises(TypeError):
        merge([constant(1)])
    with pytest.raises(ValueError, match="length 0 shorter than minimum length 1"):
        merge([])


@pytest.mark.parametrize(
    ("values", "limits", "counts"),
    [
        ([0.0], [0.0, 1e-12, LARGEST], [0, 1, 0]),
        (
            np.array([[1, 2], [3, 200]], np.uint8),
            [
                0.917246389039776,
                1.0089710279437536,
                1.9661990955585713,
                2.1628190051144287,
                2.8787120958073054,
                3.1665833053880363,
                190.75519732141089,
                209.830717053552,
                LARGEST,
            ],
            [0, 1, 0, 1, 0, 1, 0, 1, 0],
        ),
        (
            np.array([-7, 5], np.int8),
            [-7.466637793298873, -6.7878525393626115, 4.636194617418625, 5.099814079160488, LARGEST],
            [0, 1, 0, 1, 0],
        ),
        (
            np.array([1e20, 1e21, 9.93e19, -1e20]),
            [-LARGEST, -9.920775621859783e19, 9.920775621859783e19, LARGEST],
            [0, 1, 0, 3],
        ),
        (np.array([1e-12, 9e-13, -1e-13]), [-1e-12, 0.0, 1e-12, 1.1000000000000002e-12, LARGEST], [0, 1, 1, 1, 0]),
        (np.array([LARGEST, -LARGEST]), [-LARGEST, -9.920775621859783e19, 9.920775621859783e19, LARGEST], [0, 1, 0, 1]),
    ],
)
def test_the_buckets_of_any_numbers(values, limits, counts):
    """As TensorFlow 2.21 answers, sum apart for the largest double, with which it ends the process."""
    with np.errstate(over="ignore"):
        found = histo(values)
    assert list(found.bucket_limit) == limits
    assert list(found.bucket) == counts


def test_a_histogram_of_nothing_has_one_empty_bucket():
    """And TensorFlow's minimum and maximum of nothing."""
    found = histo(np.zeros((0, 3), np.float32))
    assert (list(found.bucket_limit), list(found.bucket)) == ([LARGEST], [0])
    assert (found.min, found.max, found.num) == (LARGEST, -LARGEST, 0)


def test_python_numbers_are_floats_in_a_histogram():
    """As in TensorFlow, truth values among them; a tensor of them is refused."""
    assert histogram("h", [1, 2]).op.inputs[1].dtype == dtypes.float32
    assert histo([True, False, True]).sum == 2
    with pytest.raises(TypeError, match="'values' has DataType bool"):
        histogram("h", constant([True]))
    with pytest.raises(TypeError, match="'values' has DataType string"):
        histogram("h", ["a"])


def test_a_histograms_names_are_tensorflows():
    """Op type, inputs, and the family."""
    made = histogram("hh", [1.0], family="fam")
    assert (made.op.name, made.op.type) == ("fam/hh", "HistogramSummary")
    assert [tensor.name for tensor in made.op.inputs] == ["fam/hh/tag:0", "fam/hh/values:0"]
    assert tag_of(made) == "fam/fam/hh"


def test_the_namespace_has_tensorflows_names():
    """`tf.summary.*`; the messages come with tensorboardX when they are asked for."""
    from tfqueue import summary as face
    from tfqueue.summaries.file_writer import FileWriter

    assert (face.scalar, face.histogram, face.merge, face.merge_all) == (scalar, histogram, merge, merge_all)
    assert face.FileWriter is FileWriter
    assert face.Summary is messages.Summary
    assert {"Summary", "SessionLog", "Event", "scalar"} <= set(dir(face))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = face.nothing
