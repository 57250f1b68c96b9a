"""`Scaffold`: the ops that make a session ready, gathered from a graph's collections or made.

After TensorFlow 1's python/training/monitored_session.py.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from tfqueue.graph.graph import GraphKeys, add_to_collection, get_collection, get_default_graph
from tfqueue.graph.operation import Operation
from tfqueue.ops.control_flow_ops import group
from tfqueue.ops.summary_ops import merge_all
from tfqueue.ops.variable_lists import (
    global_variables,
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)

_log = logging.getLogger("tfqueue")

InitFunction = Callable[["Scaffold", Any], Any]


class Scaffold:
    """What a session needs to be ready. Pieces that are not given are made by `finalize`, and put into collections.

    Args:
      init_op: initializes the variables; default the global ones.
      init_feed_dict: feeds of `init_op`.
      init_fn: called as `init_fn(scaffold, session)` after it.
      ready_op: gives the names of what is not yet initialized, a string vector: none when the session is ready.
      ready_for_local_init_op: the same for what must be ready before `local_init_op`; default the global variables.
      local_init_op: run in each new session; default initializes the local variables.
      summary_op: what `SummarySaverHook` writes; default all summaries merged, None when there are none.
      saver: accepted, kept and without effect: tfqueue writes no checkpoints.
      copy_from_scaffold: a Scaffold that gives the pieces not given here.
      local_init_feed_dict: feeds of `local_init_op`.

    Raises:
      TypeError: `copy_from_scaffold` is no Scaffold.
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Mapping[Any, Any] | None = None,
        init_fn: InitFunction | None = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        copy_from_scaffold: "Scaffold | None" = None,
        local_init_feed_dict: Mapping[Any, Any] | None = None,
    ) -> None:
        if copy_from_scaffold is not None and not isinstance(copy_from_scaffold, Scaffold):
            raise TypeError("copy_from_scaffold is not a Scaffold instance.")

        def piece(given: Any, name: str) -> Any:
            return getattr(copy_from_scaffold, name, None) if given is None else given

        self._user_init_fn: InitFunction | None = piece(init_fn, "_user_init_fn")
        self._init_op = piece(init_op, "init_op")
        self._init_feed_dict: Mapping[Any, Any] | None = piece(init_feed_dict, "init_feed_dict")
        self._ready_op = piece(ready_op, "ready_op")
        self._ready_for_local_init_op = piece(ready_for_local_init_op, "ready_for_local_init_op")
        self._local_init_op = piece(local_init_op, "local_init_op")
        self._local_init_feed_dict: Mapping[Any, Any] | None = piece(local_init_feed_dict, "local_init_feed_dict")
        self._summary_op = piece(summary_op, "summary_op")
        self._saver = piece(saver, "saver")

    def finalize(self) -> "Scaffold":
        """Takes what is missing from the default graph's collections, makes what is not there, finalizes the graph.

        Raises:
          RuntimeError: a collection has several candidates; or the graph is final and a piece is missing.
        """
        default = self.get_or_default
        if self._init_op is None:
            self._init_op = default("init_op", GraphKeys.INIT_OP, lambda: group(global_variables_initializer()))
        if self._ready_op is None:
            self._ready_op = default("ready_op", GraphKeys.READY_OP, report_uninitialized_variables)
        if self._ready_for_local_init_op is None:
            self._ready_for_local_init_op = default(
                "ready_for_local_init_op",
                GraphKeys.READY_FOR_LOCAL_INIT_OP,
                lambda: report_uninitialized_variables(global_variables()),
            )
        if self._local_init_op is None:
            self._local_init_op = default("local_init_op", GraphKeys.LOCAL_INIT_OP, self.default_local_init_op)
        if self._summary_op is None:
            self._summary_op = default("summary_op", GraphKeys.SUMMARY_OP, merge_all)
        get_default_graph().finalize()
        _log.info("Graph was finalized.")
        return self

    @property
    def init_fn(self) -> Callable[[Any], Any] | None:
        """`init_fn` with this scaffold as its first argument; None without."""
        function = self._user_init_fn
        return None if function is None else lambda session: function(self, session)

    @property
    def init_op(self) -> Any:
        """Initializes the variables."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Mapping[Any, Any] | None:
        """Feeds of `init_op`."""
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        """Names what is not initialized."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Names what is not initialized, and must be before `local_init_op`."""
        return self._ready_for_local_init_op

    @property
    def local_init_op(self) -> Any:
        """Initializes what each session has of its own."""
        return self._local_init_op

    @property
    def local_init_feed_dict(self) -> Mapping[Any, Any] | None:
        """Feeds of `local_init_op`."""
        return self._local_init_feed_dict

    @property
    def summary_op(self) -> Any:
        """All summaries; None when there are none."""
        return self._summary_op

    @property
    def saver(self) -> Any:
        """What was given as `saver`."""
        return self._saver

    @staticmethod
    def get_or_default(arg_name: str, collection_key: str, default_constructor: Callable[[], Any]) -> Any:
        """The one item of a collection of the default graph; what the constructor makes, when it is empty.

        Raises:
          RuntimeError: the collection has several items.
        """
        elements = get_collection(collection_key)
        if len(elements) > 1:
            raise RuntimeError(
                f'More than one item in the collection "{collection_key}". Please indicate which one to use '
                f"by passing it to the tf.Scaffold constructor as: tf.Scaffold({arg_name}=item to use)"
            )
        if elements:
            return elements[0]
        made = default_constructor()
        if made is not None:
            add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op() -> Operation:
        """An op that initializes the local variables, and whatever is in the collection TABLE_INITIALIZERS."""
        return group(local_variables_initializer(), *get_collection(GraphKeys.TABLE_INITIALIZERS))
