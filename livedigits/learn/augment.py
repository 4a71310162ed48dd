"""Augmentation: canvases to the patches that a camera would make of such marks.

Each canvas is turned, sheared, bent (Simard et al., 2003), written with another pen, photographed
from another distance through another lens, thresholded, cut out and handed to the one function that
makes patches of everything: `livedigits.find.make_patches`.
"""

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.patches import SIZE, Ink, Patches, make_patches
from livedigits.learn.canvases import NOT_A_DIGIT, SIDE

Rng = np.random.Generator
Patch = npt.NDArray[np.float32]

_ELLIPSE = [cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (i, i)) for i in range(2, 8)]


def camera_patches(
    canvases: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], rng: Rng
) -> Patches:
    """Patches of the canvases, each seen in another way.

    Args:
        canvases: `(n, 64, 64)` uint8.
        labels: `(n,)`; what is no digit may be bent harder, and stays none.
        rng: random numbers.

    Returns:
        `(n, 28, 28)` float32 in [0, 1].
    """
    crops = [
        _crop(_photograph(_ink(_bend(canvas, label == NOT_A_DIGIT, rng), rng), rng))
        for canvas, label in zip(canvases, labels, strict=True)
    ]
    return make_patches(crops)


def plain_patches(canvases: npt.NDArray[np.uint8]) -> Patches:
    """Patches of the canvases as they are: `(n, 28, 28)` float32 in [0, 1]."""
    return make_patches([_crop(canvas) for canvas in canvases])


def rough_patches(patches: Patches, rng: Rng) -> Patches:
    """Patches that are off MNIST's form, as other ways of preparing them make them.

    The reader never makes such ones; a model that holds out against them is surer of its ground.

    Args:
        patches: `(n, 28, 28)` float32 in [0, 1].
        rng: random numbers.

    Returns:
        `(n, 28, 28)` float32 in [0, 1], each turned far, shifted, stretched over the whole patch,
        written too boldly or too finely, blurred, pale or in noise.
    """
    rough = [_ROUGH[rng.integers(len(_ROUGH))](patch, rng) for patch in patches]
    return np.clip(np.stack(rough), 0, 1, dtype=np.float32) if rough else patches


def _turned(patch: Patch, rng: Rng) -> Patch:
    matrix = cv2.getRotationMatrix2D((14, 14), float(rng.uniform(-32, 32)), 1)
    return np.asarray(cv2.warpAffine(patch, matrix, (SIZE, SIZE)), np.float32)


def _shifted(patch: Patch, rng: Rng) -> Patch:
    down, right = rng.integers(-4, 5, 2)
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return np.asarray(cv2.warpAffine(patch, matrix, (SIZE, SIZE)), np.float32)


