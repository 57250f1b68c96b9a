"""What a source is called where its numbers are shown: its name, and its session only where two share the name."""

from collections import Counter
from collections.abc import Sequence

from .stats import CoordinatorStats, QueueStats, StageStats

Named = QueueStats | StageStats | CoordinatorStats


def sessions_shown(records: Sequence[Named]) -> list[str]:
    """The `session` label of each record, empty where it has none: it appears only where two live ones share a name.

    Records that share name and session too are told apart by a number: `session_1#2` is the second.
    """
    names = Counter(record.name for record in records)
    seen: Counter[tuple[str, str]] = Counter()
    shown = []
    for record in records:
        session = "" if isinstance(record, CoordinatorStats) else record.session
        seen[record.name, session] += 1
        number = seen[record.name, session]
        label = session if number == 1 else f"{session}#{number}"
        shown.append(label if names[record.name] > 1 else "")
    return shown


def display_names(records: Sequence[Named]) -> list[str]:
    """The name of each record in event files, pages and JSON: `name`, or `name@session` where two share a name."""
    sessions = sessions_shown(records)
    return [
        f"{record.name}@{session}" if session else record.name
        for record, session in zip(records, sessions, strict=True)
    ]
