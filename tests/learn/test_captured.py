"""Captured marks: what the finder cuts out of rendered scenes has the label of what it shows."""

from collections import Counter

import numpy as np
import pytest

from livedigits.find import Candidate
from livedigits.find.marks import Part
from livedigits.learn.canvases import NOT_A_DIGIT, handwritten_digits, printed_digits
from livedigits.learn.captured import _label, captured_clutter, captured_marks
from livedigits.learn.scenes import Scene, SceneDigit
from livedigits.reading import Box

DIGITS = (Box(100, 100, 40, 60), Box(150, 100, 40, 60))


def scene() -> Scene:
    """A 4 and a 7 side by side, as far as the truth goes."""
    digits = tuple(SceneDigit(i, box, 0) for i, box in zip("47", DIGITS, strict=True))
    return Scene(np.zeros((480, 640, 3), np.uint8), ("47",), digits, "paper")


def label(box: Box, part: Part | None = None) -> int | None:
    """Of a mark with that box."""
    return _label(Candidate(box, np.zeros((3, 3), np.uint8), 100.0, 5.0, part), scene())


PIECE = Part(0, 0, 1, 2)


@pytest.mark.parametrize("part", [None, PIECE])
def test_a_mark_on_a_digit_is_that_digit(part: Part | None) -> None:
    assert label(Box(102, 101, 38, 58), part) == 4
    assert label(Box(148, 97, 42, 64), part) == 7


def test_two_digits_in_one_and_what_has_nothing_of_any_are_none() -> None:
    assert label(Box(100, 100, 90, 60)) == NOT_A_DIGIT
    assert label(Box(300, 300, 40, 40)) == NOT_A_DIGIT


def test_half_of_a_digit_is_left_out_and_a_wrongly_cut_one_is_none() -> None:
    half = Box(100, 100, 22, 40)
    assert label(half) is None
    assert label(half, PIECE) == NOT_A_DIGIT
    assert label(Box(120, 100, 55, 60), PIECE) == NOT_A_DIGIT  # the end of one, half of the other


def test_a_piece_that_is_nearly_a_digit_is_left_out() -> None:
    assert label(Box(100, 100, 22, 60), PIECE) is None


def test_an_upright_rule_by_itself_is_left_out() -> None:
    """But for its surroundings it is a 1."""
    assert label(Box(300, 100, 5, 60)) is None


def test_scenes_give_digits_of_all_values_and_rubbish() -> None:
    marks = captured_marks(7, np.random.default_rng(0))
    counts = Counter(marks.labels.tolist())
    assert set(counts) == set(range(11))
    assert min(counts.values()) > 3
    assert marks.pictures.shape == (len(marks), 64, 64)
    assert (marks.pictures.max(axis=(1, 2)) > 100).all()


def test_the_same_seed_gives_the_same_marks() -> None:
    first, again, other = (captured_marks(2, np.random.default_rng(i)) for i in (3, 3, 4))
    assert np.array_equal(first.pictures, again.pictures)
    assert np.array_equal(first.labels, again.labels)
    assert first.pictures.shape != other.pictures.shape


def test_clutter_gives_rubbish_alone() -> None:
    marks = captured_clutter(6, np.random.default_rng(0))
    assert len(marks) > 6
    assert set(marks.labels.tolist()) == {NOT_A_DIGIT}


def test_printed_digits_are_alike_in_a_set_as_handwritten_ones_are_not() -> None:
    """Upright, even, of one pen: two sets differ, and the digits of one stand alike."""
    printed = printed_digits(60, np.random.default_rng(0))
    written = handwritten_digits(60, np.random.default_rng(0))
    assert printed.labels.tolist() == [i % 10 for i in range(60)] == written.labels.tolist()
    assert printed.pictures.shape == (60, 64, 64)
    assert len({picture.tobytes() for picture in printed.pictures}) == 60
    again = printed_digits(60, np.random.default_rng(0))
    assert np.array_equal(printed.pictures, again.pictures)

    def unevenness(pictures: np.ndarray) -> float:
        """How far the left side of each 1 leans, as a spread over the sets."""
        ones = pictures[1::10] > 127
        columns = np.arange(64)
        tops = [columns[one[12:24].any(axis=0)].mean() for one in ones]
        feet = [columns[one[-24:-12].any(axis=0)].mean() for one in ones]
        return float(np.std(np.array(tops) - np.array(feet)))

    assert unevenness(printed.pictures) < unevenness(written.pictures)
