"""Export: a Keras model to the form that LiteRT runs."""

import logging
import os
import tempfile
from pathlib import Path

import keras


def to_litert(model: keras.Model) -> bytes:
    """The model as a float32 LiteRT file, for any batch size."""
    import tensorflow as tf

    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, _quiet():
        # By way of a SavedModel: the direct way keeps BatchNormalization's variables apart.
        model.export(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        return bytes(converter.convert())


class _quiet:  # noqa: N801
    """Silences what the converter writes to standard error past Python."""

    def __enter__(self) -> None:
        self._saved = os.dup(2)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        os.close(null)

    def __exit__(self, *_: object) -> None:
        os.dup2(self._saved, 2)
        os.close(self._saved)


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)
