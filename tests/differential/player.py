"""Plays programs on one engine: `python player.py tfqueue|tensorflow`, a program a line in, its trace a line out.

Run by either engine's interpreter, so it imports nothing but NumPy and the engine. Invariants:
  - the driver starts one operation at a time, and goes on when the process is at rest: every operation that can end has
    ended, and the others wait in their queue;
  - so the order in which operations reach the queue is the program's, on both engines;
  - what is at rest is not guessed from time: no thread but the driver's is runnable or has run between two looks.
"""

import contextlib
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Program = dict[str, Any]
Step = dict[str, Any]
Outcome = dict[str, Any]

LOOK_SECONDS = 0.0003
"""Between two looks at the threads. Longer than a thread that was just woken takes to become runnable."""

END_SECONDS = 20.0
"""After which an operation that should have ended is said to hang."""


def engine(name: str) -> tuple[Any, Callable[[], Any]]:
    """The module under the name `tf`, and what makes a session."""
    if name == "tfqueue":
        import tfqueue

        return tfqueue, tfqueue.Session
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow.compat.v1 as tf

    tf.disable_eager_execution()
    config = tf.ConfigProto()
    # It takes most of a program's time, and changes no result.
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return tf, lambda: tf.Session(config=config)


def settle() -> None:
    """Returns when every other thread of the process sleeps, and none has run between two looks. Linux only."""
    end = time.monotonic() + END_SECONDS
    before = None
    while time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
        now = _look()
        if now is not None and now == before:
            return
        before = now
    raise TimeoutError("the engine's threads did not come to rest")


def _look() -> dict[str, str] | None:
    """How often each other thread was given a core so far; None when one of them is runnable."""
    turns = {}
    mine = str(threading.get_native_id())
    for thread in os.listdir("/proc/self/task"):
        if thread == mine:
            continue
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended: seen as a change
            if _read(thread, "stat").rpartition(")")[2].split()[0] == "R":
                return None
            turns[thread] = _read(thread, "schedstat").split()[2]
    return turns


def _read(thread: str, name: str) -> str:
    with open(f"/proc/self/task/{thread}/{name}", encoding="ascii", errors="replace") as file:
        return file.read()


class Player:
    """One program in a session of its own. `trace()` plays it."""

    def __init__(self, tf: Any, make_session: Callable[[], Any], program: Program) -> None:
        self._tf, self._make_session, self._program = tf, make_session, program
        self._graph = tf.Graph()
        self._built: dict[str, tuple[Any, dict[str, Any]]] = {}
        self._running: dict[int, threading.Thread] = {}
        self._ended: dict[int, Outcome] = {}

    def trace(self) -> list[Outcome]:
        """For each step what it came to, and which of those that waited ended with it."""
        with self._graph.as_default():
            self._queues = [_make_queue(self._tf, self._program, number) for number in range(self._program["handles"])]
            self._session = self._make_session()
            trace = [self._play(number, step) for number, step in enumerate(self._program["steps"])]
            trace.append(self._close_session())
        return trace

    def _play(self, number: int, step: Step) -> Outcome:
        try:
            fetch, feeds = self._fetch_and_feeds(step)
        except (ValueError, TypeError) as error:
            return {"refused": type(error).__name__}
        timeout_ms = step["timeout_ms"]
        if step["op"] in _SIDES and timeout_ms is None and len(self._running) >= self._program["threads"]:
            timeout_ms = self._program["timeout_ms"]  # all threads wait: the driver may still set them going
        if timeout_ms is not None and self._would_wait_behind_another(step):
            return {"skipped": True}
        if step["op"] in _SIDES and timeout_ms is None:
            work = (number, fetch, feeds, None)
            self._running[number] = thread = threading.Thread(target=self._run, args=work, daemon=True)
            thread.start()
        else:
            self._run(number, fetch, feeds, timeout_ms)
        settle()
        return self._news()

    def _would_wait_behind_another(self, step: Step) -> bool:
        """Then it cannot be timed. What TensorFlow calls off behind the head of a list stays in that list; a later
        operation whose cancellation manager happens to have the same address is taken for it, and never called off. And
        a close that waits cannot be called off at all."""
        steps, side = self._program["steps"], _SIDES[step["op"]]
        return any(_SIDES[steps[number]["op"]] == side for number in self._running)

    def _run(self, number: int, fetch: Any, feeds: dict[Any, Any], timeout_ms: int | None) -> None:
        options = None if timeout_ms is None else self._tf.RunOptions(timeout_in_ms=timeout_ms)
        try:
            outcome = {"value": encoded(self._session.run(fetch, feeds, options=options))}
        except self._tf.errors.OpError as error:
            outcome = {"error": type(error).__name__, **words_and_op(error)}
        except Exception as error:  # noqa: BLE001 - whatever it is, both engines must say the same
            outcome = {"error": type(error).__name__, "words": str(error), "op": None}
        self._ended[number] = outcome

    def _news(self) -> Outcome:
        for number in [number for number in self._running if number in self._ended]:
            self._running.pop(number).join()
        ended, self._ended = self._ended, {}
        return {"ended": {str(number): ended[number] for number in sorted(ended)}}

    def _close_session(self) -> Outcome:
        self._session.close()
        end = time.monotonic() + END_SECONDS
        for thread in self._running.values():
            thread.join(max(0.0, end - time.monotonic()))
        hanging = sorted(set(self._running) - set(self._ended))
        return self._news() | ({"hanging": hanging} if hanging else {})

    # The graph: one op a kind, made when a step first needs it; a step with constants has an op of its own.

    def _fetch_and_feeds(self, step: Step) -> tuple[Any, dict[Any, Any]]:
        queue, name = self._queues[step["handle"]], step["op"]
        if "static" in step:
            return self._static(queue, step), {}
        key = f"{name}/{step['handle']}"
        if key not in self._built:
            self._built[key] = self._build(queue, name)
        fetch, places = self._built[key]
        if name in ("enqueue", "enqueue_many"):
            return fetch, {place: decoded(value) for place, value in zip(places["values"], step["values"], strict=True)}
        return fetch, {places["n"]: step["n"]} if "n" in places else {}

    def _build(self, queue: Any, name: str) -> tuple[Any, dict[str, Any]]:
        if name in ("enqueue", "enqueue_many"):
            places = [self._tf.placeholder(dtype) for dtype in queue.dtypes]
            return getattr(queue, name)(self._as_values(queue, places)), {"values": places}
        if name in ("dequeue_many", "dequeue_up_to"):
            n = self._tf.placeholder(self._tf.int32, shape=[])
            return getattr(queue, name)(n), {"n": n}
        if name == "cancelling_close":
            return queue.close(cancel_pending_enqueues=True), {}
        return getattr(queue, name)(), {}

    def _static(self, queue: Any, step: Step) -> Any:
        if "n" in step:
            return getattr(queue, step["op"])(step["n"])
        values = [self._tf.constant(decoded(value)) for value in step["values"]]
        return getattr(queue, step["op"])(self._as_values(queue, values))

    def _as_values(self, queue: Any, values: list[Any]) -> Any:
        return dict(zip(queue.names, values, strict=True)) if queue.names else values


