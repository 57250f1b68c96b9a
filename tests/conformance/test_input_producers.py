"""Input producers: the rows of a tensor, epoch after epoch (SEMANTICS 63-67, 73-75)."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import tfqueue as tf
from tests.train.pipelines import drain, running, summary_values

# Epochs


def test_rows_come_in_order_for_as_many_epochs_as_asked_for() -> None:
    """What is queued at the end is still delivered, then OutOfRangeError (SEMANTICS 63, 65)."""
    queue = tf.train.string_input_producer(["a", "b", "c"], num_epochs=2, shuffle=False)
    with running() as session:
        assert drain(session, queue.dequeue()) == [b"a", b"b", b"c"] * 2


def test_rows_are_shuffled_within_an_epoch() -> None:
    """Each epoch has every row once, in an order of its own (SEMANTICS 63)."""
    queue = tf.train.range_input_producer(20, num_epochs=5, seed=3)
    with running() as session:
        rows = drain(session, queue.dequeue())
    epochs = [tuple(rows[start : start + 20]) for start in range(0, 100, 20)]
    assert all(sorted(epoch) == list(range(20)) for epoch in epochs)
    assert len(set(epochs)) == 5


def test_all_orders_come_about_equally_often() -> None:
    """Over many epochs no order of three rows is preferred (SEMANTICS 63)."""
    queue = tf.train.range_input_producer(3, num_epochs=600, seed=7, capacity=1800)
    epochs = queue.dequeue_many(1800)
    with running() as session:
        orders = Counter(map(tuple, session.run(epochs).reshape(600, 3).tolist()))
    assert len(orders) == 6
    assert all(60 < count < 145 for count in orders.values())


def test_without_a_number_there_is_no_end_and_no_variable() -> None:
    """`num_epochs=None` needs no initializer, which can be run all the same (SEMANTICS 64)."""
    queue = tf.train.input_producer(tf.constant([1, 2]), shuffle=False)
    assert tf.get_collection(tf.GraphKeys.LOCAL_VARIABLES) == []
    with running() as session:
        assert [session.run(queue.dequeue()) for _ in range(5)] == [1, 2, 1, 2, 1]


def test_the_count_of_epochs_is_a_local_variable() -> None:
    """It is int64 and called `.../limit_epochs/epochs` (SEMANTICS 64)."""
    tf.train.string_input_producer(["a"], num_epochs=3)
    (variable,) = tf.get_collection(tf.GraphKeys.LOCAL_VARIABLES)
    assert variable.name == "input_producer/limit_epochs/epochs:0"
    assert variable.dtype.base_dtype == tf.int64
    assert tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES) == []


def test_limit_epochs_counts_runs() -> None:
    """The tensor can be had so many times (SEMANTICS 64)."""
    constant = tf.constant(7)
    assert tf.train.limit_epochs(constant) is constant
    limited = tf.train.limit_epochs(constant, 2)
    assert limited.name == "limit_epochs:0"
    for number in (0, -1):
        with pytest.raises(ValueError, match=f"num_epochs must be > 0 not {number}"):
            tf.train.limit_epochs(constant, number)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        assert [session.run(limited), session.run(limited)] == [7, 7]
        with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 2"):
            session.run(limited)


def test_a_forgotten_initializer_is_named_to_the_consumer() -> None:
    """FailedPreconditionError names the variable and the way out, and reaches who waits for input (SEMANTICS 64)."""
    queue = tf.train.string_input_producer(["a"], num_epochs=1)
    coord = tf.train.Coordinator()
    with tf.Session() as session:
        threads = tf.train.start_queue_runners(session, coord)
        with pytest.raises(tf.errors.OutOfRangeError, match="limit_epochs/epochs") as raised:
            session.run(queue.dequeue())
        assert "local_variables_initializer()" in str(raised.value)
        assert isinstance(raised.value.__cause__, tf.errors.FailedPreconditionError)
        with pytest.raises(tf.errors.FailedPreconditionError, match="Attempting to use uninitialized value"):
            coord.join(threads)


# What can be produced


def test_rows_of_any_shape_come() -> None:
    """The shape of a row is the tensor's without its first dimension (SEMANTICS 66)."""
    rows = np.arange(12, dtype=np.float64).reshape(3, 2, 2)
    queue = tf.train.input_producer(rows, num_epochs=1, shuffle=False)
    assert (queue.shapes[0].as_list(), queue.dtypes) == ([2, 2], [tf.float64])
    with running() as session:
        np.testing.assert_array_equal(drain(session, queue.dequeue()), rows)


