"""Random ops: repeatable by seed, apart from each other, safe between threads, and of the right distribution."""

import threading
from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, constant, run, sizes
from tfqueue.session.session import Session
from tfqueue.testing import run_in_thread

BUILDERS = [
    pytest.param(lambda seed: tf.random_uniform([5], seed=seed), id="uniform"),
    pytest.param(lambda seed: tf.random_uniform([5], 0, 10**6, tf.int32, seed=seed), id="uniform-int"),
    pytest.param(lambda seed: tf.random_normal([5], seed=seed), id="normal"),
    pytest.param(lambda seed: tf.truncated_normal([5], seed=seed), id="truncated"),
    pytest.param(lambda seed: tf.random_shuffle(np.arange(50), seed=seed), id="shuffle"),
    pytest.param(lambda seed: tf.random_crop(np.arange(10**6), [3], seed=seed), id="crop"),
]


def two_runs(build: Any, graph_seed: int | None, op_seed: int | None) -> list[list[Any]]:
    """What two runs of one op give, in a new graph and session."""
    with tf.Graph().as_default():
        tf.set_random_seed(graph_seed)
        tensor = build(op_seed)
        with Session() as session:
            return [session.run(tensor).tolist() for _ in range(2)]


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize(("graph_seed", "op_seed"), [(1, None), (None, 7), (1, 7), (0, 0)])
def test_seeds_make_a_program_repeatable(build: Any, graph_seed: int | None, op_seed: int | None) -> None:
    """Graph seed, op seed, or both: the same numbers in a new session, but not twice the same in one."""
    first = two_runs(build, graph_seed, op_seed)
    assert first == two_runs(build, graph_seed, op_seed)
    assert first[0] != first[1]


@pytest.mark.parametrize("build", BUILDERS)
def test_without_seeds_nothing_repeats(build: Any) -> None:
    """Not in another session either."""
    assert two_runs(build, None, None) != two_runs(build, None, None)


@pytest.mark.parametrize("build", BUILDERS)
def test_other_seeds_and_other_ops_have_other_numbers(build: Any) -> None:
    """Two ops of one graph differ under one graph seed, and one op under two seeds."""
    tf.set_random_seed(1)
    first, second = run([build(None), build(None)])
    assert first.tolist() != second.tolist()
    assert two_runs(build, 1, 7) != two_runs(build, 2, 7)
    assert two_runs(build, 1, 7) != two_runs(build, 1, 8)


def test_two_sessions_of_one_graph_draw_the_same() -> None:
    """Each has its own stream, from the start."""
    tensor = tf.random_uniform([3], seed=3)
    with Session() as one, Session() as other:
        first = [one.run(tensor).tolist() for _ in range(2)]
        assert [other.run(tensor).tolist() for _ in range(2)] == first


def test_numpys_global_generator_is_left_alone() -> None:
    """What a program draws from `np.random` does not depend on the pipeline, nor the pipeline on it."""
    tensor = tf.random_uniform([3], seed=3)
    np.random.seed(0)  # noqa: NPY002  # the global generator is what this is about
    with_pipeline = run(tensor).tolist()
    drawn = np.random.random()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    assert np.random.random() == drawn  # noqa: NPY002
    assert run(tensor).tolist() == with_pipeline


def test_threads_share_a_stream_without_repeating_it() -> None:
    """Eight threads run one op: all the numbers of the stream come, each once."""
    tensor = tf.random_uniform([], seed=5, dtype=tf.float64)
    with Session() as alone:
        expected = sorted(float(alone.run(tensor)) for _ in range(8 * 50))
    start = threading.Barrier(8)
    with Session() as session:

        def draw() -> list[float]:
            start.wait()
            return [float(session.run(tensor)) for _ in range(50)]

        runners = [run_in_thread(draw) for _ in range(8)]
        drawn = sorted(number for runner in runners for number in runner.result())
    assert drawn == expected


def test_uniform_numbers() -> None:
    """In [minval, maxval), evenly, in the dtype asked for."""
    for dtype in (tf.float16, tf.float32, tf.float64):
        tensor = tf.random_uniform([2, 5000], -2, 4, dtype, seed=1)
        numbers = run(tensor)
        assert (sizes(tensor), numbers.dtype) == ([2, 5000], np.dtype(dtype.as_numpy_dtype))
        assert numbers.min() >= -2
        assert numbers.max() <= 4
        assert abs(float(numbers.mean(dtype=np.float64)) - 1) < 0.1
    whole = run(tf.random_uniform([5000], -3, 3, tf.int64, seed=1))
    assert whole.dtype == np.int64
    assert np.unique(whole).tolist() == [-3, -2, -1, 0, 1, 2]
    assert np.bincount(whole + 3).min() > 700


