"""PriorityQueue is TensorFlow 1's (SEMANTICS 17, 22, 23, 26, 34, 35)."""

import numpy as np
import pytest

import tfqueue as tf
from tests.conformance.parking import parked, times_out


def priorities(capacity=9, types=tf.string, shapes=((),), **rest):
    return tf.PriorityQueue(capacity, types, list(shapes), name="Q", **rest)


def test_a_priority_stands_before_the_other_components():
    """An int64 scalar, so that there are always two components at least (SEMANTICS 17, 34)."""
    queue = priorities()
    assert [dtype.name for dtype in queue.dtypes] == ["int64", "string"]
    assert [shape.as_list() for shape in queue.shapes] == [[], []]
    for taken in (queue.dequeue(), queue.dequeue_many(2), queue.dequeue_up_to(2)):
        assert [tensor.dtype for tensor in taken] == [tf.int64, tf.string]
    with pytest.raises(TypeError):
        tf.PriorityQueue(9, tf.string)


def test_the_least_goes_first():
    """Whatever the order in which they came; negative ones too (SEMANTICS 34)."""
    queue = priorities()
    with tf.Session() as session:
        session.run(queue.enqueue_many(([5, 1, 3], ["five", "one", "three"])))
        session.run(queue.enqueue((np.int64(-2), "minus two")))
        found = [session.run(queue.dequeue()) for _ in range(4)]
    assert found == [[-2, b"minus two"], [1, b"one"], [3, b"three"], [5, b"five"]]


def test_components_of_equal_priority_stay_together():
    """In any order (SEMANTICS 34)."""
    queue = priorities(99, [tf.int32, tf.string], [(), ()])
    numbers = list(range(50))
    with tf.Session() as session:
        session.run(queue.enqueue_many(([n % 3 for n in numbers], numbers, [str(n) for n in numbers])))
        keys, found, words = session.run(queue.dequeue_many(50))
    assert keys.tolist() == sorted(n % 3 for n in numbers)
    assert [int(word) for word in words] == found.tolist()
    assert [number % 3 for number in found] == keys.tolist()
    assert sorted(found.tolist()) == numbers


def test_a_batch_takes_nothing_until_all_of_it_is_there():
    """So that it is sorted as a whole, of what came late too (SEMANTICS 34)."""
    queue = priorities()
    with tf.Session() as session:
        session.run(queue.enqueue_many(([5, 7], ["five", "seven"])))
        batch = parked(session, queue.dequeue_many(3), queue, dequeues=1)
        assert session.run(queue.size()) == 2
        session.run(queue.enqueue((np.int64(1), "one")))
        keys, words = batch.result()
    assert (keys.tolist(), words.tolist()) == ([1, 5, 7], [b"one", b"five", b"seven"])


def test_a_batch_of_more_than_the_capacity_waits_for_ever():
    """And what is there stays (SEMANTICS 34)."""
    queue = priorities(2)
    with tf.Session() as session:
        session.run(queue.enqueue_many(([2, 1], ["two", "one"])))
        times_out(session, queue.dequeue_many(3))
        assert session.run(queue.size()) == 2


def test_priorities_are_int64():
    """TypeErrors when it is built (SEMANTICS 35)."""
    queue = priorities()
    with pytest.raises(TypeError):
        queue.enqueue_many((["a", "b", "c"], ["a", "b", "c"]))
    with pytest.raises(TypeError):
        queue.enqueue_many(([0.0, 1.0, 2.0], ["a", "b", "c"]))


def test_priorities_are_scalars():
    """What was not known when it was built fails when it runs (SEMANTICS 35)."""
    queue = priorities()
    key, word = tf.placeholder(tf.int64), tf.placeholder(tf.string)
    one, many = queue.enqueue((key, word)), queue.enqueue_many((key, word))
    cases = [
        (one, [1, 2], "a", r"Shape mismatch in tuple component 0\. Expected \[\], got \[2\]"),
        (many, [[1, 2], [3, 4]], ["a", "b"], r"Shape mismatch in tuple component 0\. Expected \[2\], got \[2,2\]"),
    ]
    with tf.Session() as session:
        for enqueue, left, right, words in cases:
            with pytest.raises(tf.errors.InvalidArgumentError, match=words):
                session.run(enqueue, {key: left, word: right})


def test_a_closed_priority_queue_says_so():
    """Under its own kind; a short batch leaves what is there (SEMANTICS 22, 23, 25)."""
    queue = priorities()
    short = r"PriorityQueue '_\d+_Q' is closed and has insufficient elements"
    with tf.Session() as session:
        session.run(queue.enqueue((np.int64(1), "one")))
        batch = parked(session, queue.dequeue_many(3), queue, dequeues=1)
        session.run(queue.close())
        with pytest.raises(tf.errors.OutOfRangeError, match=rf"{short} \(requested 3, current size 1\)"):
            batch.result()
        with pytest.raises(tf.errors.CancelledError, match=r"PriorityQueue '_\d+_Q' is closed\."):
            session.run(queue.enqueue((np.int64(2), "two")))
        assert session.run(queue.dequeue()) == [1, b"one"]
        with pytest.raises(tf.errors.OutOfRangeError, match=rf"{short} \(requested 1, current size 0\)"):
            session.run(queue.dequeue())


def test_dequeue_up_to_takes_the_rest_when_closed():
    """In order of priority, then OutOfRangeError (SEMANTICS 26; TensorFlow 2.21 loses a rest smaller than n)."""
    queue = priorities()
    with tf.Session() as session:
        session.run(queue.enqueue_many(([3, 1, 2], ["three", "one", "two"])))
        session.run(queue.close())
        assert session.run(queue.dequeue_up_to(2))[1].tolist() == [b"one", b"two"]
        assert session.run(queue.dequeue_up_to(2))[1].tolist() == [b"three"]
        with pytest.raises(tf.errors.OutOfRangeError, match="current size 0"):
            session.run(queue.dequeue_up_to(2))
