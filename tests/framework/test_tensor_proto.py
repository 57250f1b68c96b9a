"""Arrays are TensorProto messages and back, in every form that TensorFlow writes."""

import numpy as np
import pytest

from tfqueue.framework import messages
from tfqueue.framework.tensor_proto import content_proto, make_ndarray, values_proto

NUMBERS = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "c8", "c16", "?"]


def same(found, expected):
    assert (found.dtype, found.shape, found.tolist()) == (expected.dtype, expected.shape, expected.tolist())


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0, 2)])
def test_an_array_comes_back_as_it_was(dtype, shape):
    """Whether its elements are written one by one or as they lie in memory."""
    array = (np.arange(np.prod(shape, dtype=int)) % 2).astype(dtype).reshape(shape)
    same(make_ndarray(content_proto(array)), array)
    same(make_ndarray(values_proto(array, shape)), array)


def test_strings_keep_their_nuls():
    """They are `bytes` in an object array."""
    array = np.array([[b"a\0"], [b""]], object)
    same(make_ndarray(content_proto(array)), array)
    same(make_ndarray(values_proto(array, (2, 1))), array)


def test_the_last_element_stands_for_all_that_are_missing():
    """And nothing at all for zeros, as TensorFlow reads it."""
    for array in (np.array([7, 8], np.int32), np.array([7, 8], np.uint64)):
        same(make_ndarray(values_proto(array, (2, 2))), np.array([[7, 8], [8, 8]], array.dtype))
    for dtype, nothing in ((messages.DataType.Value("DT_FLOAT"), 0.0), (messages.DataType.Value("DT_STRING"), b"")):
        proto = messages.TensorProto(dtype=dtype)
        proto.tensor_shape.dim.add(size=2)
        assert make_ndarray(proto).tolist() == [nothing, nothing]


def test_byte_order_does_not_matter():
    """A message is little-endian."""
    array = np.array([1, 2], ">i4")
    same(make_ndarray(content_proto(array)), array.astype("<i4"))


def test_the_array_may_be_written_to():
    """It is in memory of its own."""
    array = make_ndarray(content_proto(np.zeros(3)))
    array[0] = 1
    assert array.tolist() == [1, 0, 0]


def test_what_has_no_array_is_named():
    """TypeErrors for a resource, and for a type that is not known here."""
    with pytest.raises(TypeError, match=r"Unsupported tensor type: 20 \(resource\)"):
        make_ndarray(messages.TensorProto(dtype=20))
    with pytest.raises(TypeError, match="Cannot convert the argument"):
        make_ndarray(messages.TensorProto(dtype=14))
