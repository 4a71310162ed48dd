"""The inspection picture: what it shows, and that it holds together whatever is in it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from sheets import sheet

from livedigits.capture.frame import Image
from livedigits.inspection import Verdict
from livedigits.present.inspection import MOST_PATCHES, WIDTH, groups, inspection_picture
from livedigits.present.labels import Color
from livedigits.present.marks import COLORS, ink_picture
from livedigits.reader import Reader
from livedigits.reading import Box

PAGE = sheet(["2718 28", "0123456789", "31 415 9"], size=(800, 400))

BARE = ((30, 340), (700, 342))
"""The ends of a rule that touches no digit."""


def joined() -> tuple[Image, Box, Box]:
    """A page with a rule and one digit that hangs together with another; a digit, and that one."""
    image = PAGE.picture()
    cv2.line(image, *BARE, (45, 45, 45), 5)
    first, last = PAGE.boxes[0], PAGE.boxes[-1]
    y = last.y + last.h // 2
    cv2.line(image, (last.x + last.w // 2, y), (790, y), (45, 45, 45), 5)
    return image, first, last


def has(part: Image, color: Color) -> bool:
    return bool((part == color).all(axis=2).any())


def share(part: Image, color: Color) -> float:
    """Of the pixels that are not black."""
    return float((part == color).all(axis=2).sum() / max(part.any(axis=2).sum(), 1))


def test_a_mark_has_the_colour_of_its_verdict_in_the_picture_and_in_the_ink(
    reader: Reader,
) -> None:
    image, read, stuck = joined()
    (left, top), (right, bottom) = BARE
    inspection = reader.inspect(image)
    ink = ink_picture(inspection, colored=True)
    assert share(ink[read.y : read.bottom, read.x : read.right], COLORS[Verdict.READ]) > 0.9
    held = ink[stuck.y : stuck.bottom, stuck.x : stuck.right]
    assert share(held, COLORS[Verdict.TAKEN_APART]) > 0.9
    assert share(ink[top - 5 : bottom + 5, left:right], COLORS[Verdict.TOO_WIDE]) > 0.9
    drawn = inspection_picture(inspection, "page.png")
    assert drawn.shape[1] == WIDTH and drawn.dtype == np.uint8
    for verdict in (Verdict.READ, Verdict.TAKEN_APART, Verdict.TOO_WIDE):
        assert has(drawn[:450, :900], COLORS[verdict])  # around the marks
        assert has(drawn[:450, 940:], COLORS[verdict])  # in the legend
    assert not has(drawn, COLORS[Verdict.TALLER])
    np.testing.assert_array_equal(inspection.image, image)


def test_the_pieces_of_a_digit_that_is_read_have_its_colour(reader: Reader) -> None:
    """The bar of a 5 that floats over it is too short by itself."""
    image = np.full((300, 400, 3), 235, np.uint8)
    corners = [(150, 90), (146, 130), (190, 140), (200, 180), (170, 210), (140, 200)]
    cv2.polylines(image, [np.array(corners)], False, (40, 40, 40), 9, cv2.LINE_AA)
    cv2.line(image, (165, 74), (205, 70), (40, 40, 40), 8, cv2.LINE_AA)
    inspection = reader.inspect(image)
    assert inspection.reading.text == "5"
    assert inspection.counts.keys() > {Verdict.READ}
    ink = ink_picture(inspection, colored=True)
    assert share(ink, COLORS[Verdict.READ]) == 1


@pytest.mark.parametrize("size", [(1, 1), (40, 3000), (3000, 40), (2500, 1900)])
def test_a_picture_of_any_form_can_be_drawn(reader: Reader, size: tuple[int, int]) -> None:
    height, width = size
    rng = np.random.default_rng(0)
    image = np.repeat(rng.integers(100, 150, (height, width, 1)), 3, axis=2).astype(np.uint8)
    image[height // 3 : height // 2, width // 3 : width // 2] = 20
    drawn = inspection_picture(reader.inspect(image), "größe " * 40)
    assert drawn.shape[1] == WIDTH


def test_the_region_that_is_read_is_where_it_is(reader: Reader) -> None:
    image = PAGE.picture()
    y = PAGE.boxes[6].y - 10
    inspection = Reader(roi=Box(0, y, 800, 400 - y)).inspect(image)
    assert inspection.reading.lines[0].text == "0123456789"
    ink = ink_picture(inspection)
    assert not ink[:y].any()
    np.testing.assert_array_equal(ink[y:] > 0, ink_picture(reader.inspect(image))[y:] > 0)


def test_many_marks_of_one_verdict_leave_room_for_the_few_of_another(reader: Reader) -> None:
    inspection = reader.inspect(PAGE.picture())
    mark = inspection.marks[0]
    many = tuple([mark] * 300 + [replace(mark, verdict=Verdict.UNSURE)] * 3)
    shown = groups(replace(inspection, marks=many))
    assert [(i.verdict, len(i.marks), i.more) for i in shown] == [
        (Verdict.READ, MOST_PATCHES - 3, 300 - (MOST_PATCHES - 3)),
        (Verdict.UNSURE, 3, 0),
    ]
    assert [number for number, _ in shown[1].marks] == [301, 302, 303]


def test_numbers_stand_beside_the_digits(reader: Reader) -> None:
    drawn = inspection_picture(reader.inspect(PAGE.picture()), "page.png")
    scale = 900 / 800
    for box in PAGE.boxes:
        x, y, w, h = (round(scale * i) for i in box)
        inside = drawn[14 + y + 3 : 14 + y + h - 3, 14 + x + 3 : 14 + x + w - 3]
        assert not has(inside, COLORS[Verdict.READ])
