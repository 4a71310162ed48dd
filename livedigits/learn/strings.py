"""Strings: digits, letters and signs that run together, with the ink of each.

    makers = Makers(digits, letters)
    string = makers.string(rng)         # "47" in one hand, say, as one mark
    string.faults(0.1)                  # how far each line that leans so is from cutting it well
    string.pieces(rng)                  # its 4 and its 7, cut apart

People write digits into each other, over each other and along each other's bows. Such marks teach
where to cut (`cutting`), as it is known of each line through a mark how much of a digit it cuts
off; and their pieces teach what digits look like that have been cut apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_letters

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.outlines import largest
from livedigits.find.seams import SLANTS, leaning, shrunk
from livedigits.learn.canvases import NOT_A_DIGIT, Canvases, Picture, place
from livedigits.learn.handwriting import (
    AMBIGUOUS,
    DIGITS,
    LETTERS,
    SYMBOLS,
    draw_on,
    new_writer,
    write,
)
from livedigits.learn.typefaces import Typeface

Rng = np.random.Generator
Floats = npt.NDArray[np.float64]

HEIGHTS = 20, 72
"""Of a digit, in pixels."""

_FRAME, _FOOT = 2.4, 1.7
"""Height of the picture that a character stands in, and where in it its foot is, in heights."""

_GAPS = -0.15, 0.02
"""Room between the ink of two characters of a string, in heights."""

_LEAST = 0.15
"""Characters begin at least so far after each other, in heights."""

_COUNTS = {1: 0.15, 2: 0.4, 3: 0.23, 4: 0.12, 5: 0.06, 6: 0.04}
"""How many characters run together, and how often."""

_RULED = 0.12
"""Share of strings with a rule of the paper in them."""

_KNOWN = 10
"""Fewer pixels of a character are no character."""

_WHOLE = 0.85
"""Share of a character's ink with which it is one."""

CUT_WELL = 0.1
"""A line that cuts off less of every digit is a seam."""


