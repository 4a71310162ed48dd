"""Cuts: several digits in one piece.

A wide mark may be two digits or more that touch. It is cut along seams, paths from top to bottom
that cross as little ink as they can (after Avidan & Shamir, 2007): around the bow of a 3 and
through the one place where it touches the 6. The model sees every piece between two seams, and the
way of cutting whose pieces are surest together wins (`classify.cuts`).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.ink import Level, Mask
from livedigits.find.marks import Candidate, Part
from livedigits.find.outlines import components
from livedigits.reading import Box
from livedigits.settings import FindSettings

Floats = npt.NDArray[np.float32]

_LEVEL = 1000
"""Marks are numbered from here on, on each level, so that no two have the same number."""

_ROWS = 33
"""Seams are looked for in a mark of this height, smaller than most are; odd, for a middle row."""

_WALL = 1e3
"""Ink that no seam crosses."""

_MOST_CUTS = 3.0
"""Most seams, for each height that a mark is wide; a pair of digits has five."""

_NARROWEST, _WIDEST = 0.12, 1.3
"""Of a piece, in heights of the mark; a 1 is narrow."""

_LOWEST = 0.5
"""Least height of a piece, as a share of the mark's."""

_THICK = 2.2
"""What crosses more ink than so many strokes does not run between digits."""

_BESIDE = np.ones((1, 3), np.uint8)

_SIDEWAYS = np.float32(0.15)
"""What a step aside costs, in pixels of ink, so that seams do not wander: digits hardly lock
into each other."""


def cut(wholes: Sequence[Candidate], level: Level, settings: FindSettings) -> list[Candidate]:
    """Pieces that wide marks may be cut into.

    Args:
        wholes: the wide marks of a level; with more pieces than `max_pieces` the later ones go.
        level: theirs.
        settings: how many pieces are tried.

    Returns:
        The pieces with their `part`; those of one mark between all pairs of its cuts.
    """
    pieces: list[Candidate] = []
    for number, (whole, seams) in enumerate(zip(wholes, _seams(wholes, level), strict=True)):
        if len(seams) and len(pieces) < settings.max_pieces:
            mark = _LEVEL * level.depth + number
            pieces += _pieces(whole, seams, level.scale, mark)
    return pieces


