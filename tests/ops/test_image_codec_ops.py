"""Image files: decoded as TensorFlow decodes them, encoded so that they come back, refused by name if they are none."""

import builtins
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tfqueue as tf
from tests.ops.running import agree, constant, run, sizes

ROWS, COLUMNS = np.mgrid[0:48, 0:64]
SMOOTH = np.stack([COLUMNS * 3 + 20, ROWS * 4 + 20, (COLUMNS + ROWS) * 2], -1).astype(np.uint8)
NOISE = np.random.default_rng(0).integers(0, 256, (8, 10, 4)).astype(np.uint8)


def file(pixels: Any, kind: str, **options: Any) -> bytes:
    """The contents of an image file."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


JPEG = file(SMOOTH, "JPEG", quality=95)
PNG = file(NOISE[..., :3], "PNG")
FRAMES = [Image.fromarray(NOISE[:6, :7, place]) for place in range(3)]
GIF = file(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:])


def near(got: Any, expected: Any, levels: float) -> None:
    """The same shape and dtype, and on the whole the same picture."""
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
    assert np.abs(got.astype(float) - expected).mean() < levels


# JPEG


def test_a_jpeg_comes_back() -> None:
    """Close to what was encoded, [height, width, channels], uint8, of a static rank."""
    tensor = tf.image.decode_jpeg(JPEG)
    assert (sizes(tensor), tensor.dtype) == ([None, None, None], tf.uint8)
    near(run(tensor), SMOOTH, 2)
    assert sizes(tf.image.decode_jpeg(JPEG, channels=3)) == [None, None, 3]


def test_a_decoded_image_may_be_written_to() -> None:
    """It belongs to the caller."""
    pixels = run(tf.image.decode_jpeg(JPEG))
    pixels[...] = 0
    near(run(tf.image.decode_jpeg(JPEG)), SMOOTH, 2)


def test_channels_of_a_jpeg() -> None:
    """Grey is the luma, RGB of a grey file three times the same; four there are not."""
    luma = (SMOOTH @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None]
    near(run(tf.image.decode_jpeg(JPEG, channels=1)), luma, 2)
    grey = file(SMOOTH[..., 0], "JPEG", quality=95)
    near(run(tf.image.decode_jpeg(grey)), SMOOTH[..., :1], 2)
    near(run(tf.image.decode_jpeg(grey, channels=3)), SMOOTH[..., :1].repeat(3, -1), 2)
    printed = file(Image.fromarray(SMOOTH).convert("CMYK"), "JPEG", quality=95)
    assert run(tf.image.decode_jpeg(printed)).shape == (48, 64, 3)
    with pytest.raises(ValueError, match=r"channels must be one of \[0, 1, 3\], got 4"):
        tf.image.decode_jpeg(JPEG, channels=4)
    with pytest.raises(tf.errors.InvalidArgumentError, match="JPEG does not support 4 channels"):
        run(tf.image.decode_image(JPEG, channels=4))


@pytest.mark.parametrize("ratio", [1, 2, 4, 8])
def test_a_jpeg_can_be_decoded_smaller(ratio: int) -> None:
    """By whole ratios, sizes rounded up."""
    odd = file(SMOOTH[:45, :61], "JPEG", quality=95)
    near(run(tf.image.decode_jpeg(JPEG, ratio=ratio)), SMOOTH[ratio // 2 :: ratio, ratio // 2 :: ratio], 4)
    assert run(tf.image.decode_jpeg(odd, ratio=ratio)).shape == (-(-45 // ratio), -(-61 // ratio), 3)
    with pytest.raises(ValueError, match="ratio must be 1, 2, 4 or 8"):
        tf.image.decode_jpeg(JPEG, ratio=3)


def test_the_shape_of_a_jpeg_is_known_without_decoding() -> None:
    """Height, width, channels; also of a file whose pixels are missing."""
    tensor = tf.image.extract_jpeg_shape(JPEG[:-200])
    assert sizes(tensor) == [3]
    agree(run(tensor), np.array([48, 64, 3], np.int32))
    agree(run(tf.image.extract_jpeg_shape(JPEG, tf.int64)), np.array([48, 64, 3]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="this is a PNG file"):
        run(tf.image.extract_jpeg_shape(PNG))
    assert [bool(run(tf.image.is_jpeg(contents))) for contents in (JPEG, PNG, b"")] == [True, False, False]


# PNG, BMP, GIF


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_png_comes_back_exactly(channels: int) -> None:
    """In its own channels, and from its own op."""
    pixels = np.ascontiguousarray(NOISE[..., :channels])
    contents = run(tf.image.encode_png(pixels))
    agree(run(tf.image.decode_png(contents)), pixels)
    agree(run(tf.image.decode_image(contents)), pixels)


def test_channels_of_a_png() -> None:
    """Alpha is dropped or added in full; grey is repeated."""
    agree(run(tf.image.decode_png(file(NOISE, "PNG"), 3)), NOISE[..., :3])
    agree(run(tf.image.decode_png(PNG, 4)), np.dstack([NOISE[..., :3], np.full((8, 10), 255, np.uint8)]))
    grey = file(NOISE[..., 0], "PNG")
    agree(run(tf.image.decode_png(grey, 3)), NOISE[..., :1].repeat(3, -1))
    palette = Image.fromarray(NOISE[..., :3]).quantize(16)
    agree(run(tf.image.decode_png(file(palette, "PNG"))), np.asarray(palette.convert("RGB")))
    bits = file(Image.fromarray(NOISE[..., 0] > 100), "PNG")
    agree(run(tf.image.decode_png(bits)), ((NOISE[..., :1] > 100) * 255).astype(np.uint8))
    assert sizes(tf.image.decode_png(PNG, 3)) == [None, None, 3]


def test_sixteen_bits() -> None:
    """Grey ones are kept, 8-bit ones stretched; uint8 takes the upper half; colours are refused as uint16."""
    deep = np.random.default_rng(1).integers(0, 65536, (5, 4, 1)).astype(np.uint16)
    contents = run(tf.image.encode_png(deep))
    agree(run(tf.image.decode_png(contents, dtype=tf.uint16)), deep)
    agree(run(tf.image.decode_png(contents)), (deep >> 8).astype(np.uint8))
    agree(run(tf.image.decode_png(contents, 3)), (deep >> 8).astype(np.uint8).repeat(3, -1))
    agree(run(tf.image.decode_png(PNG, dtype=tf.uint16)), NOISE[..., :3].astype(np.uint16) * 257)
    agree(run(tf.image.decode_image(contents, dtype=tf.float32)), (deep / 65535).astype(np.float32), 1e-6)
    agree(run(tf.image.decode_image(PNG, dtype=tf.float32)), (NOISE[..., :3] / 255).astype(np.float32), 1e-6)
    assert run(tf.image.decode_image(PNG, dtype=tf.float64)).dtype == np.float64
    with pytest.raises(TypeError, match="uint8 or uint16, not float32"):
        tf.image.decode_png(PNG, dtype=tf.float32)


def deep_colour_png() -> bytes:
    """One white pixel of 16-bit RGB, which Pillow can read but not write."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" + b"\xff" * 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_sixteen_bits_of_colour() -> None:
    """The upper half as uint8; as uint16 an error rather than made-up lower halves."""
    agree(run(tf.image.decode_png(deep_colour_png())), np.full((1, 1, 3), 255, np.uint8))
    with pytest.raises(tf.errors.UnimplementedError, match=r"dtype=tf.uint8 keeps the upper 8 bits"):
        run(tf.image.decode_png(deep_colour_png(), dtype=tf.uint16))


