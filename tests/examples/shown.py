"""What a README shows against what was printed.

Shown output is a fenced block with the info string `output`:

    ```output
    size 3
    took ... s
    ...
    ```

In it `...` stands for anything within a line, and a line of nothing but `...` for any number of lines, none included.
Trailing blanks do not count.
"""

import re

_DOTS = re.compile(r"\.{3}(?!\.)")
"""Of four dots the last three: `0....` is a number that begins with `0.`."""


def blocks(readme: str, info: str) -> list[str]:
    """The fenced blocks of a README that have this info string."""
    return re.findall(rf"^```{info}\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)


def pattern(shown: str) -> re.Pattern[str]:
    """The shown output as an expression."""
    parts = []
    for line in shown.rstrip().splitlines():
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(r"[^\n]*?".join(re.escape(piece) for piece in _DOTS.split(line.rstrip())) + r"[ \t]*\n")
    return re.compile("".join(parts))


def matches(shown: str, printed: str) -> bool:
    """It was printed as shown, whole."""
    return pattern(shown).fullmatch(printed.rstrip() + "\n") is not None
