"""Lines: digits into rows and numbers in reading order, however the page lies."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from livedigits.follow import group_lines
from livedigits.follow.lines import text_direction
from livedigits.reading import Box, Digit, Reading
from livedigits.settings import FollowSettings

HEIGHT = 40.0


def place(
    rows: Sequence[str],
    *,
    rng: np.random.Generator | None = None,
    height: float = HEIGHT,
    left: float = 100.0,
    top: float = 100.0,
    pitch: float = 1.8,
    sag: float = 0.0,
) -> list[Digit]:
    """Digits of rows of text as a person places them.

    Args:
        rows: what is written; a space between numbers is a gap of 1.3 heights.
        rng: sizes, gaps and heights vary with it; without it all are the same.
        height: of a digit, in pixels.
        left: where rows begin.
        top: of the first row.
        pitch: from row to row, in heights.
        sag: how far the middle of a row hangs below its ends, in heights.
    """

    def vary(spread: float) -> float:
        return 0.0 if rng is None else float(rng.uniform(-spread, spread))

    digits = []
    for index, text in enumerate(rows):
        x = left
        width = 0.85 * height * len(text)
        for value in text:
            if value == " ":
                x += 1.05 * height
                continue
            w = height * ((0.12 if value == "1" else 0.6) + vary(0.05))
            h = height * (1 + vary(0.12))
            hang = sag * height * math.sin(math.pi * min(max((x - left) / width, 0), 1))
            y = top + index * pitch * height + height - h + hang + vary(0.08) * height
            digits.append(Digit(value, 0.99, Box(round(x), round(y), round(w), round(h))))
            x += w + height * (0.25 + vary(0.1))
    return digits


def turned(digits: Sequence[Digit], degrees: float) -> list[Digit]:
    """The digits on a page turned about its middle; boxes stay upright, as they are found."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    centers = np.array([digit.box.center for digit in digits])
    middle = centers.mean(axis=0)
    moved = (centers - middle) @ np.array(((cos, sin), (-sin, cos))) + middle
    result = []
    for digit, (x, y) in zip(digits, moved, strict=True):
        w = digit.box.w * cos + 0.5 * digit.box.h * abs(sin)
        h = digit.box.h * cos + 0.5 * digit.box.w * abs(sin)
        box = Box(round(x - w / 2), round(y - h / 2), round(w), round(h))
        result.append(Digit(digit.value, digit.confidence, box))
    return result


def texts(digits: Sequence[Digit], seed: int = 0) -> list[str]:
    """What is read, whatever order the digits come in."""
    order = np.random.default_rng(seed).permutation(len(digits))
    return [line.text for line in group_lines([digits[i] for i in order]).lines]


def random_rows(rng: np.random.Generator) -> list[str]:
    """Three to six rows of two to four numbers."""
    return [
        " ".join(
            "".join(rng.choice(list("0123456789"), rng.integers(1, 5)))
            for _ in range(rng.integers(2, 5))
        )
        for _ in range(rng.integers(3, 7))
    ]


@pytest.mark.parametrize("degrees", [-15, -10, -6, -3, -1, 0, 1, 3, 6, 10, 15])
@pytest.mark.parametrize("seed", range(4))
def test_rows_of_a_tilted_page_are_read_in_order(seed: int, degrees: int) -> None:
    rng = np.random.default_rng(seed)
    rows = random_rows(rng)
    page = turned(place(rows, rng=rng), degrees)
    assert texts(page, seed) == rows
    assert math.degrees(group_lines(page).tilt) == pytest.approx(degrees, abs=2.5)


@pytest.mark.parametrize("sag", [-0.8, -0.4, 0.4, 0.8])
def test_rows_may_curve(sag: float) -> None:
    rows = ["314 159 265 358", "271 828 182 845", "141 421 356 237"]
    assert texts(place(rows, rng=np.random.default_rng(1), sag=sag)) == rows


def test_the_order_in_which_digits_come_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    page = turned(place(random_rows(rng), rng=rng), 5)
    first = group_lines(page)
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(page))
        other = group_lines([page[i] for i in order])
        assert other.lines == first.lines
        assert other.digits == first.digits


def test_columns_far_apart_are_lines_of_their_own_from_left_to_right() -> None:
    left = place(["12 34", "56", "78 9"])
    right = place(["05", "61 7", "2"], left=100 + 16 * HEIGHT, top=103)
    assert texts([*left, *right]) == ["12 34", "05", "56", "61 7", "78 9", "2"]


