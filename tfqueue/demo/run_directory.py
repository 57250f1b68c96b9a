"""Where a run keeps its event files: a directory made for it, and taken away again when the run came to nothing.

Invariants:
  - only directories that this run made are ever removed;
  - nothing is removed that another has put there: one foreign entry, and the directory stays.
"""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .problems import Problem

RUNS = Path("tfqueue-demo")
"""Where event files go when nobody says where."""
PIPELINE, TRAINING, PHOTOGRAPHS = "pipeline", "training", "photographs"
"""What a run writes: the monitor's event files, the trainer's, and the images to learn from."""


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """One run's directory."""

    path: Path
    made: tuple[Path, ...]
    """The directories that had to be made for it, the innermost first; none when it stood already."""

    def discard(self) -> None:
        """Remove what was made for the run, unless there is something in it that is not the run's."""
        if self.path not in self.made or not _holds_only(self.path, {PIPELINE, TRAINING, PHOTOGRAPHS}):
            return
        try:
            for name in (PIPELINE, TRAINING, PHOTOGRAPHS):
                shutil.rmtree(self.path / name, ignore_errors=True)
            for directory in self.made:
                directory.rmdir()
        except OSError:
            return  # not empty: another has begun to use it


def make_run_directory(wanted: Path | None) -> RunDirectory:
    """The directory that the user wants, or a new one named after this moment.

    Raises:
        Problem: `wanted` cannot be made.
    """
    if wanted is None:
        return _new_directory()
    made = _missing(wanted)
    try:
        wanted.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        words = f"{wanted} cannot be used for event files ({error.strerror}). Give --logdir a directory to write to."
        raise Problem(words) from error
    return RunDirectory(wanted, made)


def _new_directory() -> RunDirectory:
    """A directory made by nobody else; among the temporary ones where the working directory is not to be written."""
    name = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    parents = _missing(RUNS)
    try:
        RUNS.mkdir(exist_ok=True)
        for number in range(1, 1000):
            directory = RUNS / (name if number == 1 else f"{name}-{number}")
            try:
                directory.mkdir()
            except FileExistsError:
                continue
            return RunDirectory(directory, (directory, *parents))
    except OSError:
        pass  # no place to write to
    directory = Path(tempfile.mkdtemp(prefix="tfqueue-demo-"))
    return RunDirectory(directory, (directory,))


def _missing(directory: Path) -> tuple[Path, ...]:
    """The directory and those around it that do not exist yet, the innermost first."""
    return tuple(path for path in (directory, *directory.parents) if not path.exists())


def _holds_only(directory: Path, names: set[str]) -> bool:
    return {entry.name for entry in directory.iterdir()} <= names
