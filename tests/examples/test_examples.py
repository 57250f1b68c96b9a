"""Each example runs, and prints what its README shows.

An example is a folder of `examples/` with a README.md and one script: `main.py`, or the only .py file there. The README
holds one fenced block with the info string `output` (or several: what the script prints is all of them, one after another):

    ```output
    size 3
    took ... s
    ...
    ```

In it `...` stands for anything within a line, and a line of nothing but `...` for any number of lines, none included.
Trailing blanks do not count. The script runs in an empty folder of its own, with nothing on its standard input.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(readme.parent for readme in EXAMPLES.glob("*/README.md"))
RUN_SECONDS = 90
OUTPUT_BLOCK = re.compile(r"^```output\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def script_of(folder: Path) -> Path:
    """`main.py`, or the one script of the folder."""
    scripts = sorted(folder.glob("*.py"))
    main = folder / "main.py"
    assert main in scripts or len(scripts) == 1, f"{folder.name} needs a main.py, or one script only"
    return main if main in scripts else scripts[0]


def shown_output(readme: str) -> str:
    """What the README says that the script prints."""
    blocks = OUTPUT_BLOCK.findall(readme)
    assert blocks, "the README shows no output: it needs a fenced block with the info string `output`"
    return "".join(blocks)


def output_pattern(shown: str) -> re.Pattern[str]:
    """The shown output as an expression, with `...` as described at the head of this file."""
    parts = []
    for line in shown.rstrip().splitlines():
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(r"[^\n]*?".join(re.escape(piece) for piece in line.rstrip().split("...")) + r"[ \t]*\n")
    return re.compile("".join(parts))


def matches(shown: str, printed: str) -> bool:
    return output_pattern(shown).fullmatch(printed.rstrip() + "\n") is not None


def test_there_are_examples() -> None:
    """An empty list of examples is not taken for success."""
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_example_prints_what_its_readme_shows(folder: Path, tmp_path: Path) -> None:
    """The example ends well, and its output is that of its README."""
    # Given its script and what its README shows
    script, shown = script_of(folder), shown_output((folder / "README.md").read_text(encoding="utf-8"))
    # When it runs as a user would run it
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=os.environ | {"COLUMNS": "120", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    # Then it ends well and prints just that
    assert done.returncode == 0, done.stderr
    assert matches(shown, done.stdout), f"README shows:\n{shown}\nprinted:\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        ("size 3\n", "size 3\n", True),
        ("size 3\n", "size 4\n", False),
        ("size 3\n", "size 3\nmore\n", False),
        ("took ... s\n", "took 0.12 s\n", True),
        ("took ... s\n", "took 0.12 s\nmore s\n", False),
        ("first\n...\nlast\n", "first\nlast\n", True),
        ("first\n...\nlast\n", "first\n1\n2\nlast\n", True),
        ("first\n...\nlast\n", "first\n1\n2\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_the_comparison_can_fail(shown: str, printed: str, *, expected: bool) -> None:
    """Three dots stand for anything in a line, a line of them for any lines, and all else is compared to the letter."""
    assert matches(shown, printed) is expected
