"""`StagingArea`: elements kept from step to step, first in, first out; its ops and their kernels.

Invariant: a kernel never waits. What cannot be served at once comes back as an attempt, and the executor parks on it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes as types
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.queues.attempts import Attempt
from tfqueue.queues.staging import BlockingStagingArea, Staged

from .arguments import TensorLike, argument
from .shape_functions import scalar
from .staging_base import BaseStagingArea, resource_key, scope_values
from .values import Value


class StagingArea(BaseStagingArea):
    """Keeps elements between steps: one step puts in what a later one gets, so that both can go on at the same time.

    Elements leave in the order they came. Ops wait as those of queues do, and are called off as those are; an area
    cannot be closed. For the arguments see `BaseStagingArea`.
    """

    def put(self, values: Any, name: str | None = None) -> Operation:
        """An op that puts one element in: a value, a list of values (one a component), or a dict for named components.

        It waits while the area is full. ResourceExhaustedError for an element larger than the memory limit; ValueError
        at once for values that do not fit.
        """
        with name_scope(name, f"{self._name}_put", scope_values(values)) as scope:
            values = values if isinstance(values, list | tuple | dict) else [values]
            tensors, _ = self._put_tensors(values, range(len(values)))
            return self._op("Stage", scope, tensors)

    def get(self, name: str | None = None) -> Any:
        """One element: a list of tensors, or a dict for named components. Running it waits while there is none."""
        op = self._op("Unstage", name or f"{self._name}_get", [], self._dtypes)
        return self._found(op.outputs, range(len(self._dtypes)))

    def peek(self, index: TensorLike, name: str | None = None) -> Any:
        """The element with `index` others before it, left where it is. Running it waits while there are not as many."""
        position = argument("StagePeek", "index", index, types.int32)
        op = self._op("StagePeek", name or f"{self._name}_peek", [position], self._dtypes)
        return self._found(op.outputs, range(len(self._dtypes)))

    def size(self, name: str | None = None) -> Tensor:
        """The number of elements inside, an int32 scalar."""
        return self._op("StageSize", name or f"{self._name}_size", [], [types.int32]).outputs[0]

    def clear(self, name: str | None = None) -> Operation:
        """An op that drops all elements; puts that wait for room go on."""
        return self._op("StageClear", name or f"{self._name}_clear", [])


def runtime_area(op: Operation, session: Any) -> BlockingStagingArea:
    """The area that an op of a `StagingArea` works on in `session`."""
    container, name = resource_key(op)

    def make() -> BlockingStagingArea:
        limits = op.get_attr("capacity"), op.get_attr("memory_limit")
        return BlockingStagingArea(*limits, name=name, scope=session.scope)

    area: BlockingStagingArea = session.resources.lookup_or_create("staging area", container, name, make)
    return area


@register_op("Stage", step=True, bind=True, stores=True, stateful=True)
def _stage(op: Operation, session: Any) -> Callable[..., Attempt | None]:
    area = runtime_area(op, session)
    return lambda step, *values: area.start_put(values, step)


@register_op("Unstage", step=True, bind=True, stateful=True)
def _unstage(op: Operation, session: Any) -> Callable[..., Any]:
    area, values_of = runtime_area(op, session), _values_of(op)
    return lambda step: deliver(area.start_get(step), values_of)


# `keeps`: what was looked at stays inside.
@register_op("StagePeek", step=True, bind=True, keeps=True, stateful=True)
def _peek(op: Operation, session: Any) -> Callable[..., Any]:
    area, values_of = runtime_area(op, session), _values_of(op)
    return lambda step, index: deliver(area.start_peek(int(index), step), values_of)


@register_op("StageSize", shape=scalar, bind=True, stateful=True)
def _size(op: Operation, session: Any) -> Callable[[], Value]:
    area = runtime_area(op, session)
    return lambda: np.int32(area.size())


@register_op("StageClear", bind=True, stateful=True)
def _clear(op: Operation, session: Any) -> Callable[[], None]:
    return runtime_area(op, session).clear


def deliver(found: Staged | Attempt, values_of: Callable[[Staged], Any]) -> Any:
    """What a kernel answers: the outputs, or the attempt that will give them."""
    return found.then(values_of) if isinstance(found, Attempt) else values_of(found)


def _values_of(op: Operation) -> Callable[[Staged], Any]:
    wanted = len(op.outputs)

    def values_of(found: Staged) -> Any:
        if len(found.values) != wanted:
            words = f"Mismatch stage/unstage: {len(found.values)} vs. {wanted}"
            raise InvalidArgumentError(None, None, f"{words} components in '{op.get_attr('shared_name').decode()}'")
        return found.values if wanted > 1 else found.values[0]

    return values_of