def test_normal_numbers() -> None:
    """Mean and deviation as asked for; truncated ones within two deviations."""
    numbers = run(tf.random_normal([20000], 3, 2, seed=1))
    assert numbers.dtype == np.float32
    assert abs(numbers.mean() - 3) < 0.1
    assert abs(numbers.std() - 2) < 0.1
    assert np.abs(numbers - 3).max() > 5
    near = run(tf.truncated_normal([20000], 3, 2, tf.float64, seed=1))
    assert np.abs(near - 3).max() <= 4
    # The deviation of a normal cut off at two deviations is 0.8796 of it.
    assert abs(near.std() - 2 * 0.8796) < 0.05
    assert run(tf.random_normal([2], dtype=tf.float16)).dtype == np.float16


def test_shapes_may_be_tensors() -> None:
    """Known at run time only."""
    dims = tf.placeholder(tf.int32, [2])
    for build in (tf.random_uniform, tf.random_normal, tf.truncated_normal):
        assert sizes(build(dims)) == [None, None]
        assert run(build(dims), {dims: [2, 3]}).shape == (2, 3)


def test_refusals_of_distributions() -> None:
    """No bound for whole numbers, bounds the wrong way round, dtypes that are not drawn."""
    with pytest.raises(ValueError, match="Must specify maxval for integer dtype"):
        tf.random_uniform([1], dtype=tf.int32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Need minval < maxval, got 5 >= 5"):
        run(tf.random_uniform([1], 5, 5, tf.int32))
    with pytest.raises(ValueError, match="Invalid dtype string"):
        tf.random_uniform([1], dtype=tf.string)
    with pytest.raises(ValueError, match="Invalid dtype int32"):
        tf.random_normal([1], dtype=tf.int32)


def test_a_shuffle_keeps_rows_together_and_every_order_is_as_likely() -> None:
    """All rows come, none twice; the six orders of three rows about equally often."""
    rows = np.array([[1, 10], [2, 20], [3, 30]], np.int32)
    tensor = tf.random_shuffle(rows, seed=4)
    assert sizes(tensor) == [3, 2]
    counts: dict[tuple[int, ...], int] = {}
    with Session() as session:
        for _ in range(1200):
            shuffled = session.run(tensor)
            agree(shuffled[:, 1], shuffled[:, 0] * 10)
            order = tuple(shuffled[:, 0].tolist())
            counts[order] = counts.get(order, 0) + 1
    assert sorted(counts) == [(1, 2, 3), (1, 3, 2), (2, 1, 3), (2, 3, 1), (3, 1, 2), (3, 2, 1)]
    assert min(counts.values()) > 140
    assert sorted(run(tf.random_shuffle(["a", "b\0"])).tolist()) == [b"a", b"b\0"]
    agree(run(tf.random_shuffle(7)), np.array(7, np.int32))


def test_a_crop_comes_from_every_place() -> None:
    """Each corner of the room is drawn; the shape is static."""
    image = np.arange(4 * 5 * 3, dtype=np.float32).reshape(4, 5, 3)
    tensor = tf.random_crop(image, [3, 3, 3], seed=4)
    assert sizes(tensor) == [3, 3, 3]
    corners = set()
    with Session() as session:
        for _ in range(200):
            crop = session.run(tensor)
            top, left = divmod(int(crop[0, 0, 0]) // 3, 5)
            agree(crop, image[top : top + 3, left : left + 3])
            corners.add((top, left))
    assert corners == {(top, left) for top in range(2) for left in range(3)}


def test_a_crop_larger_than_the_image() -> None:
    """Refused when built or when run, with both shapes and the way out."""
    with pytest.raises(ValueError, match=r"Need value.shape >= size, got \[2,2\] and \[3,2\]"):
        tf.random_crop(np.zeros((2, 2)), [3, 2])
    with pytest.raises(ValueError, match="one number for each of the 2 dimensions, got 1"):
        tf.random_crop(np.zeros((2, 2)), [3])
    image = tf.placeholder(tf.uint8)
    crop = tf.random_crop(image, [3, 2, 3], name="crop")
    assert sizes(crop) == [3, 2, 3]
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"got \[2,2,3\] and \[3,2,3\]: enlarge .*resize_images"
    ) as c:
        run(crop, {image: np.zeros((2, 2, 3))})
    assert c.value.op.name == "crop"
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Need value.shape >= size"):
        run(crop, {image: np.zeros((2, 2))})


def test_get_seed_follows_tensorflow() -> None:
    """No seeds, a graph seed, an op seed, both; never two zeros, which would mean none."""
    assert tf.get_seed(None) == (None, None)
    assert tf.get_seed(5) == (87654321, 5)
    tf.set_random_seed(9)
    constant(1)
    assert tf.get_seed(None) == (9, 1)
    assert tf.get_seed(5) == (9, 5)
    tf.set_random_seed(0)
    assert tf.get_seed(0) == (0, 2**31 - 1)
