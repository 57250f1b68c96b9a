"""Partial runs: one step in several calls (SEMANTICS 1.6). The messages were checked against TensorFlow 2.21."""

from typing import Any

import numpy as np
import pytest

import tfqueue as tf


@pytest.fixture
def chain() -> Any:
    """Placeholders a, b, c; r1 = a + b, r2 = r1 * c."""
    a, b, c = (tf.placeholder(tf.float32, [], name=name) for name in "abc")
    r1 = tf.add(a, b, name="r1")
    return a, b, c, r1, tf.multiply(r1, c, name="r2")


def test_a_step_goes_on_where_it_stopped(chain: Any) -> None:
    """A later call takes what an earlier one computed, and its own feeds."""
    a, b, c, r1, r2 = chain
    with tf.Session() as session:
        handle = session.partial_run_setup([r1, r2], [a, b, c])
        assert isinstance(handle, str)
        first = session.partial_run(handle, r1, feed_dict={a: 1, b: 2})
        assert (first, session.partial_run(handle, r2, {c: first * 10})) == (3, 90)


def test_fetches_come_in_any_nest_and_by_name(chain: Any) -> None:
    """The nests of the calls need not be that of the setup."""
    _, b, c, _, r2 = chain
    with tf.Session() as session:
        handle = session.partial_run_setup(["r1:0", {"x": r2}], ["a:0", b, "c:0"])
        assert session.partial_run(handle, {"k": ["r1:0"]}, {"a:0": 1, b: 2}) == {"k": [3]}
        assert session.partial_run(handle, {"x": r2}, {c: 2}) == {"x": 6}


def test_feeds_may_come_alone(chain: Any) -> None:
    """A call that fetches nothing only feeds; several runs go on beside each other."""
    a, b, c, r1, r2 = chain
    with tf.Session() as session:
        first, second = (session.partial_run_setup([r1, r2], [a, b, c]) for _ in range(2))
        assert session.partial_run(first, [], {a: 1, b: 2}) == []
        assert session.partial_run(second, r1, {a: 10, b: 20}) == 30
        assert session.partial_run(first, [r1, r2], {c: 2}) == [3, 6]
        assert session.partial_run(second, r2, {c: 2}) == 60


def test_each_op_runs_once() -> None:
    """What has run is not run again: no second element is taken, no second one added, also by control."""
    queue = tf.FIFOQueue(5, tf.float32, [[]])
    v, p = tf.Variable(0.0), tf.placeholder(tf.float32, [])
    element = queue.dequeue()
    with tf.control_dependencies([tf.group(v.assign_add(1.0))]):
        first, second = tf.identity(element), element + p
    fill = queue.enqueue_many([[1.0, 2.0]])
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), fill])
        handle = session.partial_run_setup([first, second], [p])
        assert session.partial_run(handle, first) == 1.0
        assert session.partial_run(handle, second, {p: 10.0}) == 11.0
        assert session.run([v, queue.size()]) == [1.0, 1]


def test_what_was_fed_and_fetched_is_the_users() -> None:
    """Changing an array after a call does not reach the next one."""
    a, b = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    double = a * 2
    total = double + a + b
    with tf.Session() as session:
        handle, fed = session.partial_run_setup([double, total], [a, b]), np.ones(2, np.float32)
        got = session.partial_run(handle, double, {a: fed})
        got[:] = fed[:] = 100
        assert session.partial_run(handle, total, {b: [0, 0]}).tolist() == [3, 3]


def test_a_refused_call_changes_nothing(chain: Any) -> None:
    """Fetching too early, and a value that does not fit, are told; the feeds may come again."""
    a, b, c, r1, r2 = chain
    with tf.Session() as session:
        handle = session.partial_run_setup([r1, r2], [a, b, c])
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="Fetch c:0 can't be computed from the feeds that have"
        ):
            session.partial_run(handle, r2, {a: 1, b: 2})
        with pytest.raises(ValueError, match="Cannot feed value of shape"):
            session.partial_run(handle, r1, {a: [1, 2], b: 2})
        assert session.partial_run(handle, [r1, r2], {a: 1, b: 2, c: 3}) == [3, 9]


def test_everything_is_used_once(chain: Any) -> None:
    """A second fetch or feed of one tensor, and one that was not declared, are InvalidArgumentErrors."""
    a, b, c, r1, r2 = chain
    with tf.Session() as session:
        handle = session.partial_run_setup([r1, r2], [a, b])
        session.partial_run(handle, r1, {a: 1, b: 2})
        for fetch, feeds, words in (
            (r1, {}, "The fetch r1:0 has already been fetched"),
            (r2, {a: 1}, "The feed a:0 has already been fed"),
            (r2, {c: 1}, "The feed c:0 was not specified in partial_run_setup"),
            (c, {}, "The fetch c:0 was not specified in partial_run_setup"),
        ):
            with pytest.raises(tf.errors.InvalidArgumentError, match=words):
                session.partial_run(handle, fetch, feeds)


def test_a_handle_is_used_up(chain: Any) -> None:
    """An unknown handle, and one of a run that is complete or failed, ask for a setup."""
    a, b, _, r1, _ = chain
    ok = tf.placeholder(tf.bool, [])
    with tf.control_dependencies([tf.Assert(ok, ["bad"])]):
        checked, other = tf.identity(r1), tf.identity(r1)
    with tf.Session() as session:
        complete = session.partial_run_setup([r1], [a, b])
        session.partial_run(complete, r1, {a: 1, b: 2})
        failed = session.partial_run_setup([checked, other], [a, b, ok])
        with pytest.raises(tf.errors.InvalidArgumentError, match="assertion failed"):
            session.partial_run(failed, checked, {a: 1, b: 2, ok: False})
        for handle in ("unknown", complete, failed):
            with pytest.raises(
                tf.errors.InvalidArgumentError, match="Must run 'setup' before performing partial runs!"
            ):
                session.partial_run(handle, r1)
        assert session.partial_run(None, r1, {a: 1, b: 2}) == 3


def test_what_cannot_be_set_up(chain: Any) -> None:
    """Nothing to fetch, a tensor fed and fetched, foreign tensors, ops, a closed session."""
    a, b, _, r1, _ = chain
    with tf.Graph().as_default():
        foreign = tf.placeholder(tf.float32)
    session = tf.Session()
    with pytest.raises(tf.errors.InvalidArgumentError, match="Must specify at least one target to fetch or execute"):
        session.partial_run_setup([], [a])
    with pytest.raises(tf.errors.InvalidArgumentError, match="a:0 is both fed and fetched"):
        session.partial_run_setup([r1, a], [a, b])
    with pytest.raises(TypeError, match="Cannot be None"):
        session.partial_run_setup(None, [a])
    with pytest.raises(TypeError, match="Cannot interpret feed_dict key as Tensor"):
        session.partial_run_setup([r1], [foreign])
    handle = session.partial_run_setup([r1.op], [a, b])
    with pytest.raises(RuntimeError, match=r"partial_run\(\) requires empty `target_list`"):
        session.partial_run(handle, r1.op, {a: 1, b: 2})
    session.close()
    with pytest.raises(RuntimeError, match=r"Attempted to use a closed Session\."):
        session.partial_run(handle, r1)
