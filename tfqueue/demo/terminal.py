"""What the demo shows while it runs: a live picture on a terminal, or one line a second where there is none.

Invariants:
  - everything about queues and stages is read from Snapshots, the same that feed TensorBoard and Prometheus;
  - a view draws from its own thread, so that it goes on while the pipeline stands still;
  - names from the user's disk are printed as they are, never as markup.
"""

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tfqueue.telemetry.registry import Registry
from tfqueue.telemetry.stats import Snapshot

from .bars import MEAN_MARK, MEAN_STYLE, STATES, FullnessBar, StateBar, has_colour
from .chain import QueueRow, StageRow, busiest, rows

WINDOW_SECONDS = 2.0
"""What "now" means on the screen: shares, means and rates are taken over this long."""
REFRESHES_PER_SECOND = 4
BAR_COLOUR = "#2fb38c"
INDENT = 2
VALUE_COLUMN = 15
"""Where the values of the header begin."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the learning is; the one thing that no Snapshot knows."""

    batches: int = 0
    first_loss: float | None = None
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One line at the top of the run."""

    name: str
    words: str = ""
    copied: str = ""
    """A command, an address or a path, after the words: never broken, so that it can be copied."""


@dataclass(frozen=True, slots=True)
class Run:
    """What stays the same during a run."""

    title: str
    facts: tuple[Fact, ...]
    """Printed once at the top."""
    seconds: float
    titles: Mapping[str, str]
    """What each stage does, by the stage's name."""
    registry: Registry


class View(Protocol):
    """Shows a run between enter and exit."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def update(self, progress: Progress) -> None:
        """The classifier has learnt from one more batch."""


class Window:
    """The Snapshots of the last `WINDOW_SECONDS`. Belongs to the thread that draws."""

    def __init__(self) -> None:
        self._snapshots: deque[Snapshot] = deque()

    def add(self, snapshot: Snapshot) -> Snapshot | None:
        """Remember a Snapshot; returns the one to compare it with, None for the first."""
        start = snapshot.monotonic_seconds - WINDOW_SECONDS
        while len(self._snapshots) > 1 and self._snapshots[1].monotonic_seconds <= start:
            self._snapshots.popleft()
        self._snapshots.append(snapshot)
        return self._snapshots[0] if len(self._snapshots) > 1 else None


def images_per_second(before: Snapshot | None, now: Snapshot) -> float:
    """Elements a second that left the pipeline between two Snapshots."""
    if before is None or now.monotonic_seconds <= before.monotonic_seconds:
        return 0.0
    return (consumed(now) - consumed(before)) / (now.monotonic_seconds - before.monotonic_seconds)


def consumed(snapshot: Snapshot) -> int:
    """Elements that the consumers have taken out of the pipeline."""
    return sum(stage.elements_in for stage in snapshot.stages if stage.kind == "consumer")


def batches_taken(snapshot: Snapshot) -> int:
    """Batches that the consumers have taken out; the last of them may still be in their hands."""
    return sum(stage.runs for stage in snapshot.stages if stage.kind == "consumer")


def counted(number: int, noun: str) -> str:
    """`1 thread`, `2 threads`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def print_header(console: Console, run: Run) -> None:
    """The title, and where to look: printed once, so that the addresses stay on the screen and can be copied."""
    # soft_wrap: what is too long for a line of its own is left to the terminal, which copies it as one line.
    title = f"\n{'':{INDENT}}".join(_filled(run.title.split(), console.width - INDENT))
    console.print(Text(title, style="bold"), soft_wrap=True)
    for fact in run.facts:
        console.print(_header_line(fact, console.width), soft_wrap=True)
    console.print()


def _header_line(fact: Fact, width: int) -> Text:
    """The name, then words broken between words, then what may be copied, which begins further left if it must."""
    room = width - VALUE_COLUMN
    text = Text.assemble((f"{'':{INDENT}}{fact.name:<{VALUE_COLUMN - INDENT}}", "dim"))
    for number, line in enumerate(_filled([*fact.words.split(), *filter(None, [fact.copied])], room)):
        too_wide = cell_len(line) > room
        if too_wide and number == 0:
            text.rstrip()
        if too_wide or number:
            text.append("\n" + " " * (2 * INDENT if too_wide else VALUE_COLUMN))
        text.append(line)
    return text


def _filled(pieces: list[str], room: int) -> list[str]:
    """The pieces on as few lines as the room allows; a piece that is wider than the room has a line of its own."""
    lines: list[str] = []
    for piece in pieces:
        if lines and cell_len(lines[-1]) + 1 + cell_len(piece) <= room:
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return lines


class LiveView:
    """A progress bar, and the pipeline from top to bottom, drawn anew four times a second."""

    def __init__(self, console: Console, run: Run) -> None:
        self._console = console
        self._run = run
        self._window = Window()
        self._progress = Progress()
        self._started = time.monotonic()
        self._live = Live(
            console=console,
            get_renderable=self._frame,
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, traceback)

    def update(self, progress: Progress) -> None:
        """The classifier has learnt from one more batch."""
        self._progress = progress  # one reference, replaced whole: the drawing thread sees the old or the new

    def _frame(self) -> RenderableType:
        snapshot = self._run.registry.collect()
        elapsed = time.monotonic() - self._started
        before = self._window.add(snapshot)
        return frame(self._run, self._progress, elapsed, before, snapshot, coloured=has_colour(self._console))


