"""Rules: straight lines that are no ink of a digit, taken out of the marks that they hold together.

Ruled paper, the boxes of a form and the grid of a table hold on to the digits that touch them, and
all of it together is one large mark.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.frames import frame_lines
from livedigits.find.ink import InkMap, Mask
from livedigits.find.leftovers import without_leftovers
from livedigits.find.lines import Line, draw, level, lines_in, thin_in
from livedigits.find.outlines import Outlines, components, strong
from livedigits.find.pale import PALE, pale_marks, pen_in
from livedigits.settings import FindSettings

Indices = npt.NDArray[np.intp]

_THICK = 1.6
"""Rules are about as wide as the strokes of their mark; where a stroke crosses they are wider."""

_KNOWN = 1.1
"""Of a frame's lines the width is known."""

_SPAN = 0.6
"""A rule runs along so much of its mark's longer side ..."""

_LONG = 4.0
"""... or is so many times as long as the marks of the picture are tall."""

_HELD = 0.5
"""Least length of the strokes that a rule holds, in heights of the marks of the picture: a lone 1
may hang on a rule from border to border."""

_BOX = 3
"""Rules that make a box: four sides, one of them lost. A 4 has two."""

_TALL = 3.0
"""What is so many times as tall as the marks of the picture is a margin's rule and no digit."""

_SLENDER = 0.4
"""Widest mark of a margin's rule and the digits at it, in heights of the mark."""

_BARE = 0.4
"""Least length of a piece that nothing crosses, in heights of a mark, for a line to be followed."""

_TABLE = 2.0
"""Least height and width of a table, in heights of the marks of the picture."""

_FILLED = 0.85
"""Least share of its smallest rectangle that a frame fills with what is in it; an ellipse, and a 0,
fills 0.79."""

_HOLLOW = 0.7
"""Most ink of a frame and what is in it, as a share of its box."""

_SLIM = 4.0
"""Least height of a piece of a rule, in widths."""

_WEAKER, _PEN = 0.75, 75
"""A rule that is so much paler than this percentile of its mark's ink is none of its strokes; a
piece of one may hang on a digit."""

_SIDE = 0.8
"""The side of a box is hardly shorter than the digit in it."""

_CROSSING = 2.0
"""What is so many times as long as the marks of the picture are tall and crosses a rule is one of
those that run beside it, cut short by a digit."""

_AROUND = 1.5
"""Length over which the strength of a rule is told, in heights of the marks of the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Freed:
    """Ink without its rules.

    Attributes:
        ink: what is left.
        loose: of that, what had rules in it, 255; `(h, w)` uint8.
        taken: the outlines of the marks that had rules in them, `(n,)`.
    """

    ink: InkMap
    loose: Mask
    taken: Indices


def free(
    ink: InkMap,
    found: Outlines,
    fit: npt.NDArray[np.bool_],
    usual: float,
    settings: FindSettings,
) -> Freed | None:
    """Takes the rules out of the marks that may be digits and rules in one, straight lines or pale.

    Args:
        ink: what is written on a level.
        found: its outlines.
        fit: which of them may be a digit as they are: only boxes are taken out of those that are
            not far too tall.
        usual: height of those, in pixels.
        settings: how many marks are tried, of either kind.

    Returns:
        None where there are no rules.
    """
    possible = _possible(found, settings)
    frames = _frames(found, possible, settings)
    carriers = _carriers(found, possible, usual, settings)
    rests = list[tuple[int, Mask, Mask]]()
    for i in list(dict.fromkeys((*frames, *carriers)))[: settings.max_carriers]:
        alone = found.alone(i)
        frame = _frame(ink, found, i, alone) if i in frames else []
        if not frame and i not in carriers:
            continue
        w, h = found.boxes[i, 2:].tolist()
        margin = h >= _TALL * usual and w < _SLENDER * h
        box = bool(fit[i]) and not margin
        strength, stroke = _strength(ink, found, i), float(found.strokes[i])
        rest = without_rules(alone, strength, stroke, usual, box=box, frame=frame)
        if rest is not None:
            rests.append((i, alone, rest))
    for i, paleness in pale_marks(found, usual, settings).items():
        alone = found.alone(i)
        rest = pen_in(alone, _strength(ink, found, i), float(found.strokes[i]), paleness)
        if rest is not None:
            rests.append((i, alone, rest))
    if not rests:
        return None
    mask, loose = ink.mask.copy(), np.zeros_like(ink.mask)
    for i, alone, rest in rests:
        x, y, w, h = found.boxes[i]
        for picture in (mask, loose):
            here = picture[y : y + h, x : x + w]
            here[alone[1:-1, 1:-1] > 0] = 0
            cv2.bitwise_or(here, rest[1:-1, 1:-1], dst=here)
    return Freed(replace(ink, mask=mask), loose, np.array([i for i, *_ in rests], np.intp))


def _possible(found: Outlines, settings: FindSettings) -> npt.NDArray[np.bool_]:
    """Which outlines may be lines with digits in them or at them: blots and objects are no lines,
    and pale squares that the pen's ink stands apart from hold nothing."""
    w, h = found.boxes[:, 2:].T
    possible = found.outer & (np.minimum(w, h) >= settings.min_height_px)
    possible &= found.strokes < 0.25 * np.minimum(w, h)
    return np.asarray(possible & strong(found.edges, np.maximum(w, h), PALE), np.bool_)


