"""Rules: what ruled paper, boxes and tables hold together comes apart, and digits stay whole."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sheets import Ink, Sheet, Stroke, digit_ink, overlap, sheet

from livedigits.find import Found, find
from livedigits.find.ink import InkMap
from livedigits.find.outlines import Outlines, outlines_of
from livedigits.find.rules import free, without_rules
from livedigits.inspection import Verdict
from livedigits.reader import Reader
from livedigits.reading import Box
from livedigits.settings import FindSettings

PAPER = np.full((1, 1), 235, np.uint8)

HEIGHT = 57.0
"""Of the digits of a sheet, in pixels, all in all."""

Rules = Callable[[Sheet], list[Stroke]]


def page(seed: int = 0) -> Sheet:
    return sheet(["2718 28", "0123456789", "31 415 9"], size=(800, 400), seed=seed)


def under_the_feet(page: Sheet) -> list[Stroke]:
    """Ruled paper, written on as one does."""
    feet = [max(box.bottom for box in row) - 2 for row in page.rows]
    return [(4, y, page.ink.shape[1] - 5, y) for y in feet]


def tilted(page: Sheet) -> list[Stroke]:
    """Ruled paper that lies askew: rules go from the feet of the first digits to below the last."""
    return [(4, r[0].bottom - 10, page.ink.shape[1] - 5, r[0].bottom + 24) for r in page.rows]


def through_the_middle(page: Sheet) -> list[Stroke]:
    return [(4, r[0].center[1], page.ink.shape[1] - 5, r[0].center[1]) for r in page.rows]


def boxed(page: Sheet) -> list[Stroke]:
    """A box around each row, written over at its lower edge."""
    strokes: list[Stroke] = []
    for row in page.rows:
        left, top = row[0].x - 15, min(box.y for box in row) - 12
        right, bottom = row[-1].right + 15, max(box.bottom for box in row) - 3
        strokes += [(left, top, right, top), (left, bottom, right, bottom)]
        strokes += [(left, top, left, bottom), (right, top, right, bottom)]
    return strokes


def grid(page: Sheet) -> list[Stroke]:
    """Squares that are smaller than the digits."""
    height, width = page.ink.shape
    level = [(4.0, float(y), width - 5.0, float(y)) for y in range(20, height, 40)]
    return [*level, *((float(x), 4.0, float(x), height - 5.0) for x in range(20, width, 40))]


ALL = (under_the_feet, tilted, through_the_middle, boxed)


def outlined(ink: Ink) -> tuple[InkMap, Outlines]:
    mask = np.where(ink > 127, 255, 0).astype(np.uint8)
    drawn = InkMap(ink, mask, Box(0, 0, *ink.shape[::-1]), too_noisy=False, paper=PAPER)
    outlines = outlines_of(drawn)
    assert outlines is not None
    return drawn, outlines


def freed(ink: Ink) -> NDArray[np.bool_] | None:
    """Where ink is left without its rules; None where none are found."""
    drawn, outlines = outlined(ink)
    w, h = outlines.boxes[:, 2:].T
    fit = outlines.outer & (w < 2.2 * h) & (h < 16 * w)
    result = free(drawn, outlines, fit, HEIGHT, FindSettings())
    return None if result is None else result.ink.mask > 0


def dark(ink: Sheet, *, thorough: bool = True) -> Found:
    (found,) = find(ink.picture(), FindSettings(polarity="dark"), thorough=thorough)
    return found


@pytest.mark.parametrize("rules", ALL)
@pytest.mark.parametrize("thickness", [2, 3, 5])
def test_rules_go_and_the_digits_on_them_stay(rules: Rules, thickness: int) -> None:
    for seed in range(2):
        plain = page(seed)
        ruled = plain.ruled(rules(plain), thickness)
        rest = freed(ruled.ink)
        assert rest is not None
        digits, bare = plain.ink > 127, np.zeros_like(plain.ink)
        for x, y, to_x, to_y in rules(plain):
            ends = (round(x), round(y)), (round(to_x), round(to_y))
            cv2.line(bare, *ends, 255, thickness, cv2.LINE_AA)
        lines = bare > 127
        assert not (rest & (ruled.ink <= 127)).any()  # nothing is added
        away = lines & (cv2.dilate(plain.ink, np.ones((9, 9), np.uint8)) <= 127)
        assert (rest & away).sum() < 0.02 * away.sum()
        own = digits & ~lines
        assert (own & ~rest).sum() < 0.09 * own.sum()
        for x, y, w, h in plain.boxes:
            here = slice(y, y + h), slice(x, x + w)
            assert (own & ~rest)[here].sum() < 0.25 * own[here].sum()


@pytest.mark.parametrize(
    ("rules", "most"),
    [(under_the_feet, 1.0), (boxed, 1.0), (tilted, 0.85), (through_the_middle, 0.7)],
)
def test_digits_on_rules_are_candidates_much_as_without_them(rules: Rules, most: float) -> None:
    fits, changes = [], []
    for seed in range(3):
        plain = page(seed)
        alone, among = dark(plain), dark(plain.ruled(rules(plain)))
        for box in plain.boxes:
            own, same = nearest(alone, box), nearest(among, box)
            fits.append(overlap(among.candidates[same].box, box) > 0.7)
            changes.append(np.abs(among.patches[same] - alone.patches[own]).mean())
    assert np.mean(fits) >= most
    assert np.median(changes) < 0.05  # another digit differs by 0.15


def nearest(found: Found, box: Box) -> int:
    """Index of the candidate that fits a box best."""
    fits = [overlap(candidate.box, box) for candidate in found.candidates]
    return int(np.argmax(fits))


@pytest.mark.parametrize("rules", [under_the_feet, boxed])
def test_digits_on_rules_are_read(reader: Reader, rules: Rules) -> None:
    right = total = 0
    for seed in range(3):
        plain = page(seed)
        reading = reader.read(plain.ruled(rules(plain)).picture())
        for value, box in zip(plain.values, plain.boxes, strict=True):
            near = [digit for digit in reading.digits if overlap(digit.box, box) > 0.5]
            right += [digit.value for digit in near] == [value]
        total += len(plain.values)
        assert len(reading.digits) <= len(plain.values)  # no rule is taken for a digit
    assert right / total > 0.85


@pytest.mark.parametrize("rules", [grid, under_the_feet, boxed])
def test_bare_rules_and_boxes_are_no_digits(reader: Reader, rules: Rules) -> None:
    plain = page()
    empty = Sheet(np.zeros_like(plain.ink), (), "", ()).ruled(rules(plain))
    assert reader.read(empty.picture()).text == ""
    assert reader.read(empty.picture(paper=50, pen=220)).text == ""


@pytest.mark.parametrize("pen_width", [0.06, 0.1, 0.16])
def test_a_page_without_rules_has_none(pen_width: float) -> None:
    rows = ["2718 28", "0123456789", "31 415 9", "4774 7447"]
    for seed in range(4):
        plain = sheet(rows, size=(900, 480), seed=seed, pen_width=pen_width)
        assert freed(plain.ink) is None


@pytest.mark.parametrize("seed", range(3))
def test_a_thorough_look_at_a_clean_page_finds_all_that_a_quick_one_does(seed: int) -> None:
    quick, thorough = dark(page(seed), thorough=False), dark(page(seed))
    assert not any(candidate.hidden for candidate in quick.candidates)
    plain = [i for i, candidate in enumerate(thorough.candidates) if not candidate.hidden]
    assert [thorough.candidates[i].box for i in plain] == [i.box for i in quick.candidates]
    assert np.array_equal(thorough.patches[plain], quick.patches)


def test_what_rules_held_together_is_found_by_a_thorough_look_alone() -> None:
    plain = page()
    ruled = plain.ruled(under_the_feet(plain))
    assert dark(ruled, thorough=False).candidates == ()
    assert all(candidate.hidden for candidate in dark(ruled).candidates)


@pytest.mark.parametrize("rules", [under_the_feet, boxed])
def test_a_stroke_that_runs_along_a_paler_rule_stays(rules: Rules) -> None:
    """The foot of a 2 lies on the line; without it, it is a 7."""
    seen = total = 0
    for seed in range(4):
        plain = sheet(["2222 22", "2222222222", "22 222 2"], size=(800, 400), seed=seed)
        printed = replace(plain, ink=np.zeros_like(plain.ink)).ruled(rules(plain), 5).ink
        feet = (plain.ink > 200) & (printed > 127)
        rest = freed(np.maximum(plain.ink, (0.7 * printed).astype(np.uint8)))
        assert rest is not None
        seen += (rest & feet).sum()
        total += feet.sum()
    assert seen > 0.9 * total


def pale_net(value: str) -> tuple[Sheet, NDArray[np.float32], int]:
    """Digits, one of which stands on a rule; the strength of ruled paper that its margin holds
    together from border to border, in grey levels; and the row of that rule."""
    plain = sheet(["31  60", f"{value}  58", "24  90"], size=(1000, 560), height=60)
    hung = plain.boxes[4]
    foot = hung.bottom - 2
    rules = [((0, y - 4), (999, y + 40)) for y in (20, foot, foot + 130, 530)]
    rules.append(((970, 0), (955, 559)))
    printed = np.zeros((560, 1000), np.float32)
    for start, end in rules:
        line = cv2.line(np.zeros((560, 1000), np.uint8), start, end, 29, 3)
        printed += cv2.GaussianBlur(line, (0, 0), 1.5)
    return plain, printed, foot


def freed_of_pale(plain: Sheet, printed: NDArray[np.float32]) -> NDArray[np.bool_] | None:
    """What is left; near the pen only what is strong beside it is ink."""
    strength = np.maximum(printed, 0.3 * plain.ink).astype(np.uint8)
    near = cv2.dilate(plain.ink, np.ones((31, 31), np.uint8)) > 0
    mask = np.where(strength > np.where(near, 17, 4), 255, 0).astype(np.uint8)
    drawn = InkMap(strength, mask, Box(0, 0, 1000, 560), too_noisy=False, paper=PAPER)
    found = outlines_of(drawn)
    assert found is not None
    w, h = found.boxes[:, 2:].T
    fit = found.outer & (w < 2 * h) & (h < 200)
    result = free(drawn, found, fit, 60.0, FindSettings())
    return None if result is None else result.ink.mask > 0


@pytest.mark.parametrize("value", "0123456789")
def test_a_digit_that_hangs_on_a_net_of_pale_rules_is_all_that_is_left_of_it(value: str) -> None:
    plain, printed, foot = pale_net(value)
    left = freed_of_pale(plain, printed)
    assert left is not None
    pen = plain.ink > 127
    assert (pen & left).sum() > 0.95 * pen.sum()
    beside = cv2.dilate(plain.ink, np.ones((7, 7), np.uint8)) == 0
    assert not (left & beside)[: foot + 60].any()  # further rules hold nothing


@pytest.mark.parametrize(("strength", "wide", "long"), [(45, 24, 10), (76, 5, 35)])
def test_darker_places_of_pale_rules_are_no_pen(strength: int, wide: int, long: int) -> None:
    """Where rules cross, or a pen has filled a piece of one, the longer way of which is the rule's.

    The wider one has the size of a stroke, and is not as dark as the pen is.
    """
    plain, printed, _ = pale_net("7")
    column = np.flatnonzero(printed[100] > 10)
    x = int(column.mean())
    piece = cv2.line(np.zeros((560, 1000), np.uint8), (x, 80), (x, 80 + long), strength, wide)
    left = freed_of_pale(plain, np.maximum(printed, cv2.GaussianBlur(piece, (0, 0), 1)))
    assert left is not None
    assert not left[60:140, x - 20 : x + 20].any()


@pytest.mark.parametrize("value", "12379")
def test_a_piece_of_a_paler_rule_that_hangs_on_a_digit_goes(reader: Reader, value: str) -> None:
    """Noise has broken the rule; what is left of it ends in the digit's foot."""
    plain = sheet([f"31 4{value}    50"], size=(700, 160), pen_width=0.08)
    x, bottom = plain.boxes[3].center[0], plain.boxes[3].bottom - 3
    piece = [(x, bottom, x + 100, bottom)]
    printed = replace(plain, ink=np.zeros_like(plain.ink)).ruled(piece, 2).ink
    hung = replace(plain, ink=np.maximum(plain.ink, (0.5 * printed).astype(np.uint8)))
    read = "".join(digit.value for digit in reader.read(hung.picture()).digits)
    assert read == f"314{value}50"


