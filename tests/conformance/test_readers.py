"""Readers keep TensorFlow's promises: SEMANTICS 76 to 84, in our words."""

import gzip
import zlib

import pytest

import tfqueue as tf
from tfqueue.testing import run_in_thread, wait_until, wait_until_parked

RECORDS = [b"first", b"", b"third"]


class Pipeline:
    """A queue of file names, closed or not, and what a reader gives of it."""

    def __init__(self, session, work, close=True):
        self.session = session
        self.queue = tf.FIFOQueue(99, tf.string, [[]])
        session.run(self.queue.enqueue_many([[str(each) for each in work]]))
        if close:
            session.run(self.queue.close())

    def read(self, reader, count):
        key_value = reader.read(self.queue)
        return [tuple(self.session.run(key_value)) for _ in range(count)]

    def read_all(self, reader):
        """All records up to the queue's end, which is checked."""
        key_value, records = reader.read(self.queue), []
        with pytest.raises(tf.errors.OutOfRangeError, match=r"\(requested 1, current size 0\)"):
            self._read_into(records, key_value)
        return records

    def _read_into(self, records, key_value):
        while True:
            records.append(tuple(self.session.run(key_value)))


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


@pytest.fixture
def put(tmp_path):
    """Makes a file; gives its path."""

    def make(name, contents):
        path = tmp_path / name
        path.write_bytes(contents)
        return path

    return make


@pytest.fixture
def records_file(tmp_path):
    path = tmp_path / "some.tfrecord"
    with tf.python_io.TFRecordWriter(path) as writer:
        for record in RECORDS:
            writer.write(record)
    return path


def counts(session, reader):
    return tuple(session.run([reader.num_records_produced(), reader.num_work_units_completed()]))


def keyed(path, *pairs):
    """(suffix, value) pairs with the file's name before each suffix."""
    return [(f"{path}:{suffix}".encode(), value) for suffix, value in pairs]


# 76: keys ------------------------------------------------------------------------------------------------------------


def test_text_keys_are_lines_from_1_and_count_headers(session, put):
    """SEMANTICS 76: "file:line" from 1, skipped headers counted."""
    path = put("text", b"header\none\ntwo\n")
    reader = tf.TextLineReader(skip_header_lines=1)
    assert Pipeline(session, [path]).read_all(reader) == keyed(path, (2, b"one"), (3, b"two"))


def test_fixed_length_keys_are_records_from_0(session, put):
    """SEMANTICS 76: "file:record" from 0."""
    path = put("fixed", b"aabb")
    assert Pipeline(session, [path]).read_all(tf.FixedLengthRecordReader(2)) == keyed(path, (0, b"aa"), (1, b"bb"))


def test_tfrecord_keys_are_offsets(session, records_file):
    """SEMANTICS 76: "file:offset"."""
    read = Pipeline(session, [records_file]).read_all(tf.TFRecordReader())
    assert read == keyed(records_file, (0, b"first"), (21, b""), (37, b"third"))


def test_whole_file_keys_are_names(session, put):
    """SEMANTICS 76: the name of the file."""
    path = put("whole", b"all of it\0")
    assert Pipeline(session, [path]).read_all(tf.WholeFileReader()) == [(str(path).encode(), b"all of it\0")]


def test_identity_keys_are_the_work(session):
    """SEMANTICS 76: the work itself, which need be no file; all are bytes."""
    assert Pipeline(session, ["A", "B"]).read_all(tf.IdentityReader()) == [(b"A", b"A"), (b"B", b"B")]


# 77: when a name is taken --------------------------------------------------------------------------------------------


def test_a_name_is_taken_only_when_no_file_is_in_hand(session, put):
    """SEMANTICS 77: the queue keeps the second name while the first file is read."""
    pipeline = Pipeline(session, [put("a", b"aabb"), put("b", b"cc")], close=False)
    reader = tf.FixedLengthRecordReader(2)
    pipeline.read(reader, 2)
    assert session.run(pipeline.queue.size()) == 1
    pipeline.read(reader, 1)
    assert session.run(pipeline.queue.size()) == 0


