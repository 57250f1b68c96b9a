"""Arrays are copied at the door: nobody changes what somebody else holds, and nothing is copied without need."""

import numpy as np
import pytest

import tfqueue as tf
from tfqueue.graph.op_def import apply_op, register_op


@register_op("SessionTestMake", shape=lambda op: [[3]], stateful=True)
def _make():
    """A new array, which the test can find again."""
    made.append(np.zeros(3, np.float32))
    return made[-1]


made: list[np.ndarray] = []


def fresh() -> tf.Tensor:
    return apply_op("SessionTestMake", [], [tf.float32]).outputs[0]


@pytest.fixture
def session():
    made.clear()
    with tf.Session() as session:
        yield session


@pytest.fixture
def queue():
    return tf.FIFOQueue(10, [tf.float32])


def held(queue, session) -> np.ndarray:
    """The array that the queue holds, itself."""
    (array,) = queue.runtime_queue(session).dequeue()
    return array


def test_what_a_user_feeds_to_a_queue_is_copied(session, queue):
    """Changing the array afterwards changes nothing in the queue (SEMANTICS 40)."""
    value = tf.placeholder(tf.float32)
    array = np.ones(3, np.float32)
    for fetches in (queue.enqueue(value), queue.enqueue(tf.identity(value)), [queue.enqueue(value), value]):
        session.run(fetches, {value: array})
    call = session.make_callable(queue.enqueue(value), [value])
    call(array)
    call(memoryview(array))
    array[:] = 7
    for _ in range(5):
        np.testing.assert_array_equal(session.run(queue.dequeue()), [1, 1, 1])


def test_what_an_op_made_is_passed_on_uncopied(session, queue):
    """A new array goes into the queue, and comes out to the caller, as it is (ARCHITECTURE 4)."""
    tensor = fresh()
    session.run(queue.enqueue(tensor))
    assert held(queue, session) is made[-1]
    session.run(queue.enqueue(tf.reshape(tensor, [3, 1])))
    assert np.shares_memory(held(queue, session), made[-1])
    session.run([queue.enqueue(tensor), tf.shape(tensor), tensor + 1])  # read by others, but not kept
    assert held(queue, session) is made[-1]
    session.run(queue.enqueue(tensor))
    assert session.run(queue.dequeue()) is made[-1]


def test_what_is_fetched_too_is_copied_for_the_queue(session, queue):
    """The caller owns what he fetches, so the queue gets its own."""
    tensor = fresh()
    for fetch in (tensor, tf.identity(tensor), tf.reshape(tensor, [1, 3])):
        fetched, _ = session.run([fetch, queue.enqueue(tensor)])
        assert not np.shares_memory(fetched, held(queue, session))


def test_two_queues_do_not_share(session, queue):
    """One array put into two queues, or twice into one, is two arrays there."""
    tensor = fresh()
    session.run([queue.enqueue(tensor), queue.enqueue(tf.identity(tensor))])
    assert not np.shares_memory(held(queue, session), held(queue, session))


def test_constants_and_variables_cannot_be_changed_from_outside(session, queue):
    """What is fetched or queued of them is a copy (ARCHITECTURE 4)."""
    array = np.ones(3, np.float32)
    constant, variable = tf.constant(array), tf.Variable(array)
    session.run(variable.initializer)
    array[:] = 7
    for tensor in (constant, variable, tf.identity(variable), tf.reshape(constant, [3])):
        session.run(tensor)[:] = 9
        session.run(queue.enqueue(tensor))
        session.run(queue.dequeue())[:] = 9
        np.testing.assert_array_equal(session.run(tensor), [1, 1, 1])


def test_what_is_assigned_is_the_variables_own(session):
    """Neither a fed array, nor one that is fetched as well, is shared with the variable."""
    variable = tf.Variable([0.0, 0.0, 0.0])
    value, tensor = tf.placeholder(tf.float32, [3]), fresh()
    array = np.ones(3, np.float32)
    assigned = session.run(variable.assign(value), {value: array})
    array[:], assigned[:] = 7, 8
    np.testing.assert_array_equal(session.run(variable), [1, 1, 1])
    session.run([variable.assign(tensor), tensor])[1][:] = 7
    np.testing.assert_array_equal(session.run(variable), [0, 0, 0])
    variable.load(array, session)
    array[:] = 5
    np.testing.assert_array_equal(session.run(variable), [7, 7, 7])


def test_a_value_that_was_read_stays_when_the_variable_changes(session):
    """An update replaces the array."""
    variable = tf.Variable([1.0, 2.0])
    session.run(variable.initializer)
    before = session.run(variable)
    session.run(variable.assign_add([1.0, 1.0]))
    np.testing.assert_array_equal(before, [1, 2])


def test_a_python_function_may_change_its_arrays(session):
    """What it does to them is seen by nobody else."""

    def spoil(array):
        array[:] = 9
        return array

    tensor, constant = fresh(), tf.constant([1.0, 2.0])
    spoiled = tf.py_func(spoil, [tensor], tf.float32)
    result, untouched, total = session.run([spoiled, tensor, tf.reduce_sum(tensor)])
    np.testing.assert_array_equal(result, [9, 9, 9])
    np.testing.assert_array_equal(untouched, [0, 0, 0])
    assert total == 0
    np.testing.assert_array_equal(session.run([tf.py_func(spoil, [constant], tf.float32), constant])[1], [1, 2])
    array = np.ones(3, np.float32)
    session.run(tf.py_func(spoil, [tf.identity(tensor)], tf.float32), {tensor: array})
    np.testing.assert_array_equal(array, [1, 1, 1])


def test_what_a_python_function_keeps_is_its_own(session, queue):
    """An array that it returns again and again is copied for the queue and the caller."""
    buffer = np.zeros(3, np.float32)
    tensor = tf.py_func(lambda: buffer, [], tf.float32)
    session.run(queue.enqueue(tensor))
    fetched = session.run(tensor)
    buffer[:] = 9
    np.testing.assert_array_equal(fetched, [0, 0, 0])
    np.testing.assert_array_equal(session.run(queue.dequeue()), [0, 0, 0])


def test_an_array_that_is_only_read_is_not_copied(session):
    """A fed array goes to the kernel as it is."""
    seen = []

    @register_op("SessionTestSee", shape=lambda op: [[]])
    def _see(value):
        seen.append(value)
        return np.float32(0)

    value = tf.placeholder(tf.float32)
    array = np.ones(3, np.float32)
    session.run(apply_op("SessionTestSee", [value], [tf.float32]).outputs[0], {value: array})
    assert seen[0] is array


def test_a_dequeued_batch_belongs_to_the_caller(session):
    """Changing it changes nothing that is still queued (ARCHITECTURE 4)."""
    queue = tf.FIFOQueue(10, [tf.float32], shapes=[[2]])
    session.run(queue.enqueue_many([np.ones((4, 2), np.float32)]))
    session.run(queue.dequeue_many(2))[:] = 9
    session.run(queue.dequeue())[:] = 9
    np.testing.assert_array_equal(session.run(queue.dequeue()), [1, 1])
