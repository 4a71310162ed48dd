"""Ink: which pixels of a picture are written on, and how strongly.

The paper's brightness is estimated around each pixel, so that shadows and uneven light fall away; a
pixel is ink where it is a good part of the way from there to the darkest ink around it (after
Bernsen, 1986), and where that contrast stands out of the picture's noise. Strokes wider than
`background_px` are paper to this method: they are found on a coarser level of an image pyramid,
where they are thin.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.reading import Box
from livedigits.settings import FindSettings

Mask = npt.NDArray[np.uint8]
"""255 where there is ink, else 0; `(h, w)`."""

Gray = npt.NDArray[np.uint8]
"""A grey picture, `(height, width)` uint8, turned so that ink is dark whatever the pen."""

_ALIKE = 10.0
"""Grey levels that tell nothing: noise and uneven light make as much."""

_OTHER_GROUND = 0.6
"""Ground so much darker than the brightest is another one; shadows are mostly paler."""

_DARKEST = 0.1
"""Share of the box of a digit that is ink, thin as it may be."""

_EDGED = 9
"""Width of a pixel of a rule with its soft edges."""

_STEP = (
    4  # from level to level, and from a level to the coarse grid on which its paper is estimated
)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the pyramid.

    Attributes:
        gray: the level's picture.
        coarse: the same, four times smaller; the next level's picture.
        scale: pixels of the original frame for a pixel of this level.
        depth: 0 for the finest level.
    """

    gray: Gray
    coarse: Gray
    scale: float
    depth: int


