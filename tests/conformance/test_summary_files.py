"""Event files, their writer, and the writers' cache are TensorFlow 1's (SEMANTICS 92 to 96)."""

import warnings

import numpy as np
import pytest

import tfqueue as tf
from tests.summaries.events import all_events, curve, events
from tfqueue.testing import wait_until


@pytest.fixture(autouse=True)
def no_cached_writer():
    """The cache is the process's: each test begins and ends without writers in it."""
    tf.summary.FileWriterCache.clear()
    yield
    tf.summary.FileWriterCache.clear()


def scalar(tag, value, **metadata):
    summary = tf.Summary(value=[tf.Summary.Value(tag=tag, simple_value=value)])
    if metadata:
        summary.value[0].metadata.CopyFrom(tf.SummaryMetadata(**metadata))
    return summary


def graph_with(*names):
    graph = tf.Graph()
    with graph.as_default():
        for name in names:
            tf.no_op(name)
    return graph


def test_summaries_come_as_bytes_or_messages_with_any_step(tmp_path):
    """SEMANTICS 93: numpy steps are made int."""
    with tf.summary.FileWriter(tmp_path) as writer:
        writer.add_summary(scalar("a", 1.0).SerializeToString(), np.int64(3))
        writer.add_summary(scalar("a", 2.0), np.array(4, np.int32))
        writer.add_summary(scalar("a", 3.0))
    assert curve(tmp_path, "a") == [(3, 1.0), (4, 2.0), (0, 3.0)]
    assert all(event.wall_time > 1e9 for event in all_events(tmp_path))


def test_metadata_is_kept_the_first_time_a_tag_is_seen(tmp_path):
    """SEMANTICS 93: dropped after, and the caller's message keeps its own."""
    summary = scalar("a", 1.0, display_name="A")
    with tf.summary.FileWriter(tmp_path) as writer:
        writer.add_summary(summary, 1)
        writer.add_summary(summary, 2)
        writer.add_summary(scalar("b", 1.0, display_name="B"), 2)
    names = [event.summary.value[0].metadata.display_name for event in all_events(tmp_path)]
    assert names == ["A", "", "B"]
    assert summary.value[0].metadata.display_name == "A"


def test_the_file_has_tensorflows_name_and_version(tmp_path):
    """SEMANTICS 92: `events.out.tfevents.<seconds>.<host>...<suffix>`, the first event is the version."""
    tf.summary.FileWriter(tmp_path, filename_suffix=".mine").close()
    [path] = tmp_path.iterdir()
    assert path.name.startswith("events.out.tfevents.1")
    assert path.name.endswith(".mine")
    assert [event.file_version for event in events(path)] == ["brain.Event:2"]


def test_the_first_event_is_on_the_disk_at_once_and_flush_waits_for_all(tmp_path):
    """SEMANTICS 92, with a flush_secs that would never come."""
    writer = tf.summary.FileWriter(tmp_path, flush_secs=3600)
    writer.add_summary(scalar("a", 0.0), 0)
    wait_until(lambda: curve(tmp_path, "a") == [(0, 0.0)])
    for step in range(1, 500):
        writer.add_summary(scalar("a", step), step)
    writer.flush()
    assert [step for step, _ in curve(tmp_path, "a")] == list(range(500))
    writer.close()


def test_the_constructors_graph_is_written_with_its_meta_graph(tmp_path):
    """SEMANTICS 94."""
    tf.summary.FileWriter(tmp_path, graph_with("x" * 300)).close()
    graph, meta = all_events(tmp_path)
    assert tf.GraphDef.FromString(graph.graph_def).node[0].name == "x" * 300
    # A MetaGraphDef with nothing but field 2: its key, the length as a varint, the graph.
    assert meta.meta_graph_def.endswith(graph.graph_def)
    length = len(graph.graph_def)
    assert meta.meta_graph_def[:-length] == bytes([0x12, length & 0x7F | 0x80, length >> 7])


def test_both_or_neither_kind_of_graph_is_refused(tmp_path):
    """SEMANTICS 94; the constructor then leaves no file."""
    graph = graph_with("a")
    with pytest.raises(ValueError, match="only graph, or graph_def"):
        tf.summary.FileWriter(tmp_path, graph, graph_def=graph.as_graph_def())
    with pytest.raises(TypeError, match="must be an instance of `Graph`"):
        tf.summary.FileWriter(tmp_path, "graph")
    assert list(tmp_path.iterdir()) == []


def test_a_run_metadata_tag_serves_once(tmp_path):
    """SEMANTICS 94: the second is a ValueError. Any message will do."""
    with tf.summary.FileWriter(tmp_path) as writer:
        writer.add_run_metadata(scalar("x", 1), "step 1", 1)
        with pytest.raises(ValueError, match="already used"):
            writer.add_run_metadata(scalar("x", 1), "step 1", 2)
        writer.add_meta_graph(scalar("x", 1))
        with pytest.raises(TypeError, match="must be type MetaGraphDef"):
            writer.add_meta_graph(b"bytes")
    assert all_events(tmp_path)[0].tagged_run_metadata.tag == "step 1"


