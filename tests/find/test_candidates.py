"""Candidates: rings and what the border cuts off are none; a 0 is one, however it is written."""

import cv2
import numpy as np
import pytest
from sheets import Sheet, digit_ink, overlap, sheet

from livedigits.capture.frame import Image
from livedigits.find import find
from livedigits.inspection import Verdict
from livedigits.reader import Reader
from livedigits.reading import Box
from livedigits.settings import FindSettings

PEN = (45, 45, 45)
PAGE = sheet(["2718 28", "0123456789", "31 415 9"], size=(800, 400))


def alone(value: str, seed: int, *, height: float = 60) -> tuple[Image, Box]:
    """One digit in the middle of a picture of 200 pixels, and its box."""
    mark = digit_ink(value, height, seed=seed)
    h, w = mark.shape
    top, left = (200 - h) // 2, (200 - w) // 2
    ink = np.pad(mark, ((top, 200 - h - top), (left, 200 - w - left)))
    return Sheet(ink, (), value, (value,)).picture(), Box(left, top, w, h)


def circled(value: str, seed: int) -> tuple[Image, Box]:
    """A digit with a ring around it, and the ring's box."""
    image, box = alone(value, seed)
    radius = round(np.hypot(box.w, box.h) / 2) + 12
    cv2.circle(image, (100, 100), radius, PEN, 4, cv2.LINE_AA)
    return image, Box(98 - radius, 98 - radius, 2 * radius + 5, 2 * radius + 5)


def boxes(image: Image) -> list[Box]:
    (found,) = find(image, FindSettings(polarity="dark"))
    return [candidate.box for candidate in found.candidates]


@pytest.mark.parametrize("value", "0123456789")
def test_a_ring_around_a_digit_is_no_candidate_and_the_digit_is(value: str) -> None:
    for seed in range(3):
        image, ring = circled(value, seed)
        _, own = alone(value, seed)
        found = boxes(image)
        assert max(overlap(box, own) for box in found) > 0.8
        assert max(overlap(box, ring) for box in found) < 0.5


@pytest.mark.parametrize("value", "2345678")
def test_a_circled_digit_is_read_and_its_ring_is_not(reader: Reader, value: str) -> None:
    inspection = reader.inspect(circled(value, 1)[0])
    assert inspection.reading.text == value
    assert inspection.counts[Verdict.RING] == 1


def written_zero(kind: str, radius: int) -> Image:
    image = np.full((200, 200, 3), 235, np.uint8)
    cv2.ellipse(image, (100, 100), (radius, 30), 0, 0, 360, PEN, 5, cv2.LINE_AA)
    if kind == "dotted":
        cv2.circle(image, (100, 100), 4, PEN, -1, cv2.LINE_AA)
    if kind == "slashed":
        cv2.line(image, (100 + radius, 66), (100 - radius, 134), PEN, 5, cv2.LINE_AA)
    return image


@pytest.mark.parametrize("kind", ["plain", "dotted", "slashed"])
@pytest.mark.parametrize("radius", [18, 22, 28])
def test_a_zero_is_no_ring(reader: Reader, kind: str, radius: int) -> None:
    image = written_zero(kind, radius)
    whole = Box(98 - radius, 68, 2 * radius + 5, 65)
    assert max(overlap(box, whole) for box in boxes(image)) > 0.75
    assert reader.read(image).text == "0"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.85])
def test_what_the_border_cuts_off_is_neither_candidate_nor_read(
    reader: Reader, share: float
) -> None:
    """Half of a 0 looks like a 1, and half of an 8 like a 3."""
    firsts = [row[0] for row in PAGE.rows]
    for first in firsts:
        left = first.x + round(share * first.w)
        cut = PAGE.picture()[:, left:]
        found = boxes(cut)
        assert min(box.x for box in found) > 0
        others = [box for box in PAGE.boxes if box.x > left]
        whole = [Box(box.x - left, *box[1:]) for box in others]
        read = reader.read(cut).digits
        assert len(read) == len(whole)
        assert all(max(overlap(digit.box, box) for box in whole) > 0.7 for digit in read)


@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
def test_each_border_cuts_off(side: str) -> None:
    image, box = alone("8", 0)
    parts = {
        "left": image[:, box.x + 10 :],
        "top": image[box.y + 15 :],
        "right": image[:, : box.right - 10],
        "bottom": image[: box.bottom - 15],
    }
    assert boxes(parts[side]) == []
    (found,) = find(parts[side], FindSettings(polarity="dark"), explain=True)
    assert found.trace is not None
    assert Verdict.CUT_OFF in {dropped.verdict for dropped in found.trace.dropped}


@pytest.mark.parametrize("value", "0123456789")
def test_a_digit_that_fills_its_picture_may_reach_the_border(value: str) -> None:
    image, box = alone(value, 2, height=130)
    part = image[box.y - 12 : box.bottom + 12, box.x - 1 : box.right + 12]
    fitting = [overlap(i, Box(1, 12, box.w, box.h)) for i in boxes(part)]
    assert max(fitting, default=0) > 0.7


def test_where_there_are_too_many_a_1_goes_no_sooner_than_other_digits() -> None:
    """Though many a piece of squared paper covers more."""
    plain = sheet(["20315"], size=(700, 160))
    dashes = plain.ruled([(420.0 + 60 * i, 80.0, 440.0 + 60 * i, 80.0) for i in range(4)], 24)
    (found,) = find(dashes.picture(), FindSettings(polarity="dark", max_candidates=5))
    kept = [candidate.box for candidate in found.candidates]
    assert all(max(overlap(box, i) for i in kept) > 0.8 for box in plain.boxes)
