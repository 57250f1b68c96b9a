"""The one clock of the telemetry.

Every interval that tfqueue reports is a difference of two readings of `now()`: integer nanoseconds, monotonic, so that
sums of billions of readings stay exact. A queue or a stage binds its clock when it is made (`now=` in its
constructor), which is how a test gives it a scripted one.
"""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns nanoseconds that never go back."""

NANOSECONDS = 1_000_000_000

now: Clock = time.monotonic_ns


def seconds(nanoseconds: int) -> float:
    """Nanoseconds as seconds."""
    return nanoseconds / NANOSECONDS


def unix_seconds(reading: int, at: int) -> float:
    """The wall-clock time (Unix seconds) of a past `reading`, given a reading taken `at` this moment."""
    return time.time() - seconds(at - reading)
