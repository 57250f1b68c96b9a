"""A library does not print, and its files know no machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.floors import PRINTERS, ROOT, Source, machine_words, prints, room_of, sources

CHECKED_FOLDERS = ("tfqueue", "summaries", "dashboards", "examples", ".ci")
CHECKED_SUFFIXES = {"", ".py", ".md", ".toml", ".yaml", ".yml", ".json", ".html", ".js", ".css", ".sh"}


def printing(all_sources: list[Source]) -> list[str]:
    return [
        f"{source.module}:{use.line} {use.what}"
        for source in all_sources
        if room_of(source.module) not in PRINTERS
        for use in prints(source)
    ]


def texts() -> Iterator[tuple[Path, str]]:
    """The files that users get or read, tests apart."""
    files = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in CHECKED_FOLDERS:
        files += [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for path in sorted(files):
        if path.suffix in CHECKED_SUFFIXES:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def test_only_programs_print() -> None:
    """The library logs; the command line and the demo print."""
    found = printing(sources())
    assert not found, "\n".join(found)


def test_no_file_knows_a_machine() -> None:
    """No path of somebody's machine, and no host of a package registry, stands in what users get."""
    found = [f"{path}:{use.line} {use.what}" for path, text in texts() for use in machine_words(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["print('hello')", "import sys\nsys.stdout.write('hello')", "def f():\n    print()"])
def test_printing_is_found(text: str) -> None:
    """A text that prints is found."""
    assert len(printing([Source("tfqueue.queues.blocking_queue", False, text)])) == 1


def test_a_module_run_as_a_program_may_print() -> None:
    """`python -m tfqueue.telemetry.metrics` is asked for its output."""
    assert printing([Source("tfqueue.telemetry.metrics", False, "if __name__ == '__main__':\n    print(1)")]) == []


@pytest.mark.parametrize("text", ["see /home/somebody/x", "cd /tmp/there", "pip -i https://pypi.org/simple"])
def test_a_machine_is_found(text: str) -> None:
    """A path of a machine and a registry's host are found, with their line."""
    assert [use.line for use in machine_words(f"first\n{text}\n")] == [2]


def test_the_files_that_users_read_are_among_those_checked() -> None:
    """The README, the Makefile and the modules behind the links are read."""
    names = {str(path) for path, _ in texts()}
    assert {"README.md", "Makefile", "pyproject.toml", ".ci/run", "summaries/__init__.py"} <= names
