"""The graph: finding ops, control dependencies, devices, collections, the end of changes, many threads."""

import threading

import pytest

import tfqueue as tf
from tests.graph.making import nothing, source
from tfqueue.testing import run_in_thread


def names(operations):
    return [operation.name for operation in operations]


class TestElements:
    """`as_graph_element` and its kin, with TensorFlow's sentences."""

    @pytest.fixture(autouse=True)
    def graph(self):
        self.graph = tf.get_default_graph()
        self.a = source("a")

    def test_by_name_and_by_itself(self):
        """A tensor or op is found by its name, as str or bytes, and by itself."""
        graph, a = self.graph, self.a
        assert graph.as_graph_element("a:0") is graph.as_graph_element(a) is a
        assert graph.as_graph_element(b"a") is graph.as_graph_element(a.op) is a.op
        assert graph.get_tensor_by_name("a:0") is a
        assert graph.get_operation_by_name("a") is a.op
        assert graph.get_operations() == [a.op]

    def test_by_what_stands_for_it(self):
        """An object with `_as_graph_element` is asked, as a variable is."""

        class Variable:
            def _as_graph_element(self):
                return outer.a

        outer = self
        assert self.graph.as_graph_element(Variable()) is self.a

    @pytest.mark.parametrize(
        ("obj", "allowed", "error", "words"),
        [
            ("q", {}, KeyError, "The name 'q' refers to an Operation not in the graph."),
            ("q:0", {}, KeyError, "The operation, 'q', does not exist in the graph."),
            ("a:3", {}, KeyError, "The operation, 'a', exists but only has 1 outputs."),
            ("a:x", {}, ValueError, "The name 'a:x' looks a like a Tensor name, but is not a valid one."),
            ("a:0:1", {}, ValueError, "The name 'a:0:1' looks a like a Tensor name, but is not a valid one."),
            ("a:0", {"allow_tensor": False}, ValueError, "Name 'a:0' appears to refer to a Tensor, not a Operation."),
            ("a", {"allow_operation": False}, ValueError, "The name 'a' refers to an Operation, not a Tensor."),
            ("q", {"allow_operation": False}, ValueError, "The name 'q' looks like an (invalid) Operation name, not a"),
            (3, {}, TypeError, "Can not convert a int into a Tensor or Operation."),
            (None, {}, TypeError, "Can not convert a NoneType into a Tensor or Operation."),
            (3, {"allow_tensor": False}, TypeError, "Can not convert a int into a Operation."),
            (3, {"allow_tensor": False, "allow_operation": False}, ValueError, "can't both be False"),
        ],
    )
    def test_what_is_not_there(self, obj, allowed, error, words):
        """Each mistake has its sentence (SEMANTICS 50, 97)."""
        with pytest.raises(error) as raised:
            self.graph.as_graph_element(obj, **allowed)
        assert words in str(raised.value)

    def test_of_the_wrong_kind(self):
        """A tensor is no op, and an op no tensor."""
        with pytest.raises(TypeError, match="Can not convert a Tensor into a Operation"):
            self.graph.as_graph_element(self.a, allow_tensor=False)
        with pytest.raises(TypeError, match="Can not convert a Operation into a Tensor"):
            self.graph.as_graph_element(self.a.op, allow_operation=False)
        with pytest.raises(TypeError, match="Operation names are strings"):
            self.graph.get_operation_by_name(self.a.op)
        with pytest.raises(TypeError, match="Tensor names are strings"):
            self.graph.get_tensor_by_name(self.a)

    def test_of_another_graph(self):
        """Foreign tensors and ops are refused by name (SEMANTICS 102)."""
        other = tf.Graph()
        with pytest.raises(ValueError, match=r'Tensor Tensor\("a:0", dtype=float32\) is not an element of this graph'):
            other.as_graph_element(self.a)
        with pytest.raises(ValueError, match=r"Operation <tf.Operation 'a' type=TestSource> is not an element"):
            other.as_graph_element(self.a.op)


