"""Joins: pieces of one digit are tried together."""

import cv2
import numpy as np
import pytest

from livedigits.find import find
from livedigits.find.joins import pairs_to_join
from livedigits.reading import Box
from livedigits.settings import FindSettings

BODY = Box(100, 120, 60, 90)


def pairs(marks: list[Box], settings: FindSettings) -> list[tuple[int, int]]:
    """What may belong to the body, by its place among the marks."""
    return pairs_to_join(np.array([BODY], np.int32), np.array(marks, np.int32), settings)


@pytest.mark.parametrize(
    ("mark", "joins"),
    [
        (Box(105, 100, 70, 12), True),  # the bar of a 5
        (Box(145, 105, 60, 10), True),  # a bar that begins over the body's end
        (Box(105, 60, 70, 12), False),  # a stroke of the row above
        (Box(180, 120, 60, 90), False),  # the neighbour
        (Box(100, 225, 60, 90), False),  # the digit below
        (Box(120, 150, 20, 20), False),  # a dot within
        (Box(125, 108, 6, 6), False),  # a speck
    ],
)
def test_what_is_near_above_or_below_and_small_may_belong(mark: Box, joins: bool) -> None:
    assert pairs([BODY, mark], FindSettings()) == ([(0, 1)] if joins else [])


def test_a_five_with_a_floating_bar_is_found_whole() -> None:
    image = np.full((300, 300, 3), 240, np.uint8)
    cv2.line(image, (110, 100), (175, 96), (60, 40, 30), 7, cv2.LINE_AA)
    cv2.ellipse(image, (135, 165), (38, 38), 0, -110, 130, (60, 40, 30), 7, cv2.LINE_AA)
    (found,) = find(image, FindSettings(polarity="dark"))
    boxes = [candidate.box for candidate in found.candidates]
    whole = max(boxes, key=lambda box: box.h)
    assert whole.y <= 100 and whole.bottom >= 195
    assert len(boxes) >= 2
    assert found.patches.shape == (len(boxes), 28, 28)


def test_no_more_pairs_than_asked_for_the_closest_first() -> None:
    marks = [Box(105, 104 - 2 * i, 60, 10) for i in range(5)]
    assert pairs([BODY, *marks], FindSettings(max_joins=2)) == [(0, 1), (0, 2)]
