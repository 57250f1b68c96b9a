"""`tf.io`: files, and what their contents are made into."""

from tfqueue.ops.csv_ops import decode_csv
from tfqueue.ops.example_features import FixedLenFeature, FixedLenSequenceFeature, SparseFeature, VarLenFeature
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
from tfqueue.ops.parsing_ops import decode_json_example, parse_example, parse_single_example
from tfqueue.ops.sequence_ops import parse_sequence_example, parse_single_sequence_example
from tfqueue.ops.string_ops import (
    decode_raw,
)
from tfqueue.readers.record_options import TFRecordCompressionType, TFRecordOptions
from tfqueue.readers.tfrecord import TFRecordWriter, tf_record_iterator

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "SparseFeature",
    "TFRecordCompressionType",
    "TFRecordOptions",
    "TFRecordWriter",
    "VarLenFeature",
    "decode_bmp",
    "decode_csv",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_json_example",
    "decode_png",
    "decode_raw",
    "encode_jpeg",
    "encode_png",
    "extract_jpeg_shape",
    "is_jpeg",
    "matching_files",
    "parse_example",
    "parse_sequence_example",
    "parse_single_example",
    "parse_single_sequence_example",
    "read_file",
    "tf_record_iterator",
    "write_file",
]
