"""A tensor of which only some entries are kept: three tensors that are fetched, fed and passed on as one.

Invariants:
  - `indices` is int64 [n, rank], `values` [n], `dense_shape` int64 [rank], all of one graph;
  - the three never change; of the static shape more may become known.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType
from tfqueue.framework.tensor_shape import TensorShape, unknown_shape

from .graph import Graph, graph_of, name_scope
from .op_def import constant_value
from .operation import Operation, Tensor
from .stacks import default_session_stack


class SparseTensorValue(NamedTuple):
    """What a run gives for a `SparseTensor`, and takes for one that is fed."""

    indices: Any
    """Places of the entries, int64 [n, rank]."""
    values: Any
    """The entries, [n]."""
    dense_shape: Any
    """int64 [rank]."""


class SparseTensor:
    """Three tensors that stand for one with few entries.

    Args:
      indices: places of the entries, int64 [n, rank].
      values: the entries, [n].
      dense_shape: the shape of the whole, int64 [rank].
        Each a tensor, or anything that `convert_to_tensor` takes.

    Raises:
      ValueError: their static shapes do not fit each other.
    """

    _convert: Callable[..., Tensor]

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        with name_scope(None, "SparseTensor", [indices, values, dense_shape]):
            self.indices: Tensor = self._convert(indices, dtypes.int64, "indices")
            self.values: Tensor = self._convert(values, None, "values")
            self.dense_shape: Tensor = self._convert(dense_shape, dtypes.int64, "dense_shape")
        places = self.indices.shape.with_rank(2)
        sizes = self.dense_shape.shape.with_rank(1)
        places[:1].merge_with(self.values.shape.with_rank(1))
        rank = places[1:].merge_with(sizes)[0].value
        graph_of((self.indices, self.values, self.dense_shape))
        known = constant_value(self.dense_shape)
        self._shape = unknown_shape(rank) if known is None else TensorShape(_sizes(known))

    @classmethod
    def install_conversion(cls, convert: Callable[..., Tensor]) -> None:
        """Has `convert(value, dtype, name)` make tensors of what is none."""
        cls._convert = staticmethod(convert)

    @classmethod
    def from_value(cls, sparse: "SparseTensor | SparseTensorValue") -> "SparseTensor":
        """A SparseTensor from itself or from a value; TypeError for anything else."""
        if isinstance(sparse, SparseTensor):
            return sparse
        if not isinstance(sparse, SparseTensorValue):
            raise TypeError(f"{sparse!r} is neither a SparseTensor nor a SparseTensorValue.")
        return cls(*sparse)

    @property
    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """indices, values, dense_shape."""
        return self.indices, self.values, self.dense_shape

    @property
    def dtype(self) -> DType:
        """Of the values."""
        return self.values.dtype

    @property
    def op(self) -> Operation:
        """Which makes the values."""
        return self.values.op

    @property
    def graph(self) -> Graph:
        """To which all three belong."""
        graph: Graph = self.values.graph
        return graph

    @property
    def shape(self) -> TensorShape:
        """What is known of the shape of the whole."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """What is known of the shape of the whole."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Adds what is known of the shape of the whole; ValueError when it contradicts."""
        self._shape = self._shape.merge_with(shape)

    def eval(self, feed_dict: Any = None, session: Any = None) -> SparseTensorValue:
        """Its value, from `session` or the default session; ValueError when there is none."""
        runner = session if session is not None else default_session_stack.top()
        if runner is None:
            raise ValueError(
                "Cannot evaluate tensor using `eval()`: No default session is registered. "
                "Use `with sess.as_default()` or pass an explicit session to `eval(session=sess)`"
            )
        value: SparseTensorValue = runner.run(self, feed_dict)
        return value

    def __repr__(self) -> str:
        return f"SparseTensor(indices={self.indices}, values={self.values}, dense_shape={self.dense_shape})"


def _sizes(known: Any) -> list[int | None]:
    return [None if size < 0 else int(size) for size in known]