def test_a_bmp() -> None:
    """By its own op, and by `decode_image`."""
    contents = file(NOISE[..., :3], "BMP")
    agree(run(tf.image.decode_bmp(contents)), NOISE[..., :3])
    agree(run(tf.image.decode_image(contents)), NOISE[..., :3])


def test_a_gif() -> None:
    """All frames in RGB, or the first; the other ops refuse to choose."""
    frames = NOISE[:6, :7, :3].transpose(2, 0, 1)[..., None].repeat(3, -1)
    agree(run(tf.image.decode_gif(GIF)), frames)
    agree(run(tf.image.decode_image(GIF)), frames)
    first = tf.image.decode_image(GIF, expand_animations=False)
    assert sizes(first) == [None, None, None]
    agree(run(first), frames[0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Got 3 frames, but animated gifs can only be decoded by"):
        run(tf.image.decode_png(GIF))
    agree(run(tf.image.decode_png(file(FRAMES[0], "GIF"))), frames[0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="channels must be 0 or 3 for GIF, got 1"):
        run(tf.image.decode_image(GIF, channels=1))
    with pytest.raises(tf.errors.InvalidArgumentError, match="DecodeGif takes GIF files, this is a PNG"):
        run(tf.image.decode_gif(PNG))
    assert sizes(tf.image.decode_gif(GIF)) == [None, None, None, 3]


def test_any_op_takes_any_kind_of_image() -> None:
    """As in TensorFlow, whose programs call `decode_jpeg` on whatever a folder holds."""
    agree(run(tf.image.decode_jpeg(PNG)), NOISE[..., :3])
    near(run(tf.image.decode_png(JPEG)), SMOOTH, 2)
    assert sizes(tf.image.decode_image(JPEG)) is None
    assert tf.io.decode_jpeg is tf.image.decode_jpeg


# Bad input

DECODERS = [
    tf.image.decode_jpeg,
    tf.image.decode_png,
    tf.image.decode_bmp,
    tf.image.decode_gif,
    tf.image.decode_image,
    tf.image.extract_jpeg_shape,
]


@pytest.mark.parametrize("build", DECODERS)
@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (b"not an image", r"unknown format starting with b'not an image', 12 bytes. Decode\w+|ExtractJpegShape takes"),
        (b"", "got an empty file"),
        (b"x" * 100, "b'xxxxxxxxxxxxxxxx', 100 bytes"),
    ],
)
def test_what_is_no_image_is_named(build: Any, contents: bytes, words: str) -> None:
    """The op, the first bytes, the size, what was expected, and the way out."""
    with pytest.raises(tf.errors.InvalidArgumentError, match=words) as caught:
        run(build(contents, name="picture"))
    assert "Expected image (JPEG, PNG, GIF or BMP)" in caught.value.message
    assert "[[node picture (defined at" in caught.value.message
    assert caught.value.op.name == "picture"


@pytest.mark.parametrize(
    ("contents", "kind"),
    [
        (JPEG[: len(JPEG) // 2], "JPEG"),
        (JPEG[:-40], "JPEG"),
        (JPEG[:20], "JPEG"),
        (PNG[: len(PNG) // 2], "PNG"),
        (PNG[:60] + b"xxxx" + PNG[64:], "PNG"),
        (GIF[:30], "GIF"),
        (file(NOISE[..., :3], "BMP")[:80], "BMP"),
    ],
)
def test_a_file_cut_short_or_damaged_is_an_error(contents: bytes, kind: str) -> None:
    """Never grey pixels."""
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=f"Invalid {kind} data, data size {len(contents)}.*damaged"
    ):
        run(tf.image.decode_image(contents))


def test_an_image_of_too_many_pixels_is_no_damaged_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow's guard against decompression bombs, with the way out."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"exceeds limit .* raise PIL.Image.MAX_IMAGE_PIXELS"):
        run(tf.image.decode_jpeg(JPEG))


def test_a_jpeg_cut_short_can_be_taken_as_it_is() -> None:
    """On request: the upper part is there."""
    busy = SMOOTH + np.random.default_rng(0).integers(0, 16, SMOOTH.shape).astype(np.uint8)
    whole = file(busy, "JPEG", quality=95)
    pixels = run(tf.image.decode_jpeg(whole[: len(whole) * 3 // 4], try_recover_truncated=True))
    assert pixels.shape == busy.shape
    near(pixels[:16], run(tf.image.decode_jpeg(whole))[:16], 1)


def test_contents_are_one_string() -> None:
    """A vector is refused, when built or when run; a number is a TypeError."""
    with pytest.raises(ValueError, match=r"contents must be a scalar string, got shape \(2,\): one image an op"):
        tf.image.decode_jpeg([JPEG, JPEG])
    x = tf.placeholder(tf.string)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"contents must be scalar, got shape \[1\]"):
        run(tf.image.decode_jpeg(x), {x: [JPEG]})
    with pytest.raises(TypeError, match="not in list of allowed values: string"):
        tf.image.decode_jpeg(constant(1))


def test_without_pillow_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pip install tfqueue[images]`."""
    real_import = builtins.__import__

    def without_pillow(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "PIL" or name.startswith("PIL."):
            raise ImportError("No module named 'PIL'")
        return real_import(name, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(builtins, "__import__", without_pillow)
        for tensor in (tf.image.decode_jpeg(JPEG), tf.image.encode_png(NOISE)):
            with pytest.raises(tf.errors.FailedPreconditionError, match=r"pip install 'tfqueue\[images\]'"):
                run(tensor)


# Encode


def test_encode_jpeg() -> None:
    """Close when decoded, in RGB or grey; more loss for less quality; the density is written."""
    near(run(tf.image.decode_jpeg(tf.image.encode_jpeg(SMOOTH))), SMOOTH, 2)
    near(run(tf.image.decode_jpeg(tf.image.encode_jpeg(SMOOTH[..., :1]))), SMOOTH[..., :1], 2)
    best, worst = run([tf.image.encode_jpeg(SMOOTH, quality=quality) for quality in (95, 10)])
    assert len(worst) < len(best)
    small, full = run([tf.image.encode_jpeg(SMOOTH, chroma_downsampling=down) for down in (True, False)])
    assert len(small) < len(full)
    contents = run(tf.image.encode_jpeg(SMOOTH, progressive=True, optimize_size=True, x_density=72, y_density=72))
    image = Image.open(io.BytesIO(contents))
    assert (image.info["dpi"], image.info.get("progressive")) == ((72, 72), 1)


@pytest.mark.parametrize(
    ("build", "kind", "words"),
    [
        (lambda: tf.image.encode_jpeg(SMOOTH, format="tiff"), ValueError, "format must be"),
        (lambda: tf.image.encode_jpeg(SMOOTH, quality=101), ValueError, r"quality must be in \[0,100\], got 101"),
        (lambda: tf.image.encode_jpeg(SMOOTH, density_unit="mm"), ValueError, "density_unit must be"),
        (lambda: tf.image.encode_jpeg(SMOOTH, xmp_metadata="x"), ValueError, "xmp_metadata is not written"),
        (lambda: tf.image.encode_png(SMOOTH, compression=10), ValueError, r"compression should be in \[-1, 9\]"),
        (lambda: tf.image.encode_jpeg(constant(1.0)), TypeError, "float32 that does not match expected type of uint8"),
        (lambda: tf.image.encode_png(SMOOTH.astype(np.int32)), TypeError, "int32 not in list"),
    ],
)
def test_refusals_while_building(build: Any, kind: type[Exception], words: str) -> None:
    """Arguments that cannot be, and images that are not of bytes."""
    with pytest.raises(kind, match=words):
        build()


@pytest.mark.parametrize(
    "build",
    [
        lambda: tf.image.encode_jpeg(SMOOTH[..., 0]),
        lambda: tf.image.encode_jpeg(NOISE[..., :2]),
        lambda: tf.image.encode_jpeg(SMOOTH, format="grayscale"),
        lambda: tf.image.encode_jpeg(SMOOTH[:0]),
        lambda: tf.image.encode_png(SMOOTH[..., 0]),
        lambda: tf.image.encode_png(SMOOTH.astype(np.uint16)),
    ],
)
def test_images_that_cannot_be_encoded(build: Any) -> None:
    """InvalidArgumentError with the channels that are taken and the shape that came."""
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"channels one of \(.*\), got shape \["):
        run(build())


def test_compression_levels() -> None:
    """More is smaller, none is largest."""
    none, best = run([tf.image.encode_png(SMOOTH, compression=level) for level in (0, 9)])
    assert len(best) < len(none)
    agree(run(tf.image.decode_png(best)), SMOOTH)