_SIDES = {
    "enqueue": "enqueues",
    "enqueue_many": "enqueues",
    "close": "enqueues",
    "dequeue": "dequeues",
    "dequeue_many": "dequeues",
    "dequeue_up_to": "dequeues",
}
"""The list in which an operation may wait; the others never do."""


def _make_queue(tf: Any, program: Program, number: int) -> Any:
    dtypes = [tf.as_dtype(name) for name in program["dtypes"]]
    names = program["names"]
    shared = {"shared_name": "shared"} if program["handles"] > 1 else {}
    common = {"names": names, "name": f"Q{number or ''}", **shared}
    kind, capacity, shapes = program["kind"], program["capacity"], program["shapes"]
    if kind == "RandomShuffleQueue":
        return tf.RandomShuffleQueue(capacity, program["min_after_dequeue"], dtypes, shapes, seed=1, **common)
    make: Callable[..., Any] = getattr(tf, kind)
    return make(capacity, dtypes, shapes, **common)


# Values and errors as JSON --------------------------------------------------------------------------------------------


def decoded(value: dict[str, Any]) -> np.ndarray:
    """An array of a program."""
    flat = [item.encode() if isinstance(item, str) else item for item in value["items"]]
    dtype = object if value["dtype"] == "string" else value["dtype"]
    array = np.empty(len(flat), dtype)
    array[:] = flat
    return array.reshape(value["shape"])


def encoded(value: Any) -> Any:
    """What `Session.run` returned: types, dtypes, shapes and all."""
    if value is None or isinstance(value, bytes):
        return value if value is None else {"type": "bytes", "items": [value.decode()], "shape": []}
    if isinstance(value, list | tuple):
        return [encoded(item) for item in value]
    if isinstance(value, dict):
        return {name: encoded(value[name]) for name in sorted(value)}
    items = [item.decode() if isinstance(item, bytes) else item for item in np.ravel(value).tolist()]
    shape = list(np.shape(value))
    return {"type": type(value).__name__, "dtype": str(np.asarray(value).dtype), "shape": shape, "items": items}


_TENSORFLOWS_FRAME = re.compile(r"^Graph execution error:\n\n(Detected at node .*?\nNode: '[^']*'\n)?", re.DOTALL)


def words_and_op(error: Any) -> dict[str, Any]:
    """The message without TensorFlow's frame around it and without the place, and the op's name."""
    words = _TENSORFLOWS_FRAME.sub("", error.message).partition("\n\t [[")[0]
    # Numbers of unshared queues go on through a process.
    words = re.sub(r"'_\d+_", "'_N_", words)
    return {"words": words, "op": None if error.op is None else error.op.name}


def main() -> None:
    """Plays a program a line, until there are no more lines."""
    tf, make_session = engine(sys.argv[1])
    for line in sys.stdin:
        try:
            answer = {"trace": Player(tf, make_session, json.loads(line)).trace()}
        except Exception as error:  # noqa: BLE001 - a bug of the tool: to be shown by the one who asked
            answer = {"trace": [{"tool": f"{type(error).__name__}: {error}"}]}
        print(json.dumps(answer, default=repr), flush=True)


if __name__ == "__main__":
    main()
