"""Curves are exact over the time between two Snapshots, whoever comes and goes."""

import math

import pytest

from tests.summaries.records import coordinator, operation, queue, snapshot, stage
from tfqueue.summaries.tags import tag_values


def values(now, before=None):
    return {value.tag: value.value for value in tag_values(now, before)}


def test_shares_of_a_queue_are_those_of_the_interval():
    """Mean fullness, empty, full, blocked and rates come from growth, by the queue's own clock."""
    before = snapshot(
        0.0,
        queue(
            age_seconds=100.0,
            element_seconds=1000.0,
            empty_seconds=50.0,
            full_seconds=10.0,
            enqueued_elements=70,
            dequeued_elements=60,
            dequeue=operation(blocked_seconds=40.0),
        ),
    )
    now = snapshot(
        2.1,  # the reader came a little late: the queue's own two seconds count
        queue(
            size=4,
            age_seconds=102.0,
            element_seconds=1007.0,
            empty_seconds=50.5,
            full_seconds=10.2,
            enqueued_elements=90,
            dequeued_elements=66,
            dequeue=operation(blocked_seconds=43.0),
        ),
    )
    assert values(now, before) == pytest.approx(
        {
            "queue/q/size": 4,
            "queue/q/fraction_full": 0.4,
            "queue/q/mean_fraction_full": 0.35,
            "queue/q/empty": 0.25,
            "queue/q/full": 0.1,
            "queue/q/enqueued_per_second": 10.0,
            "queue/q/dequeued_per_second": 3.0,
            "queue/q/enqueue_blocked": 0.0,
            "queue/q/dequeue_blocked": 1.5,
        }
    )


def test_the_first_tick_shows_only_what_is_now():
    """Without an interval there is no rate and no share."""
    now = snapshot(0.0, queue(size=5, age_seconds=7.0, enqueued_elements=9), stage(busy_seconds=3.0, elements_out=9))
    assert values(now) == {"queue/q/size": 5, "queue/q/fraction_full": 0.5, "stage/q/exceptions": 0}


def test_shares_of_a_stage_sum_to_one():
    """They are parts of its thread-seconds, however many threads it has."""
    before = snapshot(0.0, stage(threads=3, busy_seconds=10.0, starved_seconds=4.0, elements_out=100))
    after = stage(
        threads=3,
        busy_seconds=11.5,
        starved_seconds=4.3,
        backpressured_seconds=1.2,
        elements_out=130,
        exceptions=(("ValueError", 2), ("OSError", 1)),
    )
    assert values(snapshot(1.0, after), before) == pytest.approx(
        {
            "stage/q/busy": 0.5,
            "stage/q/starved": 0.1,
            "stage/q/backpressured": 0.4,
            "stage/q/elements_per_second": 30.0,
            "stage/q/exceptions": 3,
        }
    )


def test_a_consumer_counts_what_it_takes():
    """It puts nothing anywhere: its rate is that of its dequeues."""
    consumer = {"kind": "consumer", "draws": ("q",), "fills": ()}
    before = snapshot(0.0, stage("q/consumer", elements_in=10, **consumer))
    now = snapshot(2.0, stage("q/consumer", elements_in=74, **consumer))
    assert values(now, before)["stage/q/consumer/elements_per_second"] == 32.0


def test_a_stage_without_a_thread_has_no_shares():
    """Nothing to share out is not a number, and is left out."""
    found = values(snapshot(1.0, stage(threads=0)), snapshot(0.0, stage(threads=0)))
    assert found == {"stage/q/elements_per_second": 0.0, "stage/q/exceptions": 0}


def test_a_queue_that_appears_is_measured_over_its_own_life():
    """Shares are of the time it was there; its rate is of the interval, so that its first element is no burst."""
    now = snapshot(1.0, queue(age_seconds=0.25, element_seconds=0.5, empty_seconds=0.05, enqueued_elements=8))
    found = values(now, snapshot(0.0))
    assert found["queue/q/mean_fraction_full"] == pytest.approx(0.2)
    assert found["queue/q/empty"] == pytest.approx(0.2)
    assert found["queue/q/enqueued_per_second"] == 8.0


