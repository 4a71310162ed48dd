"""SavedModel folders: of Keras, of TensorFlow 2 and of TensorFlow 1, whatever their names are."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from readers import linear_reader, softmax

from livedigits.classify import Classifier, InputForm, load_classifier, load_model
from livedigits.classify.shipped import reference_patches
from livedigits.errors import ModelError

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")
v1 = tf.compat.v1


def reads_alike(classifier: Classifier) -> None:
    """It says what the layer says that all models here are made of."""
    reader = linear_reader()
    own = softmax(reader(reference_patches()).astype(np.float64))
    assert classifier(reference_patches())[:, :10] == pytest.approx(own, abs=1e-4)


class Module(tf.Module):  # type: ignore[misc]
    """A reader without Keras."""

    def __init__(self) -> None:
        super().__init__()
        reader = linear_reader()
        self.kernel, self.bias = tf.Variable(reader.kernel), tf.Variable(reader.bias)

    def logits(self, pictures: Any) -> Any:
        return tf.reshape(pictures, (-1, 784)) @ self.kernel + self.bias

    @tf.function(input_signature=[tf.TensorSpec((None, 784), tf.float32)])
    def __call__(self, pictures: Any) -> Any:
        return self.logits(pictures)

    @tf.function(input_signature=[tf.TensorSpec((), tf.string)])
    def of_text(self, text: Any) -> Any:
        return self.logits(tf.zeros((1, 784))) + tf.cast(tf.strings.length(text), tf.float32)

    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32)])
    def of_any_shape(self, pictures: Any) -> Any:
        return {"scores": self.logits(pictures)}

    @tf.function(input_signature=[tf.TensorSpec((1, 28, 28, 1), tf.float32, name="one")])
    def of_one(self, picture: Any) -> Any:
        return {"probabilities": tf.nn.softmax(self.logits(picture))}

    @tf.function(input_signature=[tf.TensorSpec((None, 28, 28), tf.uint8, name="grey")])
    def of_bytes(self, pictures: Any) -> Any:
        logits = self.logits(tf.cast(pictures, tf.float32) / 255)
        return {"classes": tf.argmax(logits, axis=1), "probabilities": tf.nn.softmax(logits)}

    @tf.function(input_signature=[tf.TensorSpec((None, 784)), tf.TensorSpec((None, 784))])
    def of_two(self, one: Any, other: Any) -> Any:
        return self.logits(one - other)


def keras_model() -> Any:
    layers = [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    reader = linear_reader()
    model.set_weights([reader.kernel, reader.bias])
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model in every kind of SavedModel."""
    folder = tmp_path_factory.mktemp("saved")
    model = keras_model()
    model.export(folder / "exported", verbose=False)
    tf.saved_model.save(model, folder / "kept")
    module = Module()
    tf.saved_model.save(module, folder / "callable", signatures={})
    signatures = {"text": module.of_text, "read": module.of_bytes}
    tf.saved_model.save(module, folder / "named", signatures=signatures)
    tf.saved_model.save(module, folder / "one", signatures=module.of_one)
    tf.saved_model.save(module, folder / "any", signatures=module.of_any_shape)
    bare = tf.Module()
    bare.inner = module
    tf.saved_model.save(bare, folder / "text", signatures=module.of_text)
    tf.saved_model.save(bare, folder / "two", signatures=module.of_two)
    tf.saved_model.save(bare, folder / "none")
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(0)  # once a model was trained in this process, it is asked for
        pictures = v1.placeholder(tf.float32, (None, 784), name="x")
        keep = v1.placeholder(tf.float32, (), name="keep_prob")
        reader = linear_reader()
        logits = pictures @ v1.Variable(reader.kernel) + v1.Variable(reader.bias)
        kept = v1.nn.dropout(logits, rate=1 - keep)
        session.run(v1.global_variables_initializer())
        inputs = {"images": pictures, "keep_prob": keep}
        v1.saved_model.simple_save(session, str(folder / "tf1"), inputs, {"scores": kept})
    return folder


@pytest.mark.parametrize(
    ("name", "shape", "told"),
    [
        ("exported", (28, 28, 1), "serving_default"),
        ("kept", (28, 28, 1), "serving_default"),
        ("callable", (784,), "callable"),
        ("one", (28, 28, 1), "serving_default"),
        ("any", (28, 28, 1), "serving_default"),
        ("tf1", (784,), "serving_default"),
    ],
)
def test_a_saved_model_reads(folder: Path, name: str, shape: tuple[int, ...], told: str) -> None:
    loaded = load_model(folder / name)
    assert loaded.input_shape == shape
    assert loaded.parameters == 7850
    assert told in loaded.format
    assert loaded.size == sum(i.stat().st_size for i in (folder / name).rglob("*") if i.is_file())
    reads_alike(load_classifier(folder / name, "keras"))


def test_of_several_signatures_the_one_of_pictures_and_scores_is_taken(folder: Path) -> None:
    classifier = load_classifier(folder / "named", "keras")
    assert classifier.form == InputForm((28, 28), "0..255")
    probabilities = classifier(reference_patches())
    own = softmax(linear_reader()(reference_patches()))
    assert probabilities[:, :10] == pytest.approx(own, abs=0.02)  # whole grey levels


def test_the_file_of_the_graph_names_its_folder(folder: Path) -> None:
    assert load_model(folder / "kept" / "saved_model.pb").path == folder / "kept"


@pytest.mark.parametrize("name", ["exported", "callable", "one", "tf1"])
def test_a_saved_model_has_a_fast_form(folder: Path, name: str) -> None:
    classifier = load_classifier(folder / name, "litert")
    assert classifier.engine.name == "litert"
    reads_alike(classifier)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("text", r"takes text \(text\)"),
        ("two", "one picture a row is needed"),
        ("none", "neither a signature nor a callable"),
    ],
)
def test_a_saved_model_that_reads_no_pictures_is_refused(
    folder: Path, name: str, message: str
) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        load_classifier(folder / name)
    assert str(folder / name) in str(caught.value)


def test_a_damaged_saved_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match="cannot be loaded by TensorFlow") as caught:
        load_classifier(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none here")
    with pytest.raises(ModelError, match="is no model"):
        load_classifier(tmp_path)
