"""A real TensorBoard shows what the Snapshots said, all of it."""

import io
import urllib.request
import wave

import numpy as np
import pytest
from PIL import Image

import tfqueue as tf
from tests.summaries.conftest import TensorBoard
from tests.summaries.records import EPOCH, queue, snapshot
from tfqueue.framework import messages
from tfqueue.graph.graph import Graph
from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.summaries.event_file import EventFileSink
from tfqueue.summaries.file_writer import FileWriter
from tfqueue.summaries.sampler import Sampler
from tfqueue.summaries.tags import tag_values
from tfqueue.telemetry.registry import Registry
from tfqueue.telemetry.stats import Snapshot
from tfqueue.testing import wait_until


class Recorder:
    """A second sink, which keeps what the event file got."""

    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []

    def write(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    def close(self) -> None:
        pass


def test_the_curves_are_the_snapshots(tensorboard: TensorBoard) -> None:
    """Two queues that fill and drain under a sampler: TensorBoard serves each point of each curve as it was."""
    registry, recorder = Registry(), Recorder()
    one, two = BlockingQueue(4, name="one"), BlockingQueue(32, name="two")
    registry.register(one)
    registry.register(two)
    sampler = Sampler(registry, [EventFileSink(str(tensorboard.logdir / "live")), recorder], interval=0.02)
    sampler.start()
    for count in range(1, 5):
        one.enqueue(count)
        two.enqueue_many(range(5))
        wait_until(lambda count=count: recorder.snapshots[-1:] and recorder.snapshots[-1].queue("one").size == count)
    one.dequeue_many(3)
    sampler.close()
    snapshots = recorder.snapshots
    for name in ("one", "two"):
        curve = tensorboard.wait_for_curve("live", f"queue/{name}/fraction_full", len(snapshots))
        assert [value for _, value in curve] == pytest.approx([s.queue(name).fraction_full for s in snapshots])
    expected = {value.tag: value.value for value in tag_values(snapshots[-1], snapshots[-2])}
    served = {tag: tensorboard.curve("live", tag)[-1][1] for tag in expected}
    assert served == pytest.approx(expected, rel=1e-6)


def test_a_second_run_in_the_directory_continues_the_curve(tensorboard: TensorBoard) -> None:
    """No earlier point is hidden, which a step that starts over would do."""
    logdir = tensorboard.logdir / "restarted"
    for start in (0.0, 100.0):
        sink = EventFileSink(str(logdir))
        sink._epoch = EPOCH  # as the first file of the directory was made when these Snapshots begin
        for second in range(3):
            sink.write(snapshot(start + second, queue(size=second)))
        sink.close()
    curve = tensorboard.wait_for_curve("restarted", "queue/q/size", 6)
    assert curve == [(0, 0), (1000, 1), (2000, 2), (100_000, 0), (101_000, 1), (102_000, 2)]


def test_each_chart_says_how_it_is_read(tensorboard: TensorBoard) -> None:
    """The catalogue's sentence stands beside the chart."""
    sink = EventFileSink(str(tensorboard.logdir / "described"))
    sink.write(snapshot(0.0, queue(size=5)))
    sink.close()
    tensorboard.wait_for_curve("described", "queue/q/fraction_full", 1)
    described = tensorboard.ask("plugin/scalars/tags")["described"]["queue/q/fraction_full"]["description"]
    assert "Near 1: writers wait, look downstream; near 0: readers starve, look upstream." in described
    assert tensorboard.curve("described", "queue/q/fraction_full") == [(0, 0.5)]


def test_summaries_and_the_graph_of_a_file_writer_are_shown(tensorboard: TensorBoard) -> None:
    """The scalar's curve, and the graph tab with its ops."""
    graph = Graph()
    with graph.as_default(), graph.name_scope("reading"):
        graph.create_op("NoOp", [], [], "start")
    with FileWriter(tensorboard.logdir / "written", graph) as writer:
        for step in range(4):
            value = messages.Summary.Value(tag="loss", simple_value=1.0 / (step + 1))
            writer.add_summary(messages.Summary(value=[value]), step)
    curve = tensorboard.wait_for_curve("written", "loss", 4)
    assert dict(curve) == pytest.approx({0: 1.0, 1: 0.5, 2: 1 / 3, 3: 0.25})
    wait_until(lambda: tensorboard.ask("plugin/graphs/info").get("written", {}).get("run_graph", False))
    assert "reading/start" in graph_text(tensorboard, "written")


def test_images_sound_and_text_of_summary_ops_are_served(tensorboard: TensorBoard) -> None:
    """One run of a graph: TensorBoard's image, audio and text plugins each serve what was in the tensors."""
    picture = np.arange(2 * 4 * 3, dtype=np.uint8).reshape(1, 2, 4, 3)
    clip = np.array([[0.0, 0.5, -0.5, 1.0]], np.float32)
    summaries = [
        tf.summary.image("picture", picture, max_outputs=1),
        tf.summary.image("pictures", np.concatenate([picture, 255 - picture])),
        tf.summary.audio("clip", clip, 8000, max_outputs=1, family="sound"),
        tf.summary.text("words", tf.constant(["**loud**", "quiet"])),
    ]
    with tf.Session() as session, FileWriter(tensorboard.logdir / "seen") as writer:
        writer.add_summary(session.run(tf.summary.merge(summaries)), 7)
    wait_until(lambda: "words" in tensorboard.ask("plugin/text/tags").get("seen", {}))

    for tag, expected in [("picture/image", picture[0]), ("pictures/image/1", 255 - picture[0])]:
        png = shown(tensorboard, "images/images", "images/individualImage", tag)
        np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(png))), expected)
    wav = shown(tensorboard, "audio/audio", "audio/individualAudio", "sound/sound/clip/audio")
    with wave.open(io.BytesIO(wav)) as reader:
        assert (reader.getframerate(), reader.getnchannels()) == (8000, 1)
        assert np.frombuffer(reader.readframes(4), "<i2").tolist() == [0, 16384, -16384, 32767]
    [text] = tensorboard.ask("plugin/text/text", run="seen", tag="words")
    assert text["step"] == 7
    assert "<strong>loud</strong>" in text["text"]
    assert "quiet" in text["text"]


def shown(tensorboard: TensorBoard, listing: str, single: str, tag: str) -> bytes:
    """The one file that a plugin serves for a tag."""
    [entry] = tensorboard.ask(f"plugin/{listing}", run="seen", tag=tag, sample="0")
    assert entry["step"] == 7
    url = f"{tensorboard.url}data/plugin/{single}?{entry['query']}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        contents: bytes = answer.read()
    return contents


def graph_text(tensorboard: TensorBoard, run: str) -> str:
    """The protobuf text that the graph tab draws."""
    with urllib.request.urlopen(f"{tensorboard.url}data/plugin/graphs/graph?run={run}", timeout=10) as answer:
        text: str = answer.read().decode()
    return text