def test_the_shape_of_a_row_must_be_known() -> None:
    """ValueError unless `element_shape` helps (SEMANTICS 66)."""
    rows = tf.placeholder_with_default(np.zeros((2, 3), np.int32), [2, None])
    with pytest.raises(ValueError, match="must have a fully defined shape or `element_shape`"):
        tf.train.input_producer(rows)
    queue = tf.train.input_producer(rows, element_shape=[3])
    assert queue.shapes[0].as_list() == [3]
    assert tf.train.input_producer(tf.placeholder(tf.int32), element_shape=[3]).shapes[0].as_list() == [3]
    with pytest.raises(ValueError, match="must have rank at least 1"):
        tf.train.input_producer(3)


def test_no_rows_at_all_is_an_error_and_no_hang() -> None:
    """Known when built: ValueError. Known when run: the runner ends, and its reader is told why."""
    for build in (
        lambda: tf.train.range_input_producer(0),
        lambda: tf.train.slice_input_producer([np.zeros((0, 3), np.float32), np.zeros(0, np.int32)]),
        lambda: tf.train.slice_input_producer([[], []]),
    ):
        with pytest.raises(ValueError, match=r"limit must be > 0|has no rows"):
            build()
    queue = tf.train.range_input_producer(tf.placeholder_with_default(0, []))
    coord = tf.train.Coordinator()
    with tf.Session() as session:
        threads = tf.train.start_queue_runners(session, coord)
        with pytest.raises(tf.errors.OutOfRangeError, match="no rows to produce"):
            session.run(queue.dequeue())
        with pytest.raises(tf.errors.InvalidArgumentError, match="no rows to produce"):
            coord.join(threads)


def test_one_string_is_not_a_list_of_strings() -> None:
    """The classic slip, with the way out."""
    with pytest.raises(ValueError, match=r"pass \['a.jpg'\]"):
        tf.train.string_input_producer("a.jpg")


def test_no_strings_at_all() -> None:
    """An empty list is a ValueError; an empty tensor fails when it runs, and ends who waits for it (SEMANTICS 67)."""
    for nothing in ([], (), np.array([], dtype=object)):
        with pytest.raises(ValueError, match="string_input_producer requires a non-null input tensor"):
            tf.train.string_input_producer(nothing)
    empty = tf.constant([], dtype=tf.string, shape=[0])
    queue = tf.train.string_input_producer(empty)
    coord = tf.train.Coordinator()
    with tf.Session() as session:
        threads = tf.train.start_queue_runners(session, coord)
        with pytest.raises(tf.errors.OutOfRangeError, match="requires a non-null input tensor"):
            session.run(queue.dequeue())
        with pytest.raises(tf.errors.InvalidArgumentError, match="requires a non-null input tensor"):
            coord.join(threads)


def test_strings_may_be_given_in_many_ways() -> None:
    """A list, a tuple, a NumPy array or a tensor; numbers are refused."""
    for strings in (["a", "b"], ("a", "b"), np.array(["a", "b"]), tf.constant(["a", "b"])):
        with tf.Graph().as_default():
            again = ["a", "b"] if isinstance(strings, tf.Tensor) else strings
            queue = tf.train.string_input_producer(again, shuffle=False)
            with running() as session:
                assert session.run(queue.dequeue_many(2)).tolist() == [b"a", b"b"]
    with pytest.raises(TypeError, match="string"):
        tf.train.string_input_producer([1, 2])


def test_a_range_without_a_limit_fills_the_queue() -> None:
    """Without a limit the numbers are as many as the queue holds."""
    queue = tf.train.range_input_producer(shuffle=False, capacity=4)
    with running() as session:
        assert session.run(queue.dequeue_many(6)).tolist() == [0, 1, 2, 3, 0, 1]


def test_slices_of_one_example_stay_together() -> None:
    """However shuffled, each run gives one row number of all tensors (SEMANTICS 63)."""
    numbers, squares = list(range(10)), [[float(number**2)] for number in range(10)]
    example = tf.train.slice_input_producer([numbers, squares], num_epochs=3, seed=1)
    assert [tensor.shape.as_list() for tensor in example] == [[], [1]]
    with running() as session:
        seen = drain(session, example)
    assert all(square == [number**2] for number, square in seen)
    assert Counter(int(number) for number, _ in seen) == Counter(numbers * 3)


