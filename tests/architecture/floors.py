"""The floors of the house, and a reader of Python sources that tells who imports whom, who blocks, and who prints.

Everything here works on a `Source`, which may be made from a text: so the tests can show that each rule finds what it
forbids.
"""

import ast
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "tfqueue"

FLOORS: dict[str, float] = {
    "telemetry": 1,
    "framework": 1,
    "diagnosis": 2,
    "summaries": 2,
    "readers": 2,
    "queues": 2,
    "graph": 2,
    "watch": 2,
    "testing": 2,
    "ops": 3,
    "session": 3,
    "dashboards": 4,
    "train": 4,
    "pipeline": 4,
    "cluster": 4,
    "faces": 4.5,
    "demo": 4.8,
    "cli": 5,
}
"""The floor of every room. `faces` are `tfqueue/__init__.py` and the modules beside it that only give names to users;
they may import every room. The demo and the command line are users, and spell the package as users do."""

FACES = {"", "errors", "image", "io", "nn", "python_io", "queue", "staging", "strings", "summary"}
"""Modules at the top of the package that are no rooms: what users spell `tf`, `tf.errors`, `tf.image`, ..."""

PIPELINE = {"readers", "queues", "graph", "ops", "session", "train", "pipeline", "cluster"}
"""The tower that carries elements."""

WATCH = {"diagnosis", "summaries", "dashboards", "watch"}
"""The tower that carries numbers."""

ONLY_IMPORTERS: dict[str, set[str]] = {
    "tensorboardX": {
        "tfqueue.framework.messages",
        "tfqueue.summaries.file_writer",
        "tfqueue.summaries.event_file",
    },
    "prometheus_client": {"tfqueue.summaries.prometheus", "tfqueue.summaries.server"},
    "tensorflow": set(),
}
"""Packages that only the modules named here may import, at the head of the file or anywhere else."""

PRINTERS = {"cli", "demo"}
"""Rooms whose work is to print."""

_BLOCKING_MODULES = {"queue", "_queue", "select", "selectors", "asyncio", "multiprocessing", "concurrent", "socket"}
_BLOCKING_NAMES = {"Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier", "Timer"}
_MACHINE = re.compile(r"/(?:tmp|work|root|home)/[a-z]|\b(?:pypi|pythonhosted|npmjs|deb\.debian)\.org\b")


@dataclass(frozen=True)
class Source:
    """One module: its dotted name, whether it is a package's `__init__`, and its text."""

    module: str
    is_package: bool
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def package(self) -> str:
        """What a leading dot in it stands for."""
        return self.module if self.is_package else self.module.rpartition(".")[0]


@dataclass(frozen=True)
class Import:
    """One imported module, and how it was spelled."""

    line: int
    target: str
    dots: int


def sources() -> list[Source]:
    """All modules of the package, those behind the two links included, under the names that users import."""
    return list(_sources_under(ROOT / PACKAGE))


def _sources_under(top: Path) -> Iterator[Source]:
    for folder, folders, files in os.walk(top, followlinks=True):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in sorted(files):
            if name.endswith(".py"):
                path = Path(folder, name)
                parts = path.relative_to(ROOT).with_suffix("").parts
                is_package = parts[-1] == "__init__"
                module = ".".join(parts[:-1] if is_package else parts)
                yield Source(module, is_package, path.read_text(encoding="utf-8"))


def room_of(module: str) -> str:
    """The room of a dotted module name of the package; the face modules are one room."""
    first = module.split(".")[1] if "." in module else ""
    return "faces" if first in FACES else first


