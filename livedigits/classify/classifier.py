"""Classifier: a model with its card; patches in, calibrated probabilities out."""

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from livedigits.classify.card import DIGIT_CLASSES, NOT_A_DIGIT, ModelCard, sha256
from livedigits.classify.engines import Engine, KerasEngine, LiteRTEngine
from livedigits.errors import ModelError
from livedigits.find.patches import Patches

EngineName = Literal["auto", "litert", "keras"]

Probabilities = npt.NDArray[np.float32]
"""`(n, 11)` float32: the ten digits, then "not a digit"; rows sum to 1."""

DEFAULT_MODEL = "livedigits"


class Classifier:
    """Reads patches.

    Attributes:
        engine: what runs the model.
        card: how it is used.

    Example:
        >>> classifier = load_classifier()
        >>> classifier(np.zeros((2, 28, 28), np.float32)).shape
        (2, 11)
    """

    def __init__(self, engine: Engine, card: ModelCard) -> None:
        """Joins an engine with the card of the model that it runs."""
        self.engine = engine
        self.card = card

    def __call__(self, patches: Patches) -> Probabilities:
        """Calibrated probabilities.

        Args:
            patches: `(n, 28, 28)` float32 in [0, 1], ink 1.

        Returns:
            `(n, 11)`; a model of ten classes gives "not a digit" the probability 0.
        """
        outputs = self.engine(patches).astype(np.float64)
        if self.card.output == "probabilities":
            outputs = np.log(np.maximum(outputs, 1e-12))
        result = np.zeros((len(patches), len(DIGIT_CLASSES) + 1), np.float32)
        result[:, : outputs.shape[1]] = softmax(outputs, self.card.temperature)
        return result


def softmax(logits: npt.NDArray[np.floating], temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """Probabilities of `(n, classes)` logits, divided by a temperature first; n may be 0."""
    scaled = np.asarray(logits, np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True, initial=-np.inf)
    exponent = np.exp(scaled)
    return np.asarray(exponent / exponent.sum(axis=1, keepdims=True), np.float64)


def load_classifier(model: str | Path | None = None, engine: EngineName = "auto") -> Classifier:
    """Loads a model.

    Args:
        model: "livedigits" or None for the default one, else the path of a .keras or .tflite file;
            a card of the same name with .json is used where there is one.
        engine: "litert" is fast to start, "keras" runs the model as trained; "auto" takes litert
            where an export of the very same model lies beside it, else keras.

    Raises:
        ModelError: the model is missing, damaged, or reads no digits.
    """
    path = models_folder() / f"{DEFAULT_MODEL}.keras"
    if model is not None and str(model) != DEFAULT_MODEL:
        path = Path(model)
    if not path.is_file():
        raise ModelError(
            f"{path}: there is no such model; give a .keras or .tflite file, or leave --model out"
        )
    if path.suffix not in (".keras", ".tflite"):
        raise ModelError(f"{path}: is neither a .keras nor a .tflite file")
    card = ModelCard.beside(path)
    chosen = _engine(path, card, engine)
    if chosen.classes not in (len(DIGIT_CLASSES), len(DIGIT_CLASSES) + 1):
        raise ModelError(
            f"{path}: has {chosen.classes} outputs, not those of the ten digits, or of the digits "
            f'and "{NOT_A_DIGIT}"'
        )
    return Classifier(chosen, card or _card_of_unknown(path, chosen))


def models_folder() -> Path:
    """Where the shipped models lie: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "models"
    return installed if installed.is_dir() else package.parent / "models"


def _engine(path: Path, card: ModelCard | None, engine: EngineName) -> Engine:
    if path.suffix == ".tflite":
        if engine == "keras":
            raise ModelError(f"{path}: is a LiteRT file, which the keras engine cannot run")
        return LiteRTEngine(path)
    export = path.with_suffix(".tflite")
    same = card is not None and _is_same(path, card) and _is_same(export, card)
    if engine == "keras" or (engine == "auto" and not same):
        return KerasEngine(path)
    if not same:
        raise ModelError(f"{path}: has no LiteRT export of its own beside it; use --engine keras")
    return LiteRTEngine(export)


def _is_same(path: Path, card: ModelCard) -> bool:
    return path.is_file() and card.files.get(path.name) == sha256(path)


def _card_of_unknown(path: Path, engine: Engine) -> ModelCard:
    """A card for a model that has none: its outputs are probabilities if they look like some."""
    noise = np.random.default_rng(0).random((8, 28, 28), dtype=np.float32)
    outputs = engine(noise)
    sums_to_one = bool((outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=1e-3))
    return ModelCard(name=path.stem, output="probabilities" if sums_to_one else "logits")
