"""`Example` and its parts: protobuf messages of TensorFlow's names and fields, so that files and bytes are the same.

Invariants:
  - the messages stand in a pool of their own, and never meet those of a TensorFlow in the same process;
  - this module imports protobuf: nothing imports it before the first of these messages is asked for.

(Fields: tensorflow/core/example/feature.proto and example.proto.)
"""

import importlib
from typing import Any

# Published without type information.
descriptor_pb2: Any = importlib.import_module("google.protobuf.descriptor_pb2")
descriptor_pool: Any = importlib.import_module("google.protobuf.descriptor_pool")
message_factory: Any = importlib.import_module("google.protobuf.message_factory")

_Field = descriptor_pb2.FieldDescriptorProto
_FILE = "tensorflow/core/example/example.proto"

_FIELDS: dict[str, tuple[tuple[str, int, str, bool], ...]] = {
    "BytesList": (("value", 1, "bytes", True),),
    "FloatList": (("value", 1, "float", True),),
    "Int64List": (("value", 1, "int64", True),),
    "Feature": (
        ("bytes_list", 1, "BytesList", False),
        ("float_list", 2, "FloatList", False),
        ("int64_list", 3, "Int64List", False),
    ),
    "Features": (("feature", 1, "Features.FeatureEntry", True),),
    "FeatureList": (("feature", 1, "Feature", True),),
    "FeatureLists": (("feature_list", 1, "FeatureLists.FeatureListEntry", True),),
    "Example": (("features", 1, "Features", False),),
    "SequenceExample": (("context", 1, "Features", False), ("feature_lists", 2, "FeatureLists", False)),
}
"""Message -> its fields: name, number, type, whether repeated."""

_MAPS = {"Features": ("FeatureEntry", "Feature"), "FeatureLists": ("FeatureListEntry", "FeatureList")}
"""Message with a map from names -> the map's entry, and the type of its values."""

_ONE_OF = {"Feature": "kind"}
"""Message of which one field at most is set -> what this choice is called."""

_SCALARS = {"bytes": _Field.TYPE_BYTES, "float": _Field.TYPE_FLOAT, "int64": _Field.TYPE_INT64}

NAMES = tuple(_FIELDS)


def _file() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name=_FILE, package="tensorflow", syntax="proto3")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        if name in _ONE_OF:
            message.oneof_decl.add(name=_ONE_OF[name])
        for field in fields:
            _add_field(message, *field, in_choice=name in _ONE_OF)
        if name in _MAPS:
            entry = message.nested_type.add(name=_MAPS[name][0])
            entry.options.map_entry = True
            entry.field.add(name="key", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
            _add_field(entry, "value", 2, _MAPS[name][1], False, in_choice=False)
    return file


def _add_field(message: Any, name: str, number: int, kind: str, repeated: bool, in_choice: bool) -> None:
    field = message.field.add(name=name, number=number)
    field.label = _Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type, field.type_name = _Field.TYPE_MESSAGE, f".tensorflow.{kind}"
    if in_choice:
        field.oneof_index = 0


def _classes() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    # Proto3 packs repeated numbers by itself, as TensorFlow's files ask for.
    pool.AddSerializedFile(_file().SerializeToString())
    found = {}
    for name in NAMES:
        found[name] = message_factory.GetMessageClass(pool.FindMessageTypeByName(f"tensorflow.{name}"))
        # So that messages can be pickled.
        found[name].__module__ = __name__
    return found


globals().update(_classes())
