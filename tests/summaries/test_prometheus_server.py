"""A real Prometheus scrapes `/metrics` without a fault, and says what the Snapshot says."""

import subprocess
import urllib.request
from contextlib import ExitStack

import pytest

from tests.summaries.conftest import Prometheus, tool
from tests.summaries.records import Fixed, coordinator, stage
from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.queues.disciplines import RandomShuffle
from tfqueue.summaries.server import MonitorServer
from tfqueue.telemetry.metrics import CATALOGUE, Kind
from tfqueue.testing import ScriptedClock, run_in_thread, wait_until, wait_until_parked


@pytest.fixture
def sources(prometheus: Prometheus):
    """What Prometheus finds at its target, for one test."""
    with ExitStack() as stack:

        def add(source):
            prometheus.sources.register(source)
            stack.callback(prometheus.sources.unregister, source)
            return source

        yield add


def series(name: str) -> tuple[tuple[str, str], ...]:
    return (("queue", name),)


def test_its_numbers_are_the_snapshots(prometheus: Prometheus, sources) -> None:
    """A queue on a scripted clock, which stands still while it is scraped: every number agrees exactly."""
    clock = ScriptedClock()
    queue = sources(BlockingQueue(8, RandomShuffle(2), name="scripted", kind="RandomShuffleQueue", now=clock))
    clock.advance(1.5)
    queue.enqueue_many(range(6))
    clock.advance(2.0)
    queue.dequeue_many(3)
    clock.advance(4.0)
    consumer = run_in_thread(queue.dequeue_many, 4)
    wait_until_parked(queue, dequeues=1)
    clock.advance(8.0)
    wait_until(lambda: prometheus.query('tfqueue_queue_blocked_seconds_total{queue="scripted"} > 7'))
    stats = prometheus.sources.collect().queue("scripted")
    for name, value in {
        "capacity": stats.capacity,
        "size": stats.size,
        "min_after_dequeue": stats.min_after_dequeue,
        "closed": 0,
        "fraction_full": stats.fraction_full,
        "element_seconds_total": stats.element_seconds,
        "empty_seconds_total": 1.5,
        "full_seconds_total": 0.0,
        "below_min_seconds_total": stats.below_min_seconds,
        "enqueued_elements_total": 6,
        "dequeued_elements_total": stats.dequeued_elements,
        "cancelled_elements_total": 0,
    }.items():
        assert prometheus.query(f'tfqueue_queue_{name}{{queue="scripted"}}') == {series("scripted"): value}, name
    blocked = prometheus.query('tfqueue_queue_blocked_seconds_total{queue="scripted"}')
    assert {dict(labels)["operation"]: value for labels, value in blocked.items()} == {"enqueue": 0.0, "dequeue": 8.0}
    assert prometheus.query('tfqueue_queue_wait_seconds_count{queue="scripted",operation="enqueue"}')
    queue.close()
    consumer.exception()


def test_every_metric_of_the_catalogue_arrives(prometheus: Prometheus, sources) -> None:
    """With its kind and its help, at zero from the start, and with no series that nobody asked for."""
    sources(BlockingQueue(1, name="all"))
    stage_source = sources(Fixed(stage("all")))
    coordinator_source = sources(Fixed(coordinator("all")))
    wait_until(lambda: prometheus.query('tfqueue_queue_size{queue="all"}'))
    names = set(prometheus.ask("label/__name__/values"))
    for metric in CATALOGUE:
        assert metric.name + ("_bucket" if metric.kind is Kind.HISTOGRAM else "") in names
    assert not [name for name in names if name.startswith("tfqueue") and name.endswith("_created")]
    described = prometheus.ask("metadata")
    for metric in CATALOGUE:
        base = metric.name.removesuffix("_total") if metric.kind is Kind.COUNTER else metric.name.removesuffix("_info")
        [entry] = described[base]
        assert (entry["type"], entry["help"]) == (metric.kind, metric.help)
    assert stage_source is not coordinator_source


def test_the_scrape_is_without_fault(prometheus: Prometheus) -> None:
    """Prometheus calls the target healthy, and has nothing to say against it."""
    [target] = prometheus.ask("targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")


def test_the_series_of_a_queue_that_is_gone_go_stale(prometheus: Prometheus, sources) -> None:
    """Within two scrapes, not after five minutes."""
    queue = sources(BlockingQueue(1, name="leaving"))
    wait_until(lambda: prometheus.query('tfqueue_queue_size{queue="leaving"}'))
    prometheus.sources.unregister(queue)
    wait_until(lambda: not prometheus.query('tfqueue_queue_size{queue="leaving"}'))


def test_promtool_finds_no_fault_with_the_live_endpoint(tmp_path) -> None:
    """Names, kinds and help keep Prometheus's conventions, the process's own metrics included."""
    queue = BlockingQueue(4, name="live")
    queue.enqueue("x")
    server = MonitorServer(0)
    server.start()
    text = urllib.request.urlopen(server.url + "metrics", timeout=10).read()
    server.close()
    assert b'tfqueue_queue_size{queue="live"} 1.0' in text
    checked = subprocess.run([tool("promtool"), "check", "metrics"], input=text, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