def test_a_queue_that_is_gone_has_no_values():
    """Its curve ends; it does not freeze at its last value."""
    assert values(snapshot(1.0), snapshot(0.0, queue(age_seconds=5.0))) == {}


def test_a_queue_made_anew_under_its_name_starts_over():
    """Counters that went back are another queue's: no negative rate, no share above one."""
    before = snapshot(0.0, queue(age_seconds=50.0, empty_seconds=50.0, enqueued_elements=1000))
    now = snapshot(1.0, queue(age_seconds=0.5, empty_seconds=0.5, enqueued_elements=3))
    found = values(now, before)
    assert found["queue/q/enqueued_per_second"] == 3.0
    assert found["queue/q/empty"] == 1.0


def test_a_young_queue_made_anew_starts_over():
    """Also where its age alone could be that of the first one: it did not age with the interval."""
    before = snapshot(0.0, queue(age_seconds=0.1, element_seconds=0.1))
    now = snapshot(1.0, queue(age_seconds=0.4, element_seconds=2.0))
    assert values(now, before)["queue/q/mean_fraction_full"] == pytest.approx(0.5)


def test_a_stage_made_anew_starts_over():
    """A second run of a session has a stage of the same name."""
    before = snapshot(0.0, stage(busy_seconds=9.0, starved_seconds=1.0, elements_out=500, runs=500))
    now = snapshot(1.0, stage(busy_seconds=0.1, starved_seconds=0.3, elements_out=20, runs=20))
    found = values(now, before)
    assert found["stage/q/busy"] == pytest.approx(0.25)
    assert found["stage/q/elements_per_second"] == 20.0


def test_a_rounding_is_no_new_stage():
    """Sums over threads that end may shrink in the last digit; the shares go on."""
    before = snapshot(0.0, stage(busy_seconds=1000.0000000001, starved_seconds=5.0))
    now = snapshot(1.0, stage(busy_seconds=1000.0, starved_seconds=6.0))
    assert values(now, before)["stage/q/starved"] == 1.0


def test_two_sessions_of_one_queue_name_have_a_curve_each():
    """The first keeps its own when the second comes, and its rates do not start over."""
    first = {"session": "session_1", "age_seconds": 10.0, "enqueued_elements": 100}
    before = snapshot(0.0, queue(**first))
    now = snapshot(
        1.0,
        queue(**first | {"age_seconds": 11.0, "enqueued_elements": 104}),
        queue(session="session_2", session_label="session_2", age_seconds=0.5, enqueued_elements=1),
        queue("other"),
    )
    found = values(now, before)
    assert found["queue/q/enqueued_per_second"] == 4.0
    assert found["queue/q@session_2/enqueued_per_second"] == 1.0
    assert "queue/other/size" in found


def test_a_coordinator_shows_stop_exceptions_and_threads():
    """As they are at the tick."""
    now = snapshot(
        0.0, coordinator(stop_requested=True, exceptions=(("ValueError", 1),), threads_running=1, threads_stopped=4)
    )
    assert values(now) == {
        "coordinator/coordinator/stop_requested": 1,
        "coordinator/coordinator/exceptions": 1,
        "coordinator/coordinator/threads_running": 1,
        "coordinator/coordinator/threads_stopped": 4,
    }


def test_two_snapshots_of_one_moment_have_no_rates():
    """Nor anything that is not a number."""
    one = snapshot(3.0, queue(age_seconds=1.0), stage(busy_seconds=1.0))
    assert values(one, one) == {"queue/q/size": 0, "queue/q/fraction_full": 0, "stage/q/exceptions": 0}


def test_a_queue_without_bound_has_no_mean_fullness():
    """There is nothing that it could be a fraction of."""
    now = snapshot(1.0, queue(capacity=-1, size=7, age_seconds=1.0, element_seconds=7.0))
    found = values(now, snapshot(0.0, queue(capacity=-1)))
    assert "queue/q/mean_fraction_full" not in found
    assert found["queue/q/size"] == 7


def test_no_value_is_infinite_or_not_a_number():
    """Whatever a source says."""
    now = snapshot(1.0, queue(age_seconds=1.0, element_seconds=math.nan, empty_seconds=math.inf))
    assert all(math.isfinite(value) for value in values(now, snapshot(0.0, queue())).values())
