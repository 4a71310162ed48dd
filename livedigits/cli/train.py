"""`livedigits train`: makes a model."""

import argparse
import dataclasses
import os
import re
import shlex
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, cast

from livedigits.cli.console import Console
from livedigits.cli.options import Subparsers, add_command, positive
from livedigits.errors import ExitStatus, SettingsError
from livedigits.hush import hushed
from livedigits.learn.architectures import ARCHITECTURES, DEFAULT, BaseWeights, architecture

if TYPE_CHECKING:
    from livedigits.learn.options import TrainOptions

_TEACHER_EPOCHS = 10
_START_EPOCHS = 5

_DETAILS = """\
Trains a model that reads digits under a camera: the one that is shipped, or one from a tutorial.

Every epoch sees each digit anew, bent, written with another pen and photographed as a camera would.
The default architecture also learns from handwriting of livedigits' own making, from much that is
no digit, and from a larger model that is trained before it and thrown away.

Writes beside each other the model, its fast form (.tflite), its card (.json, with every measured
figure) and its learning curves (.png). A tenth of the train split is kept back for the curves and
to calibrate the model. The same options give the same files on the same machine.

Ctrl-C ends a run and writes the model of its best epoch so far, that of least loss on the digits
kept back; the same command goes on after the last whole epoch. That takes a folder, OUT.progress,
which is there until the run is whole.
"""

