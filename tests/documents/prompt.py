"""A Python prompt for the documents' programs: runs them as they are printed, and tells what they answer."""

import ast
import textwrap
from typing import Any

import tfqueue as tf


class Prompt:
    """Runs pieces of one program, one after the other. `import tensorflow as tf` is the one line that is not the
    document's: here `tf` is tfqueue."""

    def __init__(self, **names: Any) -> None:
        self.names: dict[str, Any] = {"tf": tf, **names}

    def __getitem__(self, name: str) -> Any:
        """What the program called so."""
        return self.names[name]

    def type(self, text: str) -> Any:
        """Runs a piece; answers the value of its last line if that is an expression, as a prompt shows it."""
        tree = ast.parse(textwrap.dedent(text))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<document>", "exec"), self.names)
        return None if last is None else eval(compile(ast.Expression(last.value), "<document>", "eval"), self.names)
