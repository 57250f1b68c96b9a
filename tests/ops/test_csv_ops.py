"""decode_csv: TensorFlow's rules for quotes and missing values, and errors that name record and field."""

import numpy as np
import pytest

import tfqueue as tf

STRINGS = [[b""], [b""], [b""]]
"""Three columns of text, none required."""


def required(dtype):
    return tf.constant([], dtype)


def decode(records, defaults, **options):
    with tf.Session() as session:
        return [np.asarray(column).tolist() for column in session.run(tf.decode_csv(records, defaults, **options))]


def error_of(records, defaults, **options):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        decode(records, defaults, **options)
    return str(caught.value)


# Values --------------------------------------------------------------------------------------------------------------


def test_a_record_gives_a_value_for_each_column():
    """In the type of its default, of the records' shape."""
    columns = tf.decode_csv(["1,2.5,x", "3,4,y"], [[0], [0.0], [""]])
    assert [column.dtype for column in columns] == [tf.int32, tf.float32, tf.string]
    assert [column.shape.as_list() for column in columns] == [[2]] * 3
    assert decode(["1,2.5,x", "3,4,y"], [[0], [0.0], [""]]) == [[1, 3], [2.5, 4.0], [b"x", b"y"]]


def test_records_of_any_shape():
    """A scalar gives scalars, a matrix matrices; no records no values."""
    assert decode("1,2", [[0], [0]]) == [1, 2]
    assert decode([["1,2"], ["3,4"]], [[0], [0]]) == [[[1], [3]], [[2], [4]]]
    assert decode(np.empty(0, object), [[0], [0]]) == [[], []]


def test_one_column_is_a_list_of_one():
    """As many tensors as defaults."""
    assert decode(["1", "2"], [[0]]) == [[1, 2]]


@pytest.mark.parametrize("default", [[7], 7, np.array([7], np.int32)])
def test_a_missing_value_is_the_default(default):
    """An empty field, quoted or not."""
    assert decode(["1,,3", '1,"",3'], [[0], default, [0]])[1] == [7, 7]


def test_the_last_field_may_be_empty():
    """A delimiter at the end begins one more field."""
    assert decode([","], [["a"], ["b"]]) == [[b"a"], [b"b"]]


def test_na_value_is_missing_too():
    """And the empty field is still."""
    assert decode(["1,NA,3", "1,,3", '1,"NA",3'], [[0], [9], [0]], na_value="NA")[1] == [9, 9, 9]


@pytest.mark.parametrize(
    ("dtype", "text", "value"),
    [
        (tf.int32, " 2 ", 2),
        (tf.int32, "+2", 2),
        (tf.int64, "99999999999", 99999999999),
        (tf.float32, " 1.5 ", 1.5),
        (tf.float64, "1e3", 1000.0),
        (tf.float32, "inf", float("inf")),
        (tf.float32, "0x10", 16.0),
        (tf.string, " x ", b" x "),
    ],
)
def test_how_numbers_are_spelled(dtype, text, value):
    """With blanks around, a sign, an exponent, hexadecimal floats; text keeps its blanks."""
    assert decode([text], [required(dtype)]) == [[value]]


# Quotes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ('a,"b,c",d', [b"a", b"b,c", b"d"]),
        ('"a","b""c","d"', [b"a", b'b"c', b"d"]),
        ('a,"b\nc\r\n",d', [b"a", b"b\nc\r\n", b"d"]),
        ('a,"""b""",d', [b"a", b'"b"', b"d"]),
        ('"a",,', [b"a", b"", b""]),
    ],
)
def test_a_quoted_field_holds_anything(record, fields):
    """Delimiters, line ends, and quotes when doubled."""
    assert decode([record], STRINGS) == [[field] for field in fields]


def test_quotes_may_be_characters():
    """With use_quote_delim=False."""
    assert decode(['a,b"c,"d'], STRINGS, use_quote_delim=False) == [[b"a"], [b'b"c'], [b'"d']]


