"""A plan: what one run has to do for one nest of fetches and one set of feeds, worked out once.

Invariants:
  - a plan never changes once made, and any number of threads may run it at the same time: all that a run changes is in
    its own copy of the slots;
  - every op that is needed stands in it once, after all it depends on; what is fed is not computed;
  - blocking ops stand as late as they can, so that nothing waits behind one that need not.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.graph.op_def import OpDef, op_def
from tfqueue.graph.operation import Operation, Tensor

from .calls import (
    STEP,
    UNUSED,
    Call,
    Deliver,
    Slots,
    bind_call,
    bind_deliver,
    bind_waiting_call,
    copying,
    left_for_later,
)
from .doors import door
from .faults import raise_located
from .feeds import feed_all, feed_into
from .fetches import Collect, Element, Fetches
from .order import dependencies_of, in_order
from .sharing import Sharing


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One op of a plan."""

    op: Operation
    call: Call
    """Runs it on the slots."""
    deliver: Deliver
    """Puts a value that came late into the slots."""
    blocking: bool
    """Its call may block the thread."""
    dependencies: int
    """How many steps must be done before it."""
    dependents: tuple[int, ...]
    """The steps that wait for it, by their index."""
    sources: tuple[int, ...]
    """The slots of the names of what its data comes from, such as files."""

    def fail(self, error: Exception, slots: Slots) -> NoReturn:
        """Raises `error` as this op's, with the names of what its data comes from."""
        raise_located(error, self.op, [slots[slot] for slot in self.sources])


@dataclass(frozen=True, slots=True)
class Plan:
    """What the executor runs: `calls` on a copy of `template`, after the feeds; then `collect` gives the result."""

    template: Slots
    calls: tuple[Call, ...]
    """One a step, in order; `left_for_later` stands for a blocking step beside which others can run."""
    steps: tuple[PlanStep, ...]
    fed: tuple[Tensor, ...]
    """The tensors that are fed."""
    feed: Callable[[Slots, Collection[Any]], None]
    """Puts their values, in this order, into their slots."""
    collect: Collect
    takes_step: bool
    """Some kernel takes the `Step`."""
    blocks: bool
    """Some kernel may block its thread."""
    nested_feeds: bool
    """A key of the feed_dict stands for several tensors."""


def compile_plan(
    session: Any,
    fetches: Fetches,
    feeds: Sequence[Tensor],
    nested_feeds: bool = False,
    done: frozenset[Operation] = frozenset(),
) -> Plan:
    """Prunes the session's graph to what `fetches` needs, given `feeds`, and binds it to the session.

    Ops in `done` are left out, as those of a partial run that have run before.
    """
    return _Compiler(session, fetches, feeds, done).plan(nested_feeds)


