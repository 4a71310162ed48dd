"""Scores of hand-made cases, worked out by hand, and what holds for every score."""

import json
import math
from collections.abc import Sequence
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest

from livedigits.capture.frame import Frame
from livedigits.errors import DataError
from livedigits.learn.calibration import expected_error, reliability
from livedigits.learn.evaluate import judge_patches, mistakes
from livedigits.learn.manifest import Photo, load_manifest
from livedigits.learn.match import edit_distance, match_lines, right_digits
from livedigits.learn.measure import calibration_error
from livedigits.learn.photos import PhotoScore, View, judge, summarise
from livedigits.reading import Box, Digit, Line, Reading

NOWHERE = Box(0, 0, 1, 1)


def reading_of(*lines: str, confidence: float = 0.9) -> Reading:
    digits = [
        Digit(value, confidence, NOWHERE, row)
        for row, line in enumerate(lines)
        for value in line.replace(" ", "")
    ]
    return Reading(tuple(Line(i, confidence, NOWHERE) for i in lines), tuple(digits))


def photo(*lines: str, optional: Sequence[str] = (), scattered: bool = False) -> Photo:
    return Photo("page.png", Path("page.png"), lines, tuple(optional), scattered)


def score(shown: Photo, *read: str, confidence: float = 0.9) -> PhotoScore:
    reading = reading_of(*read, confidence=confidence)
    return judge(shown, View(Frame(np.zeros((1, 1, 3), np.uint8)), reading, 0.004))


@pytest.mark.parametrize(
    ("truth", "read", "distance"),
    [
        ("1572", "1572", 0),
        ("1572", "1512", 1),
        ("1572", "152", 1),
        ("1572", "15772", 1),
        ("1572", "", 4),
        ("", "88", 2),
        ("123456", "234567", 2),
        ("0000", "1111", 4),
    ],
)
def test_edit_distance(truth: str, read: str, distance: int) -> None:
    assert edit_distance(truth, read) == distance
    assert edit_distance(read, truth) == distance


def test_right_digits_are_those_aligned_with_an_equal_one() -> None:
    assert right_digits("1572", "1512") == (True, True, False, True)
    assert right_digits("1572", "152") == (True, True, True)
    assert right_digits("123456", "9123456") == (False, *[True] * 6)
    assert right_digits("123456", "23456") == (True,) * 5
    assert right_digits("", "4") == (False,)


def test_lines_are_matched_to_their_nearest() -> None:
    match = match_lines(["0522", "1859", "77"], ["1858", "0522", "6"])
    assert (match.errors, match.exact) == (1 + 0 + 2, 1)
    assert match.right == ((True, True, True, False), (True,) * 4, (False,))


def test_a_line_without_a_partner_costs_its_length() -> None:
    assert match_lines(["123", "45"], ["123"]).errors == 2
    assert match_lines(["123"], ["123", "4567"]).errors == 4
    assert match_lines(["123"], []).errors == 3
    assert match_lines([], ["12"]).errors == 2
    assert match_lines([], []).errors == 0


def test_optional_lines_cost_nothing_read_or_not() -> None:
    assert match_lines(["24"], ["24"], ["1", "123"]).errors == 0
    both = match_lines(["24"], ["123", "24"], ["1", "123"])
    assert (both.errors, both.exact) == (0, 1)
    assert all(map(all, both.right))
    # A misread optional line costs its mistakes, but never more than a line that is not there.
    assert match_lines(["24"], ["24", "129"], ["123"]).errors == 1
    assert match_lines(["24"], ["24", "9"], ["123456"]).errors == 1


@pytest.mark.parametrize("truth", [["1", "11"], ["11", "1"]])
def test_of_equally_good_matches_one_with_most_exact_lines_counts(truth: list[str]) -> None:
    match = match_lines(truth, ["1"])
    assert (match.errors, match.exact) == (2, 1)


def test_no_other_match_is_better() -> None:
    rng = np.random.default_rng(3)
    for _ in range(150):
        truth, read, optional = (
            ["".join(map(str, rng.integers(0, 3, rng.integers(1, 5)))) for _ in range(count)]
            for count in rng.integers(0, 4, 3)
        )
        assert match_lines(truth, read, optional).errors == least(truth, read, optional)


