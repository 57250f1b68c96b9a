"""Batchers of several sources, and those that leave out examples (SEMANTICS 68-71, 73, 74)."""

from collections.abc import Callable
from typing import Any

import pytest

import tfqueue as tf
from tests.train.pipelines import count_to, drain, running, summary_values
from tfqueue.testing import wait_until

# Several sources


def source(name: str, limit: int) -> Any:
    """An example: where it comes from, and its number there."""
    return [tf.constant(name), count_to(limit)]


def test_each_source_keeps_its_order() -> None:
    """A thread reads each source; nothing is lost when one ends before the other (SEMANTICS 68)."""
    batch = tf.train.batch_join([source("a", 20), source("b", 10)], 5)
    assert [tensor.shape.as_list() for tensor in batch] == [[5], [5]]
    (runner,) = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
    assert len(set(runner.enqueue_ops)) == 2
    with running() as session:
        batches = drain(session, batch)
    examples = [example for names, numbers in batches for example in zip(names, numbers, strict=True)]
    for name, limit in ((b"a", 20), (b"b", 10)):
        assert [number for other, number in examples if other == name] == list(range(limit))


def test_a_shuffled_join_has_every_example_once() -> None:
    """In another order than any source's (SEMANTICS 27, 68)."""
    batch = tf.train.shuffle_batch_join(
        [source("a", 30), source("b", 20)], 10, capacity=40, min_after_dequeue=15, seed=3
    )
    with running() as session:
        batches = drain(session, batch)
    examples = [example for names, numbers in batches for example in zip(names, numbers.tolist(), strict=True)]
    assert sorted(examples) == [(b"a", n) for n in range(30)] + [(b"b", n) for n in range(20)]
    assert [n for name, n in examples if name == b"a"] != list(range(30))


@pytest.mark.parametrize("smaller", [True, False])
def test_the_rest_of_a_join(smaller: bool) -> None:
    """As for `batch`, a smaller final batch has to be allowed (SEMANTICS 68)."""
    batches = [
        tf.train.batch_join([source("a", 3), source("b", 4)], 5, allow_smaller_final_batch=smaller),
        tf.train.shuffle_batch_join(
            [source("a", 3), source("b", 4)], 5, capacity=10, min_after_dequeue=2, allow_smaller_final_batch=smaller
        ),
    ]
    with running() as session:
        for batch in batches:
            assert [tensor.shape.as_list() for tensor in batch] == [[None if smaller else 5]] * 2
            assert [len(names) for names, _ in drain(session, batch)] == ([5, 2] if smaller else [5])


def test_joins_take_batches_apart_and_pad() -> None:
    """`enqueue_many` and `dynamic_pad` hold for each source (SEMANTICS 68)."""
    rows = [tf.train.limit_epochs(tf.constant(numbers), 1) for numbers in ([1, 2, 3], [4])]
    split = tf.train.batch_join([[one] for one in rows], 4, enqueue_many=True)
    wide, narrow = (tf.train.limit_epochs(tf.fill([width], width), 1) for width in (3, 1))
    wide, narrow = (tf.placeholder_with_default(one, [None]) for one in (wide, narrow))
    padded = tf.train.batch_join([[wide], [narrow]], 2, dynamic_pad=True)
    assert padded.shape.as_list() == [2, None]
    with running() as session:
        assert sorted(session.run(split).tolist()) == [1, 2, 3, 4]
        assert sorted(session.run(padded).tolist()) == [[1, 0, 0], [3, 3, 3]]


@pytest.mark.parametrize(
    "join", [tf.train.batch_join, lambda examples, size: tf.train.shuffle_batch_join(examples, size, 20, 3)]
)
def test_dicts_are_joined_by_key(join: Callable[..., Any]) -> None:
    """A dict comes back, with one key too; the sources' keys must be the same (SEMANTICS 69)."""
    batch = join([{"name": tf.constant(name), "number": count_to(4)} for name in ("a", "b")], 8)
    alone, bare = join([{"x": tf.constant(1)}], 2), join([[tf.constant(1)]], 2)
    assert isinstance(bare, tf.Tensor)
    with running() as session:
        values = session.run(batch)
        assert session.run(alone)["x"].tolist() == [1, 1]
    examples = zip(values["name"], values["number"].tolist(), strict=True)
    assert sorted(examples) == [(name, number) for name in (b"a", b"b") for number in range(4)]
    for other in ({"y": tf.constant(1)}, [tf.constant(1)]):
        with pytest.raises(ValueError, match="must have the same keys"):
            join([{"x": tf.constant(1)}, other], 2)


