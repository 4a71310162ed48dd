"""TensorFlow checkpoints: variables without a network, which `layers` finds by their shapes."""

import glob
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from livedigits.classify.formats.keras_files import of_keras
from livedigits.classify.formats.layers import chain_of, network_of
from livedigits.classify.formats.loaded import LoadedModel, first_line
from livedigits.classify.quiet import quiet_tensorflow
from livedigits.errors import ModelError
from livedigits.hush import hushed

_PART = re.compile(r"\.(index|meta|data-\d+-of-\d+)$")

_NEWEST = re.compile(r'^model_checkpoint_path: "(?:[^"]*[/\\])?([^"/\\]+)"', re.MULTILINE)


def find(path: Path) -> Path | None:
    """See `Format`; a folder names the newest checkpoint in it."""
    if path.is_dir():
        return _newest(path)
    if path.name == "checkpoint" and path.is_file():
        return _newest(path.parent)
    prefix = path.with_name(_PART.sub("", path.name))
    return prefix if _index(prefix).is_file() else None


def files(path: Path) -> list[Path]:
    """See `Format`."""
    return [_index(path), *sorted(path.parent.glob(f"{glob.escape(path.name)}.data-*"))]


def load(path: Path, *, build: Callable[[], Any] | None, allow_code: bool) -> LoadedModel:
    """See `Format`; with `build`, its variables are put into that network in their order."""
    tf = quiet_tensorflow()
    try:
        with hushed():
            reader = tf.train.load_checkpoint(str(path))
            found = reader.get_variable_to_shape_map()
            chain = chain_of({name: tuple(shape) for name, shape in found.items()})
            weights = [reader.get_tensor(name) for i in chain for name in (i.kernel, i.bias)]
            model = build() if build is not None else network_of(chain)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
    except Exception as error:  # TensorFlow raises what it likes
        raise ModelError(f"{path}: cannot be read: {first_line(error)}") from None
    try:
        model.set_weights(weights)
    except ValueError as error:
        raise ModelError(
            f"{path}: its variables do not fit the network that --arch names: {first_line(error)}"
        ) from None
    format = "TensorFlow checkpoint of " + ", ".join(layer.words for layer in chain)
    return of_keras(model, path, format, files(path))


def _index(prefix: Path) -> Path:
    return prefix.with_name(f"{prefix.name}.index")


def _newest(folder: Path) -> Path | None:
    """The checkpoint that the folder's list names, wherever it was when that was written."""
    listed = folder / "checkpoint"
    if listed.is_file():
        text = listed.read_text(encoding="utf-8", errors="replace")
        named = _NEWEST.search(text)
        if named and _index(folder / named[1]).is_file():
            return folder / named[1]
    indices = sorted(folder.glob("*.index"), key=lambda i: i.stat().st_mtime)
    return indices[-1].with_name(indices[-1].name.removesuffix(".index")) if indices else None
