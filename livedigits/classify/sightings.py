"""Sightings: of all candidates of a frame, those that are digits, one for each place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livedigits.find import Candidate
from livedigits.reading import Box
from livedigits.settings import ClassifySettings


@dataclass(frozen=True, slots=True)
class Sighting:
    """A digit seen in one frame.

    Attributes:
        box: where, in pixels of the original frame.
        probabilities: `(11,)` float32, the ten digits and "not a digit".
        contrast: grey levels that its ink differs from its paper.
    """

    box: Box
    probabilities: npt.NDArray[np.float32]
    contrast: float = 0.0

    @property
    def value(self) -> str:
        """The likeliest digit."""
        return str(int(self.probabilities[:10].argmax()))

    @property
    def confidence(self) -> float:
        """The probability of that digit."""
        return float(self.probabilities[:10].max())

    @property
    def prominence(self) -> float:
        """How much it stands out: sure, large and dark digits do, slivers do not."""
        size = math.sqrt(self.box.w * self.box.h)
        return self.confidence**2 * self.contrast * size


def sightings_of(
    candidates: Sequence[Candidate],
    probabilities: npt.NDArray[np.float32],
    threshold: float,
    settings: ClassifySettings | None = None,
) -> list[Sighting]:
    """Drops what is no digit, or too faint or small beside the others, and all doubles.

    Args:
        candidates: of one frame.
        probabilities: `(len(candidates), 11)`, theirs.
        threshold: least probability of a digit.
        settings: how faint and how small a digit may be beside the others.

    Returns:
        Digits, the surest first.
    """
    sure = probabilities[:, :10].max(axis=1, initial=0)
    order = [i for i in np.argsort(-sure, kind="stable") if sure[i] >= threshold]
    seen = [Sighting(candidates[i].box, probabilities[i], candidates[i].contrast) for i in order]
    return apart(_alike(seen, settings or ClassifySettings()))


def _alike(sightings: list[Sighting], settings: ClassifySettings) -> list[Sighting]:
    """Drops what is far fainter or smaller than the digits that stand out.

    Grain, shadows and pieces of ruled lines look like a 1 often enough, but the digits of a page
    are of a size and of one pen, more or less. The measure is the median digit by prominence:
    neither many specks nor a single headline move it far.
    """
    if not sightings:
        return []
    weight = np.array([sighting.prominence for sighting in sightings])
    contrast = _median(np.array([sighting.contrast for sighting in sightings]), weight)
    height = _median(np.array([sighting.box.h for sighting in sightings], float), weight)
    return [
        sighting
        for sighting in sightings
        if sighting.contrast >= settings.least_contrast * contrast
        and settings.least_height <= sighting.box.h / height <= settings.most_height
    ]


def _median(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> float:
    """The value that has half of the weight on either side."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(total, total[-1] / 2))])


def apart(sightings: Sequence[Sighting]) -> list[Sighting]:
    """Keeps each sighting that does not cover, or lie within, an earlier one by half or more."""
    if not sightings:
        return []
    boxes = np.array([sighting.box for sighting in sightings], float)
    left, top, width, height = boxes.T
    right, bottom, area = left + width, top + height, width * height
    across = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    down = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    shared = np.maximum(across, 0) * np.maximum(down, 0)
    covers = shared > 0.5 * np.minimum(area[:, None], area)
    kept: list[int] = []
    for i in range(len(boxes)):
        if not covers[i, kept].any():
            kept.append(i)
    return [sightings[i] for i in kept]
