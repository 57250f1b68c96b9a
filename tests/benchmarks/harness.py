"""Contestants side by side: one child process each, measured in turn, A B then B A, round after round.

Ratios are taken within a round and their median is reported, since absolute times move with whatever else the machine
does.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

_CONTESTANTS = Path(__file__).with_name("contestants.py")


@dataclass(frozen=True, slots=True)
class Contestant:
    """A function of `contestants.py`, and the interpreter that runs it."""

    name: str
    python: str = sys.executable


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds per operation, round by round, of one contestant."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle round."""
        return statistics.median(self.seconds)

    def ratio_to(self, other: "Result") -> float:
        """Median over the rounds of this one's time / the other's in the same round."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True))


class _Child:
    def __init__(self, contestant: Contestant) -> None:
        self._name = contestant.name
        self.process = subprocess.Popen(
            [contestant.python, str(_CONTESTANTS), contestant.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def measure(self, count: int) -> float:
        assert self.process.stdin is not None
        print(count, file=self.process.stdin, flush=True)
        return float(self._answer())

    def _answer(self) -> str:
        """The next line of JSON; what a rival prints besides is passed over."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                return str(json.loads(line))
            except json.JSONDecodeError:
                continue
        raise RuntimeError(f"contestant {self._name} ended with status {self.process.wait()}; its error stands above")


@contextmanager
def _child(contestant: Contestant) -> Iterator[_Child]:
    child = _Child(contestant)
    try:
        yield child
    finally:
        child.process.terminate()
        child.process.communicate()


def compare(contestants: list[Contestant], count: int, rounds: int) -> list[Result]:
    """Measures all contestants `rounds` times in one run, after a round that does not count."""
    with ExitStack() as stack:
        children = [stack.enter_context(_child(contestant)) for contestant in contestants]
        for child in children:
            child.measure(max(1, count // 10))
        times: list[list[float]] = [[] for _ in children]
        for turn in range(rounds):
            order = range(len(children)) if turn % 2 == 0 else reversed(range(len(children)))
            for index in order:
                times[index].append(children[index].measure(count))
    return [Result(c.name, tuple(seconds)) for c, seconds in zip(contestants, times, strict=True)]
