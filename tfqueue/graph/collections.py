"""What a graph collected under a name: variables, summaries, queue runners, and whatever a user keeps there.

Invariants:
  - a collection keeps the order in which things were added;
  - a finalized graph's collections take no more, unless whoever finalized it takes that back.
"""

import re
import threading
from typing import Any


class GraphKeys:
    """The names of the collections that the library uses, with TensorFlow's values."""

    GLOBAL_VARIABLES = "variables"
    LOCAL_VARIABLES = "local_variables"
    METRIC_VARIABLES = "metric_variables"
    MODEL_VARIABLES = "model_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    SUMMARIES = "summaries"
    QUEUE_RUNNERS = "queue_runners"
    TABLE_INITIALIZERS = "table_initializer"
    ASSET_FILEPATHS = "asset_filepaths"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    REGULARIZATION_LOSSES = "regularization_losses"
    CONCATENATED_VARIABLES = "concatenated_variables"
    SAVERS = "savers"
    WEIGHTS = "weights"
    BIASES = "biases"
    ACTIVATIONS = "activations"
    UPDATE_OPS = "update_ops"
    LOSSES = "losses"
    SAVEABLE_OBJECTS = "saveable_objects"
    RESOURCES = "resources"
    LOCAL_RESOURCES = "local_resources"
    TRAINABLE_RESOURCE_VARIABLES = "trainable_resource_variables"
    INIT_OP = "init_op"
    LOCAL_INIT_OP = "local_init_op"
    READY_OP = "ready_op"
    READY_FOR_LOCAL_INIT_OP = "ready_for_local_init_op"
    SUMMARY_OP = "summary_op"
    GLOBAL_STEP = "global_step"
    EVAL_STEP = "eval_step"
    TRAIN_OP = "train_op"
    COND_CONTEXT = "cond_context"
    WHILE_CONTEXT = "while_context"
    VARIABLES = "variables"


class Collections:
    """The collections of a graph; the part of `Graph` that keeps them."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        """Held while the graph changes. Reentrant, as shape and device functions look at the graph."""
        self._collections: dict[Any, list[Any]] = {}
        self._finalized = False

    def finalize(self) -> None:
        """Allows no more changes."""
        with self.lock:
            self._finalized = True

    def unfinalize(self) -> None:
        """Allows changes again: for whoever finalized it for a time, as a monitored session does."""
        with self.lock:
            self._finalized = False

    @property
    def finalized(self) -> bool:
        """Whether changes are over."""
        return self._finalized

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Adds `value` to a collection, which may hold it several times.

        Raises:
          RuntimeError: the graph is finalized.
        """
        with self.lock:
            self._check_not_finalized()
            self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Adds `value` to one collection, or to each of several."""
        for name in (names,) if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """A new list of what a collection holds; with `scope` only what has a `name` that this pattern matches."""
        with self.lock:
            items = list(self._collections.get(name, ()))
        if scope is None:
            return items
        pattern = re.compile(scope)
        return [item for item in items if hasattr(item, "name") and pattern.match(item.name)]

    def get_collection_ref(self, name: Any) -> list[Any]:
        """The collection's own list: what is done to it is done to the collection."""
        with self.lock:
            return self._collections.setdefault(name, [])

    def get_all_collection_keys(self) -> list[str]:
        """The names of the collections there are."""
        with self.lock:
            return [name for name in self._collections if isinstance(name, str)]

    def clear_collection(self, name: Any) -> None:
        """Empties a collection.

        Raises:
          RuntimeError: the graph is finalized.
        """
        with self.lock:
            self._check_not_finalized()
            self._collections.pop(name, None)

    def _check_not_finalized(self) -> None:
        if self._finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
