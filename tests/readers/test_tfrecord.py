"""Files of records: TensorFlow's bytes, and what is damaged is told after all that is whole."""

import gzip
import os
import pickle
import threading
import zlib

import pytest

import tfqueue as tf
from tfqueue.python_io import TFRecordCompressionType, TFRecordOptions, TFRecordWriter, tf_record_iterator
from tfqueue.readers import tfrecord
from tfqueue.readers.tfrecord import framed_record

RECORDS = [b"hello", b"", b"x" * 50]

GOLDEN = bytes.fromhex(
    "0500000000000000eab2043e68656c6c6fbb1f1c1900000000000000002903980"
    "7d8ea82a23200000000000000241956ec" + "78" * 50 + "71596d02"
)
"""RECORDS as TensorFlow 2.21's writer wrote them."""

GOLDEN_ZLIB = bytes.fromhex(
    "789c63658080579b58ec32527372f277cbcb4842c518349967b0df78d5b4c808ca57910c7b534132288ccc650200dd942312"
)
"""The same through its ZLIB option."""

GOLDEN_GZIP = bytes.fromhex(
    "1f8b080000000000000363658080579b58ec32527372f277cbcb4842c518349967b0df78d5b4c808ca57910c7b534132288ccc650200"
    "114644a667000000"
)
"""The same through its GZIP option."""

SECOND, THIRD = 21, 37
"""Where the second and the third record begin."""


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "some.tfrecord")


def put(path, contents):
    with open(path, "wb") as file:
        file.write(contents)
    return path


def read_till_error(path, options=None):
    """The records that came, and the DataLossError after them."""
    records = []
    reading = tf_record_iterator(path, options)
    with pytest.raises(tf.errors.DataLossError) as caught:
        records.extend(take_into(records, reading))
    return records, str(caught.value)


def take_into(records, reading):
    for record in reading:
        records.append(record)  # what came before an error is to be kept
    return []


# Written and read ----------------------------------------------------------------------------------------------------


def test_the_file_is_tensorflows_byte_for_byte(path):
    """What the writer writes is what TensorFlow's wrote."""
    with TFRecordWriter(path) as writer:
        for record in RECORDS:
            writer.write(record)
    with open(path, "rb") as file:
        assert file.read() == GOLDEN


@pytest.mark.parametrize(("golden", "options"), [(GOLDEN, None), (GOLDEN_ZLIB, "ZLIB"), (GOLDEN_GZIP, "GZIP")])
def test_tensorflows_files_are_read(path, golden, options):
    """Plain, ZLIB and GZIP files that TensorFlow wrote give their records."""
    assert list(tf_record_iterator(put(path, golden), options)) == RECORDS


@pytest.mark.parametrize(("options", "unpack"), [("ZLIB", zlib.decompress), ("GZIP", gzip.decompress)])
def test_a_compressed_file_holds_the_same_bytes(path, options, unpack):
    """Unpacked by anybody, a compressed file is the plain one."""
    with TFRecordWriter(path, options) as writer:
        for record in RECORDS:
            writer.write(record)
    with open(path, "rb") as file:
        assert unpack(file.read()) == GOLDEN


@pytest.mark.parametrize("options", ["", "GZIP", "ZLIB"])
def test_a_file_without_records_has_none(path, options):
    """Written empty, read empty."""
    TFRecordWriter(path, options).close()
    assert list(tf_record_iterator(path, options)) == []


@pytest.mark.parametrize("options", ["", "GZIP", "ZLIB"])
@pytest.mark.parametrize("chunk", [1, 7, 64, 10_000])
def test_chunks_of_any_size_give_the_same_records(path, monkeypatch, chunk, options):
    """Records that lie across the ends of chunks, and far longer ones, come whole."""
    monkeypatch.setattr(tfrecord, "CHUNK", chunk)
    records = [bytes([n % 256]) * (n * n % 301) for n in range(200)] + [b"long" * 9000]
    with TFRecordWriter(path, options) as writer:
        for record in records:
            writer.write(record)
    assert list(tf_record_iterator(path, options)) == records


def test_more_lengths_than_are_remembered(path, monkeypatch):
    """Headers are forgotten and checked again."""
    monkeypatch.setattr(tfrecord, "LENGTHS_KEPT", 3)
    records = [b"x" * (n % 7) for n in range(50)]
    assert list(tf_record_iterator(put(path, b"".join(map(framed_record, records))))) == records


def test_gzip_files_that_follow_each_other_are_one(path):
    """As `cat a.gz b.gz` makes them."""
    assert list(tf_record_iterator(put(path, GOLDEN_GZIP * 2), "GZIP")) == RECORDS * 2


