"""Context: how far a mark is believed to be a digit, by what stands around it.

A round stroke is a 0 among digits and an o among letters; the picture of the mark alone cannot
tell. What is around it can: each mark has a share of digits among its neighbours, near ones of its
size and pen counting most, and that share is its prior. The shares are not known either; they are
those under which the adjusted probabilities come to them, found by expectation maximisation
(Saerens, Latinne & Decaestecker, 2002, for one share; here each mark has its own).

How much the model's own word weighs against the prior is tempered: it has seen some alphabets and
some clutter, and is far too sure of what it has not seen.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from livedigits.classify.card import ModelCard
from livedigits.settings import ClassifySettings

Boxes: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Probabilities: TypeAlias = npt.NDArray[np.float32]

_ROUNDS = 30
"""Most rounds of expectation maximisation; it mostly comes to rest within ten."""

_HOPED, _FEARED = 6.0, 0.2
"""As if so many digits and other marks more had been seen: few marks tell little of a page."""

_SUREST = 1e-6
"""No mark is surer to be a digit, or none: a model that has seen some 100,000 marks cannot tell."""

_NEAR = 1.5
"""Distance, in sizes of a mark, over which a neighbour's weight falls to a third."""

_STROKE = 0.7
"""How much less a 1 tells of its neighbours: grain, hair and rules are strokes, and many."""

_SAME_PEN = 0.6
"""Ink fainter than this share of a mark's is of another pen: grain and rules tell nothing."""

_MOST = 1e3
"""A stroke, or a mark that is not sure, on other ground than all digits that are sure is doubted
the more the more the grounds differ, by a normal law in the logarithm of their brightness and at
most so many times: a table beside the sheet has grain and edges, and of the digits in a shadow some
are sure and no 1."""

SURE, ENOUGH = 0.9, 2
"""So many marks that are so surely digits tell how the other ones of a picture are."""


def in_context(
    boxes: Boxes,
    contrast: Floats,
    ground: Floats,
    probabilities: Probabilities,
    settings: ClassifySettings,
    doubt: Floats | None = None,
) -> Probabilities:
    """Probabilities of marks among each other.

    Args:
        boxes: of all marks of a picture, digits or not, `(n, 4)`.
        contrast: of their ink, `(n,)`.
        ground: grey levels of their paper, `(n,)`.
        probabilities: what the model says of each alone, `(n, 11)`.
        settings: how much its word weighs.
        doubt: how many times less likely each is a digit for another reason, `(n,)`.

    Returns:
        `(n, 11)`, with the shares among the ten digits as they were.
    """
    count = len(boxes)
    if not count:
        return probabilities
    rubbish = np.clip(probabilities[:, 10].astype(np.float64), _SUREST, 1 - _SUREST)
    even = ModelCard().even_rubbish if settings.even_rubbish is None else settings.even_rubbish
    against = _odds(rubbish) / _odds(np.float64(even))
    against **= settings.model_weight
    # A model without such a class, or one that is as sure as can be, is taken at its word.
    against[probabilities[:, 10] == 0] = 0
    weights = _neighbours(boxes, contrast)
    stroke = probabilities[:, :10].argmax(axis=1) == 1
    sure = ~stroke & (probabilities[:, :10].max(axis=1) >= SURE)
    if np.count_nonzero(sure) >= ENOUGH:
        against[~sure] *= _aside(ground[~sure], ground[sure], settings.ground_spread)
    if doubt is not None:
        against *= doubt
    digit = np.full(count, 0.9)
    for _ in range(_ROUNDS):
        before = digit
        telling = 1 - _STROKE * stroke * digit
        page = (telling @ digit + _HOPED) / (telling.sum() + _HOPED + _FEARED)
        share = settings.page_weight * page + weights @ (telling * digit)
        share /= settings.page_weight + weights @ telling
        digit = 1 / (1 + against * (1 - share) / np.maximum(share, 1e-9))
        if np.abs(digit - before).max() < 1e-5:
            break
    return with_doubt(probabilities, rubbish, 1 - digit)


def _aside(ground: Floats, sure: Floats, spread: float) -> Floats:
    """How many times less likely marks are digits for the ground they stand on, `(n,)`.

    Args:
        ground: of each, `(n,)`.
        sure: of the digits that are sure, `(m,)`.
        spread: standard deviation of the logarithm of the brightness of one ground.
    """
    # Where ink is light, grey levels are told from white: what is near on either scale is alike.
    off = np.minimum(*(_ratio(i, j) for i, j in ((ground, sure), (255 - ground, 255 - sure))))
    return np.asarray(doubt_of(off, spread).min(axis=1))


def doubt_of(off: Floats, spread: float) -> Floats:
    """How many times less likely what is so far off is by a normal law, at most `_MOST`."""
    return np.asarray(np.minimum(np.exp(0.5 * (off / spread) ** 2), _MOST), np.float64)


def _ratio(levels: Floats, others: Floats) -> Floats:
    """By how much grey levels differ, as the logarithm of their ratios, `(n, m)`."""
    return np.abs(np.subtract.outer(np.log(np.maximum(levels, 1)), np.log(np.maximum(others, 1))))


def with_doubt(probabilities: Probabilities, rubbish: Floats, doubt: Floats) -> Probabilities:
    """Probabilities with another one of being no digit, and the shares among the ten as they were.

    Args:
        probabilities: `(n, 11)`.
        rubbish: of being no digit in these, less than 1, `(n,)`.
        doubt: what it is to be, `(n,)`.
    """
    adjusted = probabilities * ((1 - doubt) / (1 - rubbish))[:, None]
    adjusted[:, 10] = doubt
    return adjusted.astype(np.float32)


def _odds(probability: npt.NDArray[np.float64] | np.float64) -> Floats:
    return np.asarray(probability / (1 - probability))


def _neighbours(boxes: Boxes, contrast: Floats) -> Floats:
    """How much each mark (a column) tells of each other one (a row), `(n, n)`."""
    x, y, w, h = boxes.T.astype(np.float64)
    size = np.maximum(np.maximum(w, h), 1)
    middle, centre = x + w / 2, y + h / 2
    aside = np.maximum(np.abs(np.subtract.outer(middle, middle)) - np.add.outer(w, w) / 2, 0)
    # Rows are further apart than what stands in them.
    apart = 2 * np.abs(np.subtract.outer(centre, centre))
    distance = np.hypot(aside, apart) / size[:, None]
    unlike = np.log(np.divide.outer(size, size))
    weights = np.exp(-distance / _NEAR - unlike**2)
    weights *= contrast >= _SAME_PEN * contrast[:, None]
    np.fill_diagonal(weights, 0)
    return np.asarray(weights)
