"""Recall: only what is new in a stream, or doubtful, is classified, and no mistake lasts."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from sheets import sheet

from livedigits.capture.frame import Image
from livedigits.classify import Recall
from livedigits.find import Found, find
from livedigits.find.patches import Patches
from livedigits.settings import ClassifySettings, FindSettings

TEXT = "2537 4690"
PAGE = sheet([TEXT]).picture()
DIGITS = len(TEXT) - 1


class Counting:
    """Says the same of every patch, and counts what it is asked."""

    def __init__(self, confidence: float = 0.99) -> None:
        self.confidence = confidence
        self.value = 3
        self.asked: list[int] = []

    def __call__(self, patches: Patches) -> NDArray[np.float32]:
        self.asked.append(len(patches))
        probabilities = np.full((len(patches), 11), (1 - self.confidence) / 10, np.float32)
        probabilities[:, self.value] = self.confidence
        return probabilities


def seen(image: Image) -> Found:
    """All that is found of dark ink at the first look."""
    (found,) = find(image, FindSettings(polarity="dark"), thorough=False)
    return found


def filmed(count: int, step: tuple[int, int] = (0, 0)) -> Sequence[Found]:
    """The page in so many noisy frames, moving by whole pixels a frame."""
    rng = np.random.default_rng(0)
    frames = []
    for index in range(count):
        moved = np.roll(PAGE, (index * step[1], index * step[0]), (0, 1)).astype(np.int16)
        noisy = moved + rng.integers(-3, 4, moved.shape)
        frames.append(seen(noisy.clip(0, 255).astype(np.uint8)))
    return frames


@pytest.mark.parametrize("step", [(0, 0), (1, 0), (1, 1)])
def test_a_page_in_a_still_hand_is_classified_once_in_so_many_frames(step: tuple[int, int]) -> None:
    model = Counting()
    recall = Recall(model, ClassifySettings(recall_frames=7))
    for found in filmed(35, step):
        assert recall(found).argmax(axis=1).tolist() == [3] * DIGITS
    assert model.asked[0] == DIGITS
    assert sum(model.asked) <= 1.2 * 35 / 7 * DIGITS


def test_a_page_that_rushes_by_is_classified_in_every_frame() -> None:
    model = Counting()
    recall = Recall(model)
    for found in filmed(4, (12, 0)):
        recall(found)
    assert model.asked == [DIGITS] * 4


def test_another_digit_in_the_same_place_is_classified_at_once() -> None:
    model = Counting()
    recall = Recall(model)
    recall(seen(PAGE))
    one, other = (sheet([text]).picture() for text in ("2537 4690", "2587 4690"))
    assert np.any(one != other)
    recall(seen(other))
    assert model.asked == [DIGITS, 1]


def test_nothing_is_recalled_of_the_other_ink_nor_of_the_page_turned_otherwise() -> None:
    model = Counting()
    recall = Recall(model)
    dark, light = find(PAGE, FindSettings(polarity="auto"), thorough=False)
    recall(dark)
    recall(light)
    (turned,) = find(PAGE, FindSettings(polarity="dark"), thorough=False)
    for tilt in (0.3, 0.31, -0.3):
        recall(Found("dark", turned.candidates, tilt=tilt))
    assert model.asked == [len(i.candidates) for i in (dark, light, dark, dark) if i.candidates]


def test_what_was_seen_long_ago_is_not_recalled() -> None:
    model = Counting()
    recall = Recall(model)
    dark, light = find(PAGE, FindSettings(polarity="auto"), thorough=False)
    recall(dark)
    for _ in range(8):
        recall(light)
    asked = len(model.asked)
    recall(dark)
    assert model.asked[asked:] == [DIGITS]


def test_doubtful_marks_are_classified_in_every_frame() -> None:
    model = Counting(confidence=0.8)
    recall = Recall(model)
    for found in filmed(5):
        recall(found)
    assert model.asked == [DIGITS] * 5


def test_a_mistake_that_the_model_was_sure_of_is_gone_soon() -> None:
    model = Counting()
    recall = Recall(model, ClassifySettings(recall_frames=10))
    frames = filmed(15)
    recall(frames[0])
    model.value = 5
    read = [recall(found).argmax(axis=1) for found in frames[1:]]
    assert (read[0] == 3).all()
    assert (read[-1] == 5).all()


def test_a_change_in_small_steps_is_not_followed_blindly() -> None:
    """Each frame is as good as the one before; after many it is another page."""
    model = Counting()
    recall = Recall(model, ClassifySettings(recall_frames=1000))
    other = sheet(["7946 0352"]).picture()
    for share in np.linspace(0, 1, 60):
        recall(seen(((1 - share) * PAGE + share * other).astype(np.uint8)))
    assert sum(model.asked) > 3 * DIGITS


@pytest.mark.parametrize("settings", [{"recall_frames": 1.0}, {"recall_change": 0.0}])
def test_all_is_classified_in_every_frame_where_that_is_wanted(settings: dict[str, float]) -> None:
    model = Counting()
    recall = Recall(model, ClassifySettings(**settings))
    for found in filmed(3, (1, 0)):
        recall(found)
    assert model.asked == [DIGITS] * 3


def test_nothing_in_view_is_nothing() -> None:
    model = Counting()
    recall = Recall(model)
    for found in (seen(PAGE), seen(np.full_like(PAGE, 200)), seen(PAGE)):
        assert recall(found).shape == (len(found.candidates), 11)
    assert model.asked == [DIGITS] * 2


def again(count: int) -> list[Found]:
    """A page in so many frames, each told from the one before."""
    found = [seen(PAGE)]
    for _ in range(count - 1):
        found += find(
            PAGE, FindSettings(polarity="dark"), thorough=False, known=found[-1], change=0.05
        )
    assert all(i.moved is not None for i in found[1:])
    return found


def test_the_digits_of_a_page_told_again_are_those_of_before_in_the_same_order() -> None:
    model = Counting()
    recall = Recall(model)
    first, *others = again(4)
    digits = recall.sightings(first, 0.5)
    assert not digits.again
    for found in others:
        told = recall.sightings(found, 0.5)
        assert told.again
        assert told.boxes.tolist() == digits.boxes.tolist()
        np.testing.assert_array_equal(told.probabilities, digits.probabilities)
    assert model.asked == [DIGITS]


@pytest.mark.parametrize("confidence", [0.8, 0.99])
def test_the_model_is_asked_of_a_page_told_again_as_of_any_other(confidence: float) -> None:
    model, other = Counting(confidence), Counting(confidence)
    told, anew = Recall(model), Recall(other)
    for found in again(12):
        digits, same = told.sightings(found, 0.5), anew.sightings(seen(PAGE), 0.5)
        order, others = np.lexsort(digits.boxes.T), np.lexsort(same.boxes.T)
        np.testing.assert_allclose(
            digits.probabilities[order], same.probabilities[others], atol=1e-5
        )
    assert model.asked == other.asked


def test_a_page_told_again_reads_otherwise_once_the_model_does() -> None:
    model = Counting()
    recall = Recall(model, ClassifySettings(recall_frames=4))
    first, *others = again(8)
    recall.sightings(first, 0.5)
    model.value, model.confidence = 8, 0.97
    values = [set(recall.sightings(found, 0.5).values.tolist()) for found in others]
    assert values[0] == {3}
    assert values[-1] == {8}


def test_what_was_read_is_known_unless_all_is_to_be_classified_in_every_frame() -> None:
    found = seen(PAGE)
    for settings, known in (
        (ClassifySettings(), True),
        (ClassifySettings(recall_frames=1), False),
        (ClassifySettings(recall_change=0), False),
    ):
        recall = Recall(Counting(), settings)
        assert recall.known(found) is None
        recall.sightings(found, 0.5)
        assert (recall.known(found) is not None) is known
