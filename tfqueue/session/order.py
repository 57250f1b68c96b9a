"""What a run needs, and in which order: a graph pruned to its targets, with blocking ops as late as they can be.

Invariants:
  - each op stands after all it depends on, by its inputs or by control;
  - what only made a fed tensor is left out.
"""

from collections import deque
from collections.abc import Sequence

from tfqueue.graph.op_def import op_def
from tfqueue.graph.operation import Operation, Tensor


def in_order(
    targets: Sequence[Tensor | Operation], fed: frozenset[Tensor], done: frozenset[Operation] = frozenset()
) -> tuple[list[Operation], set[Operation]]:
    """The ops that `targets` need, each after what it depends on, and those among the blocking that must not be run in
    the calling thread, since others could run beside them. Ops in `done` need not run any more."""
    ops = _needed(targets, fed, done)
    if not any(op_def(op.type).blocking for op in ops):
        return ops, set()
    return _blocking_last(ops, fed, done)


def _needed(
    targets: Sequence[Tensor | Operation], fed: frozenset[Tensor], done: frozenset[Operation]
) -> list[Operation]:
    """What the targets need, in the order of a walk that follows dependencies first. Not recursive: chains are long."""
    found: dict[Operation, None] = {}
    seen: set[Operation] = set(done)
    for target in targets:
        if isinstance(target, Tensor) and target in fed:
            continue
        op = target.op if isinstance(target, Tensor) else target
        if op in seen or _stands_for_feed(op, fed):
            continue
        seen.add(op)
        walk = [(op, iter(dependencies_of(op, fed)))]
        while walk:
            op, rest = walk[-1]
            before = next((other for other in rest if other not in seen), None)
            if before is None:
                found[op] = None
                walk.pop()
            else:
                seen.add(before)
                walk.append((before, iter(dependencies_of(before, fed))))
    return list(found)


def dependencies_of(op: Operation, fed: frozenset[Tensor]) -> dict[Operation, None]:
    """The ops that must be done before `op`, each once."""
    producers = [tensor.op for tensor in op.inputs if tensor not in fed]
    return dict.fromkeys([*producers, *(other for other in op.control_inputs if not _stands_for_feed(other, fed))])


def _stands_for_feed(op: Operation, fed: frozenset[Tensor]) -> bool:
    return op.type == "Placeholder" and op.outputs[0] in fed


def _blocking_last(
    ops: list[Operation], fed: frozenset[Tensor], done: frozenset[Operation]
) -> tuple[list[Operation], set[Operation]]:
    waits_for = {op: {other: None for other in dependencies_of(op, fed) if other not in done} for op in ops}
    dependents: dict[Operation, list[Operation]] = {op: [] for op in ops}
    for op, before in waits_for.items():
        for other in before:
            dependents[other].append(op)
    prompt, blocking = deque[Operation](), deque[Operation]()

    def enlist(op: Operation) -> None:
        if not waits_for[op]:
            (blocking if op_def(op.type).blocking else prompt).append(op)

    for op in ops:
        enlist(op)
    order: list[Operation] = []
    contended: set[Operation] = set()
    while prompt or blocking:
        if not prompt and len(blocking) > 1:
            contended.add(blocking[0])
        op = (prompt or blocking).popleft()
        order.append(op)
        for after in dependents[op]:
            del waits_for[after][op]
            enlist(after)
    return order, contended
