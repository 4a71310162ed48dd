"""Model options: what a user can say of a model that its file does not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livedigits.classify.form import ModelPolarity, Scaling


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How a model is to be loaded and given its pictures.

    Attributes:
        scaling: of the pixels it was trained on; None takes the card's, else finds it by probing.
        polarity: of the ink it was trained on; None likewise.
        architecture: name of the network that takes the weights of the file; None takes the file's
            own.
        build: makes that network, a `keras.Model`.
        allow_code: runs Python code that the file holds, in Lambda layers for one. Only for files
            from someone you trust: it can do whatever you can.
    """

    scaling: Scaling | None = None
    polarity: ModelPolarity | None = None
    architecture: str | None = None
    build: Callable[[], Any] | None = None
    allow_code: bool = False