class TestControlDependencies:
    """What must have run before."""

    def test_ops_wait_for_tensors_and_ops(self):
        """Each once, and not for what is an input anyway."""
        a, _ = source("a"), source("b")
        with tf.control_dependencies([a, a.op, "b:0"]):
            assert names(nothing(a).control_inputs) == ["b"]
            assert names(nothing().control_inputs) == ["a", "b"]
        assert nothing().control_inputs == []

    def test_blocks_nest(self):
        """Inner blocks add; None forgets the outer ones."""
        a, b = source("a"), source("b")
        with tf.control_dependencies([a]):
            with tf.control_dependencies([a, b]):
                assert names(nothing().control_inputs) == ["a", "b"]
            with tf.control_dependencies(None):
                assert nothing().control_inputs == []
                with tf.control_dependencies([b]):
                    assert names(nothing().control_inputs) == ["b"]
            assert names(nothing().control_inputs) == ["a"]

    def test_what_waits_through_an_input_waits_once(self):
        """An op that reads one made in the block waits for the block through it."""
        a, b = source("a"), source("b")
        with tf.control_dependencies([a]):
            middle = source("middle")
            assert nothing(middle).control_inputs == []
            with tf.control_dependencies([b]):
                assert names(nothing(middle).control_inputs) == ["b"]

    def test_bad_dependencies(self):
        """What is no op of this graph is refused."""
        with tf.Graph().as_default():
            foreign = source("foreign")
        for bad, error in [([3], TypeError), ([None], TypeError), (3, TypeError), ([foreign], ValueError)]:
            with pytest.raises(error), tf.control_dependencies(bad):
                pass


class TestDevice:
    """Devices are recorded, and merged as TensorFlow merges them."""

    def test_nested_devices_merge(self):
        """Inner parts win, None forgets, an empty string adds nothing."""
        assert source().device == ""
        with tf.device("/job:ps/task:1"):
            with tf.device("/gpu:0"):
                assert source().device == "/job:ps/task:1/device:GPU:0"
                with tf.device("/job:w"):
                    assert source().device == "/job:w/task:1/device:GPU:0"
                with tf.device(None):
                    assert source().op.device == ""
                with tf.device(""):
                    assert source().device == "/job:ps/task:1/device:GPU:0"
            with tf.device(lambda op: "/cpu:1" if op.type == "TestSource" else None):
                assert source().device == "/job:ps/task:1/device:CPU:1"
                assert nothing().device == "/job:ps/task:1"

    @pytest.mark.parametrize(
        ("written", "recorded"),
        [
            ("cpu:0", "/device:CPU:0"),
            ("/CPU:0", "/device:CPU:0"),
            ("cpu", "/device:CPU:*"),
            ("/device:GPU:*", "/device:GPU:*"),
            ("/device:XLA_CPU:0", "/device:XLA_CPU:0"),
            ("/task:01/replica:0/job:a", "/job:a/replica:0/task:1"),
        ],
    )
    def test_spellings(self, written, recorded):
        """Old and new spellings come out as one."""
        with tf.device(written):
            assert source().device == recorded

    @pytest.mark.parametrize("bad", ["bad!", "foo:0", "/cpu:x", "/task:x", "/device:", "/job:", "/cpu:0/gpu:0"])
    def test_bad_devices(self, bad):
        """Refused where they are written, before an op is made."""
        with pytest.raises(ValueError, match="device spec") as raised, tf.device(bad):
            pass
        assert bad in str(raised.value)

    def test_no_device(self):
        """A device is a string, a function or None."""
        with pytest.raises(TypeError, match="A device is a string"), tf.device(3):
            pass

    def test_colocation(self):
        """Ops made together with another one have its device, whatever the scope around says."""
        with tf.device("/cpu:0"):
            there = source()
        with tf.device("/gpu:0"):
            with tf.colocate_with(there):
                assert source().device == "/device:CPU:0"
            with tf.colocate_with(there.op):
                assert source().device == "/device:CPU:0"
            with tf.colocate_with(None, ignore_existing=True):
                assert source().device == ""
            with tf.colocate_with(None):
                assert source().device == "/device:GPU:0"


class TestContainer:
    """Resources of a block live in a container of the session."""

    def test_ops_with_a_container_get_it(self):
        """Only ops that can have one, and name none of their own."""
        with tf.container("c1") as name:
            assert name == "c1"
            assert source(container="").op.get_attr("container") == b"c1"
            assert source(container="own").op.get_attr("container") == b"own"
            assert "container" not in source().op.attrs
        assert source(container="").op.get_attr("container") == b""


