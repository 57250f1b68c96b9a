"""The demo's files: the shipped crops, and the user's own folder with everything that can be wrong with it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tfqueue.demo.photographs import REGIONS, SIDE, Box, cut_photographs, read_folder
from tfqueue.demo.problems import Problem


def save_image(file: Path, side: int = 8) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((side, side, 3), 100, np.uint8)).save(file)


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_crops_are_real_labelled_jpeg_files(tmp_path: Path) -> None:
    """Some hundred JPEG files of one size, every label in both parts, in the folders of their labels."""
    photographs = cut_photographs(tmp_path)
    assert (len(photographs.train_files), len(photographs.held_out_files)) == (320, 80)
    assert set(photographs.train_labels) == set(photographs.held_out_labels) == set(range(len(photographs.labels)))
    for file, label in zip(photographs.train_files, photographs.train_labels, strict=True):
        assert Path(file).parent.name == photographs.labels[label]
    with Image.open(photographs.train_files[0]) as image:
        assert (image.format, image.size) == ("JPEG", (SIDE, SIDE))


def test_crops_are_the_same_every_time(tmp_path: Path) -> None:
    """The same bytes under the same names, run after run."""
    one, other = cut_photographs(tmp_path / "one"), cut_photographs(tmp_path / "other")
    for first, second in zip(one.train_files, other.train_files, strict=True):
        assert Path(first).relative_to(tmp_path / "one") == Path(second).relative_to(tmp_path / "other")
        assert Path(first).read_bytes() == Path(second).read_bytes()


@pytest.mark.parametrize("label", REGIONS)
def test_no_pixel_is_trained_on_and_held_out(label: str) -> None:
    """What accuracy is measured on shares no pixel with anything trained on, of any label."""
    photograph, _, held_out = REGIONS[label]
    for name, train, _ in REGIONS.values():
        assert name != photograph or not overlap(train, held_out)


def test_sub_folders_are_the_labels(tmp_path: Path) -> None:
    """A user's folder: labels from the sub-folders, one image in five held out, hidden files passed over."""
    for number in range(10):
        save_image(tmp_path / "cats" / f"{number}.JPG")
        save_image(tmp_path / "dogs" / "deep" / f"{number}.png")
    (tmp_path / "cats" / ".hidden.jpg").write_text("no image")
    photographs = read_folder(tmp_path)
    assert photographs.labels == ("cats", "dogs")
    assert photographs.train_labels == (0,) * 8 + (1,) * 8
    assert photographs.held_out_labels == (0, 0, 1, 1)
    assert not set(photographs.train_files) & set(photographs.held_out_files)
    assert photographs.left_out == ()


def test_files_of_another_kind_are_named(tmp_path: Path) -> None:
    """A file that is no image by its name is left out, and the user is told which."""
    save_image(tmp_path / "cats" / "1.jpg")
    save_image(tmp_path / "dogs" / "1.jpg")
    (tmp_path / "cats" / "notes.txt").write_text("they sleep")
    assert read_folder(tmp_path).left_out == (str(tmp_path / "cats" / "notes.txt"),)


def nothing(folder: Path) -> None:
    pass


def a_file(folder: Path) -> None:
    folder.write_text("")


def empty(folder: Path) -> None:
    folder.mkdir()


def no_sub_folders(folder: Path) -> None:
    save_image(folder / "1.jpg")


def one_label(folder: Path) -> None:
    save_image(folder / "cats" / "1.jpg")


def a_label_without_images(folder: Path) -> None:
    save_image(folder / "cats" / "1.jpg")
    (folder / "dogs").mkdir()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (nothing, "photos does not exist"),
        (a_file, "photos is no directory"),
        (empty, "photos is empty"),
        (no_sub_folders, "photos has no sub-folders"),
        (one_label, "photos has one label only, 'cats'"),
        (a_label_without_images, "photos/dogs holds no image"),
    ],
)
def test_a_folder_that_cannot_be_used_is_explained(tmp_path: Path, make: object, words: str) -> None:
    """Each wrong folder gives one sentence that names it, and says what is wanted."""
    assert callable(make)
    make(tmp_path / "photos")
    with pytest.raises(Problem, match=words) as caught:
        read_folder(tmp_path / "photos")
    assert caught.value.status == 2
    assert "sub-folders are the labels" in str(caught.value) or "fill it or remove it" in str(caught.value)
