"""Evaluate: how well a model reads labelled pictures of one digit each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livedigits.classify.card import NOT_A_DIGIT
from livedigits.learn import measure
from livedigits.learn.calibration import BINS, Bin, reliability

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How one class is read; shares are None where there is nothing to take a share of.

    Attributes:
        value: the digit, or "not a digit".
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
        digit_error: share of the digits that is read wrongly where "not a digit" is no choice;
            None where there are no digits.
        calibration_error: expected calibration error.
        confusion: `(10, 11)`, how often each digit (row) was read as each class (column);
            `(11, 11)` where there are marks that are no digit.
        calibration: confidence against accuracy.
    """

    count: int
    accuracy: float
    loss: float
    digit_error: float | None
    calibration_error: float
    confusion: Counts
    calibration: tuple[Bin, ...]

    @property
    def classes(self) -> tuple[ClassFigures, ...]:
        """Each row's own figures."""
        written, read = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        return tuple(
            ClassFigures(
                value=str(i) if i < 10 else NOT_A_DIGIT,
                count=int(written[i]),
                accuracy=share(self.confusion[i, i], written[i]),
                precision=share(self.confusion[i, i], read[i]),
                rejected=share(self.confusion[i, 10], written[i]),
            )
            for i in range(len(self.confusion))
        )


def judge_patches(
    probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.int64]
) -> DigitFigures:
    """Figures of patches that were read.

    Args:
        probabilities: `(n, 11)`, calibrated; n is at least 1.
        labels: `(n,)`, 0 to 9, or 10 for what is no digit.
    """
    own = np.asarray(probabilities, np.float64)
    read, digits = own.argmax(axis=1), labels < 10
    confusion = np.zeros((10 if digits.all() else 11, 11), np.int64)
    np.add.at(confusion, (labels, read), 1)
    likelihood = own[np.arange(len(labels)), labels]
    return DigitFigures(
        count=len(labels),
        accuracy=1 - measure.error_rate(own, labels),
        loss=float(-np.log(np.maximum(likelihood, 1e-12)).mean()),
        digit_error=(
            measure.error_rate(own[digits, :10], labels[digits]) if digits.any() else None
        ),
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
