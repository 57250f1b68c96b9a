"""The table of promises is current, and is made from what tests say."""

import pytest

from tests.conformance.promises import PROMISES, SECTIONS
from tests.conformance.table import TABLE, holders_by_number, quoted_numbers, table


def test_the_table_is_current():
    """What docs/conformance.md says is what the tests quote; `make conformance` makes it so."""
    assert TABLE.read_text(encoding="utf-8") == table()


def test_every_promise_stands_in_one_section():
    """None is left out, none comes twice."""
    assert [number for numbers in SECTIONS.values() for number in numbers] == list(PROMISES) == list(range(1, 104))


def test_no_test_quotes_a_promise_that_is_none():
    """A number in a docstring is one of the table's."""
    assert set(holders_by_number()) <= set(PROMISES)


@pytest.mark.parametrize(
    ("docstring", "numbers"),
    [
        ("SEMANTICS 19.", {19}),
        ("Words (SEMANTICS 22, 23, 26, 44).", {22, 23, 26, 44}),
        ("SEMANTICS 31-33, 37: more 4 words", {31, 32, 33, 37}),
        ("SEMANTICS 92 to 94", {92, 93, 94}),
        ("SEMANTICS 3.1, 13 and 1.6: 7", {13}),
        ("SEMANTICS 12 (2.21 says so); SEMANTICS 15", {12, 15}),
        ("No 5 numbers", set()),
    ],
)
def test_a_docstrings_numbers_are_read(docstring, numbers):
    """Lists and ranges; sections are no promises."""
    assert quoted_numbers(docstring) == numbers
