"""Publish: a trained model to its files: the model, its fast form, its card and its curves."""

import platform
import re
import zipfile
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import keras
import numpy as np
import numpy.typing as npt

from livedigits.classify import ModelCard, load_classifier, softmax
from livedigits.classify.card import DIGIT_CLASSES, NOT_A_DIGIT, card_path, sha256
from livedigits.errors import ModelError, OutputError
from livedigits.find.patches import Patches
from livedigits.learn import measure, report
from livedigits.learn.augment import camera_patches, plain_patches
from livedigits.learn.curves import draw_curves
from livedigits.learn.export import ExportOptions, export, write_atomically
from livedigits.learn.fit import Fitted
from livedigits.learn.material import Material, canvases_of
from livedigits.learn.options import TrainOptions
from livedigits.present.sink import writing

REPORTED = 0.6
"""Least probability of a digit that a reader reports. It is calibrated and holds for the page, so
three of five digits at the edge are right."""

Figures: TypeAlias = dict[str, float]

_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file in a model's archive, the earliest that there can be."""


def publish(
    options: TrainOptions, model: keras.Model, material: Material, fitted: Fitted
) -> ModelCard:
    """Measures a model, exports it and describes it.

    Args:
        options: of the run.
        model: from patches to logits of ten or eleven classes, without an optimizer.
        material: what it learned from and is judged by.
        fitted: how its training went.

    Returns:
        The card as written beside the model.

    Raises:
        OutputError: a file cannot be written.
        ModelError: what was written cannot be read again.
    """
    rejects = model.output_shape[-1] > len(DIGIT_CLASSES)
    temperature = _temperature(options, model, material)
    figures: Figures = {"epochs": fitted.trained}
    if fitted.trained < options.epochs:
        figures["epochs_planned"] = options.epochs
    figures |= _of_digits(model, material, temperature)
    figures |= _of_camera(model, material, temperature)
    with writing(options.out):
        write_atomically(options.out, _archive(model))
    report.save(options.out.with_suffix(".png"), draw_curves(fitted.epochs, options.arch))
    card = ModelCard(
        name=options.out.stem,
        classes=(*DIGIT_CLASSES, NOT_A_DIGIT) if rejects else DIGIT_CLASSES,
        temperature=temperature,
        reject_threshold=REPORTED,
        even_rubbish=_even_rubbish(model, material, temperature),
        training_data=(*_before(options), *material.sources),
        figures={name: round(value, 5) for name, value in figures.items()},
        command=options.command,
        versions=versions(),
        files={options.out.name: sha256(options.out)},
    )
    with writing(options.out):
        write_atomically(card_path(options.out), card.text().encode())
    return _fast_form(options.out)


def versions() -> dict[str, str]:
    """Of what a model was made with."""
    packages = ("tensorflow", "keras", "numpy", "opencv-python")
    return {"python": platform.python_version(), **{i: version(i) for i in packages}}


def _fast_form(model: Path) -> ModelCard:
    """Exports a model to beside itself, in eight bits if it says the same then.

    Returns:
        Its card with what was measured of the export.
    """
    source = load_classifier(model, "keras")
    litert = model.with_suffix(".tflite")
    try:
        return export(source, ExportOptions(litert, precision="dynamic")).card
    except (ModelError, OutputError):
        return export(source, ExportOptions(litert)).card


def _before(options: TrainOptions) -> tuple[str, ...]:
    """What the model that the run went on from learned from."""
    if options.start is None:
        return ()
    name = f"{options.start.name}, SHA-256 {sha256(options.start)}"
    return (f"before, as the model that it goes on from ({name}): see that one's card",)


def _temperature(options: TrainOptions, model: keras.Model, material: Material) -> float:
    """Fitted to what a camera makes of digits that were kept back."""
    if material.camera is not None:
        digits = material.camera.labels < len(DIGIT_CLASSES)
        patches, labels = plain_patches(material.camera.pictures), material.camera.labels
        return measure.fit_temperature(_logits(model, patches)[digits], labels[digits])
    kept, rng = material.validation, np.random.default_rng((options.seed, 1))
    patches = camera_patches(kept.pictures, kept.labels, rng)
    return measure.fit_temperature(_logits(model, patches), kept.labels)


