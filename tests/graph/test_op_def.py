"""The one door for an op."""

import dataclasses
import inspect

import numpy as np
import pytest

import tfqueue as tf
from tests.graph.making import nothing, source
from tfqueue.graph.op_def import OpDef, apply_op, constant_value, op_def, register_op
from tfqueue.ops import array_ops
from tfqueue.ops.cast_ops import cast
from tfqueue.ops.constant_op import constant
from tfqueue.ops.joining_ops import stack
from tfqueue.ops.slicing_ops import strided_slice

HERE = __file__


@register_op("TestFlags", bind=True, step=True, aliases=True, keeps=True, stores=True, stateful=True)
def _flags(op, session):
    return lambda step: None


@register_op("TestBlocking", blocking=True)
def _blocking(step):
    return None


def test_a_definition_says_everything():
    """Kernel, shape function, flags and place; the kernel itself is left as it is."""
    definition = op_def("TestFlags")
    assert definition.op_type == "TestFlags"
    assert definition.kernel is _flags
    assert definition.shape is None
    assert definition.bind
    assert definition.step
    assert definition.aliases
    assert definition.keeps
    assert definition.stores
    assert definition.stateful
    assert not definition.blocking
    assert op_def("TestBlocking").blocking
    assert not op_def("TestBlocking").bind
    assert definition.defined_at.startswith(f"{HERE}:")


def test_a_definition_never_changes():
    """It is frozen."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        op_def("TestFlags").bind = False
    assert isinstance(op_def("TestFlags"), OpDef)


def test_an_op_type_is_registered_once():
    """The error names both places."""
    known = op_def("TestFlags").defined_at
    line = inspect.currentframe().f_lineno + 2
    with pytest.raises(ValueError) as raised:
        register_op("TestFlags")(len)
    assert str(raised.value) == f"Op type 'TestFlags' is registered twice: at {known} and at {HERE}:{line}."
    assert op_def("TestFlags").kernel is _flags


def test_an_unknown_op_type_is_named():
    """Both where it is looked up and where it is made."""
    for look in (lambda: op_def("NoSuch"), lambda: apply_op("NoSuch", [], [])):
        with pytest.raises(RuntimeError, match="Op type not registered 'NoSuch'"):
            look()


def test_apply_op_makes_an_op():
    """With name, types, static shapes and attributes."""
    op = apply_op("TestSource", [], ["int32"], name="a", shape=[None, 2], unit="s")
    assert (op.name, op.outputs[0].dtype, op.outputs[0].shape) == ("a", tf.int32, [None, 2])
    assert op.get_attr("unit") == b"s"


def test_inputs_are_tensors_of_one_graph():
    """Anything else is refused by name."""
    a = source("a")
    with tf.Graph().as_default():
        b = source("b")
    with pytest.raises(
        ValueError, match=r'Tensor\("b:0", dtype=float32\) must be from the same graph as Tensor\("a:0"'
    ):
        nothing(a, b)
    with pytest.raises(TypeError, match="TestNothing op 'sink' reads tensors, not 3"):
        nothing(3, name="sink")


def test_shapes_that_do_not_fit_name_the_op():
    """What the shape function says, and for which op and input shapes."""

    @register_op("TestNarrow", shape=lambda op: [op.inputs[0].shape.with_rank(1)])
    def _narrow(x):
        return x

    with pytest.raises(ValueError) as raised:
        apply_op("TestNarrow", [source(shape=[2, None])], [tf.float32], name="n")
    assert str(raised.value) == "Shape (2, ?) must have rank 1 for 'n' (op: 'TestNarrow') with input shapes: [2,?]."


def test_static_values():
    """A constant, and what follows from a static shape, is known before it runs; a placeholder is not."""
    x = array_ops.placeholder(tf.float32, [2, None])
    full = array_ops.placeholder(tf.float32, [2, 3])
    np.testing.assert_array_equal(constant_value(constant([1, 2])), [1, 2])
    assert constant_value(x) is None
    assert constant_value(array_ops.shape(x)) is None
    np.testing.assert_array_equal(constant_value(array_ops.shape(full)), [2, 3])
    assert constant_value(array_ops.size(full)) == 6
    assert constant_value(array_ops.rank(x)) == 2
    assert constant_value(constant(b"s")) == b"s"


def test_static_values_of_simple_ops():
    """Casts, stacks and identities of constants keep the type; of anything else they are not known."""
    three = constant(3)
    np.testing.assert_array_equal(constant_value(stack([three, array_ops.identity(three)])), [3, 3])
    as_int64 = constant_value(cast(three, tf.int64))
    assert as_int64 == 3
    assert as_int64.dtype == np.int64
    assert constant_value(strided_slice(array_ops.shape(array_ops.placeholder(tf.float32, [2, 3])), [1], [2])) == 3
    assert constant_value(stack([three, array_ops.placeholder(tf.int32, [])])) is None
