"""Pairing: which digit of one frame is which of the next, while the page moves.

All digits of a page move together, so the motion is estimated along with the pairs: nearest
neighbours under a guess of it, its median over them, and nearest neighbours anew.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from livedigits.classify.sightings import Boxes, Flags, Floats

Integers = npt.NDArray[np.int64]

_SUPPORT = 0.5
"""Least share of the digits that could be paired, and read as before, to tell how the page moves:
with a hand over it the few that are seen may be none of its."""

_OTHER_VALUE = 0.5
"""Heights that it costs to read otherwise than before: such a digit is more likely a neighbour."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """What belongs together.

    Attributes:
        known: rows of digits that were known before, `(n,)`.
        seen: rows of the digits that they are now, `(n,)`.
        motion: of the page in between, x and y in pixels.
        cost: of all pairs and of what is left unpaired; less is better.
        clear: whether all that could be paired is, and reads as before.
    """

    known: Integers
    seen: Integers
    motion: Floats
    cost: float = 0.0
    clear: bool = False

    @classmethod
    def of(cls, known: Integers, seen: Integers, before: Boxes, now: Boxes) -> Self:
        """What is known to belong together.

        Args:
            known: rows of digits that were known before, `(n,)`.
            seen: rows of the digits that they are now, `(n,)`.
            before: boxes of all that were known.
            now: boxes of all that are seen.
        """
        if not len(known):
            return cls(known, seen, np.zeros(2))
        moved = _middles(now[seen]) - _middles(before[known])
        return cls(known, seen, _median(*moved.T))


def pair(known: Boxes, seen: Boxes, *, differ: Flags, motion: Floats, reach: float) -> Pairing:
    """Matches the digits that were known with those that are seen now.

    Args:
        known: boxes, `(n, 4)`.
        seen: boxes, `(m, 4)`.
        differ: which of them read otherwise, `(n, m)`.
        motion: of the page from the frame before, x and y in pixels.
        reach: heights that a digit moves at most, beside what the page moves.
    """
    if not len(known) or not len(seen):
        nothing = np.zeros(0, np.int64)
        return Pairing(nothing, nothing, np.zeros(2))
    field = _Field.of(known, seen, differ, reach)
    # A page goes on as it moved, or stands still of a sudden, or starts to.
    moving = field.pairing(motion)
    if not motion.any() or moving.clear:
        return moving
    still = field.pairing(np.zeros(2))
    return min(moving, still, key=lambda trial: trial.cost)


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """Everything between the known digits and the seen ones that no motion changes, `(n, m)` each.

    Attributes:
        across: pixels from the middle, the left and the right edge of the one to that of the other,
            `(3, n, m)`. What hangs on a digit for a moment moves two of them, but not the third.
        down: likewise, top and bottom.
        height: of the taller one.
        alike: whether they are of a size.
        toll: heights that a pair costs beside its distance.
        reach: see `pair`.
    """

    across: Floats
    down: Floats
    height: Integers
    alike: Flags
    toll: Floats
    reach: float

    @classmethod
    def of(cls, known: Boxes, seen: Boxes, differ: Flags, reach: float) -> Self:
        """Measures it."""
        across, down = (_offsets(known, seen, axis) for axis in (0, 1))
        height = np.maximum.outer(known[:, 3], seen[:, 3])
        return cls(
            across,
            down,
            height,
            np.minimum.outer(known[:, 3], seen[:, 3]) / height >= 0.5,
            np.asarray(_OTHER_VALUE * differ, np.float64),
            reach,
        )

    def pairing(self, motion: Floats) -> Pairing:
        """Matches by a first guess of the page's motion, then by the motion that this shows."""
        for _ in range(2):
            across, down = self.across - motion[0], self.down - motion[1]
            distance = np.hypot(abs(across).min(axis=0), abs(down).min(axis=0)) / self.height
            possible = self.alike & (distance <= self.reach)
            distance += self.toll
            known, seen = _nearest(distance, possible)
            guess = motion
            if len(known):
                motion = _median(self.across[0, known, seen], self.down[0, known, seen])
            if (guess == motion).all():
                break
        toll = self.toll[known, seen]
        if np.count_nonzero(toll == 0) < _SUPPORT * min(distance.shape):
            motion = np.zeros(2)
        # Every pair is worth more than the distance that it costs.
        cost = float((distance[known, seen] + toll - 2).sum())
        clear = len(known) == min(distance.shape) and not toll.any()
        return Pairing(known, seen, motion, cost, clear)


def _offsets(known: Boxes, seen: Boxes, axis: int) -> Floats:
    """Pixels from the known to the seen along an axis: their middles, first and last edges."""
    old, new = (
        np.stack((first + size / 2, first, first + size))
        for first, size in ((boxes[:, axis], boxes[:, axis + 2]) for boxes in (known, seen))
    )
    return np.asarray(new[:, None, :] - old[:, :, None], np.float64)


def _middles(boxes: Boxes) -> Floats:
    return np.asarray(boxes[:, :2] + boxes[:, 2:] / 2, np.float64)


def _nearest(distance: Floats, possible: Flags) -> tuple[Integers, Integers]:
    """Rows and columns of pairs, each in one at most, the nearest ones; in the order of rows."""
    rows, columns = np.nonzero(possible)
    order = np.argsort(distance[rows, columns], kind="stable")
    partner = np.full(distance.shape[0], -1)
    free_row, free_column = [True] * distance.shape[0], [True] * distance.shape[1]
    for i, j in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if free_row[i] and free_column[j]:
            partner[i] = j
            free_row[i] = free_column[j] = False
    known = np.flatnonzero(partner >= 0)
    return known, partner[known]


def _median(across: Floats, down: Floats) -> Floats:
    """The median of both; `np.median` takes ten times as long for so few."""
    count = len(across)
    ordered = np.sort([across, down])
    return np.asarray((ordered[:, (count - 1) // 2] + ordered[:, count // 2]) / 2)