class TestCollections:
    """Things kept in a graph under a name."""

    def test_a_collection_keeps_order_and_repeats(self):
        """What is got is a copy; the reference is the collection itself."""
        tf.add_to_collection("c", 2)
        tf.add_to_collection("c", 1)
        tf.add_to_collection("c", 2)
        got = tf.get_collection("c")
        assert got == [2, 1, 2]
        got.clear()
        assert tf.get_collection("c") == [2, 1, 2]
        tf.get_collection_ref("c").append(3)
        assert tf.get_collection("c") == [2, 1, 2, 3]
        assert tf.get_collection("none") == []
        assert tf.get_collection_ref("empty") == []
        assert tf.get_default_graph().get_all_collection_keys() == ["c", "empty"]
        tf.get_default_graph().clear_collection("c")
        assert tf.get_collection("c") == []

    def test_several_collections_at_once(self):
        """Each name once; a single name is one name, not letters."""
        tf.add_to_collections(["c1", "c2", "c1"], 5)
        tf.add_to_collections("c3", 6)
        assert [tf.get_collection(name) for name in ("c1", "c2", "c3", "c")] == [[5], [5], [6], []]

    def test_a_scope_picks_by_name(self):
        """Only what has a name that the pattern matches from its start (SEMANTICS 52)."""
        with tf.name_scope("left"):
            left = source("x")
        right = source("right")
        for item in (left, right, "no name"):
            tf.add_to_collection("c", item)
        assert tf.get_collection("c", "left") == [left]
        assert tf.get_collection("c", "l.ft/x") == [left]
        assert tf.get_collection("c", "ight") == []
        assert tf.get_collection("c", "") == [left, right]

    def test_keys_have_tensorflows_values(self):
        """So that collections are found by string too."""
        keys = tf.GraphKeys
        assert keys.QUEUE_RUNNERS == "queue_runners"
        assert keys.SUMMARIES == "summaries"
        assert keys.GLOBAL_VARIABLES == keys.VARIABLES == "variables"
        assert keys.LOCAL_VARIABLES == "local_variables"
        assert keys.TABLE_INITIALIZERS == "table_initializer"
        assert keys.INIT_OP == "init_op"


def test_a_finalized_graph_never_changes():
    """Every change is refused with TensorFlow's sentence; looking is allowed."""
    graph = tf.get_default_graph()
    source("a")
    graph.add_to_collection("c", 1)
    graph.finalize()
    assert graph.finalized
    for change in (source, lambda: graph.add_to_collection("c", 2), lambda: graph.clear_collection("c")):
        with pytest.raises(RuntimeError, match=r"Graph is finalized and cannot be modified."):
            change()
    assert graph.get_collection("c") == [1]
    assert graph.version == 1


def test_the_version_counts_ops():
    """A plan that was made for one version holds until ops are added."""
    graph = tf.get_default_graph()
    assert graph.version == 0
    source()
    nothing()
    assert graph.version == len(graph.get_operations()) == 2


def test_the_seed_is_the_graphs():
    """`set_random_seed` sets that of the default graph alone."""
    with tf.Graph().as_default() as inner:
        tf.set_random_seed(7)
        assert inner.seed == 7
    assert tf.get_default_graph().seed is None


def test_threads_build_one_graph_together():
    """A hundred threads add ops at once: every op is there, complete, under a name of its own (SEMANTICS 3)."""
    graph, barrier = tf.Graph(), threading.Barrier(100)
    shared = None
    with graph.as_default():
        shared = source("shared")

    def build():
        barrier.wait()
        with graph.as_default(), tf.name_scope("thread"):
            for _ in range(10):
                op = nothing(shared, name="op")
                assert graph.get_operation_by_name(op.name) is op
                graph.add_to_collection("made", op)

    for call in [run_in_thread(build) for _ in range(100)]:
        call.result()
    made = graph.get_collection("made")
    assert len({op.name for op in made}) == 1000
    assert graph.version == 1001
    assert set(shared.consumers()) == set(made)


def test_a_shape_that_does_not_fit_leaves_no_op():
    """An op whose shapes contradict is not in the graph, and nobody consumes for it."""
    graph, a = tf.get_default_graph(), source("a")
    with pytest.raises(ValueError, match="has 1 outputs, but 2 shapes"):
        graph.create_op("TestSource", [a], [tf.float32], name="bad", shapes=[[1], [2]])
    assert graph.get_operations() == [a.op]
    assert a.consumers() == []
