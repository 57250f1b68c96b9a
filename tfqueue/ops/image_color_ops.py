"""Colours and brightness of images: dtype conversion, brightness, contrast, standardization, grey and RGB.

Invariants:
  - images are [..., height, width, channels]; whole numbers span their dtype, floats span [0, 1];
  - arithmetic is in float32 (float16 images keep their own for brightness), never in a hidden float64;
  - a kernel is a handful of calls over the whole image, each long enough to be worth giving up the GIL.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import TensorShape, brackets
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import REAL, TensorLike, argument, single_output
from .array_ops import identity
from .cast_ops import limits_within
from .constant_op import convert_to_tensor
from .random_ops import random_uniform
from .shape_functions import Shapes, unchanged
from .values import Value

LUMA = np.array([0.2989, 0.5870, 0.1140], np.float32)
"""What red, green and blue give to grey (ITU-R BT.601, with TensorFlow's digits)."""

HALF_OR_SINGLE = frozenset({dtypes.float16, dtypes.float32})

Convert = Callable[[Value], Value]


# Dtypes --------------------------------------------------------------------------------------------------------------


def converter(source: DType, target: DType, saturate: bool = False) -> Convert:
    """The function that brings an image from one dtype to another, as `convert_image_dtype` promises."""
    if source == target:
        return lambda image: image
    if source.is_floating and target.is_floating:
        return lambda image: image.astype(target.as_numpy_dtype)
    if source.is_floating:
        return _from_float(source, target, saturate)
    if target.is_floating:
        kind = target.as_numpy_dtype
        scale = kind(1.0 / source.max)
        return lambda image: np.multiply(image, scale, dtype=kind, casting="unsafe")
    return _between_whole(source, target, saturate)


def _from_float(source: DType, target: DType, saturate: bool) -> Convert:
    # Half a step more than the greatest value, so that 1.0 is cut to it and not below.
    scale = source.as_numpy_dtype(target.max + 0.5)
    low, high = limits_within(source, target)

    def convert(image: Value) -> Value:
        with np.errstate(invalid="ignore", over="ignore"):
            scaled = np.multiply(image, scale)
            if saturate:
                scaled = np.clip(scaled, low, high)
            return scaled.astype(target.as_numpy_dtype)

    return convert


def _between_whole(source: DType, target: DType, saturate: bool) -> Convert:
    low, high = limits_within(source, target)
    kind = target.as_numpy_dtype
    if source.max > target.max:
        shrink = source.as_numpy_dtype((source.max + 1) // (target.max + 1))

        def scale_down(image: Value) -> Value:
            scaled = image // shrink
            return (np.clip(scaled, low, high) if saturate else scaled).astype(kind)

        return scale_down
    grow = kind((target.max + 1) // (source.max + 1))
    return lambda image: (np.clip(image, low, high) if saturate else image).astype(kind) * grow


@register_op("ConvertImageDtype", shape=unchanged, bind=True)
def _convert_image_dtype(op: Operation, session: Any) -> Convert:
    return converter(op.inputs[0].dtype, op.outputs[0].dtype, bool(op.get_attr("saturate")))


def convert_image_dtype(image: TensorLike, dtype: Any, saturate: bool = False, name: str | None = None) -> Tensor:
    """`image` in `dtype`, scaled: the greatest whole number and 1.0 stand for the same.

    With `saturate`, floats outside [0, 1] become the least or greatest whole number; else what they become is open.
    """
    wanted = as_dtype(dtype)
    source = convert_to_tensor(image, name="image")
    if wanted not in REAL or source.dtype not in REAL:
        raise AttributeError("dtype and image dtype must be either floating point or integer")
    if source.dtype == wanted:
        return identity(source, name)
    with name_scope(name, "convert_image", [source]) as scope:
        return single_output("ConvertImageDtype", [source], scope, wanted, saturate=saturate)


def _working_dtype(dtype: DType) -> DType:
    return dtype if dtype in HALF_OR_SINGLE else dtypes.float32


# Brightness and contrast ---------------------------------------------------------------------------------------------


@register_op("AdjustBrightness", shape=unchanged, bind=True)
def _adjust_brightness(op: Operation, session: Any) -> Callable[[Value, Value], Value]:
    dtype = op.inputs[0].dtype
    if dtype in HALF_OR_SINGLE:
        return lambda image, delta: np.add(image, delta.astype(dtype.as_numpy_dtype))
    working = _working_dtype(dtype)
    to_float, back = converter(dtype, working), converter(working, dtype, saturate=True)
    if dtype != dtypes.uint8:
        return lambda image, delta: back(to_float(image) + delta)
    # 256 values can be worked out beforehand; one look-up then makes one pass over the image of four.
    levels = to_float(np.arange(256, dtype=np.uint8))
    return lambda image, delta: back(levels + delta).take(image)


def adjust_brightness(image: TensorLike, delta: TensorLike) -> Tensor:
    """`image` with `delta` added, where 1.0 is the full range of a whole-number dtype, which saturates."""
    with name_scope(None, "adjust_brightness", [image, delta]) as scope:
        source = argument("AdjustBrightness", "image", image, allowed=REAL)
        return single_output(
            "AdjustBrightness", [source, argument("AdjustBrightness", "delta", delta, dtypes.float32)], scope
        )


def random_brightness(image: TensorLike, max_delta: float, seed: int | None = None) -> Tensor:
    """`image` with one number from [-max_delta, max_delta) added to all of it."""
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_brightness(image, random_uniform([], -max_delta, max_delta, seed=seed))


def _at_least_rank_3(op: Operation) -> Shapes:
    return [op.inputs[0].shape.with_rank_at_least(3)]


@register_op("AdjustContrastv2", shape=_at_least_rank_3, bind=True)
def _adjust_contrast(op: Operation, session: Any) -> Callable[[Value, Value], Value]:
    dtype = op.inputs[0].dtype
    to_float, back = converter(dtype, dtypes.float32), converter(dtypes.float32, dtype, saturate=True)
    return lambda image, factor: back(_spread(to_float(image), np.float32(factor)))


def _spread(image: np.ndarray, factor: np.float32) -> np.ndarray:
    """Each channel's distance from its mean times `factor`."""
    height, width, channels = image.shape[-3:]
    # Whole rows of width x channels: NumPy adds these at full speed, channel by channel at a thirtieth of it.
    rows = image.reshape(*image.shape[:-2], width * channels)
    sums = rows.sum(axis=-2).reshape(*image.shape[:-3], width, channels).sum(axis=-2)
    means = sums / np.float32(max(height * width, 1))
    spread = np.multiply(rows, factor)
    spread += np.tile((means * (1 - factor))[..., None, :], width)
    return np.reshape(spread, image.shape)


def adjust_contrast(images: TensorLike, contrast_factor: TensorLike) -> Tensor:
    """`(x - mean) * contrast_factor + mean`, the mean being each channel's of each image."""
    with name_scope(None, "adjust_contrast", [images, contrast_factor]) as scope:
        source = argument("AdjustContrastv2", "images", images, allowed=REAL)
        factor = argument("AdjustContrastv2", "contrast_factor", contrast_factor, dtypes.float32)
        return single_output("AdjustContrastv2", [source, factor], scope)


def random_contrast(image: TensorLike, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_contrast` by one factor from [lower, upper)."""
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")
    return adjust_contrast(image, random_uniform([], lower, upper, seed=seed))


# Standardization -----------------------------------------------------------------------------------------------------


@register_op("PerImageStandardization", shape=_at_least_rank_3)
def _standardize(images: Value) -> Value:
    size = int(np.prod(images.shape[-3:]))
    flat = images.reshape(-1, size)
    # What the reshape or the cast copied is ours to write to.
    values = flat.astype(np.float32, copy=False)
    out = None if np.may_share_memory(values, images) else values
    centred = np.subtract(values, values.mean(axis=1, keepdims=True), out=out)
    deviation = np.sqrt(np.vecdot(centred, centred) / np.float32(size))
    # An even image has no deviation to divide by; this is the least that is taken.
    centred *= 1 / np.maximum(deviation, np.float32(size) ** np.float32(-0.5))[:, None]
    return centred.reshape(images.shape)


def per_image_standardization(image: TensorLike) -> Tensor:
    """Each image [height, width, channels] with mean 0 and deviation 1, float32: `(x - mean) / adjusted_deviation`.

    The deviation is taken as at least 1 / sqrt(number of values), which keeps an even image at 0.
    """
    with name_scope(None, "per_image_standardization", [image]) as scope:
        source = argument("PerImageStandardization", "image", image, allowed=REAL)
        return single_output("PerImageStandardization", [source], scope, dtypes.float32)


per_image_whitening = per_image_standardization


# Grey and RGB --------------------------------------------------------------------------------------------------------


def _with_channels(shape: TensorShape, needed: int, channels: int) -> Shapes:
    if shape.ndims is None:
        return [None]
    *outer, last = shape.with_rank_at_least(2).as_list()
    if last not in {None, needed}:
        raise ValueError(f"Last dimension of the image must be {needed}, got {last}")
    return [[*outer, channels]]


def _check_channels(op_type: str, images: Value, needed: int) -> None:
    if images.shape[-1] != needed:
        message = f"{op_type}: last dimension of the image must be {needed}, got shape {brackets(images.shape)}"
        raise InvalidArgumentError(None, None, message)


@register_op("RGBToGrayscale", shape=lambda op: _with_channels(op.inputs[0].shape, 3, 1), bind=True)
def _rgb_to_grayscale(op: Operation, session: Any) -> Convert:
    dtype = op.inputs[0].dtype
    to_float, back = converter(dtype, dtypes.float32), converter(dtypes.float32, dtype)

    def grey(images: Value) -> Value:
        _check_channels("RGBToGrayscale", images, 3)
        return back(to_float(images) @ LUMA)[..., None]

    return grey


def rgb_to_grayscale(images: TensorLike, name: str | None = None) -> Tensor:
    """RGB images [..., 3] as grey ones [..., 1] of the same dtype."""
    with name_scope(name, "rgb_to_grayscale", [images]) as scope:
        return single_output("RGBToGrayscale", [argument("RGBToGrayscale", "images", images, allowed=REAL)], scope)


@register_op("GrayscaleToRGB", shape=lambda op: _with_channels(op.inputs[0].shape, 1, 3))
def _grayscale_to_rgb(images: Value) -> Value:
    _check_channels("GrayscaleToRGB", images, 1)
    colours = np.empty((*images.shape[:-1], 3), images.dtype)
    colours[...] = images
    return colours


def grayscale_to_rgb(images: TensorLike, name: str | None = None) -> Tensor:
    """Grey images [..., 1] as RGB ones [..., 3], red, green and blue the same."""
    with name_scope(name, "grayscale_to_rgb", [images]) as scope:
        return single_output("GrayscaleToRGB", [argument("GrayscaleToRGB", "images", images, allowed=REAL)], scope)
