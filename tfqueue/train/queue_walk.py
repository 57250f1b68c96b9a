"""Which queues an op stands between: read off the graph, backwards from the op.

Invariant: a walk ends at a queue, since its handle reads nothing; what is found is in the order of the walk, each once.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from tfqueue.graph.operation import Operation, Tensor

_DRAWING = ("QueueDequeue", "ReaderRead")
_FILLING = ("QueueEnqueue",)


def is_queue_handle(op: Operation) -> bool:
    """It makes a queue."""
    return "component_types" in op.attrs and "capacity" in op.attrs


def drawn_queues(fetches: Iterable[Any]) -> list[Operation]:
    """The handle ops of the queues that running `fetches` takes elements from, directly or through a reader."""
    return _handles(fetches, _DRAWING)


def filled_queues(fetches: Iterable[Any]) -> list[Operation]:
    """The handle ops of the queues that running `fetches` puts elements into."""
    return _handles(fetches, _FILLING)


def _handles(fetches: Iterable[Any], op_types: tuple[str, ...]) -> list[Operation]:
    found: dict[Operation, None] = {}
    for op in _operations_behind(fetches):
        if op.type.startswith(op_types):
            found.update((tensor.op, None) for tensor in op.inputs if is_queue_handle(tensor.op))
    return list(found)


def _operations_behind(fetches: Iterable[Any]) -> Iterator[Operation]:
    """All ops that must run for `fetches`; names, and what else is no op or tensor, are passed over."""
    waiting = [fetch.op if isinstance(fetch, Tensor) else fetch for fetch in fetches]
    seen: set[Operation] = set()
    while waiting:
        op = waiting.pop()
        if isinstance(op, Operation) and op not in seen:
            seen.add(op)
            yield op
            waiting += [tensor.op for tensor in op.inputs]
            waiting += op.control_inputs
