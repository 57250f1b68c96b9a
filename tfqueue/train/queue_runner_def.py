"""A queue runner on paper: names and codes, with the fields of TensorFlow's protocol message `QueueRunnerDef`."""

from dataclasses import dataclass, field
from typing import Any

from tfqueue.framework.errors import (
    OpError,
    OutOfRangeError,
    error_code_from_exception_type,
    exception_type_from_error_code,
)
from tfqueue.graph.graph import get_default_graph


@dataclass(slots=True)
class QueueRunnerDef:
    """What `QueueRunner.to_proto` gives; `from_proto` takes any object with these fields."""

    queue_name: str = ""
    enqueue_op_name: list[str] = field(default_factory=list)
    close_op_name: str = ""
    cancel_op_name: str = ""
    queue_closed_exception_types: list[int] = field(default_factory=list)
    """Error codes; none means those of OutOfRangeError."""

    @staticmethod
    def of(runner: Any, export_scope: str | None) -> "QueueRunnerDef | None":
        """The description of a QueueRunner; None when its queue's name does not begin with `export_scope`."""
        if export_scope and not runner.queue.name.startswith(export_scope):
            return None
        return QueueRunnerDef(
            queue_name=_without(runner.queue.name, export_scope),
            enqueue_op_name=[_without(op.name, export_scope) for op in runner.enqueue_ops],
            close_op_name=_without(runner.close_op.name, export_scope),
            cancel_op_name=_without(runner.cancel_op.name, export_scope),
            queue_closed_exception_types=[
                error_code_from_exception_type(error) for error in runner.queue_closed_exception_types
            ],
        )

    @staticmethod
    def exception_types(definition: Any) -> tuple[type[OpError], ...]:
        """The classes of a description's codes; `(OutOfRangeError,)` when it has none."""
        codes = definition.queue_closed_exception_types
        return tuple(exception_type_from_error_code(code) for code in codes) or (OutOfRangeError,)


def element_of_def(name: str, import_scope: str | None) -> Any:
    """What the default graph has under a name of a description, inside `import_scope`. KeyError when it has nothing."""
    return get_default_graph().as_graph_element(f"{import_scope}/{name}" if import_scope else name)


def _without(name: str, scope: str | None) -> str:
    return name.removeprefix(f"{scope.rstrip('/')}/") if scope else name
