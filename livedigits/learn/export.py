"""Export: a Keras model to the form that LiteRT runs."""

import logging
import tempfile
from pathlib import Path

import keras

from livedigits.hush import hushed


def to_litert(model: keras.Model) -> bytes:
    """The model as a float32 LiteRT file, for any batch size."""
    import tensorflow as tf

    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, hushed():
        # By way of a SavedModel: the direct way keeps BatchNormalization's variables apart.
        model.export(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        return bytes(converter.convert())


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)
