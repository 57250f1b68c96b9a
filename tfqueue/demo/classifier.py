"""Softmax regression in NumPy: small enough to read, and it really learns.

An image is seen through a coarse grid: for each cell the mean and the spread of each colour. The weights start at zero,
so the first loss is the logarithm of the number of labels: pure guessing.
"""

from typing import Any

import numpy as np

GRID = 4
"""Cells along each side of an image."""

Images = np.ndarray[Any, np.dtype[np.float32]]
Labels = np.ndarray[Any, np.dtype[np.int32]]
Features = np.ndarray[Any, np.dtype[np.float32]]


class SoftmaxClassifier:
    """Linear in the features of `features()`; learns by stochastic gradient descent on the cross entropy."""

    def __init__(self, labels: int, learning_rate: float = 0.2) -> None:
        self._labels = labels
        self._learning_rate = learning_rate
        self._weights = np.zeros((GRID * GRID * 3 * 2 + 1, labels), np.float32)

    def learn(self, images: Images, labels: Labels) -> float:
        """One step on images [batch, height, width, 3] and labels [batch]; returns the mean loss before the step."""
        features = self._with_bias(images)
        probabilities = _softmax(features @ self._weights)
        rows = np.arange(len(labels))
        loss = -np.log(np.maximum(probabilities[rows, labels], 1e-12)).mean()
        probabilities[rows, labels] -= 1.0
        self._weights -= self._learning_rate * (features.T @ probabilities) / len(labels)
        return float(loss)

    def predict(self, images: Images) -> Labels:
        """The likeliest label of each image, int32 [batch]."""
        return np.asarray((self._with_bias(images) @ self._weights).argmax(axis=1), np.int32)

    def _with_bias(self, images: Images) -> Features:
        columns = features(images)
        return np.concatenate([columns, np.ones((len(columns), 1), np.float32)], axis=1)


def features(images: Images) -> Features:
    """Mean and standard deviation of each colour in each cell of the grid: [batch, GRID * GRID * 3 * 2].

    Height and width must be multiples of `GRID`.
    """
    batch, height, width, colours = images.shape
    cells = images.reshape(batch, GRID, height // GRID, GRID, width // GRID, colours)
    return np.concatenate(
        [cells.mean(axis=(2, 4)).reshape(batch, -1), cells.std(axis=(2, 4)).reshape(batch, -1)], axis=1
    )


def _softmax(logits: Features) -> Features:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
