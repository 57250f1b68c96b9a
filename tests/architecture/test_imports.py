"""Imports go down, a dot means the same room, the towers are apart, and two packages have few importers."""

import pytest

from tests.architecture.floors import FLOORS, ONLY_IMPORTERS, Source, import_violations, room_of, sources

HOUSE = [
    Source("tfqueue", True, ""),
    Source("tfqueue.errors", False, ""),
    Source("tfqueue.framework", True, "from .errors import OpError"),
    Source("tfqueue.framework.errors", False, ""),
    Source("tfqueue.telemetry", True, ""),
    Source("tfqueue.telemetry.stats", False, ""),
    Source("tfqueue.queues", True, ""),
    Source("tfqueue.queues.attempts", False, ""),
    Source("tfqueue.summaries", True, ""),
    Source("tfqueue.summaries.prometheus", False, ""),
    Source("tfqueue.session.session", False, ""),
    Source("tfqueue.train", True, ""),
    Source("tfqueue.train.coordinator", False, ""),
]
"""A small house in order; the cases below add one module to it."""


def violations_of(module: str, text: str, *, is_package: bool = False) -> list[str]:
    house = [source for source in HOUSE if source.module != module]
    return import_violations([*house, Source(module, is_package, text)])


def test_all_imports_keep_to_the_floors() -> None:
    """Every import of the package goes down, in the spelling of the house."""
    found = import_violations(sources())
    assert not found, "\n".join(found)


def test_every_room_has_a_floor() -> None:
    """A new room is given its floor, and with it its rules, before anything else."""
    assert {room_of(source.module) for source in sources()} - set(FLOORS) == set()


def test_the_linked_folders_are_read() -> None:
    """The rules reach `summaries` and `dashboards`, which stand behind symbolic links."""
    assert {"tfqueue.summaries", "tfqueue.dashboards"} <= {source.module for source in sources()}


def test_few_may_import_the_exporters_packages() -> None:
    """The modules that may import tensorboardX and prometheus_client exist: the list names no ghosts."""
    allowed = set().union(*ONLY_IMPORTERS.values())
    assert allowed - {source.module for source in sources()} == set()


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("tfqueue.queues.blocking_queue", "from .attempts import AttemptList"),
        ("tfqueue.queues.blocking_queue", "from . import attempts"),
        ("tfqueue.queues.blocking_queue", "from tfqueue.telemetry.stats import QueueStats"),
        ("tfqueue.queues.blocking_queue", "from tfqueue.telemetry import stats"),
        ("tfqueue.train.queue_runner", "from tfqueue.session.session import Session"),
        ("tfqueue.summaries.prometheus", "import prometheus_client"),
        ("tfqueue.summary", "from tfqueue.summaries.prometheus import x"),
        ("tfqueue.summary", "from . import errors, train"),
        ("tfqueue.cli", "import tfqueue as tf"),
        ("tfqueue.queues.blocking_queue", "import queue, tensorflow_not_really, summaries_of_mine"),
    ],
)
def test_what_is_allowed_is_not_reported(module: str, text: str) -> None:
    """The rules forbid no more than they say."""
    assert violations_of(module, text) == []


@pytest.mark.parametrize(
    ("module", "text", "words"),
    [
        ("tfqueue.telemetry.counters", "from tfqueue.queues.attempts import Attempt", "stands on floor 2"),
        ("tfqueue.telemetry.counters", "from tfqueue.framework.errors import OpError", "stands on floor 1"),
        ("tfqueue.queues.blocking_queue", "import tfqueue.session.session", "stands on floor 3"),
        ("tfqueue.queues.blocking_queue", "def f():\n    from tfqueue.train.coordinator import x", ":2 imports"),
        ("tfqueue.queues.blocking_queue", "import tfqueue as tf", "from the face tfqueue"),
        ("tfqueue.queues.blocking_queue", "from tfqueue import errors", "stands on floor 4.5"),
        ("tfqueue.queues.blocking_queue", "from tfqueue.framework import OpError", "from the face tfqueue.framework"),
        ("tfqueue.queues.blocking_queue", "from . import AttemptList", "its own face"),
        ("tfqueue.queues.blocking_queue", "from tfqueue.queues.attempts import Attempt", "without a dot"),
        ("tfqueue.queues.blocking_queue", "from ..framework.errors import OpError", "more than one dot"),
        ("tfqueue.image", "from .framework.errors import OpError", "of another room with a dot"),
        ("tfqueue.train.monitored", "from tfqueue.summaries.prometheus import x", "know nothing of each other"),
        ("tfqueue.dashboards.panels", "from tfqueue.queues.attempts import Attempt", "know nothing of each other"),
        ("tfqueue.attic.box", "from tfqueue.attic.other import x", "a room without a floor"),
        ("tfqueue.cli", "import summaries", "by its bare name"),
        ("tfqueue.cli", "from dashboards.panels import x", "by its bare name"),
        ("tfqueue.summaries.sampler", "from tensorboardX.proto import event_pb2", "imports tensorboardX"),
        ("tfqueue.cli", "def f():\n    import prometheus_client", "imports prometheus_client"),
        ("tfqueue.ops.math_ops", "import tensorflow.compat.v1 as tf", "imports tensorflow"),
    ],
)
def test_each_rule_can_fail(module: str, text: str, words: str) -> None:
    """A text that breaks a rule is found, and the finding names the rule."""
    found = violations_of(module, text)
    assert len(found) == 1
    assert words in found[0]
