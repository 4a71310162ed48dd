"""Typefaces: printed characters, as OpenCV's own fonts have them.

These have a 1 with a foot and a slash through the 0; most others have neither, and to a model that
never saw it a 1 without a foot is a 7, the more so where its flag is level, as in Helvetica.
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

_LEVEL = 0.5
"""Share of those whose 1 has a level flag."""

_SLASHED = 0.3
"""Share of typefaces with a slash through the 0."""

_NARROW = 0.8
"""Width of a 0 against that of the letter, as which it is drawn without a slash."""

_STRESSED = 0.4
"""Share of typefaces of which the strokes differ in width."""

_SIZE = 1.35
"""Of a font, in heights of its digits."""


@dataclass(frozen=True, slots=True)
class Typeface:
    """One way of printing.

    Attributes:
        font: one of `FONTS`.
        weight: of its strokes, 400 is usual.
        broad: width of everything against what the font has.
        stress: by how much upright strokes are thicker than level ones, in heights, as in books.
        footless: whether its 1 has no foot.
        level: whether its 1 has a level flag, too.
        slashed: whether its 0 has a slash.
    """

    font: str
    weight: int
    broad: float
    stress: float
    footless: bool
    level: bool
    slashed: bool

    @classmethod
    def any(cls, rng: Rng) -> Self:
        """One at random."""
        stressed = rng.random() < _STRESSED
        # Those of books stand on serifs.
        footless = not stressed and bool(rng.random() < _FOOTLESS)
        return cls(
            font=FONTS[rng.integers(len(FONTS))],
            weight=int(rng.uniform(150, 450 if stressed else 800)),
            broad=float(np.exp(rng.normal(0, 0.15))),
            stress=float(rng.uniform(0.03, 0.16)) if stressed else 0.0,
            footless=footless,
            level=footless and bool(rng.random() < _LEVEL),
            slashed=bool(rng.random() < _SLASHED),
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
        broad, drawn = self.broad, character
        if character == "0" and not self.slashed:
            broad, drawn = _NARROW * broad, "O"
        if character == "1" and self.level:
            _draw_level_one(picture, foot, height, self.weight)
        else:
            cv2.putText(picture, drawn, foot, 255, cv2.FontFace(self.font), size, self.weight)
            if character == "1" and self.footless:
                picture = _without_foot(picture)
        if self.stress:
            stress = np.ones((1, max(1, round(self.stress * height))), np.uint8)
            picture = np.asarray(cv2.dilate(picture, stress), np.uint8)
        scaled = (round(broad * picture.shape[1]), picture.shape[0])
        return np.asarray(cv2.resize(picture, scaled, interpolation=cv2.INTER_AREA), np.uint8)


def printed_digits(count: int, rng: Rng) -> Canvases:
    """Digits of as many typefaces, as many of each."""
    labels = np.arange(count) % 10
    pictures = [place(Typeface.any(rng).draw(str(i), 60, (2, 1.5))) for i in labels]
    return Canvases(np.stack(pictures), labels)


def _draw_level_one(picture: Picture, foot: tuple[int, int], height: float, weight: int) -> None:
    """A 1 as in Helvetica, in place: a stem, and a level flag that rises where it meets that."""
    stem = 0.07 + 0.15 * weight / 800
    right, low = 0.18 + stem, 0.17 + 0.6 * stem
    outline = (
        *((right - stem, 1.0), (right - stem, low), (0.0, low), (0.0, 0.17)),
        *((0.7 * (right - stem), 0.12), (right - 0.8 * stem, 0.0), (right, 0.0), (right, 1.0)),
    )
    points = np.array(foot) + height * (np.array(outline) - (0, 1))
    fixed = np.rint(16 * points).astype(np.int32)
    cv2.fillPoly(picture, [fixed], 255, cv2.LINE_AA, 4)


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
