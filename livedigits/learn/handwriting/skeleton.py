"""The written form of a character: `Style`, its skeletons, and the notation they are noted in.

    4 1.5 one stroke
        62,64 34,66 2,66^ 24,34 46,0^ 45,50 44,100
        60,58 34,60 4,60^ 26,30 48,2^ 46,50 44,100

A style is headed by its character, its weight and its name; its skeletons follow, indented, one a
line. A skeleton is a few knots ``x,y`` through which the pen passes, in hundredths of the height of
a digit: x to the right, y down, 0 the top and 100 the line. The pen turns smoothly at a knot,
sharply at one marked with ``^``, and is lifted at ``|``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Style:
    """One way of writing one character.

    Attributes:
        name: what tells it from the character's other styles.
        weight: how common it is, relative to the others; with 0 it is written only if asked for.
        knots: float64 (skeletons, n, 2), the knots of every stroke one after the other, in heights.
            All skeletons of a style have the same strokes; a hand writes a mixture of them.
        smooth: float64 (n,), 1 where the pen turns smoothly, 0 at corners and at ends of strokes.
        corner: float64 (n,), 1 at corners alone.
        stroke: int64 (n,), index of each knot's stroke.
        spans: first and one past the last knot of each stroke.
        ends: int64 (2 * strokes,), where each stroke begins and ends.
        beside: int64 (2 * strokes,), the knot next to each of these.
    """

    name: str
    weight: float
    knots: NDArray[np.float64]
    smooth: NDArray[np.float64]
    corner: NDArray[np.float64]
    stroke: NDArray[np.int64]
    spans: tuple[tuple[int, int], ...]
    ends: NDArray[np.int64]
    beside: NDArray[np.int64]


Styles = Mapping[str, tuple[Style, ...]]
"""Every way of writing some characters, by character."""


def read_styles(table: str) -> Styles:
    """Reads a table of styles in the notation above.

    Raises:
        ValueError: a knot is no pair of numbers, or the skeletons of a style differ in strokes,
            knots or corners.
    """
    blocks: list[tuple[str, list[str]]] = []
    for line in filter(str.strip, table.splitlines()):
        if line[0].isspace():
            blocks[-1][1].append(line)
        else:
            blocks.append((line, []))
    styles: dict[str, tuple[Style, ...]] = {}
    for head, skeletons in blocks:
        character, weight, name = head.split(maxsplit=2)
        style = _style(name, float(weight), skeletons)
        styles[character] = (*styles.get(character, ()), style)
    return MappingProxyType(styles)


def _style(name: str, weight: float, skeletons: list[str]) -> Style:
    parsed = [[part.split() for part in skeleton.split("|")] for skeleton in skeletons]
    knots, corners, strokes = [], [], []
    for parts in parsed:
        flat = [knot for part in parts for knot in part]
        knots.append([[float(value) / 100 for value in k.rstrip("^").split(",")] for k in flat])
        corners.append([float(k.endswith("^")) for k in flat])
        strokes.append([index for index, part in enumerate(parts) for _ in part])
    if any(c != corners[0] or s != strokes[0] for c, s in zip(corners, strokes, strict=True)):
        raise ValueError(f"the skeletons of style {name!r} differ in strokes, knots or corners")
    stroke, corner = np.array(strokes[0]), np.array(corners[0])
    starts = np.flatnonzero(np.diff(stroke, prepend=-1)).tolist()
    spans = tuple(zip(starts, [*starts[1:], len(stroke)], strict=True))
    ends = np.array([knot for first, end in spans for knot in (first, end - 1)])
    beside = np.array([knot for first, end in spans for knot in (first + 1, end - 2)])
    smooth = 1 - corner
    smooth[ends] = 0.0
    return Style(
        name, weight, np.array(knots), smooth, corner, stroke, spans, ends=ends, beside=beside
    )
