"""The comparison of what a README shows with what was printed can succeed, and can fail."""

import pytest

from tests.examples.shown import blocks, matches


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        ("size 3\n", "size 3\n", True),
        ("size 3\n", "size 3  \n\n", True),
        ("size 3\n", "size 4\n", False),
        ("size 3\n", "size 3\nmore\n", False),
        ("took ... s\n", "took 0.12 s\n", True),
        ("took ... s\n", "took 0.12 s\nmore s\n", False),
        ("loss 0....\n", "loss 0.12\n", True),
        ("loss 0....\n", "loss 012\n", False),
        ("first\n...\nlast\n", "first\nlast\n", True),
        ("first\n...\nlast\n", "first\n1\n2\nlast\n", True),
        ("first\n...\nlast\n", "first\n1\n2\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_three_dots_stand_for_anything(shown: str, printed: str, *, expected: bool) -> None:
    """Three dots stand for anything in a line, a line of them for any lines; all else is compared to the letter."""
    assert matches(shown, printed) is expected


def test_blocks_are_told_apart_by_their_info_string() -> None:
    """A README may show a command and a program beside the output."""
    readme = "```python\nprint(1)\n```\ntext\n```output\n1\n```\n```\nplain\n```\n"
    assert (blocks(readme, "output"), blocks(readme, "python")) == (["1\n"], ["print(1)\n"])
