"""Classifier: a model with its card; patches in, calibrated probabilities out."""

import numpy as np
import numpy.typing as npt

from livedigits.classify.card import CLASS_COUNTS, ModelCard
from livedigits.classify.engines import Engine
from livedigits.classify.form import InputForm
from livedigits.find.patches import Patches

Probabilities = npt.NDArray[np.float32]
"""`(n, 11)` float32: the ten digits, then "not a digit"; rows sum to 1."""


class Classifier:
    """Reads patches.

    Attributes:
        engine: what runs the model.
        card: how it is used.
        form: of the pictures that the model takes.

    Example:
        >>> classifier = load_classifier()
        >>> classifier(np.zeros((2, 28, 28), np.float32)).shape
        (2, 11)
    """

    def __init__(self, engine: Engine, card: ModelCard) -> None:
        """Joins an engine with the card of the model that it runs."""
        self.engine = engine
        self.card = card
        self.form: InputForm = card.form

    def __call__(self, patches: Patches) -> Probabilities:
        """Calibrated probabilities.

        Args:
            patches: `(n, 28, 28)` float32 in [0, 1], ink 1.

        Returns:
            `(n, 11)`; a model of ten classes gives "not a digit" the probability 0.
        """
        outputs = self.engine(self.form(patches)).astype(np.float64)
        if self.card.output == "probabilities":
            outputs = np.log(np.maximum(outputs, 1e-12))
        result = np.zeros((len(patches), max(CLASS_COUNTS)), np.float32)
        result[:, : outputs.shape[1]] = softmax(outputs, self.card.temperature)
        return result


def softmax(logits: npt.NDArray[np.floating], temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """Probabilities of `(n, classes)` logits, divided by a temperature first; n may be 0."""
    scaled = np.asarray(logits, np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True, initial=-np.inf)
    exponent = np.exp(scaled)
    return np.asarray(exponent / exponent.sum(axis=1, keepdims=True), np.float64)
