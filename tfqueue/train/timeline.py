"""The times of a traced run as a Chrome trace: open it at `chrome://tracing` or in Perfetto.

After TensorFlow 1's python/client/timeline.py: one process a device, the ops as regions on lanes that do not overlap,
arrows from an op to those that read it on another lane.
"""

import json
import re
from typing import Any

_LABEL = re.compile(r"(?P<name>.*) = (?P<op>[^(]*)(\((?P<inputs>.*)\))?")


class Timeline:
    """The trace of one run.

    Args:
      step_stats: `run_metadata.step_stats` of a run with `RunOptions(trace_level=RunOptions.FULL_TRACE)`.
    """

    def __init__(self, step_stats: Any) -> None:
        self._step_stats = step_stats

    def generate_chrome_trace_format(self, show_dataflow: bool = True, show_memory: bool = False) -> str:
        """The trace as JSON, times in microseconds since the epoch.

        Args:
          show_dataflow: draw an arrow for each tensor that goes from one lane to another.
          show_memory: accepted and without effect: nobody counts the memory of NumPy's arrays.
        """
        events: list[dict[str, Any]] = []
        for pid, device in enumerate(self._step_stats.dev_stats):
            events.append({"name": "process_name", "ph": "M", "pid": pid, "args": {"name": f"{device.device} Compute"}})
            lanes = _lanes(device.node_stats)
            events += [_region(record, lane, pid) for record, lane in zip(device.node_stats, lanes, strict=True)]
            if show_dataflow:
                events += _arrows(device.node_stats, lanes, pid)
        return json.dumps({"traceEvents": events}, separators=(",", ":"))


def _lanes(records: list[Any]) -> list[int]:
    """A lane for each record, so that those of one lane do not overlap; the first that is free, so that lanes are few.

    The true threads would overlap: an op that waits has been started, and the same thread goes on with others.
    """
    free_at: list[int] = []
    lanes = []
    for record in records:
        start, end = record.all_start_micros, record.all_start_micros + record.all_end_rel_micros
        lane = next((lane for lane, free in enumerate(free_at) if start > free), len(free_at))
        free_at[lane : lane + 1] = [end]
        lanes.append(lane)
    return lanes


def _region(record: Any, lane: int, pid: int) -> dict[str, Any]:
    op, inputs = _label(record.timeline_label)
    arguments = {"name": record.node_name, "op": op} | {f"input{place}": name for place, name in enumerate(inputs)}
    return {
        "ph": "X",
        "cat": "Op",
        "name": op,
        "pid": pid,
        "tid": lane,
        "ts": record.all_start_micros,
        "dur": record.all_end_rel_micros,
        "args": arguments,
    }


def _arrows(records: list[Any], lanes: list[int], pid: int) -> list[dict[str, Any]]:
    ends = {
        record.node_name: (record.all_start_micros + record.all_end_rel_micros, lane)
        for record, lane in zip(records, lanes, strict=True)
    }
    arrows: list[dict[str, Any]] = []
    for record, lane in zip(records, lanes, strict=True):
        for tensor in _label(record.timeline_label)[1]:
            end, its_lane = ends.get(tensor.partition(":")[0], (0, lane))
            if its_lane == lane:  # along one lane an arrow only hides the regions
                continue
            common = {"cat": "DataFlow", "name": tensor, "pid": pid, "id": len(arrows) // 2}
            arrows.append(common | {"ph": "s", "tid": its_lane, "ts": end})
            arrows.append(common | {"ph": "t", "tid": lane, "ts": record.all_start_micros})
    return arrows


def _label(label: str) -> tuple[str, list[str]]:
    """Op type and inputs of a label like "name = Type(a, b)"."""
    match = _LABEL.fullmatch(label)
    if match is None:
        return label, []
    return match["op"], match["inputs"].split(", ") if match["inputs"] else []
