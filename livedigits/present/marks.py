"""How marks of ink are shown, in the window and in the inspection picture alike."""

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.inspection import Ink, Inspection, Verdict
from livedigits.present.labels import Color
from livedigits.reading import Box

# Around Okabe and Ito, "Color Universal Design" (2008): what the model saw has strong colours, of
# which neighbours in this list differ in lightness too; what it did not see has pale ones. In BGR.
COLORS: dict[Verdict, Color] = {
    Verdict.READ: (115, 178, 0),
    Verdict.UNSURE: (0, 159, 230),
    Verdict.AMONG_OTHERS: (200, 90, 215),
    Verdict.NO_DIGIT: (40, 70, 225),
    Verdict.FAINTER: (66, 228, 240),
    Verdict.FINER: (60, 200, 165),
    Verdict.SMALLER: (150, 210, 140),
    Verdict.TALLER: (30, 130, 150),
    Verdict.OVERLAPPED: (255, 205, 150),
    Verdict.CUT_OTHERWISE: (190, 160, 255),
    Verdict.TAKEN_APART: (205, 190, 120),
    Verdict.TOO_WIDE: (235, 150, 90),
    Verdict.TOO_TALL: (220, 120, 160),
    Verdict.RING: (120, 120, 220),
    Verdict.CUT_OFF: (90, 160, 90),
    Verdict.TOO_SLIM: (190, 190, 90),
    Verdict.TOO_FAINT: (120, 200, 215),
    Verdict.TOO_MANY: (150, 110, 240),
    Verdict.TOO_SHORT: (165, 165, 165),
}

_WHITE: Color = (255, 255, 255)
_COARSE: Color = (80, 80, 80)
"""Ink that the finest resolution does not have."""


def enlarged(patch: npt.NDArray[np.float32], zoom: int) -> Image:
    """A patch with its pixels as squares, `(28 * zoom, 28 * zoom, 3)`, white on black."""
    grey = np.rint(255 * patch).astype(np.uint8).repeat(zoom, 0).repeat(zoom, 1)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def percent(probability: float) -> str:
    """Rounded down and never 100: nothing that was read is certain."""
    return f"{min(99, int(100 * probability))}%"


def ink_picture(inspection: Inspection, *, colored: bool = False, steady: bool = False) -> Image:
    """The ink, white on black; dark grey where only a coarser resolution has it.

    Args:
        inspection: of the picture.
        colored: whether ink has the colour of its mark's verdict instead of white.
        steady: whether ink of a coarser resolution is left out but for that of digits: there is
            some only where a mark is found in it, which in a video comes and goes.

    Returns:
        As large as the picture; black outside of the region that is read.
    """
    picture = np.zeros_like(inspection.image)
    region = inspection.region
    target = cut(picture, region)
    for depth, ink in reversed(list(enumerate(inspection.inks))):
        mask = ink.mask
        if steady and depth:
            mask = mask * (_shades(ink, inspection) == COLORS[Verdict.READ]).all(axis=2)
        mask = cv2.resize(mask, (region.w, region.h), interpolation=cv2.INTER_NEAREST)
        target[mask > 0] = _COARSE if depth else _WHITE
        if colored and depth == 0:
            shades = _shades(ink, inspection)
            shades = cv2.resize(shades, (region.w, region.h), interpolation=cv2.INTER_NEAREST)
            cv2.copyTo(shades, mask, target)
    return picture


def _shades(ink: Ink, inspection: Inspection) -> Image:
    """The colours of connected ink: its mark's, or that of the digit of which it is a piece."""
    count, components, stats, _ = cv2.connectedComponentsWithStats(ink.mask)
    boxes = stats[:, :4].astype(np.int64)
    region = inspection.region
    low = np.rint(boxes[:, :2] * ink.scale) + region[:2]
    high = np.minimum(low + np.rint(boxes[:, 2:] * ink.scale), (region.right, region.bottom))
    places = np.concatenate((low, high - low), axis=1).astype(int).tolist()
    verdicts = {mark.box: mark.verdict for mark in reversed(inspection.marks)}
    colors = np.full((count, 3), _WHITE, np.uint8)
    for index, place in enumerate(places):
        verdict = verdicts.get(Box(*place))
        if verdict is not None:
            colors[index] = COLORS[verdict]
    for mark in inspection.marks:
        if mark.verdict is Verdict.READ:
            corner, opposite = np.array(mark.box[:2]), np.array((mark.box.right, mark.box.bottom))
            colors[(low >= corner).all(axis=1) & (high <= opposite).all(axis=1)] = COLORS[
                Verdict.READ
            ]
    return np.asarray(colors[components], np.uint8)


def cut(image: Image, region: Box) -> Image:
    """The part of an image, not a copy."""
    return image[region.y : region.bottom, region.x : region.right]
