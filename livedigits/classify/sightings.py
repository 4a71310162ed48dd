"""Sightings: of all candidates of a frame, those that are digits, one for each place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from livedigits.classify.context import ENOUGH, SURE, doubt_of, in_context
from livedigits.classify.cuts import best_cuts
from livedigits.find import Candidate
from livedigits.inspection import Verdict
from livedigits.settings import ClassifySettings

Boxes = npt.NDArray[np.int64]
"""`(n, 4)`: x, y, width and height in pixels."""

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = Flags | npt.NDArray[np.intp]
"""A choice among rows: a flag for each, or the indices of some in any order."""


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """Digits seen in one frame, a row each.

    Attributes:
        boxes: where, in pixels of the original frame, `(n, 4)`.
        probabilities: `(n, 11)` float32, the ten digits and "not a digit".
        contrast: `(n,)` float64, grey levels that the ink differs from its paper.
        hidden: `(n,)` bool, whether only a thorough look finds them.
        candidates: `(n,)`, the index of each among the candidates of its ink.
        fresh: `(n,)` bool, whether each was seen in this frame, and is not only known to be there.
        again: whether these are the digits of the frame before, row by row, in other places.
    """

    boxes: Boxes
    probabilities: npt.NDArray[np.float32]
    contrast: Floats
    hidden: Flags
    candidates: npt.NDArray[np.intp]
    fresh: Flags
    again: bool = False

    @classmethod
    def of(cls, candidates: Sequence[Candidate], probabilities: npt.NDArray[np.float32]) -> Self:
        """What candidates are, whether digits or not."""
        boxes = np.array([candidate.box for candidate in candidates], np.int64).reshape(-1, 4)
        contrast = np.array([candidate.contrast for candidate in candidates], np.float64)
        hidden = np.array([candidate.hidden for candidate in candidates], np.bool_)
        rows, fresh = np.arange(len(candidates)), np.ones(len(candidates), np.bool_)
        return cls(boxes, probabilities, contrast, hidden, rows, fresh)

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, rows: Rows) -> Self:
        """Some of them."""
        boxes, probabilities, contrast, hidden, candidates, fresh = (i[rows] for i in self._columns)
        return type(self)(boxes, probabilities, contrast, hidden, candidates, fresh)

    def joined(self, others: Self) -> Self:
        """These and others."""
        pairs = zip(self._columns, others._columns, strict=True)
        boxes, probabilities, contrast, hidden, candidates, fresh = map(np.concatenate, pairs)
        return type(self)(boxes, probabilities, contrast, hidden, candidates, fresh)

    @property
    def _columns(self) -> tuple[Any, ...]:
        return (
            self.boxes,
            self.probabilities,
            self.contrast,
            self.hidden,
            self.candidates,
            self.fresh,
        )

    @property
    def values(self) -> npt.NDArray[np.intp]:
        """The likeliest digit of each, `(n,)`."""
        return np.asarray(self.probabilities[:, :10].argmax(axis=1))

    @property
    def confidence(self) -> Floats:
        """The probability of that digit, `(n,)`."""
        return np.asarray(self.probabilities[:, :10].max(axis=1, initial=0), np.float64)

    @property
    def prominence(self) -> Floats:
        """How much each stands out, `(n,)`: sure, large and dark digits do, slivers do not."""
        size = np.sqrt(self.boxes[:, 2] * self.boxes[:, 3])
        return np.asarray(self.confidence**2 * self.contrast * size)


@dataclass(frozen=True, slots=True, eq=False)
class Fate:
    """Candidates that came to the same end.

    Attributes:
        verdict: what became of them.
        candidates: their indices, `(n,)`.
        probabilities: `(n, 11)` float32, theirs when it was decided.
    """

    verdict: Verdict
    candidates: npt.NDArray[np.intp]
    probabilities: npt.NDArray[np.float32]


Reasons = Sequence[tuple[Verdict, Flags]]
"""What speaks against sightings, with those that it speaks against; the first counts."""


def sightings_of(
    candidates: Sequence[Candidate],
    probabilities: npt.NDArray[np.float32],
    threshold: float,
    settings: ClassifySettings | None = None,
    fates: list[Fate] | None = None,
    *,
    faintest: Floats | None = None,
) -> Sightings:
    """Of all candidates, the digits.

    Wide marks are cut in the best way, what is far fainter, finer or smaller than the rest goes,
    and of overlapping marks all but the surest; how far each is believed depends on what is around
    it.

    Args:
        candidates: of one frame.
        probabilities: `(len(candidates), 11)`, theirs.
        threshold: least probability of a digit.
        settings: how a page of digits looks.
        fates: takes in what became of every candidate.
        faintest: least contrast of each candidate to be a digit, `(len(candidates),)`; None for
            none.

    Returns:
        Digits, the surest first.
    """
    settings = settings or ClassifySettings()
    chosen, probabilities = best_cuts(candidates, probabilities, settings)
    seen = Sightings.of(candidates, probabilities)
    seen = seen[np.argsort(-seen.confidence, kind="stable")]
    seen = _without([(Verdict.CUT_OTHERWISE, ~chosen[seen.candidates])], seen, fates)
    marks = [candidates[i] for i in seen.candidates.tolist()]
    within = np.array([not mark.at_border for mark in marks], np.bool_)
    strokes = np.array([mark.stroke for mark in marks], np.float64)
    seen = _without(_unlike(seen, strokes, settings, faintest, within), seen, fates)
    seen = _without([(Verdict.OVERLAPPED, ~apart(seen.boxes))], seen, fates)
    none = seen.probabilities[:, 10] > seen.confidence
    ground = np.array([candidates[i].ground for i in seen.candidates.tolist()], np.float64)
    seen = replace(
        seen,
        probabilities=in_context(
            seen.boxes,
            seen.contrast,
            ground,
            seen.probabilities,
            settings,
            doubt=_small_print(seen, candidates, settings),
        ),
    )
    doubtful = seen.confidence < threshold
    against = [
        (Verdict.NO_DIGIT, doubtful & none),
        (Verdict.AMONG_OTHERS, doubtful & (seen.probabilities[:, 10] > seen.confidence)),
        (Verdict.UNSURE, doubtful),
    ]
    digits = _without(against, seen, fates)
    if fates is not None:
        fates.append(Fate(Verdict.READ, digits.candidates, digits.probabilities))
    return digits


def _without(reasons: Reasons, seen: Sightings, fates: list[Fate] | None) -> Sightings:
    """Sightings that nothing speaks against."""
    stay = ~np.logical_or.reduce([against for _, against in reasons])
    if fates is not None:
        told = stay
        for verdict, against in reasons:
            new = against & ~told
            fates.append(Fate(verdict, seen.candidates[new], seen.probabilities[new]))
            told = told | new
    return seen if stay.all() else seen[stay]


def _unlike(
    seen: Sightings,
    strokes: Floats,
    settings: ClassifySettings,
    faintest: Floats | None,
    within: Flags,
) -> Reasons:
    """Tells what is far fainter, finer or smaller than the digits that stand out from all the rest.

    Grain, shadows and pieces of ruled lines look like a 1 often enough, but the digits of a page
    are of a size and of one pen, more or less. The measure is the median digit by prominence:
    neither many specks nor a single headline move it far. What reaches the border of the
    picture, and is not `within`, may be an arm, and counts only where there is little else.
    """
    if not len(seen):
        return [(Verdict.FAINTER, np.zeros(0, np.bool_))]
    # A blot that may be put together in several ways counts once.
    weight = np.where(apart(seen.boxes, alike=0.5), seen.prominence, 0)
    others = within & (weight > 0) & (seen.confidence >= SURE)
    if np.count_nonzero(others & ~_inside(seen.boxes, seen.boxes[~within])) >= ENOUGH:
        weight = weight * within
    least = settings.least_contrast * _median(seen.contrast, weight)
    floor = least if faintest is None else np.maximum(least, faintest[seen.candidates])
    height = seen.boxes[:, 3] / _median(seen.boxes[:, 3], weight)
    ink = seen.contrast * strokes
    return [
        (Verdict.FAINTER, seen.contrast < floor),
        (Verdict.FINER, ink < settings.least_ink * _median(ink, weight)),
        (Verdict.SMALLER, height < settings.least_height),
        (Verdict.TALLER, height > settings.most_height),
    ]


def _small_print(
    seen: Sightings, candidates: Sequence[Candidate], settings: ClassifySettings
) -> Floats:
    """How many times less likely pieces are digits for what they were cut out of, `(n,)`.

    Digits that touch are about as tall as those that stand alone. What is shorter and runs together
    is small print, and the more it is, by a normal law in the logarithm of the height.
    """
    doubt = np.ones(len(seen))
    parts = [candidates[i].part for i in seen.candidates.tolist()]
    sure = np.array([part is None for part in parts], np.bool_) & (seen.confidence >= SURE)
    if np.count_nonzero(sure) < ENOUGH:
        return doubt
    usual = np.median(seen.boxes[sure, 3])
    height = np.array([usual if part is None else part.whole.h for part in parts])
    shorter = np.minimum(np.log(height / usual), 0)
    return doubt_of(shorter, settings.height_spread)


def _inside(boxes: Boxes, rooms: Boxes) -> Flags:
    """Which boxes have their middle in one of some others, `(n,)`."""
    here, first, last = middles(boxes)[:, None], rooms[:, :2], rooms[:, :2] + rooms[:, 2:]
    inside = np.all((first <= here) & (here <= last), axis=2)
    return np.asarray(np.any(inside, axis=1), np.bool_)


def _median(values: npt.NDArray[np.float64 | np.int64], weights: Floats) -> float:
    """The value that has half of the weight on either side."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(total, total[-1] / 2))])


