"""Conversion: a model to the form that LiteRT runs."""

import tempfile
from collections.abc import Callable
from typing import Any

from livedigits.classify.formats import LoadedModel
from livedigits.classify.quiet import quiet_tensorflow
from livedigits.hush import hushed


def to_litert(model: Any, adjust: Callable[[Any], None] = lambda _: None) -> bytes:
    """The model as a LiteRT file, for any batch size.

    Args:
        model: a `keras.Model`, or a `LoadedModel` of any format but LiteRT.
        adjust: sets the `tf.lite.TFLiteConverter` up for another precision than float32.
    """
    tf = quiet_tensorflow()
    with tempfile.TemporaryDirectory() as folder, hushed():
        # By way of a SavedModel: the direct way keeps BatchNormalization's variables apart.
        write_saved_model(model, folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        adjust(converter)
        return bytes(converter.convert())


def write_saved_model(model: Any, folder: str) -> None:
    """Writes the model as a SavedModel whose signature `serving_default` takes any batch size.

    Args:
        model: see `to_litert`.
        folder: to write; what is in it is replaced.
    """
    tf = quiet_tensorflow()
    loaded = model if isinstance(model, LoadedModel) else None
    keras_model = loaded.keras_model if loaded else model
    if keras_model is not None and keras_model.inputs[0].shape[0] is None:
        keras_model.export(folder, verbose=False)
        return
    assert loaded is not None
    module = tf.Module()
    module.model = loaded.trackable
    signature = [tf.TensorSpec((None, *loaded.input_shape), tf.float32, name="input")]
    module.run = tf.function(loaded.call, input_signature=signature)
    tf.saved_model.save(module, folder, signatures=module.run.get_concrete_function())
