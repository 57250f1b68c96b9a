"""JPEG, PNG, GIF and BMP files as ops: decode, encode, ask for the shape.

Invariant: what a file is, its first bytes say, whatever the op is called: `decode_png` takes a JPEG, as in TensorFlow.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import STRING, TensorLike, argument, single_output
from .image_color_ops import convert_image_dtype
from .image_files import (
    END_OF_JPEG,
    bmp_pixels,
    encoded,
    gif_frames,
    gif_pixels,
    jpeg_pixels,
    jpeg_shape,
    png_pixels,
    read_image,
)
from .shape_functions import Shapes, scalar
from .values import Value, as_bytes

if TYPE_CHECKING:
    from PIL import Image

DECODED = frozenset({dtypes.uint8, dtypes.uint16, dtypes.float32})
"""What `decode_image` gives without a detour."""


# Decode --------------------------------------------------------------------------------------------------------------


def _decoded_shape(op: Operation) -> Shapes:
    return [[None, None, op.get_attr("channels") or None]]


def _decoded_image_shape(op: Operation) -> Shapes:
    return [None] if op.get_attr("expand_animations") else _decoded_shape(op)


@register_op("DecodeJpeg", shape=_decoded_shape, bind=True)
@register_op("DecodePng", shape=_decoded_shape, bind=True)
@register_op("DecodeBmp", shape=_decoded_shape, bind=True)
@register_op("DecodeImage", shape=_decoded_image_shape, bind=True)
def _decode(op: Operation, session: Any) -> Callable[[Value], Value]:
    op_type, channels, ratio = op.type, int(op.get_attr("channels")), int(op.attrs.get("ratio", 1))
    dtype, expand = op.outputs[0].dtype, op.attrs.get("expand_animations")
    # With an end-of-image mark behind it libjpeg takes what there is of a file cut short, and fills the rest with grey.
    mend = END_OF_JPEG if op.attrs.get("try_recover_truncated") else b""

    def decode(contents: Value) -> Value:
        data = as_bytes(contents, "contents") + mend

        def read(image: "Image.Image", kind: str) -> Value:
            if kind == "JPEG":
                return jpeg_pixels(image, channels, ratio)
            if kind == "PNG":
                return png_pixels(image, data, channels, deep=dtype == dtypes.uint16)
            if kind == "BMP":
                return bmp_pixels(image, channels)
            return gif_pixels(op_type, image, channels, expand)

        return _in_dtype(read_image(op_type, data, read), dtype)

    return decode


def _in_dtype(pixels: Value, dtype: DType) -> Value:
    """Samples of 8 or 16 bits as uint8, uint16 or float32 in [0, 1]."""
    if pixels.dtype == dtype.as_numpy_dtype:
        return pixels
    if dtype == dtypes.float32:
        return np.multiply(pixels, np.float32(1 / np.iinfo(pixels.dtype).max), dtype=np.float32)
    if dtype == dtypes.uint8:
        return (pixels >> 8).astype(np.uint8)
    # 255 * 257 is 65535.
    return pixels.astype(np.uint16) * np.uint16(257)


@register_op("DecodeGif", shape=lambda op: [[None, None, None, 3]])
def _decode_gif(contents: Value) -> Value:
    return read_image("DecodeGif", as_bytes(contents, "contents"), gif_frames)


def decode_jpeg(
    contents: TensorLike,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """A JPEG file's contents as a uint8 image [height, width, channels].

    Args:
      contents: a scalar string.
      channels: 0 for the file's own (1 or 3), 1 for grey, 3 for RGB.
      ratio: 1, 2, 4 or 8: decoded that much smaller, which is faster too.
      fancy_upscaling: taken for TensorFlow's sake; Pillow always does.
      try_recover_truncated: fill what a file cut short does not say with grey, instead of failing.
      acceptable_fraction: taken for TensorFlow's sake.
      dct_method: taken for TensorFlow's sake; values may differ from it by a few grey levels.
      name: the op's name.

    A run raises InvalidArgumentError when `contents` is no image, or is cut short or damaged.
    """
    if ratio not in {1, 2, 4, 8}:
        raise ValueError(f"decode_jpeg: ratio must be 1, 2, 4 or 8, not {ratio}")
    attrs: dict[str, Any] = {"ratio": ratio, "fancy_upscaling": fancy_upscaling}
    attrs |= {"try_recover_truncated": try_recover_truncated}
    attrs |= {"acceptable_fraction": float(acceptable_fraction), "dct_method": dct_method}
    return _decoder("DecodeJpeg", contents, channels, {0, 1, 3}, name, dtypes.uint8, **attrs)


def decode_png(contents: TensorLike, channels: int = 0, dtype: Any = dtypes.uint8, name: str | None = None) -> Tensor:
    """A PNG file's contents as a uint8 or uint16 image [height, width, channels].

    `channels` is 0 for the file's own, 1 for grey, 3 for RGB, 4 for RGBA. A run raises InvalidArgumentError when
    `contents` is no image, or is damaged, and UnimplementedError for colours of 16 bits asked for as uint16.
    """
    wanted = as_dtype(dtype)
    if wanted not in {dtypes.uint8, dtypes.uint16}:
        raise TypeError(f"decode_png gives uint8 or uint16, not {wanted.name}")
    return _decoder("DecodePng", contents, channels, {0, 1, 3, 4}, name, wanted)


def decode_bmp(contents: TensorLike, channels: int = 0, name: str | None = None) -> Tensor:
    """A BMP file's contents as a uint8 image [height, width, channels]; `channels` is 0, 1, 3 or 4."""
    return _decoder("DecodeBmp", contents, channels, {0, 1, 3, 4}, name, dtypes.uint8)


