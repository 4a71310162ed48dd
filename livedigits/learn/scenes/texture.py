"""Random fields that surfaces, pens and light are made of."""

from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image

FloatImage: TypeAlias = npt.NDArray[np.float32]
"""`float32`, `(height, width)` or `(height, width, 3)` in BGR; grey levels go from 0 to 255."""

Coverage: TypeAlias = npt.NDArray[np.uint8]
"""How much ink lies on each pixel, `uint8`, `(height, width)`, 0 none to 255 full."""

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels, in OpenCV's order."""


def grain(rng: np.random.Generator, size: Size, sigma: float = 0.0) -> FloatImage:
    """Noise of unit variance, a value a pixel, its grains `sigma` pixels wide (0: one pixel)."""
    width, height = size
    noise = rng.standard_normal((height, width), dtype=np.float32)
    if sigma > 0:
        noise = blurred(noise, sigma)
        noise /= max(float(noise.std()), 1e-6)
    return noise


def clouds(rng: np.random.Generator, size: Size, cell: float | tuple[float, float]) -> FloatImage:
    """Smooth noise of about unit variance.

    Args:
        rng: where the randomness comes from.
        size: of the field.
        cell: how far apart, in pixels, the field is independent of itself; (x, y) for streaks.
    """
    width, height = size
    across, down = cell if isinstance(cell, tuple) else (cell, cell)
    shape = (max(2, round(height / down)) + 2, max(2, round(width / across)) + 2)
    return resized(rng.standard_normal(shape, dtype=np.float32), size, cv2.INTER_CUBIC)


def fibres(
    rng: np.random.Generator, size: Size, count: int, length: float, *, width: int = 1
) -> FloatImage:
    """Short bent hairs strewn over a field, about half of them dark: values from -1 to 1."""
    field = np.zeros((size[1], size[0]), np.uint8)
    start = rng.uniform(0, size, (count, 2))
    angle = rng.uniform(0, 2 * np.pi, (count, 1)) + np.linspace(0, 1, 5) * rng.normal(
        0, 1, (count, 1)
    )
    steps = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * length / 5
    hairs = (start[:, None] + np.cumsum(steps, axis=1)).astype(np.int32)
    cv2.polylines(field, list(hairs[::2]), False, 255, width, cv2.LINE_AA)
    light = field.astype(np.float32)
    field[:] = 0
    cv2.polylines(field, list(hairs[1::2]), False, 255, width, cv2.LINE_AA)
    return (light - field) / np.float32(255)


def blurred(field: FloatImage, sigma: float | tuple[float, float]) -> FloatImage:
    """A Gaussian blur, `sigma` in pixels; (x, y) for a smear."""
    x, y = sigma if isinstance(sigma, tuple) else (sigma, sigma)
    return np.asarray(cv2.GaussianBlur(field, (0, 0), x, sigmaY=y), np.float32)


def resized(field: FloatImage, size: Size, interpolation: int = cv2.INTER_LINEAR) -> FloatImage:
    """The field brought to another size."""
    return np.asarray(cv2.resize(field, size, interpolation=interpolation), np.float32)


def to_image(field: FloatImage) -> Image:
    """Grey levels rounded to `uint8`; what is out of range is clipped."""
    return np.asarray(cv2.convertScaleAbs(np.maximum(field, 0)), np.uint8)
