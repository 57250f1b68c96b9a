"""The interpreter exits, whatever queue runners wait for."""

import subprocess
import sys
import textwrap

EXIT_SECONDS = 60


def run_program(text: str) -> subprocess.CompletedProcess[str]:
    """A program of its own; it is an error if it does not end."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)],
        capture_output=True,
        text=True,
        timeout=EXIT_SECONDS,
        check=False,
    )


BLOCKED = """
    import threading
    import tfqueue as tf
    from tfqueue.testing import wait_until_parked

    queue, elsewhere = tf.FIFOQueue(1, tf.int32), tf.FIFOQueue(1, tf.int32)
    filling = tf.train.QueueRunner(queue, [queue.enqueue(1)])
    drawing = tf.train.QueueRunner(tf.FIFOQueue(1, tf.int32), [elsewhere.dequeue()])
    session = tf.Session()
    session.run([queue.size(), elsewhere.size()])
    for runner in (filling, drawing):
        runner.create_threads(session, COORDINATOR, start=True)
    wait_until_parked(queue.runtime_queue(session), enqueues=1)
    wait_until_parked(elsewhere.runtime_queue(session), dequeues=1)
"""


def test_threads_without_a_coordinator_do_not_hold_the_exit_up() -> None:
    """Threads that are no daemons, and that wait for room or for an element, end with the program, and quietly."""
    done = run_program(BLOCKED.replace("COORDINATOR", "None"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_program_that_fails_before_it_stops_its_runners_ends() -> None:
    """An exception in the main thread is all that is seen; the coordinator's threads end, too."""
    done = run_program(BLOCKED.replace("COORDINATOR", "tf.train.Coordinator()") + "    raise SystemExit(3)")
    assert (done.returncode, done.stderr) == (3, "")


def test_threads_of_the_program_are_served_to_their_end() -> None:
    """A consumer that outlives the main thread gets all it asks for."""
    done = run_program("""
        import threading
        import tfqueue as tf

        queue = tf.FIFOQueue(2, tf.int32, [[]])
        number = queue.dequeue()
        session = tf.Session()
        tf.train.QueueRunner(queue, [queue.enqueue(7)]).create_threads(session, start=True)

        def consume():
            threading.main_thread().join()
            print(sum(session.run(number) for _ in range(100)))

        threading.Thread(target=consume).start()
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "700\n", "")