def _even_rubbish(model: keras.Model, material: Material, temperature: float) -> float:
    """Of digits as a camera sees them and characters of alphabets that were never seen."""
    if material.camera is None or material.unseen is None:
        return ModelCard().even_rubbish
    digits = material.camera.pictures[material.camera.labels < len(DIGIT_CLASSES)]
    seen, unseen = (
        softmax(_logits(model, plain_patches(pictures)), temperature)
        for pictures in (digits, material.unseen.pictures)
    )
    return measure.even_rubbish(seen, unseen)


def _of_digits(model: keras.Model, material: Material, temperature: float) -> Figures:
    """Single digits, of the test split and of those kept back."""
    kept, labels = material.validation, material.test.labels
    recropped = plain_patches(canvases_of(material.test).pictures)
    patches = np.concatenate(list(material.test.patches()))
    test = softmax(_logits(model, patches), temperature)
    seen_again = softmax(_logits(model, recropped), temperature)
    kept_back = softmax(_logits(model, plain_patches(kept.pictures)), temperature)
    figures = {
        "test_error": measure.error_rate(test, labels),
        "test_error_among_digits": measure.error_rate(test[:, :10], labels),
        "test_error_recropped": measure.error_rate(seen_again, labels),
        "test_calibration_error": measure.calibration_error(test, labels),
        "validation_error": measure.error_rate(kept_back, kept.labels),
    }
    if test.shape[1] == len(DIGIT_CLASSES):
        del figures["test_error_among_digits"]  # there is nothing else to be among
    return {f"mnist_{i}" if material.is_mnist else i: figures[i] for i in figures}


def _of_camera(model: keras.Model, material: Material, temperature: float) -> Figures:
    """Marks in rendered pages, and characters that are no digits; nothing for ten classes."""
    if material.camera is None:
        return {}
    labels = material.camera.labels
    digits = labels < len(DIGIT_CLASSES)
    seen = softmax(_logits(model, plain_patches(material.camera.pictures)), temperature)
    keeping = measure.reject_threshold(seen, labels)
    figures = {
        "camera_validation_error": measure.error_rate(seen[digits], labels[digits]),
        "camera_validation_calibration_error": measure.calibration_error(
            seen[digits], labels[digits]
        ),
        "camera_validation_taken_for_digits": measure.taken_for_digits(seen[~digits], keeping),
    }
    if material.unseen is not None:
        unseen = softmax(_logits(model, plain_patches(material.unseen.pictures)), temperature)
        figures["unseen_alphabets_taken_for_digits"] = measure.taken_for_digits(unseen, keeping)
    return figures


def _logits(model: keras.Model, patches: Patches) -> npt.NDArray[np.float32]:
    return np.asarray(model.predict(patches[..., None], batch_size=512, verbose=0), np.float32)


def _archive(model: keras.Model) -> bytes:
    """A .keras file that is the same for the same model, whenever and wherever it is saved."""
    content = BytesIO()
    with TemporaryDirectory() as folder:
        own = Path(folder) / "model.keras"
        model.save(own)
        with zipfile.ZipFile(own) as source, zipfile.ZipFile(content, "w") as target:
            for name in source.namelist():
                data = source.read(name)
                if name == "metadata.json":
                    data = re.sub(rb'(?<="date_saved": )"[^"]*"', b'"1980-01-01@00:00:00"', data)
                elif name == "config.json":
                    data = _with_small_ids(data)
                target.writestr(zipfile.ZipInfo(name, _DATE), data)
    return content.getvalue()


def _with_small_ids(config: bytes) -> bytes:
    """Numbers shared objects 1, 2, ... where Keras has their addresses in memory."""
    addresses = re.findall(rb'(?<="shared_object_id": )\d+', config)
    numbers = {address: b"%d" % i for i, address in enumerate(dict.fromkeys(addresses), start=1)}
    return re.sub(rb'(?<="shared_object_id": )\d+', lambda found: numbers[found[0]], config)
