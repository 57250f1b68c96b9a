"""Summaries: numbers of a run as bytes of a Summary message, for `FileWriter.add_summary` (SEMANTICS 85, 86, 89, 90).

Invariants:
  - every op here gives one scalar string;
  - a tag is the op's scoped name, with the family before it where there is one: unique, as names are;
  - a scalar's message is packed by hand, without protobuf, since it is made in every step of a training loop.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework import dtypes, messages
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import brackets
from tfqueue.graph.collections import GraphKeys
from tfqueue.graph.graph import get_collection, name_scope
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import REAL, STRING, TensorLike, argument, argument_like, single_output
from .constant_op import constant
from .shape_functions import scalar as scalar_shape
from .summary_scopes import collected, legal_name, summary_scope
from .values import Value, as_array, as_bytes

_FLOAT = struct.Struct("<f")
_DOUBLE_MAX = float(np.finfo(np.float64).max)


def scalar(
    name: str, tensor: TensorLike, collections: Sequence[Any] | None = None, family: str | None = None
) -> Tensor:
    """A number under a tag.

    Args:
      name: of the op and, with the scopes around it, the tag. Illegal characters become `_`, leading `/` go.
      tensor: a scalar of any real number type.
      collections: graph collections that get the op; default `GraphKeys.SUMMARIES`, which `merge_all` reads.
      family: goes before the tag, so that TensorBoard shows it there.

    Returns:
      A scalar string: a serialised Summary.

    Raises TypeError for another type than a number; a tensor that is no scalar is an InvalidArgumentError when it runs.
    """
    with summary_scope(name, family, tensor) as (tag, scope):
        values = argument("ScalarSummary", "values", tensor, allowed=REAL)
        summary = single_output("ScalarSummary", [constant(tag, name="tags"), values], scope, dtypes.string)
        return collected(summary, collections)


def histogram(
    name: str, values: TensorLike, collections: Sequence[Any] | None = None, family: str | None = None
) -> Tensor:
    """The distribution of the numbers in a tensor of any shape, in TensorFlow's buckets, each 1.1 times the one before.

    Arguments and result are those of `scalar`. A value that is infinite or not a number is an InvalidArgumentError when
    it runs.
    """
    with summary_scope(name, family, values) as (tag, scope):
        # As in TensorFlow, Python numbers are float32 here; what has a dtype keeps it.
        wanted = None if isinstance(values, np.ndarray | np.generic) else dtypes.float32
        tensor = argument_like("HistogramSummary", "values", values, wanted)
        numbers = argument("HistogramSummary", "values", tensor, allowed=REAL)
        summary = single_output("HistogramSummary", [constant(tag, name="tag"), numbers], scope, dtypes.string)
        return collected(summary, collections)


def merge(inputs: Iterable[TensorLike], collections: Sequence[Any] | None = None, name: str | None = None) -> Tensor:
    """One summary with the values of several, in their order.

    Args:
      inputs: what `scalar`, `histogram` and their like give.
      collections: graph collections that get the op; default none.
      name: of the scope and the op.

    Two values of one tag are an InvalidArgumentError when it runs. Raises TypeError for what is no list, ValueError for
    an empty one.
    """
    if isinstance(inputs, Tensor | str | bytes) or not isinstance(inputs, Iterable):
        raise TypeError(f"Expected list for 'inputs' argument to 'merge_summary' Op, not {inputs!r}.")
    summaries = list(inputs)
    if not summaries:
        raise ValueError("List argument 'inputs' to 'MergeSummary' Op with length 0 shorter than minimum length 1.")
    name = legal_name(name)
    with name_scope(name, "Merge", summaries):
        tensors = [argument("MergeSummary", "inputs", summary, allowed=STRING) for summary in summaries]
        return collected(single_output("MergeSummary", tensors, name, dtypes.string), collections or [])


def merge_all(key: Any = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None) -> Tensor | None:
    """One summary with all that the default graph collected, in the order they were made; None when there are none.

    Args:
      key: the collection.
      scope: only ops whose names match this regular expression from the start.
      name: of the scope and the op.
    """
    summaries = get_collection(key, scope)
    return merge(summaries, name=name) if summaries else None


@register_op("ScalarSummary", shape=scalar_shape)
def _scalar_summary(tags: Value, values: Value) -> bytes:
    tag = as_bytes(tags, "tags")
    if np.shape(values) != ():
        shapes = f"[] != {brackets(np.shape(values))} (tag '{tag.decode()}')"
        raise InvalidArgumentError(None, None, f"tags and values are not the same shape: {shapes}")
    return _field(1, _field(1, tag) + b"\x15" + _float(values))


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited field of a protobuf message."""
    length, head = len(content), bytearray([number << 3 | 2])
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*head, length]) + content