@pytest.mark.parametrize("record", ["text", bytearray(b"text"), memoryview(b"text")])
def test_text_and_buffers_are_written_as_bytes(path, record):
    """Whatever holds bytes is a record; text is UTF-8."""
    with TFRecordWriter(path) as writer:
        writer.write(record)
    assert list(tf_record_iterator(path)) == [b"text"]


def test_a_number_is_no_record(path):
    """The error says what a record is."""
    with TFRecordWriter(path) as writer, pytest.raises(TypeError, match="A record is bytes, not int"):
        writer.write(3)


def test_paths_of_every_kind(tmp_path):
    """str, bytes and Path."""
    path = tmp_path / "some"
    for spelled in (path, str(path), os.fsencode(path)):
        TFRecordWriter(spelled).close()
        assert list(tf_record_iterator(spelled)) == []


def test_flush_lets_others_read_what_was_written(path):
    """After a flush, the records are in the file."""
    with TFRecordWriter(path) as writer:
        writer.write(b"first")
        writer.flush()
        assert list(tf_record_iterator(path)) == [b"first"]


def test_flush_with_a_mode_packs_what_is_pending(path):
    """With zlib's sync flush even a compressed file that is still written gives its records."""
    with TFRecordWriter(path, TFRecordOptions("GZIP", flush_mode=zlib.Z_SYNC_FLUSH)) as writer:
        writer.write(b"first")
        writer.flush()
        assert read_till_error(path, "GZIP")[0] == [b"first"]


def test_many_threads_write_whole_records(path):
    """Records of several threads never mix."""
    with TFRecordWriter(path, "ZLIB") as writer:

        def write(byte):
            for size in range(100):
                writer.write(byte * size)

        threads = [threading.Thread(target=write, args=(bytes([65 + n]),)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(tf_record_iterator(path, "ZLIB")) == sorted(bytes([65 + n]) * s for n in range(4) for s in range(100))


# Damaged -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "before", "words"), [
    (0, 0, "corrupted record at 0 (Is this even a TFRecord file?)"),
    (9, 0, "corrupted record at 0 (Is this even a TFRecord file?)"),
    (14, 0, "corrupted record at 12: "),
    (18, 0, "corrupted record at 12: "),
    (SECOND, 1, "corrupted record at 21: "),
    (THIRD + 60, 2, "corrupted record at 49: "),
])  # fmt: skip
def test_a_changed_byte_is_found(path, at, before, words):
    """The records before it are given; the error names file and offset."""
    damaged = bytearray(GOLDEN)
    damaged[at] ^= 1
    records, message = read_till_error(put(path, damaged))
    assert records == RECORDS[:before]
    assert message.startswith(words)
    assert path in message


@pytest.mark.parametrize(
    ("size", "before", "offset"),
    [(5, 0, 0), (12, 0, 0), (20, 0, 0), (SECOND + 6, 1, SECOND), (THIRD + 12, 2, THIRD), (len(GOLDEN) - 1, 2, THIRD)],
)
def test_a_cut_file_is_found(path, size, before, offset):
    """Cut anywhere within a record: the records before it are given; the error names file and offset."""
    records, message = read_till_error(put(path, GOLDEN[:size]))
    assert records == RECORDS[:before]
    assert message.startswith(f"truncated record at {offset}: {path}")


@pytest.mark.parametrize("cut", [1, 4, 8])
def test_a_gzip_that_ends_early_is_found(path, cut):
    """All its records are there, its end is not: they are given, then the error."""
    records, message = read_till_error(put(path, GOLDEN_GZIP[:-cut]), "GZIP")
    assert records == RECORDS
    assert path in message
    assert "beyond the end of the file at byte" in message


def test_a_gzip_cut_in_a_record_gives_those_before(path):
    """What can be unpacked is read."""
    records, message = read_till_error(put(path, GOLDEN_GZIP[:-20]), "GZIP")
    assert records == RECORDS[:2]
    assert path in message


