"""`tf.strings`: numbers to text and back, join, cut, strip, change case."""

from tfqueue.ops.string_ops import (
    as_string,
    lower,
    substr,
    upper,
)
from tfqueue.ops.string_ops import (
    string_join as join,
)
from tfqueue.ops.string_ops import (
    string_length as length,
)
from tfqueue.ops.string_ops import (
    string_strip as strip,
)
from tfqueue.ops.string_ops import (
    string_to_number as to_number,
)

__all__ = [
    "as_string",
    "join",
    "length",
    "lower",
    "strip",
    "substr",
    "to_number",
    "upper",
]
