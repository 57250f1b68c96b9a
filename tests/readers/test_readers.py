"""Readers without a graph: any callable gives them their work."""

import errno
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfqueue.framework.cancellation import CancellationManager
from tfqueue.framework.errors import (
    CancelledError,
    DeadlineExceededError,
    NotFoundError,
    OutOfRangeError,
    ResourceExhaustedError,
)
from tfqueue.readers.base import NextWork
from tfqueue.readers.files import TextLineReader, WholeFileReader, read_whole, write_whole
from tfqueue.testing import run_in_thread, wait_until


def work(*paths: Path) -> NextWork:
    """Gives the names one after the other, then OutOfRangeError."""
    names: Iterator[bytes] = iter([str(path).encode() for path in paths])

    def next_name() -> bytes:
        name = next(names, None)
        if name is None:
            raise OutOfRangeError(None, None, "no more files")
        return name

    return next_name


class Gate:
    """Work that comes when the test lets it."""

    def __init__(self, name: Path) -> None:
        self.asked = threading.Event()
        self.opened = threading.Event()
        self._name = str(name).encode()

    def __call__(self) -> bytes:
        self.asked.set()
        assert self.opened.wait(30)
        return self._name


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "lines"
    path.write_bytes(b"a\nb\nc\n")
    return path


@pytest.fixture
def gate(lines: Path) -> Iterator[Gate]:
    barrier = Gate(lines)
    yield barrier
    barrier.opened.set()


def test_work_is_asked_for_only_when_none_is_in_hand(lines: Path) -> None:
    """Three records of one file ask once, so no name is taken and left unread."""
    asked: list[bytes] = []
    give = work(lines)

    def counting() -> bytes:
        asked.append(b"")
        return give()

    reader = TextLineReader()
    assert [reader.read(counting)[1] for _ in range(3)] == [b"a", b"b", b"c"]
    assert len(asked) == 1
    with pytest.raises(OutOfRangeError, match="no more files"):
        reader.read(counting)
    assert (reader.num_records_produced(), reader.num_work_units_completed()) == (3, 1)


def test_threads_share_a_reader_without_losing_or_doubling(tmp_path: Path) -> None:
    """Eight threads read two files: each line comes once, with its own key."""
    paths = [tmp_path / name for name in ("x", "y")]
    for path in paths:
        path.write_bytes(b"".join(b"%d\n" % number for number in range(200)))
    reader, give = TextLineReader(), work(*paths)

    def drain() -> list[tuple[bytes, bytes]]:
        records = []
        try:
            while True:
                records.append(reader.read(give))
        except OutOfRangeError:
            return records

    runners = [run_in_thread(drain) for _ in range(8)]
    records = sorted(record for runner in runners for record in runner.result())
    expected = sorted((b"%b:%d" % (str(p).encode(), n + 1), b"%d" % n) for p in paths for n in range(200))
    assert records == expected


def test_a_read_keeps_its_turn_while_it_waits_and_counts_can_be_asked(gate: Gate) -> None:
    """A second read times out behind it; the counts are given at once."""
    reader = TextLineReader()
    first = run_in_thread(reader.read, gate)
    assert gate.asked.wait(30)
    for later in (reader.read, reader.read_up_to):
        arguments = (gate,) if later == reader.read else (gate, 3)
        with pytest.raises(DeadlineExceededError, match="Timed out"):
            later(*arguments, timeout=0.01)
    with pytest.raises(DeadlineExceededError):
        reader.reset(timeout=0.01)
    assert (reader.num_records_produced(), reader.num_work_units_completed()) == (0, 0)
    gate.opened.set()
    assert first.result()[1] == b"a"


def test_a_read_that_waits_for_its_turn_can_be_called_off(gate: Gate) -> None:
    """By its step's cancellation, before or while it waits; the one in front goes on."""
    reader = WholeFileReader("reader")
    first = run_in_thread(reader.read, gate)
    assert gate.asked.wait(30)
    waiting, already = CancellationManager(), CancellationManager()
    already.cancel(CancelledError(None, None, "over"))
    second = run_in_thread(reader.read, gate, None, waiting)
    wait_until(lambda: bool(reader._turns._waiters))  # type: ignore[attr-defined]
    waiting.cancel(CancelledError(None, None, "over"))
    assert isinstance(second.exception(), CancelledError)
    assert "'reader' was cancelled" in str(second.exception())
    assert isinstance(run_in_thread(reader.read, gate, None, already).exception(), CancelledError)
    gate.opened.set()
    assert first.result()[1] == b"a\nb\nc\n"


def test_what_stops_a_read_gives_the_turn_on(lines: Path) -> None:
    """An exception of the work's giver, or of a file, leaves the reader usable."""
    reader = TextLineReader()
    with pytest.raises(OutOfRangeError):
        reader.read(work())
    with pytest.raises(NotFoundError, match="none; No such file"):
        reader.read(work(lines.parent / "none"))
    assert reader.read(work(lines))[1] == b"a"
    assert reader.num_work_units_completed() == 0


def test_close_ends_the_file_in_hand_at_once_or_after_the_read(lines: Path, gate: Gate) -> None:
    """Never waiting for a read that waits."""
    reader = TextLineReader()
    reader.read(work(lines))
    file = reader._file
    reader.close()
    assert file is not None
    assert file.closed
    waiting = TextLineReader()
    first = run_in_thread(waiting.read, gate)
    assert gate.asked.wait(30)
    waiting.close()
    gate.opened.set()
    assert first.result()[1] == b"a"
    assert waiting._file is None


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (b"a\r\nb\n\r\nc\r", [b"a", b"b", b"", b"c"]),
        (b"\n\n", [b"", b""]),
        (b"a\0b\n", [b"a\0b"]),
        (b"", []),
    ],
)
def test_lines(tmp_path: Path, contents: bytes, expected: list[bytes]) -> None:
    r"""Ended by \n or \r\n, the last one or not (SEMANTICS 78)."""
    path = tmp_path / "f"
    path.write_bytes(contents)
    reader, give = TextLineReader(), work(path)
    assert [reader.read(give)[1] for _ in expected] == expected
    with pytest.raises(OutOfRangeError):
        reader.read(give)


def test_read_up_to_ends_with_the_file(lines: Path, tmp_path: Path) -> None:
    """What is there of it, never more than asked (SEMANTICS 80)."""
    other = tmp_path / "other"
    other.write_bytes(b"d\n")
    reader, give = TextLineReader(), work(lines, other)
    batches = [[value for _, value in reader.read_up_to(give, 2)] for _ in range(3)]
    assert batches == [[b"a", b"b"], [b"c"], [b"d"]]
    whole = WholeFileReader()
    assert len(whole.read_up_to(work(lines, other), 5)) == 1


def test_a_written_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that breaks off leaves the old file, and no part of the new one."""
    path = str(tmp_path / "f").encode()
    write_whole(path, b"old")

    def disk_full(source: bytes, target: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", disk_full)
        with pytest.raises(ResourceExhaustedError, match="f; No space left"):
            write_whole(path, b"new")
    assert read_whole(path) == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]
