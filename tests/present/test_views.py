"""Views and the way from a place on the canvas to one in the frame."""

import cv2
import numpy as np
import pytest
from sheets import sheet

from livedigits.present.views import Inspector, Viewport
from livedigits.reader import Reader
from livedigits.reading import Box, Digit, Line, Reading


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    ("frame", "room"),
    [((640, 480), (640, 480)), ((3840, 2160), (1000, 700)), ((64, 48), (900, 480))],
)
def test_a_box_drawn_where_it_is_shown_is_the_box(
    frame: tuple[int, int], room: tuple[int, int], mirrored: bool
) -> None:
    viewport = Viewport.fit(frame, room, mirrored=mirrored)
    box = Box(frame[0] // 4, frame[1] // 2, frame[0] // 8, frame[1] // 4)
    shown = viewport.box_of(box)
    x, y = viewport.box.x + shown.x, viewport.box.y + shown.y
    again = viewport.region((x + shown.w, y), (x, y + shown.h))
    assert again is not None
    pixel = max(frame[0] / room[0], 1)  # of the screen, in those of the frame
    assert np.abs(np.subtract(again, box)).max() <= 1.5 * pixel


def test_a_drag_beyond_the_picture_ends_at_its_border() -> None:
    viewport = Viewport.fit((200, 100), (400, 400), mirrored=False)  # bars above and below
    assert viewport.region((-50, -10), (900, 200)) == Box(0, 0, 200, 50)
    assert viewport.region((0, 0), (400, 50)) is None  # in the bar alone


def test_a_mirror_swaps_the_picture_and_keeps_labels_readable() -> None:
    image = np.full((240, 320, 3), 200, np.uint8)
    image[:, :100] = 90
    box = Box(20, 100, 40, 60)
    reading = Reading((Line("7", 0.99, box),), (Digit("7", 0.99, box),), 320, 240)
    plain = Viewport.fit((320, 240), (320, 240), mirrored=False).annotated(image, reading, None)
    mirror = Viewport.fit((320, 240), (320, 240), mirrored=True).annotated(image, reading, None)
    assert mirror[200, 300].tolist() == [90] * 3 and mirror[200, 20].tolist() == [200] * 3
    # The tab with the value begins at the box's left side in both, and reads the same way.
    tab = plain[82:98, 20:32].astype(int)
    assert np.abs(tab - mirror[82:98, 260:272]).max() == 0
    assert np.ptp(tab) > 100


@pytest.mark.parametrize("dark", [True, False])
def test_ink_is_white_on_black_whatever_the_pen(reader: Reader, dark: bool) -> None:
    image = sheet(["1572"], size=(640, 480), height=100, seed=1).picture()
    image = image if dark else 255 - image
    reading = reader.read(image)
    assert reading.text == "1572"
    ink = Inspector(reader).ink(image)
    assert ink.shape == image.shape
    assert set(np.unique(ink)) == {0, 255}
    for digit in reading.digits:
        x, y, w, h = digit.box
        assert 0.1 < ink[y : y + h, x : x + w].mean() / 255 < 0.8
    assert ink.mean() / 255 < 0.2


def test_of_what_only_a_coarser_level_takes_for_ink_digits_alone_are_shown(reader: Reader) -> None:
    image = np.full((480, 640, 3), 220, np.uint8)
    image[60:440, 60:180] = 40
    cv2.putText(image, "7", (280, 400), cv2.FONT_HERSHEY_SIMPLEX, 14, (40, 40, 40), 50)
    assert reader.read(image).text == "7"
    shown = Inspector(reader).ink(image)
    assert shown[80:420, 80:160].max() == 0
    x, y, w, h = reader.read(image).digits[0].box
    assert 0.1 < (shown[y : y + h, x : x + w] > 0).mean() < 0.8


def test_patches_are_shown_one_by_one_as_far_as_there_is_room(reader: Reader) -> None:
    image = sheet(["1572", "43890"], size=(640, 480), height=100, seed=1).picture()
    inspector = Inspector(reader)
    roomy = inspector.patches(image, (640, 480))
    assert roomy.shape == (480, 640, 3)
    assert (roomy.max(axis=2) > 240).mean() > 0.01  # ink, enlarged
    assert inspector.patches(image, (70, 60)).shape == (60, 70, 3)