def imports(source: Source, modules: set[str]) -> list[Import]:
    """All imports, wherever they stand; `modules` tells `from x import module` from `from x import name`."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found += [Import(node.lineno, alias.name, 0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(source, node)
            for alias in node.names:
                inside = f"{origin}.{alias.name}"
                found.append(Import(node.lineno, inside if inside in modules else origin, node.level))
    return found


def _origin(source: Source, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    base = source.package.split(".")
    base = base[: len(base) - (node.level - 1)]
    return ".".join([*base, node.module] if node.module else base)


def import_violations(all_sources: Iterable[Source]) -> list[str]:
    """Imports that go up or sideways, spell a room wrongly, go through a face, or cross from tower to tower."""
    all_sources = list(all_sources)
    modules = {source.module for source in all_sources}
    packages = {source.module for source in all_sources if source.is_package}
    found = []
    for source in all_sources:
        for item in imports(source, modules):
            words = _import_violation(source, item, packages)
            if words:
                found.append(f"{source.module}:{item.line} {words}")
    return list(dict.fromkeys(found))


def _import_violation(source: Source, item: Import, packages: set[str]) -> str | None:
    top = item.target.partition(".")[0]
    if top in {"summaries", "dashboards"} and item.dots == 0:
        return f"imports {item.target} by its bare name, which may be a user's own module"
    if top in ONLY_IMPORTERS and source.module not in ONLY_IMPORTERS[top]:
        return f"imports {top}, which only {sorted(ONLY_IMPORTERS[top]) or 'nobody'} may"
    if top != PACKAGE:
        return None
    here, there = room_of(source.module), room_of(item.target)
    if there not in FLOORS:
        return f"imports {item.target}, a room without a floor"
    return _spelling_violation(source, item, packages, here, there) or _direction_violation(item, here, there)


def _spelling_violation(source: Source, item: Import, packages: set[str], here: str, there: str) -> str | None:
    if item.dots > 1:
        return f"imports {item.target} with more than one dot"
    if here == there:
        if item.target in packages and here != "faces":
            return f"imports from its own face {item.target}, not from the module that defines the name"
        return None if item.dots == 1 or here == "faces" else f"imports its sibling {item.target} without a dot"
    if here == "faces" and item.target in packages:
        return None  # a room whose face is a namespace for users, such as `tf.train`
    if item.dots == 1:
        return f"imports {item.target} of another room with a dot"
    if item.target in packages and FLOORS[here] < FLOORS["faces"]:
        return f"imports from the face {item.target}, not from the module that defines the name"
    return None


def _direction_violation(item: Import, here: str, there: str) -> str | None:
    if here == there:
        return None
    if {here, there} & PIPELINE and {here, there} & WATCH and FLOORS[here] < FLOORS["faces"]:
        return f"imports {item.target}: pipeline and watch know nothing of each other"
    if FLOORS[there] >= FLOORS[here]:
        return f"imports {item.target}: {there} stands on floor {FLOORS[there]:g}, {here} on {FLOORS[here]:g}"
    return None


@dataclass(frozen=True)
class Use:
    """Something that a source does: where, and what in one word."""

    line: int
    what: str


def blocking_uses(source: Source) -> list[Use]:
    """The means by which a thread can be made to wait, apart from `with lock:` for a moment.

    Without an event, a condition, a queue of the standard library, a sleep, a join or a lock's own `acquire`, a module
    can only wait through somebody else: a queue's attempt.
    """
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found += [Use(node.lineno, a.name) for a in node.names if a.name.partition(".")[0] in _BLOCKING_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found += _blocking_import_from(node)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "threading":
            found += [Use(node.lineno, node.attr)] if node.attr in _BLOCKING_NAMES else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found += [Use(node.lineno, node.func.attr)] if _call_blocks(node, node.func) else []
    return found


def _blocking_import_from(node: ast.ImportFrom) -> list[Use]:
    module = node.module or ""
    if module.partition(".")[0] in _BLOCKING_MODULES:
        return [Use(node.lineno, module)]
    names = _BLOCKING_NAMES if module == "threading" else {"sleep"} if module == "time" else set()
    return [Use(node.lineno, alias.name) for alias in node.names if alias.name in names]


def _call_blocks(node: ast.Call, function: ast.Attribute) -> bool:
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    if function.attr == "sleep":
        return True
    if function.attr == "acquire":
        first = keywords.get("blocking", node.args[0] if node.args else None)
        return not (isinstance(first, ast.Constant) and first.value is False)
    # A string or a path is joined with what is to be joined; a thread with nothing, or a time-out.
    is_thread = "thread" in ast.unparse(function.value).lower()
    return function.attr == "join" and (is_thread or not node.args or "timeout" in keywords)


def prints(source: Source) -> list[Use]:
    """Calls of `print`, and writes to the standard streams, except where a module is run as a program."""
    found = []
    for node in (node for part in source.tree.body if not _is_program(part) for node in ast.walk(part)):
        if isinstance(node, ast.Call):
            words = ast.unparse(node.func)
            if words == "print" or words.startswith(("sys.stdout.", "sys.stderr.")):
                found.append(Use(node.lineno, words))
    return found


def _is_program(part: ast.stmt) -> bool:
    return isinstance(part, ast.If) and ast.unparse(part.test) == "__name__ == '__main__'"


def machine_words(text: str) -> list[Use]:
    """Paths of somebody's machine, and hosts of package registries."""
    return [Use(text.count("\n", 0, hit.start()) + 1, hit.group()) for hit in _MACHINE.finditer(text)]
