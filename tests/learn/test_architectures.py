"""Architectures: what each takes and gives, and that nothing is needed to load a saved one."""

from pathlib import Path

import keras
import numpy as np
import pytest

from livedigits.errors import DataError, SettingsError
from livedigits.learn import networks
from livedigits.learn.architectures import ARCHITECTURES, build

WEIGHTS = {"mlp": 101_770, "mlp2": 118_282, "cnn": 34_826, "deep-mnist": 3_274_634}
"""As the tutorials count them."""


def _patches(count: int = 3) -> np.ndarray:
    return np.random.default_rng(0).random((count, 28, 28, 1), np.float32)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_reads_patches_and_loads_in_safe_mode(name: str, tmp_path: Path) -> None:
    model = build(name)
    logits = model.predict(_patches(), verbose=0)
    assert logits.shape == (3, 11 if ARCHITECTURES[name].rejects else 10)
    model.save(tmp_path / "saved.keras")
    loaded = keras.saving.load_model(tmp_path / "saved.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded.predict(_patches(), verbose=0), logits)


@pytest.mark.parametrize("name", WEIGHTS)
def test_the_tutorials_networks_are_as_large_as_there(name: str) -> None:
    assert build(name).count_params() == WEIGHTS[name]


def test_the_same_seed_gives_the_same_weights_and_another_gives_others() -> None:
    one, same, other = (build("cnn", seed).get_weights() for seed in (1, 1, 2))
    assert all(map(np.array_equal, one, same))
    assert not np.array_equal(one[0], other[0])


def test_vgg16_sees_what_its_base_was_trained_to_see(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[keras.KerasTensor] = []
    own = keras.applications.VGG16
    monkeypatch.setattr(
        keras.applications, "VGG16", lambda **k: seen.append(k["input_tensor"]) or own(**k)
    )
    model = build("vgg16")
    patch = _patches(1)
    given = keras.Model(model.inputs, seen[0]).predict(patch, verbose=0)
    side = networks.VGG_SIDE
    grey = keras.ops.image.resize(255 * patch, (side, side))
    wanted = keras.applications.vgg16.preprocess_input(np.repeat(grey, 3, axis=-1))
    np.testing.assert_allclose(given, wanted, atol=1e-3)


def test_only_a_base_that_has_learned_something_is_frozen(tmp_path: Path) -> None:
    copy = tmp_path / "vgg16_notop.weights.h5"
    base = keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))
    base.save_weights(copy)
    learned = build("vgg16", base_weights=copy)
    np.testing.assert_array_equal(
        learned.get_layer("block1_conv1").get_weights()[0],
        base.get_layer("block1_conv1").get_weights()[0],
    )
    assert {i.name.split("/")[-1] for i in learned.trainable_variables} == {"kernel", "bias"}
    assert len(learned.trainable_variables) == 4
    assert len(build("vgg16").trainable_variables) == 4 + 2 * 13


@pytest.mark.parametrize("content", [None, b"", b"no weights"])
def test_weights_that_are_none_are_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "vgg.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"vgg\.h5.*--base-weights none"):
        build("vgg16", base_weights=path)


def test_a_download_that_fails_names_the_ways_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Exception("URL fetch failure on https://example.org: None -- no network")

    monkeypatch.setattr(keras.utils, "get_file", fail)
    monkeypatch.setattr("keras.src.applications.vgg16.file_utils.get_file", fail)
    with pytest.raises(DataError, match=r"no network.*--base-weights PATH.*--base-weights none"):
        build("vgg16", base_weights="imagenet")


def test_an_unknown_architecture_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r"resnet.*mlp, mlp2, cnn"):
        build("resnet")
