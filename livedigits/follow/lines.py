"""Lines: digits in a frame to rows of numbers in reading order, on tilted and curved pages too."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from operator import attrgetter
from statistics import median
from typing import Self

import numpy as np
import numpy.typing as npt

from livedigits.follow.spaces import gaps_between, spaces
from livedigits.reading import Box, Digit, Line
from livedigits.settings import FollowSettings

Floats = npt.NDArray[np.float64]
Joints = dict[tuple[int | None, int | None], int]
"""Tracks of neighbours in a row: 1 where there is a space between them, else -1."""

_LEVEL = math.sin(math.radians(5))
"""Sine of the tilt up to which boxes are as good as upright."""

_TALL, _BASE = 0.75, 1.5
"""Share of a page's digits that are no taller than its tall ones; a digit so many times as tall as
those is a base, and they are exponents."""

_WAVERING = 0.07
"""Sine of the angle, 4 degrees, by which a hand wavers from the text's direction: the further a
digit is from the last one of its row, the less it need be level with that."""

_GROWN, _NOISE = 0.1, 3
"""Share of its height, and pixels, by which a digit changes that touched something, or does now."""

_FIRM = 0.15
"""Gaps that were spaces count for so much wider, in sizes of the digits, and those that were none
for so much narrower: widths waver from frame to frame, and the limit with them."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Digits put in order.

    Attributes:
        lines: rows of numbers, top to bottom.
        digits: the digits in reading order, each with the index of its line.
        tilt: direction of the text in radians, clockwise positive.
        joints: of all neighbours.
    """

    lines: tuple[Line, ...]
    digits: tuple[Digit, ...]
    tilt: float
    joints: Joints = field(default_factory=dict)

    def moved(self, digits: Sequence[Digit]) -> Self | None:
        """The same rows with their digits where they are in a later frame.

        Args:
            digits: tracked, in any order.

        Returns:
            None where other digits are in view, or some read otherwise or have another height.
        """
        now = {digit.track: digit for digit in digits}
        if len(now) != len(self.digits):
            return None
        ordered = []
        for was in self.digits:
            digit = now.get(was.track)
            if digit is None or digit.value != was.value:
                return None
            if abs(digit.box.h - was.box.h) > max(_GROWN * was.box.h, _NOISE):
                return None
            ordered.append(_on_line(digit, was.line))
        rows = (tuple(row) for _, row in groupby(ordered, attrgetter("line")))
        lines = (_line(line.text, row) for line, row in zip(self.lines, rows, strict=True))
        return replace(self, lines=tuple(lines), digits=tuple(ordered))


def group_lines(
    digits: Sequence[Digit],
    settings: FollowSettings | None = None,
    before: Lines | None = None,
) -> Lines:
    """Puts digits in reading order.

    A digit continues the row whose last digit is at its height, seen along the text direction;
    following the last digit and not the row's mean lets rows curve.

    Args:
        digits: in any order.
        settings: what a row is.
        before: the lines of the frame before, of tracked digits.

    Example:
        >>> page = [Digit("7", 1.0, Box(60, 11, 20, 30)), Digit("4", 1.0, Box(35, 10, 20, 30))]
        >>> group_lines(page).lines[0].text
        '47'
    """
    settings = settings or FollowSettings()
    if not digits:
        return Lines((), (), 0.0)
    boxes = np.array([digit.box for digit in digits], float)
    centers = boxes[:, :2] + boxes[:, 2:] / 2
    tilt = text_direction(centers, boxes[:, 3], math.radians(settings.max_tilt))
    cos, sin = math.cos(tilt), math.sin(tilt)
    # Lists from here on: one by one, NumPy's numbers take ten times as long as Python's own.
    along = (centers[:, 0] * cos + centers[:, 1] * sin).tolist()
    across = (centers[:, 1] * cos - centers[:, 0] * sin).tolist()
    widths, heights = _upright(boxes[:, 2:], tilt)
    rows = _rows(along, across, boxes[:, 3].tolist(), settings)
    height = median(boxes[:, 3].tolist())
    rows.sort(key=lambda row: _place(row, along, across, height))
    gaps, pairs = [], []
    for row in rows:
        places, wide, tall = ([side[i] for i in row] for side in (along, widths, heights))
        gaps.append(gaps_between(places, wide, tall, settings))
        pairs.append(list(pairwise(digits[i].track for i in row)))
        if before is not None:
            gaps[-1] += [_FIRM * before.joints.get(pair, 0) for pair in pairs[-1]]
    joints: Joints = {}
    lines, ordered = [], []
    parted = spaces(gaps, settings)
    for index, row in enumerate(rows):
        own = [digits[i] for i in row]
        joints |= {
            pair: 1 if wide else -1 for pair, wide in zip(pairs[index], parted[index], strict=True)
        }
        lines.append(_line(_text(own, parted[index]), own))
        ordered += [_on_line(digit, index) for digit in own]
    return Lines(tuple(lines), tuple(ordered), tilt, joints)


def text_direction(centers: Floats, heights: Floats, steepest: float) -> float:
    """The direction along which most neighbours stand in a row.

    Every digit votes with its nearest neighbours for the directions in which they are level with
    it; near ones count more. Level pages are the rule, so a tilt has to win by a margin.

    Args:
        centers: `(n, 2)` x and y.
        heights: `(n,)`.
        steepest: radians, looked at to either side of level.

    Returns:
        Radians, clockwise positive.
    """
    if len(centers) < 2:
        return 0.0
    offset = centers[None] - centers[:, None]
    distance = np.hypot(offset[..., 0], offset[..., 1])
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1)[:, : min(6, len(centers) - 1)]
    rows = np.arange(len(centers))[:, None]
    dx, dy = offset[rows, nearest].reshape(-1, 2).T
    size = np.repeat(heights, nearest.shape[1])
    near = np.exp(-distance[rows, nearest].ravel() / (3 * size))
    forward = np.abs(dx) > np.abs(dy) * 0.5
    angles = np.linspace(-steepest, steepest, 2 * max(1, round(math.degrees(steepest))) + 1)
    # Single precision takes half the time, and the angles are a degree apart.
    right, down, weight = (i[forward].astype(np.float32) for i in (dx / size, dy / size, near))
    cos, sin = (f(angles)[:, None].astype(np.float32) for f in (np.cos, np.sin))
    miss = down * cos - right * sin
    votes = (np.exp(-0.5 * (miss / np.float32(0.15)) ** 2) * weight).sum(axis=1, dtype=np.float64)
    votes *= 1 - 0.3 * np.abs(angles) / max(steepest, 1e-9)
    # A few lone digits line up by chance in some direction; level is the better guess then.
    votes += 0.15 * np.exp(-0.5 * (np.degrees(angles) / 2) ** 2)
    best = int(votes.argmax())
    return float(angles[best]) if votes[best] > 0 else 0.0


def _on_line(digit: Digit, line: int) -> Digit:
    """A digit with the number of its line; `replace` takes four times as long."""
    return Digit(digit.value, digit.confidence, digit.box, line, digit.track, digit.stable)


def _line(text: str, digits: Sequence[Digit]) -> Line:
    """A row of digits."""
    boxes = [digit.box for digit in digits]
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.w for box in boxes), max(box.y + box.h for box in boxes)
    sure = math.prod(digit.confidence for digit in digits)
    return Line(text, sure, Box(left, top, right - left, bottom - top))


def _rows(
    along: Sequence[float],
    across: Sequence[float],
    heights: Sequence[float],
    settings: FollowSettings,
) -> list[list[int]]:
    """Digits row by row, each from left to right; an exponent belongs to its base's row."""
    rows: list[list[int]] = []
    tall = sorted(heights)[round(_TALL * (len(heights) - 1))]
    # The last digit of each row that stands on it: an exponent does not, and leads nowhere.
    feet: list[int] = []
    for i in sorted(range(len(along)), key=along.__getitem__):
        best, least, on_row = None, math.inf, True
        for index, foot in enumerate(feet):
            height = max(heights[i], heights[foot])
            miss = abs(across[i] - across[foot]) / height
            gap = (along[i] - along[rows[index][-1]]) / height
            most = settings.row_tolerance + _WAVERING * gap
            if miss < min(least, most) and gap < settings.line_gap:
                best, least = index, miss
        if best is None:
            raised = (
                k for k, foot in enumerate(feet) if _raised(i, foot, along, across, heights, tall)
            )
            best, on_row = next(raised, None), False
        if best is None:
            rows.append([i])
            feet.append(i)
        else:
            rows[best].append(i)
            feet[best] = i if on_row else feet[best]
    return rows


