"""FIFOQueue, and what all queues share, is TensorFlow 1's: enqueue, dequeue, close (SEMANTICS 9 to 26)."""

import numpy as np
import pytest

import tfqueue as tf
from tests.conformance.parking import closing, parked, times_out
from tfqueue.testing import run_in_thread, wait_until

SHORT = r"FIFOQueue '_\d+_Q' is closed and has insufficient elements"


def fifo(capacity=9, dtypes=tf.int32, shapes=((),), **rest):
    return tf.FIFOQueue(capacity, dtypes, list(shapes), name="Q", **rest)


def everything(session, queue):
    """All that is in a queue, taken out."""
    return session.run(queue.dequeue_many(queue.size())).tolist()


# Enqueue -------------------------------------------------------------------------------------------------------------


def test_enqueue_waits_while_the_queue_is_full():
    """It goes in as soon as there is room (SEMANTICS 9)."""
    queue = fifo(1)
    with tf.Session() as session:
        session.run(queue.enqueue(1))
        waiting = parked(session, queue.enqueue(2), queue, enqueues=1)
        assert session.run(queue.dequeue()) == 1
        waiting.result()
        assert session.run(queue.dequeue()) == 2


def test_enqueue_many_is_not_atomic():
    """What fits goes in, the rest waits; it may be more than the queue holds (SEMANTICS 9)."""
    queue = fifo(2)
    with tf.Session() as session:
        filling = parked(session, queue.enqueue_many([[1, 2, 3, 4, 5]]), queue, enqueues=1)
        assert session.run(queue.size()) == 2
        assert session.run(queue.dequeue_many(5)).tolist() == [1, 2, 3, 4, 5]
        filling.result()


def test_enqueues_go_in_by_turns():
    """The first that waits is the first that goes in, all of it before the next (SEMANTICS 9)."""
    queue = fifo(1)
    with tf.Session() as session:
        session.run(queue.enqueue(0))
        first = parked(session, queue.enqueue_many([[1, 2]]), queue, enqueues=1)
        second = parked(session, queue.enqueue_many([[3, 4]]), queue, enqueues=2)
        assert session.run(queue.dequeue_many(5)).tolist() == [0, 1, 2, 3, 4]
        first.result()
        second.result()


def test_a_timed_out_enqueue_many_leaves_what_it_had_put_in():
    """Two of four stay, and the rest never comes (SEMANTICS 10)."""
    queue = fifo(2)
    with tf.Session() as session:
        times_out(session, queue.enqueue_many([[1, 2, 3, 4]]))
        assert session.run(queue.size()) == 2
        assert everything(session, queue) == [1, 2]
        assert session.run(queue.size()) == 0


def test_enqueue_many_of_nothing_returns_at_once():
    """No elements need no room, and no open queue (SEMANTICS 11)."""
    queue = fifo(1)
    with tf.Session() as session:
        session.run(queue.enqueue(1))
        session.run(queue.enqueue_many([[]]))
        session.run(queue.close())
        session.run(queue.enqueue_many([[]]))
        assert session.run(queue.size()) == 1


def test_capacity_below_zero_is_unbounded_and_zero_blocks():
    """Both can be built (SEMANTICS 12)."""
    endless, nothing = fifo(-1), fifo(0)
    with tf.Session() as session:
        session.run(endless.enqueue_many([list(range(1000))]))
        assert session.run(endless.size()) == 1000
        times_out(session, nothing.enqueue(1))


# Dequeue -------------------------------------------------------------------------------------------------------------


def test_dequeue_waits_while_the_queue_is_empty():
    """It gets the first element that comes (SEMANTICS 13)."""
    queue = fifo()
    with tf.Session() as session:
        waiting = parked(session, queue.dequeue(), queue, dequeues=1)
        session.run(queue.enqueue(1))
        assert waiting.result() == 1


def test_dequeue_many_takes_elements_as_they_come():
    """It holds them, so that size() counts only the rest, and may ask for more than the queue holds (SEMANTICS 13)."""
    queue = fifo(2)
    with tf.Session() as session:
        waiting = parked(session, queue.dequeue_many(5), queue, dequeues=1)
        for numbers in ([1, 2], [3, 4]):
            session.run(queue.enqueue_many([numbers]))
            assert session.run(queue.size()) == 0
        session.run(queue.enqueue_many([[5, 6]]))
        assert waiting.result().tolist() == [1, 2, 3, 4, 5]
        assert session.run(queue.size()) == 1


def test_only_the_head_moves():
    """A dequeue behind a blocked dequeue_many(3) waits for it (SEMANTICS 3.1, 13)."""
    queue = fifo()
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2]]))
        many = parked(session, queue.dequeue_many(3), queue, dequeues=1)
        one = parked(session, queue.dequeue(), queue, dequeues=2)
        session.run(queue.enqueue(3))
        assert many.result().tolist() == [1, 2, 3]
        assert not one.done()
        session.run(queue.enqueue(4))
        assert one.result() == 4