def test_a_row_of_large_digits_above_rows_of_small_ones() -> None:
    large = place(["2026"], height=90, top=20)
    small = place(["17 04", "3 99 1"], height=40, top=180)
    assert texts([*large, *small]) == ["2026", "17 04", "3 99 1"]


def test_digits_scattered_over_a_page_are_lines_of_their_own() -> None:
    spots = [(80, 60), (700, 150), (240, 300), (600, 420), (120, 560)]
    page = [Digit(str(i), 0.9, Box(x, y, 24, 40)) for i, (x, y) in enumerate(spots)]
    assert texts(page) == ["0", "1", "2", "3", "4"]


def test_one_digit_is_one_line() -> None:
    grouped = group_lines([Digit("7", 0.8, Box(5, 6, 20, 30))])
    assert [line.text for line in grouped.lines] == ["7"]
    assert grouped.lines[0].box == Box(5, 6, 20, 30)
    assert grouped.lines[0].confidence == pytest.approx(0.8)
    assert grouped.tilt == 0


def test_nothing_is_no_lines() -> None:
    grouped = group_lines([])
    assert (grouped.lines, grouped.digits, grouped.tilt) == ((), (), 0.0)


def test_a_column_of_single_digits_is_read_downwards() -> None:
    assert texts(place(["1", "7", "4", "9", "0"])) == ["1", "7", "4", "9", "0"]


def test_ones_are_no_gaps() -> None:
    assert texts(place(["1111 11", "11 1 111", "17 71"])) == ["1111 11", "11 1 111", "17 71"]


def test_broad_writing_has_broad_gaps() -> None:
    """Twos wider than tall, and a 1 with air around it, as a marker on a sheet leaves them."""
    above = ((256, 219, 221, 225), (508, 273, 134, 121), (704, 192, 228, 216), (1020, 176, 40, 192))
    below = ((269, 635, 265, 162), (576, 650, 128, 94), (844, 588, 40, 168), (999, 568, 103, 206))
    sheet = [Digit(i, 0.99, Box(*box)) for i, box in zip("20212019", above + below, strict=True)]
    assert texts(sheet) == ["2021", "2019"]


@pytest.mark.parametrize(
    ("gaps", "text"),
    [
        ([0.1, 0.15, 0.1, 0.6, 0.1], "1234 56"),
        ([0.4, 0.5, 0.45, 0.6, 0.4], "123456"),
        ([0.5, 0.4, 1.2, 0.5, 0.45], "123 456"),
        ([0.7, 0.8, 0.75, 0.65, 0.8], "1 2 3 4 5 6"),
        ([0.1, 0.1, 2.5, 0.6, 0.1], "123 4 56"),
    ],
)
def test_the_gaps_of_a_row_tell_what_is_a_space(gaps: Sequence[float], text: str) -> None:
    row, x = [], 0.0
    for value, gap in zip("123456", [*gaps, 0.0], strict=True):
        row.append(Digit(value, 0.99, Box(round(x), 0, 24, 40)))
        x += 24 + 40 * gap
    assert texts(row) == [text]


def test_the_gaps_of_other_rows_help() -> None:
    """Where a row has one gap alone, it cannot tell what is usual on the page."""

    def pair(gap: float, top: int) -> list[Digit]:
        return [Digit("47"[k], 0.9, Box(round(k * (24 + 40 * gap)), top, 24, 40)) for k in (0, 1)]

    close, wide = ([i for k in range(1, 5) for i in pair(gap, 100 * k)] for gap in (0.1, 0.45))
    assert texts([*pair(0.6, 0), *close])[0] == "4 7"
    assert texts([*pair(0.6, 0), *wide])[0] == "47"


def test_one_broad_digit_of_many_makes_no_broad_gaps() -> None:
    rows = place(["27 40 18"], height=60)
    broad = [replace(i, box=Box(i.box.x - 20, i.box.y, i.box.w + 40, i.box.h)) for i in rows[3:4]]
    apart = [replace(i, box=Box(i.box.x + 30, *i.box[1:])) for i in rows[4:]]
    assert texts([*rows[:3], *broad, *apart]) == ["27 40 18"]


