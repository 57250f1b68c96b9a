"""Summaries to look at and to listen to: images as PNG, sound as WAV (SEMANTICS 87, 88).

Invariants:
  - each image of a batch is scaled by itself, each clip is written as it is;
  - Pillow is imported when the first image is encoded.
"""

import io
import wave
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework import dtypes, messages
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import brackets
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import FLOATING, TensorLike, argument, single_output
from .constant_op import constant, convert_to_tensor
from .image_files import encoded
from .shape_functions import scalar as scalar_shape
from .summary_scopes import collected, summary_scope
from .values import Value, as_array, as_bytes

_PIXELS = FLOATING | {dtypes.uint8}
_DEPTHS = (1, 3, 4)
_NOT_FINITE = np.array([255, 0, 0, 255], np.uint8)
"""The colour of a pixel that is no number: red, cut to the image's depth."""

_SCALED_FROM = 1e-6
"""An image whose largest value is less is not scaled up: all its pixels are alike."""

_LARGEST_SAMPLE = 1 << 15
_BYTES_A_SAMPLE = 2


def image(
    name: str,
    tensor: TensorLike,
    max_outputs: int = 3,
    collections: Sequence[Any] | None = None,
    family: str | None = None,
) -> Tensor:
    """Images, for TensorBoard's image tab. Needs Pillow.

    Args:
      name: of the op and, with the scopes around it, the tag `T`. The values' tags are `T/image/0`, `T/image/1`, ...,
        or just `T/image` when `max_outputs` is 1.
      tensor: [batch, height, width, channels], channels being 1 (grey), 3 (RGB) or 4 (RGBA). uint8 is shown as it is.
        Floats are scaled, each image by itself: without negative values so that the largest is 255, otherwise so that
        0 is 128 and the largest absolute value is 127 away from it. A pixel that is infinite or not a number is red.
      max_outputs: images of the batch that are shown, the first ones.
      collections: graph collections that get the op; default `GraphKeys.SUMMARIES`, which `merge_all` reads.
      family: goes before the tag, so that TensorBoard shows it there.

    Returns:
      A scalar string: a serialised Summary.

    Raises TypeError for another type of tensor, ValueError for `max_outputs` below 1; another shape is an
    InvalidArgumentError when it runs.
    """
    most = _count("ImageSummary", "max_images", max_outputs)
    with summary_scope(name, family, tensor) as (tag, scope):
        inputs = [constant(tag, name="tag"), _pixels_argument(tensor)]
        attrs = {"max_images": most, "bad_color": _NOT_FINITE}
        return collected(single_output("ImageSummary", inputs, scope, dtypes.string, **attrs), collections)


def audio(
    name: str,
    tensor: TensorLike,
    sample_rate: TensorLike,
    max_outputs: int = 3,
    collections: Sequence[Any] | None = None,
    family: str | None = None,
) -> Tensor:
    """Sound, for TensorBoard's audio tab: WAV of 16 bits a sample.

    Args:
      name: as `image` has it, with `audio` in the tags: `T/audio/0`, ..., or `T/audio`.
      tensor: float32, [batch, frames] (mono) or [batch, frames, channels]; -1 to 1, what is beyond is cut off.
      sample_rate: frames a second, a float32 scalar.
      max_outputs: clips of the batch that are written, the first ones.
      collections, family: as `image` has them.

    Returns:
      A scalar string: a serialised Summary.

    Raises TypeError for another type of tensor, ValueError for one of `sample_rate` and for `max_outputs` below 1;
    another shape, or a rate that is not positive, is an InvalidArgumentError when it runs.
    """
    most = _count("AudioSummaryV2", "max_outputs", max_outputs)
    with summary_scope(name, family, tensor) as (tag, scope):
        rate = convert_to_tensor(sample_rate, dtypes.float32, name="sample_rate")
        sound = argument("AudioSummaryV2", "tensor", tensor, dtypes.float32)
        inputs = [constant(tag, name="tag"), sound, rate]
        return collected(single_output("AudioSummaryV2", inputs, scope, dtypes.string, max_outputs=most), collections)


def _pixels_argument(tensor: TensorLike) -> Tensor:
    # As in TensorFlow, an array of a type that is not shown, and any Python value, is float32 here.
    kept = isinstance(tensor, np.ndarray | np.generic) and tensor.dtype in {kind.numpy_dtype for kind in _PIXELS}
    wanted = None if kept or isinstance(tensor, Tensor) else dtypes.float32
    return argument("ImageSummary", "tensor", tensor, wanted, allowed=_PIXELS)


def _count(op_type: str, attr: str, value: Any) -> int:
    if not isinstance(value, int | float | np.number):
        raise TypeError(f"Expected int for argument '{attr}' not {value!r}.")
    if int(value) < 1:
        raise ValueError(f"Attr '{attr}' of '{op_type}' Op passed {int(value)} less than minimum 1.")
    return int(value)


def _tags(tag: Value, kind: str, most: int, count: int) -> list[str]:
    """The tags of the values of one summary; the suffix goes by what may come, not by what came."""
    base = as_bytes(tag, "tag").decode()
    if most == 1:
        return [f"{base}/{kind}"][:count]
    return [f"{base}/{kind}/{place}" for place in range(min(most, count))]


# Images --------------------------------------------------------------------------------------------------------------


