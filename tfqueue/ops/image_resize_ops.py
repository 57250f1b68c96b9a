"""Images of another size: bilinear, nearest neighbour, bicubic, area, with TensorFlow 1's sampling.

TensorFlow 1 takes output pixel i from position i * scale of the input, scale being in / out, or with `align_corners`
(in - 1) / (out - 1): pixels are points at whole positions, not squares with a middle.

Invariants:
  - positions and weights are worked out in float32, as TensorFlow's, so the same pixels are picked;
  - rows first, then columns: whole rows are moved at memory speed, and fewer columns are left to move.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tfqueue.framework import dtypes
from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import brackets
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import REAL, TensorLike, argument, single_output
from .image_ops import HEIGHT, WIDTH
from .shape_functions import Dims, Shapes, known_entries
from .values import Value

CUBIC_STEPS = 1024
"""Places between two pixels for which TensorFlow tabulates the bicubic weights."""

CUBIC_SLOPE = np.float32(-0.75)

Taps = list[tuple[np.ndarray, np.ndarray]]
"""For each neighbour that takes part: the positions in the input, and the weights, one of each an output pixel."""


class ResizeMethod:
    """How `resize_images` works out a pixel between others."""

    BILINEAR = 0
    """From its four neighbours, by distance."""
    NEAREST_NEIGHBOR = 1
    """The neighbour up and left, as it is; keeps the dtype."""
    BICUBIC = 2
    """From sixteen neighbours; smooth, may overshoot."""
    AREA = 3
    """The mean of all that it covers; for making smaller."""


# Where an output pixel lies ------------------------------------------------------------------------------------------


def _scale(length: int, wanted: int, align_corners: bool) -> np.float32:
    if align_corners and wanted > 1:
        return np.float32(length - 1) / np.float32(wanted - 1)
    return np.float32(length) / np.float32(wanted)


def _positions(length: int, wanted: int, align_corners: bool) -> np.ndarray:
    """Where in the input each output pixel lies, float32."""
    return np.arange(wanted, dtype=np.float32) * _scale(length, wanted, align_corners)


def _linear_taps(length: int, wanted: int, align_corners: bool) -> Taps:
    place = _positions(length, wanted, align_corners)
    before = np.floor(place)
    first = before.astype(np.intp)
    share = place - before
    return [(first, 1 - share), (np.minimum(first + 1, length - 1), share)]


def _cubic_taps(length: int, wanted: int, align_corners: bool) -> Taps:
    place = _positions(length, wanted, align_corners)
    before = np.floor(place)
    share = np.rint((place - before) * CUBIC_STEPS) / np.float32(CUBIC_STEPS)
    weights = (_cubic_far(share + 1), _cubic_near(share), _cubic_near(1 - share), _cubic_far(2 - share))
    first = before.astype(np.intp) - 1
    return [(np.clip(first + tap, 0, length - 1), weight) for tap, weight in enumerate(weights)]


def _cubic_near(x: np.ndarray) -> np.ndarray:
    """The weight of a neighbour at distance x of at most 1 (Keys 1981)."""
    weights: np.ndarray = ((CUBIC_SLOPE + 2) * x - (CUBIC_SLOPE + 3)) * x * x + 1
    return weights


def _cubic_far(x: np.ndarray) -> np.ndarray:
    """The weight of a neighbour at distance x between 1 and 2."""
    weights: np.ndarray = ((CUBIC_SLOPE * x - 5 * CUBIC_SLOPE) * x + 8 * CUBIC_SLOPE) * x - 4 * CUBIC_SLOPE
    return weights


def _area_taps(length: int, wanted: int, align_corners: bool) -> Taps:
    """All input pixels that an output pixel covers, each by the share of the area that it fills."""
    scale = _scale(length, wanted, align_corners)
    start, end = (np.arange(first, first + wanted, dtype=np.float32) * scale for first in (0, 1))
    before = np.floor(start)
    taps = []
    for tap in range(int((np.ceil(end) - before).max())):
        place = before + np.float32(tap)
        share = np.maximum(np.minimum(end, place + 1) - np.maximum(start, place), 0) / scale
        # What lies beyond the last pixel counts as the last pixel.
        taps.append((np.minimum(place.astype(np.intp), length - 1), share))
    return taps


# Kernels -------------------------------------------------------------------------------------------------------------


def _weighted(images: np.ndarray, axis: int, taps: Taps) -> np.ndarray:
    """The weighted sum of neighbours along height or width, float32."""
    total, *rest = (_part(images, axis, place, weight) for place, weight in taps)
    for part in rest:
        total += part
    shape = list(images.shape)
    shape[axis] = len(taps[0][0])
    return total.reshape(shape)


def _part(images: np.ndarray, axis: int, place: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What one neighbour gives, as rows of width x channels: the inner loop would else be a pixel's few channels."""
    neighbours = images.take(place, axis)
    rows = neighbours.reshape(*neighbours.shape[:-2], -1)
    factor = weight[:, None] if axis == HEIGHT else weight.repeat(images.shape[-1])
    out = rows if rows.dtype == np.float32 else None
    part: np.ndarray = np.multiply(rows, factor, out=out, dtype=np.float32, casting="unsafe")
    return part


