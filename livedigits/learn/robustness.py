"""Robustness: how a model bears digits that are prepared in other ways than MNIST's.

Each condition alters pictures in MNIST's form as other programs, pens and cameras do. It is judged
twice: the model alone on the altered picture; and as a user meets it, where that picture is cut out
and goes through the one patch function, as every mark does that the finder hands on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.classify import Classifier, softmax
from livedigits.find.patches import SIZE
from livedigits.learn import measure
from livedigits.learn.augment import plain_patches

Picture = npt.NDArray[np.uint8]
"""A digit, `(28, 28)` uint8, ink 255."""

Floats = npt.NDArray[np.float64]
Rng = np.random.Generator
Alter = Callable[[Picture, Rng], Picture]

Pictures = npt.NDArray[np.uint8]
"""Marks, `(n, h, w)` uint8, ink 255."""

_BATCH = 500
"""Pictures prepared and read at a time: they are larger meanwhile."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One way in which digits come out differently.

    Attributes:
        name: a few words.
        bar: share of errors to stay below: what a network of 36,000 weights with a background class
            reaches that was trained with affine maps, other stroke widths, blur, thresholds, gain
            and noise; None where that is not known.
        alter: makes such a picture.
        ink: what the finder takes for ink in it, bright or dark pixels; None where nothing but
            the finder itself could tell, so that there is no such picture as a user meets it.
    """

    name: str
    bar: float | None
    alter: Alter
    ink: Literal["light", "dark"] | None = "light"


@dataclass(frozen=True, slots=True)
class ReadFigures:
    """How digits were read.

    Attributes:
        error: share read wrongly, "not a digit" counting as wrong.
        error_among_digits: share read wrongly where "not a digit" is no choice.
        confidence: mean probability of what was read.
        calibration_error: expected calibration error.
        untempered: the same at the temperature 1, to show what the card's own is worth.
    """

    error: float
    error_among_digits: float
    confidence: float
    calibration_error: float
    untempered: float


@dataclass(frozen=True, slots=True)
class ConditionFigures:
    """How digits were read under one condition.

    Attributes:
        name: of the condition.
        bar: its own, a share of errors.
        alone: the model on the altered pictures.
        met: as a user meets it; None where the condition has no such form.
    """

    name: str
    bar: float | None
    alone: ReadFigures
    met: ReadFigures | None

    @property
    def beaten(self) -> bool | None:
        """Whether the model alone stays below the bar; None without one."""
        return None if self.bar is None else self.alone.error < self.bar


def judge_condition(
    classifier: Classifier,
    condition: Condition,
    pictures: Pictures,
    labels: npt.NDArray[np.int64],
    *,
    seed: int,
) -> ConditionFigures:
    """Alters digits and reads them.

    Args:
        classifier: the model.
        condition: how to alter them.
        pictures: `(n, 28, 28)` uint8, prepared as MNIST's are; n is at least 1.
        labels: `(n,)`, 0 to 9.
        seed: of what is random in a condition.
    """
    altered = alter(condition, pictures, seed=seed)
    alone = judge_digits(classifier, read_patches(classifier, altered), labels)
    met = None
    if condition.ink is not None:
        ink = altered if condition.ink == "light" else np.bitwise_not(altered)
        met = judge_digits(classifier, read_marks(classifier, ink), labels)
    return ConditionFigures(condition.name, condition.bar, alone, met)


def alter(condition: Condition, pictures: Pictures, *, seed: int) -> Pictures:
    """Pictures `(n, 28, 28)` uint8 under a condition; the same seed gives the same ones."""
    rng = np.random.default_rng(seed)
    return np.stack([condition.alter(picture, rng) for picture in pictures])


def read_patches(classifier: Classifier, pictures: Pictures) -> Floats:
    """The probabilities, `(n, 11)`, of pictures that are patches as they are, `(n, 28, 28)`."""
    batches = (np.asarray(i / np.float32(255), np.float32) for i in _batches(pictures))
    return np.concatenate([classifier(i) for i in batches]).astype(np.float64)


def read_marks(classifier: Classifier, pictures: Pictures) -> Floats:
    """The probabilities, `(n, 11)`, of marks that are cut out and made patches of first."""
    batches = map(plain_patches, _batches(pictures))
    return np.concatenate([classifier(i) for i in batches]).astype(np.float64)


def judge_digits(
    classifier: Classifier, read: Floats, labels: npt.NDArray[np.int64]
) -> ReadFigures:
    """Figures of digits.

    Args:
        classifier: what read them.
        read: `(n, 11)` probabilities; n is at least 1.
        labels: `(n,)`, 0 to 9.
    """
    # A power undoes a temperature, up to the sum of the row.
    untempered = softmax(np.log(np.maximum(read, 1e-12)), 1 / classifier.card.temperature)
    return ReadFigures(
        error=measure.error_rate(read, labels),
        error_among_digits=measure.error_rate(read[:, :10], labels),
        confidence=float(read.max(axis=1).mean()),
        calibration_error=measure.calibration_error(read, labels),
        untempered=measure.calibration_error(untempered, labels),
    )


def _batches(pictures: Pictures) -> Iterator[Pictures]:
    for start in range(0, len(pictures), _BATCH):
        yield pictures[start : start + _BATCH]


def _same(picture: Picture, rng: Rng) -> Picture:
    return picture


def _refitted(side: int, *, stretch: bool = False, by_mass: bool = False) -> Alter:
    """Cuts the ink out and scales it to a box in the middle, which its mass or its edges tell."""

    def refit(picture: Picture, rng: Rng) -> Picture:
        x, y, w, h = cv2.boundingRect(picture)
        if not w:
            return picture
        longest = max(w, h)
        width, height = (side, side) if stretch else (side * w / longest, side * h / longest)
        size = (max(1, round(width)), max(1, round(height)))
        ink = cv2.resize(picture[y : y + h, x : x + w], size, interpolation=cv2.INTER_LINEAR)
        left, top = (
            _middle(ink, axis) if by_mass else (SIZE - ink.shape[axis]) // 2 for axis in (1, 0)
        )
        refitted = np.zeros_like(picture)
        refitted[top : top + size[1], left : left + size[0]] = ink
        return refitted

    return refit


def _middle(ink: Picture, axis: int) -> int:
    """Where ink has to begin on an axis for its centre of mass to come to MNIST's, pixel 14."""
    profile = ink.sum(axis=1 - axis, dtype=np.float64)
    mass = float(profile @ np.arange(len(profile)) / max(profile.sum(), 1))
    return int(np.clip(round(14 - mass), 0, SIZE - len(profile)))


