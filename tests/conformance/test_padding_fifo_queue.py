"""PaddingFIFOQueue is TensorFlow 1's (SEMANTICS 22, 23, 25, 26, 31 to 33)."""

import numpy as np
import pytest

import tfqueue as tf
from tests.conformance.parking import parked


def padding(dtypes=tf.int32, shapes=((None,),), capacity=9):
    return tf.PaddingFIFOQueue(capacity, dtypes, list(shapes), name="Q")


def fill(session, queue, *elements):
    for element in elements:
        session.run(queue.enqueue([element]))


@pytest.mark.parametrize("shapes", [None, tf.TensorShape([None]), [], (None, 3)])
def test_a_list_of_shapes_must_be_given(shapes):
    """One for every component (SEMANTICS 31)."""
    with pytest.raises(ValueError, match=r"When providing partial shapes, a list of shapes must be provided\."):
        tf.PaddingFIFOQueue(9, tf.int32, shapes)


def test_ranks_must_be_known():
    """Sizes need not be (SEMANTICS 31)."""
    with pytest.raises(ValueError, match="must have a defined rank"):
        padding(shapes=[tf.TensorShape(None)])
    assert padding(shapes=[(None, 2, None)]).dequeue_many(2).shape.as_list() == [2, None, 2, None]


@pytest.mark.parametrize(
    ("dtype", "short", "long", "filled"),
    [
        (tf.int32, [1], [2, 3], [[1, 0], [2, 3]]),
        (tf.float64, [1.5], [2.5, 3.5], [[1.5, 0.0], [2.5, 3.5]]),
        (tf.bool, [True], [True, True], [[True, False], [True, True]]),
        (tf.string, [b"a"], [b"b", b"c"], [[b"a", b""], [b"b", b"c"]]),
        (tf.complex64, [1j], [2j, 3j], [[1j, 0], [2j, 3j]]),
    ],
)
def test_batches_are_padded_to_their_widest_element(dtype, short, long, filled):
    """With 0, False or b""; a single dequeue never pads (SEMANTICS 32)."""
    queue = padding(dtype)
    with tf.Session() as session:
        fill(session, queue, short, long, short)
        assert session.run(queue.dequeue_many(2)).tolist() == filled
        assert session.run(queue.dequeue()).tolist() == short


def test_only_dimensions_declared_none_are_padded():
    """Each component by itself, to the maximum of this batch (SEMANTICS 32)."""
    queue = padding([tf.int32, tf.int32, tf.int32], [(None, 2), (3,), ()])
    one, two = np.ones((1, 2)), np.full((2, 2), 2)
    with tf.Session() as session:
        session.run(queue.enqueue((one, [1, 1, 1], 1)))
        session.run(queue.enqueue((two, [2, 2, 2], 2)))
        tables, rows, numbers = session.run(queue.dequeue_many(2))
    assert tables.tolist() == [[[1, 1], [0, 0]], [[2, 2], [2, 2]]]
    assert (rows.tolist(), numbers.tolist()) == ([[1, 1, 1], [2, 2, 2]], [1, 2])


def test_enqueue_many_brings_rows_of_one_width():
    """They are padded together with others (SEMANTICS 32)."""
    queue = padding()
    with tf.Session() as session:
        session.run(queue.enqueue_many([[[1, 2], [3, 4]]]))
        fill(session, queue, [5], [])
        assert session.run(queue.dequeue_many(4)).tolist() == [[1, 2], [3, 4], [5, 0], [0, 0]]


def test_a_batch_of_none_has_zero_in_each_unknown_dimension():
    """[0] and the declared shape, with 0 for None (SEMANTICS 15, 32)."""
    queue = padding([tf.int32, tf.string], [(None, 2, None), (4,)])
    with tf.Session() as session:
        numbers, words = session.run(queue.dequeue_many(0))
    assert (numbers.shape, words.shape) == ((0, 0, 2, 0), (0, 4))


def test_unknown_sizes_print_as_question_marks():
    """When an element does not fit, one or many (SEMANTICS 33)."""
    queue = padding([tf.int32, tf.int32], [(), (None, 3)])
    number, table = tf.placeholder(tf.int32), tf.placeholder(tf.int32)
    one, many = queue.enqueue((number, table)), queue.enqueue_many((number, table))
    cases = [
        (one, 1, np.zeros((3, 4)), r"Expected \[\?,3\], got \[3,4\]"),
        (many, [1, 2], np.zeros((2, 3, 4)), r"Expected \[2,\?,3\], got \[2,3,4\]"),
    ]
    with tf.Session() as session:
        for enqueue, left, right, words in cases:
            with pytest.raises(tf.errors.InvalidArgumentError, match=rf"Shape mismatch in tuple component 1\. {words}"):
                session.run(enqueue, {number: left, table: right})


def test_a_closed_padding_queue_names_itself_in_batches_only():
    """PaddingFIFOQueue for many and up_to, FIFOQueue for an enqueue and a single dequeue (SEMANTICS 22, 23)."""
    queue = padding()
    with tf.Session() as session:
        session.run(queue.close())
        with pytest.raises(tf.errors.CancelledError, match=r"(?<!Padding)FIFOQueue '_\d+_Q' is closed\."):
            session.run(queue.enqueue([[1]]))
        takes = [(queue.dequeue(), "FIFOQueue"), (queue.dequeue_many(1), "PaddingFIFOQueue")]
        for take, kind in [*takes, (queue.dequeue_up_to(1), "PaddingFIFOQueue")]:
            words = (
                rf"(?<!Padding){kind} '_\d+_Q' is closed and has insufficient elements \(requested 1, current size 0\)"
            )
            with pytest.raises(tf.errors.OutOfRangeError, match=words):
                session.run(take)


def test_close_gives_a_partial_batch_back():
    """To the front, in order, each as wide as it came (SEMANTICS 25)."""
    queue = padding()
    with tf.Session() as session:
        fill(session, queue, [1], [2, 2])
        batch = parked(session, queue.dequeue_many(3), queue, dequeues=1)
        session.run(queue.close())
        with pytest.raises(tf.errors.OutOfRangeError, match=r"\(requested 1, current size 0\)"):
            batch.result()
        assert [session.run(queue.dequeue()).tolist() for _ in range(2)] == [[1], [2, 2]]


def test_dequeue_up_to_pads_what_is_left():
    """A smaller last batch, padded to its own widest (SEMANTICS 26, 32)."""
    queue = padding()
    with tf.Session() as session:
        fill(session, queue, [1, 1, 1], [2], [3, 3])
        session.run(queue.close())
        assert session.run(queue.dequeue_up_to(2)).tolist() == [[1, 1, 1], [2, 0, 0]]
        assert session.run(queue.dequeue_up_to(2)).tolist() == [[3, 3]]