def _float(value: Value) -> bytes:
    try:
        return _FLOAT.pack(value)
    except OverflowError:  # as a cast to float32 does
        return _FLOAT.pack(float("inf") if value > 0 else float("-inf"))


@register_op("HistogramSummary", shape=scalar_shape, bind=True)
def _histogram_summary(op: Operation, session: Any) -> Any:
    def kernel(tag: Value, values: Value) -> bytes:
        numbers = np.asarray(values, np.float64).ravel()
        if not np.isfinite(numbers).all():
            words = "Nan in summary histogram" if np.isnan(numbers).any() else "Infinity in Histogram"
            raise InvalidArgumentError(None, None, f"{words} for: {op.name}")
        value = messages.Summary.Value(tag=as_bytes(tag, "tag"), histo=_histogram(numbers))
        summary: bytes = messages.Summary(value=[value]).SerializeToString()
        return summary

    return kernel


def _bucket_limits() -> np.ndarray:
    """TensorFlow's: 1e-12 x 1.1^k up to 1e20, multiplied step by step as there, then the largest double; mirrored."""
    limits, limit = [], 1e-12
    while limit < 1e20:
        limits.append(limit)
        limit *= 1.1
    positive = np.array([*limits, _DOUBLE_MAX])
    return np.concatenate([-positive[::-1], [0.0], positive])


_LIMITS = _bucket_limits()


def _histogram(numbers: np.ndarray) -> Any:
    # A number that equals a limit is in the bucket above it; the largest double is in the last one all the same.
    buckets = np.minimum(np.searchsorted(_LIMITS, numbers, side="right"), len(_LIMITS) - 1)
    limits, counts = _compressed(np.bincount(buckets, minlength=len(_LIMITS)))
    return messages.HistogramProto(
        min=numbers.min(initial=_DOUBLE_MAX),
        max=numbers.max(initial=-_DOUBLE_MAX),
        num=numbers.size,
        sum=numbers.sum(),
        sum_squares=np.dot(numbers, numbers),
        bucket_limit=limits,
        bucket=counts,
    )


def _compressed(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each run of empty buckets as one, with the limit of its last: kept is what is not empty, or ends a run."""
    used = counts > 0
    kept = used | np.append(used[1:], True)
    return _LIMITS[kept], counts[kept]


@register_op("MergeSummary", shape=scalar_shape)
def _merge_summary(*inputs: Value) -> bytes:
    parts = [part for value in inputs for part in as_array(value).ravel().tolist()]
    seen: set[str] = set()
    for part in parts:
        for value in _parsed(part).value:
            if value.tag in seen:
                raise InvalidArgumentError(None, None, f"Duplicate tag {value.tag} found in summary inputs")
            seen.add(value.tag)
    return b"".join(parts)  # messages of one type, one after the other, are one message with all their values


def _parsed(summary: bytes) -> Any:
    try:
        return messages.Summary.FromString(summary)
    except Exception as error:  # protobuf's own class, which is not imported here
        raise InvalidArgumentError(None, None, "Could not parse one of the summary inputs") from error
