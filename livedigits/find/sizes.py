"""Sizes: how what is written on a level compares with a digit."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from livedigits.find.ink import InkMap, Level
from livedigits.find.outlines import Outlines
from livedigits.inspection import Verdict
from livedigits.settings import FindSettings

LIMITS = (
    Verdict.TOO_TALL,
    Verdict.TOO_WIDE,
    Verdict.TOO_SLIM,
    Verdict.RING,
    Verdict.CUT_OFF,
    Verdict.TOO_SHORT,
)
"""What a box may be that holds no digit, in the order of `Sizes.misfits`."""

_HOLE = 0.05
"""Least side of a hole, as a share of the mark's: smaller ones are of a dry pen."""

_BOX_HOLE = 0.8
"""Least side of a box's hole, as a share of the box's; in a 0 of the thinnest pen it is less."""

_MOST_HOLES = 3
"""In a digit, an 8 with a broken stroke."""

_HAIR = 0.015
"""Narrowest stroke of a straight digit, in its lengths; the finest pens make 0.02."""

_STRAIGHT = 1.1
"""Longest strokes of a straight mark, in diagonals of its box."""

_LEANING = 0.4
"""Widest box of a 1, in its heights: it leans by 22 degrees."""

_FILLING = (0.5, 0.25)
"""Share of a picture's height from which on a mark fills it; on coarser levels, which cannot tell a
little room from none, a smaller one."""


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """How the outlines of a level compare with a digit.

    Attributes:
        misfits: which are beyond which of `LIMITS`, `(len(LIMITS), n)` bool.
        shaped: which run around a mark that has the size and shape of a digit, `(n,)` bool.
        fit: which of those may be one: rings and what is cut off at the border may not.
        usual: height of those in pixels, the median; specks are many, so tall ones count more.
    """

    misfits: npt.NDArray[np.bool_]
    shaped: npt.NDArray[np.bool_]
    fit: npt.NDArray[np.bool_]
    usual: float

    @classmethod
    def of(cls, found: Outlines, ink: InkMap, level: Level, settings: FindSettings) -> Self:
        """Measures all outlines of a level."""
        misfits = _misfits(found.boxes, ink.mask.shape, level.depth, settings)
        misfits[LIMITS.index(Verdict.RING)] = _rings(found)
        misfits[LIMITS.index(Verdict.TOO_SLIM)] |= _hairlines(found)
        fit = found.outer & ~misfits.any(axis=0)
        sized = [why not in (Verdict.RING, Verdict.CUT_OFF) for why in LIMITS]
        shaped = found.outer & ~misfits[sized].any(axis=0)
        heights = np.sort(found.boxes[fit & ~_hollow(found), 3])
        weight = np.cumsum(heights)
        usual = float(ink.mask.shape[0] / 8)  # where there is nothing to measure
        if len(heights):
            usual = float(heights[np.searchsorted(weight, weight[-1] / 2)])
        return cls(misfits, shaped, fit, usual)


def _misfits(
    boxes: npt.NDArray[np.int32], frame: tuple[int, ...], depth: int, settings: FindSettings
) -> npt.NDArray[np.bool_]:
    """Which boxes are beyond which of the limits of size and shape, `(len(LIMITS), n)`."""
    height, width = frame
    x, y, w, h = boxes.T
    # A digit that fills its picture may well reach its border; others are cut off there.
    border = (x <= 0) | (y <= 0) | (x + w >= width) | (y + h >= height)
    return np.stack(
        (
            # What runs from one border to the other is a rule or the edge of something.
            (h > settings.max_height * height) | (h >= height) | (w >= width),
            w > settings.max_aspect * h,
            h > settings.max_slimness * w,
            np.zeros(len(boxes), np.bool_),  # what is in them tells rings
            border & (h < _FILLING[depth > 0] * height),
            h < settings.min_height_px,
        )
    )


def _hollow(found: Outlines) -> npt.NDArray[np.bool_]:
    """Which marks are boxes or grids by their holes, and tell nothing of a digit's height."""
    holes = np.flatnonzero(~found.outer)
    sides = np.divide(found.boxes[holes, 2:], found.boxes[found.parents[holes], 2:])
    holes, sides = holes[(sides > _HOLE).all(axis=1)], sides[(sides > _HOLE).all(axis=1)]
    parents = found.parents[holes]
    large = np.zeros(len(found.boxes), np.bool_)
    large[parents[(sides > _BOX_HOLE).all(axis=1)]] = True
    return np.asarray(large | (np.bincount(parents, minlength=len(large)) > _MOST_HOLES), np.bool_)


def _hairlines(found: Outlines) -> npt.NDArray[np.bool_]:
    """Which marks are rules of a page that lies askew: straight, far longer than wide, and not as
    upright as a 1; by their boxes they may be as large as a digit that fills the picture."""
    w, h = found.boxes[:, 2:].T
    long = np.hypot(w, h)
    thin = (found.strokes < _HAIR * long) & (found.lengths < _STRAIGHT * long)
    return np.asarray(found.outer & thin & (w > _LEANING * h), np.bool_)


def _rings(found: Outlines) -> npt.NDArray[np.bool_]:
    """Which marks are drawn around another one: a circled number, a bullet to tick, no 0.

    A 0 may have a dot in it or a slash; the one is smaller and the other taller, and few 0 are as
    wide as they are tall.
    """
    x, y, w, h = found.boxes.T
    ring = found.outer & (w > 0.8 * h) & (w < 1.25 * h) & (found.areas < 0.5 * w * h)
    rings = np.zeros(len(found.boxes), np.bool_)
    holes = np.flatnonzero(~found.outer)
    holes = holes[ring[found.parents[holes]] & (h[holes] > 0.5 * h[found.parents[holes]])]
    inner = np.flatnonzero(found.outer)
    if len(holes) and len(inner):
        left, top, wide, tall = found.boxes[holes, :, None].swapaxes(0, 1)
        inside = (x[inner] >= left) & (x[inner] + w[inner] <= left + wide)
        inside &= (y[inner] >= top) & (y[inner] + h[inner] <= top + tall)
        share = h[inner] / h[found.parents[holes], None]
        rings[found.parents[holes[(inside & (share > 0.3) & (share < 0.75)).any(axis=1)]]] = True
    return rings
