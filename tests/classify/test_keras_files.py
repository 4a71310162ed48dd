"""Keras files: whole models old and new, and weights alone; what would run code is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from readers import linear_reader, softmax, written

from livedigits.classify import Classifier, InputForm, ModelOptions, load_classifier, load_model
from livedigits.classify.shipped import reference_patches
from livedigits.errors import ModelError

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")


def network(shape: tuple[int, ...] = (28, 28, 1), activation: str | None = "softmax") -> Any:
    """A network of one layer that reads digits, as a tutorial would have it."""
    model = keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation=activation, name="digits"),
        ]
    )
    reader = linear_reader()
    model.set_weights([reader.kernel, reader.bias])
    return model


def untrained() -> Any:
    return keras.models.clone_model(network())


def reads_alike(classifier: Classifier) -> None:
    """It says what the layer says that all models here are made of."""
    patches = reference_patches()
    own = softmax(linear_reader()(patches).astype(np.float64))
    probabilities = classifier(patches)
    assert probabilities[:, :10] == pytest.approx(own, abs=1e-4)
    assert not probabilities[:, 10].any()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model in every Keras format."""
    folder = tmp_path_factory.mktemp("keras")
    model = network()
    model.save(folder / "whole.keras")
    model.save(folder / "whole.h5")
    model.save_weights(folder / "alone.weights.h5")
    old_weights(model, folder / "alone.h5")
    old_weights(model, folder / "old.weights.h5")
    with (folder / "first.keras").open("wb") as file:  # what Keras 2.11 wrote under this name
        file.write((folder / "whole.h5").read_bytes())
    return folder


def old_weights(model: Any, path: Path) -> None:
    """Weights alone as `save_weights` of Keras 2 wrote them."""
    with h5py.File(path, "w") as file:
        names = []
        for layer in model.layers:
            group = file.create_group(layer.name)
            own = [f"{layer.name}/{i.name}:0" for i in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in own]
            for name, value in zip(own, layer.get_weights(), strict=True):
                group.create_dataset(name, data=value)
            names.append(layer.name.encode())
        file.attrs["layer_names"] = names
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.10.0"


@pytest.mark.parametrize("name", ["whole.keras", "whole.h5", "first.keras"])
def test_a_whole_model_reads(folder: Path, name: str) -> None:
    classifier = load_classifier(folder / name, "keras")
    assert classifier.form == InputForm((28, 28, 1))
    assert classifier.card.output == "probabilities"
    reads_alike(classifier)


@pytest.mark.parametrize(
    "name", ["alone.weights.h5", "alone.h5", "old.weights.h5", "whole.keras", "whole.h5"]
)
def test_weights_read_with_the_network_that_they_belong_to(folder: Path, name: str) -> None:
    options = ModelOptions(build=untrained)
    reads_alike(load_classifier(folder / name, "keras", options))


@pytest.mark.parametrize("name", ["alone.weights.h5", "alone.h5"])
def test_weights_alone_ask_for_their_network(folder: Path, name: str) -> None:
    with pytest.raises(ModelError, match=r"weights alone.*--arch") as caught:
        load_classifier(folder / name)
    assert name in str(caught.value)


@pytest.mark.parametrize("name", ["alone.weights.h5", "alone.h5", "whole.keras"])
def test_weights_of_another_network_are_refused(folder: Path, name: str) -> None:
    def other() -> Any:
        layers = [keras.layers.Flatten(), keras.layers.Dense(32), keras.layers.Dense(10)]
        return keras.Sequential([keras.Input((28, 28, 1)), *layers])

    with pytest.raises(ModelError, match=r"do not fit the network") as caught:
        load_classifier(folder / name, options=ModelOptions(build=other))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["alone.weights.h5", "whole.keras"])
def test_a_network_that_the_weights_fill_but_in_part_is_refused(folder: Path, name: str) -> None:
    def larger() -> Any:
        return keras.Sequential([*untrained().layers, keras.layers.Dense(10, name="more")])

    with pytest.raises(ModelError, match="do not fit the network"):
        load_classifier(folder / name, options=ModelOptions(build=larger))


def test_what_is_loaded_can_be_looked_at(folder: Path) -> None:
    loaded = load_model(folder / "whole.h5")
    assert loaded.format == "Keras model (.h5)"
    assert loaded.path == folder / "whole.h5"
    assert (loaded.input_shape, loaded.outputs) == ((28, 28, 1), 10)
    assert loaded.parameters == 7850
    assert loaded.size == (folder / "whole.h5").stat().st_size
    assert loaded.keras_model is not None
    pictures = InputForm(loaded.input_shape)(written()[:5])
    assert np.asarray(loaded.call(pictures)) == pytest.approx(
        softmax(linear_reader()(pictures)), abs=1e-4
    )


