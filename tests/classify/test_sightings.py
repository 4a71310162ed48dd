"""Sightings: of all that was classified, the digits of the page, one for each place."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from livedigits.classify import Fate, Sightings, apart, sightings_of
from livedigits.find import Candidate
from livedigits.find.marks import Part
from livedigits.inspection import Verdict
from livedigits.reading import Box
from livedigits.settings import ClassifySettings

SETTINGS = ClassifySettings(even_rubbish=0.0002)
"""Of a model that calls hardly any digit none, as the shipped one does."""

INK = np.full((3, 3), 255, np.uint8)


def candidate(box: Box, contrast: float = 100.0, stroke: float = 4.0) -> Candidate:
    return Candidate(box, core=INK, strength=INK, contrast=contrast, stroke=stroke)


def sure_of(value: int, confidence: float, rubbish: float = 0.0) -> NDArray[np.float32]:
    """Probabilities of `value`, of "not a digit", and the rest shared by the other digits."""
    probabilities = np.full(11, (1 - confidence - rubbish) / 9, np.float32)
    probabilities[value] = confidence
    probabilities[10] = rubbish
    return probabilities


NO_DIGIT = sure_of(0, 0.0, rubbish=1.0)


def test_what_is_less_sure_than_the_threshold_is_left_out_and_the_surest_comes_first() -> None:
    candidates = [candidate(Box(100 * i, 0, 20, 30)) for i in range(4)]
    probabilities = np.stack([sure_of(3, 0.6), sure_of(7, 0.95), sure_of(1, 0.2), sure_of(0, 0.5)])
    seen = sightings_of(candidates, probabilities, 0.5, SETTINGS)
    assert seen.values.tolist() == [7, 3, 0]
    assert seen.boxes[:, 0].tolist() == [100, 0, 300]
    np.testing.assert_allclose(seen.confidence, [0.95, 0.6, 0.5], atol=0.005)


def test_what_is_not_a_digit_is_no_sighting_however_sure() -> None:
    nothing = np.zeros((1, 11), np.float32)
    nothing[0, 10] = 1
    assert len(sightings_of([candidate(Box(0, 0, 20, 30))], nothing, 0.5)) == 0


def test_of_two_in_one_place_the_surer_stays() -> None:
    both = [candidate(Box(0, 0, 40, 60)), candidate(Box(5, 5, 20, 40))]
    for confidence, surer in ((0.9, 8), (0.6, 0)):
        probabilities = np.stack([sure_of(8, confidence), sure_of(0, 0.75)])
        assert sightings_of(both, probabilities, 0.5, SETTINGS).values.tolist() == [surer]


def test_an_arm_that_reaches_into_the_picture_does_not_make_digits_small() -> None:
    digits = [candidate(Box(100 + 40 * i, 100, 25, 40)) for i in range(3)]
    arm = replace(candidate(Box(300, 250, 900, 470), 150.0), at_border=True)
    probabilities = np.stack([*(sure_of(i, 0.97) for i in range(3)), sure_of(1, 0.7)])
    seen = sightings_of([*digits, arm], probabilities, 0.5, SETTINGS)
    assert sorted(seen.values.tolist()) == [0, 1, 2]
    # A large digit at the border, whose thick strokes have edges that look like digits, too.
    edges = [candidate(Box(500 + 40 * i, 400, 25, 40)) for i in range(3)]
    large = replace(arm, contrast=100.0)
    probabilities = np.stack([*(sure_of(1, 0.97) for _ in range(3)), sure_of(2, 0.98)])
    seen = sightings_of([*edges, large], probabilities, 0.5, SETTINGS)
    assert seen.values.tolist() == [2]


def test_what_runs_together_and_is_far_shorter_than_the_digits_is_small_print() -> None:
    digits = [candidate(Box(50 * i, 0, 30, 50)) for i in range(6)]
    for height, read in ((48, 2), (44, 2), (25, 0)):
        mark = Box(500, 200, height, height)
        pieces = [
            replace(
                candidate(Box(mark.x + i * height // 2, mark.y, height // 2, height)),
                part=Part(0, i, i + 1, 2, mark, (0.9,)),
            )
            for i in range(2)
        ]
        # The words of a small page are surer than that, and a page of them has no other digits.
        given = np.stack([sure_of(3, 0.99, rubbish=1e-6)] * 6 + [sure_of(4, 0.9, rubbish=1e-4)] * 2)
        seen = sightings_of([*digits, *pieces], given, 0.5, SETTINGS)
        assert np.count_nonzero(seen.values == 4) == read
        alone = sightings_of(pieces, given[6:], 0.5, SETTINGS)
        assert len(alone) == 2


def test_specks_and_shadows_far_fainter_or_smaller_than_the_digits_are_none() -> None:
    digits = [candidate(Box(50 * i, 0, 30, 50)) for i in range(6)]
    speck = candidate(Box(30, 200, 3, 5))
    shadow = candidate(Box(200, 200, 30, 50), contrast=10.0)
    seen = sightings_of([*digits, speck, shadow], np.stack([sure_of(1, 0.9)] * 8), 0.5)
    assert sorted(seen.boxes.tolist()) == [list(i.box) for i in digits]


def test_a_headline_and_a_smaller_paler_number_are_digits_still() -> None:
    digits = [candidate(Box(50 * i, 100, 30, 50)) for i in range(6)]
    headline = candidate(Box(0, 0, 55, 90))
    paler = candidate(Box(400, 100, 24, 40), contrast=60.0)
    seen = sightings_of([*digits, headline, paler], np.stack([sure_of(1, 0.9)] * 8), 0.5)
    assert len(seen) == 8


def test_many_unsure_specks_do_not_outvote_the_digits() -> None:
    digits = [candidate(Box(50 * i, 0, 30, 50)) for i in range(2)]
    specks = [candidate(Box(20 * i, 100, 8, 12), contrast=15.0) for i in range(40)]
    probabilities = np.stack([sure_of(4, 0.98)] * 2 + [sure_of(1, 0.6)] * 40)
    seen = sightings_of([*digits, *specks], probabilities, 0.5, SETTINGS)
    assert seen.values.tolist() == [4, 4]


def test_a_blot_does_not_outvote_the_digits_however_it_is_put_together() -> None:
    """An arm over the page is large and dark, and some of it is tried joined or cut."""
    digits = [candidate(Box(50 * i, 0, 40, 60), contrast=70.0) for i in range(8)]
    arm = [candidate(Box(100 + i, 200, 500, 500 - i), contrast=120.0) for i in range(6)]
    probabilities = np.stack([sure_of(4, 0.98)] * 8 + [sure_of(1, 0.62)] * 6)
    seen = sightings_of([*digits, *arm], probabilities, 0.5, SETTINGS)
    assert (seen.values == 4).sum() == 8


def test_neighbours_whose_boxes_overlap_a_little_both_stay() -> None:
    assert apart(np.array([(x, 0, 30, 50) for x in (0, 20, 40)])).all()


def test_what_gives_way_to_a_surer_one_drives_none_out() -> None:
    """Each covers half of the next: with the middle one gone, the last one stays."""
    overlapping = np.array([(0, 0, 30, 50), (12, 0, 30, 50), (24, 0, 30, 50)])
    assert apart(overlapping).tolist() == [True, False, True]


def test_nothing_gives_nothing() -> None:
    seen = sightings_of([], np.zeros((0, 11), np.float32), 0.5)
    assert isinstance(seen, Sightings)
    assert len(seen) == len(seen.values) == len(seen.confidence) == 0
    assert apart(seen.boxes).tolist() == []


def test_digits_among_letters_are_letters() -> None:
    """An o and an l within a word look like digits; a number beside a word is one all the same."""
    word = [candidate(Box(30 * i, 0, 20, 30)) for i in range(6)]
    number = [candidate(Box(330 + 30 * i, 0, 20, 30)) for i in range(4)]
    letters = [NO_DIGIT] * 6
    letters[2] = letters[4] = sure_of(0, 0.95, rubbish=0.001)
    digits = [sure_of(i, 0.95, rubbish=1e-6) for i in (4, 7, 1, 1)]
    probabilities = np.stack([*letters, *digits])
    seen = sightings_of(word + number, probabilities, 0.5, SETTINGS)
    assert sorted(seen.boxes[:, 0].tolist()) == [330, 360, 390, 420]


def test_a_digit_between_operators_stays_a_digit() -> None:
    row = [candidate(Box(60 * i, 0, 20, 30)) for i in range(5)]
    digit = sure_of(3, 0.95, rubbish=1e-6)
    probabilities = np.stack([digit if i % 2 == 0 else NO_DIGIT for i in range(5)])
    assert len(sightings_of(row, probabilities, 0.5, SETTINGS)) == 3


def test_faint_marks_beside_a_digit_make_no_word() -> None:
    digit = candidate(Box(100, 0, 20, 30))
    rules = [candidate(Box(x, 0, 10, 30), contrast=40) for x in (60, 80, 130, 150)]
    probabilities = np.stack([sure_of(3, 0.95, rubbish=1e-4), *[NO_DIGIT] * 4])
    assert len(sightings_of([digit, *rules], probabilities, 0.5, SETTINGS)) == 1


def test_a_doubtful_mark_is_a_digit_among_digits_and_none_among_letters() -> None:
    marks = [candidate(Box(300 * i, 0, 20, 30)) for i in range(12)]
    doubtful = sure_of(7, 0.9, rubbish=0.08)
    among_digits = np.stack([doubtful, *[sure_of(3, 0.99, rubbish=1e-6)] * 11])
    among_letters = np.stack([doubtful, *[NO_DIGIT] * 11])
    assert len(sightings_of(marks, among_digits, 0.5, SETTINGS)) == 12
    assert len(sightings_of(marks, among_letters, 0.5, SETTINGS)) == 0


def test_a_model_that_knows_no_rubbish_is_believed_as_it_is() -> None:
    marks = [candidate(Box(300 * i, 0, 20, 30)) for i in range(3)]
    probabilities = np.stack([sure_of(i, 0.7) for i in (1, 2, 3)])
    seen = sightings_of(marks, probabilities, 0.5, SETTINGS)
    assert seen.values.tolist() == [1, 2, 3]
    np.testing.assert_allclose(seen.confidence, 0.7, atol=1e-6)


def test_every_candidate_meets_one_fate() -> None:
    word = [candidate(Box(30 * i, 0, 20, 30)) for i in range(6)]
    letters = [NO_DIGIT] * 6
    letters[2] = sure_of(0, 0.95, rubbish=0.001)
    others = {
        Verdict.READ: (candidate(Box(600, 0, 20, 30)), sure_of(7, 0.99)),
        Verdict.OVERLAPPED: (candidate(Box(600, 5, 20, 30)), sure_of(1, 0.9)),
        Verdict.UNSURE: (candidate(Box(900, 0, 20, 30)), sure_of(7, 0.3)),
        Verdict.FAINTER: (candidate(Box(1200, 0, 20, 30), 10.0), sure_of(1, 0.9)),
        Verdict.FINER: (candidate(Box(1350, 0, 20, 30), 60.0, 0.9), sure_of(1, 0.9)),
        Verdict.SMALLER: (candidate(Box(1500, 0, 4, 6)), sure_of(1, 0.9)),
        Verdict.TALLER: (candidate(Box(1800, 0, 100, 150)), sure_of(0, 0.2)),
    }
    whole = Candidate(Box(2100, 0, 50, 30), INK, INK, contrast=100.0, stroke=4.0)
    pieces = [
        replace(
            whole, box=Box(2100 + 25 * i, 0, 25, 30), part=Part(7, i, i + 1, 2, whole.box, (0.5,))
        )
        for i in range(2)
    ]
    candidates = [*word, *(one for one, _ in others.values()), whole, *pieces]
    given = [*letters, *(sure for _, sure in others.values()), NO_DIGIT, sure_of(6, 0.9), NO_DIGIT]
    probabilities = np.stack(given)
    fates: list[Fate] = []
    seen = sightings_of(candidates, probabilities, 0.5, SETTINGS, fates=fates)
    told = {int(index): fate for fate in fates for index in fate.candidates}
    assert sum(len(fate.candidates) for fate in fates) == len(told) == len(candidates)
    of_word = [Verdict.NO_DIGIT] * 2 + [Verdict.AMONG_OTHERS] + [Verdict.NO_DIGIT] * 3
    of_wide = [Verdict.NO_DIGIT] + [Verdict.CUT_OTHERWISE] * 2
    assert [told[i].verdict for i in range(len(candidates))] == [*of_word, *others, *of_wide]
    assert seen.boxes.tolist() == [list(others[Verdict.READ][0].box)]
    assert (
        sightings_of(candidates, probabilities, 0.5, SETTINGS).boxes.tolist() == seen.boxes.tolist()
    )


@pytest.mark.parametrize(
    ("contrast", "stroke", "read"),
    [(100.0, 2.0, True), (50.0, 5.0, True), (100.0, 1.0, False), (50.0, 2.0, False)],
)
def test_finer_strokes_than_the_pages_are_a_digit_where_they_are_dark(
    contrast: float, stroke: float, read: bool
) -> None:
    """A fine pen beside a marker is as dark; a rule or an edge is paler as well, or a hair."""
    page = [candidate(Box(50 * i, 0, 30, 50), stroke=10.0) for i in range(3)]
    page.append(candidate(Box(200, 0, 30, 50), contrast, stroke))
    seen = sightings_of(page, np.stack([sure_of(i, 0.99) for i in range(4)]), 0.5, SETTINGS)
    assert (3 in seen.values) == read


def test_what_is_fainter_than_its_place_allows_is_no_digit() -> None:
    digits = [candidate(Box(50 * i, 0, 30, 50)) for i in range(3)]
    probabilities = np.stack([sure_of(i, 0.99) for i in range(3)])
    fates: list[Fate] = []
    least = np.array([0.0, 120.0, 99.0])
    seen = sightings_of(digits, probabilities, 0.5, SETTINGS, fates, faintest=least)
    assert sorted(seen.values.tolist()) == [0, 2]
    assert [i.candidates.tolist() for i in fates if i.verdict is Verdict.FAINTER] == [[1]]
