"""What is to be known of one model: what its file says, what was found, and how it does here."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Literal

from livedigits.classify import (
    Classifier,
    LoadedModel,
    ModelCard,
    ModelOptions,
    exports,
    load_classifier,
    load_model,
)
from livedigits.classify.card import card_path
from livedigits.classify.engines import KerasEngine
from livedigits.classify.formats import ModelFile, find_model
from livedigits.classify.loading import vouches
from livedigits.classify.probe import READS, reference_accuracy
from livedigits.classify.shipped import reference_patches
from livedigits.errors import ModelError

Origin = Literal["given", "card", "found", "assumed"]
"""Of what is known of a model's pictures: said by an option, said by its card, found by showing it
digits, or taken for granted, where it read those in no form."""

BATCH = 32
"""Patches at a time, about as many as a page has."""

_SPAN_S = 0.5
_RUNS = 5, 50
"""A time is the median of as many runs as fit into the span, within these numbers."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one engine takes for a patch, in milliseconds.

    Attributes:
        engine: "litert" or "keras".
        alone: for one by itself.
        in_batch: for each of `BATCH` at a time.
    """

    engine: str
    alone: float
    in_batch: float


@dataclass(frozen=True, slots=True)
class Facts:
    """One model.

    Attributes:
        loaded: what its file says.
        card: how it is used: the card beside it, with what was found.
        card_path: of the card beside it; None if there is none.
        scaling: where that of its pixels is known from.
        polarity: where that of its ink is known from.
        accuracy: share of the reference digits that it reads.
        timings: on this machine, one for each engine that runs it.
        export: its fast form, beside it or in the user's cache; None if there is none.
        export_note: how it came there, or why there is none.
    """

    loaded: LoadedModel
    card: ModelCard
    card_path: Path | None
    scaling: Origin
    polarity: Origin
    accuracy: float
    timings: tuple[Timing, ...]
    export: Path | None
    export_note: str


def facts_of(path: Path, options: ModelOptions) -> Facts:
    """Opens a model and tries it; a fast form that is not there yet is made and kept.

    Raises:
        ModelError: it cannot be used; what was found and what is needed.
    """
    found = find_model(path)
    own = ModelCard.beside(found.path)
    if found.kind == "litert":
        classifier = load_classifier(path, "litert", options)
        loaded, fast = load_model(path), _FastForm(None, None, "is LiteRT itself")
    else:
        classifier = load_classifier(path, "keras", options)
        assert isinstance(classifier.engine, KerasEngine)
        loaded, fast = classifier.engine.loaded, _fast_form(found, own, options)
    accuracy = reference_accuracy(classifier)
    known: Origin = "card" if own else "found" if accuracy >= READS else "assumed"
    return Facts(
        loaded=loaded,
        card=classifier.card,
        card_path=card_path(found.path) if own else None,
        scaling="given" if options.scaling else known,
        polarity="given" if options.polarity else known,
        accuracy=accuracy,
        timings=tuple(_timed(i) for i in (classifier, fast.classifier) if i is not None),
        export=fast.path,
        export_note=fast.note,
    )


@dataclass(frozen=True, slots=True)
class _FastForm:
    """What LiteRT runs of a model, where it is, and how it came there or why not."""

    classifier: Classifier | None
    path: Path | None
    note: str


def _fast_form(found: ModelFile, card: ModelCard | None, options: ModelOptions) -> _FastForm:
    beside = found.path.with_suffix(".tflite")
    if card is not None and options.build is None and vouches(card, found.path, beside):
        return _FastForm(load_classifier(found.path, "litert", options), beside, "beside it")
    key = exports.key_of(found, options)
    was_there = exports.recall(key) is not None
    try:
        classifier = load_classifier(found.path, "litert", options)
    except ModelError as error:
        return _FastForm(None, None, str(error).removeprefix(f"{found.path}: "))
    kept = exports.recall(key)
    if kept is None:
        return _FastForm(classifier, None, "cannot be kept in the cache")
    return _FastForm(classifier, kept.export, "in the cache" if was_there else "made now")


def _timed(classifier: Classifier) -> Timing:
    return Timing(
        classifier.engine.name, _milliseconds(classifier, 1), _milliseconds(classifier, BATCH)
    )


def _milliseconds(classifier: Classifier, count: int) -> float:
    """Median time a patch, of so many at once."""
    patches = reference_patches()[:count]
    classifier(patches)  # memory is laid out and functions are compiled in the first run
    times: list[float] = []
    while len(times) < _RUNS[0] or (len(times) < _RUNS[1] and sum(times) < _SPAN_S):
        started = perf_counter()
        classifier(patches)
        times.append(perf_counter() - started)
    return 1000 * median(times) / count
