"""Scenes: what is in the picture is what the truth says; and the recordings made of them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.learn.recordings import RECORDINGS, render_frames, truth
from livedigits.learn.scenes import (
    FORMS,
    HARSH,
    STILL,
    SURFACES,
    Form,
    Scene,
    SceneDigit,
    Surface,
    draw_pen,
    render_scene,
)

RECORDED = Path(__file__).parents[2] / "recordings"
LINES = ("0522 18597", "17 04 2026", "3 64 98")


def scene_of(seed: int, surface: Surface = "paper", **options: object) -> Scene:
    """A scene of `LINES`, 60 pixels high, where the options do not say otherwise."""
    asked = {"lines": LINES, "digit_height": 60.0, "size": (960, 540), **options}
    return render_scene(np.random.default_rng(seed), surface=surface, **asked)  # type: ignore[arg-type]


def rows_of(scene: Scene) -> Iterator[list[SceneDigit]]:
    """The digits of each line."""
    for line in range(len(scene.lines)):
        yield [digit for digit in scene.digits if digit.line == line]


@pytest.mark.parametrize("surface", SURFACES)
def test_each_box_holds_ink_and_fits_it_tightly(surface: Surface) -> None:
    sign = 1 if surface == "board" else -1  # chalk is lighter than the board, ink darker than paper
    for seed in range(3):
        scene = scene_of(seed, surface, camera=replace(STILL, tilt=8.0, roll=4.0))
        grey = cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY)
        background = cv2.medianBlur(grey, 91)
        ink = sign * (grey.astype(int) - background)
        for digit in scene.digits:
            x, y, w, h = digit.box
            inside = ink[y : y + h, x : x + w]
            # A stroke covers at least a twentieth of its box and stands out from the surface.
            stroke = float(np.percentile(inside, 97))
            assert stroke > 30
            # It reaches each of the four sides, give or take the faint tip of a stroke.
            dark = inside > stroke / 3
            assert dark[:4].any() and dark[-4:].any()
            assert dark[:, :4].any() and dark[:, -4:].any()


def test_the_digits_spell_the_lines() -> None:
    scene = scene_of(1, "squared", lines=None)
    for line, row in zip(scene.lines, rows_of(scene), strict=True):
        assert "".join(digit.value for digit in row) == line.replace(" ", "")
    assert scene_of(1).lines == LINES


@pytest.mark.parametrize("surface", SURFACES)
def test_the_same_seed_gives_the_same_scene(surface: Surface) -> None:
    first, again, other = (
        scene_of(seed, surface, lines=None, size=(480, 360), digit_height=None)
        for seed in (7, 7, 8)
    )
    assert np.array_equal(first.image, again.image)
    assert first.digits == again.digits
    assert not np.array_equal(first.image, other.image)


@pytest.mark.parametrize("size", [(320, 240), (1280, 720), (720, 960)])
@pytest.mark.parametrize("surface", SURFACES)
def test_every_surface_renders_at_every_size_with_all_digits_in_view(
    surface: Surface, size: tuple[int, int]
) -> None:
    scene = scene_of(3, surface, lines=None, size=size, digit_height=None, camera=HARSH)
    assert scene.image.dtype == np.uint8
    assert scene.image.shape == (size[1], size[0], 3)
    assert scene.digits
    for digit in scene.digits:
        assert digit.box.x >= 0 and digit.box.y >= 0
        assert digit.box.right <= size[0] and digit.box.bottom <= size[1]


def test_no_digit_touches_its_neighbour_even_with_the_broadest_pen() -> None:
    height = 60
    for seed in range(6):
        rng = np.random.default_rng(seed)
        pen = replace(draw_pen(rng, "marker"), width=0.15)
        scene = scene_of(seed, pen=pen, camera=STILL, digit_height=float(height))
        for a, b in combinations([digit.box for digit in scene.digits], 2):
            apart = a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y
            assert apart, (a, b)
        # Ink that grows by 0.05 heights on every side still joins no two digits.
        grey = cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY)
        ink = (grey < 0.6 * cv2.medianBlur(grey, 91)).astype(np.uint8)
        reach = 2 * round(0.05 * height) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        _, labels = cv2.connectedComponents(cv2.dilate(ink, kernel))
        blobs = []
        for x, y, w, h in (digit.box for digit in scene.digits):
            blobs.append(set(labels[y : y + h, x : x + w][ink[y : y + h, x : x + w] > 0].tolist()))
        assert all(blobs)
        assert all(a.isdisjoint(b) for a, b in combinations(blobs, 2))


def test_numbers_stand_further_apart_than_the_digits_of_a_number() -> None:
    for seed in range(5):
        scene = scene_of(seed, lines=("12 345 6", "7890 11 47"), camera=STILL)
        for line, row in zip(scene.lines, rows_of(scene), strict=True):
            starts = np.cumsum([len(number) for number in line.split()])[:-1]
            gaps = [b.box.x - a.box.right for a, b in pairwise(row)]
            between = [gap for index, gap in enumerate(gaps, 1) if index in starts]
            within = [gap for index, gap in enumerate(gaps, 1) if index not in starts]
            assert min(between) > 1.5 * max(within)


def ink_of(scene: Scene) -> np.ndarray:
    """Where a scene is clearly darker than its paper, `(h, w)` uint8."""
    grey = cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY)
    return np.asarray(grey < 0.75 * cv2.medianBlur(grey, 91), np.uint8)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_printed_around_the_digits_that_are_written_without_it(form: Form) -> None:
    for seed in range(2):
        plain, printed = (scene_of(seed, camera=STILL, form=i) for i in (None, form))
        assert [digit.value for digit in printed.digits] == [i.value for i in plain.digits]
        assert printed.lines == plain.lines
        assert not np.array_equal(printed.image, plain.image)
        # It runs beyond each number on both sides.
        ink = ink_of(printed)
        for row in rows_of(printed):
            top, bottom = min(i.box.y for i in row), max(i.box.bottom for i in row)
            left, right = row[0].box.x, row[-1].box.right
            level = ink[max(top - 25, 0) : bottom + 25, left:right].mean(axis=1)
            assert level.max() > 0.5  # a line that is as long as half of the row


def test_digits_of_a_number_that_may_touch_run_into_each_other_now_and_then() -> None:
    together = apart = 0
    for seed in range(6):
        scene = scene_of(seed, camera=STILL, touching=True)
        assert "".join(i.value for i in scene.digits) == "".join(LINES).replace(" ", "")
        _, labels = cv2.connectedComponents(ink_of(scene))
        for row in rows_of(scene):
            for one, other in pairwise(row):
                shared = marks_in(labels, one) & marks_in(labels, other)
                together += bool(shared)
                apart += not shared
    assert together > 5
    assert apart > together


def marks_in(labels: np.ndarray, digit: SceneDigit) -> set[int]:
    """Numbers of the marks that lie well within a digit's box."""
    x, y, w, h = digit.box
    own = labels[y : y + h, x : x + w]
    numbers, counts = np.unique(own[own > 0], return_counts=True)
    return {int(i) for i, count in zip(numbers, counts, strict=True) if count > 0.03 * w * h}


