"""Rules: straight lines that are no ink of a digit, taken out of the marks that they run through.

Ruled paper, the boxes of a form and the grid of a table hold on to the digits that touch them, and
all of it together is one large mark. A rule is thin across its direction over a length that no
stroke of a digit has, so its pixels are told by their runs (Wahl, Wong & Casey, 1982, smear runs
to the same end): short ones across and long ones along. Where a stroke crosses, the run across is
longer, and the stroke stays whole.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]
"""255 where there is ink, else 0; `(h, w)`."""

Pixels = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Rows and columns of some pixels."""

_THICK = 1.6
"""Rules are about as wide as the strokes of their mark; where a stroke crosses they are wider."""

_PIECE = 2.5
"""Least length of a straight piece, in widths across; curved strokes are straight for less."""

_STEEP = 0.25
"""Rules rise by less than this share of their length: 14 degrees."""

_SPAN = 0.6
"""A rule runs along so much of its mark's longer side ..."""

_LONG = 4.0
"""... or is so many times as long as the marks of the picture are tall."""

_SEEN = 0.3
"""Least share of a rule that no stroke hides."""


def without_rules(mask: Mask, stroke: float, height: float, least_lines: int = 1) -> Mask | None:
    """A mark without its rules.

    Args:
        mask: the mark alone.
        stroke: mean width of its strokes, in pixels.
        height: of the marks of the picture that may be digits, in pixels.

    Returns:
        What is left of it; None where it has no rules.
    """
    across = math.ceil(_THICK * stroke + 1)
    least = min(_SPAN * max(mask.shape), _LONG * height)
    level, upright = _lines(mask, across), _lines(np.ascontiguousarray(mask.T), across)
    rows = [line for line in level if line.length >= least]
    columns = [line for line in upright if line.length >= least]
    if not rows and not columns:
        return None
    along = _drawn([i.pixels for i in rows], mask.shape)
    beside = _drawn([i.pixels for i in columns], mask.T.shape)
    # The sides of a box may be no longer than a digit is tall, but they run from rule to rule.
    columns += [i for i in upright if i.length < least and i.joins(along.T, across)]
    rows += [i for i in level if i.length < least and i.joins(beside.T, across)]
    if len(rows) + len(columns) < least_lines:
        return None
    along = _drawn([i.pixels for i in rows], mask.shape)
    beside = _drawn([i.pixels for i in columns], mask.T.shape).T
    rest = cv2.subtract(cv2.subtract(mask, along), beside)
    # Strokes that cross are cut where they are hardly steeper than the rule.
    along = _drawn([i.crossed for i in rows], mask.shape)
    beside = np.ascontiguousarray(_drawn([i.crossed for i in columns], mask.T.shape).T)
    for crossed, kernel in ((along, (across + 3, 1)), (beside, (1, across + 3))):
        closed = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones(kernel, np.uint8))
        rest = cv2.bitwise_or(rest, cv2.bitwise_and(closed, crossed))
    return np.asarray(rest, np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """A level line of a mask.

    Attributes:
        start: its first and last column, and the row in either.
        length: in pixels.
        pixels: rows and columns of what is the line's alone, not a stroke's that crosses it.
        crossed: those of them that lie where a stroke comes from either side.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    length: int
    pixels: Pixels
    crossed: Pixels

    def joins(self, rules: Mask, across: int) -> bool:
        """Whether it runs from one rule to another."""
        reach = 2 * across
        return all(
            rules[max(y - reach, 0) : y + reach, max(x - reach, 0) : x + reach].any()
            for y, x in (self.start, self.end)
        )


def _lines(mask: Mask, across: int) -> list[_Line]:
    """Lines that are at most so wide across, the longest first."""
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((across + 1, 1), np.uint8))
    thin = cv2.subtract(mask, thick)
    # A pixel more above and below lets runs climb.
    runs = cv2.dilate(thin, np.ones((3, 1), np.uint8))
    shortest = math.ceil(_PIECE * across)
    piece = np.ones((1, shortest), np.uint8)
    straight = cv2.bitwise_and(cv2.morphologyEx(runs, cv2.MORPH_OPEN, piece), thin)
    linked = cv2.morphologyEx(straight, cv2.MORPH_CLOSE, np.ones((3, 2 * across + 1), np.uint8))
    outlines = cv2.findContours(linked, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    boxes = sorted((cv2.boundingRect(i) for i in outlines), key=lambda box: -box[2])
    found = []
    for x, y, w, h in boxes:
        if w < shortest or h > _STEEP * w + 2 * across:
            continue
        own = straight[y : y + h, x : x + w]
        there = np.flatnonzero(own.any(axis=0))
        rows, columns = np.nonzero(own)
        if not len(rows):
            continue
        slope, middle = _fitted(rows, columns) if w > 2 * shortest else (0.0, rows.mean())
        if abs(slope) > _STEEP:
            continue
        wide = round(len(rows) / len(there))
        found.append(_followed(mask, thin, (x, y), slope, middle, there, wide))
        straight[found[-1].pixels] = 0
    return found


def _fitted(rows, columns) -> tuple[float, float]:
    """Slope and row at column 0 of the straight line through some pixels."""
    mean, middle = columns.mean(), rows.mean()
    offset = columns - mean
    slope = float((offset * (rows - middle)).sum() / max((offset**2).sum(), 1))
    return slope, float(middle - slope * mean)


def _followed(mask, thin, corner, slope, middle, there, wide) -> _Line:
    """The line that goes on from a straight piece on either side, as long as there is ink."""
    x, y = corner
    height, width = mask.shape
    columns = np.arange(width)
    rows = np.rint(y + middle + slope * (columns - x)).astype(int)
    inside = (rows >= 1) & (rows < height - 1)
    at = np.clip(rows, 1, height - 2)
    inked = inside & ((mask[at, columns] | mask[at - 1, columns] | mask[at + 1, columns]) > 0)
    bare = np.flatnonzero(~inked)
    first, last = x + there[0], x + there[-1]
    left = bare[bare < first].max(initial=-1) + 1
    right = bare[bare > last].min(initial=width)
    columns, rows = columns[left:right], at[left:right]
    half = (wide + 1) // 2 + 2
    reach = np.arange(-half, half + 1)[:, None]
    band = np.clip(rows + reach, 0, height - 1)
    own = thin[band, columns] > 0
    seen = own.any(axis=0)
    # What comes to the rule from one side only and ends there leaves it with the far half.
    above = mask[np.clip(rows - half - 1, 0, height - 1), columns] > 0
    below = mask[np.clip(rows + half + 1, 0, height - 1), columns] > 0
    aside = np.ones(2 * wide + 1)
    spread_above = np.convolve(above, aside, "same") > 0
    spread_below = np.convolve(below, aside, "same") > 0
    own |= (reach >= 0) & above & ~spread_below & (mask[band, columns] > 0)
    own |= (reach <= 0) & below & ~spread_above & (mask[band, columns] > 0)
    places = band[own], np.broadcast_to(columns, band.shape)[own]
    mend = own & spread_above & spread_below
    crossed = band[mend], np.broadcast_to(columns, band.shape)[mend]
    length = right - left
    if np.count_nonzero(seen) < _SEEN * length:
        length = 0
    return _Line((int(rows[0]), int(left)), (int(rows[-1]), int(right - 1)), int(length), places, crossed)


def _drawn(places: list[Pixels], shape: tuple[int, ...]) -> Mask:
    picture = np.zeros(shape, np.uint8)
    for pixels in places:
        picture[pixels] = 255
    return picture
