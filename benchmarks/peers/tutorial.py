"""The tutorial: what most projects of this kind do, step by step as they have it.

Grey, blurred, one threshold for all of the picture, outer contours, each cut out and stretched to
28x28, and `model.predict` for each with a convnet trained on MNIST. They draw a box around each
digit and know no lines, so its digits get livedigits' own, in its favour.
"""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from benchmarks.peers.peer import PeerMissingError
from livedigits.capture import Image
from livedigits.classify import load_model, softmax
from livedigits.classify.quiet import quiet_keras
from livedigits.errors import ModelError
from livedigits.follow import group_lines
from livedigits.learn.architectures import build
from livedigits.learn.data import load_mnist
from livedigits.reading import Box, Digit, Reading

if TYPE_CHECKING:
    import keras

LEAST_AREA = 100
"""Pixels that a contour has to enclose."""

EPOCHS = 5
"""Of training; the digits of MNIST are not what it is short of."""


class Tutorial:
    """The pipeline with a model; its ink is dark."""

    name = "tutorial"

    def __init__(self, model: Path | None, data: Path | None, *, verbose: bool = False) -> None:
        """Loads a model, or trains one.

        Args:
            model: a Keras model of ten digits.
            data: MNIST to train one with, where none is given.
            verbose: whether to show the training's progress.

        Raises:
            PeerMissingError: there is neither.
            ModelError: the model cannot be used.
            DataError: the data cannot be used.
        """
        if model is not None:
            self._model, self._shape = _loaded(model)
        elif data is not None:
            self._model, self._shape = _trained(data, verbose), (28, 28, 1)
        else:
            raise PeerMissingError(
                "the tutorial pipeline is left out: it needs a model: give --tutorial-model "
                "mine.keras, or --data mnist.npz to train one"
            )
        self.version = f"tutorial pipeline (keras {version('keras')})"

    def read(self, image: Image) -> Reading:
        """Reads one picture."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        blurred = cv2.GaussianBlur(grey, (5, 5), 0)
        _, ink = cv2.threshold(blurred, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
        contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        digits = []
        for contour in contours:
            if cv2.contourArea(contour) < LEAST_AREA:
                continue
            box = Box(*cv2.boundingRect(contour))
            crop = cv2.resize(ink[box.y : box.bottom, box.x : box.right], (28, 28))
            picture = (crop / np.float32(255)).reshape(1, *self._shape)
            scores = np.asarray(self._model.predict(picture, verbose=0))
            if scores.min() < 0 or scores.sum() > 1.01:  # logits
                scores = softmax(scores)
            digits.append(Digit(str(scores.argmax()), float(scores.max()), box))
        grouped = group_lines(digits)
        height, width = image.shape[:2]
        return Reading(grouped.lines, grouped.digits, width=width, height=height)


def _loaded(path: Path) -> tuple["keras.Model", tuple[int, ...]]:
    loaded = load_model(path)
    pixels = int(np.prod(loaded.input_shape))
    if loaded.keras_model is None or pixels != 28 * 28 or loaded.outputs != 10:
        raise ModelError(f"{path}: is no Keras model from 28x28 pixels to ten digits")
    return loaded.keras_model, loaded.input_shape


def _trained(path: Path, verbose: bool) -> "keras.Model":
    """The convnet of Keras' own MNIST example, trained as it is there."""
    mnist = load_mnist(path)
    keras = quiet_keras()
    model = build("cnn")
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(
        mnist.train_pictures[..., None] / np.float32(255),
        mnist.train_labels,
        batch_size=128,
        epochs=EPOCHS,
        verbose=1 if verbose else 0,
    )
    return model
