"""What the demo prints at its end: a table of queues, a table of stages, what was learnt, and how to read it.

Every number of the tables is a field of one Snapshot; nothing is judged here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tfqueue.telemetry.stats import QueueStats, Snapshot, StageStats

from .bars import STATES
from .chain import busiest, in_order, rows
from .terminal import Progress

HOW_TO_READ = (
    "How to read it: the stage that is busy nearly all its time sets the pace; the queues before it stand full, "
    "those after it empty (one that mixes: down to what it keeps back). TensorBoard and Prometheus name a stage "
    "after the queue that it fills."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    seconds: float
    images: int
    progress: Progress
    right: int
    """Held-out images that were named rightly."""
    held_out: int
    """Held-out images that were looked at."""
    stopped_by: str | None = None
    """What ended it before its time, such as Ctrl-C."""


def print_report(
    console: Console, snapshot: Snapshot, titles: Mapping[str, str], outcome: Outcome, logdir: Path
) -> None:
    """Print the tables and the outcome.

    Args:
        snapshot: taken while the pipeline still ran.
        titles: what each stage does, by the stage's name.
        logdir: where the event files lie.
    """
    records = in_order(snapshot)
    console.print(queue_table([record for record in records if isinstance(record, QueueStats)]))
    console.print(stage_table([record for record in records if isinstance(record, StageStats)], titles))
    for sentence in _sentences(snapshot, titles, outcome):
        console.print(Text(sentence))
    console.print(Text(f"Event files: {logdir}"), soft_wrap=True)


def queue_table(queues: list[QueueStats]) -> Table:
    """A column for each queue: size, fullness, flow and blocked time since it was made."""
    table = _table("Queues", [queue.name.replace("/", "/\n") for queue in queues])
    ages = [max(queue.age_seconds, 1e-9) for queue in queues]
    timed = list(zip(queues, ages, strict=True))
    table.add_row("size / capacity", *(f"{queue.size} / {queue.capacity}" for queue in queues))
    table.add_row("mean fullness", *(f"{queue.mean_fraction_full:.0%}" for queue in queues))
    table.add_row("time empty", *(f"{queue.empty_seconds / age:.0%}" for queue, age in timed))
    table.add_row("time full", *(f"{queue.full_seconds / age:.0%}" for queue, age in timed))
    table.add_row("kept back to mix", *(str(queue.min_after_dequeue or "-") for queue in queues))
    table.add_row("time no more than that", *(_below_min(queue, age) for queue, age in timed))
    table.add_row("elements in", *(f"{queue.enqueued_elements:,}" for queue in queues))
    table.add_row("elements out", *(f"{queue.dequeued_elements:,}" for queue in queues))
    table.add_row("enqueues blocked", *(f"{queue.enqueue.blocked_seconds:.1f} s" for queue in queues))
    table.add_row("dequeues blocked", *(f"{queue.dequeue.blocked_seconds:.1f} s" for queue in queues))
    return table


def _below_min(queue: QueueStats, age: float) -> str:
    return f"{queue.below_min_seconds / age:.0%}" if queue.min_after_dequeue else "-"


def stage_table(stages: list[StageStats], titles: Mapping[str, str]) -> Table:
    """A column for each stage: threads, flow, the three states and the exceptions since its threads started."""
    table = _table("Stages", [titles.get(stage.name, stage.name) for stage in stages])
    table.add_row("threads", *(str(stage.threads) for stage in stages))
    table.add_row("runs", *(f"{stage.runs:,}" for stage in stages))
    table.add_row("elements / s", *(f"{elements_per_second(stage):,.0f}" for stage in stages))
    for index, state in enumerate(STATES):
        name = Text.assemble((f" {state.letter} ", f"black on {state.colour}"), f" {state.word}")
        table.add_row(name, *(f"{stage.shares[index]:.0%}" for stage in stages))
    table.add_row("exceptions", *(str(sum(count for _, count in stage.exceptions)) for stage in stages))
    return table


def _table(title: str, columns: list[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", pad_edge=False)
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(Text(column), justify="right", overflow="fold")
    return table


def elements_per_second(stage: StageStats) -> float:
    """Elements that the stage handed on (a consumer: took in) a second, over the life of its oldest thread."""
    elements = stage.elements_in if stage.kind == "consumer" else stage.elements_out
    life = max((worker.seconds for worker in stage.workers), default=0.0)
    return elements / life if life > 0 else 0.0


def _sentences(snapshot: Snapshot, titles: Mapping[str, str], outcome: Outcome) -> list[str]:
    ended = "Ran for" if outcome.stopped_by is None else f"Stopped by {outcome.stopped_by} after"
    rate = outcome.images / outcome.seconds if outcome.seconds > 0 else 0.0
    pace = f"{outcome.images:,} images in {outcome.progress.batches:,} batches, {rate:,.0f} images/s."
    sentences = [f"{ended} {outcome.seconds:.1f} s: {pace}"]
    first, last = outcome.progress.first_loss, outcome.progress.loss
    if first is None or last is None:
        sentences.append("No batch was finished: give it more --seconds, or a smaller --batch-size.")
    else:
        sentences.append(f"Loss {first:.3f} on the first batch, {last:.3f} on the last ones.")
    if outcome.held_out:
        share = outcome.right / outcome.held_out
        sentences.append(f"Accuracy {share:.0%} on images it never trained on ({outcome.right} of {outcome.held_out}).")
    stage = busiest(rows(None, snapshot))
    if stage is not None:
        sentences.append(f"Busiest stage: {titles.get(stage.name, stage.name)}, at work {stage.busy:.0%} of its time.")
    return [*sentences, HOW_TO_READ]
