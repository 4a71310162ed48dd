"""Ground: pictures that were cut out of photos and scans, as white ink on black."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.patches import SIZE, Ink
from livedigits.learn.canvases import Picture

_BLACK = 24
"""Highest grey level of a ground that counts as black: noise and JPEG's ripples stay below it."""

_CLEAR = 0.9
"""Share of a picture's border that has to be ground for it to tell by itself which it is."""


def are_on_light(pictures: Sequence[Picture] | npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Whether each picture is dark ink on a light ground, `(n,)`, by the brightness of its border.

    Where that is unclear because ink runs along much of it, as around an upright 1 that was cut
    tight, what the other pictures are counts as much as its own border.

    Args:
        pictures: grey levels of one mark each, `(h, w)` uint8.
    """
    light = np.array([_light_border(picture) for picture in pictures])
    clear = np.maximum(light, 1 - light) > _CLEAR
    others = (light[clear] > 0.5).mean() if clear.any() else 0.5
    return np.asarray(np.where(clear, light > 0.5, light + others > 1), np.bool_)


def ink_of(picture: Picture, on_light: bool) -> Ink:
    """The ink of a picture of one mark, 255 on 0.

    A picture with a black border, once it is turned, is ink as it is; one of 28x28 is then a patch
    (see `as_patches`). Of any other the ground is taken away and the mark is cut out.

    Args:
        picture: grey levels, `(h, w)` uint8.
        on_light: whether the ink is the darker.
    """
    ink = np.bitwise_not(picture) if on_light else picture
    is_bare = (_border(ink) <= _BLACK).mean() >= _CLEAR
    return ink if is_bare else _without_ground(ink)


def _light_border(picture: Picture) -> float:
    """Share of the border that is nearer to the picture's brightest pixel than to its darkest."""
    middle = (int(picture.min()) + int(picture.max())) / 2
    return float((_border(picture) > middle).mean())


def _border(picture: Picture) -> Picture:
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])


def _without_ground(ink: Ink) -> Ink:
    """Cuts the mark out of a ground that is not black; uneven light falls away with it."""
    # An opening takes away strokes, which are never as wide as that, and leaves the ground.
    reach = max(3, max(ink.shape) // 2)
    strength = cv2.morphologyEx(ink, cv2.MORPH_TOPHAT, np.ones((reach, reach), np.uint8))
    if _light_border(ink) > 0.5:  # it is all stroke, as an upright 1 that was cut tight
        strength = ink - ink.min()
    _, core = cv2.threshold(strength, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if not core.any():
        return np.zeros_like(ink)
    # Half of the ink's pixels are edges at about two thirds of full strength.
    soft = cv2.convertScaleAbs(strength, alpha=255 / (1.1 * cv2.mean(strength, core)[0]))
    near = cv2.dilate(core, np.ones((3, 3), np.uint8))
    x, y, w, h = cv2.boundingRect(near)
    mark = cv2.bitwise_and(soft, near)[y : y + h, x : x + w]
    # One that happens to be of a patch's size must not be taken for a patch.
    return np.pad(mark, 1) if mark.shape == (SIZE, SIZE) else np.asarray(mark, np.uint8)
