"""What tests of input pipelines share: run one, read it to its end, read its summaries."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tfqueue as tf
from tfqueue.framework import messages


@contextmanager
def running() -> Iterator[Any]:
    """A session whose local variables are initialized and whose runners run, joined at the end."""
    coord = tf.train.Coordinator()
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        threads = tf.train.start_queue_runners(session, coord)
        yield session
        coord.request_stop()
        coord.join(threads)


def count_to(limit: int) -> Any:
    """0, 1, ... limit - 1, then the end of input. A local variable, so that one initializer is enough."""
    zero = tf.constant(0, dtype=tf.int64)
    counter = tf.Variable(zero, name="examples", trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    return counter.count_up_to(limit)


def drain(session: Any, fetches: Any) -> list[Any]:
    """What `fetches` gives until the end of input."""
    values = []
    while True:
        try:
            values.append(session.run(fetches))
        except tf.errors.OutOfRangeError:
            return values


def summary_values(session: Any) -> dict[str, float]:
    """Tags and values of all scalar summaries of the graph."""
    summary = messages.Summary()
    summary.ParseFromString(session.run(tf.summary.merge_all()))
    return {value.tag: value.simple_value for value in summary.value}


@contextmanager
def uncaught() -> Iterator[list[BaseException]]:
    """Exceptions that end a thread inside are kept, not printed."""
    kept: list[BaseException] = []
    before, threading.excepthook = threading.excepthook, lambda args: kept.append(args.exc_value)  # type: ignore[arg-type]
    try:
        yield kept
    finally:
        threading.excepthook = before


def join_all(threads: list[threading.Thread]) -> None:
    """Waits for the end of threads that are bound to end."""
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
