"""Candidates: of everything written on a level, what may be a digit.

That is marks of a digit's size and shape, what is left of larger ones without the rules that hold
them together, pieces that may belong together, and pieces of marks that may be several digits. The
model decides between them: where several lie in one place, the surest reading wins.
"""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.cuts import cut
from livedigits.find.ink import InkMap, Level, Mask, ink_without
from livedigits.find.joins import pairs_to_join
from livedigits.find.leftovers import without_tails
from livedigits.find.marks import Candidate, measured, rooms_of
from livedigits.find.outlines import Outlines, outlines_of, strong
from livedigits.find.rules import Freed, free
from livedigits.find.sizes import LIMITS, Sizes
from livedigits.find.trace import Trace
from livedigits.inspection import Verdict
from livedigits.settings import FindSettings

Indices = npt.NDArray[np.intp]

# A thick stroke is hollow on a fine level and a fine pen is cut short on a coarse one; in between
# both levels see it whole, and the finer one has it sharper.
_COARSE_STROKE = 4.0

_TANGLE = 4.0
"""Longest strokes of writing, in widths and heights of the mark; those of an 8 are 2.5 long."""

_PALER = 0.7
"""Beside rules, some of what is so much paler is too pale to be told as ink."""

_CLEARLY = 0.8
"""Edges of ink are paler than its core, and those of thin strokes more so."""


def find_marks(
    ink: InkMap,
    found: Outlines | None,
    level: Level,
    settings: FindSettings,
    thorough: bool = True,
    trace: Trace | None = None,
) -> tuple[list[Candidate], Mask | None]:
    """Marks that may be digits, and what is left of the ink where rules were taken out of some.

    Args:
        ink: what is written on the level.
        found: its outlines.
        level: its place in the pyramid.
        settings: limits of size and shape.
        thorough: whether to look into larger marks, for rules and for digits that touch.
        trace: takes in what is found and goes.
    """
    if found is None:
        return [], None
    sizes = Sizes.of(found, ink, level, settings)
    thorough &= not ink.too_noisy
    freed = free(ink, found, sizes.shaped, sizes.usual, settings) if thorough else None
    if freed is None:
        marks = _marks(ink, level, found, sizes, settings, trace)
        if thorough:
            marks += _pieces(ink, level, found, sizes, settings)
        return marks, None
    if trace is not None:
        told = freed.taken[_told(found, level)[freed.taken]]
        trace.drop(found.boxes[told], Verdict.TAKEN_APART, level.scale)
    # Taken for a box, a mark may yet be a digit, so it is tried as it was, too.
    thick = level.depth == 0 or found.strokes >= _COARSE_STROKE
    boxes = freed.taken[(sizes.fit & thick)[freed.taken]]
    whole = measured(ink, level.scale, found, [[i] for i in boxes.tolist()])
    if level.depth > 0:
        whole = _hidden(whole)
    _add_paler(freed, ink, level, found.boxes[freed.taken], settings)
    left = outlines_of(freed.ink)
    if left is None:
        return whole, freed.ink.mask
    sizes = Sizes.of(left, freed.ink, level, settings)
    origins = _origins(left, found, freed.loose)
    marks = _marks(freed.ink, level, left, sizes, settings, trace, origins)
    marks += _pieces(freed.ink, level, left, sizes, settings)
    return [_freed(i, freed.loose, level.scale) for i in marks] + whole, freed.ink.mask


def _add_paler(
    freed: Freed,
    ink: InkMap,
    level: Level,
    boxes: npt.NDArray[np.int32],
    settings: FindSettings,
) -> None:
    """Adds to freed ink what was too pale to be told beside its rules: a pencil in printed boxes.

    Args:
        freed: takes it in.
        ink: as it was.
        level: its place in the pyramid.
        boxes: of the marks that had rules in them, `(n, 4)`.
        settings: what is ink.
    """
    rules = np.asarray(cv2.subtract(ink.mask, freed.ink.mask), np.uint8)
    places = [np.s_[y : y + h, x : x + w] for x, y, w, h in boxes]
    bold = [
        here
        for here in places
        if cv2.mean(ink.strength[here], freed.ink.mask[here])[0]
        < _PALER * cv2.mean(ink.strength[here], rules[here])[0]
    ]
    if not bold:
        return
    paler = ink_without(rules, ink, level, settings)
    for here in bold:
        for picture in (freed.ink.mask, freed.loose):
            cv2.bitwise_or(picture[here], paler[here], dst=picture[here])


def _marks(
    ink: InkMap,
    level: Level,
    found: Outlines,
    sizes: Sizes,
    settings: FindSettings,
    trace: Trace | None,
    origins: Indices | None = None,
) -> list[Candidate]:
    """Marks of a digit's size, the largest first; then pairs of pieces.

    Args:
        ink: what is written.
        level: its place in the pyramid.
        found: its outlines.
        sizes: theirs.
        settings: limits of size and shape.
        trace: takes in what goes.
        origins: see `_origins`; None where nothing has been taken out.
    """
    longest = found.boxes[:, 2:].max(axis=1)
    marks = np.flatnonzero(found.outer & (longest >= settings.min_height_px))
    fit = np.flatnonzero(sizes.fit)
    # What is left is measured one by one, so all that is clearly faint goes at once.
    faint = _CLEARLY * settings.faintest
    dark = fit[strong(found.edges[fit], longest[fit], faint)]
    large = np.argsort(-rooms_of(found.boxes[dark]), kind="stable")
    bodies = dark[large][: settings.max_candidates]
    if trace is not None:
        _tell(trace, (fit, dark, bodies), found, sizes, level, settings)
    if level.depth > 0:
        bodies = bodies[found.strokes[bodies] >= _COARSE_STROKE]
    pieces = [[i] for i in bodies.tolist()]
    if not ink.too_noisy:
        pairs = pairs_to_join(found.boxes[bodies], found.boxes[marks], settings)
        pieces += [[int(bodies[body]), int(marks[mark])] for body, mark in pairs]
    own = [without_tails(mark) for mark in measured(ink, level.scale, found, pieces)]
    if level.depth > 0:
        return _hidden(own)
    if origins is None:
        return own
    as_they_were = [(int(origins[i[0]]), int(origins[i[-1]])) for i in pieces]
    # Those without outlines have lost a tail.
    return [
        replace(
            mark, hidden=ends[0] < 0, outlines=ends if mark.outlines and min(ends) >= 0 else None
        )
        for mark, ends in zip(own, as_they_were, strict=True)
    ]


