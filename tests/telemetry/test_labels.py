"""What a source is called: given when it comes, kept for life, no other's."""

import tfqueue as tf
from tests.summaries.records import Fixed, coordinator, queue, stage
from tfqueue.telemetry.labels import display_name
from tfqueue.telemetry.registry import Registry, default_registry
from tfqueue.telemetry.stats import QueueStats


def registered(registry, *records):
    """Sources of these records, registered one after the other, to be kept."""
    sources = [Fixed(record) for record in records]
    for source in sources:
        registry.register(source)
    return sources


def names(registry):
    """What all are called now."""
    snapshot = registry.collect()
    return [display_name(record) for record in (*snapshot.queues, *snapshot.stages, *snapshot.coordinators)]


def test_the_first_of_a_name_stays_plain_while_others_come_and_go():
    """A curve or a series does not break when a second session opens, nor when it closes."""
    registry = Registry()
    [first] = registered(registry, queue("idx", session="session_0"))
    assert names(registry) == ["idx"]
    [second] = registered(registry, queue("idx", session="session_1"))
    assert names(registry) == ["idx", "idx@session_1"]
    registry.unregister(second)
    assert names(registry) == ["idx"]
    assert first is not None


def test_a_newcomer_keeps_its_label_when_the_first_is_gone():
    """And one that comes then is told apart too; only where nobody is left is the name plain again."""
    registry = Registry()
    first, second = registered(registry, queue("a", session="session_0"), queue("a", session="session_1"))
    registry.unregister(first)
    assert names(registry) == ["a@session_1"]
    [third] = registered(registry, queue("a", session="session_2"))
    assert names(registry) == ["a@session_1", "a@session_2"]
    registry.unregister(second)
    registry.unregister(third)
    kept = registered(registry, queue("a", session="session_3"))
    assert names(registry) == ["a"]
    assert kept


def test_the_label_is_decided_at_the_registration_not_at_the_first_reading():
    """Nobody need have looked while both were there."""
    registry = Registry()
    first, second = registered(registry, queue("a"), queue("a", session="session_1"))
    registry.unregister(first)
    assert names(registry) == ["a@session_1"]
    assert second is not None


def test_sources_of_one_name_and_session_are_told_apart_by_number():
    """Bare queues, all left with the default name, must not give one series twice; a number is free again once its
    holder is gone, not before."""
    registry = Registry()
    kept = registered(
        registry, queue("q"), queue("q"), queue("q"), queue("s", session="one"), queue("s", session="one")
    )
    assert names(registry) == ["q", "q@#2", "q@#3", "s", "s@one#2"]
    registry.unregister(kept[1])
    kept += registered(registry, queue("q"), queue("q"), queue("s"))
    assert names(registry) == ["q", "q@#3", "s", "s@one#2", "q@#4", "q@#5", "s@#2"]


def test_kinds_do_not_take_names_from_one_another():
    """A queue, its runner and a coordinator may share a name; two runners and two coordinators are told apart."""
    registry = Registry()
    first = (queue("x", session="session_0"), stage("x", session="session_0"), coordinator("x"))
    second = (stage("x", session="session_1"), coordinator("x"))
    kept = registered(registry, *first, *second)
    assert names(registry) == ["x", "x", "x@session_1", "x", "x@#2"]
    assert kept


def test_a_source_that_cannot_answer_at_first_is_given_its_label_when_it_does():
    """Its failure costs no other its name."""

    class Late(Fixed):
        ready = False

        def stats(self):
            if not self.ready:
                raise RuntimeError("not yet")
            return super().stats()

    registry, late = Registry(), Late(queue("a", session="session_0"))
    registry.register(late)
    kept = registered(registry, queue("a", session="session_1"))
    assert names(registry) == ["a"]
    late.ready = True
    assert names(registry) == ["a@session_0", "a"]
    assert kept


def test_the_last_record_of_a_newcomer_has_its_label():
    """What ends between two readings goes to its own curve."""
    registry, left = Registry(), []
    registry.on_departure(left.append)
    first, second = registered(registry, queue("a", session="session_0"), queue("a", session="session_1"))
    registry.unregister(second)
    registry.unregister(first)
    assert [display_name(record) for record in left] == ["a@session_1", "a"]


def test_a_snapshot_finds_the_plain_one_by_name():
    """Whatever the order; without a plain one any of that name."""
    registry = Registry()
    first, second = registered(registry, queue("a", session="s0"), queue("a", session="s1"))
    snapshot = registry.collect()
    turned = type(snapshot)(1.0, 1.0, snapshot.queues[::-1], (), (), 0)
    assert snapshot.queue("a").session == turned.queue("a").session == "s0"
    registry.unregister(first)
    assert registry.collect().queue("a").session == "s1"
    assert second is not None


def test_two_sessions_of_one_graph_have_stable_names():
    """The queue and the consumer of the first session keep theirs while a second session opens, works and closes."""

    def called(name):
        snapshot = default_registry().collect()
        found = (record for record in (*snapshot.queues, *snapshot.stages) if record.name.startswith(name))
        return sorted((type(record) is QueueStats, display_name(record)) for record in found)

    with tf.Graph().as_default():
        numbers = tf.FIFOQueue(4, tf.int32, [[]], name="labelled")
        fill, take = numbers.enqueue_many([[1, 2]]), numbers.dequeue()
    first = tf.Session(graph=take.graph)
    first.run(fill)
    first.run(take)
    alone = called("labelled")
    assert alone == [(False, "labelled/consumer"), (True, "labelled")]
    with tf.Session(graph=take.graph) as second:
        second.run(fill)
        second.run(take)
        theirs = [(False, f"labelled/consumer@{second.name}"), (True, f"labelled@{second.name}")]
        assert called("labelled") == sorted(alone + theirs)
    assert called("labelled") == alone
    first.close()
