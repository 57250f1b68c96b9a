"""Graphs on paper: text that any protobuf library reads."""

import numpy as np
import pytest

import tfqueue as tf
from tests.graph.making import nothing, source
from tfqueue.framework import messages
from tfqueue.framework.tensor_shape import TensorShape


def test_a_node_prints_as_protobuf_text():
    """Name, op, inputs, device, attributes (SEMANTICS 43)."""
    a = source("a")
    with tf.control_dependencies([source("c")]), tf.device("/cpu:0"):
        op = nothing(a, name="sink", shared_name="Q", capacity=5)
    assert (
        str(op.node_def)
        == str(op)
        == (
            'name: "sink"\nop: "TestNothing"\ninput: "a"\ninput: "^c"\ndevice: "/device:CPU:0"\n'
            'attr {\n  key: "capacity"\n  value {\n    i: 5\n  }\n}\n'
            'attr {\n  key: "shared_name"\n  value {\n    s: "Q"\n  }\n}\n'
        )
    )


ATTRS = {
    "text": "é\n\"quoted\" \\ 'x'",
    "raw": b"a\x00\xff7",
    "number": 7,
    "share": 0.25,
    "tiny": 1e-30,
    "huge": float("inf"),
    "yes": True,
    "no": np.bool_(False),
    "type": tf.float16,
    "shapes": [TensorShape([1, None]), TensorShape(None), TensorShape([])],
    "types": (tf.string, tf.int64, tf.bool),
    "names": ["a", b"b"],
    "empty": [],
    "floats": np.array([[1.5, 2.5, -3.5]], ">f4"),
    "strings": np.array([b"a", "b\n"], object),
    "nothing": np.zeros([0, 2], np.int64),
    "function": len,
}


def test_every_attribute_survives_protobuf():
    """What protobuf reads back is what was given; what no message can hold, such as a function, is left out."""
    node = source("a", **ATTRS).op.node_def
    message = messages.NodeDef.FromString(node.SerializeToString())
    attr = message.attr
    assert attr["text"].s.decode() == ATTRS["text"]
    assert attr["raw"].s == ATTRS["raw"]
    assert attr["number"].i == 7
    assert attr["share"].f == 0.25
    assert attr["tiny"].f == np.float32(1e-30)
    assert attr["huge"].f == float("inf")
    assert (attr["yes"].b, attr["no"].b) == (True, False)
    assert attr["type"].type == tf.float16.as_datatype_enum
    assert [dim.size for dim in attr["shapes"].list.shape[0].dim] == [1, -1]
    assert attr["shapes"].list.shape[1].unknown_rank
    assert not attr["shapes"].list.shape[2].unknown_rank
    assert list(attr["types"].list.type) == [7, 9, 10]
    assert list(attr["names"].list.s) == [b"a", b"b"]
    assert attr["empty"].HasField("list")
    assert "function" not in attr
    assert "shape" not in attr
    floats = attr["floats"].tensor
    assert (floats.dtype, [dim.size for dim in floats.tensor_shape.dim]) == (1, [1, 3])
    np.testing.assert_array_equal(np.frombuffer(floats.tensor_content, "<f4"), [1.5, 2.5, -3.5])
    assert list(attr["strings"].tensor.string_val) == [b"a", b"b\n"]
    assert [dim.size for dim in attr["nothing"].tensor.tensor_shape.dim] == [0, 2]


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [("number", "i", 7), ("share", "f", 0.25), ("yes", "b", True), ("names", "i", 0), ("raw", "s", b"a\x00\xff7")],
)
def test_attributes_have_protobufs_fields(name, field, value):
    """Without protobuf: the field that is set has the value, the others their defaults."""
    attr = source("a", **ATTRS).op.node_def.attr[name]
    assert getattr(attr, field) == value
    assert attr.shape.ndims is None
    assert attr.type == 0


@pytest.mark.parametrize(("dtype", "number"), [(tf.uint32, 22), (tf.uint64, 23), (tf.variant, 21)])
def test_younger_types_survive_protobuf(dtype, number):
    """By number, as the compiled messages have no names for them; a string that looks like one is left alone."""
    node = source("a", alone=dtype, several=[dtype], words="\n  type: DT_UINT32\n").op.node_def
    message = messages.NodeDef.FromString(node.SerializeToString())
    assert (message.attr["alone"].type, list(message.attr["several"].list.type)) == (number, [number])
    assert message.attr["words"].s == b"\n  type: DT_UINT32\n"
    assert f"type: DT_{dtype.name.upper()}" in str(node)


def test_text_attributes_are_bytes():
    """As protobuf has them."""
    assert source("a", shared_name="Q").op.node_def.attr["shared_name"].s == b"Q"


def test_a_graph_prints_all_its_ops():
    """In the order they were made; second outputs are named with their index, shapes on demand."""
    a = source("a", shape=[2])
    nothing(a, name="b")
    graph_def = tf.get_default_graph().as_graph_def()
    assert [node.name for node in graph_def.node] == ["a", "b"]
    assert list(graph_def.node[1].input) == ["a"]
    message = messages.GraphDef.FromString(graph_def.SerializeToString())
    assert [node.op for node in message.node] == ["TestSource", "TestNothing"]
    with_shapes = tf.get_default_graph().as_graph_def(add_shapes=True)
    text = str(with_shapes.node[0].attr["_output_shapes"])
    assert text == "list {\n  shape {\n    dim {\n      size: 2\n    }\n  }\n}\n"
    assert "_output_shapes" not in graph_def.node[0].attr
    assert [node.name for node in tf.get_default_graph().as_graph_def(from_version=1).node] == ["b"]


def test_an_input_is_named_by_op_and_output():
    """The first output by the op's name alone."""
    pair = tf.get_default_graph().create_op("TestSource", [], [tf.int32, tf.int32], name="pair", shapes=[[], []])
    assert nothing(*pair.outputs).node_def.input == ["pair", "pair:1"]
