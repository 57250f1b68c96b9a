"""`decode_csv`: a record of text to one tensor a column.

What a quote may do, and the messages, are TensorFlow's (2.21, asked). Every error names record and field.
"""

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import apply_op, register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import TensorLike, argument
from .shape_functions import Shapes
from .values import Value, as_array

COLUMN_TYPES = frozenset({dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string})
_SAID = {dtypes.float32: "float", dtypes.float64: "double", dtypes.int32: "int32", dtypes.int64: "int64"}
_INTEGER = re.compile(rb"\s*[+-]?[0-9]+\s*")

Fields = Callable[[bytes, int], list[bytes]]
"""fields(record, its number) -> the fields, unquoted."""


def _column_shapes(op: Operation) -> Shapes:
    for default in op.inputs[1:]:
        shape = default.shape.with_rank_at_most(1)
        if shape.ndims == 1 and (shape[0].value or 0) > 1:
            raise ValueError("Shape of a default must be a length-0 or length-1 vector, or a scalar.")
    return [op.inputs[0].shape] * len(op.outputs)


@register_op("DecodeCSV", shape=_column_shapes, bind=True)
def _decode_csv(op: Operation, session: Any) -> Callable[..., list[Value]]:
    delimiter, missing = op.get_attr("field_delim"), {b"", op.get_attr("na_value")}
    selected: list[int] = list(op.get_attr("select_cols"))
    readers = [_reader(tensor.dtype) for tensor in op.outputs]

    def decode(records: Value, *defaults: Value) -> list[Value]:
        if len(delimiter) != 1:
            raise _invalid(f"field_delim should be only 1 char, not {delimiter!r}")
        fields = _splitter(delimiter, op.get_attr("use_quote_delim"))
        texts = as_array(records)
        rows = [_chosen(fields(text, n), n, len(readers), selected) for n, text in enumerate(texts.flat)]
        fallbacks = [as_array(default).ravel() for default in defaults]
        columns = []
        for place, (read, fallback) in enumerate(zip(readers, fallbacks, strict=True)):
            column = np.empty(len(rows), op.outputs[place].dtype.numpy_dtype)
            number = selected[place] if selected else place
            for n, row in enumerate(rows):
                column[n] = read(row[place], number, n) if row[place] not in missing else _default(fallback, number, n)
            columns.append(column.reshape(texts.shape))
        return columns

    # A plan takes the bare value of an op with one output.
    return decode if len(readers) > 1 else lambda *values: decode(*values)[0]


def _chosen(fields: list[bytes], n: int, wanted: int, selected: Sequence[int]) -> list[bytes]:
    if not selected:
        if len(fields) != wanted:
            raise _invalid(f"Expect {wanted} fields but have {len(fields)} in record {n}")
        return fields
    found = [fields[place] for place in selected if place < len(fields)]
    if len(found) != wanted:
        raise _invalid(f"Expect {wanted} fields but have {len(found)} in record {n}")
    return found


def _default(fallback: np.ndarray, field: int, n: int) -> Any:
    if not fallback.size:
        raise _invalid(f"Field {field} is required but missing in record {n}! A value in record_defaults fills it.")
    return fallback[0]


def _reader(dtype: DType) -> Callable[[bytes, int, int], Any]:
    if dtype == dtypes.string:
        return lambda text, field, n: text
    read = _integer_within(*dtype.limits) if dtype.is_integer else _float

    def number(text: bytes, field: int, n: int) -> Any:
        value = read(text)
        if value is None:
            words = text.decode(errors="replace")
            raise _invalid(f"Field {field} in record {n} is not a valid {_SAID[dtype]}: {words}")
        return value

    return number


def _integer_within(least: int, most: int) -> Callable[[bytes], int | None]:
    def integer(text: bytes) -> int | None:
        value = int(text) if _INTEGER.fullmatch(text) else None
        return value if value is not None and least <= value <= most else None

    return integer


def _float(text: bytes) -> float | None:
    try:
        # Python reads 1_000 as a number, TensorFlow does not.
        return float(text) if b"_" not in text else None
    except ValueError:
        return _hexadecimal(text)


def _hexadecimal(text: bytes) -> float | None:
    try:
        return float.fromhex(text.decode()) if b"x" in text.lower() else None
    except ValueError:
        return None