@pytest.mark.parametrize("line", ["", " 1", "1  2", "12a", "1.5"])
def test_lines_that_are_not_digits_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match="digits with single spaces"):
        scene_of(0, lines=[line])


def test_more_text_than_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        scene_of(0, lines=["1" * 100], size=(320, 240))


def test_the_manifest_lists_every_recording_with_its_truth() -> None:
    manifest = json.loads((RECORDED / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == [truth(recording) for recording in RECORDINGS]
    files = {path.name for path in RECORDED.iterdir()}
    assert files == {entry["file"] for entry in manifest} | {"manifest.json"}
    for entry in manifest:
        assert 15 <= sum(len(line.replace(" ", "")) for line in entry["lines"]) <= 35
    assert sum((RECORDED / name).stat().st_size for name in files) < 8_000_000


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.file)
def test_each_recording_has_its_frames_and_its_size(recording) -> None:  # type: ignore[no-untyped-def]
    video = cv2.VideoCapture(str(RECORDED / recording.file))
    shapes = []
    while True:
        read, image = video.read()
        if not read:
            break
        shapes.append(image.shape)
    width, height = recording.size
    assert shapes == [(height, width, 3)] * recording.frames
    if recording.fps is not None:
        assert video.get(cv2.CAP_PROP_FPS) == pytest.approx(recording.fps)


def test_a_recording_whose_digits_leave_the_view_is_refused() -> None:
    paper = RECORDINGS[0]
    astray = replace(paper, pose=replace(paper.pose, x=900.0), frames=1)
    with pytest.raises(ValueError, match=r"paper\.webm: . leaves the view"):
        render_frames(astray)
