"""Colours and brightness: against the numbers of TensorFlow 2.21's compat.v1."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, constant, run, sizes
from tfqueue.session.session import Session

FLOATS = np.array([[[0.1, 0.5, 0.9], [0.2, 0.2, 0.2]], [[1.0, 0.0, 0.3], [0.6, 0.7, 0.0]]], np.float32)
BYTES = np.array([[[0, 128, 255], [50, 50, 50]], [[200, 10, 90], [3, 250, 130]]], np.uint8)


def floats(*rows: Any) -> np.ndarray:
    return np.array(rows, np.float32)


def whole(*rows: Any) -> np.ndarray:
    return np.array(rows, np.uint8)


def test_brightness() -> None:
    """Floats shift, whole numbers by the share of their range, and stop at its ends."""
    agree(run(tf.image.adjust_brightness(FLOATS, 0.1)), FLOATS + np.float32(0.1))
    agree(
        run(tf.image.adjust_brightness(BYTES, 0.1)),
        whole([[25, 153, 255], [75, 75, 75]], [[225, 35, 115], [28, 255, 155]]),
    )
    agree(
        run(tf.image.adjust_brightness(BYTES, -0.3)),
        whole([[0, 51, 178], [0, 0, 0]], [[123, 0, 13], [0, 173, 53]]),
    )
    agree(run(tf.image.adjust_brightness(FLOATS.astype(np.float64), 0.5)), FLOATS.astype(np.float64) + 0.5, 1e-7)
    agree(run(tf.image.adjust_brightness(np.array([[[1000]]], np.int16), 0.5)), np.array([[[17383]]], np.int16))
    half = np.ones((1, 1, 1), np.float16)
    agree(run(tf.image.adjust_brightness(half, 0.5)), half + np.float16(0.5))


CONTRAST = [
    (
        1.5,
        floats(
            [[-0.0875, 0.575, 1.175], [0.0625, 0.125, 0.125]],
            [[1.2625, -0.175, 0.275], [0.6625, 0.875, -0.175]],
        ),
        whole([[0, 137, 255], [43, 20, 9]], [[255, 0, 69], [0, 255, 129]]),
    ),
    (
        0.5,
        floats(
            [[0.2875, 0.425, 0.625], [0.3375, 0.275, 0.275]],
            [[0.7375, 0.175, 0.325], [0.5375, 0.525, 0.175]],
        ),
        whole([[31, 118, 193], [56, 79, 90]], [[131, 59, 110], [33, 180, 130]]),
    ),
]


@pytest.mark.parametrize(("factor", "of_floats", "of_bytes"), CONTRAST)
def test_contrast(factor: float, of_floats: Any, of_bytes: Any) -> None:
    """Each channel's distance from its mean is scaled, for each image of a batch by itself, views included."""
    agree(run(tf.image.adjust_contrast(FLOATS, factor)), of_floats, 1e-6)
    agree(run(tf.image.adjust_contrast(BYTES, factor)), of_bytes)
    batch = np.stack([FLOATS, FLOATS[::-1] * 2])
    agree(run(tf.image.adjust_contrast(batch, factor))[0], of_floats, 1e-6)
    wide = np.zeros((4, 5, 3), np.float32)
    wide[1:3, 2:4] = FLOATS
    agree(run(tf.image.adjust_contrast(constant(wide)[1:3, 2:4], factor)), of_floats, 1e-6)
    with pytest.raises(ValueError, match="rank at least 3"):
        tf.image.adjust_contrast(FLOATS[0], factor)


def test_standardization() -> None:
    """Mean 0 and deviation 1 over all of an image, float32; an even image becomes zero, not NaN."""
    agree(
        run(tf.image.per_image_standardization(FLOATS)),
        floats(
            [[-0.8898625, 0.3305204, 1.5509032], [-0.5847667, -0.5847667, -0.5847667]],
            [[1.855999, -1.1949581, -0.279671], [0.6356162, 0.9407118, -1.1949581]],
        ),
        1e-6,
    )
    agree(
        run(tf.image.per_image_whitening(BYTES)),
        floats(
            [[-1.1492379, 0.302431, 1.7427586], [-0.5821797, -0.5821797, -0.5821797]],
            [[1.1189947, -1.0358262, -0.1285332], [-1.1152143, 1.6860528, 0.3251133]],
        ),
        1e-6,
    )
    agree(run(tf.image.per_image_standardization(np.full((2, 2, 3), 7, np.uint8))), np.zeros((2, 2, 3), np.float32))


