"""Captured marks: what the finder cuts out of rendered scenes has the label of what it shows."""

from collections import Counter

import numpy as np

from livedigits.learn.canvases import NOT_A_DIGIT
from livedigits.learn.captured import _label, captured_clutter, captured_marks
from livedigits.learn.scenes import Scene, SceneDigit
from livedigits.reading import Box

DIGITS = (Box(100, 100, 40, 60), Box(150, 100, 40, 60))


def scene() -> Scene:
    """A 4 and a 7 side by side, as far as the truth goes."""
    digits = tuple(SceneDigit(i, box, 0) for i, box in zip("47", DIGITS, strict=True))
    return Scene(np.zeros((480, 640, 3), np.uint8), ("47",), digits, "paper")


def label(box: Box) -> int | None:
    """Of a mark with that box."""
    return _label(box, scene())


def test_a_mark_on_a_digit_is_that_digit() -> None:
    assert label(Box(102, 101, 38, 58)) == 4
    assert label(Box(148, 97, 42, 64)) == 7


def test_two_digits_in_one_and_what_has_nothing_of_any_are_none() -> None:
    assert label(Box(100, 100, 90, 60)) == NOT_A_DIGIT
    assert label(Box(300, 300, 40, 40)) == NOT_A_DIGIT


def test_half_of_a_digit_is_left_out() -> None:
    assert label(Box(100, 100, 22, 40)) is None
    assert label(Box(100, 100, 22, 60)) is None


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
