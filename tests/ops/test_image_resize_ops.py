"""Resizing: against the numbers of TensorFlow 2.21's compat.v1, with its static shapes and refusals."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, run, sizes

GREY = np.array([[0, 10, 20, 40], [80, 90, 60, 30], [200, 100, 50, 255]], np.float32)[..., None]

METHOD = tf.image.ResizeMethod

EXPECTED = [
    (METHOD.BILINEAR, False, [[0, 13.3333, 33.3333], [140, 81.6667, 113.3333]]),
    (METHOD.BILINEAR, True, [[0, 15, 40], [200, 75, 255]]),
    (
        METHOD.BILINEAR,
        False,
        [[0, 8, 16, 28, 40], [60, 68, 58, 43, 32.5], [140, 104, 71, 90, 142.5], [200, 120, 70, 132, 255]],
    ),
    (
        METHOD.BILINEAR,
        True,
        [
            [0, 7.5, 15, 25, 40],
            [53.3333, 60.8333, 55, 43.3333, 33.3333],
            [120, 100, 75, 68.75, 105],
            [200, 125, 75, 101.25, 255],
        ],
    ),
    (METHOD.NEAREST_NEIGHBOR, False, [[0, 10, 20], [80, 90, 60]]),
    (METHOD.NEAREST_NEIGHBOR, True, [[0, 20, 40], [200, 50, 255]]),
    (
        METHOD.NEAREST_NEIGHBOR,
        False,
        [[0, 0, 10, 20, 40], [0, 0, 10, 20, 40], [80, 80, 90, 60, 30], [200, 200, 100, 50, 255]],
    ),
    (
        METHOD.NEAREST_NEIGHBOR,
        True,
        [[0, 10, 20, 20, 40], [80, 90, 60, 60, 30], [80, 90, 60, 60, 30], [200, 100, 50, 50, 255]],
    ),
    (METHOD.BICUBIC, False, [[0, 13.1462, 34.2655], [147.5, 79.1483, 113.0941]]),
    (METHOD.BICUBIC, True, [[0, 14.0625, 40], [200, 46.4062, 255]]),
    (
        METHOD.BICUBIC,
        False,
        [
            [0, 7.2776, 14.6773, 28.8483, 41.9209],
            [49.2188, 68.8226, 65.5548, 33.0792, 4.3612],
            [147.5, 114.6308, 63.5589, 86.1937, 149.5164],
            [212.6562, 125.7231, 36.3319, 132.5756, 300.8006],
        ],
    ),
    (METHOD.AREA, False, [[29.1667, 35, 35.8333], [144.1667, 75, 148.3333]]),
    (METHOD.AREA, True, [[43.3333, 43.3333, 35], [166.6667, 66.6667, 255]]),
    (
        METHOD.AREA,
        True,
        [
            [0, 6.6667, 13.3333, 20, 40],
            [40, 46.6667, 46.6667, 40, 35],
            [80, 86.6667, 80, 60, 30],
            [200, 133.3333, 83.3333, 50, 255],
        ],
    ),
]


@pytest.mark.parametrize(("method", "align_corners", "expected"), EXPECTED)
def test_the_numbers_are_tensorflows(method: int, align_corners: bool, expected: Any) -> None:
    """Smaller and larger, with TensorFlow 1's sampling and with aligned corners."""
    values = np.array(expected, np.float32)[..., None]
    tensor = tf.image.resize_images(GREY, values.shape[:2], method, align_corners)
    assert sizes(tensor) == list(values.shape)
    agree(run(tensor), values, 1e-6)


@pytest.mark.parametrize("method", range(4))
def test_batches_channels_and_dtypes(method: int) -> None:
    """Each image of a batch and each channel by itself; whole numbers give float32, or stay for the nearest."""
    images = np.stack([GREY, GREY[::-1]]).repeat(2, -1).astype(np.uint8)
    images[..., 1] //= 2
    got = run(tf.image.resize_images(images, [5, 6], method))
    assert got.dtype == (np.uint8 if method == METHOD.NEAREST_NEIGHBOR else np.float32)
    for place in range(2):
        for channel in range(2):
            plane = images[place, ..., channel : channel + 1]
            agree(got[place, ..., channel : channel + 1], run(tf.image.resize_images(plane, [5, 6], method)), 1e-6)


def test_the_same_size_is_no_resize() -> None:
    """The tensor itself, in its own dtype, when that is known while the graph is built (as in TensorFlow)."""
    image = tf.placeholder(tf.uint8, [3, 4, 1])
    assert tf.image.resize_images(image, (3, 4)) is image
    assert tf.image.resize_images(image, (9, 4), preserve_aspect_ratio=True) is image
    open_size = tf.placeholder(tf.uint8, [None, 4, 1])
    resized = tf.image.resize_images(open_size, (3, 4))
    assert (resized.dtype, sizes(resized)) == (tf.float32, [3, 4, 1])
    agree(run(resized, {open_size: GREY}), GREY)


def test_proportions_can_be_kept() -> None:
    """The size is then the most that either side may have."""
    image = np.zeros((61, 47, 3), np.float32)
    tensor = tf.image.resize_images(image, (32, 40), preserve_aspect_ratio=True)
    assert sizes(tensor) == [32, 25, 3]
    assert run(tensor).shape == (32, 25, 3)
    unknown = tf.placeholder(tf.float32, [None, None, 3])
    tensor = tf.image.resize(unknown, (32, 40), preserve_aspect_ratio=True)
    assert sizes(tensor) == [None, None, 3]
    assert run(tensor, {unknown: image}).shape == (32, 25, 3)


def test_a_size_may_be_a_tensor() -> None:
    """Height and width are then open, or as far open as they are."""
    height = tf.placeholder(tf.int32, [])
    tensor = tf.image.resize_images(GREY, [height, 3])
    assert sizes(tensor) == [None, 3, 1]
    agree(run(tensor, {height: 2})[..., 0], np.array(EXPECTED[0][2], np.float32), 1e-6)


@pytest.mark.parametrize(
    ("build", "method"),
    [
        (tf.image.resize_bilinear, METHOD.BILINEAR),
        (tf.image.resize_nearest_neighbor, METHOD.NEAREST_NEIGHBOR),
        (tf.image.resize_bicubic, METHOD.BICUBIC),
        (tf.image.resize_area, METHOD.AREA),
    ],
)
def test_each_method_has_a_function(build: Any, method: int) -> None:
    """The same numbers, under the op's own name."""
    agree(run(build(GREY[None], [2, 3])), run(tf.image.resize_images(GREY[None], [2, 3], method)))
    assert build(GREY[None], [2, 3]).name.startswith("Resize")


def test_refusals() -> None:
    """Ranks, sizes and methods that cannot be."""
    with pytest.raises(ValueError, match="'images' must have either 3 or 4 dimensions"):
        tf.image.resize_images(GREY[..., 0], (2, 2))
    with pytest.raises(ValueError, match="'images' contains no shape"):
        tf.image.resize_images(tf.placeholder(tf.float32), (2, 2))
    with pytest.raises(ValueError, match="'size' must be a 1-D Tensor of 2 elements: new_height, new_width"):
        tf.image.resize_images(GREY, (2, 2, 2))
    with pytest.raises(ValueError, match="'size' must be a 1-D int32 Tensor"):
        tf.image.resize_images(GREY, (2.5, 2))
    with pytest.raises(ValueError, match="Resize method is not implemented: 9"):
        tf.image.resize_images(GREY, (2, 2), 9)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"size \(height, width\) > 0, got .* and size \[0, 2\]"):
        run(tf.image.resize_images(GREY, (0, 2)))
