"""The overlay: a new picture, drawn on inside its borders, at every size."""

import numpy as np
import numpy.typing as npt
import pytest

from livedigits.capture.frame import Image
from livedigits.present import annotate
from livedigits.present.labels import Text, label
from livedigits.present.layout import Room
from livedigits.reading import Box, Digit, Line, Reading

GREEN, ORANGE, VERMILION = (115, 158, 0), (0, 159, 230), (0, 94, 213)


def reading_of(*rows: list[Digit], width: int = 640, height: int = 480) -> Reading:
    digits = tuple(digit for row in rows for digit in row)
    lines = []
    for row in rows:
        box = row[0].box
        for digit in row[1:]:
            box = box.union(digit.box)
        lines.append(Line("".join(i.value for i in row), 0.9, box))
    return Reading(tuple(lines), digits, width, height)


def row_of(text: str, x: int, y: int, w: int, h: int, *, pitch: int, line: int = 0) -> list[Digit]:
    return [Digit(v, 0.99, Box(x + i * pitch, y, w, h), line) for i, v in enumerate(text)]


def changed(before: Image, after: Image) -> npt.NDArray[np.bool_]:
    mask: npt.NDArray[np.bool_] = (before != after).any(axis=2)
    return mask


def shows(image: Image, color: tuple[int, int, int]) -> bool:
    return bool((image == np.array(color, np.uint8)).all(axis=2).any())


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 50), (28, 28), (480, 640), (1280, 720), (2160, 3840)]
)
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_any_picture_is_annotated_on_a_copy_of_its_own_shape(
    shape: tuple[int, int], grey: int
) -> None:
    height, width = shape
    rng = np.random.default_rng(height + grey)
    image = np.full((height, width, 3), grey, np.uint8)
    before = image.copy()
    digits = [
        Digit(
            str(rng.integers(10)),
            float(rng.random()),
            Box(*(int(rng.integers(-side // 2, side + 1)) for side in (width, height)), w, h),
            line=i % 3,
        )
        for i in range(12)
        for w, h in [(int(rng.integers(1, width + 1)), int(rng.integers(1, height + 1)))]
    ]
    rows = [[i for i in digits if i.line == n] for n in range(3)]
    out = annotate(image, reading_of(*rows, width=width, height=height), fps=29.97)
    assert out.shape == image.shape and out.dtype == np.uint8
    assert not np.shares_memory(out, image)
    np.testing.assert_array_equal(image, before)
    assert changed(image, out).any()


def test_a_reading_without_digits_leaves_the_picture_as_it_is() -> None:
    image = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    np.testing.assert_array_equal(annotate(image, Reading()), image)


@pytest.mark.parametrize(
    ("confidence", "color"), [(1.0, GREEN), (0.96, GREEN), (0.9, ORANGE), (0.5, VERMILION)]
)
def test_colour_says_how_sure_a_digit_is(confidence: float, color: tuple[int, int, int]) -> None:
    image = np.full((480, 640, 3), 255, np.uint8)
    digit = Digit("7", confidence, Box(300, 200, 40, 60))
    out = annotate(image, reading_of([digit]))
    others = {GREEN, ORANGE, VERMILION} - {color}
    assert shows(out, color) and not any(shows(out, other) for other in others)


@pytest.mark.parametrize("x", [0, 300, 600])
@pytest.mark.parametrize("y", [0, 200, 420])
def test_boxes_and_tabs_leave_the_ink_of_a_digit_free_even_at_the_border(x: int, y: int) -> None:
    image = np.full((480, 640, 3), 200, np.uint8)
    digit = Digit("7", 0.99, Box(x, y, 40, 60))
    out = annotate(image, reading_of([digit]))
    marks = changed(image, out)
    assert marks.sum() > 500
    assert not marks[y : y + 60, x : x + 40].any()


def test_thirty_two_digits_in_rows_are_labelled_without_covering_one_another() -> None:
    image = np.full((720, 1280, 3), 230, np.uint8)
    rows = [
        row_of("31415926", 120, 60 + 90 * n, 26, 40, pitch=pitch, line=n)
        for n, pitch in enumerate((32, 38, 48, 70))
    ]
    reading = reading_of(*rows, width=1280, height=720)
    marks = changed(image, annotate(image, reading))
    for x, y, w, h in (digit.box for digit in reading.digits):
        assert not marks[y : y + h, x : x + w].any()
        assert marks[y - 15 : y - 3, x : x + 8].mean() > 0.5  # each has its tab
    for line in reading.lines:  # and each row its plate, to the right
        right = marks[line.box.y : line.box.bottom, line.box.right + 12 : line.box.right + 60]
        assert right.mean() > 0.3


def test_a_row_as_wide_as_the_picture_has_its_text_where_no_digit_is() -> None:
    image = np.full((720, 1280, 3), 230, np.uint8)
    reading = reading_of(row_of("27182818284", 10, 300, 80, 110, pitch=116), width=1280, height=720)
    marks = changed(image, annotate(image, reading))
    assert not any(marks[300:410, i.box.x : i.box.right].any() for i in reading.digits)
    beside = marks.copy()
    beside[240:440] = False
    assert beside.sum() > 1000


def test_the_frame_rate_and_a_crowded_view_are_told_in_a_corner() -> None:
    image = np.full((480, 640, 3), 90, np.uint8)
    with_rate = changed(image, annotate(image, Reading(), fps=7.3))
    assert with_rate[:40, :160].any() and not with_rate[40:].any()
    noisy = changed(image, annotate(image, Reading(too_noisy=True)))
    assert noisy.sum() > with_rate.sum()


def test_a_label_keeps_within_a_picture_and_is_rendered_once() -> None:
    first = label(Text("8", 14, (0, 0, 0)), Text("99%", 9, (0, 0, 0)), fill=GREEN)
    again = label(Text("8", 14, (0, 0, 0)), Text("99%", 9, (0, 0, 0)), fill=GREEN)
    assert first is again
    assert (first.pixels != np.array(GREEN, np.uint8)).any()  # there is text on it
    for corner in [(-50, -50), (90, 90), (500, 20)]:
        box = first.at(*corner, 100, 100)
        assert box.x >= 0 and box.y >= 0 and box.right <= 100 and box.bottom <= 100


def test_a_label_goes_to_the_first_free_place_else_where_it_covers_least() -> None:
    item = label(Text("8", 14, (0, 0, 0)), fill=GREEN)
    room = Room.of(np.zeros((720, 1280, 3), np.uint8))
    room.take(Box(0, 0, 640, 720))
    corners = [(100.0, 100.0), (630.0, 100.0), (900.0, 100.0)]
    assert room.settle(room.spot(item, *i) for i in corners)[0].box.x == 900
    assert room.settle(room.spot(item, *i) for i in corners[:2])[0].box.x == 630
    assert room.settle([]) == []
