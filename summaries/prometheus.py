"""Prometheus reads the registry through a collector: one Snapshot a scrape, no number kept twice.

Invariants:
  - names, kinds, labels and help come from the catalogue;
  - the series of a source are there, at zero, from its first scrape on, and are gone with it;
  - a scrape never raises for a source that fails; the failure is a metric.

The series live in a `CollectorRegistry` of their own. `mount()` puts them into another one, such as the program's.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from tfqueue.framework.version import VERSION
from tfqueue.telemetry.health import monitor_counters
from tfqueue.telemetry.labels import Named
from tfqueue.telemetry.metrics import (
    CATALOGUE,
    COORDINATOR_METRICS,
    MONITOR_METRICS,
    QUEUE_METRICS,
    STAGE_METRICS,
    Kind,
    Metric,
)
from tfqueue.telemetry.registry import Registry, default_registry
from tfqueue.telemetry.stats import WAIT_BUCKETS_SECONDS, OperationStats, Snapshot

_log = logging.getLogger("tfqueue")

_BOUNDS = [*(str(bound) for bound in WAIT_BUCKETS_SECONDS), "+Inf"]

Labels = dict[str, str]


class PipelineCollector(Collector):
    """A custom collector of prometheus_client over a registry of live sources.

    It says in `describe` what it takes, so that registering it twice is a ValueError of prometheus_client's.
    """

    def __init__(self, registry: Registry | None = None) -> None:
        self._registry = registry or default_registry()
        self._lock = threading.Lock()
        self._failed_readings = 0
        self._source_errors = 0

    def describe(self) -> Iterable[Family]:
        """The families without series: what names this collector takes."""
        return [_family(metric) for metric in CATALOGUE]

    def collect(self) -> Iterator[Family]:
        """All families, of one Snapshot."""
        start = time.perf_counter()
        try:
            snapshot = self._registry.collect()
            families = list(_snapshot_families(snapshot))
            self._source_errors = snapshot.errors
        except Exception:  # noqa: BLE001 - a scrape that fails must still say that it did
            with self._lock:
                self._failed_readings += 1
            families = []
            _log.debug("reading the registry failed", exc_info=True)
        yield from families
        errors = self._failed_readings + self._source_errors
        own = monitor_counters().stats(VERSION, time.perf_counter() - start, errors)
        yield from _families(MONITOR_METRICS, [own], [{}])


def _snapshot_families(snapshot: Snapshot) -> Iterator[Family]:
    kinds: Sequence[tuple[Sequence[Metric[Any]], Sequence[Named]]] = (
        (QUEUE_METRICS, snapshot.queues),
        (STAGE_METRICS, snapshot.stages),
        (COORDINATOR_METRICS, snapshot.coordinators),
    )
    for metrics, records in kinds:
        kind = metrics[0].labels[0]
        labels = [
            {kind: record.name} | ({"session": record.session_label} if record.session_label else {})
            for record in records
        ]
        yield from _families(metrics, records, labels)


def _families(metrics: Sequence[Metric[Any]], records: Sequence[Any], labels: list[Labels]) -> Iterator[Family]:
    for metric in metrics:
        family = _family(metric)
        add = _ADD[metric.kind]
        for record, own in zip(records, labels, strict=True):
            add(family, metric, own, metric.read(record))
        yield family


def _family(metric: Metric[Any]) -> Family:
    name = metric.name.removesuffix("_total" if metric.kind is Kind.COUNTER else "_info")
    # A unit that the name does not end in would be appended to the name.
    unit = metric.unit if name.endswith("_" + metric.unit) else ""
    return Family(name, metric.help, metric.kind.value, unit)


def _add_number(family: Family, metric: Metric[Any], own: Labels, reading: float | Mapping[str, float]) -> None:
    name = metric.name
    if not isinstance(reading, Mapping):
        family.add_sample(name, own, reading)
        return
    for label, value in reading.items():
        family.add_sample(name, {**own, metric.labels[-1]: label}, value)


def _add_histogram(family: Family, metric: Metric[Any], own: Labels, reading: Mapping[str, OperationStats]) -> None:
    name = metric.name
    for label, operation in reading.items():
        labels = {**own, metric.labels[-1]: label}
        count = 0
        for bound, count in zip(_BOUNDS, accumulate(operation.wait_buckets), strict=True):
            family.add_sample(name + "_bucket", {**labels, "le": bound}, count)
        family.add_sample(name + "_count", labels, count)
        family.add_sample(name + "_sum", labels, operation.wait_seconds)


def _add_info(family: Family, metric: Metric[Any], own: Labels, reading: Mapping[str, str]) -> None:
    family.add_sample(metric.name, {**own, **reading}, 1)


_ADD: Mapping[Kind, Callable[[Family, Metric[Any], Labels, Any], None]] = {
    Kind.GAUGE: _add_number,
    Kind.COUNTER: _add_number,
    Kind.HISTOGRAM: _add_histogram,
    Kind.INFO: _add_info,
}


_lock = threading.Lock()
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)
_own: CollectorRegistry | None = None
_mounted: "weakref.WeakKeyDictionary[CollectorRegistry, PipelineCollector]" = weakref.WeakKeyDictionary()


def metrics_registry() -> CollectorRegistry:
    """The process's own registry: the pipeline's series, and prometheus_client's own of process and platform."""
    global _own  # noqa: PLW0603 - made on first use, under the lock
    with _lock:
        if _own is None:
            _own = make_registry(default_registry())
        return _own


def make_registry(sources: Registry) -> CollectorRegistry:
    """A registry as `metrics_registry` gives, of other sources."""
    registry = CollectorRegistry()
    registry.register(PipelineCollector(sources))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    _warn_of_multiprocess_mode()
    return registry


def mount(registry: CollectorRegistry = REGISTRY) -> PipelineCollector:
    """Shows the pipeline's series in a registry of the program's own too, and returns their collector.

    Mounting twice changes nothing. ValueError of prometheus_client's when another collector has taken one of the names.
    `registry.unregister(collector)` takes them out again.
    """
    with _lock:
        known = _mounted.get(registry)
        collector = known or PipelineCollector()
        try:
            registry.register(collector)
        except ValueError:
            if known is None:
                raise
        _mounted[registry] = collector
    _warn_of_multiprocess_mode()
    return collector


def _warn_of_multiprocess_mode() -> None:
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        _log.warning(
            "PROMETHEUS_MULTIPROC_DIR is set: prometheus_client's multiprocess mode does not show tfqueue's series, "
            "which are those of one process. Give each process a port of its own: monitor(port=...), or TFQUEUE_PORT."
        )
