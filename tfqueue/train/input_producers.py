"""Queues that are filled with the rows of a tensor, epoch after epoch.

A producer is: shuffle the whole tensor, count the epoch, put all rows into a FIFO queue; one thread does so again and
again. So rows are shuffled within an epoch, anew for each, and no row comes twice before all others came once.
After TensorFlow 1's python/training/input.py, to names, tags and messages (SEMANTICS 63-67, 73-75).
"""

from collections.abc import Sequence
from typing import Any

from tfqueue.framework.dtypes import float32, int64, string
from tfqueue.framework.tensor_shape import TensorShape
from tfqueue.graph.graph import GraphKeys, control_dependencies, name_scope
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.ops.arguments import TensorLike
from tfqueue.ops.array_ops import identity, shape, size
from tfqueue.ops.cast_ops import cast
from tfqueue.ops.comparison_ops import greater
from tfqueue.ops.constant_op import constant, convert_to_tensor
from tfqueue.ops.control_flow_ops import Assert
from tfqueue.ops.fill_ops import range as number_range
from tfqueue.ops.io_ops import matching_files
from tfqueue.ops.masking_ops import gather
from tfqueue.ops.queue_base import QueueBase
from tfqueue.ops.queue_ops import FIFOQueue
from tfqueue.ops.random_ops import random_shuffle
from tfqueue.ops.summary_ops import scalar
from tfqueue.ops.variables import Variable

from .queue_runner import QueueRunner, add_queue_runner

_NOT_NULL = (
    "string_input_producer requires a non-null input tensor: its list of strings is empty. "
    "If it came from a pattern or a directory, look whether any file is there."
)


def match_filenames_once(pattern: TensorLike, name: str | None = None) -> Variable:
    """A local variable with the names of the files that match one of the patterns when it is initialized.

    `local_variables_initializer()` must be run before; later changes of the directory are not seen. Of no promised
    order. See `matching_files`.
    """
    with name_scope(name, "matching_filenames", [pattern]) as scope:
        return Variable(
            matching_files(pattern),
            trainable=False,
            validate_shape=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
            name=scope,
        )


def limit_epochs(tensor: TensorLike, num_epochs: int | None = None, name: str | None = None) -> Any:
    """`tensor`, `num_epochs` times; the run after that raises OutOfRangeError. None: without limit.

    The count is a local variable `epochs`: `local_variables_initializer()` must be run before.

    Errors: ValueError unless num_epochs > 0; FailedPreconditionError when a run finds no initialized count.
    """
    if num_epochs is None:
        return tensor
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        zero = constant(0, dtype=int64)
        epochs = Variable(zero, name="epochs", trainable=False, collections=[GraphKeys.LOCAL_VARIABLES])
        with control_dependencies([epochs.count_up_to(num_epochs)]):
            return identity(tensor, name=scope)


def input_producer(
    input_tensor: TensorLike,
    element_shape: Any = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    summary_name: str | None = None,
    name: str | None = None,
    cancel_op: Operation | None = None,
) -> QueueBase:
    """A queue of the rows of `input_tensor`, of shape `[n] + element_shape`; its runner is in QUEUE_RUNNERS.

    Args:
      input_tensor: the rows; read again for every epoch.
      element_shape: the shape of a row, where the tensor's static shape does not tell it.
      num_epochs: how often each row comes; see `limit_epochs`. None: without end.
      shuffle: the rows of each epoch come in another order.
      seed: of the shuffling.
      capacity: of the queue.
      shared_name: of the queue.
      summary_name: the tag of a scalar summary, size / capacity; None: no summary.
      name: of the scope and the queue.
      cancel_op: run when the coordinator stops, in place of a cancelling close.

    Errors: ValueError when the shape of a row is not known. Without rows the runner ends by InvalidArgumentError, and
    so do those who wait for its rows.
    """
    with name_scope(name, "input_producer", [input_tensor]):
        rows = convert_to_tensor(input_tensor, name="input_tensor")
        row_shape = rows.shape[1:].merge_with(element_shape)
        if not row_shape.is_fully_defined():
            raise ValueError(
                "Either `input_tensor` must have a fully defined shape or `element_shape` must be specified: "
                f"a row of {rows} has shape {row_shape}."
            )
        rows = _not_empty(rows)
        if shuffle:
            rows = random_shuffle(rows, seed=seed)
        rows = limit_epochs(rows, num_epochs)
        queue = FIFOQueue(capacity, [rows.dtype.base_dtype], [row_shape], shared_name=shared_name, name=name)
        add_queue_runner(QueueRunner(queue, [queue.enqueue_many([rows])], cancel_op=cancel_op))
        if summary_name is not None:
            scalar(summary_name, cast(queue.size(), float32) * (1.0 / capacity))
        return queue


