"""Engines: what runs a model. All patches of a frame go through in one call."""

import os
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from livedigits.errors import ModelError
from livedigits.find.patches import Patches
from livedigits.hush import hushed

Logits = npt.NDArray[np.float32]
"""What a model says of each patch, `(n, classes)` float32, before the softmax."""


class Engine(Protocol):
    """Runs one model.

    Attributes:
        name: "litert" or "keras".
        classes: how many outputs the model has.
    """

    name: str
    classes: int

    def __call__(self, patches: Patches) -> Logits:
        """The model's outputs for `(n, 28, 28)` patches, `(n, classes)`; n may be 0."""
        ...


class LiteRTEngine:
    """Runs a .tflite file with LiteRT; starts in a tenth of a second, without TensorFlow."""

    name = "litert"

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        """Loads the model.

        Args:
            path: a .tflite file.
            threads: that one call uses; by default as many as there are cores, four at most.

        Raises:
            ModelError: the file is no LiteRT model or reads no 28x28 patches.
        """
        try:
            self._content = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path}: cannot be read: {error.strerror}") from None
        self._path = path
        self._threads = threads or min(4, os.cpu_count() or 1)
        self._interpreters: dict[int, Any] = {}
        self._lock = Lock()  # an interpreter fails when two threads use it at once
        self.classes = int(self._interpreter(1).get_output_details()[0]["shape"][-1])

    def __call__(self, patches: Patches) -> Logits:
        """See `Engine`."""
        outputs = np.empty((len(patches), self.classes), np.float32)
        start = 0
        with self._lock:
            for size in _BATCHES:
                while len(patches) - start >= size:
                    outputs[start : start + size] = self._run(patches[start : start + size])
                    start += size
        return outputs

    def _run(self, batch: Patches) -> Logits:
        # An interpreter is laid out for one batch size, and laying it out anew costs more than
        # running it: there is one each for a few sizes, which add up to any number of patches.
        interpreter = self._interpreter(len(batch))
        detail = interpreter.get_input_details()[0]
        interpreter.set_tensor(detail["index"], batch.reshape(detail["shape"]))
        interpreter.invoke()
        output = interpreter.get_output_details()[0]["index"]
        return np.asarray(interpreter.get_tensor(output), np.float32)

    def _interpreter(self, batch: int) -> Any:
        if batch not in self._interpreters:
            from ai_edge_litert.interpreter import Interpreter

            try:
                with hushed():
                    interpreter = Interpreter(
                        model_content=self._content, num_threads=self._threads
                    )
                    detail = interpreter.get_input_details()[0]
                    interpreter.resize_tensor_input(detail["index"], [batch, *detail["shape"][1:]])
                    interpreter.allocate_tensors()
            except (ValueError, RuntimeError) as error:
                reason = str(error).splitlines()[0]
                raise ModelError(f"{self._path}: is no LiteRT model: {reason}") from None
            shape = tuple(detail["shape"][1:])
            if int(np.prod(shape)) != 28 * 28:
                raise ModelError(f"{self._path}: takes {shape}; a model of 28x28 patches is needed")
            self._interpreters[batch] = interpreter
        return self._interpreters[batch]


_BATCHES = (32, 16, 8, 4, 2, 1)


class KerasEngine:
    """Runs a .keras file as one compiled TensorFlow function."""

    name = "keras"

    def __init__(self, path: Path) -> None:
        """Loads the model; imports TensorFlow, which takes seconds.

        Args:
            path: a .keras file.

        Raises:
            ModelError: the file is no Keras model or reads no 28x28 patches.
        """
        # Its greetings would otherwise be the first thing a user sees.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with hushed():
            import keras
            import tensorflow as tf

        if not path.is_file():
            raise ModelError(f"{path}: there is no such model")
        try:
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
        except (ValueError, OSError, TypeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ModelError(f"{path}: cannot be loaded by Keras: {reason}") from None
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            raise ModelError(f"{path}: has several inputs or outputs; one of each is needed")
        shape = tuple(model.input_shape[1:])
        if None in shape or int(np.prod(shape)) != 28 * 28:
            raise ModelError(f"{path}: takes {shape}; a model of 28x28 patches is needed")
        self.classes = int(model.output_shape[-1])

        # One signature for all batch sizes: without it every new size is traced anew.
        @tf.function(input_signature=[tf.TensorSpec((None, 28, 28), tf.float32)])  # type: ignore[untyped-decorator]
        def run(patches: Any) -> Any:
            return model(tf.reshape(patches, (-1, *shape)), training=False)

        self._run = run

    def __call__(self, patches: Patches) -> Logits:
        """See `Engine`."""
        if not len(patches):
            return np.empty((0, self.classes), np.float32)
        return np.asarray(self._run(np.asarray(patches, np.float32)), np.float32)

    @property
    def traces(self) -> int:
        """How often the function was traced; stays 1, whatever the batch sizes."""
        return int(self._run.experimental_get_tracing_count())