def _freed(mark: Candidate, loose: Mask, scale: float) -> Candidate:
    """A mark, told to have been freed if it stands among what is loose."""
    x, y, w, h = (round(i / scale) for i in mark.box)
    return replace(mark, freed=True) if loose[y : y + h, x : x + w].any() else mark


def _hidden(marks: list[Candidate]) -> list[Candidate]:
    """Marks of a coarser level."""
    return [replace(mark, hidden=True, outlines=None) for mark in marks]


def _origins(left: Outlines, found: Outlines, loose: Mask) -> Indices:
    """Which outline each one that is left was before rules were taken out; -1 where it had some.

    Args:
        left: what is left.
        found: what there was.
        loose: what had rules in it, 255.
    """
    x, y = left.starts.T
    keys, known = (i.starts[:, 1].astype(np.int64) << 32 | i.starts[:, 0] for i in (left, found))
    # The outline of a hole may start where another one does.
    outer = np.flatnonzero(found.outer)
    outer = outer[np.argsort(known[outer])]
    places = np.minimum(np.searchsorted(known[outer], keys), len(outer) - 1)
    same = left.outer & (known[outer][places] == keys) & (loose[y, x] == 0)
    return np.asarray(np.where(same, outer[places], -1), np.intp)


def _pieces(
    ink: InkMap, level: Level, found: Outlines, sizes: Sizes, settings: FindSettings
) -> list[Candidate]:
    """Pieces of marks that may be several digits side by side."""
    marks = np.flatnonzero(found.outer & (found.boxes[:, 3] >= settings.min_height_px))
    wide = _wide(marks, found, sizes, level, settings)
    wholes = measured(ink, level.scale, found, [[i] for i in wide.tolist()])
    return cut([without_tails(mark) for mark in wholes], level, settings)


def _wide(
    marks: Indices, found: Outlines, sizes: Sizes, level: Level, settings: FindSettings
) -> Indices:
    """Marks that may be several digits side by side, the narrowest first."""
    w, h = found.boxes[marks, 2:].T
    strokes = found.strokes[marks]
    wide = (w > settings.least_cut_width * h) & (w < settings.most_cut_width * h)
    # A blot is no writing, nor is a tangle, a ring, or what is far taller than all that is.
    wide &= found.lengths[marks] < _TANGLE * (w + h)
    wide &= (strokes < 0.3 * h) & (strokes < 0.25 * w) & (h < 3 * sizes.usual)
    for why in (Verdict.TOO_TALL, Verdict.RING, Verdict.CUT_OFF):
        wide &= ~sizes.misfits[LIMITS.index(why), marks]
    if level.depth > 0:
        wide &= strokes >= _COARSE_STROKE
    size = found.boxes[marks, 2:].max(axis=1)
    chosen = marks[wide & strong(found.edges[marks], size, settings.least_cut_ink)]
    # Two digits touch more often than five do.
    order = np.argsort(found.boxes[chosen, 2] / found.boxes[chosen, 3], kind="stable")
    return np.asarray(chosen[order], np.intp)


def _tell(
    trace: Trace,
    left: tuple[Indices, Indices, Indices],
    found: Outlines,
    sizes: Sizes,
    level: Level,
    settings: FindSettings,
) -> None:
    """Tells which outlines go and why.

    Args:
        trace: takes them in.
        left: what was left after each step: those that fit, that are dark, that are not too many.
        found: all outlines.
        sizes: theirs.
        level: of theirs.
        settings: limits of size and shape.
    """
    fit, dark, bodies = left
    outlines = np.flatnonzero(_told(found, level))
    odd = np.setdiff1d(outlines, fit)
    first = sizes.misfits[:, odd].argmax(axis=0)
    # The form of specks says nothing: they are short above all.
    first[found.boxes[odd, 2:].max(axis=1) < settings.min_height_px] = len(LIMITS) - 1
    trace.drop(found.boxes[odd], [LIMITS[i] for i in first], level.scale)
    for before, after, why in (
        (fit, dark, Verdict.TOO_FAINT),
        (dark, bodies, Verdict.TOO_MANY),
    ):
        gone = np.intersect1d(np.setdiff1d(before, after), outlines)
        trace.drop(found.boxes[gone], why, level.scale)


def _told(found: Outlines, level: Level) -> npt.NDArray[np.bool_]:
    """Which marks are told of: strokes that a coarser level cuts short were on the finer one."""
    return np.asarray(found.outer & ((level.depth == 0) | (found.strokes >= _COARSE_STROKE)))
