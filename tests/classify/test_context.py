"""Context: what stands around a mark says how far it is believed, and not which digit it is."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from livedigits.classify.context import in_context
from livedigits.settings import ClassifySettings

SETTINGS = ClassifySettings(even_rubbish=0.0002)
"""Of a model that calls hardly any digit none, as the shipped one does."""

Rows = NDArray[np.float32]

LETTER = (0, 0.9999)
SURE = (3, 1e-6)
LOOK_ALIKE = (0, 0.001)
"""A round o: the model takes it for a 0, and is nearly sure."""

DOUBTFUL = (7, 0.2)


def says(*marks: tuple[int, float]) -> Rows:
    """A row for each mark: its likeliest digit, and how likely it is none."""
    rows = np.zeros((len(marks), 11), np.float32)
    for row, (value, rubbish) in zip(rows, marks, strict=True):
        row[:10] = 0.05 * (1 - rubbish) / 9
        row[value] = 0.95 * (1 - rubbish)
        row[10] = rubbish
    return rows


def in_row(count: int, *, y: int = 0, gap: int = 30, height: int = 30) -> NDArray[np.int64]:
    """Boxes side by side."""
    return np.array([(gap * i, y, 20, height) for i in range(count)], np.int64).reshape(-1, 4)


def shifted(boxes: NDArray[np.int64], right: int, down: int = 0) -> NDArray[np.int64]:
    return np.asarray(boxes + np.array((right, down, 0, 0)))


def paper(count: int) -> NDArray[np.float64]:
    """Ground of one brightness."""
    return np.full(count, 230.0)


def believed(
    probabilities: Rows,
    boxes: NDArray[np.int64] | None = None,
    contrast: NDArray[np.float64] | None = None,
    ground: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """How likely each mark is a digit among the others."""
    boxes = in_row(len(probabilities)) if boxes is None else boxes
    contrast = np.full(len(boxes), 100.0) if contrast is None else contrast
    ground = paper(len(boxes)) if ground is None else ground
    adjusted = in_context(boxes, contrast, ground, probabilities, SETTINGS)
    np.testing.assert_allclose(adjusted.sum(axis=1), 1, atol=1e-5)
    return np.asarray(1 - adjusted[:, 10], np.float64)


def test_nothing_gives_nothing() -> None:
    assert believed(says()).shape == (0,)


def test_a_mark_alone_is_what_the_model_says() -> None:
    alone = [float(believed(says((3, rubbish)))[0]) for rubbish in (1e-6, 1e-4, 0.01, 0.5, 0.99)]
    assert alone == sorted(alone, reverse=True)
    assert min(alone[:2]) > 0.95
    assert alone[2] > 0.5
    assert max(alone[3:]) < 0.5


def test_a_doubtful_mark_is_a_digit_among_digits_and_none_among_letters() -> None:
    at = 4
    among = {other: [other] * 9 for other in (SURE, LETTER)}
    for marks in among.values():
        marks[at] = DOUBTFUL
    alone = believed(says(DOUBTFUL))[0]
    assert believed(says(*among[SURE]))[at] > 0.7 > 0.5 > alone
    assert believed(says(*among[LETTER]))[at] < 0.05 < alone


def test_a_look_alike_is_none_among_letters_and_a_digit_by_itself() -> None:
    word = [LETTER, LOOK_ALIKE, LETTER, LETTER, LOOK_ALIKE, LETTER]
    assert believed(says(*word))[[1, 4]].max() < 0.2
    assert believed(says(LOOK_ALIKE))[0] > 0.9
    assert believed(says(LOOK_ALIKE, *[SURE] * 6))[0] > 0.9


def test_sure_digits_stay_digits_beside_a_word() -> None:
    marks = [LETTER] * 6 + [SURE] * 4
    assert believed(says(*marks))[6:].min() > 0.85


def test_a_word_on_a_page_of_numbers_is_a_word() -> None:
    """Its o is judged by its own surroundings, not by the page's."""
    boxes = np.concatenate([in_row(10, y=100 * i) for i in range(6)])
    marks = [SURE] * 50 + [LETTER] * 10
    marks[54] = LOOK_ALIKE
    page = believed(says(*marks), boxes)
    assert page[54] < 0.4
    assert page[:50].min() > 0.98


def test_what_digit_a_mark_is_does_not_change() -> None:
    given = says(SURE, LETTER, LOOK_ALIKE, DOUBTFUL, SURE)
    adjusted = in_context(in_row(5), np.full(5, 100.0), paper(5), given, SETTINGS)
    shares = given[:, :10] / given[:, :10].sum(axis=1, keepdims=True)
    own = adjusted[:, :10] / adjusted[:, :10].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(own, shares, atol=1e-5)


def test_marks_in_any_order_are_believed_alike() -> None:
    rng = np.random.default_rng(0)
    count = 40
    boxes = np.concatenate([rng.integers(0, 600, (count, 2)), rng.integers(8, 60, (count, 2))], 1)
    contrast = rng.uniform(30, 200, count)
    given = says(*[(int(rng.integers(10)), float(10 ** rng.uniform(-6, 0))) for _ in range(count)])
    first = believed(given, boxes, contrast)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(count)
        again = believed(given[order], boxes[order], contrast[order])
        np.testing.assert_allclose(again, first[order], atol=1e-4)


