"""Leftovers: what is of rules yet once they have been taken out of a mark, or found in pieces."""

from dataclasses import replace

import cv2
import numpy as np

from livedigits.find.ink import Mask
from livedigits.find.marks import Candidate
from livedigits.reading import Box

_NEAR = 3
"""So near, in pixels, a rule ends at another one."""

_PALER = 0.55
"""Ink so much paler than its mark is no stroke of it; the ends of a dry pen's are mostly darker."""

_BROAD = 0.7
"""Least width of a mark with such a tail, in heights of it."""

_GRAIN = np.ones((2, 2), np.uint8)
"""Noise makes single pixels of a tail as dark as strokes."""

_TAIL, _BODY, _FLAT = 0.25, 0.5, 0.25
"""Least length of such tails, least height of what they hang on and most height of their own, in
heights of the mark: soft edges are shorter, a hairline is all tail, and a stroke that grows pale
upwards is none."""


def without_leftovers(rest: Mask, mask: Mask, across: int, *, slim: float) -> Mask:
    """What is left without what is of the rules yet: their crossings, and slim pieces, no 1.

    Args:
        rest: what is left of a mark, changed in place.
        mask: the mark.
        across: what its rules are no wider than, in pixels.
        slim: least height of a piece, in widths.
    """
    outlines = cv2.findContours(rest, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    for outline in outlines:
        x, y, w, h = cv2.boundingRect(outline)
        if max(w, h) <= across:
            cv2.drawContours(rest, [outline], -1, 0, cv2.FILLED)
        if h <= slim * w:
            continue
        ends = ((max(y - _NEAR, 0), y + _NEAR), (y + h - _NEAR, y + h + _NEAR))
        columns = slice(max(x - _NEAR, 0), x + w + _NEAR)
        if all(cv2.subtract(mask[a:b, columns], rest[a:b, columns]).any() for a, b in ends):
            cv2.drawContours(rest, [outline], -1, 0, cv2.FILLED)
    return rest


def without_tails(mark: Candidate) -> Candidate:
    """A mark without the piece of a pale rule that it stands on and that reaches beyond it.

    Where a rule is hardly darker than the paper it is found in pieces, too short to be told as one.
    """
    width = mark.core.shape[1]
    if mark.box.w < _BROAD * mark.box.h:
        return mark
    ink = cv2.bitwise_and(mark.strength, mark.core)
    dark = cv2.compare(ink, _PALER * mark.contrast, cv2.CMP_GE)
    # `cv2.morphologyEx` would move it by a pixel, since the side of a grain is even.
    firm = cv2.boundingRect(cv2.dilate(cv2.erode(dark, _GRAIN), _GRAIN, anchor=(0, 0)))
    x, y, w, h = cv2.boundingRect(mark.core)
    if w - firm[2] < _TAIL * h or firm[3] < _BODY * h:
        return mark
    # With the soft edges of its strokes.
    begin, end = max(firm[0] - 1, 0), min(firm[0] + firm[2] + 1, width)
    tails = mark.core[:, :begin], mark.core[:, end:]
    if any(tail.size and cv2.boundingRect(tail)[3] > _FLAT * h for tail in tails):
        return mark
    left, right = max(begin - 1, 0), min(end + 1, width)
    core, strength = mark.core[:, left:right].copy(), mark.strength[:, left:right]
    core[:, : begin - left] = 0
    core[:, end - left :] = 0
    own_x, own_y, own_w, own_h = cv2.boundingRect(core)
    scale = mark.box.h / h
    moved = (left + own_x - x, own_y - y, own_w, own_h)
    to_x, to_y, wide, tall = (round(i * scale) for i in moved)
    return replace(
        mark,
        box=Box(mark.box.x + to_x, mark.box.y + to_y, wide, tall),
        core=core,
        strength=strength,
        contrast=max(1.0, cv2.mean(strength, core)[0]),
        outlines=None,
    )
