"""Frames: boxes, combs and tables by their outer border.

Where digits touch a box on all sides, none of its lines is bare for long enough to be seen as one.
But print is straight and has no gaps: the border of the whole mark lies on four straight lines, and
between them, put right in perspective, the walls of a comb and the rules of a table are inked from
one side to the other.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.ink import Mask
from livedigits.find.lines import Line
from livedigits.find.outlines import Contour

Floats = npt.NDArray[np.float64]

_OFF = 1.6
"""Pixels that the border of a straight line in a noisy mask is off it."""

_SUPPORT = 0.7
"""Least share of a side that lies on its line; digits stick out of a box, or break its side."""

_INKED = 0.93
"""Least share of a line that is inked."""

_WIDEST = 0.25
"""Widest line, as a share of the frame's height or width."""

_ALIKE = (0.5, 1.7)
"""Width of a wall or a rule inside, in widths of the sides; a 1 may be inked all the way, too."""

_AS_DARK = 0.2
"""How far its ink may be from theirs: all is print of one kind."""

_LEAST = 8
"""Least height and width of a frame, in pixels."""

_POINTS = 40
"""Points along a side that its line is fitted to."""


def frame_lines(mask: Mask, strength: Mask, outline: Contour) -> list[Line]:
    """The lines of a box, a comb or a table.

    Args:
        mask: the mark alone, with a bare pixel around it.
        strength: of the ink in the same place.
        outline: around the mark, in pixels of the mask.

    Returns:
        Its sides, and the walls and rules between them; none where the mark is no frame.
    """
    corners = _corners(mask, outline)
    if corners is None:
        return []
    upright, size = _put_right(corners)
    flat, dark = (
        cv2.warpPerspective(i, upright, size, flags=cv2.INTER_NEAREST) for i in (mask, strength)
    )
    level, steep = _bands(flat, dark), _bands(flat.T, dark.T)
    if not level or not steep:
        return []
    sides = level[0], level[-1], steep[0], steep[-1]
    wide, strong = np.median([(i.wide, i.level) for i in sides], axis=0).tolist()
    back = _inverse(upright)
    width, height = size
    lines = []
    for is_upright, bands, last in ((False, level, width - 1), (True, steep, height - 1)):
        for i in bands:
            as_wide = _ALIKE[0] * wide <= i.wide <= _ALIKE[1] * wide + 1
            if as_wide and abs(i.level - strong) <= _AS_DARK * strong:
                ends = np.array(((0, i.middle), (last, i.middle)))
                moved = _moved(ends[:, ::-1] if is_upright else ends, back)
                lines.append(_line(moved, i.wide, mask.shape, upright=is_upright))
    return lines


def _corners(mask: Mask, outline: Contour) -> Floats | None:
    """Corners of the frame, from the upper left one clockwise, `(4, 2)`; None where it is none."""
    box = np.asarray(cv2.boxPoints(cv2.minAreaRect(outline)), np.float64)
    # The first is the one nearest to the upper left corner; OpenCV goes on clockwise.
    box = np.roll(box, -int(box.sum(axis=1).argmin()), axis=0)
    # What sticks out of a frame has turned that rectangle: its longer sides are put right first,
    # and then the others between them.
    wide, tall = np.hypot(*(box[1] - box[0])), np.hypot(*(box[3] - box[0]))
    order = (0, 1) if wide >= tall else (1, 0)
    for turn in order:
        corners = _between(mask, np.roll(box, -turn, axis=0))
        if corners is None:
            return None
        box = np.roll(corners, turn, axis=0)
    return box


