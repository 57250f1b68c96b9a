"""Threads that keep a queue filled: one for each enqueue op, and one that closes the queue when the coordinator stops.

Invariants:
  - threads are counted per session, and a session's count is 0 only when all its threads have ended: until then a
    second `create_threads` starts none (SEMANTICS 49);
  - when the last thread of a session ends because its input ended, and only then, it closes the queue (SEMANTICS 46);
  - the queue knows why its feeders ended before anybody is told to stop: its consumers can say so.
After TensorFlow 1's python/training/queue_runner_impl.py, to thread names and messages.
"""

import functools
import logging
import threading
import weakref
from collections.abc import Sequence
from typing import Any

from tfqueue.framework.errors import CancelledError, OpError, OutOfRangeError
from tfqueue.graph.graph import GraphKeys, add_to_collection, get_default_session
from tfqueue.graph.operation import Operation, Tensor
from tfqueue.ops.queue_feeders import downstream, note_feeder
from tfqueue.ops.queue_resources import ElementQueue, runtime_queue
from tfqueue.session.session import Session
from tfqueue.telemetry.stages import StageCounters

from .coordinator import Coordinator
from .queue_runner_def import QueueRunnerDef, element_of_def
from .queue_walk import drawn_queues, filled_queues, is_queue_handle
from .runner_thread import RunnerThread, exiting

_log = logging.getLogger("tfqueue")


