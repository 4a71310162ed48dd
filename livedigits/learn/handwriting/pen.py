"""Ink: `Stroke` and `Glyph`, and how they are drawn on a canvas with a pen of any width."""

from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

MARGIN = 2
"""Blank pixels around a drawn glyph."""

FINE_HEIGHT = (200, 480)
"""Glyphs are drawn about this high, in pixels, and reduced: widths between whole pixels show. The
second figure is for pens so thin that the first would leave them less than `FINE_WIDTH`."""

FINE_WIDTH = 10
"""The width in pixels that a line is drawn with, at least, before it is reduced."""

_SHIFT = 4  # fractional bits of the coordinates handed to OpenCV


@dataclass(frozen=True, slots=True)
class Stroke:
    """What the pen does between touching down and lifting off.

    Attributes:
        points: float32 (n, 2), x to the right and y down, in heights of a digit; y 0 is the top of
            a digit and 1 the line it stands on, give or take the writer's variation.
        widths: float32 (n,), the width of the line there, in heights.
    """

    points: NDArray[np.float32]
    widths: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character as someone wrote it, once."""

    character: str
    strokes: tuple[Stroke, ...]


def draw(glyph: Glyph, height: float, *, pen_width: float | None = None) -> NDArray[np.uint8]:
    """Draws a glyph by itself.

    Args:
        glyph: what to draw.
        height: of a digit, in pixels (the glyph itself is a bit higher or lower, as written).
        pen_width: mean width of the line in heights, instead of the writer's own.

    Returns:
        uint8 (h, w), the share of each pixel that ink covers, 255 for all of it; MARGIN blank
        pixels around the ink.
    """
    left, top, right, bottom = _bounds(glyph, height, pen_width)
    x, y = floor(left), floor(top)
    ink = _render(glyph, (-x, -y), height, pen_width, (ceil(right) - x, ceil(bottom) - y))
    x, y, w, h = cv2.boundingRect(ink)
    tight = np.zeros((h + 2 * MARGIN, w + 2 * MARGIN), np.uint8)
    tight[MARGIN:-MARGIN, MARGIN:-MARGIN] = ink[y : y + h, x : x + w]
    return tight


def draw_on(
    canvas: NDArray[np.uint8],
    glyph: Glyph,
    origin: tuple[float, float],
    height: float,
    pen_width: float | None = None,
) -> None:
    """Draws a glyph on a page, in place; what lies outside the page is cut off.

    Args:
        canvas: uint8 (h, w), coverage as `draw` returns it; each pixel keeps the greater of old
            and new.
        glyph: what to draw.
        origin: where the glyph's (0, 0) comes to lie, in pixels, fractions count; (0, 0) is the
            upper left corner of the canvas.
        height: of a digit, in pixels.
        pen_width: mean width of the line in heights, instead of the writer's own.
    """
    left, top, right, bottom = _bounds(glyph, height, pen_width)
    x, y = floor(left + origin[0]), floor(top + origin[1])
    w, h = ceil(right + origin[0]) - x, ceil(bottom + origin[1]) - y
    if x >= canvas.shape[1] or y >= canvas.shape[0] or x + w <= 0 or y + h <= 0:
        return
    ink = _render(glyph, (origin[0] - x, origin[1] - y), height, pen_width, (w, h))
    part = canvas[max(y, 0) : y + h, max(x, 0) : x + w]
    cut_x, cut_y = max(-x, 0), max(-y, 0)
    seen = ink[cut_y : cut_y + part.shape[0], cut_x : cut_x + part.shape[1]]
    np.maximum(part, seen, out=part)


def _width_factor(glyph: Glyph, pen_width: float | None) -> float:
    """What the glyph's widths are multiplied by to have the mean that is asked for."""
    if pen_width is None:
        return 1.0
    total = sum(float(s.widths.sum()) for s in glyph.strokes)
    return pen_width * sum(len(s.widths) for s in glyph.strokes) / total


def _bounds(
    glyph: Glyph, height: float, pen_width: float | None
) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of all that may be inked, in pixels from the glyph's origin."""
    low = np.min([s.points.min(axis=0) for s in glyph.strokes], axis=0) * height
    high = np.max([s.points.max(axis=0) for s in glyph.strokes], axis=0) * height
    widest = max(float(s.widths.max()) for s in glyph.strokes) * _width_factor(glyph, pen_width)
    reach = widest * height / 2 + 1
    return low[0] - reach, low[1] - reach, high[0] + reach, high[1] + reach


def _render(
    glyph: Glyph,
    origin: tuple[float, float],
    height: float,
    pen_width: float | None,
    size: tuple[int, int],
) -> NDArray[np.uint8]:
    """Draws at a multiple of the size, and takes the mean of each pixel's square of fine pixels."""
    factor = _width_factor(glyph, pen_width)
    thin = factor * float(glyph.strokes[0].widths.mean())
    fine_height = min(max(FINE_HEIGHT[0], FINE_WIDTH / thin), FINE_HEIGHT[1])
    multiple = max(2, round(fine_height / height))
    scale = height * multiple
    w, h = size
    fine = np.zeros((h * multiple, w * multiple), np.uint8)
    # A fine pixel's centre has whole coordinates in OpenCV, hence the half.
    offset = np.array(origin) * multiple - 0.5
    for stroke in glyph.strokes:
        fixed = (stroke.points * scale + offset) * (1 << _SHIFT)
        points = fixed.round().astype(np.int32)
        # OpenCV draws a line of even thickness one pixel wider, and one of odd thickness two.
        widths = (stroke.widths[1:] + stroke.widths[:-1]) * (factor * scale / 2)
        thickness = 2 * ((widths - 1) / 2).round().astype(int)
        # Runs of one thickness are one polyline each; its joints and ends are round.
        first = 0
        for last in [*np.flatnonzero(np.diff(thickness)).tolist(), len(thickness) - 1]:
            run = points[first : last + 2]
            cv2.polylines(fine, [run], False, 255, max(1, thickness[last]), cv2.LINE_8, _SHIFT)
            first = last + 1
    return np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), np.uint8)
