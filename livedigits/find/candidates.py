"""Candidates: connected marks of ink that have the size and shape of a digit."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.ink import InkMap, Level
from livedigits.find.joins import pairs_to_join
from livedigits.find.patches import Ink
from livedigits.reading import Box
from livedigits.settings import FindSettings

Contour = npt.NDArray[np.int32]
"""Points of a closed outline, `(n, 2)` int32, x and y."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mark that may be a digit.

    Attributes:
        box: around the mark, in pixels of the original frame.
        ink: the mark alone, cut tight; 255 at the core of its strokes.
        contrast: grey levels that the mark is darker than its paper.
        stroke: mean width of its strokes in pixels of the original frame.
    """

    box: Box
    ink: Ink
    contrast: float
    stroke: float


# A thick stroke is hollow on a fine level and a fine pen is cut short on a coarse one; in between
# both levels see it whole, and the finer one has it sharper.
_COARSE_STROKE = 4.0

_NEXT = np.ones((3, 3), np.uint8)


def find_candidates(ink: InkMap, level: Level, settings: FindSettings) -> list[Candidate]:
    """Marks with the size and shape of a digit, the largest first; then pairs of pieces.

    Args:
        ink: what is written on the level.
        level: its place in the pyramid.
        settings: limits of size and shape.
    """
    contours, hierarchy = cv2.findContours(ink.mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if hierarchy is None:
        return []
    links = hierarchy.reshape(-1, 4)
    boxes = {
        index: Box(*cv2.boundingRect(contours[index]))
        for index in np.flatnonzero(links[:, 3] < 0).tolist()
    }
    marks = [index for index, box in boxes.items() if max(box.w, box.h) >= settings.min_height_px]
    bodies = [index for index in marks if _fits(boxes[index], ink.mask.shape, settings)]
    bodies.sort(key=lambda index: -boxes[index].w * boxes[index].h)
    strokes = {
        index: _stroke_width([contours[index], *(contours[i] for i in _holes(index, links))])
        for index in bodies[: settings.max_candidates]
    }
    bodies = [i for i in strokes if level.depth == 0 or strokes[i] >= _COARSE_STROKE]
    found = [_cut_out(ink, level, boxes[i], [contours[i]], strokes[i]) for i in bodies]
    if ink.too_noisy:
        return found
    for body, mark in pairs_to_join(
        [boxes[i] for i in bodies], [boxes[i] for i in marks], settings
    ):
        one, other = bodies[body], marks[mark]
        both = boxes[one].union(boxes[other])
        found.append(_cut_out(ink, level, both, [contours[one], contours[other]], strokes[one]))
    return found


def _fits(box: Box, frame: tuple[int, ...], settings: FindSettings) -> bool:
    height, width = frame
    # What runs from one border to the other is a rule or the edge of something.
    return (
        settings.min_height_px <= box.h <= settings.max_height * height
        and box.h < height
        and box.w < width
        and box.w <= settings.max_aspect * box.h
        and box.h <= settings.max_slimness * box.w
    )


def _holes(index: int, links: npt.NDArray[np.int32]) -> Iterator[int]:
    hole = links[index, 2]
    while hole >= 0:
        yield hole
        hole = links[hole, 0]


def _stroke_width(outlines: list[Contour]) -> float:
    """Mean width of a mark's strokes: a stroke's area is its length, half its outline, by that.

    Args:
        outlines: around the mark, then around each of its holes.
    """
    outer, *holes = (cv2.contourArea(outline) for outline in outlines)
    length = sum(cv2.arcLength(outline, True) for outline in outlines) / 2
    # Outlines run through the middle of the ink's outermost pixels.
    return float(1 + (outer - sum(holes)) / max(length, 1.0))


def _cut_out(
    ink: InkMap, level: Level, box: Box, outlines: list[Contour], stroke: float
) -> Candidate:
    """The mark without its neighbours, with the soft edge that lies a pixel outside of the mask."""
    height, width = ink.mask.shape
    left, top = max(box.x - 1, 0), max(box.y - 1, 0)
    right, bottom = min(box.right + 1, width), min(box.bottom + 1, height)
    own = np.zeros((bottom - top, right - left), np.uint8)
    cv2.drawContours(own, outlines, -1, 255, cv2.FILLED, offset=(-left, -top))
    strength = ink.strength[top:bottom, left:right]
    core = cv2.bitwise_and(own, ink.mask[top:bottom, left:right])
    # Half of the ink's pixels are edges at about two thirds of full strength.
    contrast = max(1.0, cv2.mean(strength, core)[0])
    soft = cv2.convertScaleAbs(strength, alpha=255 / (1.1 * contrast))
    scale = level.scale
    return Candidate(
        Box(*(round(i * scale) for i in box)),
        cv2.bitwise_and(soft, cv2.dilate(core, _NEXT)),
        contrast,
        stroke * scale,
    )
