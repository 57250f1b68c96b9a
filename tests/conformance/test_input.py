"""Batchers (SEMANTICS 68-70, 73, 74). Joins and filters are in `test_input_joins`."""

import numpy as np
import pytest

import tfqueue as tf
from tests.train.pipelines import count_to, drain, running, summary_values
from tfqueue.testing import wait_until


def test_one_thread_keeps_the_order() -> None:
    """Examples come in the order in which they were read, in batches (SEMANTICS 68)."""
    number = count_to(10)
    batch = tf.train.batch([number, tf.cast(number, tf.float32) * 2], 5)
    assert [tensor.shape.as_list() for tensor in batch] == [[5], [5]]
    with running() as session:
        for start in (0, 5):
            numbers, doubles = session.run(batch)
            assert numbers.tolist() == list(range(start, start + 5))
            assert doubles.tolist() == [2.0 * value for value in numbers]
        with pytest.raises(tf.errors.OutOfRangeError, match=r"\(requested 5, current size 0\)"):
            session.run(batch)


def test_several_threads_lose_and_double_nothing() -> None:
    """num_threads run one enqueue op; every example comes once (SEMANTICS 68)."""
    batch = tf.train.batch([count_to(60)], 6, num_threads=3)
    (runner,) = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
    assert len(runner.enqueue_ops) == 3
    assert len(set(runner.enqueue_ops)) == 1
    with running() as session:
        numbers = [number for _ in range(10) for number in session.run(batch)]
    assert sorted(numbers) == list(range(60))


@pytest.mark.parametrize("smaller", [True, False])
def test_the_rest_at_the_end_of_input(smaller: bool) -> None:
    """It comes as a smaller batch, of unknown static size, when that is allowed; else it is left (SEMANTICS 68)."""
    batch = tf.train.batch([count_to(7)], 5, allow_smaller_final_batch=smaller)
    assert batch.shape.as_list() == [None if smaller else 5]
    with running() as session:
        assert session.run(batch).tolist() == [0, 1, 2, 3, 4]
        if smaller:
            assert session.run(batch).tolist() == [5, 6]
        words = (
            r"\(requested 5, current size 0\)" if smaller else r"\(requested 5, current size 2\)|requested 3, current"
        )
        with pytest.raises(tf.errors.OutOfRangeError, match=words):
            session.run(batch)


def test_batches_of_examples_are_taken_apart() -> None:
    """`enqueue_many` strips dimension 0 (SEMANTICS 68)."""
    rows = tf.train.limit_epochs(tf.constant([[1, 2], [3, 4], [5, 6]]), 2)
    batch = tf.train.batch([rows, tf.constant(["a", "b", "c"])], 4, enqueue_many=True)
    assert [tensor.shape.as_list() for tensor in batch] == [[4, 2], [4]]
    with running() as session:
        numbers, words = session.run(batch)
    assert numbers.tolist() == [[1, 2], [3, 4], [5, 6], [1, 2]]
    assert words.tolist() == [b"a", b"b", b"c", b"a"]


def test_unequal_examples_can_be_padded() -> None:
    """`dynamic_pad` fills unknown dimensions up to the batch's maximum (SEMANTICS 68)."""
    width = tf.cast(count_to(4), tf.int32) + 1
    example = tf.fill(tf.stack([width]), width)
    example.set_shape([None])
    batch = tf.train.batch([example], 4, dynamic_pad=True)
    assert batch.shape.as_list() == [4, None]
    with running() as session:
        assert session.run(batch).tolist() == [[1, 0, 0, 0], [2, 2, 0, 0], [3, 3, 3, 0], [4, 4, 4, 4]]
    with pytest.raises(ValueError, match=r"All shapes must be fully defined.*dynamic_pad=True"):
        tf.train.batch([example], 4)


def test_dicts_come_back_as_dicts() -> None:
    """Components go by sorted keys; one key is still a dict, one tensor in a list is bare (SEMANTICS 69)."""
    number = count_to(4)
    several = tf.train.batch({"b": number, "a": tf.as_string(number), 3: tf.constant(1.5)}, 2)
    assert [tensor.name for tensor in (several[3], several["a"], several["b"])] == ["batch:0", "batch:1", "batch:2"]
    alone, bare = tf.train.batch({"x": tf.constant(1)}, 2), tf.train.batch([tf.constant(1)], 2)
    assert isinstance(bare, tf.Tensor)
    with running() as session:
        values = session.run(several)
        assert (values["b"].tolist(), values["a"].tolist(), values[3].tolist()) == ([0, 1], [b"0", b"1"], [1.5, 1.5])
        assert session.run(alone)["x"].tolist() == [1, 1]


def test_a_batch_size_may_be_a_tensor() -> None:
    """Its value is read at each run; the static size is unknown then (SEMANTICS 14)."""
    size = tf.placeholder(tf.int32, [])
    batch = tf.train.batch([count_to(10)], size)
    assert batch.shape.as_list() == [None]
    with running() as session:
        assert session.run(batch, {size: 3}).tolist() == [0, 1, 2]
        assert session.run(batch, {size: 1}).tolist() == [3]


