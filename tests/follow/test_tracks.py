"""Tracks: a digit keeps its number and its value while it is in view, and what flickers is none."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from livedigits.classify import Sightings
from livedigits.follow import Tracker
from livedigits.reading import Box, Digit
from livedigits.settings import FollowSettings

FPS = 30
PAGE = "27182845904523536028"
HEIGHT = 40

Motion = Callable[[int], tuple[float, float, float]]
"""Where a page is in a frame: x, y and how much it is enlarged."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One digit of a frame: where it is, and the probabilities of the eleven classes."""

    box: Box
    probabilities: NDArray[np.float32]


def seen(value: str, box: Box, sure: float = 0.95) -> Seen:
    """A sighting of `value` that is `sure`; the rest is spread over the other classes."""
    probabilities = np.full(11, (1 - sure) / 10, np.float32)
    probabilities[int(value)] = sure
    return Seen(box, probabilities)


def frame_of(digits: Sequence[Seen]) -> Sightings:
    """All digits of a frame as the tracker takes them."""
    return Sightings(
        np.array([digit.box for digit in digits], np.int64).reshape(-1, 4),
        np.array([digit.probabilities for digit in digits], np.float32).reshape(-1, 11),
        np.full(len(digits), 100.0),
        np.zeros(len(digits), np.bool_),
        np.arange(len(digits)),
        np.ones(len(digits), np.bool_),
    )


def box_at(x: float, y: float, zoom: float = 1.0) -> Box:
    return Box(round(x), round(y), round(26 * zoom), round(HEIGHT * zoom))


