"""Recall: only what is new in a stream, or doubtful, is classified, and no mistake lasts."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sheets import digit_ink

from livedigits.classify import Recall
from livedigits.find import make_patches
from livedigits.find.patches import Patches
from livedigits.settings import ClassifySettings

PATCHES = make_patches([digit_ink(value, 60, seed=seed) for seed in (0, 1) for value in "0123456"])


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


def noisy(rng: np.random.Generator, sigma: float = 0.01) -> Patches:
    """The patches as a camera's noise changes them."""
    noise = sigma * rng.standard_normal(PATCHES.shape)
    return np.asarray((PATCHES + noise * (PATCHES > 0)).clip(0, 1), np.float32)


def test_a_still_scene_is_classified_once_and_then_a_little_in_each_frame() -> None:
    model, rng = Counting(), np.random.default_rng(0)
    recall = Recall(model, ClassifySettings(recall_frames=7))
    for _ in range(40):
        assert recall(noisy(rng)).argmax(axis=1).tolist() == [3] * len(PATCHES)
    assert model.asked[0] == len(PATCHES)
    assert 0 < sum(model.asked[1:]) / 39 <= 2 + 1e-9  # a seventh of the 14 in each frame
    assert max(model.asked[1:]) <= 2


def test_what_is_recalled_is_found_again_in_any_order_and_number() -> None:
    model, rng = Counting(), np.random.default_rng(0)
    recall = Recall(model)
    recall(PATCHES)
    some = rng.permutation(len(PATCHES))[:9]
    assert recall(PATCHES[some]).shape == (9, 11)
    assert recall(PATCHES[:0]).shape == (0, 11)
    assert len(model.asked) == 1


def test_a_new_digit_is_classified_at_once() -> None:
    model = Counting()
    recall = Recall(model)
    recall(PATCHES[:6])
    recall(PATCHES[:7])
    assert model.asked == [6, 1]


def test_doubtful_patches_are_classified_in_every_frame() -> None:
    model = Counting(confidence=0.8)
    recall = Recall(model)
    for _ in range(5):
        recall(PATCHES)
    assert model.asked == [len(PATCHES)] * 5


def test_a_mistake_that_the_model_was_sure_of_is_gone_soon() -> None:
    model = Counting()
    recall = Recall(model, ClassifySettings(recall_frames=10))
    recall(PATCHES)
    model.value = 5
    read = [recall(PATCHES).argmax(axis=1) for _ in range(15)]
    assert (read[0] == 3).any()
    assert (read[-1] == 5).all()


def test_a_change_in_small_steps_is_not_followed_blindly() -> None:
    """Each frame is as good as the one before; after many it is another digit."""
    model = Counting()
    recall = Recall(model, ClassifySettings(recall_frames=1000))
    for share in np.linspace(0, 1, 60, dtype=np.float32):
        recall((1 - share) * PATCHES[:7] + share * PATCHES[1:8])
    assert sum(model.asked) > 3 * 7


def test_no_difference_allowed_means_that_all_is_classified() -> None:
    model = Counting()
    recall = Recall(model, ClassifySettings(recall_difference=0))
    for _ in range(3):
        recall(PATCHES)
    assert model.asked == [len(PATCHES)] * 3


@pytest.mark.parametrize("count", [1, 400])
def test_memory_stays_bounded(count: int) -> None:
    model, rng = Counting(), np.random.default_rng(0)
    recall = Recall(model)
    for _ in range(30):
        patches = rng.random((count, 28, 28), dtype=np.float32)
        assert recall(patches).shape == (count, 11)
    assert len(recall._pictures) <= max(256, count)