@pytest.mark.parametrize("scale", [0.25, 7])
def test_a_page_reads_alike_at_any_size_and_place(scale: float) -> None:
    marks = [LETTER, LOOK_ALIKE, LETTER, SURE, DOUBTFUL, SURE, SURE]
    boxes = in_row(len(marks), gap=40, height=32)
    moved = shifted(np.rint(boxes * scale).astype(np.int64), 1000, 400)
    np.testing.assert_allclose(believed(says(*marks), moved), believed(says(*marks)), atol=0.05)


def test_what_the_model_rules_out_to_be_none_stays_a_digit() -> None:
    """A user's model has ten classes and no other."""
    certain = says((4, 0.0))
    for others in ([], [LETTER] * 8, [SURE] * 8):
        given = np.concatenate([certain, says(*others)])
        adjusted = in_context(
            in_row(len(given)), np.full(len(given), 100.0), paper(len(given)), given, SETTINGS
        )
        np.testing.assert_allclose(adjusted[0], certain[0], atol=1e-6)


def test_near_marks_tell_more_than_far_ones_and_alike_ones_more_than_others() -> None:
    given = says(DOUBTFUL, *[SURE] * 3, *[LETTER] * 3)

    def at(digits: NDArray[np.int64], letters: NDArray[np.int64]) -> float:
        boxes = np.concatenate([[(0, 0, 20, 30)], digits, letters])
        return float(believed(given, boxes)[0])

    near, far = shifted(in_row(3), 30), shifted(in_row(3), 600)
    assert at(near, far) > 2 * at(far, near)
    tall = shifted(near * (1, 1, 1, 4), 0, -45)
    beside = shifted(near, -120)
    assert at(beside, tall) > 1.3 * at(beside, near)


def test_far_fainter_marks_tell_nothing_of_their_neighbours() -> None:
    """Grain and rules are no letters of a word."""
    given = says((3, 1e-4), *[LETTER] * 6)
    faint, dark = np.array([100.0, *[40.0] * 6]), np.full(7, 100.0)
    among_grain = believed(given, contrast=faint)[0]
    assert among_grain > 0.5
    assert among_grain > 2 * believed(given, contrast=dark)[0]


def test_the_model_s_word_weighs_as_much_as_is_asked_for() -> None:
    given = says(LOOK_ALIKE, *[LETTER] * 5)
    boxes, contrast = in_row(6), np.full(6, 100.0)
    heard = [
        1
        - in_context(
            boxes, contrast, paper(len(boxes)), given, replace(SETTINGS, model_weight=weight)
        )[0, 10]
        for weight in (0.2, 0.4)
    ]
    # The model is surer than even_rubbish that it is none, so more weight speaks against it.
    assert heard[1] < heard[0]
    trusted = ClassifySettings(even_rubbish=0.1)
    assert in_context(boxes, contrast, paper(len(boxes)), given, trusted)[0, 10] < 1 - heard[1]


@pytest.mark.parametrize("rubbish", [0.0005, 0.01, 0.1])
def test_a_model_of_which_nothing_more_is_known_is_believed_on_a_full_page(rubbish: float) -> None:
    given = np.full((22, 11), (1 - rubbish) / 10, np.float32)
    given[:, 10] = rubbish
    adjusted = in_context(in_row(22), np.full(22, 100.0), paper(22), given, ClassifySettings())
    assert adjusted[:, 10].max() < 0.1


STROKE = (1, 1e-5)


def test_strokes_on_other_ground_than_the_digits_are_grain() -> None:
    """A sheet on a wooden table; a shadow on the sheet is paler than that."""
    given = says(SURE, SURE, (7, 1e-6), STROKE, STROKE)
    ground = np.array((230.0, 228, 232, 229, 100))
    alone, aside = believed(given, ground=ground)[3:]
    assert alone > 0.9 and aside < 0.5
    assert believed(given, ground=np.where(ground < 200, 195, ground))[4] > 0.9
    brighter = believed(given, ground=np.where(ground < 200, 255, 110))[4]
    assert brighter < 0.5


def test_strokes_among_digits_of_their_ground_are_believed_on_each_of_two_sheets() -> None:
    given = says(SURE, SURE, STROKE, SURE, STROKE)
    assert (believed(given, ground=np.array((230.0, 230, 230, 110, 112))) > 0.9).all()


def test_one_digit_or_doubtful_ones_tell_nothing_of_the_ground() -> None:
    ground = np.array((230.0, 110))
    assert believed(says(SURE, STROKE), ground=ground)[1] > 0.9
    given = says(DOUBTFUL, DOUBTFUL, STROKE)
    assert believed(given, ground=np.array((230.0, 230, 110)))[2] > 0.6


def test_sure_digits_other_than_strokes_stand_on_any_ground_and_doubtful_ones_do_not() -> None:
    ground = np.array((230.0, 230, 90))
    assert believed(says(SURE, SURE, (4, 1e-5)), ground=ground)[2] > 0.9
    assert (
        believed(says(SURE, SURE, DOUBTFUL))[2]
        > 4 * believed(says(SURE, SURE, DOUBTFUL), ground=ground)[2]
    )
