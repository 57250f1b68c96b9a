"""How a file of records is compressed: TensorFlow's `TFRecordOptions`, and the three spellings of the same thing."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

COMPRESSIONS = ("", "ZLIB", "GZIP")
"""The kinds of compression by name; their places are TensorFlow's numbers."""


class TFRecordCompressionType:
    """TensorFlow's numbers for the kinds of compression."""

    NONE = 0
    ZLIB = 1
    GZIP = 2


class TFRecordOptions:
    """How a file of records is compressed.

    Args:
      compression_type: a name ("", "ZLIB", "GZIP"), a `TFRecordCompressionType`, other options, or None for none.
      flush_mode: zlib's mode for `TFRecordWriter.flush`; default none (what is pending stays pending).
      input_buffer_size, output_buffer_size: bytes; taken and left alone, for buffers have sizes of their own here.
      window_bits: zlib's, 8 to 15; default 15.
      compression_level: 0 to 9, or -1 for zlib's default.
      compression_method: zlib's; 8 is the only one there is.
      mem_level: zlib's, 1 to 9; default 9.
      compression_strategy: zlib's, 0 to 4; default 0.

    Raises:
      ValueError: "Not a valid compression_type: ...".
    """

    compression_type_map: Mapping[int, str] = MappingProxyType(dict(enumerate(COMPRESSIONS)))
    """From TensorFlow's number to the name."""

    def __init__(
        self,
        compression_type: Any = None,
        flush_mode: int | None = None,
        input_buffer_size: int | None = None,
        output_buffer_size: int | None = None,
        window_bits: int | None = None,
        compression_level: int | None = None,
        compression_method: int | None = None,
        mem_level: int | None = None,
        compression_strategy: int | None = None,
    ) -> None:
        self.get_compression_type_string(compression_type)
        self.compression_type = compression_type
        self.flush_mode = flush_mode
        self.input_buffer_size = input_buffer_size
        self.output_buffer_size = output_buffer_size
        self.window_bits = window_bits
        self.compression_level = compression_level
        self.compression_method = compression_method
        self.mem_level = mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """The name of the compression that `options` ask for, "" for none; ValueError when it is none of the three."""
        if options is None:
            return ""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        if isinstance(options, int) and options in cls.compression_type_map:
            return cls.compression_type_map[options]
        if isinstance(options, str) and options in COMPRESSIONS:
            return options
        raise ValueError(f'Not a valid compression_type: "{options}"; one of {", ".join(map(repr, COMPRESSIONS))}.')


def as_options(options: Any) -> TFRecordOptions:
    """Options from options, a name, a number or None. ValueError for a compression that there is not."""
    return options if isinstance(options, TFRecordOptions) else TFRecordOptions(options)
