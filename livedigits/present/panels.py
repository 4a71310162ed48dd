"""Panels: rows of text and pictures on a dark ground, put under each other."""

from collections.abc import Sequence

import numpy as np

from livedigits.capture.frame import Image
from livedigits.present.labels import Color, Text, label

GROUND: Color = (28, 24, 20)
DARK: Color = (28, 24, 20)
LIGHT: Color = (245, 245, 245)
PALE: Color = (170, 170, 170)


def blank(width: int, height: int) -> Image:
    """Bare ground."""
    return np.full((height, width, 3), GROUND, np.uint8)


def put(canvas: Image, picture: Image, x: int, y: int) -> None:
    """Copies a picture onto another; what lies off it is cut off."""
    target = canvas[y : y + picture.shape[0], x : x + picture.shape[1]]
    target[:] = picture[: target.shape[0], : target.shape[1]]


def stacked(rows: Sequence[Image], width: int = 0) -> Image:
    """Pictures under each other, flush on the left; at least so wide."""
    width = max([width, *(row.shape[1] for row in rows)])
    stack = blank(width, sum(row.shape[0] for row in rows))
    y = 0
    for row in rows:
        put(stack, row, 0, y)
        y += row.shape[0]
    return stack


def text(*texts: Text) -> Image:
    """Texts side by side in a row that begins with them, without room on the left."""
    ascii_only = (i._replace(text=_ascii(i.text)) for i in texts)
    pixels = label(*ascii_only, fill=GROUND).pixels
    start = (pixels != GROUND).any(axis=(0, 2)).argmax()
    return pixels[:, start:]


def wrapped(words: Text, width: int) -> list[Image]:
    """A text in rows of at most a width, broken between words; a longer word is cut."""
    rows = [""]
    for word in words.text.split():
        longer = f"{rows[-1]} {word}".strip()
        fits = text(words._replace(text=longer)).shape[1] <= width
        rows[-1:] = [longer] if fits or not rows[-1] else [rows[-1], word]
    return [cut_to(words._replace(text=row), width=width) for row in rows]


def cut_to(words: Text, *others: Text, width: int) -> Image:
    """Texts side by side, the first one shortened until all of them fit."""
    row, rest = text(words, *others), words.text
    while row.shape[1] > width and rest:
        rest = rest[:-1]
        row = text(words._replace(text=f"{rest}..."), *others)
    return row


def _ascii(words: str) -> str:
    """A text in the characters that OpenCV's fonts have."""
    return words.encode("ascii", "replace").decode()
