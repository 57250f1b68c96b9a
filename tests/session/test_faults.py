"""An error of a step says which op, where it was made, and what its data came from."""

import pytest

import tfqueue as tf


def test_an_error_of_the_data_names_the_file_it_comes_from(tmp_path):
    """The decoder sees bytes only; the step knows which file they were read from, and tells."""
    files = [tmp_path / name for name in ("first.jpg", "second.jpg")]
    for file in files:
        file.write_text("no image")
    contents = [tf.read_file(str(file)) for file in files]
    image = tf.image.decode_jpeg(contents[1])
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match=r"second\.jpg") as caught:
        session.run([image, contents[0]])
    assert "first.jpg" not in str(caught.value)


def test_an_error_of_a_record_names_its_key(tmp_path):
    """A reader's key is the file, or the file and the line."""
    file = tmp_path / "numbers.txt"
    file.write_text("1\n2\nthree\n")
    queue = tf.train.string_input_producer([str(file)], shuffle=False)
    _, line = tf.TextLineReader().read(queue)
    number = tf.string_to_number(line)
    with tf.Session() as session:
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        assert [session.run(number) for _ in range(2)] == [1.0, 2.0]
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"three.*numbers\.txt:3"):
            session.run(number)
        coordinator.request_stop()
        coordinator.join(threads)


def test_an_error_of_waiting_names_no_file(tmp_path):
    """A closed queue is not the file's fault."""
    (tmp_path / "file").write_text("fine")
    queue = tf.FIFOQueue(1, [tf.string])
    put = queue.enqueue(tf.read_file(str(tmp_path / "file")))
    with tf.Session() as session:
        session.run(queue.close())
        with pytest.raises(tf.errors.CancelledError) as caught:
            session.run(put)
    assert "Its data comes from" not in str(caught.value)