def string_input_producer(
    string_tensor: TensorLike,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
    cancel_op: Operation | None = None,
) -> QueueBase:
    """A queue of the strings (file names, say) of a vector; see `input_producer`.

    Adds the summary `<name>/fraction_of_<capacity>_full`.

    Errors: ValueError for an empty list. An empty *tensor* is found when it runs: the runner ends by
    InvalidArgumentError, and so do those who wait for its strings.
    """
    if isinstance(string_tensor, str | bytes):
        raise ValueError(f"string_input_producer takes a list of strings, not one string: pass [{string_tensor!r}].")
    if not isinstance(string_tensor, Tensor | Variable) and len(string_tensor) == 0:
        raise ValueError(_NOT_NULL)
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        strings = convert_to_tensor(string_tensor, dtype=string)
        with control_dependencies([Assert(greater(size(strings), 0), [_NOT_NULL])]):
            strings = identity(strings)
        return input_producer(
            strings,
            element_shape=[],
            num_epochs=num_epochs,
            shuffle=shuffle,
            seed=seed,
            capacity=capacity,
            shared_name=shared_name,
            summary_name=_fraction_of(capacity),
            name=scope,
            cancel_op=cancel_op,
        )


def range_input_producer(
    limit: TensorLike | None = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> QueueBase:
    """A queue of the numbers 0 to limit - 1; see `input_producer`.

    Args:
      limit: an int32 scalar; None: as many numbers as the queue holds.

    Adds the summary `<name>/fraction_of_<capacity>_full`.
    """
    with name_scope(name, "input_producer", [limit]) as scope:
        numbers = number_range(capacity if limit is None else limit)
        if _known_count(numbers) == 0:
            raise ValueError(f"range_input_producer: limit must be > 0, not {limit}: its queue would stay empty.")
        return input_producer(
            numbers,
            element_shape=[],
            num_epochs=num_epochs,
            shuffle=shuffle,
            seed=seed,
            capacity=capacity,
            shared_name=shared_name,
            summary_name=_fraction_of(capacity),
            name=scope,
        )


def slice_input_producer(
    tensor_list: Sequence[TensorLike],
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """One row of each tensor, all with the same number; a list of tensors without the first dimension.

    Takes the numbers from a `range_input_producer`, whose arguments the others are.

    Errors: ValueError for an empty list, and for tensors that are known to have different numbers of rows.
    """
    with name_scope(name, "input_producer", tensor_list):
        tensors = [convert_to_tensor(tensor) for tensor in tensor_list]
        if not tensors:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        _check_rows(tensors)
        rows = shape(tensors[0])[0]
        queue = range_input_producer(rows, num_epochs, shuffle, seed, capacity, shared_name)
        index = queue.dequeue()
        return [gather(tensor, index) for tensor in tensors]


def _not_empty(rows: Tensor) -> Tensor:
    """The rows, there being some: a runner that enqueues nothing would turn for ever, and its readers wait."""
    if _known_count(rows):
        return rows
    with control_dependencies([Assert(greater(size(rows), 0), ["input_producer: there are no rows to produce"])]):
        return identity(rows)


def _known_count(rows: Tensor) -> int | None:
    count: int | None = rows.shape.as_list()[0] if rows.shape.ndims else None
    return count


def _fraction_of(capacity: int) -> str:
    return f"fraction_of_{capacity}_full"


def _check_rows(tensors: Sequence[Tensor]) -> None:
    first = tensors[0].shape[:1]
    if _known_count(tensors[0]) == 0:
        raise ValueError(f"slice_input_producer: {tensors[0]} has no rows, so there is no example to produce.")
    for number, tensor in enumerate(tensors):
        rows: TensorShape = tensor.shape[:1]
        if not rows.is_compatible_with(first):
            counts = f"tensor {number} has {rows.as_list()[0]} rows, tensor 0 has {first.as_list()[0]}"
            raise ValueError(
                f"slice_input_producer: {counts}: {tensor}, {tensors[0]}. Each example needs a row in every tensor."
            )
