"""The geometry of images: crop, pad, mirror, turn.

Invariants:
  - an image is [height, width, channels], a batch of them has one dimension more in front;
  - a crop may be a view; what is mirrored or turned is packed anew, so that the next op finds whole rows.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfqueue.framework.errors import InvalidArgumentError
from tfqueue.framework.tensor_shape import TensorShape, brackets
from tfqueue.graph.graph import name_scope
from tfqueue.graph.op_def import constant_value, register_op
from tfqueue.graph.operation import Operation, Tensor

from .arguments import TensorLike, index_argument, single_output
from .constant_op import convert_to_tensor
from .random_ops import seed_attrs, stream_of
from .shape_functions import Dims, Shapes, known_entries
from .values import Value, detached

HEIGHT, WIDTH = -3, -2

FEW_CHANNELS = 4
"""Up to here NumPy copies a strided image faster channel by channel than pixel by pixel (57 us against 230 us)."""

Sizes = Sequence[int | None]


def packed(view: np.ndarray) -> np.ndarray:
    """A mirrored or turned view of images as an array of its own."""
    channels = view.shape[-1]
    if channels > FEW_CHANNELS:
        return np.ascontiguousarray(view)
    array = np.empty(view.shape, view.dtype)
    for channel in range(channels):
        array[..., channel] = view[..., channel]
    return array


def _check_rank(shape: TensorShape) -> None:
    if shape.ndims not in {3, 4, None}:
        raise ValueError(f"'image' (shape {shape}) must have either 3 or 4 dimensions.")


def _check_image(op_type: str, image: Value) -> None:
    if image.ndim not in {3, 4}:
        message = f"{op_type}: 'image' (shape {brackets(image.shape)}) must have either 3 or 4 dimensions."
        raise InvalidArgumentError(None, None, message)


def _image_shape(op: Operation) -> Shapes:
    shape = op.inputs[0].shape
    _check_rank(shape)
    return [[None, None, None] if shape.ndims is None else shape]


def _resized(shape: TensorShape, height: int | None, width: int | None) -> Shapes:
    """The shape of images brought to another height and width."""
    _check_rank(shape)
    dims: Dims = [None] * 3 if shape.ndims is None else shape.as_list()
    return [[*dims[:HEIGHT], height, width, dims[-1]]]


def _height_and_width(shape: TensorShape) -> Sizes:
    _check_rank(shape)
    return [None, None] if shape.ndims is None else shape.as_list()[HEIGHT:-1]


# Mirror and turn -----------------------------------------------------------------------------------------------------


def _mirrored(image: np.ndarray, axis: int) -> np.ndarray:
    return packed(np.flip(image, axis))


@register_op("FlipImage", shape=_image_shape, bind=True)
def _flip_image(op: Operation, session: Any) -> Callable[[Value], Value]:
    axis = int(op.get_attr("axis"))

    def flip(image: Value) -> Value:
        _check_image("FlipImage", image)
        return _mirrored(image, axis)

    return flip


@register_op("RandomFlipImage", shape=_image_shape, bind=True, stateful=True, aliases=True)
def _random_flip_image(op: Operation, session: Any) -> Callable[[Value], Value]:
    axis, stream = int(op.get_attr("axis")), stream_of(op, session)

    def maybe_flip(image: Value) -> Value:
        _check_image("RandomFlipImage", image)
        if image.ndim == 3:
            with stream as generator:
                heads = generator.random() < 0.5
            return _mirrored(image, axis) if heads else image
        with stream as generator:
            tosses = generator.random(len(image)) < 0.5
        flipped = image.copy()
        flipped[tosses] = _mirrored(image[tosses], axis)
        return flipped

    return maybe_flip


def _flipping(op_type: str, name: str, axis: int, image: TensorLike, **attrs: Any) -> Tensor:
    with name_scope(None, name, [image]) as scope:
        return single_output(op_type, [convert_to_tensor(image, name="image")], scope, axis=axis, **attrs)


def flip_left_right(image: TensorLike) -> Tensor:
    """The image or images mirrored, left for right."""
    return _flipping("FlipImage", "flip_left_right", WIDTH, image)


def flip_up_down(image: TensorLike) -> Tensor:
    """The image or images mirrored, top for bottom."""
    return _flipping("FlipImage", "flip_up_down", HEIGHT, image)


def random_flip_left_right(image: TensorLike, seed: int | None = None) -> Tensor:
    """`flip_left_right` with probability 1/2, for each image of a batch anew."""
    return _flipping("RandomFlipImage", "random_flip_left_right", WIDTH, image, **seed_attrs(seed))


def random_flip_up_down(image: TensorLike, seed: int | None = None) -> Tensor:
    """`flip_up_down` with probability 1/2, for each image of a batch anew."""
    return _flipping("RandomFlipImage", "random_flip_up_down", HEIGHT, image, **seed_attrs(seed))


def _turned_shape(op: Operation) -> Shapes:
    shape, turns = op.inputs[0].shape, constant_value(op.inputs[1])
    height, width = _height_and_width(shape)
    if turns is None:
        # Square images keep their shape, others may or may not.
        return _resized(shape, height, width) if height == width else _resized(shape, None, None)
    return _resized(shape, width, height) if turns % 2 else _resized(shape, height, width)


@register_op("Rot90", shape=_turned_shape, aliases=True)
def _rot90(image: Value, turns: Value) -> Value:
    _check_image("Rot90", image)
    return packed(np.rot90(image, int(turns), (HEIGHT, WIDTH))) if turns % 4 else image


def rot90(image: TensorLike, k: TensorLike = 1, name: str | None = None) -> Tensor:
    """The image or images turned counter-clockwise by `k` quarters."""
    with name_scope(name, "rot90", [image, k]) as scope:
        inputs = [convert_to_tensor(image, name="image"), index_argument("Rot90", "k", k)]
        return single_output("Rot90", inputs, scope)


def _sides_exchanged(op: Operation) -> Shapes:
    height, width = _height_and_width(op.inputs[0].shape)
    return _resized(op.inputs[0].shape, width, height)


@register_op("TransposeImage", shape=_sides_exchanged)
def _transpose_image(image: Value) -> Value:
    _check_image("TransposeImage", image)
    return packed(np.swapaxes(image, HEIGHT, WIDTH))


def transpose_image(image: TensorLike, name: str | None = None) -> Tensor:
    """The image or images with height and width exchanged."""
    with name_scope(name, "transpose_image", [image]) as scope:
        return single_output("TransposeImage", [convert_to_tensor(image, name="image")], scope)


# Crop ----------------------------------------------------------------------------------------------------------------


def _crop_problem(dims: Sizes, box: Sizes) -> str | None:
    """What is wrong with a box (top, left, height, width) in an image, as far as the numbers are known."""
    (height, width), (top, left, rows, columns) = dims, box
    for words, value, least in (
        ("offset_width must be >= 0", left, 0),
        ("offset_height must be >= 0", top, 0),
        ("target_width must be > 0", columns, 1),
        ("target_height must be > 0", rows, 1),
    ):
        if value is not None and value < least:
            return f"{words}, got {value}"
    for words, whole, part, offset in (("width", width, columns, left), ("height", height, rows, top)):
        if whole is not None and part is not None and offset is not None and whole < part + offset:
            return f"{words} must be >= target + offset, got {whole} < {part} + {offset}"
    return None


def _cropped_shape(op: Operation) -> Shapes:
    box = known_entries(op.inputs[1], 4)
    problem = _crop_problem(_height_and_width(op.inputs[0].shape), box)
    if problem:
        raise ValueError(problem)
    return _resized(op.inputs[0].shape, box[2], box[3])


@register_op("CropToBoundingBox", shape=_cropped_shape, aliases=True)
def _crop_to_bounding_box(image: Value, box: Value) -> Value:
    _check_image("CropToBoundingBox", image)
    return _crop(image, *box.tolist())


def _crop(image: np.ndarray, top: int, left: int, height: int, width: int) -> np.ndarray:
    problem = _crop_problem(image.shape[HEIGHT:-1], (top, left, height, width))
    if problem:
        raise InvalidArgumentError(None, None, problem)
    return detached(image[..., top : top + height, left : left + width, :])


def crop_to_bounding_box(
    image: TensorLike,
    offset_height: TensorLike,
    offset_width: TensorLike,
    target_height: TensorLike,
    target_width: TensorLike,
) -> Tensor:
    """The part of the image or images whose upper left corner is at the offsets, of the target's size."""
    box = [offset_height, offset_width, target_height, target_width]
    return _with_numbers("CropToBoundingBox", "crop_to_bounding_box", "box", image, box)


