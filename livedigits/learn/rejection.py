"""Rejection: how often a model takes for a digit what is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from livedigits.classify import Classifier, ModelCard
from livedigits.learn import measure, rubbish
from livedigits.learn.augment import plain_patches
from livedigits.learn.canvases import NOT_A_DIGIT, Canvases, Picture, place
from livedigits.learn.data import load_characters
from livedigits.learn.data.arrays import opened_npz
from livedigits.learn.handwriting import LETTERS, SYMBOLS
from livedigits.learn.report import Mistake, mistakes_of
from livedigits.learn.robustness import Floats, Pictures, Rng, read_marks

Names = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class AtThresholds:
    """A number for each threshold of confidence: the thresholds themselves, or what reaches them.

    Attributes:
        mnist: keeps 99 % of MNIST's digits that training did not see.
        camera: keeps 99 % of the digits that the finder cuts out of rendered pages.
        reported: the card's own, from which on a reader reports a digit.
    """

    mnist: float
    camera: float
    reported: float


@dataclass(frozen=True, slots=True)
class KindFigures:
    """What became of marks of one kind.

    Attributes:
        name: of the kind.
        count: of marks.
        taken: share that was taken for digits.
    """

    name: str
    count: int
    taken: AtThresholds


@dataclass(frozen=True, slots=True)
class CharacterFigures:
    """What became of one character, written by several people.

    Attributes:
        alphabet: that it belongs to.
        name: of the character there.
        count: how often it was written.
        taken: how often it was taken for a digit.
        digit: the one that it was most often taken for.
    """

    alphabet: str
    name: str
    count: int
    taken: int
    digit: int


@dataclass(frozen=True, slots=True)
class Kind:
    """Marks that are no digit and can be made in any number.

    Attributes:
        name: a few words.
        make: draws one, some from pieces of digits.
    """

    name: str
    make: Callable[[Canvases, Rng], Picture]

    def marks(self, count: int, digits: Canvases, *, seed: int) -> Pictures:
        """So many of them, `(count, 64, 64)` uint8; the same seed draws the same ones."""
        rng = np.random.default_rng(seed)
        return np.stack([place(self.make(digits, rng)) for _ in range(count)])


KINDS = (
    Kind("letters", rubbish.character(LETTERS)),
    Kind("symbols", rubbish.character(SYMBOLS)),
    Kind("scribbles", rubbish.scribble),
    Kind("blots", rubbish.blot),
    Kind("textures", rubbish.texture),
    Kind("half digits", rubbish.fragment),
    Kind("touching digits", rubbish.touching),
)
"""The default model learns from marks by the same hand: how it does on them flatters it."""


@dataclass(frozen=True, slots=True)
class RealCharacters:
    """Characters that people wrote, none of them a digit, as a model reads them.

    Attributes:
        pictures: `(n, h, w)` uint8, ink 255.
        read: `(n, 11)` probabilities.
        alphabets: `(n,)` that they belong to.
        names: `(n,)` of the characters there.
    """

    pictures: Pictures
    read: Floats
    alphabets: Names
    names: Names

    def of(self, alphabets: Sequence[str]) -> Floats:
        """What was read in the characters of some alphabets."""
        return self.read[np.isin(self.alphabets, alphabets)]

    def often_taken(self, threshold: float) -> list[CharacterFigures]:
        """The characters that are taken for digits, those that are most often so first."""
        digits = np.where(
            measure.are_digits(self.read, threshold), self.read.argmax(axis=1), NOT_A_DIGIT
        )
        figures = []
        for alphabet, name in sorted(set(zip(self.alphabets, self.names, strict=True))):
            own = digits[(self.alphabets == alphabet) & (self.names == name)]
            counts = np.bincount(own, minlength=NOT_A_DIGIT)[:NOT_A_DIGIT]
            taken, digit = int(counts.sum()), int(counts.argmax())
            if taken:
                figures.append(CharacterFigures(str(alphabet), str(name), len(own), taken, digit))
        return sorted(figures, key=lambda i: i.taken / i.count, reverse=True)

    def mistakes(self, threshold: float) -> list[Mistake]:
        """Those that are taken for digits, the most confident first."""
        taken = np.flatnonzero(measure.are_digits(self.read, threshold))
        order = taken[np.argsort(-self.read[taken].max(axis=1), kind="stable")]
        truth = np.full(len(order), NOT_A_DIGIT)
        return mistakes_of(plain_patches(self.pictures[order]), self.read[order], truth)


def read_characters(classifier: Classifier, path: Path) -> RealCharacters:
    """Reads Omniglot characters (see `load_characters`), with their names where the file has any.

    Raises:
        DataError: the file is missing or is something else.
    """
    characters = load_characters(path)
    with opened_npz(path) as file:
        names = file["character"] if "character" in file else np.full(len(characters.pictures), "?")
    read = read_marks(classifier, characters.pictures)
    return RealCharacters(characters.pictures, read, characters.alphabets, names)


def unseen_alphabets(card: ModelCard, alphabets: Sequence[str]) -> list[str]:
    """Those alphabets of Omniglot that a model did not learn from, as its card tells.

    A card that names Omniglot names what was left out of it; one that does not learned from none.
    """
    learned = " ".join(i for i in card.training_data if "Omniglot" in i)
    return [i for i in alphabets if not learned or i in learned]


def judge_kind(name: str, read: Floats, thresholds: AtThresholds) -> KindFigures:
    """Figures of marks that are no digit.

    Args:
        name: of their kind.
        read: `(n, 11)` probabilities; n is at least 1.
        thresholds: from which on a mark counts as taken for a digit.
    """
    taken = (
        measure.taken_for_digits(read, i)
        for i in (thresholds.mnist, thresholds.camera, thresholds.reported)
    )
    return KindFigures(name, len(read), AtThresholds(*taken))
