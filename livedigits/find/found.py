"""Found: what one frame holds that may be digits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Self

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.again import Page
from livedigits.find.ink import Gray, InkMap, Level, depth_in_ground
from livedigits.find.marks import Candidate, measured
from livedigits.find.outlines import Outlines
from livedigits.find.patches import Patches, make_patches, upright
from livedigits.find.trace import Trace
from livedigits.settings import FindSettings

Boxes = npt.NDArray[np.int64]
"""`(n, 4)`: x, y, width and height in pixels."""

_STILL = 3.0
"""Grey levels that noise changes a coarse pixel by; a stroke changes it by more: that of 1.5 pixels
and of least contrast covers three eighths of it."""

_BESIDE = 4
"""Pixels from a mark within which ink stands at its place."""


@dataclass(frozen=True, eq=False)
class Found:
    """What one frame holds, for ink of one polarity.

    Attributes:
        polarity: of the ink that was looked for.
        candidates: marks that may be digits.
        tilt: direction of the text, in radians, clockwise positive; patches are turned upright.
        plausible: how likely ink of this polarity is by the brightness of the ground, in [0, 1].
        bare: `(len(candidates),)`, how much of the ground around each is bare, in [0, 1].
            These two are told only where inks of both polarities are looked for.
        ink: all that is written, on the finest level.
        coarse: that level's picture, four times smaller.
        scale: pixels of the frame for a pixel of that level.
        too_noisy: there was too much speckle to look at all of it.
        page: where the candidates are, for a later frame to be compared with.
        moved: where they are now, `(len(candidates), 4)`, if they are those of an earlier frame.
        trace: what was seen on the way, where that was asked for.
    """

    polarity: Literal["dark", "light"]
    candidates: tuple[Candidate, ...] = ()
    tilt: float = 0.0
    plausible: float = 0.5
    bare: npt.NDArray[np.float64] | None = None
    ink: InkMap | None = None
    coarse: Gray | None = None
    scale: float = 1.0
    too_noisy: bool = False
    page: Page | None = None
    moved: Boxes | None = None
    trace: Trace | None = None

    @cached_property
    def boxes(self) -> Boxes:
        """Around each candidate."""
        if self.moved is not None:
            return self.moved
        return np.array([candidate.box for candidate in self.candidates], np.int64).reshape(-1, 4)

    def strongest_at(self, boxes: Boxes) -> npt.NDArray[np.float64]:
        """Grey levels of the strongest ink in each box and close to it, `(len(boxes),)`."""
        strongest = np.zeros(len(boxes))
        if self.ink is None:
            return strongest
        strength = self.ink.strength
        for i, (x, y, w, h) in enumerate(np.rint(boxes / self.scale).astype(int).tolist()):
            room = _BESIDE + min(w, h) // 4
            here = strength[max(y - room, 0) : y + h + room, max(x - room, 0) : x + w + room]
            strongest[i] = here.max(initial=0)
        return strongest

    def depth(self, rows: Sequence[int]) -> npt.NDArray[np.float64]:
        """How far some candidates are from the ground around them, in their contrasts.

        The paper within a ring of the other ink is like the ground.

        Args:
            rows: of the candidates.

        Returns:
            `(len(rows),)`.
        """
        depth = np.zeros(len(rows))
        if self.coarse is None:
            return depth
        for i, row in enumerate(rows):
            own = depth_in_ground(self.coarse, self.boxes[row] / self.scale)
            depth[i] = own / max(self.candidates[row].contrast, 1.0)
        return depth

    @cached_property
    def patches(self) -> Patches:
        """The candidates as the model sees them, `(len(candidates), 28, 28)` float32."""
        return self.patches_of(range(len(self.candidates)))

    def only(self, rows: npt.NDArray[np.intp]) -> Self:
        """The same with some of the candidates only, for no later frame to be compared with."""
        return replace(
            self,
            candidates=tuple(self.candidates[row] for row in rows),
            bare=None if self.bare is None else self.bare[rows],
            moved=None if self.moved is None else self.moved[rows],
            page=None,
        )

    def shows(self, coarse: Gray | None) -> bool:
        """Whether but for noise a frame shows nothing else, not even as large as a stroke."""
        if self.coarse is None or coarse is None or self.coarse.shape != coarse.shape:
            return False
        return cv2.norm(self.coarse, coarse, cv2.NORM_INF) <= _STILL

    def at_rest(self, coarse: Gray) -> Self | None:
        """The same in a frame that shows nothing else."""
        if self.page is None or self.page.missed.any() or not self.shows(coarse):
            return None
        return replace(self, page=replace(self.page, same=True), moved=self.boxes)

    def again(
        self, ink: InkMap, now: Outlines, finest: Level, settings: FindSettings, change: float
    ) -> Self | None:
        """The same where it is in a frame that is as large, see `Page.again`."""
        if self.page is None or self.ink is None or self.ink.mask.shape != ink.mask.shape:
            return None
        page = self.page.again(now, ink.mask, settings, change)
        if page is None:
            return None
        moved = np.rint(page.boxes * finest.scale).astype(np.int64)
        return replace(self, ink=ink, coarse=finest.coarse, page=page, moved=moved, bare=None)

    @cached_property
    def visible(self) -> npt.NDArray[np.bool_]:
        """Which candidates are in this frame, `(len(candidates),)`: those of an earlier one that
        are on a coarser level or have been taken apart are only known to be."""
        if self.page is None or self.moved is None:
            return np.ones(len(self.candidates), np.bool_)
        return np.asarray(self.page.marks[:, 0] >= 0, np.bool_)

    def patches_of(self, rows: Sequence[int]) -> Patches:
        """Patches of some of the candidates, as they are in this frame if they are visible."""
        own = {row: self.candidates[row] for row in rows}
        if self.page is not None and self.moved is not None and self.ink is not None:
            visible = self.visible
            seen = [row for row in rows if visible[row]]
            outlines = [list(dict.fromkeys(self.page.marks[row].tolist())) for row in seen]
            now = measured(self.ink, self.scale, self.page.outlines, outlines)
            own |= dict(zip(seen, now, strict=True))
        inks = [own[row].ink for row in rows]
        return make_patches([upright(ink, self.tilt) for ink in inks] if self.tilt else inks)
