"""Light and shadow on a sheet: uneven lamps, soft and hard shadows, folds, glare."""

import cv2
import numpy as np

from livedigits.learn.scenes.texture import FloatImage, Size, blurred, clouds, resized

_REDUCE = 2
"""Shading is computed at this fraction of the sheet's size; light has no finer detail."""


def uneven_light(rng: np.random.Generator, size: Size, strength: float) -> FloatImage:
    """How bright each place is lit, `(height, width, 3)` around 1, with a slight drift of colour.

    Args:
        rng: where the randomness comes from.
        size: of the sheet.
        strength: share of the light that is lost from the brightest to the darkest corner.
    """
    small = (64, 36)
    x, y = _coordinates(small)
    angle = rng.uniform(0, 2 * np.pi)
    slope = x * np.cos(angle) + y * np.sin(angle)
    lamp_x, lamp_y = rng.uniform(-0.8, 0.8, 2)
    pool = np.exp(-((x - lamp_x) ** 2 + (y - lamp_y) ** 2) / rng.uniform(0.6, 2.0))
    share = rng.uniform(0.2, 0.8)
    level = 1 + strength * (share * slope * 0.5 + (1 - share) * (pool - 0.6))
    level += 0.05 * strength * clouds(rng, small, 24)
    drift = rng.normal(0, 0.02 * (0.3 + strength), (1, 1, 3)).astype(np.float32)
    coloured = level[..., None] * (1 + drift * slope[..., None])
    return resized(coloured.astype(np.float32), size, cv2.INTER_CUBIC)


def shadow(rng: np.random.Generator, size: Size, *, darkness: float, softness: float) -> FloatImage:
    """The shadow of something at the edge of the view (a hand, the phone, a window frame).

    Args:
        rng: where the randomness comes from.
        size: of the sheet.
        darkness: share of the light that is lost in its core.
        softness: width of its edge, as a share of the sheet's width.

    Returns:
        `(height, width)`, 1 in the light.
    """
    small = _reduced(size)
    x, y = _coordinates(small)
    angle = rng.uniform(0, 2 * np.pi)
    along = -x * np.sin(angle) + y * np.cos(angle)
    across = x * np.cos(angle) + y * np.sin(angle)
    if rng.random() < 0.5:  # a straight edge, or the round one of a head or a hand
        depth = across - rng.uniform(-0.1, 0.5) + 0.02 * clouds(rng, small, small[0] / 5)
    else:
        depth = rng.uniform(0.5, 1.1) - np.hypot(
            (across - 1.0) * 0.9, along - rng.uniform(-0.5, 0.5)
        )
        depth += 0.03 * clouds(rng, small, small[0] / 4)
    edge = np.clip(0.5 + depth / (4 * softness), 0, 1)
    smooth = edge * edge * (3 - 2 * edge)
    return resized((1 - darkness * smooth).astype(np.float32), size)


def folds(rng: np.random.Generator, size: Size, strength: float) -> FloatImage:
    """Shading of a sheet that was crumpled and folded, `(height, width)` around 1.

    A crumpled sheet is made of flat facets, each of which meets the light at its own angle: large
    ones, and small ones within them, with two straight folds across.
    """
    small = _reduced(size)
    shade = _facets(rng, small, small[0] / 4) + 0.5 * _facets(rng, small, small[0] / 13)
    x, y = _coordinates(small)
    for fold in range(2):
        angle = fold * np.pi / 2 + rng.normal(0, 0.03)
        across = (x - rng.uniform(-0.6, 0.6)) * np.cos(angle) + (
            y - rng.uniform(-0.3, 0.3)
        ) * np.sin(angle)
        side = across / (np.abs(across) + 0.008) * np.exp(-np.abs(across) / 0.25)
        ridge = np.exp(-((across / 0.003) ** 2))
        shade += rng.normal(0, 0.7) * side + rng.uniform(-1.2, 0.8) * ridge
    # No crease is quite straight.
    wander = 0.012 * small[0]
    columns, rows = np.meshgrid(
        np.arange(small[0], dtype=np.float32), np.arange(small[1], dtype=np.float32)
    )
    columns += wander * clouds(rng, small, small[0] / 9)
    rows += wander * clouds(rng, small, small[0] / 9)
    bent = cv2.remap(shade, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return resized((1 + strength * np.tanh(0.6 * bent)).astype(np.float32), size)


def _facets(rng: np.random.Generator, size: Size, cell: float) -> FloatImage:
    """Triangles about `cell` pixels wide that tile the field, each at a level of its own."""
    width, height = size
    columns, rows = int(width / cell) + 1, max(2, int(height / cell) + 1)
    count = columns * rows
    scattered = rng.uniform(0, (width - 1, height - 1), (count, 2))
    corners = np.array(((0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)))
    mesh = cv2.Subdiv2D((0, 0, width, height))
    mesh.insert(np.concatenate((corners, scattered)).astype(np.float32).tolist())
    triangles = np.array(mesh.getTriangleList()).reshape(-1, 3, 2)
    field = np.zeros((height, width), np.float32)
    for triangle, level in zip(triangles, rng.standard_normal(len(triangles)), strict=True):
        cv2.fillConvexPoly(field, triangle.round().astype(np.int32), float(level))
    edges = np.zeros((height, width), np.uint8)
    cv2.polylines(edges, list(triangles.round().astype(np.int32)), True, 255, 1, cv2.LINE_AA)
    worn = blurred(edges.astype(np.float32) / np.float32(255), 0.8) * clouds(rng, size, cell / 2)
    return np.asarray(blurred(field, 1.2 + cell / 40) + 0.5 * worn, np.float32)


def glare(rng: np.random.Generator, size: Size, strength: float) -> FloatImage:
    """Lamps and windows mirrored in a glossy board, `(height, width)`, 0 none to 1 white."""
    small = (160, 90)
    x, y = _coordinates(small)
    mirrored = np.zeros((small[1], small[0]), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        angle = rng.normal(0, 0.25)
        dx, dy = x - rng.uniform(-0.9, 0.9), y - rng.uniform(-0.5, 0.5)
        across = (dx * np.cos(angle) + dy * np.sin(angle)) / rng.uniform(0.05, 0.3)
        along = (-dx * np.sin(angle) + dy * np.cos(angle)) / rng.uniform(0.05, 0.4)
        mirrored += rng.uniform(0.4, 1) * np.exp(-((across**2 + along**2) ** rng.uniform(0.7, 1.4)))
    field = blurred(mirrored.astype(np.float32), 2.0)
    return resized(np.clip(strength * field, 0, strength), size, cv2.INTER_CUBIC)


def _reduced(size: Size) -> Size:
    """The size at which shading is computed."""
    return max(2, size[0] // _REDUCE), max(2, size[1] // _REDUCE)


def _coordinates(size: Size) -> tuple[FloatImage, FloatImage]:
    """x from -1 to 1 and y in the same unit, each `(height, width)`, 0 in the middle."""
    width, height = size
    xs = np.linspace(-1, 1, width, dtype=np.float32)
    ys = np.linspace(-height / width, height / width, height, dtype=np.float32)
    x, y = np.meshgrid(xs, ys)
    return x, y
