"""`python -m tests.differential --rivals PYTHON`: plays random programs on tfqueue and on TensorFlow, and says where
they differ. PYTHON is an interpreter that has TensorFlow."""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .comparison import Program, Trace, first_difference
from .programs import program

_PLAYER = Path(__file__).with_name("player.py")
_ROOT = _PLAYER.parents[2]
_ATTEMPTS = 3
"""A difference counts when it comes each of so many times: a busy machine may time an operation out that could have
been served."""


_PATIENCE_SECONDS = 120.0
"""After which an engine is said to hang, and is started anew."""


class _Engine:
    """A child process that plays programs on one engine."""

    def __init__(self, python: str, name: str) -> None:
        self._command = [python, str(_PLAYER), name]
        self._start_process()

    def start(self, played: Program) -> None:
        assert self._process.stdin is not None
        print(json.dumps(played), file=self._process.stdin, flush=True)

    def trace(self) -> Trace:
        """What it answers. When it dies, or hangs and is ended, that is the trace."""
        assert self._process.stdout is not None
        watchdog = threading.Timer(_PATIENCE_SECONDS, self._process.kill)
        watchdog.start()
        try:
            for line in self._process.stdout:
                if line.startswith('{"trace"'):
                    trace: Trace = json.loads(line)["trace"]
                    return trace
        finally:
            watchdog.cancel()
        died = f"{self._command[-1]} died or hung: status {self._process.wait()}"
        self._start_process()
        return [{"died": died}]

    def end(self) -> None:
        self._process.terminate()
        self._process.communicate()

    def _start_process(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True, cwd=_ROOT, env=environment)


class _Pair:
    """Both engines at once."""

    def __init__(self, ours: _Engine, theirs: _Engine) -> None:
        self._engines = (ours, theirs)

    def play(self, played: Program) -> tuple[Trace, Trace]:
        for engine in self._engines:
            engine.start(played)
        return self._engines[0].trace(), self._engines[1].trace()

    def difference(self, played: Program) -> str | None:
        """What differs each time; None when it came out the same once."""
        words = None
        for _ in range(_ATTEMPTS):
            words = first_difference(played, *self.play(played))
            if words is None:
                return None
        return words

    def smallest(self, played: Program) -> Program:
        """The program without the steps that the difference does not need."""
        number = len(played["steps"]) - 1
        while number >= 0:
            shorter = {**played, "steps": played["steps"][:number] + played["steps"][number + 1 :]}
            if self.difference(shorter):
                played = shorter
            number -= 1
        return played


def main() -> int:
    """Plays the programs, and reports; 1 when any of them differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--rivals", metavar="PYTHON", required=True, help="an interpreter that has TensorFlow")
    parser.add_argument("--programs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    options = parser.parse_args()
    started, counts = time.monotonic(), Counter[str]()
    differing: list[int] = []
    unsteady: list[int] = []
    with _pair(options.rivals) as pair:
        for number in range(options.first, options.first + options.programs):
            played = program(options.seed, number)
            ours, theirs = pair.play(played)
            counts.update(_counted(played, ours))
            words = first_difference(played, ours, theirs)
            if words is not None:
                confirmed = pair.difference(played)
                (differing if confirmed else unsteady).append(number)
                print(f"program {number} ({played['kind']}): {confirmed or 'only once: ' + words}", flush=True)
        _report(counts, time.monotonic() - started)
        if unsteady:
            print(f"differed, and came out the same when played again: {unsteady}")
        if differing:
            _show(pair, program(options.seed, differing[0]), differing)
    print(f"{options.programs} programs, {len(differing)} with a difference")
    return 1 if differing else 0


@contextmanager
def _pair(python: str) -> Iterator[_Pair]:
    engines = [_Engine(sys.executable, "tfqueue"), _Engine(python, "tensorflow")]
    try:
        yield _Pair(*engines)
    finally:
        for engine in engines:
            engine.end()


def _counted(played: Program, trace: Trace) -> Iterator[str]:
    yield played["kind"]
    for entry in trace:
        yield from (name for name in ("refused", "skipped") if name in entry)
        for number, outcome in entry.get("ended", {}).items():
            step = int(number)
            yield outcome.get("error", "ended well")
            if entry is not trace[step]:
                yield "waited"


def _report(counts: Counter[str], seconds: float) -> None:
    print(f"\n{seconds:.0f} s")
    for name, count in counts.most_common():
        print(f"{count:8,} {name}")


def _show(pair: _Pair, played: Program, differing: list[int]) -> None:
    print(f"\nprograms that differ: {differing}\nthe first, without the steps that do not matter:")
    played = pair.smallest(played)
    print(json.dumps({name: value for name, value in played.items() if name != "steps"}))
    ours, theirs = pair.play(played)
    steps: list[Any] = [*played["steps"], {"op": "session.close"}]
    for number, (step, mine, other) in enumerate(zip(steps, ours, theirs, strict=False)):
        print(f"{number}. {json.dumps(step)}\n     tfqueue    {json.dumps(mine)}\n     TensorFlow {json.dumps(other)}")
    print(first_difference(played, ours, theirs))


if __name__ == "__main__":
    sys.exit(main())
