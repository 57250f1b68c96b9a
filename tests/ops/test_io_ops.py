"""Files as ops, and the handles of readers on the graph's queues."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import constant, run, sizes
from tfqueue.session.config import RunOptions
from tfqueue.session.session import Session
from tfqueue.testing import run_in_thread, wait_until_parked

Make = Callable[..., str]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a file and gives its name."""

    def write(name: str, contents: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(contents)
        return str(path)

    return write


def names_queue(names: list[str], close: bool = True) -> tuple[Any, Callable[[Session], None]]:
    """A queue of names, and what fills (and closes) it in a session."""
    queue = tf.FIFOQueue(32, tf.string, [[]], name="names")
    fill = queue.enqueue_many([names]) if names else None
    end = queue.close()

    def fill_in(session: Session) -> None:
        if fill is not None:
            session.run(fill)
        if close:
            session.run(end)

    return queue, fill_in


# Files


def test_read_and_write(tmp_path: Path) -> None:
    """What is written is read, byte for byte, the folders made on the way, the old contents replaced."""
    path = str(tmp_path / "new" / "file")
    contents = bytes(range(256)) + b"\0"
    write = tf.write_file(path, tf.placeholder_with_default(constant(contents), []))
    with Session() as session:
        assert session.run(write) is None
        assert session.run(tf.read_file(path)) == contents
        session.run(tf.write_file(path, "short"))
        assert session.run(tf.io.read_file(path)) == b"short"
    assert os.listdir(tmp_path / "new") == ["file"]
    assert sizes(tf.read_file(path)) == []


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """TensorFlow's class for each reason, the file and the op named (SEMANTICS 83)."""
    locked = tmp_path / "locked"
    locked.write_bytes(b"x")
    locked.chmod(0)
    cases = [
        (str(tmp_path / "none"), tf.errors.NotFoundError, "none; No such file or directory"),
        (str(tmp_path), tf.errors.FailedPreconditionError, "; Is a directory"),
        (str(locked / "below"), tf.errors.FailedPreconditionError, "below; Not a directory"),
    ]
    if os.geteuid():
        cases.append((str(locked), tf.errors.PermissionDeniedError, "locked; Permission denied"))
    for path, kind, words in cases:
        with pytest.raises(kind, match=words) as caught:
            run(tf.read_file(path, name="contents"))
        assert caught.value.op.type == "ReadFile"


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """The target is a directory: the error names it, and no part of the file stays."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(tf.errors.FailedPreconditionError, match="taken; Is a directory"):
        run(tf.write_file(str(tmp_path / "taken"), "x"))
    assert os.listdir(tmp_path) == ["taken"]


def test_file_names_are_scalar_strings() -> None:
    """A vector is InvalidArgumentError, a number TypeError."""
    names = tf.placeholder(tf.string)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"filename must be scalar, got shape \[1\]"):
        run(tf.read_file(names), {names: ["a"]})
    with pytest.raises(TypeError, match="int32 not in list of allowed values: string"):
        tf.read_file(1)


def test_matching_files(make: Make, tmp_path: Path) -> None:
    """Sorted, each once, of one pattern or several; none is an empty vector of strings."""
    b, a, c = make("b.jpg", b""), make("a.jpg", b""), make("c.png", b"")
    tensor = tf.matching_files(str(tmp_path / "*.jpg"))
    assert sizes(tensor) == [None]
    assert run(tensor).tolist() == [a.encode(), b.encode()]
    patterns = [str(tmp_path / "*"), str(tmp_path / "[ab].jpg")]
    assert run(tf.io.matching_files(patterns)).tolist() == [name.encode() for name in (a, b, c)]
    none = run(tf.matching_files(str(tmp_path / "x*")))
    assert (none.shape, none.dtype) == ((0,), np.dtype(object))


# Readers


def test_a_whole_file_reader(make: Make) -> None:
    """Key is the name, value the contents; then the queue's end (SEMANTICS 76, 77)."""
    first, second = make("1", b"one\0"), make("2", b"")
    queue, fill = names_queue([first, second])
    reader = tf.WholeFileReader(name="reader")
    key, value = reader.read(queue)
    assert (sizes(key), sizes(value), key.dtype, value.dtype) == ([], [], tf.string, tf.string)
    with Session() as session:
        fill(session)
        assert session.run([key, value]) == [first.encode(), b"one\0"]
        assert session.run([key, value]) == [second.encode(), b""]
        assert session.run([reader.num_records_produced(), reader.num_work_units_completed()]) == [2, 2]
        with pytest.raises(
            tf.errors.OutOfRangeError, match=r"is closed and has insufficient elements \(requested 1, current size 0\)"
        ):
            session.run(key)


def test_a_text_line_reader(make: Make) -> None:
    """Lines of LF or CRLF, keys counted from 1 with the headers, short files passed over (SEMANTICS 76, 78)."""
    first = make("1", b"head\nlf\ncrlf\r\nlast")
    empty, short = make("2", b""), make("3", b"only a head\n")
    second = make("4", b"head\n\n")
    queue, fill = names_queue([first, empty, short, second])
    reader = tf.TextLineReader(skip_header_lines=1)
    record = reader.read(queue)
    with Session() as session:
        fill(session)
        records = [session.run(record) for _ in range(4)]
        assert records == [
            (f"{first}:2".encode(), b"lf"),
            (f"{first}:3".encode(), b"crlf"),
            (f"{first}:4".encode(), b"last"),
            (f"{second}:2".encode(), b""),
        ]
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(record)
        assert session.run([reader.num_records_produced(), reader.num_work_units_completed()]) == [4, 4]


def test_read_up_to_stops_at_a_files_end(make: Make) -> None:
    """At most n, never across files once there is one; vectors of unknown length (SEMANTICS 80)."""
    names = [make("1", b"a\nb\nc\n"), make("2", b""), make("3", b"d\n")]
    queue, fill = names_queue(names)
    keys, values = tf.TextLineReader().read_up_to(queue, 2)
    assert (sizes(keys), sizes(values)) == ([None], [None])
    with Session() as session:
        fill(session)
        assert [session.run(values).tolist() for _ in range(3)] == [[b"a", b"b"], [b"c"], [b"d"]]
    count = tf.placeholder(tf.int64, [])
    with Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="must be positive, got 0"):
        session.run(tf.TextLineReader().read_up_to(queue, count), {count: 0})


