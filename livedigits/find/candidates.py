"""Candidates: connected marks of ink that have the size and shape of a digit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.ink import InkMap, Level
from livedigits.find.joins import pairs_to_join
from livedigits.find.patches import Ink
from livedigits.find.trace import Trace
from livedigits.inspection import Verdict
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

    def cut_out(self) -> Candidate:
        """The mark without its neighbours, with the soft edge that lies a pixel outside of it."""
        soft = cv2.convertScaleAbs(self.strength, alpha=255 / (1.1 * self.contrast))
        ink = cv2.bitwise_and(soft, cv2.dilate(self.core, _NEXT))
        return Candidate(self.box, np.asarray(ink, np.uint8), self.contrast, self.stroke)


# A thick stroke is hollow on a fine level and a fine pen is cut short on a coarse one; in between
# both levels see it whole, and the finer one has it sharper.
_COARSE_STROKE = 4.0

_CLEARLY = 0.8
"""Edges of ink are paler than its core, and those of thin strokes more so."""

_FEW = 500
"""Up to so many outlines, to see which marks have no neighbour saves more time than it costs."""

_NEXT = np.ones((3, 3), np.uint8)


def find_marks(
    ink: InkMap, level: Level, settings: FindSettings, trace: Trace | None = None
) -> list[Mark]:
    """Marks with the size and shape of a digit, the largest first; then pairs of pieces.

    Args:
        ink: what is written on the level.
        level: its place in the pyramid.
        settings: limits of size and shape.
        trace: takes in what is found and goes.
    """
    x, y, w, h = ink.part
    if not w:
        return []
    contours, hierarchy = cv2.findContours(
        ink.mask[y : y + h, x : x + w], cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y)
    )
    if hierarchy is None:
        return []
    found = _Outlines.of(contours, hierarchy.reshape(-1, 4)[:, 3], ink.strength)
    longest, area = found.boxes[:, 2:].max(axis=1), found.boxes[:, 2:].prod(axis=1)
    marks = np.flatnonzero(found.outer & (longest >= settings.min_height_px))
    fit = marks[~_misfits(found.boxes[marks], ink.mask.shape, settings).any(axis=0)]
    # What is left is measured one by one, so all that is clearly faint goes at once.
    faint = _CLEARLY * settings.faintest
    dark = fit[strong(found.edges[fit], longest[fit], faint)]
    bodies = dark[np.argsort(-area[dark], kind="stable")][: settings.max_candidates]
    if trace is not None:
        _tell(trace, (fit, dark, bodies), found, level, ink.mask.shape, settings)
    if level.depth > 0:
        bodies = bodies[found.strokes[bodies] >= _COARSE_STROKE]
    pieces = [[i] for i in bodies.tolist()]
    if not ink.too_noisy:
        pairs = pairs_to_join(found.boxes[bodies], found.boxes[marks], settings)
        pieces += [[int(bodies[body]), int(marks[mark])] for body, mark in pairs]
    return _measured(ink, level, contours, found, pieces)


@dataclass(frozen=True, slots=True, eq=False)
class _Outlines:
    """All outlines of a mask, measured at once: squared paper and grain have thousands.

    Attributes:
        outer: which of them run around a mark and not around a hole in one, `(n,)` bool.
        boxes: `(n, 4)` int32; x, y, width and height.
        strokes: mean width of the strokes of each mark, `(n,)` float64; of no use for holes.
        edges: mean strength of the ink along each outline, `(n,)` float64.
    """

    outer: npt.NDArray[np.bool_]
    boxes: npt.NDArray[np.int32]
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
        return cls(outer, np.concatenate((low, high - low + 1)).T, strokes, edges)


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


_LIMITS = (Verdict.TOO_TALL, Verdict.TOO_WIDE, Verdict.TOO_SLIM, Verdict.TOO_SHORT)
"""What a box may be that holds no digit, in the order of `_misfits`."""


def _misfits(
    boxes: npt.NDArray[np.int32], frame: tuple[int, ...], settings: FindSettings
) -> npt.NDArray[np.bool_]:
    """Which boxes are beyond which of the limits of size and shape, `(len(_LIMITS), n)`."""
    height, width = frame
    w, h = boxes[:, 2:].T
    return np.stack(
        (
            # What runs from one border to the other is a rule or the edge of something.
            (h > settings.max_height * height) | (h >= height) | (w >= width),
            w > settings.max_aspect * h,
            h > settings.max_slimness * w,
            h < settings.min_height_px,
        )
    )


def _tell(
    trace: Trace,
    left: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]],
    found: _Outlines,
    level: Level,
    frame: tuple[int, ...],
    settings: FindSettings,
) -> None:
    """Tells which outlines go and why.

    Args:
        trace: takes them in.
        left: what was left after each step: those that fit, that are dark, that are not too many.
        found: all outlines.
        level: of theirs; strokes that a coarser one cuts short were told of on the finer one.
        frame: height and width of the level.
        settings: limits of size and shape.
    """
    fit, dark, bodies = left
    told = found.outer & ((level.depth == 0) | (found.strokes >= _COARSE_STROKE))
    outlines = np.flatnonzero(told)
    odd = np.setdiff1d(outlines, fit)
    first = _misfits(found.boxes[odd], frame, settings).argmax(axis=0)
    # The form of specks says nothing: they are short above all.
    first[found.boxes[odd, 2:].max(axis=1) < settings.min_height_px] = len(_LIMITS) - 1
    trace.drop(found.boxes[odd], [_LIMITS[i] for i in first], level.scale)
    for before, after, why in (
        (fit, dark, Verdict.TOO_FAINT),
        (dark, bodies, Verdict.TOO_MANY),
    ):
        gone = np.intersect1d(np.setdiff1d(before, after), outlines)
        trace.drop(found.boxes[gone], why, level.scale)


def _measured(
    ink: InkMap,
    level: Level,
    contours: Sequence[Contour],
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
            outlines = [contours[i] for i in own]
            cv2.drawContours(filled, outlines, -1, 255, cv2.FILLED, offset=(-left, -top))
            core = cv2.bitwise_and(filled, core)
        # Half of the ink's pixels are edges at about two thirds of full strength.
        contrast = max(1.0, cv2.mean(strength, core)[0])
        stroke = float(found.strokes[own[0]]) * level.scale
        marks.append(Mark(Box(*box), core, strength, contrast, stroke))
    return marks
