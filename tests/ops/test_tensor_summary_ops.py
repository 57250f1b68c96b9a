"""Summaries of tensors beyond the numbered promises: names, types, metadata, old descriptions."""

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import run


def test_the_inputs_have_tensorflows_names():
    """Tag, tensor and metadata are inputs of the op."""
    made = tf.summary.tensor_summary("T", [1, 2], family="F")
    assert [tensor.name for tensor in made.op.inputs] == [
        "F/T/tag:0",
        "F/T/tensor:0",
        "F/T/serialized_summary_metadata:0",
    ]


def test_a_resource_is_no_tensor_to_look_at():
    """TypeError when it is built."""
    with pytest.raises(TypeError, match="'tensor' has DataType resource not in list of allowed values"):
        tf.summary.tensor_summary("T", tf.FIFOQueue(1, tf.int32).queue_ref)


def test_fed_metadata_must_be_metadata():
    """InvalidArgumentError that names the input."""
    made = tf.summary.tensor_summary("T", np.zeros(2))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse serialized_summary_metadata"):
        run(made, {made.op.inputs[2]: b"\xff\xff"})


def test_metadata_of_another_protobuf_is_taken():
    """Whatever has the fields and `SerializeToString`, TensorBoard's own message for one."""
    from tensorboard.compat.proto.summary_pb2 import SummaryMetadata

    given = SummaryMetadata(display_name="other", data_class=2)
    summary = tf.Summary.FromString(run(tf.summary.tensor_summary("T", 1.0, summary_metadata=given)))
    again = SummaryMetadata.FromString(summary.value[0].metadata.SerializeToString())
    assert again == given


def test_an_old_ops_description_is_read():
    """Of `TensorSummary` alone; TensorFlow's newer ops, and ours, have none."""
    node = tf.NodeDef(op="TensorSummary")
    node.attr["description"].s = b'{"typeHint": "histogram"}'
    assert tf.summary.get_summary_description(node).type_hint == "histogram"
    with pytest.raises(ValueError, match="Can't get_summary_description on TensorSummaryV2"):
        tf.summary.get_summary_description(tf.summary.tensor_summary("T", 1.0).op.node_def)
