"""Event files read back, with TensorBoard's own record reader: checksums included."""

from pathlib import Path
from typing import Any

from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

from tfqueue.framework import messages


def events(path: Path) -> list[Any]:
    """All whole events of one file."""
    return [messages.Event.FromString(record) for record in RawEventFileLoader(str(path)).Load()]


def all_events(logdir: Path) -> list[Any]:
    """All whole events of a directory that are not version records."""
    paths = logdir.glob("events.out.tfevents.*")
    return [event for path in sorted(paths) for event in events(path) if not event.file_version]


def curve(logdir: Path, tag: str) -> list[tuple[int, float]]:
    """Step and value of each point of a tag."""
    return [
        (event.step, value.simple_value)
        for event in all_events(logdir)
        for value in event.summary.value
        if value.tag == tag and value.HasField("simple_value")
    ]