def test_sources_must_be_alike() -> None:
    """No sources, no tensors, other dtypes, other shapes, no room to shuffle (SEMANTICS 70)."""
    with pytest.raises(ValueError, match="Expected at least one set of tensors"):
        tf.train.batch_join([], 3)
    with pytest.raises(ValueError, match="Expected at least one tensor"):
        tf.train.batch_join([[]], 3)
    with pytest.raises(TypeError, match=r"Expected types to be consistent: int32 vs\. float32"):
        tf.train.batch_join([[tf.constant(1)], [tf.constant(1.5)]], 3)
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(1,\) are not compatible"):
        tf.train.batch_join([[tf.constant([1, 2])], [tf.constant([1])]], 3)
    with pytest.raises(ValueError, match="Cannot infer Tensor's rank"):
        tf.train.shuffle_batch_join([[tf.constant(1)], [tf.placeholder(tf.int32)]], 3, 10, 2)
    with pytest.raises(ValueError, match="capacity 3 must be bigger than min_after_dequeue 3"):
        tf.train.shuffle_batch_join([[tf.constant(1)]], 3, 3, 3)


def test_joins_tell_how_full_they_are_under_their_names() -> None:
    """Scopes bear the functions' names, also in tags (SEMANTICS 73, 74)."""
    plain = tf.train.batch_join([source("a", 4)], 4, capacity=8)
    mixed = tf.train.shuffle_batch_join([source("a", 5)], 2, capacity=10, min_after_dequeue=3)
    assert (plain[0].name, mixed[0].name) == ("batch_join:0", "shuffle_batch_join:0")
    names = [runner.name for runner in tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)]
    assert names == ["batch_join/fifo_queue", "shuffle_batch_join/random_shuffle_queue"]
    with running() as session:
        wait_until(lambda: session.run([f"{name}_Size:0" for name in names]) == [4, 5])
        tags = summary_values(session)
    assert tags == {
        "batch_join/fraction_of_8_full": 0.5,
        "shuffle_batch_join/fraction_over_3_of_7_full": pytest.approx(2 / 7),
    }


# Examples that are left out

Maybe = Callable[..., Any]
"""maybe(tensors, keep_input, batch_size, **options), of any kind."""


def joined(tensors: Any, keep_input: Any, size: int, **options: Any) -> Any:
    return tf.train.maybe_batch_join([tensors], keep_input, size, **options)


def shuffled(tensors: Any, keep_input: Any, size: int, **options: Any) -> Any:
    return tf.train.maybe_shuffle_batch(tensors, size, 20, 0, keep_input, **options)


def shuffled_join(tensors: Any, keep_input: Any, size: int, **options: Any) -> Any:
    return tf.train.maybe_shuffle_batch_join([tensors], size, 20, 0, keep_input, **options)


every_maybe = pytest.mark.parametrize("maybe", [tf.train.maybe_batch, joined, shuffled, shuffled_join])


@every_maybe
def test_an_example_may_be_left_out(maybe: Maybe) -> None:
    """Where the scalar is false; components of one example stay together (SEMANTICS 71)."""
    number = count_to(12)
    batch = maybe([number, tf.as_string(number)], tf.equal(tf.mod(number, 3), 0), 2)
    with running() as session:
        batches = drain(session, batch)
    examples = [example for pair in batches for example in zip(*pair, strict=True)]
    assert sorted(examples) == [(0, b"0"), (3, b"3"), (6, b"6"), (9, b"9")]


@every_maybe
def test_a_whole_batch_may_be_left_out(maybe: Maybe) -> None:
    """By a scalar, with `enqueue_many` (SEMANTICS 71)."""
    number = count_to(4)
    batch = maybe([tf.stack([number, number + 10])], tf.equal(tf.mod(number, 2), 0), 4, enqueue_many=True)
    with running() as session:
        assert [sorted(taken.tolist()) for taken in drain(session, batch)] == [[0, 2, 10, 12]]


