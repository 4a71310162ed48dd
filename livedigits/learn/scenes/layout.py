"""Where each digit goes: rows of numbers, spaced and wavering as people write them.

All lengths are in heights of a digit until `Layout.height` says how many pixels that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livedigits.learn.handwriting import Glyph, Writer, write

HEIGHTS = (18.0, 160.0)
"""The smallest and the largest digits, in pixels."""

GAP = 0.13
"""Least room between two digits: they never touch."""

GAP_PIXELS = 3.0
"""Least room between two digits in pixels, so that the blur of a lens does not join them."""

TOUCHING_GAP = -0.08
"""Room between digits that may touch, on average 0.03 less than none."""

NUMBER_GAP = 0.9
"""Least room between two numbers; within a number it stays under half of that."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of a page, in pixels."""

    x: float
    y: float
    w: float
    h: float

    def common(self, other: "Area") -> "Area":
        """What lies in both."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.w, other.x + other.w)
        bottom = min(self.y + self.h, other.y + other.h)
        return Area(x, y, right - x, bottom - y)

    def within(self, inset: float) -> "Area":
        """The area less a margin all around."""
        return Area(self.x + inset, self.y + inset, self.w - 2 * inset, self.h - 2 * inset)


@dataclass(frozen=True, slots=True)
class Placed:
    """A digit and the place of its glyph's (0, 0) on the page, in pixels."""

    value: str
    line: int
    glyph: Glyph
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A page's writing before any ink.

    Attributes:
        lines: what is written, one space between separate numbers.
        digits: row by row, from left to right.
        height: of a digit, in pixels.
        baseline: y of the first row's foot, in pixels.
        pitch: from one row to the next, in pixels.
        left: x where the rows begin, in pixels.
    """

    lines: tuple[str, ...]
    digits: tuple[Placed, ...]
    height: float
    baseline: float
    pitch: float
    left: float


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: its digits, the x of each from the row's left end, and the row's width."""

    values: str
    glyphs: tuple[Glyph, ...]
    xs: tuple[float, ...]
    width: float


def lay_out(
    rng: np.random.Generator,
    area: Area,
    writers: Sequence[Writer],
    pen_width: float,
    *,
    lines: Sequence[str] | None = None,
    digit_height: float | None = None,
    touching: bool = False,
) -> Layout:
    """Places rows of numbers in an area.

    Args:
        rng: where the randomness comes from.
        area: that holds all ink.
        writers: whose hand it is, row by row in turn.
        pen_width: in heights.
        lines: what to write; numbers are drawn at random without it.
        digit_height: in pixels; drawn at random without it. Less where the lines would not fit.
        touching: whether some digits of a number run into each other.

    Raises:
        ValueError: a line is empty, is not digits and single spaces, or there is too much text for
            digits of the least height.
    """
    height = digit_height or float(np.exp(rng.uniform(*np.log(HEIGHTS))))
    pitch = float(rng.uniform(1.5, 2.1))
    texts = tuple(lines) if lines is not None else random_lines(rng, area, height, pitch)
    gap = max(GAP, GAP_PIXELS / height) + float(rng.uniform(0, 0.16))
    gap = TOUCHING_GAP if touching else gap
    rows = []
    for index, text in enumerate(texts):
        if not text or text.split(" ") != text.split() or not text.replace(" ", "0").isdecimal():
            raise ValueError(f"a line is digits with single spaces between numbers, not {text!r}")
        rows.append(_write_row(rng, text, writers[index % len(writers)], pen_width, gap))
    widest = max(row.width for row in rows)
    tall = (len(rows) - 1) * pitch + 1.5  # the first and last row waver by up to a quarter
    height = min(height, area.w / (widest + 0.2), area.h / tall)
    if height < HEIGHTS[0] * 0.9:
        raise ValueError(f"{len(rows)} rows of this width do not fit an area of {area}")

    left = area.x + 0.1 * height + float(rng.random()) * (area.w - (widest + 0.2) * height)
    baseline = area.y + 1.25 * height + float(rng.random()) * (area.h - tall * height)
    straggling = rng.random() < 0.25  # rows that begin anywhere, rather than below each other
    digits = []
    for index, row in enumerate(rows):
        slack = (widest - row.width) * (1.0 if straggling else 0.1)
        start = min(rng.uniform(0, 1) * slack, widest - row.width)
        climb, wave, phase = rng.normal(0, 0.04), rng.uniform(0, 0.03), rng.uniform(0, 6)
        for value, glyph, x in zip(row.values, row.glyphs, row.xs, strict=True):
            waver = climb * (x - row.width / 2) / max(row.width, 4) * 2 + wave * np.sin(phase + x)
            digits.append(
                Placed(
                    value,
                    index,
                    glyph,
                    left + (start + x) * height,
                    baseline + (index * pitch - 1 + float(np.clip(waver, -0.12, 0.12))) * height,
                )
            )
    return Layout(texts, tuple(digits), height, baseline, pitch * height, left)