def test_another_delimiter():
    """One character, such as a tab."""
    assert decode(["a,x\tb\tc"], STRINGS, field_delim="\t") == [[b"a,x"], [b"b"], [b"c"]]


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ('a,b"c,d', "Unquoted fields cannot have quotes/CRLFs inside: field 1 in record 1"),
        ("a,b,c\n", "Unquoted fields cannot have quotes/CRLFs inside: field 2 in record 1"),
        ("a\rb,c,d", "Unquoted fields cannot have quotes/CRLFs inside: field 0 in record 1"),
        ('a,"b"c,d', "Quote inside a string has to be escaped by another quote: field 1 in record 1"),
        ('a,b,"c"\n', "Quote inside a string has to be escaped by another quote: field 2 in record 1"),
        ('a,"b,c', "Quoted field has to end with quote followed by delim or end: field 1 in record 1"),
    ],
)
def test_quotes_out_of_place(record, words):
    """The error names field and record."""
    assert words in error_of(["a,b,c", record], STRINGS)


# Columns -------------------------------------------------------------------------------------------------------------


def test_some_columns():
    """select_cols names them; records may then have any number of fields."""
    assert decode(["1,2,3,4", "5,6,7,8,9"], [[0], [0]], select_cols=[1, 3]) == [[2, 6], [4, 8]]


@pytest.mark.parametrize(
    ("selected", "words"),
    [
        ([1, 1], "select_cols is not strictly increasing"),
        ([2, 1], "select_cols is not strictly increasing"),
        ([-1, 1], "select_cols contains negative values"),
        ([1], "Length of select_cols and record_defaults do not match"),
    ],
)
def test_columns_are_checked_when_built(selected, words):
    """ValueErrors."""
    with pytest.raises(ValueError, match=words):
        tf.decode_csv(["1,2"], [[0], [0]], select_cols=selected)


# What is wrong -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "defaults", "words"),
    [
        (["1,2"], [[0]] * 3, "Expect 3 fields but have 2 in record 0"),
        (["1,2", "1,2,3"], [[0]] * 2, "Expect 2 fields but have 3 in record 1"),
        ([""], [["a"]], "Expect 1 fields but have 0 in record 0"),
        (["1,x"], [[0], [0]], "Field 1 in record 0 is not a valid int32: x"),
        (["1,1_0"], [[0], [0]], "Field 1 in record 0 is not a valid int32: 1_0"),
        (["1,99999999999"], [[0], [0]], "Field 1 in record 0 is not a valid int32: 99999999999"),
        (["1,1e"], [[0], [0.0]], "Field 1 in record 0 is not a valid float: 1e"),
    ],
)
def test_an_error_names_record_and_field(records, defaults, words):
    """InvalidArgumentError, in TensorFlow's words."""
    assert words in error_of(records, defaults)


@pytest.mark.parametrize(("dtype", "said"), [(tf.float32, "float"), (tf.float64, "double"), (tf.int64, "int64")])
def test_each_type_has_its_name(dtype, said):
    """float and double, as TensorFlow says."""
    assert f"Field 0 in record 0 is not a valid {said}: x" in error_of(["x"], [required(dtype)])


def test_a_required_value_is_missing():
    """A default of no values requires one."""
    defaults = [required(tf.int32), required(tf.string)]
    assert "Field 1 is required but missing in record 1!" in error_of(["1,a", "2,"], defaults)


def test_a_column_that_there_is_not():
    """Too few fields for the selected columns."""
    assert "Expect 2 fields but have 1 in record 0" in error_of(["1,2"], [[0], [0]], select_cols=[1, 7])


@pytest.mark.parametrize("delimiter", ["", ";;"])
def test_a_delimiter_is_one_character(delimiter):
    """InvalidArgumentError in a run, as in TensorFlow."""
    assert "field_delim should be only 1 char" in error_of(["a"], [[""]], field_delim=delimiter)


def test_defaults_are_checked_when_built():
    """Types that columns have, at most one value."""
    with pytest.raises(TypeError, match="DataType bool not in list of allowed values"):
        tf.decode_csv(["1"], [[True]])
    with pytest.raises(ValueError, match="length-0 or length-1 vector, or a scalar"):
        tf.decode_csv(["1"], [[1, 2]])
    with pytest.raises(ValueError, match="record_defaults is empty"):
        tf.decode_csv(["1"], [])


def test_a_file_with_a_row_too_short_is_named(tmp_path):
    """Lines read before it are decoded; the error names file and line."""
    path = tmp_path / "rows.csv"
    path.write_text("1,2\n3\n")
    queue = tf.FIFOQueue(1, tf.string, [[]])
    columns = tf.decode_csv(tf.TextLineReader().read(queue)[1], [[0], [0]])
    with tf.Session() as session:
        session.run(queue.enqueue([str(path)]))
        assert session.run(columns) == [1, 2]
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"(?s)Expect 2 fields but have 1.*rows.csv:2"):
            session.run(columns)
