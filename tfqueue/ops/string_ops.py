"""Strings: numbers to text and back, join, cut, strip, change case, and raw bytes to numbers.

Invariant: a string is `bytes` of any content; only what is asked to (`utf-8`, `UTF8_CHAR`) takes it for text.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import as_dtype
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import BOOL, NUMERIC, STRING, TensorLike, argument, index_argument, one_of, single_output
from .shape_functions import Shapes, broadcast_dims, unchanged
from .values import Value, as_array, map_strings

RAW = NUMERIC | BOOL
FILLS = ("", " ", "0", "-", "+")


# Numbers to text and back --------------------------------------------------------------------------------------------


@register_op("AsString", shape=unchanged, bind=True)
def _as_string(op: Operation, session: Any) -> Callable[[Value], Value]:
    if op.inputs[0].dtype == dtypes.bool:
        return lambda value: map_strings(lambda truth: b"true" if truth else b"false", as_array(value))
    spec = op.get_attr("format").decode()
    return lambda value: map_strings(lambda number: (spec % number).encode(), as_array(value))


def as_string(
    input: TensorLike,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Each number or truth value as text: "3", "3.140000", "true".

    Floats have `precision` digits after the point (6), in `scientific` notation or in the `shortest` of both if asked;
    the text is brought to `width` with `fill`: blank, "0", "-" (on the right) or "+" (with sign).
    """
    if fill not in FILLS:
        raise ValueError(f"Fill argument not supported: {fill!r}; one of {FILLS}")
    if scientific and shortest:
        raise ValueError("Cannot select both scientific and shortest notation")
    with name_scope(name, "AsString", [input]) as scope:
        numbers = argument("AsString", "input", input, allowed=RAW - {dtypes.complex64, dtypes.complex128})
        whole = not numbers.dtype.is_floating
        if whole and (scientific or shortest or precision >= 0):
            raise ValueError(f"scientific, shortest and precision are for floats, not for {numbers.dtype.name}")
        letter = "d" if whole else "e" if scientific else "g" if shortest else "f"
        spec = f"%{fill}{width if width >= 0 else ''}{f'.{precision}' if precision >= 0 else ''}{letter}"
        return single_output("AsString", [numbers], scope, dtypes.string, format=spec)


@register_op("StringToNumber", shape=unchanged, bind=True)
def _string_to_number(op: Operation, session: Any) -> Callable[[Value], Value]:
    dtype = op.outputs[0].dtype
    read: Callable[[bytes], Any] = int if dtype.is_integer else float
    limits = dtype.limits

    def number(text: bytes) -> Any:
        try:
            # Python reads 1_000 as a number, TensorFlow does not.
            value = read(text) if b"_" not in text else None
        except ValueError:
            value = None
        if value is None or (dtype.is_integer and not limits[0] <= value <= limits[1]):
            message = f"StringToNumberOp could not correctly convert string: {text.decode(errors='replace')}"
            raise InvalidArgumentError(None, None, f"{message} (to {dtype.name})")
        return value

    return lambda strings: np.asarray(map_strings(number, strings)).astype(dtype.as_numpy_dtype)


