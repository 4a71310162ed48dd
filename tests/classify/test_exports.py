"""Exports: what was found of a user's model is kept, so that the next start is a fast one."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from readers import linear_reader

from livedigits.classify import ModelOptions, exports, load_classifier, loading
from livedigits.classify.shipped import reference_patches
from livedigits.errors import ModelError

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(exports.CACHE_VARIABLE, str(folder))
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that reads, without a card."""
    layers = [keras.layers.Flatten(), keras.layers.Dense(10)]
    network = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    reader = linear_reader()
    network.set_weights([reader.kernel, reader.bias])
    path = tmp_path / "mine.keras"
    network.save(path)
    return path


def test_the_second_start_is_on_litert_and_says_the_same(cache: Path, model: Path) -> None:
    first, second = load_classifier(model), load_classifier(model)
    assert (first.engine.name, second.engine.name) == ("keras", "litert")
    assert first.form == second.form
    assert first.card.output == second.card.output == "logits"
    patches = reference_patches()
    assert second(patches) == pytest.approx(first(patches), abs=1e-4)
    assert load_classifier(model, "keras").engine.name == "keras"


def test_the_second_start_needs_no_tensorflow(cache: Path, model: Path) -> None:
    load_classifier(model)
    program = (
        "import sys\n"
        "from livedigits.classify import load_classifier\n"
        f"print(load_classifier({str(model)!r}).engine.name)\n"
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "litert\n[]\n", done.stderr


def test_litert_is_to_be_had_at_once(cache: Path, model: Path) -> None:
    assert load_classifier(model, "litert").engine.name == "litert"


def test_what_changes_the_model_is_not_read_from_the_cache(cache: Path, model: Path) -> None:
    load_classifier(model)
    assert load_classifier(model, options=ModelOptions(scaling="signed")).form.scaling == "signed"
    model.with_suffix(".json").write_text('{"temperature": 3.0}')
    assert load_classifier(model).card.temperature == 3.0
    model.with_suffix(".json").unlink()
    altered = keras.saving.load_model(model)
    altered.set_weights([np.roll(i, 1, axis=-1) for i in altered.get_weights()])
    altered.save(model)
    assert load_classifier(model).engine.name == "keras"


def test_the_network_of_weights_alone_is_part_of_what_is_kept(cache: Path, model: Path) -> None:
    def build() -> Any:
        return keras.models.clone_model(keras.saving.load_model(model))

    named = ModelOptions(architecture="mine", build=build)
    nameless = ModelOptions(build=build)
    for _ in range(2):
        assert load_classifier(model, options=nameless).engine.name == "keras"
    load_classifier(model)  # the whole model's export is not that of its weights in a network
    assert load_classifier(model, options=nameless).engine.name == "keras"
    assert load_classifier(model, options=named).engine.name == "keras"
    assert load_classifier(model, options=named).engine.name == "litert"


def test_a_damaged_entry_is_made_anew(cache: Path, model: Path) -> None:
    load_classifier(model)
    for suffix in (".tflite", ".json"):
        (entry,) = cache.glob(f"*{suffix}")
        entry.write_bytes(entry.read_bytes()[:100])
        assert load_classifier(model).engine.name == "keras"
        assert load_classifier(model).engine.name == "litert"


def test_a_cache_that_cannot_be_written_is_no_error(cache: Path, model: Path) -> None:
    cache.write_text("a file in the way")
    for _ in range(2):
        assert load_classifier(model).engine.name == "keras"


def test_a_model_that_cannot_be_converted_stays_with_keras(cache: Path, tmp_path: Path) -> None:
    reader = linear_reader()
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec((None, 28, 28))])  # type: ignore[untyped-decorator]
    def read(pictures: Any) -> Any:
        logits = tf.reshape(pictures, (-1, 784)) @ reader.kernel + reader.bias
        return logits + 0 * tf.linalg.svd(pictures, compute_uv=False)[:, :1]

    module.read = read
    tf.saved_model.save(module, tmp_path / "svd", signatures=read)
    for _ in range(2):
        assert load_classifier(tmp_path / "svd").engine.name == "keras"
    with pytest.raises(ModelError, match=r"no LiteRT form.*--engine keras"):
        load_classifier(tmp_path / "svd", "litert")


def test_an_export_that_says_something_else_is_not_kept(
    cache: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "AGREEMENT", -1.0)
    for _ in range(2):
        assert load_classifier(model).engine.name == "keras"
    assert not cache.exists()


def test_the_cache_does_not_grow_for_ever(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_KEPT", 3)
    card = load_classifier().card
    for key in "abcde":
        exports.keep(key, card, key.encode())
        if exports.recall("a") is None:
            pytest.fail("what was just used is gone")
    assert len(list(cache.glob("*.json"))) == len(list(cache.glob("*.tflite"))) == 3


def test_by_default_it_is_the_platforms_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(exports.CACHE_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    folder = exports.cache_folder()
    assert folder.name == "livedigits"
    if sys.platform == "linux":
        assert folder == Path("/somewhere/livedigits")
