"""SavedModel folders: of Keras' `export`, of TensorFlow 2 and of TensorFlow 1."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livedigits.classify.formats.loaded import (
    LoadedModel,
    digits_output,
    first_line,
    runnable,
    size_of,
)
from livedigits.classify.quiet import quiet_tensorflow
from livedigits.errors import ModelError
from livedigits.hush import hushed

_GRAPHS = ("saved_model.pb", "saved_model.pbtxt")
_PREFERRED = ("serving_default", "serve")


def find(path: Path) -> Path | None:
    """See `Format`; of numbered versions, as TensorFlow Serving has them, the newest."""
    folder = path.parent if path.name in _GRAPHS else path
    versions = sorted((i for i in folder.glob("[0-9]*") if i.name.isdecimal()), key=_number)
    for candidate in (folder, *reversed(versions)):
        if any((candidate / name).is_file() for name in _GRAPHS):
            return candidate
    return None


def files(path: Path) -> list[Path]:
    """See `Format`."""
    return sorted(file for file in path.rglob("*") if file.is_file())


def load(path: Path, *, build: Callable[[], Any] | None, allow_code: bool) -> LoadedModel:
    """See `Format`; a graph holds no Python code."""
    quiet_tensorflow()
    if build is not None:
        raise ModelError(f"{path}: is a SavedModel, which has a network of its own; drop --arch")
    try:
        with hushed():
            loaded = _opened(path)
    except Exception as error:  # TensorFlow raises what it likes
        raise ModelError(f"{path}: cannot be loaded by TensorFlow: {first_line(error)}") from None
    refused = []
    for way in _ways(loaded):
        try:
            return _run(way, loaded, path)
        except ModelError as error:
            refused.append(str(error).removeprefix(f"{path}: "))
    raise ModelError(
        f"{path}: " + (refused[0] if refused else "has neither a signature nor a callable to run")
    )


def _number(version: Path) -> int:
    return int(version.name)


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to run a SavedModel.

    Attributes:
        name: of the signature, or "the callable".
        call: takes a dict of inputs.
        inputs: the tensors that it takes, by name.
        outputs: those that it gives; None where only a run tells.
        function: whose variables it uses.
    """

    name: str
    call: Callable[[dict[str, Any]], Any]
    inputs: dict[str, Any]
    outputs: dict[str, Any] | None
    function: Any


def _opened(path: Path) -> Any:
    import tensorflow as tf

    try:
        return tf.saved_model.load(str(path))
    except ValueError as error:
        if "tags" not in str(error):
            raise
        return tf.saved_model.load(str(path), tags=["serve"])  # TensorFlow 1 kept training by it


def _ways(loaded: Any) -> Iterator[_Way]:
    """Signatures, the usual names first, then the object itself."""
    signatures = dict(loaded.signatures)
    for name in sorted(signatures, key=lambda i: (_rank(i), i)):
        yield _of_signature(name, signatures[name])
    if callable(loaded):
        # Of one traced with and one without training, the latter is meant.
        for function in getattr(loaded.__call__, "concrete_functions", ()):
            (first, *rest), named = function.structured_input_signature
            if hasattr(first, "dtype") and True not in (*rest, *named.values()):
                yield _of_callable(loaded, function)


def _of_signature(name: str, signature: Any) -> _Way:
    return _Way(
        f"signature {name}",
        lambda inputs: signature(**inputs),
        dict(signature.structured_input_signature[1]),
        dict(signature.structured_outputs),
        signature,
    )


def _of_callable(loaded: Any, function: Any) -> _Way:
    (first, *rest), named = function.structured_input_signature
    return _Way(
        "the callable",
        lambda inputs: loaded(inputs["input"], *rest, **named),
        {"input": first},
        None,
        function,
    )


def _rank(name: str) -> int:
    return _PREFERRED.index(name) if name in _PREFERRED else len(_PREFERRED)


def _run(way: _Way, loaded: Any, path: Path) -> LoadedModel:
    import tensorflow as tf

    text = [name for name, i in way.inputs.items() if i.dtype == tf.string]
    if text:
        raise ModelError(f"{path}: {way.name} takes text ({text[0]}); pictures are needed")
    pictures = {name: i for name, i in way.inputs.items() if i.shape.rank != 0}
    if len(pictures) != 1:
        found = ", ".join(f"{name} {i.shape}" for name, i in way.inputs.items())
        raise ModelError(f"{path}: {way.name} takes {found}; one picture a row is needed")
    name, spec = pictures.popitem()
    # A scalar beside the picture is TensorFlow 1's share of units to keep, or whether it trains.
    extras = {i: tf.cast(not s.dtype.is_bool, s.dtype) for i, s in way.inputs.items() if i != name}
    chosen = None
    if way.outputs is not None:
        floats = {i: o.shape for i, o in way.outputs.items() if o.dtype.is_floating}
        if not floats:
            raise ModelError(f"{path}: {way.name} gives no numbers with a fraction, so no scores")
        known = {i: () if shape.rank is None else tuple(shape) for i, shape in floats.items()}
        chosen = digits_output(known, path)

    def call(batch: Any) -> Any:
        given = way.call({name: tf.cast(batch, spec.dtype), **extras})
        if chosen is not None:
            return given[chosen]
        tensors = tf.nest.flatten(given)
        shapes = {str(i): tensor.shape for i, tensor in enumerate(tensors)}
        return tensors[int(digits_output(shapes, path))]

    pattern = None if spec.shape.rank is None else tuple(spec.shape)
    run, shape, outputs = runnable(call, pattern, path)
    numbers = sum(int(tf.size(variable)) for variable in way.function.variables)
    return LoadedModel(
        format=f"SavedModel, {way.name}",
        path=path,
        input_shape=shape,
        outputs=outputs,
        parameters=numbers or None,
        size=size_of(files(path)),
        call=run,
        trackable=loaded,
    )
