"""Variables: values that a session keeps."""

import numpy as np
import pytest

import tfqueue as tf
from tfqueue.framework.errors import FailedPreconditionError, InvalidArgumentError, OutOfRangeError
from tfqueue.testing import run_in_thread


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


def test_a_variable_looks_like_tensorflows():
    """Names, op types, dtype and shape as TensorFlow 1 makes them."""
    with tf.name_scope("s"):
        variable = tf.Variable([1.0, 2.0], name="v")
    assert (variable.name, variable.op.name, variable.op.type) == ("s/v:0", "s/v", "VariableV2")
    assert (variable.dtype, variable.shape, variable.get_shape()) == (tf.float32, [2], [2])
    assert variable.initializer.name == "s/v/Assign"
    assert variable.value().name == "s/v/read:0"
    assert variable.initial_value.name == "s/v/initial_value:0"
    assert repr(variable) == "<tf.Variable 's/v:0' shape=(2,) dtype=float32>"
    assert tf.Variable(1.0).name == "Variable:0"
    assert variable.graph is tf.get_default_graph()


def test_collections():
    """Global and trainable by default; others on demand; initializers for each kind."""
    one, step = tf.Variable(1.0), tf.Variable(0, trainable=False)
    local = tf.Variable(0, trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    assert tf.global_variables() == [one, step]
    assert tf.trainable_variables() == [one]
    assert tf.local_variables() == [local]
    assert tf.global_variables("Variable_1") == [step]
    assert tf.initialize_all_variables().name == "init"
    assert tf.local_variables_initializer().name == "init_1"


def test_an_uninitialized_variable_is_named(session):
    """FailedPreconditionError "Attempting to use uninitialized value v", whatever reads it (SEMANTICS 64)."""
    variable = tf.Variable(1, name="v")
    for fetch in (variable, variable + 1, variable.read_value(), variable.assign_add(1), variable.count_up_to(3)):
        with pytest.raises(FailedPreconditionError, match="Attempting to use uninitialized value v") as caught:
            session.run(fetch)
        assert caught.value.op is not None


def test_initializers(session):
    """They give the initial value, again and again; a session is told what is left to do."""
    one, other = tf.Variable(1, name="one"), tf.Variable(2, name="other", collections=["local_variables"])
    report = tf.report_uninitialized_variables()
    assert session.run(report).tolist() == [b"one", b"other"]
    session.run(tf.global_variables_initializer())
    assert session.run(report).tolist() == [b"other"]
    assert session.run([tf.is_variable_initialized(one), tf.is_variable_initialized(other)]) == [True, False]
    session.run(tf.local_variables_initializer())
    assert session.run(report).tolist() == []
    session.run([one.assign(5), tf.variables_initializer([other])])
    session.run(one.initializer)
    assert session.run([one, other]) == [1, 2]


def test_without_variables_an_initializer_can_be_run(session):
    """With no local variables the initializer is a no-op (SEMANTICS 64)."""
    assert session.run(tf.local_variables_initializer()) is None
    assert session.run(tf.report_uninitialized_variables()).tolist() == []


def test_assignments(session):
    """They give the new value; the functions at the root do the same."""
    variable = tf.Variable(1.0)
    session.run(variable.initializer)
    assert session.run(variable.assign(3.0)) == 3.0
    assert session.run(variable.assign_add(1.5)) == 4.5
    assert session.run(variable.assign_sub(1)) == 3.5
    assert session.run(tf.assign(variable, 1.0)) == 1.0
    assert session.run(tf.assign_add(variable, 1.0)) == 2.0
    assert session.run(tf.assign_sub(variable, 0.5)) == 1.5
    assert session.run(variable.assign(9.0, read_value=False)) is None
    assert variable.eval(session) == 9.0
    variable.load(7, session)
    assert session.run("Variable:0") == session.run("Variable/read:0") == 7.0
    assert [op.name for op in (variable.assign(1.0).op, variable.assign_add(1.0).op)] == ["Assign_3", "AssignAdd_2"]


def test_assignments_are_checked(session):
    """Shapes when built (ValueError) or run (InvalidArgumentError), dtypes when built (TypeError)."""
    variable, value = tf.Variable([0.0, 0.0]), tf.placeholder(tf.float32)
    with pytest.raises(ValueError, match=r"shapes must be equal, but are \(2,\) and \(3,\)"):
        variable.assign([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="has type int32"):
        variable.assign(tf.constant([1, 2]))
    with pytest.raises(TypeError, match="Expected float32"):
        variable.assign("a")
    words = r"Assign requires shapes of both tensors to match. lhs shape= \[2\] rhs shape= \[3\]"
    with pytest.raises(InvalidArgumentError, match=words):
        session.run(variable.assign(value), {value: [1.0, 2.0, 3.0]})
    session.run(variable.initializer)
    with pytest.raises(InvalidArgumentError, match="Parameters and update must be the same size"):
        session.run(variable.assign_add(value), {value: 1.0})


def test_a_variable_of_unknown_shape(session):
    """`validate_shape=False` takes initial values and assignments of any shape."""
    initial = tf.placeholder(tf.float32)
    with pytest.raises(ValueError, match="initial_value must have a shape specified"):
        tf.Variable(initial)
    variable = tf.Variable(initial, validate_shape=False)
    session.run(variable.initializer, {initial: [1.0]})
    np.testing.assert_array_equal(session.run(variable.assign([[1.0, 2.0]])), [[1.0, 2.0]])


def test_count_up_to(session):
    """n times the old value, then OutOfRangeError "Reached limit of n", and it stays n (SEMANTICS 54)."""
    variable = tf.Variable(0)
    count = variable.count_up_to(2)
    assert (count.op.type, count.op.name, tf.count_up_to(variable, 2).op.name) == (
        "CountUpTo",
        "CountUpTo",
        "CountUpTo_1",
    )
    session.run(variable.initializer)
    assert [session.run(count), session.run(count)] == [0, 1]
    for _ in range(2):
        with pytest.raises(OutOfRangeError, match="Reached limit of 2"):
            session.run(count)
    assert session.run(variable) == 2
    with pytest.raises(TypeError, match="DataType float32 not in list of allowed values: int32, int64"):
        tf.Variable(1.0).count_up_to(3)


def test_counting_from_many_threads_loses_nothing(session):
    """Every number is given out once."""
    variable = tf.Variable(0, dtype=tf.int64)
    session.run(variable.initializer)
    count = session.make_callable(variable.count_up_to(200))

    def work():
        got = []
        while True:
            try:
                got.append(int(count()))
            except OutOfRangeError:
                return got

    running = [run_in_thread(work) for _ in range(8)]
    assert sorted(number for one in running for number in one.result()) == list(range(200))


def test_an_initial_value_may_depend_on_another_variable(session):
    """`initialized_value` is the value, or the initial value where there is none yet."""
    first = tf.Variable(lambda: 3.0)
    second = tf.Variable(first.initialized_value() * 2)
    session.run(second.initializer)
    assert session.run(second) == 6.0
    session.run(first.assign(5.0))
    session.run(second.initializer)
    assert session.run(second) == 10.0


def test_reading_after_an_assignment(session):
    """`read_value` under a control dependency gives what was assigned."""
    variable = tf.Variable(1)
    session.run(variable.initializer)
    with tf.control_dependencies([variable.assign_add(1)]):
        after = variable.read_value()
    assert [session.run(after), session.run(after)] == [2, 3]


def test_variables_stand_outside_of_control_dependencies():
    """Their ops wait for nothing of the block they are made in."""
    with tf.control_dependencies([tf.no_op()]):
        variable = tf.Variable(1.0)
    for op in (variable.op, variable.initializer, variable.value().op, variable.initial_value.op):
        assert op.control_inputs == []


def test_variables_stand_for_tensors(session):
    """Operators, indexing and builders take them."""
    variable = tf.Variable([1.0, 2.0])
    session.run(variable.initializer)
    fetches = [variable + 1, 1 + variable, -variable, variable * variable, variable[0], tf.reduce_sum(variable)]
    results = [np.asarray(value).tolist() for value in session.run(fetches)]
    assert results == [[2, 3], [2, 3], [-1, -2], [1, 4], 1, 3]
    assert variable == variable  # noqa: PLR0124 - identity, as of tensors
    assert len({variable, tf.Variable(1)}) == 2
    with pytest.raises(TypeError, match="'Variable' object is not iterable"):
        list(variable)
    with pytest.raises(ValueError, match="Incompatible type conversion requested to type 'int32'"):
        tf.convert_to_tensor(variable, tf.int32)


def test_initial_values_are_checked():
    """One must be given, of the dtype asked for."""
    with pytest.raises(ValueError, match=r"initial_value must be specified\."):
        tf.Variable()
    with pytest.raises(TypeError, match="Expected int32"):
        tf.Variable(1.5, dtype=tf.int32)
    assert tf.Variable(1, dtype=tf.float32).dtype == tf.float32
    assert tf.Variable("text").dtype == tf.string


def test_a_container_keeps_variables_apart(session):
    """`tf.container` is part of where a value is kept."""
    with tf.container("c"):
        variable = tf.Variable(1, name="v")
    session.run(variable.initializer)
    assert session.run(variable) == 1
    assert session.resources.find("variable", "c", "v") is not None
