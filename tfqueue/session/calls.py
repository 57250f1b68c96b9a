"""One op of a plan as a function of the step's slots: inputs read from slots, outputs written to them.

Invariants:
  - a call returns None when the op is done; the `Attempt` of an op that waits, whose value `deliver` puts in later; or
    `LATER` when the op was not started;
  - it reads only its input slots, and writes only its output slots.

The arities that nearly all ops have are written out, for a call costs as much as a kernel.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from tfqueue.queues.attempts import Attempt

Slots = list[Any]
Kernel = Callable[..., Any]
Call = Callable[[Slots], Any]
Deliver = Callable[[Slots, Any], None]

STEP = 0
"""The slot that holds the `Step`, for kernels that take it."""

UNUSED = 1
"""The slot for values that nobody reads."""


LATER: Any = object()
"""What the call of an op returns that must not be started here."""


def left_for_later(slots: Slots) -> Any:
    """The call of a blocking op beside which others can run: it needs a thread of its own."""
    return LATER


def bind_call(kernel: Kernel, inputs: Sequence[int], deliver: Deliver, output: int | None) -> Call:
    """Calls a kernel that does not wait. `output` is its slot where it has just one output; else `deliver` splits."""
    if output is None:
        return _split(kernel, inputs, deliver)
    if len(inputs) > 3:
        return _of_many(kernel, inputs, output)
    return (_of_none, _of_one, _of_two, _of_three)[len(inputs)](kernel, output, *inputs)


def bind_waiting_call(kernel: Kernel, inputs: Sequence[int], deliver: Deliver, output: int | None) -> Call:
    """`bind_call` for a kernel that takes the step, and may answer with an attempt."""
    arguments = values_of((STEP, *inputs))

    def call(slots: Slots) -> Any:
        value = kernel(*arguments(slots))
        if value.__class__ is Attempt:
            return value
        if output is None:
            deliver(slots, value)
        else:
            slots[output] = value
        return None

    return call


def bind_deliver(outputs: Sequence[int]) -> Deliver:
    """Puts what a kernel returned into the slots of the op's outputs."""
    if len(outputs) > 1:

        def deliver_each(slots: Slots, values: Any) -> None:
            for slot, value in zip(outputs, values, strict=True):
                slots[slot] = value

        return deliver_each
    output = outputs[0] if outputs else UNUSED

    def deliver(slots: Slots, value: Any) -> None:
        slots[output] = value

    return deliver


def values_of(places: Sequence[int]) -> Callable[[Slots], Sequence[Any]]:
    """The values in these slots, as a sequence."""
    if len(places) > 1:
        return itemgetter(*places)
    if not places:
        return lambda slots: ()
    place = places[0]
    return lambda slots: (slots[place],)


def copying(kernel: Kernel, positions: Sequence[int]) -> Kernel:
    """The kernel given copies of its arguments at these positions: it keeps them, and somebody else has them too."""

    def kernel_with_copies(*values: Any) -> Any:
        arguments = list(values)
        for position in positions:
            arguments[position] = copied(arguments[position])
        return kernel(*arguments)

    return kernel_with_copies


def copied(value: Any) -> Any:
    """An array of its own memory. Scalars and strings cannot change, and pass as they are."""
    return value.copy() if isinstance(value, np.ndarray) else value


def _of_none(kernel: Kernel, output: int) -> Call:
    def call(slots: Slots) -> None:
        slots[output] = kernel()

    return call


def _of_one(kernel: Kernel, output: int, a: int) -> Call:
    def call(slots: Slots) -> None:
        slots[output] = kernel(slots[a])

    return call


def _of_two(kernel: Kernel, output: int, a: int, b: int) -> Call:
    def call(slots: Slots) -> None:
        slots[output] = kernel(slots[a], slots[b])

    return call


def _of_three(kernel: Kernel, output: int, a: int, b: int, c: int) -> Call:
    def call(slots: Slots) -> None:
        slots[output] = kernel(slots[a], slots[b], slots[c])

    return call


def _of_many(kernel: Kernel, inputs: Sequence[int], output: int) -> Call:
    arguments = itemgetter(*inputs)

    def call(slots: Slots) -> None:
        slots[output] = kernel(*arguments(slots))

    return call


def _split(kernel: Kernel, inputs: Sequence[int], deliver: Deliver) -> Call:
    arguments = values_of(inputs)

    def call(slots: Slots) -> None:
        deliver(slots, kernel(*arguments(slots)))

    return call