def test_a_missing_file_is_named_and_the_next_one_read(make: Make, tmp_path: Path) -> None:
    """NotFoundError with the file, then the reader goes on (SEMANTICS 83)."""
    present = make("here", b"x\n")
    queue, fill = names_queue([str(tmp_path / "gone"), present])
    for reader in (tf.WholeFileReader(), tf.TextLineReader()):
        key, _ = reader.read(queue)
        with Session() as session:
            fill(session)
            with pytest.raises(tf.errors.NotFoundError, match="gone; No such file or directory") as caught:
                session.run(key)
            assert caught.value.op is key.op
            assert session.run(key).startswith(present.encode())


@pytest.mark.parametrize("dtypes", [[tf.int32], [tf.string, tf.string]])
def test_a_work_queue_holds_one_string(dtypes: Any) -> None:
    """Refused before an element is lost (SEMANTICS 83)."""
    queue = tf.FIFOQueue(3, dtypes, name="numbers")
    key, _ = tf.WholeFileReader().read(queue)
    values = [1 if dtype == tf.int32 else "a" for dtype in dtypes]
    with Session() as session:
        session.run(queue.enqueue(values))
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="Expected queue with single string component, 'numbers'"
        ):
            session.run(key)
        assert session.run(queue.size()) == 1


def test_a_read_waits_for_a_name(make: Make) -> None:
    """Until one is enqueued, in another run of the same session."""
    name = make("1", b"one")
    queue, _ = names_queue([name], close=False)
    fill = queue.enqueue([name])
    _, value = tf.WholeFileReader().read(queue)
    with Session() as session:
        session.run(queue.size())
        waiting = run_in_thread(session.run, value)
        wait_until_parked(queue.runtime_queue(session), dequeues=1)
        session.run(fill)
        assert waiting.result() == b"one"