def _by_taps(find: Callable[[int, int, bool], Taps]) -> Callable[..., Value]:
    def resize(images: np.ndarray, height: int, width: int, align_corners: bool) -> Value:
        rows = _weighted(images, HEIGHT, find(images.shape[HEIGHT], height, align_corners))
        return _weighted(rows, WIDTH, find(images.shape[WIDTH], width, align_corners))

    return resize


def _nearest(images: np.ndarray, height: int, width: int, align_corners: bool) -> Value:
    def neighbours(length: int, wanted: int) -> np.ndarray:
        place = _positions(length, wanted, align_corners)
        # Half a step up and then down: `rint` would take halves to the even neighbour.
        near = np.floor(place + np.float32(0.5)) if align_corners else np.floor(place)
        return np.minimum(near.astype(np.intp), length - 1)

    rows = images.take(neighbours(images.shape[HEIGHT], height), HEIGHT)
    return rows.take(neighbours(images.shape[WIDTH], width), WIDTH)


def _size_of(images: Value, size: Value, keep_ratio: bool) -> tuple[int, int]:
    height, width = size.tolist()
    if images.ndim not in {3, 4} or height <= 0 or width <= 0 or 0 in images.shape[HEIGHT:-1]:
        message = (
            "resize takes images [height, width, channels] or a batch of them, and a size (height, width) > 0, "
            f"got images of shape {brackets(images.shape)} and size {[height, width]}"
        )
        raise InvalidArgumentError(None, None, message)
    return _fitted(images.shape[HEIGHT], images.shape[WIDTH], height, width) if keep_ratio else (height, width)


def _fitted(height: int, width: int, most_height: int, most_width: int) -> tuple[int, int]:
    """The largest size of the same proportions within the given one."""
    scale = np.minimum(np.float32(most_height) / np.float32(height), np.float32(most_width) / np.float32(width))
    return int(np.rint(scale * np.float32(height))), int(np.rint(scale * np.float32(width)))


def _resized_shape(op: Operation) -> Shapes:
    shape = op.inputs[0].shape
    if shape.ndims not in {3, 4, None}:
        raise ValueError("'images' must have either 3 or 4 dimensions.")
    if shape.ndims is None:
        return [None]
    dims = shape.as_list()
    return [[*dims[:HEIGHT], *_wanted_sides(dims, op.inputs[1], op.get_attr("preserve_aspect_ratio")), dims[-1]]]


def _wanted_sides(dims: Dims, size: Tensor, keep_ratio: bool) -> Dims:
    """Height and width that images of these dimensions will get, as far as they are known."""
    height, width = known_entries(size, 2)
    own_height, own_width = dims[HEIGHT], dims[WIDTH]
    if not keep_ratio:
        return [height, width]
    if height is None or width is None or own_height is None or own_width is None:
        return [None, None]
    return list(_fitted(own_height, own_width, height, width))


def _resize_kernel(resize: Callable[..., Value]) -> Callable[[Operation, Any], Callable[[Value, Value], Value]]:
    def bind(op: Operation, session: Any) -> Callable[[Value, Value], Value]:
        align_corners, keep_ratio = bool(op.get_attr("align_corners")), bool(op.get_attr("preserve_aspect_ratio"))
        return lambda images, size: resize(images, *_size_of(images, size, keep_ratio), align_corners)

    return bind


