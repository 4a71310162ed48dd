"""Lines: straight ones in a mask, level or upright, broken by what crosses them.

A line is thin across its direction over a length that no stroke of a digit has, so its pixels are
told by their runs (Wahl, Wong & Casey, 1982, smear runs to the same end): short ones across and
long ones along. Where a stroke crosses, the run across is longer, and the stroke stays whole.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.ink import Mask

Indices = npt.NDArray[np.intp]

_PIECE = 2.5
"""Least length of a straight piece, in widths across; curved strokes are straight for less."""

_STEEP = 0.25
"""Rules rise by less than this share of their length: 14 degrees."""

_SEEN = 0.3
"""Least share of a rule that no stroke hides."""

_BARE = 0.8
"""The same of the side of a box, which is not as long."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A straight line in a mask.

    Attributes:
        ends: the row and column of either end.
        length: in pixels; 0 where strokes hide most of it.
        seen: length that no stroke hides.
        own: rows and columns of the pixels that are the line's alone.
        thin: of those the ones that are no wider across than a rule.
        crossed: those where a stroke lies on either side of the line.
    """

    ends: tuple[tuple[int, int], tuple[int, int]]
    length: int
    seen: int
    own: tuple[Indices, Indices]
    thin: tuple[Indices, Indices]
    crossed: tuple[Indices, Indices]

    def joins(self, rules: Mask, reach: int) -> bool:
        """Whether it runs from one rule to another, or nearly."""
        return self.seen > _BARE * self.length and all(
            rules[max(y - reach, 0) : y + reach, max(x - reach, 0) : x + reach].any()
            for y, x in self.ends
        )


def lines_in(mask: Mask, across: int, least: float, *, upright: bool) -> list[Line]:
    """Level or upright lines in a mask, the longest first.

    Args:
        mask: the mark.
        across: widest line, in pixels.
        least: length in pixels of a piece that nothing crosses; lines without one are not followed.
        upright: whether upright lines are looked for.
    """

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
    lines: list[Line] = []
    common = 0.0  # the slope of the longest line, which others mostly share
    for x, y, w, h in sorted(boxes, key=lambda box: -box[2]):
        rows, columns = np.nonzero(left[y : y + h, x : x + w])
        if w < max(shortest, least) or h > _STEEP * w + 2 * across or not len(rows):
            continue
        slopes = {common, _slope(rows, columns) if w > 2 * shortest else 0.0}
        tried = [
            (_followed(mask, thin, (rows + y, columns + x), slope), slope)
            for slope in slopes
            if abs(slope) <= _STEEP
        ]
        line, slope = max(tried, key=lambda line: line[0].seen)
        while line.seen > 2 * w:  # it is known better now, and may go on further
            w = line.seen
            slope = _slope(*line.thin)
            again = _followed(mask, thin, line.thin, slope)
            line = again if again.seen > line.seen else line
        common = common if lines else slope
        left[line.own] = 0
        lines.append(line)
    return [_turned(line) for line in lines] if upright else lines


def _slope(rows: Indices, columns: Indices) -> float:
    """Of the straight line through some pixels, by least squares."""
    offset = columns - columns.mean()
    return float((offset * (rows - rows.mean())).sum() / max(float((offset**2).sum()), 1.0))


def _followed(mask: Mask, thin: Mask, piece: tuple[Indices, Indices], slope: float) -> Line:
    """The level line that goes on from a straight piece, to either side as far as there is ink.

    Args:
        mask: the mark.
        thin: of it, what is no wider across than a rule.
        piece: rows and columns of the piece's pixels.
        slope: of the line, rows a column.
    """
    height, width = mask.shape
    rows, columns = piece
    start = float(rows.mean() - slope * columns.mean())
    along = np.arange(width)
    middle = np.rint(start + slope * along).astype(np.intp)
    inside = (middle > 0) & (middle < height - 1)
    at = np.clip(middle, 1, height - 2)
    inked = inside & ((mask[at - 1, along] | mask[at, along] | mask[at + 1, along]) > 0)
    inked[columns] = True
    wide = max(1, round(len(columns) / len(np.unique(columns))))
    # Noise breaks a rule, too; a gap as long as it is wide does not end it.
    bare = np.flatnonzero(np.convolve(inked, np.ones(2 * wide + 1), "same") == 0)
    first = int(bare[bare < columns.min()].max(initial=-1)) + 1
    last = int(bare[bare > columns.max()].min(initial=width))
    ends = first + np.flatnonzero(inked[first:last])[[0, -1]]
    first, last = int(ends[0]), int(ends[1]) + 1
    along, at = along[first:last], at[first:last]
    half = (wide + 1) // 2 + 2
    reach = np.arange(-half, half + 1)[:, None]
    band = np.clip(at + reach, 0, height - 1)
    across = np.broadcast_to(along, band.shape)
    own = thin[band, along] > 0
    alone = own.copy()
    seen = int(np.count_nonzero(own.any(axis=0)))
    above, below = (
        mask[np.clip(at + side * (half + 1), 0, height - 1), along] > 0 for side in (-1, 1)
    )
    crossed_above, crossed_below = (
        np.convolve(side, np.ones(2 * wide + 1), "same") > 0 for side in (above, below)
    )
    # What comes to the rule from one side and ends there leaves it the far half.
    inked = mask[band, along] > 0
    own |= inked & (reach >= 0) & above & ~crossed_below
    own |= inked & (reach <= 0) & below & ~crossed_above
    crossed = own & crossed_above & crossed_below
    return Line(
        ends=((int(at[0]), first), (int(at[-1]), last - 1)),
        length=last - first if seen >= _SEEN * (last - first) else 0,
        seen=seen,
        own=(band[own], across[own]),
        thin=(band[alone], across[alone]),
        crossed=(band[crossed], across[crossed]),
    )


def _turned(line: Line) -> Line:
    """A level line of a picture on its side, as it is in the picture."""
    own, thin, crossed = (pixels[::-1] for pixels in (line.own, line.thin, line.crossed))
    first, last = (end[::-1] for end in line.ends)
    return replace(line, ends=(first, last), own=own, thin=thin, crossed=crossed)


def drawn(places: Iterable[tuple[Indices, Indices]], shape: tuple[int, ...]) -> Mask:
    """A mask of some pixels."""
    picture = np.zeros(shape, np.uint8)
    for pixels in places:
        picture[pixels] = 255
    return picture
