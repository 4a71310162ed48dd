"""Cuts: several digits in one piece.

A wide mark may be two digits or more that touch. It is cut along `seams`, and the model sees what
lies between any two of them; the way of cutting whose seams and pieces are likeliest together wins
(`classify.cuts`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np

from livedigits.find.ink import Level
from livedigits.find.marks import Candidate, Part
from livedigits.find.outlines import largest
from livedigits.find.seams import Seams, seams_of
from livedigits.reading import Box
from livedigits.settings import FindSettings

_LEVEL = 1000
"""Marks are numbered from here on, on each level, so that no two have the same number."""

_NARROWEST, _WIDEST = 0.12, 1.3
"""Of a piece, in heights of the mark; a 1 is narrow."""

_LOWEST = 0.5
"""Least height of a piece, as a share of the mark's."""


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
    if not settings.max_pieces:
        return pieces
    found = seams_of([whole.core for whole in wholes])
    for number, (whole, seams) in enumerate(zip(wholes, found, strict=True)):
        if len(seams.likely) and len(pieces) < settings.max_pieces:
            mark = _LEVEL * level.depth + number
            pieces += _pieces(whole, seams, level.scale, mark)
    return pieces


def _pieces(whole: Candidate, seams: Seams, scale: float, mark: int) -> Iterator[Candidate]:
    """What lies between any two of the cuts of a mark, if it may be one digit."""
    core, ends = whole.core, len(seams.likely) + 1
    height, width = core.shape
    edges = [0.0, *seams.columns.mean(axis=1).tolist(), float(width)]
    likely = tuple(seams.likely.tolist())
    # For each pixel the number of the last cut before it.
    after = (np.arange(width) >= seams.columns[:, :, None]).sum(axis=0, dtype=np.uint8)
    # A pixel of room for the soft edge of what is cut.
    strength = cv2.copyMakeBorder(whole.strength, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    inset_x, inset_y, *_ = cv2.boundingRect(core)
    for first, last in combinations(range(ends + 1), 2):
        wide = edges[last] - edges[first]
        if last - first == ends or not _NARROWEST * height < wide < _WIDEST * height:
            continue
        inside = cv2.bitwise_and(cv2.inRange(after, first, last - 1), core)
        piece, (x, y, w, h) = largest(inside)
        if h < _LOWEST * height:
            continue
        offset = np.rint(np.array((x - inset_x, y - inset_y, w, h)) * scale).astype(int).tolist()
        yield replace(
            whole,
            box=Box(whole.box.x + offset[0], whole.box.y + offset[1], offset[2], offset[3]),
            core=cv2.copyMakeBorder(piece, 1, 1, 1, 1, cv2.BORDER_CONSTANT),
            strength=strength[y : y + h + 2, x : x + w + 2],
            part=Part(mark, first, last, ends, whole.box, likely),
            hidden=True,
            outlines=None,
        )
