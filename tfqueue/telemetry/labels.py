"""What a source is called where its numbers are shown: its name, and a session label for those that came second.

Invariants:
  - a source keeps what it is called for life: who comes or goes beside it changes nothing;
  - no two live sources of one kind are called the same.
"""

from collections.abc import Sequence

from .stats import CoordinatorStats, QueueStats, StageStats

Named = QueueStats | StageStats | CoordinatorStats


def newcomer_label(newcomer: Named, holders: Sequence[Named]) -> str:
    """The `session_label` of a source that joins `holders`, the live ones of its kind and name; empty without any.

    It is the newcomer's session. Where that says nothing, or a holder is of the same session, a number makes it one of
    its own: `#2` without a session, `session_1#2` for the second of session_1.
    """
    if not holders:
        return ""
    taken = {"", *(holder.session_label for holder in holders)}
    session = session_of(newcomer)
    number = 1 + sum(session_of(holder) == session for holder in holders)
    while (label := session if number == 1 else f"{session}#{number}") in taken:
        number += 1
    return label


def session_of(record: Named) -> str:
    """The session that owns the source; empty without one."""
    return "" if isinstance(record, CoordinatorStats) else record.session


def display_name(record: Named) -> str:
    """The name in event files, pages and JSON: `name`, or `name@session` of one that came when the name was taken."""
    return f"{record.name}@{record.session_label}" if record.session_label else record.name
