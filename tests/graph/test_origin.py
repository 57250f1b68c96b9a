"""Where an op was made: in the user's file, whatever the file is called."""

import inspect
from pathlib import Path

import tfqueue as tf
from tests.graph.making import source
from tfqueue.graph import origin
from tfqueue.graph.op_def import apply_op
from tfqueue.ops.constant_op import constant


def make_in_file(path):
    """An op made on line 3 of a file of this name."""
    names = {"apply_op": apply_op}
    exec(compile("\n\nop = apply_op('TestNothing', [], [])", str(path), "exec"), names)
    return names["op"]


def test_the_line_that_made_the_op():
    """The innermost one outside the package: here a helper of the tests, then its own line."""
    op = source().op
    helper = Path(inspect.getsourcefile(source))
    filename, _, line = op.defined_at.rpartition(":")
    assert Path(filename) == helper
    assert "apply_op(" in helper.read_text().splitlines()[int(line) - 1]
    assert op.traceback[0].filename == filename
    assert op.traceback[0].lineno == int(line)
    assert op.traceback[0].name == "source"


def test_library_functions_are_passed_over():
    """An op that a builder made is blamed on the line that called the builder."""
    line = inspect.currentframe().f_lineno + 1
    op = constant(1).op
    assert op.defined_at == f"{__file__}:{line}"


def test_a_users_file_is_his_whatever_its_name():
    """Not the name decides but the directory: a user's folder may be called tfqueue."""
    root = Path(tf.__file__).parents[1]
    theirs = [
        "/home/ann/tfqueue/train.py",
        str(root / "tests" / "tfqueue.py"),
        str(root / "examples" / "tfqueue_first" / "run.py"),
        str(Path(tf.__file__).parent) + "_fork/x.py",
        str(Path(tf.__file__).parent / "demo" / "pipeline.py"),
        "<stdin>",
    ]
    for path in theirs:
        assert not origin._is_ours(path), path


def test_our_files_are_ours_by_either_path():
    """Also those that stand behind a link, by the link and by where it leads."""
    package = Path(tf.__file__).parent
    for path in (package / "ops" / "x.py", package / "summaries" / "x.py", (package / "summaries").resolve() / "x.py"):
        assert origin._is_ours(str(path)), path


def test_the_demo_is_a_user():
    """Its ops are blamed on its own lines."""
    path = Path(tf.__file__).parent / "demo" / "chain.py"
    assert make_in_file(path).defined_at == f"{path}:3"


def test_our_own_lines_are_passed_over():
    """An op made by a file of ours is blamed on who called it."""
    line = inspect.currentframe().f_lineno + 1
    op = make_in_file(Path(tf.__file__).parent / "ops" / "x.py")
    # `make_in_file` is a line of this file, and it stands above.
    assert op.defined_at.startswith(f"{__file__}:")
    assert int(op.defined_at.rpartition(":")[2]) < line
