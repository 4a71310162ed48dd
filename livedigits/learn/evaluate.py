"""Evaluate: how well a model reads labelled pictures of one digit each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from livedigits.errors import DataError
from livedigits.find.patches import SIZE, Patches
from livedigits.learn import measure
from livedigits.learn.augment import plain_patches
from livedigits.learn.calibration import BINS, Bin, reliability
from livedigits.learn.data import opened_npz

Counts = npt.NDArray[np.int64]

_BATCH = 500
"""Pictures to a batch: enough to be fast, few enough for a bar to move."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Pictures of one digit each.

    Attributes:
        pictures: `(n, h, w)` uint8, ink 255.
        labels: `(n,)` int64, 0 to 9.
    """

    pictures: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def batches(self) -> int:
        """How many `patches` gives."""
        return -(-len(self) // _BATCH)

    def patches(self) -> Iterator[Patches]:
        """The model's input, in batches of `(up to 500, 28, 28)` float32."""
        for start in range(0, len(self), _BATCH):
            yield as_patches(self.pictures[start : start + _BATCH])


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How one digit is read; shares are None where there is nothing to take a share of.

    Attributes:
        value: the digit.
        count: how often it was written.
        accuracy: share of those that were read as it (the recall).
        precision: share of what was read as it that is it.
        rejected: share that was taken for no digit.
    """

    value: str
    count: int
    accuracy: float | None
    precision: float | None
    rejected: float | None


@dataclass(frozen=True, slots=True)
class DigitFigures:
    """How well patches are read.

    Attributes:
        count: of patches.
        accuracy: share whose likeliest class is theirs.
        loss: mean negative log-likelihood of the labels, in nats.
        digit_error: share that is read wrongly where "not a digit" is no choice.
        calibration_error: expected calibration error.
        confusion: `(10, 11)`, how often each digit (row) was read as each class (column).
        calibration: confidence against accuracy.
    """

    count: int
    accuracy: float
    loss: float
    digit_error: float
    calibration_error: float
    confusion: Counts
    calibration: tuple[Bin, ...]

    @property
    def classes(self) -> tuple[ClassFigures, ...]:
        """Each digit's own figures."""
        written, read = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        return tuple(
            ClassFigures(
                value=str(i),
                count=int(written[i]),
                accuracy=share(self.confusion[i, i], written[i]),
                precision=share(self.confusion[i, i], read[i]),
                rejected=share(self.confusion[i, 10], written[i]),
            )
            for i in range(10)
        )


def load_labelled(path: Path, limit: int | None = None) -> Labelled:
    """Loads pictures with their labels.

    Args:
        path: an .npz with x_test, `(n, h, w)` uint8, ink 255, and y_test, `(n,)` 0 to 9; where it
            has no such split, x_train and y_train are taken.
        limit: take the first so many.

    Raises:
        DataError: the file is missing or is something else.
    """
    pictures, labels = _split(path)
    if pictures.ndim == 4 and pictures.shape[-1] == 1:
        pictures = pictures[..., 0]
    if not pictures.size:
        raise DataError(f"{path}: holds no pictures")
    if pictures.dtype != np.uint8 or pictures.ndim != 3:
        shape = "x".join(map(str, pictures.shape))
        raise DataError(f"{path}: its pictures are {shape} {pictures.dtype}, not n x h x w uint8")
    if labels.shape != pictures.shape[:1]:
        raise DataError(f"{path}: has {len(pictures)} pictures but {labels.size} labels")
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > 9:
        raise DataError(f"{path}: its labels are not the whole numbers 0 to 9")
    return Labelled(pictures[:limit], labels[:limit].astype(np.int64))


def as_patches(pictures: npt.NDArray[np.uint8]) -> Patches:
    """The model's input, `(n, 28, 28)` float32, of `(n, h, w)` pictures.

    Pictures of 28x28 are taken to be patches already, as MNIST's are; others are cut to their ink
    and brought into that form.
    """
    if pictures.shape[1:] == (SIZE, SIZE):
        return np.asarray(pictures / np.float32(255), np.float32)
    return plain_patches(pictures)


def judge_patches(
    probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.int64]
) -> DigitFigures:
    """Figures of patches that were read.

    Args:
        probabilities: `(n, 11)`, calibrated; n is at least 1.
        labels: `(n,)`, 0 to 9.
    """
    own = np.asarray(probabilities, np.float64)
    read = own.argmax(axis=1)
    confusion = np.zeros((10, 11), np.int64)
    np.add.at(confusion, (labels, read), 1)
    likelihood = own[np.arange(len(labels)), labels]
    return DigitFigures(
        count=len(labels),
        accuracy=1 - measure.error_rate(own, labels),
        loss=float(-np.log(np.maximum(likelihood, 1e-12)).mean()),
        digit_error=measure.error_rate(own[:, :10], labels),
        calibration_error=measure.calibration_error(own, labels),
        confusion=confusion,
        calibration=reliability(own.max(axis=1), read == labels, BINS),
    )


def mistakes(
    probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Indices of the patches that were read wrongly, the most confident mistakes first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    order = np.argsort(-probabilities[wrong].max(axis=1), kind="stable")
    return np.asarray(wrong[order], np.int64)


def share(part: float, whole: float) -> float | None:
    """A share in [0, 1]; None of nothing."""
    return float(part / whole) if whole else None


def _split(path: Path) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    with opened_npz(path) as file:
        for pictures, labels in (("x_test", "y_test"), ("x_train", "y_train")):
            if pictures in file and labels in file:
                return file[pictures], file[labels]
    raise DataError(f"{path}: holds neither x_test and y_test nor x_train and y_train")
