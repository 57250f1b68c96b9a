"""Two bars for the terminal: how full a queue is, and how a stage's threads spent their time.

Invariants:
  - a bar is exactly as wide as the room it is given, on one line;
  - colour is never alone: every state also has its word or its letter, and its own filling where there is no colour.
"""

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

NARROWEST = 10
"""Columns that a bar needs at least."""


@dataclass(frozen=True, slots=True)
class State:
    """How one state of a stage is drawn."""

    word: str
    letter: str
    colour: str
    filling: str
    """Stands in for the colour where the terminal has none."""


# Okabe and Ito's palette: told apart by colour-blind eyes, and black letters read well on each of the three.
BUSY = State("busy", "B", "#2fb38c", "=")
STARVED = State("starved", "S", "#e69f00", ".")
BACKPRESSURED = State("backpressured", "P", "#56b4e9", "#")
STATES = (BUSY, STARVED, BACKPRESSURED)

QUEUE_COLOUR = "#cc79a7"
MEAN_MARK = "◆"
MEAN_STYLE = Style(color="#d55e00", bold=True)


@dataclass(frozen=True, slots=True)
class StateBar:
    """Shares of busy, starved and backpressured, in that order, as parts of one bar."""

    shares: tuple[float, float, float]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        coloured = has_colour(console)
        widths = _split(self.shares, options.max_width)
        for state, share, width in zip(STATES, self.shares, widths, strict=True):
            style = Style(color="black", bgcolor=state.colour) if coloured else Style()
            yield Segment(_caption(state, share, width, " " if coloured else state.filling), style)
        yield Segment(("" if sum(widths) else "not started").ljust(options.max_width - sum(widths)), Style(dim=True))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(NARROWEST, options.max_width)


@dataclass(frozen=True, slots=True)
class FullnessBar:
    """How full a queue is now, with a mark at its mean."""

    fraction: float
    mean: float

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        # Not quite full or empty never looks it.
        filled = min(max(round(self.fraction * width), self.fraction > 0), width - (self.fraction < 1))
        mark = min(int(self.mean * width), width - 1)
        for start, end in ((0, mark), (mark + 1, width)):
            full = min(max(filled - start, 0), end - start)
            yield Segment("━" * full, Style(color=QUEUE_COLOUR))
            yield Segment("╌" * (end - start - full), Style(dim=True))
            if start == 0:
                yield Segment(MEAN_MARK, MEAN_STYLE)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(NARROWEST, options.max_width)


def has_colour(console: Console) -> bool:
    """Colours reach the eye: the console has them, and NO_COLOR is not set."""
    return console.color_system is not None and not console.no_color


def _split(shares: tuple[float, float, float], width: int) -> list[int]:
    """Whole columns by largest remainder, so that they sum to the width; none for a stage that never ran."""
    if sum(shares) <= 0:
        return [0, 0, 0]
    exact = [share / sum(shares) * width for share in shares]
    columns = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: columns[index] - exact[index])
    for index in by_remainder[: width - sum(columns)]:
        columns[index] += 1
    return columns


def _caption(state: State, share: float, width: int, filling: str) -> str:
    percent = f"{share:.0%}"
    for text in (f" {state.word} {percent} ", f" {state.letter} {percent} ", f" {state.letter} ", state.letter):
        if len(text) <= width:
            return text.ljust(width, filling)
    return ""
