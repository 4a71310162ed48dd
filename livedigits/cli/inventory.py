"""What models there are, seen without opening those that need TensorFlow for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from livedigits.classify import ModelCard
from livedigits.classify.engines import LiteRTEngine
from livedigits.classify.exports import cache_folder
from livedigits.classify.formats import ModelFile, find_model
from livedigits.classify.formats.loaded import size_of
from livedigits.classify.shipped import models_folder
from livedigits.errors import ModelError

Place = Literal["shipped", "here", "cache"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A model that is at hand.

    Attributes:
        name: of the model.
        format: of its file.
        size: bytes on disk.
        classes: how many it tells apart; None where its file has to be opened to know.
        mnist_error: share of MNIST's test split that it misreads; None where no card says.
        place: where it was found.
        path: that names it.
    """

    name: str
    format: str
    size: int
    classes: int | None
    mnist_error: float | None
    place: Place
    path: Path


def at_hand() -> list[Entry]:
    """The shipped models, those in the current folder, and the exports in the user's cache."""
    shipped = models_folder()
    here = Path()
    own = () if here.samefile(shipped) else _in_folder(here, "here")
    return [*_in_folder(shipped, "shipped"), *own, *_kept()]


def _in_folder(folder: Path, place: Place) -> Iterator[Entry]:
    seen = set()
    for path in _paths(folder):
        try:
            found = find_model(path)
            size = size_of(found.files)
        except (ModelError, OSError):  # it is none, or nobody may look
            continue
        if found.path in seen:  # a checkpoint has several files
            continue
        seen.add(found.path)
        try:
            card = ModelCard.beside(found.path)
        except ModelError:
            card = None
        yield Entry(
            name=card.name if card else found.path.name.split(".")[0],
            format=_format_of(found),
            size=size,
            classes=len(card.classes) if card else _classes_of(found),
            mnist_error=_mnist_error(card) if card else None,
            place=place,
            path=found.path,
        )


def _paths(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # nobody may look
        return []


def _kept() -> Iterator[Entry]:
    for path in sorted(cache_folder().glob("*.json")):
        export = path.with_suffix(".tflite")
        try:
            card = ModelCard.load(path)
            size = export.stat().st_size
        except (ModelError, OSError):  # damaged, or of a model that needs no export
            continue
        error = _mnist_error(card)
        yield Entry(card.name, "export", size, len(card.classes), error, "cache", export)


def _format_of(found: ModelFile) -> str:
    if found.kind not in ("litert", "keras"):
        return found.kind
    weights = ".weights.h5"
    return weights if found.path.name.endswith(weights) else found.path.suffix


def _classes_of(found: ModelFile) -> int | None:
    """What a LiteRT file itself says."""
    try:
        return LiteRTEngine(found.path).classes if found.kind == "litert" else None
    except ModelError:
        return None


def _mnist_error(card: ModelCard) -> float | None:
    error = card.figures.get("mnist_test_error")
    return float(error) if isinstance(error, int | float) else None
