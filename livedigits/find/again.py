"""Again: a page that is as it was, but for where it is.

In a stream most frames show what the one before did. Where each mark of a frame is one of those
before, in the same form and moved with the page, all that was told of them holds, and it is enough
to see where they are now.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from livedigits.find.outlines import Outlines
from livedigits.settings import FindSettings

Indices = npt.NDArray[np.intp]

_NOISE = 2.0
"""Pixels that the border of a small mark may move for noise alone."""

_INK = 3.0
"""Ink changes by so much more than places do, where a mark moves by parts of a pixel."""

_FEW = 500
"""Up to so many marks, to see which is which takes less time than to measure them anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Where the marks of a frame are.

    Attributes:
        outlines: of all that is written.
        marks: indices of the first and the last outline of each candidate, `(n, 2)`.
        watched: indices of those outlines and of all others of a digit's shape, `(m,)`.
    """

    outlines: Outlines
    marks: Indices
    watched: Indices

    @classmethod
    def of(cls, outlines: Outlines, marks: Indices, settings: FindSettings) -> Self:
        """A page with these candidates, by the outlines of each."""
        watched = _shaped(outlines, settings)
        watched[marks] = True
        return cls(outlines, marks, np.flatnonzero(watched))

    @property
    def boxes(self) -> npt.NDArray[np.int32]:
        """Around each candidate, `(n, 4)`; x, y, width and height in pixels of the outlines."""
        return self.outlines.around(self.marks)

    def again(
        self, now: Outlines, extent: tuple[int, ...], settings: FindSettings, change: float
    ) -> Self | None:
        """The same marks where they are now, if none of a digit's shape came or went.

        Args:
            now: the outlines of a later frame.
            extent: height and width of it, in pixels.
            settings: what shape a digit has.
            change: share of its height that the border of a mark may have moved by, beside the
                page.
        """
        before, old = self.outlines, self.watched
        shaped = _shaped(now, settings)
        large = now.outer & (now.boxes[:, 2:].max(axis=1) >= settings.min_height_px)
        new = np.flatnonzero(large)
        if not 0 < np.count_nonzero(shaped) <= len(old) <= len(new) <= _FEW:
            return None
        was, here = _edges(before.boxes[old]), _edges(now.boxes[new])
        nearest = _nearest(was, here)
        new, moved = new[nearest], here[nearest] - was
        if np.bincount(nearest).max() > 1 or np.count_nonzero(shaped) > shaped[new].sum():
            return None
        # All marks of a page move together; the median of both edges is where to.
        page = np.sort(moved[:, :2] + moved[:, 2:], axis=0)[len(moved) // 2] / 2
        room = np.maximum(change * before.boxes[old, 3:], _NOISE)
        if (np.abs(moved - np.tile(page, 2)) > room).any():
            return None
        if (_at_border(here[nearest], extent) & ~_at_border(was, extent)).any():
            return None
        then, this = _inks(before)[:, old], _inks(now)[:, new]
        if (np.abs(this - then) > _INK * change * then).any():
            return None
        which = np.full(len(before.boxes), -1, np.intp)
        which[old] = new
        return replace(self, outlines=now, marks=which[self.marks], watched=new)


def _shaped(outlines: Outlines, settings: FindSettings) -> npt.NDArray[np.bool_]:
    """Which marks are as tall as a digit at least, and not too wide for one."""
    w, h = outlines.boxes[:, 2:].T
    tall = h >= settings.min_height_px
    return np.asarray(outlines.outer & tall & (w <= settings.max_aspect * h), np.bool_)


def _edges(boxes: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Left, top, right and bottom of boxes, `(n, 4)`."""
    return np.concatenate((boxes[:, :2], boxes[:, :2] + boxes[:, 2:]), axis=1)


def _at_border(edges: npt.NDArray[np.int32], extent: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Which marks may be cut off."""
    beyond = (edges[:, :2] <= 0) | (edges[:, 2:] >= extent[::-1])
    return np.asarray(beyond.any(axis=1), np.bool_)


def _inks(outlines: Outlines) -> npt.NDArray[np.float64]:
    """Of how many pixels each mark is, and how long its strokes are, `(2, n)`."""
    # Outlines run through the middle of the ink's outermost pixels.
    return np.stack((outlines.areas + outlines.lengths, outlines.lengths))


def _nearest(was: npt.NDArray[np.int32], here: npt.NDArray[np.int32]) -> Indices:
    """Which mark that is here is nearest to each that was, by their middles."""
    across, down = (
        np.abs(np.subtract.outer(was[:, i] + was[:, i + 2], here[:, i] + here[:, i + 2]))
        for i in (0, 1)
    )
    return np.asarray((across + down).argmin(axis=1), np.intp)