def least(truth: list[str], read: list[str], optional: list[str]) -> int:
    """The least sum over all matches, tried one by one."""
    written = [*truth, *optional]
    sums = []
    for size in range(min(len(written), len(read)) + 1):
        for rows in combinations(range(len(written)), size):
            for columns in permutations(range(len(read)), size):
                pairs = zip(rows, columns, strict=True)
                matched = sum(edit_distance(written[i], read[j]) for i, j in pairs)
                missed = sum(len(truth[i]) for i in range(len(truth)) if i not in rows)
                made_up = sum(len(read[j]) for j in range(len(read)) if j not in columns)
                sums.append(matched + missed + made_up)
    return min(sums)


def test_the_order_of_lines_does_not_change_the_score() -> None:
    rng = np.random.default_rng(4)
    truth = ["12", "112", "21", "1", "1122", "2"]
    read = ["1", "12", "22", "1121", "2", "2"]
    first = match_lines(truth, read)
    for _ in range(30):
        again = match_lines(list(rng.permutation(truth)), list(rng.permutation(read)))
        assert (again.errors, again.exact) == (first.errors, first.exact)


def test_a_perfect_reading_has_no_errors_however_its_numbers_are_spaced() -> None:
    perfect = score(photo("0522 1859", "17"), "17", "05221859")
    assert (perfect.digits, perfect.lines, perfect.errors, perfect.exact) == (10, 2, 0, 2)
    assert perfect.right == (True,) * 10


def test_scattered_digits_are_lines_of_their_own() -> None:
    shown = photo("2 3", "7", "7", scattered=True)
    same = score(shown, "7 7 3", "2")
    assert (same.digits, same.lines, same.errors, same.exact) == (4, 4, 0, 4)
    # One 7 is missing, the 3 was read as an 8 and a 1 was made up: 8 and 1 stand for the two.
    other = score(shown, "8 2", "7 1")
    assert (other.errors, other.exact) == (2, 2)
    assert sorted(other.right) == [False, False, True, True]
    assert score(photo("2 3", "7", "7"), "7 7 3", "2").errors > 0


def test_figures_of_a_few_pictures() -> None:
    right = score(photo("12", "345"), "12", "345", confidence=0.99)
    wrong = score(photo("6789"), "679", "1", confidence=0.62)
    unread = judge(photo("55"), None)
    clean = score(photo(), confidence=0.9)
    loud = score(photo(), "1 7", "4", confidence=0.62)
    figures = summarise([right, wrong, unread, clean, loud])

    overall = figures.overall
    assert (overall.pictures, overall.digits, overall.lines) == (3, 11, 4)
    assert (overall.errors, overall.exact, overall.perfect) == (0 + 2 + 2, 2, 1)
    assert overall.digit_error_rate == pytest.approx(4 / 11)
    assert overall.exact_lines == pytest.approx(2 / 4)
    assert overall.perfect_pictures == pytest.approx(1 / 3)
    assert (figures.negatives, figures.clean_negatives, figures.false_digits) == (2, 1, 3)
    assert figures.false_digits_a_negative == pytest.approx(1.5)
    assert (figures.unread, figures.seconds) == (1, 0.004)
    # 5 digits said to be right with 99 %, all right; 3 of 7 with 62 %.
    unsure, sure = figures.calibration
    assert (sure.count, sure.accuracy) == (5, 1)
    assert (unsure.count, unsure.accuracy) == (7, pytest.approx(3 / 7))
    gap = (5 * (1 - 0.99) + 7 * (0.62 - 3 / 7)) / 12
    assert expected_error(figures.calibration) == pytest.approx(gap)


def test_nothing_at_all_has_no_shares() -> None:
    figures = summarise([])
    assert figures.overall.digit_error_rate is None
    assert figures.false_digits_a_negative is None
    assert figures.seconds is None
    assert expected_error(figures.calibration) is None


