"""Forms: boxes and tables that numbers are written into, printed before they are.

People do not keep within the lines: digits touch the boxes and cross them.
"""

from typing import Literal, TypeAlias

import cv2
import numpy as np

from livedigits.learn.scenes.layout import Layout, Placed
from livedigits.learn.scenes.texture import Coverage, FloatImage

Form: TypeAlias = Literal["boxes", "combs", "table"]
"""A box around each number, one with a field for each digit, or a table over the whole page."""

FORMS: tuple[Form, ...] = ("boxes", "combs", "table")

_INKS = (
    (0.12, 0.12, 0.12),
    (0.2, 0.2, 0.2),
    (0.45, 0.42, 0.4),
    (0.62, 0.4, 0.28),
    (0.4, 0.38, 0.75),
)
"""Of print, as the share of light that is left, in BGR."""


def print_form(rng: np.random.Generator, page: FloatImage, layout: Layout, form: Form) -> None:
    """Prints the lines of a form around what is going to be written, in place."""
    height = layout.height
    print_ = np.zeros(page.shape[:2], np.uint8)
    thickness = max(1, round(height * float(rng.uniform(0.02, 0.1))))
    room = height * rng.uniform(-0.04, 0.22, 2)  # above and below: less than none crosses
    for row in range(len(layout.lines)):
        numbers = _numbers(layout, row)
        top = min(digit.y for number in numbers for digit in number) - room[0]
        bottom = max(digit.y for number in numbers for digit in number) + height + room[1]
        for number in numbers:
            left = number[0].x - height * float(rng.uniform(0.1, 0.3))
            right = number[-1].x + height * float(rng.uniform(0.75, 1.1))
            if form == "table":
                if row == 0:
                    _line(print_, left, 0, left, page.shape[0], thickness)
                continue
            for y in (top, bottom):
                _line(print_, left, y, right, y, thickness)
            fields = [digit.x - 0.08 * height for digit in number[1:]] if form == "combs" else []
            for x in (left, *fields, right):
                _line(print_, x, top, x, bottom, thickness)
        if form == "table":
            for y in (top, bottom):
                _line(print_, 0, y, page.shape[1], y, thickness)
    colour = np.array(_INKS[rng.integers(len(_INKS))], np.float32)
    share = print_.astype(np.float32)[..., None] / np.float32(255) * np.float32(rng.uniform(0.7, 1))
    page *= 1 - share * (1 - colour)


def _numbers(layout: Layout, row: int) -> list[list[Placed]]:
    """The digits of a row, number by number."""
    digits = iter(digit for digit in layout.digits if digit.line == row)
    return [[next(digits) for _ in number] for number in layout.lines[row].split()]


def _line(picture: Coverage, x: float, y: float, to_x: float, to_y: float, thickness: int) -> None:
    start, end = (round(16 * x), round(16 * y)), (round(16 * to_x), round(16 * to_y))
    cv2.line(picture, start, end, 255, thickness, cv2.LINE_AA, 4)