@every_maybe
def test_rows_may_be_picked(maybe: Maybe) -> None:
    """By a vector, with `enqueue_many`; a vector of the graph, of Python or NumPy (SEMANTICS 71)."""
    rows = tf.train.limit_epochs(tf.constant([1, 2, 3, 4]), 2)
    batch = maybe(
        {"row": rows, "word": tf.constant(["a", "b", "c", "d"])}, [True, False, False, True], 4, enqueue_many=True
    )
    even = count_to(3)
    picked = maybe(
        [tf.stack([even, even + 1])], tf.equal(tf.mod(tf.stack([even, even + 1]), 2), 0), 3, enqueue_many=True
    )
    none = maybe([tf.train.limit_epochs(tf.constant([1, 2]), 2)], tf.constant([False, False]), 1, enqueue_many=True)
    with running() as session:
        values = session.run(batch)
        pairs = zip(values["row"].tolist(), values["word"], strict=True)
        assert sorted(pairs) == [(1, b"a"), (1, b"a"), (4, b"d"), (4, b"d")]
        assert sorted(session.run(picked).tolist()) == [0, 2, 2]
        assert drain(session, none) == []


@every_maybe
def test_what_is_left_out_is_read(maybe: Maybe) -> None:
    """Nothing is kept, and the end of input still comes: with a constant too, where TensorFlow spins (SEMANTICS 71)."""
    batches = [maybe([count_to(5)], keep, 1) for keep in (False, tf.placeholder_with_default(False, []))]
    with running() as session:
        for batch in batches:
            assert drain(session, batch) == []
        assert session.run(tf.local_variables()) == [5, 5]


def test_what_is_kept_fits_the_queue() -> None:
    """A smaller final batch, padding, names and tags are those of `batch` (SEMANTICS 71, 73, 74)."""
    number = tf.cast(count_to(4), tf.int32)
    example = tf.placeholder_with_default(tf.fill([number], number), [None])
    batch = tf.train.maybe_batch([example], tf.greater(number, 0), 2, dynamic_pad=True, allow_smaller_final_batch=True)
    assert batch.name == "batch:0"
    with running() as session:
        assert [taken.tolist() for taken in drain(session, batch)] == [[[1, 0], [2, 2]], [[3, 3, 3]]]
        assert list(summary_values(session)) == ["batch/fraction_of_32_full"]


@every_maybe
def test_what_cannot_say_what_is_kept(maybe: Maybe) -> None:
    """A vector without `enqueue_many`, a matrix, and what may be any of these (SEMANTICS 71)."""
    rows = tf.constant([1, 2])
    with pytest.raises(ValueError, match="`keep_input` cannot be a vector"):
        maybe([rows], tf.constant([True, False]), 2)
    with pytest.raises(ValueError, match="`keep_input` must be 0 or 1 dimensions"):
        maybe([rows], tf.constant([[True, False]]), 2, enqueue_many=True)
    with pytest.raises(ValueError, match="`keep_input` dimensions must be known at graph construction"):
        maybe([rows], tf.placeholder(tf.bool), 2, enqueue_many=True)
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(3,\) are incompatible"):
        maybe([rows], [True, False, True], 2, enqueue_many=True)
    with pytest.raises(TypeError, match="expected type of bool"):
        maybe([rows], tf.placeholder(tf.int32, []), 2)


def test_a_queue_is_filled_only_where_it_is_told_to(session: tf.Session) -> None:
    """`enqueue_if` and `enqueue_many_if` are the enqueues of those batchers; what does not fit is refused as ever."""
    queue, keep = tf.FIFOQueue(10, tf.int32, [[]]), tf.placeholder(tf.bool, [])
    one, many = queue.enqueue_if(keep, 1), queue.enqueue_many_if(keep, [[2, 3]])
    assert (one.name, many.name) == ("fifo_queue_enqueue", "fifo_queue_EnqueueMany")
    for truth, size in ((False, 0), (True, 3)):
        session.run(one, {keep: truth})
        session.run(many, {keep: truth})
        assert session.run(queue.size()) == size
    with pytest.raises(ValueError, match="must have rank 0"):
        queue.enqueue_if([True], 1)


@pytest.fixture
def session() -> Any:
    with tf.Session() as session:
        yield session
