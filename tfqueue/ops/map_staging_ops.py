"""`MapStagingArea`: elements kept from step to step under int64 keys, whole or component by component; its ops.

Invariant: a kernel never waits. What cannot be served at once comes back as an attempt, and the executor parks on it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework import dtypes as types
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.queues.attempts import Attempt
from tfqueue.queues.keyed_staging import KeyedStagingArea
from tfqueue.queues.staging import Staged

from .arguments import TensorLike, argument
from .shape_functions import scalar
from .staging_base import BaseStagingArea, resource_key, scope_values
from .staging_ops import deliver
from .values import Value

Indices = Sequence[int] | Sequence[str] | None
"""Components by position or by name; None stands for all."""


class MapStagingArea(BaseStagingArea):
    """Keeps elements between steps under int64 keys.

    Components of an element may be put in and taken out apart: it is there when all have come, until the last is taken.
    Incomplete elements do not count against the capacity, but against the memory limit.

    Args:
      ordered: a get without a key takes the least key; else the oldest (TensorFlow: any).
      dtypes, shapes, names, shared_name, capacity, memory_limit: as for `StagingArea`.
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Sequence[Any] | None = None,
        names: Sequence[str] | None = None,
        shared_name: str | None = None,
        ordered: bool = False,
        capacity: int = 0,
        memory_limit: int = 0,
    ) -> None:
        super().__init__(dtypes, shapes, names, shared_name, capacity, memory_limit)
        self._prefix = "OrderedMap" if ordered else "Map"

    def put(
        self, key: TensorLike, vals: Any, indices: Sequence[int] | None = None, name: str | None = None
    ) -> Operation:
        """An op that puts components in under a key: a dict, or a list with the `indices` of its components.

        It waits while the area is full. At run time InvalidArgumentError for a component that is there already, and for
        indices that are not in order; ResourceExhaustedError for more than the memory limit.
        """
        with name_scope(name, f"{self._name}_put", scope_values(vals)) as scope:
            tensors, positions = self._put_tensors(vals, indices)
            return self._op(f"{self._prefix}Stage", scope, [*self._place(key, positions), *tensors])

    def get(self, key: TensorLike | None = None, indices: Indices = None, name: str | None = None) -> tuple[Any, Any]:
        """Key and components of an element, taken out: of the next one without a key. Running it waits for the key.

        The components are a list of tensors, or a dict for named ones. At run time InvalidArgumentError for a component
        that was taken before.
        """
        positions = self._positions(indices)
        if key is not None:
            tensors = self._taken("Unstage", name or f"{self._name}_get", key, positions)
            return key, self._found(tensors, positions)
        outputs = [types.int64, *(self._dtypes[index] for index in positions)]
        constant = argument("MapUnstageNoKey", "indices", positions, types.int32)
        op = self._op(f"{self._prefix}UnstageNoKey", name or f"{self._name}_get_nokey", [constant], outputs)
        return op.outputs[0], self._found(op.outputs[1:], positions)

    def peek(self, key: TensorLike, indices: Indices = None, name: str | None = None) -> Any:
        """The components of an element, left where they are. Running it waits for the key."""
        positions = self._positions(indices)
        return self._found(self._taken("Peek", name or f"{self._name}_pop", key, positions), positions)

    def size(self, name: str | None = None) -> Tensor:
        """The number of whole elements inside, an int32 scalar."""
        return self._op(f"{self._prefix}Size", name or f"{self._name}_size", [], [types.int32]).outputs[0]

    def incomplete_size(self, name: str | None = None) -> Tensor:
        """The number of keys of which components are missing, an int32 scalar."""
        name = name or f"{self._name}_incomplete_size"
        return self._op(f"{self._prefix}IncompleteSize", name, [], [types.int32]).outputs[0]

    def clear(self, name: str | None = None) -> Operation:
        """An op that drops all elements, incomplete ones too; puts that wait for room go on."""
        return self._op(f"{self._prefix}Clear", name or f"{self._name}_clear", [])

    def _place(self, key: TensorLike, positions: Sequence[int]) -> list[Tensor]:
        return [
            argument(f"{self._prefix}Stage", "key", key, types.int64),
            argument(f"{self._prefix}Stage", "indices", positions, types.int32),
        ]

    def _taken(self, op_type: str, name: str, key: TensorLike, positions: list[int]) -> Sequence[Tensor]:
        outputs = [self._dtypes[index] for index in positions]
        return self._op(f"{self._prefix}{op_type}", name, self._place(key, positions), outputs).outputs

    def _positions(self, indices: Indices) -> list[int]:
        if indices is None:
            return list(range(len(self._dtypes)))
        if not isinstance(indices, tuple | list):
            raise TypeError(f"Invalid indices type {type(indices)}")
        if not indices:
            raise ValueError("Empty indices")
        if all(isinstance(index, int) for index in indices):
            return [int(index) for index in indices]
        if not all(isinstance(index, str) for index in indices):
            raise TypeError(f"Mixed types in indices {indices}. May only be str or int")
        if self._names is None:
            raise ValueError(f"String indices provided {indices}, but this Staging Area was not created with names.")
        if not set(indices) <= set(self._names):
            raise ValueError(f"Named index not in Staging Area names {self._names}: {indices}")
        return [self._names.index(str(index)) for index in indices]


