"""Softmax regression in NumPy: small enough to read, and it really learns.

An image is seen through a coarse grid: for each cell the mean and the spread of each colour. The weights start at zero,
so the first loss is the logarithm of the number of labels: pure guessing.
"""

from typing import Any

import numpy as np

GRID = 2
"""Cells along each side of an image."""
AVERAGED = 0.05
"""Part of the newest weights in their running mean: it spans some twenty batches."""

Images = np.ndarray[Any, np.dtype[np.float32]]
Labels = np.ndarray[Any, np.dtype[np.int32]]
Features = np.ndarray[Any, np.dtype[np.float32]]


class SoftmaxClassifier:
    """Linear in the features of `features()`; learns by stochastic gradient descent on the cross entropy.

    It predicts with the running mean of its weights (Polyak's averaging), which does not swing with the last batches.
    """

    def __init__(self, labels: int, learning_rate: float = 0.4) -> None:
        self._learning_rate = learning_rate
        self._weights = np.zeros((GRID * GRID * 3 * 2 + 1, labels), np.float32)
        self._mean_weights = np.zeros_like(self._weights)

    def learn(self, images: Images, labels: Labels) -> float:
        """One step on images [batch, height, width, 3] and labels [batch]; returns the mean loss before the step."""
        features = self._with_bias(images)
        probabilities = _softmax(features @ self._weights)
        rows = np.arange(len(labels))
        loss = -np.log(np.maximum(probabilities[rows, labels], 1e-12)).mean()
        probabilities[rows, labels] -= 1.0
        self._weights -= self._learning_rate * (features.T @ probabilities) / len(labels)
        self._mean_weights += AVERAGED * (self._weights - self._mean_weights)
        return float(loss)

    def predict(self, images: Images) -> Labels:
        """The likeliest label of each image, int32 [batch]."""
        return np.asarray((self._with_bias(images) @ self._mean_weights).argmax(axis=1), np.int32)

    def _with_bias(self, images: Images) -> Features:
        columns = features(images)
        return np.concatenate([columns, np.ones((len(columns), 1), np.float32)], axis=1)


def features(images: Images) -> Features:
    """Mean and standard deviation of each colour in each cell of the grid: [batch, GRID * GRID * 3 * 2].

    Height and width must be multiples of `GRID`.
    """
    means = _cell_means(images)
    variances = _cell_means(np.square(images)) - np.square(means)
    return np.concatenate([means, np.sqrt(np.maximum(variances, 0.0))], axis=1)


def _cell_means(images: Images) -> Features:
    # Rows first: whole lines of memory are added up, 20 times as fast as to reduce both sides of a cell at once.
    batch, height, width, colours = images.shape
    rows = images.reshape(batch, GRID, height // GRID, width * colours).mean(axis=2)
    cells: Features = rows.reshape(batch, GRID, GRID, width // GRID, colours).mean(axis=3).reshape(batch, -1)
    return cells


def _softmax(logits: Features) -> Features:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
