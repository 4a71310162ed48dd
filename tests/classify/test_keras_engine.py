"""The Keras engine: any model of digits runs, as the fast engine does, and what cannot is named."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from sheets import digit_ink, sheet

from livedigits.classify import load_classifier
from livedigits.classify.shipped import models_folder
from livedigits.errors import ModelError
from livedigits.find import make_patches
from livedigits.find.patches import Patches
from livedigits.learn.data import Mnist
from livedigits.reader import Reader

keras = pytest.importorskip("keras")


@pytest.fixture(scope="module")
def patches() -> Patches:
    """A hundred patches, each digit in ten hands."""
    return make_patches([digit_ink(i, 60, seed=s) for s in range(10) for i in "0123456789"])


def save_model(path: Path, shape: tuple[int, ...], outputs: int, activation: str | None) -> Path:
    """An untrained model of one layer, as a user might have it."""
    flat = [keras.layers.Flatten()] if len(shape) > 1 else []
    layers = [keras.Input(shape), *flat, keras.layers.Dense(outputs, activation=activation)]
    keras.Sequential(layers).save(path)
    return path


def test_both_engines_read_the_same(patches: Patches) -> None:
    one, other = load_classifier(engine="litert")(patches), load_classifier(engine="keras")(patches)
    assert (one.argmax(axis=1) == other.argmax(axis=1)).all()
    assert one == pytest.approx(other, abs=1e-3)


def test_both_engines_read_real_digits_the_same(mnist: Mnist) -> None:
    real = np.asarray(mnist.test_pictures / 255, np.float32)
    one, other = load_classifier(engine="litert")(real), load_classifier(engine="keras")(real)
    assert (one.argmax(axis=1) == other.argmax(axis=1)).all()
    assert one == pytest.approx(other, abs=1e-3)


def test_no_batch_size_is_traced_anew(patches: Patches) -> None:
    engine = load_classifier(engine="keras").engine
    for size in range(41):
        assert engine(patches[:size]).shape == (size, 11)
    assert engine.traces == 1  # type: ignore[attr-defined]


def test_auto_takes_keras_where_the_export_is_not_of_this_very_model(
    tmp_path: Path, patches: Patches
) -> None:
    for suffix in (".keras", ".tflite", ".json"):
        shutil.copy(models_folder() / f"livedigits{suffix}", tmp_path)
    model = tmp_path / "livedigits.keras"
    assert load_classifier(model).engine.name == "litert"
    altered = keras.saving.load_model(model, compile=False)
    weights = altered.get_weights()
    weights[-1] = np.roll(weights[-1], 1)
    altered.set_weights(weights)
    altered.save(model)
    assert load_classifier(model).engine.name == "keras"


def test_auto_takes_keras_where_there_is_no_export(tmp_path: Path) -> None:
    path = tmp_path / "mine.keras"
    shutil.copy(models_folder() / "livedigits.keras", path)
    assert load_classifier(path).engine.name == "keras"


@pytest.mark.parametrize("shape", [(784,), (28, 28), (28, 28, 1), (1, 28, 28)])
def test_a_plain_softmax_model_of_ten_digits_works_in_the_reader(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    path = save_model(tmp_path / "mine.keras", shape, 10, "softmax")
    reader = Reader(path)
    page = sheet(["123"])
    assert reader.classifier.card.output == "probabilities"
    patches = make_patches([digit_ink("5", 40)])
    probabilities = reader.classifier(patches)
    own = keras.saving.load_model(path)(patches.reshape(-1, *shape)).numpy()
    assert probabilities[:, :10] == pytest.approx(own, abs=1e-5)
    assert not probabilities[:, 10].any()
    assert reader.read(page.picture()).width == 640


def test_a_model_of_ten_logits_works_too(tmp_path: Path, patches: Patches) -> None:
    path = save_model(tmp_path / "mine.keras", (28, 28, 1), 10, None)
    classifier = load_classifier(path)
    assert classifier.card.output == "logits"
    assert classifier(patches).sum(axis=1) == pytest.approx(np.ones(100), abs=1e-5)


@pytest.mark.parametrize(
    ("shape", "outputs", "message"),
    [
        ((28, 30, 1), 10, r"takes \(28, 30, 1\); .*square pictures"),
        ((28, 28, 2), 10, r"takes \(28, 28, 2\)"),
        ((4, 4, 1), 10, r"takes \(4, 4, 1\)"),
        ((28, 28, 1), 5, "5 outputs"),
        ((784,), 26, "26 outputs"),
    ],
)
def test_a_model_that_reads_no_digits_is_named_with_what_is_wrong(
    tmp_path: Path, shape: tuple[int, ...], outputs: int, message: str
) -> None:
    path = save_model(tmp_path / "other.keras", shape, outputs, "softmax")
    with pytest.raises(ModelError, match=rf"other\.keras: .*{message}"):
        load_classifier(path)


@pytest.mark.parametrize("content", [b"", b"these are not the weights you are looking for\n" * 9])
def test_a_keras_file_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text.keras"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"text\.keras: ") as caught:
        load_classifier(path)
    assert "\n" not in str(caught.value)


def test_a_keras_file_that_is_cut_off_is_named(tmp_path: Path) -> None:
    path = tmp_path / "half.keras"
    path.write_bytes((models_folder() / "livedigits.keras").read_bytes()[:20000])
    with pytest.raises(ModelError, match=r"half\.keras: "):
        load_classifier(path)


def test_a_model_with_several_inputs_is_named(tmp_path: Path) -> None:
    one, other = keras.Input((28, 28, 1)), keras.Input((28, 28, 1))
    both = keras.layers.Flatten()(keras.layers.Add()([one, other]))
    path = tmp_path / "two.keras"
    keras.Model([one, other], keras.layers.Dense(10)(both)).save(path)
    with pytest.raises(ModelError, match=r"two\.keras: "):
        load_classifier(path)


def test_a_model_that_would_run_code_of_its_own_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lambda.keras"
    lambdas = keras.layers.Lambda(lambda x: x * 2.0)
    keras.Sequential(
        [keras.Input((28, 28, 1)), lambdas, keras.layers.Flatten(), keras.layers.Dense(10)]
    ).save(path)
    with pytest.raises(ModelError, match=r"lambda\.keras: "):
        load_classifier(path)
