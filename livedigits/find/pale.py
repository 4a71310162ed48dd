"""Pale: rules so much paler than the pen that its ink is told by its strength.

The grid of squared paper is one mark, and so are ruled lines with their margin; what is written on
it hangs on it. Two limits as of Canny (1986) tell it: what is above the lower one and has enough
above the upper one is of the pen.
"""

import math

import cv2
import numpy as np

from livedigits.find.ink import Mask
from livedigits.find.leftovers import without_leftovers
from livedigits.find.outlines import Outlines, components, strong_contrast
from livedigits.settings import FindSettings

PALE = 0.4
"""Ink that is weaker than this share of the picture's strong marks is of such rules."""

_LONG = 4.0
"""They are so many times as long as the marks of the picture are tall."""

_ACROSS = 1.6
"""Where they cross they are wider than their strokes."""

_SHORT = 2.0
"""Least height of a piece of one, in widths."""

_WRITTEN = 0.15
"""Most of a large pale mark that is of the pen; in halftone print more is dark."""

_CORE, _CORE_SHARE = 0.9, 0.25
"""Of what a pen has written so much is so strong, beside the other strong marks of the picture."""


def pale_marks(found: Outlines, height: float, settings: FindSettings) -> dict[int, float]:
    """Large marks that are too pale to be looked through for rules.

    Args:
        found: the outlines of a level.
        height: of the marks of the picture that may be digits, in pixels.
        settings: how many marks are tried.

    Returns:
        The index of each, with how many times as strong the pen of the picture is.
    """
    w, h = found.boxes[:, 2:].T
    size = np.maximum(w, h)
    pale = found.outer & (np.minimum(w, h) >= height) & (size >= _LONG * height)
    pen = strong_contrast(found.edges, size)
    pale &= found.edges < PALE * pen
    order = np.argsort(-size[pale], kind="stable")
    marks = np.flatnonzero(pale)[order][: settings.max_carriers]
    return {i: pen / max(float(found.edges[i]), 1.0) for i in marks.tolist()}


def pen_in(mask: Mask, strength: Mask, stroke: float, paleness: float) -> Mask | None:
    """What the pen has written on pale rules; None where that is nothing.

    Args:
        mask: the mark alone.
        strength: of the ink in the same place.
        stroke: mean width of its strokes, in pixels.
        paleness: how many times as strong as the rules the pen is.
    """
    usual = float(np.median(strength[mask > 0]))
    written = cv2.bitwise_and(mask, cv2.compare(strength, usual * math.sqrt(paleness), cv2.CMP_GT))
    if not 0 < cv2.countNonZero(written) <= _WRITTEN * cv2.countNonZero(mask):
        return None
    # With the soft edges of its strokes; where rules cross they are darker, but no pen.
    rest = np.asarray(cv2.bitwise_and(mask, cv2.dilate(written, np.ones((3, 3), np.uint8))))
    count, labels, stats = components(rest)
    core = np.bincount(labels[strength > _CORE * usual * paleness], minlength=count)
    rest[(core < _CORE_SHARE * stats[:, cv2.CC_STAT_AREA])[labels]] = 0
    rest = without_leftovers(rest, mask, math.ceil(_ACROSS * stroke + 1), slim=_SHORT)
    return rest if rest.any() else None
