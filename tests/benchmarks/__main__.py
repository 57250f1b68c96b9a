"""`python -m tests.benchmarks`: prints one table. Options: --rounds N, --rivals PYTHON (an interpreter that has
TensorFlow)."""

import argparse
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass

from .harness import Contestant, Result, compare


@dataclass(frozen=True, slots=True)
class Bench:
    """One row: contestants, operations per round, and how the goal reads."""

    title: str
    names: tuple[str, ...]
    count: int
    goal: str
    verdict: Callable[[list[Result]], str]


def _time_ratio(results: list[Result]) -> str:
    return f"{results[0].ratio_to(results[1]):.2f}x its time"


def _rate_ratio(results: list[Result]) -> str:
    return f"{results[1].ratio_to(results[0]):.1f}x its rate"


def _rate(results: list[Result]) -> str:
    return f"{1 / results[0].median:,.0f} images/s"


BENCHES = (
    Bench(
        "enqueue + dequeue, one thread", ("pair_tfqueue", "pair_stdlib"), 100_000, "at most 1.0x its time", _time_ratio
    ),
    Bench("hand-off between two threads", ("hand_off_tfqueue", "hand_off_stdlib"), 100_000, "", _time_ratio),
    Bench(
        "session.run(dequeue)",
        ("run_dequeue_tfqueue", "run_dequeue_tensorflow"),
        20_000,
        "at least 10x its rate",
        _rate_ratio,
    ),
    Bench("import in a fresh interpreter", ("import_tfqueue", "import_numpy"), 3, "", _time_ratio),
    Bench("the demo's pipeline", ("demo_images",), 3_000, "", _rate),
)


def main() -> None:
    """Runs every bench and prints its row as soon as it is there."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rivals", metavar="PYTHON", help="an interpreter that has the rivals installed")
    options = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.rounds} rounds\n"
    )
    print(f"| {'bench':32} | {'tfqueue':>12} | {'rival':>12} | {'against the rival':22} | {'goal':22} |")
    print(f"|{'-' * 34}|{'-' * 13}:|{'-' * 13}:|{'-' * 24}|{'-' * 24}|")
    for bench in BENCHES:
        contestants = [_contestant(name, options.rivals) for name in bench.names]
        results = compare(contestants, bench.count, options.rounds)
        rival = _time(results[1].median) if len(results) > 1 else ""
        row = (f"{bench.title:32}", f"{_time(results[0].median):>12}", f"{rival:>12}", f"{bench.verdict(results):22}")
        print(f"| {' | '.join(row)} | {bench.goal:22} |", flush=True)


def _contestant(name: str, rivals: str | None) -> Contestant:
    if not name.endswith("_tensorflow"):
        return Contestant(name)
    if rivals is None:
        raise SystemExit(
            f"{name} needs an interpreter that has TensorFlow: pass --rivals PYTHON (`make bench` makes one)"
        )
    return Contestant(name, rivals)


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


if __name__ == "__main__":
    main()
