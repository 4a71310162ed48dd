"""Canvases: one mark each on a 64x64 ground, the raw material that `augment` makes patches of.

Digits come from an MNIST file, from the project's own handwriting and from print (`typefaces`);
what is no digit comes from `rubbish`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.learn.handwriting import DIGITS, STYLES, draw, new_writer, write

SIDE = 64
"""Side of a canvas, in pixels."""

MARK = 44
"""Longest side of the mark on it; the rest is room to turn and shift."""

NOT_A_DIGIT = 10
"""The eleventh class."""

_EUROPEAN = {
    "1": {"upstroke": 0.4, "low upstroke": 0.3, "flag": 0.2, "flag and base": 0.1},
    "7": {"crossed": 0.8, "crossed serif": 0.2},
}
"""Styles, and how common they are in Europe."""

Picture = npt.NDArray[np.uint8]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Canvases:
    """Marks with their classes.

    Attributes:
        pictures: `(n, 64, 64)` uint8, ink 255.
        labels: `(n,)` int64, 0 to 9 or `NOT_A_DIGIT`.
    """

    pictures: Picture
    labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def __add__(self, other: "Canvases") -> "Canvases":
        return Canvases(
            np.concatenate([self.pictures, other.pictures]),
            np.concatenate([self.labels, other.labels]),
        )


def from_pictures(pictures: Picture, labels: npt.NDArray[np.int64]) -> Canvases:
    """Canvases of white-on-black pictures of one mark each, such as MNIST's."""
    return stack([place(picture) for picture in pictures], labels)


def handwritten_digits(count: int, rng: Rng) -> Canvases:
    """Digits in the project's own handwriting, as many of each, ten hands to the hundred.

    Every other hand has learned to write in Europe: MNIST's have not.
    """
    labels = np.arange(count) % 10
    pictures = []
    for start in range(0, count, 10):
        writer = new_writer(rng, styles=_european(rng) if start // 10 % 2 else None)
        for label in labels[start : start + 10]:
            pictures.append(place(draw(write(DIGITS[label], writer, rng), MARK)))
    return stack(pictures, labels)


def _european(rng: Rng) -> dict[str, int]:
    """How someone writes a 1 and a 7 so that they are told apart where a 1 has an upstroke."""
    chosen = {}
    for character, shares in _EUROPEAN.items():
        name = rng.choice(list(shares), p=list(shares.values()))
        chosen[character] = [style.name for style in STYLES[character]].index(name)
    return chosen


def place(picture: Picture) -> Picture:
    """Crops a picture to its ink and puts that, `MARK` pixels long, in the middle of a canvas."""
    box = cv2.boundingRect((picture > 32).astype(np.uint8))
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    x, y, width, height = box
    if not width:
        return canvas
    scale = MARK / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    mark = cv2.resize(picture[y : y + height, x : x + width], size, interpolation=method)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = mark
    return canvas


def stack(pictures: Sequence[Picture], labels: npt.NDArray[np.int64]) -> Canvases:
    """Canvases of pictures that are canvases already."""
    return Canvases(np.stack(pictures), np.asarray(labels, np.int64))
