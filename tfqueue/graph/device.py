"""Where an op is meant to run: TensorFlow's device strings, recorded on ops and merged from nested scopes.

Invariants:
  - a merged device has TensorFlow's one spelling, `/job:ps/replica:0/task:1/device:CPU:0`, without unset parts;
  - in a merge the inner scope's parts win.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

DeviceFunction = Callable[[Any], str | None]
_PARTS = ("job", "replica", "task", "device")


@lru_cache(maxsize=1024)
def merge_devices(outer: str, inner: str) -> str:
    """The device that `inner`, inside `outer`, stands for.

    Raises:
      ValueError: one of them is no device string.
    """
    merged = _parse(outer) | _parse(inner)
    return "".join(f"/{part}:{merged[part]}" for part in _PARTS if part in merged)


def _parse(spec: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in filter(None, spec.split("/")):
        name, value = _parse_piece(piece, spec)
        if name in found:
            raise ValueError(f"'{name}' is given twice in the device spec: '{spec}'.")
        found[name] = value
    return found


def _parse_piece(piece: str, spec: str) -> tuple[str, str]:
    name, *values = piece.split(":")
    if name == "job" and len(values) == 1 and values[0]:
        return name, values[0]
    if name in {"replica", "task"} and len(values) == 1 and values[0].isdecimal():
        return name, str(int(values[0]))
    if name == "device":
        name, *values = values or [""]
    elif name.upper() not in {"CPU", "GPU", "TPU"}:
        raise _unknown(piece, spec)
    index = values[0] if values else "*"
    if not name or len(values) > 1 or not (index == "*" or index.isdecimal()):
        raise _unknown(piece, spec)
    return "device", f"{name.upper()}:{index}"


def _unknown(piece: str, spec: str) -> ValueError:
    return ValueError(
        f"Unknown attribute '{piece}' is encountered while parsing the device spec: '{spec}'. "
        "A device is written like '/job:worker/task:0/device:CPU:0', or '/cpu:0'."
    )