def decode_gif(contents: TensorLike, name: str | None = None) -> Tensor:
    """All frames of a GIF file's contents, uint8 [frames, height, width, 3]."""
    with name_scope(name, "DecodeGif", [contents]) as scope:
        data = argument("DecodeGif", "contents", contents, allowed=STRING)
        return single_output("DecodeGif", [data], scope, dtypes.uint8)


def decode_image(
    contents: TensorLike,
    channels: int | None = None,
    dtype: Any = dtypes.uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """The contents of a JPEG, PNG, GIF or BMP file as an image [height, width, channels].

    A GIF gives all its frames, [frames, height, width, 3], so the static shape is unknown; without `expand_animations`
    it gives the first, and the rank is known to be 3. Floats are in [0, 1]; other whole numbers than uint8 are scaled
    as by `convert_image_dtype`.
    """
    wanted = as_dtype(dtype)
    own = wanted if wanted in DECODED else dtypes.uint16
    image = _decoder(
        "DecodeImage", contents, channels or 0, {0, 1, 3, 4}, name, own, expand_animations=expand_animations
    )
    return image if own == wanted else convert_image_dtype(image, wanted)


def _decoder(
    op_type: str, contents: TensorLike, channels: int, allowed: set[int], name: str | None, dtype: DType, **attrs: Any
) -> Tensor:
    if channels not in allowed:
        raise ValueError(f"{op_type}: channels must be one of {sorted(allowed)}, got {channels}")
    with name_scope(name, op_type, [contents]) as scope:
        data = argument(op_type, "contents", contents, allowed=STRING)
        if data.shape.ndims not in {0, None}:
            raise ValueError(f"{op_type}: contents must be a scalar string, got shape {data.shape}: one image an op.")
        return single_output(op_type, [data], scope, dtype, channels=channels, **attrs)


# What a JPEG is ------------------------------------------------------------------------------------------------------


@register_op("ExtractJpegShape", shape=lambda op: [[3]], bind=True)
def _extract_jpeg_shape(op: Operation, session: Any) -> Callable[[Value], Value]:
    dtype = op.outputs[0].dtype.as_numpy_dtype
    return lambda contents: read_image("ExtractJpegShape", as_bytes(contents, "contents"), jpeg_shape).astype(dtype)


def extract_jpeg_shape(contents: TensorLike, output_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """[height, width, channels] of a JPEG file's contents, without decoding it; int32 or int64."""
    with name_scope(name, "ExtractJpegShape", [contents]) as scope:
        data = argument("ExtractJpegShape", "contents", contents, allowed=STRING)
        return single_output("ExtractJpegShape", [data], scope, as_dtype(output_type))


@register_op("IsJpeg", shape=scalar)
def _is_jpeg(contents: Value) -> Value:
    return np.bool_(as_bytes(contents, "contents").startswith(b"\xff\xd8\xff"))


def is_jpeg(contents: TensorLike, name: str | None = None) -> Tensor:
    """Whether a file's contents begin as a JPEG's do."""
    with name_scope(name, "is_jpeg", [contents]) as scope:
        return single_output("IsJpeg", [argument("IsJpeg", "contents", contents, allowed=STRING)], scope, dtypes.bool)


# Encode --------------------------------------------------------------------------------------------------------------


@register_op("EncodeJpeg", shape=scalar, bind=True)
def _encode_jpeg(op: Operation, session: Any) -> Callable[[Value], Value]:
    grey_or_rgb = {b"": (1, 3), b"grayscale": (1,), b"rgb": (3,)}[op.get_attr("format")]
    per_inch = 1.0 if op.get_attr("density_unit") == b"in" else 2.54
    options = {
        "quality": op.get_attr("quality"),
        "progressive": op.get_attr("progressive"),
        "optimize": op.get_attr("optimize_size"),
        "subsampling": 2 if op.get_attr("chroma_downsampling") else 0,
        "dpi": (op.get_attr("x_density") * per_inch, op.get_attr("y_density") * per_inch),
    }
    return lambda pixels: encoded("EncodeJpeg", "JPEG", pixels, grey_or_rgb, options)


def encode_jpeg(
    image: TensorLike,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: str = "",
    name: str | None = None,
) -> Tensor:
    """A uint8 image [height, width, 1 or 3] as the contents of a JPEG file.

    `format` is "", "grayscale" or "rgb" and checks the channels; `quality` is 0 to 100; the densities are pixels per
    `density_unit`, "in" or "cm". `xmp_metadata` must be empty: Pillow's older versions cannot write it.
    """
    if format not in {"", "grayscale", "rgb"}:
        raise ValueError(f"encode_jpeg: format must be '', 'grayscale' or 'rgb', not {format!r}")
    if not 0 <= quality <= 100:
        raise ValueError(f"quality must be in [0,100], got {quality}")
    if density_unit not in {"in", "cm"}:
        raise ValueError(f"encode_jpeg: density_unit must be 'in' or 'cm', not {density_unit!r}")
    if xmp_metadata:
        raise ValueError("encode_jpeg: xmp_metadata is not written")
    attrs = {"format": format, "quality": quality, "progressive": progressive, "optimize_size": optimize_size}
    attrs |= {"chroma_downsampling": chroma_downsampling, "density_unit": density_unit}
    with name_scope(name, "EncodeJpeg", [image]) as scope:
        pixels = argument("EncodeJpeg", "image", image, dtypes.uint8)
        densities = {"x_density": x_density, "y_density": y_density}
        return single_output("EncodeJpeg", [pixels], scope, dtypes.string, **attrs, **densities)


@register_op("EncodePng", shape=scalar, bind=True)
def _encode_png(op: Operation, session: Any) -> Callable[[Value], Value]:
    level = int(op.get_attr("compression"))
    # Pillow has 16 bits a sample in grey only.
    allowed = (1,) if op.inputs[0].dtype == dtypes.uint16 else (1, 2, 3, 4)
    options = {} if level < 0 else {"compress_level": level}
    return lambda pixels: encoded("EncodePng", "PNG", pixels, allowed, options)


def encode_png(image: TensorLike, compression: int = -1, name: str | None = None) -> Tensor:
    """A uint8 image [height, width, 1 to 4], or a grey uint16 one, as the contents of a PNG file.

    `compression` is zlib's level, 0 to 9, or -1 for its default.
    """
    if not -1 <= compression <= 9:
        raise ValueError(f"compression should be in [-1, 9], got {compression}")
    with name_scope(name, "EncodePng", [image]) as scope:
        pixels = argument("EncodePng", "image", image, allowed={dtypes.uint8, dtypes.uint16})
        return single_output("EncodePng", [pixels], scope, dtypes.string, compression=compression)
