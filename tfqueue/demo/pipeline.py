"""The demo's graph, in TensorFlow 1's own words: files -> bytes -> augmented pictures -> shuffled batches.

    filenames  --read files-->  encoded  --decode, augment-->  batches  --train-->

Each arrow is a stage with threads of its own, each name a queue; the last stage is whoever runs `images` and `labels`.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import tfqueue as tf

from .photographs import SIDE, Photographs

CROP = 96
"""Height and width, in pixels, of the pictures that the classifier sees."""
FILENAMES_CAPACITY = 64
ENCODED_CAPACITY = 64
BATCHES_MIXED = 2
"""Batches that the shuffle queue keeps back, so that neighbours on disk come apart."""
BATCHES_AHEAD = 4
"""Batches that may wait beyond those."""

SOURCE, TRANSFORM, CONSUMER = "source", "transform", "consumer"
SLOW_SECONDS = {SOURCE: 0.01, TRANSFORM: 0.02, CONSUMER: 0.01}
"""What `--slow` adds, in seconds an image: to reading it, to augmenting it, to learning from it."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The ends of the graph that a program holds in its hands."""

    graph: tf.Graph
    images: tf.Tensor
    """A batch of augmented pictures, float32 [batch, CROP, CROP, 3]."""
    labels: tf.Tensor
    """Their labels, int32 [batch]."""
    loss: tf.Tensor
    """Placeholder for the loss that the classifier reports, float32 []."""
    summaries: tf.Tensor
    """All of the graph's summaries: the loss, and TF1's scalar for each queue. Running it empties no queue."""
    held_out_file: tf.Tensor
    """Placeholder for the name of a file, string []."""
    held_out_image: tf.Tensor
    """That file's picture, cropped at its middle and whitened, float32 [CROP, CROP, 3]."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What each stage does, by the stage's name."""


def build(photographs: Photographs, batch_size: int, threads: int, seed: int, slow: str | None = None) -> Pipeline:
    """The whole graph.

    Args:
        photographs: the files to train on.
        batch_size: pictures in a batch.
        threads: how many of them decode and augment.
        seed: of every random choice.
        slow: `SOURCE` or `TRANSFORM` adds that stage's `SLOW_SECONDS` to every picture.
    """
    graph = tf.Graph()
    with graph.as_default():
        tf.set_random_seed(seed)
        names = [os.fsencode(file) for file in photographs.train_files]
        labels = np.asarray(photographs.train_labels, np.int32)
        file, label = tf.train.slice_input_producer(
            [names, labels], capacity=FILENAMES_CAPACITY, shuffle=True, seed=seed, name="filenames"
        )
        encoded = _read(file, label, slow == SOURCE)
        contents, label = encoded.dequeue()
        image = augment(decode(contents, photographs.uniform))
        if slow == TRANSFORM:
            image = _delayed(image, SLOW_SECONDS[TRANSFORM])
        images, labels = tf.train.shuffle_batch(
            [image, label],
            batch_size,
            capacity=(BATCHES_MIXED + BATCHES_AHEAD) * batch_size,
            min_after_dequeue=BATCHES_MIXED * batch_size,
            num_threads=threads,
            seed=seed,
            name="batches",
        )
        loss = tf.placeholder(tf.float32, [], name="loss_value")
        tf.summary.scalar("loss", loss)
        held_out_file = tf.placeholder(tf.string, [], name="held_out_file")
        held_out = decode(tf.read_file(held_out_file), photographs.uniform)
        margin = (SIDE - CROP) // 2
        held_out_image = tf.image.per_image_whitening(held_out[margin : margin + CROP, margin : margin + CROP, :])
        summaries = tf.summary.merge_all()
        assert summaries is not None  # the loss at least is there
        return Pipeline(graph, images, labels, loss, summaries, held_out_file, held_out_image, _titles(graph))


def find_broken(
    session: tf.Session, pipeline: Pipeline, files: tuple[str, ...]
) -> tuple[str, tf.errors.OpError] | None:
    """The first file that the pipeline itself cannot read or decode, and why; None when all are sound.

    Asked only after an error: a kernel that decodes sees bytes, and cannot name the file that they came from.
    """
    for file in files:
        try:
            session.run(pipeline.held_out_image, {pipeline.held_out_file: os.fsencode(file)})
        except tf.errors.OpError as error:
            return file, error
    return None


def decode(contents: tf.Tensor, uniform: bool) -> tf.Tensor:
    """An encoded picture, string [], as pixels [SIDE, SIDE, 3]: uint8, or float32 where it had to be resized."""
    image = tf.image.decode_jpeg(contents, channels=3)
    if uniform:
        image.set_shape([SIDE, SIDE, 3])
        return image
    return tf.image.resize_images(image, [SIDE, SIDE])


def augment(image: tf.Tensor) -> tf.Tensor:
    """The five augmentations of the slides: pixels [SIDE, SIDE, 3] to float32 [CROP, CROP, 3], mean 0, variance 1."""
    image = tf.random_crop(image, [CROP, CROP, 3])
    image = tf.image.random_flip_left_right(image)
    image = tf.image.random_brightness(tf.cast(image, tf.float32), max_delta=63.0)
    image = tf.image.random_contrast(image, lower=0.5, upper=1.5)
    return tf.image.per_image_whitening(image)


def _read(file: tf.Tensor, label: tf.Tensor, slow: bool) -> tf.FIFOQueue:
    """A queue of (encoded picture, label), filled from files by a runner of its own."""
    contents = tf.read_file(file)
    if slow:
        contents = _delayed(contents, SLOW_SECONDS[SOURCE])
    encoded = tf.FIFOQueue(ENCODED_CAPACITY, [tf.string, tf.int32], shapes=[[], []], name="encoded")
    tf.train.add_queue_runner(tf.train.QueueRunner(encoded, [encoded.enqueue([contents, label])]))
    return encoded


def _delayed(value: tf.Tensor, seconds: float) -> tf.Tensor:
    def wait(array: Any) -> Any:
        time.sleep(seconds)
        return array

    delayed: tf.Tensor = tf.py_func(wait, [value], value.dtype)
    delayed.set_shape(value.get_shape())
    return delayed


def _titles(graph: tf.Graph) -> dict[str, str]:
    """The runners were made from the first stage to the last, and a stage bears the name of the queue it fills."""
    runners = [runner.name for runner in graph.get_collection(tf.GraphKeys.QUEUE_RUNNERS)]
    titles = dict(zip(runners, ("list files", "read files", "decode, augment"), strict=True))
    return {**titles, f"{runners[-1]}/consumer": "train"}
