"""Spaces: which gaps between the digits of a row part two numbers.

Hands differ in how much air they leave, so the page itself tells: within numbers gaps are narrow
and alike, between them they are wider, and the limit lies where the fewest are. That is a valley of
their density (Rosenblatt, 1956), weighed against the usual limit, which decides where a page has
too few gaps to tell.
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np
import numpy.typing as npt

from livedigits.settings import FollowSettings

Floats = npt.NDArray[np.float64]

_BROAD = 0.9
"""Share of a row's digits that are no broader than its broad ones."""

_ALIKE = 0.1
"""Standard deviation of gaps that are meant to be one, in sizes of the digits."""

_OTHERS = 0.4
"""What a gap of another row counts: rows of one page may be spaced in different ways."""

_UNUSUAL = 0.3
"""A limit so far from the usual one, in sizes of the digits, is as bad as one amid a gap."""

_LIMITS = np.arange(0.36, 2.2, 0.04)
"""Limits that are tried, times the usual one."""


def gaps_between(
    along: Sequence[float],
    widths: Sequence[float],
    heights: Sequence[float],
    settings: FollowSettings,
) -> Floats:
    """The room between the digits of a row, in sizes of its digits.

    Args:
        along: their middles, from left to right, `(n,)`.
        widths: `(n,)`.
        heights: `(n,)`.
        settings: how much room a slim digit takes.

    Returns:
        `(n - 1,)`; below zero where digits reach over each other.
    """
    # Who writes broad digits leaves broad gaps; one of many tells little.
    size = max(median(heights), _quantile(sorted(widths), _BROAD))
    rooms = [max(w, settings.least_width * h) for w, h in zip(widths, heights, strict=True)]
    middles = zip(pairwise(along), pairwise(rooms), strict=True)
    return np.array([(b - a - (own + next_) / 2) / size for (a, b), (own, next_) in middles])


def spaces(rows: Sequence[Floats], settings: FollowSettings) -> list[list[bool]]:
    """Which gaps are spaces.

    Args:
        rows: the gaps of each row of a page, see `gaps_between`.
        settings: the usual limit.
    """
    usual = settings.word_gap
    limits = usual * _LIMITS
    unusual = ((limits - usual) / _UNUSUAL) ** 2
    near = [np.exp(-0.5 * ((row[:, None] - limits) / _ALIKE) ** 2).sum(axis=0) for row in rows]
    others = _OTHERS * np.sum(near, axis=0)
    return [
        (row > limits[np.argmin((1 - _OTHERS) * own + others + unusual)]).tolist()
        for row, own in zip(rows, near, strict=True)
    ]


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Of few numbers; `np.quantile` takes ten times as long."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
