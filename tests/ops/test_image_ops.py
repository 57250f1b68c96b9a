"""The geometry of images: each op against the NumPy expression it stands for, one image and a batch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, run, sizes
from tfqueue.session.session import Session

IMAGE = np.arange(8 * 10 * 3, dtype=np.uint8).reshape(8, 10, 3)
BATCH = np.stack([IMAGE, IMAGE[::-1] + 1, IMAGE * 2]).astype(np.float32)

Check = Callable[[Any, Any], None]


def both(build: Callable[[Any], Any], expected: Callable[[np.ndarray], np.ndarray]) -> None:
    """The same for an image and for each of a batch, for few channels and many, and with static shapes that hold."""
    for images in (IMAGE, BATCH, np.concatenate([IMAGE, IMAGE], -1)):
        values = expected(images)
        tensor = build(images)
        assert sizes(tensor) == list(values.shape)
        agree(run(tensor), values)
        unknown = tf.placeholder(images.dtype)
        tensor = build(unknown)
        assert tensor.shape.ndims in {3, None}
        agree(run(tensor, {unknown: images}), values)


def test_mirrors() -> None:
    """Left for right, top for bottom, height for width."""
    both(tf.image.flip_left_right, lambda x: x[..., ::-1, :])
    both(tf.image.flip_up_down, lambda x: x[..., ::-1, :, :])
    both(tf.image.transpose_image, lambda x: x.swapaxes(-3, -2))
    assert tf.image.transpose is tf.image.transpose_image


@pytest.mark.parametrize("quarters", [-1, 0, 1, 2, 3, 4])
def test_turns(quarters: int) -> None:
    """Counter-clockwise, by quarters; by a tensor of them too."""
    both(lambda x: tf.image.rot90(x, quarters), lambda x: np.rot90(x, quarters, (-3, -2)))
    k = tf.placeholder(tf.int32, [])
    turned = tf.image.rot90(IMAGE, k)
    assert sizes(turned) == [None, None, 3]
    agree(run(turned, {k: quarters}), np.rot90(IMAGE, quarters))
    assert sizes(tf.image.rot90(IMAGE[:, :8], k)) == [8, 8, 3]


def test_what_is_mirrored_is_packed_anew() -> None:
    """So that the next op finds whole rows, and a queue no view."""
    for tensor in (tf.image.flip_left_right(IMAGE), tf.image.transpose_image(IMAGE), tf.image.rot90(IMAGE)):
        got = run(tensor)
        assert got.flags.c_contiguous
        assert got.flags.owndata


@pytest.mark.parametrize(("build", "axis"), [(tf.image.random_flip_left_right, 1), (tf.image.random_flip_up_down, 0)])
def test_random_flips(build: Any, axis: int) -> None:
    """Half of the runs, and in a batch half of the images, are mirrored; the others are as they were."""
    one, many = build(IMAGE, seed=3), build(BATCH, seed=3)
    assert (sizes(one), sizes(many)) == ([8, 10, 3], [3, 8, 10, 3])
    with Session() as session:
        singles = [session.run(one) for _ in range(200)]
        batches = [session.run(many) for _ in range(100)]
    mirrored = np.flip(IMAGE, axis)
    flipped = [np.array_equal(image, mirrored) for image in singles]
    assert all(
        np.array_equal(image, mirrored if heads else IMAGE) for image, heads in zip(singles, flipped, strict=True)
    )
    assert 70 < sum(flipped) < 130
    tosses = [
        np.array_equal(image, np.flip(BATCH[place], axis)) for batch in batches for place, image in enumerate(batch)
    ]
    unchanged = [np.array_equal(image, BATCH[place]) for batch in batches for place, image in enumerate(batch)]
    assert all(a != b for a, b in zip(tosses, unchanged, strict=True))
    assert 110 < sum(tosses) < 190
    agree(run(one), singles[0])


def test_random_flips_of_unknown_images() -> None:
    """Known to be three-dimensional, as in TensorFlow."""
    assert sizes(tf.image.random_flip_left_right(tf.placeholder(tf.uint8))) == [None, None, None]


def test_crop() -> None:
    """By corner and size, which may be tensors."""
    both(lambda x: tf.image.crop_to_bounding_box(x, 1, 2, 3, 4), lambda x: x[..., 1:4, 2:6, :])
    top = tf.placeholder(tf.int32, [])
    crop = tf.image.crop_to_bounding_box(IMAGE, top, 2, 3, 4)
    assert sizes(crop) == [3, 4, 3]
    agree(run(crop, {top: 5}), IMAGE[5:8, 2:6])
    with pytest.raises(tf.errors.InvalidArgumentError, match="height must be >= target \\+ offset, got 8 < 3 \\+ 6"):
        run(crop, {top: 6})


def test_pad() -> None:
    """On a field of zeros."""
    both(
        lambda x: tf.image.pad_to_bounding_box(x, 1, 2, 20, 19),
        lambda x: np.pad(x, [(0, 0)] * (x.ndim - 3) + [(1, 11), (2, 7), (0, 0)]),
    )
    left = tf.placeholder(tf.int32, [])
    padded = tf.image.pad_to_bounding_box(IMAGE, 0, left, 8, 12)
    with pytest.raises(tf.errors.InvalidArgumentError, match="width must be <= target - offset, got 10 > 12 - 3"):
        run(padded, {left: 3})


@pytest.mark.parametrize("fraction", [0.3, 0.5, 0.9])
def test_central_crop(fraction: float) -> None:
    """As much left out on both sides; all of it is the image itself."""

    def middle(x: np.ndarray) -> np.ndarray:
        top, left = int((8 - 8 * fraction) / 2), int((10 - 10 * fraction) / 2)
        return x[..., top : 8 - top, left : 10 - left, :]

    both(lambda x: tf.image.central_crop(x, fraction), middle)
    image = tf.placeholder(tf.uint8, [8, 10, 3])
    assert tf.image.central_crop(image, 1.0) is image


@pytest.mark.parametrize(
    ("height", "width", "rows", "columns"),
    [
        (4, 4, slice(2, 6), slice(3, 7)),
        (5, 6, slice(1, 6), slice(2, 8)),
        (8, 10, slice(0, 8), slice(0, 10)),
        (7, 9, slice(0, 7), slice(0, 9)),
    ],
)
def test_fit_by_cropping(height: int, width: int, rows: slice, columns: slice) -> None:
    """The middle, the odd pixel off the lower and right edge."""
    both(lambda x: tf.image.resize_image_with_crop_or_pad(x, height, width), lambda x: x[..., rows, columns, :])


def test_fit_by_padding_and_by_both() -> None:
    """Zeros around the image, the odd one at the lower and right edge; one side cropped and the other padded."""
    both(
        lambda x: tf.image.resize_image_with_crop_or_pad(x, 11, 13),
        lambda x: np.pad(x, [(0, 0)] * (x.ndim - 3) + [(1, 2), (1, 2), (0, 0)]),
    )
    both(
        lambda x: tf.image.resize_image_with_crop_or_pad(x, 4, 12),
        lambda x: np.pad(x[..., 2:6, :, :], [(0, 0)] * (x.ndim - 3) + [(0, 0), (1, 1), (0, 0)]),
    )


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: tf.image.crop_to_bounding_box(IMAGE, 0, 0, 9, 3), "height must be >= target \\+ offset"),
        (lambda: tf.image.crop_to_bounding_box(IMAGE, 0, 8, 2, 3), "width must be >= target \\+ offset"),
        (lambda: tf.image.crop_to_bounding_box(IMAGE, -1, 0, 3, 3), "offset_height must be >= 0"),
        (lambda: tf.image.crop_to_bounding_box(IMAGE, 0, 0, 0, 3), "target_height must be > 0"),
        (lambda: tf.image.pad_to_bounding_box(IMAGE, 0, 0, 3, 20), "height must be <= target - offset"),
        (lambda: tf.image.pad_to_bounding_box(IMAGE, 0, -1, 30, 20), "offset_width must be >= 0"),
        (lambda: tf.image.resize_image_with_crop_or_pad(IMAGE, 3, 0), "target_width must be > 0"),
        (lambda: tf.image.central_crop(IMAGE, 0.0), "central_fraction must be within"),
        (lambda: tf.image.central_crop(IMAGE, 1.5), "central_fraction must be within"),
        (lambda: tf.image.flip_left_right(IMAGE[..., 0]), "must have either 3 or 4 dimensions"),
        (lambda: tf.image.random_flip_up_down(IMAGE[..., 0]), "must have either 3 or 4 dimensions"),
        (lambda: tf.image.rot90(IMAGE[..., 0]), "must have either 3 or 4 dimensions"),
    ],
)
def test_refusals_while_building(build: Any, words: str) -> None:
    """ValueError in TensorFlow's words, with the numbers."""
    with pytest.raises(ValueError, match=words):
        build()


@pytest.mark.parametrize(
    "build",
    [
        tf.image.flip_left_right,
        tf.image.random_flip_left_right,
        tf.image.rot90,
        tf.image.transpose_image,
        lambda x: tf.image.crop_to_bounding_box(x, 0, 0, 1, 1),
        lambda x: tf.image.pad_to_bounding_box(x, 0, 0, 9, 9),
        lambda x: tf.image.central_crop(x, 0.5),
        lambda x: tf.image.resize_image_with_crop_or_pad(x, 2, 2),
    ],
)
def test_what_is_no_image_is_refused_in_the_run(build: Any) -> None:
    """InvalidArgumentError with the op's name and the shape."""
    x = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\(shape \[4,4\]\) must have either 3 or 4 dimensions"):
        run(build(x), {x: np.zeros((4, 4))})
