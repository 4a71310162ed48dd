"""Typefaces: printed characters, as OpenCV's own fonts have them.

These have a 1 with a foot; most others have none, which is a 7 to a model that never saw one.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from livedigits.learn.canvases import Canvases, Picture, place

Rng = np.random.Generator

FONTS = "sans", "italic"

_FOOTLESS = 0.7
"""Share of typefaces whose 1 stands on its stem."""

_SIZE = 1.35
"""Of a font, in heights of its digits."""


@dataclass(frozen=True, slots=True)
class Typeface:
    """One way of printing.

    Attributes:
        font: one of `FONTS`.
        weight: of its strokes, 400 is usual.
        broad: width of everything against what the font has.
        footless: whether its 1 has no foot.
    """

    font: str
    weight: int
    broad: float
    footless: bool

    @classmethod
    def any(cls, rng: Rng) -> Self:
        """One at random."""
        return cls(
            font=FONTS[rng.integers(len(FONTS))],
            weight=int(rng.uniform(150, 800)),
            broad=float(np.exp(rng.normal(0, 0.15))),
            footless=bool(rng.random() < _FOOTLESS),
        )

    def draw(self, character: str, height: float, frame: tuple[float, float]) -> Picture:
        """A character, `(frame[0] * height, w)` uint8, ink 255.

        Args:
            character: to print.
            height: of a digit, in pixels.
            frame: height of the picture and place of the characters' foot in it, in heights.
        """
        picture = np.zeros((round(frame[0] * height), round(3 * height)), np.uint8)
        foot = (round(height / 2), round(frame[1] * height))
        size = round(_SIZE * height)
        cv2.putText(picture, character, foot, 255, cv2.FontFace(self.font), size, self.weight)
        if character == "1" and self.footless:
            picture = _without_foot(picture)
        broad = (round(self.broad * picture.shape[1]), picture.shape[0])
        return np.asarray(cv2.resize(picture, broad, interpolation=cv2.INTER_AREA), np.uint8)


def printed_digits(count: int, rng: Rng) -> Canvases:
    """Digits of as many typefaces, as many of each."""
    labels = np.arange(count) % 10
    pictures = [place(Typeface.any(rng).draw(str(i), 60, (2, 1.5))) for i in labels]
    return Canvases(np.stack(pictures), labels)


def _without_foot(picture: Picture) -> Picture:
    """A 1 whose lowest quarter is as its stem above."""
    _, top, _, height = cv2.boundingRect(picture)
    one, half, stem = picture.copy(), top + height // 2, top + height * 3 // 4
    columns = np.arange(picture.shape[1])
    upper, lower = (np.average(columns, weights=picture[row]) for row in (half, stem))
    for row in range(stem + 1, top + height):
        lean = (lower - upper) * (row - stem) / (stem - half)
        one[row] = np.roll(picture[stem], round(lean))
    return one
