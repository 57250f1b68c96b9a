"""Prometheus reads one Snapshot a scrape: names from the catalogue, series from the start, none of what is gone."""

import logging
import math

import prometheus_client
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from tests.summaries.records import FixedRegistry, coordinator, operation, queue, stage
from tfqueue.summaries.prometheus import PipelineCollector, make_registry, metrics_registry, mount
from tfqueue.telemetry.metrics import CATALOGUE, Kind
from tfqueue.telemetry.registry import Registry
from tfqueue.telemetry.stats import WAIT_BUCKETS_SECONDS


def scrape(registry):
    """All samples of the text exposition: {(name, labels): value}."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse(generate_latest(registry).decode())
        for sample in family.samples
    }


def registry_of(*records):
    sources = FixedRegistry(*records)
    registry = CollectorRegistry()
    registry.register(PipelineCollector(sources))
    return registry


def value_of(registry, name, **labels):
    return registry.get_sample_value(name, labels)


def test_every_metric_of_the_catalogue_has_series_from_the_start():
    """Of sources that have done nothing yet: all numbers are zero, so that a rate sees the first event."""
    names = {
        sample.name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        for family in registry_of(queue(), stage(), coordinator()).collect()
        for sample in family.samples
    }
    assert names == {metric.name for metric in CATALOGUE}


def test_numbers_are_those_of_the_snapshot():
    """Name by name and label by label."""
    registry = registry_of(
        queue("batch", size=7, element_seconds=2.5, dequeue=operation(blocked_seconds=1.25, blocked_threads=3)),
        stage("batch", busy_seconds=4.0, exceptions=(("DataLossError", 2),), elements_out=9),
    )
    assert value_of(registry, "tfqueue_queue_size", queue="batch") == 7
    assert value_of(registry, "tfqueue_queue_fraction_full", queue="batch") == 0.7
    assert value_of(registry, "tfqueue_queue_element_seconds_total", queue="batch") == 2.5
    assert value_of(registry, "tfqueue_queue_blocked_seconds_total", queue="batch", operation="dequeue") == 1.25
    assert value_of(registry, "tfqueue_queue_blocked_threads", queue="batch", operation="dequeue") == 3
    assert value_of(registry, "tfqueue_queue_info", queue="batch", kind="FIFOQueue") == 1
    assert value_of(registry, "tfqueue_stage_state_seconds_total", stage="batch", state="busy") == 4.0
    assert value_of(registry, "tfqueue_stage_exceptions_total", stage="batch", exception="DataLossError") == 2
    assert value_of(registry, "tfqueue_stage_exceptions_total", stage="batch", exception="other") == 0
    assert value_of(registry, "tfqueue_stage_elements_total", stage="batch", direction="out") == 9


def test_waits_are_a_classic_histogram():
    """Buckets are cumulative, the last one is the count, and quantiles come out of them."""
    waits = tuple(range(1, len(WAIT_BUCKETS_SECONDS) + 2))
    registry = registry_of(queue(dequeue=operation(wait_buckets=waits, wait_seconds=12.5, finished=sum(waits))))
    labels = {"queue": "q", "operation": "dequeue"}
    bounds = [str(bound) for bound in WAIT_BUCKETS_SECONDS] + ["+Inf"]
    found = [value_of(registry, "tfqueue_queue_wait_seconds_bucket", **labels, le=bound) for bound in bounds]
    assert found == [sum(waits[: count + 1]) for count in range(len(waits))]
    assert value_of(registry, "tfqueue_queue_wait_seconds_count", **labels) == sum(waits)
    assert value_of(registry, "tfqueue_queue_wait_seconds_sum", **labels) == 12.5


def test_both_formats_are_read_by_prometheus_clients_own_parsers():
    """The text format and OpenMetrics, with the kinds of the catalogue."""
    registry = registry_of(queue(), stage(), coordinator())
    openmetrics = list(parse_openmetrics(generate_openmetrics(registry).decode()))
    kinds = {family.name: family.type for family in openmetrics}
    for metric in CATALOGUE:
        name = metric.name.removesuffix("_total") if metric.kind is Kind.COUNTER else metric.name.removesuffix("_info")
        assert kinds[name] == metric.kind
    assert not [sample for family in openmetrics for sample in family.samples if sample.name.endswith("_created")]
    assert not any(math.isnan(value) for value in scrape(registry).values())


def test_labels_may_hold_anything():
    """A queue's name is the user's: quotes, backslashes, new lines, other scripts."""
    name = 'a "queue"\\\n of Zürich, 東京'
    assert scrape(registry_of(queue(name)))["tfqueue_queue_size", (("queue", name),)] == 0


def test_the_session_is_a_label_only_of_those_that_came_second():
    """The first of a name keeps its series; sources that share session too are told apart, for one series twice would
    spoil the scrape."""
    registry = registry_of(
        queue("a", session="session_1"), queue("a", session="session_2"), queue("b"), queue("c"), queue("c")
    )
    sizes = [labels for name, labels in scrape(registry) if name == "tfqueue_queue_size"]
    assert sorted(sizes) == [
        (("queue", "a"),),
        (("queue", "a"), ("session", "session_2")),
        (("queue", "b"),),
        (("queue", "c"),),
        (("queue", "c"), ("session", "#2")),
    ]


def test_the_series_of_what_is_gone_are_gone():
    """A queue that nobody holds leaves no series at its last value."""
    sources = FixedRegistry(queue("short"))
    registry = make_registry(sources)
    assert value_of(registry, "tfqueue_queue_size", queue="short") == 0
    sources.sources.clear()
    assert value_of(registry, "tfqueue_queue_size", queue="short") is None


def test_describe_names_what_collect_gives():
    """So that name clashes are found, and a scrape may ask for some names only."""
    registry = registry_of(queue())
    described = {(family.name, family.type, family.unit) for family in PipelineCollector(Registry()).describe()}
    collected = {(family.name, family.type, family.unit) for family in registry.collect()}
    assert described == collected
    asked = registry.restricted_registry(["tfqueue_queue_size", "tfqueue_queue_enqueued_elements_total"])
    assert {family.name for family in asked.collect()} == {"tfqueue_queue_size", "tfqueue_queue_enqueued_elements"}


def test_registering_twice_is_an_error():
    """Double series would be silent otherwise."""
    registry = registry_of(queue())
    with pytest.raises(ValueError, match="Duplicated timeseries"):
        registry.register(PipelineCollector())


def test_mounting_twice_changes_nothing():
    """In the program's own registry, beside its own metrics; it can be taken out and mounted again."""
    registry = CollectorRegistry()
    prometheus_client.Gauge("mine", "The program's own.", registry=registry).set(3)
    collector = mount(registry)
    assert mount(registry) is collector
    assert value_of(registry, "tfqueue_collector_errors_total") is not None
    assert value_of(registry, "mine") == 3
    registry.unregister(collector)
    assert value_of(registry, "tfqueue_collector_errors_total") is None
    mount(registry)
    assert value_of(registry, "tfqueue_collector_errors_total") is not None


