"""How long operations waited: counts in fixed buckets.

Fixed bounds, so that histograms of several processes can be added; the bounds are those of
`tfqueue.telemetry.stats.WAIT_BUCKETS_SECONDS`. Not locked: it belongs to a queue and is touched under the queue's lock.
"""

from bisect import bisect_left

from .clock import NANOSECONDS, seconds
from .stats import WAIT_BUCKETS_SECONDS

_BOUNDS_NS = [round(bound * NANOSECONDS) for bound in WAIT_BUCKETS_SECONDS]


class WaitHistogram:
    """Waits by length, and their sum. Owned by one side of one queue."""

    __slots__ = ("_counts", "_total_ns")

    def __init__(self) -> None:
        self._counts = [0] * (len(_BOUNDS_NS) + 1)
        self._total_ns = 0

    def record(self, waited_ns: int) -> None:
        """Counts one wait. A wait that equals a bound belongs below it, as Prometheus has it."""
        self._counts[bisect_left(_BOUNDS_NS, waited_ns)] += 1
        self._total_ns += waited_ns

    def finished(self) -> int:
        """Waits counted so far."""
        return sum(self._counts)

    def buckets(self, served_at_once: int) -> tuple[int, ...]:
        """Counts per bucket, with operations that never waited added to the first."""
        return (self._counts[0] + served_at_once, *self._counts[1:])

    def total_seconds(self) -> float:
        """Seconds waited in all."""
        return seconds(self._total_ns)
