"""Again: a page that is as it was is told by its outlines, wherever the camera moved."""

from dataclasses import replace
from itertools import product

import cv2
import numpy as np
import pytest
from sheets import sheet

from livedigits.capture.frame import Image
from livedigits.find import Found, find, search
from livedigits.settings import ClassifySettings, FindSettings

SETTINGS = FindSettings(polarity="dark")
CHANGE = ClassifySettings().recall_change
TEXT = ["2537 4690", "1825"]
PAGE = sheet(TEXT, size=(700, 300)).picture()


def look(image: Image, known: Found | None = None, polarity: str = "dark") -> Found:
    """A quick look for one ink, that may remember another."""
    settings = FindSettings(polarity=polarity)  # type: ignore[arg-type]
    (found,) = find(image, settings, thorough=False, known=known, change=CHANGE)
    return all_digits(found)


def all_digits(found: Found) -> Found:
    """As if all that was found had been read."""
    if found.page is None:
        return found
    assert found.ink is not None
    rows = np.arange(len(found.candidates))
    return replace(found, page=found.page.with_digits(rows, found.ink.mask))


def noisy(image: Image, seed: int) -> Image:
    noise = np.random.default_rng(seed).normal(0, 2, image.shape)
    return (image + noise).clip(0, 255).astype(np.uint8)