def test_a_shuffled_batch_has_every_example_once() -> None:
    """In another order than they were read (SEMANTICS 27, 29, 68)."""
    number = count_to(100)
    batch = tf.train.shuffle_batch(
        [number, number * number], 20, capacity=60, min_after_dequeue=30, seed=5, num_threads=2
    )
    with running() as session:
        batches = [session.run(batch) for _ in range(5)]
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(batch)
    numbers = [int(number) for one, _ in batches for number in one]
    assert sorted(numbers) == list(range(100))
    assert numbers != sorted(numbers)
    assert all((squares == one**2).all() for one, squares in batches)


def test_a_shuffled_rest_may_be_smaller() -> None:
    """allow_smaller_final_batch holds for shuffle_batch, too, with dicts and enqueue_many (SEMANTICS 68, 69)."""
    rows = tf.train.limit_epochs(tf.constant([1, 2, 3]), 2)
    batch = tf.train.shuffle_batch(
        {"row": rows}, 4, capacity=9, min_after_dequeue=2, enqueue_many=True, allow_smaller_final_batch=True
    )
    with running() as session:
        taken = [session.run(batch)["row"].tolist() for _ in range(2)]
        assert [len(one) for one in taken] == [4, 2]
        assert sorted(taken[0] + taken[1]) == [1, 1, 2, 2, 3, 3]


def test_bad_arguments_are_refused() -> None:
    """No tensors, unknown ranks, a capacity that leaves no room (SEMANTICS 70)."""
    with pytest.raises(ValueError, match=r"Expected at least one tensor in batch\(\)"):
        tf.train.batch([], 3)
    with pytest.raises(ValueError, match="Expected at least one tensor"):
        tf.train.shuffle_batch({}, 3, 10, 2)
    with pytest.raises(ValueError, match="Cannot infer Tensor's rank"):
        tf.train.batch([tf.placeholder(tf.int32)], 3)
    for minimum in (3, 4):
        with pytest.raises(ValueError, match=f"capacity 3 must be bigger than min_after_dequeue {minimum}"):
            tf.train.shuffle_batch([tf.constant(1)], 3, 3, minimum)
    with pytest.raises(ValueError, match="must have rank at least 1"):
        tf.train.batch([tf.constant(1)], 3, enqueue_many=True)
    with pytest.raises(ValueError, match=r"Dimensions 2 and 3 are not compatible .component 1 of queue"):
        tf.train.batch([tf.constant([1, 2]), tf.constant([1, 2, 3])], 3, enqueue_many=True)


def test_given_shapes_stand_in_for_unknown_ones() -> None:
    """`shapes` says what the tensors do not; a wrong example is refused at its run, by queue and component."""
    value = tf.placeholder_with_default(np.zeros(3, np.float32), None)
    batch = tf.train.batch([tf.constant(1), value], 2, shapes=[[], [2]], name="pairs")
    assert batch[1].shape.as_list() == [2, 2]
    coord = tf.train.Coordinator()
    with tf.Session() as session:
        threads = tf.train.start_queue_runners(session, coord)
        words = r"component 1\. Expected \[2\], got \[3\] \(queue 'pairs/fifo_queue'\)"
        with pytest.raises(tf.errors.OutOfRangeError, match=words):
            session.run(batch)
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            coord.join(threads)


def test_names_of_batchers() -> None:
    """Scope, queue and batch bear the function's name, or the one given (SEMANTICS 74)."""
    first, second = tf.train.batch([tf.constant(1)], 3), tf.train.shuffle_batch([tf.constant(1)], 3, 9, 1, name="mixed")
    assert (first.name, second.name) == ("batch:0", "mixed:0")
    names = [runner.name for runner in tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)]
    assert names == ["batch/fifo_queue", "mixed/random_shuffle_queue"]
    assert first.op.inputs[0].op.name == "batch/fifo_queue"
    shared = tf.train.batch([tf.constant(1)], 3, shared_name="MyName")
    assert shared.op.inputs[0].op.node_def.attr["shared_name"].s == b"MyName"


def test_batchers_tell_how_full_they_are() -> None:
    """size / capacity, and for a shuffler what is above its minimum, under TensorFlow's tags (SEMANTICS 73)."""
    plain = tf.train.batch([count_to(4)], 4, capacity=8)
    mixed = tf.train.shuffle_batch([count_to(5)], 2, capacity=10, min_after_dequeue=3)
    with running() as session:
        wait_until(lambda: session.run([plain.op.inputs[0].op.name + "_Size:0"])[0] == 4)
        wait_until(lambda: session.run([mixed.op.inputs[0].op.name + "_Size:0"])[0] == 5)
        tags = summary_values(session)
    assert tags == {
        "batch/fraction_of_8_full": 0.5,
        "shuffle_batch/fraction_over_3_of_7_full": pytest.approx(2 / 7),
    }


def test_a_chain_of_runners_closes_one_after_the_other() -> None:
    """Names, rows, batches: the end of the first is the end of the last, and nothing is lost (SEMANTICS 65)."""
    number = tf.train.range_input_producer(6, num_epochs=2, shuffle=False).dequeue()
    rows = tf.train.batch([number], 4)
    pairs = tf.train.batch([rows], 2, enqueue_many=True)
    with running() as session:
        assert [value.tolist() for value in drain(session, pairs)] == [[0, 1], [2, 3], [4, 5]] * 2


def test_a_batcher_needs_a_thread() -> None:
    """Zero threads would fill nothing: said by the argument's name."""
    with pytest.raises(ValueError, match="num_threads must be > 0, not 0"):
        tf.train.batch([tf.constant(1)], 2, num_threads=0)
