"""Training, with tiny data: what it writes, that it can be repeated, stopped and resumed."""

import dataclasses
import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.classify import ModelCard, load_classifier
from livedigits.classify.card import sha256
from livedigits.errors import DataError, ModelError, OutputError, SettingsError
from livedigits.learn.augment import plain_patches
from livedigits.learn.canvases import NOT_A_DIGIT, handwritten_digits
from livedigits.learn.curves import draw_curves
from livedigits.learn.data import DigitData, Labelled
from livedigits.learn.material import gather
from livedigits.learn.options import TrainOptions
from livedigits.learn.progress import Epoch
from livedigits.learn.splits import split
from livedigits.learn.train import train


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 digits to learn from and 100 to judge by, in Keras' layout."""
    digits = handwritten_digits(500, np.random.default_rng(0))
    patches = np.rint(255 * plain_patches(digits.pictures)).astype(np.uint8)
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    np.savez(
        path,
        x_train=patches[:400],
        y_train=digits.labels[:400].astype(np.uint8),
        x_test=patches[400:],
        y_test=digits.labels[400:].astype(np.uint8),
    )
    return path


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainOptions:
    """A run of three epochs of 5 steps, of a network with dropout, that was never stopped."""
    out = tmp_path_factory.mktemp("whole") / "m.keras"
    options = TrainOptions(out=out, arch="cnn", data=data, epochs=3, batch_size=72)
    assert train(options, verbose=False).stopped is None
    return options


def _files(options: TrainOptions) -> dict[str, bytes]:
    """Everything that a run has left behind."""
    return {i.name: i.read_bytes() for i in options.out.parent.iterdir() if i.is_file()}


def _stopping_at(step: int) -> Callable[[], AbstractContextManager[None]]:
    """A guard that stops a run as Ctrl-C does, at the beginning of a step."""
    count = itertools.count(1)

    def guard() -> AbstractContextManager[None]:
        if next(count) == step:
            raise KeyboardInterrupt
        return nullcontext()

    return guard


def test_a_run_writes_a_model_that_reads(whole: TrainOptions) -> None:
    assert set(_files(whole)) == {"m.keras", "m.tflite", "m.json", "m.png"}
    card = ModelCard.load(whole.out.with_suffix(".json"))
    assert card.classes == tuple("0123456789")
    assert card.figures["epochs"] == 3
    assert card.figures["test_error"] < 0.7  # chance is wrong nine times in ten
    assert not any("reject" in i or "taken" in i or "among" in i for i in card.figures)
    arrays = np.load(str(whole.data))
    patches = arrays["x_test"] / np.float32(255)
    for engine in ("keras", "litert"):
        read = load_classifier(whole.out, engine)(patches)
        wrong = float((read.argmax(axis=1) != arrays["y_test"]).mean())
        # One of the hundred may be a tie, which eight bits decide otherwise.
        allowed = 1e-5 if engine == "keras" else 0.0101
        assert wrong == pytest.approx(card.figures["test_error"], abs=allowed)
    assert card.figures["export_changed_answers"] <= 0.005


def test_a_run_that_is_stopped_and_goes_on_leaves_the_same_files_as_one_that_was_not(
    whole: TrainOptions, tmp_path: Path
) -> None:
    options = dataclasses.replace(whole, out=tmp_path / "m.keras")
    stopped = train(options, verbose=False, guard=_stopping_at(8))
    assert isinstance(stopped.stopped, KeyboardInterrupt)
    assert stopped.card.figures["epochs"] == 1
    assert stopped.card.figures["epochs_planned"] == 3
    assert ModelCard.load(tmp_path / "m.json") == stopped.card

    for change, named in (
        ({"epochs": 4}, "--epochs 3, not 4"),
        ({"seed": 8}, "--seed 7, not 8"),
        ({"limit": 100}, "other data"),
    ):
        with pytest.raises(SettingsError, match=named):
            train(dataclasses.replace(options, **change), verbose=False)

    assert train(options, verbose=False).stopped is None
    assert _files(options) == _files(whole)
    assert not (tmp_path / "m.progress").exists()


def test_a_model_that_goes_on_from_another_knows_what_that_one_knew(
    whole: TrainOptions, tmp_path: Path
) -> None:
    start = whole.out
    options = dataclasses.replace(whole, out=tmp_path / "m.keras", start=start, epochs=1)
    card = train(options, verbose=False).card
    before = ModelCard.load(start.with_suffix(".json"))
    assert card.figures["test_error"] < before.figures["test_error"] + 0.05
    assert start.name in card.training_data[0]
    assert sha256(start) in card.training_data[0]

    stopped = dataclasses.replace(options, out=tmp_path / "n.keras", epochs=2)
    train(stopped, verbose=False, guard=_stopping_at(8))
    with pytest.raises(SettingsError, match="--start"):
        train(dataclasses.replace(stopped, start=None), verbose=False)


