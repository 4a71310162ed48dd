"""Classifier: a model and its card, on the fast engine where that runs the very same model."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sheets import digit_ink

from livedigits.classify import Classifier, ModelCard, ModelOptions, load_classifier
from livedigits.classify.engines import LiteRTEngine
from livedigits.classify.shipped import models_folder
from livedigits.errors import ModelError
from livedigits.find import make_patches
from livedigits.find.patches import Patches


@pytest.fixture(scope="module")
def patches() -> Patches:
    """Seventy patches, each digit in seven hands."""
    return make_patches([digit_ink(i, 60, seed=s) for s in range(7) for i in "0123456789"])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The .keras file of a copy of the default model, with its export and card beside it."""
    for suffix in (".keras", ".tflite", ".json"):
        shutil.copy(models_folder() / f"livedigits{suffix}", tmp_path)
    return tmp_path / "livedigits.keras"


class Says:
    """An engine that gives every patch the same outputs."""

    name = "fixed"

    def __init__(self, *outputs: float) -> None:
        self.classes = len(outputs)
        self._outputs = np.array(outputs, np.float32)

    def __call__(self, patches: Patches) -> np.ndarray:
        return np.tile(self._outputs, (len(patches), 1))


def test_the_default_model_reads_careful_digits(patches: Patches) -> None:
    probabilities = load_classifier()(patches)
    assert probabilities.shape == (70, 11)
    right = probabilities.argmax(axis=1) == np.tile(np.arange(10), 7)
    assert right.mean() >= 0.95
    assert not load_classifier()(patches[:0]).size


def test_several_threads_may_share_a_classifier(patches: Patches) -> None:
    classifier = load_classifier()
    alone = classifier(patches)
    with ThreadPoolExecutor(4) as pool:
        for together in pool.map(classifier, [patches] * 100):
            assert np.array_equal(together, alone)


def test_probabilities_sum_to_one_even_for_nonsense() -> None:
    rng = np.random.default_rng(0)
    nonsense = np.concatenate(
        [rng.random((5, 28, 28)), np.zeros((1, 28, 28)), np.ones((1, 28, 28))]
    ).astype(np.float32)
    probabilities = load_classifier()(nonsense)
    assert probabilities.dtype == np.float32
    assert probabilities.min() >= 0
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(7), abs=1e-5)


def test_what_the_model_says_of_a_patch_does_not_depend_on_its_batch(patches: Patches) -> None:
    classifier = load_classifier(engine="litert")
    alone = np.concatenate([classifier(patches[i : i + 1]) for i in range(len(patches))])
    for size in range(1, 71):
        assert classifier(patches[:size]) == pytest.approx(alone[:size], abs=1e-5)


def test_several_threads_say_the_same_as_one(patches: Patches) -> None:
    path = models_folder() / "livedigits.tflite"
    one, many = LiteRTEngine(path, threads=1), LiteRTEngine(path, threads=4)
    assert many(patches) == pytest.approx(one(patches), abs=1e-4)


def test_the_temperature_of_the_card_cools_or_warms_the_probabilities(patches: Patches) -> None:
    outputs = [0.0] * 11
    outputs[4] = 2.0
    for temperature in (0.5, 1.0, 2.0):
        classifier = Classifier(Says(*outputs), ModelCard(temperature=temperature))
        share = np.exp(2 / temperature) / (np.exp(2 / temperature) + 10)
        assert classifier(patches[:1])[0, 4] == pytest.approx(share, rel=1e-5)


def test_logits_of_any_size_are_taken(patches: Patches) -> None:
    outputs = [-1000.0] * 10 + [1000.0]
    probabilities = Classifier(Says(*outputs), ModelCard())(patches[:1])
    assert probabilities[0].tolist() == [0] * 10 + [1]


def test_a_model_that_gives_probabilities_is_taken_at_its_word(patches: Patches) -> None:
    outputs = [0.7, 0.3, *[0.0] * 8]
    classifier = Classifier(Says(*outputs), ModelCard(output="probabilities"))
    assert classifier(patches[:1])[0] == pytest.approx([*outputs, 0.0], abs=1e-6)


