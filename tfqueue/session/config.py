"""What a session and a single run can be told, and what a traced run tells: TensorFlow 1's messages as plain classes.

Every field of TensorFlow 1 is accepted, so that programs run unchanged. What has an effect here:
`ConfigProto.operation_timeout_in_ms`, `RunOptions.timeout_in_ms` and `RunOptions.trace_level`; a message of another
library with these fields serves as well.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(slots=True)
class GPUOptions:
    """Accepted and without effect: NumPy computes on the CPU."""

    per_process_gpu_memory_fraction: float = 0.0
    allow_growth: bool = False
    allocator_type: str = ""
    deferred_deletion_bytes: int = 0
    visible_device_list: str = ""
    polling_active_delay_usecs: int = 0
    polling_inactive_delay_msecs: int = 0
    force_gpu_compatible: bool = False
    experimental: Any = None


@dataclass(slots=True)
class OptimizerOptions:
    """Accepted and without effect."""

    L1: ClassVar[int] = 0
    L0: ClassVar[int] = -1
    DEFAULT: ClassVar[int] = 0
    OFF: ClassVar[int] = -1
    ON_1: ClassVar[int] = 1
    ON_2: ClassVar[int] = 2

    do_common_subexpression_elimination: bool = False
    do_constant_folding: bool = False
    max_folded_constant_in_bytes: int = 0
    do_function_inlining: bool = False
    opt_level: int = 0
    global_jit_level: int = 0


@dataclass(slots=True)
class GraphOptions:
    """Accepted and without effect."""

    enable_recv_scheduling: bool = False
    optimizer_options: OptimizerOptions = field(default_factory=OptimizerOptions)
    build_cost_model: int = 0
    build_cost_model_after: int = 0
    infer_shapes: bool = False
    place_pruned_graph: bool = False
    enable_bfloat16_sendrecv: bool = False
    timeline_step: int = 0
    rewrite_options: Any = None


@dataclass(slots=True)
class ConfigProto:
    """What a session is told when it is made.

    `operation_timeout_in_ms`: a step that waits longer ends with DeadlineExceededError; 0 waits without limit.
    """

    device_count: dict[str, int] = field(default_factory=dict)
    intra_op_parallelism_threads: int = 0
    inter_op_parallelism_threads: int = 0
    use_per_session_threads: bool = False
    session_inter_op_thread_pool: list[Any] = field(default_factory=list)
    placement_period: int = 0
    device_filters: list[str] = field(default_factory=list)
    gpu_options: GPUOptions = field(default_factory=GPUOptions)
    allow_soft_placement: bool = False
    log_device_placement: bool = False
    graph_options: GraphOptions = field(default_factory=GraphOptions)
    operation_timeout_in_ms: int = 0
    rpc_options: Any = None
    cluster_def: Any = None
    isolate_session_state: bool = False
    share_cluster_devices_in_session: bool = False
    experimental: Any = None


Config = ConfigProto
"""The name by which some programs know `ConfigProto`."""


@dataclass(slots=True)
class RunOptions:
    """What one run is told.

    `timeout_in_ms` goes before the session's `operation_timeout_in_ms`; 0 leaves that as it is. With `trace_level`
    FULL_TRACE the `run_metadata` of the same call gets the times of every op.
    """

    NO_TRACE: ClassVar[int] = 0
    SOFTWARE_TRACE: ClassVar[int] = 1
    HARDWARE_TRACE: ClassVar[int] = 2
    FULL_TRACE: ClassVar[int] = 3

    trace_level: int = 0
    timeout_in_ms: int = 0
    inter_op_thread_pool: int = 0
    output_partition_graphs: bool = False
    debug_options: Any = None
    report_tensor_allocations_upon_oom: bool = False
    experimental: Any = None


@dataclass(slots=True)
class NodeExecStats:
    """When one op ran: its start in microseconds since the epoch, its end in microseconds after that."""

    node_name: str
    all_start_micros: int
    op_start_rel_micros: int = 0
    op_end_rel_micros: int = 0
    all_end_rel_micros: int = 0
    timeline_label: str = ""
    thread_id: int = 0


@dataclass(slots=True)
class DeviceStepStats:
    """The ops that ran on one device, in the order they started."""

    device: str = ""
    node_stats: list[NodeExecStats] = field(default_factory=list)


@dataclass(slots=True)
class StepStats:
    """The times of one traced run."""

    dev_stats: list[DeviceStepStats] = field(default_factory=list)


@dataclass(slots=True)
class RunMetadata:
    """What a traced run tells: `step_stats.dev_stats[0].node_stats`, one record an op."""

    step_stats: StepStats = field(default_factory=StepStats)

    def SerializeToString(self) -> bytes:
        """The bytes of TensorFlow's RunMetadata message, for `FileWriter.add_run_metadata`."""
        devices = []
        for device in self.step_stats.dev_stats:
            nodes = [_field(2, _node_bytes(node)) for node in device.node_stats]
            devices.append(_field(1, b"".join([_field(1, device.device.encode()), *nodes])))
        return _field(1, b"".join(devices))


def _node_bytes(node: NodeExecStats) -> bytes:
    """A NodeExecStats message; the numbers are those of its fields in step_stats.proto."""
    numbers = {
        2: node.all_start_micros,
        3: node.op_start_rel_micros,
        4: node.op_end_rel_micros,
        5: node.all_end_rel_micros,
    }
    parts = [_field(1, node.node_name.encode()), *(_number(*item) for item in numbers.items())]
    return b"".join([*parts, _field(8, node.timeline_label.encode()), _number(10, node.thread_id & 0xFFFFFFFF)])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
