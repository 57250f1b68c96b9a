"""The face `tf`: names that TensorFlow 1 has and tfqueue has not are answered with the way out."""

import re
from operator import attrgetter

import pytest

import tfqueue as tf
from tfqueue.framework.former_names import ADVICE


@pytest.mark.parametrize("name", sorted(ADVICE))
def test_a_name_that_is_not_here_says_the_way_out(name: str) -> None:
    """Asked for by a program, the name is missing as any other, and the error goes on with what to do."""
    *_, last = name.split(".")
    with pytest.raises(AttributeError, match=f"has no attribute '{last}': {re.escape(ADVICE[name])}"):
        attrgetter(name)(tf)


def test_advice_names_what_exists() -> None:
    """Whatever the advice sends to under `tf.` is there."""
    named = {found for advice in ADVICE.values() for found in re.findall(r"tf\.([\w.]*\w)", advice)}
    assert len(named) > 20
    for name in named:
        attrgetter(name)(tf)


def test_a_name_of_nobody_has_no_advice() -> None:
    """An unknown name is answered as Python answers it."""
    for module, name in ((tf, "no_such_name"), (tf.train, "pack")):
        with pytest.raises(AttributeError) as caught:
            getattr(module, name)
        assert str(caught.value) == f"module '{module.__name__}' has no attribute '{name}'"


def test_aliases_of_tensorflow_1_15_are_given() -> None:
    """Second spellings that TensorFlow 1.15 kept are the same functions here."""
    assert tf.all_variables is tf.global_variables
    assert tf.floor_div is tf.floordiv
