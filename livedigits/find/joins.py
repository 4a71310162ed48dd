"""Joins: one digit in several pieces.

A pen leaves the bar of a 5 apart, and faint strokes break. The model decides: joined marks are
candidates like all others, and the surest reading of each place wins.
"""

from collections.abc import Sequence

import numpy as np

from livedigits.reading import Box
from livedigits.settings import FindSettings


def pairs_to_join(
    bodies: Sequence[Box], marks: Sequence[Box], settings: FindSettings
) -> list[tuple[int, int]]:
    """Which marks may be pieces of the same digit.

    Above all this is the bar of a 5: short, over the body, as much beside it as over it. Faint
    strokes leave halves of an 8 over each other.

    Args:
        bodies: of a digit's size.
        marks: of any size, the bodies among them.
        settings: the widest gap.

    Returns:
        Indices of a body and of a mark each, the closest first.
    """
    if not bodies or not marks:
        return []
    body = np.array(bodies, np.float32)[:, None]
    mark = np.array(marks, np.float32)[None]
    height = body[..., 3]
    bottom, right = body[..., 1] + height, body[..., 0] + body[..., 2]
    mark_bottom, mark_right = mark[..., 1] + mark[..., 3], mark[..., 0] + mark[..., 2]
    gap = np.maximum(mark[..., 1] - bottom, body[..., 1] - mark_bottom)
    across = np.minimum(right, mark_right) - np.maximum(body[..., 0], mark[..., 0])
    together = np.maximum(bottom, mark_bottom) - np.minimum(body[..., 1], mark[..., 1])
    fits = (
        (gap < settings.join_gap * height)
        & (across > 0.2 * np.minimum(body[..., 2], mark[..., 2]))
        & (mark[..., 3] <= 0.9 * height)
        & (np.maximum(mark[..., 2], mark[..., 3]) > 0.2 * height)
        & (together < 1.6 * height)
        & (together > 1.05 * height)
        & (mark[..., 2] < 1.2 * height)
    )
    rows, columns = np.nonzero(fits)
    order = np.argsort(gap[rows, columns])[: settings.max_joins]
    return [(int(rows[i]), int(columns[i])) for i in order]
