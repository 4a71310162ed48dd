"""Again: a page that is as it was, but for where it is.

In a stream most frames show what the ones before did. Where the digits of a frame are those of an
earlier one, in the same form and moved with the page, and hardly anything like a digit has come or
gone, all that was told of that frame holds, and it is enough to see where its marks are now.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from livedigits.find.ink import Mask
from livedigits.find.outlines import Outlines, strong
from livedigits.settings import FindSettings

Indices = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

NOISE = 2.0
"""Pixels that the border of a small mark may move for noise alone."""

INK = 3.0
"""Ink changes by so much more than places do, where a mark moves by parts of a pixel."""

_EDGE = 0.5
"""Pixels that a fine stroke is wider or narrower for where its edges fall between pixels."""

_FEW = 500
"""Up to so many marks, to see which is which takes less time than to measure them anew."""

_SPARE = 0.6
"""For each mark that is no digit, grain or clutter, so many may come or go; one that changes does
both."""

_FEW_DIGITS, _NOISY = 10, 0.1
"""Of the digits beyond so many, such a share seems to change by noise alone ..."""

_PATIENCE, _GONE = 3, 0.5
"""... but none for so many frames in a row, nor by so much of the ink in its box."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Where the marks of a frame are; all in pixels of the finest level.

    What is watched are the outlines of the candidates, and all others that may be digits or hold
    some. They are compared with those of the last frame in which nothing seemed to have changed.

    Attributes:
        outlines: of all that is written.
        boxes: around each candidate, `(n, 4)`; x, y, width and height.
        marks: indices of the first and the last outline of each candidate, `(n, 2)`; -1 for those
            that are on a coarser level, have been taken apart or are not as they were.
        edges: left, top, right and bottom of what is watched, `(m, 4)`.
        inks: how much ink it has and how long its strokes are, `(2, m)`, see `_inks`.
        rows: which of it are each candidate's outlines, `(n, 2)`; -1 for those that have none.
        shift: of the page since then, x and y.
        apart: whether rules have been taken out of some: what comes to them changes nothing else.
        digits: which of the candidates are digits, `(k,)`.
        inked: pixels of ink in the box of each when all was found, `(k,)`.
        missed: frames in a row in which each was not as it was, `(k,)`.
        same: whether nothing like a digit has come or gone, as far as one frame can tell.
    """

    outlines: Outlines
    boxes: Floats
    marks: Indices
    edges: Floats
    inks: Floats
    rows: Indices
    shift: Floats
    apart: bool
    digits: Indices
    inked: Indices
    missed: Indices
    same: bool = False

    @classmethod
    def of(
        cls,
        outlines: Outlines,
        boxes: Floats,
        marks: Indices,
        settings: FindSettings,
        *,
        apart: bool,
    ) -> Self:
        """A page of which it is not told yet which candidates are digits."""
        own = _shaped(outlines, settings)
        own[marks[marks >= 0]] = True
        watched = np.flatnonzero(own)
        rows = np.where(marks < 0, -1, np.searchsorted(watched, marks))
        edges, inks = edges_of(outlines.boxes[watched]), _inks(outlines)[:, watched]
        still, nothing = np.zeros(2), np.zeros(0, np.intp)
        told = nothing, nothing, nothing
        return cls(outlines, boxes, marks, edges, inks, rows, still, apart, *told)

    @property
    def whole(self) -> bool:
        """Whether all of it is told by outlines."""
        return not self.apart and bool((self.rows >= 0).all())

    def with_digits(self, digits: Indices, mask: Mask) -> Self:
        """With the candidates that are digits.

        Args:
            digits: their indices, `(k,)`.
            mask: the ink of the frame.
        """
        inked = _inked(self.boxes[digits], mask)
        return replace(self, digits=digits, inked=inked, missed=np.zeros_like(digits))

    def again(
        self, now: Outlines, mask: Mask, settings: FindSettings, change: float
    ) -> Self | None:
        """The same marks where they are now, if no digit came or went.

        Args:
            now: the outlines of a later frame.
            mask: its ink.
            settings: how tall and how dark a digit is.
            change: share of its height that the border of a mark may have moved by, beside the
                page.
        """
        match = self._matched(now, mask.shape, settings.min_height_px, change)
        if match is None:
            return None
        marks = match.outlines[self.rows]
        own = np.asarray((marks >= 0).all(axis=1), np.bool_)
        marks[~own] = -1
        hidden = np.asarray(~own[self.digits], np.bool_)
        told = np.asarray(self.rows[self.digits, 0] >= 0, np.bool_)
        missed = np.where(hidden & told, self.missed + 1, 0)
        lost = int(np.count_nonzero(missed))
        # A digit that has changed is gone, and what it is now, one mark or two, has come.
        come = np.delete(_shaped(now, settings), match.outlines[:-1][match.fits])
        clutter = int(np.count_nonzero(come) + np.count_nonzero(~match.fits))
        spare = _SPARE * (len(match.fits) - np.count_nonzero(told))
        if clutter - 3 * lost > spare or missed.max(initial=0) >= _PATIENCE:
            return None
        boxes = self.boxes.copy()
        boxes[:, :2] += match.step
        boxes[own] = now.around(marks[own])
        inked = _inked(boxes[self.digits[hidden]], mask)
        other = np.abs(inked / np.maximum(self.inked[hidden], 1) - 1)
        changed = int(np.count_nonzero((other > INK * change) & ~told[hidden]))
        many = max(len(self.digits) - _FEW_DIGITS, 0)
        if lost + changed > _NOISY * many or (other > _GONE).any():
            return None
        same = clutter <= 3 * lost and not changed
        page = replace(self, outlines=now, boxes=boxes, marks=marks, missed=missed, same=same)
        if clutter or changed:
            return replace(page, shift=self.shift + match.step)
        return replace(page, edges=match.edges, inks=match.inks, shift=np.zeros(2))

    def _matched(
        self, now: Outlines, extent: tuple[int, ...], least: float, change: float
    ) -> "_Match | None":
        """What is watched where it is now; None where that is too much to tell."""
        new = np.flatnonzero(now.outer & (now.boxes[:, 2:].max(axis=1) >= least))
        if not (0 < len(self.edges) <= _FEW and 0 < len(new) <= _FEW):
            return None
        was, here = self.edges + np.tile(self.shift, 2), edges_of(now.boxes[new])
        nearest = _nearest(was, here)
        new, here = new[nearest], here[nearest]
        moved = here - was
        # All marks of a page move together; the median of both edges is where to.
        step = np.sort(moved[:, :2] + moved[:, 2:], axis=0)[len(moved) // 2] / 2
        room = np.maximum(change * (was[:, 3:] - was[:, 1:2]), NOISE)
        fits = (np.abs(moved - np.tile(step, 2)) <= room).all(axis=1)
        fits &= ~_at_border(here, extent) | _at_border(was, extent)
        inks, finest = _inks(now)[:, new], np.outer((_EDGE, 0), self.inks[1])
        room = np.maximum(INK * change * self.inks, finest)
        fits &= (np.abs(inks - self.inks) <= room).all(axis=0)
        fits &= np.bincount(new[fits], minlength=len(now.boxes))[new] == 1
        return _Match(np.append(np.where(fits, new, -1), -1), here, inks, fits, step)


@dataclass(frozen=True, slots=True, eq=False)
class _Match:
    """What was watched, in a later frame.

    Attributes:
        outlines: index of each, `(m + 1,)`; -1 for what is not as it was, and at the end.
        edges: see `Page`, `(m, 4)`.
        inks: likewise, `(2, m)`.
        fits: which are as they were, `(m,)`.
        step: of the page, x and y.
    """

    outlines: Indices
    edges: Floats
    inks: Floats
    fits: npt.NDArray[np.bool_]
    step: Floats


def _inked(boxes: Floats, mask: Mask) -> Indices:
    """Pixels of ink in each box, `(n,)`."""
    return np.array(
        [
            np.count_nonzero(mask[max(y, 0) : y + h, max(x, 0) : x + w])
            for x, y, w, h in np.rint(boxes).astype(int).tolist()
        ],
        np.intp,
    )


def _shaped(outlines: Outlines, settings: FindSettings) -> npt.NDArray[np.bool_]:
    """Which marks may be digits or hold some: they are tall enough, and not too faint."""
    tall = outlines.boxes[:, 3].astype(np.int64)
    shaped = outlines.outer & (tall >= settings.min_height_px)
    own = np.flatnonzero(shaped)
    shaped[own] = strong(outlines.edges[own], tall[own], settings.faintest)
    return np.asarray(shaped, np.bool_)


def edges_of(boxes: npt.NDArray[np.integer]) -> Floats:
    """Left, top, right and bottom of boxes, `(n, 4)`."""
    return np.concatenate((boxes[:, :2], boxes[:, :2] + boxes[:, 2:]), axis=1).astype(np.float64)


def _at_border(edges: Floats, extent: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Which marks may be cut off."""
    beyond = (edges[:, :2] <= 0) | (edges[:, 2:] >= extent[::-1])
    return np.asarray(beyond.any(axis=1), np.bool_)


def _inks(outlines: Outlines) -> Floats:
    """Of how many pixels each mark is, and how long its strokes are, `(2, n)`."""
    # Outlines run through the middle of the ink's outermost pixels.
    return np.stack((outlines.areas + outlines.lengths, outlines.lengths))


def _nearest(was: Floats, here: Floats) -> Indices:
    """Which mark that is here is nearest to each that was, by their middles."""
    across, down = (
        np.abs(np.subtract.outer(was[:, i] + was[:, i + 2], here[:, i] + here[:, i + 2]))
        for i in (0, 1)
    )
    return np.asarray((across + down).argmin(axis=1), np.intp)
