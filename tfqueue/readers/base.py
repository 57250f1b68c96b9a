"""A reader: takes pieces of work (file names) from a work queue, gives records.

Invariants:
  - one thread at a time reads, and keeps its turn while it waits for work: records of one file come in order;
  - work is asked for only when none is in hand, so no name is taken and left unread;
  - counts can be asked for at any time, also while a read waits.

Usable with no graph: work comes from any callable that gives the next name or raises.
"""

import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tfqueue.framework.cancellation import CancellationManager
from tfqueue.framework.errors import (
    CancelledError,
    DeadlineExceededError,
    InvalidArgumentError,
    OpError,
    UnimplementedError,
)

NextWork = Callable[[], bytes]
"""Gives the next piece of work; may block; raises (OutOfRangeError, say) when there is no more."""

Record = tuple[bytes, bytes]
"""Key and value."""

STATE = struct.Struct("<8sqq")
"""Kept state: a mark, finished pieces of work, records. A reader that keeps state has no work in hand between reads."""

STATE_MARK = b"tfqread1"


class Reader(ABC):
    """Records out of pieces of work.

    Args:
      name: the node's name, for messages.
      kind: the class of reader, for messages, such as "TextLineReader".

    A subclass says how a piece of work is opened, read and let go of.
    """

    keeps_state = False
    """Whether `serialize_state` works: only for readers that never stand in the middle of a piece of work."""

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind
        self._turns = threading.Condition()
        self._taken = False
        self._closed = False
        self._work: bytes | None = None
        self._work_finished = 0
        self._records = 0

    # What a kind of reader says

    @abstractmethod
    def _open(self, work: bytes) -> None:
        """Begins a piece of work; an OpError says why it cannot."""

    @abstractmethod
    def _next(self, work: bytes) -> Record | None:
        """The next record of the work in hand, or None at its end."""

    @abstractmethod
    def _close(self) -> None:
        """Lets go of the work in hand; also called when there is none."""

    def _is_finished(self) -> bool:
        """Whether it is known, before another record is asked for, that the work in hand has no more."""
        return False

    # Reading

    def read(
        self, next_work: NextWork, timeout: float | None = None, cancellation: CancellationManager | None = None
    ) -> Record:
        """The next record, key and value.

        Pieces of work without records are passed over. A piece that cannot be opened is dropped with its error, and the
        next read goes on with the next one.

        Args:
          next_work: asked for the next piece of work; what it raises, this raises.
          timeout: seconds to wait for another thread's read to end; `next_work` keeps its own time.
          cancellation: calls off that wait.

        Raises:
          OutOfRangeError: `next_work` has no more, say "... is closed and has insufficient elements ...".
          NotFoundError, PermissionDeniedError, FailedPreconditionError: a piece of work cannot be opened.
        """
        with self._turn(timeout, cancellation):
            return self._read_in_turn(next_work)

    def read_up_to(
        self,
        next_work: NextWork,
        count: int,
        timeout: float | None = None,
        cancellation: CancellationManager | None = None,
    ) -> list[Record]:
        """At most `count` records, at least one; once there is one, none from beyond the end of its file."""
        if count < 1:
            raise InvalidArgumentError(None, None, f"num_records must be positive, got {count}")
        with self._turn(timeout, cancellation):
            records = [self._read_in_turn(next_work)]
            while len(records) < count and self._work is not None:
                record = self._record_in_hand(self._work)
                if record is None:
                    break
                records.append(record)
            return records

    def _read_in_turn(self, next_work: NextWork) -> Record:
        while True:
            if self._work is None:
                self._begin(next_work())
            # `_begin` put work in hand, or raised.
            record = self._record_in_hand(self._work or b"")
            if record is not None:
                return record

    def _begin(self, work: bytes) -> None:
        self._open(work)
        self._work = work

    def _record_in_hand(self, work: bytes) -> Record | None:
        """The next record of the work in hand, or None, and no work in hand, at its end."""
        try:
            record = self._next(work)
        except BaseException:
            self._drop_work()
            raise
        if record is not None:
            self._records += 1
        if record is None or self._is_finished():
            self._drop_work()
            self._work_finished += 1
        return record

    def _drop_work(self) -> None:
        self._close()
        self._work = None

    # Counts and state

    def num_records_produced(self) -> int:
        """Records given since the reader was made or reset."""
        return self._records

    def num_work_units_completed(self) -> int:
        """Files read to their end since the reader was made or reset."""
        return self._work_finished

    def reset(self, timeout: float | None = None, cancellation: CancellationManager | None = None) -> None:
        """Forgets the counts and the work in hand; what the work queue holds stays there."""
        with self._turn(timeout, cancellation):
            self._reset_in_turn()

    def _reset_in_turn(self) -> None:
        self._drop_work()
        self._work_finished = self._records = 0

    def serialize_state(self, timeout: float | None = None, cancellation: CancellationManager | None = None) -> bytes:
        """The counts, for `restore_state`; UnimplementedError for kinds that cannot."""
        self._check_keeps_state()
        with self._turn(timeout, cancellation):
            return STATE.pack(STATE_MARK, self._work_finished, self._records)

    def restore_state(
        self, state: bytes, timeout: float | None = None, cancellation: CancellationManager | None = None
    ) -> None:
        """Goes on from a kept state; InvalidArgumentError, and a reset reader, when it is none (SEMANTICS 82)."""
        self._check_keeps_state()
        with self._turn(timeout, cancellation):
            self._reset_in_turn()
            self._work_finished, self._records = self._parse(state)

    def _parse(self, state: bytes) -> tuple[int, int]:
        if len(state) == STATE.size:
            mark, finished, records = STATE.unpack(state)
            if mark == STATE_MARK and finished >= 0 and records >= 0:
                return finished, records
        message = f"Could not parse state for {self.kind} '{self.name}': {len(state)} bytes starting {state[:16]!r}"
        raise InvalidArgumentError(None, None, message)

    def _check_keeps_state(self) -> None:
        if not self.keeps_state:
            message = f"{self.kind} '{self.name}' does not support SerializeState and RestoreState"
            raise UnimplementedError(None, None, message)

    def close(self) -> None:
        """The session ends: lets go of the open file, at once or when the read under way is over. Never waits."""
        with self._turns:
            self._closed = True
            if not self._taken:
                self._drop_work()

    # Taking turns

    @contextmanager
    def _turn(self, timeout: float | None, cancellation: CancellationManager | None) -> Iterator[None]:
        self._take_turn(timeout, cancellation)
        try:
            yield
        finally:
            with self._turns:
                self._taken = False
                if self._closed:
                    self._drop_work()
                self._turns.notify()

    def _take_turn(self, timeout: float | None, cancellation: CancellationManager | None) -> None:
        with self._turns:
            if not self._taken:
                self._taken = True
                return
        token = cancellation.register(self._wake_all) if cancellation is not None else None
        try:
            with self._turns:
                self._turns.wait_for(lambda: not self._taken or _is_cancelled(cancellation), timeout)
                if not self._taken and not _is_cancelled(cancellation):
                    self._taken = True
                    return
        finally:
            if cancellation is not None and token is not None:
                cancellation.deregister(token)
        raise self._turn_lost(cancellation)

    def _wake_all(self, _: BaseException) -> None:
        with self._turns:
            self._turns.notify_all()

    def _turn_lost(self, cancellation: CancellationManager | None) -> OpError:
        if _is_cancelled(cancellation):
            return CancelledError(None, None, f"Read operation of {self.kind} '{self.name}' was cancelled")
        return DeadlineExceededError(None, None, "Timed out waiting for notification")


def _is_cancelled(cancellation: CancellationManager | None) -> bool:
    return cancellation is not None and cancellation.cancelled is not None
