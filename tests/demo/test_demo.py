"""The demo as a user runs it: the command in a process of its own, and the pipeline inside a test."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import tfqueue as tf
from tests.demo.snapshots import BATCHES, CONSUMER, ENCODED, FILENAMES
from tfqueue.demo.chain import StageRow, rows
from tfqueue.demo.photographs import Photographs, cut_photographs
from tfqueue.demo.pipeline import CROP, build, find_broken
from tfqueue.demo.run_directory import make_run_directory
from tfqueue.demo.trainer import Trainer
from tfqueue.telemetry.registry import default_registry
from tfqueue.testing import wait_until

QUEUES = (FILENAMES, ENCODED, BATCHES)
STAGES = (*QUEUES, CONSUMER)
RUN_SECONDS = 90
"""How long a run of the command may take before the test fails."""


def tfqueue(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command, in a folder of its own, its output caught."""
    return subprocess.run(
        [sys.executable, "-m", "tfqueue.cli", *arguments],
        cwd=cwd,
        env=os.environ | {"COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )


def error_of(done: subprocess.CompletedProcess[str]) -> str:
    """What a failed run says: one line, no traceback."""
    assert done.returncode in {1, 2}, done.stdout + done.stderr
    assert done.stderr.startswith("tfqueue demo: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def save_images(folder: Path, count: int = 6) -> None:
    """Images of several sizes and modes under two labels."""
    rng = np.random.default_rng(0)
    for label, colour in (("dark", 40), ("light", 200)):
        (folder / label).mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(colour, colour + 50, (50 + 30 * number, 140, 3), np.uint8)
            image = Image.fromarray(pixels).convert("L" if number == 1 else "RGB")
            image.save(folder / label / f"{number}.{'png' if number % 2 else 'jpg'}")


def scalars(directory: Path) -> dict[str, list[float]]:
    """Every scalar curve of one directory of event files, by tag, read by TensorBoard's own reader."""
    events = EventAccumulator(str(directory)).Reload()
    values = {tag: [event.value for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    for tag in events.Tags()["tensors"]:
        values[tag] = [float(tensor.tensor_proto.float_val[0]) for tensor in events.Tensors(tag)]
    return values


def test_the_demo_runs_to_its_tables_and_leaves_its_curves(tmp_path: Path) -> None:
    """Two seconds of the demo: it ends well, learns, prints both tables, and writes what TensorBoard shows."""
    done = tfqueue("demo", "--seconds", "2", "--plain", "--logdir", "logs", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    # The addresses stand at the top, both tables at the end
    assert "--logdir logs" in done.stdout
    assert re.search(r"http://127\.0\.0\.1:\d+/metrics", done.stdout)
    for words in ("Queues", "random_shuffle_queue", "mean fullness", "Stages", "decode, augment", "How to read it"):
        assert words in done.stdout
    # It has learnt
    loss = re.search(r"Loss ([\d.]+) on the first batch, ([\d.]+) on the last ones", done.stdout)
    assert loss is not None
    assert float(loss[2]) < 0.9 * float(loss[1])
    assert re.search(r"Accuracy \d+% on images it never trained on \(\d+ of 80\)", done.stdout)
    # The event files hold the fullness of every queue, and the loss
    pipeline, training = scalars(tmp_path / "logs" / "pipeline"), scalars(tmp_path / "logs" / "training")
    for queue in QUEUES:
        for tag in ("fraction_full", "mean_fraction_full"):
            assert all(0 <= value <= 1 for value in pipeline[f"queue/{queue}/{tag}"])
    assert len(training["loss"]) >= 2
    assert len([tag for tag in training if "fraction_" in tag]) >= 2
    assert EventAccumulator(str(tmp_path / "logs" / "training")).Reload().Graph().node
    # Nothing went wrong on the way
    assert done.stderr == ""


def test_the_demo_learns_from_the_users_own_images(tmp_path: Path) -> None:
    """JPEG and PNG, grey and coloured, of any size, under two labels; a note among them is named and left alone."""
    save_images(tmp_path / "photos")
    (tmp_path / "photos" / "dark" / "note.txt").write_text("taken at night")
    done = tfqueue("demo", "--data", "photos", "--seconds", "1.5", "--batch-size", "4", "--threads", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 photographs, 2 labels, 1 thread" in done.stdout
    assert "1 file of another kind, the first is photos/dark/note.txt" in done.stdout
    assert "on images it never trained on" in done.stdout
    assert next((tmp_path / "tfqueue-demo").iterdir()).is_dir()


def test_a_file_that_is_no_image_is_named(tmp_path: Path) -> None:
    """A text that calls itself an image ends the run with its name, the reader's own words and the way out: no hang."""
    save_images(tmp_path / "photos")
    (tmp_path / "photos" / "light" / "broken.jpg").write_text("no image")
    error = error_of(tfqueue("demo", "--data", "photos", "--seconds", "60", "--batch-size", "4", cwd=tmp_path))
    assert "photos/light/broken.jpg cannot be read as an image: remove or replace it" in error
    assert "unknown format starting with b'no image'" in error
    # And the directory of the run that came to nothing is gone
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_every_kind_of_broken_file_is_found(tmp_path: Path, photographs: Photographs) -> None:
    """Among sound images: a text, an empty file, a torn one, and one that is gone."""
    sound = photographs.train_files[0]
    (tmp_path / "text.jpg").write_text("no image")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "torn.jpg").write_bytes(Path(sound).read_bytes()[:1500])
    pipeline = build(photographs, batch_size=8, threads=1, seed=0)
    with tf.Session(graph=pipeline.graph) as session:
        assert find_broken(session, pipeline, photographs.train_files[:3]) is None
        for name in ("text.jpg", "empty.jpg", "torn.jpg", "gone.jpg"):
            broken = find_broken(session, pipeline, (sound, str(tmp_path / name), sound))
            assert broken is not None
            assert broken[0] == str(tmp_path / name)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--data", "nowhere"), "nowhere does not exist"),
        (("--data", "empty"), "empty is empty"),
        (("--data", "file"), "file is no directory"),
        (("--logdir", "file/logs"), "file/logs"),
    ],
)
def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """A directory that is missing, empty or none: one line that names it, and no directory is left behind."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    assert words in error_of(tfqueue("demo", *arguments, cwd=tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file"]


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """The port stands in the message."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        error = error_of(tfqueue("demo", "--port", port, cwd=tmp_path))
        assert f"port {port} " in error
        assert "in use" in error
    assert list(tmp_path.iterdir()) == []


def test_only_what_the_run_made_is_discarded(tmp_path: Path) -> None:
    """A directory that stood before, or that another has written to, stays; one of the run's own goes, parents too."""
    stood = make_run_directory(tmp_path)
    assert stood.made == ()
    shared = make_run_directory(tmp_path / "shared")
    (shared.path / "notes.txt").write_text("mine")
    own = make_run_directory(tmp_path / "new" / "run")
    for directory in (stood, shared, own):
        (directory.path / "training").mkdir()
        (directory.path / "training" / "events").write_text("")
        directory.discard()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shared", "training"]
    assert sorted(path.name for path in shared.path.iterdir()) == ["notes.txt", "training"]


@pytest.mark.parametrize(
    ("number", "status", "word"), [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")]
)
def test_a_signal_ends_it_with_the_tables_so_far(
    tmp_path: Path, number: signal.Signals, status: int, word: str
) -> None:
    """Stopped in the middle: the tables, the exit status that a shell gives to the signal, no traceback."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tfqueue.cli", "demo", "--seconds", "60"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    # Given a run that has printed its first line with a loss
    printed = ""
    while "loss" not in printed:
        line = process.stdout.readline()
        assert line, printed
        printed += line
    # When it is stopped
    process.send_signal(number)
    out, error = process.communicate(timeout=RUN_SECONDS)
    # Then it ends as if its time were up
    assert process.returncode == status, error
    assert f"Stopped by {word} after" in out
    assert "Stages" in out
    assert error == ""


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Photographs:
    return cut_photographs(tmp_path_factory.mktemp("photographs"))


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[tf.summary.FileWriter]:
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        yield writer


def shares(photographs: Photographs, writer: tf.summary.FileWriter, slow: str | None) -> dict[str, StageRow]:
    """The pipeline run for some batches; what each stage did once the first batches were through."""
    pipeline = build(photographs, batch_size=8, threads=2, seed=0, slow=slow)
    with tf.Session(graph=pipeline.graph) as session, pipeline.graph.as_default():
        trainer = Trainer(session, pipeline, 5, writer, slow == "consumer")
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        trainer.step(60)
        if slow == "consumer":  # measured in the steady state, which begins when the queue before it has filled
            wait_until(lambda: default_registry().collect().queue(BATCHES).fraction_full > 0.9)
            trainer.step(60)
        before = default_registry().collect()
        for _ in range(8):
            trainer.step(60)
        measured = rows(before, default_registry().collect())
        coordinator.request_stop()
        coordinator.join(threads)
    return {row.name: row for row in measured if isinstance(row, StageRow)}


@pytest.mark.parametrize(("slow", "stage"), [("source", ENCODED), ("transform", BATCHES), ("consumer", CONSUMER)])
def test_the_slow_stage_is_the_busiest(
    photographs: Photographs, writer: tf.summary.FileWriter, slow: str, stage: str
) -> None:
    """What was slowed down is at work most of its time; what stands before waits for room, what follows for input."""
    measured = shares(photographs, writer, slow)
    assert tuple(measured) == STAGES
    assert max(measured.values(), key=lambda row: row.busy).name == stage
    position = STAGES.index(stage)
    for before in STAGES[:position]:
        assert measured[before].backpressured > measured[before].busy
    for after in STAGES[position + 1 :]:
        assert measured[after].starved > measured[after].busy


def test_batches_are_whitened_pictures_with_their_labels(
    photographs: Photographs, writer: tf.summary.FileWriter
) -> None:
    """What comes out at the end: float32 pictures of mean 0 and variance 1, and labels that exist."""
    pipeline = build(photographs, batch_size=8, threads=2, seed=0)
    with tf.Session(graph=pipeline.graph) as session, pipeline.graph.as_default():
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        images, labels = session.run([pipeline.images, pipeline.labels])
        coordinator.request_stop()
        coordinator.join(threads)
    assert (images.shape, images.dtype) == ((8, CROP, CROP, 3), np.float32)
    assert np.allclose(images.mean(axis=(1, 2, 3)), 0, atol=1e-3)
    assert np.allclose(images.std(axis=(1, 2, 3)), 1, atol=1e-2)
    assert labels.dtype == np.int32
    assert set(labels) <= set(range(5))