@dataclass(frozen=True, slots=True, eq=False)
class String:
    """A mark of one character or several.

    Attributes:
        core: the mark, `(h, w)` uint8, ink 255, with a pixel of room around it.
        inks: what of it is each character's, `(n, h, w)` bool; where two cross, both have it.
        values: of each, `(n,)`; `NOT_A_DIGIT` for letters and signs.
        shares: how much of each is in the mark, `(n,)`; the bar of a 5 may be a mark of its own.
    """

    core: Picture
    inks: npt.NDArray[np.bool_]
    values: npt.NDArray[np.int64]
    shares: Floats

    @property
    def areas(self) -> npt.NDArray[np.int64]:
        """Pixels of each character, `(n,)`."""
        return np.asarray(self.inks.sum(axis=(1, 2)), np.int64)

    def before(self, lines: npt.NDArray[np.floating]) -> Floats:
        """Share of each character that lies to the left of lines, `(m, n)`.

        Args:
            lines: their columns, row by row, `(m, h)`.
        """
        height, width = self.core.shape
        ends = np.clip(np.rint(lines), 0, width).astype(np.intp)
        left = np.pad(np.cumsum(self.inks, axis=2, dtype=np.int64), ((0, 0), (0, 0), (1, 0)))
        shares = left[:, np.arange(height), ends].sum(axis=2) / np.maximum(self.areas, 1)[:, None]
        return np.asarray(shares.T)

    def faults(self, slant: float) -> Floats:
        """How much of a character the lines of a slant cut off at worst, `(columns,)`.

        A line is at fault altogether, 1, unless there is a digit at either side of it.

        Args:
            slant: see `livedigits.find.seams.leaning`.

        Returns:
            A share for each column of the mark as `shrunk` shows it.
        """
        height, width = self.core.shape
        columns = shrunk(self.core).shape[1]
        middles = (np.arange(columns) + 0.5) * width / columns
        known = np.flatnonzero(self.areas >= _KNOWN)
        left = self.before(np.stack([leaning(x, slant, height) for x in middles]))[:, known]
        digit = self.values[known] < NOT_A_DIGIT
        first = np.count_nonzero(left >= 0.5, axis=1)
        # All before it have to be before all after it.
        sorted_out = (np.arange(len(known)) < first[:, None]) == (left >= 0.5)
        beside = np.pad(digit, 1)
        between = beside[first] & beside[first + 1] & sorted_out.all(axis=1)
        return np.asarray(np.where(between, np.minimum(left, 1 - left).max(axis=1, initial=0), 1))

    def pieces(self, rng: Rng) -> list[tuple[Picture, int]]:
        """Its digits as they come apart along lines that cut well, each with its value.

        Args:
            rng: chooses the lines, of all that cut off next to nothing.
        """
        height, width = self.core.shape
        known = np.flatnonzero(self.areas >= _KNOWN)
        lines: dict[int, list[npt.NDArray[np.floating]]] = {}
        for slant in SLANTS:
            faults = self.faults(slant)
            middles = (np.flatnonzero(faults <= CUT_WELL) + 0.5) * width / len(faults)
            own = np.array([leaning(x, slant, height) for x in middles]).reshape(-1, height)
            numbers = np.count_nonzero(self.before(own)[:, known] >= 0.5, axis=1)
            for number, line in zip(numbers.tolist(), own, strict=True):
                lines.setdefault(number, []).append(line)
        lines |= {0: [np.zeros(height)], len(known): [np.full(height, float(width))]}
        pieces = []
        for i, character in enumerate(known.tolist()):
            whole = self.shares[character] >= _WHOLE and self.values[character] < NOT_A_DIGIT
            if not whole or i not in lines or i + 1 not in lines:
                continue
            first, last = (lines[j][rng.integers(len(lines[j]))][:, None] for j in (i, i + 1))
            columns = np.arange(width)
            inside = (self.core > 0) & (columns >= np.rint(first)) & (columns < np.rint(last))
            piece, (_, _, w, _) = largest(inside * np.uint8(255))
            if not w:
                continue
            ink = np.pad(piece, 2)
            pieces.append((cv2.GaussianBlur(ink, (0, 0), 0.6), int(self.values[character])))
        return pieces


class Makers:
    """Makes strings of every kind.

    Args:
        digits: real ones, to string together.
        letters: real characters that are no digits, likewise; None does without.
    """

    def __init__(self, digits: Canvases, letters: Canvases | None = None) -> None:
        self._digits = digits
        self._letters = letters

    def string(self, rng: Rng) -> String:
        """One more."""
        kinds: list[tuple[float, Callable[[Rng], tuple[list[Picture], list[int]]]]] = [
            (0.5, self._written),
            (0.32, self._collected),
            (0.1, self._printed),
        ]
        if self._letters is not None:
            kinds.append((0.08, self._foreign))
        shares = np.array([share for share, _ in kinds])
        while True:
            characters, values = kinds[rng.choice(len(kinds), p=shares / shares.sum())][1](rng)
            string = _photographed(_together(characters, rng), np.array(values, np.int64), rng)
            if string is not None:
                return string

    def _written(self, rng: Rng) -> tuple[list[Picture], list[int]]:
        """In one of the project's own hands; a third with characters of all sizes."""
        writer, height, kind = new_writer(rng), rng.uniform(*HEIGHTS), rng.random()
        signs = DIGITS if kind < 0.74 else LETTERS
        if kind >= 0.9:
            signs = DIGITS + LETTERS + SYMBOLS + AMBIGUOUS
        spread = 0.22 if rng.random() < 0.35 else 0.0
        foot, waver = rng.choice((1.0, 0.5, 0.0)), 0.05 if rng.random() < 0.8 else 0.15
        characters, values = [], []
        for character in rng.choice(list(signs), _count(rng)):
            size = float(np.clip(np.exp(rng.normal(0, spread)), 0.4, 1.5))
            top = _FOOT - 1 + foot * (1 - size) + rng.normal(0, waver)
            picture = np.zeros((round(_FRAME * height), round(3.5 * height)), np.uint8)
            origin = (height, top * height)
            draw_on(picture, write(character, writer, rng), origin, size * height)
            characters.append(picture)
            values.append(_value(character))
        return characters, values

    def _collected(self, rng: Rng) -> tuple[list[Picture], list[int]]:
        """Of real digits, by as many people."""
        return _lined_up(self._digits, _count(rng), rng.uniform(*HEIGHTS), rng)

    def _foreign(self, rng: Rng) -> tuple[list[Picture], list[int]]:
        """Of real characters that are none."""
        assert self._letters is not None
        return _lined_up(self._letters, _count(rng), rng.uniform(*HEIGHTS), rng)

    def _printed(self, rng: Rng) -> tuple[list[Picture], list[int]]:
        """In one typeface."""
        typeface, height = Typeface.any(rng), rng.uniform(18, 50)
        signs = DIGITS if rng.random() < 0.4 else ascii_letters
        chosen = rng.choice(list(signs), int(rng.integers(2, 8))).tolist()
        characters = [typeface.draw(sign, height, (_FRAME, _FOOT)) for sign in chosen]
        return characters, [_value(sign) for sign in chosen]


