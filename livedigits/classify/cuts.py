"""Cuts: of all ways to cut a wide mark, the one that reads best.

A way leads from the mark's left end to its right in pieces. Two witnesses speak of it: the model,
of what each piece is, and the network that found the seams (`find.seams`), of how likely each runs
between two digits. The odds against a piece are the model's that it is no digit, times `cut_doubt`
(of many ways some look right by chance), times the odds against the seams at its ends to the power
of `cut_weight`: what stands beside a seam that is between two digits is one. A stroke that is far
shorter than its mark is the tail or the bar of a digit, and no way leads through it.

Of all ways the one is taken whose pieces are digits and whose seams, and no others, are cut with
the greatest probability; seams count by `cut_weight` here, too. The mark as a whole is one of them.
A way with odds against it, which are the sum of those against its pieces, is none. Each of its
pieces is doubted as far as lies between the piece and the way: their geometric mean.
"""

import math
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

_SEAM = 1e-3
"""Nor is a seam."""

_TAIL = 0.7
"""Height of the tallest stroke that is part of a digit, as a share of its mark's."""


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
    alone = settings.cut_doubt * rubbish / (1 - rubbish)
    against = alone.copy()
    adjusted, values = probabilities.copy(), probabilities[:, :10].argmax(axis=1)
    wholes = {candidates[i].box: i for i in np.flatnonzero(stay).tolist()}
    for own in marks.values():
        for i, part in own:
            against[i] *= math.prod((1 - p) / p for p in _told(part.at_ends)) ** settings.cut_weight
            if values[i] == 1 and candidates[i].box.h < _TAIL * part.whole.h:
                against[i] = np.inf
        pieces, cost = _best_way(own, against, settings.cut_weight)
        odds = against[pieces].sum()
        if not pieces or odds >= 1:
            continue
        mark = own[0][1]
        whole = wholes.get(mark.whole)
        uncut = mark._replace(first=0, last=mark.ends)
        if whole is not None and (
            alone[whole] <= alone[pieces].max()
            or _cost(uncut, against[whole], settings.cut_weight) <= cost
        ):
            continue
        stay[pieces] = True
        between = np.sqrt(against[pieces] * odds)
        doubt = between / (1 + between)
        adjusted[pieces] = with_doubt(probabilities[pieces], rubbish[pieces], doubt)
    return stay, adjusted


def _best_way(
    own: list[tuple[int, Part]], against: npt.NDArray[np.float64], weight: float
) -> tuple[list[int], float]:
    """The pieces of the likeliest way through a mark and what it costs, see `_cost`.

    Args:
        own: index and part of each piece of the mark.
        against: the odds against each candidate.
        weight: of the seams.
    """
    ends = own[0][1].ends
    # The best way to each cut so far.
    ways: list[tuple[float, list[int]]] = [(0.0, []), *((np.inf, []) for _ in range(ends))]
    for i, part in sorted(own, key=lambda piece: piece[1].first):
        cost, pieces = ways[part.first]
        cost += _cost(part, against[i], weight)
        if cost < ways[part.last][0]:
            ways[part.last] = cost, [*pieces, i]
    cost, pieces = ways[ends]
    return pieces, cost


def _cost(part: Part, against: float, weight: float) -> float:
    """How unlikely it is that a piece is a digit, that it ends at a seam and bridges none: the
    negative logarithm of that probability."""
    bridged = -sum(math.log1p(-p) for p in _told(part.within))
    ended = -sum(math.log(p) for p in _told(part.seams[part.last - 1 : part.last]))
    return math.log1p(against) + weight * (bridged + ended)


def _told(seams: Sequence[float]) -> list[float]:
    return [min(max(p, _SEAM), 1 - _SEAM) for p in seams]