def page(
    x: float = 0.0, y: float = 0.0, zoom: float = 1.0, rng: np.random.Generator | None = None
) -> list[Seen]:
    """A page of two rows of ten digits, moved, enlarged, and found in any order."""
    result = []
    for index, value in enumerate(PAGE):
        jitter = (0, 0) if rng is None else rng.normal(0, 1.0, 2)
        left, top = 36 * (index % 10) + jitter[0], 70 * (index // 10) + jitter[1]
        result.append(seen(value, box_at(100 + x + zoom * left, 100 + y + zoom * top, zoom)))
    if rng is not None:
        result = [result[i] for i in rng.permutation(len(result))]
    return result


def follow(tracker: Tracker, frames: list[list[Seen]]) -> Iterator[tuple[Digit, ...]]:
    for index, digits in enumerate(frames):
        yield tracker.update(frame_of(digits), index / FPS)


def numbers(digits: tuple[Digit, ...]) -> dict[int | None, str]:
    """What each track is taken for."""
    return {digit.track: digit.value for digit in digits}


@pytest.mark.parametrize(
    "motion",
    [
        pytest.param(lambda i: (0, 0, 1), id="still"),
        pytest.param(lambda i: (min(i, 20) * i / 2, 0, 1), id="pan that gathers speed to 20 px"),
        pytest.param(lambda i: (0, 0, 1.01**i), id="zoom in"),
        pytest.param(
            lambda i: (-170 * np.sin(i / 2), -60 * np.sin(i / 2), 1 + 0.3 * np.sin(i / 2)),
            id="to and fro before the camera",
        ),
        pytest.param(lambda i: (-3 * i, 8 * i, 0.99**i), id="zoom out and away"),
        pytest.param(lambda i: (60 * np.sin(i / 6), 40 * np.cos(i / 5) - 40, 1), id="unsteady"),
    ],
)
def test_the_digits_of_a_moving_page_keep_their_numbers(motion: Motion) -> None:
    rng = np.random.default_rng(0)
    moves = [motion(i) for i in range(50)]
    frames = [page(x, y, zoom, rng) for x, y, zoom in moves]
    readings = [numbers(digits) for digits in follow(Tracker(0.5), frames)]
    assert sorted(readings[0].values()) == sorted(PAGE)
    assert all(reading == readings[0] for reading in readings)


def test_digits_that_are_told_again_are_followed_as_if_they_had_been_paired() -> None:
    pages = [page(3 * i, 2 * i) for i in range(30)]
    pages[10:] = [[*one, seen("7", box_at(900, 500))] for one in pages[10:]]
    paired, told = Tracker(0.5), Tracker(0.5)
    for index, digits in enumerate(pages):
        sightings = frame_of(digits)
        again = replace(sightings, again=index % 5 > 1)
        assert told.update(again, index / 30) == paired.update(sightings, index / 30)


def test_what_is_only_known_to_be_there_says_nothing_new() -> None:
    known = replace(frame_of([seen("7", box_at(50, 50), 0.7)]), fresh=np.zeros(1, np.bool_))
    shown = frame_of([seen("7", box_at(50, 50), 0.7)])
    for looks, told in ((1, []), (3, ["7"])):
        tracker = Tracker(0.5)
        for index in range(10):
            tracker.update(frame_of([]), index / 30)
        for index, sightings in enumerate([*[shown] * looks, *[known] * 12]):
            digits = tracker.update(sightings, (10 + index) / 30)
        assert [digit.value for digit in digits] == told
    assert digits[0].confidence == pytest.approx(0.7)


def test_a_page_that_moves_at_once_and_fast_keeps_its_numbers() -> None:
    """More than half of the way to the next digit: what the digits are has to tell them apart."""
    frames = [page()] * 5 + [page(20 * i) for i in range(1, 15)]
    readings = [numbers(digits) for digits in follow(Tracker(0.5), frames)]
    assert all(reading == readings[0] for reading in readings)


def test_a_digit_that_is_missed_moves_on_with_the_page() -> None:
    frames = [page(4 * i) for i in range(10)]
    for sightings in frames[7:]:
        del sightings[3]
    *_, last = follow(Tracker(0.5), frames)
    missed = [digit for digit in last if digit.box == box_at(100 + 4 * 9 + 3 * 36, 100)]
    assert [digit.value for digit in missed] == [PAGE[3]]


def test_clutter_that_hides_the_page_does_not_move_it() -> None:
    """The folds of a hand that passes over: one or the other lies where it could be a digit."""
    clutter = [
        [seen("1", box_at(115 + 8 * i, 108 + 5 * i + 60 * k)) for k in range(3)] for i in range(6)
    ]
    tracker = Tracker(0.5)
    frames = [*[page()] * 10, *clutter, *[page()] * 3]
    told = [numbers(digits) for digits in follow(tracker, frames)]
    # Those that lay where the clutter was may be taken for others.
    assert len(told[9].items() & told[-1].items()) >= 18


@pytest.mark.parametrize("height", [42, 44])
def test_a_camera_that_came_nearer_once_does_not_blow_up_what_is_hidden(height: int) -> None:
    """Few digits on a page that moves fast; then it rests, and a hand covers the last one."""
    steps = np.cumsum([0] * 10 + [60, 50, 40, 30, 20, 10] + [0] * 30)
    frames = []
    for index, x in enumerate(steps.tolist()):
        tall = HEIGHT if index < 10 else height
        digits = [
            seen(value, Box(100 + x + 36 * k, 100, 26, tall)) for k, value in enumerate("157")
        ]
        frames.append(digits[:2] if 25 <= index < 34 else digits)
    told = list(follow(Tracker(0.5), frames))
    assert {digit.box for digit in told[-1]} == {digit.box for digit in frames[-1]}
    assert numbers(told[-1]) == numbers(told[9])


@pytest.mark.parametrize(
    "more", [(0, 0, 60, 0), (-60, 0, 60, 0), (0, 0, 0, 36), (0, -36, 0, 36), (13, 0, -13, 0)]
)
def test_a_digit_is_as_large_as_it_was_but_for_a_moment(more: tuple[int, ...]) -> None:
    """A piece of a rule hangs on it, on either side, or it is in pieces."""
    moments = {20, 21, 22, 30, *range(40, 65)}
    frames = []
    for index in range(65):
        box = box_at(300 + 3 * index, 300)
        if index in moments:
            box = Box(*np.add(box, more).tolist())
        frames.append([*page(3 * index), seen("7", box)])
    told = list(follow(Tracker(0.5), frames))
    assert all(numbers(digits) == numbers(told[0]) for digits in told)
    boxes = [next(i.box for i in digits if i.track == len(PAGE) + 1) for digits in told]
    for index, box in enumerate(boxes[:40]):
        assert np.abs(np.subtract(box, box_at(300 + 3 * index, 300))).max() <= 0.3 * 60
    assert boxes[-1] == frames[-1][-1].box  # what stays belongs to it


def test_two_digits_that_touch_for_a_while_stay_two() -> None:
    """What is seen of both is one mark that covers the slim one, and reads as the other."""
    eight, one = Box(300, 300, 26, 40), Box(328, 302, 6, 38)
    apart = [*page(), seen("8", eight), seen("1", one)]
    frames = [apart] * 15 + [[*page(), seen("8", eight.union(one))]] * 5 + [apart] * 5
    told = list(follow(Tracker(0.5), frames))
    assert all(numbers(digits) == numbers(told[0]) for digits in told)


def test_a_mark_in_a_digit_that_was_never_seen_beside_it_is_no_second_one() -> None:
    five, body = Box(300, 300, 46, 40), Box(302, 312, 26, 28)
    frames = [[*page(), seen("5", five)]] * 15 + [[*page(), seen("6", body)]] * 3
    told = list(follow(Tracker(0.5), frames))
    assert all(numbers(digits) == numbers(told[0]) for digits in told)


@pytest.mark.parametrize(("looks", "stays"), [(12, True), (2, False)])
def test_what_has_settled_is_remembered_where_it_is_only_known_to_be_there(
    looks: int, stays: bool
) -> None:
    shown = frame_of([seen("7", box_at(50, 50))])
    known = replace(shown, fresh=np.zeros(1, np.bool_))
    tracker = Tracker(0.5)
    sightings = [*[shown] * looks, *[known] * 30, *[frame_of([])] * 3, shown]
    told = [tracker.update(each, index / FPS) for index, each in enumerate(sightings)]
    assert (numbers(told[-1]) == numbers(told[0])) == stays


def test_one_wrong_frame_changes_neither_value_nor_number() -> None:
    box = box_at(50, 50)
    frames = [[seen("7", box)] for _ in range(30)]
    frames[12] = [seen("1", box, 0.999)]
    readings = [numbers(digits) for digits in follow(Tracker(0.5), frames)]
    assert readings == [{1: "7"}] * 30


def test_wrong_frames_at_the_start_are_put_right_under_the_same_number() -> None:
    box = box_at(50, 50)
    frames = [[seen("9", box)]] * 6 + [[seen("4", box)]] * 24
    readings = [numbers(digits) for digits in follow(Tracker(0.5), frames)]
    assert readings[5] == {1: "9"}
    assert readings[20:] == [{1: "4"}] * 10


def test_a_label_does_not_flicker_between_two_that_are_about_as_likely() -> None:
    box, rng = box_at(50, 50), np.random.default_rng(0)
    probabilities = np.full(11, 0.01, np.float32)
    frames = []
    for share in rng.uniform(0.44, 0.56, 120):
        one = probabilities.copy()
        one[[1, 7]] = 0.91 * share, 0.91 * (1 - share)
        frames.append([Seen(box, one)])
    labels = [digit.value for digits in follow(Tracker(0.3), frames) for digit in digits]
    assert len(labels) == 120
    assert sum(a != b for a, b in pairwise(labels)) <= 1


@pytest.mark.parametrize(("away_s", "same"), [(0.1, True), (0.5, True), (0.8, False)])
def test_a_digit_out_of_sight_keeps_its_number_for_as_long_as_it_is_remembered(
    away_s: float, same: bool
) -> None:
    tracker, box = Tracker(0.5), box_at(50, 50)
    before = [tracker.update(frame_of([seen("3", box)]), i / FPS) for i in range(10)][-1]
    gone = 10 / FPS + away_s
    for time in np.arange(10 / FPS, gone, 1 / FPS):
        tracker.update(frame_of([]), time)
    after = [tracker.update(frame_of([seen("3", box)]), gone + i / FPS) for i in range(10)][-1]
    assert (numbers(after) == numbers(before)) is same
    assert [digit.value for digit in after] == ["3"]


@pytest.mark.parametrize("fps", [5, 10, 15, 30])
def test_what_a_hand_passes_over_is_told_on_at_any_rate(fps: int) -> None:
    """For 0.4 s, and no longer."""
    tracker = Tracker(0.5)
    under = [round(covered * fps) for covered in (0.35, 0.8)]
    told = []
    for hidden in under:
        frames = [page()] * fps + [page()[:15]] * hidden + [page()] * fps
        told.append([len(tracker.update(frame_of(i), t / fps)) for t, i in enumerate(frames)])
        tracker = Tracker(0.5)
    assert set(told[0]) == {20}
    gone = told[1].index(15)
    assert 0.4 - 1 / fps <= (gone - fps) / fps <= 0.4 + 2 / fps


def test_a_digit_that_has_gone_is_not_reported_for_longer_than_it_is_remembered() -> None:
    tracker = Tracker(0.5)
    for i in range(10):
        tracker.update(frame_of([seen("3", box_at(50, 50))]), i / FPS)
    reported = [bool(tracker.update(frame_of([]), (10 + i) / FPS)) for i in range(30)]
    assert reported[0]
    assert not any(reported[18:])


def test_a_false_digit_in_one_frame_of_ten_is_never_reported() -> None:
    steady = page()
    frames = [[*steady, seen("6", box_at(600, 300))] if i % 10 == 5 else steady for i in range(100)]
    for digits in follow(Tracker(0.5), frames):
        assert len(digits) == len(PAGE)


def test_a_digit_that_comes_into_view_is_reported_once_it_is_confirmed() -> None:
    steady = page()
    frames = [steady] * 5 + [[*steady, seen("6", box_at(600, 300))]] * 5
    counts = [len(digits) - len(PAGE) for digits in follow(Tracker(0.5), frames)]
    assert counts == [0] * 5 + [0, 0, 1, 1, 1]


@pytest.mark.parametrize("fps", [5, 10, 15, 30])
def test_a_digit_is_reported_within_a_third_of_a_second_at_any_rate(fps: int) -> None:
    six, steady, tracker = seen("6", box_at(600, 300)), page(), Tracker(0.5)
    for i in range(2 * fps):
        digits = tracker.update(frame_of([*steady, six] if i >= fps else steady), i / fps)
        if i >= fps + 0.3 * fps - 1:
            assert len(digits) == len(PAGE) + 1


def test_where_frames_are_rare_a_digit_seen_twice_is_reported_and_one_seen_once_is_not() -> None:
    six, steady = seen("6", box_at(600, 300)), page()
    tracker, counts = Tracker(0.5), []
    for i, visible in enumerate((0, 0, 0, 1, 0, 0, 0, 1, 1, 1)):
        digits = tracker.update(frame_of([*steady, six] if visible else steady), i / 2)
        counts.append(len(digits) - len(PAGE))
    assert counts == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]