def _pieces(whole: Candidate, seams: Floats, scale: float, mark: int) -> Iterator[Candidate]:
    """What lies between any two of the cuts of a mark, if it has the size of a digit."""
    core, ends = whole.core, len(seams) + 1
    height, width = core.shape
    edges = [0.0, *seams.mean(axis=1).tolist(), float(width)]
    # For each pixel the number of the last cut before it.
    after = (np.arange(width) >= seams[:, :, None]).sum(axis=0, dtype=np.uint8)
    # A pixel of room for the soft edge of what is cut.
    strength = cv2.copyMakeBorder(whole.strength, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    inset_x, inset_y, *_ = cv2.boundingRect(core)
    for first, last in combinations(range(ends + 1), 2):
        wide = edges[last] - edges[first]
        if last - first == ends or not _NARROWEST * height < wide < _WIDEST * height:
            continue
        inside = cv2.bitwise_and(cv2.inRange(after, first, last - 1), core)
        piece, (x, y, w, h) = _largest(inside)
        if h < _LOWEST * height:
            continue
        offset = np.rint(np.array((x - inset_x, y - inset_y, w, h)) * scale).astype(int).tolist()
        yield replace(
            whole,
            box=Box(whole.box.x + offset[0], whole.box.y + offset[1], offset[2], offset[3]),
            core=cv2.copyMakeBorder(piece, 1, 1, 1, 1, cv2.BORDER_CONSTANT),
            strength=strength[y : y + h + 2, x : x + w + 2],
            part=Part(mark, first, last, ends, whole.box),
            hidden=True,
            outlines=None,
        )


def _largest(mask: Mask) -> tuple[Mask, tuple[int, ...]]:
    """The largest connected part, cut tight, and its box: what a neighbour has left over goes."""
    count, labels, stats = components(mask)
    if count < 2:
        return mask, (0, 0, 0, 0)
    best = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    x, y, w, h = stats[best, :4].tolist()
    there = mask[y : y + h, x : x + w]
    if count > 2:
        there = np.where(labels[y : y + h, x : x + w] == best, there, 0).astype(np.uint8)
    return there, (x, y, w, h)


def _seams(wholes: Sequence[Candidate], level: Level) -> list[Floats]:
    """The seams of each mark, from left to right, as columns of its core row by row, `(n, h)`."""
    if not wholes:
        return []
    # All marks stand side by side in one strip, with walls between, and are searched at once.
    inks = [_small(whole.core) for whole in wholes]
    walled = [np.pad(ink, ((0, 0), (0, 1)), constant_values=_WALL) for ink in inks]
    strip = np.concatenate(walled, axis=1)
    middle = _ROWS // 2
    # Least ink on the way to each column of the middle row, from above and from below.
    ways = _cheapest(np.stack((strip[: middle + 1], strip[middle:][::-1]), axis=1))
    cost = ways[-1].sum(axis=0) - strip[middle]
    begins = np.cumsum([0, *(ink.shape[1] for ink in walled[:-1])]).tolist()
    chosen = []
    for whole, ink, begin in zip(wholes, inks, begins, strict=True):
        stroke = whole.stroke / level.scale * _ROWS / whole.core.shape[0]
        own = cost[begin : begin + ink.shape[1]]
        chosen.append([begin + column for column in _valleys(own, ink, stroke)])
    columns = np.array([column for own in chosen for column in own], np.intp)
    above, below = (_paths(ways[:, side], columns) for side in (0, 1))
    paths = iter(np.concatenate((above, below[-2::-1])).T)
    seams = []
    for whole, ink, begin, own in zip(wholes, inks, begins, chosen, strict=True):
        height, width = whole.core.shape
        rows = (np.arange(height) + 0.5) * _ROWS / height - 0.5
        grown = [np.interp(rows, np.arange(_ROWS), next(paths) - begin + 0.5) for _ in own]
        scale = width / ink.shape[1]
        seams.append(np.array(grown, np.float32).reshape(len(own), height) * np.float32(scale))
    return seams


def _small(core: Mask) -> Floats:
    """A mark with `_ROWS` rows, ink 1."""
    height, width = core.shape
    size = (max(3, round(width * _ROWS / height)), _ROWS)
    small = cv2.resize(core, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small / np.float32(255), np.float32)


def _valleys(cost: Floats, ink: Floats, stroke: float) -> list[int]:
    """Columns of one mark at which to cut, from left to right.

    Args:
        cost: of the seam through each column of the middle row.
        ink: the small mark.
        stroke: mean width of its strokes there.
    """
    apart = _NARROWEST * _ROWS
    inked = np.flatnonzero(ink.any(axis=0))
    around = np.ones((1, 2 * round(apart / 2) + 1), np.uint8)
    valleys = np.flatnonzero(cost <= cv2.erode(cost[None], around)[0] + 1e-3)
    most = math.ceil(_MOST_CUTS * len(cost) / _ROWS)
    chosen: list[int] = []
    for column in valleys[np.argsort(cost[valleys], kind="stable")].tolist():
        if cost[column] > _THICK * stroke + 0.5 or len(chosen) == most:
            break
        in_reach = inked[0] + apart <= column <= inked[-1] - apart
        if in_reach and all(abs(column - other) >= apart for other in chosen):
            chosen.append(column)
    return sorted(chosen)


def _cheapest(ink: Floats) -> Floats:
    """Least ink on the way from the first row to each column of each other row.

    Args:
        ink: `(rows, n, w)`, of n pictures; a way goes at most one column aside from row to row.

    Returns:
        `(rows, n, w)`.
    """
    costs = ink.copy()
    for before, own in pairwise(costs):
        aside = cv2.erode(before, _BESIDE) + _SIDEWAYS
        own += cv2.min(before, aside)
    return costs


def _paths(costs: Floats, columns: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Columns, row by row, of the cheapest ways to some columns of the last row, `(rows, n)`."""
    beyond = np.pad(costs, ((0, 0), (1, 1)), constant_values=np.inf)
    path = np.empty((len(costs), len(columns)), np.intp)
    path[-1] = columns
    for row in range(len(costs) - 2, -1, -1):
        here = path[row + 1]
        left, middle, right = beyond[row, here], beyond[row, here + 1], beyond[row, here + 2]
        step = np.where(left < right, -1, 1)
        path[row] = here + step * (np.minimum(left, right) + _SIDEWAYS < middle)
    return path
