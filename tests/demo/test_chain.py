"""Snapshots are read as one pipeline from source to consumer."""

import math

from tests.demo.snapshots import BATCHES, CONSUMER, ENCODED, FILENAMES, demo_snapshot, queue, snapshot, stage
from tfqueue.demo.chain import QueueRow, StageRow, busiest, in_order, rows


def test_rows_follow_the_elements() -> None:
    """Whatever the order in which sources registered: stage, the queue it fills, the stage that draws from it."""
    assert [record.name for record in in_order(demo_snapshot())] == [
        FILENAMES,
        FILENAMES,
        ENCODED,
        ENCODED,
        BATCHES,
        BATCHES,
        CONSUMER,
    ]


def test_what_has_no_place_comes_last() -> None:
    """A queue that no stage fills, and stages that feed each other in a ring, are shown all the same."""
    ring = [stage("there", (1, 0, 0), draws=("a",), fills=("b",)), stage("back", (1, 0, 0), draws=("b",), fills=("a",))]
    records = in_order(snapshot(queue("alone", 1, 2), *ring, queue("a", 1, 2), queue("b", 1, 2)))
    assert sorted(record.name for record in records) == ["a", "alone", "b", "back", "there"]
    assert records[-1].name == "alone"


def test_shares_and_means_are_those_of_the_interval() -> None:
    """Two snapshots give what happened between them, not since the start."""
    # Given 10 s of starving before an empty queue, then 10 s of work before a full one
    before = snapshot(stage("s", (0.0, 1.0, 0.0), fills=("q",), seconds=10), queue("q", 0, 4, mean=0.0, seconds=10))
    now = snapshot(stage("s", (0.5, 0.5, 0.0), fills=("q",), seconds=20), queue("q", 4, 4, mean=0.5, seconds=20))
    # Then the interval shows work and fullness, and the whole life both halves
    assert rows(before, now) == [StageRow("s", 1, 1.0, 0.0, 0.0), QueueRow("q", 4, 4, 1.0)]
    assert rows(None, now) == [StageRow("s", 1, 0.5, 0.5, 0.0), QueueRow("q", 4, 4, 0.5)]


def test_nothing_that_just_began_divides_by_zero() -> None:
    """A stage and a queue of age 0 have shares of 0, and the fullness of this moment."""
    now = snapshot(stage("s", (0.0, 0.0, 0.0), fills=("q",), seconds=0), queue("q", 3, 4, seconds=0))
    assert rows(None, now) == [StageRow("s", 1, 0.0, 0.0, 0.0), QueueRow("q", 3, 4, 0.75)]
    assert rows(now, now) == rows(None, now)


def test_the_busiest_stage_is_named() -> None:
    """The stage with the greatest busy share; none before anything ran."""
    worker = busiest(rows(None, demo_snapshot()))
    assert worker is not None
    assert worker.name == BATCHES
    assert math.isclose(worker.busy, 0.97)
    assert busiest([]) is None
