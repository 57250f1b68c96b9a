"""What a graph looks like on paper: light `GraphDef`, `NodeDef` and `AttrValue`, which print as protobuf text.

Invariants:
  - `str(x)` is the protobuf text of TensorFlow's message of the same name, so any protobuf library can read it;
  - protobuf itself is imported only by `SerializeToString`.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tfqueue.framework import messages
from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.framework.tensor_shape import TensorShape

_SCALAR_KINDS: tuple[tuple[type[Any] | tuple[type[Any], ...], str], ...] = (
    # The order matters: a bool is an int.
    ((bool, np.bool_), "b"),
    ((int, np.integer), "i"),
    ((float, np.floating), "f"),
    ((str, bytes), "s"),
    (DType, "type"),
    (TensorShape, "shape"),
    (np.ndarray, "tensor"),
)
_UNNAMED_TYPE = re.compile(r"^( *d?type: )DT_(UINT32|UINT64|VARIANT)$", re.MULTILINE)
"""A line with a type that the compiled messages have no name for: those are of a TensorFlow before these types."""
_ENUM_NAMES = {"float16": "HALF", "float32": "FLOAT", "float64": "DOUBLE"}


@dataclass(frozen=True, slots=True)
class AttrValue:
    """One attribute: `kind` is the field of TensorFlow's AttrValue that is set, such as "s", "i", "type" or "list"."""

    kind: str
    value: Any

    @property
    def s(self) -> bytes:
        """The bytes, or b"" when this is no string."""
        if self.kind != "s":
            return b""
        return self.value.encode() if isinstance(self.value, str) else bytes(self.value)

    @property
    def i(self) -> int:
        """The integer, or 0."""
        return int(self.value) if self.kind == "i" else 0

    @property
    def f(self) -> float:
        """The float, or 0."""
        return float(self.value) if self.kind == "f" else 0.0

    @property
    def b(self) -> bool:
        """The truth value, or False."""
        return bool(self.value) if self.kind == "b" else False

    @property
    def type(self) -> int:
        """The type's number in TensorFlow's DataType, or 0."""
        return int(self.value) if self.kind == "type" else 0

    @property
    def shape(self) -> TensorShape:
        """The shape, or an unknown one."""
        return self.value if self.kind == "shape" else TensorShape(None)

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in _attr_lines(self.value))


@dataclass(slots=True)
class NodeDef:
    """One op: its name, op type, inputs ("x", "x:1", "^control"), device and attributes."""

    name: str = ""
    op: str = ""
    input: list[str] = field(default_factory=list)
    device: str = ""
    attr: dict[str, AttrValue] = field(default_factory=dict)

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in self.lines())

    def lines(self) -> list[str]:
        """The protobuf text, line by line."""
        lines = [f"name: {_quoted(self.name)}", f"op: {_quoted(self.op)}"]
        lines += [f"input: {_quoted(name)}" for name in self.input]
        lines += [f"device: {_quoted(self.device)}"] if self.device else []
        for name, attr in sorted(self.attr.items()):
            lines += _block("attr", [f"key: {_quoted(name)}", *_block("value", _attr_lines(attr.value))])
        return lines

    def SerializeToString(self) -> bytes:
        """The message in protobuf's wire format."""
        return _serialized("NodeDef", str(self))


@dataclass(slots=True)
class GraphDef:
    """All ops of a graph in the order they were made."""

    node: list[NodeDef] = field(default_factory=list)

    def __str__(self) -> str:
        return "".join(f"{line}\n" for node in self.node for line in _block("node", node.lines()))

    def SerializeToString(self) -> bytes:
        """The message in protobuf's wire format."""
        return _serialized("GraphDef", str(self))


def _serialized(message: str, text: str) -> bytes:
    numbered = _UNNAMED_TYPE.sub(lambda line: f"{line[1]}{as_dtype(line[2].lower()).as_datatype_enum}", text)
    serialized: bytes = messages.from_text(message, numbered).SerializeToString()
    return serialized


def attr_value(value: Any) -> AttrValue | None:
    """A Python attribute as an `AttrValue`, or None for what no protocol message can hold, such as a function."""
    if isinstance(value, list | tuple):
        return AttrValue("list", list(value)) if all(_scalar_kind(item) for item in value) else None
    kind = _scalar_kind(value)
    return None if kind is None else AttrValue(kind, value)


def _scalar_kind(value: Any) -> str | None:
    return next((kind for types, kind in _SCALAR_KINDS if isinstance(value, types)), None)


def _attr_lines(value: Any) -> list[str]:
    if isinstance(value, list):
        return _block("list", [line for item in value for line in _attr_lines(item)])
    kind = _scalar_kind(value)
    if kind == "tensor":
        return _block("tensor", _tensor_lines(value))
    if kind == "shape":
        return _block("shape", _shape_lines(value))
    if kind == "type":
        return [f"type: {_enum_name(value)}"]
    if kind == "s":
        return [f"s: {_quoted(value)}"]
    return [f"{kind}: {str(bool(value)).lower() if kind == 'b' else value}"]


def _shape_lines(shape: TensorShape) -> list[str]:
    if shape.ndims is None:
        return ["unknown_rank: true"]
    return [line for size in shape.as_list() for line in _block("dim", [f"size: {-1 if size is None else size}"])]


def _tensor_lines(array: np.ndarray) -> list[str]:
    lines = [
        f"dtype: {_enum_name(as_dtype(array.dtype))}",
        *_block("tensor_shape", _shape_lines(TensorShape(array.shape))),
    ]
    if array.dtype.kind in "OSU":
        return lines + [f"string_val: {_quoted(item)}" for item in array.ravel().tolist()]
    little_endian = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return [*lines, f"tensor_content: {_quoted(little_endian.tobytes())}"]


def _enum_name(dtype: DType) -> str:
    return f"DT_{_ENUM_NAMES.get(dtype.name, dtype.name.upper())}"


def _block(name: str, lines: list[str]) -> list[str]:
    return [f"{name} {{", *("  " + line for line in lines), "}"]


# Protobuf text writes bytes that are not printable ASCII as octal escapes.
_ESCAPES = [chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}" for byte in range(256)]
_ESCAPES[ord('"')], _ESCAPES[ord("\\")], _ESCAPES[ord("\n")] = '\\"', "\\\\", "\\n"


def _quoted(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return '"' + "".join([_ESCAPES[byte] for byte in raw]) + '"'
