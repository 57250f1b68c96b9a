"""`Session`: runs a graph, and owns the queues, variables and readers that the graph's ops stand for in it.

Invariants:
  - a plan is made once for each nest of fetches and set of feeds, under a lock; it is found again without one;
  - two sessions on one graph share nothing but the graph;
  - after `close` no step of the session is blocked, and none begins.
"""

import threading
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Self

from tfqueue.framework.cancellation import CancellationManager
from tfqueue.framework.errors import CancelledError, NotFoundError
from tfqueue.framework.numbering import Numbering
from tfqueue.framework.resources import ResourceManager
from tfqueue.graph.graph import Graph, get_default_graph
from tfqueue.graph.node_def import GraphDef
from tfqueue.graph.stacks import default_graph_stack, default_session_stack
from tfqueue.telemetry.stages import StageScope

from .calls import STEP
from .config import RunOptions
from .executor import Step, execute, execute_blocking
from .feeds import check_mapping, feed_keys, feed_values, is_nested
from .fetches import LIST, TUPLE, Fetches, fetch_key
from .helper_threads import HelperThreads
from .partial_runs import PartialRuns
from .plan import Plan, compile_plan
from .trace import traced

CLOSED = "Attempted to use a closed Session."

FED = object()
"""First in the keys of plans with feeds; the key of the fetches and the fed keys follow."""


_numbers = Numbering()


