"""What numbers are written with: how wide, dark and grainy each tool's strokes are."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np

from livedigits.learn.scenes.texture import Coverage, FloatImage, clouds, grain

PenKind: TypeAlias = Literal["pencil", "ballpoint", "felt", "marker", "board marker", "chalk"]

Colour: TypeAlias = tuple[float, float, float]
"""Blue, green and red, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Pen:
    """One tool as it writes.

    Attributes:
        kind: what sort of tool it is.
        colour: of its ink.
        width: of its stroke, in heights of a digit.
        opacity: how much of its full strength the ink reaches, in [0, 1].
        grain: how unevenly ink takes to the surface, from 0 (flowing) to 1 (crumbling).
    """

    kind: PenKind
    colour: Colour
    width: float
    opacity: float
    grain: float


@dataclass(frozen=True, slots=True)
class _Make:
    """The pens of one kind: their colours, one named twice being twice as common, and ranges."""

    colours: tuple[Colour, ...]
    widths: tuple[float, float]
    opacities: tuple[float, float]
    grain: float


_BLACK: Colour = (0.10, 0.09, 0.09)
_BLUE: Colour = (0.62, 0.22, 0.13)
_NAVY: Colour = (0.45, 0.14, 0.10)
_VIOLET: Colour = (0.52, 0.16, 0.17)
_RED: Colour = (0.20, 0.13, 0.75)
_GREEN: Colour = (0.28, 0.45, 0.08)
_LEADS: tuple[Colour, ...] = ((0.23, 0.22, 0.22), (0.30, 0.29, 0.29), (0.36, 0.35, 0.35))
_WHITE: Colour = (0.90, 0.94, 0.94)
_YELLOW: Colour = (0.50, 0.88, 0.93)
_PINK: Colour = (0.78, 0.72, 0.95)
_SKY: Colour = (0.93, 0.86, 0.70)

_MAKES: dict[PenKind, _Make] = {
    "pencil": _Make(_LEADS, (0.045, 0.085), (0.62, 0.92), 0.45),
    "ballpoint": _Make(
        (_BLUE, _BLUE, _NAVY, _VIOLET, _BLACK, _BLACK, _RED), (0.045, 0.075), (0.82, 1.0), 0.16
    ),
    "felt": _Make(
        (_BLACK, _BLACK, _BLACK, _BLACK, _BLUE, _NAVY, _VIOLET, _RED, _GREEN),
        (0.07, 0.115),
        (0.88, 1.0),
        0.05,
    ),
    "marker": _Make((_BLACK, _BLACK, _BLACK, _BLUE, _RED), (0.11, 0.15), (0.85, 1.0), 0.06),
    "board marker": _Make((_BLACK, _BLUE, _RED, _GREEN), (0.085, 0.13), (0.85, 1.0), 0.06),
    "chalk": _Make(
        (_WHITE, _WHITE, _WHITE, _WHITE, _YELLOW, _PINK, _SKY), (0.085, 0.14), (0.8, 0.97), 0.5
    ),
}


def draw_pen(rng: np.random.Generator, kind: PenKind) -> Pen:
    """A pen of a kind, its colour, width and strength drawn at random."""
    make = _MAKES[kind]
    colour = make.colours[rng.integers(len(make.colours))]
    width, opacity = float(rng.uniform(*make.widths)), float(rng.uniform(*make.opacities))
    return Pen(kind, colour, width, opacity, make.grain)


def lay_ink(
    sheet: FloatImage, coverage: Coverage, pen: Pen, height: float, rng: np.random.Generator
) -> None:
    """Writes on a sheet, in place.

    Args:
        sheet: grey levels, `(height, width, 3)`.
        coverage: where the pen has been, of the sheet's height and width.
        pen: what it was.
        height: of a digit in pixels; it sets how coarse the grain is.
        rng: where chance comes from.
    """
    x, y, w, h = cv2.boundingRect(coverage)
    if w == 0:
        return
    here = sheet[y : y + h, x : x + w]
    ink = coverage[y : y + h, x : x + w].astype(np.float32) / np.float32(255)
    # The tooth of the surface takes ink or leaves a gap; pressure and flow change slowly.
    coarse = grain(rng, (w, h), sigma=float(np.clip(height / 90, 0.5, 1.6)))
    tooth = 0.7 * coarse + 0.7 * grain(rng, (w, h))
    flow = clouds(rng, (w, h), max(4.0, height / 2))
    ink *= np.clip(1 - 0.45 * pen.grain + 0.6 * pen.grain * tooth + 0.06 * flow, 0, 1)
    ink *= np.float32(pen.opacity)
    if pen.kind == "chalk":  # dust settles beside the stroke
        dust = cv2.GaussianBlur(ink, (0, 0), max(1.0, height / 14))
        ink = np.maximum(ink, dust * np.float32(0.16))
    alpha, colour = ink[..., None], np.array(pen.colour, np.float32)
    if pen.kind == "chalk":  # lies on top; ink colours what is below
        here += alpha * (colour * np.float32(255) - here)
    else:
        here *= 1 - alpha * (1 - colour)
