"""Sightings: of all candidates of a frame, those that are digits, one for each place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from livedigits.find import Candidate
from livedigits.reading import Box
from livedigits.settings import ClassifySettings

Boxes = npt.NDArray[np.float64]
"""`(n, 4)`: x, y, width and height."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A digit seen in one frame.

    Attributes:
        box: where, in pixels of the original frame.
        probabilities: `(11,)` float32, the ten digits and "not a digit".
        contrast: grey levels that its ink differs from its paper.
    """

    box: Box
    probabilities: npt.NDArray[np.float32]
    contrast: float = 0.0

    @property
    def value(self) -> str:
        """The likeliest digit."""
        return str(int(self.probabilities[:10].argmax()))

    @property
    def confidence(self) -> float:
        """The probability of that digit."""
        return float(self.probabilities[:10].max())

    @property
    def prominence(self) -> float:
        """How much it stands out: sure, large and dark digits do, slivers do not."""
        size = math.sqrt(self.box.w * self.box.h)
        return self.confidence**2 * self.contrast * size


def sightings_of(
    candidates: Sequence[Candidate],
    probabilities: npt.NDArray[np.float32],
    threshold: float,
    settings: ClassifySettings | None = None,
) -> list[Sighting]:
    """Of all candidates, the digits.

    What is far fainter or smaller than the rest goes, and of overlapping marks all but the surest;
    how far the rest is believed depends on how much of it is digits.

    Args:
        candidates: of one frame.
        probabilities: `(len(candidates), 11)`, theirs.
        threshold: least probability of a digit.
        settings: how a page of digits looks.

    Returns:
        Digits, the surest first.
    """
    settings = settings or ClassifySettings()
    order = np.argsort(-probabilities[:, :10].max(axis=1, initial=0), kind="stable").tolist()
    seen = [Sighting(candidates[i].box, probabilities[i], candidates[i].contrast) for i in order]
    marks = _for_page(apart(_alike(seen, settings)), settings)
    digits = [mark for mark in marks if mark.confidence >= threshold]
    others = [mark for mark in marks if mark.confidence < threshold]
    return _out_of_words(digits, others, settings)


def _alike(sightings: list[Sighting], settings: ClassifySettings) -> list[Sighting]:
    """Drops what is far fainter or smaller than the digits that stand out.

    Grain, shadows and pieces of ruled lines look like a 1 often enough, but the digits of a page
    are of a size and of one pen, more or less. The measure is the median digit by prominence:
    neither many specks nor a single headline move it far.
    """
    if not sightings:
        return []
    weight = np.array([sighting.prominence for sighting in sightings])
    contrast = _median(np.array([sighting.contrast for sighting in sightings]), weight)
    height = _median(np.array([sighting.box.h for sighting in sightings], float), weight)
    return [
        sighting
        for sighting in sightings
        if sighting.contrast >= settings.least_contrast * contrast
        and settings.least_height <= sighting.box.h / height <= settings.most_height
    ]


def _for_page(marks: list[Sighting], settings: ClassifySettings) -> list[Sighting]:
    """Adjusts the marks' probabilities to the share of digits among them.

    On a page of numbers a doubtful mark is likely a digit, on a page of words it is not. The
    share is not known either; it is the one under which the adjusted probabilities come to it
    (Saerens, Latinne & Decaestecker, 2002, expectation maximisation).
    """
    if not marks:
        return []
    assumed = settings.assumed_digits
    rubbish = np.array([mark.probabilities[10] for mark in marks], np.float64)
    share = assumed
    for _ in range(20):
        digit = (1 - rubbish) * share / assumed
        other = rubbish * (1 - share) / (1 - assumed)
        total = float((digit / (digit + other)).sum())
        # As if 6.2 marks more had been seen, 6 of them digits: few marks tell little.
        share = (total + 6) / (len(marks) + 6.2)
    factors = np.full(11, share / assumed)
    factors[10] = (1 - share) / (1 - assumed)
    adjusted = np.array([mark.probabilities for mark in marks], np.float64) * factors
    adjusted /= adjusted.sum(axis=1, keepdims=True)
    return [
        replace(mark, probabilities=row)
        for mark, row in zip(marks, adjusted.astype(np.float32), strict=True)
    ]


def _out_of_words(
    digits: list[Sighting], others: list[Sighting], settings: ClassifySettings
) -> list[Sighting]:
    """Drops digits among letters: an o or an l within a word looks like one and is none."""
    if not digits or not others:
        return digits
    boxes = np.array([digit.box for digit in digits], float)
    letters = np.array([other.box for other in others], float)
    # Only marks of the same pen count: grain and ruled lines stand beside digits, too.
    ink = np.array([digit.contrast for digit in digits])
    same_pen = np.array([other.contrast for other in others]) >= 0.6 * ink[:, None]
    letters_near = (_beside(boxes, letters) & same_pen).sum(axis=1)
    digits_near = _beside(boxes, boxes).sum(axis=1)
    in_word = (letters_near >= 2) & (letters_near > settings.word_letters * digits_near)
    return [digit for digit, drop in zip(digits, in_word.tolist(), strict=True) if not drop]


def _beside(
    boxes: npt.NDArray[np.float64], marks: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Which marks stand in a row with which boxes, about as tall and near."""
    height = boxes[:, None, 3]
    offset = np.abs(
        (boxes[:, None, :2] + boxes[:, None, 2:] / 2)
        - (marks[None, :, :2] + marks[None, :, 2:] / 2)
    )
    gap = offset[..., 0] - (boxes[:, None, 2] + marks[None, :, 2]) / 2
    return np.asarray(
        (gap > -0.2 * height)
        & (gap < 1.2 * height)
        & (offset[..., 1] < 0.6 * height)
        & (marks[None, :, 3] > 0.4 * height)
        & (marks[None, :, 3] < 2.5 * height)
    )


def _median(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> float:
    """The value that has half of the weight on either side."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(total, total[-1] / 2))])


def apart(sightings: Sequence[Sighting]) -> list[Sighting]:
    """Keeps each sighting that does not cover, or lie within, an earlier one by half or more."""
    if not sightings:
        return []
    boxes = np.array([sighting.box for sighting in sightings], float)
    covers = _covers(boxes, boxes)
    kept: list[int] = []
    for i in range(len(boxes)):
        if not covers[i, kept].any():
            kept.append(i)
    return [sightings[i] for i in kept]


def _covers(boxes: Boxes, others: Boxes) -> npt.NDArray[np.bool_]:
    """Which boxes share more than half of the smaller one's area, `(boxes, others)`."""
    one, other = boxes[:, None], others[None]
    across = np.minimum(one[..., 0] + one[..., 2], other[..., 0] + other[..., 2])
    across -= np.maximum(one[..., 0], other[..., 0])
    down = np.minimum(one[..., 1] + one[..., 3], other[..., 1] + other[..., 3])
    down -= np.maximum(one[..., 1], other[..., 1])
    shared = np.maximum(across, 0) * np.maximum(down, 0)
    smaller = np.minimum(one[..., 2] * one[..., 3], other[..., 2] * other[..., 3])
    return np.asarray(shared > 0.5 * smaller)
