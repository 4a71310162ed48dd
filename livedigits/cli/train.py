"""`livedigits train`: makes a model."""

import argparse
import os
import shlex
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path

from livedigits.cli.console import Console
from livedigits.cli.options import Subparsers, add_command, positive
from livedigits.errors import ExitStatus
from livedigits.hush import hushed

_DETAILS = """\
Trains a model that reads digits under a camera, from MNIST and from handwriting of its own making.

Writes the model, its fast form (.tflite) and its card (.json, with every measured figure) beside
each other. A run that was stopped goes on after its last whole epoch when started again.
"""

_EXAMPLES = """\
  livedigits train                                 downloads MNIST, writes livedigits.keras
  livedigits train --data mnist.npz --epochs 5 --out quick.keras
  livedigits read page.jpg --model quick.keras     try it
"""


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "train", "make a model", _DETAILS, _EXAMPLES)
    group = parser.add_argument_group("training")
    group.add_argument(
        "--data",
        type=Path,
        metavar="FILE.npz",
        help="MNIST with x_train, y_train, x_test and y_test (default: downloaded by Keras)",
    )
    group.add_argument(
        "--negatives",
        type=Path,
        metavar="FILE.npz",
        help="handwritten characters that are no digits, to learn to leave them alone",
    )
    group.add_argument(
        "--epochs",
        type=positive,
        default=18,
        metavar="N",
        help="rounds through all data (default: 18)",
    )
    group.add_argument(
        "--batch-size",
        type=positive,
        default=256,
        metavar="N",
        help="patches a step (default: 256)",
    )
    group.add_argument(
        "--seed", type=int, default=7, metavar="N", help="of everything random (default: 7)"
    )
    group.add_argument(
        "--out",
        type=_keras_file,
        default=Path("livedigits.keras"),
        metavar="FILE.keras",
        help="the model (default: livedigits.keras)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> ExitStatus:
    """Trains and prints the figures."""
    console = Console.of(args)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's greetings
    with nullcontext() if args.verbose else hushed():
        from livedigits.learn.train import TrainOptions, train

    options = TrainOptions(
        out=args.out,
        data=args.data,
        characters=args.negatives,
        epochs=args.epochs,
        batch_size=args.batch_size,
        seed=args.seed,
        command=recorded_command(args),
    )
    try:
        with redirect_stdout(sys.stderr):  # where Keras' progress belongs
            card = train(options, verbose=console.watched or args.verbose)
    except KeyboardInterrupt:
        console.note("stopped; the same command goes on after the last whole epoch")
        raise

    from livedigits.present.textfile import TextTarget

    width = max(map(len, card.figures))
    figures = "".join(f"{name:{width}}  {value}\n" for name, value in card.figures.items())
    TextTarget("-").write(figures)
    console.note(f"wrote {', '.join(card.files)} and {args.out.with_suffix('.json').name}")
    return ExitStatus.DONE


def recorded_command(args: argparse.Namespace) -> str:
    """The command line that makes the same model again, with the names of files alone."""
    words = ["livedigits", "train"]
    for option, value in (
        ("--data", args.data and args.data.name),
        ("--negatives", args.negatives and args.negatives.name),
        ("--epochs", args.epochs),
        ("--batch-size", args.batch_size),
        ("--seed", args.seed),
        ("--out", args.out.name),
    ):
        if value is not None:
            words += [option, str(value)]
    return shlex.join(words)


def _keras_file(text: str) -> Path:
    if Path(text).suffix != ".keras":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .keras")
    return Path(text)
