"""What a queue knows of the runner that is meant to fill it.

A consumer that waits in vain deserves the reason: no thread of the runner was started, or the runner died and of what.
A queue without a runner knows nothing and says nothing. Guarded by the queue's lock.
"""

from tfqueue.framework.errors import AbortedError, OpError


class Feeders:
    """The notices of one queue's runner."""

    __slots__ = ("_ended", "_expected", "_failure", "_hinted", "_runs", "abandoned")

    def __init__(self) -> None:
        self._expected: str | None = None
        self._runs = self._ended = 0
        self._hinted = False
        self._failure: tuple[str, BaseException] | None = None
        self.abandoned = False
        """All its threads ended, one at least by an error, and nobody will close the queue."""

    def expect(self, name: str) -> None:
        """A runner of this name exists."""
        self._expected = name

    def started(self) -> None:
        """The threads of a runner run, for the first time or again."""
        self._runs += 1
        self.abandoned = False

    def recovered(self, stage: str) -> None:
        """The threads of this stage, the runner's own or one further up, run again: what it failed of is over."""
        if self._failure is not None and self._failure[0] == stage:
            self._failure = None

    def failed(self, stage: str, error: BaseException) -> None:
        """The first error is kept: later ones follow from it."""
        if self._failure is None:
            self._failure = (stage, error)

    def gone(self) -> None:
        """All threads of one run of a runner have ended, one at least by an error; see `abandoned`."""
        self._ended += 1
        self.abandoned = self._ended >= self._runs

    def hint(self, queue: str) -> str | None:
        """A sentence for the log, once, when a runner is expected and none of its threads was ever started."""
        if self._expected is None or self._runs or self._hinted:
            return None
        self._hinted = True
        return (
            f"a dequeue has waited 10 s on {queue}, and no thread of its queue runner '{self._expected}' was ever "
            "started. Call tf.train.start_queue_runners(sess) or create_threads(sess, start=True) first."
        )

    def explain(self, error: OpError, otherwise: str = "") -> OpError:
        """The error with the runner's failure in words and as its cause; without one, with `otherwise` appended."""
        if self._failure is None:
            error.message += otherwise
            return error
        stage, cause = self._failure
        error.message += f". The stage '{stage}' that feeds it ended by {type(cause).__name__}: {cause}"
        error.__cause__ = cause
        return error

    def abandoned_error(self, queue: str) -> OpError:
        """For a dequeue that would wait for ever."""
        words = f"nothing feeds {queue} any more: all threads of its queue runner '{self._expected}' have ended"
        return self.explain(AbortedError(None, None, words))
