"""The overlay: what was read, drawn onto the picture that it was read in.

Each digit has a thin box and a tab with its value and its confidence in percent; each row of digits
has a frame set off from them and its text on a dark plate. Colour says how sure a digit is, in a
palette that colour-blind people tell apart, and so do the numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import NamedTuple, Self

import cv2

from livedigits.capture.frame import Image
from livedigits.present.labels import MIN_CAP, Color, Label, Text, label
from livedigits.present.layout import Placed, Room
from livedigits.present.marks import percent
from livedigits.reading import Box, Digit, Line, Reading

# Okabe and Ito, "Color Universal Design" (2008): bluish green, orange, vermilion; in BGR.
_SURE: Color = (115, 158, 0)
_FAIR: Color = (0, 159, 230)
_DOUBTFUL: Color = (0, 94, 213)
_ROW: Color = (225, 140, 40)  # an azure as far from black as from white
_ROW_PLATE: Color = (105, 58, 14)  # the same hue, dark enough for white text
REGION: Color = (0, 190, 240)  # a yellow that no digit has
_DARK: Color = (28, 24, 20)
_LIGHT: Color = (255, 255, 255)

_SURE_FROM = 0.95  # wrong less than once in twenty
_FAIR_FROM = 0.80  # worth a second look; below it a guess

_CAPS = (6, 7, 9, 11, 14, 17, 21, 26, 32, 40, 50, 62, 78)
"""Cap heights in use: few, so that labels neither flicker in size nor fill the cache."""

_TOO_NOISY = "too much in view: more light or a plainer background helps"


def annotate(
    image: Image, reading: Reading, *, fps: float | None = None, region: Box | None = None
) -> Image:
    """Draw a reading onto a copy of the picture it belongs to.

    Sizes follow the picture, so that the overlay looks alike at any resolution. Labels stay on the
    picture and keep off digits and off each other as long as there is room; where digits stand too
    close for a percentage each, colour alone says how sure they are. A row of one digit has
    no label of its own, since it would only repeat the digit's.

    Args:
        image: `uint8`, `(height, width, 3)`, BGR; left as it is.
        reading: what was read in it; boxes may reach over its border.
        fps: frames a second, shown in a corner where given.
        region: the part of the picture that was read, outlined where given.

    Returns:
        A new image, of the shape of `image`.
    """
    canvas = image.copy()
    style = _Style.of(image, reading)
    room = Room.of(image)
    for digit in reading.digits:
        room.take(digit.box)

    rows = [[i for i in reading.digits if i.line == n] for n in range(len(reading.lines))]
    loose = [[i] for i in reading.digits if not 0 <= i.line < len(reading.lines)]
    placed: list[Placed] = []
    crowded: list[tuple[list[Digit], bool]] = []
    for row in filter(None, rows + loose):
        tabs = _tabs(row, style, room)
        placed += tabs.places
        if not tabs.complete:
            crowded.append((row, tabs.above))
    for line, row in zip(reading.lines, rows, strict=True):
        if len(row) != 1:
            placed += _plate(canvas, line, style, room)
    for row, above in crowded:
        placed += _percentages(row, style, room, above=not above)
    placed += _notes(reading, fps, style, room)

    if region is not None:
        end = region.right - 1, region.bottom - 1
        cv2.rectangle(canvas, region[:2], end, REGION, style.stroke)
    for digit in reading.digits:
        _outline(canvas, digit.box, _color(digit.confidence), style.stroke)
    for item in placed:
        item.label.paste(canvas, item.box)
    return canvas


class _Style(NamedTuple):
    """Sizes in pixels that suit a picture: cap heights of labels, and the width of lines."""

    value: int
    percent: int
    text: int
    note: int
    stroke: int

    @classmethod
    def of(cls, image: Image, reading: Reading) -> Self:
        short = min(image.shape[:2])
        height = median(i.box.h for i in reading.digits) if reading.digits else 0
        # Large enough to read when the picture fills a screen, small beside the digits themselves.
        value = _cap(min(max(0.28 * height, short / 80), short / 32))
        return cls(
            value=value,
            percent=_cap(0.65 * value),
            text=_cap(max(short / 42, 1.3 * value)),
            note=_cap(short / 60),
            stroke=max(1, round(short / 400)),
        )


@dataclass(frozen=True, slots=True)
class _Tabs:
    """The tabs of a row: where they are, on which side of the digits, and with percentages or not.

    Where digits stand too close together, their tabs hold the value alone (not `complete`).
    """

    places: list[Placed]
    above: bool
    complete: bool


def _tabs(row: Sequence[Digit], style: _Style, room: Room) -> _Tabs:
    """The tabs of a row of digits, all of one form and all on one side: above, if there is room."""
    labels = [_tab(i.value, percent(i.confidence), style, _color(i.confidence)) for i in row]
    complete = _fit_side_by_side(row, labels, room)
    if not complete:
        labels = [_tab(i.value, "", style, _color(i.confidence)) for i in row]
    places, above = _beside(row, labels, style, room, above=True), True
    if covered := room.taken(*places):
        below = _beside(row, labels, style, room, above=False)
        if room.taken(*below) < covered:
            places, above = below, False
    for placed in places:
        room.take(placed.box)
    return _Tabs(places, above, complete)


def _percentages(row: Sequence[Digit], style: _Style, room: Room, *, above: bool) -> list[Placed]:
    """Small tabs with the percentages alone, as far as there is room for them."""
    labels = [_tab("", percent(i.confidence), style, _color(i.confidence)) for i in row]
    if not _fit_side_by_side(row, labels, room):
        return []
    places = _beside(row, labels, style, room, above=above)
    free = [i for i in places if not room.taken(i)]
    for placed in free:
        room.take(placed.box)
    return free


@lru_cache(maxsize=512)
def _tab(value: str, percent: str, style: _Style, color: Color) -> Label:
    """A value, a percentage or both; asked for up to three times for each digit of each frame."""
    texts = (Text(value, style.value, _DARK), Text(percent, style.percent, _DARK))
    return label(*(i for i in texts if i.text), fill=color)


def _fit_side_by_side(row: Sequence[Digit], tabs: Sequence[Label], room: Room) -> bool:
    """Whether each tab ends before the next digit's begins, and none is wide for the picture."""
    return max(i.width for i in tabs) <= room.width / 2 and all(
        after.box.x - digit.box.x > tab.width
        for tab, (digit, after) in zip(tabs, pairwise(row), strict=False)
    )


