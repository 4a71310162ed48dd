"""Loading: from the path of a model to a classifier, on the engine that runs it best."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from livedigits.classify import exports
from livedigits.classify.card import DIGIT_CLASSES, NOT_A_DIGIT, ModelCard, sha256
from livedigits.classify.classifier import Classifier
from livedigits.classify.engines import KerasEngine, LiteRTEngine
from livedigits.classify.formats import LoadedModel, ModelFile, find_model, load_model
from livedigits.classify.formats.loaded import first_line
from livedigits.classify.options import ModelOptions
from livedigits.classify.probe import probe
from livedigits.classify.shipped import models_folder, reference_patches
from livedigits.errors import ModelError, SettingsError

EngineName = Literal["auto", "litert", "keras"]

DEFAULT_MODEL = "livedigits"

AGREEMENT = 1e-3
"""How far the probabilities of a model may differ from those of an export that is made of it
unasked; one that its card vouches for was checked when it was made."""


def load_classifier(
    model: str | Path | None = None,
    engine: EngineName = "auto",
    options: ModelOptions | None = None,
) -> Classifier:
    """Loads a model of any format, see `formats`.

    What its file does not say comes from the card beside it, the .json of its name; without one,
    scaling and polarity are found by showing it digits that are known.

    Args:
        model: "livedigits" or None for the default one, else a path.
        engine: "litert" starts fast and runs .tflite files and exports; "keras" runs the model as
            trained; "auto" takes litert where an export that the model's card vouches for lies
            beside it, or one of it in the user's cache folder, else keras, and puts an export there
            for the next start.
        options: what else is known of it.

    Raises:
        ModelError: the model is missing, damaged, or reads no digits.
        SettingsError: there is no such engine.
    """
    if engine not in get_args(EngineName):
        names = ", ".join(get_args(EngineName))
        raise SettingsError(f"there is no engine {engine!r}; there are {names}")
    options = options or ModelOptions()
    found = find_model(model_path(model))
    card = ModelCard.beside(found.path)
    if engine == "keras":
        if found.kind == "litert":
            raise ModelError(f"{found.path}: is a LiteRT file, which the keras engine cannot run")
        return _from_source(found, card, options)[0]
    if found.kind == "litert":
        return _from_litert(found, card, options)
    export = found.path.with_suffix(".tflite")
    if card is not None and options.build is None and vouches(card, found.path, export):
        litert = LiteRTEngine(export)
        return Classifier(litert, _completed(litert, found.path, card, options))
    return _from_cache(found, card, options, engine)


def model_path(model: str | Path | None) -> Path:
    """Where a model lies: the default one, by its name or None, or any by its path."""
    if model is None or str(model) == DEFAULT_MODEL:
        return models_folder() / f"{DEFAULT_MODEL}.keras"
    return Path(model)


def vouches(card: ModelCard, *files: Path) -> bool:
    """Whether the card names these very files."""
    return all(file.is_file() and card.files.get(file.name) == sha256(file) for file in files)


def _from_litert(found: ModelFile, card: ModelCard | None, options: ModelOptions) -> Classifier:
    litert = LiteRTEngine(found.path)
    if card is not None:
        return Classifier(litert, _completed(litert, found.path, card, options))
    key = exports.key_of(found, options)
    kept = exports.recall(key)
    if kept is not None:
        return Classifier(litert, kept.card)
    card = _completed(litert, found.path, None, options)
    exports.keep(key, card, None)
    return Classifier(litert, card)


def _from_cache(
    found: ModelFile, card: ModelCard | None, options: ModelOptions, engine: EngineName
) -> Classifier:
    key = exports.key_of(found, options)
    named = (
        options.build is None or options.architecture is not None
    )  # else the key says too little
    kept = exports.recall(key) if named else None
    if kept is not None and kept.export is not None:
        return Classifier(LiteRTEngine(kept.export), kept.card)
    classifier, loaded = _from_source(found, card, options)
    try:
        litert, content = _export_of(classifier, loaded)
    except ModelError:
        if engine == "litert":
            raise
        return classifier
    if named:
        exports.keep(key, classifier.card, content)
    return Classifier(litert, classifier.card) if engine == "litert" else classifier


def _from_source(
    found: ModelFile, card: ModelCard | None, options: ModelOptions
) -> tuple[Classifier, LoadedModel]:
    loaded = load_model(found.path, build=options.build, allow_code=options.allow_code)
    keras = KerasEngine(loaded)
    return Classifier(keras, _completed(keras, found.path, card, options)), loaded


def _completed(
    engine: KerasEngine | LiteRTEngine, path: Path, card: ModelCard | None, options: ModelOptions
) -> ModelCard:
    """The card with what the options say; without a card, with what probing finds."""
    known = card or ModelCard(name=path.name.split(".")[0])
    known = replace(
        known,
        classes=(*DIGIT_CLASSES, NOT_A_DIGIT)[: engine.classes],
        input_shape=engine.input_shape,
    )
    if card is not None:
        return replace(
            known,
            scaling=options.scaling or card.scaling,
            polarity=options.polarity or card.polarity,
        )
    within = engine.input_range if isinstance(engine, LiteRTEngine) else None
    try:
        finding = probe(engine, engine.input_shape, options.scaling, options.polarity, within)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
    return replace(
        known,
        scaling=finding.form.scaling,
        polarity=finding.form.polarity,
        output=finding.output,
        figures={"reference_accuracy": round(finding.accuracy, 4)},
    )


def _export_of(classifier: Classifier, loaded: LoadedModel) -> tuple[LiteRTEngine, bytes]:
    """Converts a model and checks that its export says the same of the reference digits.

    Raises:
        ModelError: it cannot be converted, or the export says something else.
    """
    from livedigits.classify.convert import to_litert

    patches = reference_patches()
    try:
        content = to_litert(loaded)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "export.tflite"
            path.write_bytes(content)
            litert = LiteRTEngine(path)
        other = Classifier(litert, classifier.card)(patches)
    except Exception as error:  # converter and interpreter raise what they like
        raise ModelError(
            f"{loaded.path}: has no LiteRT form: {first_line(error)}; use --engine keras"
        ) from None
    one = classifier(patches)
    if (one.argmax(axis=1) != other.argmax(axis=1)).any() or np.abs(one - other).max() > AGREEMENT:
        raise ModelError(
            f"{loaded.path}: its LiteRT form does not read the same; use --engine keras"
        )
    return litert, content