def shifted(image: Image, x: float, y: float) -> Image:
    move = np.array(((1, 0, x), (0, 1, y)), np.float64)
    size = image.shape[1], image.shape[0]
    moved = cv2.warpAffine(image, move, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def with_spot(x: int, y: int, height: int) -> Image:
    image = PAGE.copy()
    cv2.line(image, (x, y), (x, y + height), (40, 40, 40), 4)
    return image


@pytest.mark.parametrize("step", [(0.6, -0.3), (5.0, 3.0), (9.0, 7.0)])
def test_marks_of_a_page_that_moves_are_told_again_where_they_are(
    step: tuple[float, float],
) -> None:
    known = look(noisy(PAGE, 0))
    for frame in range(1, 4):
        image = noisy(shifted(PAGE, step[0] * frame, step[1] * frame), frame)
        known, anew = look(image, known), look(image)
        assert known.moved is not None
        assert anew.moved is None
        assert sorted(known.moved.tolist()) == sorted(anew.boxes.tolist())
        mine, theirs = (np.lexsort(i.boxes.T) for i in (known, anew))
        np.testing.assert_array_equal(known.patches[mine], anew.patches[theirs])


def test_a_page_on_a_stand_is_told_again_as_it_was() -> None:
    known = look(noisy(PAGE, 0))
    for seed in range(1, 4):
        told = look(noisy(PAGE, seed), known)
        assert told.moved is not None
        assert told.ink is known.ink
        assert told.boxes.tolist() == known.boxes.tolist()
        np.testing.assert_array_equal(told.patches, known.patches)
        known = told


@pytest.mark.parametrize("pen", [210, 40])
def test_on_a_page_on_a_stand_the_palest_stroke_is_looked_at(pen: int) -> None:
    image = PAGE.copy()
    cv2.line(image, (640, 30), (640, 70), (pen, pen, pen), 2)
    known = look(noisy(PAGE, 0))
    assert look(noisy(image, 1), known).ink is not known.ink


@pytest.mark.parametrize(
    "other",
    [
        with_spot(640, 30, 40),
        with_spot(40, 250, 30),
        sheet(["2537 4690", "182"], size=(700, 300)).picture(),
        sheet(["2537 4690", "1325"], size=(700, 300)).picture(),
        sheet(["2587 4690", "1825"], size=(700, 300)).picture(),
        cv2.resize(PAGE, None, fx=1.2, fy=1.2),
        np.full_like(PAGE, 235),
        np.ascontiguousarray(PAGE[::-1, ::-1]),
    ],
    ids=["mark", "low mark", "gone", "8 to 3", "3 to 8", "larger", "bare", "upside down"],
)
def test_another_page_is_not_the_same_again(other: Image) -> None:
    known = look(PAGE)
    assert look(other, known).moved is None
    assert look(PAGE, known).moved is not None


def test_a_digit_that_leaves_the_view_is_not_told_again() -> None:
    left = min(box[0] for box in look(PAGE).boxes.tolist())
    known = look(shifted(PAGE, 3 - left, 0))
    assert look(shifted(PAGE, 2 - left, 0), known).moved is not None
    assert look(shifted(PAGE, -left, 0), known).moved is None


def test_specks_come_and_go_with_the_noise() -> None:
    known = look(PAGE)
    speck = PAGE.copy()
    speck[200:203, 600:603] = 40
    assert look(speck, known).moved is not None


def test_a_page_is_another_one_in_other_ink() -> None:
    known = look(PAGE)
    assert look(np.bitwise_not(PAGE), known, "light").moved is None


GRID = sheet(["2537 4690", "1825"], size=(700, 300))
RULED = GRID.ruled([(4, row[0].bottom - 2, 690, row[0].bottom - 2) for row in GRID.rows])


def test_what_a_thorough_look_took_apart_moves_with_the_page() -> None:
    (found,) = find(RULED.picture(), SETTINGS)
    known = all_digits(found)
    assert any(candidate.hidden for candidate in known.candidates)
    told = look(noisy(shifted(RULED.picture(), 4, -3), 1), known)
    assert told.moved is not None
    np.testing.assert_allclose(told.moved - found.boxes, [[4, -3, 0, 0]] * len(found.boxes), atol=2)
    hidden = [candidate.hidden for candidate in known.candidates]
    assert not told.visible[hidden].any()


def test_a_digit_that_goes_from_a_rule_is_noticed() -> None:
    (found,) = find(RULED.picture(), SETTINGS)
    known = all_digits(found)
    image = RULED.picture()
    x, y, w, h = GRID.rows[1][1]
    image[y : y + h - 6, x : x + w] = 235
    assert look(RULED.picture(), known).moved is not None
    assert look(image, known).moved is None


def test_clutter_comes_and_goes_but_no_digit() -> None:
    rng = np.random.default_rng(5)

    def cluttered(marks: int, *, without: int = 0) -> Image:
        image = PAGE.copy()
        for x in rng.permutation(30)[:marks]:
            image[255:275, 20 * x + 30 : 20 * x + 34] = 60
        image[:, : 100 * without] = 235
        return image

    known = look(cluttered(29))
    assert known.page is not None
    assert known.ink is not None
    digits = np.flatnonzero(known.boxes[:, 1] < 240)
    known = replace(known, page=known.page.with_digits(digits, known.ink.mask))
    changed = look(cluttered(26), known)
    assert changed.moved is not None
    assert changed.page is not None
    assert not changed.page.same
    assert look(cluttered(10), known).moved is None
    assert look(cluttered(29, without=1), known).moved is None


MANY = sheet(["0123456789", "9876543210", "1357924680"], size=(900, 330))


def without_digit(index: int, *, part: float) -> Image:
    """The page of many digits, one of them cut short from below."""
    image = MANY.picture()
    x, y, w, h = MANY.boxes[index]
    image[y + h - round(part * h) : y + h + 3, x : x + w] = 235
    return image


def test_one_of_many_digits_may_flicker_but_not_change_for_good() -> None:
    page, other = MANY.picture(), without_digit(4, part=0.25)
    known = look(page)
    for image in [other, page] * 4:
        known = look_again(image, known)
        assert known.page is not None
        assert known.moved is not None
        assert known.page.same
        assert int(np.count_nonzero(~known.visible)) == (image is other)
    for _ in range(2):
        known = look_again(other, known)
        assert known.moved is not None
    assert look_again(other, known).moved is None


def test_none_of_many_digits_may_go() -> None:
    assert look_again(without_digit(4, part=0.8), look(MANY.picture())).moved is None


def look_again(image: Image, known: Found) -> Found:
    """A quick look for dark ink; which marks are digits stays as it was."""
    (found,) = find(image, SETTINGS, thorough=False, known=known, change=CHANGE)
    return found


def test_what_a_quick_look_passes_over_is_told_of_the_frame_at_hand() -> None:
    """The marks of the frame before may have been among many more."""
    page = sheet(["31 41 59"], size=(900, 300), height=60, seed=1).picture()
    specked = page.copy()
    for y, x in product(range(20, 100, 8), range(20, 860, 12)):
        if (page[y - 4 : y + 8, x - 4 : x + 8] > 200).all():
            specked[y : y + 3, x : x + 3] = 40
    before = find(specked, thorough=False)[0]
    one = search(page, known=before, change=0.05)[0]
    found = one.found(False)
    assert found.moved is not None
    fresh = search(page)[0]
    anew = fresh.passed_over(fresh.found(False))
    assert [i.box for i in one.passed_over(found).candidates] == [i.box for i in anew.candidates]
