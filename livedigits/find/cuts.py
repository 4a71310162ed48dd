"""Cuts: several digits in one piece.

A wide mark may be two digits or more that touch. It is cut where it is thin, in all ways that leave
pieces of a digit's width; the model sees every piece, and the way whose worst piece is still a
digit wins (`classify.cuts`). Cuts run along the writing's slant, the shear under which the columns
of ink stand out most (after Vinciarelli & Luettin, 2001).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]

_SHEARS = (-0.2, 0.0, 0.2, 0.4)
"""Slants tried, in columns a row; most people lean to the right."""

_MOST_CUTS = 5
"""Best places to cut, for up to six digits."""

_NARROWEST, _WIDEST = 0.12, 1.3
"""Of a piece, in heights of the mark; a 1 is narrow."""

_LOWEST = 0.5
"""Least height of a piece, as a share of the mark's."""

_THICK = 2.2
"""What is thicker than so many strokes where it is cut does not just touch."""


class Part(NamedTuple):
    """Which part of a mark a piece is: what lies between two of its cuts, ends included.

    Attributes:
        mark: number of the mark in its frame.
        first: number of the cut that the piece starts at, 0 for the mark's left end.
        last: of the cut that it ends at.
        ends: number of the mark's right end.
    """

    mark: int
    first: int
    last: int
    ends: int


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A part of a mark.

    Attributes:
        first: as `Part` has it.
        last: as `Part` has it.
        ends: as `Part` has it.
        left: column of the mark that the core begins at.
        core: the piece alone, as high as the mark; 255 where it is.
    """

    first: int
    last: int
    ends: int
    left: int
    core: Mask


def pieces_of(core: Mask, stroke: float) -> Iterator[Piece]:
    """Pieces that a mark may be cut into.

    Args:
        core: the mark, 255 where it is, `(h, w)` uint8.
        stroke: mean width of its strokes in pixels of `core`.
    """
    rows, columns = np.nonzero(core)
    height = int(rows[-1] - rows[0]) + 1
    place = _upright(rows, columns)
    profile = np.bincount(place)
    cuts = _thin_places(profile, height, _THICK * stroke)
    if not cuts:
        return
    ends = [0, *cuts, len(profile)]
    for first, last in combinations(range(len(ends)), 2):
        width = ends[last] - ends[first]
        whole = last - first == len(ends) - 1
        if whole or not _NARROWEST * height < width < _WIDEST * height:
            continue
        inside = (ends[first] <= place) & (place < ends[last])
        left, right = int(columns[inside].min()), int(columns[inside].max()) + 1
        mask = np.zeros((core.shape[0], right - left), np.uint8)
        mask[rows[inside], columns[inside] - left] = 255
        piece = _largest(mask)
        if _height(piece) >= _LOWEST * height:
            yield Piece(first, last, len(ends) - 1, left, piece)


def _upright(rows: Places, columns: Places) -> Places:
    """The column of each pixel under the shear that makes columns stand out most, from 0."""
    best, most = columns, -1.0
    for shear in _SHEARS:
        place = columns + np.rint(shear * rows).astype(np.intp)
        place -= place.min()
        sharpness = float((np.bincount(place).astype(np.float64) ** 2).sum())
        if sharpness > most:
            best, most = place, sharpness
    return best


def _thin_places(
    profile: npt.NDArray[np.int64], height: int, most: float
) -> list[int]:
    """Columns to cut at, left to right: the thinnest of each neighbourhood."""
    apart = max(2, round(_NARROWEST * height))
    ink = np.flatnonzero(profile)
    chosen: list[int] = []
    smooth = np.convolve(profile, np.ones(3) / 3, "same") + 1e-3 * profile
    for column in np.argsort(smooth, kind="stable").tolist():
        if profile[column] > most or len(chosen) == _MOST_CUTS:
            break
        if column - ink[0] < apart or ink[-1] - column < apart:
            continue
        if all(abs(column - other) >= apart for other in chosen):
            chosen.append(column)
    return sorted(chosen)


def _largest(mask: Mask) -> Mask:
    """The largest connected part: what a neighbour has left over goes."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    best = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()) if len(stats) > 1 else 0
    return np.where(labels == best, mask, 0).astype(np.uint8)


def _height(mask: Mask) -> int:
    rows = np.flatnonzero(mask.any(axis=1))
    return int(rows[-1] - rows[0]) + 1 if len(rows) else 0