def test_a_model_of_another_architecture_is_nothing_to_go_on_from(
    whole: TrainOptions, tmp_path: Path
) -> None:
    options = dataclasses.replace(whole, out=tmp_path / "m.keras", start=whole.out, arch="mlp")
    with pytest.raises(ModelError, match=r"m\.keras: is not of the architecture mlp"):
        train(options, verbose=False)
    missing = tmp_path / "none.keras"
    with pytest.raises(ModelError, match=r"none\.keras"):
        train(dataclasses.replace(options, start=missing), verbose=False)


def test_the_default_model_learns_from_a_teacher_that_is_trained_once(
    data: Path, tmp_path: Path
) -> None:
    options = TrainOptions(
        out=tmp_path / "m.keras",
        data=data,
        epochs=3,
        teacher_epochs=1,
        batch_size=195,  # two steps of the teacher, and three rounds of the model
        handwritten=10,
        scenes=2,
        clutter=2,
        no_digits=100,
        touching=10,
        printed=10,
    )
    with pytest.raises(KeyboardInterrupt):
        train(options, verbose=False, guard=_stopping_at(3))
    assert [i.name for i in tmp_path.iterdir()] == ["m.progress"]
    steps = itertools.count()
    card = train(options, verbose=False, guard=lambda: nullcontext(next(steps))).card
    assert next(steps) % 3 == 0  # those of the model alone
    assert card.classes[-1] == "not a digit"
    assert "camera_validation_taken_for_digits" in card.figures
    assert len(card.training_data) == 4


def test_own_marks_are_learned_from_as_often_as_they_are_few(data: Path, tmp_path: Path) -> None:
    pictures = np.load(data)["x_test"]
    for name, count in (("0", 2), ("7", 1), ("none", 3)):
        folder = tmp_path / "crops" / name
        folder.mkdir(parents=True)
        for number in range(count):
            picture = 255 - cv2.resize(pictures[number], (90, 120))
            cv2.imwrite(str(folder / f"{number}.png"), picture)
    extra = (tmp_path / "crops",)
    material = gather(TrainOptions(out=Path(), arch="cnn", data=data, extra=extra))
    assert material.sources == (
        "360 digits of digits.npz (the user's own)",
        "3 marks of crops, each 13 times (the user's own)",  # a tenth of 400
    )
    assert material.learned.labels[360:].tolist() == 13 * [0, 7, 0]
    assert material.notes == ("3 marks that are no digit are left out: cnn has no such class",)


def test_a_tenth_is_kept_back_and_every_class_is_in_it() -> None:
    labels = np.sort(np.arange(400) % 10).astype(np.int64)
    labels[:20] = NOT_A_DIGIT
    pictures = np.repeat(np.arange(400) % 256, 28 * 28).astype(np.uint8).reshape(-1, 28, 28)
    parts = split(DigitData(train=Labelled(pictures, labels)))
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (308, 34, 38)
    assert len(parts.others) == 20
    assert set(parts.validation.labels) == set(range(10))
    assert "38 of their digits" in parts.notes[0]
    rows = np.sort(np.concatenate([i.labels for i in (parts.train, parts.validation, parts.test)]))
    np.testing.assert_array_equal(rows, labels[20:])


def test_the_last_tenth_is_kept_back_of_a_split_in_no_order() -> None:
    labels = np.arange(400, dtype=np.int64) % 10
    marks = Labelled(np.zeros((400, 28, 28), np.uint8), labels)
    parts = split(DigitData(train=marks, test=marks), limit=200)
    np.testing.assert_array_equal(parts.validation.labels, labels[180:200])
    assert (len(parts.train), len(parts.test)) == (180, 200)
    assert parts.notes == ()


def test_too_few_digits_are_refused() -> None:
    few = Labelled(np.zeros((9, 28, 28), np.uint8), np.arange(9))
    with pytest.raises(DataError, match="9 digits"):
        split(DigitData(train=few))


def test_an_output_that_cannot_be_is_told_before_the_work_begins(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    options = TrainOptions(out=tmp_path / "file" / "m.keras", data=tmp_path / "missing.npz")
    with pytest.raises(OutputError, match="file"):
        train(options, verbose=False)


@pytest.mark.parametrize("count", [1, 2, 40])
def test_curves_fall_where_loss_falls(count: int) -> None:
    epochs = [Epoch(1 / i, 1 - 0.5 / i, 0.8 / i, 1 - 0.2 / i) for i in range(1, count + 1)]
    worse = [dataclasses.replace(i, loss=3 * i.loss) for i in epochs]
    picture = draw_curves(epochs, "cnn")
    assert picture.shape == (540, 1120, 3)
    assert (picture[:, :560] != draw_curves(worse, "cnn")[:, :560]).any()
    np.testing.assert_array_equal(picture[90:, 560:], draw_curves(worse, "cnn")[90:, 560:])