_EXAMPLES = """\
  livedigits train                                  downloads MNIST, writes livedigits.keras
  livedigits train --limit 3000 --epochs 3 --teacher-epochs 0 --out quick.keras
                                                    the same in a minute or two, to try it
  livedigits train --arch cnn --out cnn.keras       a tutorial's network
  livedigits train --arch vgg16 --base-weights vgg16_notop.h5 --out vgg16.keras
  livedigits train --start livedigits --extra crops --out mine.keras
                                                    the shipped model, and your own hand besides
  livedigits train --data my_digits --extra crops --out mine.keras
                                                    folders of class folders, 0 to 9
  livedigits read page.jpg --model mine.keras       try it
"""


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "train", "make a model", _DETAILS, _EXAMPLES)
    group = parser.add_argument_group("what learns")
    group.add_argument(
        "--arch",
        default=DEFAULT,
        metavar="NAME",
        help=f"its layers: {', '.join(ARCHITECTURES)} (default: {DEFAULT})",
    )
    group.add_argument(
        "--start",
        type=_start,
        metavar="NAME|PATH",
        help="go on from a model of that architecture, livedigits or a .keras file, not from "
        "chance; its rate of learning is a quarter then, and a few epochs are enough",
    )
    group.add_argument(
        "--base-weights",
        type=_base_weights,
        metavar="imagenet|none|PATH",
        help="what the base of vgg16 starts from: weights that Keras downloads once, chance, or "
        "a copy of those weights; from chance it is trained as well (default: imagenet)",
    )
    group.add_argument(
        "--out",
        type=_keras_file,
        default=Path("livedigits.keras"),
        metavar="FILE.keras",
        help="the model (default: livedigits.keras)",
    )

    group = parser.add_argument_group("what from")
    group.add_argument(
        "--data",
        type=Path,
        metavar="PATH",
        help="digits: an .npz in Keras' layout, IDX files, or a folder of class folders of images, "
        "0 to 9 (default: MNIST, downloaded by Keras)",
    )
    group.add_argument(
        "--extra",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="your own marks in class folders, 0 to 9 and none, to learn from as well; repeated "
        "up to 20 times, until they are a tenth of everything; give it several times for several",
    )
    group.add_argument(
        "--negatives",
        type=Path,
        metavar="FILE.npz",
        help="handwritten characters that are no digits, to learn to leave them alone",
    )
    group.add_argument(
        "--limit",
        type=positive,
        metavar="N",
        help="only the first N digits, and as much less of what is made, to try things quickly",
    )

    group = parser.add_argument_group("how")
    group.add_argument(
        "--epochs",
        type=positive,
        metavar="N",
        help=f"rounds through all data (default: {_START_EPOCHS} with --start, else "
        + ", ".join(f"{i.epochs} for {i.name}" for i in ARCHITECTURES.values())
        + ")",
    )
    group.add_argument(
        "--teacher-epochs",
        type=_natural,
        metavar="N",
        help="rounds of the larger model that the default one learns from; 0 does without "
        f"(default: {_TEACHER_EPOCHS})",
    )
    group.add_argument(
        "--batch-size",
        type=positive,
        default=256,
        metavar="N",
        help="patches a step (default: 256)",
    )
    group.add_argument(
        "--seed", type=_natural, default=7, metavar="N", help="of everything random (default: 7)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> ExitStatus:
    """Trains and prints the figures."""
    console = Console.of(args)
    options = options_of(args)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's greetings
    with nullcontext() if args.verbose else hushed():
        from livedigits.learn.train import train

    from livedigits.cli.signals import Signals
    from livedigits.present.textfile import TextTarget

    kept = options.out.with_suffix(".progress")
    with Signals() as signals:
        try:
            with redirect_stdout(sys.stderr):  # where Keras' progress belongs
                trained = train(
                    options,
                    verbose=console.watched or args.verbose,
                    note=console.note,
                    guard=signals.held,
                )
        except (KeyboardInterrupt, SystemExit):
            goes_on = "; the same command goes on from there" if kept.exists() else ""
            console.note(f"stopped before there was a model to write{goes_on}")
            raise
    card = trained.card
    width = max(map(len, card.figures))
    figures = "".join(f"{name:{width}}  {value}\n" for name, value in card.figures.items())
    TextTarget("-").write(figures)
    beside = (*card.files, *(options.out.with_suffix(i).name for i in (".json", ".png")))
    console.note(f"wrote {', '.join(beside[:-1])} and {beside[-1]}")
    if trained.stopped is not None:
        console.note(
            f"stopped: this is the model of epoch {card.figures['epochs']}; the same command goes "
            "on after the last whole epoch"
        )
        raise trained.stopped
    return ExitStatus.DONE


def recorded_command(options: "TrainOptions") -> str:
    """The command line that makes the same model again, with the names of files alone."""
    default = options.arch == DEFAULT
    taught = default and (options.teacher_epochs or not options.start)
    words = ["livedigits", "train"]
    for option, value in (
        ("--arch", None if default else options.arch),
        ("--start", options.start),
        ("--base-weights", options.base_weights if options.arch == "vgg16" else None),
        ("--data", options.data),
        *(("--extra", folder) for folder in options.extra),
        ("--negatives", options.characters),
        ("--limit", options.limit),
        ("--epochs", options.epochs),
        ("--teacher-epochs", options.teacher_epochs if taught else None),
        ("--batch-size", options.batch_size),
        ("--seed", options.seed),
        ("--out", options.out),
    ):
        if value is not None:
            words += [option, value.name if isinstance(value, Path) else str(value)]
    return shlex.join(words)


def options_of(args: argparse.Namespace) -> "TrainOptions":
    """What a command line asks for.

    Raises:
        SettingsError: there is no such architecture, or an option does not go with it.
    """
    from livedigits.learn.options import TrainOptions

    arch = architecture(args.arch)
    own = {"--teacher-epochs": DEFAULT, "--negatives": DEFAULT, "--base-weights": "vgg16"}
    for option, name in own.items():
        given = getattr(args, option[2:].replace("-", "_")) is not None
        if given and name != arch.name:
            raise SettingsError(f"{option} goes with --arch {name}, not with {arch.name}")
    teacher = 0 if args.start else _TEACHER_EPOCHS  # what has learned needs no teacher
    options = TrainOptions(
        out=args.out,
        arch=arch.name,
        start=args.start,
        data=args.data,
        extra=tuple(args.extra),
        characters=args.negatives,
        epochs=args.epochs or (_START_EPOCHS if args.start else arch.epochs),
        teacher_epochs=teacher if args.teacher_epochs is None else args.teacher_epochs,
        batch_size=args.batch_size,
        seed=args.seed,
        limit=args.limit,
        base_weights=args.base_weights or "imagenet",
    )
    return dataclasses.replace(options, command=recorded_command(options))


def _start(text: str) -> Path:
    if text != DEFAULT:
        return Path(text)
    from livedigits.classify.shipped import models_folder

    return models_folder() / f"{DEFAULT}.keras"


def _keras_file(text: str) -> Path:
    if Path(text).suffix != ".keras":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .keras")
    return Path(text)


def _base_weights(text: str) -> BaseWeights:
    return Path(text) if text not in ("imagenet", "none") else cast(BaseWeights, text)


def _natural(text: str) -> int:
    """A whole number from 0 on."""
    if not re.fullmatch(r"\d{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 999999999")
    return int(text)
