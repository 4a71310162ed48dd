"""Strings: characters that run together, of which it is known whose ink is whose."""

import numpy as np
import pytest

from livedigits.classify import load_classifier
from livedigits.find.patches import make_patches
from livedigits.find.seams import SLANTS, shrunk
from livedigits.learn.canvases import NOT_A_DIGIT, Canvases, handwritten_digits
from livedigits.learn.strings import Makers, String, touching_digits
from livedigits.learn.typefaces import Typeface, printed_digits


@pytest.fixture(scope="module")
def makers() -> Makers:
    digits = handwritten_digits(200, np.random.default_rng(5))
    return Makers(digits, Canvases(digits.pictures[:50], np.full(50, NOT_A_DIGIT)))


@pytest.fixture(scope="module")
def strings(makers: Makers) -> list[String]:
    rng = np.random.default_rng(6)
    return [makers.string(rng) for _ in range(300)]


def test_a_string_is_one_mark_that_holds_all_that_is_told_of_its_characters(
    strings: list[String],
) -> None:
    for string in strings:
        assert len(string.inks) == len(string.values) == len(string.shares)
        assert not (string.inks & (string.core == 0)).any()
        assert string.core[[0, -1]].max() == string.core[:, [0, -1]].max() == 0
        assert (string.shares <= 1).all()
    # But for a rule and the soft edge where two meet, all ink is somebody's.
    owned = [i.inks.any(axis=0).sum() / (i.core > 0).sum() for i in strings]
    assert np.median(owned) > 0.9 and np.mean(np.array(owned) > 0.5) > 0.97
    lengths = {len(i.values) for i in strings}
    assert lengths >= {1, 2, 3, 4}
    assert any((i.values == NOT_A_DIGIT).all() for i in strings)


def test_lines_are_at_fault_but_between_two_digits(strings: list[String]) -> None:
    between = 0
    for string in strings:
        faults = np.stack([string.faults(slant) for slant in SLANTS])
        assert faults.shape == (len(SLANTS), shrunk(string.core).shape[1])
        assert ((faults >= 0) & (faults <= 1)).all()
        known = string.values[string.areas >= 10]
        if len(known) == 1 or (known == NOT_A_DIGIT).all():
            assert (faults == 1).all()
        elif (known < NOT_A_DIGIT).all():
            between += bool((faults < 0.1).any())
    assert between > 80


def test_a_line_far_to_the_left_has_nothing_before_it(strings: list[String]) -> None:
    string = next(i for i in strings if len(i.values) == 3)
    height, width = string.core.shape
    lines = np.stack([np.zeros(height), np.full(height, width / 2), np.full(height, width)])
    left = string.before(lines)
    assert (left[0] == 0).all() and (left[2][string.areas > 0] == 1).all()
    assert ((left[0] <= left[1]) & (left[1] <= left[2])).all()


def test_pieces_are_the_digits_that_they_are_said_to_be(makers: Makers) -> None:
    pieces = touching_digits(400, makers, np.random.default_rng(7))
    assert set(pieces.labels.tolist()) == set(range(10))
    told = load_classifier()(make_patches(list(pieces.pictures)))
    assert (told[:, :10].argmax(axis=1) == pieces.labels).mean() > 0.9


def test_printed_digits_are_read_by_the_model_that_learns_them() -> None:
    printed = printed_digits(200, np.random.default_rng(8))
    told = load_classifier()(make_patches(list(printed.pictures)))
    assert (told[:, :10].argmax(axis=1) == printed.labels).mean() > 0.95


def test_a_1_without_a_foot_is_as_wide_at_its_end_as_above() -> None:
    for font in ("sans", "italic"):
        with_foot, without = (
            Typeface(font, 400, 1.0, 0.0, footless, False, slashed=True).draw("1", 80, (2, 1.5))
            for footless in (False, True)
        )
        rows = np.flatnonzero(without.max(axis=1) > 100)
        np.testing.assert_array_equal(rows, np.flatnonzero(with_foot.max(axis=1) > 100))
        width = [int((without[row] > 100).sum()) for row in (rows[len(rows) * 7 // 10], rows[-2])]
        assert abs(width[0] - width[1]) <= 1
        assert (with_foot[rows[-2]] > 100).sum() > 2 * width[1]


@pytest.mark.parametrize("weight", [150, 400, 800])
def test_a_1_with_a_level_flag_is_as_tall_as_any_and_its_flag_is_at_its_head(weight: int) -> None:
    face = Typeface("sans", weight, 1.0, 0.0, footless=True, level=True, slashed=False)
    one = face.draw("1", 80, (2, 1.5)) > 100
    rows = np.flatnonzero(one.any(axis=1))
    assert abs(len(rows) - 80) <= 3
    wide = one[rows].sum(axis=1)
    head, stem = wide[8:24].max(), wide[40:-2]
    assert stem.max() - stem.min() <= 1
    assert head > stem.max() + 8