def _raised(
    i: int,
    base: int,
    along: Sequence[float],
    across: Sequence[float],
    heights: Sequence[float],
    tall: float,
) -> bool:
    """Whether a digit is small and stands up and to the right of another, as an exponent does.

    What hangs on a base makes it a little taller than the page's digits are.
    """
    own = heights[base]
    usual = own if own > _BASE * tall else min(tall, _BASE * own)
    rise, ahead = across[base] - across[i], along[i] - along[base]
    smaller = heights[i] < 0.85 * min(own, usual)
    return smaller and 0 < ahead < 1.5 * usual and 0 < rise < 1.2 * usual


def _place(
    row: list[int], along: Sequence[float], across: Sequence[float], height: float
) -> tuple[int, float]:
    """Sort key: rows at the same height (columns of a page) go from left to right."""
    return round(median(across[i] for i in row) / height), along[row[0]]


def _upright(sizes: Floats, tilt: float) -> tuple[list[float], list[float]]:
    """Widths and heights of digits as they would be on a level page, `(n,)` each.

    The box of a rectangle that is turned is as wide as its width and its height make it together;
    digits are no rectangles, so as much as a third is left of what that takes away.
    """
    w, h = sizes.T
    cos, sin = math.cos(tilt), abs(math.sin(tilt))
    if sin < _LEVEL:
        return w.tolist(), h.tolist()
    across = max(cos**2 - sin**2, 0.2)  # at 45 degrees boxes tell nothing any more
    wide, tall = (w * cos - h * sin) / across, (h * cos - w * sin) / across
    return np.clip(wide, w / 3, w).tolist(), np.clip(tall, h / 3, h).tolist()


def _text(row: Sequence[Digit], parted: Sequence[bool]) -> str:
    after = [" " if space else "" for space in parted]
    return "".join(digit.value + space for digit, space in zip(row, [*after, ""], strict=True))
