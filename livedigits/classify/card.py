"""Model card: what a model file cannot say of itself, in a JSON file beside it."""

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from livedigits.classify.form import POLARITIES, SCALINGS, InputForm, ModelPolarity, Scaling
from livedigits.errors import ModelError

DIGIT_CLASSES = tuple("0123456789")
NOT_A_DIGIT = "not a digit"
CLASS_COUNTS = (len(DIGIT_CLASSES), len(DIGIT_CLASSES) + 1)
"""How many outputs a model of digits has."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """How a model is used, where it comes from and how good it is.

    Attributes:
        name: of the model.
        classes: of its outputs, in order.
        input_shape: of one patch.
        scaling: of its pixels, see `form.Scaling`.
        polarity: of the ink it was trained on, "light" on dark or "dark" on light.
        output: "logits" or "probabilities".
        temperature: logits are divided by it before the softmax (Guo et al., 2017).
        reject_threshold: a digit less probable than this is not reported.
        even_rubbish: its probability of "not a digit" that speaks neither for a digit nor against
            one: as many digits look worse as strange characters look better.
        training_data: what it learned from, each with its licence.
        figures: what was measured, a sentence or a number each.
        command: that made it.
        versions: of the packages that made it.
        files: SHA-256 of each file, by name.
    """

    name: str = "unnamed"
    classes: tuple[str, ...] = (*DIGIT_CLASSES, NOT_A_DIGIT)
    input_shape: tuple[int, ...] = (28, 28, 1)
    scaling: Scaling = "0..1"
    polarity: ModelPolarity = "light"
    output: str = "logits"
    temperature: float = 1.0
    reject_threshold: float = 0.5
    even_rubbish: float = 0.5
    training_data: tuple[str, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)
    command: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def form(self) -> InputForm:
        """How the model is given its pictures."""
        return InputForm(self.input_shape, self.scaling, self.polarity)

    @classmethod
    def beside(cls, model: Path) -> Self | None:
        """The card of a model, the .json of its name; None if there is none.

        Raises:
            ModelError: the file is no card, or its values fit no model.
        """
        path = card_path(model)
        if not path.is_file():
            return None
        card = cls.load(path)
        # Keras keeps architectures in files of that name, too; they say nothing that a card says.
        return None if card == cls() else card

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a card.

        Raises:
            ModelError: the file is no card, or its values fit no model.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            names = {i.name for i in dataclasses.fields(cls)}
            known: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in values.items()
                if name in names
            }
        except (OSError, ValueError, AttributeError) as error:
            raise ModelError(f"{path}: is no model card: {error}") from None
        if known.get("scaling") == _OLD_SCALING:
            known["scaling"] = cls().scaling
        wrong = [name for name, value in known.items() if not _fits(value, getattr(cls(), name))]
        wrong = wrong or cls(**known)._unusable()
        if wrong:
            raise ModelError(f"{path}: is no model card: {wrong[0]} is {known[wrong[0]]!r}")
        return cls(**known)

    def _unusable(self) -> list[str]:
        """The fields whose values no model can be run with."""
        usable = {
            "classes": self.classes in (DIGIT_CLASSES, (*DIGIT_CLASSES, NOT_A_DIGIT)),
            "scaling": self.scaling in SCALINGS,
            "polarity": self.polarity in POLARITIES,
            "output": self.output in ("logits", "probabilities"),
            "temperature": 0 < self.temperature < math.inf,
            "reject_threshold": 0 <= self.reject_threshold <= 1,
            "even_rubbish": 0 < self.even_rubbish < 1,
        }
        return [name for name, fits in usable.items() if not fits]

    def save(self, path: Path) -> None:
        """Writes the card as indented JSON."""
        path.write_text(self.text(), encoding="utf-8")

    def text(self) -> str:
        """The card as indented JSON."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"


def wrong_outputs(shape: tuple[int, ...]) -> str:
    """What to say of a model that gives an output of that shape for each picture."""
    return (
        f"has {math.prod(shape)} outputs, not those of the ten digits, or of the digits "
        f'and "{NOT_A_DIGIT}"'
    )


_OLD_SCALING = "0..1, ink 1"
"""What cards said before polarity had a field of its own."""


def card_path(model: Path) -> Path:
    """Where the card of a model lies: beside it, under its name with .json."""
    # The name of a folder may have a dot in it that begins no suffix: models/1.0
    return model.with_name(f"{model.name}.json") if model.is_dir() else model.with_suffix(".json")


def _fits(value: Any, example: Any) -> bool:
    """Whether a value has the type of another; whole numbers are numbers, too."""
    number = isinstance(example, float) and isinstance(value, int) and not isinstance(value, bool)
    return number or type(value) is type(example)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
