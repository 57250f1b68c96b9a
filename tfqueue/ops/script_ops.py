"""Python functions as ops: `py_func` and `numpy_function`.

Invariants:
  - the function gets what TensorFlow gives it: arrays, NumPy scalars for scalars, `bytes` for scalar strings;
  - what it returns has the declared dtypes, or the step ends with an error that names op, function and both dtypes;
  - an exception of the function ends the step with TensorFlow's class for it, its traceback in the message, chained.
"""

import traceback
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.framework.errors import InvalidArgumentError, OpError
from tfqueue.framework.numbering import Numbering
from tfqueue.framework.translation import op_error_class
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import apply_op, register_op
from tfqueue.graph.operation import Operation

from .constant_op import constant_array, convert_to_tensor
from .values import Value, as_array

_numbers = Numbering()  # of the wrapped functions of the process: pyfunc_0, pyfunc_1, ...


# It stores, as the function may keep or change its arrays, and keeps, as it may go on using what it returned.
@register_op("PyFunc", bind=True, keeps=True, stores=True, stateful=True)
@register_op("PyFuncStateless", bind=True, keeps=True, stores=True)
def _py_func(op: Operation, session: Any) -> Callable[..., Any]:
    function, token = op.attrs["func"], op.attrs["token"]
    expected = [output.dtype for output in op.outputs]

    def call(*values: Value) -> Any:
        try:
            result = function(*map(_argument, values))
        except Exception as error:
            raise _exception_of(function, error) from error
        returned = _as_list(result)
        if len(returned) != len(expected):
            words = f"{token} returns {len(returned)} values, but expects to see {len(expected)} values."
            raise InvalidArgumentError(None, None, f"{words} {_whose(op, function)}")
        checked = [
            _checked(value, dtype, place, op)
            for place, (value, dtype) in enumerate(zip(returned, expected, strict=True))
        ]
        return checked[0] if len(checked) == 1 else checked

    return call


def py_func(
    func: Callable[..., Any], inp: Sequence[Any], Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """Calls `func` with the values of `inp`, in the step and in its thread; its results are the tensors.

    Args:
      func: takes arrays, NumPy scalars and bytes, which are its own; returns a value, or a list of one for each dtype.
      inp: tensors, or what makes them.
      Tout: a dtype, which gives one tensor, or a list of dtypes, which gives a list; an empty one gives the op.
      stateful: recorded; False says that equal inputs give equal outputs.
      name: of the op.

    Raises:
      ValueError: `func` cannot be called.

    When run, an exception of `func` becomes InvalidArgumentError (ValueError, TypeError), OutOfRangeError
    (StopIteration), ResourceExhaustedError (MemoryError), UnimplementedError (NotImplementedError) or UnknownError.
    """
    if not callable(func):
        raise ValueError(f"Expected func to be callable. Received func={func} of type {type(func)}.")
    single = not isinstance(Tout, list | tuple)
    dtypes = [as_dtype(dtype) for dtype in ([Tout] if single else Tout)]
    with name_scope(name, "PyFunc", inp) as scope:
        inputs = [convert_to_tensor(value, name=f"input_{place}") for place, value in enumerate(inp)]
        op_type = "PyFunc" if stateful else "PyFuncStateless"
        token = f"pyfunc_{_numbers.take()}"
        attrs = {"Tin": [tensor.dtype for tensor in inputs], "Tout": dtypes, "token": token, "func": func}
        op = apply_op(op_type, inputs, dtypes, scope, **attrs)
    if single:
        return op.outputs[0]
    return list(op.outputs) or op


def numpy_function(
    func: Callable[..., Any], inp: Sequence[Any], Tout: Any, name: str | None = None, stateful: bool = True
) -> Any:
    """`py_func` under its later name."""
    return py_func(func, inp, Tout, stateful, name)


def _argument(value: Value) -> Any:
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


def _as_list(result: Any) -> list[Any]:
    if result is None:
        return []
    return list(result) if isinstance(result, list | tuple) else [result]


def _exception_of(function: Callable[..., Any], error: Exception) -> OpError:
    # Without our own frame, which is the first.
    frames = error.__traceback__.tb_next if error.__traceback__ is not None else None
    trace = "".join(traceback.format_exception(type(error), error, frames))
    return op_error_class(error)(None, None, f"{type(error).__name__}: {error}\n{trace.rstrip()}")


def _checked(value: Any, dtype: DType, place: int, op: Operation) -> Value:
    array = _array_of(value)
    found = None if array is None else as_dtype(array.dtype)
    if array is not None and found == dtype:
        return array[()] if array.ndim == 0 else array.astype(dtype.as_numpy_dtype, copy=False)
    got = type(value).__name__ if found is None else found.protocol_name
    raise InvalidArgumentError(
        None,
        None,
        f"{place}-th value returned by {op.attrs['token']} is {got}, but expects {dtype.protocol_name}. "
        f"{_whose(op, op.attrs['func'])} Return an array of that dtype, or declare another in Tout.",
    )


def _array_of(value: Any) -> np.ndarray | None:
    """The array that NumPy makes of it, strings as bytes; None when it makes none of numbers or of strings."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind not in "OSU":
        return as_array(value)
    try:
        array = np.asarray(value)
        if array.dtype.kind in "OSU":
            return constant_array(value)
        as_dtype(array.dtype)
    except (TypeError, ValueError):
        return None
    return array


def _whose(op: Operation, function: Callable[..., Any]) -> str:
    return f"Op '{op.name}' calls {getattr(function, '__qualname__', repr(function))}."
