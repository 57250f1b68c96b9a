"""Hue and saturation of RGB images, by way of hue, saturation and value (HSV), each in [0, 1].

Invariant: the arithmetic is in float32 over whole planes, one of each colour.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import brackets
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import FLOATING, REAL, TensorLike, argument, single_output
from .image_color_ops import converter
from .random_ops import random_uniform
from .shape_functions import Shapes
from .values import Value

Planes = tuple[np.ndarray, np.ndarray, np.ndarray]


def _planes(images: np.ndarray) -> Planes:
    if images.ndim < 1 or images.shape[-1] != 3:
        message = f"input must have 3 channels but instead has shape {brackets(images.shape)}"
        raise InvalidArgumentError(None, None, message)
    first, second, third = np.ascontiguousarray(np.moveaxis(images, -1, 0))
    return first, second, third


def _together(planes: Planes, dtype: Any) -> np.ndarray:
    images = np.empty((*planes[0].shape, 3), dtype)
    for channel, plane in enumerate(planes):
        images[..., channel] = plane
    return images


def _to_hsv(red: np.ndarray, green: np.ndarray, blue: np.ndarray) -> Planes:
    value = np.maximum(np.maximum(red, green), blue)
    spread = value - np.minimum(np.minimum(red, green), blue)
    with np.errstate(divide="ignore", invalid="ignore"):
        saturation = np.where(value > 0, spread / value, 0)
        # Sixths of the colour circle, from the colour that is strongest.
        norm = 1 / (6 * spread)
        hue = np.where(
            red == value,
            norm * (green - blue),
            np.where(green == value, norm * (blue - red) + 2 / 6, norm * (red - green) + 4 / 6),
        )
    hue = np.where(spread > 0, hue, 0)
    return np.where(hue < 0, hue + 1, hue), saturation, value


def _to_rgb(hue: np.ndarray, saturation: np.ndarray, value: np.ndarray) -> Planes:
    sixths = hue * 6
    red = np.clip(np.abs(sixths - 3) - 1, 0, 1)
    green = np.clip(2 - np.abs(sixths - 2), 0, 1)
    blue = np.clip(2 - np.abs(sixths - 4), 0, 1)
    rest = 1 - saturation
    return (
        (rest + saturation * red) * value,
        (rest + saturation * green) * value,
        (rest + saturation * blue) * value,
    )


def _three_channels(op: Operation) -> Shapes:
    shape = op.inputs[0].shape
    if shape.ndims is not None and shape.with_rank_at_least(1).as_list()[-1] not in {3, None}:
        raise ValueError(f"input must have 3 channels but instead has shape {shape}")
    return [shape]


@register_op("RGBToHSV", shape=_three_channels)
def _rgb_to_hsv(images: Value) -> Value:
    return _together(_to_hsv(*_planes(images)), images.dtype)


@register_op("HSVToRGB", shape=_three_channels)
def _hsv_to_rgb(images: Value) -> Value:
    return _together(_to_rgb(*_planes(images)), images.dtype)


def rgb_to_hsv(images: TensorLike, name: str | None = None) -> Tensor:
    """RGB images [..., 3] as hue, saturation and value, all floats in [0, 1]."""
    with name_scope(name, "RGBToHSV", [images]) as scope:
        return single_output("RGBToHSV", [argument("RGBToHSV", "images", images, allowed=FLOATING)], scope)


def hsv_to_rgb(images: TensorLike, name: str | None = None) -> Tensor:
    """Images of hue, saturation and value [..., 3] as RGB, all floats in [0, 1]."""
    with name_scope(name, "HSVToRGB", [images]) as scope:
        return single_output("HSVToRGB", [argument("HSVToRGB", "images", images, allowed=FLOATING)], scope)


def _turned(planes: Planes, delta: Value) -> Planes:
    hue, saturation, value = planes
    return np.mod(hue + np.float32(delta), np.float32(1)), saturation, value


def _saturated(planes: Planes, factor: Value) -> Planes:
    hue, saturation, value = planes
    return hue, np.clip(saturation * np.float32(factor), 0, 1), value


def _adjustment(
    change: Callable[[Planes, Value], Planes],
) -> Callable[[Operation, Any], Callable[[Value, Value], Value]]:
    def bind(op: Operation, session: Any) -> Callable[[Value, Value], Value]:
        dtype = op.inputs[0].dtype
        to_float, back = converter(dtype, dtypes.float32), converter(dtypes.float32, dtype)

        def adjust(images: Value, amount: Value) -> Value:
            red, green, blue = _to_rgb(*change(_to_hsv(*_planes(to_float(images))), amount))
            return back(_together((red, green, blue), np.float32))

        return adjust

    return bind


register_op("AdjustHue", shape=_three_channels, bind=True)(_adjustment(_turned))
register_op("AdjustSaturation", shape=_three_channels, bind=True)(_adjustment(_saturated))


def adjust_hue(image: TensorLike, delta: TensorLike, name: str | None = None) -> Tensor:
    """RGB images with their colours turned by `delta` (-1 to 1) of the colour circle."""
    return _adjusted("AdjustHue", "adjust_hue", image, delta, name)


def adjust_saturation(image: TensorLike, saturation_factor: TensorLike, name: str | None = None) -> Tensor:
    """RGB images with their saturation times a factor: 0 is grey."""
    return _adjusted("AdjustSaturation", "adjust_saturation", image, saturation_factor, name)


def _adjusted(op_type: str, default_name: str, image: TensorLike, amount: TensorLike, name: str | None) -> Tensor:
    with name_scope(name, default_name, [image, amount]) as scope:
        source = argument(op_type, "image", image, allowed=REAL)
        return single_output(op_type, [source, argument(op_type, "amount", amount, dtypes.float32)], scope)


def random_hue(image: TensorLike, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_hue` by one number from [-max_delta, max_delta), at most 0.5."""
    if max_delta > 0.5:
        raise ValueError("max_delta must be <= 0.5.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_hue(image, random_uniform([], -max_delta, max_delta, seed=seed))


def random_saturation(image: TensorLike, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_saturation` by one factor from [lower, upper)."""
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")
    return adjust_saturation(image, random_uniform([], lower, upper, seed=seed))
