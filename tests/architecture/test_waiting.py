"""Who may make a thread wait: by name, with the reason. All others wait through a queue's attempt, or not at all."""

import pytest

from tests.architecture.floors import PRINTERS, Source, blocking_uses, room_of, sources

MAY_WAIT: dict[tuple[str, str], str] = {
    ("tfqueue.queues.attempts", "_queue"): "the one place where a queue blocks: a thread parks on its own SimpleQueue",
    ("tfqueue.session.helper_threads", "_queue"): "an idle helper thread waits for the next call; no step does",
    (
        "tfqueue.readers.base",
        "Condition",
    ): "reads of one reader take turns; a called-off one leaves the line",
    (
        "tfqueue.ops.random_ops",
        "acquire",
    ): "mutual exclusion for a moment, in the methods of a `with`",
    ("tfqueue.train.coordinator", "Event"): "waiting for the stop is what a coordinator is for",
    ("tfqueue.train.coordinator", "join"): "and for the end of its threads",
    ("tfqueue.train.runner_thread", "join"): "a daemon thread that waits for the end of the program",
    ("tfqueue.train.wrapped_sessions", "join"): "a session that closes waits for its threads",
    ("tfqueue.summaries.sampler", "Event"): "the sampling thread waits for its next reading, or to be closed",
    ("tfqueue.summaries.sampler", "join"): "close waits for the last reading",
    (
        "tfqueue.summaries.event_stream",
        "Condition",
    ): "the writing thread waits for events, flush for that thread",
    ("tfqueue.summaries.event_stream", "join"): "close waits for the last event to be written",
    ("tfqueue.summaries.event_file", "socket"): "only for the host's name, which is part of a file's name",
    ("tfqueue.summaries.server", "selectors"): "the serving thread waits for requests, or to be closed",
    ("tfqueue.summaries.server", "socket"): "a server",
    ("tfqueue.summaries.server", "join"): "close waits for the serving thread",
    ("tfqueue.testing", "sleep"): "tools for tests, which look again and again until a state is reached",
    ("tfqueue.testing", "join"): "tools for tests: the end of the thread under test",
}
"""(module, means) -> why. An entry that nothing uses any more is reported too."""


def unlisted(all_sources: list[Source]) -> list[str]:
    """Means of waiting that the table does not list. Programs, the demo and the command line, wait as they like."""
    return [
        f"{source.module}:{use.line} {use.what}"
        for source in all_sources
        if room_of(source.module) not in PRINTERS
        for use in blocking_uses(source)
        if (source.module, use.what) not in MAY_WAIT
    ]


def test_nobody_waits_who_is_not_listed() -> None:
    """Where does a thread block? In the modules listed above, and nowhere else."""
    found = unlisted(sources())
    assert not found, "\n".join(found)


def test_the_list_has_no_stale_entry() -> None:
    """What is listed is used: the table says where threads block today."""
    used = {(source.module, use.what) for source in sources() for use in blocking_uses(source)}
    assert set(MAY_WAIT) - used == set()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("import queue", "queue"),
        ("from queue import Queue", "queue"),
        ("from _queue import SimpleQueue", "_queue"),
        ("import concurrent.futures", "concurrent.futures"),
        ("import threading\nready = threading.Event()", "Event"),
        ("import threading\nready = threading.Condition()", "Condition"),
        ("from threading import Semaphore", "Semaphore"),
        ("import time\ntime.sleep(1)", "sleep"),
        ("from time import sleep", "sleep"),
        ("lock.acquire()", "acquire"),
        ("lock.acquire(timeout=3)", "acquire"),
        ("lock.acquire(True, 3)", "acquire"),
        ("thread.join()", "join"),
        ("thread.join(timeout=2)", "join"),
        ("self._thread.join(grace)", "join"),
    ],
)
def test_each_means_of_waiting_is_found(text: str, what: str) -> None:
    """A text that waits is found, wherever it stands."""
    indented = "def function():\n" + "\n".join(f"    {line}" for line in text.splitlines())
    for written in (text, indented):
        found = unlisted([Source("tfqueue.queues.blocking_queue", False, written)])
        assert [words.partition(" ")[2] for words in found] == [what]


@pytest.mark.parametrize(
    "text",
    [
        "with lock:\n    size = 1",
        "lock.acquire(blocking=False)",
        "lock.acquire(False)",
        "', '.join(names)",
        "os.path.join(folder, name)",
        "import threading\nlock = threading.Lock()\nthread = threading.Thread(target=run)",
        "import time\nnow = time.monotonic()",
        "attempt.wait(timeout, cancellation)",
    ],
)
def test_what_does_not_wait_is_not_reported(text: str) -> None:
    """Mutual exclusion for a moment, strings, clocks, and waiting through an attempt are everybody's."""
    assert unlisted([Source("tfqueue.queues.blocking_queue", False, text)]) == []
