"""Random numbers, shuffles and crops.

Invariants:
  - an op's numbers follow from its two seeds alone: the same in every session, others for another op;
  - each session has its own stream for each op, and one thread at a time draws from it;
  - NumPy's global generator is never touched.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.dtypes import DType, as_dtype
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import brackets
from tfqueue.graph.graph import get_default_graph, name_scope
from tfqueue.graph.op_def import constant_value, register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import FLOATING, TensorLike, argument, index_argument, single_output
from .constant_op import convert_to_tensor
from .shape_functions import Shapes, as_shape_value, unchanged
from .values import Value, as_array, detached

DEFAULT_GRAPH_SEED = 87654321
"""Stands for the graph's seed where only the op has one, as in TensorFlow."""

MAX_SEED = 2**31 - 1

TRUNCATION = 2.0
"""Standard deviations beyond which `truncated_normal` draws again."""


# Seeds and streams ---------------------------------------------------------------------------------------------------


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """The graph's seed and the op's, as an op made now would get them; (None, None) when neither is set.

    An op with no seed in a graph with one takes the number of ops made so far, so that each op has another.
    """
    graph = get_default_graph()
    if graph.seed is None and op_seed is None:
        return None, None
    first = DEFAULT_GRAPH_SEED if graph.seed is None else graph.seed
    second = graph.version if op_seed is None else op_seed
    seeds = int(first) % MAX_SEED, int(second) % MAX_SEED
    # Two zeros mean "no seeds" in an op's attributes.
    return (0, MAX_SEED) if seeds == (0, 0) else seeds


def seed_attrs(op_seed: int | None) -> dict[str, Any]:
    """The attributes `seed` and `seed2` of a random op, both 0 when it is to differ from run to run."""
    first, second = get_seed(op_seed)
    return {"seed": first or 0, "seed2": second or 0}


class RandomStream:
    """The random numbers of one op in one session; `with stream as generator:` holds off other threads."""

    __slots__ = ("_generator", "_lock")

    def __init__(self, seed: int, seed2: int) -> None:
        entropy = None if seed == seed2 == 0 else [seed, seed2]
        self._generator = np.random.Generator(np.random.SFC64(np.random.SeedSequence(entropy)))
        self._lock = threading.Lock()

    def __enter__(self) -> np.random.Generator:
        self._lock.acquire()
        return self._generator

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def stream_of(op: Operation, session: Any) -> RandomStream:
    """The stream of a random op in a session, made when first asked for."""
    seeds = op.get_attr("seed"), op.get_attr("seed2")
    stream: RandomStream = session.resources.lookup_or_create("random", "", op.name, lambda: RandomStream(*seeds))
    return stream


# Distributions -------------------------------------------------------------------------------------------------------


def _of_given_shape(op: Operation) -> Shapes:
    return [as_shape_value(op.inputs[0])]


def _draw_type(dtype: DType) -> type[Any]:
    """NumPy draws single and double precision; halves are drawn as singles."""
    return np.float64 if dtype == dtypes.float64 else np.float32


@register_op("RandomUniform", shape=_of_given_shape, bind=True, stateful=True)
def _random_uniform(op: Operation, session: Any) -> Callable[..., Value]:
    stream, dtype = stream_of(op, session), op.outputs[0].dtype
    wide = _draw_type(dtype)

    def uniform(dims: Value, low: Value, high: Value) -> Value:
        with stream as generator:
            numbers = generator.random(tuple(dims), dtype=wide)
        numbers *= wide(high - low)
        numbers += wide(low)
        return numbers.astype(dtype.as_numpy_dtype, copy=False)

    return uniform


@register_op("RandomUniformInt", shape=_of_given_shape, bind=True, stateful=True)
def _random_uniform_int(op: Operation, session: Any) -> Callable[..., Value]:
    stream, dtype = stream_of(op, session), op.outputs[0].dtype.as_numpy_dtype

    def uniform(dims: Value, low: Value, high: Value) -> Value:
        if low >= high:
            raise InvalidArgumentError(None, None, f"Need minval < maxval, got {low} >= {high}")
        with stream as generator:
            return generator.integers(low, high, tuple(dims), dtype=dtype)

    return uniform


