"""Cuts: of all ways to cut a wide mark, the one that reads best.

A way leads from the mark's left end to its right in pieces. The odds against it are the sum of the
odds that each piece is no digit, times `cut_doubt`: of many ways some look right by chance. A way
with odds against it is none, and so is one with a piece that is less sure to be a digit than the
mark as a whole. Each of its pieces is doubted as far as lies between the piece and the way: their
geometric mean.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from livedigits.classify.context import with_doubt
from livedigits.find import Candidate
from livedigits.find.marks import Part
from livedigits.settings import ClassifySettings

Probabilities: TypeAlias = npt.NDArray[np.float32]

_SUREST = 1e-9
"""No piece is surer than this: beyond it the model's figures mean nothing."""


def best_cuts(
    candidates: Sequence[Candidate], probabilities: Probabilities, settings: ClassifySettings
) -> tuple[npt.NDArray[np.bool_], Probabilities]:
    """Chooses among the pieces of marks.

    Args:
        candidates: of one frame, pieces of marks among them.
        probabilities: `(len(candidates), 11)`, theirs.
        settings: how far cuts are doubted.

    Returns:
        Which candidates stay, `(n,)`: all whole marks, and the pieces of each mark's best way; and
        the probabilities, with the doubt in the way in those of its pieces.
    """
    stay = np.ones(len(candidates), np.bool_)
    marks: dict[int, list[tuple[int, Part]]] = {}
    for i, candidate in enumerate(candidates):
        if candidate.part is not None:
            stay[i] = False
            marks.setdefault(candidate.part.mark, []).append((i, candidate.part))
    if not marks:
        return stay, probabilities
    rubbish = np.clip(probabilities[:, 10].astype(np.float64), _SUREST, 1 - _SUREST)
    against = settings.cut_doubt * rubbish / (1 - rubbish)
    adjusted = probabilities.copy()
    wholes = {candidates[i].box: i for i in np.flatnonzero(stay).tolist()}
    for own in marks.values():
        pieces, odds = _best_way(own, against)
        if odds >= 1:
            continue
        whole = wholes.get(own[0][1].whole)
        if whole is not None and against[whole] <= against[pieces].max():
            continue
        stay[pieces] = True
        between = np.sqrt(against[pieces] * odds)
        doubt = between / (1 + between)
        adjusted[pieces] = with_doubt(probabilities[pieces], rubbish[pieces], doubt)
    return stay, adjusted


def _best_way(
    own: list[tuple[int, Part]], against: npt.NDArray[np.float64]
) -> tuple[list[int], float]:
    """The pieces of the surest way through a mark and the odds against it.

    Args:
        own: index and part of each piece of the mark.
        against: the odds against each candidate.
    """
    ends = own[0][1].ends
    # The best way to each cut so far.
    ways: list[tuple[float, list[int]]] = [(0.0, []), *((np.inf, []) for _ in range(ends))]
    for i, part in sorted(own, key=lambda piece: piece[1].first):
        odds, pieces = ways[part.first]
        odds += float(against[i])
        if odds < ways[part.last][0]:
            ways[part.last] = odds, [*pieces, i]
    odds, pieces = ways[ends]
    return pieces, odds
