"""TensorFlow and Keras, imported late and without their greetings."""

import logging
import os
from typing import Any

from livedigits.hush import hushed


def quiet_tensorflow() -> Any:
    """The module; the first import takes seconds."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with hushed():
        import tensorflow as tf

    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return tf


def quiet_keras() -> Any:
    """The module, on TensorFlow."""
    quiet_tensorflow()
    import keras

    return keras
