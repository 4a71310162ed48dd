"""Where labels go: on the picture, off the digits and off each other as long as there is room."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.present.labels import Label
from livedigits.reading import Box


class Placed(NamedTuple):
    """A label and where it goes."""

    label: Label
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Which parts of a picture are taken by digits and labels, on a coarse grid.

    Attributes:
        cells: `bool`, `(rows, columns)`, True where taken.
        cell: side of a cell in pixels.
        width: of the picture in pixels.
        height: of the picture in pixels.
    """

    cells: npt.NDArray[np.bool_]
    cell: int
    width: int
    height: int

    @classmethod
    def of(cls, image: Image) -> Self:
        """All of a picture, free."""
        height, width = image.shape[:2]
        cell = max(1, min(height, width) // 180)
        cells = np.zeros((height // cell + 1, width // cell + 1), np.bool_)
        return cls(cells, cell, width, height)

    def _part(self, box: Box) -> tuple[slice, slice]:
        """The cells inside `box`; those on its border count as free, so that boxes may touch."""
        x, y, w, h = box
        cell = self.cell
        if x < 0 or y < 0:  # seldom, and this is asked for a hundred times a frame
            x, y, w, h = max(x, 0), max(y, 0), max(w + min(x, 0), 0), max(h + min(y, 0), 0)
        return slice(-(-y // cell), (y + h) // cell), slice(-(-x // cell), (x + w) // cell)

    def take(self, box: Box) -> None:
        """Mark a box as taken."""
        self.cells[self._part(box)] = True

    def taken(self, *places: Placed) -> int:
        """How many cells are taken where labels would go."""
        return sum(int(np.count_nonzero(self.cells[self._part(i.box)])) for i in places)

    def spot(self, item: Label, x: float, y: float) -> Placed:
        """A label with its corner at (x, y), moved onto the picture."""
        return Placed(item, item.at(x, y, self.width, self.height))

    def settle(self, places: Iterable[Placed]) -> list[Placed]:
        """The first place that covers nothing, else the one that covers least; now taken."""
        best, least = None, 0
        for place in places:
            covered = self.taken(place)
            if best is None or covered < least:
                best, least = place, covered
            if covered == 0:
                break
        if best is None:
            return []
        self.take(best.box)
        return [best]
