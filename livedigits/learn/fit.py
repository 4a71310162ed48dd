"""Fitting: a model to batches of patches, resumable after every epoch."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import keras
import numpy as np

from livedigits.classify import softmax
from livedigits.learn import progress
from livedigits.learn.augment import plain_patches
from livedigits.learn.canvases import NOT_A_DIGIT, Canvases
from livedigits.learn.patches import TrainingPatches
from livedigits.learn.progress import Epoch, Progress, Setup

Tensor: TypeAlias = Any
"""A tensor of the backend."""

Guard: TypeAlias = Callable[[], AbstractContextManager[None]]
"""Gives a context in which signals wait, until its end, to be raised."""

BELIEVED = 0.7
"""Share of a digit's target that is the teacher's answer; the rest is its label."""


class Student(keras.Model):  # type: ignore[misc]
    """A model that learns digits from a teacher's answers, too (Hinton et al., 2015).

    What a digit could also be is more than its label says, and worth most on the bent ones.
    """

    def __init__(
        self, inputs: Any, outputs: Any, *, answers: Callable[[Tensor], Tensor] | None = None
    ) -> None:
        """Takes a model's ends and what gives `(n, 10)` probabilities; None learns from labels."""
        super().__init__(inputs, outputs)
        self.answers = answers

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """Cross-entropy against labels mixed with the teacher's answers."""
        if self.answers is None:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        ops = keras.ops
        labels = ops.one_hot(y, y_pred.shape[-1])
        answers = ops.pad(self.answers(x), ((0, 0), (0, y_pred.shape[-1] - NOT_A_DIGIT)))
        share = BELIEVED * ops.cast(y < NOT_A_DIGIT, "float32")[:, None]
        targets = (1 - share) * labels + share * answers
        loss = keras.losses.categorical_crossentropy(targets, y_pred, from_logits=True)
        return ops.mean(loss * sample_weight)


def answers_of(teacher: keras.Model) -> Callable[[Tensor], Tensor]:
    """The probabilities that a trained model of ten classes gives patches."""

    def answers(patches: Tensor) -> Tensor:
        return keras.ops.stop_gradient(keras.ops.softmax(teacher(patches, training=False)))

    return answers


@dataclass(frozen=True, slots=True)
class Fitted:
    """How a fit ended.

    Attributes:
        epochs: what each came to.
        trained: how many of them the model's weights have seen.
        stopped: the Ctrl-C or SIGTERM that ended it early, None for a whole fit.
    """

    epochs: tuple[Epoch, ...]
    trained: int
    stopped: KeyboardInterrupt | SystemExit | None = None


def fit(
    model: keras.Model,
    batches: TrainingPatches,
    validation: Canvases,
    *,
    setup: Setup,
    rate: float,
    kept: Path,
    verbose: bool,
    guard: Guard = nullcontext,
) -> Fitted:
    """Fits a model, in place; what was interrupted goes on after its last whole epoch.

    A whole fit ends with the averaged weights of its last step, one that was stopped with those of
    the epoch of least validation loss.

    Args:
        model: from patches to logits.
        batches: what to learn from.
        validation: digits to measure each epoch by; nothing is chosen by them in a whole fit.
        setup: of the run; `epochs` says how many rounds through the batches.
        rate: the highest learning rate.
        kept: file for what a resumed run needs; it stays, so that a finished fit is not repeated.
        verbose: whether to show a progress bar.
        guard: held over each step, so that a signal comes between two.

    Raises:
        KeyboardInterrupt, SystemExit: it was stopped before an epoch was whole.
        SettingsError: `kept` is of another run.
        DataError: `kept` is damaged.
        OutputError: `kept` cannot be written.
    """
    steps = len(batches) * setup.epochs
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps, alpha=0.005, warmup_target=rate, warmup_steps=min(500, steps // 4)
    )
    model.compile(
        # Averaged weights (Polyak & Juditsky, 1992) are worth about a tenth of the errors.
        keras.optimizers.AdamW(
            schedule, weight_decay=0.02, use_ema=True, ema_momentum=min(0.999, steps / (steps + 20))
        ),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)
    keeper = _Keeper(batches, validation, setup, kept, progress.load(kept, setup))
    if keeper.progress is not None:
        progress.restore(model, keeper.progress)
    try:
        with ExitStack() as step:
            if len(keeper.epochs) < setup.epochs:
                model.fit(
                    batches,
                    initial_epoch=len(keeper.epochs),
                    epochs=setup.epochs,
                    verbose=1 if verbose else 0,
                    callbacks=[keeper, _WholeSteps(guard, step)],
                )
    except (KeyboardInterrupt, SystemExit) as signal:
        last = progress.load(kept, setup)  # it may have come right after that was written
        if last is None:
            raise
        progress.assign(model.weights, last.best)
        return Fitted(last.epochs, last.best_epoch, signal)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return Fitted(keeper.epochs, setup.epochs)


class _Keeper(keras.callbacks.Callback):  # type: ignore[misc]
    """Measures every epoch and keeps what a resumed run needs.

    Keras' SwapEMAWeights swaps by adding and taking away, which is not exact: training would go
    another way for having been measured.
    """

    def __init__(
        self,
        batches: TrainingPatches,
        validation: Canvases,
        setup: Setup,
        kept: Path,
        begun: Progress | None,
    ) -> None:
        super().__init__()
        self.progress = begun
        self._batches = batches
        self._inputs = plain_patches(validation.pictures)[..., None]
        self._labels = validation.labels
        self._setup = setup
        self._kept = kept

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """All whole ones so far."""
        return self.progress.epochs if self.progress else ()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Lets every epoch see every canvas anew."""
        self._batches.epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Measures and saves."""
        state, order = progress.state_of(self.model), progress.order_now()
        with _averaged(self.model):
            loss, accuracy = self._measure()
            weights = progress.values_of(self.model.weights)
        epochs = (*self.epochs, Epoch(logs["loss"], logs["accuracy"], loss, accuracy))
        now = Progress(epochs, state, order, weights)
        if self.progress is not None and now.best_epoch < len(epochs):
            now = Progress(epochs, state, order, self.progress.best)
        progress.save(self._kept, self._setup, now)
        self.progress = now

    def _measure(self) -> tuple[float, float]:
        """Loss in nats and accuracy on the validation digits."""
        logits = self.model.predict(self._inputs, batch_size=512, verbose=0)
        probabilities = softmax(logits)
        own = probabilities[np.arange(len(self._labels)), self._labels]
        right = probabilities.argmax(axis=1) == self._labels
        return float(-np.log(np.maximum(own, 1e-12)).mean()), float(right.mean())


class _WholeSteps(keras.callbacks.Callback):  # type: ignore[misc]
    """Lets signals wait while a step is made: TensorFlow would take them for errors of its own."""

    def __init__(self, guard: Guard, step: ExitStack) -> None:
        super().__init__()
        self._guard = guard
        self._step = step

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Holds signals."""
        self._step.enter_context(self._guard())

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Raises what came meanwhile."""
        self._step.close()


@contextmanager
def _averaged(model: keras.Model) -> Iterator[None]:
    """The model has its averaged weights meanwhile, and exactly its own again afterwards."""
    own = progress.values_of(model.trainable_variables)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        progress.assign(model.trainable_variables, own)
