"""The slides "TensorFlow Queues And Input Pipelines": their programs, with Python 3's print, do what they say."""

import functools
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.documents.prompt import Prompt
from tests.summaries.events import curve
from tests.train.pipelines import join_all, uncaught
from tfqueue.testing import run_in_thread, wait_until_parked

QUEUE_EXAMPLE = """
    q = tf.FIFOQueue(capacity=20, dtypes=[tf.int32])
    enqueue_placeholder = tf.placeholder(tf.int32)
    enqueue_op = q.enqueue(enqueue_placeholder)
    sess = create_session()
    for i in range(10):
        sess.run(enqueue_op, feed_dict={enqueue_placeholder:i})
        print("Queue size is now: "+str(sess.run(q.size())))
    sess.run(q.close())
"""

TWO_THREADS = """
    random_number = tf.random_uniform(shape=())
    q = tf.FIFOQueue(capacity=20, dtypes=[tf.float32])
    enqueue_op = q.enqueue(random_number)

    sess = create_session()
    print(sess.run(q.size())) # prints 0
    def run():
        for i in range(5):
            sess.run(enqueue_op)

    threads = [threading.Thread(target=run, args=()) for i in range(2)]
    [t.start() for t in threads]
    print(sess.run(q.size())) # prints 4
    time.sleep(0.5)
    print(sess.run(q.size())) # prints 10
"""

WHERE_DID_EXTRA_IMAGES_GO = """
    merged = make_image_input()
    train_step = make_train_step(merged)
    for step in range(5):
        loss_value = sess.run(train_step, feed_dict={y_label:y_1})
        summary_str = sess.run(merged, feed_dict={y_label:y_1})
        writer.add_summary(summary_str, step)
"""

THREE_VERSIONS = """
    ranges = tf.train.range_input_producer()
    number = ranges.dequeue()
    sess = create_session
    tf.train.start_queue_runners()

    if version==1:
        print(sess.run([number]*3))
    elif version ==2:
        print(sess.run([ranges.dequeue()]*3))
    elif version == 3:
        print(sess.run([ranges.dequeue(), ranges.dequeue(), ranges.dequeue()]))
"""

PREPROCESSING = """
    im = random_crop(im)
    im = random_flip_left_right(im)
    im = random_brightness(im)
    im = random_contrast(im)
    im = per_image_whitening(im)
"""


def test_data_can_be_a_constant() -> None:
    """ "tf.constant(data)": it is in the graph definition."""
    images, labels = np.ones((3, 4), np.float32), np.arange(3)
    data_sets = SimpleNamespace(train=SimpleNamespace(images=images, labels=labels))
    prompt = Prompt(data_sets=data_sets)
    prompt.type("""
        with tf.device('/cpu:0'):
            input_images = tf.constant(data_sets.train.images)
            input_labels = tf.constant(data_sets.train.labels)
    """)
    with tf.Session() as session:
        values = session.run([prompt["input_images"], prompt["input_labels"]])
    np.testing.assert_array_equal(values[0], images)
    np.testing.assert_array_equal(values[1], labels)
    assert "input_images" not in str(tf.get_default_graph().as_graph_def())
    assert prompt["input_images"].op.device


def test_images_are_preprocessed_with_native_implementations() -> None:
    """The slides' five augmentations, under their names in `tf.image`."""
    prompt = Prompt(
        im=tf.constant(np.arange(6 * 6 * 3, dtype=np.float32).reshape(6, 6, 3)),
        random_crop=functools.partial(tf.random_crop, size=[4, 4, 3]),
        random_flip_left_right=tf.image.random_flip_left_right,
        random_brightness=functools.partial(tf.image.random_brightness, max_delta=0.5),
        random_contrast=functools.partial(tf.image.random_contrast, lower=0.5, upper=1.5),
        per_image_whitening=tf.image.per_image_whitening,
    )
    prompt.type(PREPROCESSING)
    with tf.Session() as session:
        image = session.run(prompt["im"])
    assert image.shape == (4, 4, 3)
    assert abs(float(image.mean())) < 1e-4
    assert abs(float(image.std()) - 1) < 1e-3


def test_a_full_queue_hangs_unless_the_session_has_timeouts() -> None:
    """DeadlineExceededError after operation_timeout_in_ms, on a full queue and on an empty one."""
    prompt = Prompt()
    prompt.type("session = tf.Session(tf.Config(operation_timeout_in_ms=2000))")
    prompt["session"].close()
    prompt.type("""
        session = tf.Session(tf.Config(operation_timeout_in_ms=50))
        q = tf.FIFOQueue(capacity=2, dtypes=[tf.int32])
        session.run([q.enqueue(1), q.enqueue(2)])
    """)
    for blocked in ("session.run(q.enqueue(3))", "session.run(tf.FIFOQueue(capacity=2, dtypes=[tf.int32]).dequeue())"):
        with pytest.raises(tf.errors.DeadlineExceededError):
            prompt.type(blocked)
    assert prompt.type("session.run(q.size())") == 2
    prompt["session"].close()


