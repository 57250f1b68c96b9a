"""The labelled photographs that the demo learns from: files on disk, a part of them held out.

Invariants:
  - what is held out is never trained on; of the shipped photographs not one pixel is in both parts;
  - the same folder (or no folder) always gives the same files, labels and split.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .problems import Problem

SIDE = 112
"""Height and width, in pixels, that an image has before its random crop."""
SUFFIXES = (".jpg", ".jpeg", ".png")
HELD_OUT_EVERY = 5
"""Of the user's own images, one in this many is held out, label by label."""
CROPS_TO_TRAIN, CROPS_HELD_OUT = 64, 16
JPEG_QUALITY = 90

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""

REGIONS: dict[str, tuple[str, Box, Box]] = {
    "leaves": ("flower.jpg", (0, 0, 165, 427), (455, 0, 640, 390)),
    "petals": ("flower.jpg", (175, 95, 310, 345), (312, 95, 440, 345)),
    "sky": ("china.jpg", (440, 0, 640, 195), (325, 0, 440, 180)),
    "temple": ("china.jpg", (85, 60, 215, 370), (215, 60, 335, 370)),
    "trees": ("china.jpg", (335, 285, 510, 427), (512, 260, 640, 427)),
}
"""Label: the photograph it is seen in, where crops to train on lie, and where those held out lie (no common pixel)."""


@dataclass(frozen=True, slots=True)
class Photographs:
    """Files with their labels, in two parts."""

    labels: tuple[str, ...]
    """What the numbers in `train_labels` and `held_out_labels` mean."""
    train_files: tuple[str, ...]
    train_labels: tuple[int, ...]
    held_out_files: tuple[str, ...]
    held_out_labels: tuple[int, ...]
    uniform: bool
    """Every image is `SIDE` x `SIDE` already, so that none has to be resized."""
    left_out: tuple[str, ...] = ()
    """Files found among the images that are none by their names."""


def cut_photographs(directory: Path) -> Photographs:
    """Cut labelled crops from the two photographs that scikit-learn ships and write them as JPEG files.

    Args:
        directory: where `train/<label>/<number>.jpg` and `held_out/<label>/<number>.jpg` are written.

    Returns:
        320 files to train on and 80 held out, five labels, `SIDE` x `SIDE` pixels each.
    """
    photographs = _shipped_photographs()
    rng = np.random.default_rng(0)
    train: list[tuple[str, int]] = []
    held_out: list[tuple[str, int]] = []
    for label, (name, (photograph, train_box, held_out_box)) in enumerate(REGIONS.items()):
        pixels = photographs[photograph]
        for part, box, count, into in (
            ("train", train_box, CROPS_TO_TRAIN, train),
            ("held_out", held_out_box, CROPS_HELD_OUT, held_out),
        ):
            files = _write_crops(directory / part / name, pixels, box, count, rng)
            into.extend((file, label) for file in files)
    return _photographs(tuple(REGIONS), train, held_out, uniform=True)


def read_folder(directory: Path) -> Photographs:
    """List the user's own images: the sub-folders of `directory` are the labels.

    Raises:
        Problem: the folder is missing, empty, has fewer than two labels, or a label has no image.
    """
    labels = _labels(directory)
    train: list[tuple[str, int]] = []
    held_out: list[tuple[str, int]] = []
    left_out: list[str] = []
    for label, name in enumerate(labels):
        files = sorted(path for path in (directory / name).rglob("*") if path.is_file() and path.name[0] != ".")
        images = [str(path) for path in files if path.suffix.lower() in SUFFIXES]
        left_out += [str(path) for path in files if path.suffix.lower() not in SUFFIXES]
        if not images:
            raise Problem(f"{directory / name} holds no image ({', '.join(SUFFIXES)}): fill it or remove it.", 2)
        for position, file in enumerate(images, start=1):
            (train if position % HELD_OUT_EVERY else held_out).append((file, label))
    return _photographs(labels, train, held_out, uniform=False, left_out=tuple(left_out))


def _labels(directory: Path) -> tuple[str, ...]:
    shape = f"Give --data a folder whose sub-folders are the labels: {directory}/cats/1.jpg, {directory}/dogs/1.jpg."
    if not directory.is_dir():
        reason = "is no directory" if directory.exists() else "does not exist"
        raise Problem(f"{directory} {reason}. {shape}", 2)
    try:
        entries = sorted(entry for entry in directory.iterdir() if entry.name[0] != ".")
    except OSError as error:
        raise Problem(f"{directory} cannot be read ({error.strerror}). {shape}", 2) from error
    labels = tuple(entry.name for entry in entries if entry.is_dir())
    if not entries:
        raise Problem(f"{directory} is empty. {shape}", 2)
    if not labels:
        raise Problem(f"{directory} has no sub-folders. {shape}", 2)
    if len(labels) == 1:
        raise Problem(f"{directory} has one label only, '{labels[0]}'; to tell apart it takes two. {shape}", 2)
    return labels


def _shipped_photographs() -> dict[str, np.ndarray[Any, Any]]:
    from sklearn.datasets import load_sample_images

    shipped = load_sample_images()
    return {Path(name).name: pixels for name, pixels in zip(shipped.filenames, shipped.images, strict=True)}


def _write_crops(
    directory: Path, pixels: np.ndarray[Any, Any], box: Box, count: int, rng: np.random.Generator
) -> list[str]:
    from PIL import Image

    directory.mkdir(parents=True, exist_ok=True)
    left, top, right, bottom = box
    files = []
    for number in range(count):
        x, y = rng.integers(left, right - SIDE + 1), rng.integers(top, bottom - SIDE + 1)
        file = directory / f"{number:02}.jpg"
        Image.fromarray(pixels[y : y + SIDE, x : x + SIDE]).save(file, quality=JPEG_QUALITY)
        files.append(str(file))
    return files


def _photographs(
    labels: tuple[str, ...],
    train: list[tuple[str, int]],
    held_out: list[tuple[str, int]],
    uniform: bool,
    left_out: tuple[str, ...] = (),
) -> Photographs:
    return Photographs(
        labels=labels,
        train_files=tuple(file for file, _ in train),
        train_labels=tuple(label for _, label in train),
        held_out_files=tuple(file for file, _ in held_out),
        held_out_labels=tuple(label for _, label in held_out),
        uniform=uniform,
        left_out=left_out,
    )
