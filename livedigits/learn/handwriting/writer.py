"""People and how they write: `Writer`, `new_writer` and `write`."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, tan
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from livedigits.learn.handwriting import curve
from livedigits.learn.handwriting.digits import DIGIT_STYLES
from livedigits.learn.handwriting.letters import LETTER_STYLES
from livedigits.learn.handwriting.pen import Glyph, Stroke
from livedigits.learn.handwriting.skeleton import Style, Styles
from livedigits.learn.handwriting.symbols import AMBIGUOUS_STYLES, SYMBOL_STYLES

Floats = NDArray[np.float64]

DIGITS = "".join(DIGIT_STYLES)
"""The ten digits."""

LETTERS = "".join(LETTER_STYLES)
"""Letters that nobody takes for a digit."""

SYMBOLS = "".join(SYMBOL_STYLES)
"""Signs that nobody takes for a digit."""

AMBIGUOUS = "".join(AMBIGUOUS_STYLES)
"""Signs that can pass for a digit, or for part of one, where they stand alone."""

STYLES: Styles = MappingProxyType(
    {**DIGIT_STYLES, **LETTER_STYLES, **SYMBOL_STYLES, **AMBIGUOUS_STYLES}
)
"""Every way of writing every character, by character."""

PEN_WIDTHS = (0.02, 0.22)
"""The thinnest and the broadest pen, in heights of a digit: a hairline and a bold marker."""

_LEFT = np.linspace(1, 0, 1 + curve.SAMPLES)  # how near each point of a piece is to its first knot
_TAPER = np.linspace(0, 1, 8)  # how far the last points of a stroke have thinned
_HOOK = np.linspace(1, 0, 6)[:5, None] ** 2  # how far a hook pulls the first points of a stroke

_INDEX = {character: index for index, character in enumerate(STYLES)}
_SKELETONS = max(len(style.knots) for styles in STYLES.values() for style in styles)
_KNOTS = max(style.knots.shape[1] for styles in STYLES.values() for style in styles)
_CHOICES = max(len(styles) for styles in STYLES.values())


def _shares() -> Floats:
    """Where on [0, 1] each style but the last ends, by character; 2, out of reach, for the rest."""
    table = np.full((len(STYLES), _CHOICES), 2.0)
    for row, styles in zip(table, STYLES.values(), strict=True):
        weights = np.array([style.weight for style in styles])
        row[: len(styles) - 1] = weights.cumsum()[:-1] / weights.sum()
    return table


_SHARES = _shares()


@dataclass(frozen=True, slots=True)
class Writer:
    """One person's habits, the same all over a page.

    Lengths are in heights of a digit, angles in radians.

    Attributes:
        styles: index into `STYLES[character]` of the way this person writes each character.
        slant: lean of upright strokes, to the right where positive.
        aspect: width of everything against what is usual.
        middle: how far everything's waist lies below where it usually is.
        pen_width: width of the line where the pen is slow.
        looseness: how far one instance of a character differs from the next; 1 is usual.
        roundness: length of the curves' tangents; 1.15 is about a circle's, less is angular.
        softness: how far corners are rounded off, 0 to 1.
        tremor: size of the small wobble of an unsteady hand.
        contrast: by how much of its width the line thins where the pen is fast, 0 to 1.
        taper: by how much of its width the line thins towards the end of a stroke, 0 to 1.
        closure: how far strokes run beyond their end, on average; negative leaves gaps.
        hooks: probability that a stroke begins or ends with a small hook.
        size_spread: how far sizes differ, relative, where the looseness is usual.
        baseline_spread: how far the place on the line differs, where the looseness is usual.
        mixture: float64 (characters, skeletons), preferences among the skeletons of a style.
        hand: float64 (knots, 2), this person's own deviation from every skeleton.
    """

    styles: Mapping[str, int]
    slant: float
    aspect: float
    middle: float
    pen_width: float
    looseness: float
    roundness: float
    softness: float
    tremor: float
    contrast: float
    taper: float
    closure: float
    hooks: float
    size_spread: float
    baseline_spread: float
    mixture: Floats
    hand: Floats


def new_writer(
    rng: np.random.Generator,
    *,
    styles: Mapping[str, int] | None = None,
    pen_width: float | None = None,
) -> Writer:
    """A person nobody has met yet.

    Args:
        rng: where chance comes from.
        styles: styles that are given beforehand, by character; the others come by chance, as often
            as they are common.
        pen_width: width of the line in heights, instead of one by chance; 0.02 to 0.22.
    """
    picks = (rng.random((len(STYLES), 1)) > _SHARES).sum(axis=1).tolist()
    chosen = dict(zip(STYLES, picks, strict=True))
    if styles is not None:
        chosen.update(styles)
    z = _chance(rng, 8).tolist()
    u = rng.random(6).tolist()
    width = 0.075 * exp(0.42 * z[3]) if u[0] < 0.9 else rng.uniform(*PEN_WIDTHS)
    width = float(np.clip(width if pen_width is None else pen_width, *PEN_WIDTHS))
    looseness = exp(0.38 * z[0])
    return Writer(
        styles=chosen,
        slant=0.10 + 0.16 * z[1],
        # With a broad pen people write wide, or their loops would fill.
        aspect=min(1.45, exp(0.05 + 0.19 * z[2]) * (1 + 2.5 * max(0.0, width - 0.1))),
        middle=0.025 * z[7],
        pen_width=width,
        looseness=looseness,
        roundness=1.15 + 0.11 * z[4],
        softness=max(0.0, 0.15 + 0.25 * z[5]),
        tremor=0.004 * u[1] ** 3 + (0.006 * u[3] if u[3] > 0.95 else 0.0),
        contrast=0.35 * u[4] ** 2,
        taper=0.7 * u[5] ** 2,
        closure=0.015 * z[6],
        hooks=0.25 * u[2] ** 2,
        size_spread=0.05,
        baseline_spread=0.03,
        mixture=_chance(rng, len(STYLES), _SKELETONS),
        hand=_chance(rng, _KNOTS, 2),
    )


def write(character: str, writer: Writer, rng: np.random.Generator) -> Glyph:
    """Writes a character once more; no two are the same.

    Args:
        character: one of `STYLES`.
        writer: whose hand it is.
        rng: where chance comes from.

    Raises:
        KeyError: the character has no skeleton.
    """
    style = STYLES[character][writer.styles[character]]
    knots = _bend(_shape(character, style, writer, rng), writer, rng)
    smooth = style.smooth + writer.softness * style.corner
    points = curve.sample(knots, smooth, writer.roundness)
    widths = _widths(knots, writer, rng)
    strokes = []
    for first, end in style.spans:
        path = np.concatenate([knots[first : first + 1], points[first : end - 1].reshape(-1, 2)])
        width = np.concatenate([widths[first, :1], widths[first : end - 1, 1:].ravel()])
        strokes.append(_finish(path, width, writer, rng))
    return Glyph(character, tuple(strokes))


def _chance(rng: np.random.Generator, *shape: int) -> Floats:
    """Normal variates; the far tails, where digits fall apart, are drawn in."""
    return rng.standard_normal(shape).clip(-2.2, 2.2)


def _shape(character: str, style: Style, writer: Writer, rng: np.random.Generator) -> Floats:
    """The knots, upright: a mixture of the style's skeletons, deviating as this person does."""
    loose = writer.looseness
    skeletons, count, _ = style.knots.shape
    favour = writer.mixture[_INDEX[character], :skeletons]
    share = np.exp(1.4 * favour + 0.5 * loose * _chance(rng, skeletons))
    share /= share.sum()
    knots = (share @ style.knots.reshape(skeletons, -1)).reshape(count, 2)

    chance = _chance(rng, count, 2)
    chance[1:] += chance[:-1]  # the hand's error runs on from knot to knot
    knots += 0.016 * writer.hand[:count] + 0.010 * loose * chance
    if len(style.spans) > 1:
        knots += (0.016 * loose * _chance(rng, len(style.spans), 2))[style.stroke]

    # Strokes begin and end a bit too early or too late.
    outward = knots[style.ends] - knots[style.beside]
    reach = writer.closure + 0.02 * loose * _chance(rng, len(style.ends))
    reach /= np.hypot(outward[:, 0], outward[:, 1]) + 0.05
    knots[style.ends] += outward * reach[:, None]
    return knots