def test_the_card_beside_a_model_is_used(model: Path, patches: Patches) -> None:
    before = load_classifier(model)(patches)
    path = model.with_suffix(".json")
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "temperature": 5.0, "reject_threshold": 0.875}))
    classifier = load_classifier(model)
    assert classifier.card.reject_threshold == 0.875
    assert classifier(patches).max(axis=1).mean() < before.max(axis=1).mean() - 0.1


def test_auto_takes_the_export_that_the_card_vouches_for(model: Path) -> None:
    assert load_classifier(model).engine.name == "litert"
    assert load_classifier().engine.name == "litert"


def test_a_litert_file_can_be_named_itself(model: Path, patches: Patches) -> None:
    named = load_classifier(model.with_suffix(".tflite"))
    assert named.engine.name == "litert"
    assert named(patches) == pytest.approx(load_classifier()(patches), abs=1e-6)


def test_keras_cannot_run_a_litert_file(model: Path) -> None:
    with pytest.raises(ModelError, match="keras engine"):
        load_classifier(model.with_suffix(".tflite"), "keras")


@pytest.mark.parametrize("name", ["missing.keras", "missing.tflite", "no/such/folder.keras"])
def test_a_model_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="no such model") as caught:
        load_classifier(tmp_path / name)
    assert name in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"these are not the weights you are looking for\n" * 9])
def test_a_litert_file_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"text\.tflite: is no LiteRT model") as caught:
        load_classifier(path)
    assert "\n" not in str(caught.value)


def test_a_litert_file_that_is_cut_off_is_named(model: Path) -> None:
    path = model.with_suffix(".tflite")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelError, match=r"livedigits\.tflite"):
        load_classifier(path)


def test_a_file_of_another_kind_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "weights.onnx"
    path.write_bytes(b"onnx")
    with pytest.raises(ModelError, match=r"weights\.onnx: is no model; \.keras, \.h5"):
        load_classifier(path)


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", '"text"', "7", '{"temperature": "warm"}'),
        *('{"scaling": "inches"}', '{"polarity": "north"}'),
        *('{"temperature": 0}', '{"temperature": NaN}', '{"reject_threshold": 50}'),
        *(
            '{"output": "labels"}',
            '{"classes": ["1", "0", "2", "3", "4", "5", "6", "7", "8", "9"]}',
        ),
    ],
)
def test_a_card_that_is_none_is_named(model: Path, content: str) -> None:
    model.with_suffix(".json").write_text(content)
    with pytest.raises(ModelError, match=r"livedigits\.json"):
        load_classifier(model)


def test_a_card_of_before_polarity_had_a_field_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"scaling": "0..1, ink 1", "temperature": 1.5}')
    assert ModelCard.load(path) == ModelCard(scaling="0..1", polarity="light", temperature=1.5)


def test_a_card_tells_the_form_of_the_pictures(model: Path, patches: Patches) -> None:
    before = load_classifier(model)(patches)
    path = model.with_suffix(".json")
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "scaling": "0..255", "polarity": "dark"}))
    classifier = load_classifier(model)
    assert (classifier.form.scaling, classifier.form.polarity) == ("0..255", "dark")
    assert (classifier(patches).argmax(axis=1) != before.argmax(axis=1)).mean() > 0.5
    options = ModelOptions(scaling="0..1", polarity="light")
    assert load_classifier(model, options=options)(patches) == pytest.approx(before, abs=1e-6)


def test_a_card_is_read_as_it_was_written(tmp_path: Path) -> None:
    card = ModelCard(
        name="mine", temperature=1.25, figures={"error": 0.002}, files={"mine.keras": "00"}
    )
    card.save(tmp_path / "mine.json")
    assert ModelCard.load(tmp_path / "mine.json") == card


def test_reading_does_not_need_tensorflow() -> None:
    """It would cost seconds and hundreds of megabytes."""
    program = (
        "import sys, numpy as np\n"
        "from livedigits.reader import Reader\n"
        "Reader().read(np.full((90, 90, 3), 255, np.uint8))\n"
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
