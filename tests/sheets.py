"""Sheets of digits for tests, plain or ruled: the ink, where it lies, and pictures of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from livedigits.capture.frame import Image
from livedigits.learn.handwriting import STYLES, Writer, draw, new_writer, write
from livedigits.learn.handwriting.pen import MARGIN
from livedigits.reading import Box

Ink = NDArray[np.uint8]

Stroke = tuple[float, float, float, float]
"""A straight line from x, y to x, y."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written, before it has a colour.

    Attributes:
        ink: the share of each pixel that ink covers, `(h, w)` uint8, 255 for all of it.
        boxes: around each digit, in reading order.
        values: the digits, in the same order.
        lines: the rows, with a space between numbers.
    """

    ink: Ink
    boxes: tuple[Box, ...]
    values: str
    lines: tuple[str, ...]

    def picture(self, *, paper: ArrayLike = 235, pen: ArrayLike = 45) -> Image:
        """The sheet in colours: grey levels, BGR, or a level for each pixel `(h, w, 1)`."""
        share = self.ink[..., None] / np.float32(255)
        colour = np.asarray(paper, np.float32) * (1 - share) + np.asarray(pen, np.float32) * share
        full = np.broadcast_to(colour.round().clip(0, 255), (*self.ink.shape, 3))
        return np.ascontiguousarray(full, np.uint8)

    @property
    def rows(self) -> list[tuple[Box, ...]]:
        """The digits of each row."""
        ends = np.cumsum([len(line.replace(" ", "")) for line in self.lines]).tolist()
        return [self.boxes[a:b] for a, b in zip([0, *ends], ends, strict=False)]

    def ruled(self, strokes: Sequence[Stroke], thickness: int = 3) -> "Sheet":
        """The sheet with straight lines in the same ink, whatever they run through."""
        ink = self.ink.copy()
        for x, y, to_x, to_y in strokes:
            cv2.line(
                ink, (round(x), round(y)), (round(to_x), round(to_y)), 255, thickness, cv2.LINE_AA
            )
        return replace(self, ink=ink)


_USUAL = {
    character: [style.name for style in STYLES[character]].index(name)
    for character, name in {"0": "closed", "1": "plain", "5": "one stroke", "7": "plain"}.items()
}
"""Ways of writing that leave no piece of a digit by itself."""


def careful_writer(seed: int, pen_width: float = 0.1) -> Writer:
    """Someone who writes so that nobody can take one digit for another."""
    writer = new_writer(np.random.default_rng(seed), styles=_USUAL)
    return replace(
        writer,
        pen_width=pen_width,
        looseness=0.5,
        aspect=1.0,
        slant=0.05,
        closure=0.0,
        hooks=0.0,
        tremor=0.0,
    )


def digit_ink(value: str, height: float, *, seed: int = 0, pen_width: float = 0.1) -> Ink:
    """One digit's ink, cut tight: the same seed is the same digit at any height."""
    rng = np.random.default_rng((seed, ord(value)))
    glyph = write(value, careful_writer(seed), rng)
    return draw(glyph, height, pen_width=pen_width)[MARGIN:-MARGIN, MARGIN:-MARGIN]


def sheet(
    lines: Sequence[str],
    *,
    size: tuple[int, int] = (640, 360),
    height: float = 56,
    pen_width: float = 0.1,
    seed: int = 0,
) -> Sheet:
    """Writes rows of numbers, 0.25 digits apart and 1.3 between numbers, from the upper left.

    Spaces before a row indent it.

    Raises:
        ValueError: they do not fit.
    """
    width, tall = size
    ink = np.zeros((tall, width), np.uint8)
    boxes = []
    for row, text in enumerate(lines):
        x, bottom = 0.5 * height, round((1.7 + 1.8 * row) * height)
        for place, value in enumerate(text):
            if value == " ":
                x += 1.05 * height
                continue
            mark = digit_ink(value, height, seed=seed + 100 * row + place, pen_width=pen_width)
            h, w = mark.shape
            left, top = round(x), bottom - h
            if left + w > width or bottom > tall or top < 0:
                raise ValueError(f"{text!r} does not fit into {width}x{tall}")
            ink[top:bottom, left : left + w] = mark
            boxes.append(Box(left, top, w, h))
            x += w + 0.25 * height
    values = "".join(lines).replace(" ", "")
    return Sheet(ink, tuple(boxes), values, tuple(line.strip() for line in lines))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    w = min(one.right, other.right) - max(one.x, other.x)
    h = min(one.bottom, other.bottom) - max(one.y, other.y)
    shared = max(w, 0) * max(h, 0)
    return shared / (one.w * one.h + other.w * other.h - shared)


def found_share(truth: Sequence[Box], boxes: Sequence[Box], least: float = 0.6) -> float:
    """Share of the true boxes that some box fits, by intersection over union."""
    return sum(any(overlap(i, j) > least for j in boxes) for i in truth) / len(truth)


def touching(text: str, *, height: float = 60, seed: int = 0, pen_width: float = 0.1) -> Sheet:
    """Digits in one row, each so near to the one before that their ink just meets.

    The row stands in the middle of a sheet of its own.
    """
    marks = [
        digit_ink(value, height, seed=seed + 10 * place, pen_width=pen_width)
        for place, value in enumerate(text)
    ]
    tall, wide = 4 * round(height), round((len(text) + 2) * height)
    ink = np.zeros((tall, wide), np.uint8)
    bottom, x = round(2.5 * height), round(height)
    boxes: list[Box] = []
    for mark in marks:
        h, w = mark.shape
        rows = slice(bottom - h, bottom)
        while boxes and np.minimum(ink[rows, x : x + w], mark).max() <= 127:
            x -= 1
        np.maximum(ink[rows, x : x + w], mark, out=ink[rows, x : x + w])
        boxes.append(Box(x, bottom - h, w, h))
        x += w + round(0.1 * height)
    return Sheet(ink, tuple(boxes), text, (text,))
