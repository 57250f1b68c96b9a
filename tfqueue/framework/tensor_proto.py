"""Arrays as TensorProto messages, and back.

Invariants:
  - an array that was made a message and read again is the same: dtype, shape and every element;
  - a message that holds fewer elements than its shape has is filled up with the last one, as TensorFlow does.
"""

import math
from typing import Any

import numpy as np

from . import messages
from .dtypes import DType, as_dtype

_FIELDS = {
    "float16": "half_val",
    "float32": "float_val",
    "float64": "double_val",
    "complex64": "scomplex_val",
    "complex128": "dcomplex_val",
    "bool": "bool_val",
    "string": "string_val",
    "int64": "int64_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
    **dict.fromkeys(("int8", "int16", "int32", "uint8", "uint16"), "int_val"),
}
"""Where a message holds its elements one by one; numbers may be in `tensor_content` instead, as they are in memory."""


def content_proto(array: np.ndarray) -> Any:
    """A TensorProto with the array's bytes in `tensor_content`, or its strings, as TensorFlow's kernels write it."""
    proto = _empty_proto(array, array.shape)
    if array.dtype == object:
        proto.string_val.extend(array.ravel().tolist())
    else:
        proto.tensor_content = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return proto


def values_proto(array: np.ndarray, shape: tuple[int, ...]) -> Any:
    """A TensorProto of this shape with the array's elements one by one; fewer than the shape has stand for all."""
    proto = _empty_proto(array, shape)
    field = _FIELDS[as_dtype(array.dtype).name]
    if field in proto.DESCRIPTOR.fields_by_name:
        getattr(proto, field).extend(_stored(array.ravel()).tolist())
        return proto
    return content_proto(_filled_up(array.ravel(), math.prod(shape)).reshape(shape))


def make_ndarray(tensor: Any) -> np.ndarray:
    """The array that a TensorProto describes, in memory of its own; strings are `bytes` in an object array.

    Args:
      tensor: a TensorProto message, such as `value.tensor` of an event's summary.

    Raises:
      TypeError: elements of this type have no array.
    """
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    dtype = as_dtype(tensor.dtype)
    if dtype.name not in _FIELDS:
        raise TypeError(f"Unsupported tensor type: {tensor.dtype} ({dtype.name}).")
    if tensor.tensor_content:
        found = np.frombuffer(tensor.tensor_content, dtype.numpy_dtype.newbyteorder("<"))
        return found.astype(dtype.numpy_dtype).reshape(shape)
    return _filled_up(_elements(tensor, dtype), math.prod(shape)).reshape(shape)


def _empty_proto(array: np.ndarray, shape: tuple[int, ...]) -> Any:
    proto = messages.TensorProto(dtype=as_dtype(array.dtype).as_datatype_enum)
    proto.tensor_shape.SetInParent()  # a scalar's shape is there, too
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    return proto


def _stored(elements: np.ndarray) -> np.ndarray:
    """The elements as the message's field takes them: bits of halves, pairs of real numbers."""
    if elements.dtype == np.float16:
        return elements.view(np.uint16)
    return elements.view(as_dtype(elements.dtype).real_dtype.numpy_dtype) if elements.dtype.kind == "c" else elements


def _elements(tensor: Any, dtype: DType) -> np.ndarray:
    values = getattr(tensor, _FIELDS[dtype.name], ())
    if dtype.name == "float16":
        return np.array(values, np.uint16).view(np.float16)
    if dtype.is_complex:
        return np.array(values, dtype.real_dtype.numpy_dtype).view(dtype.numpy_dtype)
    return np.array(list(values), dtype.numpy_dtype)


def _filled_up(elements: np.ndarray, count: int) -> np.ndarray:
    missing = count - elements.size
    if missing <= 0:
        return elements
    nothing: Any = b"" if elements.dtype == object else 0
    return np.append(elements, np.full(missing, elements[-1] if elements.size else nothing, elements.dtype))