class Session:
    """Runs ops of one graph. Any number of threads may use one session.

    Args:
      target: must be empty: there is no remote engine. (A config may stand here, as some programs write it.)
      graph: the graph to run; default the calling thread's default graph.
      config: `ConfigProto`, or any object with its fields; `operation_timeout_in_ms` limits how long a step may wait.

    Raises:
      TypeError: an argument is of another kind.
      NotFoundError: "No session factory registered for the given session options": an unknown target.

    >>> with Session() as session:
    ...     session.run(tf.constant(3))
    3
    """

    def __init__(self, target: Any = "", graph: Graph | None = None, config: Any = None) -> None:
        if config is None and hasattr(target, "operation_timeout_in_ms"):
            target, config = "", target
        _check_arguments(target, graph, config)
        self._graph = get_default_graph() if graph is None else graph
        self._config = config
        self.name = f"session_{_numbers.take()}"
        """Tells this session from others of the process: the label of its telemetry."""
        self.resources = ResourceManager(self.name)
        """The queues, variables, readers and random streams of this session."""
        self.scope = StageScope(self.name)
        """The telemetry of its consumers."""
        self.helpers = HelperThreads(self.name)
        """Threads for ops that block while others of their step go on."""
        self._timeout = None if config is None else _seconds(config.operation_timeout_in_ms)
        self._plans: dict[Hashable, Plan] = {}
        self._making = threading.Lock()  # held to make a plan
        self._lock = threading.Lock()  # held to begin or end what `close` must see
        self._active: set[CancellationManager] = set()  # those of steps that may wait
        self._closed = False
        self._partial_runs = PartialRuns()
        self._entered: ExitStack | None = None

    @property
    def graph(self) -> Graph:
        """The graph it runs."""
        return self._graph

    @property
    def graph_def(self) -> GraphDef:
        """The graph as a light `GraphDef`."""
        return self._graph.as_graph_def(add_shapes=True)

    def run(
        self,
        fetches: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Runs what `fetches` needs, each op once, and returns the values in the same nest.

        Args:
          fetches: a tensor, op, variable, name, or any nest of these in lists, tuples, dicts, attrs classes. An op
            gives None, a scalar tensor a NumPy scalar or `bytes`, any other an array, which is the caller's own.
          feed_dict: values for tensors, which are then not computed; any tensor may be fed, also by its name.
          options: `RunOptions`, or any object with `timeout_in_ms` and `trace_level`.
          run_metadata: `RunMetadata`, which gets the times of the ops when `options.trace_level` is FULL_TRACE.

        Raises:
          RuntimeError: the session is closed, or its graph is empty.
          TypeError, ValueError: a fetch or a feed is not of this graph, or a value does not fit its tensor.
          OpError: what went wrong first in the step; `error.op` is the op at fault.
        """
        try:
            kind = fetches.__class__
            key = (LIST, *fetches) if kind is list else (TUPLE, *fetches) if kind is tuple else fetches
            plan = self._plans.get((FED, key, *feed_dict) if feed_dict else key)
        except TypeError:  # something in it has no hash
            plan = None
        if plan is None:
            plan = self._find_plan(fetches, feed_dict)
        if not feed_dict:
            return self._run_plan(plan, (), options, run_metadata)
        values = feed_values(feed_dict, feed_dict.values()) if plan.nested_feeds else feed_dict.values()
        return self._run_plan(plan, values, options, run_metadata)

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """A function that runs `fetches`, with a positional argument for each tensor or SparseTensor in `feed_list`.

        With `accept_options` it takes `options` and `run_metadata` too. What it is made of is looked up now.

        Raises:
          RuntimeError: the session is closed, or its graph is empty.
          TypeError: `feed_list` is no list or tuple, or holds what is no tensor.
          TypeError, ValueError: a fetch is not of this graph.
        """
        if feed_list is not None and not isinstance(feed_list, list | tuple):
            raise TypeError(f"Argument `feed_list` must be a list or tuple. Received: feed_list={feed_list}")
        self._check_open()
        keys = tuple(feed_list or ())
        nested = is_nested(keys)
        plan = compile_plan(self, Fetches(self._graph, fetches), feed_keys(self._graph, keys), nested)

        def call(*values: Any) -> Any:
            return self._run_plan(plan, feed_values(keys, values) if nested else values, None, None)

        def call_with_options(*values: Any, options: Any = None, run_metadata: Any = None) -> Any:
            return self._run_plan(plan, feed_values(keys, values) if nested else values, options, run_metadata)

        return call_with_options if accept_options else call

    def partial_run_setup(self, fetches: Any, feeds: Iterable[Any] | None = None) -> str:
        """Prepares a step that is fed and fetched in several calls of `partial_run`.

        Args:
          fetches: all that will be fetched, as in `run`.
          feeds: a list of all tensors, or their names, that will be fed.

        Returns:
          The handle of the partial run.

        Raises:
          RuntimeError: the session is closed, or its graph is empty.
          TypeError, ValueError: a fetch or a feed is not of this graph.
          InvalidArgumentError: nothing is fetched, or a tensor is both fed and fetched.
        """
        self._check_open()
        return self._partial_runs.setup(self._graph, fetches, feeds)

    def partial_run(self, handle: str | None, fetches: Any, feed_dict: Mapping[Any, Any] | None = None) -> Any:
        """Goes on with a step: feeds some more, runs what `fetches` needs and has not run yet, returns the values.

        Args:
          handle: of `partial_run_setup`; None: as `run`.
          fetches: tensors declared there, each to be fetched once. No ops.
          feed_dict: values for tensors declared there, each to be fed once.

        Raises:
          RuntimeError: the session is closed, or an op is fetched.
          TypeError, ValueError: a fetch or a feed is not of this graph, or a value does not fit its tensor.
          InvalidArgumentError: the handle is unknown or used up, something was not declared or is there twice, or a
            fetch needs what has not been fed yet.
          OpError: what went wrong first; the partial run is over.
        """
        self._check_open()
        if handle is None:
            return self.run(fetches, feed_dict)
        return self._partial_runs.run(self, self._run_plan, handle, fetches, feed_dict)

    def close(self) -> None:
        """Ends the session: steps of other threads that wait raise CancelledError, queues and variables are gone.

        Closing again does nothing.
        """
        with self._lock:
            self._closed = True
            self._plans = {}
            active = list(self._active)
        for cancellation in active:
            self._cancel(cancellation)
        self.helpers.close()
        self.resources.close()
        self.scope.retire()

    def as_default(self) -> AbstractContextManager["Session"]:
        """Makes this the calling thread's default session inside the `with`, and does not close it."""
        return default_session_stack.entering(self)

    def __enter__(self) -> Self:
        if self._entered is not None:
            raise RuntimeError(
                "Session context managers are not re-entrant. "
                "Use `Session.as_default()` if you want to enter a session multiple times."
            )
        with ExitStack() as stack:
            stack.enter_context(self._graph.as_default())
            stack.enter_context(self.as_default())
            self._entered = stack.pop_all()
        return self

    def __exit__(self, *exc_info: object) -> None:
        entered, self._entered = self._entered, None
        try:
            if entered is not None:
                entered.close()
        finally:
            self.close()

    @contextmanager
    def active(self, step: Step) -> Iterator[None]:
        """Inside, `close` cancels the step: for steps that may wait. It is cancelled at once when that has happened."""
        cancellation = step.cancellation
        with self._lock:
            self._active.add(cancellation)
            closed = self._closed
        if closed:
            self._cancel(cancellation)
        try:
            yield
        finally:
            with self._lock:
                self._active.discard(cancellation)

    def _run_plan(self, plan: Plan, values: Collection[Any], options: Any, run_metadata: Any) -> Any:
        if self._closed:
            raise RuntimeError(CLOSED)
        slots = plan.template.copy()
        if values or plan.fed:
            if len(values) != len(plan.fed):
                names = [tensor.name for tensor in plan.fed]
                raise TypeError(f"This callable takes {len(names)} values, for {names}; it was given {len(values)}.")
            plan.feed(slots, values)
        timeout = self._timeout
        if options is not None:
            timeout = _seconds(options.timeout_in_ms) or timeout
            if options.trace_level == RunOptions.FULL_TRACE and run_metadata is not None:
                plan = traced(plan, run_metadata)
        if plan.takes_step:
            slots[STEP] = Step(self, timeout)
        if plan.calls:
            (execute_blocking if plan.blocks else execute)(plan, slots)
        return plan.collect(slots)

    def _cancel(self, cancellation: CancellationManager) -> None:
        cancellation.cancel(CancelledError(None, None, f"Step was cancelled: {self.name} was closed."))

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(CLOSED)
        if self._graph.version == 0:
            raise RuntimeError("The Session graph is empty. Add operations to the graph before calling run().")

    def _find_plan(self, fetches: Any, feed_dict: Mapping[Any, Any] | None) -> Plan:
        """The plan for these fetches and feeds, under a key that tells all nests apart; made if need be."""
        self._check_open()
        check_mapping(feed_dict)
        key = (FED, fetch_key(fetches), *feed_dict) if feed_dict else fetch_key(fetches)
        try:
            plan = self._plans.get(key)
        except TypeError:  # without a hash: something in it is no fetch, and the compiler says what
            return self._compile(fetches, feed_dict)
        if plan is None:
            with self._making:
                plan = self._plans.get(key) or self._compile(fetches, feed_dict)
                self._keep(key, plan)
        return plan

    def _compile(self, fetches: Any, feed_dict: Mapping[Any, Any] | None) -> Plan:
        feeds = feed_keys(self._graph, feed_dict or {})
        return compile_plan(self, Fetches(self._graph, fetches), feeds, is_nested(feed_dict or {}))

    def _keep(self, key: Hashable, plan: Plan) -> None:
        with self._lock:
            if not self._closed:
                self._plans[key] = plan


class InteractiveSession(Session):
    """A session that is the default one of the thread that makes it, and so is its graph where one is given.

    For a Python prompt: `tensor.eval()` and `op.run()` use it until `close`.
    """

    def __init__(self, target: Any = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        self._explicit_graph = graph
        default_session_stack.push(self)
        if graph is not None:
            default_graph_stack.push(graph)

    def close(self) -> None:
        """Ends the session, which is the default one no more."""
        super().close()
        default_session_stack.pop(self, enforce_nesting=False)
        graph, self._explicit_graph = self._explicit_graph, None
        if graph is not None:
            default_graph_stack.pop(graph, enforce_nesting=False)


def _check_arguments(target: Any, graph: Any, config: Any) -> None:
    if not isinstance(target, str | bytes):
        raise TypeError(f"Argument `target` must be a string, but got {type(target).__name__!r}")
    if graph is not None and not isinstance(graph, Graph):
        raise TypeError(f"Argument `graph` must be a tf.Graph, but got {type(graph).__name__!r}")
    if config is not None and not hasattr(config, "operation_timeout_in_ms"):
        raise TypeError(f"Argument `config` must be a tf.ConfigProto, but got {type(config).__name__!r}")
    if target:
        raise NotFoundError(
            None,
            None,
            f"No session factory registered for the given session options: {{target: {target!r}}}. "
            "Sessions run in this process: leave target empty.",
        )


def _seconds(milliseconds: int) -> float | None:
    return milliseconds / 1000 if milliseconds > 0 else None