def _stretched(patch: Patch, rng: Rng) -> Patch:
    """Its ink stretched to a square, or as it is, to fill 20 to 28 pixels."""
    x, y, w, h = cv2.boundingRect((patch > 0.1).astype(np.uint8))
    side = 28 if rng.random() < 0.6 else int(rng.integers(18, 28))
    longest = max(w, h, 1)
    width, height = (
        (side, side) if rng.random() < 0.7 else (side * w // longest, side * h // longest)
    )
    if not (w and width and height):
        return patch
    scaled = cv2.resize(
        patch[y : y + h, x : x + w], (width, height), interpolation=cv2.INTER_LINEAR
    )
    stretched = np.zeros_like(patch)
    top, left = (SIZE - height) // 2, (SIZE - width) // 2
    stretched[top : top + height, left : left + width] = scaled
    return stretched


def _rewritten(patch: Patch, rng: Rng) -> Patch:
    if rng.random() < 0.5:
        return np.asarray(cv2.dilate(patch, np.ones((3, 3), np.uint8)), np.float32)
    return np.asarray(cv2.erode(patch, np.ones((2, 2), np.uint8)), np.float32)


def _blurred(patch: Patch, rng: Rng) -> Patch:
    return np.asarray(cv2.GaussianBlur(patch, (0, 0), rng.uniform(0.5, 1.8)), np.float32)


def _pale(patch: Patch, rng: Rng) -> Patch:
    return patch * np.float32(rng.uniform(0.3, 1))


def _noisy(patch: Patch, rng: Rng) -> Patch:
    return patch + rng.normal(0, rng.uniform(0.02, 0.2), patch.shape).astype(np.float32)


_ROUGH = (_turned, _shifted, _stretched, _stretched, _rewritten, _blurred, _pale, _noisy)


def _bend(canvas: Ink, freely: bool, rng: Rng) -> Ink:
    """Turn, shear, stretch and an elastic warp, in one remapping."""
    angle = np.clip(rng.normal(0, 0.12), -0.4, 0.4)
    shear = np.clip(rng.normal(0, 0.12), -0.4, 0.4)
    stretch = np.exp(rng.normal(0, 0.12))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[stretch, shear], [0, 1 / stretch]]) / 0.95
    middle = (SIDE - 1) / 2
    grid = np.arange(SIDE, dtype=np.float32) - middle
    x = (matrix[0, 0] * grid[None] + matrix[0, 1] * grid[:, None] + middle).astype(np.float32)
    y = (matrix[1, 0] * grid[None] + matrix[1, 1] * grid[:, None] + middle).astype(np.float32)
    # A coarse random field enlarged smoothly is the cheap form of Simard's smoothed noise.
    knots = int(rng.integers(4, 8))
    strength = rng.gamma(2.0, 0.45 if not freely else 0.8)
    warp = rng.normal(0, strength, (2, knots, knots)).astype(np.float32)
    x += cv2.resize(warp[0], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    y += cv2.resize(warp[1], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.remap(canvas, x, y, cv2.INTER_LINEAR), np.uint8)


def _ink(canvas: Ink, rng: Rng) -> Ink:
    """Another pen: thicker or thinner strokes, gaps, a rule of the paper running through."""
    choice = rng.random()
    if choice < 0.25:
        # A fifth of a canvas under ink is a bold marker already; more would fill its loops.
        boldest = 5 if int(canvas.sum()) < 0.12 * 255 * canvas.size else 2
        canvas = cv2.dilate(canvas, _ELLIPSE[rng.integers(0, boldest)])
    elif choice < 0.35:
        thinner = cv2.erode(canvas, _ELLIPSE[rng.integers(0, 2)])
        if int(thinner.sum()) > 0.5 * int(canvas.sum()):
            canvas = thinner
    if rng.random() < 0.04:
        grain = rng.normal(size=(SIDE, SIDE)).astype(np.float32)
        grain = cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.6, 1.6))
        canvas = np.where(grain < -1.2 * grain.std(), canvas // 4, canvas)
    if rng.random() < 0.04:
        row = int(rng.integers(10, SIDE - 10))
        canvas = canvas.copy()
        cv2.line(canvas, (10, row), (54, row + int(rng.integers(-3, 4))), 160, 1, cv2.LINE_AA)
    return np.asarray(canvas, np.uint8)


def _photograph(canvas: Ink, rng: Rng) -> Ink:
    """Another distance, focus and threshold."""
    if rng.random() < 0.5:
        side = int(SIDE * np.exp(rng.uniform(np.log(0.33), np.log(1.2))))
        canvas = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    ink = canvas
    if rng.random() < 0.5:
        sigma = rng.uniform(0.2, 0.8 if len(canvas) < 40 else 1.8)
        ink = cv2.GaussianBlur(ink, (0, 0), sigma)
    if rng.random() < 0.15:
        noise = rng.normal(0, rng.uniform(3, 20), ink.shape)
        ink = np.clip(ink + noise * (ink > 24), 0, 255).astype(np.uint8)
    peak = max(int(ink.max()), 1)
    choice = rng.random()
    if choice < 0.6:
        # What the finder keeps: ink above about half of its full strength, and its soft edge.
        floor = rng.uniform(0.05, 0.3) * peak
        gain = 255 / max(rng.uniform(0.65, 1.0) * peak - floor, 1)
        ink = cv2.convertScaleAbs(cv2.subtract(ink, np.full_like(ink, int(floor))), alpha=gain)
    elif choice < 0.75:
        ink = (ink > 0.45 * peak) * np.uint8(255)
    return np.asarray(ink, np.uint8)


def _crop(ink: Ink) -> Ink:
    x, y, width, height = cv2.boundingRect((ink > 24).astype(np.uint8))
    return ink[y : y + height, x : x + width] if width else np.zeros((1, 1), np.uint8)
