"""The seven surfaces, blank: what they are made of, and what was printed on or wiped off them."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import cv2
import numpy as np

from livedigits.learn.scenes.pens import PenKind
from livedigits.learn.scenes.texture import (
    FloatImage,
    Size,
    blurred,
    clouds,
    fibres,
    grain,
    resized,
)

Surface: TypeAlias = Literal[
    "paper", "ruled", "squared", "board", "whiteboard", "kraft", "crumpled"
]

SURFACES: tuple[Surface, ...] = get_args(Surface)

PENS: dict[Surface, tuple[PenKind, ...]] = {
    "paper": ("pencil", "ballpoint", "ballpoint", "felt", "marker"),
    "ruled": ("pencil", "ballpoint", "ballpoint", "felt"),
    "squared": ("pencil", "ballpoint", "ballpoint", "felt"),
    "board": ("chalk",),
    "whiteboard": ("board marker",),
    "kraft": ("ballpoint", "felt", "felt", "marker"),
    "crumpled": ("pencil", "ballpoint", "felt", "marker"),
}
"""What people write with on each; a tool named twice is twice as common."""


# Colours of materials in BGR, 0 to 255.
_WOODS = ((70, 105, 150), (45, 70, 105), (105, 140, 178), (60, 62, 66))
_SLATES = ((62, 76, 48), (58, 70, 58), (52, 52, 50), (66, 64, 58), (66, 84, 44))
_KRAFTS = ((112, 155, 190), (95, 140, 178), (135, 172, 200))
_PASTELS = ((120, 226, 243), (190, 170, 240), (160, 214, 178), (226, 206, 168), (130, 186, 244))

# Of print and of ink that was wiped off, in BGR, as the share of light that is left.
_LINES = ((0.93, 0.80, 0.58), (0.90, 0.78, 0.72), (0.80, 0.79, 0.78), (0.88, 0.85, 0.55))
_SQUARES = ((0.90, 0.82, 0.68), (0.87, 0.80, 0.78), (0.83, 0.82, 0.81), (0.86, 0.88, 0.66))
_MARGIN = (0.66, 0.62, 0.93)
_WIPED = ((0.55, 0.35, 0.3), (0.35, 0.35, 0.6), (0.3, 0.3, 0.3))


@dataclass(frozen=True, slots=True)
class Ruling:
    """Where the writing stands, for surfaces whose print people keep to.

    Attributes:
        baseline: y of the first row's foot, in pixels.
        pitch: from one row to the next, in pixels.
        left: x where rows begin, in pixels.
        height: of a digit, in pixels.
    """

    baseline: float
    pitch: float
    left: float
    height: float


def blank(rng: np.random.Generator, surface: Surface, size: Size, ruling: Ruling) -> FloatImage:
    """A surface in even light with nothing written on it yet, `(height, width, 3)`."""
    match surface:
        case "paper" | "crumpled":
            return _paper(rng, size)
        case "ruled":
            return _ruled(rng, size, ruling)
        case "squared":
            return _squared(rng, size, ruling)
        case "board":
            return _board(rng, size)
        case "whiteboard":
            return _whiteboard(rng, size, ruling.height)
        case "kraft":
            return _kraft(rng, size)


def desk(rng: np.random.Generator, size: Size) -> FloatImage:
    """A table top of wood: what shows beyond the edge of a sheet."""
    wood = _WOODS[rng.integers(len(_WOODS))]
    rings = clouds(rng, size, (size[0] / 3, size[1] / 40))
    veins = clouds(rng, size, (size[0] / 8, 2.5))
    return _tinted(wood, 1 + 0.07 * rings + 0.05 * veins + 0.02 * grain(rng, size))


def _tinted(colour: tuple[float, float, float], gain: FloatImage) -> FloatImage:
    """A colour (BGR) whose brightness a field varies."""
    return gain[..., None].astype(np.float32) * np.array(colour, np.float32)


def _paper(rng: np.random.Generator, size: Size, *, cream: float = 0.5) -> FloatImage:
    """Office paper to old cream, with its mottle and its grain."""
    white = rng.uniform(222, 246)
    warm = rng.uniform(0, 18) * (rng.random() < cream)
    colour = (white - 1.6 * warm + rng.uniform(-2, 4), white - 0.5 * warm, white - 0.1 * warm)
    texture = 0.006 * clouds(rng, size, 24) + 0.008 * grain(rng, size, 1.0)
    return _tinted(colour, 1 + texture)


def _ruled(rng: np.random.Generator, size: Size, ruling: Ruling) -> FloatImage:
    """A writing pad: lines that the rows stand on, or every second line for big writing."""
    sheet = _paper(rng, size, cream=0.3)
    pitch = ruling.pitch / (2 if ruling.height > 36 and rng.random() < 0.35 else 1)
    width = max(1.0, ruling.height * rng.uniform(0.015, 0.03))
    lines = np.arange(ruling.baseline % pitch, size[1], pitch) + ruling.height * rng.uniform(
        0, 0.06
    )
    _print(sheet, lines, _LINES[rng.integers(len(_LINES))], width, rng, axis=0)
    if rng.random() < 0.7:
        margin = ruling.left - ruling.height * rng.uniform(0.35, 0.7)
        _print(sheet, np.array([margin]), _MARGIN, width, rng, axis=1)
    return sheet


def _squared(rng: np.random.Generator, size: Size, ruling: Ruling) -> FloatImage:
    """Squared paper; a digit is one to two squares high."""
    sheet = _paper(rng, size, cream=0.3)
    colour = _SQUARES[rng.integers(len(_SQUARES))]
    squares = max(1, round(ruling.pitch / (ruling.height * rng.uniform(0.55, 1.0))))
    pitch = ruling.pitch / squares
    width = max(1.0, ruling.height * rng.uniform(0.012, 0.025))
    rows = np.arange(ruling.baseline % pitch, size[1], pitch) + ruling.height * rng.uniform(0, 0.06)
    columns = np.arange(rng.uniform(0, pitch), size[0], pitch)
    _print(sheet, rows, colour, width, rng, axis=0)
    _print(sheet, columns, colour, width, rng, axis=1)
    return sheet


def _print(
    sheet: FloatImage,
    at: np.ndarray[tuple[int], np.dtype[np.float64]],
    colour: tuple[float, float, float],
    width: float,
    rng: np.random.Generator,
    *,
    axis: int,
) -> None:
    """Printed lines across the whole sheet, in place, at fractions of pixels along `axis`.

    The rows (axis 0) or columns (axis 1) of the sheet are all alike, so a profile says it all.
    """
    places = np.arange(sheet.shape[axis], dtype=np.float64)
    distance = np.abs(places[:, None] - at[None]).min(axis=1)
    profile = np.clip(0.5 + width / 2 - distance, 0, 1) * rng.uniform(0.75, 1.0)
    shade = 1 - profile[:, None] * (1 - np.array(colour))
    touched = np.flatnonzero(profile > 0)
    if axis == 0:
        sheet[touched] *= shade[touched, None].astype(np.float32)
    else:
        sheet[:, touched] *= shade[None, touched].astype(np.float32)


def _board(rng: np.random.Generator, size: Size) -> FloatImage:
    """Slate, black or green, dull with the chalk dust that the sponge has spread about."""
    gain = rng.uniform(0.8, 1.15) * (1 + 0.03 * grain(rng, size))
    sheet = _tinted(_SLATES[rng.integers(len(_SLATES))], gain)
    dust = 3 + 2.0 * clouds(rng, size, size[1] / 9)
    for _ in range(int(rng.integers(3, 8))):
        dust += _swipe(rng, size) * rng.uniform(5, 16)
    dust *= 1 + 0.2 * grain(rng, size, 0.8)
    sheet += np.maximum(dust, 0)[..., None]
    return sheet


def _swipe(rng: np.random.Generator, size: Size) -> FloatImage:
    """One pass of a sponge: a broad soft streaky arc, values from 0 to about 1."""
    small = (max(2, size[0] // 4), max(2, size[1] // 4))
    sponge = small[1] * rng.uniform(0.08, 0.2)
    across = np.linspace(-0.1, 1.1, 24)
    start, end, bow = rng.uniform(-0.1, 1.1), rng.uniform(-0.1, 1.1), rng.normal(0, 0.3)
    down = start + (end - start) * across + bow * np.sin(np.pi * across)
    if rng.random() < 0.6:  # most begin or end in the view
        part = slice(int(rng.integers(0, 10)), int(rng.integers(13, 24)))
        across, down = across[part], down[part]
    path = np.stack([across * small[0], down * small[1]], axis=-1)
    swept = np.zeros((small[1], small[0]), np.float32)
    for offset in np.linspace(-0.5, 0.5, 9) * sponge:  # each edge and hole of the sponge
        track = np.zeros((small[1], small[0]), np.uint8)
        points = (path + np.array((0, offset))).astype(np.int32)
        cv2.polylines(track, [points], False, 255, max(1, int(sponge / 7)), cv2.LINE_AA)
        swept += track.astype(np.float32) * np.float32(rng.uniform(0.1, 1) ** 2 / 255)
    patchy = np.clip(0.8 + 0.4 * clouds(rng, small, small[1] / 6), 0, 2)
    smear = blurred(swept, 1.0 + sponge / 14) * patchy
    return resized(smear.astype(np.float32), size)


def _whiteboard(rng: np.random.Generator, size: Size, height: float) -> FloatImage:
    """Enamel, smooth and cool, with faint smears where earlier writing was wiped off."""
    white = rng.uniform(226, 246)
    colour = (white + rng.uniform(-1, 5), white, white - rng.uniform(0, 5))
    sheet = _tinted(colour, 1 + 0.004 * clouds(rng, size, 60))
    small = (max(2, size[0] // 2), max(2, size[1] // 2))
    wiped = np.ones((small[1], small[0], 3), np.float32)
    unit = max(height, 24) / 2
    for ink in _WIPED:
        ghost = np.zeros((small[1], small[0]), np.uint8)
        for _ in range(int(rng.integers(2, 6))):
            angle = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.9, 14))
            steps = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * unit * 0.22
            points = (rng.uniform(0, small) + np.cumsum(steps, axis=0)).astype(np.int32)
            cv2.polylines(ghost, [points], False, 255, max(1, int(unit / 8)), cv2.LINE_AA)
        smeared = blurred(ghost.astype(np.float32) / np.float32(255), (unit / 5, unit / 14))
        wiped *= 1 - rng.uniform(0.05, 0.14) * smeared[..., None] * (1 - np.array(ink, np.float32))
    sheet *= resized(wiped, size)
    return sheet


def _kraft(rng: np.random.Generator, size: Size) -> FloatImage:
    """Brown wrapping paper with its fibres, or a sheet of coloured paper or a sticky note."""
    if rng.random() < 0.5:
        brown = _KRAFTS[rng.integers(len(_KRAFTS))]
        hairs = fibres(rng, size, count=size[0] * size[1] // 900, length=14)
        texture = 0.13 * blurred(hairs, 0.6) + 0.02 * grain(rng, size, 0.7)
        return _tinted(brown, 1 + texture + 0.018 * clouds(rng, size, 16))
    texture = 0.006 * clouds(rng, size, 20) + 0.012 * grain(rng, size, 0.8)
    return _tinted(_PASTELS[rng.integers(len(_PASTELS))], 1 + texture)
