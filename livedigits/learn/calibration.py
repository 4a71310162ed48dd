"""Calibration: whether what is read with a confidence of 90 % is right nine times out of ten."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BINS = 15
"""Equal steps of confidence, as many as Guo et al. (2017) take."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Everything that was read with about the same confidence.

    Attributes:
        lower: least confidence.
        upper: where the next bin begins.
        count: how many, at least one.
        confidence: their mean.
        accuracy: the share that is right.
    """

    lower: float
    upper: float
    count: int
    confidence: float
    accuracy: float


def reliability(
    confidence: npt.ArrayLike, right: npt.ArrayLike, bins: int = BINS
) -> tuple[Bin, ...]:
    """Puts confidences beside how often they are kept (a reliability diagram's bars).

    Args:
        confidence: `(n,)` in [0, 1].
        right: `(n,)` bool, whether each was right.
        bins: equal steps of confidence.

    Returns:
        The bins that have something in them, from unsure to sure.
    """
    sure, kept = np.asarray(confidence, np.float64), np.asarray(right, np.bool_)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return tuple(
        Bin(
            lower=i / bins,
            upper=(i + 1) / bins,
            count=int(np.count_nonzero(place == i)),
            confidence=float(sure[place == i].mean()),
            accuracy=float(kept[place == i].mean()),
        )
        for i in np.unique(place).tolist()
    )


def expected_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error (Guo et al., 2017); None where nothing was read."""
    count = sum(i.count for i in bins)
    if not count:
        return None
    return sum(i.count * abs(i.accuracy - i.confidence) for i in bins) / count