def test_what_is_in_the_first_frame_is_reported_at_once() -> None:
    assert len(Tracker(0.5).update(frame_of(page()), 0.0)) == len(PAGE)


def test_neighbours_do_not_swap_in_a_shaking_hand() -> None:
    rng = np.random.default_rng(4)
    frames = [
        [seen("1", box_at(50 + dx, 50)), seen("7", box_at(78 + dx, 52))]
        for dx in rng.integers(-5, 6, 60)
    ]
    for digits in follow(Tracker(0.5), [i[:: rng.choice((1, -1))] for i in frames]):
        left, right = sorted(digits, key=lambda digit: digit.box.x)
        assert (left.value, right.value) == ("1", "7")
        assert {left.track, right.track} == {1, 2}


def test_a_sighting_much_larger_or_smaller_is_another_digit() -> None:
    tracker = Tracker(0.5)
    for i in range(5):
        tracker.update(frame_of([seen("8", box_at(50, 50))]), i / FPS)
    large = Box(30, 20, 70, 110)
    *_, last = (tracker.update(frame_of([seen("0", large)]), (5 + i) / FPS) for i in range(8))
    assert {digit.track for digit in last if digit.box == large} == {2}


def test_digits_less_sure_than_the_threshold_are_kept_to_oneself() -> None:
    tracker = Tracker(0.6)
    assert tracker.update(frame_of([seen("5", box_at(50, 50), 0.5)]), 0.0) == ()
    for i in range(1, 20):
        digits = tracker.update(frame_of([seen("5", box_at(50, 50), 0.9)]), i / FPS)
    assert numbers(digits) == {1: "5"}
    assert digits[0].confidence > 0.6