def test_a_count_may_itself_be_a_dequeue():
    """The number of elements is a tensor, read when the op runs (SEMANTICS 14)."""
    counts, queue = fifo(), fifo()
    batch = queue.dequeue_many(counts.dequeue())
    with tf.Session() as session:
        session.run([counts.enqueue_many([[2, 3, 0]]), queue.enqueue_many([[1, 2, 3, 4, 5]])])
        assert [session.run(batch).tolist() for _ in range(3)] == [[1, 2], [3, 4, 5], []]


def test_batches_have_the_static_size_of_a_constant_count():
    """`dequeue_many(3)` is [3] + shape, of a tensor [None] + shape, and `dequeue_up_to` always so (SEMANTICS 14)."""
    queue = fifo(shapes=[(2,)])
    assert queue.dequeue().shape == [2]
    assert queue.dequeue_many(3).shape == [3, 2]
    assert queue.dequeue_many(tf.placeholder(tf.int32)).shape.as_list() == [None, 2]
    assert queue.dequeue_up_to(3).shape.as_list() == [None, 2]
    assert tf.FIFOQueue(10, tf.int32).dequeue_many(3).shape.ndims is None


def test_a_batch_of_none_does_not_wait():
    """`dequeue_many(0)` gives [0] + shape, open or closed (SEMANTICS 15)."""
    queue = fifo(dtypes=[tf.int32, tf.string], shapes=[(2,), ()])
    empty = queue.dequeue_many(0)
    with tf.Session() as session:
        for close in (False, True):
            if close:
                session.run(queue.close())
            numbers, words = session.run(empty)
            assert (numbers.shape, numbers.dtype, words.shape) == ((0, 2), np.int32, (0,))


def test_batches_need_declared_shapes():
    """Without shapes dequeue_many and dequeue_up_to fail, even of 0; a dequeue is fine (SEMANTICS 16)."""
    queue = tf.FIFOQueue(3, tf.int32)
    words = r"FIFOQueue's DequeueMany and DequeueUpTo require the components to have specified shapes\."
    with tf.Session() as session:
        session.run(queue.enqueue([[1, 2]]))
        for batch in (queue.dequeue_many(1), queue.dequeue_many(0), queue.dequeue_up_to(1)):
            with pytest.raises(tf.errors.InvalidArgumentError, match=words):
                session.run(batch)
        assert session.run(queue.dequeue()).tolist() == [1, 2]


def test_one_component_is_a_tensor_and_several_are_a_list():
    """A queue of one component gives a tensor, of several a list; named ones come as a dict (SEMANTICS 17)."""
    assert isinstance(fifo().dequeue(), tf.Tensor)
    several = fifo(dtypes=[tf.int32, tf.string], shapes=[(), ()])
    for taken in (several.dequeue(), several.dequeue_many(2), several.dequeue_up_to(2)):
        assert [tensor.dtype for tensor in taken] == [tf.int32, tf.string]
    named = fifo(dtypes=[tf.int32, tf.float32], shapes=[(), ()], names=["i", "f"])
    one, many = named.dequeue(), named.dequeue_many(2)
    with tf.Session() as session:
        session.run(named.enqueue({"f": 0.5, "i": 1}))
        session.run(named.enqueue_many({"f": [1.5, 2.5], "i": [2, 3]}))
        assert session.run(one) == {"i": 1, "f": 0.5}
        batch = session.run(many)
    assert {name: array.tolist() for name, array in batch.items()} == {"i": [2, 3], "f": [1.5, 2.5]}


@pytest.mark.parametrize("take", ["dequeue_many", "dequeue_up_to"])
def test_a_timeout_loses_what_a_batch_held(take):
    """As in TensorFlow: two in the queue, four asked for, none left; the queue works on (SEMANTICS 18)."""
    queue = fifo()
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2]]))
        times_out(session, getattr(queue, take)(4))
        assert session.run(queue.size()) == 0
        session.run(queue.enqueue(3))
        assert session.run(queue.dequeue()) == 3


# Close ---------------------------------------------------------------------------------------------------------------


def test_close_waits_its_turn_behind_blocked_enqueues():
    """They succeed, then it takes effect; what is issued after it fails with Cancelled (SEMANTICS 19)."""
    queue = fifo(1)
    with tf.Session() as session:
        session.run(queue.enqueue(1))
        before = parked(session, queue.enqueue_many([[2, 3]]), queue, enqueues=1)
        close = closing(session, queue, behind=1)
        after = run_in_thread(session.run, queue.enqueue(4))
        wait_until(lambda: len(list(queue.runtime_queue(session)._enqueues)) == 3)
        assert not session.run(queue.is_closed())
        assert session.run(queue.dequeue_many(2)).tolist() == [1, 2]
        for done in (before, close):
            done.result()
        with pytest.raises(tf.errors.CancelledError, match=r"FIFOQueue '_\d+_Q' is closed\."):
            after.result()
        assert session.run(queue.is_closed())
        assert everything(session, queue) == [3]