def test_a_gap_that_wavers_is_what_it_was() -> None:
    """Boxes are a pixel or two wider in some frames."""
    settings = FollowSettings()

    def row(gap: float) -> list[Digit]:
        boxes = [Box(0, 0, 40, 60), Box(round(40 + gap), 0, 40, 60)]
        return [Digit("47"[k], 0.9, box, track=k) for k, box in enumerate(boxes)]

    limit = 60 * settings.word_gap
    for first, other, text in ((limit - 2, limit + 3, "47"), (limit + 2, limit - 3, "4 7")):
        lines = group_lines(row(first), settings)
        for gap in (other, first, other):
            lines = group_lines(row(gap), settings, lines)
            assert lines.lines[0].text == text
    for first, other, text in ((0.0, 2 * limit, "4 7"), (2 * limit, 0.0, "47")):
        lines = group_lines(row(other), settings, group_lines(row(first), settings))
        assert lines.lines[0].text == text


def test_spaces_do_not_flicker_where_all_boxes_waver() -> None:
    """The limit is told anew by gaps that waver, too."""
    rng = np.random.default_rng(0)
    changes = []
    for gap in np.arange(0.4, 1.0, 0.05):
        places = np.cumsum([0, *(24 + 40 * np.array((0.15, 0.15, gap, 0.15)))])
        lines, told = None, []
        for _ in range(300):
            sides = rng.normal(0, 1.0, (5, 3)) + np.column_stack((places, [[24, 40]] * 5))
            boxes = (Box(round(x), 0, round(w), round(h)) for x, w, h in sides)
            digits = [Digit("12345"[k], 0.9, box, track=k) for k, box in enumerate(boxes)]
            lines = group_lines(digits, before=lines)
            told.append(lines.lines[0].text)
        changes.append(sum(a != b for a, b in pairwise(told)))
    assert max(changes) <= 2


def test_lines_and_digits_belong_together() -> None:
    page = place(["12 34", "56"])
    page = [Digit(i.value, 0.5 + 0.05 * k, i.box, track=k) for k, i in enumerate(page)]
    grouped = group_lines(page)
    assert [digit.value for digit in grouped.digits] == list("123456")
    assert [digit.line for digit in grouped.digits] == [0, 0, 0, 0, 1, 1]
    assert [digit.track for digit in grouped.digits] == [0, 1, 2, 3, 4, 5]
    for index, line in enumerate(grouped.lines):
        own = [digit for digit in grouped.digits if digit.line == index]
        assert line.confidence == pytest.approx(math.prod(digit.confidence for digit in own))
        assert line.box.x == min(digit.box.x for digit in own)
        assert line.box.bottom == max(digit.box.bottom for digit in own)
    assert Reading(grouped.lines, grouped.digits).text == "12 34\n56"


def test_a_level_page_is_level_though_its_columns_line_up() -> None:
    page = place(["123456"] * 6, pitch=1.1)
    centers = np.array([digit.box.center for digit in page])
    heights = np.full(len(page), HEIGHT)
    assert text_direction(centers, heights, math.radians(30)) == pytest.approx(0, abs=0.02)


def with_exponent(base: str, exponent: str, rest: str = "", *, rise: float = 0.5) -> list[Digit]:
    """A number to a power, and what follows on the row; `rise` is between middles, in heights."""
    digits = place([base])
    last = digits[-1].box
    side = round(0.55 * HEIGHT)
    x = last.right + 4
    for value in exponent:
        top = round(last.center[1] - rise * HEIGHT - side / 2)
        digits.append(Digit(value, 0.99, Box(x, top, round(0.4 * HEIGHT), side)))
        x += round(0.5 * HEIGHT)
    follow = place([rest], left=x + 6)
    return [*digits, *follow]


@pytest.mark.parametrize("rise", [0.5, 0.7, 0.9])
@pytest.mark.parametrize("seed", range(3))
def test_an_exponent_belongs_to_the_row_of_its_base(rise: float, seed: int) -> None:
    page = [*with_exponent("34", "2", rise=rise), *place(["56 78"], top=100 + 2.2 * HEIGHT)]
    assert texts(page, seed) == ["342", "56 78"]


def test_an_exponent_of_more_digits_than_its_base_belongs_to_it() -> None:
    assert texts(with_exponent("7", "012")) == ["7012"]


def test_what_follows_an_exponent_stands_on_the_row_of_the_base() -> None:
    """The exponent leads nowhere: else the row would climb from it."""
    assert texts(with_exponent("34", "2", "57")) == ["34257"]
    assert texts(with_exponent("3", "2", "4", rise=0.7)) == ["324"]


def test_an_exponent_of_a_small_base_belongs_to_it() -> None:
    """The page's other digits tell how far from its base an exponent may be."""
    base = Digit("2", 0.99, Box(100, 112, 20, 21))
    exponent = Digit("3", 0.99, Box(125, 85, 12, 14))
    rows = place(["31 41 59", "26 53 58"], top=100 + 2.5 * HEIGHT)
    assert texts([base, exponent, *rows]) == ["23", "31 41 59", "26 53 58"]


