"""What stops the demo and is the user's to mend: one sentence with the way out, never a traceback.

Everything else that goes wrong is a fault of the program and keeps its traceback.
"""

import importlib.util

EXTRAS = {"PIL": "Pillow", "rich": "rich", "sklearn": "scikit-learn"}
"""Modules that the demo needs beside the core, and the packages that bring them."""


class Problem(Exception):
    """A problem that a person can mend. `str()` says what, where and what next.

    `status` is the exit status of the program: 2 when the command line was wrong, 1 when the work failed.
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def require_extras() -> None:
    """Raise the Problem that names every missing package, and the one command that installs them."""
    missing = [package for module, package in EXTRAS.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise Problem(f"The demo needs {' and '.join(missing)}: pip install 'tfqueue[demo]'")