def test_use_after_close_warns_each_time_and_writes_nothing(tmp_path):
    """SEMANTICS 95."""
    writer = tf.summary.FileWriter(tmp_path)
    writer.close()
    writer.close()
    uses = [
        lambda: writer.add_summary(scalar("a", 1.0)),
        lambda: writer.add_event(tf.Event()),
        lambda: writer.add_session_log(tf.SessionLog()),
        lambda: writer.add_graph(graph_with("a")),
        writer.flush,
    ]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for use in uses * 2:
            use()
    assert [str(warning.message).split(".")[0] for warning in caught] == ["Attempting to use a closed FileWriter"] * 10
    assert {warning.category for warning in caught} == {UserWarning}
    assert {warning.filename for warning in caught} == {__file__}
    assert all_events(tmp_path) == []


def test_reopen_starts_a_new_file(tmp_path):
    """SEMANTICS 95; while it is open nothing happens."""
    writer = tf.summary.FileWriter(tmp_path)
    writer.add_summary(scalar("a", 1.0), 1)
    writer.reopen()
    writer.close()
    writer.reopen()
    writer.add_summary(scalar("a", 2.0), 2)
    writer.close()
    assert sorted(len(events(path)) for path in tmp_path.iterdir()) == [2, 2]
    assert sorted(curve(tmp_path, "a")) == [(1, 1.0), (2, 2.0)]


def test_writers_of_one_session_and_directory_share_a_file(tmp_path):
    """SEMANTICS 96: another session or directory has another file; the file ends with its last writer."""
    session = tf.Session()
    one, two = tf.summary.FileWriter(tmp_path, session=session), tf.summary.FileWriter(tmp_path, session=session)
    other = tf.summary.FileWriter(tmp_path, session=tf.Session())
    elsewhere = tf.summary.FileWriter(tmp_path / "elsewhere", session=session)
    one.add_summary(scalar("a", 1.0), 1)
    one.close()
    two.add_summary(scalar("a", 2.0), 2)
    for writer in (two, other, elsewhere):
        writer.close()
    assert len(list(tmp_path.glob("events*"))) == 2
    assert curve(tmp_path, "a") == [(1, 1.0), (2, 2.0)]
    late = tf.summary.FileWriter(tmp_path, session=session)
    late.close()
    assert len(list(tmp_path.glob("events*"))) == 3


def test_the_cache_has_one_writer_a_directory(tmp_path):
    """SEMANTICS 96: `FileWriterCache.get` makes it with the default graph of then; `clear` closes all."""
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    with graph_with("seen").as_default():
        writer = tf.summary.FileWriterCache.get(one)
    assert tf.summary.FileWriterCache.get(tmp_path / "one") is writer
    assert tf.summary.FileWriterCache.get(two) is not writer
    writer.add_summary(scalar("a", 1.0), 1)
    tf.summary.FileWriterCache.clear()
    assert curve(tmp_path / "one", "a") == [(1, 1.0)]
    assert tf.GraphDef.FromString(all_events(tmp_path / "one")[0].graph_def).node[0].name == "seen"
    with pytest.warns(UserWarning, match="Attempting to use a closed FileWriter"):
        writer.add_summary(scalar("a", 2.0), 2)
    assert tf.summary.FileWriterCache.get(one) is not writer


def test_an_event_file_is_read_back(tmp_path):
    """SEMANTICS 92, 93: `tf.train.summary_iterator` gives the version, then each event; `make_ndarray` the tensors."""
    with tf.summary.FileWriter(str(tmp_path)) as writer, tf.Session() as session:
        writer.add_summary(session.run(tf.summary.tensor_summary("table", [[1, 2], [3, 4]])), 5)
        writer.add_session_log(tf.SessionLog(status=tf.SessionLog.STOP), 6)
    [path] = tmp_path.iterdir()
    version, table, stop = tf.train.summary_iterator(str(path))
    assert version.file_version == "brain.Event:2"
    assert (table.step, table.summary.value[0].tag) == (5, "table")
    assert tf.make_ndarray(table.summary.value[0].tensor).tolist() == [[1, 2], [3, 4]]
    assert stop.session_log.status == tf.SessionLog.STOP


def test_a_damaged_event_file_gives_what_was_written_before(tmp_path):
    """SEMANTICS 92: a cut record is DataLossError that names the file; a missing file NotFoundError."""
    with tf.summary.FileWriter(tmp_path) as writer:
        writer.add_summary(scalar("a", 1.0), 1)
    [path] = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    found = tf.train.summary_iterator(path)
    assert next(found).file_version
    with pytest.raises(tf.errors.DataLossError, match=path.name):
        next(found)
    with pytest.raises(tf.errors.NotFoundError, match="missing"):
        tf.train.summary_iterator(str(tmp_path / "missing"))