def test_reads_wait_for_a_name_one_behind_the_other(session, put):
    """SEMANTICS 77: a read waits inside the reader's lock, so that a second one takes no name meanwhile."""
    # Given two reads of one reader, and no name
    path = put("a", b"aabb")
    pipeline = Pipeline(session, [], close=False)
    key_value = tf.FixedLengthRecordReader(2).read(pipeline.queue)
    running = [run_in_thread(session.run, key_value) for _ in range(2)]
    runtime = session.run(pipeline.queue.queue_ref)
    wait_until_parked(runtime, dequeues=1)
    # When one name comes
    session.run(pipeline.queue.enqueue([str(path)]))
    # Then both reads have been served by it
    values = sorted(thread.result()[1] for thread in running)
    assert values == [b"aa", b"bb"]
    assert runtime.stats().size == 0


def test_files_without_records_are_passed_over(session, put):
    """SEMANTICS 77: empty files between others; the end is the queue's OutOfRangeError."""
    empty, full = put("empty", b""), put("full", b"aa")
    pipeline = Pipeline(session, [empty, full, empty, empty, full, empty])
    reader = tf.FixedLengthRecordReader(2)
    assert [value for _, value in pipeline.read_all(reader)] == [b"aa", b"aa"]
    assert counts(session, reader) == (2, 6)


@pytest.mark.parametrize("make", [tf.TextLineReader, tf.TFRecordReader, lambda: tf.FixedLengthRecordReader(1)])
def test_empty_files_only_are_the_end(session, put, make):
    """SEMANTICS 77: for every kind of reader of records."""
    assert Pipeline(session, [put("a", b""), put("b", b"")]).read_all(make()) == []


# 78: text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_end_in_lf_or_crlf(session, put, end, last):
    """SEMANTICS 78: either way, and the last line with or without."""
    path = put("text", end.join([b"one", b"", b"three"]) + (end if last else b""))
    lines = [value for _, value in Pipeline(session, [path]).read_all(tf.TextLineReader())]
    assert lines == [b"one", b"", b"three"]


def test_a_text_shorter_than_its_headers_is_skipped(session, put):
    """SEMANTICS 78: and the next file is read."""
    pipeline = Pipeline(session, [put("short", b"one\n"), put("long", b"1\n2\n3\n")])
    assert [value for _, value in pipeline.read_all(tf.TextLineReader(skip_header_lines=2))] == [b"3"]


# 79: fixed length ----------------------------------------------------------------------------------------------------

FIXED = b"HHaabbccF"


@pytest.mark.parametrize(
    ("encoding", "packed"), [(None, FIXED), ("GZIP", gzip.compress(FIXED)), ("ZLIB", zlib.compress(FIXED))]
)
@pytest.mark.parametrize(("hop", "values"), [
    (None, [b"aa", b"bb", b"cc"]), (0, [b"aa", b"bb", b"cc"]), (1, [b"aa", b"ab", b"bb", b"bc", b"cc"]),
    (3, [b"aa", b"bc"]), (4, [b"aa", b"cc"]), (50, [b"aa"]),
])  # fmt: skip
def test_records_of_fixed_length(session, put, encoding, packed, hop, values):
    """SEMANTICS 79: header, footer and hop, overlapping or apart, packed or not."""
    path = put("fixed", packed)
    reader = tf.FixedLengthRecordReader(2, header_bytes=2, footer_bytes=1, hop_bytes=hop, encoding=encoding)
    assert Pipeline(session, [path]).read_all(reader) == keyed(path, *enumerate(values))


