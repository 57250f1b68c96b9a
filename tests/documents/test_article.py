"""The article "TensorFlow's QueueRunner": its programs, as printed, do what it says they do."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import tfqueue as tf
from tests.documents.prompt import Prompt
from tests.summaries.events import curve
from tfqueue.testing import wait_until_parked

DIRECTLY = """
    queue = tf.FIFOQueue(capacity=10, dtypes=[tf.float32])
    random_value_to_enqueue = tf.random_normal([])  # shape=[] means a single value
    enqueue_op = queue.enqueue(random_value_to_enqueue)
    random_value_from_queue = queue.dequeue()

    queue_runner = tf.train.QueueRunner(queue, [enqueue_op])

    coordinator = tf.train.Coordinator()
    threads = queue_runner.create_threads(session, coord=coordinator, start=True)
"""

FOUR_LETTERS = """
    queue = tf.train.string_input_producer(['a', 'b', 'c', 'd'])
    letter_from_queue = queue.dequeue()
"""

ONE_EPOCH = """
    queue = tf.train.string_input_producer(['a', 'b', 'c', 'd'],
                                           shuffle=False, num_epochs=1)
    letter_from_queue = queue.dequeue()
    initializer = tf.local_variables_initializer()
    session.run(initializer)
    threads = tf.train.start_queue_runners(sess=session, coord=coordinator)
"""

SUMMARIES_BEFORE = """
    tf.reset_default_graph()  # Starting queue runners will fail if a queue is
    session = tf.Session()    # closed, so we need to clear things out.
    queue = tf.train.string_input_producer(['a', 'b', 'c', 'd'],
                                           shuffle=False, capacity=4, num_epochs=1)
    letter_from_queue = queue.dequeue()
    summaries = tf.summary.merge_all()
    summary_writer = tf.summary.FileWriter('logs')
    initializer = tf.local_variables_initializer()
    session.run(initializer)
    coordinator = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess=session, coord=coordinator)
"""

SUMMARIES_AFTER = """
    for i in range(4):
        summary_writer.add_summary(session.run(summaries), i)
        session.run(letter_from_queue)
    summary_writer.add_summary(session.run(summaries), 4)
    summary_writer.flush()  # Ensure everything is written out.
"""

TAG = "input_producer/fraction_of_4_full"


@pytest.fixture
def prompt() -> Iterator[Prompt]:
    """A prompt at which the article's first lines were typed."""
    prompt = Prompt()
    prompt.type("session = tf.Session()")
    yield prompt
    prompt["session"].close()


def test_a_dequeue_blocks_before_there_is_a_runner(prompt: Prompt) -> None:
    """ "At this point if you evaluate random_value_from_queue in the session it will block." """
    prompt.type(DIRECTLY.rpartition("queue_runner =")[0])
    consumer = threading.Thread(target=lambda: prompt.type("pytest_value = session.run(random_value_from_queue)"))
    consumer.start()
    while prompt["queue"].runtime_queue(prompt["session"]) is None:
        consumer.join(0.001)
    wait_until_parked(prompt["queue"].runtime_queue(prompt["session"]), dequeues=1)
    prompt.type("session.run(enqueue_op)")
    consumer.join()
    assert isinstance(prompt["pytest_value"], tf.float32.as_numpy_dtype)


def test_a_queue_runner_used_directly(prompt: Prompt) -> None:
    """Two threads run, there are always more values, and the threads shut down nicely."""
    prompt.type(DIRECTLY)
    assert prompt.type("len(threads)") == 2
    values = [prompt.type("session.run(random_value_from_queue)") for _ in range(30)]
    assert len(set(values)) > 25
    prompt.type("""
        coordinator.request_stop()
        coordinator.join(threads)
    """)
    assert not any(thread.is_alive() for thread in prompt["threads"])


def test_letters_come_for_ever_shuffled_within_an_epoch(prompt: Prompt) -> None:
    """The runner is found in the collection, and each epoch has all four letters."""
    prompt.type("coordinator = tf.train.Coordinator()")
    prompt.type(FOUR_LETTERS)
    (runner,) = prompt.type("tf.get_collection('queue_runners')")
    assert isinstance(runner, tf.train.QueueRunner)
    prompt.type("""
        coordinator.clear_stop()
        threads = tf.train.start_queue_runners(sess=session, coord=coordinator)
    """)
    epochs = [[prompt.type("session.run(letter_from_queue)") for _ in range(4)] for _ in range(20)]
    assert all(sorted(epoch) == [b"a", b"b", b"c", b"d"] for epoch in epochs)
    assert len(set(map(tuple, epochs))) > 1
    prompt.type("coordinator.request_stop(); coordinator.join(threads)")


def test_one_epoch_ends_with_out_of_range(prompt: Prompt) -> None:
    """a, b, c, d, OutOfRangeError; the coordinator of the first queue serves the second as well."""
    prompt.type("coordinator = tf.train.Coordinator()")
    prompt.type(FOUR_LETTERS)
    prompt.type("threads = tf.train.start_queue_runners(sess=session, coord=coordinator)")
    prompt.type(ONE_EPOCH)
    assert prompt.type("len(threads)") == 2
    letters = [prompt.type("session.run(letter_from_queue)") for _ in range(4)]
    assert letters == [b"a", b"b", b"c", b"d"]
    with pytest.raises(tf.errors.OutOfRangeError):
        prompt.type("session.run(letter_from_queue)")
    prompt.type("coordinator.request_stop(); coordinator.join(threads)")


def test_the_whole_article_at_one_prompt(prompt: Prompt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All programs one after the other, in one process, to the curve 1.0 0.75 0.5 0.25 0.0 in the event file."""
    monkeypatch.chdir(tmp_path)
    prompt.type(DIRECTLY)
    prompt.type("""
        session.run(random_value_from_queue)
        coordinator.request_stop()
        coordinator.join(threads)
    """)
    prompt.type(FOUR_LETTERS)
    prompt.type("""
        coordinator.clear_stop()
        threads = tf.train.start_queue_runners(sess=session, coord=coordinator)
        session.run(letter_from_queue)
    """)
    prompt.type(ONE_EPOCH)
    assert [prompt.type("session.run(letter_from_queue)") for _ in range(4)] == [b"a", b"b", b"c", b"d"]
    first_session, first_coordinator = prompt["session"], prompt["coordinator"]
    prompt.type(SUMMARIES_BEFORE)
    # The reader of the article needs longer than this to type the next line.
    prompt["threads"][0].join()
    prompt.type(SUMMARIES_AFTER)
    assert curve(tmp_path / "logs", TAG) == [(0, 1.0), (1, 0.75), (2, 0.5), (3, 0.25), (4, 0.0)]
    prompt.type("summary_writer.close()")
    for coordinator in (prompt["coordinator"], first_coordinator):
        coordinator.request_stop()
        coordinator.join()
    first_session.close()
