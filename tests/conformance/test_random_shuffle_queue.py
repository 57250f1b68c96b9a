"""RandomShuffleQueue is TensorFlow 1's (SEMANTICS 22, 23, 25 to 30)."""

import pytest

import tfqueue as tf
from tests.conformance.parking import parked, times_out

SHORT = r"RandomShuffleQueue '_\d+_Q' is closed and has insufficient elements"


def shuffler(capacity=9, minimum=0, **rest):
    return tf.RandomShuffleQueue(capacity, minimum, tf.int32, [()], name="Q", **rest)


def test_a_shuffle_queue_keeps_its_minimum_back_while_it_is_open():
    """A dequeue must leave min_after_dequeue; once closed they come out (SEMANTICS 27)."""
    queue = shuffler(minimum=2)
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2, 3]]))
        first = session.run(queue.dequeue())
        times_out(session, queue.dequeue())
        session.run(queue.close())
        rest = session.run(queue.dequeue_many(2)).tolist()
        assert sorted([first, *rest]) == [1, 2, 3]


def test_dequeue_many_takes_one_at_a_time_above_the_minimum():
    """Four of which two must stay: a batch of three holds two and waits for one more (SEMANTICS 27)."""
    queue = shuffler(minimum=2)
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2, 3, 4]]))
        batch = parked(session, queue.dequeue_many(3), queue, dequeues=1)
        assert session.run(queue.size()) == 2
        session.run(queue.enqueue(5))
        taken = batch.result().tolist()
        assert session.run(queue.size()) == 2
        session.run(queue.close())
        assert sorted(taken + session.run(queue.dequeue_many(2)).tolist()) == [1, 2, 3, 4, 5]


def test_a_close_frees_those_who_wait_for_more_than_the_minimum():
    """What was kept back is enough then (SEMANTICS 24, 27)."""
    queue = shuffler(minimum=3)
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2, 3]]))
        batch = parked(session, queue.dequeue_many(2), queue, dequeues=1)
        session.run(queue.close())
        assert set(batch.result().tolist()) < {1, 2, 3}
        assert session.run(queue.size()) == 1


@pytest.mark.parametrize("capacity", [2, 1])
def test_a_minimum_must_be_below_the_capacity(capacity):
    """The handle op says so when it runs (SEMANTICS 28)."""
    queue = shuffler(capacity, 2)
    words = f"min_after_dequeue 2 must be < capacity {capacity}"
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match=words) as caught:
        session.run(queue.size())
    assert caught.value.op.name == "Q"


def test_a_minimum_is_not_negative_and_any_will_do_without_a_bound():
    """Asked of a queue without bound, it is never too large (SEMANTICS 12, 28)."""
    negative, endless = shuffler(2, -2), shuffler(-1, 5)
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match="-2 must be >= 0"):
            session.run(negative.size())
        assert session.run(endless.size()) == 0


def orders(seed, count=2):
    """The orders of so many batches of one queue."""
    queue = shuffler(100, seed=seed)
    fill, batch = queue.enqueue_many([list(range(50))]), queue.dequeue_many(50)
    with tf.Session() as session:
        found = []
        for _ in range(count):
            session.run(fill)
            found.append(session.run(batch).tolist())
    return found


def test_two_seeds_and_two_batches_differ_in_order():
    """One seed repeats, and every element comes once (SEMANTICS 29)."""
    first, again, other = orders(1), orders(1), orders(2)
    assert sorted(first[0]) == sorted(first[1]) == list(range(50))
    assert first == again
    assert first[0] != first[1]
    assert first[0] != other[0]


def test_the_op_seed_of_a_shared_queue():
    """With a graph seed and no op seed it follows from graph seed and shared name (SEMANTICS 30)."""
    tf.set_random_seed(87654321)
    shared = shuffler(shared_name="shared_queue").queue_ref.op
    assert (shared.get_attr("seed"), shared.get_attr("seed2")) == (87654321, 887634792)
    seeded = shuffler(seed=5, shared_name="shared_queue").queue_ref.op
    assert (seeded.get_attr("seed"), seeded.get_attr("seed2")) == (87654321, 5)


def test_shared_queues_compare_minimum_and_seeds():
    """They must agree; no seeds at all match any (SEMANTICS 30, 41)."""
    first, seedless = shuffler(minimum=1, seed=1, shared_name="r"), shuffler(minimum=1, shared_name="r")
    with tf.Session() as session:
        session.run(first.size())
        session.run(seedless.size())
        others = [
            (shuffler(minimum=0, seed=1, shared_name="r"), "min_after_dequeue"),
            (shuffler(minimum=1, seed=2, shared_name="r"), "random seeds"),
        ]
        for other, words in others:
            with pytest.raises(tf.errors.InvalidArgumentError, match=words):
                session.run(other.size())


def test_a_closed_shuffle_queue_says_so():
    """Under its own kind (SEMANTICS 22, 23)."""
    queue = shuffler()
    with tf.Session() as session:
        session.run(queue.enqueue(1))
        session.run(queue.close())
        with pytest.raises(tf.errors.CancelledError, match=r"RandomShuffleQueue '_\d+_Q' is closed\."):
            session.run(queue.enqueue(2))
        with pytest.raises(tf.errors.OutOfRangeError, match=rf"{SHORT} \(requested 2, current size 1\)"):
            session.run(queue.dequeue_many(2))
        assert session.run(queue.dequeue_up_to(2)).tolist() == [1]
        with pytest.raises(tf.errors.OutOfRangeError, match=rf"{SHORT} \(requested 1, current size 0\)"):
            session.run(queue.dequeue())


def test_close_gives_a_partial_batch_back():
    """Anywhere in the queue (SEMANTICS 25)."""
    queue = shuffler()
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2]]))
        batch = parked(session, queue.dequeue_many(3), queue, dequeues=1)
        session.run(queue.close())
        with pytest.raises(tf.errors.OutOfRangeError, match=rf"{SHORT} \(requested 1, current size 0\)"):
            batch.result()
        assert sorted(session.run(queue.dequeue_many(2)).tolist()) == [1, 2]


def test_dequeue_up_to_waits_while_open_and_takes_the_rest_when_closed():
    """The minimum holds for it as well (SEMANTICS 26, 27)."""
    queue = shuffler(minimum=1)
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2]]))
        batch = parked(session, queue.dequeue_up_to(3), queue, dequeues=1)
        assert session.run(queue.size()) == 1
        session.run(queue.close())
        assert sorted(batch.result().tolist()) == [1, 2]
