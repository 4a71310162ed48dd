"""Find: every digit, on any surface and in any light, boxed tight; little where there is none."""

import cv2
import numpy as np
import pytest
from sheets import Sheet, careful_writer, digit_ink, found_share, overlap, sheet

from livedigits.capture.frame import Image
from livedigits.find import Found, find
from livedigits.learn.scenes import SURFACES, Surface, render_scene
from livedigits.reading import Box
from livedigits.settings import FindSettings

PAGE = sheet(["2718 28", "0123456789", "31 415 9"], size=(800, 400))


def found(image: Image, polarity: str = "dark") -> Found:
    """What is found of one ink, in the default settings but for the polarity."""
    (only,) = find(image, FindSettings(polarity=polarity))  # type: ignore[arg-type]
    return only


def boxes(image: Image, polarity: str = "dark") -> list[Box]:
    return [candidate.box for candidate in found(image, polarity).candidates]


def slope(width: int, height: int, low: float, high: float) -> np.ndarray:
    """Grey levels that rise from one corner to the opposite one, `(height, width, 1)`."""
    across, down = np.linspace(0, 0.5, width), np.linspace(0, 0.5, height)
    return low + (high - low) * (down[:, None, None] + across[None, :, None])


def test_every_digit_of_a_plain_page_is_found_and_boxed_tight() -> None:
    assert found_share(PAGE.boxes, boxes(PAGE.picture()), 0.8) == 1


def test_the_patches_are_those_of_the_candidates() -> None:
    seen = found(PAGE.picture())
    assert seen.patches.shape == (len(seen.candidates), 28, 28)
    assert seen.polarity == "dark"
    assert not seen.too_noisy


@pytest.mark.parametrize("surface", SURFACES)
def test_digits_are_found_on_every_surface(surface: Surface) -> None:
    truth: list[float] = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        scene = render_scene(rng, surface=surface, digit_height=60, writers=[careful_writer(seed)])
        seen = boxes(scene.image, "light" if surface == "board" else "dark")
        truth += [max(overlap(digit.box, box) for box in seen) for digit in scene.digits]
    assert np.mean(np.array(truth) > 0.6) >= 0.95


def test_light_ink_is_found_where_light_ink_is_looked_for() -> None:
    board = PAGE.picture(paper=60, pen=220)
    assert found_share(PAGE.boxes, boxes(board, "light"), 0.8) == 1
    assert found_share(PAGE.boxes, boxes(board, "dark")) < 0.2  # loops look like zeros


def test_both_inks_are_looked_for_unless_one_is_asked_for() -> None:
    dark, light = find(PAGE.picture())
    assert (dark.polarity, light.polarity) == ("dark", "light")
    assert found_share(PAGE.boxes, [candidate.box for candidate in dark.candidates]) == 1


def test_uneven_light_hides_no_digit() -> None:
    paper = slope(800, 400, 70, 250)
    assert found_share(PAGE.boxes, boxes(PAGE.picture(paper=paper, pen=0.4 * paper))) == 1


@pytest.mark.parametrize("softness", [3, 10, 30])
def test_the_edge_of_a_shadow_over_the_digits_hides_none(softness: int) -> None:
    light = np.full((400, 800), 230, np.float32)
    light[:, :390] = 110
    light[200:, 560:] = 110
    light = cv2.GaussianBlur(light, (0, 0), softness)[..., None]
    assert found_share(PAGE.boxes, boxes(PAGE.picture(paper=light, pen=0.35 * light))) == 1


@pytest.mark.parametrize(
    "pen",
    [(200, 60, 40), (40, 40, 200), (60, 120, 40), (150, 60, 120), (110, 110, 110)],
    ids=["blue", "red", "green", "violet", "pencil"],
)
def test_coloured_pens_and_pencil_are_found(pen: tuple[int, int, int]) -> None:
    assert found_share(PAGE.boxes, boxes(PAGE.picture(pen=pen))) == 1