def test_standardization_of_batches_and_views_leaves_its_input_alone() -> None:
    """Each image by itself; the kernel works in place only in memory of its own."""
    fed = np.stack([FLOATS, FLOATS * 3 + 1])
    before = fed.copy()
    images = tf.placeholder(tf.float32, [2, 2, 2, 3])
    whole_batch, cut = tf.image.per_image_standardization(images), tf.image.per_image_standardization(images[:, :, :1])
    assert sizes(whole_batch) == [2, 2, 2, 3]
    got, part = run([whole_batch, cut], {images: fed})
    agree(fed, before)
    agree(got[0], got[1], 1e-6)
    agree(part[0], run(tf.image.per_image_standardization(FLOATS[:, :1])), 1e-6)


def test_standardization_is_exact_for_large_images() -> None:
    """Float32 sums of a million pixels: mean and deviation off by no more than 1e-5."""
    image = (np.random.default_rng(0).random((1000, 1000, 1)) * 255).astype(np.float32)
    got = run(tf.image.per_image_standardization(image)).astype(np.float64)
    assert abs(got.mean()) < 1e-5
    assert abs(got.std() - 1) < 1e-5


def test_grey_and_rgb() -> None:
    """By luma to one channel, by copies to three."""
    agree(
        run(tf.image.rgb_to_grayscale(FLOATS)),
        floats([[0.42599], [0.19998]], [[0.3331], [0.59024]]),
        1e-6,
    )
    agree(run(tf.image.rgb_to_grayscale(BYTES)), whole([[104], [50]], [[76], [162]]))
    colours = tf.image.grayscale_to_rgb(BYTES[..., :1])
    assert sizes(colours) == [2, 2, 3]
    agree(run(colours), BYTES[..., :1].repeat(3, -1))
    for build, channels in ((tf.image.rgb_to_grayscale, 1), (tf.image.grayscale_to_rgb, 3)):
        with pytest.raises(ValueError, match="Last dimension of the image must be"):
            build(BYTES[..., :channels])
        x = tf.placeholder(tf.uint8)
        with pytest.raises(tf.errors.InvalidArgumentError, match="last dimension of the image must be"):
            run(build(x), {x: BYTES[..., :channels]})


CONVERSIONS = [
    (FLOATS, tf.uint8, [[[25, 127, 229], [51, 51, 51]], [[255, 0, 76], [153, 178, 0]]]),
    (FLOATS, tf.uint16, [[[6553, 32767, 58981], [13107] * 3], [[65535, 0, 19660], [39321, 45874, 0]]]),
    (FLOATS, tf.int8, [[[12, 63, 114], [25, 25, 25]], [[127, 0, 38], [76, 89, 0]]]),
    (BYTES, tf.uint16, [[[0, 32768, 65280], [12800] * 3], [[51200, 2560, 23040], [768, 64000, 33280]]]),
    (BYTES, tf.int8, [[[0, 64, 127], [25, 25, 25]], [[100, 5, 45], [1, 125, 65]]]),
    (BYTES, tf.float32, BYTES.astype(np.float32) * np.float32(1 / 255)),
    (BYTES, tf.float64, BYTES * (1 / 255)),
    (FLOATS, tf.float64, FLOATS.astype(np.float64)),
]


@pytest.mark.parametrize(("image", "dtype", "expected"), CONVERSIONS)
def test_conversion(image: Any, dtype: Any, expected: Any) -> None:
    """Ranges are brought onto each other: 1.0 and the greatest whole number are the same."""
    agree(run(tf.image.convert_image_dtype(image, dtype)), np.array(expected, dtype.as_numpy_dtype))


def test_conversion_can_saturate_and_may_be_none() -> None:
    """Floats outside [0, 1] stop at the ends; the own dtype is passed on; strings are refused."""
    agree(
        run(tf.image.convert_image_dtype(FLOATS * 3 - 1, tf.uint8, saturate=True)),
        whole([[0, 127, 255], [0, 0, 0]], [[255, 0, 0], [204, 255, 0]]),
    )
    assert tf.image.convert_image_dtype(FLOATS, tf.float32).op.type == "Identity"
    agree(
        run(tf.image.convert_image_dtype(np.array([300], np.int16), tf.uint8, saturate=True)), np.array([2], np.uint8)
    )
    agree(run(tf.image.convert_image_dtype(np.array([-1], np.int8), tf.uint8, saturate=True)), np.array([0], np.uint8))
    with pytest.raises(AttributeError, match="must be either floating point or integer"):
        tf.image.convert_image_dtype(FLOATS, tf.string)