@pytest.mark.parametrize(("contents", "values"), [
    (FIXED + b"x", [b"aa", b"bb", b"cc"]), (FIXED[:-1], [b"aa", b"bb"]), (b"HHaaF", [b"aa"]),
    (b"HHaa", []), (b"HH", []), (b"H", []), (b"", []),
])  # fmt: skip
def test_a_record_needs_its_footer_behind_it(session, put, contents, values):
    """SEMANTICS 79: as long as record and footer bytes remain; a file too short for one has none."""
    reader = tf.FixedLengthRecordReader(2, 2, 1)
    assert [value for _, value in Pipeline(session, [put("fixed", contents)]).read_all(reader)] == values


@pytest.mark.parametrize("wrong", [{"record_bytes": -1}, {"record_bytes": 0}, {"header_bytes": -1}, {"hop_bytes": -2}])
def test_sizes_of_fixed_length_are_checked(session, put, wrong):
    """SEMANTICS 79: a negative size is told when the reader is used; a record of no bytes would never end."""
    reader = tf.FixedLengthRecordReader(**{"record_bytes": 2, **wrong})
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"_bytes must be >=? 0 not"):
        Pipeline(session, [put("fixed", FIXED)]).read(reader, 1)


def test_a_gzip_of_fixed_length_that_ends_early(session, put):
    """SEMANTICS 79: the records that can be had, then DataLossError naming the file (TensorFlow: the end)."""
    path = put("fixed", gzip.compress(FIXED)[:-3])
    pipeline, reader = Pipeline(session, [path]), tf.FixedLengthRecordReader(2, 2, 1, encoding="GZIP")
    assert len(pipeline.read(reader, 3)) == 3
    with pytest.raises(tf.errors.DataLossError, match=str(path)):
        pipeline.read(reader, 1)


def test_an_encoding_that_there_is_not():
    """SEMANTICS 79: GZIP, ZLIB or none."""
    with pytest.raises(ValueError, match="encoding must be GZIP, ZLIB or none, not 'LZ'"):
        tf.FixedLengthRecordReader(2, encoding="LZ")


# 80: read_up_to ------------------------------------------------------------------------------------------------------


def test_read_up_to_stops_at_a_files_end(session, put):
    """SEMANTICS 80: at most n, never across a file's end once it has any."""
    a, b = put("a", b"112233"), put("b", b"4455")
    pipeline, reader = Pipeline(session, [a, b]), tf.FixedLengthRecordReader(2)
    keys, values = reader.read_up_to(pipeline.queue, 2)
    batches = [session.run([keys, values]) for _ in range(3)]
    assert [list(batch[1]) for batch in batches] == [[b"11", b"22"], [b"33"], [b"44", b"55"]]
    assert list(batches[1][0]) == [f"{a}:2".encode()]
    with pytest.raises(tf.errors.OutOfRangeError):
        session.run(keys)


def test_read_up_to_gives_vectors_of_unknown_length(session, records_file):
    """SEMANTICS 80: static shape [None], whatever n is; n may be a tensor."""
    pipeline, reader = Pipeline(session, [records_file]), tf.TFRecordReader()
    keys, values = reader.read_up_to(pipeline.queue, tf.constant(10, tf.int64))
    assert keys.shape.as_list() == values.shape.as_list() == [None]
    assert list(session.run(values)) == RECORDS


def test_read_up_to_passes_over_empty_files(session, put):
    """SEMANTICS 80: before it has any, a file's end is no end."""
    pipeline, reader = Pipeline(session, [put("a", b""), put("b", b"11")]), tf.FixedLengthRecordReader(2)
    assert list(session.run(reader.read_up_to(pipeline.queue, 5)[1])) == [b"11"]


# 81: counts and reset ------------------------------------------------------------------------------------------------


def test_counts_of_records_and_finished_files(session, put):
    """SEMANTICS 81: a file is finished when its end was met, which takes a read more."""
    pipeline, reader = Pipeline(session, [put("a", b"1122")] * 2), tf.FixedLengthRecordReader(2)
    seen = [counts(session, reader)]
    for _ in range(3):
        pipeline.read(reader, 1)
        seen.append(counts(session, reader))
    assert seen == [(0, 0), (1, 0), (2, 0), (3, 1)]