def test_a_damaged_gzip_gives_what_came_before(path):
    """Records before damaged data are given."""
    many = [os.urandom(300) for _ in range(50)]
    packed = bytearray(gzip.compress(b"".join(map(framed_record, many))))
    packed[len(packed) // 2 :] = b"\xff" * (len(packed) - len(packed) // 2)
    records, message = read_till_error(put(path, packed), "GZIP")
    assert 20 < len(records) < 50
    assert records == many[: len(records)]
    assert path in message


def test_a_gzip_with_a_wrong_checksum_is_found(path):
    """Its records are whole by their own checksums, and given."""
    packed = bytearray(GOLDEN_GZIP)
    packed[-6] ^= 1
    records, message = read_till_error(put(path, packed), "GZIP")
    assert records == RECORDS
    assert "incorrect data check" in message


@pytest.mark.parametrize(("contents", "options"), [(GOLDEN, "GZIP"), (GOLDEN, "ZLIB"), (GOLDEN_ZLIB, "GZIP")])
def test_the_wrong_compression_is_found(path, contents, options):
    """The error names the file and zlib's reason."""
    records, message = read_till_error(put(path, contents), options)
    assert records == []
    assert message.startswith(f"{path}: inflate() failed: ")


def test_a_length_that_lies_costs_no_memory(path):
    """A header with its own checksum, and a length beyond all files: a cut record."""
    header = framed_record(b"")[:0] + (1 << 60).to_bytes(8, "little")
    header += tfrecord.FOOTER.pack(tfrecord.masked_crc(header))
    records, message = read_till_error(put(path, GOLDEN + header + b"data"))
    assert records == RECORDS
    assert message.startswith("truncated record at 103: ")


# Files and options ---------------------------------------------------------------------------------------------------


def test_a_missing_file_is_named_at_once(path):
    """Before the first record is asked for."""
    with pytest.raises(tf.errors.NotFoundError, match=r"some\.tfrecord; No such file or directory"):
        tf_record_iterator(path)


def test_a_directory_is_no_file(tmp_path):
    """Neither read nor written."""
    with pytest.raises(tf.errors.FailedPreconditionError, match="Is a directory"):
        tf_record_iterator(str(tmp_path))
    with pytest.raises(tf.errors.FailedPreconditionError, match="Is a directory"):
        TFRecordWriter(str(tmp_path))


def test_a_file_in_no_folder_cannot_be_written(tmp_path):
    """The error names it."""
    with pytest.raises(tf.errors.NotFoundError, match="there; No such file or directory"):
        TFRecordWriter(str(tmp_path / "not" / "there"))


@pytest.mark.parametrize("wrong", ["BOGUS", 7, "gzip", 1.5])
def test_no_such_compression(path, wrong):
    """Wherever options are taken."""
    for take in (TFRecordOptions, lambda it: TFRecordWriter(path, it), lambda it: tf_record_iterator(path, it)):
        with pytest.raises(ValueError, match="Not a valid compression_type: "):
            take(wrong)
    assert not os.path.exists(path)


@pytest.mark.parametrize(("given", "name"), [
    (None, ""), ("", ""), ("GZIP", "GZIP"), (0, ""), (TFRecordCompressionType.ZLIB, "ZLIB"),
    (TFRecordOptions(), ""), (TFRecordOptions("GZIP"), "GZIP"), (TFRecordOptions(TFRecordOptions(1)), "ZLIB"),
])  # fmt: skip
def test_each_spelling_of_a_compression(given, name):
    """Names, numbers, options, and options of options."""
    assert TFRecordOptions.get_compression_type_string(given) == name


@pytest.mark.parametrize("wrong", [{"window_bits": 99}, {"mem_level": 99}, {"compression_level": 77}])
def test_parameters_that_zlib_does_not_take(path, wrong):
    """A ValueError, where TensorFlow aborts the process."""
    with pytest.raises(ValueError, match="that zlib does not take"):
        TFRecordWriter(path, TFRecordOptions("ZLIB", **wrong))


def test_parameters_reach_zlib(path):
    """Level 0 stores, level 9 packs; both are read."""
    sizes = []
    for level in (0, 9):
        with TFRecordWriter(path, TFRecordOptions("GZIP", compression_level=level)) as writer:
            writer.write(b"a" * 5000)
        sizes.append(os.path.getsize(path))
        assert list(tf_record_iterator(path, "GZIP")) == [b"a" * 5000]
    assert sizes[1] < 100
    assert sizes[0] > 5000


def test_options_can_be_pickled():
    """They hold plain values."""
    assert pickle.loads(pickle.dumps(TFRecordOptions("GZIP", mem_level=3))).mem_level == 3


def test_an_iterator_that_is_dropped_lets_go_of_its_file(path):
    """Without reading to the end."""
    before = len(os.listdir("/proc/self/fd"))
    records = tf_record_iterator(put(path, GOLDEN))
    next(records)
    del records
    tf_record_iterator(path)
    assert len(os.listdir("/proc/self/fd")) == before