def random_uniform(
    shape: TensorLike,
    minval: TensorLike = 0,
    maxval: TensorLike = None,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers in [minval, maxval), each as likely; `maxval` is 1 for floats and must be given for int32 and int64."""
    wanted = as_dtype(dtype)
    op_type = "RandomUniform" if wanted in FLOATING else "RandomUniformInt"
    if wanted not in FLOATING | {dtypes.int32, dtypes.int64}:
        raise ValueError(f"Invalid dtype {wanted.name}: random_uniform draws float16, float32, float64, int32, int64")
    if maxval is None:
        if wanted.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {wanted!r}")
        maxval = 1
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        bounds = [
            argument(op_type, parameter, value, wanted) for parameter, value in (("min", minval), ("max", maxval))
        ]
        inputs = [index_argument(op_type, "shape", shape), *bounds]
        return single_output(op_type, inputs, scope, wanted, **seed_attrs(seed))


@register_op("RandomStandardNormal", shape=_of_given_shape, bind=True, stateful=True)
def _random_normal(op: Operation, session: Any) -> Callable[..., Value]:
    def draw(generator: np.random.Generator, dims: tuple[int, ...], dtype: type[Any]) -> np.ndarray:
        return np.asarray(generator.standard_normal(dims, dtype=dtype))

    return _normal_kernel(op, session, draw)


@register_op("TruncatedNormal", shape=_of_given_shape, bind=True, stateful=True)
def _truncated_normal(op: Operation, session: Any) -> Callable[..., Value]:
    def draw(generator: np.random.Generator, dims: tuple[int, ...], dtype: type[Any]) -> np.ndarray:
        numbers = np.asarray(generator.standard_normal(dims, dtype=dtype))
        while (far := np.abs(numbers) > TRUNCATION).any():
            numbers[far] = generator.standard_normal(int(far.sum()), dtype=dtype)
        return numbers

    return _normal_kernel(op, session, draw)


def _normal_kernel(op: Operation, session: Any, draw: Callable[..., np.ndarray]) -> Callable[..., Value]:
    stream, dtype = stream_of(op, session), op.outputs[0].dtype
    wide = _draw_type(dtype)

    def normal(dims: Value, mean: Value, stddev: Value) -> Value:
        with stream as generator:
            numbers = draw(generator, tuple(dims), wide)
        numbers *= wide(stddev)
        numbers += wide(mean)
        return numbers.astype(dtype.as_numpy_dtype, copy=False)

    return normal


def random_normal(
    shape: TensorLike,
    mean: TensorLike = 0.0,
    stddev: TensorLike = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Normally distributed numbers."""
    return _normal("RandomStandardNormal", "random_normal", shape, mean, stddev, dtype, seed, name)


def truncated_normal(
    shape: TensorLike,
    mean: TensorLike = 0.0,
    stddev: TensorLike = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Normally distributed numbers, those beyond two standard deviations drawn again."""
    return _normal("TruncatedNormal", "truncated_normal", shape, mean, stddev, dtype, seed, name)


def _normal(
    op_type: str,
    default_name: str,
    shape: TensorLike,
    mean: TensorLike,
    stddev: TensorLike,
    dtype: Any,
    seed: int | None,
    name: str | None,
) -> Tensor:
    wanted = as_dtype(dtype)
    if wanted not in FLOATING:
        raise ValueError(f"Invalid dtype {wanted.name}: {default_name} draws float16, float32 and float64")
    with name_scope(name, default_name, [shape, mean, stddev]) as scope:
        moments = [argument(op_type, parameter, v, wanted) for parameter, v in (("mean", mean), ("stddev", stddev))]
        inputs = [index_argument(op_type, "shape", shape), *moments]
        return single_output(op_type, inputs, scope, wanted, **seed_attrs(seed))


# Shuffles and crops --------------------------------------------------------------------------------------------------


@register_op("RandomShuffle", shape=unchanged, bind=True, stateful=True)
def _random_shuffle(op: Operation, session: Any) -> Callable[[Value], Value]:
    stream = stream_of(op, session)

    def shuffled(value: Value) -> Value:
        array = as_array(value)
        if not array.ndim:
            return array.copy()
        with stream as generator:
            order = generator.permutation(len(array))
        return array.take(order, 0)

    return shuffled


def random_shuffle(value: TensorLike, seed: int | None = None, name: str | None = None) -> Tensor:
    """The rows of `value` in random order; every order is as likely."""
    with name_scope(name, "RandomShuffle", [value]) as scope:
        return single_output("RandomShuffle", [convert_to_tensor(value, name="value")], scope, **seed_attrs(seed))


def _cropped(op: Operation) -> Shapes:
    source, size = op.inputs[0].shape, constant_value(op.inputs[1])
    if size is None:
        return [as_shape_value(op.inputs[1])]
    _check_fits(op, source.as_list() if source.ndims is not None else [None] * len(size), size.tolist())
    return [size.tolist()]


def _check_fits(op: Operation, dims: Sequence[int | None], size: Sequence[int]) -> None:
    if len(dims) != len(size):
        raise ValueError(f"size must have one number for each of the {len(dims)} dimensions, got {len(size)}")
    if any(dim is not None and dim < wanted for dim, wanted in zip(dims, size, strict=True)):
        raise ValueError(f"Need value.shape >= size, got {brackets(dims)} and {brackets(size)}")


@register_op("RandomCrop", shape=_cropped, bind=True, stateful=True, aliases=True)
def _random_crop(op: Operation, session: Any) -> Callable[[Value, Value], Value]:
    stream = stream_of(op, session)

    def crop(value: Value, size: Value) -> Value:
        room = np.array(value.shape) - size if len(size) == value.ndim else None
        if room is None or (room < 0).any():
            message = (
                f"Need value.shape >= size, got {brackets(value.shape)} and {brackets(size)}: enlarge what is smaller "
                "with tf.image.resize_images or tf.image.resize_image_with_crop_or_pad first."
            )
            raise InvalidArgumentError(None, None, message)
        with stream as generator:
            corner = generator.integers(0, room, endpoint=True).tolist()
        return detached(value[tuple(slice(at, at + n) for at, n in zip(corner, size.tolist(), strict=True))])

    return crop


def random_crop(value: TensorLike, size: TensorLike, seed: int | None = None, name: str | None = None) -> Tensor:
    """A box of `size` from a random place in `value`, each place as likely; the shape is static if `size` is.

    A dimension that is not to be cropped is given in full: `size = [24, 24, 3]` for an image [32, 32, 3].
    """
    with name_scope(name, "random_crop", [value, size]) as scope:
        source = convert_to_tensor(value, name="value")
        inputs = [source, index_argument("RandomCrop", "size", size)]
        return single_output("RandomCrop", inputs, scope, **seed_attrs(seed))
