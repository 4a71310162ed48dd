"""Find: from a frame to the patches of everything in it that may be a digit."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from livedigits.capture.frame import Image
from livedigits.find.candidates import Candidate, Mark, find_marks
from livedigits.find.ink import Gray, find_ink, pyramid, to_gray
from livedigits.find.patches import Patches, make_patches
from livedigits.settings import FindSettings

__all__ = ["Candidate", "Found", "find", "make_patches"]


@dataclass(frozen=True, slots=True)
class Found:
    """What one frame holds, for ink of one polarity.

    Attributes:
        polarity: of the ink that was looked for.
        candidates: marks that may be digits.
        patches: `(len(candidates), 28, 28)` float32, the same marks as the model sees them.
        too_noisy: there was too much speckle to look at all of it.
    """

    polarity: Literal["dark", "light"]
    candidates: tuple[Candidate, ...] = ()
    patches: Patches = field(default_factory=lambda: make_patches([]))
    too_noisy: bool = False


def find(image: Image, settings: FindSettings | None = None) -> tuple[Found, ...]:
    """Finds the marks that may be digits.

    Args:
        image: `(height, width, 3)` uint8, BGR.
        settings: thresholds and limits; its `polarity` says which ink is looked for.

    Returns:
        One `Found` for the ink's polarity; with "auto" one for each of both, dark first.
    """
    settings = settings or FindSettings()
    gray = to_gray(image)
    found = []
    if settings.polarity in ("auto", "dark"):
        found.append(_find_dark(gray, "dark", settings))
    if settings.polarity in ("auto", "light"):
        found.append(_find_dark(np.bitwise_not(gray), "light", settings))
    return tuple(found)


def _find_dark(gray: Gray, polarity: Literal["dark", "light"], settings: FindSettings) -> Found:
    marks: list[Mark] = []
    too_noisy = False
    for level in pyramid(gray, settings):
        ink = find_ink(level, settings)
        marks += find_marks(ink, level, settings)
        too_noisy |= ink.too_noisy
    too_noisy |= len(marks) >= settings.max_candidates
    marks = _strong(marks, settings)
    marks.sort(key=lambda mark: -mark.box.w * mark.box.h)
    candidates = [mark.cut_out() for mark in marks[: settings.max_candidates]]
    patches = make_patches([candidate.ink for candidate in candidates])
    return Found(polarity, tuple(candidates), patches, too_noisy)


def _strong(marks: list[Mark], settings: FindSettings) -> list[Mark]:
    """Leaves out what is so faint that it only costs time: squared paper has hundreds of lines."""
    if not marks:
        return []
    contrast = np.array([mark.contrast for mark in marks])
    weight = contrast * np.array([max(mark.core.shape) for mark in marks])
    order = np.argsort(contrast)
    heavy = np.searchsorted(np.cumsum(weight[order]), 0.75 * weight.sum())
    least = settings.faintest * contrast[order[min(heavy, len(order) - 1)]]
    return [mark for mark in marks if mark.contrast >= least]
