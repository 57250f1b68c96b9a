"""TensorFlow's protocol messages, as tensorboardX ships them compiled, and `Example` with its parts.

Invariants:
  - nothing of tensorboardX or protobuf is imported before the first message is asked for;
  - a message is an attribute of this module: `messages.Summary`, `messages.Event`, `messages.GraphDef`, ...
"""

import importlib
from typing import Any

# Where each message is compiled.
_FILES: dict[str, tuple[str, ...]] = {
    "attr_value_pb2": ("AttrValue", "NameAttrList"),
    "event_pb2": ("Event", "LogMessage", "SessionLog", "TaggedRunMetadata"),
    "graph_pb2": ("GraphDef",),
    "layout_pb2": ("Category", "Chart", "Layout", "MarginChartContent", "MultilineChartContent"),
    "node_def_pb2": ("NodeDef",),
    "summary_pb2": ("HistogramProto", "Summary", "SummaryDescription", "SummaryMetadata"),
    "tensor_pb2": ("TensorProto",),
    "tensor_shape_pb2": ("TensorShapeProto",),
    "types_pb2": ("DataType",),
    "versions_pb2": ("VersionDef",),
}
_FILE_OF = {message: f"tensorboardX.proto.{file}" for file, messages in _FILES.items() for message in messages}

# tensorboardX has none of these: they are made here.
_EXAMPLES = "BytesList Example Feature FeatureList FeatureLists Features FloatList Int64List SequenceExample"
_FILE_OF |= dict.fromkeys(_EXAMPLES.split(), "tfqueue.framework.example_messages")


def __getattr__(name: str) -> Any:
    """Loads a message on first use."""
    if name not in _FILE_OF:
        raise AttributeError(f"module {__name__!r} has no message {name!r}: known are {', '.join(sorted(_FILE_OF))}")
    return getattr(importlib.import_module(_FILE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*_FILE_OF, "from_json", "from_text"])


def from_text(name: str, text: str) -> Any:
    """The message of this name that a protobuf text describes.

    Raises:
      google.protobuf.text_format.ParseError: the text describes no such message.
    """
    text_format = importlib.import_module("google.protobuf.text_format")
    return text_format.Parse(text, __getattr__(name)())


def from_json(name: str, text: str | bytes) -> Any:
    """The message of this name that a JSON object describes.

    Raises:
      google.protobuf.json_format.ParseError: the object describes no such message.
    """
    json_format = importlib.import_module("google.protobuf.json_format")
    return json_format.Parse(text, __getattr__(name)())