def _central_shape(op: Operation) -> Shapes:
    fraction = float(op.get_attr("central_fraction"))
    sizes = [None if dim is None else _central(dim, fraction)[1] for dim in _height_and_width(op.inputs[0].shape)]
    return _resized(op.inputs[0].shape, *sizes)


def _central(length: int, fraction: float) -> tuple[int, int]:
    """Start and length of the middle part, the same number of pixels left out on both sides."""
    start = int((length - length * fraction) / 2)
    return start, length - 2 * start


@register_op("CentralCrop", shape=_central_shape, aliases=True, bind=True)
def _central_crop(op: Operation, session: Any) -> Callable[[Value], Value]:
    fraction = float(op.get_attr("central_fraction"))

    def crop(image: Value) -> Value:
        _check_image("CentralCrop", image)
        (top, height), (left, width) = (_central(length, fraction) for length in image.shape[HEIGHT:-1])
        return _crop(image, top, left, height, width)

    return crop


def central_crop(image: TensorLike, central_fraction: float) -> Tensor:
    """The middle of the image or images, `central_fraction` (0 to 1) of the height and of the width."""
    if not 0.0 < central_fraction <= 1.0:
        raise ValueError("central_fraction must be within (0, 1]")
    source = convert_to_tensor(image, name="image")
    if central_fraction == 1.0:
        return source
    with name_scope(None, "central_crop", [source]) as scope:
        return single_output("CentralCrop", [source], scope, central_fraction=float(central_fraction))


