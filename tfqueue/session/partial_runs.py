"""One step in several calls: `Session.partial_run_setup` and `Session.partial_run`.

Invariants:
  - each op runs once in a partial run, in the first call that needs it, and each fetch and feed is used once;
  - a call that is refused changes nothing; one that fails ends its partial run.
As TensorFlow 1's, except that an op which depends on no feed runs in the first call that needs it, not before.
"""

import itertools
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NoReturn

from tfqueue.framework import dtypes
from tfqueue.framework.errors import InvalidArgumentError, OpError
from tfqueue.graph.graph import Graph
from tfqueue.graph.operation import Operation, Tensor

from .calls import copied
from .feeds import check_mapping, fed_tensor, feed_keys, feed_values
from .fetches import Fetches
from .order import in_order
from .plan import Plan, compile_plan

RunPlan = Callable[[Plan, Collection[Any], Any, Any], Any]
"""How the session runs a plan on the values of its feeds, with options and metadata."""

Ask = tuple[Plan, dict[Tensor, Any], list[Operation], list[Tensor]]
"""A plan, the values it is fed, the ops it runs, and those of their outputs that later calls may need."""


class PartialRun:
    """What one partial run has been fed, has computed, and still owes. Guarded by its lock."""

    def __init__(self, fetches: Fetches, feeds: Iterable[Tensor]) -> None:
        self._lock = threading.Lock()
        self._declared_fetches, self._declared_feeds = set(fetches.elements), set(feeds)
        if not self._declared_fetches:
            _refuse("Must specify at least one target to fetch or execute.")
        for tensor in self._declared_feeds & self._declared_fetches:
            _refuse(f"{tensor.name} is both fed and fetched.")
        self._fetches_left, self._feeds_left = set(self._declared_fetches), set(self._declared_feeds)
        self._values: dict[Tensor, Any] = {}
        self._done: set[Operation] = set()
        self.over = False
        """Nothing is left to feed or fetch, or a call failed."""

    def run(self, session: Any, run_plan: RunPlan, fetches: Any, feed_dict: Mapping[Any, Any]) -> Any:
        """The values of `fetches`."""
        with self._lock:
            wanted = Fetches(session.graph, fetches)
            fed = dict(
                zip(feed_keys(session.graph, feed_dict), feed_values(feed_dict, feed_dict.values()), strict=True)
            )
            self._check(wanted, fed)
            plan, values, ops, kept = self._plan(session, fetches, wanted, fed)
            try:
                result, computed = run_plan(plan, values.values(), None, None)
            except OpError:
                self.over = True
                raise
            # Copies: what the user does to what he fed or got must not reach the calls to come.
            news = fed | dict(zip(kept, computed, strict=True))
            self._values |= {tensor: copied(value) for tensor, value in news.items()}
            # A handle is no value: its op is run again, and finds the same resource.
            self._done.update(op for op in ops if all(output.dtype != dtypes.resource for output in op.outputs))
            self._feeds_left.difference_update(fed)
            self._fetches_left.difference_update(wanted.elements)
            self.over = not (self._feeds_left or self._fetches_left)
            return result

    def _check(self, wanted: Fetches, fed: Mapping[Tensor, Any]) -> None:
        targets = [element for element in wanted.elements if isinstance(element, Operation)]
        if targets:
            raise RuntimeError(
                f"partial_run() requires empty `target_list`. Received: target_list={targets} (non-empty). "
                "Fetch tensors; give an op to one of them as a control dependency."
            )
        for kind, names, declared, left in (
            ("feed", fed, self._declared_feeds, self._feeds_left),
            ("fetch", wanted.elements, self._declared_fetches, self._fetches_left),
        ):
            for element in names:
                if element not in declared:
                    _refuse(f"The {kind} {element.name} was not specified in partial_run_setup.")
                if element not in left:
                    _refuse(f"The {kind} {element.name} has already been {'fed' if kind == 'feed' else 'fetched'}.")

    def _plan(self, session: Any, fetches: Any, wanted: Fetches, fed: dict[Tensor, Any]) -> Ask:
        values = self._values | fed
        known, done = frozenset(values), frozenset(self._done)
        ops, _ = in_order(wanted.elements, known, done)
        missing = self._feeds_left - known
        for tensor in (tensor for op in ops for tensor in op.inputs):
            if tensor in missing:
                _refuse(f"Fetch {tensor.name} can't be computed from the feeds that have been fed so far.")
        outputs = [output for op in ops for output in op.outputs]
        kept = [output for output in outputs if output.dtype != dtypes.resource and output not in known]
        everything = Fetches(session.graph, (fetches, kept))
        return compile_plan(session, everything, list(values), done=done), values, ops, kept


class PartialRuns:
    """The partial runs of a session, by their handles. Knows no session, so that a dropped one is freed at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._runs: dict[str, PartialRun] = {}

    def setup(self, graph: Graph, fetches: Any, feeds: Iterable[Any] | None) -> str:
        """The handle of a new partial run."""
        tensors = [fed_tensor(graph, key) for key in feeds or ()]
        run = PartialRun(Fetches(graph, fetches), tensors)
        with self._lock:
            handle = f"partial_run_{next(self._numbers)}"
            self._runs[handle] = run
        return handle

    def run(
        self, session: Any, run_plan: RunPlan, handle: str, fetches: Any, feed_dict: Mapping[Any, Any] | None
    ) -> Any:
        """One call of the partial run with this handle."""
        check_mapping(feed_dict)
        with self._lock:
            run = self._runs.get(handle)
        if run is None:
            _refuse("Must run 'setup' before performing partial runs!")
        try:
            return run.run(session, run_plan, fetches, feed_dict or {})
        finally:
            if run.over:
                with self._lock:
                    self._runs.pop(handle, None)


def _refuse(words: str) -> NoReturn:
    raise InvalidArgumentError(None, None, words)
