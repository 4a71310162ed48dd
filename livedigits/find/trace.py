"""Trace: what is seen on the way from a frame to its candidates, for those who ask why."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from livedigits.inspection import Dropped, Ink, Verdict
from livedigits.reading import Box


@dataclass(slots=True)
class Trace:
    """Filled by `find` where it is asked to explain itself.

    Attributes:
        inks: the finest mask, then those coarser ones that marks were found on.
        dropped: marks that are no candidates.
    """

    inks: list[Ink] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    def drop(
        self, boxes: npt.NDArray[np.int32], why: Verdict | list[Verdict], scale: float = 1.0
    ) -> None:
        """Takes in marks that go.

        Args:
            boxes: `(n, 4)`: x, y, width and height.
            why: one reason for all, or each one's.
            scale: pixels of the frame for a pixel of theirs.
        """
        whys = why if isinstance(why, list) else [why] * len(boxes)
        placed = np.rint(boxes * scale).astype(int).tolist()
        self.dropped += [Dropped(Box(*i), j) for i, j in zip(placed, whys, strict=True)]
