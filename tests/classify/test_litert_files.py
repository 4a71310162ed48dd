"""LiteRT files of users: of floats and quantised, of one picture or many."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from readers import linear_reader, softmax

from livedigits.classify import InputForm, load_classifier, load_model
from livedigits.classify.shipped import reference_labels, reference_patches
from livedigits.errors import ModelError

tf = pytest.importorskip("tensorflow")


def convert(
    call: Callable[..., Any],
    *shapes: tuple[int | None, ...],
    quantised: Any = None,
    form: InputForm | None = None,
) -> bytes:
    """Converts a function as the guide to post-training quantisation does."""
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    module = tf.Module()
    module.run = tf.function(call, input_signature=specs)
    function = module.run.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
    if quantised is not None:

        def samples() -> Iterator[list[np.ndarray]]:
            for patch in reference_patches()[:100]:
                yield [(form or InputForm())(patch[None])]

        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = samples
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = quantised
    return bytes(converter.convert())


def reads(form: InputForm | None = None) -> Callable[[Any], Any]:
    reader = linear_reader(form or InputForm())
    size = len(reader.kernel)
    return lambda pictures: tf.nn.softmax(
        tf.reshape(pictures, (-1, size)) @ reader.kernel + reader.bias
    )


def own_probabilities(form: InputForm | None = None) -> np.ndarray:
    form = form or InputForm()
    return softmax(linear_reader(form)(form(reference_patches())).astype(np.float64))


@pytest.mark.parametrize("batch", [None, 1])
def test_a_model_of_floats_reads(tmp_path: Path, batch: int | None) -> None:
    path = tmp_path / "mine.tflite"
    path.write_bytes(convert(reads(), (batch, 28, 28, 1)))
    classifier = load_classifier(path)
    assert classifier.card.output == "probabilities"
    assert classifier(reference_patches())[:, :10] == pytest.approx(own_probabilities(), abs=1e-4)


def test_a_batch_of_one_that_is_built_in_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "one.tflite"

    def call(picture: Any) -> Any:
        reader = linear_reader()
        logits = tf.reshape(picture, (1, 784)) @ reader.kernel + reader.bias
        return tf.reshape(tf.nn.softmax(logits), (1, 1, 10))

    path.write_bytes(convert(call, (1, 28, 28, 1)))
    classifier = load_classifier(path)
    assert classifier(reference_patches())[:, :10] == pytest.approx(own_probabilities(), abs=1e-4)


@pytest.mark.parametrize("kind", ["int8", "uint8"])
@pytest.mark.parametrize("scaling", ["0..1", "0..255", "signed"])
def test_a_quantised_model_reads(tmp_path: Path, kind: str, scaling: Any) -> None:
    form = InputForm((28, 28, 1), scaling)
    path = tmp_path / "small.tflite"
    path.write_bytes(convert(reads(form), (1, 28, 28, 1), quantised=tf.as_dtype(kind), form=form))
    classifier = load_classifier(path)
    assert classifier.form == form
    assert classifier.card.output == "probabilities"
    probabilities, own = classifier(reference_patches())[:, :10], own_probabilities(form)
    assert (probabilities.argmax(axis=1) == own.argmax(axis=1)).mean() > 0.95
    assert np.abs(probabilities - own).mean() < 0.02
    loaded = load_model(path)
    assert loaded.format == f"LiteRT model (.tflite), {kind} in, {kind} out"
    assert (loaded.input_shape, loaded.outputs) == ((28, 28, 1), 10)


def test_of_several_outputs_the_digits_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "two.tflite"
    reads_digits = reads()
    path.write_bytes(
        convert(lambda x: (tf.reduce_sum(x, axis=(1, 2)), reads_digits(x)), (None, 28, 28, 1))
    )
    labels = load_classifier(path)(reference_patches()).argmax(axis=1)
    assert (labels == reference_labels(200)).mean() > 0.7


@pytest.mark.parametrize(
    ("call", "shapes", "message"),
    [
        (lambda x: tf.reshape(x, (-1, 784))[:, :26], [(None, 28, 28, 1)], "26 outputs"),
        (lambda x: x[:, :10], [(None, 300)], r"takes \(300,\)"),
        (lambda x, y: (x + y)[:, :10], [(None, 784), (None, 784)], "2 inputs"),
        (lambda x: (x[:, :10], x[:, 1:11] * 2), [(None, 784)], "several outputs"),
    ],
)
def test_a_model_that_reads_no_digits_is_refused(
    tmp_path: Path, call: Any, shapes: list[Any], message: str
) -> None:
    path = tmp_path / "other.tflite"
    path.write_bytes(convert(call, *shapes))
    with pytest.raises(ModelError, match=rf"other\.tflite: .*{message}"):
        load_classifier(path)
