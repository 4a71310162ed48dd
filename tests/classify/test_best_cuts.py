"""Best cuts: of all ways to cut a mark the surest, and none that is likelier wrong than right."""

import numpy as np
import pytest
from numpy.typing import NDArray

from livedigits.classify import sightings_of
from livedigits.classify.cuts import best_cuts
from livedigits.find import Candidate
from livedigits.find.marks import Part
from livedigits.inspection import Verdict
from livedigits.reading import Box
from livedigits.settings import ClassifySettings

INK = np.full((3, 3), 255, np.uint8)
SETTINGS = ClassifySettings(cut_doubt=3.0)


def whole(x: int = 0, w: int = 90) -> Candidate:
    return Candidate(Box(x, 0, w, 60), INK, INK, contrast=100.0, stroke=4.0)


def piece(
    first: int,
    last: int,
    ends: int,
    *,
    mark: int = 0,
    x: int = 0,
    h: int = 60,
    seams: tuple[float, ...] = (),
) -> Candidate:
    """What lies between two cuts, 30 pixels from each other, that may be seams or not."""
    box = Box(x + 30 * first, 0, 30 * (last - first), h)
    part = Part(mark, first, last, ends, Box(x, 0, 30 * ends, 60), seams or (0.5,) * (ends - 1))
    return Candidate(box, INK, INK, 100.0, 4.0, part, hidden=True)


def says(value: int, rubbish: float) -> NDArray[np.float32]:
    """Probabilities of one digit and of no digit, and a little of another digit."""
    probabilities = np.zeros(11, np.float32)
    probabilities[value] = 0.9 * (1 - rubbish)
    probabilities[(value + 1) % 10] = 0.1 * (1 - rubbish)
    probabilities[10] = rubbish
    return probabilities


def chosen(
    given: list[tuple[Candidate, NDArray[np.float32]]], settings: ClassifySettings = SETTINGS
) -> tuple[list[int], NDArray[np.float32]]:
    """Which stay, and the probabilities of all."""
    stay, probabilities = best_cuts(
        [i for i, _ in given], np.stack([p for _, p in given]), settings
    )
    return np.flatnonzero(stay).tolist(), probabilities


def test_marks_that_are_no_pieces_stay_as_they_are() -> None:
    given = [(whole(), says(3, 0.99)), (whole(200, 40), says(5, 0.001))]
    stay, probabilities = chosen(given)
    assert stay == [0, 1]
    np.testing.assert_array_equal(probabilities, np.stack([p for _, p in given]))


def test_nothing_gives_nothing() -> None:
    stay, probabilities = best_cuts([], np.zeros((0, 11), np.float32), SETTINGS)
    assert len(stay) == len(probabilities) == 0


@pytest.mark.parametrize("height", [60, 56])
@pytest.mark.parametrize(("rubbish", "cut"), [(0.001, False), (0.01, False), (0.1, True)])
def test_a_mark_is_cut_where_all_its_pieces_are_surer_digits_than_it(
    rubbish: float, cut: bool, height: int
) -> None:
    """A slashed 0 is a 0, though its halves are a sure 6 and something like a 7; and so it is where
    the cut leaves a speck at its top to neither."""
    given = [
        (whole(w=60), says(0, rubbish)),
        (piece(0, 1, 2, h=height), says(6, 0.0001)),
        (piece(1, 2, 2, h=height), says(7, 0.02)),
        (whole(200, 60), says(3, 0.5)),
    ]
    assert chosen(given)[0] == ([0, 1, 2, 3] if cut else [0, 3])


def test_the_surest_way_wins() -> None:
    """Cut in two, at the first or at the second place, or in three."""
    given = [
        (whole(), says(8, 0.9)),
        (piece(0, 1, 3), says(1, 0.01)),
        (piece(1, 3, 3), says(6, 0.4)),
        (piece(0, 2, 3), says(2, 0.01)),
        (piece(2, 3, 3), says(5, 0.02)),
        (piece(1, 2, 3), says(1, 0.5)),
    ]
    assert chosen(given)[0] == [0, 3, 4]
    # All the same in another order.
    order = [4, 2, 0, 5, 3, 1]
    assert sorted(order[i] for i in chosen([given[i] for i in order])[0]) == [0, 3, 4]