def apart(boxes: Boxes, *, alike: float = 0.0, two: Flags | None = None) -> Flags:
    """Tells which boxes do not cover an earlier one that stays, or lie within it, by half or more.

    Args:
        boxes: the surest first.
        alike: only those count of which the lower one is at least so many heights of the other.
        two: which of them are known not to be one and the same, `(n, n)`.

    Returns:
        `(n,)`, True for those that stay.
    """
    covers = _covers(boxes)
    if alike:
        tall = boxes[:, 3]
        covers &= np.minimum.outer(tall, tall) >= alike * np.maximum.outer(tall, tall)
    if two is not None:
        covers &= ~two
    earlier = np.tril(covers, -1)
    stay = np.ones(len(boxes), np.bool_)
    for i in np.flatnonzero(earlier.any(axis=1)):
        stay[i] = not (earlier[i] & stay).any()
    return stay


def middles(boxes: Boxes) -> Floats:
    """Of boxes, `(n, 2)`."""
    return np.asarray(boxes[:, :2] + boxes[:, 2:] / 2, np.float64)


def _covers(boxes: Boxes) -> Flags:
    """Which boxes share more than half of the smaller one's area, `(n, n)`."""
    x, y, w, h = boxes.T
    right, bottom = x + w, y + h
    across = np.minimum.outer(right, right) - np.maximum.outer(x, x)
    down = np.minimum.outer(bottom, bottom) - np.maximum.outer(y, y)
    area = w * h
    shared = np.maximum(across, 0) * np.maximum(down, 0)
    return np.asarray(shared > 0.5 * np.minimum.outer(area, area))
