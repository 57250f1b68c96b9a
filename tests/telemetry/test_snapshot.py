"""`tf.snapshot()`: the numbers for the program itself."""

import tfqueue as tf


def test_a_program_reads_its_own_queues():
    """What the exporters show, by the queue's name."""
    queue = tf.BlockingQueue(4, name="examples")
    queue.enqueue(1)
    assert tf.snapshot().queue("examples").fraction_full == 0.25
