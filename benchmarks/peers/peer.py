"""Peer: what all that read pictures have in common here, and what is made of an engine's text."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from livedigits.capture import Image
from livedigits.reading import Box, Digit, Line, Reading

NUMBER = re.compile("[0-9]+")


class PeerMissingError(Exception):
    """A peer that is not installed, or lacks something; the message is one line that says how."""


class Peer(Protocol):
    """Reads pictures, each for itself.

    Attributes:
        name: heads its column.
        version: of what reads, with its name.
    """

    name: str
    version: str

    def read(self, image: Image) -> Reading:
        """Reads one picture, BGR."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text as an OCR engine gives it.

    Attributes:
        text: its characters; digits among them, or none.
        confidence: that the engine states, in [0, 1].
        box: around all of it.
    """

    text: str
    confidence: float
    box: Box


def reading_of(rows: Iterable[Sequence[Text]], image: Image) -> Reading:
    """Picks the digits out of rows of text; a row without any is none.

    Engines give no box for each character, so a text's box is divided among its characters.
    """
    lines: list[Line] = []
    digits: list[Digit] = []
    for row in rows:
        own = [digit for text in row for digit in _digits(text, line=len(lines))]
        if not own:
            continue
        box = own[0].box
        for digit in own:
            box = box.union(digit.box)
        numbers = [number for text in row for number in NUMBER.findall(text.text)]
        lines.append(Line(" ".join(numbers), math.prod(i.confidence for i in row), box))
        digits += own
    height, width = image.shape[:2]
    return Reading(tuple(lines), tuple(digits), width=width, height=height)


def _digits(text: Text, *, line: int) -> list[Digit]:
    box, count = text.box, len(text.text)
    edges = [box.x + round(box.w * i / count) for i in range(count + 1)]
    return [
        Digit(
            text.text[i],
            text.confidence,
            Box(edges[i], box.y, edges[i + 1] - edges[i], box.h),
            line,
        )
        for i in range(count)
        if NUMBER.match(text.text[i])
    ]
