"""The catalogue: names that never change, a sentence for each, and readings that fit their kind."""

import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.summaries.records import coordinator, operation, queue, stage
from tfqueue.telemetry.health import MonitorCounters
from tfqueue.telemetry.metrics import (
    CATALOGUE,
    COORDINATOR_METRICS,
    MONITOR_METRICS,
    QUEUE_METRICS,
    STAGE_METRICS,
    Kind,
    catalogue_table,
)
from tfqueue.telemetry.stats import OperationStats

RECORDS = [
    (QUEUE_METRICS, queue()),
    (STAGE_METRICS, stage()),
    (COORDINATOR_METRICS, coordinator()),
    (MONITOR_METRICS, MonitorCounters().stats("1.0", 0.001, 0)),
]
READINGS = [pytest.param(metric, record, id=metric.name) for metrics, record in RECORDS for metric in metrics]


def test_the_names_are_those_of_the_published_catalogue():
    """Dashboards and alerts of users stand on them: none is renamed."""
    assert [metric.name for metric in CATALOGUE] == [
        "tfqueue_queue_info",
        "tfqueue_queue_capacity",
        "tfqueue_queue_size",
        "tfqueue_queue_min_after_dequeue",
        "tfqueue_queue_closed",
        "tfqueue_queue_fraction_full",
        "tfqueue_queue_element_seconds_total",
        "tfqueue_queue_empty_seconds_total",
        "tfqueue_queue_full_seconds_total",
        "tfqueue_queue_below_min_seconds_total",
        "tfqueue_queue_enqueued_elements_total",
        "tfqueue_queue_dequeued_elements_total",
        "tfqueue_queue_cancelled_elements_total",
        "tfqueue_queue_blocked_seconds_total",
        "tfqueue_queue_blocked_threads",
        "tfqueue_queue_wait_seconds",
        "tfqueue_queue_last_operation_timestamp_seconds",
        "tfqueue_stage_info",
        "tfqueue_stage_threads",
        "tfqueue_stage_runs_total",
        "tfqueue_stage_elements_total",
        "tfqueue_stage_state_seconds_total",
        "tfqueue_stage_exceptions_total",
        "tfqueue_coordinator_stop_requested",
        "tfqueue_coordinator_exceptions_total",
        "tfqueue_coordinator_threads",
        "tfqueue_build_info",
        "tfqueue_collector_duration_seconds",
        "tfqueue_collector_errors_total",
        "tfqueue_event_writer_records_total",
        "tfqueue_event_writer_dropped_total",
        "tfqueue_event_writer_errors_total",
    ]


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_a_name_says_its_kind(metric):
    """Counters end in _total and infos in _info, nothing else does."""
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert metric.name.endswith("_info") == (metric.kind is Kind.INFO)


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_help_says_how_to_read_the_number(metric):
    """At least one whole sentence, fit for a table's cell."""
    assert len(metric.help.split()) >= 6
    assert metric.help.endswith(".")
    assert not set("|\n") & set(metric.help)


@pytest.mark.parametrize(("metric", "record"), READINGS)
def test_a_reading_fits_its_kind_and_labels(metric, record):
    """Of a source that has done nothing yet, so that all series exist from the start."""
    reading = metric.read(record)
    own = metric.labels[1:] if metric not in MONITOR_METRICS else metric.labels
    if metric.kind is Kind.INFO:
        assert tuple(reading) == own
        assert all(isinstance(value, str) for value in reading.values())
    elif own:
        assert len(own) == 1
        assert isinstance(reading, Mapping)
        assert reading
        wanted = OperationStats if metric.kind is Kind.HISTOGRAM else (int, float)
        assert all(isinstance(value, wanted) for value in reading.values())
    else:
        assert isinstance(reading, (int, float))


def test_readings_are_the_stats():
    """The few that are more than one field."""
    read = {metric.name: metric.read for metric in CATALOGUE}
    busy = queue(closed=True, enqueue=operation(last_timestamp=17.5, blocked_threads=2))
    assert read["tfqueue_queue_closed"](busy) == 1
    assert read["tfqueue_queue_last_operation_timestamp_seconds"](busy) == {"enqueue": 17.5, "dequeue": 0.0}
    assert read["tfqueue_queue_blocked_threads"](busy) == {"enqueue": 2, "dequeue": 0}
    failing = stage(draws=("a", "b"), exceptions=(("ValueError", 3),), busy_seconds=1.0, backpressured_seconds=2.0)
    assert read["tfqueue_stage_info"](failing) == {"kind": "runner", "draws": "a,b", "fills": "q"}
    assert read["tfqueue_stage_exceptions_total"](failing) == {"other": 0, "ValueError": 3}
    states = {"busy": 1.0, "starved": 0.0, "backpressured": 2.0}
    assert read["tfqueue_stage_state_seconds_total"](failing) == states
    assert read["tfqueue_coordinator_threads"](coordinator(threads_running=3)) == {"running": 3, "stopped": 0}


def test_exceptions_beyond_the_cap_keep_their_series():
    """`other` is a class like any, and its count is the source's."""
    read = {metric.name: metric.read for metric in CATALOGUE}
    assert read["tfqueue_stage_exceptions_total"](stage(exceptions=(("other", 5),))) == {"other": 5}


def test_tags_are_distinct():
    """No two metrics write one curve."""
    tags = [metric.tag.name for metric in CATALOGUE if metric.tag]
    assert len(tags) == len(set(tags))


def test_the_table_has_a_row_for_each_metric():
    """The README's table is made from the catalogue."""
    rows = catalogue_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == [metric.name for metric in CATALOGUE]
    assert all(row.count("|") == 7 for row in rows)


def test_the_catalogue_prints_its_table():
    """`python -m tfqueue.telemetry.metrics` writes it to the standard output."""
    asked = subprocess.run(
        [sys.executable, "-m", "tfqueue.telemetry.metrics"], capture_output=True, text=True, check=True
    )
    assert asked.stdout == catalogue_table()
