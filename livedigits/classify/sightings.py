"""Sightings: of all candidates of a frame, those that are digits, one for each place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livedigits.reading import Box


@dataclass(frozen=True, slots=True)
class Sighting:
    """A digit seen in one frame.

    Attributes:
        box: where, in pixels of the original frame.
        probabilities: `(11,)` float32, the ten digits and "not a digit".
    """

    box: Box
    probabilities: npt.NDArray[np.float32]

    @property
    def value(self) -> str:
        """The likeliest digit."""
        return str(int(self.probabilities[:10].argmax()))

    @property
    def confidence(self) -> float:
        """The probability of that digit."""
        return float(self.probabilities[:10].max())


def sightings_of(
    boxes: Sequence[Box], probabilities: npt.NDArray[np.float32], threshold: float
) -> list[Sighting]:
    """Drops candidates that are no digits, and of overlapping ones all but the surest.

    Args:
        boxes: of the candidates.
        probabilities: `(len(boxes), 11)`.
        threshold: least probability of a digit.

    Returns:
        Digits, the surest first.
    """
    sure = probabilities[:, :10].max(axis=1, initial=0)
    order = [i for i in np.argsort(-sure, kind="stable") if sure[i] >= threshold]
    return apart([Sighting(boxes[i], probabilities[i]) for i in order])


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
