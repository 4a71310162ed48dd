"""How a model bears what it was not made for: `python benchmarks/robustness.py --data mnist.npz`.

Three tables: digits prepared, written and photographed in other ways than MNIST's, each beside a
bar to stay below; marks that are no digit, with `--negatives omniglot.npz` real handwriting among
them, and how many are taken for one; and confidence against accuracy.

What is chosen by these figures is chosen with `--split validation`, the last 6000 digits of MNIST's
train split; the test split is for the table at the end.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from livedigits.classify import load_classifier
from livedigits.cli.console import Console
from livedigits.errors import LivedigitsError
from livedigits.learn import report
from livedigits.learn.canvases import NOT_A_DIGIT, from_pictures
from livedigits.learn.captured import captured_marks
from livedigits.learn.data import load_mnist
from livedigits.learn.measure import even_rubbish, reject_threshold
from livedigits.learn.rejection import (
    KINDS,
    AtThresholds,
    CharacterFigures,
    KindFigures,
    judge_kind,
    read_characters,
    unseen_alphabets,
)
from livedigits.learn.robustness import (
    CONDITIONS,
    ConditionFigures,
    ReadFigures,
    judge_condition,
    judge_digits,
    read_marks,
    read_patches,
)
from livedigits.learn.splits import PART
from livedigits.present.sink import writing

SCENES = 28
"""Rendered pages that digits are cut out of as a camera sees them, four of each surface."""

MADE = 1000
"""Marks of each kind that is drawn."""

CALIBRATED = ("clean", "stretched to 28x28", "rotated 30 deg")
"""Conditions that the table of calibration repeats."""

SHOWN = 60
"""Characters on the sheet of the worst."""

LISTED = 15
"""Characters in the list of those that are most often taken for digits."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that was measured.

    Attributes:
        model: its name.
        engine: that ran it.
        split: of MNIST that was altered.
        conditions: digits that were altered.
        camera: digits cut out of rendered pages.
        thresholds: from which on a mark counts as taken for a digit.
        kinds: marks that were drawn or cut out of rendered pages, by kind.
        alphabets: real characters, by alphabet.
        unseen_alphabets: those that the model did not learn from, by its card.
        unseen: the characters of all of these.
        characters: the real ones that are taken for digits, those that are most often so first.
    """

    model: str
    engine: str
    split: str
    conditions: list[ConditionFigures]
    camera: ReadFigures
    thresholds: AtThresholds
    kinds: list[KindFigures]
    alphabets: list[KindFigures]
    unseen_alphabets: list[str]
    unseen: KindFigures | None
    even_rubbish: float | None
    characters: list[CharacterFigures]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, metavar="FILE.npz", required=True, help="MNIST")
    parser.add_argument("--negatives", type=Path, metavar="FILE.npz", help="Omniglot characters")
    parser.add_argument("--model", metavar="NAME|PATH", help="default: the shipped one")
    parser.add_argument("--engine", choices=("auto", "litert", "keras"), default="auto")
    parser.add_argument("--split", choices=("test", "validation"), default="test")
    parser.add_argument("--seed", type=int, default=2026, help="of everything random")
    parser.add_argument(
        "--report", type=Path, metavar="DIR", help="write a sheet of the worst characters"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    args = parser.parse_args()
    if args.report is not None and args.negatives is None:
        parser.error("--report shows real characters and needs --negatives")
    try:
        figures = measured(args)
    except LivedigitsError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_status)
    if args.json:
        print(json.dumps(asdict(figures), indent=2))
    else:
        print("\n\n".join((conditions_table(figures), marks_table(figures), calibration(figures))))


def measured(args: argparse.Namespace) -> Figures:
    """All figures that the options ask for.

    Raises:
        LivedigitsError: the data or the model cannot be used, or the report not be written.
    """
    if args.report is not None:
        with writing(args.report):
            args.report.mkdir(parents=True, exist_ok=True)
    classifier = load_classifier(args.model, args.engine)
    mnist = load_mnist(args.data)
    count = len(mnist.train_labels) // PART  # what training keeps back
    kept_back, kept_labels = mnist.train_pictures[-count:], mnist.train_labels[-count:]
    pictures, labels = mnist.test_pictures, mnist.test_labels
    if args.split == "validation":
        pictures, labels = kept_back, kept_labels
    real = read_characters(classifier, args.negatives) if args.negatives is not None else None

    conditions = [
        judge_condition(classifier, i, pictures, labels, seed=args.seed)
        for i in Console().progress(CONDITIONS, len(CONDITIONS), "conditions")
    ]
    # Training draws its pages from other seeds: a number, or one with a 1 behind it.
    camera = captured_marks(SCENES, np.random.default_rng((args.seed, 2)))
    read, digits = read_marks(classifier, camera.pictures), camera.labels < NOT_A_DIGIT
    at = AtThresholds(
        mnist=reject_threshold(read_patches(classifier, kept_back), kept_labels),
        camera=reject_threshold(read, camera.labels),
        reported=classifier.card.reject_threshold,
    )
    sources = from_pictures(pictures, labels)
    kinds = []
    for kind in KINDS:
        marks = kind.marks(MADE, sources, seed=args.seed)
        kinds.append(judge_kind(kind.name, read_marks(classifier, marks), at))
    kinds.append(judge_kind("others on rendered pages", read[~digits], at))

    alphabets, new, unseen, characters = [], [], None, []
    if real is not None:
        names = np.unique(real.alphabets).tolist()
        new = unseen_alphabets(classifier.card, names)
        alphabets = [judge_kind(name, real.of([name]), at) for name in names]
        unseen = judge_kind("all unseen alphabets", real.of(new), at) if new else None
        characters = real.often_taken(at.mnist)
        if args.report is not None:
            mistakes = real.mistakes(at.mnist)
            sheet = report.draw_mistakes(mistakes[:SHOWN], len(mistakes))
            report.save(args.report / "taken_for_digits.png", sheet)
    return Figures(
        model=classifier.card.name,
        engine=classifier.engine.name,
        split=args.split,
        conditions=conditions,
        camera=judge_digits(classifier, read[digits], camera.labels[digits]),
        thresholds=at,
        kinds=kinds,
        alphabets=alphabets,
        unseen_alphabets=new,
        unseen=unseen,
        even_rubbish=even_rubbish(read[digits], real.of(new)) if unseen and real else None,
        characters=characters,
    )


def conditions_table(figures: Figures) -> str:
    """Errors in percent; the model alone is what is held against the bar."""
    rows = [
        f"Errors on MNIST's {figures.split} digits in %, model {figures.model} ({figures.engine}); "
        "in brackets among the ten digits",
        f"{'condition':38} {'bar':>6}  {'alone':^15}  {'':6}  {'cut out again':^15}",
    ]
    for i in figures.conditions:
        bar = "" if i.bar is None else f"{100 * i.bar:.2f}"
        beaten = {None: "", True: "beaten", False: "MISSED"}[i.beaten]
        rows.append(
            f"{i.name:38} {bar:>6}  {errors(i.alone)}  {beaten:6}  {errors(i.met)}".rstrip()
        )
    judged = [i.beaten for i in figures.conditions if i.beaten is not None]
    return "\n".join([*rows, f"{sum(judged)} of {len(judged)} bars beaten"])


def errors(read: ReadFigures | None) -> str:
    """Both counts of errors, in percent."""
    if read is None:
        return f"{'-':^15}"
    return f"{100 * read.error:6.2f} {f'({100 * read.error_among_digits:.2f})':>8}"


def marks_table(figures: Figures) -> str:
    """Shares of marks taken for digits, in percent, at each threshold."""
    at = figures.thresholds
    rows = [
        "Marks that are no digit, and the share in % taken for one at a threshold that keeps 99 %",
        "of MNIST's kept back digits, 99 % of a camera's digits, and at the model's own",
        f"{'':38} {'count':>6}  {at.mnist:7.3f}  {at.camera:7.3f}  {at.reported:7.3f}",
    ]
    unseen = [figures.unseen] if figures.unseen is not None else []
    for i in (*figures.kinds, *figures.alphabets, *unseen):
        shares = (i.taken.mnist, i.taken.camera, i.taken.reported)
        name = f"{i.name}, unseen" if i.name in figures.unseen_alphabets else i.name
        rows.append(f"{name:38} {i.count:6}  " + "  ".join(f"{100 * j:7.2f}" for j in shares))
    if figures.even_rubbish is not None:
        rows.append(
            "As many digits of a camera have more than this probability of no digit as unseen "
            f"characters have less: {figures.even_rubbish:g}"
        )
    if figures.characters:
        rows += ["", f"Characters most often taken for digits (at {at.mnist:.3f})"]
    for character in figures.characters[:LISTED]:
        name = f"{character.alphabet}, {character.name}"
        taken = f"{character.taken} of {character.count}"
        rows.append(f"{name:38} {taken:>9}, mostly for {character.digit}")
    return "\n".join(rows)


def calibration(figures: Figures) -> str:
    """Expected calibration errors in percent, at temperature 1 and at the model's own."""
    rows = [
        "Expected calibration error in %, at temperature 1 and at the model's own",
        f"{'':38} {'at 1':>6}  {'own':>6}  {'confidence':>10}  {'right':>6}",
    ]
    read = {i.name: i.alone for i in figures.conditions if i.name in CALIBRATED}
    for name, i in {**read, "digits on rendered pages": figures.camera}.items():
        rows.append(
            f"{name:38} {100 * i.untempered:6.2f}  {100 * i.calibration_error:6.2f}"
            f"  {100 * i.confidence:10.2f}  {100 * (1 - i.error):6.2f}"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