def random_lines(
    rng: np.random.Generator, area: Area, height: float, pitch: float
) -> tuple[str, ...]:
    """One to eight rows of numbers of one to six digits, about as many as fit."""
    most = int(np.clip((area.h / height - 1.5) / pitch + 1, 1, 8))
    lines = []
    for _ in range(int(rng.integers((most + 1) // 2, most + 1))):
        room = min(area.w / height, 22.0) * rng.uniform(0.4, 0.95)
        numbers: list[str] = []
        while True:
            length = int(rng.integers(1, 7))
            if numbers and room < 0.9 * length + NUMBER_GAP:
                break
            length = max(1, min(length, int(room / 0.9)))
            numbers.append("".join(rng.choice(list("0123456789"), length)))
            room -= 0.9 * length + NUMBER_GAP
        lines.append(" ".join(numbers))
    return tuple(lines)


def _write_row(
    rng: np.random.Generator, text: str, writer: Writer, pen_width: float, gap: float
) -> _Row:
    """Writes one row from its left end; ink is `gap` apart, and more between numbers."""
    glyphs: list[Glyph] = []
    xs: list[float] = []
    silhouette: _Silhouette | None = None  # of the digit before, none at the start of the row
    apart = False  # a new number begins
    for character in text:
        if character == " ":
            apart = True
            continue
        glyph = write(character, writer, rng)
        own = _silhouette(glyph, pen_width)
        if silhouette is None:
            x = -float(own.left.min())
        elif apart:
            room = max(NUMBER_GAP, 2.5 * gap) + float(rng.uniform(0, 0.4))
            x = xs[-1] + float(silhouette.right.max()) + room - float(own.left.min())
        else:
            # As near as the ink allows, but no part of one digit over or under the other.
            room = gap + float(rng.uniform(0, 0.1))
            by_ink = float((silhouette.right - own.left).max()) + room
            by_box = float(silhouette.right.max() - own.left.min()) + 0.05
            x = xs[-1] + (max(by_ink, by_box) if gap > 0 else by_ink)
        glyphs.append(glyph)
        xs.append(x)
        silhouette, apart = own, False
    assert silhouette is not None
    width = xs[-1] + float(silhouette.right.max())
    return _Row(text.replace(" ", ""), tuple(glyphs), tuple(xs), width)


@dataclass(frozen=True, slots=True)
class _Silhouette:
    """x of a glyph's ink at its left and right, `(bands,)`, from its (0, 0), in heights.

    A band takes in the two beside it, so that ink is apart in every direction and not only
    sideways. Bands without ink have infinite bounds: nothing to keep away from.
    """

    left: npt.NDArray[np.float64]
    right: npt.NDArray[np.float64]


def _silhouette(glyph: Glyph, pen_width: float) -> _Silhouette:
    """Measures a glyph's ink in bands of a tenth of its height, from -0.4 to 1.4."""
    mean = float(np.concatenate([stroke.widths for stroke in glyph.strokes]).mean())
    left, right = np.full(20, np.inf), np.full(20, -np.inf)
    for stroke in glyph.strokes:
        at = np.arange(0, len(stroke.points) - 0.99, 0.125)
        index = np.arange(len(stroke.points))
        x, y = (np.interp(at, index, stroke.points[:, axis]) for axis in (0, 1))
        half = np.interp(at, index, stroke.widths) * (pen_width / mean / 2)
        band = np.clip(np.floor(y * 10 + 5).astype(int), 1, 18)
        for beside in (-1, 0, 1):
            np.minimum.at(left, band + beside, x - half)
            np.maximum.at(right, band + beside, x + half)
    return _Silhouette(left, right)
