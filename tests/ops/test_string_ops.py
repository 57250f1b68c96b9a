"""Strings: numbers to text and back, joined, cut, changed, and raw bytes."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, run, sizes


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        (3, {}, b"3"),
        (np.int64(-3), {"width": 5}, b"   -3"),
        (3, {"width": 5, "fill": "0"}, b"00003"),
        (3, {"width": 5, "fill": "-"}, b"3    "),
        (3, {"fill": "+"}, b"+3"),
        (3.14159, {}, b"3.141590"),
        (3.14159, {"precision": 2}, b"3.14"),
        (314.0, {"scientific": True}, b"3.140000e+02"),
        (314.0, {"shortest": True}, b"314"),
        (True, {}, b"true"),
        (False, {}, b"false"),
    ],
)
def test_as_string(value: Any, options: Any, expected: bytes) -> None:
    """C's formats, as TensorFlow prints them (2.21)."""
    assert run(tf.as_string(value, **options)) == expected


def test_as_string_of_arrays_and_refusals() -> None:
    """Each element; options that cannot be."""
    tensor = tf.as_string([[1, 2], [3, 4]])
    assert sizes(tensor) == [2, 2]
    assert run(tensor).tolist() == [[b"1", b"2"], [b"3", b"4"]]
    for options in ({"fill": "x"}, {"scientific": True, "shortest": True}):
        with pytest.raises(ValueError, match=r"not supported|Cannot select both"):
            tf.as_string(1.0, **options)
    with pytest.raises(ValueError, match="are for floats, not for int32"):
        tf.as_string(1, precision=2)
    with pytest.raises(TypeError, match="DataType string not in list"):
        tf.as_string("a")


def test_string_to_number() -> None:
    """Floats and whole numbers; what is no number, or too large, is named."""
    agree(run(tf.string_to_number(["1.5", " -2 ", "1e3", "inf"])), np.array([1.5, -2, 1000, np.inf], np.float32))
    agree(run(tf.string_to_number("7", tf.int64)), np.array(7))
    agree(run(tf.strings.to_number("0.1", tf.float64)), np.array(0.1))
    for text, kind in (
        ("abc", tf.float32),
        ("1.5", tf.int32),
        ("3000000000", tf.int32),
        ("1_000", tf.int32),
        ("", tf.float32),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"could not correctly convert string: {text}"):
            run(tf.string_to_number(text, kind))
    with pytest.raises(TypeError, match="not string"):
        tf.string_to_number("1", tf.string)


def test_join() -> None:
    """Place by place, scalars with every place, NULs kept."""
    assert run(tf.string_join(["a\0", "b"])) == b"a\0b"
    tensor = tf.string_join([["a", "b"], "x", ["c", "d"]], "-")
    assert sizes(tensor) == [2]
    assert run(tensor).tolist() == [b"a-x-c", b"b-x-d"]
    x, y = tf.placeholder(tf.string), tf.placeholder(tf.string)
    with pytest.raises(tf.errors.InvalidArgumentError, match="inputs of different shapes"):
        run(tf.strings.join([x, y]), {x: ["a"], y: ["b", "c"]})
    with pytest.raises(ValueError, match="not compatible"):
        tf.string_join([["a"], ["b", "c"]])


def test_substr() -> None:
    """Bytes or characters from a position that may count from the end; one for all or one for each."""
    assert run(tf.substr("hello", 1, 3)) == b"ell"
    assert run(tf.substr("hello", -2, 10)) == b"lo"
    assert run(tf.substr(["hello", "world"], [1, 2], [2, 3])).tolist() == [b"el", b"rld"]
    assert run(tf.strings.substr("h\u00e4lt", 1, 1, unit="UTF8_CHAR")) == "\u00e4".encode()
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"pos 5 out of range for string b'ab'"):
        run(tf.substr("ab", 5, 1))
    with pytest.raises(ValueError, match="BYTE or UTF8_CHAR"):
        tf.substr("ab", 0, 1, unit="WORD")


def test_strip_case_and_length() -> None:
    """ASCII by default, UTF-8 when asked."""
    assert run(tf.string_strip([" a ", "b\n"])).tolist() == [b"a", b"b"]
    assert run(tf.strings.lower("ABC")) == b"abc"
    assert run(tf.strings.upper(["abc"])).tolist() == [b"ABC"]
    assert run(tf.strings.upper("\u00e4b")) == "\u00e4B".encode()
    assert run(tf.strings.upper("\u00e4b", encoding="utf-8")) == "\u00c4B".encode()
    agree(run(tf.strings.length(["\u00e4b", ""])), np.array([3, 0], np.int32))
    agree(run(tf.string_length("\u00e4b", unit="UTF8_CHAR")), np.array(2, np.int32))
    for build, words in ((tf.strings.lower, "encoding"), (tf.strings.upper, "encoding")):
        with pytest.raises(ValueError, match=words):
            build("a", encoding="latin-1")
    with pytest.raises(ValueError, match="BYTE or UTF8_CHAR"):
        tf.strings.length("a", unit="WORD")


def test_decode_raw() -> None:
    """Bytes as numbers in either order; a new last dimension; the result may be written to."""
    numbers = np.array([[1, 258], [-1, 7]], np.int16)
    strings = [row.tobytes() for row in numbers]
    tensor = tf.decode_raw(strings, tf.int16)
    assert sizes(tensor) == [2, None]
    got = run(tensor)
    agree(got, numbers)
    got[0, 0] = 5
    agree(run(tf.decode_raw(strings[0], tf.int16, little_endian=False)), numbers[0].byteswap())
    agree(run(tf.io.decode_raw("\1\0", tf.bool)), np.array([True, False]))
    agree(run(tf.decode_raw(bytes=strings[0], out_type=tf.uint8)), np.frombuffer(strings[0], np.uint8))


def test_decode_raw_refuses() -> None:
    """Lengths that differ or do not divide, and what is no number."""
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"to all be the same size, but there are sizes \[2, 4\]"):
        run(tf.decode_raw(["ab", "abcd"], tf.int16))
    with pytest.raises(tf.errors.InvalidArgumentError, match="length 3 that is not a multiple of 4, the size of int32"):
        run(tf.decode_raw("abc", tf.int32))
    with pytest.raises(TypeError, match="no numbers of string"):
        tf.decode_raw("abc", tf.string)