def _count(rng: Rng) -> int:
    return int(rng.choice(list(_COUNTS), p=list(_COUNTS.values())))


def _value(sign: str) -> int:
    return DIGITS.index(sign) if sign in DIGITS else NOT_A_DIGIT


def _lined_up(
    marks: Canvases, count: int, height: float, rng: Rng
) -> tuple[list[Picture], list[int]]:
    """Some marks of about one height."""
    characters, values = [], []
    for i in rng.integers(len(marks), size=count):
        x, y, w, h = cv2.boundingRect((marks.pictures[i] > 32).astype(np.uint8))
        tall = height * np.exp(rng.normal(0, 0.06))
        scale = tall / max(h, 0.5 * w, 1)
        size = (max(2, round(scale * w * np.exp(rng.normal(0, 0.08)))), max(2, round(scale * h)))
        mark = cv2.resize(marks.pictures[i][y : y + h, x : x + w], size)
        middle = _FOOT - 0.5 + rng.normal(0, 0.05)
        top = round(np.clip(middle * height - size[1] / 2, 0, _FRAME * height - size[1] - 1))
        picture = np.zeros((round(_FRAME * height), size[0]), np.uint8)
        picture[top : top + size[1]] = mark
        characters.append(picture)
        values.append(int(marks.labels[i]))
    return characters, values


def _together(characters: Sequence[Picture], rng: Rng) -> Picture:
    """Characters as near to each other as people write them, each by itself, `(n, h, w)` uint8.

    Args:
        characters: pictures of one height.
        rng: random numbers.
    """
    rows = characters[0].shape[0]
    height, gap = rows / _FRAME, rng.uniform(*_GAPS)
    cut, lefts, edge = [], [], None
    for character in characters:
        x, _, w, _ = cv2.boundingRect((character > 100).astype(np.uint8))
        own = character[:, x : x + w] if w else character[:, :1]
        inked = own > 100
        first = np.where(inked.any(axis=1), inked.argmax(axis=1), np.inf)
        last = np.where(
            inked.any(axis=1), own.shape[1] - 1 - inked[:, ::-1].argmax(axis=1), -np.inf
        )
        left = 0
        if edge is not None:
            near = float((edge - first).max())
            near = near if np.isfinite(near) else 0.4 * height
            room = (gap + rng.uniform(-0.04, 0.06)) * height
            left = round(lefts[-1] + max(near + 1 + room, _LEAST * height))
        cut.append(own)
        lefts.append(left)
        edge = last
    width = max(left + own.shape[1] for left, own in zip(lefts, cut, strict=True))
    margin = round(height / 2)
    inks = np.zeros((len(cut), rows, width + 2 * margin), np.uint8)
    for ink, left, own in zip(inks, lefts, cut, strict=True):
        ink[:, margin + left : margin + left + own.shape[1]] = own
    return inks