def test_a_read_that_waits_ends_with_its_step() -> None:
    """By its time-out, or when the session closes; and so does one that waits for its turn behind it."""
    queue, _ = names_queue([])
    reader = tf.WholeFileReader()
    key, _ = reader.read(queue)
    session = Session()
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(key, options=RunOptions(timeout_in_ms=20))
    first = run_in_thread(session.run, key)
    wait_until_parked(queue.runtime_queue(session), dequeues=1)
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(key, options=RunOptions(timeout_in_ms=20))
    assert session.run(reader.num_records_produced()) == 0
    session.close()
    assert isinstance(first.exception(), tf.errors.CancelledError)


def test_reset_forgets_the_file_in_hand(make: Make) -> None:
    """Not what the queue holds (SEMANTICS 81)."""
    queue, fill = names_queue([make("1", b"a\nb\n"), make("2", b"c\n")])
    reader = tf.TextLineReader()
    _, value = reader.read(queue)
    reset = reader.reset()
    with Session() as session:
        fill(session)
        assert session.run(value) == b"a"
        assert session.run(reset) is None
        assert session.run([reader.num_records_produced(), reader.num_work_units_completed()]) == [0, 0]
        assert session.run(value) == b"c"


def test_state_is_kept_and_restored(make: Make) -> None:
    """Only by kinds that can; no state is InvalidArgumentError with the node's name, and a reset (SEMANTICS 82)."""
    queue, fill = names_queue([make("1", b"a"), make("2", b"b")])
    reader = tf.WholeFileReader(name="test_reader")
    assert reader.supports_serialize
    key, _ = reader.read(queue)
    state = reader.serialize_state()
    fed = tf.placeholder(tf.string, [])
    restore = reader.restore_state(fed)
    counts = [reader.num_records_produced(), reader.num_work_units_completed()]
    with Session() as session:
        fill(session)
        session.run(key)
        kept = session.run(state)
        session.run(key)
        session.run(restore, {fed: kept})
        assert session.run(counts) == [1, 1]
        for bogus in (kept[1:], kept[:-1], kept + b"x", b"BOGUS" + kept[5:], b""):
            session.run(restore, {fed: kept})
            with pytest.raises(
                tf.errors.InvalidArgumentError, match="Could not parse state for WholeFileReader 'test_reader'"
            ):
                session.run(restore, {fed: bogus})
            assert session.run(counts) == [0, 0]
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
        reader.restore_state([b"a", b"b"])
    lines = tf.TextLineReader()
    assert not lines.supports_serialize
    for op in (lines.serialize_state(), lines.restore_state("x")):
        with pytest.raises(tf.errors.UnimplementedError, match="does not support"):
            run(op)


def test_each_session_has_its_own_reader(make: Make) -> None:
    """Counts and files in hand are not shared (SEMANTICS 6)."""
    queue, fill = names_queue([make("1", b"a\nb\n")])
    reader = tf.TextLineReader()
    _, value = reader.read(queue)
    with Session() as one, Session() as other:
        for session in (one, other):
            fill(session)
            assert session.run(value) == b"a"
        assert one.run(reader.num_records_produced()) == 1


def test_a_reader_base_takes_references(make: Make) -> None:
    """The handle can be built on a reader's tensor, and take a queue's tensor."""
    queue, fill = names_queue([make("1", b"one")])
    reader = tf.ReaderBase(tf.WholeFileReader().reader_ref)
    _, value = reader.read(queue.queue_ref)
    with Session() as session:
        fill(session)
        assert session.run(value) == b"one"