def _binarised(picture: Picture, rng: Rng) -> Picture:
    return np.asarray((picture > 127) * np.uint8(255), np.uint8)


def _thicker(picture: Picture, rng: Rng) -> Picture:
    return np.asarray(cv2.dilate(picture, np.ones((3, 3), np.uint8)), np.uint8)


def _thinner(picture: Picture, rng: Rng) -> Picture:
    return np.asarray(cv2.erode(picture, np.ones((2, 2), np.uint8)), np.uint8)


def _rotated(degrees: float) -> Alter:
    middle = (SIZE - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), degrees, 1)

    def rotate(picture: Picture, rng: Rng) -> Picture:
        return np.asarray(cv2.warpAffine(picture, matrix, (SIZE, SIZE)), np.uint8)

    return rotate


def _shifted(picture: Picture, rng: Rng) -> Picture:
    """To one of the four sides, which cuts some digits off."""
    return _moved(picture, *((4, 0), (-4, 0), (0, 4), (0, -4))[rng.integers(4)])


def _shifted_twice(picture: Picture, rng: Rng) -> Picture:
    return _moved(picture, 4, 4)


def _moved(picture: Picture, right: int, down: int) -> Picture:
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return np.asarray(cv2.warpAffine(picture, matrix, (SIZE, SIZE)), np.uint8)


def _blurred(picture: Picture, rng: Rng) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5), np.uint8)


def _pale(picture: Picture, rng: Rng) -> Picture:
    return np.asarray(cv2.convertScaleAbs(picture, alpha=0.4), np.uint8)


def _noisy(picture: Picture, rng: Rng) -> Picture:
    noisy = picture + rng.normal(0, 40, picture.shape)
    return np.asarray(np.clip(np.rint(noisy), 0, 255), np.uint8)


def _upside_down(picture: Picture, rng: Rng) -> Picture:
    return np.ascontiguousarray(picture[::-1, ::-1])


def _inverted(picture: Picture, rng: Rng) -> Picture:
    return np.bitwise_not(picture)


CONDITIONS = (
    Condition("clean", 0.0073, _same),
    Condition("re-cropped, 20x20, centre of mass", 0.0071, _refitted(20, by_mass=True)),
    Condition("re-cropped, 20x20, centred by its box", 0.0075, _refitted(20)),
    Condition("aspect kept, 28x28, no margin", 0.0181, _refitted(28)),
    Condition("stretched to 28x28", 0.136, _refitted(28, stretch=True)),
    Condition("stretched to 20x20", 0.063, _refitted(20, stretch=True)),
    Condition("hard-binarised", 0.0088, _binarised),
    Condition("strokes thicker, 3x3 dilate", 0.0154, _thicker),
    Condition("strokes thinner, 2x2 erode", 0.0157, _thinner),
    Condition("rotated 15 deg", 0.0104, _rotated(15)),
    Condition("rotated 30 deg", 0.060, _rotated(30)),
    Condition("rotated -15 deg", None, _rotated(-15)),
    Condition("rotated -30 deg", None, _rotated(-30)),
    Condition("shifted 4 px to any side", 0.0094, _shifted),
    Condition("shifted 4 px right and 4 down", None, _shifted_twice),
    Condition("blur, sigma 1.5", 0.0170, _blurred),
    Condition("contrast x0.4", 0.0086, _pale),
    Condition("noise, sigma 40", 0.1515, _noisy, ink=None),
    Condition("upside down", 0.56, _upside_down),
    Condition("inverted polarity", 0.90, _inverted, ink="dark"),
)
"""Turns are against the clock where positive."""
