"""Cuts: several digits in one piece.

A wide mark may be two digits or more that touch. It is cut along seams, paths from top to bottom
that cross as little ink as they can (after Avidan & Shamir, 2007): around the bow of a 3 and
through the one place where it touches the 6. The model sees every piece between two seams, and the
way of cutting whose pieces are surest together wins (`classify.cuts`).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.ink import Level, Mask
from livedigits.find.marks import Mark, Part
from livedigits.reading import Box
from livedigits.settings import FindSettings

Floats = npt.NDArray[np.float32]

_LEVEL = 1000
"""Marks are numbered from here on, on each level, so that no two have the same number."""

_ROWS = 32
"""Seams are looked for in a mark of this height, smaller than most are."""

_MOST_CUTS = 2.0
"""Most seams, for each height that a mark is wide; a pair of digits has three."""

_NARROWEST, _WIDEST = 0.12, 1.3
"""Of a piece, in heights of the mark; a 1 is narrow."""

_LOWEST = 0.5
"""Least height of a piece, as a share of the mark's."""

_THICK = 2.2
"""What crosses more ink than so many strokes does not run between digits."""

_SIDEWAYS = np.float32(0.03)
"""What a step aside costs, in pixels of ink, so that seams are straight where all is bare."""


def cut(wholes: Sequence[Mark], level: Level, settings: FindSettings) -> list[Mark]:
    """Pieces that wide marks may be cut into.

    Args:
        wholes: the wide marks of a level; with more pieces than `max_pieces` the later ones go.
        level: theirs.
        settings: how many pieces are tried.

    Returns:
        The pieces with their `part`; those of one mark between all pairs of its cuts.
    """
    pieces: list[Mark] = []
    for number, whole in enumerate(wholes):
        if len(pieces) >= settings.max_pieces:
            break
        seams = _seams(whole.core, whole.stroke / level.scale)
        for first, last, core, left in _between(whole.core, seams):
            part = Part(_LEVEL * level.depth + number, first, last, len(seams) + 1)
            pieces.append(_piece(whole, core, left, level.scale, part))
    return pieces


def _piece(whole: Mark, core: Mask, left: int, scale: float, part: Part) -> Mark:
    """A part of a mark with a pixel of room around it; its core begins at column `left`."""
    x, y, w, h = cv2.boundingRect(core)
    core = cv2.copyMakeBorder(core[y : y + h, x : x + w], 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    x += left
    room = cv2.copyMakeBorder(whole.strength, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    strength = room[y : y + h + 2, x : x + w + 2]
    inset = np.flatnonzero(whole.core.any(axis=0))[0], np.flatnonzero(whole.core.any(axis=1))[0]
    offset = np.rint(np.array((x - inset[0], y - inset[1], w, h)) * scale).astype(int).tolist()
    box = Box(whole.box.x + offset[0], whole.box.y + offset[1], offset[2], offset[3])
    return replace(
        whole, box=box, core=np.asarray(core, np.uint8), strength=strength, part=part, hidden=True
    )


def _between(core: Mask, seams: Floats) -> Iterator[tuple[int, int, Mask, int]]:
    """What lies between any two of the cuts: their numbers, the ink, and its first column."""
    height, width = core.shape
    edges = np.concatenate((np.zeros((1, height)), seams, np.full((1, height), width)))
    columns = np.arange(width)
    for first, last in combinations(range(len(edges)), 2):
        start, end = edges[first], edges[last]
        whole = last - first == len(edges) - 1
        if whole or not _NARROWEST * height < (end - start).mean() < _WIDEST * height:
            continue
        left, right = int(start.min()), int(np.ceil(end.max()))
        inside = (start[:, None] <= columns[left:right]) & (columns[left:right] < end[:, None])
        piece = _largest(np.where(inside, core[:, left:right], 0).astype(np.uint8))
        if _height(piece) >= _LOWEST * height:
            yield first, last, piece, left


def _seams(core: Mask, stroke: float) -> Floats:
    """The column of each row, `(n, h)`, for the seams that cross least ink, from left to right."""
    height, width = core.shape
    scale = min(1.0, _ROWS / height)
    size = (max(3, round(width * scale)), max(3, round(height * scale)))
    ink = cv2.resize(core, size, interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    middle = size[1] // 2
    down, from_above = _cheapest(ink[: middle + 1])
    up, from_below = _cheapest(ink[middle:][::-1])
    cost = down + up - ink[middle]
    apart = max(1.0, _NARROWEST * size[1])
    inked = np.flatnonzero(core.any(axis=0)) * size[0] / width
    around = np.ones((1, 2 * round(apart / 2) + 1), np.uint8)
    valleys = np.flatnonzero(cost <= cv2.erode(cost[None], around)[0] + 1e-3)
    most = math.ceil(_MOST_CUTS * width / height)
    chosen: list[int] = []
    for column in valleys[np.argsort(cost[valleys], kind="stable")].tolist():
        if cost[column] > _THICK * stroke * scale + 0.5 or len(chosen) == most:
            break
        in_reach = inked[0] + apart <= column <= inked[-1] - apart
        if in_reach and all(abs(column - other) >= apart for other in chosen):
            chosen.append(column)
    rows = (np.arange(height) + 0.5) * size[1] / height - 0.5
    seams = np.empty((len(chosen), height), np.float32)
    for seam, column in zip(seams, sorted(chosen), strict=True):
        path = _path(from_above, column)[::-1] + _path(from_below, column)[1:]
        seam[:] = (np.interp(rows, np.arange(size[1]), path) + 0.5) * width / size[0]
    return seams


def _cheapest(ink: Floats) -> tuple[Floats, npt.NDArray[np.int8]]:
    """Least ink on the way from the first row to each column of the last, and the steps there.

    Returns:
        The costs, `(w,)`, and for each row but the first and each column the step aside, -1 to 1,
        that its best way comes from.
    """
    cost = ink[0].copy()
    steps = np.zeros((len(ink) - 1, len(cost)), np.int8)
    wall = np.full(1, np.inf, np.float32)
    for row, own in enumerate(ink[1:]):
        left = np.concatenate((wall, cost[:-1])) + _SIDEWAYS
        right = np.concatenate((cost[1:], wall)) + _SIDEWAYS
        best = np.minimum(np.minimum(left, right), cost)
        steps[row] = np.where(best == cost, 0, np.where(best == left, -1, 1))
        cost = best + own
    return cost, steps


def _path(steps: npt.NDArray[np.int8], column: int) -> list[int]:
    """Columns of the way that ends in one, from its end back to the first row."""
    path = [column]
    for step in steps[::-1]:
        path.append(path[-1] + int(step[path[-1]]))
    return path


def _largest(mask: Mask) -> Mask:
    """The largest connected part: what a neighbour has left over goes."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    best = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()) if len(stats) > 1 else 0
    return np.where(labels == best, mask, 0).astype(np.uint8)


def _height(mask: Mask) -> int:
    rows = np.flatnonzero(mask.any(axis=1))
    return int(rows[-1] - rows[0]) + 1 if len(rows) else 0