@pytest.mark.parametrize("value", "0123456789")
def test_a_digit_alone_is_not_taken_apart(value: str) -> None:
    """The bar of a 7 and the strokes of a 4 are straight, and long beside their digit."""
    for seed in range(4):
        for pen_width in (0.05, 0.15):
            own = np.pad(digit_ink(value, 80, seed=seed, pen_width=pen_width), 1)
            mask = np.where(own > 127, 255, 0).astype(np.uint8)
            _, outlines = outlined(own)
            stroke = float(outlines.strokes[outlines.outer].max())
            assert without_rules(mask, mask, stroke, 80, box=True) is None


@pytest.mark.parametrize("character", ["E", "H", "F", "#"])
def test_a_character_of_straight_strokes_stays_the_candidate_that_it_is(character: str) -> None:
    """Whatever is made of its strokes, the model sees it whole, too."""
    plain = page()
    ink = plain.ink.copy()
    x, y = 600, 260
    bars: dict[str, list[Stroke]] = {
        "E": [(0, 0, 40, 0), (0, 30, 40, 30), (0, 60, 40, 60), (0, 0, 0, 60)],
        "H": [(0, 0, 0, 60), (40, 0, 40, 60), (0, 30, 40, 30)],
        "F": [(0, 0, 40, 0), (0, 30, 40, 30), (0, 0, 0, 60)],
        "#": [(14, 0, 10, 60), (32, 0, 28, 60), (0, 20, 42, 20), (0, 40, 42, 40)],
    }
    strokes = [(x + a, y + b, x + c, y + d) for a, b, c, d in bars[character]]
    found = dark(Sheet(ink, plain.boxes, plain.values, plain.lines).ruled(strokes, 5))
    width = 40 if character != "#" else 42
    whole = Box(x - 2, y - 2, width + 5, 65)
    assert max(overlap(candidate.box, whole) for candidate in found.candidates) > 0.85


