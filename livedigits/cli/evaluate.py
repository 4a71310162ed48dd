"""`livedigits evaluate`: how good a model is."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livedigits.cli.console import Console
from livedigits.cli.options import (
    Subparsers,
    add_command,
    add_reading_options,
    positive,
    reader_of,
    settings_of,
)
from livedigits.errors import ExitStatus, LivedigitsError, SettingsError

if TYPE_CHECKING:
    from livedigits.reader import Reader

_DETAILS = """\
Measures how well a model reads labelled data: single digits as MNIST has them, or whole pictures
and recordings with a list of what they show.

For pictures the lines that were read are matched with the true ones so that the sum of their edit
distances is least; that sum over the number of true digits is the digit error rate.

Single digits may be dark on light or light on dark. Those of 28x28 are shown to the model as they
are; those of another size are first brought into MNIST's form, as what the finder finds is. The
test split is taken where there is one, else everything. Marks that are no digit have the label 10
or lie in a class folder "none".
"""

_EXAMPLES = """\
  livedigits evaluate --data mnist                         MNIST's test split, digit by digit
  livedigits evaluate --data crops --json                  crops/0/a.jpg, crops/1/b.png, ...
  livedigits evaluate --data t10k-images-idx3-ubyte.gz     its labels lie beside it
  livedigits evaluate --data mnist.npz --model mine.keras --report report
                                                           with pictures of the mistakes
  livedigits evaluate --photos recordings                  everything in recordings/manifest.json
  livedigits evaluate --photos list.json --tier hard --rows --json
"""

_OF_PHOTOS = {
    **dict.fromkeys(("config", "roi", "polarity", "min_confidence", "tier")),
    "rotate": 0,
    "rows": False,
}
"""Options that say nothing about single digits, with their defaults."""

_SHOWN = 60
"""Mistakes on the sheet at most: more than a few dozen nobody looks at."""


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "evaluate", "measure a model", _DETAILS, _EXAMPLES)
    group = parser.add_argument_group("measuring")
    what = group.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--data",
        type=Path,
        metavar="PATH",
        help="single digits: an .npz as Keras has it, IDX files (.gz too), a folder of images in "
        "class folders 0 to 9, or mnist, which is downloaded",
    )
    what.add_argument(
        "--photos",
        type=Path,
        metavar="MANIFEST|FOLDER",
        help="pictures and recordings: a list of files and lines, or the folder of manifest.json",
    )
    group.add_argument("--limit", type=positive, metavar="N", help="only the first N")
    group.add_argument("--tier", metavar="NAME", help="only the pictures of this tier")
    group.add_argument(
        "--rows", action="store_true", help="list each picture that was not read perfectly"
    )
    group.add_argument(
        "--report", type=Path, metavar="DIR", help="write figures and mistakes as pictures"
    )
    group.add_argument("--json", action="store_true", help="print JSON instead of tables")
    add_reading_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> ExitStatus:
    """Measures and prints the figures."""
    console = Console.of(args)
    if args.photos is not None:
        return _photos(args, console)
    for name, default in _OF_PHOTOS.items():
        if getattr(args, name) != default:
            raise SettingsError(f"--{name.replace('_', '-')} goes with --photos, not with --data")
    return _data(args, console)


def _data(args: argparse.Namespace, console: Console) -> ExitStatus:
    from livedigits.cli.figures import digits_json, digits_table
    from livedigits.learn.data import as_patches, load_digits
    from livedigits.learn.evaluate import judge_patches

    labelled = load_digits(args.data).measured[: args.limit]
    if labelled.skipped:
        files = "1 file" if labelled.skipped == 1 else f"{labelled.skipped} files"
        console.note(f"{args.data}: left out {files} of another kind than images")
    reader = _reader(args, console)
    _make_folder(args.report)

    import numpy as np

    batches = console.progress(labelled.patches(), labelled.batches, "batches")
    probabilities = np.concatenate([reader.classifier(patches) for patches in batches])
    figures = judge_patches(probabilities, labelled.labels)
    if args.report is not None:
        from livedigits.learn import report
        from livedigits.learn.evaluate import mistakes

        wrong = mistakes(probabilities, labelled.labels)
        worst = wrong[:_SHOWN]
        patches = as_patches(labelled[worst].pictures)
        shown = report.mistakes_of(patches, probabilities[worst], labelled.labels[worst])
        report.save(args.report / "confusion.png", report.draw_confusion(figures))
        report.save(args.report / "reliability.png", report.draw_reliability(figures.calibration))
        report.save(args.report / "mistakes.png", report.draw_mistakes(shown, len(wrong)))
        console.note(f"wrote confusion.png, reliability.png and mistakes.png to {args.report}")
    _print(args, reader, digits_json(figures) if args.json else digits_table(figures))
    return ExitStatus.DONE


def _photos(args: argparse.Namespace, console: Console) -> ExitStatus:
    from livedigits.cli.figures import photos_json, photos_table, row_json, row_text
    from livedigits.learn.manifest import load_manifest
    from livedigits.learn.photos import judge, read_photo, summarise

    photos = load_manifest(args.photos, tier=args.tier)[: args.limit]
    reader = _reader(args, console)
    _make_folder(args.report)

    scores, drawn = [], 0
    for number, photo in enumerate(console.progress(photos, len(photos), "pictures"), start=1):
        try:
            view = read_photo(reader, photo, rotate=args.rotate)
        except LivedigitsError as error:
            console.error(error)
            view = None
        score = judge(photo, view)
        scores.append(score)
        if args.report is not None and view is not None and score.errors:
            from livedigits.learn import report

            name = f"{number:04}_{photo.path.stem}.png"
            report.save(args.report / name, report.draw_misread(view, score))
            drawn += 1
    figures = summarise(scores)
    if args.report is not None:
        from livedigits.learn import report

        report.save(args.report / "reliability.png", report.draw_reliability(figures.calibration))
        console.note(f"wrote reliability.png and {drawn} misread pictures to {args.report}")

    misread = [i for i in scores if i.errors or i.seconds is None]
    if args.json:
        rows = {"rows": [row_json(i) for i in misread]} if args.rows else {}
        _print(args, reader, {**photos_json(figures), **rows})
    else:
        lines = [*map(row_text, misread), ""] if args.rows and misread else []
        _print(args, reader, "\n".join([*lines, photos_table(figures)]))
    return ExitStatus.INPUT_FAILED if figures.unread else ExitStatus.DONE


def _reader(args: argparse.Namespace, console: Console) -> "Reader":
    from livedigits.cli.stream import describe_reader

    reader = reader_of(args, settings_of(args))
    describe_reader(reader, console)
    return reader


def _make_folder(folder: Path | None) -> None:
    """Makes it before the work begins, so that a wrong path shows at once."""
    if folder is not None:
        from livedigits.present.sink import writing

        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)


def _print(args: argparse.Namespace, reader: "Reader", figures: dict[str, Any] | str) -> None:
    from livedigits.present.textfile import TextTarget

    if isinstance(figures, dict):
        classifier = reader.classifier
        of = {
            "model": classifier.card.name,
            "engine": classifier.engine.name,
            "source": str(args.data or args.photos),
        }
        figures = json.dumps({**of, **figures}, indent=2)
    TextTarget("-").write(figures + "\n")
