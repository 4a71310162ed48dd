"""Leftovers: what is of rules yet once they have been taken out of a mark."""

import cv2

from livedigits.find.ink import Mask

_NEAR = 3
"""So near, in pixels, a rule ends at another one."""


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