def test_a_mark_is_told_to_be_taken_apart_and_its_digits_to_be_read(reader: Reader) -> None:
    plain = page()
    inspection = reader.inspect(plain.ruled(under_the_feet(plain)).picture())
    apart = [mark.box for mark in inspection.marks if mark.verdict is Verdict.TAKEN_APART]
    assert len(apart) == len(plain.rows)
    for row in plain.rows:
        assert any(all(box.union(digit) == box for digit in row) for box in apart)
    assert inspection.counts[Verdict.READ] >= 0.85 * len(plain.values)


@pytest.mark.parametrize("degrees", [42, 50, 60, 90, 120, 138])
def test_a_stroke_that_crosses_a_rule_stays_in_one_piece(degrees: int) -> None:
    """Where it crosses, its ink is the rule's as well."""
    stroke = np.zeros((240, 600), np.uint8)
    dx, dy = 60 * np.cos(np.radians(degrees)), 60 * np.sin(np.radians(degrees))
    ends = (round(300 - dx), round(120 + dy)), (round(300 + dx), round(120 - dy))
    cv2.line(stroke, *ends, 255, 7, cv2.LINE_AA)
    crossed = cv2.line(stroke.copy(), (4, 120), (595, 120), 255, 3)
    rest = freed(crossed)
    assert rest is not None
    count, _, stats, _ = cv2.connectedComponentsWithStats(rest.astype(np.uint8))
    sizes = sorted(stats[1:count, cv2.CC_STAT_AREA].tolist())
    assert sizes[-1] > 0.85 * (stroke > 127).sum()
    assert sum(sizes[:-1]) < 0.02 * sizes[-1]


