"""Input form: how patches are brought to the model, which was trained on pictures of some form."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.errors import ModelError
from livedigits.find.patches import SIZE, Patches

Scaling = Literal["0..1", "0..255", "signed", "standard", "l2", "l2-rows", "l2-picture"]
"""Of the pixels: "signed" is -1..1, "standard" gives MNIST the mean 0 and the deviation 1. The rest
is `keras.utils.normalize`: of `(n, 28, 28)` along axis 1 or the last one, and of `(n, 784)`."""

ModelPolarity = Literal["light", "dark"]
"""The ink that a model was trained on: light on dark, as MNIST has it, or dark on light."""

Inputs = npt.NDArray[np.float32]
"""`(n, *shape)`: what a model is given."""

SCALINGS: tuple[Scaling, ...] = get_args(Scaling)
POLARITIES: tuple[ModelPolarity, ...] = get_args(ModelPolarity)

_MEAN, _DEVIATION = 0.1307, 0.3081
"""Of the pixels of MNIST's train split, in 0..1, as tutorials have them."""

_PADDED = 36
"""Pictures up to this side are padded, as for LeNet-5's 32x32; larger ones are enlarged."""

_SMALLEST, _LARGEST = 8, 1024
"""Sides that a digit can be recognised at, and that a frame's patches fit into memory at."""


@dataclass(frozen=True, slots=True)
class InputForm:
    """The form of picture that a model takes.

    Attributes:
        shape: of one picture: `(784,)`, `(28, 28)`, `(28, 28, 1)`, channels first, with more axes
            of length 1, with three channels, or of another square size.
        scaling: of the pixels.
        polarity: of the ink.

    Example:
        >>> InputForm((3, 32, 32), "0..255")(np.zeros((5, 28, 28), np.float32)).shape
        (5, 3, 32, 32)
    """

    shape: tuple[int, ...] = (SIZE, SIZE, 1)
    scaling: Scaling = "0..1"
    polarity: ModelPolarity = "light"

    def __call__(self, patches: Patches) -> Inputs:
        """The patches as the model takes them.

        A picture of up to 36 pixels a side is the patch with a margin, as LeNet-5 has it; a larger
        one is the patch enlarged (bilinear), as for networks that come from photographs. Grey is
        repeated for three channels.

        Args:
            patches: `(n, 28, 28)` float32 in [0, 1], ink 1.

        Returns:
            `(n, *shape)` float32.

        Raises:
            ModelError: no picture has that shape.
        """
        side, channels, first = _layout(self.shape)
        pictures = _sized(patches, side)
        if self.polarity == "dark":
            pictures = 1 - pictures
        pictures = _SCALES[self.scaling](pictures)
        if channels > 1:
            axis = 1 if first else 3
            pictures = np.repeat(np.expand_dims(pictures, axis), channels, axis)
        return np.ascontiguousarray(pictures, np.float32).reshape(-1, *self.shape)


def check_shape(shape: tuple[int, ...]) -> None:
    """Refuses what is no picture's shape.

    Raises:
        ModelError: it is none; the message says what would be.
    """
    _layout(shape)


def possible_shapes(pattern: tuple[int | None, ...] | None) -> list[tuple[int, ...]]:
    """The shapes that a model may mean that leaves some dimensions open, the likeliest first.

    Args:
        pattern: of one picture, None for what is open; None for all of it.
    """
    if pattern is not None and None not in pattern:
        return [tuple(int(i) for i in pattern if i is not None)]
    return [shape for shape in _USUAL if pattern is None or _fits(shape, pattern)]


_USUAL = (
    *((28, 28, 1), (784,), (28, 28), (1, 28, 28), (28, 28, 3), (3, 28, 28)),
    *((1, 784), (784, 1), (1, 28, 28, 1)),
)


def _fits(shape: tuple[int, ...], pattern: tuple[int | None, ...]) -> bool:
    return len(shape) == len(pattern) and all(
        known in (None, length) for length, known in zip(shape, pattern, strict=True)
    )


def _layout(shape: tuple[int, ...]) -> tuple[int, int, bool]:
    """Side and channels of the picture, and whether the channels come first."""
    if math.prod(shape) == SIZE * SIZE:
        return SIZE, 1, False
    match [length for length in shape if length != 1]:
        case [pixels] if math.isqrt(pixels) ** 2 == pixels:
            side, channels, first = math.isqrt(pixels), 1, False
        case [height, width] if height == width:
            side, channels, first = height, 1, False
        case [height, width, 3] if height == width:
            side, channels, first = height, 3, False
        case [3, height, width] if height == width:
            side, channels, first = height, 3, True
        case _:
            side, channels, first = 0, 0, False
    if not _SMALLEST <= side <= _LARGEST:
        raise ModelError(
            f"takes {shape}; a model of square pictures is needed, such as (28, 28, 1), (784,), "
            "(1, 28, 28) or (32, 32, 3)"
        )
    return side, channels, first


def _sized(patches: Patches, side: int) -> Patches:
    if side == SIZE:
        return patches
    if SIZE < side <= _PADDED:
        before = (side - SIZE) // 2
        margin = (before, side - SIZE - before)
        return np.pad(patches, ((0, 0), margin, margin))
    method = cv2.INTER_AREA if side < SIZE else cv2.INTER_LINEAR
    sized = np.empty((len(patches), side, side), np.float32)
    for target, patch in zip(sized, patches, strict=True):
        cv2.resize(patch, (side, side), target, interpolation=method)
    return sized


def _unit_length(axis: int | tuple[int, ...]) -> Callable[[Patches], Patches]:
    """What `keras.utils.normalize` does: divides by the length along the axis; 0 stays 0."""

    def normalize(pictures: Patches) -> Patches:
        length = np.sqrt(np.square(pictures).sum(axis=axis, keepdims=True))
        return np.asarray(pictures / np.where(length == 0, 1, length), np.float32)

    return normalize


_SCALES: dict[Scaling, Callable[[Patches], Patches]] = {
    "0..1": lambda pictures: pictures,
    "0..255": lambda pictures: pictures * np.float32(255),
    "signed": lambda pictures: pictures * np.float32(2) - np.float32(1),
    "standard": lambda pictures: (pictures - np.float32(_MEAN)) / np.float32(_DEVIATION),
    "l2": _unit_length(1),
    "l2-rows": _unit_length(2),
    "l2-picture": _unit_length((1, 2)),
}
