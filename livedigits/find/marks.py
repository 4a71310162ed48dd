"""Marks: connected ink with a place, and what the model is shown of it."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.ink import InkMap
from livedigits.find.outlines import Outlines
from livedigits.find.patches import Ink
from livedigits.reading import Box

_FEW = 500
"""Up to so many outlines, to see which marks have no neighbour saves more time than it costs."""

_NEXT = np.ones((3, 3), np.uint8)

_ROOM = 0.5
"""Width of the room that a digit takes, in its heights, slim as it may be."""


class Part(NamedTuple):
    """Which part of a mark a piece is: what lies between two of its cuts, ends included.

    Attributes:
        mark: number of the mark in its frame.
        first: number of the cut that the piece starts at, 0 for the mark's left end.
        last: of the cut that it ends at.
        ends: number of the mark's right end.
        whole: the box around the mark.
        seams: how likely each of the mark's cuts runs between two digits, `ends - 1` figures.
    """

    mark: int
    first: int
    last: int
    ends: int
    whole: Box
    seams: tuple[float, ...]

    @property
    def at_ends(self) -> tuple[float, ...]:
        """How likely the cuts at its ends run between two digits; the mark's own ends are none."""
        return (
            self.seams[max(self.first - 1, 0) : self.first] + self.seams[self.last - 1 : self.last]
        )

    @property
    def within(self) -> tuple[float, ...]:
        """How likely the cuts do that it bridges."""
        return self.seams[self.first : self.last - 1]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A mark that may be a digit; it is cut out on demand, since many are not looked at closely.

    Attributes:
        box: around the mark, in pixels of the original frame.
        core: 255 where the mask holds it, with a pixel of room around it.
        strength: of the ink in the same place; its neighbours' too.
        contrast: grey levels that the mark is darker than its paper.
        stroke: mean width of its strokes in pixels of the original frame.
        part: of which wide mark it is a piece; None for a whole one.
        hidden: whether only a thorough look finds it: on a coarser level, or in a larger mark.
        outlines: indices of the first and the last of its outlines, often the same, in the finest
            ink as it is; None for what is on a coarser level, has been taken apart or lost a tail.
        at_border: whether it reaches the border of the picture, beyond which there may be more.
        freed: whether rules were taken out of what it was part of.
        ground: grey levels of its paper; where ink is light, those that it is darker than white.
    """

    box: Box
    core: npt.NDArray[np.uint8]
    strength: npt.NDArray[np.uint8]
    contrast: float
    stroke: float
    part: Part | None = None
    hidden: bool = False
    outlines: tuple[int, int] | None = None
    at_border: bool = False
    freed: bool = False
    ground: float = 255.0

    @property
    def ink(self) -> Ink:
        """The mark without its neighbours, with the soft edge that lies a pixel outside of it; 255
        at the core of its strokes."""
        soft = cv2.convertScaleAbs(self.strength, alpha=255 / (1.1 * self.contrast))
        return np.asarray(cv2.bitwise_and(soft, cv2.dilate(self.core, _NEXT)), np.uint8)


def rooms_of(boxes: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Areas of boxes as if none were slim: among larger marks a 1 counts for a digit.

    Args:
        boxes: `(n, 4)`; x, y, width and height.
    """
    w, h = boxes.reshape(-1, 4)[:, 2:].T.astype(np.float64)
    return np.asarray(h * np.maximum(w, _ROOM * h))


def measured(
    ink: InkMap,
    scale: float,
    found: Outlines,
    pieces: list[list[int]],
) -> list[Candidate]:
    """Marks of one or two outlines each; the first is the body, of which the stroke is told.

    Args:
        ink: what is written on a level.
        scale: pixels of the original frame for a pixel of the level.
        found: the outlines of the ink.
        pieces: indices of each mark's outlines.
    """
    if not pieces:
        return []
    height, width = ink.mask.shape
    around = found.around(np.array([(i[0], i[-1]) for i in pieces]))
    boxes = np.rint(around * scale).astype(int)
    low, high = around[:, :2] - 1, around[:, :2] + around[:, 2:] + 1
    border = np.any(np.concatenate((low < 0, high > (width, height)), axis=1), axis=1).tolist()
    grounds = ink.ground_at(around[:, :2] + around[:, 2:] / 2).tolist()
    low, high = np.maximum(low, 0), np.minimum(high, (width, height))
    rooms = np.concatenate((low, high), axis=1)
    alone = np.zeros(len(pieces), np.bool_)
    if len(found.boxes) <= _FEW:
        corners = found.boxes[:, :2] + found.boxes[:, 2:]
        near = (found.boxes[:, :2] < high[:, None]) & (corners > low[:, None])
        alone = np.count_nonzero(near.all(axis=2) & found.outer, axis=1) == 1
    marks = []
    for own, box, (left, top, right, bottom), is_alone, at_border, ground in zip(
        pieces, boxes.tolist(), rooms.tolist(), alone.tolist(), border, grounds, strict=True
    ):
        strength = ink.strength[top:bottom, left:right]
        core = ink.mask[top:bottom, left:right]
        if not is_alone:
            filled = np.zeros(core.shape, np.uint8)
            outlines = [found.contours[i] for i in own]
            cv2.drawContours(filled, outlines, -1, 255, cv2.FILLED, offset=(-left, -top))
            core = cv2.bitwise_and(filled, core)
        # Half of the ink's pixels are edges at about two thirds of full strength.
        contrast = max(1.0, cv2.mean(strength, core)[0])
        stroke = float(found.strokes[own[0]]) * scale
        ends = own[0], own[-1]
        inks = core, strength, contrast, stroke
        marks.append(Candidate(Box(*box), *inks, outlines=ends, at_border=at_border, ground=ground))
    return marks