def test_what_is_left_of_upright_rules_between_level_ones_is_no_candidate() -> None:
    """Fields that are lower than the digits: the sides of one are too short to be told for sure."""
    plain = page()
    strokes: list[Stroke] = []
    for row in plain.rows:
        top, bottom = row[0].center[1] - 19, row[0].center[1] + 19
        strokes += [(4, top, 795, top), (4, bottom, 795, bottom)]
        strokes += [(float(x), top, float(x), bottom) for x in range(500, 780, 40)]
    found = dark(plain.ruled(strokes))
    assert not [i.box for i in found.candidates if i.box.x > 500 and i.box.h > 2 * i.box.w]
    assert len(found.candidates) >= len(plain.boxes)


def test_a_mark_that_looks_like_a_box_is_tried_as_a_digit_too() -> None:
    """A 0 with corners, larger than the other digits."""
    plain = page()
    corners = [(640, 100, 700, 100), (700, 100, 700, 200), (700, 200, 640, 200)]
    found = dark(plain.ruled([*corners, (640, 200, 640, 100)], 5))
    square = Box(638, 98, 65, 105)
    assert max(overlap(candidate.box, square) for candidate in found.candidates) > 0.9


@pytest.mark.parametrize("width", [640, 1280, 1920])
@pytest.mark.parametrize("text", ["7", "2", "1", "47"])
def test_few_digits_on_a_long_rule_are_found(text: str, width: int) -> None:
    plain = sheet([text], size=(width, 300), seed=1)
    found = dark(plain.ruled(under_the_feet(plain)))
    for box in plain.boxes:
        assert max((overlap(i.box, box) for i in found.candidates), default=0) > 0.7


