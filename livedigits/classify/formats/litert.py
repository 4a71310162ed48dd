"""LiteRT files: .tflite, of floats or quantised."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from livedigits.classify.engines import LiteRTEngine
from livedigits.classify.formats.loaded import LoadedModel, size_of


def find(path: Path) -> Path | None:
    """See `Format`."""
    return path if path.suffix in (".tflite", ".lite") and path.is_file() else None


def files(path: Path) -> list[Path]:
    """See `Format`."""
    return [path]


def load(
    path: Path,
    *,
    build: Callable[[], Any] | None = None,
    allow_code: bool = False,
) -> LoadedModel:
    """See `Format`; the file holds its own network, and no code."""
    engine = LiteRTEngine(path)
    return LoadedModel(
        format=f"LiteRT model (.tflite), {engine.input_type} in, {engine.output_type} out",
        path=path,
        input_shape=engine.input_shape,
        outputs=engine.classes,
        parameters=None,
        size=size_of([path]),
        call=engine,
    )