def string_to_number(string_tensor: TensorLike, out_type: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """The number that each string spells, as float32, float64, int32 or int64; else InvalidArgumentError naming it."""
    wanted = as_dtype(out_type)
    if wanted not in {dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64}:
        raise TypeError(f"string_to_number gives float32, float64, int32 or int64, not {wanted.name}")
    with name_scope(name, "StringToNumber", [string_tensor]) as scope:
        strings = argument("StringToNumber", "string_tensor", string_tensor, allowed=STRING)
        return single_output("StringToNumber", [strings], scope, wanted, out_type=wanted)


# Joined, cut, stripped -----------------------------------------------------------------------------------------------


def _joined_shape(op: Operation) -> Shapes:
    shapes = [tensor.shape for tensor in op.inputs if tensor.shape.ndims != 0]
    if not shapes:
        return [[]]
    common = shapes[0]
    for shape in shapes[1:]:
        common = common.merge_with(shape)
    return [common]


@register_op("StringJoin", shape=_joined_shape, bind=True)
def _string_join(op: Operation, session: Any) -> Callable[..., Value]:
    separator = op.get_attr("separator")

    def joined(*strings: Value) -> Value:
        if all(isinstance(string, bytes) for string in strings):
            return separator.join(strings)
        arrays = [as_array(string) for string in strings]
        shapes = {array.shape for array in arrays if array.ndim}
        if len(shapes) > 1:
            raise InvalidArgumentError(None, None, f"string_join: inputs of different shapes, {sorted(shapes)}")
        return np.frompyfunc(lambda *parts: separator.join(parts), len(arrays), 1)(*arrays)

    return joined


def string_join(inputs: Sequence[TensorLike], separator: str | bytes = "", name: str | None = None) -> Tensor:
    """The strings of several tensors joined place by place; scalars join with every place."""
    with name_scope(name, "StringJoin", list(inputs)) as scope:
        strings = [argument("StringJoin", "inputs", value, allowed=STRING) for value in inputs]
        return single_output("StringJoin", strings, scope, separator=separator, N=len(strings))


def _cut_shape(op: Operation) -> Shapes:
    strings, position = op.inputs[0].shape, op.inputs[1].shape
    if strings.ndims is None or position.ndims is None:
        return [None]
    return [broadcast_dims(strings.as_list(), position.as_list())]


@register_op("Substr", shape=_cut_shape, bind=True)
def _substr(op: Operation, session: Any) -> Callable[[Value, Value, Value], Value]:
    characters = op.get_attr("unit") == b"UTF8_CHAR"

    def cut(string: bytes, position: int, length: int) -> bytes:
        text: str | bytes = string.decode() if characters else string
        if not -len(text) <= position <= len(text):
            raise InvalidArgumentError(None, None, f"pos {position} out of range for string {string!r}")
        start = position + len(text) if position < 0 else position
        part = text[start : start + max(length, 0)]
        return part.encode() if isinstance(part, str) else part

    cut_each = np.frompyfunc(cut, 3, 1)
    return lambda strings, position, length: cut_each(as_array(strings), position, length)


def substr(input: TensorLike, pos: TensorLike, len: TensorLike, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """`len` bytes (or characters, if `unit` is UTF8_CHAR) of each string from `pos` on, which may count from the end.

    A position outside the string is InvalidArgumentError; a length beyond its end takes what there is.
    """
    if unit not in {"BYTE", "UTF8_CHAR"}:
        raise ValueError(f"substr: unit must be BYTE or UTF8_CHAR, not {unit!r}")
    with name_scope(name, "Substr", [input, pos, len]) as scope:
        strings = argument("Substr", "input", input, allowed=STRING)
        inputs = [strings, index_argument("Substr", "pos", pos), index_argument("Substr", "len", len)]
        return single_output("Substr", inputs, scope, unit=unit)


@register_op("StringStrip", shape=unchanged)
def _strip(strings: Value) -> Value:
    return map_strings(bytes.strip, strings)


def _changed_case(change: Callable[[bytes], bytes], change_text: Callable[[str], str]) -> Callable[..., Any]:
    def bind(op: Operation, session: Any) -> Callable[[Value], Value]:
        if op.get_attr("encoding"):
            return lambda strings: map_strings(lambda string: change_text(string.decode()).encode(), strings)
        return lambda strings: map_strings(change, strings)

    return bind


register_op("StringLower", shape=unchanged, bind=True)(_changed_case(bytes.lower, str.lower))
register_op("StringUpper", shape=unchanged, bind=True)(_changed_case(bytes.upper, str.upper))


@register_op("StringLength", shape=unchanged, bind=True)
def _length(op: Operation, session: Any) -> Callable[[Value], Value]:
    characters = op.get_attr("unit") == b"UTF8_CHAR"
    count: Callable[[bytes], int] = (lambda string: len(string.decode())) if characters else len
    return lambda strings: np.asarray(map_strings(count, strings)).astype(np.int32)


def string_strip(input: TensorLike, name: str | None = None) -> Tensor:
    """Each string without the white space at its ends."""
    with name_scope(name, "StringStrip", [input]) as scope:
        return single_output("StringStrip", [argument("StringStrip", "input", input, allowed=STRING)], scope)


def lower(input: TensorLike, encoding: str = "", name: str | None = None) -> Tensor:
    """Each string in lower case: its ASCII letters, or all letters if `encoding` is "utf-8"."""
    return _case("StringLower", input, encoding, name)


def upper(input: TensorLike, encoding: str = "", name: str | None = None) -> Tensor:
    """Each string in upper case: its ASCII letters, or all letters if `encoding` is "utf-8"."""
    return _case("StringUpper", input, encoding, name)


def _case(op_type: str, input: TensorLike, encoding: str, name: str | None) -> Tensor:
    if encoding not in {"", "utf-8"}:
        raise ValueError(f"{op_type}: encoding must be '' or 'utf-8', not {encoding!r}")
    with name_scope(name, op_type, [input]) as scope:
        strings = argument(op_type, "input", input, allowed=STRING)
        return single_output(op_type, [strings], scope, encoding=encoding)


def string_length(input: TensorLike, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """The length of each string in bytes (or characters, if `unit` is UTF8_CHAR), int32."""
    if unit not in {"BYTE", "UTF8_CHAR"}:
        raise ValueError(f"string_length: unit must be BYTE or UTF8_CHAR, not {unit!r}")
    with name_scope(name, "StringLength", [input]) as scope:
        strings = argument("StringLength", "input", input, allowed=STRING)
        return single_output("StringLength", [strings], scope, dtypes.int32, unit=unit)


# Bytes that are numbers ----------------------------------------------------------------------------------------------


def _raw_shape(op: Operation) -> Shapes:
    return [op.inputs[0].shape.concatenate([None])]


@register_op("DecodeRaw", shape=_raw_shape, bind=True)
def _decode_raw(op: Operation, session: Any) -> Callable[[Value], Value]:
    native = op.outputs[0].dtype.numpy_dtype
    stored = native.newbyteorder("<" if op.get_attr("little_endian") else ">")

    def decoded(strings: Value) -> Value:
        array = as_array(strings)
        lengths = {len(string) for string in array.flat}
        if len(lengths) > 1:
            sizes = sorted(lengths)
            message = f"DecodeRaw requires input strings to all be the same size, but there are sizes {sizes}"
            raise InvalidArgumentError(None, None, message)
        size = lengths.pop() if lengths else 0
        if size % stored.itemsize:
            message = (
                f"Input to DecodeRaw has length {size} that is not a multiple of {stored.itemsize}, "
                f"the size of {native.name}"
            )
            raise InvalidArgumentError(None, None, message)
        # A copy of its own: what is read from `bytes` can never be written to.
        numbers = np.array(np.frombuffer(b"".join(array.flat), stored), native)
        return numbers.reshape((*array.shape, size // stored.itemsize))

    return decoded


def decode_raw(
    input_bytes: TensorLike = None,
    out_type: Any = None,
    little_endian: bool = True,
    name: str | None = None,
    bytes: TensorLike = None,
) -> Tensor:
    """Strings of equal length as numbers of `out_type`: a new last dimension holds what each string was made of."""
    source = one_of("input_bytes", input_bytes, "bytes", bytes)
    wanted = as_dtype(out_type)
    with name_scope(name, "DecodeRaw", [source]) as scope:
        strings = argument("DecodeRaw", "bytes", source, allowed=STRING)
        if wanted not in RAW:
            raise TypeError(f"decode_raw: no numbers of {wanted.name} in bytes")
        return single_output("DecodeRaw", [strings], scope, wanted, out_type=wanted, little_endian=little_endian)