@register_op("ImageSummary", shape=scalar_shape, bind=True)
def _image_summary(op: Operation, session: Any) -> Callable[[Value, Value], bytes]:
    most, not_finite = op.attrs["max_images"], op.attrs["bad_color"]

    def kernel(tag: Value, tensor: Value) -> bytes:
        batch = as_array(tensor)
        _check_images(batch)
        summary = messages.Summary()
        for name, picture in zip(_tags(tag, "image", most, len(batch)), batch, strict=False):
            height, width, depth = picture.shape
            pixels = picture if picture.dtype == np.uint8 else _scaled(picture, not_finite[:depth])
            png = encoded(op.type, "PNG", pixels, _DEPTHS, {})
            shown = messages.Summary.Image(height=height, width=width, colorspace=depth, encoded_image_string=png)
            summary.value.add(tag=name, image=shown)
        serialised: bytes = summary.SerializeToString()
        return serialised

    return kernel


def _check_images(batch: np.ndarray) -> None:
    if batch.ndim != 4 or batch.shape[3] not in _DEPTHS:
        message = f"Tensor must be 4-D with last dim 1, 3, or 4, not {brackets(batch.shape)}"
        raise InvalidArgumentError(None, None, message)
    if batch.size == 0 and len(batch) > 0:
        sizes = ", ".join(str(size) for size in batch.shape)
        raise InvalidArgumentError(None, None, f"input tensor must have non-zero dims. Found: [{sizes}].")


def _scaled(picture: np.ndarray, not_finite: np.ndarray) -> np.ndarray:
    """Floats as uint8, worked out in the picture's own type; pixels that are not finite have no part in the scale."""
    finite = np.isfinite(picture).all(axis=2)
    with np.errstate(all="ignore"):
        scale, offset = _scale_and_offset(picture[finite].astype(np.float32))
        kind = picture.dtype.type
        factor = kind(scale) if np.isfinite(kind(scale)) else scale  # a dark float16 picture's is beyond float16
        pixels: np.ndarray = np.clip(picture * factor + kind(offset), 0, 255).astype(np.uint8)
    pixels[~finite] = not_finite
    return pixels


def _scale_and_offset(shown: np.ndarray) -> tuple[np.float32, int]:
    least, largest = shown.min(initial=np.inf), shown.max(initial=-np.inf)
    if least < 0:
        furthest = max(abs(least), abs(largest))
        return (np.float32(127) / furthest if furthest >= _SCALED_FROM else np.float32(0)), 128
    return (np.float32(255) / largest if largest >= _SCALED_FROM else np.float32(0)), 0


# Sound ---------------------------------------------------------------------------------------------------------------


@register_op("AudioSummaryV2", shape=scalar_shape, bind=True)
def _audio_summary(op: Operation, session: Any) -> Callable[[Value, Value, Value], bytes]:
    most = op.attrs["max_outputs"]

    def kernel(tag: Value, tensor: Value, sample_rate: Value) -> bytes:
        batch = as_array(tensor)
        if batch.ndim not in {2, 3}:
            raise InvalidArgumentError(None, None, f"Tensor must be 3-D or 2-D, got: {brackets(batch.shape)}")
        rate, clips = _rate(sample_rate), batch if batch.ndim == 3 else batch[..., None]
        summary = messages.Summary()
        for name, clip in zip(_tags(tag, "audio", most, len(clips)), clips, strict=False):
            frames, channels = clip.shape
            heard = messages.Summary.Audio(sample_rate=rate, num_channels=channels, length_frames=frames)
            heard.encoded_audio_string, heard.content_type = _wav(clip, rate), "audio/wav"
            summary.value.add(tag=name, audio=heard)
        serialised: bytes = summary.SerializeToString()
        return serialised

    return kernel


def _rate(sample_rate: Value) -> float:
    if np.size(sample_rate) != 1:
        raise InvalidArgumentError(None, None, "sample_rate must be rank-0 or contain a single value")
    rate = float(np.asarray(sample_rate).item())
    if not rate > 0:
        raise InvalidArgumentError(None, None, f"sample_rate must be > 0, got {rate:g}")
    return rate


def _wav(clip: np.ndarray, rate: float) -> bytes:
    """A WAV file of [frames, channels], at the nearest whole rate."""
    channels = clip.shape[1]
    if not 0 < channels < 1 << 16:
        raise InvalidArgumentError(None, None, f"num_channels must be in (0, 2^16), got: {channels}")
    if rate * channels * _BYTES_A_SAMPLE >= 1 << 32:
        message = f"sample_rate must be in (0, 2^32) bytes a second, got: {rate:.0f} frames of {channels} channels"
        raise InvalidArgumentError(None, None, message)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(_BYTES_A_SAMPLE)
        writer.setframerate(max(1, round(rate)))
        writer.writeframes(_samples(clip).astype("<i2").tobytes())
    return file.getvalue()


def _samples(clip: np.ndarray) -> np.ndarray:
    """Whole numbers, halves rounded away from 0; what is no number is silence."""
    loud = np.nan_to_num(clip.astype(np.float64) * _LARGEST_SAMPLE, nan=0)
    return np.clip(np.trunc(loud + np.copysign(0.5, loud)), -_LARGEST_SAMPLE, _LARGEST_SAMPLE - 1)