@pytest.mark.parametrize(
    "shape", [(784,), (1, 784), (28, 28), (1, 28, 28), (32, 32, 1), (40, 40, 3), (3, 28, 28)]
)
def test_every_form_of_picture_is_given(tmp_path: Path, shape: tuple[int, ...]) -> None:
    form = InputForm(shape)
    model = untrained_of(shape)
    reader = linear_reader(form)
    model.set_weights([reader.kernel, reader.bias])
    model.save(tmp_path / "mine.keras")
    classifier = load_classifier(tmp_path / "mine.keras", "keras")
    assert classifier.form == form
    own = softmax(reader(form(reference_patches())))
    assert classifier(reference_patches())[:, :10] == pytest.approx(own, abs=1e-3)


def untrained_of(shape: tuple[int, ...]) -> Any:
    return keras.Sequential(
        [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    )


@pytest.mark.parametrize("shape", [(None, None, 1), (None, None, 3), (28, None, 1)])
def test_open_dimensions_are_those_of_a_patch(tmp_path: Path, shape: tuple[Any, ...]) -> None:
    layers = [keras.layers.Conv2D(10, 3), keras.layers.GlobalAveragePooling2D()]
    keras.Sequential([keras.Input(shape), *layers]).save(tmp_path / "open.keras")
    assert load_model(tmp_path / "open.keras").input_shape == (28, 28, shape[2])


@pytest.mark.parametrize("batch", [1, 16])
def test_a_model_of_a_fixed_batch_reads_any_number(tmp_path: Path, batch: int) -> None:
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(batch, 28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    reader = linear_reader()
    model.set_weights([reader.kernel, reader.bias])
    model.save(tmp_path / "fixed.keras")
    for _ in range(2):  # as it is, then as what was kept of it, if anything
        reads_alike(load_classifier(tmp_path / "fixed.keras"))


def test_rescaling_inside_the_model_is_found_to_need_raw_pixels(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255), network()])
    model.save(tmp_path / "rescaling.keras")
    classifier = load_classifier(tmp_path / "rescaling.keras", "keras")
    assert classifier.form.scaling == "0..255"
    reads_alike(classifier)


def test_the_options_go_before_what_is_found(folder: Path) -> None:
    options = ModelOptions(scaling="signed", polarity="dark")
    classifier = load_classifier(folder / "whole.keras", "keras", options)
    assert classifier.form == InputForm((28, 28, 1), "signed", "dark")


def test_of_several_outputs_the_digits_are_taken_or_all_are_refused(tmp_path: Path) -> None:
    picture = keras.Input((28, 28, 1))
    reads = network()
    digits = reads(picture)
    again = keras.layers.Flatten(name="again")(picture)
    keras.Model(picture, [again, digits]).save(tmp_path / "two.keras")
    reads_alike(load_classifier(tmp_path / "two.keras", "keras"))
    other = keras.layers.Dense(10, name="parity")(again)
    keras.Model(picture, [digits, other]).save(tmp_path / "both.keras")
    with pytest.raises(ModelError, match=r"both\.keras: .*several outputs.*parity \(None, 10\)"):
        load_classifier(tmp_path / "both.keras")


def test_a_class_in_an_axis_of_its_own_is_a_class(tmp_path: Path) -> None:
    keras.Sequential([network(), keras.layers.Reshape((1, 10))]).save(tmp_path / "axis.keras")
    reads_alike(load_classifier(tmp_path / "axis.keras", "keras"))


def with_lambda(tmp_path: Path) -> Any:
    return keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Lambda(lambda x: x * 1.0), network()]
    )


def with_own_layer(tmp_path: Path) -> Any:
    class Mine(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x

    return keras.Sequential([keras.Input((28, 28, 1)), Mine(), network()])


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize(
    ("build", "message"),
    [
        (with_lambda, r"Lambda layer.*--allow-code.*--arch"),
        (with_own_layer, r"needs Mine.*export.*--arch"),
    ],
)
def test_a_model_that_needs_code_is_refused_with_what_can_be_done(
    tmp_path: Path, suffix: str, build: Callable[[Path], Any], message: str
) -> None:
    path = tmp_path / f"mine{suffix}"
    build(tmp_path).save(path)
    with pytest.raises(ModelError, match=message) as caught:
        load_classifier(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_code_runs_where_it_is_allowed(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mine{suffix}"
    with_lambda(tmp_path).save(path)
    reads_alike(load_classifier(path, "keras", ModelOptions(allow_code=True)))


@pytest.mark.parametrize("name", ["text.h5", "text.hdf5", "text.weights.h5"])
@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"\x89HDF\r\n\x1a\n and no more"])
def test_an_h5_file_that_is_none_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        load_classifier(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
