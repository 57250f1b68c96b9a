"""When each op of one run started and ended: what `RunOptions(trace_level=RunOptions.FULL_TRACE)` asks for."""

import dataclasses
import threading
import time
from typing import Any

from tfqueue.graph.operation import Operation

from .calls import Call, Deliver, Slots
from .config import DeviceStepStats, NodeExecStats, RunMetadata, StepStats
from .plan import Plan, PlanStep

DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"


def traced(plan: Plan, run_metadata: RunMetadata) -> Plan:
    """The same plan for one run, which leaves a record of each op in `run_metadata`.

    An op that waits counts from its start to the moment its value is taken.
    """
    records: list[NodeExecStats] = []
    steps = tuple(_traced_step(step, records) for step in plan.steps)
    calls = tuple(
        after.call if call is before.call else call
        for call, before, after in zip(plan.calls, plan.steps, steps, strict=True)
    )
    run_metadata.step_stats = StepStats([DeviceStepStats(DEVICE, records)])
    return dataclasses.replace(plan, steps=steps, calls=calls)


def _traced_step(step: PlanStep, records: list[NodeExecStats]) -> PlanStep:
    record = NodeExecStats(step.op.name, 0, timeline_label=_label(step.op))
    started_ns = 0

    def end() -> None:
        record.op_end_rel_micros = record.all_end_rel_micros = (time.monotonic_ns() - started_ns) // 1000

    def call(slots: Slots) -> Any:
        nonlocal started_ns
        started_ns = time.monotonic_ns()
        record.all_start_micros = time.time_ns() // 1000
        record.thread_id = threading.get_ident()
        records.append(record)
        try:
            return step.call(slots)
        finally:
            end()

    def deliver(slots: Slots, value: Any) -> None:
        step.deliver(slots, value)
        end()

    traced_call: Call = call
    traced_deliver: Deliver = deliver
    return dataclasses.replace(step, call=traced_call, deliver=traced_deliver)


def _label(op: Operation) -> str:
    """The op as TensorFlow writes it: "sum = Add(a, b:1)"."""
    inputs = ", ".join(tensor.name.removesuffix(":0") for tensor in op.inputs)
    return f"{op.name} = {op.type}({inputs})"
