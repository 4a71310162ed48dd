"""Measuring a model on patches: errors, calibration, and what it takes for a digit that is none."""

import numpy as np
import numpy.typing as npt

from livedigits.classify import softmax
from livedigits.learn.calibration import expected_error, reliability

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def error_rate(probabilities: Floats, labels: Labels) -> float:
    """Share of patches whose most probable class is not theirs."""
    return float((probabilities.argmax(axis=1) != labels).mean())


def calibration_error(probabilities: Floats, labels: Labels) -> float:
    """Expected calibration error (Guo et al., 2017): mean gap between confidence and accuracy."""
    right = probabilities.argmax(axis=1) == labels
    return expected_error(reliability(probabilities.max(axis=1), right)) or 0.0


def fit_temperature(logits: npt.NDArray[np.floating], labels: Labels) -> float:
    """The temperature under which the labels are likeliest, from 0.5 to 3 in steps of 0.01."""
    rows = np.arange(len(labels))
    candidates = np.arange(0.5, 3.001, 0.01)
    losses = [-np.log(softmax(logits, t)[rows, labels] + 1e-12).mean() for t in candidates]
    return round(float(candidates[int(np.argmin(losses))]), 2)


def reject_threshold(probabilities: Floats, labels: Labels, keep: float = 0.99) -> float:
    """The confidence that `keep` of the digits reach in their own class."""
    digits = labels < 10
    own = probabilities[digits, labels[digits]]
    return round(float(np.quantile(own, 1 - keep)), 3)


def even_rubbish(digits: Floats, others: Floats) -> float:
    """The probability of "not a digit" beyond which as many digits are as others are below.

    Args:
        digits: probabilities of marks that are digits, `(n, 11)`.
        others: of marks that are none, `(m, 11)`.
    """
    levels = np.logspace(-8, -0.01, 800)
    worse = 1 - np.searchsorted(np.sort(digits[:, 10]), levels) / len(digits)
    better = np.searchsorted(np.sort(others[:, 10]), levels) / len(others)
    return float(f"{levels[int(np.abs(worse - better).argmin())]:.2g}")


def taken_for_digits(probabilities: Floats, threshold: float) -> float:
    """Share of patches reported as a digit; to be used on marks that are none."""
    return float(are_digits(probabilities, threshold).mean())


def are_digits(probabilities: Floats, threshold: float) -> npt.NDArray[np.bool_]:
    """Which patches are reported as a digit."""
    digits = probabilities[:, :10]
    reported = (digits.max(axis=1) >= threshold) & (probabilities.argmax(axis=1) < 10)
    return np.asarray(reported, np.bool_)