def test_a_piece_is_doubted_between_itself_and_its_way_and_cuts_are_doubted() -> None:
    given = [(piece(0, 1, 2), says(3, 0.01)), (piece(1, 2, 2), says(6, 0.02))]
    stay, probabilities = chosen(given)
    assert stay == [0, 1]
    own = 3 * np.array((0.01 / 0.99, 0.02 / 0.98))
    odds = np.sqrt(own * own.sum())
    np.testing.assert_allclose(probabilities[:, 10], odds / (1 + odds), rtol=1e-3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    # The shares among the digits are the model's.
    np.testing.assert_allclose(probabilities[0, 3] / probabilities[0, 4], 9, rtol=1e-4)


@pytest.mark.parametrize(
    ("rubbish", "stays"), [(0.05, True), (0.2, True), (0.3, False), (0.9, False)]
)
def test_a_way_with_odds_against_it_is_none(rubbish: float, stays: bool) -> None:
    """Of one sure piece and one that is none, the sure one is no digit either."""
    given = [(piece(0, 1, 2), says(1, 1e-6)), (piece(1, 2, 2), says(6, rubbish))]
    assert chosen(given)[0] == ([0, 1] if stays else [])


def test_more_doubt_leaves_fewer_cuts() -> None:
    given = [(piece(0, 1, 2), says(3, 0.05)), (piece(1, 2, 2), says(6, 0.05))]
    assert chosen(given, ClassifySettings(cut_doubt=1))[0] == [0, 1]
    assert chosen(given, ClassifySettings(cut_doubt=100))[0] == []


def test_the_likelier_seam_is_cut_where_the_pieces_read_as_well() -> None:
    """A 1 beside a 7 may as well be a 7 beside a 1, but for where they meet."""
    for seams, cut in (((0.9, 0.2), [0, 1]), ((0.2, 0.9), [2, 3])):
        given = [
            (piece(0, 1, 3, seams=seams), says(1, 0.01)),
            (piece(1, 3, 3, seams=seams), says(7, 0.01)),
            (piece(0, 2, 3, seams=seams), says(7, 0.01)),
            (piece(2, 3, 3, seams=seams), says(1, 0.01)),
        ]
        assert chosen(given)[0] == cut
        # A weight of none leaves it to the model, to which all are alike: the first one wins.
        assert chosen(given, ClassifySettings(cut_weight=0))[0] in ([0, 1], [2, 3])


def test_what_stands_beside_a_seam_is_believed_more() -> None:
    for seam, stays in ((0.99, True), (0.5, False), (0.1, False)):
        given = [
            (piece(0, 1, 2, seams=(seam,)), says(3, 0.3)),
            (piece(1, 2, 2, seams=(seam,)), says(5, 0.3)),
        ]
        stay, probabilities = chosen(given)
        assert stay == ([0, 1] if stays else [])
        if stays:
            odds = 3 * (0.3 / 0.7) * (0.01 / 0.99) ** 0.5 * 2**0.5
            np.testing.assert_allclose(probabilities[:, 10], odds / (1 + odds), rtol=1e-3)


def test_a_mark_without_a_likely_seam_stays_whole_unless_its_pieces_are_far_surer() -> None:
    for seam, cut in ((0.05, False), (0.9, True)):
        given = [
            (whole(w=60), says(0, 0.2)),
            (piece(0, 1, 2, seams=(seam,)), says(6, 0.001)),
            (piece(1, 2, 2, seams=(seam,)), says(7, 0.001)),
        ]
        assert chosen(given)[0] == ([0, 1, 2] if cut else [0])


@pytest.mark.parametrize(("height", "cut"), [(60, True), (45, True), (35, False)])
def test_the_tail_of_a_digit_is_no_1(height: int, cut: bool) -> None:
    given = [(piece(0, 1, 2), says(2, 1e-4)), (piece(1, 2, 2, h=height), says(1, 1e-4))]
    assert chosen(given)[0] == ([0, 1] if cut else [])
    # A small 3 beside a large 2 is one.
    given = [(piece(0, 1, 2), says(2, 1e-4)), (piece(1, 2, 2, h=height), says(3, 1e-4))]
    assert chosen(given)[0] == [0, 1]


def test_a_way_with_a_gap_is_none() -> None:
    """A piece that is too narrow is not tried, so no way leads through it."""
    given = [(piece(0, 1, 3), says(1, 1e-6)), (piece(2, 3, 3), says(7, 1e-6))]
    assert chosen(given)[0] == []


def test_each_mark_is_cut_by_itself() -> None:
    given = [
        (piece(0, 1, 2, mark=7), says(3, 0.01)),
        (piece(0, 1, 2, mark=8, x=200), says(2, 0.9)),
        (piece(1, 2, 2, mark=7), says(4, 0.01)),
        (piece(1, 2, 2, mark=8, x=200), says(1, 0.01)),
    ]
    assert chosen(given)[0] == [0, 2]


def test_a_mark_and_its_pieces_are_settled_by_the_surer() -> None:
    cuts = [(piece(0, 1, 2), says(3, 1e-4)), (piece(1, 2, 2), says(6, 1e-4))]
    for rubbish, values in ((0.9, [3, 6]), (1e-6, [0])):
        given = [(whole(w=60), says(0, rubbish)), *cuts]
        candidates, probabilities = [i for i, _ in given], np.stack([p for _, p in given])
        seen = sightings_of(candidates, probabilities, 0.5)
        assert sorted(seen.values.tolist()) == values


def test_the_pieces_that_lose_are_told_to_be_cut_otherwise() -> None:
    given = [
        (piece(0, 1, 3), says(1, 0.3)),
        (piece(1, 3, 3), says(6, 0.4)),
        (piece(0, 2, 3), says(2, 1e-4)),
        (piece(2, 3, 3), says(5, 1e-4)),
    ]
    fates: list = []  # type: ignore[type-arg]
    sightings_of([i for i, _ in given], np.stack([p for _, p in given]), 0.5, fates=fates)
    told = {int(i): fate.verdict for fate in fates for i in fate.candidates}
    assert [told[i] for i in range(4)] == [Verdict.CUT_OTHERWISE] * 2 + [Verdict.READ] * 2
