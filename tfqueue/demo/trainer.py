"""The consumer: takes batches out of the pipeline, learns from them, and at the end looks at what was held out."""

import os
import time
from collections import deque

import numpy as np

import tfqueue as tf

from .classifier import SoftmaxClassifier
from .photographs import Photographs
from .pipeline import CONSUMER, SLOW_SECONDS, Pipeline
from .terminal import Progress

SUMMARY_SECONDS = 0.25
"""Time from one summary of the graph to the next."""
LAST_BATCHES = 10
"""The loss shown is the mean over this many."""
HELD_OUT_AT_MOST = 500
"""Held-out images looked at, so that a large folder does not keep the user waiting."""


class Trainer:
    """One classifier and the session it learns from. Used by one thread.

    Args:
        slow: sleep `SLOW_SECONDS[CONSUMER]` for every image of a batch.
    """

    def __init__(
        self, session: tf.Session, pipeline: Pipeline, labels: int, writer: tf.summary.FileWriter, slow: bool = False
    ) -> None:
        self.images = 0
        self.progress = Progress()
        self._classifier = SoftmaxClassifier(labels)
        self._session = session
        self._pipeline = pipeline
        self._writer = writer
        self._slow = slow
        self._losses: deque[float] = deque(maxlen=LAST_BATCHES)
        self._next_summary = 0.0

    def step(self, timeout: float) -> Progress:
        """Learn from one batch. Raises DeadlineExceededError when none comes within `timeout` seconds."""
        in_time = tf.RunOptions(timeout_in_ms=max(int(timeout * 1000), 1))
        images, labels = self._session.run([self._pipeline.images, self._pipeline.labels], options=in_time)
        loss = self._classifier.learn(images, labels)
        self._losses.append(loss)
        self.images += len(labels)
        first = self.progress.first_loss
        self.progress = Progress(
            batches=self.progress.batches + 1,
            first_loss=loss if first is None else first,
            loss=float(np.mean(self._losses)),
        )
        self._write_summary(loss)
        if self._slow:
            time.sleep(SLOW_SECONDS[CONSUMER] * len(labels))
        return self.progress

    def test(self, photographs: Photographs) -> tuple[int, int]:
        """How many of the held-out images are named rightly, and how many were looked at (spread over all labels).

        None are looked at when there was no batch to learn from.
        """
        if not self.progress.batches:
            return 0, 0
        files, labels = photographs.held_out_files, photographs.held_out_labels
        every = max(1, -(-len(files) // HELD_OUT_AT_MOST))
        right = 0
        for file, label in zip(files[::every], labels[::every], strict=True):
            image = self._session.run(self._pipeline.held_out_image, {self._pipeline.held_out_file: os.fsencode(file)})
            right += int(self._classifier.predict(image[np.newaxis])[0] == label)
        return right, len(files[::every])

    def _write_summary(self, loss: float) -> None:
        if time.monotonic() < self._next_summary:
            return
        self._next_summary = time.monotonic() + SUMMARY_SECONDS
        summary = self._session.run(self._pipeline.summaries, {self._pipeline.loss: loss})
        self._writer.add_summary(summary, self.progress.batches)