@pytest.mark.parametrize("pen_px", [3, 6, 20])
def test_a_fine_pen_is_found_in_a_photo_of_12_megapixels(pen_px: int) -> None:
    # A straight 1 of a hairline is as slim as a rule, so there is one with the broadest pen alone.
    page = sheet(
        ["60221" if pen_px == 20 else "60223", "98754"],
        size=(4000, 3000),
        height=300,
        pen_width=pen_px / 300,
    )
    assert found_share(page.boxes, boxes(page.picture(paper=225, pen=70)), 0.8) == 1


@pytest.mark.parametrize("value", "0123456789")
@pytest.mark.parametrize("polarity", ["dark", "light"])
def test_a_picture_of_28_pixels_is_one_digit(value: str, polarity: str) -> None:
    mark = digit_ink(value, 20, pen_width=0.12)
    h, w = mark.shape
    top, left = (28 - h) // 2, (28 - w) // 2
    ink = np.pad(mark, ((top, 28 - h - top), (left, 28 - w - left)))
    page = Sheet(ink, (Box(left, top, w, h),), value, (value,))
    paper, pen = (255, 0) if polarity == "dark" else (0, 255)
    seen = boxes(page.picture(paper=paper, pen=pen), polarity)
    assert len(seen) == 1
    assert overlap(seen[0], page.boxes[0]) > 0.6


@pytest.mark.parametrize("value", "0123456789")
def test_a_digit_that_fills_the_picture_is_found_whole(value: str) -> None:
    page = sheet([value], size=(400, 300), height=170, pen_width=60 / 170)
    assert found_share(page.boxes, boxes(page.picture()), 0.7) == 1