@pytest.mark.parametrize("make", [tf.IdentityReader, tf.WholeFileReader])
def test_work_that_is_one_record_is_finished_with_it(session, put, make):
    """SEMANTICS 81: identity and whole files."""
    pipeline, reader = Pipeline(session, [put("a", b"1")] * 3), make()
    for n in range(1, 4):
        pipeline.read(reader, 1)
        assert counts(session, reader) == (n, n)


def test_reset_forgets_counts_and_work_but_not_the_queue(session, put):
    """SEMANTICS 81: the file in hand is dropped, the names in the queue stay."""
    a, b = put("a", b"1122"), put("b", b"33")
    pipeline, reader = Pipeline(session, [a, b]), tf.FixedLengthRecordReader(2)
    pipeline.read(reader, 1)
    session.run(reader.reset())
    assert counts(session, reader) == (0, 0)
    assert session.run(pipeline.queue.size()) == 1
    assert pipeline.read(reader, 1) == keyed(b, (0, b"33"))


def test_each_session_has_its_own_reader(put):
    """SEMANTICS 81: counts are a session's."""
    reader = tf.IdentityReader()
    for _ in range(2):
        with tf.Session() as session:
            Pipeline(session, ["x"]).read(reader, 1)
            assert counts(session, reader) == (1, 1)


# 82: state -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [tf.IdentityReader, tf.WholeFileReader])
def test_a_reader_goes_on_from_its_state(session, put, make):
    """SEMANTICS 82: bytes that bring the counts back, also to a reader that went on."""
    pipeline, reader = Pipeline(session, [put("a", b"1")] * 5), make()
    assert reader.supports_serialize
    pipeline.read(reader, 2)
    state = session.run(reader.serialize_state())
    assert isinstance(state, bytes)
    pipeline.read(reader, 1)
    session.run(reader.restore_state(state))
    assert counts(session, reader) == (2, 2)
    session.run(reader.reset())
    session.run(reader.restore_state(state))
    assert counts(session, reader) == (2, 2)


@pytest.mark.parametrize("bogus", ["BOGUS", "cut", "behind", "padded", "before"])
def test_bogus_states_reset_the_reader(session, bogus):
    """SEMANTICS 82: cut, padded or bogus: InvalidArgumentError naming the node, and the reader is reset."""
    pipeline, reader = Pipeline(session, ["x"] * 3), tf.IdentityReader("test_reader")
    pipeline.read(reader, 2)
    state = session.run(reader.serialize_state())
    wrong = {
        "BOGUS": b"BOGUS", "cut": state[:-1], "behind": state[1:], "padded": state + b"more", "before": b"pre" + state
    }[bogus]  # fmt: skip
    with pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse state for IdentityReader 'test_reader'"):
        session.run(reader.restore_state(wrong))
    assert counts(session, reader) == (0, 0)


def test_a_state_is_one_string():
    """SEMANTICS 82: a list is a ValueError when built."""
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
        tf.IdentityReader().restore_state([b"a", b"b"])


@pytest.mark.parametrize("make", [tf.TextLineReader, tf.TFRecordReader, lambda: tf.FixedLengthRecordReader(1)])
def test_readers_within_files_keep_no_state(session, make):
    """SEMANTICS 82: UnimplementedError either way."""
    reader = make()
    assert not reader.supports_serialize
    for operation in (reader.serialize_state(), reader.restore_state(b"state")):
        with pytest.raises(tf.errors.UnimplementedError):
            session.run(operation)


