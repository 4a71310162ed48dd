"""Clutter: pictures without a digit, for a reader to keep silent about.

Natural pictures are mostly objects before objects, edges at every scale: the dead leaves model
(Lee, Mumford & Huang, 2001) has their statistics without being of anything. Beside them there are
pages of words and of drawn symbols, and bare textures.
"""

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.learn.handwriting import LETTERS, SYMBOLS, draw_on, new_writer, write

Rng = np.random.Generator

WIDTH, HEIGHT = 960, 600


def render_clutter(rng: Rng) -> Image:
    """A random picture without a digit, `(600, 960, 3)` uint8."""
    kind = rng.random()
    if kind < 0.45:
        picture = _dead_leaves(rng)
    elif kind < 0.65:
        picture = _texture(rng)
    else:
        picture = _words(rng)
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.4))
    picture = picture + rng.normal(0, rng.uniform(0.5, 6), picture.shape)
    gray = np.clip(picture, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), np.uint8)


def _dead_leaves(rng: Rng) -> npt.NDArray[np.float32]:
    """Ellipses and polygons, largest at the back, their sizes following a power law."""
    picture = np.full((HEIGHT, WIDTH), rng.uniform(20, 230), np.float32)
    count = int(rng.integers(150, 900))
    sizes = np.sort(np.clip(4 * rng.random(count) ** (-1 / 1.6), 4, 300))[::-1]
    for size in sizes:
        center = rng.uniform(0, (WIDTH, HEIGHT))
        corners = int(rng.integers(3, 12))
        angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
        radius = size * rng.uniform(0.5, 1, corners)
        squeeze = np.exp(rng.normal(0, 0.5))
        points = np.column_stack([np.cos(angles) * radius * squeeze, np.sin(angles) * radius])
        turn = rng.uniform(0, np.pi)
        cos, sin = np.cos(turn), np.sin(turn)
        points = points @ np.array([[cos, sin], [-sin, cos]]) + center
        fixed = np.rint(points * 16).astype(np.int32)
        cv2.fillPoly(picture, [fixed], float(rng.uniform(0, 255)), cv2.LINE_AA, 4)
    return picture


def _texture(rng: Rng) -> npt.NDArray[np.float32]:
    """Grain, cloth, wood: noise of a random scale and direction over a soft gradient."""
    noise = rng.normal(size=(HEIGHT, WIDTH)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.8, 12), sigmaY=rng.uniform(0.8, 12))
    noise *= rng.uniform(3, 60) / max(float(noise.std()), 1e-6)
    light = cv2.resize(
        rng.uniform(40, 220, (2, 3)).astype(np.float32),
        (WIDTH, HEIGHT),
        interpolation=cv2.INTER_CUBIC,
    )
    return np.asarray(light + noise, np.float32)


def _words(rng: Rng) -> npt.NDArray[np.float32]:
    """A page of handwritten words and symbols, letters apart or run together."""
    coverage = np.zeros((HEIGHT, WIDTH), np.uint8)
    writer = new_writer(rng)
    height = rng.uniform(18, 90)
    pitch = rng.uniform(0.6, 1.1)
    top = 10.0
    while top + height < HEIGHT:
        left = rng.uniform(10, 80)
        while left < WIDTH - height:
            symbols = rng.random() < 0.2
            for _ in range(1 if symbols else int(rng.integers(2, 9))):
                kinds = SYMBOLS if symbols else LETTERS
                glyph = write(kinds[rng.integers(len(kinds))], writer, rng)
                draw_on(coverage, glyph, (left, top), height)
                left += pitch * height * rng.uniform(0.8, 1.2)
            left += height * rng.uniform(0.5, 1.5)
        top += height * rng.uniform(1.3, 2.2)
    paper, ink = rng.uniform(140, 250), rng.uniform(10, 110)
    if rng.random() < 0.2:
        paper, ink = ink, paper
    return np.asarray(paper + (ink - paper) * (coverage.astype(np.float32) / 255), np.float32)