def _beside(
    row: Sequence[Digit], tabs: Sequence[Label], style: _Style, room: Room, *, above: bool
) -> list[Placed]:
    """The tabs above or below their digits' boxes, flush with them on the left."""
    placed = []
    for digit, tab in zip(row, tabs, strict=True):
        box = digit.box
        y = box.y - style.stroke - tab.height if above else box.bottom + style.stroke
        placed.append(room.spot(tab, box.x - style.stroke, y))
    return placed


def _plate(canvas: Image, line: Line, style: _Style, room: Room) -> list[Placed]:
    """Frame a row of digits on `canvas` and find a place for its text: right of it if possible."""
    x, y, w, h = line.box
    off = 4 * style.stroke
    frame = Box(x - off, y - off, w + 2 * off, h + 2 * off)
    _outline(canvas, frame, _ROW, max(1, style.stroke // 2))
    text = Text(line.text, style.text, _LIGHT)
    sure = Text(percent(line.confidence), style.note, _LIGHT)

    def places() -> Iterator[Placed]:
        for plate in _sizes([text, sure], room.width, _ROW_PLATE):
            middle = frame.y + (frame.h - plate.height) / 2
            left, right = frame.x - off - plate.width, frame.right + off
            over, under = frame.y - off - plate.height, frame.bottom + off
            flush = frame.right - plate.width
            beside = (right, middle), (left, middle)
            outside = (frame.x, over), (frame.x, under), (flush, over), (flush, under)
            for corner in (*beside, *outside):
                yield room.spot(plate, *corner)

    return room.settle(places())


def _notes(reading: Reading, fps: float | None, style: _Style, room: Room) -> list[Placed]:
    """What is said about the whole frame, in whichever corner is free."""
    notes = []
    if fps is not None:
        rate = f"{fps:.0f} fps" if fps >= 10 else f"{fps:.1f} fps"
        notes.append(Text(rate, style.note, _LIGHT))
    if reading.too_noisy:
        notes.append(Text(_TOO_NOISY, style.note, _FAIR))

    def corners(note: Text) -> Iterator[Placed]:
        for plate in _sizes([note], room.width, _DARK):
            right = room.width - note.cap - plate.width
            bottom = room.height - note.cap - plate.height
            for y in (note.cap, bottom):
                for x in (note.cap, right):
                    yield room.spot(plate, x, y)

    return [placed for note in notes for placed in room.settle(corners(note))]


def _sizes(texts: Sequence[Text], width: int, fill: Color) -> Iterator[Label]:
    """A label in ever smaller sizes, from the first that is at most `width` wide."""
    ranks = [_CAPS.index(i.cap) for i in texts]
    for step in range(max(ranks) + 1):
        smaller = [
            i._replace(cap=_CAPS[max(0, rank - step)]) for i, rank in zip(texts, ranks, strict=True)
        ]
        made = label(*smaller, fill=fill)
        if made.width <= width:
            yield made


def _outline(canvas: Image, box: Box, color: Color, stroke: int) -> None:
    """Draw a rectangle around `box`, just outside it."""
    x, y, w, h = box
    for i in range(1, stroke + 1):
        cv2.rectangle(canvas, (x - i, y - i), (x + w + i - 1, y + h + i - 1), color, 1)


def _cap(pixels: float) -> int:
    """The largest cap height in use that is at most `pixels`."""
    return max((i for i in _CAPS if i <= pixels), default=MIN_CAP)


def _color(confidence: float) -> Color:
    if confidence >= _SURE_FROM:
        return _SURE
    return _FAIR if confidence >= _FAIR_FROM else _DOUBTFUL
