"""Arguments of queue handles and of their enqueues: made of one form, or refused in TensorFlow's words.

Invariants (SEMANTICS 31, 36, 38, 39):
  - what is refused here is refused while the graph is built, with a message that names queue and component;
  - a Python value takes the dtype of its component; a tensor of another dtype is never cast.
"""

import operator
from collections.abc import Iterable, Sequence
from typing import Any

from tfqueue.framework.dimension import Dimension
from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.framework.tensor_shape import TensorShape, as_shape
from tfqueue.graph.operation import Tensor

from .constant_op import convert_to_tensor

Values = Any
"""What is enqueued: a value, a list or tuple of values, or a dict of them for a queue with names."""


def int_argument(name: str, value: Any) -> int:
    """A number that must be known while the graph is built; TypeError "Expected int for argument 'capacity' ..."."""
    try:
        return int(value) if isinstance(value, float) and value.is_integer() else operator.index(value)
    except TypeError:
        raise TypeError(f"Expected int for argument '{name}' not {value!r}.") from None


def type_list(dtypes: Any) -> list[DType]:
    """`dtypes`, which may be a single one, as a list; ValueError when it is empty."""
    types = [as_dtype(dtype) for dtype in (dtypes if isinstance(dtypes, list | tuple) else [dtypes])]
    if not types:
        raise ValueError("A queue needs at least one component: `dtypes` is empty.")
    return types


def shape_list(shapes: Any) -> list[TensorShape] | None:
    """`shapes`, which may be one TensorShape, one tuple of ints or a list of either, as a list; None stays None.

    Errors: ValueError "All shapes must be fully defined"; TypeError for what is no shape.
    """
    if shapes is None:
        return None
    if isinstance(shapes, TensorShape):
        shapes = [shapes]
    if not isinstance(shapes, list | tuple):
        raise TypeError(
            f"Shapes must be a TensorShape or a list or tuple of TensorShapes, got {type(shapes).__name__} instead."
        )
    if all(size is None or isinstance(size, int | Dimension) for size in shapes):
        shapes = [shapes]  # the sizes of one shape
    listed = [as_shape(shape) for shape in shapes]
    if not all(shape.is_fully_defined() for shape in listed):
        raise ValueError(f"All shapes must be fully defined: {listed}")
    return listed


def partial_shape_list(shapes: Any) -> list[TensorShape]:
    """`shapes`, a list with a shape for each component; sizes may be unknown, ranks not. ValueErrors otherwise."""
    unlisted = isinstance(shapes, TensorShape | str) or not isinstance(shapes, Sequence)
    if unlisted or not shapes or any(size is None or isinstance(size, int | Dimension) for size in shapes):
        raise ValueError("When providing partial shapes, a list of shapes must be provided.")
    listed = [as_shape(shape) for shape in shapes]
    if any(shape.ndims is None for shape in listed):
        raise ValueError(f"All shapes must have a defined rank: {listed}")
    return listed


def name_list(names: Any, dtypes: Sequence[DType]) -> list[str] | None:
    """`names`, which may be a single one, as a list; ValueError when there are not as many as components."""
    if names is None:
        return None
    listed = list(names) if isinstance(names, list | tuple) else [names]
    if len(listed) != len(dtypes):
        raise ValueError(
            "List of names must have the same length as the list of dtypes, "
            f"received len(names)={len(listed)}, len(dtypes)={len(dtypes)}"
        )
    return listed


def in_order(values: Values, names: Sequence[str] | None, count: int, queue: str) -> list[Any]:
    """The values to enqueue, one a component, in the queue's order.

    Errors: ValueError when a dict is given to a queue without names, or not given to one with names, when its keys are
    others, or when there are not just `count` values.
    """
    if isinstance(values, dict):
        if not names:
            raise ValueError(f"Queue must have names to enqueue a dictionary; queue '{queue}' has none")
        if set(names) != set(values):
            raise ValueError(
                f"Keys in dictionary to enqueue do not match names of Queue '{queue}'.  "
                f"Dictionary: {sorted(values, key=str)}, Queue: {sorted(names, key=str)}"
            )
        return [values[name] for name in names]
    if names:
        raise ValueError(f"You must enqueue a dictionary in a Queue with names; queue '{queue}' has {list(names)}")
    listed = list(values) if isinstance(values, list | tuple) else [values]
    if len(listed) != count:
        raise ValueError(
            f"Queue '{queue}' has {count} component{'s' if count > 1 else ''}, and {len(listed)} values were given. "
            "Pass a list with one value a component."
        )
    return listed


def components(
    values: Iterable[Any], dtypes: Sequence[DType], shapes: Sequence[TensorShape], queue: str
) -> list[Tensor]:
    """The values of one element as tensors. ValueError for a tensor of another dtype or shape."""
    tensors = _tensors(values, dtypes, queue)
    for index, (tensor, shape) in enumerate(zip(tensors, shapes, strict=True)):
        _check_shape(tensor.shape, shape, index, queue)
    return tensors


def batch_components(
    values: Iterable[Any], dtypes: Sequence[DType], shapes: Sequence[TensorShape], queue: str
) -> list[Tensor]:
    """The values of a batch of elements as tensors, each with one more dimension in front.

    Errors: ValueError for a scalar, for a tensor of another dtype or shape, and for sizes of the batch that differ;
    what is not known yet is checked when the op runs.
    """
    tensors = _tensors(values, dtypes, queue)
    size: int | None = None
    for index, (tensor, shape) in enumerate(zip(tensors, shapes, strict=True)):
        try:
            got = tensor.shape.with_rank_at_least(1)
        except ValueError as error:
            raise ValueError(f"{error} ({_place(queue, index)}: enqueue_many needs a batch)") from None
        _check_shape(got[1:], shape, index, queue)
        mine = None if got.ndims is None else got.as_list()[0]
        if size is not None and mine is not None and mine != size:
            raise ValueError(
                f"Dimensions {size} and {mine} are not compatible ({_place(queue, index)}: rows of a batch)"
            )
        size = mine if size is None else size
    return tensors


def _tensors(values: Iterable[Any], dtypes: Sequence[DType], queue: str) -> list[Tensor]:
    tensors = []
    for index, (value, dtype) in enumerate(zip(values, dtypes, strict=True)):
        try:
            tensors.append(convert_to_tensor(value, dtype=dtype, name=f"component_{index}"))
        except (TypeError, ValueError) as error:
            words = f"{_place(queue, index)}: expected {dtype.name}"
            raise type(error)(f"component_{index}: {error} ({words})") from error
    return tensors


def _check_shape(got: TensorShape, expected: TensorShape, index: int, queue: str) -> None:
    try:
        got.assert_is_compatible_with(expected)
    except ValueError as error:
        raise ValueError(f"{error} ({_place(queue, index)}: expected {expected}, got {got})") from None


def _place(queue: str, index: int) -> str:
    return f"component {index} of queue '{queue}'"
