"""Splits: what of a data set is learned from, what is kept back, and what it is judged by."""

import hashlib
from dataclasses import dataclass

import numpy as np

from livedigits.errors import DataError
from livedigits.learn.canvases import NOT_A_DIGIT
from livedigits.learn.data import DigitData, Labelled

PART = 10
"""One digit in so many is kept back for validation, and to test by where there is no test split."""

FEWEST = 2 * PART
"""Digits that can be shared out at all."""

_MNIST = "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"
"""SHA-256 of the labels of MNIST's train split, a byte each."""


@dataclass(frozen=True, slots=True)
class Splits:
    """A data set in parts.

    Attributes:
        train: digits to learn from.
        validation: digits kept back, to fit temperature and threshold and to draw curves by.
        test: digits to judge by.
        others: marks to learn from that are no digit.
        is_mnist: whether it is MNIST.
        notes: what a person should know of it.
    """

    train: Labelled
    validation: Labelled
    test: Labelled
    others: Labelled
    is_mnist: bool
    notes: tuple[str, ...] = ()


def split(data: DigitData, limit: int | None = None) -> Splits:
    """Shares out a data set.

    The last tenth of the train split is kept back for validation, a random tenth (always the same)
    where the last one lacks a class that others have. Without a test split, another random tenth
    is kept back to test by.

    Args:
        data: with a train split.
        limit: take the first so many digits of each split only.

    Raises:
        DataError: there are too few digits.
    """
    notes = [f"{data.train.skipped} files are no images"] * bool(data.train.skipped)
    train, test = _digits(data.train), _digits(data.test)
    if len(train) < FEWEST:
        raise DataError(f"--data holds {len(train)} digits to learn from; {FEWEST} are the least")
    if not len(test):
        train = _shuffled(train)
        count = len(train) // PART
        train, test = train[count:], train[:count]
        notes.append(f"the data have no test split: {count} of their digits are kept back as one")
    train, test = train[:limit], test[:limit]
    count = len(train) // PART
    if set(train.labels[-count:]) != set(train.labels):
        train = _shuffled(train)
    return Splits(
        train=train[:-count],
        validation=train[-count:],
        test=test,
        others=data.train[np.flatnonzero(data.train.labels == NOT_A_DIGIT)],
        is_mnist=hashlib.sha256(data.train.labels.astype(np.uint8).data).hexdigest() == _MNIST,
        notes=tuple(notes),
    )


def _digits(marks: Labelled) -> Labelled:
    return marks[np.flatnonzero(marks.labels < NOT_A_DIGIT)]


def _shuffled(marks: Labelled) -> Labelled:
    return marks[np.random.default_rng(0).permutation(len(marks))]
