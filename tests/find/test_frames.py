"""Frames: boxes, combs and tables are found by their border, however they lie; digits are none."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sheets import digit_ink

from livedigits.find.frames import frame_lines
from livedigits.find.lines import Line

Ink = NDArray[np.uint8]

WIDTH, HEIGHT = 320, 64
FIELD = 64


def comb(fields: int, thickness: int, text: str = "") -> Ink:
    """A row of square fields, with digits that touch it below."""
    width = fields * FIELD
    ink = np.zeros((HEIGHT + 60, width + 60), np.uint8)
    for place, value in enumerate(text):
        mark = digit_ink(value, 46, seed=place)
        h, w = mark.shape
        left, bottom = 30 + place * FIELD + (FIELD - w) // 2, 30 + HEIGHT - 1
        ink[bottom - h : bottom, left : left + w] = mark
    for x in range(30, 31 + width, FIELD):
        cv2.line(ink, (x, 30), (x, 30 + HEIGHT), 255, thickness)
    for y in (30, 30 + HEIGHT):
        cv2.line(ink, (30, y), (30 + width, y), 255, thickness)
    return ink


def turned(ink: Ink, degrees: float, perspective: float = 0.0) -> Ink:
    height, width = ink.shape
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    matrix[1, 2] += 40
    matrix[2, 0] = perspective / width
    size = (width + 20, height + 80)
    return np.asarray(cv2.warpPerspective(ink, matrix, size), np.uint8)


def lines_of(ink: Ink) -> list[Line]:
    """What is found of the largest mark."""
    mask = np.where(ink > 127, 255, 0).astype(np.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = max(outlines, key=cv2.contourArea)
    return frame_lines(mask, mask, np.asarray(outline, np.int32))


@pytest.mark.parametrize("degrees", [0, 4, -8, 12])
@pytest.mark.parametrize("thickness", [2, 3, 6])
@pytest.mark.parametrize(("fields", "text"), [(1, "6"), (1, ""), (5, "50274")])
def test_a_comb_has_two_rules_and_its_walls(
    degrees: float, thickness: int, fields: int, text: str
) -> None:
    lines = lines_of(turned(comb(fields, thickness, text), degrees, 0.05))
    level = [line for line in lines if not line.upright]
    assert (len(level), len(lines)) == (2, fields + 3)
    for line in lines:
        assert abs(line.wide - thickness) <= 2
        slope = np.tan(np.radians(degrees)) * (1 if line.upright else -1)
        assert line.slope == pytest.approx(slope, abs=0.07)


def test_the_lines_run_through_their_own_ink() -> None:
    ink = turned(comb(4, 3, "2753"), 6)
    for line in lines_of(ink):
        columns = np.arange(line.first, line.last)
        rows = np.rint([line.row_at(x) for x in columns]).astype(int)
        assert ((ink.T if line.upright else ink)[rows, columns] > 0).mean() > 0.95


@pytest.mark.parametrize("value", "0123456789")
def test_no_digit_is_a_frame(value: str) -> None:
    for seed in range(12):
        for pen_width in (0.06, 0.12, 0.2):
            ink = np.pad(digit_ink(value, 60, seed=seed, pen_width=pen_width), 2)
            assert lines_of(ink) == []


def test_a_full_rectangle_and_an_open_one_are_none() -> None:
    full = np.zeros((90, 140), np.uint8)
    full[10:80, 10:130] = 255
    assert lines_of(full) == []
    open_box = comb(2, 3)
    open_box[:40] = 0
    assert lines_of(open_box) == []


def test_what_sticks_out_of_a_box_does_not_hide_it() -> None:
    ink = comb(3, 3, "187")
    cv2.line(ink, (70, 4), (76, 60), 255, 5)
    cv2.line(ink, (160, 60), (150, 118), 255, 5)
    assert len(lines_of(ink)) == 6


def test_a_stroke_in_another_ink_is_no_wall() -> None:
    ink = comb(3, 4)
    strength = np.where(ink > 0, 90, 0).astype(np.uint8)
    middle = 30 + FIELD // 2
    for picture, level in ((ink, 255), (strength, 180)):
        cv2.line(picture, (middle, 30), (middle, 30 + HEIGHT), level, 4)
    outlines, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = np.asarray(outlines[0], np.int32)
    assert len(frame_lines(ink, ink, outline)) == 7
    assert len(frame_lines(ink, strength, outline)) == 6