def runtime_map_area(op: Operation, session: Any) -> KeyedStagingArea:
    """The area that an op of a `MapStagingArea` works on in `session`."""
    container, name = resource_key(op)
    ordered = op.type.startswith("Ordered")

    def make() -> KeyedStagingArea:
        limits = op.get_attr("capacity"), op.get_attr("memory_limit")
        return KeyedStagingArea(*limits, len(op.get_attr("dtypes")), ordered, name=name, scope=session.scope)

    kind = "ordered map staging area" if ordered else "map staging area"
    area: KeyedStagingArea = session.resources.lookup_or_create(kind, container, name, make)
    return area


def _stage(op: Operation, session: Any) -> Callable[..., Attempt | None]:
    area = runtime_map_area(op, session)
    return lambda step, key, indices, *values: area.start_put(_key(key), indices.tolist(), values, step)


def _unstage(op: Operation, session: Any) -> Callable[..., Any]:
    area = runtime_map_area(op, session)
    return lambda step, key, indices: deliver(area.start_get(_key(key), indices.tolist(), step), _values_of)


def _unstage_no_key(op: Operation, session: Any) -> Callable[..., Any]:
    area = runtime_map_area(op, session)
    return lambda step, indices: deliver(
        area.start_get(None, indices.tolist(), step), lambda found: (np.int64(found.key), *found.values)
    )


def _peek(op: Operation, session: Any) -> Callable[..., Any]:
    area = runtime_map_area(op, session)
    return lambda step, key, indices: deliver(
        area.start_get(_key(key), indices.tolist(), step, remove=False), _values_of
    )


def _size(op: Operation, session: Any) -> Callable[[], Value]:
    area = runtime_map_area(op, session)
    return lambda: np.int32(area.size())


def _incomplete_size(op: Operation, session: Any) -> Callable[[], Value]:
    area = runtime_map_area(op, session)
    return lambda: np.int32(area.incomplete_size())


def _clear(op: Operation, session: Any) -> Callable[[], None]:
    return runtime_map_area(op, session).clear


for _prefix in ("Map", "OrderedMap"):
    register_op(f"{_prefix}Stage", step=True, bind=True, stores=True, stateful=True)(_stage)
    register_op(f"{_prefix}Unstage", step=True, bind=True, stateful=True)(_unstage)
    register_op(f"{_prefix}UnstageNoKey", step=True, bind=True, stateful=True)(_unstage_no_key)
    # `keeps`: what was looked at stays inside.
    register_op(f"{_prefix}Peek", step=True, bind=True, keeps=True, stateful=True)(_peek)
    register_op(f"{_prefix}Size", shape=scalar, bind=True, stateful=True)(_size)
    register_op(f"{_prefix}IncompleteSize", shape=scalar, bind=True, stateful=True)(_incomplete_size)
    register_op(f"{_prefix}Clear", bind=True, stateful=True)(_clear)


def _key(key: Value) -> int:
    if np.ndim(key) != 0:
        raise InvalidArgumentError(None, None, f"key must be an int64 scalar, got shape {np.shape(key)}")
    return int(key)


def _values_of(found: Staged) -> Any:
    return found.values if len(found.values) > 1 else found.values[0]
