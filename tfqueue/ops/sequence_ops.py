"""`SequenceExample` messages to tensors: a context of features, and lists of features, a step each."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import as_shape
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import apply_op, register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import TensorLike, argument
from .example_features import (
    KINDS,
    SAID,
    Batch,
    Column,
    FixedLenFeature,
    FixedLenSequenceFeature,
    VarLenFeature,
    array_of,
)
from .parsing_ops import Features, Parsed, column_of, message_of, output_types, taken
from .shape_functions import Shapes
from .values import Value, as_array

Steps = list[np.ndarray]
"""The values of one list of features, a step each."""


# The op --------------------------------------------------------------------------------------------------------------


def _shapes(op: Operation) -> Shapes:
    batch = 0 if op.get_attr("single") else 1
    examples = op.inputs[0].shape.with_rank(batch)
    shapes: Shapes = []
    for column in op.get_attr("context"):
        rank = batch + 1
        shapes += [[None, rank], [None], [rank]] if column.shape is None else [examples.concatenate(column.shape)]
    for column in op.get_attr("lists"):
        rank = batch + 2
        if column.shape is None:
            shapes += [[None, rank], [None], [rank]]
        else:
            shapes += [examples.concatenate(as_shape([None, *column.shape])), examples]
    return shapes


@register_op("ParseSequenceExample", shape=_shapes, bind=True)
def _parse_sequence_example(op: Operation, session: Any) -> Callable[..., Any]:
    context: list[Column] = op.get_attr("context")
    lists: list[Column] = op.get_attr("lists")
    single = op.get_attr("single")

    def parse(serialized: Value, names: Value, *defaults: Value) -> Any:
        texts, called = as_array(serialized), as_array(names)
        examples = [message_of("SequenceExample", text, n, called) for n, text in enumerate(texts.flat)]
        spoken = called.ravel().tolist()
        batch = Batch([example.context.feature for example in examples], spoken, single)
        arrays = [as_array(default) for default in defaults]
        outputs = [output for column in context for output in batch.outputs(column, arrays)]
        for column in lists:
            rows = [
                _steps(column, example.feature_lists.feature_list, spoken[n] if spoken else b"<unknown>")
                for n, example in enumerate(examples)
            ]
            outputs += _sparse(column, rows, single) if column.shape is None else _dense(column, rows, single)
        # A plan takes the bare value of an op with one output.
        return outputs if len(outputs) > 1 else outputs[0]

    return parse


def _steps(column: Column, lists: Any, name: bytes) -> Steps:
    who = f"Name: {name.decode(errors='replace')}"
    if column.key not in lists:
        if column.shape is None or column.pieces:
            return []
        raise _invalid(
            f"{who}, Feature list '{column.key}' is required but could not be found.  Did you mean to include it in "
            "feature_list_dense_missing_assumed_empty or feature_list_dense_defaults? (allow_missing=True does.)"
        )
    steps = []
    for index, feature in enumerate(lists[column.key].feature):
        kind = feature.WhichOneof("kind")
        if kind is not None and KINDS[kind] != column.dtype:
            wrong = f"Data types don't match. Expected type: {SAID[column.dtype]}, Actual type: {SAID[KINDS[kind]]}"
            raise _invalid(f"{who}, Feature list: {column.key}, Index: {index}.  {wrong}")
        values = array_of([] if kind is None else getattr(feature, kind).value, column.dtype)
        if column.shape is not None and len(values) != np.prod(column.shape, dtype=np.int64):
            shape = ",".join(map(str, column.shape))
            wrong = f"Number of values != expected.  values size: {len(values)} but output shape: [{shape}]"
            raise _invalid(f"{who}, Key: {column.key}, Index: {index}.  {wrong}")
        steps.append(values)
    return steps


def _dense(column: Column, rows: Sequence[Steps], single: bool) -> list[np.ndarray]:
    shape = column.shape or ()
    lengths = np.array([len(steps) for steps in rows], np.int64)
    whole = np.zeros((len(rows), int(lengths.max(initial=0)), *shape), column.dtype.numpy_dtype)
    if column.dtype == dtypes.string:
        whole[...] = b""
    for row, steps in enumerate(rows):
        for place, values in enumerate(steps):
            whole[row, place] = values.reshape(shape)
    return [whole[0], lengths[0]] if single else [whole, lengths]


def _sparse(column: Column, rows: Sequence[Steps], single: bool) -> list[np.ndarray]:
    indices = [
        (row, step, place)
        for row, steps in enumerate(rows)
        for step, values in enumerate(steps)
        for place in range(len(values))
    ]
    parts = [values for steps in rows for values in steps]
    values = np.concatenate(parts) if parts else np.empty(0, column.dtype.numpy_dtype)
    places = np.array(indices, np.int64).reshape(-1, 3)
    longest = max((len(part) for part in parts), default=0)
    shape = np.array([len(rows), max(map(len, rows), default=0), longest], np.int64)
    return [places[:, 1:], values, shape[1:]] if single else [places, values, shape]


def _invalid(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, message)


# Builders ------------------------------------------------------------------------------------------------------------


def parse_single_sequence_example(
    serialized: TensorLike,
    context_features: Features | None = None,
    sequence_features: Features | None = None,
    example_name: TensorLike = None,
    name: str | None = None,
) -> tuple[Parsed, Parsed]:
    """One serialized `SequenceExample`, a scalar string, as tensors of its context and of its lists.

    Args:
      serialized: a scalar string.
      context_features: name -> `FixedLenFeature` (a tensor of its shape) or `VarLenFeature` (a SparseTensor [values]).
      sequence_features: name -> `FixedLenSequenceFeature` (a tensor [steps, *shape]; with `allow_missing` a missing
        list has no steps) or `VarLenFeature` (a SparseTensor [steps, most values of one]).
      example_name: a scalar string, for messages.
      name: of the op.

    Raises:
      ValueError: when built: no features, or one that cannot be.
      InvalidArgumentError: in a run, naming example and feature: what does not fit.
    """
    context, lists, _ = _parse(
        "ParseSingleSequenceExample", serialized, context_features, sequence_features, example_name, name, single=True
    )
    return context, lists


def parse_sequence_example(
    serialized: TensorLike,
    context_features: Features | None = None,
    sequence_features: Features | None = None,
    example_names: TensorLike = None,
    name: str | None = None,
) -> tuple[Parsed, Parsed, dict[str, Tensor]]:
    """Several, strings [n]: with a batch dimension before all, and the lengths [n] of the dense lists.

    A shorter list is filled up with 0 or "". Arguments and errors as for `parse_single_sequence_example`.
    """
    return _parse(
        "ParseSequenceExample", serialized, context_features, sequence_features, example_names, name, single=False
    )


def _parse(
    default_name: str,
    serialized: TensorLike,
    context_features: Features | None,
    sequence_features: Features | None,
    names: TensorLike,
    name: str | None,
    single: bool,
) -> tuple[Parsed, Parsed, dict[str, Tensor]]:
    if not context_features and not sequence_features:
        raise ValueError("Both context_features and sequence_features are None, but at least one should have values.")
    with name_scope(name, default_name, [serialized, names]) as scope:
        texts = argument(default_name, "serialized", serialized, dtypes.string)
        if single and texts.shape.ndims not in {0, None}:
            raise ValueError("Input serialized must be a scalar")
        called = argument(default_name, "names", np.empty(0, object) if names is None else names, dtypes.string)
        defaults: list[Tensor] = []
        context = [_context_column(key, feature, defaults) for key, feature in sorted((context_features or {}).items())]
        lists = [_list_column(key, feature) for key, feature in sorted((sequence_features or {}).items())]
        types = [dtype for column in context for dtype in output_types(column)]
        for column in lists:
            types += output_types(column) if column.shape is None else [column.dtype, dtypes.int64]
        attrs = {"context": context, "lists": lists, "single": single}
        outputs = iter(apply_op("ParseSequenceExample", [texts, called, *defaults], types, scope, **attrs).outputs)
        parsed = {column.key: taken(column, outputs) for column in context}
        listed: Parsed = {}
        lengths: dict[str, Tensor] = {}
        for column in lists:
            listed[column.key] = taken(column, outputs)
            if column.shape is not None:
                lengths[column.key] = next(outputs)
        return parsed, listed, lengths


def _context_column(key: str, feature: Any, defaults: list[Tensor]) -> Column:
    if not isinstance(feature, FixedLenFeature | VarLenFeature):
        raise ValueError(f"Unsupported {type(feature).__name__} {feature} for key '{key}'")
    return column_of(key, feature, defaults)


def _list_column(key: str, feature: Any) -> Column:
    """A column whose `pieces` says that the list may be missing."""
    if isinstance(feature, VarLenFeature):
        return column_of(key, feature, [])
    if not isinstance(feature, FixedLenSequenceFeature):
        raise ValueError(f"Unsupported {type(feature).__name__} {feature} for key '{key}'")
    if feature.default_value is not None:
        raise ValueError(f"Value feature_list.dense_defaults[{key}] must be None")
    column = column_of(key, feature._replace(allow_missing=True), [])
    return replace(column, pieces=bool(feature.allow_missing))