class QueueRunner:
    """Fills a queue from threads of its own, until its input ends or its coordinator stops.

    Args:
      queue: what is filled; the runner is named after it.
      enqueue_ops: a list of ops, one thread each; `[op] * 4` gives four threads on one op.
      close_op: run when the input has ended for all threads; default `queue.close()`.
      cancel_op: run when the coordinator stops; default `queue.close(cancel_pending_enqueues=True)`.
      queue_closed_exception_types: what an enqueue op raises when its input has ended; default `(OutOfRangeError,)`.
      queue_runner_def: a `QueueRunnerDef`, instead of all the others.
      import_scope: put in front of the names in `queue_runner_def`.

    Errors: ValueError when queue or enqueue_ops are missing, or given beside `queue_runner_def`; TypeError when
    enqueue_ops is a single op, or the exception types are no tuple of `OpError` classes.
    """

    def __init__(
        self,
        queue: Any = None,
        enqueue_ops: Sequence[Any] | None = None,
        close_op: Any = None,
        cancel_op: Any = None,
        queue_closed_exception_types: tuple[type[OpError], ...] | None = None,
        queue_runner_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if queue_runner_def is not None:
            if queue is not None or enqueue_ops:
                raise ValueError("queue_runner_def and queue are mutually exclusive.")
            queue = element_of_def(queue_runner_def.queue_name, import_scope)
            enqueue_ops = [element_of_def(name, import_scope) for name in queue_runner_def.enqueue_op_name]
            close_op = element_of_def(queue_runner_def.close_op_name, import_scope)
            cancel_op = element_of_def(queue_runner_def.cancel_op_name, import_scope)
            queue_closed_exception_types = QueueRunnerDef.exception_types(queue_runner_def)
        if queue is None or not enqueue_ops:
            raise ValueError("Must provide queue and enqueue_ops.")
        if isinstance(enqueue_ops, Operation | Tensor):
            raise TypeError(f"enqueue_ops must be a list of ops, one for each thread, not {enqueue_ops!r}.")
        _check_exception_types(queue_closed_exception_types)
        self._queue = queue
        self._enqueue_ops = enqueue_ops
        self._close_op = queue.close() if close_op is None else close_op
        self._cancel_op = queue.close(cancel_pending_enqueues=True) if cancel_op is None else cancel_op
        self._queue_closed_exception_types = queue_closed_exception_types or (OutOfRangeError,)
        self._lock = threading.Lock()
        self._runs: weakref.WeakKeyDictionary[Any, _Run] = weakref.WeakKeyDictionary()
        self._exceptions_raised: list[BaseException] = []
        self._handle = _handle_of(queue)
        if self._handle is not None:
            note_feeder(self._handle, self.name, drawn_queues(enqueue_ops))

    @property
    def name(self) -> str:
        """The name of the queue."""
        name: str = self._queue.name
        return name

    @property
    def queue(self) -> Any:
        """The queue that is filled."""
        return self._queue

    @property
    def enqueue_ops(self) -> Sequence[Any]:
        """What the threads run, one each."""
        return self._enqueue_ops

    @property
    def close_op(self) -> Any:
        """What is run when the input has ended."""
        return self._close_op

    @property
    def cancel_op(self) -> Any:
        """What is run when the coordinator stops."""
        return self._cancel_op

    @property
    def queue_closed_exception_types(self) -> tuple[type[OpError], ...]:
        """Exceptions of an enqueue op that mean the end of its input."""
        return self._queue_closed_exception_types

    @property
    def exceptions_raised(self) -> list[BaseException]:
        """What ended threads that have no coordinator to report to; emptied when threads are created again."""
        return self._exceptions_raised

    def create_threads(
        self, sess: Any, coord: Coordinator | None = None, daemon: bool = False, start: bool = False
    ) -> list[threading.Thread]:
        """Threads that run the enqueue ops in `sess`, and with a coordinator one more, which runs `cancel_op` on stop.

        Args:
          sess: a Session.
          coord: told of exceptions, asked whether to stop; the threads are registered with it. Without one an exception
            is kept in `exceptions_raised` and raised in the thread.
          daemon: the threads do not keep the program from exiting.
          start: start them, too.

        Returns: the threads; none while threads that were created for `sess` before have not ended, started or not.
        """
        with self._lock:
            before = self._runs.get(sess)
            if before is not None and before.outstanding > 0:
                return []
            run = self._runs[sess] = _Run(len(self._enqueue_ops))
            self._exceptions_raised = []
        work = [(op.name, functools.partial(self._feed, sess, op, coord, run)) for op in self._enqueue_ops]
        if coord is not None:
            work.append(("close_on_stop", functools.partial(self._close_on_stop, sess, coord)))
        threads: list[threading.Thread] = [
            RunnerThread(target, f"QueueRunnerThread-{self.name}-{what}", sess, coord) for what, target in work
        ]
        for thread in threads:
            if coord is not None:
                coord.register_thread(thread)
            if daemon:
                thread.daemon = True
            if start:
                thread.start()
        return threads

    def to_proto(self, export_scope: str | None = None) -> QueueRunnerDef | None:
        """Its names and codes; None when its queue is outside of `export_scope`, which is taken off the names."""
        return QueueRunnerDef.of(self, export_scope)

    @staticmethod
    def from_proto(queue_runner_def: Any, import_scope: str | None = None) -> "QueueRunner":
        """The runner that `queue_runner_def` describes, made of what the default graph has under these names."""
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)

    # The life of a thread

    def _feed(self, sess: Any, op: Any, coord: Coordinator | None, run: "_Run") -> None:
        closes = False
        try:
            self._take_turns(sess, op, coord, run)
        except self._queue_closed_exception_types:
            closes = True
        except Exception as error:
            self._record_failure(sess, error, coord, run)
            if coord is not None:
                coord.request_stop(error)
            elif not exiting():
                raise
        finally:
            self._count_down(sess, coord, run, closes)

    def _take_turns(self, sess: Any, op: Any, coord: Coordinator | None, run: "_Run") -> None:
        self._announce(sess, run)
        run.stage = stage = self._stage(sess)
        should_stop = _never if coord is None else coord.should_stop
        with stage.work() as worker:
            enqueue = sess.make_callable(op)  # here, so that a bad op fails in its thread
            while not should_stop():
                enqueue()
                worker.runs += 1

    def _announce(self, sess: Any, run: "_Run") -> None:
        """Tells the queue that it is fed again; once for all threads: a later one must not hide a failure."""
        if self._handle is None:
            return
        sess.run(self._handle)  # the queue is made when its op first runs
        with self._lock:
            first, run.announced = not run.announced, True
            if not first:
                return
            for behind in self._queues_behind(sess):
                behind.feeder_recovered(self.name)
            queue = self._runtime_queue(sess)
            if queue is not None:
                queue.feeder_started()

    def _record_failure(self, sess: Any, error: Exception, coord: Coordinator | None, run: "_Run") -> None:
        if not self._was_called_off(sess, error, coord):
            if run.stage is not None:
                run.stage.record_exception(error)
            for queue in self._queues_behind(sess, make=True):
                queue.feeder_failed(self.name, error)  # the first counts: that of the stage where it began
        if coord is None:
            with self._lock:
                self._exceptions_raised.append(error)

    def _was_called_off(self, sess: Any, error: Exception, coord: Coordinator | None) -> bool:
        """Somebody stopped all threads or closed the queue, which is how blocked ones end: nothing went wrong here."""
        queue = self._runtime_queue(sess)
        closed = queue is not None and queue.is_closed()
        return isinstance(error, CancelledError) and (closed or (coord is not None and coord.should_stop()))

    def _count_down(self, sess: Any, coord: Coordinator | None, run: "_Run", closes: bool) -> None:
        # The lock is held while the queue closes, as in TensorFlow: whoever sees it closed may create threads again.
        with self._lock:
            run.outstanding -= 1
            if run.outstanding > 0:
                return
            if closes:
                _run_quietly(sess, self._close_op)
                return
        queue = self._runtime_queue(sess)
        if coord is None and queue is not None:
            queue.feeders_gone()

    def _close_on_stop(self, sess: Any, coord: Coordinator) -> None:
        coord.wait_for_stop()
        _run_quietly(sess, self._cancel_op)

    # What it needs to know

    def _stage(self, sess: Any) -> "_RunnerStage":
        """What its threads in `sess` count together; two runners of one queue are one stage."""

        def make() -> _RunnerStage:
            return _RunnerStage(self.name, "runner", sess.scope)

        stage: _RunnerStage = sess.resources.lookup_or_create("stage", "", self.name, make)
        stage.declare(
            draws=[op.name for op in drawn_queues(self._enqueue_ops)],
            fills=[op.name for op in filled_queues(self._enqueue_ops)] or [self.name],
        )
        return stage

    def _runtime_queue(self, sess: Any) -> ElementQueue | None:
        return None if self._handle is None else runtime_queue(self._handle, sess)

    def _queues_behind(self, sess: Any, make: bool = False) -> list[ElementQueue]:
        """The queues of `sess` whose consumers wait for what this runner does: the one it fills, and all further down.

        With `make`, those too that no step has come to yet.
        """
        handles = [] if self._handle is None else downstream(self._handle)
        for handle in handles if make else ():
            _run_quietly(sess, handle)
        return [queue for handle in handles if (queue := runtime_queue(handle, sess)) is not None]


