"""Candidates: connected marks of ink that have the size and shape of a digit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.cuts import Part, pieces_of
from livedigits.find.ink import InkMap, Level
from livedigits.find.joins import pairs_to_join
from livedigits.find.patches import Ink
from livedigits.find.rules import without_rules
from livedigits.reading import Box
from livedigits.settings import FindSettings

Contour = npt.NDArray[np.int32]
"""Points of a closed outline, `(n, 1, 2)` int32, x and y."""


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
    part: Part | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A mark that is found but not cut out yet: many are too faint to be worth it.

    Attributes:
        box: around the mark, in pixels of the original frame.
        core: 255 where the mask holds it, with a pixel of room around it.
        strength: of the ink in the same place; its neighbours' too.
        contrast: as a candidate has it.
        stroke: as a candidate has it.
    """

    box: Box
    core: npt.NDArray[np.uint8]
    strength: npt.NDArray[np.uint8]
    contrast: float
    stroke: float
    part: Part | None = None

    def cut_out(self) -> Candidate:
        """The mark without its neighbours, with the soft edge that lies a pixel outside of it."""
        soft = cv2.convertScaleAbs(self.strength, alpha=255 / (1.1 * self.contrast))
        ink = cv2.bitwise_and(soft, cv2.dilate(self.core, _NEXT))
        return Candidate(
            self.box, np.asarray(ink, np.uint8), self.contrast, self.stroke, self.part
        )


# A thick stroke is hollow on a fine level and a fine pen is cut short on a coarse one; in between
# both levels see it whole, and the finer one has it sharper.
_COARSE_STROKE = 4.0

_CLEARLY = 0.8
"""Edges of ink are paler than its core, and those of thin strokes more so."""

_FEW = 500
"""Up to so many outlines, to see which marks have no neighbour saves more time than it costs."""

_NEXT = np.ones((3, 3), np.uint8)


def find_marks(ink: InkMap, level: Level, settings: FindSettings) -> list[Mark]:
    """Marks with the size and shape of a digit, the largest first; then pairs of pieces.

    Args:
        ink: what is written on the level.
        level: its place in the pyramid.
        settings: limits of size and shape.
    """
    found = _outlined(ink)
    if found is None:
        return []
    carriers = np.zeros(0, np.intp) if ink.too_noisy else _carriers(found, ink, settings)
    freed = _freed(ink, found, carriers, settings)
    if freed is None:
        return _of_size(ink, level, found, settings)
    # Taken for a rule's, a mark may yet be a digit, so it is tried as it was, too.
    whole = carriers[_fit(found.boxes[carriers], ink.mask.shape, settings)]
    pieces = [[i] for i in whole.tolist()]
    marks = _measured(ink, level, found, pieces)
    left = _outlined(freed)
    return marks if left is None else _of_size(freed, level, left, settings) + marks


def _of_size(ink: InkMap, level: Level, found: "_Outlines", settings: FindSettings) -> list[Mark]:
    """Marks that have the size and shape of a digit."""
    longest, area = found.boxes[:, 2:].max(axis=1), found.boxes[:, 2:].prod(axis=1)
    marks = np.flatnonzero(found.outer & (longest >= settings.min_height_px))
    bodies = marks[_fit(found.boxes[marks], ink.mask.shape, settings)]
    # What is left is measured one by one, so all that is clearly faint goes at once.
    faint = _CLEARLY * settings.faintest
    bodies = bodies[strong(found.edges[bodies], longest[bodies], faint)]
    bodies = bodies[np.argsort(-area[bodies], kind="stable")][: settings.max_candidates]
    if level.depth > 0:
        bodies = bodies[found.strokes[bodies] >= _COARSE_STROKE]
    pieces = [[i] for i in bodies.tolist()]
    if not ink.too_noisy:
        pairs = pairs_to_join(found.boxes[bodies], found.boxes[marks], settings)
        pieces += [[int(bodies[body]), int(marks[mark])] for body, mark in pairs]
    whole = _measured(ink, level, found, pieces)
    return whole + _in_pieces(ink, level, found, marks, settings)


