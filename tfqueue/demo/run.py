"""One run of the demo: files, graph, threads and exporters are brought up, and all is taken down again.

Invariants:
  - every way out (time up, Ctrl-C, SIGTERM, a broken image) stops and joins the pipeline's threads and closes the
    event files;
  - the closing tables show the pipeline as it was while it still ran;
  - a run that ends in a Problem leaves no directory behind.
"""

import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

import tfqueue as tf
from tfqueue.summaries.monitor import Monitor
from tfqueue.telemetry.registry import default_registry
from tfqueue.telemetry.stats import Snapshot

from .interrupts import exit_status, word_of
from .photographs import Photographs, cut_photographs, read_folder
from .pipeline import CONSUMER, SLOW_SECONDS, Pipeline, build, find_broken
from .problems import Problem
from .report import Outcome, print_report
from .run_directory import PHOTOGRAPHS, PIPELINE, TRAINING, make_run_directory
from .terminal import Fact, LiveView, PlainView, Run, View, counted, print_header
from .trainer import Trainer

STOP_SECONDS = 10.0
"""Time that the pipeline's threads have to end."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for; see `tfqueue demo --help`."""

    seconds: float = 10.0
    threads: int = 2
    batch_size: int = 32
    slow: str | None = None
    data: Path | None = None
    logdir: Path | None = None
    port: int = 0
    seed: int = 0
    plain: bool = False


def run(options: Options) -> int:
    """Run the demo; returns the exit status.

    Raises:
        Problem: what the user gave cannot be used: no images, a broken image, a port in use, an unwritable directory.
    """
    console = Console(highlight=False)
    photographs = None if options.data is None else read_folder(options.data)
    directory = make_run_directory(options.logdir)
    logdir = directory.path
    try:
        with _monitor(logdir / PIPELINE, options.port) as monitor:
            photographs = photographs or cut_photographs(logdir / PHOTOGRAPHS)
            return _run(options, console, photographs, logdir, monitor)
    except Problem:
        directory.discard()
        raise


def _run(options: Options, console: Console, photographs: Photographs, logdir: Path, monitor: Monitor) -> int:
    pipeline = build(photographs, options.batch_size, options.threads, options.seed, options.slow)
    with (
        tf.summary.FileWriter(str(logdir / TRAINING), pipeline.graph) as writer,
        tf.Session(graph=pipeline.graph) as session,
    ):
        facts = _facts(photographs, options, logdir, monitor)
        shown = Run(_title(photographs, options), facts, options.seconds, pipeline.titles, default_registry())
        print_header(console, shown)
        trainer = Trainer(session, pipeline, len(photographs.labels), writer, options.slow == CONSUMER)
        try:
            taken, seconds, interrupt = _train(session, trainer, options.seconds, _view(console, shown, options))
            right, held_out = trainer.test(photographs)
        except tf.errors.OpError as error:
            _name_broken_file(session, pipeline, photographs, error)
            raise
    stopped_by = None if interrupt is None else word_of(interrupt)
    outcome = Outcome(seconds, trainer.images, trainer.progress, right, held_out, stopped_by)
    print_report(console, taken, pipeline.titles, outcome, logdir)
    return 0 if interrupt is None else exit_status(interrupt)


def _train(
    session: tf.Session, trainer: Trainer, seconds: float, view: View
) -> tuple[Snapshot, float, KeyboardInterrupt | None]:
    """Learn until the time is up or Ctrl-C. Returns the last Snapshot, the seconds it took, and what ended it early.

    Raises whatever ended a thread of the pipeline.
    """
    coordinator = tf.train.Coordinator()
    interrupt: KeyboardInterrupt | None = None
    with view:
        started = time.monotonic()
        threads = tf.train.start_queue_runners(sess=session, coord=coordinator)
        try:
            while (left := started + seconds - time.monotonic()) > 0 and not coordinator.should_stop():
                view.update(trainer.step(left))
        except tf.errors.DeadlineExceededError:
            pass  # time is up in the middle of a wait
        except KeyboardInterrupt as caught:
            interrupt = caught
        except tf.errors.OpError as error:
            coordinator.request_stop(error)
        took = time.monotonic() - started
        taken = default_registry().collect()
    coordinator.request_stop()
    coordinator.join(threads, stop_grace_period_secs=STOP_SECONDS)
    return taken, took, interrupt


def _view(console: Console, shown: Run, options: Options) -> View:
    if options.plain or not console.is_terminal or console.is_dumb_terminal:
        return PlainView(console, shown)
    return LiveView(console, shown)


@contextmanager
def _monitor(logdir: Path, port: int) -> Iterator[Monitor]:
    """The sampler, its event files and the server; what it cannot have (a port in use) becomes a Problem."""
    try:
        monitor = tf.monitor(logdir=str(logdir), port=port)
    except OSError as error:
        what = (error.strerror or str(error)).split(". ")[0]  # its advice is for those who call monitor()
        raise Problem(f"{what}. Give --port another one, or 0 for one that is free.") from error
    except tf.errors.OpError as error:
        raise Problem(error.message) from error
    with monitor:
        yield monitor


def _title(photographs: Photographs, options: Options) -> str:
    images = f"{counted(len(photographs.train_files), 'photograph')}, {counted(len(photographs.labels), 'label')}"
    return f"tfqueue demo: {images}, {counted(options.threads, 'thread')} to augment, batches of {options.batch_size}"


def _facts(photographs: Photographs, options: Options, logdir: Path, monitor: Monitor) -> tuple[Fact, ...]:
    where = " from other parts of the same two pictures" if options.data is None else ""
    facts = [
        Fact("TensorBoard", copied=f"{_tensorboard()} --logdir {shlex.quote(str(logdir))}"),
        Fact("metrics", copied=f"{monitor.url}metrics"),
        Fact("labels", ", ".join(photographs.labels)),
        Fact("held out", f"{counted(len(photographs.held_out_files), 'photograph')}{where}"),
    ]
    if options.slow is not None:
        facts.append(Fact("slow", f"{options.slow}: {SLOW_SECONDS[options.slow] * 1000:.0f} ms added to every image"))
    if photographs.left_out:
        count = counted(len(photographs.left_out), "file")
        facts.append(Fact("left out", f"{count} of another kind, the first is", copied=photographs.left_out[0]))
    return tuple(facts)


def _tensorboard() -> str:
    """The command as it can be typed: with its place when it stands beside this Python and not on the path."""
    beside = Path(sys.executable).with_name("tensorboard")
    if shutil.which("tensorboard") or not beside.exists():
        return "tensorboard"
    here = Path.cwd()
    return shlex.quote(str(beside.relative_to(here) if beside.is_relative_to(here) else beside))


def _name_broken_file(
    session: tf.Session, pipeline: Pipeline, photographs: Photographs, error: tf.errors.OpError
) -> None:
    """Raise the Problem that names the broken file behind the error, if there is one."""
    broken = find_broken(session, pipeline, photographs.train_files + photographs.held_out_files)
    if broken is not None:
        file, reason = broken
        why = reason.message.splitlines()[0]
        raise Problem(f"{file} cannot be read as an image: remove or replace it, and run again. ({why})") from error
