"""Seams: a line between two digits that touch is told from one through a digit."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from livedigits.find.seams import ROWS, SLANTS, WIDTH, leaning, seams_of, shrunk
from livedigits.learn.canvases import NOT_A_DIGIT, handwritten_digits
from livedigits.learn.strings import Makers, String


@pytest.fixture(scope="module")
def strings() -> list[String]:
    """Marks of every kind, in hands that the network has not seen."""
    rng = np.random.default_rng(12345)
    makers = Makers(handwritten_digits(300, rng))
    return [makers.string(rng) for _ in range(500)]


def off(string: String, column: NDArray[np.float32]) -> tuple[int, float]:
    """How many characters are before a line, and how much of one it cuts off at worst."""
    left = string.before(column[None])[0][string.areas >= 10]
    return int((left >= 0.5).sum()), float(np.minimum(left, 1 - left).max())


def test_nearly_all_digits_that_touch_have_a_seam_between_them(strings: list[String]) -> None:
    found = cut_off = total = 0
    for string in strings:
        whole = string.areas >= 10
        if (string.values == NOT_A_DIGIT).any() or not whole.all() or (string.shares < 0.8).any():
            continue
        (seams,) = seams_of([string.core])
        places = [off(string, line) for line in seams.columns]
        for place in range(1, len(string.values)):
            total += 1
            here = [fault for number, fault in places if number == place]
            found += bool(here)
            cut_off += bool(here) and min(here) < 0.2
    assert total > 300
    assert found > 0.85 * total
    assert cut_off > 0.75 * total


def test_seams_that_are_likely_run_between_digits(strings: list[String]) -> None:
    sure, wrong = 0, 0
    for string in strings:
        (seams,) = seams_of([string.core])
        for line, likely in zip(seams.columns, seams.likely, strict=True):
            if likely > 0.9:
                sure += 1
                wrong += off(string, line)[1] > 0.25
    assert sure > 200
    assert wrong < 0.05 * sure


def test_letters_and_single_digits_have_no_likely_seam(strings: list[String]) -> None:
    for kind in (
        [i for i in strings if (i.values == NOT_A_DIGIT).all()],
        [i for i in strings if len(i.values) == 1],
    ):
        assert len(kind) > 40
        likely = [seams_of([i.core])[0].likely.max(initial=0) for i in kind]
        assert np.mean(np.array(likely) > 0.5) < 0.15


def test_seams_run_from_left_to_right_and_do_not_cross(strings: list[String]) -> None:
    several = 0
    for string, seams in zip(strings, seams_of([i.core for i in strings]), strict=True):
        height, width = string.core.shape
        assert seams.columns.shape == (len(seams.likely), height)
        assert (np.diff(seams.columns, axis=0) > -1).all()
        assert ((seams.columns.mean(axis=1) > 0) & (seams.columns.mean(axis=1) < width)).all()
        several += len(seams.likely) > 1
    assert several > 100


def test_marks_have_the_same_seams_alone_and_among_others_from_any_thread(
    strings: list[String],
) -> None:
    cores = [i.core for i in strings[:60]]
    together = seams_of(cores)
    with ThreadPoolExecutor(4) as pool:
        alone = list(pool.map(lambda core: seams_of([core])[0], cores))
    # Each strip is quantised by what is in it, so that a doubtful seam may come or go.
    pairs = list(zip(together, alone, strict=True))
    same = [sum(i.likely > 0.5) == sum(j.likely > 0.5) for i, j in pairs]
    assert np.mean(same) > 0.9
    again = seams_of(cores)
    for one, other in zip(together, again, strict=True):
        np.testing.assert_array_equal(one.columns, other.columns)
        np.testing.assert_array_equal(one.likely, other.likely)


def test_nothing_has_no_seams_and_the_longest_mark_some_or_none() -> None:
    assert seams_of([]) == []
    long = np.full((12, 12 * WIDTH // ROWS + 40), 255, np.uint8)
    (seams,) = seams_of([long])
    assert len(seams.columns) == len(seams.likely)
    assert shrunk(long).shape[1] < WIDTH


def test_a_line_leans_to_the_right_with_each_row_further_up() -> None:
    line = leaning(50, SLANTS[-1], 41)
    assert line[20] == 50
    np.testing.assert_allclose(np.diff(line), -SLANTS[-1], atol=1e-5)
