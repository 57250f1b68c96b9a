"""Image files and Pillow: JPEG, PNG, GIF and BMP contents to arrays and back, with no graph.

Invariants:
  - Pillow is imported when the first file is decoded or encoded;
  - pixels are [height, width, channels], uint8, or uint16 where the file has 16 bits of grey, in memory of their own;
  - a file cut short or damaged is an error, never grey pixels.
"""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tfqueue.framework.errors import FailedPreconditionError, InvalidArgumentError, UnimplementedError
from tfqueue.framework.tensor_shape import brackets

from .values import Value

if TYPE_CHECKING:
    from PIL import Image

MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"GIF8": "GIF", b"BM": "BMP"}
"""How each kind of file begins."""

END_OF_JPEG = b"\xff\xd9"

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""Pillow's mode for so many channels."""

PNG_DEPTH, PNG_COLOUR = 24, 25
"""Where a PNG says its bits a sample, and whether it has colour (bit 1)."""


def pillow(op_type: str) -> Any:
    """The module `PIL.Image`; FailedPreconditionError that names the extra to install when there is none."""
    try:
        from PIL import Image
    except ImportError as error:
        message = f"{op_type} needs Pillow, which is not installed: pip install 'tfqueue[images]'"
        raise FailedPreconditionError(None, None, message) from error
    return Image


# From files ----------------------------------------------------------------------------------------------------------


def kind_of(op_type: str, contents: bytes) -> str:
    """JPEG, PNG, GIF or BMP, as the first bytes say; InvalidArgumentError for anything else."""
    for start, kind in MAGIC.items():
        if contents.startswith(start):
            return kind
    found = f"unknown format starting with {contents[:16]!r}, {len(contents)} bytes" if contents else "an empty file"
    message = (
        f"Expected image (JPEG, PNG, GIF or BMP), got {found}. {op_type} takes the contents of an image file: leave "
        "other files out of the list (tf.matching_files('*.jpg')), or read this one with the op made for it."
    )
    raise InvalidArgumentError(None, None, message)


def read_image(op_type: str, contents: bytes, read: Callable[["Image.Image", str], Value]) -> Value:
    """`read(image, kind)` of the opened file; InvalidArgumentError for whatever a damaged one makes Pillow raise."""
    image_class = pillow(op_type)
    kind = kind_of(op_type, contents)
    try:
        with image_class.open(io.BytesIO(contents), formats=(kind,)) as image:
            return read(image, kind)
    except (InvalidArgumentError, UnimplementedError, MemoryError):
        raise
    except image_class.DecompressionBombError as error:
        message = f"{op_type}: {error}. For a file that you trust, raise PIL.Image.MAX_IMAGE_PIXELS."
        raise InvalidArgumentError(None, None, message) from error
    except Exception as error:  # Pillow raises a dozen classes, SyntaxError and zlib.error among them
        message = (
            f"Invalid {kind} data, data size {len(contents)}: {error}. {op_type}: the file is cut short or damaged."
        )
        raise InvalidArgumentError(None, None, message) from error


def jpeg_pixels(image: "Image.Image", channels: int, ratio: int) -> Value:
    """A JPEG in 1 or 3 channels (0: its own), made smaller by `ratio` while it is decoded."""
    if channels == 4:
        raise InvalidArgumentError(None, None, "JPEG does not support 4 channels")
    if channels == 1 or ratio > 1:
        # Decoded at once in grey, or smaller: colour and detail that are not asked for are never worked out.
        size = (max(1, image.width // ratio), max(1, image.height // ratio)) if ratio > 1 else None
        image.draft("L" if channels == 1 else image.mode, size)
    return _pixels(image, channels)


def png_pixels(image: "Image.Image", contents: bytes, channels: int, deep: bool) -> Value:
    """A PNG in so many channels (0: its own); UnimplementedError for 16 bits of colour if all are wanted (`deep`)."""
    if contents[PNG_DEPTH] < 16:
        return _pixels(image, channels)
    if contents[PNG_COLOUR] & 2 or not image.mode.startswith("I"):
        if deep:
            message = "Of 16-bit PNGs only grey ones are decoded to uint16; dtype=tf.uint8 keeps the upper 8 bits."
            raise UnimplementedError(None, None, message)
        return _pixels(image, channels)
    grey = np.array(image).astype(np.uint16)[..., None]
    if channels in {0, 1}:
        return grey
    alpha = np.full_like(grey, np.iinfo(np.uint16).max)
    return np.concatenate([grey, grey, grey, alpha][:channels], axis=2)


def gif_frames(image: "Image.Image", kind: str = "GIF") -> Value:
    """All frames of a GIF, [frames, height, width, 3]."""
    if kind != "GIF":
        raise InvalidArgumentError(
            None, None, f"DecodeGif takes GIF files, this is a {kind}: use tf.image.decode_image"
        )
    frames = []
    for place in range(getattr(image, "n_frames", 1)):
        image.seek(place)
        frames.append(_pixels(image, 3))
    return np.stack(frames)


def gif_pixels(op_type: str, image: "Image.Image", channels: int, expand: bool | None) -> Value:
    """A GIF as an op wants it: all frames, or (False) the first, or (None) the only one, else InvalidArgumentError."""
    if channels not in {0, 3}:
        raise InvalidArgumentError(None, None, f"channels must be 0 or 3 for GIF, got {channels}")
    if expand:
        return gif_frames(image)
    count = getattr(image, "n_frames", 1)
    if expand is None and count > 1:
        message = (
            f"Got {count} frames, but animated gifs can only be decoded by tf.image.decode_gif or "
            f"tf.image.decode_image, not by {op_type}"
        )
        raise InvalidArgumentError(None, None, message)
    return _pixels(image, 3)


def bmp_pixels(image: "Image.Image", channels: int) -> Value:
    """A BMP in so many channels (0: its own)."""
    return _pixels(image, channels)


def jpeg_shape(image: "Image.Image", kind: str) -> Value:
    """Height, width and channels of a JPEG that is opened but not decoded."""
    if kind != "JPEG":
        raise InvalidArgumentError(None, None, f"Invalid JPEG data: this is a {kind} file")
    return np.array([image.height, image.width, len(image.getbands())])


def _pixels(image: "Image.Image", channels: int) -> Value:
    mode = MODES[channels] if channels else _own_mode(image)
    pixels = np.array(image if image.mode == mode else image.convert(mode))
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _own_mode(image: "Image.Image") -> str:
    """The nearest of grey, grey with alpha, RGB, RGBA."""
    if "transparency" in image.info and image.mode in {"P", "RGB"}:
        return "RGBA"
    if image.mode in MODES.values():
        return image.mode
    return "L" if image.mode == "1" else "RGB"


# To files ------------------------------------------------------------------------------------------------------------


def encoded(op_type: str, kind: str, pixels: Value, allowed: tuple[int, ...], options: dict[str, Any]) -> bytes:
    """The contents of a file of this kind; InvalidArgumentError unless the image has one of the allowed channels."""
    if pixels.ndim != 3 or pixels.shape[2] not in allowed or not pixels.size:
        message = f"{op_type}: image must be [height, width, channels] with channels one of {allowed}"
        raise InvalidArgumentError(None, None, f"{message}, got shape {brackets(pixels.shape)}")
    image = pillow(op_type).fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
