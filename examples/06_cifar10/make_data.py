"""CIFAR-10's binary files, of photographs: in place of the download.

A record is one label byte and the 32 x 32 pixels of a picture, all of its red, then all green, then all blue. Five
files to train on and one to evaluate with, under the names that the archive has, and the labels' names beside them.
"""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from tfqueue.demo.photographs import cut_photographs

SIDE = 32
TRAIN_FILES = 5


def make_data(data_dir: str | Path) -> None:
    folder = Path(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as crops:
        photographs = cut_photographs(Path(crops))
        train = records(photographs.train_files, photographs.train_labels)
        held_out = records(photographs.held_out_files, photographs.held_out_labels)
    np.random.default_rng(0).shuffle(train)
    for number, part in enumerate(np.array_split(train, TRAIN_FILES), start=1):
        (folder / f"data_batch_{number}.bin").write_bytes(part.tobytes())
    (folder / "test_batch.bin").write_bytes(held_out.tobytes())
    (folder / "batches.meta.txt").write_text("\n".join(photographs.labels) + "\n", encoding="utf-8")


def records(files: tuple[str, ...], labels: tuple[int, ...]) -> np.ndarray:
    """Five of each photograph: the whole of it, and its quarters."""
    rows = []
    for file, label in zip(files, labels, strict=True):
        with Image.open(file) as photograph:
            width, height = photograph.size
            x, y = width // 2, height // 2
            for box in (
                (0, 0, width, height),
                (0, 0, x, y),
                (x, 0, width, y),
                (0, y, x, height),
                (x, y, width, height),
            ):
                pixels = np.asarray(photograph.resize((SIDE, SIDE), Image.Resampling.BOX, box))
                rows.append(np.concatenate([[label], pixels.transpose(2, 0, 1).ravel()]))
    return np.array(rows, np.uint8)