def _splitter(delimiter: bytes, quotes: bool) -> Fields:
    plain = delimiter not in {b'"', b"\n", b"\r"}

    def fields(record: bytes, n: int) -> list[bytes]:
        if not record:
            return []
        if plain and b"\n" not in record and b"\r" not in record and not (quotes and b'"' in record):
            return record.split(delimiter)
        return _quoted_fields(record, delimiter, quotes, n)

    return fields


def _quoted_fields(record: bytes, delimiter: bytes, quotes: bool, n: int) -> list[bytes]:
    fields: list[bytes] = []
    place = 0
    while place <= len(record):
        if quotes and record[place : place + 1] == b'"':
            field, place = _quoted_field(record, place + 1, delimiter, len(fields), n)
        else:
            stop = record.find(delimiter, place)
            stop = len(record) if stop < 0 else stop
            field, place = record[place:stop], stop
            if b"\n" in field or b"\r" in field or (quotes and b'"' in field):
                raise _invalid(f"Unquoted fields cannot have quotes/CRLFs inside: field {len(fields)} in record {n}")
        fields.append(field)
        place += 1  # the delimiter; at the end of the record there is none, and the loop ends
    return fields


def _quoted_field(record: bytes, place: int, delimiter: bytes, field: int, n: int) -> tuple[bytes, int]:
    """The field whose opening quote stands before `place`, and where it ends: at a delimiter, or the record's end."""
    parts = []
    while True:
        quote = record.find(b'"', place)
        if quote < 0:
            message = "Quoted field has to end with quote followed by delim or end"
            raise _invalid(f"{message}: field {field} in record {n}")
        parts.append(record[place:quote])
        after = record[quote + 1 : quote + 2]
        if after in {b"", delimiter}:
            return b"".join(parts), quote + 1
        if after != b'"':
            message = "Quote inside a string has to be escaped by another quote"
            raise _invalid(f"{message}: field {field} in record {n}")
        parts.append(b'"')
        place = quote + 2


def _invalid(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, message)


def decode_csv(
    records: TensorLike,
    record_defaults: Sequence[TensorLike],
    field_delim: str = ",",
    use_quote_delim: bool = True,
    name: str | None = None,
    na_value: str = "",
    select_cols: Sequence[int] | None = None,
) -> list[Tensor]:
    """Records of text as one tensor for each column, of the records' shape.

    Args:
      records: a string for each record; it has no line end.
      record_defaults: for each column a vector of one value, which stands for a missing one; or of none: then a value
        is required. The columns have the types of these: float32, float64, int32, int64 or string.
      field_delim: one character.
      use_quote_delim: a field may stand in double quotes, which may be in it when doubled; False: they are characters.
      na_value: what is taken for a missing value beside "".
      select_cols: ascending numbers of the columns to read; None: all.

    Raises:
      ValueError, TypeError: when built, for arguments that do not fit.
      InvalidArgumentError: in a run: "Expect 3 fields but have 2 in record 0", "Field 1 is required but missing in
        record 0!", "Field 1 in record 0 is not a valid int32: x", or a quote out of place.
    """
    defaults = list(record_defaults)
    selected = list(select_cols or ())
    if any(later <= earlier for earlier, later in itertools.pairwise(selected)):
        raise ValueError("select_cols is not strictly increasing.")
    if selected and selected[0] < 0:
        raise ValueError("select_cols contains negative values.")
    if selected and len(selected) != len(defaults):
        raise ValueError("Length of select_cols and record_defaults do not match.")
    if not defaults:
        raise ValueError("decode_csv: record_defaults is empty; it says which columns there are.")
    with name_scope(name, "DecodeCSV", [records, *defaults]) as scope:
        texts = argument("DecodeCSV", "records", records, dtypes.string)
        columns = [argument("DecodeCSV", "record_defaults", default, allowed=COLUMN_TYPES) for default in defaults]
        attrs = {"field_delim": field_delim, "use_quote_delim": use_quote_delim, "na_value": na_value}
        types = [column.dtype.base_dtype for column in columns]
        return list(apply_op("DecodeCSV", [texts, *columns], types, scope, **attrs, select_cols=selected).outputs)
