"""The command `tfqueue` itself: what it is called with, and what it answers."""

import pytest

from tfqueue.cli import main
from tfqueue.demo import problems
from tfqueue.framework.version import VERSION


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`tfqueue --version` prints the version of the package and ends well."""
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"tfqueue {VERSION}\n"


def test_help_names_every_option_of_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """`tfqueue demo --help` explains each option."""
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    text = capsys.readouterr().out
    options = ("--seconds", "--threads", "--batch-size", "--slow", "--data", "--logdir", "--port", "--seed", "--plain")
    assert [option for option in options if option not in text] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["dance"], "dance"),
        (["demo", "--threads", "0"], "--threads: must be a whole number from 1 up, not '0'"),
        (["demo", "--batch-size", "many"], "--batch-size: must be a whole number from 1 up, not 'many'"),
        (["demo", "--seconds", "-1"], "--seconds: must be a number of seconds above 0, not '-1'"),
        (["demo", "--seconds", "inf"], "--seconds: must be a number of seconds above 0, not 'inf'"),
        (["demo", "--seconds", "nan"], "--seconds: must be a number of seconds above 0, not 'nan'"),
        (["demo", "--seconds", "long"], "--seconds: must be a number of seconds above 0, not 'long'"),
        (["demo", "--port", "70000"], "--port: must be a number from 0 to 65535, not '70000'"),
        (["demo", "--port", "abc"], "--port: must be a number from 0 to 65535, not 'abc'"),
        (["demo", "--seed", "luck"], "--seed: must be a whole number, not 'luck'"),
        (["demo", "--slow", "everything"], "--slow: invalid choice"),
    ],
)
def test_a_wrong_command_line_is_explained(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, and the option at fault by name."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert words in capsys.readouterr().err


def test_missing_extras_are_named_together(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the packages of the extra: one sentence with the command that installs them, exit status 1."""
    monkeypatch.setattr(
        problems, "EXTRAS", {"PIL": "Pillow", "no_rich_here": "rich", "no_sklearn_here": "scikit-learn"}
    )
    assert main(["demo"]) == 1
    assert (
        capsys.readouterr().err == "tfqueue demo: The demo needs rich and scikit-learn: pip install 'tfqueue[demo]'\n"
    )