def test_figures_of_a_few_patches() -> None:
    probabilities = np.zeros((4, 11))
    probabilities[0, [3, 5]] = 0.8, 0.2
    probabilities[1, [3, 5]] = 0.6, 0.4
    probabilities[2, [5, 10]] = 0.3, 0.7
    probabilities[3, [5, 3]] = 0.9, 0.1
    labels = np.array([3, 5, 5, 5])
    figures = judge_patches(probabilities, labels)

    assert (figures.count, figures.accuracy) == (4, 0.5)
    assert figures.digit_error == 0.25  # the third is a 5 where "not a digit" is no choice
    log_likelihood = sum(map(math.log, (0.8, 0.4, 0.3, 0.9)))
    assert figures.loss == pytest.approx(-log_likelihood / 4)
    assert figures.calibration_error == pytest.approx((0.2 + 0.6 + 0.7 + 0.1) / 4)
    assert {tuple(i): figures.confusion[tuple(i)] for i in np.argwhere(figures.confusion)} == {
        (3, 3): 1,
        (5, 3): 1,
        (5, 5): 1,
        (5, 10): 1,
    }
    three, five, never = (figures.classes[i] for i in (3, 5, 8))
    assert (three.count, three.accuracy, three.precision, three.rejected) == (1, 1, 0.5, 0)
    assert (five.count, five.precision) == (3, 1)
    assert (five.accuracy, five.rejected) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert (never.count, never.accuracy, never.precision, never.rejected) == (0, None, None, None)
    assert mistakes(probabilities, labels).tolist() == [2, 1]  # the surer one first


def test_the_calibration_error_is_the_mean_gap_between_confidence_and_accuracy() -> None:
    rng = np.random.default_rng(5)
    probabilities = rng.dirichlet(np.full(11, 0.1), 400)
    labels = rng.integers(0, 10, 400)
    bins = reliability(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)
    assert sum(i.count for i in bins) == 400
    assert all(i.lower <= i.confidence <= i.upper for i in bins)
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    gaps = [
        abs(sum(right[(sure * 15).astype(int) == i]) - sum(sure[(sure * 15).astype(int) == i]))
        for i in range(15)
    ]
    assert sure.max() < 1
    assert expected_error(bins) == pytest.approx(sum(gaps) / 400)
    assert calibration_error(probabilities, labels) == pytest.approx(sum(gaps) / 400)


def test_marks_that_are_no_digit_have_a_row_of_their_own() -> None:
    probabilities = np.zeros((4, 11))
    probabilities[0, [3, 10]] = 0.9, 0.1
    probabilities[1, [3, 10]] = 0.4, 0.6
    probabilities[2, [7, 10]] = 0.2, 0.8
    probabilities[3, [7, 10]] = 0.7, 0.3
    figures = judge_patches(probabilities, np.array([3, 3, 10, 10]))

    assert (figures.count, figures.accuracy) == (4, 0.5)
    assert figures.digit_error == 0  # of the two that are digits
    assert figures.confusion.shape == (11, 11)
    assert figures.confusion[10].tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1]
    none = figures.classes[10]
    assert (none.value, none.count) == ("not a digit", 2)
    assert (none.accuracy, none.precision, none.rejected) == (0.5, 0.5, 0.5)
    alone = judge_patches(probabilities[2:], np.array([10, 10]))
    assert (alone.accuracy, alone.digit_error) == (0.5, None)


def test_a_manifest_is_read_with_what_it_leaves_out(tmp_path: Path) -> None:
    entries = [
        {"file": "a.png", "lines": ["1 2"], "surface": "board", "tier": "core"},
        {"file": "sub/b.png", "lines": [], "optional": ["7"], "layout": "scattered"},
    ]
    (tmp_path / "manifest.json").write_text(json.dumps(entries), encoding="utf-8")
    first, second = load_manifest(tmp_path)
    assert (first.lines, first.surface, first.tier, first.scattered) == (
        ("1 2",),
        "board",
        "core",
        False,
    )
    assert (second.path, second.optional) == (tmp_path / "sub" / "b.png", ("7",))
    assert second.scattered
    assert load_manifest(tmp_path / "manifest.json", tier="core") == [first]
    with pytest.raises(DataError, match="core"):
        load_manifest(tmp_path, tier="hard")
