"""Training of the default model: data to a model, its fast form and its card."""

import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from livedigits.classify import softmax
from livedigits.classify.card import ModelCard, sha256
from livedigits.errors import OutputError
from livedigits.learn import measure
from livedigits.learn.architecture import build
from livedigits.learn.augment import plain_patches
from livedigits.learn.canvases import (
    NOT_A_DIGIT,
    Canvases,
    from_pictures,
    handwritten_digits,
    no_digits,
)
from livedigits.learn.captured import captured_clutter, captured_marks
from livedigits.learn.data import Characters, Mnist, load_characters, load_mnist
from livedigits.learn.export import to_litert, write_atomically
from livedigits.learn.patches import TrainingPatches

VALIDATION = 6000
"""MNIST's last train digits, kept back to fit temperature and threshold."""

REPORTED = 0.6
"""Least probability of a digit that a reader reports. It is calibrated and holds for the page, so
three of five digits at the edge are right."""

REJECTED_DIGITS = 0.0005
"""Share of those digits that the model may call no digit; the worst of MNIST are hardly one."""

JUDGED_ALPHABET = "Latin"
"""Kept out of training to judge the rejection of unseen characters: the one most often met."""


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What `livedigits train` can be told.

    Attributes:
        out: the .keras file to write; its .tflite and .json come beside it.
        data: MNIST as .npz; None downloads it.
        characters: real characters that are no digits, as .npz; None does without.
        epochs: rounds through all training data.
        batch_size: patches a step.
        seed: of everything random.
        handwritten: how many digits of the project's own handwriting.
        scenes: how many rendered pages the finder cuts marks out of.
        clutter: how many rendered pictures without a digit it cuts marks out of.
        no_digits: how many drawn marks that are no digit.
        command: the command line, for the card.
    """

    out: Path
    data: Path | None = None
    characters: Path | None = None
    epochs: int = 18
    batch_size: int = 256
    seed: int = 7
    handwritten: int = 40_000
    scenes: int = 560
    clutter: int = 420
    no_digits: int = 24_000
    command: str = ""


def train(options: TrainOptions, *, verbose: bool = True) -> ModelCard:
    """Trains, measures, exports and describes the default model.

    An interrupted run goes on after its last whole epoch when started again.

    Returns:
        The card as written beside the model.

    Raises:
        DataError: the data cannot be used.
        OutputError: the model cannot be written.
    """
    try:
        options.out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{options.out.parent}: cannot be made: {error.strerror}") from None
    mnist = load_mnist(options.data)
    characters = load_characters(options.characters) if options.characters else None
    canvases = _training_canvases(options, mnist, characters)
    model = _fit(options, canvases, verbose)
    validation = _validation(options, mnist)
    _shift_prior(model, validation.mnist)
    return _describe(options, model, mnist, validation, characters)


def _training_canvases(
    options: TrainOptions, mnist: Mnist, characters: Characters | None
) -> Canvases:
    rng = np.random.default_rng(options.seed)
    digits = from_pictures(mnist.train_pictures[:-VALIDATION], mnist.train_labels[:-VALIDATION])
    digits += handwritten_digits(options.handwritten, rng)
    canvases = digits + no_digits(options.no_digits, digits, rng)
    canvases += captured_marks(options.scenes, rng) + captured_clutter(options.clutter, rng)
    if characters:
        learned = characters.pictures[characters.alphabets != JUDGED_ALPHABET]
        real = from_pictures(learned, np.full(len(learned), NOT_A_DIGIT))
        # They are few and worth more than made ones: each comes three times, bent anew.
        canvases = canvases + real + real + real
    return canvases


@dataclass(frozen=True, slots=True)
class _Validation:
    """Digits of MNIST's train split that were kept back, and marks as the finder cuts them out."""

    mnist: Canvases
    camera: Canvases