def test_digits_cut_off_by_the_border_neither_fail_nor_hide_the_others() -> None:
    image = PAGE.picture()
    first = PAGE.boxes[0]
    left, top = first.x + first.w // 2, first.y + first.h // 2
    cut = image[top:, left:]
    whole = [i for i in PAGE.boxes if i.x > left and i.y > top]
    assert found_share([Box(i.x - left, i.y - top, i.w, i.h) for i in whole], boxes(cut)) == 1
    for box in boxes(cut):
        assert min(box.x, box.y) >= 0
        assert box.right <= cut.shape[1]
        assert box.bottom <= cut.shape[0]


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (2, 3), (1, 500), (7, 7)])
def test_a_tiny_picture_gives_nothing(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    assert all(not one.candidates for one in find(image))


@pytest.mark.parametrize("shape", [(500, 1), (500, 3), (40, 4000)])
def test_a_strip_of_a_picture_is_looked_at_like_any_other(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    for one in find(image):
        assert all(i.box.right <= shape[1] and i.box.bottom <= shape[0] for i in one.candidates)


@pytest.mark.parametrize("level", [0, 1, 127, 255])
def test_a_picture_of_one_colour_gives_nothing(level: int) -> None:
    for one in find(np.full((360, 640, 3), level, np.uint8)):
        assert one.candidates == ()
        assert one.patches.shape == (0, 28, 28)
        assert not one.too_noisy


def test_smooth_light_gives_nothing() -> None:
    image = np.broadcast_to(slope(640, 360, 10, 250), (360, 640, 3)).astype(np.uint8)
    assert all(not one.candidates for one in find(image))


@pytest.mark.parametrize("sigma", [5, 20, 40, 60, 100])
@pytest.mark.parametrize("channels", [1, 3])
def test_noise_gives_few_candidates_or_is_called_too_noisy(sigma: int, channels: int) -> None:
    rng = np.random.default_rng(sigma)
    noise = 128 + sigma * rng.standard_normal((720, 1280, channels))
    image = np.broadcast_to(noise.clip(0, 255), (720, 1280, 3)).astype(np.uint8)
    for one in find(image):
        marks = [candidate for candidate in one.candidates if candidate.part is None]
        assert len(marks) <= 50 or one.too_noisy
        assert len(one.candidates) <= FindSettings().max_candidates


def test_a_frame_full_of_speckle_is_called_too_noisy_and_costs_no_more_than_asked_for() -> None:
    rng = np.random.default_rng(0)
    speckle = (rng.random((720, 1280)) < 0.06).astype(np.uint8) * 200
    speckle = cv2.dilate(speckle, np.ones((3, 2), np.uint8))
    image = cv2.cvtColor(255 - speckle, cv2.COLOR_GRAY2BGR)
    settings = FindSettings(polarity="dark", max_candidates=60)
    (only,) = find(image, settings)
    assert only.too_noisy
    assert len(only.candidates) <= 60


def test_no_more_candidates_than_asked_for_are_kept_the_largest_first() -> None:
    (few,) = find(PAGE.picture(), FindSettings(polarity="dark", max_candidates=5))
    everything = found(PAGE.picture()).candidates
    areas = sorted((i.box.w * i.box.h for i in everything), reverse=True)
    assert [i.box.w * i.box.h for i in few.candidates] == areas[:5]


def test_marks_that_cannot_be_digits_are_left_out() -> None:
    image = np.full((360, 640, 3), 235, np.uint8)
    cv2.line(image, (20, 40), (620, 40), (90, 90, 90), 3)  # a rule
    cv2.line(image, (60, 80), (60, 350), (90, 90, 90), 3)  # a margin
    cv2.circle(image, (300, 200), 3, (0, 0, 0), -1)  # a dot
    assert boxes(image) == []


def test_the_width_of_the_strokes_is_told_in_pixels_of_the_frame() -> None:
    for height, size in ((60, (800, 300)), (300, (4000, 1300))):
        page = sheet(["253"], size=size, height=height, pen_width=0.1)
        strokes = [candidate.stroke for candidate in found(page.picture()).candidates]
        assert np.median(strokes) == pytest.approx(0.1 * height, rel=0.3)


def test_bare_paper_around_a_page_changes_nothing() -> None:
    """Most of the work is done only where there is ink; where that is must not show."""
    page = PAGE.picture()
    large = np.full((400 + 320, 800 + 640, 3), 235, np.uint8)
    large[128:528, 320:1120] = page
    alone, within = found(page), found(large)
    assert [i.box for i in within.candidates] == [
        Box(i.box.x + 320, i.box.y + 128, i.box.w, i.box.h) for i in alone.candidates
    ]
    assert np.array_equal(within.patches, alone.patches)


def test_a_neighbour_that_reaches_into_the_box_of_a_digit_is_left_out() -> None:
    image = np.full((240, 320, 3), 235, np.uint8)
    cv2.line(image, (100, 60), (100, 180), (40, 40, 40), 8, cv2.LINE_AA)
    cv2.line(image, (100, 180), (170, 180), (40, 40, 40), 8, cv2.LINE_AA)
    lonely = found(image).candidates
    cv2.line(image, (140, 50), (140, 150), (40, 40, 40), 8, cv2.LINE_AA)
    both = found(image).candidates
    (corner,) = (i for i in lonely if i.box.w > 60)
    (again,) = (i for i in both if i.box.w > 60 and i.box.h == corner.box.h)
    assert again.box == corner.box
    assert np.abs(again.ink.astype(int) - corner.ink).mean() < 3


def test_the_strongest_ink_is_told_of_each_place_alone() -> None:
    """Light edges of a dark stroke lie beside it, and light digits do not."""
    image = np.full((300, 700, 3), 150, np.uint8)
    cv2.line(image, (100, 0), (100, 299), (30, 30, 30), 8)
    for left in (110, 500):
        cv2.line(image, (left, 100), (left, 150), (190, 190, 190), 5)
    dark, light = find(image)
    here, there = sorted(light.candidates, key=lambda i: i.box.x)
    beside, far = dark.strongest_at(np.array([here.box, there.box]))
    assert beside > 100 > 20 > far