def _in_pieces(
    ink: InkMap,
    level: Level,
    found: "_Outlines",
    marks: npt.NDArray[np.intp],
    settings: FindSettings,
) -> list[Mark]:
    """What wide marks may be cut into."""
    boxes, strokes = found.boxes[marks], found.strokes[marks]
    w, h = boxes[:, 2:].T
    height, width = ink.mask.shape
    wide = (w > 0.95 * h) & (w < 6 * h) & (h >= settings.min_height_px) & (strokes < 0.3 * h)
    wide &= h < 3 * _usual_height(found, ink, settings)
    wide &= (h <= settings.max_height * height) & (w < width) & (strokes < 0.25 * w)
    if level.depth > 0:
        wide &= strokes >= _COARSE_STROKE
    chosen = marks[wide]
    chosen = chosen[strong(found.edges[chosen], found.boxes[chosen, 2], settings.least_cut)]
    chosen = chosen[np.argsort(-found.boxes[chosen, 2:].prod(axis=1), kind="stable")]
    pieces: list[Mark] = []
    for number, mark in enumerate(chosen.tolist()):
        if len(pieces) >= settings.max_pieces:
            break
        (whole,) = _measured(ink, level, found, [[mark]])
        x, y = found.boxes[mark, :2] - (found.boxes[mark, :2] > 0)
        for piece in pieces_of(whole.core, float(found.strokes[mark])):
            left, top, w, h = cv2.boundingRect(piece.core)
            core = cv2.copyMakeBorder(
                piece.core[top : top + h, left : left + w], 1, 1, 1, 1, cv2.BORDER_CONSTANT
            )
            left += piece.left
            box = np.rint(np.array([x + left, y + top, w, h]) * level.scale).astype(int).tolist()
            strength = cv2.copyMakeBorder(whole.strength, 1, 1, 1, 1, cv2.BORDER_REPLICATE)[
                top : top + h + 2, left : left + w + 2
            ]
            part = Part(1000 * level.depth + number, piece.first, piece.last, piece.ends)
            pieces.append(Mark(Box(*box), core, strength, whole.contrast, whole.stroke, part))
    return pieces


def _carriers(
    found: "_Outlines", ink: InkMap, settings: FindSettings
) -> npt.NDArray[np.intp]:
    """Marks that are no digit as they are, but may be digits that rules hold together."""
    w, h = found.boxes[:, 2:].T
    fit = _fit(found.boxes, ink.mask.shape, settings)
    usual = _usual_height(found, ink, settings)
    large = found.outer & (np.minimum(w, h) >= settings.min_height_px)
    large &= np.maximum(w, h) >= 1.5 * usual
    # A bare rule holds nothing.
    large &= found.lengths > 1.15 * np.hypot(w, h)
    large &= found.strokes < 0.25 * np.minimum(w, h)
    large &= found.areas < 0.5 * w * h
    carriers = np.flatnonzero(large)
    return carriers[np.argsort(-(w * h)[carriers], kind="stable")][:32]


def _usual_height(found: "_Outlines", ink: InkMap, settings: FindSettings) -> float:
    """Of the marks that may be digits; specks are many, so tall ones count more."""
    heights = found.boxes[found.outer & _fit(found.boxes, ink.mask.shape, settings), 3]
    if not len(heights):
        return ink.mask.shape[0] / 8
    heights = np.sort(heights)
    weight = np.cumsum(heights)
    return float(heights[np.searchsorted(weight, weight[-1] / 2)])


def _freed(
    ink: InkMap, found: "_Outlines", carriers: npt.NDArray[np.intp], settings: FindSettings
) -> InkMap | None:
    """The ink without the rules in some marks; None where they have none."""
    usual = _usual_height(found, ink, settings)
    mask = None
    fit = _fit(found.boxes, ink.mask.shape, settings)
    for i in carriers.tolist():
        x, y, w, h = found.boxes[i]
        own = np.zeros((h + 2, w + 2), np.uint8)
        outlines = [found.contours[i], *(found.contours[j] for j in found.holes(i))]
        cv2.drawContours(own, outlines, -1, 255, cv2.FILLED, offset=(1 - int(x), 1 - int(y)))
        rest = without_rules(own, float(found.strokes[i]), usual, box=bool(fit[i]))
        if rest is not None:
            mask = ink.mask.copy() if mask is None else mask
            here = mask[y : y + h, x : x + w]
            here[own[1:-1, 1:-1] > 0] = 0
            cv2.bitwise_or(here, rest[1:-1, 1:-1], dst=here)
    return None if mask is None else replace(ink, mask=mask)


def _outlined(ink: InkMap) -> "_Outlines | None":
    x, y, w, h = ink.part
    if not w:
        return None
    contours, hierarchy = cv2.findContours(
        ink.mask[y : y + h, x : x + w], cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y)
    )
    if hierarchy is None:
        return None
    return _Outlines.of(contours, hierarchy.reshape(-1, 4)[:, 3], ink.strength)