OP_TYPES = {
    ResizeMethod.BILINEAR: "ResizeBilinear",
    ResizeMethod.NEAREST_NEIGHBOR: "ResizeNearestNeighbor",
    ResizeMethod.BICUBIC: "ResizeBicubic",
    ResizeMethod.AREA: "ResizeArea",
}

register_op("ResizeBilinear", shape=_resized_shape, bind=True)(_resize_kernel(_by_taps(_linear_taps)))
register_op("ResizeNearestNeighbor", shape=_resized_shape, bind=True)(_resize_kernel(_nearest))
register_op("ResizeBicubic", shape=_resized_shape, bind=True)(_resize_kernel(_by_taps(_cubic_taps)))
register_op("ResizeArea", shape=_resized_shape, bind=True)(_resize_kernel(_by_taps(_area_taps)))


# Builders ------------------------------------------------------------------------------------------------------------


def resize_images(
    images: TensorLike,
    size: TensorLike,
    method: int = ResizeMethod.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """An image, or a batch of them, in another size.

    Args:
      images: [height, width, channels] or [batch, height, width, channels], of a known rank.
      size: new height and new width, int32.
      method: one of `ResizeMethod`.
      align_corners: keep the corner pixels in the corners.
      preserve_aspect_ratio: take `size` as the most that either side may have.
      name: the op's name.

    Returns:
      float32, but `images` as they are when their size is known to be that already, and the images' own dtype for
      NEAREST_NEIGHBOR.
    """
    if method not in OP_TYPES:
        raise ValueError(f"Resize method is not implemented: {method}; one of tf.image.ResizeMethod")
    source = argument("resize_images", "images", images, allowed=REAL)
    if source.shape.ndims is None:
        raise ValueError("'images' contains no shape.")
    dims, sides = source.shape.as_list(), _sides(size)
    wanted = _wanted_sides(dims, sides, preserve_aspect_ratio) if len(dims) in {3, 4} else []
    if None not in wanted and wanted == dims[HEIGHT:-1]:
        return source
    return _resize(OP_TYPES[method], "resize", source, sides, align_corners, preserve_aspect_ratio, name)


def _sides(size: TensorLike) -> Tensor:
    try:
        tensor = argument("resize_images", "size", size, dtypes.int32)
    except TypeError as error:
        raise ValueError("'size' must be a 1-D int32 Tensor: new_height, new_width") from error
    if not tensor.shape.is_compatible_with([2]):
        raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
    return tensor


def _resize(
    op_type: str,
    default_name: str,
    images: TensorLike,
    size: TensorLike,
    align_corners: bool,
    preserve_aspect_ratio: bool,
    name: str | None,
) -> Tensor:
    with name_scope(name, default_name, [images, size]) as scope:
        source = argument(op_type, "images", images, allowed=REAL)
        sides = _sides(size)
        dtype = source.dtype.base_dtype if op_type == "ResizeNearestNeighbor" else dtypes.float32
        attrs = {"align_corners": align_corners, "preserve_aspect_ratio": preserve_aspect_ratio}
        return single_output(op_type, [source, sides], scope, dtype, **attrs)


def resize_bilinear(
    images: TensorLike, size: TensorLike, align_corners: bool = False, name: str | None = None
) -> Tensor:
    """`resize_images` by BILINEAR, float32 always."""
    return _resize("ResizeBilinear", "ResizeBilinear", images, size, align_corners, False, name)


def resize_nearest_neighbor(
    images: TensorLike, size: TensorLike, align_corners: bool = False, name: str | None = None
) -> Tensor:
    """`resize_images` by NEAREST_NEIGHBOR."""
    return _resize("ResizeNearestNeighbor", "ResizeNearestNeighbor", images, size, align_corners, False, name)


def resize_bicubic(
    images: TensorLike, size: TensorLike, align_corners: bool = False, name: str | None = None
) -> Tensor:
    """`resize_images` by BICUBIC, float32 always."""
    return _resize("ResizeBicubic", "ResizeBicubic", images, size, align_corners, False, name)


def resize_area(images: TensorLike, size: TensorLike, align_corners: bool = False, name: str | None = None) -> Tensor:
    """`resize_images` by AREA, float32 always."""
    return _resize("ResizeArea", "ResizeArea", images, size, align_corners, False, name)
