"""Progress: the state of a training run after its last whole epoch, in one file.

Keras' own BackupAndRestore leaves out what this one has: where each dropout is in its random
numbers, the order of batches to come, and what was measured so far. Without them a resumed run
would end elsewhere than one that was never stopped.
"""

import dataclasses
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import keras
import numpy as np
import numpy.typing as npt

from livedigits.errors import SettingsError
from livedigits.learn.data.arrays import opened_npz
from livedigits.learn.export import write_atomically
from livedigits.present.sink import writing

Values: TypeAlias = tuple[npt.NDArray[Any], ...]
"""Values of variables, in the order that the model has them."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a run comes from: another one may not go on with its progress.

    Attributes:
        arch: name of the architecture, or "teacher".
        epochs: rounds through the data; the learning rate depends on it from the first step.
        teacher_epochs: those of the teacher before.
        batch_size: patches a step.
        seed: of everything random.
        base_weights: what the base of vgg16 starts from.
        start: SHA-256 of the model that it goes on from, empty where there is none.
        data: SHA-256 of everything that is learned from.
    """

    arch: str
    epochs: int
    teacher_epochs: int
    batch_size: int
    seed: int
    base_weights: str
    start: str
    data: str


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one round through the data came to.

    Attributes:
        loss: mean over the epoch's steps, weighted and against softened targets where there are.
        accuracy: share of its augmented patches that were read rightly.
        validation_loss: of digits kept back, as they are, by the averaged weights; in nats.
        validation_accuracy: of the same.
    """

    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float


@dataclass(frozen=True, slots=True)
class Progress:
    """A run after a whole epoch.

    Attributes:
        epochs: all so far.
        state: what training goes on from: the model's variables, then its optimizer's.
        order: state of the random numbers that put the batches in order.
        best: the model's averaged weights after its best epoch.
    """

    epochs: tuple[Epoch, ...]
    state: Values
    order: Values
    best: Values

    @property
    def best_epoch(self) -> int:
        """The epoch of least validation loss, from 1 on."""
        return 1 + min(range(len(self.epochs)), key=lambda i: self.epochs[i].validation_loss)


def state_of(model: keras.Model) -> Values:
    """Everything that training changes in a compiled model whose optimizer is built."""
    return values_of((*model.variables, *model.optimizer.variables))


def values_of(variables: Sequence[keras.Variable]) -> Values:
    """Copies of their values."""
    return tuple(np.array(keras.ops.convert_to_numpy(i)) for i in variables)


def restore(model: keras.Model, progress: Progress) -> None:
    """Puts a model, and Python's random numbers, where they were.

    Keras shuffles the batches of an epoch with `random.shuffle`.
    """
    assign((*model.variables, *model.optimizer.variables), progress.state)
    version, numbers = progress.order
    random.setstate((int(version), tuple(map(int, numbers)), None))


def order_now() -> Values:
    """The state of Python's random numbers."""
    version, numbers, _ = random.getstate()
    return np.array(version), np.array(numbers, np.uint32)


def assign(variables: Sequence[keras.Variable], values: Values) -> None:
    """Gives variables their values."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def save(path: Path, setup: Setup, progress: Progress) -> None:
    """Writes the progress of a run, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    epochs = [dataclasses.astuple(i) for i in progress.epochs]
    arrays = {"setup": np.array(json.dumps(dataclasses.asdict(setup))), "epochs": np.array(epochs)}
    for part in ("state", "order", "best"):
        for number, value in enumerate(getattr(progress, part)):
            arrays[f"{part}_{number}"] = value
    content = BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content.getvalue())


def load(path: Path, setup: Setup) -> Progress | None:
    """The progress of a run; None where there is none yet.

    Raises:
        DataError: the file is damaged.
        SettingsError: it is the progress of another run.
    """
    if not path.exists():
        return None
    with opened_npz(path) as file:
        arrays = {name: file[name] for name in file}
    _check(path, Setup(**json.loads(str(arrays["setup"]))), setup)

    def values(part: str) -> Values:
        count = sum(name.startswith(f"{part}_") for name in arrays)
        return tuple(arrays[f"{part}_{number}"] for number in range(count))

    epochs = tuple(Epoch(*row) for row in arrays["epochs"].tolist())
    return Progress(epochs, values("state"), values("order"), values("best"))


def _check(path: Path, begun: Setup, setup: Setup) -> None:
    for part in dataclasses.fields(Setup):
        was, now = getattr(begun, part.name), getattr(setup, part.name)
        if was == now:
            continue
        option = f"--{part.name.replace('_', '-')} {was}"
        raise SettingsError(
            f"{path.parent}: holds an unfinished run "
            f"{'on other data' if part.name == 'data' else f'with {option}, not {now}'}; "
            "go on with that, name another --out, or delete the folder"
        )