@dataclass(frozen=True, slots=True)
class InkMap:
    """What is written on one level.

    Attributes:
        strength: grey levels that each pixel is darker than its paper, `(h, w)` uint8.
        mask: 255 where there is ink, else 0, `(h, w)` uint8.
        part: of the level, outside of which the mask is empty and the strength is not told.
        too_noisy: the mask had more speckle than writing can have and was cleaned.
        paper: grey levels of the ground, four times smaller.
    """

    strength: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.uint8]
    part: Box
    too_noisy: bool
    paper: Gray

    def ground_at(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Grey levels of the ground at some places.

        Args:
            places: `(n, 2)`; x and y in pixels of the level.

        Returns:
            `(n,)`.
        """
        x, y = (places / _STEP).astype(np.intp).T
        height, width = self.paper.shape
        there = self.paper[np.minimum(y, height - 1), np.minimum(x, width - 1)]
        return np.asarray(there, np.float64)


def to_gray(image: Image) -> Gray:
    """Grey values of a BGR picture."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def pyramid(gray: Gray, settings: FindSettings) -> Iterator[Level]:
    """The picture at the resolutions at which ink is looked for, finest first."""
    scale = max(1.0, max(gray.shape) / settings.analysis_px)
    if scale > 1:
        gray = _shrink(gray, scale)
    if settings.blur_px > 1:
        gray = np.asarray(cv2.GaussianBlur(gray, (settings.blur_px | 1,) * 2, 0), np.uint8)
    depth = 0
    while depth == 0 or min(gray.shape) >= settings.background_px:
        # In two halvings: OpenCV has a fast way for those.
        coarse = _shrink(_shrink(gray, _STEP / 2), _STEP / 2)
        yield Level(gray, coarse, scale, depth)
        gray = coarse
        scale *= _STEP
        depth += 1


def find_ink(level: Level, settings: FindSettings) -> InkMap:
    """Separates ink from paper on one level."""
    gray, coarse = level.gray, level.coarse
    reach = _reach(settings)
    paper = cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, reach)
    # The darkest pixel of each coarse cell, not its mean, or thin strokes would look pale.
    darkest = cv2.erode(gray, np.ones((_STEP + 1, _STEP + 1), np.uint8))
    darkest = cv2.resize(darkest, coarse.shape[::-1], interpolation=cv2.INTER_NEAREST)
    contrast = cv2.subtract(paper, cv2.erode(darkest, reach))
    weakest = max(settings.min_contrast, settings.noise_factor * noise_level(gray))
    threshold = cv2.convertScaleAbs(contrast, alpha=settings.ink_share)
    # Nothing is darker than 255, so where there is too little contrast there is no ink.
    np.copyto(threshold, 255, where=contrast < weakest)
    # On a clean page most is bare paper: all that is left is done only where there is contrast.
    part = _part_of(threshold < 255, gray.shape)
    here = slice(part.y, part.bottom), slice(part.x, part.right)
    cells = (
        slice(part.y // _STEP, -(-part.bottom // _STEP)),
        slice(part.x // _STEP, -(-part.right // _STEP)),
    )
    strength, mask = np.zeros_like(gray), np.zeros_like(gray)
    if part.w:
        size = part[2:]
        cv2.subtract(cv2.resize(paper[cells], size), gray[here], dst=strength[here])
        least = cv2.resize(threshold[cells], size)
        cv2.compare(strength[here], least, cv2.CMP_GT, dst=mask[here])
    too_noisy = _speckle(mask[:, here[1]]) > settings.max_contours
    if too_noisy:
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return InkMap(strength, mask, part, too_noisy, np.asarray(paper, np.uint8))


def ink_without(rules: Mask, ink: InkMap, level: Level, settings: FindSettings) -> Mask:
    """What is written on one level where rules are taken for paper.

    What is ink is told by the darkest beside it, and of a pencil in bold boxes that leaves little.

    Args:
        rules: 255 where they are, `(h, w)`.
        ink: of the level as it is.
        level: the level.
        settings: what is ink.
    """
    paper = cv2.resize(ink.paper, level.gray.shape[::-1])
    gray = level.gray.copy()
    cv2.copyTo(paper, cv2.dilate(rules, np.ones((_EDGED, _EDGED), np.uint8)), gray)
    coarse = _shrink(_shrink(gray, _STEP / 2), _STEP / 2)
    return find_ink(Level(gray, coarse, level.scale, level.depth), settings).mask


def _reach(settings: FindSettings) -> Mask:
    """As far as a stroke is wide, on the coarse grid."""
    side = max(3, settings.background_px // _STEP) | 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_RECT, (side, side)), np.uint8)


def ground_share(gray: Gray) -> float:
    """How near the ground is to the brightest of a picture, from 0 at its darkest to 1.

    Ink is little and the ground is much, so the ground is the median; between is what dark ink on
    paper or light ink on a board would be. Of a picture without either, a few small digits for one,
    this cannot tell: it is a half then.
    """
    counts = np.bincount(gray[::8, ::8].ravel(), minlength=256).cumsum()
    darkest, ground, brightest = np.searchsorted(counts, counts[-1] * np.array((0.01, 0.5, 0.99)))
    return float((ground - darkest + _ALIKE) / (brightest - darkest + 2 * _ALIKE))


def has_two_grounds(coarse: Gray, settings: FindSettings) -> bool:
    """Whether part of a picture's ground is far darker than the rest, as a board beside paper.

    Args:
        coarse: of the finest level, see `Level`.
        settings: how wide strokes are.
    """
    paper = cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, _reach(settings))
    dark, bright = np.percentile(paper[::4, ::4], (2, 98))
    return bool(dark < _OTHER_GROUND * bright)


def bare_around(ink: InkMap, boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How much of the ground around each box is bare, half of its longer side beyond it.

    Writing stands on its ground; the paper within a box or a ring, taken for light ink, has more
    such "ink" around it.

    Args:
        ink: what is written.
        boxes: `(n, 4)`; x, y, width and height in its pixels.

    Returns:
        `(n,)` in [0, 1].
    """
    height, width = ink.mask.shape
    part = ink.part
    total = cv2.integral(ink.mask[part.y : part.bottom, part.x : part.right])
    x, y, w, h = boxes.T
    room = np.maximum(w, h) / 2

    def within(by: npt.NDArray[np.float64] | float) -> tuple[Any, Any]:
        left, right = (np.clip(np.rint(i), 0, width).astype(int) for i in (x - by, x + w + by))
        top, bottom = (np.clip(np.rint(i), 0, height).astype(int) for i in (y - by, y + h + by))
        area = (right - left) * (bottom - top)
        left, right = (np.clip(i - part.x, 0, part.w) for i in (left, right))
        top, bottom = (np.clip(i - part.y, 0, part.h) for i in (top, bottom))
        inked = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
        return inked / 255, area

    (outer, area), (inner, own) = within(room), within(0.0)
    return np.asarray(1 - (outer - inner) / np.maximum(area - own, 1), np.float64)


def depth_in_ground(coarse: Gray, box: npt.NDArray[np.float64]) -> float:
    """Grey levels that the darkest in a box is darker than the ground around it.

    Ink is darker than its ground; the paper within a ring of light ink is as dark as the ground.

    Args:
        coarse: of the finest level, see `Level`.
        box: in pixels of that level, `(4,)`; x, y, width and height.
    """
    corner, size = box[:2] / _STEP, box[2:] / _STEP
    room = size.max() / 2
    inner, around = (
        coarse[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        for left, top, right, bottom in (
            (*np.floor(corner - by).astype(int), *np.ceil(corner + size + by).astype(int))
            for by in (0, room)
        )
    )
    if not inner.size:
        return 0.0
    # For so few pixels `np.percentile` takes five times as long.
    ink = np.sort(inner, axis=None)[int(_DARKEST * inner.size)]
    return float(np.sort(around, axis=None)[around.size // 2]) - float(ink)


def noise_level(gray: Gray) -> float:
    """Standard deviation of the noise, in grey levels, from pixels four apart on a sparse grid."""
    rows = gray[2::8]
    if rows.shape[1] <= 4 or not len(rows):
        return 0.0
    # Edges of strokes are few and count at most 12. |a - b| averages 2/sqrt(pi) sigma.
    difference = np.minimum(cv2.absdiff(rows[:, :-4], rows[:, 4:])[:, ::3], 12)
    return cv2.mean(difference)[0] * math.sqrt(math.pi) / 2


def _part_of(cells: npt.NDArray[np.bool_], frame: tuple[int, ...]) -> Box:
    """The part of a level, in its pixels, that holds those cells and two more on every side."""
    height, width = frame
    if cells.shape[0] * _STEP != height or cells.shape[1] * _STEP != width:
        return Box(0, 0, width, height)  # where cells are no whole pixels, a part has other borders
    x, y, w, h = cv2.boundingRect(cells.view(np.uint8))
    if not w:
        return Box(0, 0, 0, 0)
    left, top = max(_STEP * (x - 2), 0), max(_STEP * (y - 2), 0)
    right, bottom = min(_STEP * (x + w + 2), width), min(_STEP * (y + h + 2), height)
    return Box(left, top, right - left, bottom - top)


def _shrink(gray: Gray, factor: float) -> Gray:
    size = (math.ceil(gray.shape[1] / factor), math.ceil(gray.shape[0] / factor))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


def _speckle(mask: npt.NDArray[np.uint8]) -> float:
    """About how many specks a mask has, by the runs of ink in every eighth row."""
    rows = mask[::8]
    return 8 * float(np.count_nonzero(rows[:, 1:] > rows[:, :-1])) / 16