def test_mounting_where_a_name_is_taken_is_an_error():
    """Prometheus_client's own, which names the series; nothing is mounted."""
    registry = CollectorRegistry()
    prometheus_client.Gauge("tfqueue_queue_size", "Somebody else's.", registry=registry)
    for _ in range(2):
        with pytest.raises(ValueError, match="tfqueue_queue_size"):
            mount(registry)


def test_the_own_registry_is_one_and_knows_the_process():
    """Process, platform and garbage collector are there without the global registry."""
    registry = metrics_registry()
    assert registry is metrics_registry()
    assert value_of(registry, "process_start_time_seconds") > 0
    names = {family.name for family in registry.collect()}
    assert {"python_info", "python_gc_collections", "tfqueue_build"} <= names


class BrokenRegistry(Registry):
    def collect(self):
        raise RuntimeError("no")


def test_a_reading_that_fails_is_a_metric_not_an_exception():
    """The scrape answers with what it has."""
    registry = make_registry(BrokenRegistry())
    assert value_of(registry, "tfqueue_collector_errors_total") == 1
    assert value_of(registry, "tfqueue_collector_errors_total") == 2


def test_sources_that_fail_are_counted():
    """The Snapshot's errors are the collector's."""

    class Broken:
        def stats(self):
            raise RuntimeError("no")

    sources, broken = FixedRegistry(queue()), Broken()
    sources.register(broken)
    registry = make_registry(sources)
    assert value_of(registry, "tfqueue_collector_errors_total") == 1
    assert value_of(registry, "tfqueue_queue_size", queue="q") == 0


def test_multiprocess_mode_is_warned_of(monkeypatch, caplog, tmp_path):
    """There a custom collector is invisible: better said than searched for."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    with caplog.at_level(logging.WARNING, "tfqueue"):
        mount(CollectorRegistry())
    assert "PROMETHEUS_MULTIPROC_DIR" in caplog.text
