"""Random programs of queue operations, as JSON.

A program is one queue (by one handle, or by two that share it) and a list of steps, each an operation on it:
  - `timeout_ms`: run by the driver, and waited for; without it the operation gets a thread, and may wait;
  - `static`: its arguments are constants, so that what is wrong is refused while the graph is built; else they are fed,
    and what is wrong shows when the op runs;
  - when all threads wait, the driver runs the step with a timeout; what would then wait behind another is passed over.
Each element is made from a number of its own, so that it can be told from all others wherever it comes out. (Elements
of one priority are equal in all components: their order among each other is nobody's promise.)
"""

import math
import random
from typing import Any

Program = dict[str, Any]
Step = dict[str, Any]
Shape = list[int | None]

KINDS = ("FIFOQueue", "RandomShuffleQueue", "PaddingFIFOQueue", "PriorityQueue")
DTYPES = ("int32", "int64", "float32", "float64", "string", "bool", "uint8")
TIMEOUT_MS = 25
"""Long enough for an operation that can be served at once, on a busy machine too; the rest wait this long."""

_WEIGHTS = {
    "enqueue": 22,
    "enqueue_many": 20,
    "dequeue": 18,
    "dequeue_many": 16,
    "dequeue_up_to": 10,
    "size": 8,
    "is_closed": 2,
    "close": 3,
    "cancelling_close": 1.5,
}


def program(seed: int, number: int) -> Program:
    """The program of this number; the same for the same seed, everywhere."""
    return _Author(random.Random(f"{seed}/{number}")).program()


