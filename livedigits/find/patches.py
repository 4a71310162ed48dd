"""Patches: ink of one digit, any size, to the 28x28 picture that an MNIST model knows.

MNIST (LeCun et al., 1998) scales a digit's longest side to 20 pixels and puts its centre of mass in
the middle of 28x28. Its strokes are 1.6 to 4.6 pixels wide there (1st to 99th percentile of the
train split, measured by `stroke_widths`); a fine pen at a high resolution would come out much
thinner, and grey, so strokes outside of that range are brought to its edge.

The work is done at twice MNIST's resolution, on all patches of a frame at once.
"""

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

SIZE = 28
"""Side of a patch, in pixels."""

Ink = npt.NDArray[np.uint8]
"""How much ink each pixel of a crop has: 0 bare paper, 255 the core of a stroke; `(h, w)`."""

Patches = npt.NDArray[np.float32]
"""`(n, 28, 28)`, values in [0, 1], ink 1."""

_FINE = 2
_SIDE = _FINE * SIZE
_BOX = _FINE * 20
# The middle of MNIST's pictures is their pixel (14, 14), half a pixel beyond the center.
_CENTER = _FINE * 14 + (_FINE - 1) / 2
_KERNEL = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
THINNEST, THICKEST = 1.6, 4.6
"""Stroke widths kept as they are, in pixels of a patch."""


def make_patches(crops: Sequence[Ink]) -> Patches:
    """Brings the ink of each digit into MNIST's form.

    Args:
        crops: ink of one digit each, cut tight around it; any size.

    Returns:
        `(len(crops), 28, 28)` float32 in [0, 1].

    Example:
        >>> make_patches([np.full((100, 20), 255, np.uint8)]).shape
        (1, 28, 28)
    """
    if not len(crops):
        return np.zeros((0, SIZE, SIZE), np.float32)
    fine = _scaled(crops)
    _bring_to_width(fine)
    return _center(fine)


def upright(ink: Ink, tilt: float) -> Ink:
    """A crop of a page that lies askew, turned upright and cut tight.

    Args:
        ink: see `make_patches`.
        tilt: of the text, in radians, clockwise positive.
    """
    h, w = ink.shape
    cos, sin = math.cos(tilt), math.sin(tilt)
    width, height = (math.ceil(abs(w * cos) + abs(h * sin)), math.ceil(abs(w * sin) + abs(h * cos)))
    turn = np.array(
        (
            (cos, sin, (width - w * cos - h * sin) / 2),
            (-sin, cos, (height + w * sin - h * cos) / 2),
        )
    )
    turned = cv2.warpAffine(ink, turn, (width, height))
    x, y, w, h = cv2.boundingRect(cv2.compare(turned, 32, cv2.CMP_GT))
    return np.asarray(turned[y : y + h, x : x + w] if w else ink, np.uint8)


def stroke_widths(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Mean width of the strokes in each picture, in its pixels, without a threshold.

    A stroke of width w and length l has the area w*l and the boundary 2*l; the total variation
    of a soft picture is its boundary length, so the width is twice the one over the other.

    Args:
        ink: `(n, h, w)` uint8, ink 255.

    Returns:
        `(n,)` float32.
    """
    # The gradient in two diagonal directions (Roberts, 1963) is nearly as long for every direction.
    count = len(ink)
    one = cv2.absdiff(ink[:, 1:, 1:], ink[:, :-1, :-1]).reshape(count, -1)
    two = cv2.absdiff(ink[:, 1:, :-1], ink[:, :-1, 1:]).reshape(count, -1)
    gradient = cv2.magnitude(one.astype(np.float32), two.astype(np.float32))
    total = cv2.reduce(gradient, 1, cv2.REDUCE_SUM)[:, 0]
    boundary = total / np.float32(np.sqrt(2))
    area = cv2.reduce(ink.reshape(count, -1), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F)[:, 0]
    return np.asarray(2 * area / np.maximum(boundary, 1), np.float32)


def _scaled(crops: Sequence[Ink]) -> npt.NDArray[np.uint8]:
    """Each crop scaled to the 20 px box, in the middle of a canvas of its own."""
    shapes = np.array([crop.shape for crop in crops])
    scales = _BOX / shapes.max(axis=1)
    sizes = np.maximum(1, np.rint(shapes * scales[:, None])).astype(int)
    corners = _whole_pixels((_SIDE - sizes) / 2)
    fine = np.zeros((len(crops), _SIDE, _SIDE), np.uint8)
    for canvas, crop, scale, (h, w), (top, left) in zip(
        fine, crops, scales.tolist(), sizes.tolist(), corners.tolist(), strict=True
    ):
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        cv2.resize(crop, (w, h), canvas[top : top + h, left : left + w], interpolation=method)
    # Hairlines come out grey: area scaling shares their ink with the paper beside them.
    peaks = fine.max(axis=(1, 2))
    for i in np.flatnonzero((peaks > 0) & (peaks < 255)):
        cv2.convertScaleAbs(fine[i], fine[i], alpha=255 / int(peaks[i]))
    return fine


def _bring_to_width(fine: npt.NDArray[np.uint8]) -> None:
    """Thickens too thin strokes and thins too thick ones, in place; a pass is two fine pixels."""
    widths = stroke_widths(fine) / _FINE
    thin = np.ceil(np.clip((THINNEST - widths) * _FINE / 2, 0, 2)).astype(int)
    thick = np.floor(np.clip((widths - THICKEST) * _FINE / 2, 0, 4)).astype(int)
    for operation, passes in ((cv2.dilate, thin), (cv2.erode, thick)):
        for count in range(1, passes.max(initial=0) + 1):
            rows = np.flatnonzero(passes == count)
            if len(rows):
                # Side by side in one tall picture: the empty margins keep them apart.
                tall = operation(fine[rows].reshape(-1, _SIDE), _KERNEL, iterations=count)
                fine[rows] = tall.reshape(-1, _SIDE, _SIDE)


def _whole_pixels(fine: Any) -> Any:
    """Rounds to whole pixels of the patch: what comes from 20 px of MNIST stays sharp."""
    return np.rint(fine / _FINE).astype(int) * _FINE


def _center(fine: npt.NDArray[np.uint8]) -> Patches:
    """Halves the resolution and moves each centre of mass to the middle."""
    axis = np.arange(_SIDE, dtype=np.float32) - _CENTER
    # Of each row of each picture, its ink and its ink's moment about the middle.
    rows, weighted = (fine.astype(np.float32) @ np.stack([np.ones_like(axis), axis], 1)).T
    mass = np.maximum(rows.sum(axis=0), 1)
    room = (_SIDE - _BOX) // 2 // _FINE
    down = _whole_pixels((rows * axis[:, None]).sum(axis=0) / mass) // _FINE
    right = _whole_pixels(weighted.sum(axis=0) / mass) // _FINE
    tall = cv2.resize(fine.reshape(-1, _SIDE), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    padded = np.zeros((len(fine), SIZE + 2 * room, SIZE + 2 * room), np.uint8)
    padded[:, room:-room, room:-room] = tall.reshape(-1, SIZE, SIZE)
    places = np.lib.stride_tricks.sliding_window_view(padded, (SIZE, SIZE), axis=(1, 2))
    down, right = (room + np.clip(i, -room, room) for i in (down, right))
    moved = places[np.arange(len(fine)), down, right]
    return np.asarray(moved / np.float32(255), np.float32)
