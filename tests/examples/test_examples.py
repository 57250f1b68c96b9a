"""Each example runs, and prints what its README shows; so does each program in the README of the repository.

An example is a folder of `examples/` with a README.md and one script: `main.py`, or the only .py file there. Its README
holds a fenced block with the info string `output` (or several: the script prints them one after another);
`shown.py` says how it is read. Scripts run in an empty folder of their own, with nothing on their standard input.

In the README of the repository, what a `python` block prints stands in the `output` block that follows it.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.shown import blocks, matches

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(readme.parent for readme in (ROOT / "examples").glob("*/README.md"))
RUN_SECONDS = 90


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Python as a user would start it there."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"COLUMNS": "120", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )


def check(shown: str, done: subprocess.CompletedProcess[str]) -> None:
    """It ended well and printed just that."""
    assert done.returncode == 0, done.stderr
    assert matches(shown, done.stdout), f"shown:\n{shown}\nprinted:\n{done.stdout}\n{done.stderr}"


def script_of(folder: Path) -> Path:
    """`main.py`, or the one script of the folder."""
    scripts = sorted(folder.glob("*.py"))
    main = folder / "main.py"
    assert main in scripts or len(scripts) == 1, f"{folder.name} needs a main.py, or one script only"
    return main if main in scripts else scripts[0]


def readme_programs() -> list[tuple[str, str]]:
    """The programs of the README of the repository, each with what it prints."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$(?:(?!^```).)*^```output\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)


def test_there_are_examples() -> None:
    """An empty list is not taken for success, and no program of the README goes unread."""
    assert FOLDERS
    assert len(readme_programs()) == len(blocks((ROOT / "README.md").read_text(encoding="utf-8"), "python")) > 0


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_example_prints_what_its_readme_shows(folder: Path, tmp_path: Path) -> None:
    """The example ends well, and its output is that of its README."""
    shown = blocks((folder / "README.md").read_text(encoding="utf-8"), "output")
    assert shown, "the README shows no output: it needs a fenced block with the info string `output`"
    check("".join(shown), run([str(script_of(folder))], tmp_path))


@pytest.mark.parametrize(("program", "shown"), readme_programs())
def test_readme_program_prints_what_the_readme_shows(program: str, shown: str, tmp_path: Path) -> None:
    """A program copied out of the README into a file runs, and prints what stands below it."""
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    check(shown, run(["program.py"], tmp_path))