class _Author:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._numbers = iter(range(1, 1_000_000))
        self._kind = chance.choice(KINDS)
        self._unknown = self._kind in ("FIFOQueue", "RandomShuffleQueue") and chance.random() < 0.2
        self._handles = chance.choice((1, 1, 1, 1, 1, 2))
        components = chance.choice((1, 1, 2, 3))
        # The first component tells elements apart: a shuffle's are compared by it.
        self._dtypes = [chance.choice(DTYPES[:5]), *(chance.choice(DTYPES) for _ in range(components - 1))]
        self._shapes: list[Shape] = [self._shape() for _ in range(components)]

    def program(self) -> Program:
        chance = self._chance
        capacity = chance.choice((0, 1, 1, 2, 2, 3, 3, 4, 5, 8, -1))
        listed = len(self._dtypes) + (self._kind == "PriorityQueue")
        return {
            "kind": self._kind,
            "capacity": capacity,
            "min_after_dequeue": chance.choice((0, 0, 1, 2, 3)) if self._kind == "RandomShuffleQueue" else 0,
            "dtypes": self._dtypes,
            "shapes": None if self._unknown else self._shapes,
            "names": [f"name_{index}" for index in range(listed)] if chance.random() < 0.15 else None,
            "handles": self._handles,
            "threads": chance.choice((2, 3)),
            "timeout_ms": TIMEOUT_MS,
            "steps": self._steps(),
        }

    def _shape(self) -> Shape:
        shape: Shape = list(self._chance.choice(([], [], [2], [1, 2], [3])))
        if self._kind == "PaddingFIFOQueue":
            shape = list(self._chance.choice(([], [2], [None], [None], [None, 2], [2, None], [None, None])))
        return shape

    def _steps(self) -> list[Step]:
        chance = self._chance
        count = chance.randint(4, 22)
        patience = chance.choice((0.6, 0.85, 0.95))
        steps = [self._step(patience) for _ in range(count)]
        if chance.random() < 0.5:  # the end of input, and what is left
            steps.append({"op": "close", "handle": 0, "timeout_ms": None})
            n = 1 if self._kind == "PriorityQueue" else 3
            rest = {"op": "dequeue_up_to", "handle": 0, "timeout_ms": TIMEOUT_MS, "n": n}
            steps += [rest] * chance.randint(1, 3)
        return steps

    def _step(self, patience: float) -> Step:
        chance = self._chance
        op = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        step: Step = {"op": op, "handle": chance.randrange(self._handles), "timeout_ms": None}
        if op in _TIMED and chance.random() > patience:
            step["timeout_ms"] = TIMEOUT_MS
        if op == "enqueue":
            step["values"] = self._element()
        elif op == "enqueue_many":
            step["values"] = self._batch()
        elif op in ("dequeue_many", "dequeue_up_to"):
            # A closed PriorityQueue of TensorFlow's loses what is left when it is less than `dequeue_up_to` asks for.
            lossy = op == "dequeue_up_to" and self._kind == "PriorityQueue"
            step["n"] = chance.choice((0, 1) if lossy else (0, 1, 1, 2, 2, 3, 3, 4, 5, 7, -1))
        if op not in _WITHOUT_ARGUMENTS and chance.random() < 0.1:
            step["static"] = True
        return step

    # Values

    def _element(self) -> list[dict[str, Any]]:
        number = self._number()
        values = [
            _filled(dtype, self._concrete(shape), number + index / 8)
            for index, (dtype, shape) in enumerate(zip(self._dtypes, self._shapes, strict=True))
        ]
        values = self._with_priority(values, [number], batch=False)
        if self._chance.random() < 0.08:
            self._spoil(values)
        return values

    def _batch(self) -> list[dict[str, Any]]:
        rows = self._chance.choice((0, 1, 2, 2, 3, 3, 4, 6))
        numbers = [self._number() for _ in range(rows)]
        values = []
        for index, (dtype, shape) in enumerate(zip(self._dtypes, self._shapes, strict=True)):
            concrete = [size or 1 for size in self._concrete(shape)]  # of empty elements TensorFlow dies
            each = [_filled(dtype, concrete, number + index / 8)["items"] for number in numbers]
            values.append(_value(dtype, [rows, *concrete], [item for items in each for item in items]))
        values = self._with_priority(values, numbers, batch=True)
        if self._chance.random() < 0.12:
            self._spoil(values)
        return values

    def _number(self) -> int:
        if self._kind != "PriorityQueue":
            return next(self._numbers)
        return self._chance.choice((-1, 1)) * self._chance.randint(0, 12)

    def _with_priority(self, values: list[dict[str, Any]], numbers: list[int], *, batch: bool) -> list[dict[str, Any]]:
        if self._kind != "PriorityQueue":
            return values
        return [_value("int64", [len(numbers)] if batch else [], numbers), *values]

    def _concrete(self, shape: Shape) -> list[int]:
        if self._unknown:
            return list(self._chance.choice(([], [], [1], [2], [2, 2])))
        return [self._chance.choice((0, 1, 1, 2, 3)) if size is None else size for size in shape]

    def _spoil(self, values: list[dict[str, Any]]) -> None:
        """Gives one component a wrong shape, most of the time: another size, or a dimension more or less."""
        index = self._chance.randrange(len(values))
        dtype, shape = values[index]["dtype"], list(values[index]["shape"])
        where = self._chance.randrange(len(shape) + 1)
        how = self._chance.choice(("more", "less", "size"))
        if how == "more" or not shape:
            shape.insert(where, self._chance.choice((1, 2) if where else (0, 1, 2)))
        elif how == "less":
            shape.pop(where % len(shape))
            if not shape and self._unknown:
                return  # of a scalar where a batch should be TensorFlow reads a size that was never set
        else:
            shape[where % len(shape)] += self._chance.choice((1, 2))
        values[index] = _filled(dtype, shape, self._number())


# Not `close`: TensorFlow's, once it waits behind an enqueue, cannot be called off.
_TIMED = ("enqueue", "enqueue_many", "dequeue", "dequeue_many", "dequeue_up_to")
_WITHOUT_ARGUMENTS = ("size", "is_closed", "close", "cancelling_close", "dequeue")


def _filled(dtype: str, shape: list[int], number: float) -> dict[str, Any]:
    return _value(dtype, shape, [_item(dtype, number, place) for place in range(math.prod(shape))])


def _item(dtype: str, number: float, place: int) -> Any:
    if dtype == "string":
        return f"{number}.{place}"
    if dtype == "bool":
        return (int(number) + place) % 2 == 0
    if dtype == "uint8":
        return (int(number) * 7 + place) % 256
    if dtype.startswith("float"):
        return number + place / 64
    return int(number) * 100 + place


def _value(dtype: str, shape: list[int], items: list[Any]) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "items": items}