def _bend(knots: Floats, writer: Writer, rng: np.random.Generator) -> Floats:
    """Slant, proportions, size and a gentle warp of the plane, which keeps joints joined."""
    z = (writer.looseness * _chance(rng, 10)).tolist()
    x, y = knots[:, 0] - 0.3, knots[:, 1] - 0.5
    x = x + 0.02 * z[0] * np.sin(4 * y + 3 * z[1])
    y = y + 0.013 * z[2] * np.sin(4 * x + 3 * z[3])
    y = y + (writer.middle + 0.025 * z[4]) * (1 - 4 * y * y)
    size = exp(writer.size_spread * z[5])
    turn = 0.025 * z[6]
    wide = size * (writer.aspect * exp(0.07 * z[7]) * x - tan(writer.slant + 0.035 * z[8]) * y)
    tall = size * y
    bent = np.empty_like(knots)
    bent[:, 0] = wide - turn * tall + 0.3
    bent[:, 1] = tall + turn * wide + 1 - 0.5 * size + writer.baseline_spread * z[9]
    return bent


def _widths(knots: Floats, writer: Writer, rng: np.random.Generator) -> Floats:
    """The line's width, (pieces, 1 + SAMPLES): thinner where the pen covers much ground."""
    chord = knots[1:] - knots[:-1]
    speed = np.hypot(chord[:, 0], chord[:, 1])
    at_knot = np.empty(len(knots))
    at_knot[0], at_knot[-1] = 0.6 * speed[0], speed[-1]
    at_knot[1:-1] = (speed[1:] + speed[:-1]) / 2
    factor = 1 - writer.contrast * np.minimum(at_knot / 0.4, 1.5)
    factor += 0.05 * _chance(rng, len(knots))
    widths = np.outer(factor[:-1], _LEFT) + np.outer(factor[1:], 1 - _LEFT)
    return np.asarray(np.maximum(widths, 0.3) * writer.pen_width)


def _finish(path: Floats, width: Floats, writer: Writer, rng: np.random.Generator) -> Stroke:
    """A stroke with its taper, its tremor and, where this person makes them, its hooks."""
    count = len(path)
    if writer.taper > 0.05:
        width[-len(_TAPER) :] *= 1 - writer.taper * _TAPER[-count:]
    if writer.tremor > 0.0005:
        noise = _chance(rng, count + 2, 2)
        path += writer.tremor * (noise[2:] + noise[1:-1] + noise[:-2])
    if writer.hooks > 0 and rng.random() < writer.hooks:
        end = path if rng.random() < 0.5 else path[::-1]
        end[: len(_HOOK)] += _HOOK * (0.05 * _chance(rng, 2))
    return Stroke(path.astype(np.float32), width.astype(np.float32))
