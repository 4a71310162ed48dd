"""Training: data to a model, its fast form and its card."""

import shutil
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from livedigits.classify import LoadedModel, load_model
from livedigits.classify.card import ModelCard, sha256
from livedigits.errors import ModelError
from livedigits.learn.architectures import DEFAULT, architecture, build, build_teacher
from livedigits.learn.augment import plain_patches
from livedigits.learn.canvases import NOT_A_DIGIT, Canvases
from livedigits.learn.fit import Guard, Student, Tensor, answers_of, fit
from livedigits.learn.material import Material, digits_of, gather
from livedigits.learn.options import TrainOptions
from livedigits.learn.patches import TrainingPatches
from livedigits.learn.progress import Setup
from livedigits.learn.publish import publish
from livedigits.present.sink import check_writable, writing

__all__ = ["TrainOptions", "Trained", "train"]

REJECTED_DIGITS = 0.0005
"""Share of those digits that the model may call no digit; the worst of MNIST are hardly one."""

START_SHARE = 0.25
"""Share of the usual learning rate for a model that has learned already, lest it forgets."""

CAREFUL_RATE = 1e-4
"""Highest learning rate of VGG16 from chance: thirteen convolutions without normalisation."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run came to.

    Attributes:
        card: as written beside the model.
        stopped: the Ctrl-C or SIGTERM that ended it early, None for a whole run.
    """

    card: ModelCard
    stopped: KeyboardInterrupt | SystemExit | None


def train(
    options: TrainOptions,
    *,
    verbose: bool = True,
    note: Callable[[str], None] = lambda _: None,
    guard: Guard = nullcontext,
) -> Trained:
    """Trains, measures, exports and describes a model.

    A run that was stopped goes on after its last whole epoch when started again, and ends exactly
    as if it had not been: what that takes is in `OUT.progress` until the run is whole. On the same
    machine, the same options give the same files.

    Args:
        options: what to do.
        verbose: whether to show progress bars.
        note: told what a person should know of the data.
        guard: held over each step of training, see `fit`.

    Returns:
        The card; of a run that was stopped after an epoch or more, that of its best one.

    Raises:
        KeyboardInterrupt, SystemExit: it was stopped before there was anything to write.
        DataError: the data cannot be used, or what is kept of an earlier run.
        SettingsError: there is no such architecture, or an earlier run had other options.
        ModelError: the model to go on from cannot be used, or is of another architecture.
        OutputError: a file cannot be written.
    """
    import tensorflow as tf

    architecture(options.arch)
    with writing(options.out.parent):
        options.out.parent.mkdir(parents=True, exist_ok=True)
    check_writable(options.out)
    tf.config.experimental.enable_op_determinism()
    start = None if options.start is None else load_model(options.start)
    keras.utils.clear_session()  # layers are numbered from there on, and the names are saved
    material = gather(options)
    for text in material.notes:
        note(text)
    setup = _setup(options, material)
    answers = None
    if setup.teacher_epochs:
        answers = _taught(options, setup, material, verbose, guard)
    model = build(options.arch, options.seed, options.base_weights)
    if start is not None:
        _take_weights(model, start)
    student = Student(model.inputs, model.outputs, answers=answers)
    fitted = fit(
        student,
        _batches(material.learned, setup),
        material.validation,
        setup=setup,
        rate=_rate(options),
        kept=_kept(options) / "model.npz",
        verbose=verbose,
        guard=guard,
    )
    # The model shares the student's weights, without the optimizer, which is three times as large.
    if material.camera is not None:
        _shift_prior(model, material.validation)
    card = publish(options, model, material, fitted)
    if fitted.stopped is None:
        shutil.rmtree(_kept(options))
    return Trained(card, fitted.stopped)


def _take_weights(model: keras.Model, start: LoadedModel) -> None:
    """Gives a model the weights of one that has learned."""
    weights = [] if start.keras_model is None else start.keras_model.get_weights()
    if [i.shape for i in weights] != [i.shape for i in model.get_weights()]:
        raise ModelError(
            f"{start.path}: is not of the architecture {model.name}, whose layers have other "
            "shapes; name its own with --arch"
        )
    model.set_weights(weights)


def _setup(options: TrainOptions, material: Material) -> Setup:
    return Setup(
        arch=options.arch,
        epochs=options.epochs,
        teacher_epochs=options.teacher_epochs if options.arch == DEFAULT else 0,
        batch_size=min(options.batch_size, int((material.learned.labels < NOT_A_DIGIT).sum())),
        seed=options.seed,
        base_weights=str(options.base_weights),
        start="" if options.start is None else sha256(options.start),
        data=material.digest,
    )


def _taught(
    options: TrainOptions, setup: Setup, material: Material, verbose: bool, guard: Guard
) -> Callable[[Tensor], Tensor]:
    """The answers of a larger model, which is trained on the digits and knows nothing else."""
    teacher = build_teacher(options.seed)
    fitted = fit(
        teacher,
        _batches(digits_of(material.learned), setup),
        material.validation,
        setup=replace(setup, arch="teacher", epochs=setup.teacher_epochs),
        rate=architecture(options.arch).rate,
        kept=_kept(options) / "teacher.npz",
        verbose=verbose,
        guard=guard,
    )
    if fitted.stopped is not None:  # an unfinished teacher teaches nothing
        raise fitted.stopped
    return answers_of(teacher)


def _rate(options: TrainOptions) -> float:
    if options.start is not None:
        return START_SHARE * architecture(options.arch).rate
    if options.arch == "vgg16" and options.base_weights == "none":
        return CAREFUL_RATE
    return architecture(options.arch).rate


def _batches(canvases: Canvases, setup: Setup) -> TrainingPatches:
    return TrainingPatches(canvases, batch_size=setup.batch_size, seed=setup.seed)


def _kept(options: TrainOptions) -> Path:
    """Folder for what a run that is stopped goes on from."""
    return options.out.with_suffix(".progress")


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
