"""The classifier really learns."""

import numpy as np

from tfqueue.demo.classifier import GRID, SoftmaxClassifier, features


def striped(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise with a bright left half (label 0) or a bright right half (label 1)."""
    labels = rng.integers(0, 2, count).astype(np.int32)
    images = rng.normal(0.0, 1.0, (count, 16, 16, 3)).astype(np.float32)
    for image, label in zip(images, labels, strict=True):
        image[:, 8 * label : 8 * (label + 1)] += 1.0
    return images, labels


def test_the_first_loss_is_that_of_guessing() -> None:
    """Before anything is learnt the loss is the logarithm of the number of labels."""
    images, labels = striped(np.random.default_rng(0), 8)
    assert np.isclose(SoftmaxClassifier(labels=2).learn(images, labels), np.log(2))


def test_it_learns_what_it_never_saw() -> None:
    """The loss falls, and new images of the same kind are told apart."""
    rng = np.random.default_rng(0)
    classifier = SoftmaxClassifier(labels=2)
    losses = [classifier.learn(*striped(rng, 32)) for _ in range(30)]
    images, labels = striped(rng, 64)
    assert losses[-1] < 0.5 * losses[0]
    assert (classifier.predict(images) == labels).mean() > 0.9


def test_features_are_mean_and_spread_of_each_cell() -> None:
    """A flat image has its colour in every cell, and no spread."""
    image = np.zeros((1, 8, 8, 3), np.float32)
    image[..., 1] = 5.0
    means, spreads = np.split(features(image)[0], 2)
    assert means.reshape(GRID, GRID, 3)[0, 1].tolist() == [0.0, 5.0, 0.0]
    assert not spreads.any()