class _RunnerStage(StageCounters):
    """A runner's threads in one session, over with the session."""

    def shutdown(self) -> None:
        """The session is closed."""
        self.retire()


class _Run:
    """The threads of one runner in one session. Guarded by the runner's lock."""

    __slots__ = ("announced", "outstanding", "stage")

    def __init__(self, outstanding: int) -> None:
        self.outstanding = outstanding  # threads that have not ended, started or not
        self.announced = False  # the queue knows that it is fed
        self.stage: _RunnerStage | None = None


def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Puts a queue runner into a collection of the default graph, for `start_queue_runners`."""
    add_to_collection(collection, qr)


def start_queue_runners(
    sess: Any = None,
    coord: Coordinator | None = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[threading.Thread]:
    """Creates the threads of all queue runners that the session's graph collected.

    Args:
      sess: a Session; default the default session.
      coord: see `QueueRunner.create_threads`.
      daemon: the threads do not keep the program from exiting.
      start: start them, too.

    Returns: the threads. None for a monitored session, which starts them itself.

    Errors: ValueError without a session; TypeError for what is no session.
    """
    if sess is None:
        sess = get_default_session()
        if sess is None:
            raise ValueError(
                "Cannot start queue runners: No default session is registered. Use `with sess.as_default()` "
                "or pass an explicit session to tf.start_queue_runners(sess=sess)"
            )
    if not isinstance(sess, Session):
        if type(sess).__name__ in {"MonitoredSession", "SingularMonitoredSession"}:
            return []
        raise TypeError(f"sess must be a `tf.Session` object. Given class: {type(sess)}")
    runners: list[QueueRunner] = sess.graph.get_collection(collection)
    if not runners:
        _log.warning("start_queue_runners: the session's graph has no queue runners in collection '%s'", collection)
    threads = []
    for runner in runners:
        threads += runner.create_threads(sess, coord=coord, daemon=daemon, start=start)
    return threads


def _never() -> bool:
    return False


def _run_quietly(sess: Any, op: Any) -> None:
    """Runs an op that makes or closes a queue; that the queue, or the session, may be closed is no error."""
    try:
        sess.run(op)
    except Exception as error:  # noqa: BLE001 - as TensorFlow: there is nobody whom it would help
        _log.debug("ignored: %s", error)


def _handle_of(queue: Any) -> Operation | None:
    """The op that makes the queue; None for a queue that is chosen at run time."""
    op = getattr(queue, "queue_ref", queue)
    op = op.op if isinstance(op, Tensor) else op
    return op if isinstance(op, Operation) and is_queue_handle(op) else None


def _check_exception_types(types: Any) -> None:
    if types is None:
        return
    if not isinstance(types, tuple) or not types or not all(_is_error_class(error) for error in types):
        raise TypeError(
            f"queue_closed_exception_types, when provided, must be a tuple of tf.error types, but saw: {types}"
        )


def _is_error_class(error: object) -> bool:
    return isinstance(error, type) and issubclass(error, OpError)