def test_random_brightness_and_contrast_stay_within_their_bounds() -> None:
    """One number for all of an image, another in each run, repeatable by seed."""
    bright = tf.image.random_brightness(np.zeros((2, 2, 3), np.float32), 0.25, seed=1)
    contrast = tf.image.random_contrast(np.array([[[-1.0]], [[1.0]]], np.float32), 0.5, 1.5, seed=1)
    with Session() as session:
        shifts = [np.unique(session.run(bright)) for _ in range(50)]
        factors = [session.run(contrast)[1, 0, 0] for _ in range(50)]
    assert all(len(shift) == 1 for shift in shifts)
    assert min(shifts) < -0.15
    assert max(shifts) > 0.15
    assert max(map(abs, shifts)) <= 0.25
    assert 0.5 <= min(factors) < 0.6
    assert 1.4 < max(factors) < 1.5
    with Session() as session:
        assert np.unique(session.run(bright)) == shifts[0]
    for build, words in (
        (lambda: tf.image.random_brightness(FLOATS, -1), "max_delta must be non-negative"),
        (lambda: tf.image.random_contrast(FLOATS, 2, 1), "upper must be > lower"),
        (lambda: tf.image.random_contrast(FLOATS, -1, 1), "lower must be non-negative"),
    ):
        with pytest.raises(ValueError, match=words):
            build()


HUES = [
    (
        tf.image.adjust_hue,
        0.2,
        floats([[0.66, 0.1, 0.9], [0.2, 0.2, 0.2]], [[1.0, 0.9, 0.0], [0.0, 0.7, 0.24]]),
        whole([[178, 0, 255], [50, 50, 50]], [[200, 158, 10], [3, 73, 250]]),
    ),
    (
        tf.image.adjust_hue,
        -0.4,
        floats([[0.82, 0.9, 0.1], [0.2, 0.2, 0.2]], [[0.0, 0.7, 1.0], [0.52, 0.0, 0.7]]),
        whole([[230, 255, 0], [50, 50, 50]], [[10, 166, 200], [250, 31, 3]]),
    ),
    (
        tf.image.adjust_saturation,
        0.5,
        floats([[0.5, 0.7, 0.9], [0.2, 0.2, 0.2]], [[1.0, 0.5, 0.65], [0.65, 0.7, 0.35]]),
        whole([[127, 191, 255], [50, 50, 50]], [[200, 105, 145], [126, 250, 190]]),
    ),
    (
        tf.image.adjust_saturation,
        2.0,
        floats([[0.0, 0.45, 0.9], [0.2, 0.2, 0.2]], [[1.0, 0.0, 0.3], [0.6, 0.7, 0.0]]),
        whole([[0, 128, 255], [50, 50, 50]], [[200, 0, 84], [0, 250, 128]]),
    ),
]


@pytest.mark.parametrize(("build", "amount", "of_floats", "of_bytes"), HUES)
def test_hue_and_saturation(build: Any, amount: float, of_floats: Any, of_bytes: Any) -> None:
    """Colours turned and paled; greys stay."""
    agree(run(build(FLOATS, amount)), of_floats, 1e-6)
    agree(run(build(BYTES, amount)), of_bytes)
    with pytest.raises(ValueError, match="input must have 3 channels"):
        build(FLOATS[..., :2], amount)


def test_hsv_and_back() -> None:
    """Hue, saturation and value, each in [0, 1]."""
    agree(
        run(tf.image.rgb_to_hsv(FLOATS)),
        floats([[0.5833334, 0.8888888, 0.9], [0.0, 0.0, 0.2]], [[0.95, 1.0, 1.0], [0.1904762, 1.0, 0.7]]),
        1e-6,
    )
    agree(
        run(tf.image.hsv_to_rgb(FLOATS)),
        floats([[0.9, 0.72, 0.45], [0.192, 0.2, 0.16]], [[0.3, 0.3, 0.3], [0.0, 0.0, 0.0]]),
        1e-6,
    )


def test_random_hue_and_saturation() -> None:
    """Repeatable by seed, another amount in each run; bounds that cannot be."""
    for tensor in (tf.image.random_hue(FLOATS, 0.3, seed=1), tf.image.random_saturation(FLOATS, 0.2, 2.0, seed=1)):
        with Session() as session:
            first, second = session.run(tensor), session.run(tensor)
        assert first.tolist() != second.tolist()
        agree(run(tensor), first)
    for build, words in (
        (lambda: tf.image.random_hue(FLOATS, 0.6), "max_delta must be <= 0.5"),
        (lambda: tf.image.random_hue(FLOATS, -0.1), "max_delta must be non-negative"),
        (lambda: tf.image.random_saturation(FLOATS, 2, 1), "upper must be > lower"),
        (lambda: tf.image.random_saturation(FLOATS, -1, 1), "lower must be non-negative"),
    ):
        with pytest.raises(ValueError, match=words):
            build()
