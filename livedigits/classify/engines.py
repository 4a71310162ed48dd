"""Engines: what runs a model. All patches of a frame go through in one call."""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from livedigits.classify.card import CLASS_COUNTS, wrong_outputs
from livedigits.classify.form import Inputs, check_shape, possible_shapes
from livedigits.errors import ModelError
from livedigits.hush import hushed
from livedigits.litert import interpreter

if TYPE_CHECKING:
    from livedigits.classify.formats import LoadedModel

Outputs = npt.NDArray[np.float32]
"""What a model says of each picture, `(n, classes)` float32: logits or probabilities."""


class Engine(Protocol):
    """Runs one model.

    Attributes:
        name: "litert" or "keras".
        classes: how many outputs the model has.
    """

    name: str
    classes: int

    def __call__(self, inputs: Inputs) -> Outputs:
        """The outputs for `(n, *shape)` pictures of its form, `(n, classes)`; n may be 0."""
        ...


class KerasEngine:
    """Runs a model that Keras or TensorFlow loaded, as one compiled TensorFlow function.

    Attributes:
        loaded: the model.
        classes: how many outputs the model has.
        input_shape: of one picture.
    """

    name = "keras"

    def __init__(self, loaded: "LoadedModel") -> None:
        """Takes the model; it is compiled when it first runs."""
        import tensorflow as tf

        self.classes = loaded.outputs
        self.input_shape = loaded.input_shape
        self.loaded = loaded  # a function does not keep the variables that it uses
        # One signature for all batch sizes: without it every new size is traced anew.
        signature = [tf.TensorSpec((None, *loaded.input_shape), tf.float32)]
        self._run = tf.function(loaded.call, input_signature=signature)

    def __call__(self, inputs: Inputs) -> Outputs:
        """See `Engine`."""
        if not len(inputs):
            return np.empty((0, self.classes), np.float32)
        pictures = np.asarray(inputs, np.float32).reshape(-1, *self.input_shape)
        return np.asarray(self._run(pictures), np.float32)

    @property
    def traces(self) -> int:
        """How often the function was traced; stays 1, whatever the batch sizes."""
        return int(self._run.experimental_get_tracing_count())


