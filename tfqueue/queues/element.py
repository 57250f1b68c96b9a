"""What an element of a graph's queue is: components with dtypes, shapes and names; checked, split and stacked.

The queue itself never looks into its elements; these functions run in the caller's thread, outside the queue's lock.
An element is a tuple of NumPy values, one a component. Messages are TensorFlow's (core/kernels/queue_base.cc).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType

import numpy as np
import numpy.typing as npt

from tfqueue.framework.dtypes import DType, string
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import TensorShape

from .disciplines import Element

Component = npt.NDArray[np.generic] | np.generic | bytes
"""A value at run time; a scalar string may be plain bytes."""


@dataclass(frozen=True, slots=True)
class ElementSpec:
    """Dtypes of the components, and, where declared, their static shapes and names.

    Without `shapes` any shape may be enqueued, and batches cannot be dequeued.
    """

    dtypes: tuple[DType, ...]
    shapes: tuple[TensorShape, ...] | None = None
    names: tuple[str, ...] | None = None
    kind: str = "FIFOQueue"
    """Named in messages."""

    def check_element(self, components: Sequence[Component]) -> None:
        """Each component must have its declared shape. InvalidArgumentError naming component, expected and got."""
        if self.shapes is None:
            return
        for index, (component, shape) in enumerate(zip(components, self.shapes, strict=True)):
            got = np.shape(component)
            if not shape.is_compatible_with(got):
                raise _mismatch(index, _dimensions(shape), got)

    def check_batch(self, components: Sequence[Component]) -> int:
        """The common first dimension of the components, each `[n] + shape`. Returns n."""
        count = _first_dimension(components[0], 0)
        for index, component in enumerate(components):
            got = np.shape(component)
            if self.shapes is not None:
                shape = self.shapes[index]
                if got[:1] != (count,) or not shape.is_compatible_with(got[1:]):
                    raise _mismatch(index, [count, *_dimensions(shape)], got)
            elif _first_dimension(component, index) != count:
                raise InvalidArgumentError(
                    None,
                    None,
                    "All input tensors must have the same size in the 0th dimension. "
                    f"Component {index} has {got[0]}, and should have {count}",
                )
        return count

    def split(self, components: Sequence[Component]) -> list[Element]:
        """The elements of a batch: row i of every component, each with memory of its own, so that a queue that holds
        one row does not hold the whole batch."""
        columns = [_rows(component) for component in components]
        return list(zip(*columns, strict=True))

    def stack(self, elements: Sequence[Element]) -> tuple[npt.NDArray[np.generic], ...]:
        """The batch of these elements: `[n] + shape` per component, in fresh memory. `n` may be 0.

        Errors: InvalidArgumentError when the shapes are not known, as in TensorFlow.
        """
        shapes = self.batch_shapes()
        batch = []
        for index, (dtype, shape) in enumerate(zip(self.dtypes, shapes, strict=True)):
            out = np.empty((len(elements), *shape), dtype.as_numpy_dtype)
            for row, element in enumerate(elements):
                out[row, ...] = element[index]  # not out[row], which would nest a string's 0-d array
            batch.append(out)
        return tuple(batch)

    def batch_shapes(self) -> list[tuple[int, ...]]:
        """The fully defined shapes that batches are made of; see `stack` for the error."""
        if self.shapes is None:
            raise InvalidArgumentError(
                None,
                None,
                f"{self.kind}'s DequeueMany and DequeueUpTo require the components to have specified shapes. "
                "Give the queue `shapes=`, or take elements one by one with dequeue().",
            )
        return [tuple(size for size in shape.as_list() if size is not None) for shape in self.shapes]


@dataclass(frozen=True, slots=True)
class PaddedElementSpec(ElementSpec):
    """As `ElementSpec`, for shapes with unknown dimensions: those are padded to the batch's maximum, with 0, False or
    b""."""

    kind: str = "PaddingFIFOQueue"

    def stack(self, elements: Sequence[Element]) -> tuple[npt.NDArray[np.generic], ...]:
        """The padded batch of these elements; of none, with 0 in each unknown dimension."""
        batch = []
        for index, (dtype, shape) in enumerate(zip(self.dtypes, self.shapes or (), strict=True)):
            sizes = [np.shape(element[index]) for element in elements]
            widest = [
                max((size[axis] for size in sizes), default=0) if known is None else known
                for axis, known in enumerate(_dimensions(shape))
            ]
            out = np.full((len(elements), *widest), _padding(dtype), dtype.as_numpy_dtype)
            for row, (element, size) in enumerate(zip(elements, sizes, strict=True)):
                place: tuple[int | slice | EllipsisType, ...] = (row, *(slice(0, length) for length in size), ...)
                out[place] = element[index]
            batch.append(out)
        return tuple(batch)


def _padding(dtype: DType) -> bytes | int:
    return b"" if dtype == string else 0


def _first_dimension(component: Component, index: int) -> int:
    shape = np.shape(component)
    if not shape:
        raise InvalidArgumentError(
            None, None, f"enqueue_many needs a batch: component {index} is a scalar and has no rows"
        )
    return int(shape[0])


def _rows(component: Component) -> list[Component]:
    array = np.asarray(component)
    return [row.copy() if isinstance(row, np.ndarray) else row for row in array]


def _dimensions(shape: TensorShape) -> list[int | None]:
    dimensions: list[int | None] = shape.as_list()
    return dimensions


def _mismatch(index: int, expected: Sequence[int | None], got: Sequence[int]) -> InvalidArgumentError:
    words = f"Shape mismatch in tuple component {index}. Expected {_text(expected)}, got {_text(got)}"
    return InvalidArgumentError(None, None, words)


def _text(dimensions: Sequence[int | None]) -> str:
    return "[" + ",".join("?" if size is None else str(size) for size in dimensions) + "]"
