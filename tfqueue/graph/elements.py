"""Finding a tensor or op by name, and saying what is wrong with the name when there is none: TensorFlow's sentences."""

from collections.abc import Mapping

from .operation import Operation, Tensor

_FORM = 'Tensor names must be of the form "<op_name>:<output_index>".'


def wanted_kind(allow_tensor: bool, allow_operation: bool) -> str:
    """What may be named, in words.

    Raises:
      ValueError: nothing may.
    """
    kinds = ["Tensor"] * allow_tensor + ["Operation"] * allow_operation
    if not kinds:
        raise ValueError("allow_tensor and allow_operation can't both be False.")
    return " or ".join(kinds)


def operation_named(operations: Mapping[str, Operation], name: str, kind: str) -> Operation:
    """The op of this name.

    Raises:
      KeyError: there is none.
      ValueError: `kind` does not allow for ops.
    """
    operation = operations.get(name)
    if "Operation" not in kind:
        what = "refers to an Operation" if operation else "looks like an (invalid) Operation name"
        raise ValueError(f"The name {name!r} {what}, not a {kind}. {_FORM}")
    if operation is None:
        raise KeyError(f"The name {name!r} refers to an Operation not in the graph.")
    return operation


def tensor_named(operations: Mapping[str, Operation], name: str, kind: str) -> Tensor:
    """The tensor of this name.

    Raises:
      KeyError: there is none.
      ValueError: it is no tensor's name, or `kind` does not allow for tensors.
    """
    if "Tensor" not in kind:
        raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a {kind}.")
    op_name, _, index = name.partition(":")
    if not index.isdecimal():
        raise ValueError(f"The name {name!r} looks a like a Tensor name, but is not a valid one. {_FORM}")
    operation = operations.get(op_name)
    missing = f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, "
    if operation is None:
        raise KeyError(missing + "does not exist in the graph.")
    if int(index) >= len(operation.outputs):
        raise KeyError(missing + f"exists but only has {len(operation.outputs)} outputs.")
    return operation.outputs[int(index)]