def test_a_far_digit_of_a_row_may_stand_lower_than_a_near_one() -> None:
    """Hands waver, and by four degrees it is 0.4 of a digit after six of them."""
    first = place(["31"])
    last = first[-1].box

    def after(gap: float, lower: float) -> Digit:
        down = round(lower * HEIGHT)
        return Digit("4", 0.99, last._replace(x=round(last.x + gap * HEIGHT), y=last.y + down))

    assert len(texts([*first, after(1.2, 0.75)])) == 2
    assert len(texts([*first, after(6, 0.75)])) == 1
    assert len(texts([*first, after(6, 1.1)])) == 2


def test_small_print_on_a_page_with_large_digits_has_rows_of_its_own() -> None:
    large = [Digit("8", 0.99, Box(20 + 80 * i, 300, 45, 60)) for i in range(8)]
    first = [Digit("1", 0.99, Box(60, 103, 10, 16)), *_small("23", 80, 100)]
    small = [*first, *_small("456", 20, 140)]
    assert texts(small) == ["123", "456"]
    assert set(texts([*large, *small])) == {"123", "456", "8" * 8}


def _small(text: str, left: int, top: int) -> list[Digit]:
    return [Digit(i, 0.99, Box(left + 20 * n, top, 14, 20)) for n, i in enumerate(text)]


def test_an_exponent_does_not_draw_the_row_above_into_its_own() -> None:
    above = place(["28 19 4"], top=100 - 1.8 * HEIGHT)
    page = [*above, *with_exponent("34", "2", "57")]
    assert texts(page) == ["28 19 4", "34257"]


def test_a_large_digit_or_one_far_off_is_no_exponent() -> None:
    base = place(["34"])
    last = base[-1].box
    large = Box(last.right + 4, last.y - round(1.0 * HEIGHT), last.w, last.h)
    assert len(texts([*base, Digit("2", 0.99, large)])) == 2
    far = Box(last.right + round(3 * HEIGHT), last.y - round(0.8 * HEIGHT), 16, 22)
    assert len(texts([*base, Digit("2", 0.99, far)])) == 2
    below = Box(last.right + 4, last.bottom + 4, 16, 22)
    assert len(texts([*base, Digit("2", 0.99, below)])) == 2


@pytest.mark.parametrize("degrees", [-8, 8])
def test_an_exponent_on_a_tilted_page_belongs_to_its_base(degrees: float) -> None:
    rows = place(["31 41 59", "26 53 58"], top=100 + 2.2 * HEIGHT)
    page = turned([*with_exponent("7134", "2"), *rows], degrees)
    assert texts(page) == ["71342", "31 41 59", "26 53 58"]


def test_a_digit_that_hangs_on_a_rule_draws_none_of_the_row_above_into_its_own() -> None:
    page = [*place(["049"]), *place(["900 67347"], left=92, top=100 + 1.6 * HEIGHT)]
    box = page[3].box
    page[3] = replace(page[3], box=box._replace(y=box.y - 16, h=box.h + 16))
    assert texts(page) == ["049", "900 67347"]


def tracked(digits: Sequence[Digit]) -> list[Digit]:
    return [replace(digit, track=number) for number, digit in enumerate(digits)]


def test_rows_move_with_their_digits() -> None:
    rng = np.random.default_rng(4)
    page = tracked(turned(place(random_rows(rng), rng=rng), 5))
    before = group_lines(page)
    moved = [
        replace(
            digit,
            box=digit.box._replace(x=digit.box.x + 7, y=digit.box.y - 4),
            confidence=0.9 * digit.confidence,
        )
        for digit in page
    ]
    order = np.random.default_rng(0).permutation(len(moved))
    after = before.moved([moved[i] for i in order])
    assert after == group_lines(moved)


def test_rows_of_other_digits_are_not_those_that_were() -> None:
    page = tracked(place(["12 34", "56"]))
    before = group_lines(page)
    assert before.moved(page) == before
    assert before.moved(page[1:]) is None
    assert before.moved([*page, replace(page[0], track=99)]) is None
    assert before.moved([replace(page[0], track=99), *page[1:]]) is None
    assert before.moved([replace(page[0], value="7"), *page[1:]]) is None
    box = page[0].box
    grown = replace(page[0], box=box._replace(y=box.y - 9, h=box.h + 9))
    assert before.moved([grown, *page[1:]]) is None
    assert group_lines([]).moved([]) == group_lines([])
