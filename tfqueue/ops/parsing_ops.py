"""`parse_example`, `parse_single_example`: serialized `Example` messages to a tensor a feature."""

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tfqueue.framework import dtypes, messages
from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import as_shape
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import apply_op, register_op
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.graph.sparse_tensor import SparseTensor

from .arguments import TensorLike, argument, single_output
from .array_ops import reshape
from .example_features import (
    FEATURE_TYPES,
    Batch,
    Column,
    FixedLenFeature,
    FixedLenSequenceFeature,
    SparseFeature,
    VarLenFeature,
)
from .shape_functions import Shapes, unchanged
from .sparse_features import merged_features, with_parts
from .values import Value, as_array, map_strings

Features = Mapping[str, Any]
Parsed = dict[str, Tensor | SparseTensor]


# The op --------------------------------------------------------------------------------------------------------------


def _parsed_shapes(op: Operation) -> Shapes:
    examples = op.inputs[0].shape.with_rank_at_most(1)
    single = op.get_attr("single")
    if single and examples.ndims not in {0, None}:
        raise ValueError("Input serialized must be a scalar")
    batch = as_shape([] if single else examples)
    shapes: Shapes = []
    for column in op.get_attr("columns"):
        if column.shape is None:
            rank = 1 if single or examples.ndims == 0 else 2
            unknown = not single and examples.ndims is None
            shapes += [[None, None], [None], [None]] if unknown else [[None, rank], [None], [rank]]
        else:
            one = [None, *column.shape] if column.pieces else column.shape
            shapes.append(batch.concatenate(one))
    return shapes


@register_op("ParseExample", shape=_parsed_shapes, bind=True)
def _parse_example(op: Operation, session: Any) -> Callable[..., Any]:
    columns: list[Column] = op.get_attr("columns")

    def parse(serialized: Value, names: Value, *defaults: Value) -> Any:
        texts, called = as_array(serialized), as_array(names)
        if called.size not in {0, texts.size}:
            message = f"example_names has {called.size} names for {texts.size} examples"
            raise InvalidArgumentError(None, None, message)
        examples = [message_of("Example", text, place, called) for place, text in enumerate(texts.flat)]
        batch = Batch([example.features.feature for example in examples], called.ravel().tolist(), texts.ndim == 0)
        arrays = [as_array(default) for default in defaults]
        outputs = [output for column in columns for output in batch.outputs(column, arrays)]
        # A plan takes the bare value of an op with one output.
        return outputs if len(outputs) > 1 else outputs[0]

    return parse


def message_of(kind: str, text: bytes, place: int, names: np.ndarray) -> Any:
    """The message of this kind that `text` is; InvalidArgumentError saying which text is none."""
    try:
        return getattr(messages, kind).FromString(text)
    except Exception as error:  # protobuf's own class, which is not to be imported for this
        name = f" ('{names.flat[place].decode(errors='replace')}')" if names.size else ""
        shown = text[:40].decode(errors="replace")
        message = (
            f"Could not parse example input, value: '{shown}': example {place}{name} of {len(text)} bytes: {error}"
        )
        raise InvalidArgumentError(None, None, message) from error


@register_op("DecodeJSONExample", shape=unchanged)
def _decode_json_example(texts: Value) -> Value:
    return map_strings(_binary_of, texts)


def _binary_of(text: bytes) -> bytes:
    # Loaded when first needed, as the messages are.
    json_format = importlib.import_module("google.protobuf.json_format")
    try:
        binary: bytes = json_format.Parse(text, messages.Example()).SerializeToString(deterministic=True)
    except Exception as error:  # protobuf's own classes, and JSON's
        message = f"Error while parsing JSON: {error}: {text[:40].decode(errors='replace')!r}"
        raise InvalidArgumentError(None, None, message) from error
    return binary


def decode_json_example(json_examples: TensorLike, name: str | None = None) -> Tensor:
    """`Example` messages in protobuf's JSON as serialized ones, of the same shape; else InvalidArgumentError."""
    with name_scope(name, "DecodeJSONExample", [json_examples]) as scope:
        return single_output(
            "DecodeJSONExample", [argument("DecodeJSONExample", "json_examples", json_examples, dtypes.string)], scope
        )


# Builders ------------------------------------------------------------------------------------------------------------


def parse_example(
    serialized: TensorLike, features: Features | None, name: str | None = None, example_names: TensorLike = None
) -> Parsed:
    """Serialized `Example` messages as a tensor for each feature.

    Args:
      serialized: strings, [n].
      features: name -> `FixedLenFeature` (a tensor [n, *shape]), `VarLenFeature` (a SparseTensor [n, most values]),
        `FixedLenSequenceFeature` (a tensor [n, most pieces, *shape]) or `SparseFeature` (a SparseTensor [n, *size]).
      name: of the op.
      example_names: strings, [n], for messages.

    Raises:
      ValueError, TypeError: when built: no features, or one that cannot be.
      InvalidArgumentError: in a run, naming example and feature: what is no Example; a feature that is missing, of
        another type, or of another number of values.
    """
    return _parse("ParseExample", serialized, features, name, example_names, single=False)