def _frames(found: Outlines, possible: npt.NDArray[np.bool_], settings: FindSettings) -> list[int]:
    """Marks that may be frames, the largest first: they fill a rectangle, but for their holes."""
    w, h = found.boxes[:, 2:].T
    around = np.zeros(len(found.boxes), np.bool_)
    around[found.parents[~found.outer]] = True
    around &= possible & (found.areas < _HOLLOW * w * h)
    frames = []
    for i in np.flatnonzero(around).tolist():
        _, (wide, tall), _ = cv2.minAreaRect(found.contours[i])
        if cv2.contourArea(found.contours[i]) > _FILLED * wide * tall:
            frames.append(i)
    return sorted(frames, key=lambda i: -int(w[i] * h[i]))[: settings.max_carriers]


def _frame(ink: InkMap, found: Outlines, mark: int, alone: Mask) -> list[Line]:
    """The lines of a mark that may be a frame, in pixels of the mark alone."""
    outline = found.contours[mark] - (found.boxes[mark, :2] - 1)
    return frame_lines(alone, _strength(ink, found, mark), np.asarray(outline, np.int32))


def _strength(ink: InkMap, found: Outlines, mark: int) -> Mask:
    """Strength of the ink in the place of a mark alone, with a pixel around it."""
    x, y, w, h = found.boxes[mark].tolist()
    strength = ink.strength[y : y + h, x : x + w]
    return np.asarray(cv2.copyMakeBorder(strength, 1, 1, 1, 1, cv2.BORDER_REPLICATE), np.uint8)


def _carriers(
    found: Outlines, possible: npt.NDArray[np.bool_], usual: float, settings: FindSettings
) -> list[int]:
    """Marks that may hold digits together, the largest first."""
    w, h = found.boxes[:, 2:].T
    large = possible & (np.maximum(w, h) >= 1.5 * usual) & (found.areas < 0.5 * w * h)
    # A bare rule holds nothing.
    large &= found.lengths > _HELD * usual + 1.02 * np.hypot(w, h)
    carriers = np.flatnonzero(large)
    order = np.argsort(-(w * h)[carriers], kind="stable")
    return list(map(int, carriers[order][: settings.max_carriers]))


def without_rules(
    mask: Mask,
    strength: Mask,
    stroke: float,
    height: float,
    *,
    box: bool = False,
    frame: Sequence[Line] = (),
) -> Mask | None:
    """A mark without its rules.

    Args:
        mask: the mark alone, with a bare pixel around it.
        strength: of the ink in the same place.
        stroke: mean width of its strokes, in pixels.
        height: of the marks of the picture that may be digits, in pixels.
        box: whether the mark may be a digit itself: only a box or more is taken out then, or rules
            that are paler than the mark.
        frame: lines that are known already.

    Returns:
        What is left of it; None where it has no rules.
    """
    # In a box or a comb all is known by its frame; a table has more lines than run through it.
    known = bool(frame) and min(mask.shape) < _TABLE * height
    thick = _KNOWN * max(i.wide for i in frame) if known else _THICK * stroke
    across = math.ceil(thick + 1)
    least = min(_SPAN * max(mask.shape), _LONG * height)
    piece = _BARE * min(height, least)
    thin = {side: thin_in(mask, across, upright=side) for side in (False, True)}
    lines = []
    if not known:
        lines = [i for j in thin for i in lines_in(mask, thin[j], across, piece, upright=j)]
    rules = [*frame, *(line for line in lines if line.length >= least)]
    if not rules:
        return None
    span = math.ceil(_AROUND * height)
    long, pen = _drawn(rules, mask, thin, strength, span)
    # The sides of a box may be no longer than a digit is tall, but they run from rule to rule.
    sides = [line for line in lines if _SIDE * height <= line.length < least and line.is_bare]
    reach, ways = math.ceil(stroke) + 2, {line.upright for line in rules}
    cut_short = _CROSSING * height
    sides = [
        line
        for line in sides
        if line.joins(long, reach)
        or (line.upright in ways and line.length >= cut_short and line.crosses(long, reach))
    ]
    if box and len(rules) + len(sides) < _BOX:
        dark = float(np.percentile(strength[mask > 0], _PEN))
        pale = [i for i in rules if level(i, thin[i.upright], strength) < _WEAKER * dark]
        if not pale:
            return None
        sides = []
        long, pen = _drawn(pale, mask, thin, strength, span)
    if sides:
        short, over = _drawn(sides, mask, thin, strength, span)
        long, pen = cv2.bitwise_or(long, short), cv2.bitwise_or(pen, over)
    rest = _hanging_on(cv2.subtract(mask, long), pen)
    return without_leftovers(rest, mask, across, slim=math.inf if known else _SLIM)


def _drawn(
    lines: list[Line], mask: Mask, thin: dict[bool, Mask], strength: Mask, span: int
) -> tuple[Mask, Mask]:
    """The pixels that are the lines' own, and those of them that a pen has gone over."""
    own, pen = np.zeros_like(mask), np.zeros_like(mask)
    for line in lines:
        draw(line, mask, thin[line.upright], strength, span, own, pen)
    return own, pen


def _hanging_on(rest: Mask, pen: Mask) -> Mask:
    """What is left, with what the pen has gone over where that hangs on it: alone it is uneven
    print."""
    both = cv2.bitwise_or(rest, pen)
    count, labels, _ = components(both)
    kept = np.zeros(count, np.bool_)
    kept[labels[rest > 0]] = True
    return np.where(kept[labels], both, 0).astype(np.uint8)
