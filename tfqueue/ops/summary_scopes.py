"""What a summary op is called, and where it is collected (SEMANTICS 86).

Invariant: a tag is the op's scoped name, with the family before it where there is one: unique, as names are.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tfqueue.graph.collections import GraphKeys
from tfqueue.graph.graph import add_to_collections, name_scope
from tfqueue.graph.operation import Tensor

from .arguments import TensorLike

_log = logging.getLogger("tfqueue")

_ILLEGAL = re.compile(r"[^-/\w.]")


@contextmanager
def summary_scope(name: str, family: str | None, value: TensorLike) -> Iterator[tuple[str, str]]:
    """The tag, and the scope that gives the op its name."""
    legal, family = legal_name(name), legal_name(family)
    with name_scope(legal if family is None else f"{family}/{legal}", values=[value]) as scope:
        path = scope.rstrip("/")
        yield (path if family is None else f"{family}/{path}"), scope


def legal_name(name: str | None) -> str | None:
    """The name with `_` for illegal characters and without leading `/`; the log says when it was changed."""
    if name is None:
        return None
    legal = _ILLEGAL.sub("_", name).lstrip("/")
    if legal != name:
        _log.info("Summary name %s is illegal; using %s instead.", name, legal)
    return legal


def collected(summary: Tensor, collections: Sequence[Any] | None) -> Tensor:
    """The summary, put in `collections`: None are the `SUMMARIES`, which `merge_all` reads."""
    add_to_collections([GraphKeys.SUMMARIES] if collections is None else collections, summary)
    return summary
