"""Cuts: of all ways to cut a wide mark, the one that reads best.

A way is as sure as its pieces are together: the odds against it are the sum of the odds against
each piece, times `cut_doubt` for each cut, since among many ways some look like digits by chance.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from livedigits.find import Candidate
from livedigits.settings import ClassifySettings

Probabilities = npt.NDArray[np.float32]


def best_cuts(
    candidates: Sequence[Candidate], probabilities: Probabilities, settings: ClassifySettings
) -> tuple[npt.NDArray[np.bool_], Probabilities]:
    """Chooses pieces.

    Args:
        candidates: of one frame, pieces of marks among them.
        probabilities: `(len(candidates), 11)`, theirs.
        settings: how far cuts are doubted.

    Returns:
        Which candidates stay, `(n,)`: whole marks and the pieces of the best way; and the
        probabilities, those of pieces as sure as their way.
    """
    stay = np.ones(len(candidates), np.bool_)
    marks: dict[int, list[int]] = {}
    for i, candidate in enumerate(candidates):
        if candidate.part is not None:
            stay[i] = False
            marks.setdefault(candidate.part.mark, []).append(i)
    if not marks:
        return stay, probabilities
    adjusted = probabilities.copy()
    against = probabilities[:, 10].astype(np.float64)
    against = np.maximum(against, 1e-9) / np.maximum(1 - against, 1e-9)
    for own in marks.values():
        chosen, odds = _best(candidates, own, against, settings.cut_doubt)
        for i in chosen if odds < 1 else ():
            stay[i] = True
            digits = probabilities[i, :10] / max(float(probabilities[i, :10].sum()), 1e-9)
            sure = 1 / (1 + odds)
            adjusted[i, :10] = digits * sure
            adjusted[i, 10] = 1 - sure
    return stay, adjusted


def _best(
    candidates: Sequence[Candidate],
    own: list[int],
    against: npt.NDArray[np.float64],
    doubt: float,
) -> tuple[list[int], float]:
    """The pieces of the surest way from one end of a mark to the other, and the odds against it."""
    ends = candidates[own[0]].part.ends
    # The best way to each cut: odds against it so far, and its pieces.
    ways: list[tuple[float, list[int]]] = [(0.0, [])] + [(np.inf, [])] * ends
    for i in sorted(own, key=lambda i: candidates[i].part.first):
        part = candidates[i].part
        odds, pieces = ways[part.first]
        odds = odds + against[i] * doubt
        if odds < ways[part.last][0]:
            ways[part.last] = odds, [*pieces, i]
    odds, pieces = ways[ends]
    return (pieces, odds) if np.isfinite(odds) else ([], np.inf)
