"""Outlines: the borders of everything in a mask, and what they measure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.ink import InkMap, Mask

Contour = npt.NDArray[np.int32]
"""Points of a closed outline, `(n, 1, 2)` int32, x and y."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """All outlines of a mask, measured at once: squared paper and grain have thousands.

    Attributes:
        contours: their points.
        parents: `(n,)` int32, for the outline of a hole the index of the mark's, else -1.
        starts: the first point of each, x and y, `(n, 2)` int32.
        outer: which of them run around a mark and not around a hole in one, `(n,)` bool.
        boxes: `(n, 4)` int32; x, y, width and height.
        areas: of each mark without its holes, `(n,)` float64, in pixels.
        lengths: of each mark's strokes, `(n,)` float64: half of its outline and its holes'.
        strokes: mean width of the strokes of each mark, `(n,)` float64; of no use for holes.
        edges: mean strength of the ink along each outline, `(n,)` float64.
    """

    contours: Sequence[Contour]
    parents: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
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
        signed = np.where(outer, areas, -areas)
        area = np.asarray(np.bincount(owner, signed, len(parents)), np.float64)
        length = np.bincount(owner, lengths, len(parents)) / 2
        # Outlines run through the middle of the ink's outermost pixels.
        strokes = 1 + area / np.maximum(length, 1)
        edges = np.add.reduceat(strength[y, x].astype(np.int64), starts) / counts
        boxes = np.concatenate((low, high - low + 1)).T
        return cls(
            contours, parents, points[:, starts].T, outer, boxes, area, length, strokes, edges
        )

    def around(self, pairs: npt.NDArray[np.intp]) -> npt.NDArray[np.int32]:
        """The box around each pair of outlines.

        Args:
            pairs: indices, `(n, 2)`.

        Returns:
            `(n, 4)` int32; x, y, width and height.
        """
        low = self.boxes[pairs, :2].min(axis=1)
        high = (self.boxes[pairs, :2] + self.boxes[pairs, 2:]).max(axis=1)
        return np.concatenate((low, high - low), axis=1)

    def alone(self, mark: int) -> Mask:
        """One mark without those in its holes, with a bare pixel around it."""
        x, y, w, h = self.boxes[mark].tolist()
        picture = np.zeros((h + 2, w + 2), np.uint8)
        own = [mark, *np.flatnonzero(self.parents == mark).tolist()]
        cv2.drawContours(
            picture, [self.contours[i] for i in own], -1, 255, cv2.FILLED, offset=(1 - x, 1 - y)
        )
        return picture


def outlines_of(ink: InkMap) -> Outlines | None:
    """The outlines of what is written; None where there is nothing."""
    x, y, w, h = ink.part
    if not w:
        return None
    contours, hierarchy = cv2.findContours(
        ink.mask[y : y + h, x : x + w], cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y)
    )
    if hierarchy is None:
        return None
    return Outlines.of(contours, hierarchy.reshape(-1, 4)[:, 3], ink.strength)


def strong(
    contrast: npt.NDArray[np.float64], size: npt.NDArray[np.int64], faintest: float
) -> npt.NDArray[np.bool_]:
    """Which marks are not so faint that they only cost time: squared paper has hundreds of lines.

    Args:
        contrast: of each mark, `(n,)`.
        size: pixels along its longer side, `(n,)`; long and dark ones tell what is strong.
        faintest: what is weaker than this share of the strong ones is too faint.
    """
    return np.asarray(contrast >= faintest * strong_contrast(contrast, size))


def strong_contrast(contrast: npt.NDArray[np.float64], size: npt.NDArray[np.int64]) -> float:
    """Contrast of the strong ones among marks, 0 of none; for the arguments see `strong`."""
    if not len(contrast):
        return 0.0
    order = np.argsort(contrast)
    weight = np.cumsum((contrast * size)[order])
    return float(contrast[order[np.searchsorted(weight, 0.75 * weight[-1])]])


def components(mask: Mask) -> tuple[int, npt.NDArray[np.integer], npt.NDArray[np.int32]]:
    """Connected parts of a mask, see `cv2.connectedComponentsWithStats`: count, labels, stats."""
    # Short labels take a third of the time; no two parts share a block of 2x2 pixels.
    short = (mask.shape[0] // 2 + 1) * (mask.shape[1] // 2 + 1) < 2**16
    kind = cv2.CV_16U if short else cv2.CV_32S
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=kind)
    return count, np.asarray(labels), np.asarray(stats, np.int32)


def largest(mask: Mask) -> tuple[Mask, tuple[int, ...]]:
    """The largest connected part of a mask, cut tight, and its box; no box where there is none."""
    count, labels, stats = components(mask)
    if count < 2:
        return mask, (0, 0, 0, 0)
    best = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    x, y, w, h = stats[best, :4].tolist()
    there = mask[y : y + h, x : x + w]
    if count > 2:
        there = np.where(labels[y : y + h, x : x + w] == best, there, 0).astype(np.uint8)
    return there, (x, y, w, h)