def test_slices_need_tensors_with_rows_alike() -> None:
    """No tensors, or tensors known to have different numbers of rows: ValueErrors that say which."""
    with pytest.raises(ValueError, match="Expected at least one tensor in slice_input_producer"):
        tf.train.slice_input_producer([])
    with pytest.raises(ValueError, match="tensor 1 has 3 rows, tensor 0 has 2"):
        tf.train.slice_input_producer([["image", "image"], [1, 2, 3]])
    tf.train.slice_input_producer([tf.placeholder(tf.int32, [None, 3]), [1, 2]])


# Seeds, names, summaries


def test_a_seed_repeats_the_order() -> None:
    """One seed gives one order in every session, another seed another."""

    def order(seed: int) -> list[int]:
        with tf.Graph().as_default():
            queue = tf.train.range_input_producer(50, num_epochs=1, seed=seed, capacity=50)
            with running() as session:
                values: list[int] = session.run(queue.dequeue_many(50)).tolist()
        return values

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_names_of_producers() -> None:
    """Scope and queue bear the function's name, or the one given (SEMANTICS 74)."""
    assert tf.train.string_input_producer(["a"]).name == "input_producer"
    assert tf.train.range_input_producer(3).name == "input_producer_1"
    assert tf.train.string_input_producer(["a"], name="files").name == "files"
    index = tf.train.slice_input_producer([[1, 2]])[0].op.inputs[1]
    queue_op = index.op.inputs[0].op
    assert (index.name, queue_op.name) == (
        "input_producer_2/input_producer_Dequeue:0",
        "input_producer_2/input_producer",
    )
    (_, _, _, runner) = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
    assert runner.name == "input_producer_2/input_producer"
    assert runner.enqueue_ops[0].name == "input_producer_2/input_producer/input_producer_EnqueueMany"


def test_a_shared_name_is_the_queues() -> None:
    """It is found on the queue's op, through a slice too (SEMANTICS 43)."""
    slices = tf.train.slice_input_producer([[1, 2], [3, 4]], shared_name="MyName")
    definition = slices[0].op.inputs[1].op.inputs[0].op.node_def
    assert definition.attr["shared_name"].s == b"MyName"


def test_a_given_cancel_op_is_the_runners() -> None:
    """`cancel_op` replaces the cancelling close."""
    cancel = tf.no_op()
    tf.train.string_input_producer(["a"], cancel_op=cancel)
    tf.train.input_producer([1], cancel_op=cancel)
    assert [runner.cancel_op for runner in tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)] == [cancel, cancel]


def test_producers_tell_how_full_they_are() -> None:
    """Each but the bare input_producer adds a scalar with TensorFlow's tag (SEMANTICS 73)."""
    tf.train.string_input_producer(["a"])
    tf.train.range_input_producer(3, capacity=4)
    tf.train.slice_input_producer([[1, 2]])
    tf.train.input_producer([1])
    mine = tf.train.input_producer([1, 2], num_epochs=1, capacity=8, summary_name="mine", name="fourth")
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        session.run(mine.enqueue_many([[1, 2]]))
        assert summary_values(session) == {
            "input_producer/fraction_of_32_full": 0.0,
            "input_producer_1/fraction_of_4_full": 0.0,
            "input_producer_2/input_producer/fraction_of_32_full": 0.0,
            "fourth/mine": 0.25,
        }


# Files by pattern


def test_files_are_matched_once(tmp_path: Path) -> None:
    """A local variable holds the names as they were when it was initialized (SEMANTICS 75)."""
    for name in ("a.txt", "b.txt", "c.csv"):
        (tmp_path / name).touch()
    one = tf.train.match_filenames_once(str(tmp_path / "*.txt"))
    two = tf.train.match_filenames_once([str(tmp_path / "*.csv"), str(tmp_path / "b*")], name="mine")
    assert (one.name, two.name) == ("matching_filenames:0", "mine:0")
    assert tf.get_collection(tf.GraphKeys.LOCAL_VARIABLES) == [one, two]
    assert tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES) == []
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        (tmp_path / "d.txt").touch()
        found = [{Path(name.decode()).name for name in session.run(names)} for names in (one, two)]
    assert found == [{"a.txt", "b.txt"}, {"b.txt", "c.csv"}]


def test_matched_files_can_be_produced(tmp_path: Path) -> None:
    """The variable is what a string producer takes (SEMANTICS 75)."""
    (tmp_path / "a.txt").touch()
    queue = tf.train.string_input_producer(tf.train.match_filenames_once(str(tmp_path / "*")), num_epochs=2)
    with running() as session:
        assert [Path(name.decode()).name for name in drain(session, queue.dequeue())] == ["a.txt", "a.txt"]
