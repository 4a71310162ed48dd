"""Loaded model: what every format comes to."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livedigits.classify.card import CLASS_COUNTS, wrong_outputs
from livedigits.classify.form import check_shape, possible_shapes
from livedigits.errors import ModelError

Call = Callable[[Any], Any]
"""From a float32 tensor `(n, *input_shape)` to a float32 tensor `(n, outputs)`."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A model of digits, whatever file it came from.

    Attributes:
        format: of the file, in words.
        path: of the file, folder or checkpoint.
        input_shape: of one picture.
        outputs: how many it gives a picture, 10 or 11.
        parameters: how many numbers it learned, None where that is not told.
        size: bytes on disk.
        call: runs it: float32 `(n, *input_shape)` to `(n, outputs)`.
        keras_model: it as a `keras.Model`, None where the file holds no such thing.
        trackable: the TensorFlow object that owns its variables, None for LiteRT.
    """

    format: str
    path: Path
    input_shape: tuple[int, ...]
    outputs: int
    parameters: int | None
    size: int
    call: Call
    keras_model: Any = None
    trackable: Any = None


def runnable(
    call: Call, pattern: tuple[int | None, ...] | None, path: Path
) -> tuple[Call, tuple[int, ...], int]:
    """Finds how to run a TensorFlow function on pictures, by running it.

    Args:
        call: takes one float32 tensor, gives one of floats.
        pattern: shape of its input with the batch; None for what is open.
        path: for the message.

    Returns:
        The function from `(n, *shape)` to `(n, outputs)`, shape and outputs.

    Raises:
        ModelError: it takes no pictures, or gives no digits.
    """
    import tensorflow as tf

    batch = pattern[0] if pattern else None
    if batch is not None:
        call = _in_batches(call, batch)
    reason = f"takes {_told(pattern)}; one picture a row is needed, such as (n, 28, 28, 1)"
    for shape in possible_shapes(pattern[1:] if pattern else None):
        try:
            check_shape(shape)
            given = call(tf.zeros((2, *shape))).shape
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from None
        except Exception as error:  # TensorFlow raises what it likes
            reason = f"cannot be run on {(2, *shape)}: {first_line(error)}"
            continue
        outputs = math.prod(given[1:])
        if given.rank < 2 or given[0] != 2 or outputs not in CLASS_COUNTS:
            raise ModelError(f"{path}: {wrong_outputs(tuple(given[1:]))}")

        def run(pictures: Any, outputs: int = outputs) -> Any:
            return tf.reshape(tf.cast(call(pictures), tf.float32), (-1, outputs))

        return run, shape, outputs
    raise ModelError(f"{path}: {reason}")


def digits_output(shapes: Mapping[str, Any], path: Path) -> str:
    """Of several outputs, the name of the one that is the digits'.

    Args:
        shapes: of the outputs by name, with the batch; of floats only.
        path: for the message.

    Raises:
        ModelError: none is, or more than one may be.
    """
    if len(shapes) == 1:
        return next(iter(shapes))
    fitting = [
        name
        for name, shape in shapes.items()
        if None not in tuple(shape)[1:] and math.prod(tuple(shape)[1:]) in CLASS_COUNTS
    ]
    if len(fitting) != 1:
        found = ", ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items())
        raise ModelError(f"{path}: has several outputs, {found}; one for the digits is needed")
    return fitting[0]


def size_of(files: list[Path]) -> int:
    """Bytes on disk."""
    return sum(file.stat().st_size for file in files)


def first_line(error: Exception) -> str:
    """What an error says first."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _told(pattern: tuple[int | None, ...] | None) -> str:
    return "an unknown shape" if pattern is None else str(pattern).replace("None", "n")


def _in_batches(call: Call, size: int) -> Call:
    """Runs a function that takes so many pictures at a time on any number of them."""
    import tensorflow as tf

    def run(pictures: Any) -> Any:
        count, shape = tf.shape(pictures)[0], pictures.shape[1:]
        missing = -count % size
        full = tf.pad(pictures, ((0, missing), *((0, 0) for _ in shape)))
        parts = tf.reshape(full, (-1, size, *shape))
        given = tf.map_fn(lambda part: tf.cast(call(part), tf.float32), parts)
        return tf.reshape(given, (-1, *given.shape[2:]))[:count]

    return run