def _between(mask: Mask, corners: Floats) -> Floats | None:
    """A quadrangle with its first and third side moved to where those of the mark are."""
    matrix, (width, height) = _put_right(corners)
    inked = cv2.warpPerspective(mask, matrix, (width, height), flags=cv2.INTER_NEAREST) > 0
    top, bottom = _side(inked), _side(inked[::-1])
    if top is None or bottom is None:
        return None
    right = width - 1
    above = top.at(0), top.at(right)
    below = height - 1 - bottom.at(0), height - 1 - bottom.at(right)
    if below[0] - above[0] < _LEAST or below[1] - above[1] < _LEAST:
        return None
    moved = ((0.0, above[0]), (right, above[1]), (right, below[1]), (0.0, below[0]))
    return _moved(np.array(moved), _inverse(matrix))


def _put_right(corners: Floats) -> tuple[Floats, tuple[int, int]]:
    """The perspective transform of a quadrangle to an upright rectangle, and the size of that."""
    width = max(2, round(float(np.hypot(*(corners[1] - corners[0])))) + 1)
    height = max(2, round(float(np.hypot(*(corners[3] - corners[0])))) + 1)
    right, bottom = width - 1, height - 1
    target = np.array(((0, 0), (right, 0), (right, bottom), (0, bottom)), np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    return np.asarray(matrix, np.float64), (width, height)


@dataclass(frozen=True, slots=True)
class _Side:
    """The upper border of a mark as a straight line."""

    offset: float
    slope: float

    def at(self, column: float) -> float:
        """Its row there."""
        return self.offset + self.slope * column


def _side(inked: npt.NDArray[np.bool_]) -> _Side | None:
    """The line that most of the upper border of a mark lies on; None where there is none."""
    along = np.flatnonzero(inked.any(axis=0))
    across = inked.argmax(axis=0)[along]
    if len(along) < 8:
        return None
    chosen = np.unique(np.linspace(0, len(along) - 1, _POINTS).astype(int))
    x, y = along[chosen].astype(float), across[chosen].astype(float)
    # The median of all slopes (Theil, 1950; Sen, 1968) bears more than a quarter of outliers.
    one, other = np.triu_indices(len(x), len(x) // 4)
    slope = float(np.median((y[other] - y[one]) / (x[other] - x[one])))
    offset = float(np.median(y - slope * x))
    off = np.abs(across - (offset + slope * along))
    return _Side(offset, slope) if (off <= _OFF).mean() >= _SUPPORT else None


@dataclass(frozen=True, slots=True)
class _Band:
    """A level line in a frame that was put right.

    Attributes:
        middle: its row.
        wide: pixels across.
        level: median strength of its ink.
    """

    middle: float
    wide: int
    level: float


def _bands(flat: Mask, dark: Mask) -> list[_Band]:
    """Level lines in a frame; none where the frame's own sides are not among them."""
    height = flat.shape[0]
    # A pixel up or down makes up for what is left of bending.
    near = cv2.dilate(flat, np.ones((3, 1), np.uint8))
    inked = (near > 0).mean(axis=1) >= _INKED
    edges = np.flatnonzero(np.diff(np.concatenate(((False,), inked, (False,))).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts) or starts[0] > 2 or ends[-1] < height - 2:
        return []
    bands = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        middle, wide = (start + end - 1) / 2, max(end - start - 2, 1)
        bands.append(_Band(middle, wide, float(np.median(dark[round(middle)]))))
    widest = max(_WIDEST * height, 2)
    return [] if max(bands[0].wide, bands[-1].wide) > widest else bands


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrix), np.float64)


def _moved(points: Floats, matrix: Floats) -> Floats:
    return np.asarray(cv2.perspectiveTransform(points.astype(float)[None], matrix)[0], np.float64)


def _line(ends: Floats, wide: int, shape: tuple[int, ...], *, upright: bool) -> Line:
    (x, y), (to_x, to_y) = ends[:, ::-1] if upright else ends
    slope = (to_y - y) / max(to_x - x, 1e-6)
    first, last = max(round(x), 0), min(round(to_x) + 1, shape[0] if upright else shape[1])
    return Line(upright, y - slope * x, slope, first, last, wide, last - first)