def _validation(options: TrainOptions, mnist: Mnist) -> _Validation:
    rng = np.random.default_rng((options.seed, 1))
    digits = from_pictures(mnist.train_pictures[-VALIDATION:], mnist.train_labels[-VALIDATION:])
    camera = captured_marks(max(7, options.scenes // 6), rng)
    camera += captured_clutter(max(7, options.clutter // 6), rng)
    return _Validation(digits, camera)


def _fit(options: TrainOptions, canvases: Canvases, verbose: bool) -> keras.Model:
    batches = TrainingPatches(canvases, batch_size=options.batch_size, seed=options.seed)
    steps = len(batches) * options.epochs
    model = build(options.seed)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, alpha=0.005, warmup_target=2e-3, warmup_steps=min(500, steps // 4)
    )
    model.compile(
        # Averaged weights (Polyak & Juditsky, 1992) are worth about a tenth of the errors.
        keras.optimizers.AdamW(
            rate, weight_decay=0.02, use_ema=True, ema_momentum=min(0.999, 1 - 20 / steps)
        ),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    resume = options.out.with_suffix(".progress")
    model.fit(
        batches,
        epochs=options.epochs,
        verbose=(1 if verbose else 0),
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda epoch, _: setattr(batches, "epoch", epoch)
            ),
            keras.callbacks.BackupAndRestore(str(resume)),
        ],
    )
    model.optimizer.finalize_variable_values(model.trainable_variables)
    trained = build(options.seed)
    trained.set_weights(model.get_weights())
    return trained  # without the optimizer, whose state is three times as large


def _shift_prior(model: keras.Model, digits: Canvases) -> None:
    """Lowers the bias of "not a digit" until next to no digit that was kept back is rejected.

    The share of rubbish in training is arbitrary, and so is the prior that the model learns of it
    (Saerens et al., 2002). The reader makes up for it page by page; a digit alone should be read.
    """
    logits = model.predict(plain_patches(digits.pictures)[..., None], batch_size=512, verbose=0)
    lead = logits[:, NOT_A_DIGIT] - logits[:, :NOT_A_DIGIT].max(axis=1)
    shift = max(0.0, float(np.quantile(lead, 1 - REJECTED_DIGITS)))
    weights, bias = model.get_layer("logits").get_weights()
    bias[NOT_A_DIGIT] -= round(shift, 2)
    model.get_layer("logits").set_weights([weights, bias])


def _describe(
    options: TrainOptions,
    model: keras.Model,
    mnist: Mnist,
    validation: _Validation,
    characters: Characters | None,
) -> ModelCard:
    def logits(patches: Any) -> Any:
        return model.predict(patches[..., None], batch_size=512, verbose=0)

    camera = logits(plain_patches(validation.camera.pictures))
    labels = validation.camera.labels
    digits = labels < 10
    temperature = measure.fit_temperature(camera[digits], labels[digits])
    seen = softmax(camera, temperature)
    keeping = measure.reject_threshold(seen, labels)
    kept_back = softmax(logits(plain_patches(validation.mnist.pictures)), temperature)
    test = softmax(logits(mnist.test_pictures.astype(np.float32) / 255), temperature)
    cropped = from_pictures(mnist.test_pictures, mnist.test_labels)
    recropped = softmax(logits(plain_patches(cropped.pictures)), temperature)
    figures: dict[str, Any] = {
        "mnist_test_error": measure.error_rate(test, mnist.test_labels),
        "mnist_test_error_among_digits": measure.error_rate(test[:, :10], mnist.test_labels),
        "mnist_test_error_recropped": measure.error_rate(recropped, mnist.test_labels),
        "mnist_test_calibration_error": measure.calibration_error(test, mnist.test_labels),
        "mnist_validation_error": measure.error_rate(kept_back, validation.mnist.labels),
        "camera_validation_error": measure.error_rate(seen[digits], labels[digits]),
        "camera_validation_calibration_error": measure.calibration_error(
            seen[digits], labels[digits]
        ),
        "camera_validation_taken_for_digits": measure.taken_for_digits(seen[~digits], keeping),
    }
    if characters:
        unseen = characters.pictures[characters.alphabets == JUDGED_ALPHABET]
        patches = plain_patches(from_pictures(unseen, np.zeros(len(unseen), np.int64)).pictures)
        figures["unseen_alphabet_taken_for_digits"] = measure.taken_for_digits(
            softmax(logits(patches), temperature), keeping
        )
    litert = options.out.with_suffix(".tflite")
    try:
        write_atomically(litert, to_litert(model))
        model.save(options.out)
    except OSError as error:
        raise OutputError(f"{options.out}: cannot be written: {error.strerror}") from None
    card = ModelCard(
        name=options.out.stem,
        temperature=temperature,
        reject_threshold=REPORTED,
        training_data=_training_data(options),
        figures={name: round(value, 5) for name, value in figures.items()},
        command=options.command,
        versions={
            "python": platform.python_version(),
            **{i: version(i) for i in ("tensorflow", "keras", "numpy", "opencv-python")},
        },
        files={path.name: sha256(path) for path in (options.out, litert)},
    )
    card.save(options.out.with_suffix(".json"))
    return card


def _training_data(options: TrainOptions) -> tuple[str, ...]:
    sources = [
        f"MNIST train split without its last {VALIDATION} digits (LeCun, Cortes, Burges; "
        "CC BY-SA 3.0)",
        f"{options.handwritten} digits of livedigits' own handwriting synthesis (MIT)",
        f"marks cut out of {options.scenes} pages and {options.clutter} pictures without a digit, "
        f"all rendered by livedigits, and {options.no_digits} drawn marks that are no digit (MIT)",
    ]
    if options.characters:
        sources.append(
            f"Omniglot characters but for the alphabet {JUDGED_ALPHABET} "
            "(Lake, Salakhutdinov, Tenenbaum; MIT)"
        )
    return tuple(sources)
