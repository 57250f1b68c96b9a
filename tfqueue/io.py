"""`tf.io`: files, and what their contents are made into."""

from tfqueue.ops.image_codec_ops import (
    decode_bmp,
    decode_gif,
    decode_image,
    decode_jpeg,
    decode_png,
    encode_jpeg,
    encode_png,
    extract_jpeg_shape,
    is_jpeg,
)
from tfqueue.ops.io_ops import (
    matching_files,
    read_file,
    write_file,
)
from tfqueue.ops.string_ops import (
    decode_raw,
)

__all__ = [
    "decode_bmp",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "decode_raw",
    "encode_jpeg",
    "encode_png",
    "extract_jpeg_shape",
    "is_jpeg",
    "matching_files",
    "read_file",
    "write_file",
]
