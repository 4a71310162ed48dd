"""Find: from a frame to the patches of everything in it that may be a digit."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, islice
from typing import Literal

import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.find.candidates import find_marks
from livedigits.find.ink import Gray, bare_around, find_ink, ground_share, pyramid, to_gray
from livedigits.find.marks import Candidate
from livedigits.find.outlines import strong
from livedigits.find.patches import Patches, make_patches, upright
from livedigits.find.trace import Trace
from livedigits.inspection import Dropped, Ink, Verdict
from livedigits.settings import FindSettings

__all__ = ["Candidate", "Found", "find", "make_patches"]

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
        strength: of the ink on the finest level, `(h, w)` uint8. These three are told only where
            inks of both polarities are looked for.
        scale: pixels of the frame for a pixel of that level.
        too_noisy: there was too much speckle to look at all of it.
        trace: what was seen on the way, where that was asked for.
    """

    polarity: Literal["dark", "light"]
    candidates: tuple[Candidate, ...] = ()
    tilt: float = 0.0
    plausible: float = 0.5
    bare: npt.NDArray[np.float64] | None = None
    strength: npt.NDArray[np.uint8] | None = None
    scale: float = 1.0
    too_noisy: bool = False
    trace: Trace | None = None

    def strongest_at(self, candidates: Sequence[Candidate]) -> npt.NDArray[np.float64]:
        """Grey levels of the strongest ink at each place, `(len(candidates),)`."""
        strongest = np.zeros(len(candidates))
        if self.strength is None:
            return strongest
        for i, candidate in enumerate(candidates):
            x, y, w, h = (round(side / self.scale) for side in candidate.box)
            room = _BESIDE + min(w, h) // 4
            here = self.strength[max(y - room, 0) : y + h + room, max(x - room, 0) : x + w + room]
            strongest[i] = here.max(initial=0)
        return strongest

    @cached_property
    def patches(self) -> Patches:
        """The candidates as the model sees them, `(len(candidates), 28, 28)` float32."""
        return self.patches_of(range(len(self.candidates)))

    def patches_of(self, rows: Sequence[int]) -> Patches:
        """Patches of some of the candidates."""
        inks = [self.candidates[row].ink for row in rows]
        return make_patches([upright(ink, self.tilt) for ink in inks] if self.tilt else inks)


def find(
    image: Image,
    settings: FindSettings | None = None,
    *,
    thorough: bool = True,
    explain: bool = False,
) -> tuple[Found, ...]:
    """Finds the marks that may be digits.

    Args:
        image: `(height, width, 3)` uint8, BGR.
        settings: thresholds and limits; its `polarity` says which ink is looked for.
        thorough: whether to look on the coarser levels, for rules and for digits that touch, too;
            without these a clean page takes two thirds of the time, a messy one a tenth.
        explain: whether to keep a trace of what was seen on the way.

    Returns:
        One `Found` for the ink's polarity; with "auto" one for each of both, dark first.
    """
    settings = settings or FindSettings()
    gray = to_gray(image)
    found = []
    if settings.polarity in ("auto", "dark"):
        found.append(_find_dark(gray, "dark", settings, thorough, explain))
    if settings.polarity in ("auto", "light"):
        found.append(_find_dark(np.bitwise_not(gray), "light", settings, thorough, explain))
    return tuple(found)


def _find_dark(
    gray: Gray,
    polarity: Literal["dark", "light"],
    settings: FindSettings,
    thorough: bool,
    explain: bool,
) -> Found:
    marks: list[Candidate] = []
    trace = Trace() if explain else None
    too_noisy = False
    for level in islice(pyramid(gray, settings), None if thorough else 1):
        ink = find_ink(level, settings)
        if level.depth == 0:
            finest, scale = ink, level.scale
        found = find_marks(ink, level, settings, thorough, trace)
        marks += found
        too_noisy |= ink.too_noisy
        if trace is not None and (level.depth == 0 or found):
            trace.inks.append(Ink(ink.mask, level.scale))
    too_noisy |= len(marks) >= settings.max_candidates
    contrast = np.array([mark.contrast for mark in marks])
    size = np.array([max(mark.core.shape) for mark in marks])
    dark = strong(contrast, size, settings.faintest)
    if trace is not None:
        trace.dropped += [Dropped(i.box, Verdict.TOO_FAINT) for i in compress(marks, ~dark)]
    marks = list(compress(marks, dark))
    marks.sort(key=lambda mark: -mark.box.w * mark.box.h)
    if trace is not None:
        beyond = marks[settings.max_candidates :]
        trace.dropped += [Dropped(mark.box, Verdict.TOO_MANY) for mark in beyond]
    candidates = tuple(marks[: settings.max_candidates])
    bare, plausible, strength = None, 0.5, None
    if settings.polarity == "auto":
        boxes = np.array([candidate.box for candidate in candidates], float).reshape(-1, 4)
        bare, plausible = bare_around(finest.mask, boxes / scale), ground_share(gray)
        strength = finest.strength
    return Found(
        polarity,
        candidates,
        plausible=plausible,
        bare=bare,
        strength=strength,
        scale=scale,
        too_noisy=too_noisy,
        trace=trace,
    )
