"""Labels: text on a filled plate with rounded corners, drawn once and pasted many times.

Drawing text costs far more than copying pixels, and a video shows the same few labels over and
over, so each label is rendered once and kept. Sizes are in pixels of cap height (the height of a
digit), which unlike a font scale means the same in every font that OpenCV has had.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.reading import Box

Color = tuple[int, int, int]
"""Blue, green, red, each 0 to 255."""

MIN_CAP = 6
"""Cap height in pixels below which digits cannot be told apart any more."""

_HERSHEY_CAP = 21
"""Cap height of OpenCV's FONT_HERSHEY_SIMPLEX at scale 1, in pixels."""

_OVERSAMPLING = 4
"""Text is drawn this much larger and then area-averaged: crisper than the direct way when small."""


class Text(NamedTuple):
    """A piece of a label; a tuple, because it is looked up some hundred times a frame.

    Attributes:
        text: ASCII, since OpenCV's fonts have little else.
        cap: cap height in pixels.
        color: of the glyphs.
    """

    text: str
    cap: int
    color: Color


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """A rendered label.

    Attributes:
        pixels: `uint8`, `(height, width, 3)`, BGR.
        mask: `uint8`, `(height, width)`, 255 inside the rounded plate and 0 outside.
        width: in pixels.
        height: in pixels.
    """

    pixels: Image
    mask: npt.NDArray[np.uint8]
    width: int
    height: int

    def at(self, x: float, y: float, width: int, height: int) -> Box:
        """The label's box with its corner at (x, y), moved onto a picture of `width` x `height`."""
        left = max(0, min(round(x), width - self.width))
        top = max(0, min(round(y), height - self.height))
        return Box(left, top, self.width, self.height)

    def paste(self, canvas: Image, place: Box) -> None:
        """Draw the label onto `canvas`, in place; what lies off the picture is cut off."""
        x, y, w, h = place
        target = canvas[y : y + h, x : x + w]
        height, width = target.shape[:2]
        cv2.copyTo(self.pixels[:height, :width], self.mask[:height, :width], target)


@lru_cache(maxsize=512)
def label(*texts: Text, fill: Color) -> Label:
    """Render texts side by side, on one baseline, on a plate.

    Args:
        texts: what stands on the plate, from left to right.
        fill: colour of the plate.
    """
    cap = max(i.cap for i in texts)
    pad = max(2, round(0.3 * cap))
    gap = max(2, round(0.35 * cap))
    inks = [_ink(i.text, i.cap, pad) for i in texts]
    width = sum(i.shape[1] for i in inks) + gap * (len(inks) - 1) + 2 * pad
    pixels = np.full((cap + 2 * pad, width, 3), fill, np.uint8)
    x = pad
    for piece, ink in zip(texts, inks, strict=True):
        target = pixels[cap - piece.cap :, x : x + ink.shape[1]]
        blend = target + (np.array(piece.color) - target) * ink[..., None]
        target[:] = np.rint(blend).astype(np.uint8)
        x += ink.shape[1] + gap
    height = pixels.shape[0]
    mask = _rounded(height, width, radius=max(1, round(0.25 * cap)))
    return Label(pixels, mask, width, height)


def _ink(text: str, cap: int, pad: int) -> npt.NDArray[np.float64]:
    """Coverage in [0, 1] of a text's pixels, `(cap + 2 * pad, width)`; `pad` holds descenders."""
    fine = _OVERSAMPLING
    scale = fine * cap / _HERSHEY_CAP
    weight = max(1, round(fine * cap / 8))
    baseline = fine * (cap + pad)
    big = np.zeros((fine * (cap + 2 * pad), fine * (cap * len(text) * 2 + cap)), np.uint8)
    origin = (fine * cap // 2, baseline)
    cv2.putText(big, text, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, weight, cv2.LINE_AA)
    columns = np.flatnonzero(big.any(axis=0)) // fine
    small = cv2.resize(big, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA)
    inked = small[:, columns[0] : columns[-1] + 1] if columns.size else small[:, :cap]
    coverage: npt.NDArray[np.float64] = inked.astype(np.float64) / 255
    return coverage


def _rounded(height: int, width: int, radius: int) -> npt.NDArray[np.uint8]:
    """A filled rectangle with quarter circles for corners, `uint8`, 0 or 255."""
    y, x = np.ogrid[:height, :width]
    beyond_y = np.maximum(radius - 0.5 - np.minimum(y, height - 1 - y), 0)
    beyond_x = np.maximum(radius - 0.5 - np.minimum(x, width - 1 - x), 0)
    inside: npt.NDArray[np.bool_] = beyond_y**2 + beyond_x**2 <= radius**2
    return inside.astype(np.uint8) * 255
