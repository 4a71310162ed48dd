"""Captured marks: what the finder cuts out of rendered pictures, labelled by their truth.

These carry what canvases cannot: paper, light, lens and the finder's own habits, such as ink that
runs into a ruled line, or pieces of the rule itself.
"""

import numpy as np

from livedigits.find import find
from livedigits.learn.canvases import NOT_A_DIGIT, Canvases, place
from livedigits.learn.clutter import render_clutter
from livedigits.learn.scenes import HARSH, MILD, SURFACES, Scene, render_scene
from livedigits.reading import Box
from livedigits.settings import FindSettings, Polarity

MARKS_A_PICTURE = 16
"""Most marks of one polarity taken from one picture of clutter."""

FAINTEST = 0.15
"""As `FindSettings.faintest`, but its own: to try less in a frame must not change what is
learned."""

LIGHT_INK = ("board",)
"""Surfaces that are written on with light ink."""


def captured_marks(scenes: int, rng: np.random.Generator) -> Canvases:
    """Everything that the finder takes for a candidate in random scenes.

    Args:
        scenes: how many, all surfaces in turn, every third under a poor camera.
        rng: random numbers.

    Returns:
        Canvases of digits and of what is none; marks that are part of a digit are left out.
    """
    pictures, labels = [], []
    for index in range(scenes):
        surface = SURFACES[index % len(SURFACES)]
        camera = HARSH if index % 3 == 0 else MILD
        scene = render_scene(rng, surface=surface, camera=camera)
        polarity: Polarity = "light" if surface in LIGHT_INK else "dark"
        ink = FindSettings(polarity=polarity, faintest=FAINTEST)
        (found,) = find(scene.image, ink)
        for candidate in found.candidates:
            label = _label(candidate.box, scene)
            picture = place(candidate.ink)
            # Of the faintest hardly anything is left, and a piece is but one way to cut a mark.
            if label is not None and picture.any() and candidate.part is None:
                pictures.append(picture)
                labels.append(label)
    return Canvases(np.stack(pictures), np.array(labels, np.int64))


def captured_clutter(pictures: int, rng: np.random.Generator) -> Canvases:
    """Everything that the finder takes for a candidate where there is no digit.

    Args:
        pictures: how many are looked at, for dark and for light ink.
        rng: random numbers.

    Returns:
        Canvases, all `NOT_A_DIGIT`; a picture full of marks gives a random few.
    """
    marks = []
    for _ in range(pictures):
        picture = render_clutter(rng)
        for found in find(picture, FindSettings(faintest=FAINTEST)):
            whole = [candidate for candidate in found.candidates if candidate.part is None]
            chosen = rng.permutation(len(whole))[:MARKS_A_PICTURE]
            marks += [place(whole[i].ink) for i in chosen]
    marks = [mark for mark in marks if mark.any()]
    return Canvases(np.stack(marks), np.full(len(marks), NOT_A_DIGIT))


def _label(box: Box, scene: Scene) -> int | None:
    """The digit that a box is around, `NOT_A_DIGIT`, or None where it is a matter of opinion."""
    shared = np.array([_shared(box, digit.box) for digit in scene.digits])
    areas = np.array([digit.box.w * digit.box.h for digit in scene.digits])
    overlap = shared / (areas + box.w * box.h - shared)
    best = int(overlap.argmax())
    if overlap[best] > 0.6:
        return int(scene.digits[best].value)
    if box.h > 3 * box.w:
        return None  # a piece of an upright rule is a 1 but for its surroundings
    covered = np.count_nonzero(shared > 0.6 * areas)
    return NOT_A_DIGIT if covered > 1 or not shared.any() else None


def _shared(one: Box, other: Box) -> int:
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    return max(across, 0) * max(down, 0)
