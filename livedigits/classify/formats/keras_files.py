"""Keras files: .keras, .h5 as Keras 2 wrote it, and weights alone with a network for them."""

import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.classify.formats.loaded import (
    LoadedModel,
    digits_output,
    first_line,
    runnable,
    size_of,
)
from livedigits.classify.quiet import quiet_keras
from livedigits.errors import ModelError
from livedigits.hush import hushed

_HDF5 = b"\x89HDF\r\n\x1a\n"


def find(path: Path) -> Path | None:
    """See `Format`."""
    return path if path.suffix in (".keras", ".h5", ".hdf5") and path.is_file() else None


def files(path: Path) -> list[Path]:
    """See `Format`."""
    return [path]


def load(path: Path, *, build: Callable[[], Any] | None, allow_code: bool) -> LoadedModel:
    """See `Format`."""
    keras = quiet_keras()
    kind = _kind(path)
    if build is not None:
        model = build()
        _put_weights(model, path, kind)
        return of_keras(model, path, f"{kind}, its weights alone")
    if kind in (_NEW_WEIGHTS, _OLD_WEIGHTS):
        raise ModelError(
            f"{path}: holds weights alone; name the network that they belong to with --arch"
        )
    suffix = ".h5" if kind == _OLD_MODEL else ".keras"
    try:
        with hushed(), _named(path, suffix) as named:
            model = keras.saving.load_model(named, compile=False, safe_mode=not allow_code)
    except Exception as error:  # whatever a damaged or strange file brings up
        raise ModelError(f"{path}: {_reason(error)}") from None
    return of_keras(model, path, kind)


def of_keras(model: Any, path: Path, format: str, paths: list[Path] | None = None) -> LoadedModel:
    """A `keras.Model` as a loaded one.

    Args:
        model: the model.
        path: where it comes from, for messages.
        format: of that, in words.
        paths: all files it comes from; None for the path alone.

    Raises:
        ModelError: it takes no pictures, or gives no digits.
    """
    keras = quiet_keras()
    inputs, outputs = getattr(model, "inputs", None), getattr(model, "outputs", None)
    if not inputs or not outputs:
        raise ModelError(f"{path}: has no fixed input; call the model on a picture, then save it")
    if len(inputs) != 1:
        raise ModelError(f"{path}: has several inputs; one picture a row is needed")
    if len(outputs) > 1:
        shapes = dict(zip(model.output_names, (i.shape for i in outputs), strict=True))
        chosen = list(shapes).index(digits_output(shapes, path))
        model = keras.Model(inputs, outputs[chosen])

    def call(pictures: Any) -> Any:
        given = model(pictures, training=False)
        return given[0] if isinstance(given, list | tuple) else given

    run, shape, count = runnable(call, tuple(inputs[0].shape), path)
    return LoadedModel(
        format=format,
        path=path,
        input_shape=shape,
        outputs=count,
        parameters=model.count_params(),
        size=size_of(paths or [path]),
        call=run,
        keras_model=model,
        trackable=model,
    )


_MODEL = "Keras model (.keras)"
_OLD_MODEL = "Keras model (.h5)"
_NEW_WEIGHTS = "Keras weights (.weights.h5)"
_OLD_WEIGHTS = "Keras weights (.h5)"


def _kind(path: Path) -> str:
    """What is in the file, which its name does not always tell: each Keras had its own way."""
    with path.open("rb") as file:
        is_hdf5 = file.read(len(_HDF5)) == _HDF5
    if not is_hdf5:
        if not zipfile.is_zipfile(path):
            raise ModelError(f"{path}: is no Keras model, neither .keras nor HDF5, or cut off")
        return _MODEL
    import h5py

    try:
        with h5py.File(path) as file:
            if "model_config" in file.attrs:
                return _OLD_MODEL
            return _OLD_WEIGHTS if "layer_names" in file.attrs else _NEW_WEIGHTS
    except OSError as error:
        raise ModelError(f"{path}: is a damaged HDF5 file: {first_line(error)}") from None


def _put_weights(model: Any, path: Path, kind: str) -> None:
    suffix = {_MODEL: ".keras", _NEW_WEIGHTS: ".weights.h5"}.get(kind, ".h5")
    # What Keras finds no weights for it leaves as it was, with a warning at most.
    floats = [weight for weight in model.weights if "float" in weight.dtype]
    for weight in floats:
        weight.assign(np.full(weight.shape, np.nan, np.float32))
    try:
        with hushed(), _named(path, suffix) as named:
            model.load_weights(named)
    except Exception as error:  # whatever a damaged or strange file brings up
        # Keras tells of the first variable that does not fit, in several lines.
        told = re.split(r"Example error message[^\n]*\n+", str(error))[-1].strip()
        reason = re.split(r"Target variable|\n", told)[0].strip()
        raise ModelError(
            f"{path}: its weights do not fit the network that --arch names: {reason}"
        ) from None
    missing = [weight.path for weight in floats if np.isnan(weight).all()]
    if missing:
        raise ModelError(
            f"{path}: its weights do not fit the network that --arch names: has none for "
            f"{', '.join(missing)}"
        )


@contextmanager
def _named(path: Path, suffix: str) -> Iterator[Path]:
    """The file under a name by which Keras takes it for what it is."""
    if path.name.endswith(suffix) and path.name.endswith(".weights.h5") == (
        suffix == ".weights.h5"
    ):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder) / f"model{suffix}"
        shutil.copy(path, named)
        yield named


def _reason(error: Exception) -> str:
    """Why Keras does not load a model, in a line that says what to do."""
    text = str(error)
    if "safe_mode" in text or "unsafe_deserialization" in text:
        what = "a Lambda layer" if "Lambda" in text else "an object"
        return (
            f"holds {what} that is Python code, which would run on this machine; if you trust "
            "where the file comes from, use --allow-code; or take its weights alone with --arch"
        )
    missing = re.search(r"(?:Could not locate (?:class|function)|Unknown \w+:) '?([\w>]+)", text)
    if missing:
        return (
            f"needs {missing[1]}, which is code of its author's that is not in the file; save the "
            "model with model.export(FOLDER) and give the folder, or take its weights alone "
            "with --arch"
        )
    return f"cannot be loaded by Keras: {first_line(error)[:300]}"
