"""The example `06_cifar10`: a program of TensorFlow 1's users, on CIFAR-10's file format, does what it was written for.

Its text, with `import tensorflow.compat.v1 as tf` in place of its one line that names tfqueue, runs on TensorFlow 2.21,
and came to the same precision there.
"""

import ast
import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.summaries.events import all_events, curve

FOLDER = Path(__file__).parents[2] / "examples" / "06_cifar10"
RECORD = 1 + 32 * 32 * 3

USED_OF_TENSORFLOW = {
    "": (
        "FixedLengthRecordReader Graph Session Variable abs argmax assign_add assign_sub cast concat "
        "control_dependencies decode_raw equal float32 get_collection global_variables_initializer group "
        "int32 local_variables_initializer matmul name_scope one_hot random_crop reduce_mean reduce_sum "
        "reshape shape slice strided_slice transpose uint8 zeros"
    ),
    "GraphKeys.": "QUEUE_RUNNERS",
    "errors.": "OutOfRangeError",
    "image.": (
        "per_image_standardization random_brightness random_contrast random_flip_left_right "
        "resize_image_with_crop_or_pad"
    ),
    "nn.": "log_softmax softmax",
    "summary.": "image scalar",
    "train.": (
        "Coordinator MonitoredTrainingSession NanTensorHook SessionRunArgs SessionRunHook StopAtStepHook "
        "batch get_or_create_global_step shuffle_batch string_input_producer"
    ),
}
"""Names by the namespace that they stand in: each is public in TensorFlow 1."""


def script(name: str) -> ModuleType:
    """A script of the example, as a module."""
    spec = importlib.util.spec_from_file_location(f"cifar10_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def program() -> Any:
    """The program."""
    return script("main")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The files, made of real photographs."""
    folder = tmp_path_factory.mktemp("cifar10") / "cifar-10-batches-bin"
    script("make_data").make_data(str(folder))
    return str(folder)


def stored(data_dir: str, pattern: str) -> tuple[np.ndarray, np.ndarray]:
    """Labels and pictures of the files, read by NumPy alone."""
    parts = [np.fromfile(path, np.uint8).reshape(-1, RECORD) for path in sorted(Path(data_dir).glob(pattern))]
    records = np.concatenate(parts)
    return records[:, 0], records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


def middle(image: Any) -> Any:
    """What evaluation takes of a picture."""
    return tf.image.resize_image_with_crop_or_pad(image, 24, 24)


def standardized_middles(pictures: np.ndarray) -> np.ndarray:
    """The same, of stored pictures, by NumPy alone."""
    cut = pictures[:, 4:28, 4:28].astype(np.float64)
    mean, deviation = (each(cut, axis=(1, 2, 3), keepdims=True) for each in (np.mean, np.std))
    return (cut - mean) / np.maximum(deviation, 1 / np.sqrt(24 * 24 * 3))


def dotted(node: ast.AST) -> str | None:
    """`a.b.c` of an expression that is just that."""
    if isinstance(node, ast.Name):
        return node.id
    before = dotted(node.value) if isinstance(node, ast.Attribute) else None
    return f"{before}.{node.attr}" if isinstance(node, ast.Attribute) and before else None


def names_of(tree: ast.AST) -> set[str]:
    """All that a program takes from `tf`, each name in full."""
    found = {name for node in ast.walk(tree) if (name := dotted(node)) and name.startswith("tf.")}
    return {name[3:] for name in found if not any(other.startswith(f"{name}.") for other in found)}


def test_the_program_names_tfqueue_in_its_import_alone() -> None:
    """One line is exchanged to run it on TensorFlow: all names that it uses are TensorFlow 1's."""
    text = (FOLDER / "main.py").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if "tfqueue" in line] == ["import tfqueue as tf"]
    tree = ast.parse(text.replace("import tfqueue as tf", "import tensorflow as tf"))
    public = {space + name for space, names in USED_OF_TENSORFLOW.items() for name in names.split()}
    assert names_of(tree) == public


def test_the_files_are_cifar10s(data_dir: str) -> None:
    """Five files of records to train on and one held out, of 3073 bytes a record; no picture is in both parts."""
    sizes = {path.name: path.stat().st_size / RECORD for path in Path(data_dir).glob("*.bin")}
    assert sizes == {**{f"data_batch_{number}.bin": 320 for number in range(1, 6)}, "test_batch.bin": 400}
    (train_labels, train), (labels, held_out) = (stored(data_dir, pattern) for pattern in ("data*", "test*"))
    assert Counter(train_labels.tolist()) == dict.fromkeys(range(5), 320)
    assert Counter(labels.tolist()) == dict.fromkeys(range(5), 80)
    assert not {picture.tobytes() for picture in train} & {picture.tobytes() for picture in held_out}


