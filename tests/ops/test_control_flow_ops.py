"""Order without data, and assertions."""

import re

import pytest

import tfqueue as tf
from tests.ops.running import run
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.ops.control_flow_ops import with_dependencies


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


def test_group_is_done_when_all_are(session):
    """Tensors, ops and variables, also nested; None comes back."""
    one, other = tf.Variable(0), tf.Variable(0)
    session.run(tf.global_variables_initializer())
    assert session.run(tf.group(one.assign(1), [{"a": other.assign(2).op}], name="all")) is None
    assert session.run([one, other]) == [1, 2]
    assert session.run(tf.group(one)) is None


def test_groups_have_names():
    """ "group_deps" by default; an empty group is a no-op."""
    assert tf.group().name == "group_deps"
    assert tf.group(tf.constant(1), name="g").type == "NoOp"


@pytest.mark.parametrize("item", [None, "a", 3])
def test_group_takes_tensors_and_ops_only(item):
    """TypeError that shows what was given."""
    with pytest.raises(TypeError, match="expected Tensor or Operation"):
        tf.group(item)


def test_tuple_gives_all_or_nothing(session):
    """Each tensor is ready only when all are; None stays; an op among them becomes an op."""
    variable = tf.Variable(1)
    session.run(variable.initializer)
    with tf.control_dependencies([variable.assign(5)]):
        changed = tf.no_op()
    first, nothing, after, op = tf.tuple([tf.constant(1), None, "x", tf.no_op()], control_inputs=[changed])
    assert nothing is None
    assert session.run([first, after, op]) == [1, b"x", None]
    assert session.run(variable) == 5
    with pytest.raises(ValueError, match="must have at least one Tensor"):
        tf.tuple([None])


def test_with_dependencies(session):
    """The same tensor, after others."""
    variable = tf.Variable(1)
    session.run(variable.initializer)
    assert session.run(with_dependencies([variable.assign(5)], tf.constant(3))) == 3
    assert session.run(variable) == 5


def test_a_true_assertion_passes():
    """It is an op; None comes back."""
    assert run(tf.Assert(True, ["x"])) is None


@pytest.mark.parametrize(
    ("data", "summarize", "words"),
    [
        (["msg", 1, [1, 2, 3, 4]], None, "[msg] [1] [1 2 3...]"),
        ([[[1.5, 2.0], [3.0, 4.0]]], None, "[[1.5 2][3...]...]"),
        ([[[1.5, 2.0], [3.0, 4.0]]], 10, "[[1.5 2][3 4]]"),
        ([[1, 2, 3, 4, 5]], -1, "[1 2 3 4 5]"),
        ([[True, False], 1.0, 1e-7, ["x", "y"]], None, "[1 0] [1] [1e-07] [x y]"),
        ([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]], 5, "[[[1 2][3 4]][[5...]]...]"),
    ],
)
def test_a_false_assertion_tells_its_data(data, summarize, words):
    """InvalidArgumentError "assertion failed: ..." printed as TensorFlow does, located at the op."""
    assertion = tf.Assert(tf.constant(False), data, summarize)
    with pytest.raises(InvalidArgumentError, match=re.escape(f"assertion failed: {words}\n")) as caught:
        run(assertion)
    assert caught.value.op is assertion


def test_assertions_check_their_arguments():
    """Data is a list (TypeError); the condition is a scalar (InvalidArgumentError when run)."""
    with pytest.raises(TypeError, match="Expected list for 'data' argument"):
        tf.Assert(True, "data")
    with pytest.raises(InvalidArgumentError, match=r"In\[0\] should be a scalar: \[1\]"):
        run(tf.Assert(tf.placeholder_with_default([False], None), ["x"]))
