"""Joins: one digit in several pieces.

A pen leaves the bar of a 5 apart, and faint strokes break. The model decides: joined marks are
candidates like all others, and the surest reading of each place wins.
"""

import numpy as np
import numpy.typing as npt

from livedigits.settings import FindSettings


def pairs_to_join(
    bodies: npt.NDArray[np.int32], marks: npt.NDArray[np.int32], settings: FindSettings
) -> list[tuple[int, int]]:
    """Which marks may be pieces of the same digit.

    Above all this is the bar of a 5: short, over the body, as much beside it as over it. Faint
    strokes leave halves of an 8 over each other.

    Args:
        bodies: boxes of a digit's size, `(n, 4)`: x, y, width and height.
        marks: boxes of any size, the bodies' among them, `(m, 4)`.
        settings: the widest gap.

    Returns:
        Indices of a body and of a mark each, the closest first.
    """
    if not len(bodies) or not len(marks):
        return []
    # Few of the many pairs are close to each other; only those are looked at in full.
    reach = settings.join_gap * bodies[:, 3:]
    close = (
        (marks[:, 1] < bodies[:, 1:2] + bodies[:, 3:] + reach)
        & (bodies[:, 1:2] < marks[:, 1] + marks[:, 3] + reach)
        & (marks[:, 0] < bodies[:, :1] + bodies[:, 2:3])
        & (bodies[:, :1] < marks[:, 0] + marks[:, 2])
        & (marks[:, 3] < bodies[:, 3:])
    )
    rows, columns = np.nonzero(close)
    if not len(rows):
        return []
    x, y, w, h = bodies[rows].T.astype(np.float32)
    mark_x, mark_y, mark_w, mark_h = marks[columns].T.astype(np.float32)
    bottom, mark_bottom = y + h, mark_y + mark_h
    gap = np.maximum(mark_y - bottom, y - mark_bottom)
    across = np.minimum(x + w, mark_x + mark_w) - np.maximum(x, mark_x)
    together = np.maximum(bottom, mark_bottom) - np.minimum(y, mark_y)
    fits = (
        (gap < settings.join_gap * h)
        & (across > 0.2 * np.minimum(w, mark_w))
        & (mark_h <= 0.9 * h)
        & (np.maximum(mark_w, mark_h) > 0.2 * h)
        & (together < 1.6 * h)
        & (together > 1.05 * h)
        & (mark_w < 1.2 * h)
    )
    order = np.argsort(gap[fits])[: settings.max_joins]
    return list(zip(rows[fits][order].tolist(), columns[fits][order].tolist(), strict=True))
