"""Lines: straight ones in a mask, level or upright, broken by what crosses them.

A line is thin across its direction over a length that no stroke of a digit has, so its pixels are
told by their runs (Wahl, Wong & Casey, 1982, smear runs to the same end): short ones across and
long ones along. Where a stroke crosses, the run across is longer, and the stroke stays whole.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.ink import Mask
from livedigits.find.outlines import components

Indices = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

_PIECE = 2.0
"""Least length of a straight piece, in widths across; curved strokes are straight for less."""

_STEEP = 0.25
"""Lines rise by less than this share of their length: 14 degrees."""

_SEEN = 0.3
"""Least share of a line that no stroke hides."""

_BARE = 0.8
"""The same of a line that is short."""

_STRONGER = 1.15
"""Ink that is so many times as strong as a line's is of a pen that runs along it: print is paler
than most pens, and ink on ink is darker than both."""

_CLEAR = 0.3
"""Least share of a line that no pen runs along."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line in a mask; columns and rows change places where it is upright.

    Attributes:
        upright: its direction.
        row: at column 0.
        slope: rows a column.
        first: column that it begins at.
        last: column that it ends before.
        wide: pixels across.
        seen: columns in which no stroke hides it.
    """

    upright: bool
    row: float
    slope: float
    first: int
    last: int
    wide: int
    seen: int

    @property
    def length(self) -> int:
        """In pixels; 0 where strokes hide most of it."""
        length = self.last - self.first
        return length if self.seen >= _SEEN * length else 0

    @property
    def middle(self) -> tuple[Indices, Indices]:
        """The rows and columns that its middle runs through, `(length,)` each."""
        columns = np.arange(self.first, self.last)
        return np.rint(self.row + self.slope * columns).astype(np.intp), columns

    def row_at(self, column: float) -> float:
        """The row that its middle is at."""
        return self.row + self.slope * column

    @property
    def is_bare(self) -> bool:
        """Whether strokes hide hardly any of it."""
        return self.seen > _BARE * (self.last - self.first)

    def joins(self, rules: Mask, reach: int) -> bool:
        """Whether it runs from one rule to another, or nearly."""
        rules = rules.T if self.upright else rules
        ends = ((round(self.row_at(x)), x) for x in (self.first, self.last - 1))
        return all(
            rules[max(y - reach, 0) : y + reach, max(x - reach, 0) : x + reach].any()
            for y, x in ends
        )

    def crosses(self, rules: Mask, reach: int) -> bool:
        """Whether there is a rule so far from it on either side, as where one runs over it."""
        rules = rules.T if self.upright else rules
        rows, columns = self.middle
        return all(
            rules[np.clip(rows + aside, 0, len(rules) - 1), columns].any()
            for aside in (-reach, reach)
        )


def lines_in(mask: Mask, thin: Mask, across: int, least: float, *, upright: bool) -> list[Line]:
    """Level or upright lines in a mask, the longest pieces first.

    Args:
        mask: the mark.
        thin: see `thin_in`.
        across: widest line, in pixels.
        least: length in pixels of a piece that nothing crosses; lines without one are not followed.
        upright: whether upright lines are looked for.
    """
    least = max(least, _PIECE * across)
    # A pixel more on either side lets runs climb.
    runs = cv2.dilate(thin, _kernel(1, 3, upright))
    bar = _kernel(math.ceil(_PIECE * across), 1, upright)
    straight = cv2.bitwise_and(cv2.morphologyEx(runs, cv2.MORPH_OPEN, bar), thin)
    linked = cv2.morphologyEx(straight, cv2.MORPH_CLOSE, _kernel(2 * across + 1, 3, upright))
    _, labels, stats = components(np.asarray(linked, np.uint8))
    if upright:
        straight, labels, stats = straight.T, labels.T, stats[:, (1, 0, 3, 2, 4)]
    long, tall = stats[:, 2:4].T
    pieces = np.flatnonzero((long >= least) & (tall <= _STEEP * long + 2 * across))
    pieces = pieces[pieces > 0]
    if not len(pieces):
        return []
    inked = cv2.dilate(mask, _kernel(1, 3, upright))
    if upright:
        inked, runs = inked.T, runs.T
    lines: list[Line] = []
    for piece in pieces[np.argsort(-long[pieces], kind="stable")].tolist():
        x, y, w, h = stats[piece, :4].tolist()
        if any(_lies_on(line, x, y, w, h) for line in lines):
            continue
        here = slice(y, y + h), slice(x, x + w)
        # Of this piece alone: in the box of a long tilted one there are others.
        rows, columns = np.nonzero((labels[here] == piece) & (straight[here] > 0))
        # The longest line's slope is mostly the others', too; a short piece does not tell its own.
        slopes = {line.slope for line in lines[:1]}
        slopes.add(_slope(rows, columns) if w > 2 * _PIECE * across else 0.0)
        line = _line(inked, runs, (rows + y, columns + x), slopes, upright)
        if line is not None:
            lines.append(line)
    return lines


def thin_in(mask: Mask, across: int, *, upright: bool) -> Mask:
    """What of a mask is at most so wide across a level or upright line."""
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _kernel(1, across + 1, upright))
    return np.asarray(cv2.subtract(mask, thick), np.uint8)


def level(line: Line, thin: Mask, strength: Mask) -> float:
    """Median strength of what is bare of a line; 0 where nothing is."""
    if line.upright:
        thin, strength = thin.T, strength.T
    rows, columns = line.middle
    inside = (rows >= 0) & (rows < len(thin))
    rows, columns = rows[inside], columns[inside]
    bare = strength[rows, columns][thin[rows, columns] > 0]
    return float(np.median(bare)) if len(bare) else 0.0


def draw(
    line: Line, mask: Mask, thin: Mask, strength: Mask, span: int, own: Mask, pen: Mask
) -> None:
    """Draws the pixels of a mask that are a line's; all pictures are of the mask's size.

    Args:
        line: in the mask.
        mask: the mark.
        thin: see `thin_in`.
        strength: of the ink.
        span: pixels along the line over which its strength is told; light may be uneven.
        own: takes in the pixels that are the line's own, 255.
        pen: takes in those of them that a pen seems to have gone over, 255.
    """
    if line.upright:
        mask, thin, strength, own, pen = mask.T, thin.T, strength.T, own.T, pen.T
    middle, columns = line.middle
    half = (line.wide + 1) // 2 + 2
    reach = np.arange(-half - 1, half + 2)[:, None]
    rows = np.clip(middle + reach, 0, mask.shape[0] - 1)
    columns = np.broadcast_to(columns, rows.shape)
    inked, alone = mask[rows, columns] > 0, thin[rows, columns] > 0
    above, below = inked[0], inked[-1]
    from_above, from_below = _near(above, line.wide), _near(below, line.wide)
    # What comes to the line from one side and ends there leaves it the far half.
    alone |= inked & (reach >= 0) & (above & ~from_below)
    alone |= inked & (reach <= 0) & (below & ~from_above)
    alone[[0, -1]] = False
    own[rows[alone], columns[alone]] = 255
    inks = strength[rows, columns]
    core = np.where(np.abs(reach) <= line.wide // 2, inks, 0).max(axis=0)
    stronger = alone & (inks > _STRONGER * _usual(core, span))
    pen[rows[stronger], columns[stronger]] = 255


def _usual(core: Mask, span: int) -> npt.NDArray[np.float64]:
    """A line's own strength in each of its columns, from that of all ink there, `(n,)`."""
    count = max(1, len(core) // span)
    long = len(core) // count
    rank = int(_CLEAR * long)
    own = np.partition(core[: count * long].reshape(count, long), rank, axis=1)[:, rank]
    return np.interp(np.arange(len(core)), (np.arange(count) + 0.5) * long, own)


def _kernel(along: int, over: int, upright: bool) -> Mask:
    return np.ones((along, over) if upright else (over, along), np.uint8)


def _lies_on(line: Line, x: int, y: int, w: int, h: int) -> bool:
    """Whether a piece is one of a line that is known."""
    column = x + w / 2
    off = abs(line.row_at(column) - (y + h / 2))
    return line.first <= column < line.last and off <= line.wide + h / 2 - w * abs(line.slope) / 2


def _line(
    inked: Mask, runs: Mask, piece: tuple[Indices, Indices], slopes: set[float], upright: bool
) -> Line | None:
    """The line that a straight piece belongs to, with the slope under which it is seen most."""
    rows, columns = piece
    wide = max(1, round(len(columns) / len(np.unique(columns))))
    tried = [
        _followed(inked, runs, columns, rows.mean() - slope * columns.mean(), slope, wide, upright)
        for slope in slopes
        if abs(slope) <= _STEEP
    ]
    return max(tried, key=lambda line: line.seen, default=None)


def _slope(rows: Indices, columns: Indices) -> float:
    """Of the straight line through some pixels, by least squares."""
    offset = columns - columns.mean()
    return float((offset * (rows - rows.mean())).sum() / max(float((offset**2).sum()), 1.0))


def _followed(
    inked: Mask,
    runs: Mask,
    columns: Indices,
    row: float,
    slope: float,
    wide: int,
    upright: bool,
) -> Line:
    """A piece's line, to either side as far as there is ink, and put right as it gets longer."""
    height, width = inked.shape
    along = np.arange(width)
    start, end = int(columns.min()), int(columns.max()) + 1
    reached = 0
    while True:
        middle = np.rint(row + slope * along).astype(np.intp)
        at = np.clip(middle, 0, height - 1)
        ink = (inked[at, along] > 0) & (middle == at)
        ink[start:end] = True
        # Noise breaks a line, too; a gap as long as it is wide does not end it.
        bare = np.flatnonzero(~_near(ink, wide))
        first = int(bare[bare < start].max(initial=-1)) + 1
        last = int(bare[bare >= end].min(initial=width))
        inside = first + np.flatnonzero(ink[first:last])
        first, last = int(inside[0]), int(inside[-1]) + 1
        seen = runs[at[first:last], along[first:last]] > 0
        line = Line(upright, row, slope, first, last, wide, int(np.count_nonzero(seen)))
        if line.seen <= 1.5 * max(reached, end - start):
            return line
        # It is known better now, and may go on further.
        reached = line.seen
        row, slope = _put_right(runs, line)


def _near(places: Flags, reach: int) -> Flags:
    """Which places are at most so far from one that is set."""
    # Not "same": that gives more than there are where the reach is longer.
    spread = np.convolve(places, np.ones(2 * reach + 1), "full")[reach : reach + len(places)]
    return np.asarray(spread > 0, np.bool_)


def _put_right(runs: Mask, line: Line) -> tuple[float, float]:
    """Row and slope of a line by all that is seen of it."""
    middle, columns = line.middle
    rows = middle + np.arange(-line.wide - 1, line.wide + 2)[:, None]
    there = runs[np.clip(rows, 0, runs.shape[0] - 1), columns] > 0
    rows, columns = rows[there], np.broadcast_to(columns, rows.shape)[there]
    slope = _slope(rows, columns)
    return float(rows.mean() - slope * columns.mean()), slope
