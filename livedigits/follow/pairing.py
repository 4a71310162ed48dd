"""Pairing: which digit of one frame is which of the next, while the page moves.

All digits of a page move together, so the motion is estimated along with the pairs: nearest
neighbours under a guess of it, what most of them tell of it, and nearest neighbours anew.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from livedigits.classify.sightings import Boxes, Flags, Floats, middles
from livedigits.follow.motion import Motion, usual_height

Integers = npt.NDArray[np.int64]

_SUPPORT = 0.5
"""Least share of the digits that could be paired, and read as before, to tell how the page moves:
with a hand over it the few that are seen may be none of its."""

_ZOOM = 0.02
"""Digits grow by so much where the camera comes nearer; by less, noise tells more."""

_OTHER_VALUE = 0.5
"""Heights that it costs to read otherwise than before: such a digit is more likely a neighbour."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """What belongs together.

    Attributes:
        known: rows of digits that were known before, `(n,)`.
        seen: rows of the digits that they are now, `(n,)`.
        motion: of the page in between.
        cost: of all pairs and of what is left unpaired; less is better.
        clear: whether all that could be paired is, and reads as before.
    """

    known: Integers
    seen: Integers
    motion: Motion
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
            return cls(known, seen, Motion())
        return cls(known, seen, Motion.between(middles(before[known]), middles(now[seen])))


def pair(known: Boxes, seen: Boxes, *, differ: Flags, motion: Motion, reach: float) -> Pairing:
    """Matches the digits that were known with those that are seen now.

    Args:
        known: boxes, `(n, 4)`.
        seen: boxes, `(m, 4)`.
        differ: which of them read otherwise, `(n, m)`.
        motion: of the page from the frame before.
        reach: heights that a digit moves at most, beside what the page moves.
    """
    if not len(known) or not len(seen):
        nothing = np.zeros(0, np.int64)
        return Pairing(nothing, nothing, Motion())
    field = _Field.of(known, seen, differ, reach)
    # A page goes on as it moved, or stands still of a sudden, or starts to; or the camera comes
    # nearer, which moves most what is far from the middle.
    moving = field.pairing(motion)
    if moving.clear:
        return moving
    guesses = [] if motion.is_none else [Motion()]
    zoom = Motion.of_boxes(known, seen)
    if abs(zoom.scale - 1) > _ZOOM:
        guesses.append(zoom)
    return min((moving, *map(field.pairing, guesses)), key=lambda trial: trial.cost)


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """The known digits and the seen ones, and all between them that no motion changes.

    Attributes:
        old: middle, first and last edge of the known, along x and y, `(2, 3, n)`. What hangs on a
            digit for a moment moves two of them, but not the third.
        new: likewise of the seen, `(2, 3, m)`.
        height: of the taller one, `(n, m)`.
        alike: whether they are of a size, `(n, m)`.
        toll: heights that a pair costs beside its distance, `(n, m)`.
        usual: height of the known, in pixels.
        reach: see `pair`.
    """

    old: Floats
    new: Floats
    height: Integers
    alike: Flags
    toll: Floats
    usual: float
    reach: float

    @classmethod
    def of(cls, known: Boxes, seen: Boxes, differ: Flags, reach: float) -> Self:
        """Measures it."""
        height = np.maximum.outer(known[:, 3], seen[:, 3])
        return cls(
            _edges(known),
            _edges(seen),
            height,
            np.minimum.outer(known[:, 3], seen[:, 3]) / height >= 0.5,
            np.asarray(_OTHER_VALUE * differ, np.float64),
            usual_height(known),
            reach,
        )

    def pairing(self, motion: Motion) -> Pairing:
        """Matches by a first guess of the page's motion, then by the motion that this shows."""
        known = seen = np.zeros(0, np.int64)
        for _ in range(3):
            before = known, seen
            distance = np.hypot(*self._off(motion)) / self.height
            possible = self.alike & (distance <= self.reach)
            distance += self.toll
            known, seen = _nearest(distance, possible)
            if not len(known):
                break
            motion = Motion.growing(self.old[:, 0, known].T, self.new[:, 0, seen].T, self.usual)
            if all(map(np.array_equal, before, (known, seen))):
                break
        toll = self.toll[known, seen]
        if np.count_nonzero(toll == 0) < _SUPPORT * min(distance.shape):
            motion = Motion()
        # Every pair is worth more than the distance that it costs.
        cost = float((distance[known, seen] - 2).sum())
        clear = len(known) == min(distance.shape) and not toll.any()
        return Pairing(known, seen, motion, cost, clear)

    def _off(self, motion: Motion) -> Floats:
        """How far the nearest edges or middles are apart along x and y, `(2, n, m)`."""
        moved = motion.scale * self.old + motion.shift[:, None, None]
        sides = (np.abs(self.new[:, i, None] - moved[:, i, :, None]) for i in range(3))
        return np.asarray(np.minimum.reduce(list(sides)))


def _edges(boxes: Boxes) -> Floats:
    """Middle, first and last edge of boxes along x and y, `(2, 3, n)`."""
    corner, size = boxes[:, :2].T, boxes[:, 2:].T
    return np.asarray(np.stack((corner + size / 2, corner, corner + size), axis=1), np.float64)


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
