"""Probing: how a model wants its pictures, found by showing it digits that are known."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt

from livedigits.classify.engines import Engine, Outputs
from livedigits.classify.form import POLARITIES, SCALINGS, InputForm, Inputs, ModelPolarity, Scaling
from livedigits.classify.shipped import reference_labels, reference_patches
from livedigits.errors import ModelError
from livedigits.find.patches import Patches

OutputKind = Literal["logits", "probabilities"]

READS = 0.6
"""A model that reads fewer of the reference digits in every form is taken to be untrained."""

_LARGE = 64 * 64 * 3
"""Values in a picture from which on a few reference digits have to do: the network is slow."""

_FEW = 30

_DOUBT = 1e-5
"""Least probability that counts: one mistake, however sure, must not outweigh all the rest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How a model wants its pictures.

    Attributes:
        form: of the pictures.
        output: what it gives.
        accuracy: share of the reference digits that it reads so.
    """

    form: InputForm
    output: OutputKind
    accuracy: float


def probe(
    engine: Engine,
    shape: tuple[int, ...],
    scaling: Scaling | None = None,
    polarity: ModelPolarity | None = None,
    within: tuple[float, float] | None = None,
) -> Finding:
    """Shows a model the reference digits in every form and takes the one that it reads best.

    The best is the likeliest: fed with values ten times too large, most networks still read most
    digits, but are sure of their mistakes, too; too small ones leave them in doubt of everything.
    Where it reads none well, as before training, it is the plain one: 0..1, light on dark.

    Args:
        engine: runs the model.
        shape: of one picture.
        scaling: the only one to try; None tries all.
        polarity: likewise.
        within: least and largest value that a quantised model takes. What lies beyond is cut off,
            which can make digits look clearer; so only forms that stay within are tried, if any.

    Raises:
        ModelError: what it gives are no numbers.
    """
    patches = reference_patches()
    if math.prod(shape) > _LARGE:
        patches = patches[:_FEW]
    forms = [
        InputForm(shape, *way)
        for way in product(
            [scaling] if scaling else SCALINGS, [polarity] if polarity else POLARITIES
        )
    ]
    if within is not None:
        forms = [form for form in forms if _stays(form(patches), within)] or forms
    given = [engine(form(patches)) for form in forms]
    if not np.isfinite(given[0]).all():
        raise ModelError("gives no numbers (not finite); its weights are damaged")
    output: OutputKind = "probabilities" if _look_like_probabilities(given[0]) else "logits"
    scores = [_score(outputs, output) for outputs in given]
    best = max(range(len(forms)), key=lambda i: scores[i].likelihood)
    if scores[best].accuracy < READS:
        best = 0
    return Finding(forms[best], output, scores[best].accuracy)


def reference_accuracy(classify: Callable[[Patches], npt.NDArray[np.float32]]) -> float:
    """The share of the reference digits that a classifier reads; "not a digit" is a mistake."""
    patches = reference_patches()
    return float((classify(patches).argmax(axis=1) == reference_labels(len(patches))).mean())


def _stays(inputs: Inputs, within: tuple[float, float]) -> bool:
    """Whether values lie in a range, give or take a twentieth of it."""
    slack = (within[1] - within[0]) / 20
    return bool(within[0] - slack <= inputs.min() and inputs.max() <= within[1] + slack)


@dataclass(frozen=True, slots=True)
class _Score:
    """How well a model reads the reference digits in one form."""

    accuracy: float
    likelihood: float


def _score(outputs: Outputs, kind: OutputKind) -> _Score:
    labels = reference_labels(len(outputs))
    values = np.nan_to_num(outputs.astype(np.float64), nan=0.0, posinf=1e30, neginf=-1e30)
    if kind == "logits":
        values -= values.max(axis=1, keepdims=True)
        values = np.exp(values)
        values /= values.sum(axis=1, keepdims=True)
    true = values[np.arange(len(labels)), labels]
    return _Score(
        accuracy=float((values.argmax(axis=1) == labels).mean()),
        likelihood=float(np.log(np.maximum(true, _DOUBT)).mean()),
    )


def _look_like_probabilities(outputs: Outputs) -> bool:
    # Of a quantised model they sum to 1 but for the rounding of each.
    return bool((outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=0.04))