def test_a_closed_queue_ends_those_who_wait() -> None:
    """A queue closed by a special "Close" token: OutOfRangeError for consumers, CancelledError for producers."""
    q = tf.FIFOQueue(capacity=1, dtypes=[tf.int32])
    prompt = Prompt(q=q, sess=tf.Session())
    waiting = run_in_thread(prompt["sess"].run, q.dequeue())
    while q.runtime_queue(prompt["sess"]) is None:
        time.sleep(0.001)
    wait_until_parked(q.runtime_queue(prompt["sess"]), dequeues=1)
    prompt.type("sess.run(q.close())")
    assert isinstance(waiting.exception(), tf.errors.OutOfRangeError)
    with pytest.raises(tf.errors.CancelledError, match="is closed"):
        prompt.type("sess.run(q.enqueue(1))")
    prompt["sess"].close()


def test_the_queue_example(capsys: pytest.CaptureFixture[str]) -> None:
    """Sizes 1 to 10; then the queue is closed, and what is inside can still be taken out."""
    prompt = Prompt(create_session=tf.Session)
    prompt.type(QUEUE_EXAMPLE)
    assert capsys.readouterr().out.splitlines() == [f"Queue size is now: {size}" for size in range(1, 11)]
    assert prompt.type("[sess.run(q.dequeue()) for i in range(10)]") == list(range(10))
    with pytest.raises(tf.errors.OutOfRangeError):
        prompt.type("sess.run(q.dequeue())")
    prompt["sess"].close()


def test_two_threads_fill_a_queue(capsys: pytest.CaptureFixture[str]) -> None:
    """0, then something on the way, then 10."""
    prompt = Prompt(create_session=tf.Session, threading=threading, time=time)
    prompt.type(TWO_THREADS)
    before, between, after = map(int, capsys.readouterr().out.split())
    assert (before, after) == (0, 10)
    assert 0 <= between <= 10
    for thread in prompt["threads"]:
        thread.join()
    assert all(0 <= value < 1 for value in prompt.type("[sess.run(q.dequeue()) for i in range(10)]"))
    prompt["sess"].close()


def test_where_did_extra_images_go(tmp_path: Path) -> None:
    """The summary is computed from an image, so each run of it takes one: the writer sees every other image."""
    taken = tf.train.range_input_producer(100, shuffle=False)

    def make_image_input() -> tf.Tensor:
        image = tf.fill([2, 2], tf.cast(taken.dequeue(), tf.float32))
        return tf.summary.merge([tf.summary.scalar("image", tf.reduce_mean(image))])

    def make_train_step(merged: tf.Tensor) -> tf.Tensor:
        with tf.control_dependencies([merged]):
            return tf.identity(y_label) * 2

    y_label = tf.placeholder(tf.float32, [])
    coord = tf.train.Coordinator()
    with tf.Session() as sess, tf.summary.FileWriter(str(tmp_path)) as writer:
        prompt = Prompt(
            sess=sess,
            writer=writer,
            y_label=y_label,
            y_1=1.0,
            make_image_input=make_image_input,
            make_train_step=make_train_step,
        )
        threads = tf.train.start_queue_runners(sess, coord)
        prompt.type(WHERE_DID_EXTRA_IMAGES_GO)
        assert prompt["loss_value"] == 2.0
        assert sess.run(taken.dequeue()) == 10
        coord.request_stop()
        coord.join(threads)
    assert curve(tmp_path, "image") == [(0, 1.0), (1, 3.0), (2, 5.0), (3, 7.0), (4, 9.0)]


@pytest.mark.parametrize(("version", "different"), [(1, 1), (2, 1), (3, 3)])
def test_one_run_takes_one_element_an_op(version: int, different: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The same op thrice, by name or made once, gives one number thrice; three ops give three."""
    before = set(threading.enumerate())
    sess: Any = tf.InteractiveSession()
    prompt = Prompt(create_session=sess, version=version)
    prompt.type(THREE_VERSIONS)
    numbers = printed_numbers(capsys.readouterr().out)
    assert len(numbers) == 3
    assert len(set(numbers)) == different
    with uncaught():  # the program has no coordinator, so its runner's thread ends by an error
        sess.close()
        join_all([thread for thread in threading.enumerate() if thread not in before])


def printed_numbers(text: str) -> list[int]:
    """The numbers of a printed list."""
    return [int(word) for word in text.replace("np.int32", "").translate(str.maketrans("[](),", "     ")).split()]