def test_close_can_cancel_blocked_enqueues():
    """`close(cancel_pending_enqueues=True)` acts at once; elements in the queue stay (SEMANTICS 20)."""
    queue = fifo(2)
    with tf.Session() as session:
        one = parked(session, queue.enqueue_many([[1, 2, 3]]), queue, enqueues=1)
        two = parked(session, queue.enqueue(4), queue, enqueues=2)
        session.run(queue.close(cancel_pending_enqueues=True))
        for cancelled in (one, two):
            with pytest.raises(tf.errors.CancelledError, match="Enqueue operation was cancelled"):
                cancelled.result()
        assert session.run(queue.is_closed())
        assert everything(session, queue) == [1, 2]


def test_closing_twice():
    """A second plain close is CancelledError, a second cancelling one is none (SEMANTICS 21)."""
    queue = fifo()
    with tf.Session() as session:
        session.run(queue.close())
        with pytest.raises(tf.errors.CancelledError, match=r"Queue '_\d+_Q' is already closed\."):
            session.run(queue.close())
        session.run(queue.close(cancel_pending_enqueues=True))


def test_a_closed_queue_takes_nothing():
    """CancelledError "is closed." for enqueue and enqueue_many (SEMANTICS 22)."""
    queue = fifo()
    with tf.Session() as session:
        session.run(queue.close())
        for enqueue in (queue.enqueue(1), queue.enqueue_many([[1]])):
            with pytest.raises(tf.errors.CancelledError, match=r"FIFOQueue '_\d+_Q' is closed\.") as caught:
                session.run(enqueue)
            assert caught.value.op is enqueue


def test_a_closed_queue_gives_what_it_has():
    """Then OutOfRangeError with what was wanted and what is there; a batch that is short takes none (SEMANTICS 23)."""
    queue = fifo()
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2, 3]]))
        session.run(queue.close())
        with pytest.raises(tf.errors.OutOfRangeError, match=rf"{SHORT} \(requested 4, current size 3\)"):
            session.run(queue.dequeue_many(4))
        assert session.run(queue.dequeue_many(2)).tolist() == [1, 2]
        assert session.run(queue.dequeue()) == 3
        for take in (queue.dequeue(), queue.dequeue_up_to(1)):
            with pytest.raises(tf.errors.OutOfRangeError, match=rf"{SHORT} \(requested 1, current size 0\)"):
                session.run(take)


def test_close_wakes_blocked_dequeues():
    """All fail as if they had come later; elements that come before the close are had first (SEMANTICS 24)."""
    queue = fifo()
    with tf.Session() as session:
        takes = [queue.dequeue(), queue.dequeue_many(3), queue.dequeue_up_to(2), queue.dequeue()]
        waiting = [parked(session, take, queue, dequeues=place + 1) for place, take in enumerate(takes)]
        session.run(queue.enqueue(1))
        assert waiting[0].result() == 1
        session.run(queue.close())
        for call in waiting[1:]:
            with pytest.raises(tf.errors.OutOfRangeError, match=SHORT):
                call.result()


def test_close_gives_a_partial_batch_back():
    """To the front and in order, with the words of what was missing (SEMANTICS 23, 25)."""
    queue = fifo()
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2]]))
        waiting = parked(session, queue.dequeue_many(3), queue, dequeues=1)
        assert session.run(queue.size()) == 0
        session.run(queue.close())
        with pytest.raises(tf.errors.OutOfRangeError, match=rf"{SHORT} \(requested 1, current size 0\)"):
            waiting.result()
        assert everything(session, queue) == [1, 2]


def test_dequeue_up_to_waits_while_open_and_takes_the_rest_when_closed():
    """Open it waits for the full number, closed it gives 1 to n at once, then OutOfRangeError (SEMANTICS 26)."""
    queue = fifo()
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2]]))
        waiting = parked(session, queue.dequeue_up_to(3), queue, dequeues=1)
        session.run(queue.enqueue_many([[3, 4, 5, 6, 7, 8]]))
        assert waiting.result().tolist() == [1, 2, 3]
        session.run(queue.close())
        assert session.run(queue.dequeue_up_to(3)).tolist() == [4, 5, 6]
        assert session.run(queue.dequeue_up_to(3)).tolist() == [7, 8]
        with pytest.raises(tf.errors.OutOfRangeError, match="current size 0"):
            session.run(queue.dequeue_up_to(3))


def test_a_close_ends_the_wait_of_dequeue_up_to_with_what_it_holds():
    """A part is a result to it, not a failure (SEMANTICS 26)."""
    queue = fifo()
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2]]))
        waiting = parked(session, queue.dequeue_up_to(3), queue, dequeues=1)
        session.run(queue.close())
        assert waiting.result().tolist() == [1, 2]


def test_dequeue_up_to_counts_enqueues_that_wait_before_the_close():
    """3 and then 2 of five elements, with a capacity of 2 (SEMANTICS 26)."""
    queue = fifo(2)
    with tf.Session() as session:
        filling = parked(session, queue.enqueue_many([[1, 2, 3, 4, 5]]), queue, enqueues=1)
        close = closing(session, queue, behind=1)
        assert session.run(queue.dequeue_up_to(3)).tolist() == [1, 2, 3]
        assert session.run(queue.dequeue_up_to(3)).tolist() == [4, 5]
        filling.result()
        close.result()
