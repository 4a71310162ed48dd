"""Formats: every kind of model file, and what opens it.

    loaded = load_model(Path("mine.h5"))
    loaded.input_shape, loaded.outputs, loaded.format

A format is a small file of its own that says which paths are of its kind, which files belong to a
model, and how it is loaded; `FORMATS` is the table of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from livedigits.classify.formats import checkpoint, keras_files, litert, saved_model
from livedigits.classify.formats.loaded import LoadedModel
from livedigits.errors import ModelError

__all__ = ["FORMATS", "Format", "LoadedModel", "ModelFile", "find_model", "load_model"]


class Format(Protocol):
    """A kind of model file."""

    def find(self, path: Path) -> Path | None:
        """The path that names the model, if this is one of the kind or a part of one."""
        ...

    def files(self, path: Path) -> list[Path]:
        """All files that make up the model."""
        ...

    def load(self, path: Path, *, build: Callable[[], Any] | None, allow_code: bool) -> LoadedModel:
        """Loads it.

        Raises:
            ModelError: it cannot be used; what was found and what is needed.
        """
        ...


FORMATS: dict[str, Format] = {
    "litert": litert,
    "keras": keras_files,
    "SavedModel": saved_model,
    "checkpoint": checkpoint,
}
"""Each kind's opener, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model that was found but not opened.

    Attributes:
        path: that names it: a file, a folder, or a checkpoint's prefix.
        kind: a key of `FORMATS`.
    """

    path: Path
    kind: str

    @property
    def files(self) -> list[Path]:
        """All files that make it up."""
        return FORMATS[self.kind].files(self.path)


def find_model(path: Path) -> ModelFile:
    """Finds the model that a path names.

    Raises:
        ModelError: there is none, or it is of no known kind.
    """
    for kind, format in FORMATS.items():
        found = format.find(path)
        if found is not None:
            # "." and ".." have no name of their own, which the card's comes from.
            return ModelFile(found if found.name.strip(".") else found.resolve(), kind)
    if not path.exists():
        raise ModelError(
            f"{path}: there is no such model; give the path of one, or leave --model out"
        )
    raise ModelError(
        f"{path}: is no model; .keras, .h5, .weights.h5 and .tflite files, SavedModel folders and "
        "TensorFlow checkpoints are"
    )


def load_model(
    path: str | Path, *, build: Callable[[], Any] | None = None, allow_code: bool = False
) -> LoadedModel:
    """Loads a model of any format; all but .tflite import TensorFlow, which takes seconds.

    Args:
        path: a .keras, .h5, .weights.h5 or .tflite file, a SavedModel folder, or a TensorFlow
            checkpoint: its prefix, one of its files or their folder.
        build: makes the `keras.Model` that takes the file's weights, where it holds them alone.
        allow_code: runs Python code that the file holds; only for files from someone you trust.

    Raises:
        ModelError: it cannot be used; the message says what was found and what is needed.

    Example:
        >>> load_model("models/livedigits.keras").input_shape
        (28, 28, 1)
    """
    found = find_model(Path(path))
    return FORMATS[found.kind].load(found.path, build=build, allow_code=allow_code)
