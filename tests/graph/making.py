"""Ops for these tests alone: they show the graph, and never run."""

from typing import Any

from tfqueue.framework.dtypes import DType, float32
from tfqueue.graph.op_def import apply_op, register_op
from tfqueue.graph.operation import Operation, Tensor


@register_op("TestSource", shape=lambda op: [op.attrs["shape"]])
def _source() -> int:
    return 1


@register_op("TestNothing")
def _nothing(*values: Any) -> None:
    return None


def source(name: str | None = None, shape: Any = None, dtype: DType = float32, **attrs: Any) -> Tensor:
    """A tensor from nowhere."""
    return apply_op("TestSource", [], [dtype], name, shape=shape, **attrs).outputs[0]


def nothing(*inputs: Tensor, name: str | None = None, **attrs: Any) -> Operation:
    """An op that reads tensors and gives none."""
    return apply_op("TestNothing", inputs, [], name, **attrs)
