"""Operations and tensors: what they say of themselves, and what they refuse."""

import pytest

import tfqueue as tf
from tests.graph.making import nothing, source
from tfqueue.graph.operation import Tensor
from tfqueue.graph.stacks import default_session_stack


class FakeSession:
    """Runs nothing; answers with what it was asked."""

    def __init__(self, graph):
        self.graph = graph

    def run(self, fetch, feed_dict=None):
        return (fetch, feed_dict)


def test_an_operation_tells_what_it_is():
    """Name, type, inputs, outputs, graph (SEMANTICS 1.6)."""
    a, b = source("a"), source("b", shape=[2], dtype=tf.int64)
    op = nothing(a, b, name="sink")
    assert (op.name, op.type, op.inputs, op.outputs, op.values()) == ("sink", "TestNothing", (a, b), [], ())
    assert op.graph is tf.get_default_graph()
    assert b.op.outputs == [b]
    assert b.op.values() == (b,)
    assert repr(op) == "<tf.Operation 'sink' type=TestNothing>"


def test_a_tensor_tells_what_it_is():
    """Name, op, dtype, shape (SEMANTICS 1.6)."""
    b = source("b", shape=[2, None], dtype=tf.int64)
    assert (b.name, b.op.name, b.value_index, b.dtype) == ("b:0", "b", 0, tf.int64)
    assert b.shape == b.get_shape() == [2, None]
    assert b.graph is tf.get_default_graph()
    assert repr(b) == "<tf.Tensor 'b:0' shape=(2, ?) dtype=int64>"
    assert str(b) == 'Tensor("b:0", shape=(2, ?), dtype=int64)'
    assert str(source("c")) == 'Tensor("c:0", dtype=float32)'


def test_tensors_are_equal_to_themselves_alone():
    """They are keys of dicts and members of lists (SEMANTICS 1.6)."""
    a, b = source(), source()
    assert a == a  # noqa: PLR0124  # the comparison itself is under test
    assert a != b
    assert b in [a, b]
    assert {a: 1, b: 2}[a] == 1


def test_consumers_are_who_reads():
    """Each once, in the order they were made."""
    a = source()
    first, second = nothing(a, a), nothing(a)
    assert a.consumers() == [first, second]


def test_attributes():
    """Strings come as bytes, also in lists; a missing one is named."""
    op = source("a", container="c", names=["x", "y"], capacity=3, types=[tf.int32], shape=[2]).op
    assert op.get_attr("container") == b"c"
    assert op.get_attr("names") == [b"x", b"y"]
    assert op.get_attr("capacity") == 3
    assert op.get_attr("types") == [tf.int32]
    with pytest.raises(ValueError, match="No attr named 'x' in TestSource op 'a': it has capacity, container"):
        op.get_attr("x")


def test_a_shape_becomes_better_known():
    """`set_shape` merges."""
    a = source(shape=[None, 2])
    a.set_shape([3, None])
    assert a.shape == [3, 2]
    b = source()
    b.set_shape([None])
    assert b.shape == [None]
    b.set_shape(None)
    assert b.shape == [None]


def test_a_contradicting_shape_is_refused():
    """ValueError quotes both shapes, and names the tensor."""
    a = source("a", shape=[None, 2])
    with pytest.raises(ValueError) as raised:
        a.set_shape([3, 3])
    assert str(raised.value) == (
        "Dimension 1 in both shapes must be equal, but are 2 and 3. Shapes are [?,2] and [3,3], for 'a:0'."
    )
    with pytest.raises(ValueError, match=r"Shapes must be equal rank, but are 2 and 1. Shapes are \[\?,2\] and \[3\]"):
        a.set_shape([3])
    assert a.shape == [None, 2]


def test_a_tensor_has_no_value_before_it_runs():
    """Asking for its truth, length, parts or array is a TypeError that says what to do instead."""
    a = source("a", shape=[2])
    for ask, words in [
        (bool, "Using a `tf.Tensor` as a Python `bool` is not allowed"),
        (iter, "Tensor objects are not iterable"),
        (list, "not allowed"),
        (len, "len is not well defined for a symbolic Tensor (a:0)"),
        (__import__("numpy").array, "Cannot convert a symbolic Tensor (a:0) to a numpy array"),
    ]:
        with pytest.raises(TypeError) as raised:
            ask(a)
        assert words in str(raised.value)


class TestRunning:
    """`eval` and `run` use the default session, or the one given."""

    def test_with_the_default_session(self):
        """The one that the thread entered last."""
        a = source()
        session = FakeSession(a.graph)
        with default_session_stack.entering(session):
            assert a.eval() == (a, None)
            assert a.eval({a: 1}) == (a, {a: 1})
            assert a.op.run() is None

    def test_with_a_given_session(self):
        """It goes before the default."""
        a = source()
        assert a.eval(feed_dict={a: 1}, session=FakeSession(a.graph)) == (a, {a: 1})
        a.op.run(session=FakeSession(a.graph))

    def test_without_a_session(self):
        """ValueError with TensorFlow's sentence (SEMANTICS 102)."""
        a = source()
        with pytest.raises(
            ValueError, match=r"Cannot evaluate tensor using `eval\(\)`: No default session is registered"
        ):
            a.eval()
        with pytest.raises(
            ValueError, match=r"Cannot execute operation using `run\(\)`: No default session is registered"
        ):
            a.op.run()

    def test_with_a_session_of_another_graph(self):
        """ValueError, and the way out where there is one."""
        a, other = source(), FakeSession(tf.Graph())
        with pytest.raises(ValueError, match="the tensor's graph is different from the session's graph"):
            a.eval(session=other)
        with pytest.raises(ValueError, match="the operation's graph is different from the session's graph"):
            a.op.run(session=other)
        with (
            default_session_stack.entering(other),
            pytest.raises(ValueError, match="Pass an explicit session to `eval"),
        ):
            a.eval()


def test_operators_are_installed_once():
    """By the module that defines the op; nothing but operators, and none twice."""
    with pytest.raises(ValueError, match="'__eq__' is no operator of Tensor"):
        Tensor.install_operator("__eq__", lambda a, b: True)

    class OwnTensor(Tensor):
        __slots__ = ()

    OwnTensor.install_operator("__add__", lambda a, b: (a, b))
    own = OwnTensor(source().op, 0, tf.float32)
    assert own + 2 == (own, 2)
    with pytest.raises(ValueError, match="is installed already"):
        OwnTensor.install_operator("__add__", lambda a, b: None)
