"""Finder: from a frame to all in it that may be a digit, of either ink."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from itertools import compress
from typing import Literal

import cv2
import numpy as np

from livedigits.capture.frame import Image
from livedigits.find.again import Page
from livedigits.find.candidates import find_marks
from livedigits.find.found import Found
from livedigits.find.ink import (
    Gray,
    InkMap,
    Level,
    bare_around,
    find_ink,
    ground_share,
    pyramid,
    to_gray,
)
from livedigits.find.marks import Candidate, measured, rooms_of
from livedigits.find.outlines import Outlines, outlines_of, strong
from livedigits.find.trace import Trace
from livedigits.inspection import Dropped, Ink, Verdict
from livedigits.settings import FindSettings

_BOLD = 0.35
"""Strokes that are wider than this share of a mark are a blot's."""

_WRITTEN = 1.3
"""Strokes of several digits are so many times as long as what they make; a rule's are as long."""


def find(
    image: Image,
    settings: FindSettings | None = None,
    *,
    thorough: bool = True,
    explain: bool = False,
    known: Found | None = None,
    change: float = 0.0,
) -> tuple[Found, ...]:
    """Finds the marks that may be digits.

    Args:
        image: `(height, width, 3)` uint8, BGR.
        settings: thresholds and limits; its `polarity` says which ink is looked for.
        thorough: whether to look on the coarser levels, for rules and for digits that touch, too;
            without these a clean page takes two thirds of the time, a messy one a tenth.
        explain: whether to keep a trace of what was seen on the way.
        known: what an earlier frame of a stream held; where this one still does, in other places,
            its candidates are told again.
        change: how far marks may have changed meanwhile, see `Page.again`.

    Returns:
        One `Found` for the ink's polarity; with "auto" one for each of both, dark first.
    """
    looks = search(image, settings, explain=explain, known=known, change=change)
    return tuple(look.found(thorough) for look in looks)


def search(
    image: Image,
    settings: FindSettings | None = None,
    *,
    explain: bool = False,
    known: Found | None = None,
    change: float = 0.0,
) -> "tuple[Search, ...]":
    """What `find` does, inks and depths of looking one by one; see there."""
    settings = settings or FindSettings()
    gray = to_gray(image)
    found = []
    if settings.polarity in ("auto", "dark"):
        found.append(Search(gray, "dark", settings, explain, known, change))
    if settings.polarity in ("auto", "light"):
        found.append(Search(np.bitwise_not(gray), "light", settings, explain, known, change))
    return tuple(found)


class Search:
    """Ink of one polarity in one frame, of which as much is found as is asked for."""

    def __init__(
        self,
        gray: Gray,
        polarity: Literal["dark", "light"],
        settings: FindSettings,
        explain: bool,
        known: Found | None,
        change: float,
    ) -> None:
        """Takes a picture in which the ink is dark; for the rest see `find`."""
        self._gray = gray
        self._polarity = polarity
        self._settings = settings
        self._explain = explain
        # Where both inks are looked for, each is compared with the other's in this very frame.
        self._alone = settings.polarity != "auto"
        self._known = known if known is not None and known.polarity == polarity else None
        self._change = change
        self._levels = pyramid(gray, settings)
        self._finest = next(self._levels)

    @cached_property
    def _ink(self) -> InkMap:
        return find_ink(self._finest, self._settings)

    @cached_property
    def _outlines(self) -> Outlines | None:
        return outlines_of(self._ink)

    @cached_property
    def _plausible(self) -> float:
        return ground_share(self._gray)

    @cached_property
    def _again(self) -> Found | None:
        """What an earlier frame held, if this one still does."""
        known = self._known
        if known is None:
            return None
        if self._alone and (still := known.at_rest(self._finest.coarse)) is not None:
            return still
        if self._outlines is None:
            return None
        return known.again(self._ink, self._outlines, self._finest, self._settings, self._change)

    def found(self, thorough: bool) -> Found:
        """What there is; a thorough look may be taken once, and none after it."""
        found = self._again
        if found is None:
            found = _found_anew(
                self._ink,
                self._outlines,
                self._finest,
                self._levels if thorough else (),
                self._polarity,
                self._settings,
                thorough,
                self._explain,
            )
        if self._alone:
            return found
        bare = bare_around(self._ink, found.boxes / self._finest.scale)
        return replace(found, plausible=self._plausible, bare=bare)

    def passed_over(self, found: Found) -> Found:
        """Marks as large and strong as digits that a quick look takes for none.

        They may be digits that touch each other, or a rule, or of very thick strokes.

        Args:
            found: what the quick look found.

        Returns:
            The same with these marks in place of the candidates.
        """
        outlines, page, settings = self._outlines, found.page, self._settings
        if outlines is None or page is None:
            return found.only(np.zeros(0, np.intp))
        w, h = outlines.boxes[:, 2:].T
        large = outlines.outer & (h >= settings.min_height_px)
        large &= strong(outlines.edges, np.maximum(w, h), settings.least_cut_ink)
        told = np.zeros(len(large), np.bool_)
        told[page.marks[page.marks >= 0]] = True
        large &= ~told | (w > settings.least_cut_width * h)
        large &= outlines.strokes < _BOLD * np.minimum(w, h)
        large &= outlines.lengths > _WRITTEN * np.maximum(w, h)
        pieces = [[i] for i in np.flatnonzero(large).tolist()]
        marks = tuple(measured(self._ink, self._finest.scale, outlines, pieces))
        bare = bare_around(self._ink, outlines.boxes[large].astype(np.float64))
        return replace(found, candidates=marks, bare=bare, page=None, moved=None)

    @cached_property
    def promise(self) -> float:
        """About how much can be read: large, strong marks on bare ground, whatever their form."""
        found = self._outlines
        if found is None:
            return 0.0
        large = found.outer & (found.boxes[:, 2:].max(axis=1) >= self._settings.min_height_px)
        boxes = found.boxes[large].astype(np.float64)
        sizes = self._finest.scale * np.sqrt(boxes[:, 2] * boxes[:, 3])
        bare = np.maximum(2 * bare_around(self._ink, boxes) - 1, 0)
        return self._plausible * float(found.edges[large] @ (sizes * bare))


