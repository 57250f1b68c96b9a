"""Element types: TensorFlow's names, NumPy's values."""

import copy
import pickle

import numpy as np
import pytest

import tfqueue as tf
from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType, as_dtype

# TensorFlow's numbers (types.proto) and NumPy's types.
NUMERIC = {
    "float16": (19, np.float16, 2),
    "float32": (1, np.float32, 4),
    "float64": (2, np.float64, 8),
    "int8": (6, np.int8, 1),
    "int16": (5, np.int16, 2),
    "int32": (3, np.int32, 4),
    "int64": (9, np.int64, 8),
    "uint8": (4, np.uint8, 1),
    "uint16": (17, np.uint16, 2),
    "uint32": (22, np.uint32, 4),
    "uint64": (23, np.uint64, 8),
    "bool": (10, np.bool_, 1),
    "complex64": (8, np.complex64, 8),
    "complex128": (18, np.complex128, 16),
}


@pytest.mark.parametrize(("name", "number", "numpy_type", "size"), [(k, *v) for k, v in NUMERIC.items()])
def test_a_type_is_found_by_all_its_names(name, number, numpy_type, size):
    """Name, number, NumPy type and dtype of any byte order lead to the one object (SEMANTICS 1.6)."""
    dtype = getattr(tf, name)
    assert isinstance(dtype, DType)
    for spelled in (dtype, name, number, numpy_type, np.dtype(numpy_type), np.dtype(numpy_type).newbyteorder(">")):
        assert as_dtype(spelled) is dtype
    assert (dtype.name, dtype.as_datatype_enum, int(dtype), dtype.size) == (name, number, number, size)
    assert dtype.as_numpy_dtype is numpy_type
    assert dtype.base_dtype is dtype
    assert dtype.is_numpy_compatible


@pytest.mark.parametrize(
    ("spelled", "dtype"),
    [
        ("half", dtypes.float16),
        ("float", dtypes.float32),
        ("double", dtypes.float64),
        (float, dtypes.float32),
        (bool, dtypes.bool),
        (object, dtypes.string),
        (np.object_, dtypes.string),
        (np.str_, dtypes.string),
        (np.dtype("S5"), dtypes.string),
        (np.dtype("U3"), dtypes.string),
        (np.longlong, dtypes.int64),
        (7, dtypes.string),
    ],
)
def test_other_spellings(spelled, dtype):
    """Python's types and NumPy's strings are known as in TensorFlow; NumPy's second names for a type too."""
    assert as_dtype(spelled) is dtype


@pytest.mark.parametrize("spelled", [None, "nope", "int", int, complex, [], np.dtype("M8[s]"), 99, dict])
def test_what_is_no_type_is_named(spelled):
    """TypeError says what was given, and what there is."""
    with pytest.raises(TypeError, match="to a TensorFlow DType") as raised:
        as_dtype(spelled)
    assert repr(spelled) in str(raised.value)
    assert "float32" in str(raised.value)


def test_strings_are_objects_in_numpy():
    """A string array is an object array of bytes, whose elements have no one size."""
    assert tf.string.as_numpy_dtype is object
    assert tf.string.numpy_dtype == np.dtype(object)
    assert tf.string.size == 0
    assert not tf.string.is_integer
    assert not tf.resource.is_numpy_compatible
    assert not tf.variant.is_numpy_compatible


def test_equality_is_with_anything_that_names_the_type():
    """A type equals its names from either side, and nothing else (SEMANTICS 1.6)."""
    assert tf.float32 == "float32"
    assert np.float32 == tf.float32
    assert tf.float32 != tf.float64
    assert tf.float32 != "x"
    assert tf.float32 != None  # noqa: E711  # the comparison itself is under test
    assert {tf.float32: "one"}[as_dtype("float")] == "one"


@pytest.mark.parametrize("dtype", [tf.float32, tf.string, tf.resource, tf.variant])
def test_there_is_one_object_a_type(dtype):
    """Pickling and copying give the same object."""
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert copy.deepcopy(dtype) is dtype


def test_kinds():
    """Each numeric type is of one kind."""
    assert tf.uint8.is_integer
    assert tf.uint8.is_unsigned
    assert tf.int8.is_integer
    assert not tf.int8.is_unsigned
    assert tf.bool.is_bool
    assert not tf.bool.is_integer
    assert tf.float16.is_floating
    assert tf.complex64.is_complex
    assert not tf.complex64.is_floating
    assert not tf.int32.is_quantized
    assert tf.complex64.real_dtype is tf.float32
    assert tf.complex128.real_dtype is tf.float64
    assert tf.int32.real_dtype is tf.int32


def test_limits():
    """Integers have Python ints for limits, floats NumPy scalars of their own type; the rest has none."""
    assert (tf.int8.min, tf.int8.max) == tf.int8.limits == (-128, 127)
    assert type(tf.int32.max) is int
    assert tf.float32.max == np.finfo(np.float32).max
    assert isinstance(tf.float32.max, np.float32)
    for dtype in (tf.bool, tf.string, tf.complex64):
        with pytest.raises(TypeError, match="Cannot find maximum value of"):
            _ = dtype.max
        with pytest.raises(ValueError, match="does not have defined limits"):
            _ = dtype.limits


def test_a_type_prints_as_in_tensorflow():
    """`repr` is how to write it, `str` what it is."""
    assert repr(tf.float32) == "tf.float32"
    assert str(tf.float32) == "<dtype: 'float32'>"


def test_only_the_same_type_is_compatible():
    """A tensor of another type cannot stand in."""
    assert tf.float32.is_compatible_with(np.float32)
    assert not tf.float32.is_compatible_with(tf.float64)
