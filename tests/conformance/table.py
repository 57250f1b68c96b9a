"""Which test holds which of TensorFlow's promises: makes docs/conformance.md from what the tests' docstrings say.

A test that holds a promise quotes its number: "(SEMANTICS 19)", "SEMANTICS 31-33, 37: ...". `make
conformance` writes the table; a test fails when it is not current.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.promises import PROMISES, SECTIONS

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "conformance.md"

_QUOTED = re.compile(r"SEMANTICS ((?:\d[\d.]*(?:\s*(?:-|to)\s*\d+)?(?:, | and )?)+)")
_RANGE = re.compile(r"(\d+)\s*(?:-|to)\s*(\d+)|(\d+(?:\.\d+)?)")

HEAD = """\
# TensorFlow's promises, and the tests that hold them

tfqueue keeps the behaviour of TensorFlow 1's queues, runners, readers and summaries, as read from r1.15's sources and
asked of TensorFlow 2.21's `compat.v1`. Each promise has a number, which the docstrings of tests quote. Made by
`make conformance`; not to be changed by hand.
"""


def quoted_numbers(text: str) -> set[int]:
    """The numbers of the promises that a docstring quotes; sections such as 1.6 or 3.1 are none."""
    found: set[int] = set()
    for quotation in _QUOTED.findall(text):
        for first, last, single in _RANGE.findall(quotation):
            if first:
                found.update(range(int(first), int(last) + 1))
            elif "." not in single:
                found.add(int(single))
    return found


def promising_functions(path: Path) -> Iterator[tuple[str, str]]:
    """Name and docstring of each test of a file, those in classes included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, ast.get_docstring(node) or ""


def holders_by_number() -> dict[int, list[tuple[str, str]]]:
    """File and name of the tests that quote each number: those of this folder first, then by name."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py"), key=lambda path: (path.parent.name != "conformance", path)):
        for name, docstring in promising_functions(path):
            for number in quoted_numbers(docstring):
                found[number].append((path.relative_to(ROOT).as_posix(), name))
    return found


def table() -> str:
    """The whole document."""
    tests, parts = holders_by_number(), [HEAD]
    for title, numbers in SECTIONS.items():
        rows = [f"| {number} | {PROMISES[number]} | {_links(tests[number])} |" for number in numbers]
        parts.append("\n".join([f"## {title}\n", "| number | promise | tests |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _links(tests: list[tuple[str, str]]) -> str:
    return "<br>".join(f"[{Path(file).stem}](../{file})::{name}" for file, name in tests)


if __name__ == "__main__":
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table(), encoding="utf-8")
