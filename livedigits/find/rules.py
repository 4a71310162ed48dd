"""Rules: straight lines that are no ink of a digit, taken out of the marks that they hold together.

Ruled paper, the boxes of a form and the grid of a table hold on to the digits that touch them, and
all of it together is one large mark. A rule is thin across its direction over a length that no
stroke of a digit has, so its pixels are told by their runs (Wahl, Wong & Casey, 1982, smear runs
to the same end): short ones across and long ones along. Where a stroke crosses, the run across is
longer, and the stroke stays whole.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]
"""255 where there is ink, else 0; `(h, w)`."""

Indices = npt.NDArray[np.intp]

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

_BARE = 0.8
"""The same of the side of a box, which is not as long."""

_BOX = 3
"""Rules that make a box: four sides, one of them lost. A 4 has two."""


def without_rules(mask: Mask, stroke: float, height: float, *, box: bool = False) -> Mask | None:
    """A mark without its rules.

    Args:
        mask: the mark alone, with a bare pixel around it.
        stroke: mean width of its strokes, in pixels.
        height: of the marks of the picture that may be digits, in pixels.
        box: whether only a box or more is taken out: the mark may be a digit itself.

    Returns:
        What is left of it; None where it has no rules.
    """
    across = math.ceil(_THICK * stroke + 1)
    least = min(_SPAN * max(mask.shape), _LONG * height)
    level, upright = _lines(mask, across, upright=False), _lines(mask, across, upright=True)
    rules = [line for line in (*level, *upright) if line.length >= least]
    if not rules:
        return None
    # The sides of a box may be no longer than a digit is tall, but they run from rule to rule.
    drawn = _drawn((line.own for line in rules), mask.shape)
    sides = (i for i in (*level, *upright) if 0.8 * height <= i.length < least)
    rules += [line for line in sides if line.joins(drawn, across)]
    if box and len(rules) < _BOX:
        return None
    rest = cv2.subtract(mask, _drawn((line.own for line in rules), mask.shape))
    # Strokes that cross are cut where they are hardly steeper than the rule.
    for lines, kernel in ((level, (across + 3, 1)), (upright, (1, across + 3))):
        crossed = _drawn((line.crossed for line in lines if line in rules), mask.shape)
        if crossed.any():
            closed = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones(kernel, np.uint8))
            rest = cv2.bitwise_or(rest, cv2.bitwise_and(closed, crossed))
    return np.asarray(rest, np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """A straight line in a mask.

    Attributes:
        ends: the row and column of either end.
        length: in pixels; 0 where strokes hide most of it.
        seen: length that no stroke hides.
        own: rows and columns of the pixels that are the line's alone.
        crossed: of those where a stroke lies on either side of it.
    """

    ends: tuple[tuple[int, int], tuple[int, int]]
    length: int
    seen: int
    own: tuple[Indices, Indices]
    crossed: tuple[Indices, Indices]

    def joins(self, rules: Mask, across: int) -> bool:
        """Whether it runs from one rule to another."""
        reach = across
        return self.seen > _BARE * self.length and all(
            rules[max(y - reach, 0) : y + reach, max(x - reach, 0) : x + reach].any()
            for y, x in self.ends
        )


def _lines(mask: Mask, across: int, *, upright: bool) -> list[_Line]:
    """Level or upright lines that are at most so wide across, the longest first."""

    def kernel(along: int, over: int) -> Mask:
        return np.ones((along, over) if upright else (over, along), np.uint8)

    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel(1, across + 1))
    thin = cv2.subtract(mask, thick)
    # A pixel more on either side lets runs climb.
    runs = cv2.dilate(thin, kernel(1, 3))
    shortest = math.ceil(_PIECE * across)
    straight = cv2.bitwise_and(cv2.morphologyEx(runs, cv2.MORPH_OPEN, kernel(shortest, 1)), thin)
    linked = cv2.morphologyEx(straight, cv2.MORPH_CLOSE, kernel(2 * across + 1, 3))
    outlines = cv2.findContours(linked, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    boxes = [cv2.boundingRect(i) for i in outlines]
    if upright:
        mask, thin, straight = mask.T, thin.T, straight.T
        boxes = [(y, x, h, w) for x, y, w, h in boxes]
    left = straight.copy()
    lines = []
    for x, y, w, h in sorted(boxes, key=lambda box: -box[2]):
        rows, columns = np.nonzero(left[y : y + h, x : x + w])
        if w < shortest or h > _STEEP * w + 2 * across or not len(rows):
            continue
        slope = _slope(rows, columns) if w > 2 * shortest else 0.0
        if abs(slope) <= _STEEP:
            start = float(rows.mean() + y - slope * (columns.mean() + x))
            line = _followed(mask, thin, rows=(start, slope), columns=columns + x)
            left[line.own] = 0
            lines.append(line)
    return [_turned(line) for line in lines] if upright else lines


def _slope(rows: Indices, columns: Indices) -> float:
    """Of the straight line through some pixels, by least squares."""
    offset = columns - columns.mean()
    return float((offset * (rows - rows.mean())).sum() / max(float((offset**2).sum()), 1.0))


def _followed(
    mask: Mask, thin: Mask, *, rows: tuple[float, float], columns: Indices
) -> _Line:
    """The level line that goes on from a straight piece, to either side as far as there is ink.

    Args:
        mask: the mark.
        thin: of it, what is no wider across than a rule.
        rows: the row at column 0 and the slope.
        columns: of the piece's pixels.
    """
    height, width = mask.shape
    start, slope = rows
    along = np.arange(width)
    middle = np.rint(start + slope * along).astype(np.intp)
    inside = (middle > 0) & (middle < height - 1)
    at = np.clip(middle, 1, height - 2)
    bare = np.flatnonzero(~inside | ((mask[at - 1, along] | mask[at, along] | mask[at + 1, along]) == 0))
    first = int(bare[bare < columns.min()].max(initial=-1)) + 1
    last = int(bare[bare > columns.max()].min(initial=width))
    along, at = along[first:last], at[first:last]
    wide = max(1, round(len(columns) / len(np.unique(columns))))
    half = (wide + 1) // 2 + 2
    reach = np.arange(-half, half + 1)[:, None]
    band = np.clip(at + reach, 0, height - 1)
    across = np.broadcast_to(along, band.shape)
    own = thin[band, along] > 0
    seen = np.count_nonzero(own.any(axis=0))
    above, below = (
        mask[np.clip(at + side * (half + 1), 0, height - 1), along] > 0 for side in (-1, 1)
    )
    near = np.ones(2 * wide + 1)
    crossed_above, crossed_below = (np.convolve(i, near, "same") > 0 for i in (above, below))
    # What comes to the rule from one side and ends there leaves it the far half.
    inked = mask[band, along] > 0
    own |= inked & (reach >= 0) & above & ~crossed_below
    own |= inked & (reach <= 0) & below & ~crossed_above
    crossed = own & crossed_above & crossed_below
    return _Line(
        ends=((int(at[0]), first), (int(at[-1]), last - 1)),
        length=last - first if seen >= _SEEN * (last - first) else 0,
        seen=seen,
        own=(band[own], across[own]),
        crossed=(band[crossed], across[crossed]),
    )


def _turned(line: _Line) -> _Line:
    """A level line of a picture on its side, as it is in the picture."""
    (y, x), (last_y, last_x) = line.ends
    return _Line(((x, y), (last_x, last_y)), line.length, line.seen, line.own[::-1], line.crossed[::-1])


def _drawn(places: Iterable[tuple[Indices, Indices]], shape: tuple[int, ...]) -> Mask:
    picture = np.zeros(shape, np.uint8)
    for pixels in places:
        picture[pixels] = 255
    return picture