@dataclass(frozen=True, slots=True, eq=False)
class _Outlines:
    """All outlines of a mask, measured at once: squared paper and grain have thousands.

    Attributes:
        outer: which of them run around a mark and not around a hole in one, `(n,)` bool.
        boxes: `(n, 4)` int32; x, y, width and height.
        strokes: mean width of the strokes of each mark, `(n,)` float64; of no use for holes.
        edges: mean strength of the ink along each outline, `(n,)` float64.
    """

    contours: Sequence[Contour]
    parents: npt.NDArray[np.int32]
    outer: npt.NDArray[np.bool_]
    boxes: npt.NDArray[np.int32]
    areas: npt.NDArray[np.float64]
    lengths: npt.NDArray[np.float64]
    strokes: npt.NDArray[np.float64]
    edges: npt.NDArray[np.float64]

    @classmethod
    def of(
        cls,
        contours: Sequence[Contour],
        parents: npt.NDArray[np.int32],
        strength: npt.NDArray[np.uint8],
    ) -> Self:
        """Measures contours, each with the index of the one around it, -1 where there is none."""
        counts = np.fromiter(map(len, contours), np.intp, len(contours))
        ends = counts.cumsum()
        starts = ends - counts
        points = np.ascontiguousarray(np.concatenate(contours).reshape(-1, 2).T)
        low = np.minimum.reduceat(points, starts, axis=1)
        high = np.maximum.reduceat(points, starts, axis=1)
        after = np.arange(1, len(points[0]) + 1)
        after[ends - 1] = starts
        (x, y), (next_x, next_y) = points, points[:, after]
        # The shoelace formula.
        areas = np.abs(np.add.reduceat(x * next_y - next_x * y, starts)) / 2
        lengths = np.add.reduceat(np.sqrt((next_x - x) ** 2 + (next_y - y) ** 2), starts)
        outer = parents < 0
        # A stroke's area is its length, half of its outline and its holes', by its width.
        owner = np.where(outer, np.arange(len(parents)), parents)
        area = np.bincount(owner, np.where(outer, areas, -areas), len(parents))
        length = np.bincount(owner, lengths, len(parents)) / 2
        # Outlines run through the middle of the ink's outermost pixels.
        strokes = 1 + area / np.maximum(length, 1)
        edges = np.add.reduceat(strength[y, x].astype(np.int64), starts) / counts
        boxes = np.concatenate((low, high - low + 1)).T
        return cls(contours, parents, outer, boxes, area, length, strokes, edges)

    def holes(self, mark: int) -> list[int]:
        """Outlines of the holes in a mark."""
        return np.flatnonzero(self.parents == mark).tolist()


def strong(
    contrast: npt.NDArray[np.float64], size: npt.NDArray[np.int64], faintest: float
) -> npt.NDArray[np.bool_]:
    """Which marks are not so faint that they only cost time: squared paper has hundreds of lines.

    Args:
        contrast: of each mark, `(n,)`.
        size: pixels along its longer side, `(n,)`; long and dark ones tell what is strong.
        faintest: what is weaker than this share of the strong ones is too faint.
    """
    if not len(contrast):
        return np.zeros(0, np.bool_)
    order = np.argsort(contrast)
    weight = np.cumsum((contrast * size)[order])
    heavy = order[np.searchsorted(weight, 0.75 * weight[-1])]
    return np.asarray(contrast >= faintest * contrast[heavy])


def _fit(
    boxes: npt.NDArray[np.int32], frame: tuple[int, ...], settings: FindSettings
) -> npt.NDArray[np.bool_]:
    """Which boxes may hold a digit."""
    height, width = frame
    w, h = boxes[:, 2:].T
    # What runs from one border to the other is a rule or the edge of something.
    return np.asarray(
        (settings.min_height_px <= h)
        & (h <= settings.max_height * height)
        & (h < height)
        & (w < width)
        & (w <= settings.max_aspect * h)
        & (h <= settings.max_slimness * w)
    )


def _measured(
    ink: InkMap,
    level: Level,
    found: _Outlines,
    pieces: list[list[int]],
) -> list[Mark]:
    """Marks of one or two contours each; the first is the body, of which the stroke is told."""
    if not pieces:
        return []
    height, width = ink.mask.shape
    first, last = np.array([(i[0], i[-1]) for i in pieces]).T
    low = np.minimum(found.boxes[first, :2], found.boxes[last, :2])
    ends = found.boxes[:, :2] + found.boxes[:, 2:]
    high = np.maximum(ends[first], ends[last])
    boxes = np.rint(np.concatenate((low, high - low), axis=1) * level.scale).astype(int)
    low, high = np.maximum(low - 1, 0), np.minimum(high + 1, (width, height))
    rooms = np.concatenate((low, high), axis=1)
    alone = np.zeros(len(pieces), np.bool_)
    if len(found.boxes) <= _FEW:
        near = (found.boxes[:, :2] < high[:, None]) & (ends > low[:, None])
        alone = np.count_nonzero(near.all(axis=2) & found.outer, axis=1) == 1
    marks = []
    for own, box, (left, top, right, bottom), is_alone in zip(
        pieces, boxes.tolist(), rooms.tolist(), alone.tolist(), strict=True
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
        stroke = float(found.strokes[own[0]]) * level.scale
        marks.append(Mark(Box(*box), core, strength, contrast, stroke))
    return marks
