"""Names of ops and scopes. The expected ones are what TensorFlow's compat.v1 answered (SEMANTICS 8)."""

import pytest

import tfqueue as tf
from tests.graph.making import nothing
from tfqueue.testing import run_in_thread


def scope_of(*args):
    with tf.name_scope(*args) as scope:
        return scope


def test_names_are_numbered_without_regard_to_case():
    """A second use gets `_1`, one that looks like a numbered name counts as used."""
    asked = ["a", "A", "a", "a_1", "a_1", "b_1", "b", "b", "B", "a_1_1"]
    given = ["a", "A_1", "a_2", "a_1_1", "a_1_2", "b_1", "b", "b_2", "B_3", "a_1_1_1"]
    graph = tf.Graph()
    assert [graph.unique_name(name) for name in asked] == given


def test_asking_for_a_name_need_not_take_it():
    """`mark_as_used=False` only looks."""
    graph = tf.Graph()
    assert graph.unique_name("a", mark_as_used=False) == "a"
    assert graph.unique_name("a") == "a"
    assert graph.unique_name("a", mark_as_used=False) == "a_1"
    assert graph.unique_name("a") == "a_1"


def test_an_op_is_named_after_its_type():
    """The default name is the op type; others are made unique."""
    assert [nothing().name, nothing().name, nothing(name="x").name, nothing(name="X").name] == [
        "TestNothing",
        "TestNothing_1",
        "x",
        "X_1",
    ]


def test_scopes_nest_and_are_unique():
    """A scope entered by its bare name again is a new one."""
    with tf.name_scope("s") as first:
        assert first == "s/"
        assert nothing(name="x").name == "s/x"
        with tf.name_scope("inner") as inner:
            assert inner == "s/inner/"
            assert tf.get_default_graph().get_name_scope() == "s/inner"
    with tf.name_scope("s") as second:
        assert second == "s_1/"
        assert nothing(name="x").name == "s_1/x"
    assert scope_of("S") == "S_2/"
    assert tf.get_default_graph().get_name_scope() == ""


def test_a_scope_passed_back_is_entered_again():
    """`name="scope/"` is the scope itself, wherever it is entered, and an op of this name has it as it is."""
    with tf.name_scope("s") as scope:
        nothing(name="x")
    with tf.name_scope("other"), tf.name_scope(scope) as again:
        assert again == "s/"
        assert nothing(name="x").name == "s/x_1"
    assert nothing(name="new/").name == "new"
    with pytest.raises(ValueError, match="Duplicate node name in graph: 'new'"):
        nothing(name="new/")


@pytest.mark.parametrize("root", [None, ""])
def test_no_name_is_the_root(root):
    """None and "" leave all scopes for the time of the block."""
    with tf.name_scope("s"):
        with tf.name_scope(root) as scope:
            assert scope == ""
            assert nothing(name="n").name == "n"
        assert nothing(name="n").name == "s/n"


def test_a_default_name_stands_in():
    """For builders whose caller gave no name."""
    assert scope_of(None, "batch", []) == "batch/"
    assert scope_of("mine", "batch", []) == "mine/"
    with pytest.raises(ValueError, match=r"At least one of name \(None\) and default_name \(None\) must be provided."):
        scope_of(None, None, [1])
    with pytest.raises(TypeError, match="name for name_scope must be a string, not 3"):
        scope_of(3)


@pytest.mark.parametrize("name", ["b d", "_b", "-x", "é", "x\n", "/x"])
def test_a_bad_name_is_refused(name):
    """Of scopes and of ops, at the root."""
    with pytest.raises(ValueError, match="is not a valid scope name"):
        scope_of(name)
    with pytest.raises(ValueError, match="is not a valid scope name"):
        nothing(name=name)


def test_inside_a_scope_more_names_are_good():
    """A part of a name may begin with an underscore; a blank is bad everywhere."""
    with tf.name_scope("o"):
        assert scope_of("_under") == "o/_under/"
        assert nothing(name="-x").name == "o/-x"
        with pytest.raises(ValueError, match="'a b' is not a valid scope name"):
            scope_of("a b")


def test_a_failed_block_leaves_its_scope():
    """An exception ends the scope too."""
    with pytest.raises(ZeroDivisionError), tf.name_scope("s"):
        _ = 1 // 0
    assert nothing(name="x").name == "x"


def test_a_scope_is_entered_in_the_graph_of_its_values():
    """Builders get the graph of what they read; values of two graphs are refused."""
    with tf.Graph().as_default() as other:
        elsewhere = nothing()
    with tf.name_scope("s", values=[elsewhere, 3]):
        assert tf.get_default_graph() is other
        assert nothing(name="x").graph is other
    assert tf.get_default_graph() is not other
    with pytest.raises(ValueError, match="must be from the same graph as"):
        scope_of("s", None, [elsewhere, nothing()])


def test_a_thread_starts_outside_all_scopes():
    """Scopes belong to the thread that entered them, in any graph."""
    graph = tf.Graph()
    with graph.as_default(), tf.name_scope("s"):

        def build():
            with graph.as_default():
                return nothing(name="x").name

        assert run_in_thread(build).result() == "x"
        assert nothing(name="x").name == "s/x"