def frame(
    run: Run, progress: Progress, elapsed: float, before: Snapshot | None, now: Snapshot, coloured: bool
) -> RenderableType:
    """One picture of the run."""
    numbers = [
        f"{images_per_second(before, now):,.0f} images/s",
        *([f"batch {taken:,}"] if (taken := batches_taken(now)) else []),
        _loss(progress, taken),
    ]
    left = max(run.seconds - elapsed, 0)
    bar = Table.grid(expand=True, padding=(0, 1))
    bar.add_column(ratio=1)
    bar.add_column(no_wrap=True, justify="right")
    bar.add_row(
        ProgressBar(total=run.seconds, completed=elapsed, complete_style=BAR_COLOUR, finished_style=BAR_COLOUR),
        f"{min(elapsed / run.seconds, 1):.0%}, {left:.0f} s left",
    )
    return Group(
        bar,
        Text("   ".join(numbers), style="bold"),
        Text(),
        _pipeline(run, before, now),
        Text(),
        _legend(coloured),
        # The cursor rests on a line of its own: the ^C that a terminal echoes there breaks no full line in two, and
        # the picture is found, and cleared, where it was drawn.
        Text(),
    )


def _loss(progress: Progress, taken: int) -> str:
    """The loss; before the first one, how far the first batch is: not taken yet, or taken and being learnt from."""
    if progress.loss is None:
        return "no loss yet" if taken else "no batch yet"
    return f"loss {progress.loss:.3f} (first {progress.first_loss:.3f})"


def _pipeline(run: Run, before: Snapshot | None, now: Snapshot) -> Table:
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, min_width=20)
    table.add_column(no_wrap=True)
    measured = rows(before, now)
    short = _short_names([row.name for row in measured if isinstance(row, QueueRow)])
    for row in measured:
        if isinstance(row, StageRow):
            shares = (row.busy, row.starved, row.backpressured)
            table.add_row(
                Text(run.titles.get(row.name, row.name), style="bold"), StateBar(shares), counted(row.threads, "thread")
            )
        else:
            # Padded, so that the bars do not change their length with every number.
            numbers = f"{row.size:>{len(str(row.capacity))}}/{row.capacity}  mean {row.mean_fraction_full:>4.0%}"
            bar = FullnessBar(row.size / row.capacity if row.capacity > 0 else 0.0, row.mean_fraction_full)
            table.add_row(Text(f"  ↓ {short[row.name]}"), bar, Text(numbers))
    return table


def _short_names(names: list[str]) -> dict[str, str]:
    """Queue names up to their first slash (the name that the user gave), where that still tells them apart."""
    firsts = [name.split("/")[0] for name in names]
    return dict(zip(names, firsts if len(set(firsts)) == len(names) else names, strict=True))


def _legend(coloured: bool) -> Text:
    legend = Text()
    for state, meaning in zip(STATES, ("busy", "starved: no input", "backpressured: no room"), strict=True):
        style = f"black on {state.colour}" if coloured else ""
        legend.append(f" {state.letter} " if coloured else f"{state.letter}{state.filling * 2}", style)
        legend.append(f" {meaning}   ", "dim")
    legend.append(MEAN_MARK, MEAN_STYLE)
    return legend.append(" mean fullness", "dim")


class PlainView:
    """One line a second, for logs and pipes."""

    def __init__(self, console: Console, run: Run, interval: float = 1.0) -> None:
        self._console = console
        self._run = run
        self._interval = interval
        self._progress = Progress()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._print_lines, name="demo lines", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def update(self, progress: Progress) -> None:
        """The classifier has learnt from one more batch."""
        self._progress = progress

    def _print_lines(self) -> None:
        started = time.monotonic()
        before = self._run.registry.collect()
        while not self._ended.wait(self._interval):
            now = self._run.registry.collect()
            text = line(self._run, self._progress, time.monotonic() - started, before, now)
            self._console.print(Text(text), soft_wrap=True)
            before = now


def line(run: Run, progress: Progress, elapsed: float, before: Snapshot | None, now: Snapshot) -> str:
    """One line about the time between two Snapshots."""
    measured = rows(before, now)
    queues = [row for row in measured if isinstance(row, QueueRow)]
    short = _short_names([row.name for row in queues])
    parts = [
        f"{elapsed:5.1f} s",
        f"{images_per_second(before, now):5,.0f} images/s",
        _loss(progress, batches_taken(now)),
    ]
    parts += [f"{short[row.name]} {row.size}/{row.capacity}" for row in queues]
    worker = busiest(measured)
    if worker is not None:
        parts.append(f"busiest: {run.titles.get(worker.name, worker.name)} {worker.busy:.0%}")
    return "  ".join(parts)
