"""Models for tests that read digits without training: one layer, fitted in closed form."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livedigits.classify import InputForm
from livedigits.find.patches import Patches
from livedigits.learn.reference import reference_digits

Floats = NDArray[np.float32]

PLAIN = InputForm()


@cache
def written() -> Patches:
    """A thousand patches, 0 to 9 again and again, by others than wrote the reference digits."""
    return np.asarray(reference_digits(100, seed=1) / np.float32(255), np.float32)


@dataclass(frozen=True, slots=True)
class Linear:
    """A layer from a picture's values to logits: `(values, 10)` and `(10,)`. An engine, too."""

    kernel: Floats
    bias: Floats
    name: str = "linear"
    classes: int = 10

    def __call__(self, inputs: Floats) -> Floats:
        return np.asarray(inputs.reshape(len(inputs), -1) @ self.kernel + self.bias, np.float32)


@cache
def linear_reader(form: InputForm = PLAIN) -> Linear:
    """Ridge regression of the digits on pictures of a form, as sure as it is right."""
    pictures = form(written()).reshape(len(written()), -1).astype(np.float64)
    labels = np.arange(len(pictures)) % 10
    learned, judged = slice(0, 800), slice(800, 1000)
    mean = pictures[learned].mean(axis=0)
    centred = pictures[learned] - mean
    products = centred @ centred.T  # pictures may have more values than there are pictures
    products.flat[:: len(products) + 1] += 2e-3 * np.trace(products)
    kernel = centred.T @ np.linalg.solve(products, np.eye(10)[labels[learned]] - 0.1)
    scores = (pictures[judged] - mean) @ kernel
    sureness = max(range(1, 60), key=lambda by: log_likelihood(scores * by, labels[judged]))
    kernel = kernel * sureness
    return Linear(kernel.astype(np.float32), (-mean @ kernel).astype(np.float32))


def log_likelihood(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean over the pictures."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    own = shifted[np.arange(len(labels)), labels]
    return float((own - np.log(np.exp(shifted).sum(axis=1))).mean())


def softmax(logits: NDArray[Any]) -> NDArray[Any]:
    """Probabilities, by the book."""
    exponent = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponent / exponent.sum(axis=1, keepdims=True)
