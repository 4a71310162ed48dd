"""Motion: how a page moves from one frame to the next, as all that is written on it does."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from livedigits.classify.sightings import Boxes, Floats, middles

_ENOUGH = 4
"""So many digits tell how much a page grows; fewer only where it goes."""

_APART = 2.0
"""Two digits tell it where they are so many heights apart along x or y, or noise tells more."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A shift, and a growth where the camera comes nearer.

    Attributes:
        scale: how many times as large all gets.
        shift: x and y in pixels that the corner of the frame moves by, `(2,)`.
    """

    scale: float = 1.0
    shift: Floats = field(default_factory=lambda: np.zeros(2))

    @classmethod
    def between(cls, before: Floats, now: Floats) -> Self:
        """The shift of most points.

        Args:
            before: middles of digits, `(n, 2)`, at least one.
            now: likewise.
        """
        return cls(1.0, _median(now - before))

    @classmethod
    def growing(cls, before: Floats, now: Floats, height: float) -> Self:
        """The growth and shift of most points; few or close ones tell no growth.

        The growth is the median over all pairs of points (Theil, 1950), the shift that over points.

        Args:
            before: middles of digits, `(n, 2)`, at least one.
            now: likewise.
            height: of a digit, in pixels.
        """
        first, second = np.triu_indices(len(before), 1)
        was, here = (points[second] - points[first] for points in (before, now))
        far = np.abs(was) > _APART * height
        if len(before) < _ENOUGH or not far.any():
            return cls.between(before, now)
        scale = float(np.median(here[far] / was[far]))
        return cls(scale, _median(now - scale * before))

    @classmethod
    def of_boxes(cls, before: Boxes, now: Boxes) -> Self:
        """What takes the usual height and the middle of all boxes to what they are now.

        Args:
            before: `(n, 4)`, at least one.
            now: `(m, 4)`, at least one.
        """
        scale = usual_height(now) / usual_height(before)
        return cls(scale, _median(middles(now)) - scale * _median(middles(before)))

    @property
    def is_none(self) -> bool:
        """Whether nothing moves."""
        return self.scale == 1 and not self.shift.any()

    def moved(self, boxes: Boxes) -> Floats:
        """Where boxes get to, `(n, 4)`."""
        moved = self.scale * boxes.astype(np.float64)
        moved[:, :2] += self.shift
        return np.asarray(moved)


def usual_height(boxes: Boxes) -> float:
    """The median, in pixels."""
    return float(np.median(boxes[:, 3]))


def _median(points: Floats) -> Floats:
    """The median of each column; `np.median` takes ten times as long for so few."""
    ordered, count = np.sort(points, axis=0), len(points)
    return np.asarray((ordered[(count - 1) // 2] + ordered[count // 2]) / 2)