def test_records_are_read_as_they_stand_in_the_file(program: Any, data_dir: str) -> None:
    """Key, label and picture of each record, in order."""
    labels, pictures = stored(data_dir, "test_batch.bin")
    path = f"{data_dir}/test_batch.bin"
    record = program.read_cifar10(tf.train.string_input_producer([path]))
    with tf.train.MonitoredSession() as session:
        read = [session.run(record) for _ in range(401)]
    keys, read_labels, read_pictures = (list(each) for each in zip(*read, strict=True))
    assert keys[:3] == [f"{path}:{number}".encode() for number in range(3)]
    assert len(set(keys)) == 400
    assert keys[400] == keys[0]
    np.testing.assert_array_equal(np.concatenate(read_labels[:400]), labels)
    np.testing.assert_array_equal(np.stack(read_pictures[:400]), pictures)


def test_sixteen_threads_fill_the_shuffling_queue(program: Any, data_dir: str) -> None:
    """`shuffle_batch` keeps 40 % of an epoch back, and batches are pictures of mean 0 and deviation 1."""
    images, labels = program.distorted_inputs(data_dir, 100)
    assert (images.shape.as_list(), labels.shape.as_list()) == ([100, 24, 24, 3], [100])
    *_, runner = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
    with tf.Session() as session:
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        batches = [session.run([images, labels]) for _ in range(4)]
        stats = runner.queue.runtime_queue(session).stats()
        coordinator.request_stop()
        coordinator.join(threads)
    assert len(runner.enqueue_ops) == 16
    assert (stats.kind, stats.min_after_dequeue, stats.capacity) == ("RandomShuffleQueue", 640, 940)
    pictures = np.concatenate([batch for batch, _ in batches])
    np.testing.assert_allclose(pictures.mean((1, 2, 3)), 0, atol=1e-4)
    np.testing.assert_allclose(pictures.std((1, 2, 3)), 1, atol=1e-3)
    assert len({picture.tobytes() for picture in pictures}) == 400
    assert set(np.concatenate([known for _, known in batches]).tolist()) == set(range(5))


def test_an_epoch_of_batches_has_each_picture_with_its_own_label(
    program: Any, data_dir: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen threads tear no label from its picture; undistorted, each picture is one of the files'."""
    monkeypatch.setattr(program, "distort", middle)
    images, labels = program.distorted_inputs(data_dir, 100)
    with tf.train.MonitoredSession() as session:
        batches = [session.run([images, labels]) for _ in range(5)]
    known_labels, stored_pictures = stored(data_dir, "data_batch_*.bin")
    known = standardized_middles(stored_pictures).reshape(len(known_labels), -1)
    for pictures, batch_labels in batches:
        rows = pictures.reshape(len(pictures), -1)
        squares = (known**2).sum(1) - 2 * rows @ known.T + (rows**2).sum(1, keepdims=True)
        assert squares.min(1).max() < 1e-3
        np.testing.assert_array_equal(known_labels[squares.argmin(1)], batch_labels)


def test_evaluation_sees_each_picture_once(program: Any, data_dir: str) -> None:
    """`batch` with sixteen threads gives one epoch whole, in any order, and ends with OutOfRangeError."""
    images, labels = program.inputs(data_dir, 50)
    batches = []
    with tf.train.MonitoredSession() as session:
        while not session.should_stop():
            batches.append(session.run([images, labels]))
    pictures, seen_labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    known_labels, stored_pictures = stored(data_dir, "test_batch.bin")
    known = standardized_middles(stored_pictures)
    # One number a picture, which no other picture has, and no other label with it.
    probe = np.random.default_rng(0).normal(size=known[0].size)
    seen_marks = pictures.reshape(len(pictures), -1) @ probe + 1000 * seen_labels
    known_marks = known.reshape(len(known), -1) @ probe + 1000 * known_labels.astype(np.int32)
    np.testing.assert_allclose(np.sort(seen_marks), np.sort(known_marks), atol=0.01)


def test_the_program_learns_and_writes_its_curves(
    program: Any, data_dir: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole of it: training by hooks, summaries of loss and pictures, an evaluation far better than guessing."""
    logdir = tmp_path / "train"
    arguments = ["--data_dir", data_dir, "--train_dir", str(logdir), "--max_steps", "30", "--log_frequency", "10"]
    monkeypatch.setattr("sys.argv", ["main.py", *arguments])
    program.main()
    *_, last = capsys.readouterr().out.splitlines()
    assert last.endswith("of 400")
    assert float(last.split()[4]) > 0.6
    losses = curve(logdir, "cross_entropy")
    assert len(losses) >= 3
    assert losses[0][1] == pytest.approx(np.log(5), rel=1e-5)
    assert losses[-1][1] < 0.7 * losses[0][1]
    pictures = [value for event in all_events(logdir) for value in event.summary.value if value.HasField("image")]
    assert {value.tag for value in pictures} == {f"images/image/{number}" for number in range(3)}
    assert {(value.image.width, value.image.height, value.image.colorspace) for value in pictures} == {(24, 24, 3)}


def test_a_missing_file_is_named(program: Any, tmp_path: Path) -> None:
    """The program's own check, before anything is read."""
    with pytest.raises(ValueError, match=r"Failed to find file: .*data_batch_1\.bin"):
        program.distorted_inputs(str(tmp_path), 100)
