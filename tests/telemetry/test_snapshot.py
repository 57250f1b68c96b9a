"""`tf.snapshot()`: the numbers for the program itself."""

import tfqueue as tf
from tests.summaries.records import operation, queue, snapshot, stage


def test_a_program_reads_its_own_queues():
    """What the exporters show, by the queue's name."""
    queue = tf.BlockingQueue(4, name="examples")
    queue.enqueue(1)
    assert tf.snapshot().queue("examples").fraction_full == 0.25


def test_a_snapshot_prints_as_a_table():
    """A line a queue and a line a stage, columns aligned; shares are of its life."""
    full = queue("idx", size=5, age_seconds=10.0, element_seconds=50.0, empty_seconds=1.0, full_seconds=2.0)
    waiting = queue(
        "batches", capacity=-1, size=7, closed=True, session_label="session_1", enqueue=operation(blocked_seconds=1.25)
    )
    runner = stage(
        threads=2, busy_seconds=1.0, starved_seconds=3.0, elements_in=8, elements_out=9, exceptions=(("ValueError", 1),)
    )
    assert str(snapshot(1.0, full, waiting, runner)).splitlines() == [
        "queue                          size  mean full  empty  full  in  out  blocked in, out",
        "idx                         5 of 10        50%    10%   20%   0    0     0.0 s, 0.0 s",
        "batches@session_1 (closed)        7         0%     0%    0%   0    0     1.2 s, 0.0 s",
        "",
        "stage  threads  busy  starved  backpressured  in  out    exceptions",
        "q            2   25%      75%             0%   8    9  ValueError 1",
    ]


def test_a_snapshot_of_nothing_says_so():
    """Rather than nothing; and its repr is the record's own."""
    assert str(snapshot(1.0)) == "no live queues, no live stages"
    assert repr(snapshot(1.0)).startswith("Snapshot(unix_seconds=")