# Pad -----------------------------------------------------------------------------------------------------------------


def _pad_problem(dims: Sizes, box: Sizes) -> str | None:
    """What is wrong with the place (top, left) of an image in a larger one (height, width)."""
    (height, width), (top, left, rows, columns) = dims, box
    for words, value in (("offset_height", top), ("offset_width", left)):
        if value is not None and value < 0:
            return f"{words} must be >= 0, got {value}"
    for words, own, whole, offset in (("width", width, columns, left), ("height", height, rows, top)):
        if own is not None and whole is not None and offset is not None and own > whole - offset:
            return f"{words} must be <= target - offset, got {own} > {whole} - {offset}"
    return None


def _padded_shape(op: Operation) -> Shapes:
    box = known_entries(op.inputs[1], 4)
    problem = _pad_problem(_height_and_width(op.inputs[0].shape), box)
    if problem:
        raise ValueError(problem)
    return _resized(op.inputs[0].shape, box[2], box[3])


@register_op("PadToBoundingBox", shape=_padded_shape)
def _pad_to_bounding_box(image: Value, box: Value) -> Value:
    _check_image("PadToBoundingBox", image)
    return _pad(image, *box.tolist())


def _pad(image: np.ndarray, top: int, left: int, height: int, width: int) -> np.ndarray:
    own_height, own_width = image.shape[HEIGHT:-1]
    problem = _pad_problem((own_height, own_width), (top, left, height, width))
    if problem:
        raise InvalidArgumentError(None, None, problem)
    padded = np.zeros((*image.shape[:HEIGHT], height, width, image.shape[-1]), image.dtype)
    padded[..., top : top + own_height, left : left + own_width, :] = image
    return padded


def pad_to_bounding_box(
    image: TensorLike,
    offset_height: TensorLike,
    offset_width: TensorLike,
    target_height: TensorLike,
    target_width: TensorLike,
) -> Tensor:
    """The image or images on a field of zeros of the target's size, with the upper left corner at the offsets."""
    box = [offset_height, offset_width, target_height, target_width]
    return _with_numbers("PadToBoundingBox", "pad_to_bounding_box", "box", image, box)


def _fitted_shape(op: Operation) -> Shapes:
    height, width = known_entries(op.inputs[1], 2)
    for words, value in (("target_width", width), ("target_height", height)):
        if value is not None and value < 1:
            raise ValueError(f"{words} must be > 0, got {value}")
    return _resized(op.inputs[0].shape, height, width)


@register_op("ResizeImageWithCropOrPad", shape=_fitted_shape, aliases=True)
def _resize_image_with_crop_or_pad(image: Value, size: Value) -> Value:
    _check_image("ResizeImageWithCropOrPad", image)
    (height, width), (rows, columns) = image.shape[HEIGHT:-1], size.tolist()
    top, left = max((height - rows) // 2, 0), max((width - columns) // 2, 0)
    cropped = _crop(image, top, left, min(rows, height), min(columns, width))
    if cropped.shape[HEIGHT:-1] == (rows, columns):
        return cropped
    return _pad(cropped, max((rows - height) // 2, 0), max((columns - width) // 2, 0), rows, columns)


def resize_image_with_crop_or_pad(image: TensorLike, target_height: TensorLike, target_width: TensorLike) -> Tensor:
    """The image or images brought to the target's size by cutting off at the edges, or adding zeros, evenly."""
    name = "resize_image_with_crop_or_pad"
    return _with_numbers("ResizeImageWithCropOrPad", name, "size", image, [target_height, target_width])


def _with_numbers(op_type: str, name: str, parameter: str, image: TensorLike, numbers: list[TensorLike]) -> Tensor:
    with name_scope(None, name, [image, *numbers]) as scope:
        inputs = [convert_to_tensor(image, name="image"), index_argument(op_type, parameter, numbers)]
        return single_output(op_type, inputs, scope)