class LiteRTEngine:
    """Runs a .tflite file with LiteRT; starts in a tenth of a second, without TensorFlow.

    Attributes:
        classes: how many outputs the model has.
        input_shape: of one picture.
        input_type: of its values in the file, such as "float32" or "int8".
        output_type: of its outputs, likewise.
        input_range: least and largest value that it can be given, where it is quantised.
    """

    name = "litert"

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        """Loads the model.

        Args:
            path: a .tflite file.
            threads: that one call uses; by default as many as there are cores, four at most.

        Raises:
            ModelError: the file is no LiteRT model, takes no pictures or reads no digits.
        """
        try:
            self._content = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path}: cannot be read: {error.strerror}") from None
        self._threads = threads or min(4, os.cpu_count() or 1)
        self._layouts: dict[int, _Layout] = {}
        self._lock = Lock()  # an interpreter fails when two threads use it at once
        try:
            with hushed():
                self.input_shape, any_batch = self._find_input()
                layout = self._layout(1)
                layout.run(np.zeros((1, *self.input_shape), np.float32))
                self._sizes = _BATCHES if any_batch or self._takes_two() else (1,)
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from None
        except (ValueError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise ModelError(f"{path}: is no LiteRT model that runs: {reason}") from None
        self.classes = math.prod(layout.output["shape"][1:].tolist())
        self.input_type = np.dtype(layout.input["dtype"]).name
        self.input_range = layout.input_range
        self.output_type = np.dtype(layout.output["dtype"]).name

    def __call__(self, inputs: Inputs) -> Outputs:
        """See `Engine`."""
        outputs = np.empty((len(inputs), self.classes), np.float32)
        start = 0
        with self._lock:
            for size in self._sizes:
                while len(inputs) - start >= size:
                    layout = self._layout(size)
                    outputs[start : start + size] = layout.run(inputs[start : start + size])
                    start += size
        return outputs

    def _layout(self, batch: int) -> "_Layout":
        # An interpreter is laid out for one batch size, and laying it out anew costs more than
        # running it: there is one each for a few sizes, which add up to any number of pictures.
        if batch not in self._layouts:
            with hushed():
                runner = self._interpreter()
                detail = runner.get_input_details()[0]
                runner.resize_tensor_input(detail["index"], [batch, *self.input_shape])
                runner.allocate_tensors()
            output = runner.get_output_details()[_digits_of(runner)]
            self._layouts[batch] = _Layout(runner, runner.get_input_details()[0], output)
        return self._layouts[batch]

    def _interpreter(self) -> Any:
        return interpreter(self._content, self._threads)

    def _find_input(self) -> tuple[tuple[int, ...], bool]:
        """The shape of one picture, and whether any number of them is taken at once."""
        details = self._interpreter().get_input_details()
        if len(details) != 1:
            raise ModelError(f"has {len(details)} inputs; one picture a row is needed")
        signature = details[0]["shape_signature"].tolist() or details[0]["shape"].tolist()
        open_shape = tuple(None if i < 0 else i for i in signature[1:])
        shape = next(iter(possible_shapes(open_shape)), tuple(signature[1:]))
        check_shape(shape)
        return shape, signature[0] < 0

    def _takes_two(self) -> bool:
        """Whether a model made for one picture takes more: not where a batch of 1 is built in."""
        try:
            given = self._layout(2).run(np.zeros((2, *self.input_shape), np.float32))
            return len(given) == 2 and bool(self._layouts[2].output["shape"][0] == 2)
        except (ValueError, RuntimeError):
            return False
        finally:
            self._layouts.pop(2, None)  # no batch is of two


_BATCHES = (32, 8, 1)
"""Each costs a megabyte or two; sizes in between would save no time that can be measured."""


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """An interpreter that is laid out for one batch size, and what it says of its two ends."""

    interpreter: Any
    input: dict[str, Any]
    output: dict[str, Any]

    @property
    def input_range(self) -> tuple[float, float] | None:
        """Least and largest value that it can be given, where it is quantised."""
        dtype = np.dtype(self.input["dtype"])
        if dtype.kind not in "iu":
            return None
        scale, zero = self.input["quantization"]
        bounds = np.iinfo(dtype)
        return (bounds.min - zero) * (scale or 1), (bounds.max - zero) * (scale or 1)

    def run(self, batch: Inputs) -> Outputs:
        """Outputs, `(batch, classes)`; an integer q stands for scale * (q - zero point)."""
        pictures = batch.reshape(self.input["shape"])
        dtype = np.dtype(self.input["dtype"])
        if self.input_range is not None:
            scale, zero = self.input["quantization"]
            pictures = np.rint(pictures.clip(*self.input_range) / (scale or 1)) + zero
        self.interpreter.set_tensor(self.input["index"], pictures.astype(dtype, copy=False))
        self.interpreter.invoke()
        given = self.interpreter.get_tensor(self.output["index"])
        if given.dtype.kind in "iu":
            scale, zero = self.output["quantization"]
            given = (given.astype(np.float32) - zero) * (scale or 1)
        return np.asarray(given.reshape(len(batch), -1), np.float32)


def _digits_of(interpreter: Any) -> int:
    """Of its outputs, the number of the one that is the digits'."""
    shapes = [tuple(i["shape"].tolist()) for i in interpreter.get_output_details()]
    fitting = [i for i, shape in enumerate(shapes) if math.prod(shape[1:]) in CLASS_COUNTS]
    if len(fitting) == 1:
        return fitting[0]
    if len(shapes) == 1:
        raise ModelError(wrong_outputs(shapes[0][1:]))
    raise ModelError(f"has several outputs, {shapes}; one for the digits is needed")
