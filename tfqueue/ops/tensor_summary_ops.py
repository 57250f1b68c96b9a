"""Summaries of whole tensors, text among them (SEMANTICS 91)."""

from collections.abc import Sequence
from typing import Any

from tfqueue.framework import dtypes, messages
from tfqueue.framework.dtypes import DType
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_proto import content_proto
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Tensor

from .arguments import BOOL, NUMERIC, STRING, TensorLike, argument, single_output
from .constant_op import constant
from .shape_functions import scalar as scalar_shape
from .summary_scopes import collected, summary_scope
from .values import Value, as_array, as_bytes


def text(name: str, tensor: TensorLike, collections: Sequence[Any] | None = None) -> Tensor:
    """Text, for TensorBoard's text tab, which reads Markdown and shows vectors and matrices as tables.

    Args:
      name: of the op and, with the scopes around it, the tag. Illegal characters become `_`, leading `/` go.
      tensor: a string tensor of any shape; not a Python string.
      collections: graph collections that get the op; default `GraphKeys.SUMMARIES`, which `merge_all` reads.

    Returns:
      A scalar string: a serialised Summary.

    Raises ValueError for what is no string tensor.
    """
    dtype = getattr(tensor, "dtype", None)
    if not isinstance(dtype, DType) or dtype != dtypes.string:
        named, got = getattr(tensor, "name", repr(tensor)), dtype or type(tensor).__name__
        raise ValueError(
            f"Expected tensor {named} to have dtype string, got {got}. tf.constant makes a tensor of text."
        )
    plugin = messages.SummaryMetadata.PluginData(plugin_name="text")
    metadata = messages.SummaryMetadata(plugin_data=plugin)
    return tensor_summary(name, tensor, collections=collections, summary_metadata=metadata)


def tensor_summary(
    name: str,
    tensor: TensorLike,
    summary_description: str | None = None,
    collections: Sequence[Any] | None = None,
    summary_metadata: Any = None,
    family: str | None = None,
    display_name: str | None = None,
) -> Tensor:
    """A tensor as it is, for a TensorBoard plugin.

    Args:
      name: of the op and, with the scopes around it, the tag. Illegal characters become `_`, leading `/` go.
      tensor: of any type but resources, and any shape.
      summary_description: a longer text beside the chart, in Markdown.
      collections: graph collections that get the op; default `GraphKeys.SUMMARIES`, which `merge_all` reads.
      summary_metadata: a SummaryMetadata message, which says what plugins show it. It stays as it is.
      family: goes before the tag, so that TensorBoard shows it there.
      display_name: what TensorBoard calls it, in place of the tag. This and the description beat the metadata's own.

    Returns:
      A scalar string: a serialised Summary. `tf.make_ndarray(value.tensor)` reads the tensor again.
    """
    metadata = messages.SummaryMetadata()
    if summary_metadata is not None:
        metadata.ParseFromString(summary_metadata.SerializeToString())
    if summary_description is not None:
        metadata.summary_description = summary_description
    if display_name is not None:
        metadata.display_name = display_name
    with summary_scope(name, family, tensor) as (tag, scope):
        shown = argument("TensorSummaryV2", "tensor", tensor, allowed=NUMERIC | BOOL | STRING)
        described = constant(metadata.SerializeToString(), name="serialized_summary_metadata")
        inputs = [constant(tag, name="tag"), shown, described]
        return collected(single_output("TensorSummaryV2", inputs, scope, dtypes.string), collections)


def get_summary_description(node_def: Any) -> Any:
    """The SummaryDescription message of a `TensorSummary` op, as programs before TensorFlow 1.4 made them.

    Raises ValueError for an op of another type, `TensorSummaryV2` among them.
    """
    if node_def.op != "TensorSummary":
        raise ValueError(f"Can't get_summary_description on {node_def.op}")
    return messages.from_json("SummaryDescription", node_def.attr["description"].s)


@register_op("TensorSummaryV2", shape=scalar_shape)
def _tensor_summary(tag: Value, tensor: Value, serialized_summary_metadata: Value) -> bytes:
    value = messages.Summary.Value(tag=as_bytes(tag, "tag"), tensor=content_proto(as_array(tensor)))
    value.metadata.CopyFrom(_metadata(as_bytes(serialized_summary_metadata, "serialized_summary_metadata")))
    summary: bytes = messages.Summary(value=[value]).SerializeToString()
    return summary


def _metadata(serialized: bytes) -> Any:
    try:
        return messages.SummaryMetadata.FromString(serialized)
    except Exception as error:  # protobuf's own class, which is not imported here
        raise InvalidArgumentError(None, None, "Could not parse serialized_summary_metadata") from error