class _Compiler:
    def __init__(self, session: Any, fetches: Fetches, feeds: Sequence[Tensor], done: frozenset[Operation]) -> None:
        self._session = session
        self._fetches = fetches
        self._feeds = feeds
        self._fed = frozenset(feeds)
        self._ops, self._contended = in_order(fetches.elements, self._fed, done)
        fetched = [element for element in fetches.elements if isinstance(element, Tensor)]
        self._sharing = Sharing(self._ops, self._fed, fetched)
        self._template: Slots = [None, None]
        self._slots: dict[Tensor, int] = {}
        self._sources: dict[Operation, tuple[int, ...]] = {}

    def plan(self, nested_feeds: bool) -> Plan:
        feeds = [feed_into(self._slot(t), t, own=self._sharing.may_be_owned(t)) for t in self._feeds]
        running = [op for op in self._ops if not self._fold(op)]
        steps = self._steps(running)
        return Plan(
            template=self._template,
            calls=tuple(left_for_later if step.op in self._contended else step.call for step in steps),
            steps=steps,
            fed=tuple(self._feeds),
            feed=feed_all(feeds),
            collect=self._fetches.collector(self._door),
            takes_step=any(_takes_step(op_def(op.type)) for op in running),
            blocks=any(step.blocking for step in steps),
            nested_feeds=nested_feeds,
        )

    def _slot(self, tensor: Tensor) -> int:
        if tensor not in self._slots:
            self._slots[tensor] = len(self._template)
            self._template.append(None)
        return self._slots[tensor]

    def _fold(self, op: Operation) -> bool:
        """Puts a value into the template that is the same in every run: a constant, or a handle of a resource."""
        if op.inputs or op.control_inputs or len(op.outputs) != 1:
            return False
        definition, output = op_def(op.type), op.outputs[0]
        if output.dtype != dtypes.resource and (definition.stateful or not definition.keeps):
            return False
        try:
            value = self._bound_kernel(op, definition)()
        except Exception:  # noqa: BLE001 - it fails again in the run, where errors are told with their op
            return False
        self._template[self._slot(output)] = value
        return True

    def _steps(self, ops: list[Operation]) -> tuple[PlanStep, ...]:
        places = {op: place for place, op in enumerate(ops)}
        needed = [{places[op] for op in dependencies_of(op, self._fed) if op in places} for op in ops]
        dependents: list[list[int]] = [[] for _ in ops]
        for place, before in enumerate(needed):
            for other in before:
                dependents[other].append(place)
        return tuple(
            self._step(op, len(before), tuple(after)) for op, before, after in zip(ops, needed, dependents, strict=True)
        )

    def _step(self, op: Operation, dependencies: int, dependents: tuple[int, ...]) -> PlanStep:
        definition = op_def(op.type)
        kernel = self._bound_kernel(op, definition)
        inputs = [self._slot(tensor) for tensor in op.inputs]
        outputs = [self._output_slot(tensor) for tensor in op.outputs]
        deliver, output = bind_deliver(outputs), None if len(outputs) > 1 else (outputs or [UNUSED])[0]
        positions = [p for p in self._sharing.positions_to_copy(op) if not self._is_constant_scalar(op.inputs[p])]
        if positions:
            shift = 1 if _takes_step(definition) else 0
            kernel = copying(kernel, [position + shift for position in positions])
        if definition.step:
            call = bind_waiting_call(kernel, inputs, deliver, output)
        else:
            arguments = [STEP, *inputs] if definition.blocking else inputs
            call = bind_call(kernel, arguments, deliver, output)
        return PlanStep(
            op, call, deliver, definition.blocking, dependencies, dependents, self._sources_of(op, definition)
        )

    def _sources_of(self, op: Operation, definition: OpDef) -> tuple[int, ...]:
        """Those of its inputs, whose ops stand before it, and its own."""
        inputs = [slot for tensor in op.inputs if tensor not in self._fed for slot in self._sources.get(tensor.op, ())]
        own = [] if definition.source is None else [self._slot(definition.source(op))]
        self._sources[op] = tuple(dict.fromkeys([*inputs, *own]))
        return self._sources[op]

    def _is_constant_scalar(self, tensor: Tensor) -> bool:
        value = self._template[self._slot(tensor)]
        return value is not None and not isinstance(value, np.ndarray)

    def _output_slot(self, tensor: Tensor) -> int:
        # The value of an output that is fed is not the op's.
        return UNUSED if tensor in self._fed else self._slot(tensor)

    def _bound_kernel(self, op: Operation, definition: OpDef) -> Callable[..., Any]:
        if not definition.bind:
            return definition.kernel
        try:
            kernel: Callable[..., Any] = definition.kernel(op, self._session)
        except Exception as error:  # noqa: BLE001 - raised again, with its op
            raise_located(error, op)
        return kernel

    def _door(self, element: Element) -> Collect:
        if isinstance(element, Operation):
            return lambda slots: None
        slot = self._slot(element)
        if element in self._fed:
            return lambda slots: slots[slot]  # as it was fed
        return door(slot, element, self._sharing.fetch_must_copy(element))


def _takes_step(definition: OpDef) -> bool:
    return definition.step or definition.blocking
