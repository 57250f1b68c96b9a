"""Where two traces of one program differ, what TensorFlow leaves open apart.

What is left open, and so not compared:
  - words behind TensorFlow's own: tfqueue says more;
  - the op of a time-out: TensorFlow names none; the words of a refusal while the graph is built;
  - which elements a shuffle queue gives: each must be one that was put in, and given once; their shapes must be the
    same where the queue knows them;
  - what becomes of several operations that wait when the session is closed: TensorFlow calls them off one by one, in no
    order, and each may let others through. All must end;
  - the size that TensorFlow reads off a scalar where a batch should be: it was never set.
"""

import json
import re
from collections import Counter
from typing import Any

Program = dict[str, Any]
Trace = list[dict[str, Any]]

_UNSET_SIZE = re.compile(r"^Shape mismatch in tuple component 0\. Expected \[.*\], got \[\]")


def first_difference(program: Program, ours: Trace, theirs: Trace) -> str | None:
    """What differs at the first step that does, in words; None when nothing does."""
    for number, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        words = _difference(program, mine, other, last=number == len(program["steps"]))
        if words:
            return f"step {number}: {words}"
    if len(ours) != len(theirs):
        return f"{len(ours)} and {len(theirs)} steps were played"
    if program["kind"] == "RandomShuffleQueue":
        for name, trace in (("tfqueue", ours), ("TensorFlow", theirs)):
            wrong = _made_up(program, trace)
            if wrong:
                return f"{name} gave out what was not there: {wrong}"
    return None


def _difference(program: Program, mine: dict[str, Any], other: dict[str, Any], *, last: bool) -> str | None:
    if "ended" not in mine or "ended" not in other:
        return None if mine == other else f"{mine} and {other}"
    if list(mine["ended"]) != list(other["ended"]) or mine.get("hanging") != other.get("hanging"):
        return f"ended: {_names(mine)} and {_names(other)}"
    if last and len(mine["ended"]) > 1:
        return None
    for number, outcome in mine["ended"].items():
        if not _same(program, outcome, other["ended"][number]):
            return f"operation {number} came to {outcome} and {other['ended'][number]}"
    return None


def _names(entry: dict[str, Any]) -> str:
    hanging = f", hanging {entry['hanging']}" if entry.get("hanging") else ""
    return f"[{', '.join(entry['ended'])}]{hanging}"


def _same(program: Program, mine: dict[str, Any], other: dict[str, Any]) -> bool:
    if "value" in mine and "value" in other:
        if program["kind"] == "RandomShuffleQueue":
            known = program["shapes"] is not None
            return bool(_outside(mine["value"], known=known) == _outside(other["value"], known=known))
        return bool(mine["value"] == other["value"])
    if mine.get("error") != other.get("error"):
        return False
    if other["op"] is not None and mine["op"] != other["op"]:
        return False
    words: str = other["words"]
    return str(mine["words"]).startswith(words.removesuffix(".")) or _UNSET_SIZE.match(words) is not None


def _outside(value: Any, *, known: bool) -> Any:
    """What does not depend on which elements came: all but the items, and the shapes too where each has its own."""
    if isinstance(value, list):
        return [_outside(item, known=known) for item in value]
    if isinstance(value, dict) and "items" not in value:
        return {name: _outside(item, known=known) for name, item in value.items()}
    if value is None:
        return None
    return {**value, "items": len(value["items"])} if known else "a component"


def _made_up(program: Program, trace: Trace) -> list[str]:
    """The elements that came out and never went in, or came out more often."""
    put_in: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for step in program["steps"]:
        if "values" in step:
            put_in.update(_elements(step["values"], batch=step["op"] == "enqueue_many"))
    for entry in trace:
        for number, outcome in entry.get("ended", {}).items():
            op = program["steps"][int(number)]["op"]
            if op.startswith("dequeue") and "value" in outcome:
                taken.update(_elements(_listed(outcome["value"]), batch=op != "dequeue"))
    return list(taken - put_in)


def _listed(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return value
    return [value] if "items" in value else list(value.values())


def _elements(values: list[dict[str, Any]], *, batch: bool) -> list[str]:
    """Each element of an operation as text. The first component alone tells them apart."""
    first = values[0]
    if not batch:
        return [json.dumps(first["items"])]
    rows = first["shape"][0] if first["shape"] else 0
    width = len(first["items"]) // max(rows, 1)
    return [json.dumps(first["items"][row * width : (row + 1) * width]) for row in range(rows)]