# 83: what cannot be read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [tf.TextLineReader, tf.TFRecordReader, tf.WholeFileReader, lambda: tf.FixedLengthRecordReader(1)]
)
def test_a_missing_file_is_named(session, tmp_path, put, make):
    """SEMANTICS 83: NotFoundError "/x; No such file or directory"; the next read goes on with the next name."""
    missing = tmp_path / "missing"
    pipeline, reader = Pipeline(session, [missing, put("empty", b"")]), make()
    with pytest.raises(tf.errors.NotFoundError, match=f"{missing}; No such file or directory"):
        pipeline.read(reader, 1)
    assert counts(session, reader) == (0, 0)


@pytest.mark.parametrize("types", [[tf.string, tf.string], [tf.int32]])
def test_a_work_queue_holds_names(session, types):
    """SEMANTICS 83: one string component; nothing is taken from another queue."""
    queue = tf.FIFOQueue(9, types, [[]] * len(types))
    session.run(queue.enqueue([{tf.string: "x", tf.int32: 1}[dtype] for dtype in types]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Expected queue with single string component"):
        session.run(tf.IdentityReader().read(queue))
    assert session.run(queue.size()) == 1


# 84: files of records ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [
    None, "ZLIB", "GZIP", tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.ZLIB),
    tf.python_io.TFRecordOptions("GZIP"), tf.python_io.TFRecordOptions(),
])  # fmt: skip
def test_records_are_written_and_read_with_options(session, tmp_path, options):
    """SEMANTICS 84: options or a name; the iterator, the reader and its keys agree."""
    path = tmp_path / "some"
    with tf.python_io.TFRecordWriter(path, options) as writer:
        for record in RECORDS:
            writer.write(record)
    assert list(tf.python_io.tf_record_iterator(path, options)) == RECORDS
    read = Pipeline(session, [path]).read_all(tf.TFRecordReader(options=options))
    assert read == keyed(path, (0, b"first"), (21, b""), (37, b"third"))


def test_a_bad_option_is_a_value_error(tmp_path):
    """SEMANTICS 84: for options, writer, iterator and reader."""
    path = tmp_path / "some"
    for take in (
        tf.python_io.TFRecordOptions,
        lambda bad: tf.python_io.TFRecordWriter(path, bad),
        lambda bad: tf.python_io.tf_record_iterator(path, bad),
        lambda bad: tf.TFRecordReader(options=bad),
    ):
        with pytest.raises(ValueError, match='Not a valid compression_type: "BOGUS"'):
            take("BOGUS")


def test_bad_data_is_data_loss_after_what_is_whole(session, records_file):
    """SEMANTICS 84: the records before it come first; the error names file and offset; the next file is read."""
    damaged = bytearray(records_file.read_bytes())
    damaged[-1] ^= 1
    records_file.write_bytes(damaged)
    pipeline, reader = Pipeline(session, [records_file, records_file]), tf.TFRecordReader()
    for _ in range(2):
        assert [value for _, value in pipeline.read(reader, 2)] == RECORDS[:2]
        with pytest.raises(tf.errors.DataLossError, match=f"corrupted record at 49: {records_file}"):
            pipeline.read(reader, 1)


def test_write_and_flush_after_close_fail(tmp_path):
    """SEMANTICS 84: FailedPreconditionError; closing twice is fine."""
    writer = tf.python_io.TFRecordWriter(tmp_path / "some")
    writer.close()
    writer.close()
    for use in (lambda: writer.write(b"late"), writer.flush):
        with pytest.raises(tf.errors.FailedPreconditionError, match="Writer is closed"):
            use()


def test_a_closed_session_lets_go_of_files(records_file):
    """SEMANTICS 81: what a reader has in hand ends with its session."""
    with tf.Session() as session:
        reader = tf.TFRecordReader()
        Pipeline(session, [records_file]).read(reader, 1)
        runtime = session.run(reader.reader_ref)
    wait_until(lambda: runtime._stream is None)
    assert runtime.num_records_produced() == 1
    assert runtime.num_work_units_completed() == 0
