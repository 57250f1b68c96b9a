"""The demo's pipeline at work, seen by a real TensorBoard and a real Prometheus: both say what the Snapshot says."""

from pathlib import Path

import pytest

import tfqueue as tf
from tests.summaries.conftest import Prometheus, TensorBoard
from tests.summaries.test_tensorboard_server import Recorder
from tfqueue.demo.photographs import cut_photographs
from tfqueue.demo.pipeline import build
from tfqueue.summaries.event_file import EventFileSink
from tfqueue.summaries.sampler import Sampler
from tfqueue.telemetry.registry import default_registry
from tfqueue.testing import wait_until

COUNTERS = {
    "tfqueue_queue_size": "size",
    "tfqueue_queue_capacity": "capacity",
    "tfqueue_queue_enqueued_elements_total": "enqueued_elements",
    "tfqueue_queue_dequeued_elements_total": "dequeued_elements",
}


def test_both_servers_agree_with_the_snapshot(tensorboard: TensorBoard, prometheus: Prometheus, tmp_path: Path) -> None:
    """Real photographs through all queues: each curve is the Snapshots, each scraped number lies between two."""
    # Given the demo's pipeline, sampled into TensorBoard's directory and scraped by Prometheus
    pipeline = build(cut_photographs(tmp_path / "photographs"), batch_size=16, threads=2, seed=0)
    recorder = Recorder()
    sampler = Sampler(default_registry(), [EventFileSink(str(tensorboard.logdir / "demo")), recorder], interval=0.1)
    with tf.Session(graph=pipeline.graph) as session:
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        session.run(pipeline.images)
        runners = pipeline.graph.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
        queues = [runner.queue.runtime_queue(session) for runner in runners]
        for queue in queues:
            prometheus.sources.register(queue)
        sampler.start()
        # When it works, until Prometheus has seen it at work
        before = tf.snapshot()

        def scraped_at_work() -> bool:
            session.run(pipeline.images)
            seen = prometheus.query('tfqueue_queue_dequeued_elements_total{queue="encoded"}')
            return any(value > before.queue("encoded").dequeued_elements for value in seen.values())

        wait_until(scraped_at_work)
        at_work = {name: prometheus.query(name) for name in COUNTERS}
        after = tf.snapshot()
        coordinator.request_stop()
        coordinator.join(threads)
        sampler.close()
        # Then every number scraped at work lies between the Snapshots before and after
        for queue in queues:
            label = (("queue", queue.name),)
            first, last = before.queue(queue.name), after.queue(queue.name)
            for name in ("enqueued_elements", "dequeued_elements"):
                value = at_work[f"tfqueue_queue_{name}_total"][label]
                assert getattr(first, name) <= value <= getattr(last, name)
        # and at rest it is the Snapshot's
        rest = tf.snapshot()
        for name, field in COUNTERS.items():
            truth = {(("queue", queue.name),): getattr(rest.queue(queue.name), field) for queue in queues}
            wait_until(lambda name=name, truth=truth: prometheus.query(name).items() >= truth.items())
        # and TensorBoard's curves are the Snapshots, point by point
        for queue in queues:
            fullness = [snapshot.queue(queue.name).fraction_full for snapshot in recorder.snapshots]
            curve = tensorboard.wait_for_curve("demo", f"queue/{queue.name}/fraction_full", len(fullness))
            assert [value for _, value in curve] == pytest.approx(fullness)
        for queue in queues:
            prometheus.sources.unregister(queue)
