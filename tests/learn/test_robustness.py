"""What conditions do to pictures, what is counted as taken for a digit, and the default model."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.classify import Classifier, ModelCard, load_classifier
from livedigits.learn.augment import plain_patches
from livedigits.learn.canvases import NOT_A_DIGIT, Canvases, handwritten_digits
from livedigits.learn.measure import taken_for_digits
from livedigits.learn.rejection import (
    KINDS,
    AtThresholds,
    Kind,
    RealCharacters,
    judge_kind,
    read_characters,
    unseen_alphabets,
)
from livedigits.learn.robustness import (
    CONDITIONS,
    Condition,
    ConditionFigures,
    Pictures,
    ReadFigures,
    alter,
    judge_condition,
    judge_digits,
    read_patches,
)

BY_NAME = {condition.name: condition for condition in CONDITIONS}
CLEAN, INVERTED, NOISY = (
    BY_NAME[name] for name in ("clean", "inverted polarity", "noise, sigma 40")
)
REFITTED = {
    "re-cropped, 20x20, centre of mass": 20,
    "re-cropped, 20x20, centred by its box": 20,
    "aspect kept, 28x28, no margin": 28,
    "stretched to 28x28": 28,
    "stretched to 20x20": 20,
}


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier(engine="litert")


@pytest.fixture(scope="module")
def canvases() -> Canvases:
    return handwritten_digits(200, np.random.default_rng(5))


@pytest.fixture(scope="module")
def pictures(canvases: Canvases) -> Pictures:
    """The same digits as patches, in grey levels."""
    return np.rint(255 * plain_patches(canvases.pictures)).astype(np.uint8)


def wedge() -> Pictures:
    """An upright mark, heavier to the left and at the top, with room to move: `(1, 28, 28)`."""
    picture = np.zeros((1, 28, 28), np.uint8)
    picture[0, 6:22, 9:12] = 255
    picture[0, 6:9, 9:17] = 200
    return picture


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda i: i.name)
def test_a_condition_makes_pictures_of_the_same_form_and_always_the_same(
    condition: Condition, pictures: Pictures
) -> None:
    before = pictures.copy()
    altered = alter(condition, pictures, seed=3)
    assert (altered.shape, altered.dtype) == (pictures.shape, np.uint8)
    assert np.array_equal(altered, alter(condition, pictures, seed=3))
    assert np.array_equal(altered, pictures) == (condition is CLEAN)
    assert np.array_equal(pictures, before)


@pytest.mark.parametrize(("name", "side"), REFITTED.items())
def test_refitted_ink_fills_its_box_wherever_it_stood(name: str, side: int) -> None:
    refitted = alter(BY_NAME[name], wedge(), seed=0)
    moved = np.roll(wedge(), (3, -5), axis=(1, 2))
    assert np.array_equal(refitted, alter(BY_NAME[name], moved, seed=0))
    _, _, width, height = cv2.boundingRect(refitted[0])
    assert (height, width) == (side, side if "stretched" in name else round(side / 2))


def test_centring_by_mass_puts_the_heavier_side_into_the_middle() -> None:
    by_mass, by_box = (alter(BY_NAME[name], wedge(), seed=0) for name in list(REFITTED)[:2])
    for axis in (1, 2):
        mass = by_mass.sum(axis=(0, 3 - axis)) @ np.arange(28) / by_mass.sum()
        assert abs(mass - 14) <= 0.5
    assert cv2.boundingRect(by_box[0]) == (9, 4, 10, 20)


def test_an_empty_picture_stays_one() -> None:
    empty = np.zeros((1, 28, 28), np.uint8)
    for name in REFITTED:
        assert not alter(BY_NAME[name], empty, seed=0).any()


def test_strokes_light_and_place_change_as_the_names_say(pictures: Pictures) -> None:
    def ink(name: str) -> float:
        return float(alter(BY_NAME[name], pictures, seed=0).mean() / pictures.mean())

    assert ink("strokes thinner, 2x2 erode") < 0.8 < 1.3 < ink("strokes thicker, 3x3 dilate")
    assert ink("contrast x0.4") == pytest.approx(0.4, abs=0.01)
    assert ink("blur, sigma 1.5") == pytest.approx(1, abs=0.02)
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 13:15, 20:23] = 255
    x, y, _, _ = cv2.boundingRect(alter(BY_NAME["rotated 30 deg"], dot, seed=0)[0])
    assert x < 20 and y < 12  # against the clock
    x, y, _, _ = cv2.boundingRect(alter(BY_NAME["shifted 4 px right and 4 down"], dot, seed=0)[0])
    assert (x, y) == (24, 17)
    shifted = alter(BY_NAME["shifted 4 px to any side"], np.repeat(dot, 40, axis=0), seed=0)
    corners = {cv2.boundingRect(i)[:2] for i in shifted}
    assert corners == {(24, 13), (16, 13), (20, 17), (20, 9)}


def test_turning_and_inverting_twice_change_nothing(pictures: Pictures) -> None:
    for name in ("upside down", "inverted polarity"):
        once = alter(BY_NAME[name], pictures, seed=0)
        assert np.array_equal(alter(BY_NAME[name], once, seed=0), pictures)


@pytest.mark.parametrize(("error", "beaten"), [(0.0072, True), (0.0073, False), (0.01, False)])
def test_a_bar_is_beaten_below_it_by_the_model_alone(error: float, beaten: bool) -> None:
    alone = ReadFigures(error, 0.0, 0.9, 0.0, 0.0)
    met = replace(alone, error=0.0)
    assert ConditionFigures("clean", 0.0073, alone, met).beaten is beaten
    assert ConditionFigures("clean", None, alone, met).beaten is None


def test_the_default_model_bears_what_the_patch_function_undoes(
    classifier: Classifier, canvases: Canvases, pictures: Pictures
) -> None:
    clean, inverted, noisy = (
        judge_condition(classifier, i, pictures, canvases.labels, seed=0)
        for i in (CLEAN, INVERTED, NOISY)
    )
    assert clean.alone.error <= 0.02
    assert clean.met is not None and clean.met.error <= 0.03
    assert inverted.alone.error > 0.3
    assert inverted.met == clean.met
    assert noisy.met is None


def test_a_mark_taken_for_none_is_an_error_but_not_among_the_digits(
    classifier: Classifier,
) -> None:
    read = np.zeros((4, 11))
    read[[0, 1, 2, 3], [3, 3, 10, 10]] = 0.6
    read[[0, 1, 2, 3], [10, 10, 3, 5]] += 0.4
    figures = judge_digits(classifier, read, np.array([3, 4, 3, 3]))
    assert figures.error == pytest.approx(3 / 4)
    assert figures.error_among_digits == pytest.approx(2 / 4)
    assert figures.confidence == pytest.approx(0.6)


def test_the_temperature_is_taken_back_as_if_it_had_never_been(
    classifier: Classifier, canvases: Canvases, pictures: Pictures
) -> None:
    def figures(temperature: float) -> ReadFigures:
        card = replace(classifier.card, temperature=temperature)
        own = Classifier(classifier.engine, card)
        noisy = alter(BY_NAME["stretched to 28x28"], pictures, seed=0)
        return judge_digits(own, read_patches(own, noisy), canvases.labels)

    plain, warm = figures(1.0), figures(2.5)
    assert warm.calibration_error != pytest.approx(plain.calibration_error, abs=1e-3)
    assert warm.untempered == pytest.approx(plain.calibration_error, abs=1e-4)


def characters_of(read: list[tuple[int, float]], names: str) -> RealCharacters:
    """Characters with the class of each and its confidence; the rest is left to "not a digit"."""
    probabilities = np.zeros((len(read), 11))
    for row, (digit, confidence) in zip(probabilities, read, strict=True):
        row[10] = 1 - confidence
        row[digit] = confidence
    pictures = np.zeros((len(read), 60, 40), np.uint8)
    pictures[:, 10:50, 18:22] = 255
    alphabets = np.array(["Old"] * (len(read) - 2) + ["New"] * 2)
    return RealCharacters(pictures, probabilities, alphabets, np.array(list(names)))


def test_the_characters_most_often_taken_come_first_with_their_digit() -> None:
    read = [(1, 0.9), (7, 0.95), (1, 0.99), (10, 0.9), (5, 0.6), (5, 0.85), (0, 0.97), (10, 1.0)]
    real = characters_of(read, "aaabbbcd")
    figures = real.often_taken(0.8)
    assert [(i.alphabet, i.name, i.count, i.taken, i.digit) for i in figures] == [
        ("New", "c", 1, 1, 0),
        ("Old", "a", 3, 3, 1),
        ("Old", "b", 3, 1, 5),
    ]
    mistakes = real.mistakes(0.8)
    assert [(i.truth, i.read, i.confidence) for i in mistakes] == [
        (NOT_A_DIGIT, digit, confidence)
        for digit, confidence in [(1, 0.99), (0, 0.97), (7, 0.95), (1, 0.9), (5, 0.85)]
    ]
    assert mistakes[0].patch.shape == (28, 28)
    taken = sum(i.taken for i in figures)
    assert taken == len(mistakes) == len(read) * taken_for_digits(real.read, 0.8)


def test_each_threshold_has_its_own_share() -> None:
    real = characters_of([(1, 0.9), (2, 0.7), (3, 0.55), (10, 0.9)], "abcd")
    figures = judge_kind("Old", real.of(["Old"]), AtThresholds(0.8, 0.65, 0.5))
    assert (figures.count, figures.taken) == (2, AtThresholds(0.5, 1.0, 1.0))
    everything = judge_kind("all", real.of(["Old", "New"]), AtThresholds(0.8, 0.65, 0.5))
    assert everything.taken == AtThresholds(0.25, 0.5, 0.75)


def test_the_card_tells_which_alphabets_are_new() -> None:
    names = ["Greek", "Korean", "Latin"]
    learned = ("MNIST", "Omniglot characters but for the alphabets Greek and Latin (MIT)")
    assert unseen_alphabets(ModelCard(training_data=learned), names) == ["Greek", "Latin"]
    assert unseen_alphabets(ModelCard(training_data=("MNIST",)), names) == names


@pytest.mark.parametrize("kind", KINDS, ids=lambda i: i.name)
def test_marks_of_a_kind_are_drawn_with_ink_and_anew_by_seed(
    kind: Kind, canvases: Canvases
) -> None:
    marks = kind.marks(12, canvases, seed=1)
    assert (marks.shape, marks.dtype) == ((12, 64, 64), np.uint8)
    assert (marks.max(axis=(1, 2)) > 100).mean() > 0.8
    assert np.array_equal(marks, kind.marks(12, canvases, seed=1))
    assert not np.array_equal(marks, kind.marks(12, canvases, seed=2))


def test_characters_are_read_from_their_file(classifier: Classifier, tmp_path: Path) -> None:
    bits = np.zeros((2, 105, 105), np.uint8)
    bits[0, 20:80, 50:55] = 1
    bits[1, 20:80:10] = 1  # no digit by anybody's standard
    path = tmp_path / "characters.npz"
    arrays = {"ink": np.packbits(bits, axis=-1), "width": 105, "alphabet": ["A", "B"]}
    np.savez(path, **arrays, character=["one", "two"])
    real = read_characters(classifier, path)
    assert real.read[0].argmax() == 1
    assert real.read[1].argmax() == NOT_A_DIGIT
    assert real.names.tolist() == ["one", "two"]
    assert [i.name for i in real.often_taken(0.5)] == ["one"]
    np.savez(path, **arrays)
    assert set(read_characters(classifier, path).names) == {"?"}