def parse_single_example(
    serialized: TensorLike, features: Features | None, name: str | None = None, example_names: TensorLike = None
) -> Parsed:
    """One serialized `Example`, a scalar string, as a tensor for each feature: `parse_example` without [n]."""
    return _parse("ParseSingleExample", serialized, features, name, example_names, single=True)


def _parse(
    default_name: str, serialized: TensorLike, features: Features | None, name: str | None, names: Any, single: bool
) -> Parsed:
    if features is None:
        raise ValueError("Invalid argument: features cannot be None.")
    if not features:
        raise ValueError("Invalid argument: features cannot be empty.")
    with name_scope(name, default_name, [serialized, names]) as scope:
        texts = argument("ParseExample", "serialized", serialized, dtypes.string)
        called = argument("ParseExample", "names", np.empty(0, object) if names is None else names, dtypes.string)
        defaults: list[Tensor] = []
        merged = {key: feature for key, feature in features.items() if isinstance(feature, SparseFeature)}
        plain = with_parts({key: feature for key, feature in features.items() if key not in merged}, merged)
        columns = [column_of(key, plain[key], defaults) for key in sorted(plain)]
        types = [dtype for column in columns for dtype in output_types(column)]
        inputs = [texts, called, *defaults]
        outputs = iter(apply_op("ParseExample", inputs, types, scope, columns=columns, single=single).outputs)
        parsed = {column.key: taken(column, outputs) for column in columns}
        return {key: parsed[key] for key in features if key not in merged} | merged_features(merged, parsed)


def output_types(column: Column) -> list[DType]:
    """Of the op's outputs for one column."""
    return [dtypes.int64, column.dtype, dtypes.int64] if column.shape is None else [column.dtype]


def taken(column: Column, outputs: Iterator[Tensor]) -> Tensor | SparseTensor:
    """What the user gets of a column: the next output, or the next three as one."""
    if column.shape is None:
        return SparseTensor(next(outputs), next(outputs), next(outputs))
    return next(outputs)


def column_of(key: str, feature: Any, defaults: list[Tensor]) -> Column:
    """The kernel's part of a feature; its default, if it has one, goes to the end of `defaults`."""
    if not isinstance(feature, FixedLenFeature | VarLenFeature | FixedLenSequenceFeature):
        raise ValueError(
            f"Unsupported {type(feature).__name__} {feature} for key '{key}': "
            "FixedLenFeature, VarLenFeature and FixedLenSequenceFeature say what a feature is to become."
        )
    if not feature.dtype:
        raise ValueError(f"Missing type for feature {key}. Received feature={feature}.")
    dtype = as_dtype(feature.dtype)
    if dtype not in FEATURE_TYPES:
        parameter = "sparse_types" if isinstance(feature, VarLenFeature) else "dense_defaults"
        raise TypeError(
            f"Value passed to parameter '{parameter}' has DataType {dtype.name} not in list of allowed values: "
            f"float32, int64, string: feature {key}"
        )
    if isinstance(feature, VarLenFeature):
        return Column(key, dtype, None, False, None)
    shape = _known_shape(key, feature)
    pieces = isinstance(feature, FixedLenSequenceFeature)
    if isinstance(feature, FixedLenSequenceFeature) and not feature.allow_missing:
        raise ValueError("Unsupported: FixedLenSequenceFeature requires allow_missing to be True.")
    if feature.default_value is None:
        return Column(key, dtype, shape, pieces, None)
    default = argument("ParseExample", f"key_{key}", feature.default_value, dtype)
    defaults.append(reshape(default, [] if pieces else list(shape)))
    return Column(key, dtype, shape, pieces, len(defaults) - 1)


def _known_shape(key: str, feature: Any) -> tuple[int, ...]:
    if feature.shape is None:
        raise ValueError(f"Missing shape for feature {key}. Received feature={feature}.")
    shape = as_shape(feature.shape)
    sizes = shape.as_list()
    if sizes and sizes[0] is None:
        raise ValueError(
            f"First dimension of shape for feature {key} unknown. Consider using FixedLenSequenceFeature. "
            f"Received feature={feature}."
        )
    if not shape.is_fully_defined():
        raise ValueError(
            f"All dimensions of shape for feature {key} need to be known but received {shape}. "
            f"Received feature={feature}."
        )
    return tuple(size for size in sizes if size is not None)
