"""The command `tfqueue`: one sub-command, one function. Imports what a sub-command needs only when it runs."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tfqueue.framework.version import VERSION

Number = TypeVar("Number", int, float)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 done, 1 the work failed, 2 the command was wrong.

    Ended from outside: 130 Ctrl-C, 143 SIGTERM.
    """
    options = _parser().parse_args(arguments)
    status: int = options.run(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tfqueue", description="A monitoring-first input pipeline: TensorFlow 1's queues on NumPy."
    )
    parser.add_argument("--version", action="version", version=f"tfqueue {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_demo(commands)
    return parser


def _add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    demo = commands.add_parser(
        "demo",
        help="run a real image pipeline and watch its queues and stages",
        description="Read photographs through queues into a classifier that learns, and show every queue and stage: in "
        "this terminal, in TensorBoard and in Prometheus.",
    )
    demo.set_defaults(run=_demo)
    add = demo.add_argument
    add("--seconds", type=_positive_seconds, default=10.0, metavar="S", help="how long to run (10)")
    add("--threads", type=_positive, default=2, metavar="N", help="threads that decode and augment (2)")
    add("--batch-size", type=_positive, default=32, metavar="N", help="images in a batch (32)")
    add(
        "--slow",
        choices=("source", "transform", "consumer"),
        help="slow a stage down (reading files, augmenting images, learning from batches) and see it in the numbers",
    )
    add(
        "--data",
        type=Path,
        metavar="DIR",
        help="your own images (.jpg, .jpeg, .png); the sub-folders of DIR are the labels",
    )
    add("--logdir", type=Path, metavar="DIR", help="where event files go (a new directory under tfqueue-demo)")
    add("--port", type=_port, default=0, metavar="P", help="port of /metrics on 127.0.0.1 (a free one)")
    add("--seed", type=_seed, default=0, metavar="N", help="seed of every random choice (0)")
    add("--plain", action="store_true", help="one line a second, as when the output is no terminal")


def _demo(options: argparse.Namespace) -> int:
    from tfqueue.demo.interrupts import exit_status, sigterm_interrupts
    from tfqueue.demo.problems import Problem, require_extras

    try:
        with sigterm_interrupts():
            require_extras()
            return _run_demo(options)
    except Problem as problem:
        print(f"tfqueue demo: {problem}", file=sys.stderr)
        return problem.status
    except KeyboardInterrupt as interrupt:  # before the pipeline ran, or after
        return exit_status(interrupt)


def _run_demo(options: argparse.Namespace) -> int:
    from tfqueue.demo.run import Options, run

    return run(
        Options(
            seconds=options.seconds,
            threads=options.threads,
            batch_size=options.batch_size,
            slow=options.slow,
            data=options.data,
            logdir=options.logdir,
            port=options.port,
            seed=options.seed,
            plain=options.plain,
        )
    )


def _positive(text: str) -> int:
    if (number := _read(int, text)) is None or number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 up, not {text!r}")
    return number


def _seed(text: str) -> int:
    if (number := _read(int, text)) is None:
        raise argparse.ArgumentTypeError(f"must be a whole number, not {text!r}")
    return number


def _positive_seconds(text: str) -> float:
    if (seconds := _read(float, text)) is None or not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, not {text!r}")
    return seconds


def _port(text: str) -> int:
    if (port := _read(int, text)) is None or not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 65535, not {text!r}")
    return port


def _read(kind: Callable[[str], Number], text: str) -> Number | None:
    """The number that the text is, None when it is none: what it must be, its option knows."""
    try:
        return kind(text)
    except ValueError:
        return None


if __name__ == "__main__":
    sys.exit(main())