def _photographed(inks: Picture, values: npt.NDArray[np.int64], rng: Rng) -> String | None:
    """The largest mark of it that a finder would see; None where that is no mark to be cut."""
    whole = inks.max(axis=0)
    if rng.random() < _RULED:
        whole = _ruled(whole, rng)
    sigma, threshold = rng.uniform(0.3, 1.2), rng.uniform(0.25, 0.6) * 255
    soft = cv2.GaussianBlur(whole.astype(np.float32), (0, 0), sigma)
    if rng.random() < 0.4:
        grain = rng.normal(0, rng.uniform(10, 60), soft.shape).astype(np.float32)
        soft += cv2.GaussianBlur(grain, (0, 0), 0.8) * (soft > 20)
    threshold = min(threshold, 0.6 * float(soft.max()))
    mark, (x, y, w, h) = largest((soft > threshold) * np.uint8(255))
    if h < 10 or not 0.45 * h <= w <= 6.5 * h:
        return None
    room = slice(y, y + h), slice(x, x + w)
    all_ink = np.stack(
        [cv2.GaussianBlur(ink.astype(np.float32), (0, 0), sigma) > threshold for ink in inks]
    )
    own = all_ink[:, *room] & (mark > 0)
    return String(
        core=np.pad(mark, 1),
        inks=np.pad(own, ((0, 0), (1, 1), (1, 1))),
        values=values,
        shares=own.sum(axis=(1, 2)) / np.maximum(all_ink.sum(axis=(1, 2)), 1),
    )


def _ruled(whole: Picture, rng: Rng) -> Picture:
    """With a rule along it, or upright at one of its ends."""
    x, y, w, h = cv2.boundingRect(whole)
    ruled = whole.copy()
    thick = max(1, round(rng.uniform(0.02, 0.08) * h))
    if rng.random() < 0.5:
        row = round(
            y + h * rng.choice((rng.uniform(0.9, 1.1), rng.uniform(0, 1), rng.uniform(-0.1, 0.1)))
        )
        first = x + rng.uniform(0, 0.6) * w if rng.random() < 0.4 else x - rng.uniform(0, 0.4) * h
        ends = (
            (round(first), row),
            (round(x + w + rng.uniform(0, 0.4) * h), round(row + rng.normal(0, 0.05) * h)),
        )
    else:
        column = round(x + rng.choice((0, w)) + rng.uniform(-0.1, 0.1) * h)
        ends = (
            (column, round(y - rng.uniform(0, 0.4) * h)),
            (round(column + rng.normal(0, 0.05) * h), round(y + rng.uniform(0.6, 1.4) * h)),
        )
    cv2.line(ruled, *ends, 255, thick, cv2.LINE_AA)
    return ruled


def run_together(marks: Canvases, count: int, height: float, rng: Rng) -> tuple[Picture, list[int]]:
    """Some marks in a row, as near to each other as people write: most of them touch.

    Args:
        marks: to choose from.
        count: how many.
        height: of a digit, in pixels.
        rng: random numbers.

    Returns:
        Their ink, `(2.4 * height, w)` uint8, and what each is.
    """
    characters, values = _lined_up(marks, count, height, rng)
    return np.asarray(_together(characters, rng).max(axis=0)), values


def touching_digits(count: int, makers: Makers, rng: Rng) -> Canvases:
    """Digits cut out of strings."""
    pieces: list[tuple[Picture, int]] = []
    while len(pieces) < count:
        string = makers.string(rng)
        if len(string.values) > 1:
            pieces += string.pieces(rng)
    pictures, labels = zip(*pieces[:count], strict=True)
    return Canvases(np.stack([place(i) for i in pictures]), np.array(labels, np.int64))
