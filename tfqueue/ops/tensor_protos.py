"""`make_tensor_proto`: Python values and arrays as TensorProto messages, by the rules that make constants of them."""

import math
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import as_dtype
from tfqueue.framework.tensor_proto import content_proto, values_proto

from .constant_op import constant_array


def make_tensor_proto(
    values: Any, dtype: Any = None, shape: Any = None, verify_shape: bool = False, allow_broadcast: bool = False
) -> Any:
    """A TensorProto message, which `make_ndarray` reads.

    Args:
      values: a number, string, array, or nested list of numbers or of strings; a TensorProto is given back as it is.
      dtype: default as for `constant`.
      shape: default that of the values. With fewer values, the last one stands for all that are missing.
      verify_shape: take no values of another shape.
      allow_broadcast: take values of another number of elements only when there is just one.

    Raises:
      TypeError: the values are no such thing, not of this dtype, or not of this shape.
      ValueError: None, a list with rows of unequal length, too many elements, or both flags.
    """
    if allow_broadcast and verify_shape:
        raise ValueError("allow_broadcast and verify_shape are not both allowed.")
    if hasattr(values, "tensor_shape") and hasattr(values, "SerializeToString"):
        return values
    array = constant_array(values, as_dtype(dtype) if dtype else None)
    wanted = array.shape if shape is None else tuple(int(size) for size in shape)
    _check(array, wanted, verify_shape, allow_broadcast)
    if array.size == math.prod(wanted) > 1 and as_dtype(array.dtype) not in {dtypes.bool, dtypes.string}:
        return content_proto(array.reshape(wanted))
    return values_proto(array, wanted)


def _check(array: np.ndarray, wanted: tuple[int, ...], verify_shape: bool, allow_broadcast: bool) -> None:
    count = math.prod(wanted)
    unequal = verify_shape and array.shape != wanted
    if unequal or (allow_broadcast and array.shape not in {(), (1,)} and array.size != count):
        raise TypeError(f"Expected Tensor's shape: {wanted}, but got {array.shape}.")
    if array.size > count:
        raise ValueError(f"Too many elements provided. Takes at most {count}, but got {array.size}.")