@pytest.mark.parametrize("ends", [(10, 390), (0, 399)])
def test_digits_that_touch_the_rule_of_a_margin_are_found(ends: tuple[int, int]) -> None:
    """Slim as a digit may be, it is far taller than those beside it."""
    plain = page()
    x = plain.rows[0][0].x + 4
    found = dark(plain.ruled([(x, ends[0], x, ends[1])]))
    for row in plain.rows:
        assert max(overlap(i.box, row[0]) for i in found.candidates) > 0.8


@pytest.mark.parametrize("value", "38")
def test_a_piece_of_a_pale_rule_does_not_make_a_digit_wider(value: str) -> None:
    plain = sheet([f"3 {value} 4"], size=(500, 160), seed=2)
    box = plain.boxes[1]
    foot = box.bottom - 3
    piece = [(box.center[0], foot, box.center[0] - 50.0, foot)]
    printed = replace(plain, ink=np.zeros_like(plain.ink)).ruled(piece, 2).ink
    hung = replace(plain, ink=np.maximum(plain.ink, (0.4 * printed).astype(np.uint8)))
    assert max(overlap(i.box, box) for i in dark(hung).candidates) > 0.85


@pytest.mark.parametrize("slope", [-0.05, 0.07])
def test_rules_that_end_at_the_digits_beside_a_margin_go(slope: float) -> None:
    """Noise parts them from their other halves, but the margin's rule tells what they are."""
    aside = 150
    ink = np.pad(page().ink, ((0, 0), (aside, 0)))
    first = [row[0] for row in page().rows]
    rules = [(0.0, 20.0, 949.0, 20 + 949 * slope), (90.0, 0.0, 75.0, 399.0)]
    for digit in first:
        x, foot = digit.center[0] + aside, digit.bottom - 2
        rules.append((0.0, foot - slope * x, x, foot))
    left = freed(replace(page(), ink=ink).ruled(rules, 2).ink)
    assert left is not None
    digits = cv2.dilate(ink, np.ones((7, 7), np.uint8)) > 0
    assert not (left & ~digits).any()
    assert (left & (ink > 127)).sum() > 0.95 * (ink > 127).sum()
