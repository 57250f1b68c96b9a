"""Order without data: `no_op`, `group`, `tuple`, `with_dependencies`, and `Assert`, which ends a step."""

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import brackets
from tfqueue.graph.graph import control_dependencies, name_scope
from tfqueue.graph.op_def import apply_op, register_op
from tfqueue.graph.operation import Operation, Tensor

from .array_ops import identity
from .constant_op import convert_to_tensor
from .values import Value, as_array

SUMMARIZED = 3
"""Elements of each tensor that a failed assertion prints."""


@register_op("NoOp")
def _no_op() -> None:
    pass


def no_op(name: str | None = None) -> Operation:
    """An op that does nothing; it may have control dependencies."""
    return apply_op("NoOp", [], [], name)


def group(*inputs: Any, name: str | None = None) -> Operation:
    """An op that is done when all `inputs`, tensors and ops, also in nested lists and dicts, are done.

    Raises:
      TypeError: an input is neither.
    """
    operations = [_operation_of(item) for item in _leaves(inputs)]
    with name_scope(name, "group_deps", operations) as scope, control_dependencies(operations):
        return no_op(scope)


def tuple(  # noqa: A001 - TensorFlow's name
    tensors: Sequence[Any], name: str | None = None, control_inputs: Iterable[Any] | None = None
) -> list[Any]:
    """The same tensors, each of them ready only when all are, and `control_inputs` too. None stays None.

    Raises:
      ValueError: there is no tensor among them.
      TypeError: a control input is neither tensor nor op.
    """
    with name_scope(name, "tuple", [item for item in tensors if item is not None]):
        made = [item if item is None or isinstance(item, Operation) else convert_to_tensor(item) for item in tensors]
        if all(item is None for item in made):
            raise ValueError(f"'tensors' must have at least one Tensor. Received: {tensors}.")
        gate = group(*(item for item in made if item is not None), *map(_operation_of, control_inputs or ()))
        return [None if item is None else _gated(gate, item) for item in made]


def with_dependencies(dependencies: Iterable[Any], output_tensor: Any, name: str | None = None) -> Any:
    """`output_tensor`, ready only when `dependencies`, tensors and ops, are done."""
    tensor = convert_to_tensor(output_tensor)
    with name_scope(name, "control_dependency", [*dependencies, tensor]) as scope, control_dependencies(dependencies):
        return identity(tensor, name=scope)


def _gated(gate: Operation, item: Tensor | Operation) -> Tensor | Operation:
    if isinstance(item, Operation):
        return group(gate, item)
    tensor: Tensor = with_dependencies([gate], item)
    return tensor


def _leaves(inputs: Any) -> Iterator[Any]:
    if isinstance(inputs, Mapping):
        inputs = inputs.values()
    elif not isinstance(inputs, list | builtins.tuple):
        yield inputs
        return
    for item in inputs:
        yield from _leaves(item)


def _operation_of(item: Any) -> Operation:
    convert = getattr(item, "_as_graph_element", None)
    element = item if convert is None else convert()
    if isinstance(element, Tensor):
        return element.op
    if isinstance(element, Operation):
        return element
    raise TypeError(
        f"'inputs' should be zero or more (nested) Tensors. Received '{item}' with type '{type(item)}': "
        "expected Tensor or Operation."
    )


# Assertions ----------------------------------------------------------------------------------------------------------


@register_op("Assert", bind=True, stateful=True)
def _assert(op: Operation, session: Any) -> Callable[..., None]:
    limit: int = op.get_attr("summarize")

    def check(condition: Value, *data: Value) -> None:
        if np.ndim(condition) != 0:
            raise InvalidArgumentError(None, None, f"In[0] should be a scalar: {brackets(np.shape(condition))}")
        if not condition:
            words = " ".join(f"[{_summary(as_array(value), limit)}]" for value in data)
            raise InvalidArgumentError(None, None, f"assertion failed: {words}")

    return check


def Assert(condition: Any, data: Sequence[Any], summarize: int | None = None, name: str | None = None) -> Operation:
    """An op that raises InvalidArgumentError "assertion failed: ..." with `data` when `condition`, a scalar, is False.

    Args:
      data: tensors and values to print, `summarize` elements of each (3; negative: all).

    Raises:
      TypeError: `data` is no list or tuple.
    """
    if not isinstance(data, list | builtins.tuple):
        raise TypeError(f"Expected list for 'data' argument to 'Assert' Op, not {data}.")
    with name_scope(name, "Assert", [condition, *data]):
        inputs = [convert_to_tensor(condition, dtypes.bool, name="condition")]
        inputs += [convert_to_tensor(value, name=f"data_{place}") for place, value in enumerate(data)]
        return apply_op("Assert", inputs, [], summarize=SUMMARIZED if summarize is None else summarize)


def _summary(array: np.ndarray, limit: int) -> str:
    """The first elements, as TensorFlow prints them: "1 2 3...", "[1.5 2][3...]..."."""
    limit = array.size if limit < 0 else min(limit, array.size)
    words, _ = _printed(array, limit, inside=False)
    return words + ("..." if limit < array.size else "")


def _printed(array: np.ndarray, left: int, inside: bool) -> builtins.tuple[str, int]:
    """At most `left` elements of an array in words, and how many may still follow."""
    if array.ndim == 0:
        return _word(array[()]), left - 1
    if array.ndim == 1:
        shown = " ".join(map(_word, array[:left]))
        return shown + ("..." if inside and left < len(array) else ""), left - min(left, len(array))
    words = ""
    for row in array:
        if left <= 0:
            break
        row_words, left = _printed(row, left, inside=True)
        words += f"[{row_words}]"
    return words, left


def _word(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, np.bool_):
        return str(int(value))
    return str(value).removesuffix(".0")