def test_nothing_gives_nothing() -> None:
    tracker = Tracker(0.5)
    assert tracker.update(frame_of([]), 0.0) == ()
    assert tracker.update(frame_of([]), 0.1) == ()


def test_a_digit_has_settled_once_it_has_read_alike_for_a_while_in_sight() -> None:
    settings = FollowSettings(settle_s=0.2)
    tracker, box = Tracker(0.3, settings), box_at(50, 50)
    values = ["9"] * 10 + ["4"] * 25
    stable, shown = [], []
    for i, value in enumerate(values):
        (digit,) = tracker.update(frame_of([seen(value, box)]), i / FPS)
        stable.append(digit.stable)
        shown.append(digit.value)
    assert stable[:6] == [False] * 6 and all(stable[7:10])
    changed = shown.index("4")
    assert not any(stable[changed : changed + 6]) and all(stable[changed + 7 :])
    out_of_sight = [tracker.update(frame_of([]), (35 + i) / FPS) for i in range(10)]
    assert out_of_sight[0][0].stable
    assert any(digits and not digits[0].stable for digits in out_of_sight)


def test_a_still_picture_says_no_more_the_longer_it_is_seen() -> None:
    """The same look a hundred times is one look: evidence is averaged and not summed."""
    once, *_, last = follow(Tracker(0.5), [[seen("3", box_at(50, 50), 0.8)]] * 100)
    assert last[0].confidence == pytest.approx(once[0].confidence, abs=1e-3)
