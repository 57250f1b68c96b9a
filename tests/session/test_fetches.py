"""What `run` takes and gives back: any nest, in kind, each op once."""

from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

import tfqueue as tf

Pair = namedtuple("Pair", ["left", "right"])


class Attributes:
    """A class as attrs makes it: it lists its attributes, and its constructor takes them in that order."""

    class _Attribute:
        def __init__(self, name: str) -> None:
            self.name = name

    __attrs_attrs__ = (_Attribute("first"), _Attribute("second"))

    def __init__(self, first: object, second: object) -> None:
        self.first, self.second = first, second

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Attributes) and (self.first, self.second) == (other.first, other.second)

    __hash__ = None  # type: ignore[assignment]


@pytest.fixture
def three() -> tf.Tensor:
    return tf.constant(3, name="c")


def test_nests_come_back_in_kind(three):
    """Lists, tuples, named tuples, dicts, OrderedDicts and attrs classes, nested and empty (SEMANTICS 97)."""
    with tf.Session() as session:
        for fetches, expected in [
            ([three], [3]),
            ((three,), (3,)),
            (Pair(three, [three]), Pair(3, [3])),
            ({"a": three, "b": ()}, {"a": 3, "b": ()}),
            (OrderedDict([("b", three), ("a", {"x": three})]), OrderedDict([("b", 3), ("a", {"x": 3})])),
            (defaultdict(list, a=three), defaultdict(list, a=3)),
            ([three, (three, {"a": three, "b": []})], [3, (3, {"a": 3, "b": []})]),
            ([], []),
            ({}, {}),
            (Attributes(three, [three]), Attributes(3, [3])),
        ]:
            for _ in range(2):  # the second time from the plan
                result = session.run(fetches)
                assert result == expected
                assert type(result) is type(expected)


def test_a_defaultdict_keeps_its_factory(three):
    """A defaultdict comes back with what it makes of missing keys."""
    with tf.Session() as session:
        assert session.run(defaultdict(list, a=three))["new"] == []


def test_nests_that_are_equal_in_python_are_told_apart(three):
    """A named tuple equals a tuple, but each comes back as it is, in whatever order they are run."""
    with tf.Session() as session:
        for _ in range(2):
            assert type(session.run((three, three))) is tuple
            assert type(session.run(Pair(three, three))) is Pair
            assert type(session.run([(three, three)])[0]) is tuple
            assert type(session.run([Pair(three, three)])[0]) is Pair


def test_fetches_have_names(three):
    """A tensor and an op may be fetched by name, str or bytes (SEMANTICS 97)."""
    with tf.Session() as session:
        assert session.run("c:0") == session.run(b"c:0") == 3
        assert session.run("c") is None
        assert session.run(["c:0", three.op, three]) == [3, None, 3]


def test_a_variable_is_fetched_as_its_value():
    """Variables stand in fetches like tensors."""
    variable = tf.Variable(2.0)
    with tf.Session() as session:
        session.run(variable.initializer)
        assert session.run({"v": variable}) == {"v": 2.0}


def test_values_are_numpy_scalars_bytes_and_arrays():
    """Scalars come as NumPy scalars, strings as bytes, string arrays as object arrays with NULs kept (SEMANTICS 98)."""
    with tf.Session() as session:
        number, text, texts, array = session.run(
            [tf.constant(3), tf.constant("é"), tf.constant([b"a\0", b"b"]), tf.constant([1.5])]
        )
    assert type(number) is np.int32
    assert text == "é".encode()
    assert texts.dtype == object
    assert texts.tolist() == [b"a\0", b"b"]
    assert array.dtype == np.float32


def test_an_op_runs_once_a_run():
    """However many outputs and consumers are fetched, one dequeue takes one element (SEMANTICS 1)."""
    queue = tf.FIFOQueue(10, [tf.int32, tf.int32])
    first, second = queue.dequeue()
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2, 3], [10, 20, 30]]))
        assert session.run([first, first, second, first + 1]) == [1, 1, 10, 2]
        assert session.run(queue.size()) == 2


def test_control_inputs_run_first():
    """What an op depends on by control runs before it, also when it gives no data."""
    variable = tf.Variable(1)
    with tf.control_dependencies([variable.assign(5)]):
        after = variable.read_value()
        constant = tf.constant(7)
    with tf.Session() as session:
        assert session.run(after) == 5
        session.run(variable.initializer)
        assert session.run(constant) == 7
        assert session.run(variable) == 5


@pytest.mark.parametrize("nest", [lambda x: x, lambda x: [x], lambda x: (1, x), lambda x: {"a": [x]}])
def test_none_cannot_be_fetched(nest, three):
    """None anywhere is a TypeError (SEMANTICS 97)."""
    fetches = nest(None)
    with tf.Session() as session, pytest.raises(TypeError, match="invalid type"):
        session.run(fetches)


@pytest.mark.parametrize("what", [3, object(), {1, 2}, np.array([1]), b"\xff"])
def test_what_is_no_fetch_is_refused(what, three):
    """Other objects are a TypeError that shows them; bytes that are no name a ValueError."""
    with tf.Session() as session, pytest.raises((TypeError, ValueError)):
        session.run([three, what])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("i fail", "The name 'i fail' refers to an Operation not in the graph."),
        ("nope:0", "The operation, 'nope', does not exist in the graph."),
        ("c:7", "exists but only has 1 outputs"),
    ],
)
def test_unknown_names_are_refused(name, words, three):
    """A name that nothing has is a ValueError in TensorFlow's words (SEMANTICS 50, 97)."""
    with tf.Session() as session, pytest.raises(ValueError, match=words):
        session.run(name)


def test_tensors_of_another_graph_are_refused(three):
    """A foreign tensor is a ValueError (SEMANTICS 102)."""
    with tf.Graph().as_default():
        foreign = tf.constant(1)
    with tf.Session() as session, pytest.raises(ValueError, match="is not an element of this graph"):
        session.run(foreign)


def test_long_chains_run():
    """A chain of ops longer than Python's recursion limit."""
    tensor = tf.constant(0)
    for _ in range(3000):
        tensor = tf.identity(tensor)
    with tf.Session() as session:
        assert session.run(tensor) == 0


def test_the_graph_may_grow_between_runs(three):
    """What was made after a run is run like the rest; old plans stay good."""
    with tf.Session() as session:
        assert session.run(three) == 3
        assert session.run(tf.add(three, 1)) == 4
        assert session.run(three) == 3
