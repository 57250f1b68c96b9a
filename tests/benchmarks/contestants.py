"""What is measured: each contestant is set up once in a process of its own, and answers with seconds per operation.

A contestant is a function that sets up and returns `measure(count) -> seconds per operation`. It runs in a child
process (`python contestants.py NAME`) so that rivals neither share a GIL nor an interpreter; the harness asks one at a
time.
"""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Measure = Callable[[int], float]


def _timed_loop(body: Callable[[int], None]) -> Measure:
    def measure(count: int) -> float:
        started = time.perf_counter()
        body(count)
        return (time.perf_counter() - started) / count

    return measure


def _pair(put: Callable[[int], Any], get: Callable[[], Any]) -> Measure:
    def body(count: int) -> None:
        for number in range(count):
            put(number)
            get()

    return _timed_loop(body)


def _hand_off(put: Callable[[int], Any], get: Callable[[], Any]) -> Measure:
    def body(count: int) -> None:
        def produce() -> None:
            for number in range(count):
                put(number)

        producer = threading.Thread(target=produce)
        producer.start()
        for _ in range(count):
            get()
        producer.join()

    return _timed_loop(body)


def pair_tfqueue() -> Measure:
    """One thread, enqueue then dequeue; telemetry on, as always."""
    from tfqueue.queues.blocking_queue import BlockingQueue

    queue = BlockingQueue(1024)
    return _pair(queue.enqueue, queue.dequeue)


def pair_stdlib() -> Measure:
    """One thread, `queue.Queue` put then get."""
    import queue

    rival: queue.Queue[int] = queue.Queue(1024)
    return _pair(rival.put, rival.get)


def hand_off_tfqueue() -> Measure:
    """A producer and a consumer thread."""
    from tfqueue.queues.blocking_queue import BlockingQueue

    queue = BlockingQueue(1024)
    return _hand_off(queue.enqueue, queue.dequeue)


def hand_off_stdlib() -> Measure:
    """A producer and a consumer thread over `queue.Queue`."""
    import queue

    rival: queue.Queue[int] = queue.Queue(1024)
    return _hand_off(rival.put, rival.get)


def _run_dequeue(tf: Any) -> Measure:
    queue = tf.FIFOQueue(50_000, [tf.float32], shapes=[[]])
    fill = queue.enqueue_many([[1.0] * 50_000])
    element = queue.dequeue()
    session = tf.Session()

    def measure(count: int) -> float:
        count = min(count, 50_000)
        session.run(fill)
        run = session.run
        started = time.perf_counter()
        for _ in range(count):
            run(element)
        seconds = time.perf_counter() - started
        if count < 50_000:
            session.run(queue.dequeue_many(50_000 - count))
        return seconds / count

    return measure


def run_dequeue_tfqueue() -> Measure:
    """`session.run(queue.dequeue())`, the element being there."""
    import tfqueue

    return _run_dequeue(tfqueue)


def run_dequeue_tensorflow() -> Measure:
    """The same program on TensorFlow (`tensorflow.compat.v1`)."""
    import tensorflow.compat.v1 as tf

    tf.disable_eager_execution()
    return _run_dequeue(tf)


def import_tfqueue() -> Measure:
    """`import tfqueue` in a fresh interpreter, whose own start is included."""
    return _import("tfqueue")


def import_numpy() -> Measure:
    """`import numpy` in a fresh interpreter, whose own start is included."""
    return _import("numpy")


def _import(module: str) -> Measure:
    # As users have it: with the byte code of an earlier import.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def body(count: int) -> None:
        for _ in range(count):
            subprocess.run([sys.executable, "-c", f"import {module}"], check=True, env=environment)

    return _timed_loop(body)


def demo_images() -> Measure:
    """The demo's pipeline and training: seconds per image, from JPEG files on disk to a step of the classifier."""
    import tfqueue as tf
    from tfqueue.demo.photographs import cut_photographs
    from tfqueue.demo.pipeline import build
    from tfqueue.demo.trainer import Trainer

    folder = Path(tempfile.mkdtemp(prefix="tfqueue-bench-"))
    atexit.register(shutil.rmtree, folder)
    photographs = cut_photographs(folder / "photographs")
    pipeline = build(photographs, batch_size=32, threads=2, seed=0)
    session = tf.Session(graph=pipeline.graph)
    writer = tf.summary.FileWriter(str(folder / "training"))
    trainer = Trainer(session, pipeline, len(photographs.labels), writer)
    tf.train.start_queue_runners(session)

    def measure(count: int) -> float:
        before, started = trainer.images, time.perf_counter()
        while trainer.images < before + count:
            trainer.step(60.0)
        return (time.perf_counter() - started) / (trainer.images - before)

    return measure


def main() -> None:
    """Answers each line `COUNT` on standard input with a line of JSON: seconds per operation."""
    measure = globals()[sys.argv[1]]()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(int(line))), flush=True)


if __name__ == "__main__":
    main()