def _found_anew(
    ink: InkMap,
    outlines: Outlines | None,
    finest: Level,
    levels: Iterable[Level],
    polarity: Literal["dark", "light"],
    settings: FindSettings,
    thorough: bool,
    explain: bool,
) -> Found:
    """All marks of the finest level, and of those further ones that are looked at."""
    trace = Trace() if explain else None
    marks, left = find_marks(ink, outlines, finest, settings, thorough, trace)
    if trace is not None:
        # Beside rules that are far darker there is ink that was told only without them.
        mask = ink.mask if left is None else np.asarray(cv2.bitwise_or(ink.mask, left), np.uint8)
        trace.inks.append(Ink(mask, finest.scale))
    too_noisy = ink.too_noisy
    for level in levels:
        coarse = find_ink(level, settings)
        own, _ = find_marks(coarse, outlines_of(coarse), level, settings, thorough, trace)
        marks += own
        too_noisy |= coarse.too_noisy
        if trace is not None and own:
            trace.inks.append(Ink(coarse.mask, level.scale))
    too_noisy |= sum(mark.part is None for mark in marks) >= settings.max_candidates
    candidates = _strongest(marks, settings, trace)
    page = None
    if outlines is not None:
        boxes = np.array([i.box for i in candidates], np.float64).reshape(-1, 4)
        ends = np.array([i.outlines or (-1, -1) for i in candidates], np.intp).reshape(-1, 2)
        page = Page.of(outlines, boxes / finest.scale, ends, settings, apart=left is not None)
    return Found(
        polarity,
        candidates,
        ink=ink,
        coarse=finest.coarse,
        scale=finest.scale,
        too_noisy=too_noisy,
        page=page,
        trace=trace,
    )


def _strongest(
    marks: list[Candidate], settings: FindSettings, trace: Trace | None
) -> tuple[Candidate, ...]:
    """Those marks that are not faint beside the others, the largest first, and not too many.

    Pieces of marks have a limit of their own, since a way through a mark needs them all.
    """
    contrast = np.array([mark.contrast for mark in marks])
    size = np.array([max(mark.core.shape) for mark in marks])
    dark = strong(contrast, size, settings.faintest)
    if trace is not None:
        trace.dropped += [Dropped(i.box, Verdict.TOO_FAINT) for i in compress(marks, ~dark)]
    marks = list(compress(marks, dark))
    rooms = rooms_of(np.array([mark.box for mark in marks], np.int64))
    marks = [marks[i] for i in np.argsort(-rooms, kind="stable").tolist()]
    whole = np.cumsum([mark.part is None for mark in marks])
    few = [
        mark.part is not None or number <= settings.max_candidates
        for mark, number in zip(marks, whole.tolist(), strict=True)
    ]
    if trace is not None:
        trace.dropped += [
            Dropped(mark.box, Verdict.TOO_MANY)
            for mark, stays in zip(marks, few, strict=True)
            if not stays
        ]
    return tuple(compress(marks, few))
