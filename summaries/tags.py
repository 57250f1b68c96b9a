"""From the catalogue to the curves of event files: two Snapshots in, tags and values out.

Shares and rates are exact over the time between the two Snapshots, taken from the sources' own clocks, so that they do
not depend on when the reader came. A source that appeared in between is measured over its own life; one that is gone
has no value. No value is ever infinite or not a number.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tfqueue.telemetry.labels import Named, display_name, session_of
from tfqueue.telemetry.metrics import COORDINATOR_METRICS, QUEUE_METRICS, STAGE_METRICS, Metric, Per, Tag
from tfqueue.telemetry.stats import QueueStats, Snapshot, StageStats

_ROUNDING_SECONDS = 1e-6
"""Sums over threads may shrink by a rounding when a thread ends; only more than this is a source made anew."""

Key = tuple[str, str, str]


class TagValue(NamedTuple):
    """One point of one curve."""

    tag: str
    value: float
    help: str
    """How to read it, from the catalogue."""


@dataclass(frozen=True, slots=True)
class _Change:
    """One source, now and before, and the time in between."""

    now: Any
    before: Any
    """None when the source was not there."""
    seconds: float
    """Between the two Snapshots."""
    life_seconds: float
    """The part of it that the source lived, by its own clock."""


def tag_values(now: Snapshot, before: Snapshot | None) -> list[TagValue]:
    """The points of all curves for the time from `before` to `now`; without it only those that need no interval."""
    values: list[TagValue] = []
    seconds = 0.0 if before is None else now.monotonic_seconds - before.monotonic_seconds
    kinds: Sequence[tuple[Sequence[Named], Sequence[Named], Sequence[Metric[Any]]]] = (
        (now.queues, before.queues if before else (), QUEUE_METRICS),
        (now.stages, before.stages if before else (), STAGE_METRICS),
        (now.coordinators, before.coordinators if before else (), COORDINATOR_METRICS),
    )
    for records, earlier, metrics in kinds:
        known = {_key(record): record for record in earlier}
        for record in records:
            change = _change(record, known.get(_key(record)), seconds)
            values += (value for metric in metrics for value in _points(metric, display_name(record), change))
    return [value for value in values if math.isfinite(value.value)]


def _key(record: Named) -> Key:
    """What stays the same of a source, and is no other's of its kind."""
    return record.name, session_of(record), record.session_label


def _change(now: Named, before: Named | None, seconds: float) -> _Change:
    if before is not None and _made_anew(now, before, seconds):
        before = None
    life_seconds = seconds
    if isinstance(now, QueueStats):
        life_seconds = now.age_seconds - (before.age_seconds if isinstance(before, QueueStats) else 0.0)
    return _Change(now, before, seconds, life_seconds)


def _made_anew(now: Named, before: Named, seconds: float) -> bool:
    """The source of before is gone, and this is another one of its name."""
    if isinstance(now, QueueStats) and isinstance(before, QueueStats):
        totals: Iterable[tuple[float, float]] = (
            (now.age_seconds - seconds / 2, before.age_seconds),
            (now.enqueued_elements, before.enqueued_elements),
            (now.dequeued_elements, before.dequeued_elements),
        )
    elif isinstance(now, StageStats) and isinstance(before, StageStats):
        totals = (
            (now.runs, before.runs),
            (now.elements_in, before.elements_in),
            (now.elements_out, before.elements_out),
            (now.thread_seconds, before.thread_seconds),
        )
    else:
        return False
    return any(after < earlier - _ROUNDING_SECONDS for after, earlier in totals)


def _points(metric: Metric[Any], name: str, change: _Change) -> Iterator[TagValue]:
    tag = metric.tag
    if tag is None:
        return
    for label, value in _curve(metric, tag, change).items():
        yield TagValue(tag.name.format(name=name, label=label), value, tag.help or metric.help)


def _curve(metric: Metric[Any], tag: Tag[Any], change: _Change) -> Mapping[str, float]:
    """The value per label; the label is empty where the curve has none."""
    read = tag.read or metric.read
    now = _labelled(read(change.now))
    if tag.per is Per.NOW:
        return now
    before = _labelled(read(change.before)) if change.before is not None else {}
    growth = {label: max(0.0, value - before.get(label, 0.0)) for label, value in now.items()}
    span = _span(tag.per, change, growth)
    # Without an interval there is no rate: the first tick of a monitor shows only what is now.
    return {label: grown / span for label, grown in growth.items()} if change.seconds > 0 and span > 0 else {}


def _labelled(reading: Any) -> Mapping[str, float]:
    return reading if isinstance(reading, Mapping) else {"": reading}


def _span(per: Per, change: _Change, growth: Mapping[str, float]) -> float:
    if per is Per.STATES:
        return sum(growth.values())
    if per is Per.CAPACITY:
        return change.life_seconds * float(change.now.capacity)
    if per is Per.SECOND and change.before is None:
        return change.seconds  # its first elements are no burst just because the source is young
    return change.life_seconds
