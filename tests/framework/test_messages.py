"""Compiled messages come when they are asked for, and not before."""

import subprocess
import sys

import pytest

from tfqueue.framework import messages


@pytest.mark.parametrize("name", [name for name in dir(messages) if name[0].isupper()])
def test_every_message_is_there(name):
    """Each name that the module lists can be used."""
    assert getattr(messages, name) is not None


def test_a_message_round_trips():
    """What is written is read again."""
    summary = messages.Summary(value=[messages.Summary.Value(tag="loss", simple_value=0.5)])
    again = messages.Summary.FromString(summary.SerializeToString())
    assert again.value[0].tag == "loss"


def test_a_message_is_read_from_text():
    """Protobuf text names its fields."""
    assert messages.from_text("NodeDef", 'name: "x" op: "Add"').op == "Add"


def test_an_unknown_message_is_named():
    """The error says what there is."""
    with pytest.raises(AttributeError, match=r"no message 'Nope': known are .*GraphDef"):
        _ = messages.Nope


def test_nothing_is_loaded_before_it_is_asked_for():
    """Importing the module imports neither tensorboardX nor protobuf."""
    program = (
        "import sys; from tfqueue.framework import messages; "
        "assert not {'tensorboardX', 'google.protobuf'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
