"""What the staging areas of a graph have in common: a name, components, and the checks of what is put in.

Invariant: a handle holds no elements; they are in the area that a session makes when an op on it first runs there.
After TensorFlow 1's python/ops/data_flow_ops.py, to names and messages. Python values are put in too, where TensorFlow
takes tensors only.
"""

from collections.abc import Sequence
from typing import Any

from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.framework.tensor_shape import TensorShape, unknown_shape
from tfqueue.graph.graph import colocate_with, get_default_graph, name_scope
from tfqueue.graph.op_def import apply_op
from tfqueue.graph.operation import Operation, Tensor

from .constant_op import convert_to_tensor
from .control_flow_ops import no_op


class BaseStagingArea:
    """A staging area in a graph: what both kinds have in common.

    Args:
      dtypes: the components' dtypes.
      shapes: their static shapes, or None.
      names: their names, or None. With them elements are dicts.
      shared_name: areas with one shared name, in one container and session, are one; default a name of its own.
      capacity: elements it holds; 0 means without bound.
      memory_limit: bytes of all components inside; 0 means without bound.

    Raises:
      ValueError: as many shapes or names as components are needed; a shared name that is no string.
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Sequence[Any] | None = None,
        names: Sequence[str] | None = None,
        shared_name: str | None = None,
        capacity: int = 0,
        memory_limit: int = 0,
    ) -> None:
        if shared_name is not None and not isinstance(shared_name, str):
            raise ValueError(f"shared_name must be a string, got {shared_name}")
        self._name = get_default_graph().unique_name(type(self).__name__) if shared_name is None else shared_name
        for words, listed in (("shapes", shapes), ("names", names)):
            if listed is not None and len(listed) != len(dtypes):
                raise ValueError(f"StagingArea {words} must be the same length as dtypes")
        self._dtypes = [as_dtype(dtype) for dtype in dtypes]
        self._shapes = [unknown_shape() for _ in dtypes] if shapes is None else [TensorShape(shape) for shape in shapes]
        self._names = names
        self._capacity, self._memory_limit = capacity, memory_limit
        with name_scope(f"{self._name}_root"):
            self._root = no_op()

    @property
    def name(self) -> str:
        """The area's name: its shared name, or one that no other area of the graph has."""
        return self._name

    @property
    def dtypes(self) -> list[DType]:
        """The components' dtypes."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The components' static shapes, unknown where none were given."""
        return self._shapes

    @property
    def names(self) -> Sequence[str] | None:
        """The components' names, if they have any."""
        return self._names

    @property
    def capacity(self) -> int:
        """Elements it holds; 0 means without bound."""
        return self._capacity

    @property
    def memory_limit(self) -> int:
        """Bytes of all components inside; 0 means without bound."""
        return self._memory_limit

    def _op(self, op_type: str, name: str, inputs: Sequence[Tensor], outputs: Sequence[DType] = ()) -> Operation:
        with colocate_with(self._root):
            return apply_op(
                op_type,
                inputs,
                outputs,
                name,
                dtypes=self._dtypes,
                shared_name=self._name,
                container="",
                capacity=self._capacity,
                memory_limit=self._memory_limit,
            )

    def _put_tensors(self, values: Any, indices: Sequence[int] | None) -> tuple[list[Tensor], list[int]]:
        """The values as tensors, with the index of the component that each is. ValueErrors for what does not fit."""
        if isinstance(values, dict):
            values, indices = self._values_by_name(values)
        elif self._names:
            raise ValueError(f"You must enqueue a dictionary in a staging area with names: '{self._name}' has them")
        elif indices is None:
            raise ValueError("Indices must be supplied when inserting a list of tensors")
        else:
            values = values if isinstance(values, list | tuple) else [values]
            if len(indices) != len(values):
                raise ValueError(f"Number of indices {len(indices)} doesn't match number of values {len(values)}")
        if len(values) > len(self._dtypes):
            raise ValueError(f"Unexpected number of inputs {len(values)} vs {len(self._dtypes)}")
        return [self._component(value, index) for value, index in zip(values, indices, strict=True)], list(indices)

    def _values_by_name(self, values: dict[str, Any]) -> tuple[list[Any], list[int]]:
        if not self._names:
            raise ValueError(f"Staging areas must have names to enqueue a dictionary: '{self._name}' has none")
        if not set(values) <= set(self._names):
            raise ValueError(
                "Keys in dictionary to put do not match names of staging area. "
                f"Dictionary: {sorted(values)}, Queue: {sorted(self._names)}"
            )
        indices = [index for index, name in enumerate(self._names) if name in values]
        return [values[self._names[index]] for index in indices], indices

    def _component(self, value: Any, index: int) -> Tensor:
        dtype = self._dtypes[index]
        given = dtype if not isinstance(value, Tensor) else value.dtype.base_dtype
        if given != dtype:
            raise ValueError(
                f"Datatypes do not match. Received val.dtype {given!r} and dtype {dtype!r} "
                f"(component {index} of '{self._name}')"
            )
        tensor = convert_to_tensor(value, dtype=dtype, name=f"component_{index}")
        tensor.shape.assert_is_compatible_with(self._shapes[index])
        return tensor

    def _found(self, tensors: Sequence[Tensor], indices: Sequence[int]) -> Any:
        """What a get gives: a list of tensors, or a dict for an area with names."""
        for tensor, index in zip(tensors, indices, strict=True):
            tensor.set_shape(self._shapes[index])
        if self._names:
            return {self._names[index]: tensor for tensor, index in zip(tensors, indices, strict=True)}
        return list(tensors)


def scope_values(values: Any) -> list[Any]:
    """What is put in, as a list, for the graph of a name scope."""
    return list(
        values.values() if isinstance(values, dict) else values if isinstance(values, list | tuple) else [values]
    )


def resource_key(op: Operation) -> tuple[str, str]:
    """Container and name under which a session keeps the area of an op."""
    container = op.get_attr("container") or b""
    return container.decode(), op.get_attr("shared_name").decode()
