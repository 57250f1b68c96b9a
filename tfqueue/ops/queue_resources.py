"""The queues of a session: what a handle op makes when it first runs there.

Invariants:
  - one queue a handle op and session; handles with one `shared_name` and container have one between them, or fail;
  - a queue is told of the runner that is meant to fill it, each time that a plan finds the queue.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tfqueue.framework.dtypes import DType, int64
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.resources import ResourceManager
from tfqueue.framework.tensor_shape import TensorShape, brackets, scalar
from tfqueue.graph.operation import Operation
from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.queues.disciplines import Discipline
from tfqueue.queues.element import ElementSpec, PaddedElementSpec

from .queue_feeders import feeders_of

_SHARED, _UNSHARED = "queue", "unshared queue"


class ElementQueue(BlockingQueue):
    """A queue whose elements are tuples of arrays: what a handle stands for in one session."""

    def __init__(self, op: Operation, kind: str, discipline: Discipline, resource_name: str, **kwargs: Any) -> None:
        capacity = op.get_attr("capacity")
        super().__init__(capacity, discipline, name=op.name, kind=kind, resource_name=resource_name, **kwargs)
        self.spec = element_spec(op, kind)
        self.seeds = queue_seeds(op)
        self.sizes = _full_sizes(self.spec)
        """The shapes of all components where they are fully known: to be compared at one go."""

    def check_same(self, op: Operation, kind: str) -> None:
        """Another handle op shares this queue: InvalidArgumentError unless it asks for the same one (SEMANTICS 41)."""
        if kind != self.kind:
            raise InvalidArgumentError(None, None, f"Expected {self.kind}, found {op.type}")
        spec = element_spec(op, kind)
        self._compare("capacity", "capacity was", self.capacity, op.get_attr("capacity"))
        self._compare("min_after_dequeue", "min_after_dequeue was", self.min_after_dequeue, min_after_dequeue(op))
        if queue_seeds(op) != (0, 0):
            self._compare("random seeds", "seeds are", self.seeds, queue_seeds(op))
        self._compare("component types", "component types were", _types_text(self.spec), _types_text(spec))
        self._compare("component shapes", "component shapes were", _shapes_text(self.spec), _shapes_text(spec))

    def _compare(self, what: str, requested: str, mine: object, other: object) -> None:
        if mine != other:
            words = f"Shared queue '{self.resource_name}' has {what} {mine} but requested {requested} {other}."
            raise InvalidArgumentError(None, None, words)


def element_spec(op: Operation, kind: str) -> ElementSpec:
    """What the elements of a handle op's queue are."""
    dtypes: Sequence[DType] = op.get_attr("component_types")
    shapes: Sequence[TensorShape] = op.get_attr("shapes")
    if kind == "PriorityQueue":  # the priority stands in front of what the handle declares
        dtypes, shapes = [int64, *dtypes], [scalar(), *shapes]
    make = PaddedElementSpec if kind == "PaddingFIFOQueue" else ElementSpec
    return make(tuple(dtypes), tuple(shapes) or None, kind=kind)


def _full_sizes(spec: ElementSpec) -> list[tuple[int | None, ...]] | None:
    if spec.shapes is None or not all(shape.is_fully_defined() for shape in spec.shapes):
        return None
    return [tuple(shape.as_list()) for shape in spec.shapes]


def queue_seeds(op: Operation) -> tuple[int, int]:
    """The graph's and the op's seed of a handle op; (0, 0) where there are none."""
    return (op.attrs.get("seed", 0), op.attrs.get("seed2", 0))


def min_after_dequeue(op: Operation) -> int:
    """The elements that a handle op wants kept back; 0 for a kind that keeps none."""
    kept: int = op.attrs.get("min_after_dequeue", 0)
    return kept


def queue_maker(kind: str, discipline: Callable[[Operation], Discipline]) -> Callable[[Operation, Any], Any]:
    """The kernel of a handle op, to be bound to op and session: it answers the queue, and makes it the first time."""

    def bind(op: Operation, session: Any) -> Callable[[], ElementQueue]:
        queue: ElementQueue | None = None

        def kernel() -> ElementQueue:
            nonlocal queue
            if queue is None:  # two threads may both come here: they find the same one
                queue = _find_or_make(op, session, kind, discipline)
            return queue

        return kernel

    return bind


def runtime_queue(op: Operation, session: Any) -> ElementQueue | None:
    """The queue that a handle op stands for in `session`; None if it was not made there yet."""
    resources: ResourceManager = session.resources
    kind, container, name = _key(op)
    queue: ElementQueue | None = resources.find(kind, container, name)
    return queue


def _find_or_make(
    op: Operation, session: Any, kind: str, discipline: Callable[[Operation], Discipline]
) -> ElementQueue:
    resources: ResourceManager = session.resources
    kind_of_name, container, name = _key(op)

    def make() -> ElementQueue:
        resource_name = name if kind_of_name == _SHARED else resources.next_unshared_name(op.name)
        return ElementQueue(op, kind, discipline(op), resource_name, scope=session.scope)

    queue = resources.lookup_or_create(kind_of_name, container, name, make)
    queue.check_same(op, kind)
    for runner in feeders_of(op):
        queue.expect_feeder(runner)
    return queue


def _key(op: Operation) -> tuple[str, str, str]:
    """Where the queue of a handle op is kept: by its shared name, or else by its own."""
    container, shared_name = op.get_attr("container").decode(), op.get_attr("shared_name").decode()
    return (_SHARED, container, shared_name) if shared_name else (_UNSHARED, container, op.name)


def _types_text(spec: ElementSpec) -> str:
    return ", ".join(dtype.protocol_name for dtype in spec.dtypes)


def _shapes_text(spec: ElementSpec) -> str:
    return "[" + ", ".join(brackets(shape) for shape in spec.shapes or ()) + "]"
