"""Material: all that a run learns from and is judged by."""

import dataclasses
import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livedigits.learn.architectures import ARCHITECTURES
from livedigits.learn.canvases import (
    NOT_A_DIGIT,
    SIDE,
    Canvases,
    from_pictures,
    handwritten_digits,
    place,
)
from livedigits.learn.captured import captured_clutter, captured_marks
from livedigits.learn.data import (
    Characters,
    Labelled,
    load_characters,
    load_digits,
    load_extra,
)
from livedigits.learn.options import TrainOptions
from livedigits.learn.rubbish import chimeras, no_digits
from livedigits.learn.splits import Splits, split
from livedigits.learn.strings import Makers, touching_digits
from livedigits.learn.typefaces import printed_digits

EXTRA_SHARE = 0.1
"""A user's own marks are repeated until they are such a share of all: they are what the model is
for, and each comes bent anew every time."""

MOST_REPEATS = 20
"""A mark is repeated so often at most, lest a few are learned by heart."""

JUDGED_ALPHABETS = ("Balinese", "Early_Aramaic")
"""Kept out of training to judge the rejection of unseen characters."""

_WHOLE = 60_000
"""Digits, MNIST's, that the amounts in `TrainOptions` go with."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that a run learns from and is judged by.

    Attributes:
        learned: to learn from.
        validation: digits of the train split that were kept back.
        test: digits to judge by.
        camera: marks as the finder cuts them out of rendered pages; None for ten classes.
        unseen: characters of alphabets that were kept out of training; None without such.
        is_mnist: whether the digits are MNIST's, all of them.
        sources: what is learned from, each with its licence.
        notes: what a person should know of it.
    """

    learned: Canvases
    validation: Canvases
    test: Labelled
    camera: Canvases | None
    unseen: Canvases | None
    is_mnist: bool
    sources: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of everything that is learned from."""
        own = hashlib.sha256(self.learned.pictures.data)
        own.update(self.learned.labels.data)
        return own.hexdigest()


def gather(options: TrainOptions) -> Material:
    """Loads and makes all that a run needs; minutes for the default architecture.

    Raises:
        DataError: the data cannot be used.
    """
    data = load_digits(options.data)
    splits = split(data, options.limit)
    extra = [load_extra(folder) for folder in options.extra]
    characters = load_characters(options.characters) if options.characters else None
    rejects = ARCHITECTURES[options.arch].rejects
    notes, sources = list(splits.notes), [_digits_source(options, splits)]

    learned = canvases_of(splits.train)
    camera = unseen = None
    if rejects:
        amounts = _amounts(options, splits)
        learned = _recipe(learned, amounts, characters) + canvases_of(splits.others)
        camera = _camera(amounts)
        sources += _recipe_sources(amounts)
    if characters is not None:
        judged = np.isin(characters.alphabets, JUDGED_ALPHABETS)
        unseen = _no_digits_of(characters.pictures[judged])
    for folder, own in zip(options.extra, extra, strict=True):
        marks = canvases_of(own) if rejects else digits_of(canvases_of(own))
        times = _repeats(len(marks), len(learned))
        sources.append(f"{len(marks)} marks of {folder.name}, each {times} times (the user's own)")
        for _ in range(times):
            learned += marks
    left = sum(int((i.labels == NOT_A_DIGIT).sum()) for i in (splits.others, *extra))
    if left and not rejects:
        notes.append(
            f"{left} marks that are no digit are left out: {options.arch} has no such class"
        )
    return Material(
        learned=learned,
        validation=canvases_of(splits.validation),
        test=splits.test,
        camera=camera,
        unseen=unseen,
        is_mnist=splits.is_mnist and options.limit is None,
        sources=tuple(sources),
        notes=tuple(notes),
    )


def canvases_of(marks: Labelled) -> Canvases:
    """Marks of any size as canvases; none of none."""
    if not len(marks):
        return Canvases(np.zeros((0, SIDE, SIDE), np.uint8), np.zeros(0, np.int64))
    return Canvases(np.stack([place(picture) for picture in marks.pictures]), marks.labels)


def digits_of(canvases: Canvases) -> Canvases:
    """Those that are digits."""
    digits = canvases.labels < NOT_A_DIGIT
    return Canvases(canvases.pictures[digits], canvases.labels[digits])


def _recipe(train: Canvases, amounts: TrainOptions, characters: Characters | None) -> Canvases:
    """What the default architecture learns from: digits, made ones, and what is none."""
    rng = np.random.default_rng(amounts.seed)
    digits = train + handwritten_digits(amounts.handwritten, rng)
    canvases = digits + no_digits(amounts.no_digits, digits, rng)
    canvases += captured_marks(amounts.scenes, rng) + captured_clutter(amounts.clutter, rng)
    canvases += touching_digits(amounts.touching, Makers(train), rng)
    canvases += printed_digits(amounts.printed, rng)
    if characters is not None:
        real = learned_characters(characters)
        # They are few and worth more than made ones: each comes three times, bent anew.
        canvases = canvases + real + real + real + chimeras(real, 2 * len(real), rng)
    return canvases


def _camera(amounts: TrainOptions) -> Canvases:
    rng = np.random.default_rng((amounts.seed, 1))
    camera = captured_marks(max(7, amounts.scenes // 6), rng)
    return camera + captured_clutter(max(7, amounts.clutter // 6), rng)


def _amounts(options: TrainOptions, splits: Splits) -> TrainOptions:
    """The options with as much less to be made as --limit leaves of the digits."""
    if options.limit is None:
        return options
    share = min(1.0, (len(splits.train) + len(splits.validation)) / _WHOLE)
    return dataclasses.replace(
        options,
        handwritten=max(10, round(share * options.handwritten)),
        scenes=max(7, round(share * options.scenes)),
        clutter=max(7, round(share * options.clutter)),
        no_digits=max(10, round(share * options.no_digits)),
        touching=max(10, round(share * options.touching)),
        printed=max(10, round(share * options.printed)),
    )


def _repeats(count: int, others: int) -> int:
    """How often `count` marks come to make up their share beside so many others."""
    if not count:
        return 0
    wanted = EXTRA_SHARE / (1 - EXTRA_SHARE) * others / count
    return round(min(max(wanted, 1), MOST_REPEATS))


def learned_characters(characters: Characters) -> Canvases:
    """Those of the alphabets that are learned from."""
    learned = ~np.isin(characters.alphabets, JUDGED_ALPHABETS)
    return _no_digits_of(characters.pictures[learned])


def _no_digits_of(pictures: npt.NDArray[np.uint8]) -> Canvases:
    return from_pictures(pictures, np.full(len(pictures), NOT_A_DIGIT))


def _digits_source(options: TrainOptions, splits: Splits) -> str:
    kept, count = len(splits.validation), len(splits.train)
    if not splits.is_mnist:
        name = options.data.name if options.data else "the data"
        return f"{count} digits of {name} (the user's own)"
    of = "MNIST train split" if options.limit is None else f"first {count + kept} of MNIST's digits"
    return f"{of} without its last {kept} digits (LeCun, Cortes, Burges; CC BY-SA 3.0)"


def _recipe_sources(amounts: TrainOptions) -> list[str]:
    sources = [
        f"{amounts.handwritten} digits of livedigits' own handwriting synthesis (MIT)",
        f"{amounts.touching} digits cut out of strings of both, and {amounts.printed} printed ones",
        f"marks cut out of {amounts.scenes} pages and {amounts.clutter} pictures without a digit, "
        f"all rendered by livedigits, and {amounts.no_digits} drawn marks that are no digit (MIT)",
    ]
    if amounts.characters:
        sources.append(
            f"Omniglot characters but for the alphabets {' and '.join(JUDGED_ALPHABETS)} "
            "(Lake, Salakhutdinov, Tenenbaum; MIT)"
        )
    return sources
