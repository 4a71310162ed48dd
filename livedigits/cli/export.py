"""`livedigits export`: brings a model into a form that other programs run."""

import argparse
import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from livedigits.cli.console import Console
from livedigits.cli.models import size_text, unusable
from livedigits.cli.options import Subparsers, add_command, add_loading_options, model_options_of
from livedigits.errors import ExitStatus, ModelError, SettingsError
from livedigits.hush import hushed

if TYPE_CHECKING:
    from livedigits.learn.export import Exported, ExportOptions
    from livedigits.learn.forms import Form

_DETAILS = """\
Writes a model as a LiteRT file (.tflite), or as a SavedModel that TensorFlow Serving takes.

What is written takes the same pictures as the model, and has a card beside it (.json) that says
which, so that livedigits reads with it at once. It is first shown the reference digits, which come
with livedigits; one that says something else of them than the model is not written. The card tells
how far they differ.

A .tflite file that is there is replaced. A folder gets another numbered version, the first time 1,
as TensorFlow Serving expects it, and keeps those that it has.

--precision float16 makes the file half as large, dynamic and int8 a quarter. dynamic rounds the
weights to eight bits and says nearly the same, up to three times as fast; it is what `livedigits
train` writes. int8 is full integer quantisation: its input and output are int8, too, with the scale
and the zero point that the file states.
"""

_EXAMPLES = """\
  livedigits export mine.keras --out mine.tflite --precision dynamic
                                                              the fast form of a model
  livedigits export mine.h5 --out small.tflite --precision int8
                                                              for a microcontroller
  livedigits export mine.keras --out serving/digits           for TensorFlow Serving:
  tensorflow_model_server --rest_api_port=8501 --model_name=digits \\
      --model_base_path=$PWD/serving/digits
  livedigits read page.jpg --model small.tflite               try it
"""


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(
        subparsers, "export", "bring a model into another form", _DETAILS, _EXAMPLES
    )
    parser.add_argument(
        "model",
        metavar="NAME|PATH",
        help="livedigits, or a .keras or .h5 file, a SavedModel folder or a checkpoint",
    )
    group = parser.add_argument_group("what is written")
    group.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE.tflite|FOLDER",
        help="a LiteRT file, or the folder for a SavedModel's version",
    )
    group.add_argument(
        "--to",
        choices=("litert", "savedmodel"),
        help="the form (default: litert if --out ends in .tflite, else savedmodel)",
    )
    group.add_argument(
        "--precision",
        choices=("float32", "float16", "dynamic", "int8"),
        default="float32",
        help="of a LiteRT file (default: float32)",
    )
    add_loading_options(parser.add_argument_group("model"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> ExitStatus:
    """Exports one model and prints how far the export differs from it."""
    console = Console.of(args)
    options, model_options = options_of(args), model_options_of(args)

    from livedigits.classify import load_classifier
    from livedigits.classify.formats import find_model
    from livedigits.classify.loading import model_path
    from livedigits.cli.signals import Signals
    from livedigits.learn.export import check_target, export
    from livedigits.present.textfile import TextTarget

    with Signals() as signals:
        try:
            found = find_model(model_path(args.model))
            if found.kind == "litert":
                raise ModelError(
                    f"{found.path}: is a LiteRT file, which is an export already; give the model "
                    "that it was made of"
                )
            check_target(found.path, options)
            with nullcontext() if args.verbose else hushed():
                source = load_classifier(found.path, "keras", model_options)
            exported = export(source, options, signals.held)
        except ModelError as error:
            return unusable(error, args)
    TextTarget("-").write(_table(exported))
    console.note(f"wrote {exported.path} and {exported.card_path}")
    return ExitStatus.DONE


def options_of(args: argparse.Namespace) -> "ExportOptions":
    """What a command line asks for.

    Raises:
        SettingsError: the name does not tell the form, or the precision does not go with it.
    """
    from livedigits.learn.export import ExportOptions

    is_file = args.out.suffix == ".tflite"
    if args.to is None and args.out.suffix and not is_file and not args.out.is_dir():
        raise SettingsError(
            f"--out {args.out}: does not tell the form; end it in .tflite, or add --to savedmodel "
            "for a folder of that name"
        )
    to: Form = args.to or ("litert" if is_file else "savedmodel")
    if to == "savedmodel" and args.precision != "float32":
        raise SettingsError(
            f"--precision {args.precision} goes with LiteRT files; end --out in .tflite"
        )
    words = ["livedigits", "export", Path(args.model).name]
    for option, default in (("arch", None), ("scaling", "auto"), ("model_polarity", "auto")):
        value = getattr(args, option)
        if value != default:
            words += [f"--{option.replace('_', '-')}", value]
    words += ["--allow-code"] if args.allow_code else []
    words += ["--to", to] if args.to else []
    words += ["--precision", args.precision] if args.precision != "float32" else []
    command = shlex.join([*words, "--out", args.out.name])
    return ExportOptions(out=args.out, to=to, precision=args.precision, command=command)


def _table(exported: "Exported") -> str:
    difference = exported.difference
    accuracy = exported.card.figures["reference_accuracy"]
    return (
        f"reference digits     {100 * accuracy:.1f} % read rightly\n"
        f"changed answers      {100 * difference.changed:.1f} %\n"
        f"greatest difference  {difference.greatest:.2g}\n"
        f"mean difference      {difference.mean:.2g}\n"
        f"size                 {size_text(exported.size)}\n"
    )
