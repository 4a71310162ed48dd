"""The inspection picture: every step on one picture, and why each mark is read or is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np

from livedigits.capture.frame import Image
from livedigits.find.patches import SIZE
from livedigits.inspection import Inspection, Mark, Verdict
from livedigits.present.labels import Label, Text, label
from livedigits.present.layout import Room
from livedigits.present.marks import COLORS, enlarged, ink_picture, percent
from livedigits.present.panels import DARK, LIGHT, PALE, blank, cut_to, put, stacked, text, wrapped
from livedigits.reading import Box

WIDTH = 1400
"""Of the picture in pixels: it fits a common screen without being scaled."""

MOST_PATCHES = 100
"""More would make the picture too long to look through; each verdict has its share of them."""

_MARGIN = 14
_INSIDE = WIDTH - 2 * _MARGIN
_ROOM = (900, 840)
"""Width and height that the picture and its ink have at most; the legend stands beside them."""
_MOST_ZOOM = 4.0
"""Small pictures are scaled up, by so much at most."""
_MOST_LINES = 12
"""Lines read that are written out."""

_TITLE, _HEAD, _BODY, _SMALL = 16, 12, 9, 8
"""Cap heights in pixels."""

_ZOOM = 3
_EDGE = 3
_SIDE = _ZOOM * SIZE + 2 * _EDGE
_COLUMNS = 9
_CELL = (_INSIDE // _COLUMNS, _SIDE + 8)
"""Width and height of a patch in its frame with what the model makes of it beside it."""
_HEADING = 28
"""Height of what stands above the patches of a verdict."""
_LARGE = 0.05
"""Marks that take more of the picture are not kept free of numbers: others lie within them."""


def inspection_picture(inspection: Inspection, title: str = "") -> Image:
    """Draws every step on one picture.

    On the left the picture with a box around each mark, in the colour of its verdict and with its
    number, and under it the ink in the same colours; on the right the lines read and the legend;
    below them the patches that the model was shown, with the likeliest classes.

    Args:
        inspection: of the picture.
        title: of the picture, its name for one.

    Returns:
        `(height, 1400, 3)` uint8, BGR; as high as need be.
    """
    gap = blank(1, _MARGIN)
    frame = _frame(inspection)
    steps = stacked([frame, gap, *_ink(inspection)])
    beside = frame.shape[1] + 2 * _MARGIN
    story = _story(inspection, title, _INSIDE - beside)
    top = blank(_INSIDE, max(steps.shape[0], story.shape[0]))
    put(top, steps, 0, 0)
    put(top, story, beside, 0)
    rows = [row for part in (top, *_patches(inspection)) for row in (part, gap)]
    inside = stacked(rows, _INSIDE)
    whole = blank(WIDTH, inside.shape[0] + _MARGIN)
    put(whole, inside, _MARGIN, _MARGIN)
    return whole


def _frame(inspection: Inspection) -> Image:
    """The picture with every mark boxed and those that the model was shown numbered."""
    image = inspection.image
    scale = _scale(image)
    canvas = _resized(image, scale)
    room = Room.of(canvas)
    boxes = [_scaled(mark.box, scale) for mark in inspection.marks]
    if inspection.region[2:] != image.shape[1::-1]:
        region = _scaled(inspection.region, scale)
        cv2.rectangle(canvas, region[:2], (region.right, region.bottom), LIGHT, 1)
    numbered = list(enumerate(zip(inspection.marks, boxes, strict=True), 1))
    # Those of most interest last, on top of the others.
    for _, (mark, box) in reversed(numbered):
        stroke = 1 if mark.patch is None or mark.verdict is Verdict.OVERLAPPED else 2
        corner, opposite = (box.x - stroke, box.y - stroke), (box.right, box.bottom)
        cv2.rectangle(canvas, corner, opposite, COLORS[mark.verdict], stroke)
        if mark.patch is not None and box.w * box.h < _LARGE * room.width * room.height:
            room.take(box)
    # What is not read has the first choice of room.
    for number, (mark, box) in sorted(numbered, key=lambda i: i[1][0].verdict is Verdict.READ):
        if mark.patch is not None and mark.verdict is not Verdict.OVERLAPPED:
            plate = label(Text(str(number), _SMALL, DARK), fill=COLORS[mark.verdict])
            _settle(canvas, room, plate, box)
    return canvas


def _settle(canvas: Image, room: Room, plate: Label, box: Box) -> None:
    """Puts a number beside a box, or into a roomy one; without room for it, it is left out."""
    over, under = box.y - plate.height - 1, box.bottom + 1
    flush, middle = box.right - plate.width, box.y + (box.h - plate.height) / 2
    left, right = box.x - plate.width - 1, box.right + 1
    corners = (box.x, over), (flush, over), (box.x, under), (flush, under)
    sides = (left, middle), (right, middle), (left, over), (right, over)
    places = [room.spot(plate, x, y) for x, y in (*corners, *sides)]
    free = next((place for place in places if not room.taken(place)), None)
    if free is None and box.w > 2 * plate.width and box.h > 2 * plate.height:
        free = room.spot(plate, box.x, box.y)
    if free is not None:
        room.take(free.box)
        plate.paste(canvas, free.box)


def _ink(inspection: Inspection) -> Iterator[Image]:
    """What was taken for ink."""
    yield text(
        Text("ink: black was taken for paper, what hangs together is one mark", _HEAD, LIGHT)
    )
    if len(inspection.inks) > 1:
        told = "dark grey: strokes so thick, or ground, that only a coarser look takes it for ink"
        yield text(Text(told, _BODY, PALE))
    mask = ink_picture(inspection, colored=True)
    yield blank(1, 4)
    yield _resized(mask, _scale(mask))


def _story(inspection: Inspection, title: str, width: int) -> Image:
    """What was read, and the legend."""
    reading, counts = inspection.reading, inspection.counts
    read = counts.get(Verdict.READ, 0)
    rest = len(inspection.marks) - read
    size = f"{reading.width} x {reading.height}, {inspection.polarity} ink"
    rows = [
        cut_to(Text(title, _TITLE, LIGHT), width=width),
        text(Text(f"{size}; {read} marks read, {rest} not", _BODY, PALE)),
        blank(1, 14),
        text(Text("lines read" if reading.lines else "nothing read", _HEAD, LIGHT)),
    ]
    for line in reading.lines[:_MOST_LINES]:
        sure = Text(percent(line.confidence), _SMALL, PALE)
        rows += [cut_to(Text(line.text, _HEAD, COLORS[Verdict.READ]), sure, width=width)]
    if len(reading.lines) > _MOST_LINES:
        rows += [text(Text(f"and {len(reading.lines) - _MOST_LINES} more lines", _BODY, PALE))]
    rows += [blank(1, 14), text(Text("what became of each mark", _HEAD, LIGHT))]
    for verdict, count in counts.items():
        rows += [blank(1, 7), *_entry(inspection, verdict, count, width)]
    if reading.too_noisy:
        told = "too much in view: more light or a plainer background helps"
        rows += [blank(1, 14), *wrapped(Text(told, _BODY, COLORS[Verdict.UNSURE]), width)]
    return stacked(rows, width)


def _entry(inspection: Inspection, verdict: Verdict, count: int, width: int) -> Iterator[Image]:
    """A verdict of the legend: its colour, its count, its reason and its setting."""
    plate = label(Text(f"{count}  {verdict}", _BODY, DARK), fill=COLORS[verdict])
    head = blank(width, plate.height)
    plate.paste(head, Box(0, 0, plate.width, plate.height))
    put(head, text(Text(inspection.governed_by(verdict), _SMALL, PALE)), plate.width + 8, 1)
    yield head
    yield from wrapped(Text(verdict.sentence, _BODY, LIGHT), width)


@dataclass(frozen=True, slots=True)
class Group:
    """Marks of one verdict with their numbers; as many of them as are shown, and how many more."""

    verdict: Verdict
    marks: list[tuple[int, Mark]]
    more: int


def _patches(inspection: Inspection) -> Iterator[Image]:
    """A heading and rows of patches for each verdict."""
    for group in groups(inspection):
        total = len(group.marks) + group.more
        counted = f"the first {len(group.marks)} of {total}" if group.more else str(total)
        rows = -(-len(group.marks) // _COLUMNS)
        sheet = blank(_INSIDE, _HEADING + rows * _CELL[1])
        plate = label(Text(group.verdict.value, _HEAD, DARK), fill=COLORS[group.verdict])
        plate.paste(sheet, Box(0, 0, plate.width, plate.height))
        told = text(Text(f"{counted}: {group.verdict.sentence}", _BODY, PALE))
        put(sheet, told, plate.width + 10, 3)
        for index, (number, mark) in enumerate(group.marks):
            x, y = index % _COLUMNS * _CELL[0], index // _COLUMNS * _CELL[1]
            put(sheet, _cell(number, mark), x, _HEADING + y)
        yield sheet


def groups(inspection: Inspection) -> list[Group]:
    """The marks that the model was shown, by verdict; the many leave room for the few."""
    shown = [(n, mark) for n, mark in enumerate(inspection.marks, 1) if mark.patch is not None]
    groups = {key: list(marks) for key, marks in groupby(shown, lambda i: i[1].verdict)}
    left, shares = MOST_PATCHES, {}
    for done, verdict in enumerate(sorted(groups, key=lambda key: len(groups[key]))):
        shares[verdict] = min(len(groups[verdict]), left // (len(groups) - done))
        left -= shares[verdict]
    return [
        Group(verdict, marks[: shares[verdict]], len(marks) - shares[verdict])
        for verdict, marks in groups.items()
    ]


def _cell(number: int, mark: Mark) -> Image:
    """A patch in the colour of its verdict, with its number and the likeliest classes."""
    cell = blank(*_CELL)
    cell[:_SIDE, :_SIDE] = COLORS[mark.verdict]
    if mark.patch is not None:
        put(cell, enlarged(mark.patch, _ZOOM), _EDGE, _EDGE)
    plate = label(Text(str(number), _SMALL, DARK), fill=COLORS[mark.verdict])
    plate.paste(cell, Box(_SIDE + 4, 0, plate.width, plate.height))
    y = plate.height + 6
    for rank, (name, probability) in enumerate(mark.likeliest(3)):
        if rank and probability < 0.01:
            break
        row = text(Text(f"{name} {percent(probability)}", _SMALL, PALE if rank else LIGHT))
        put(cell, row, _SIDE + 5, y)
        y += row.shape[0] + 3
    return cell


def _scale(image: Image) -> float:
    height, width = image.shape[:2]
    return float(min(_ROOM[0] / width, _ROOM[1] / height, _MOST_ZOOM))


def _resized(image: Image, scale: float) -> Image:
    size = (max(1, round(scale * image.shape[1])), max(1, round(scale * image.shape[0])))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(round(scale * i) for i in box))
