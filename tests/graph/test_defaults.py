"""Which graph and session are meant when none is named."""

import os

import pytest

import tfqueue as tf
from tests.graph.making import nothing, source
from tfqueue.graph.stacks import DefaultStack, default_session_stack
from tfqueue.testing import run_in_thread


def test_graphs_are_entered_and_left():
    """The innermost `as_default` holds, and what was before comes back."""
    outermost = tf.get_default_graph()
    with tf.Graph().as_default() as outer:
        with tf.Graph().as_default() as inner:
            assert tf.get_default_graph() is inner
            assert source().graph is inner
        assert tf.get_default_graph() is outer
    assert tf.get_default_graph() is outermost


def test_a_new_thread_sees_the_global_default():
    """Not its parent's `as_default()`, and no session (SEMANTICS 7)."""
    everybodys = tf.get_default_graph()
    with tf.Graph().as_default(), default_session_stack.entering("a session"):
        assert tf.get_default_session() == "a session"
        assert run_in_thread(tf.get_default_graph).result() is everybodys
        assert run_in_thread(tf.get_default_session).result() is None


def test_resetting_makes_an_empty_graph():
    """The old one lives on for those who hold it."""
    old = source().graph
    tf.reset_default_graph()
    assert tf.get_default_graph() is not old
    assert tf.get_default_graph().get_operations() == []
    assert len(old.get_operations()) == 1


def test_a_nested_graph_is_not_reset():
    """Inside `as_default()` a reset would be undone: AssertionError, as in TensorFlow."""
    with (
        tf.Graph().as_default(),
        pytest.raises(AssertionError, match=r"Do not use tf.reset_default_graph\(\) to clear nested graphs"),
    ):
        tf.reset_default_graph()


def test_ops_go_to_the_graph_of_their_inputs():
    """Whatever the default is."""
    a = source()
    with tf.Graph().as_default() as other:
        assert nothing(a).graph is a.graph
        assert other.get_operations() == []


def test_a_stack_is_left_in_order():
    """What is left out of turn is a mistake, unless nesting is not enforced, as for interactive sessions."""
    stack = DefaultStack()
    stack.push("a")
    stack.push("b")
    with pytest.raises(AssertionError, match="Nesting violated"):
        stack.pop("a")
    stack.pop("a", enforce_nesting=False)
    assert stack.top() == "b"
    stack.pop("b")
    assert stack.is_clear()
    stack.pop("b", enforce_nesting=False)


def test_a_forked_child_builds_on():
    """A child that was forked while another thread changed the graph is not stuck on its lock."""
    graph = source().graph
    with graph.lock:
        # The child's only thread is not the one that holds the lock.
        status = run_in_thread(_build_in_child).result()
    assert status == 0


def _build_in_child():
    child = os.fork()
    if child == 0:
        built = False
        try:
            built = tf.get_default_graph().unique_name("fresh") == "fresh" and source().op.name == "TestSource_1"
        finally:
            os._exit(0 if built else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
