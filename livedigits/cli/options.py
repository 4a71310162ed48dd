"""Options that commands share, and what they come to."""

import argparse
import dataclasses
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livedigits.reading import Box

if TYPE_CHECKING:
    from livedigits.classify import ModelOptions
    from livedigits.reader import Reader
    from livedigits.settings import Settings

Subparsers = Any
"""What `ArgumentParser.add_subparsers` returns; its class has no public name."""


def add_command(
    subparsers: Subparsers, name: str, summary: str, details: str, examples: str
) -> argparse.ArgumentParser:
    """Adds a command with -q and -v.

    Args:
        subparsers: where to add it.
        name: of the command.
        summary: a few words for the list of commands.
        details: what it does, for its own help.
        examples: command lines with what they do, for the end of its help.
    """
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=summary,
        description=details,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    talk = parser.add_argument_group("talk").add_mutually_exclusive_group()
    talk.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")
    talk.add_argument("-v", "--verbose", action="store_true", help="say more")
    return parser


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Adds what decides how pictures are read."""
    add_model_options(parser)
    group = parser.add_argument_group("reading")
    group.add_argument(
        "--engine",
        choices=("auto", "litert", "keras"),
        default="auto",
        help="what runs the model; litert starts fast, keras runs it as trained (default: auto)",
    )
    group.add_argument(
        "--config", type=Path, metavar="FILE.toml", help="settings; the options here go before them"
    )
    group.add_argument(
        "--roi",
        type=box,
        metavar="X,Y,W,H",
        help="read only this region: left, top, width and height in pixels",
    )
    group.add_argument(
        "--polarity",
        choices=("auto", "dark", "light"),
        help="the ink: dark on paper, light on a board (default: auto)",
    )
    group.add_argument(
        "--rotate",
        type=int,
        choices=(0, 90, 180, 270),
        default=0,
        help="turn every picture clockwise first (default: 0)",
    )
    group.add_argument(
        "--min-confidence",
        type=float,
        metavar="P",
        help="leave out digits that are less sure than this, 0 to 1 (default: the model's own)",
    )


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Adds which model is used, and what its file does not say."""
    group = parser.add_argument_group("model")
    group.add_argument(
        "--model",
        metavar="NAME|PATH",
        help=".keras, .h5, .tflite, a SavedModel folder or a checkpoint (default: livedigits)",
    )
    add_loading_options(group)


def add_loading_options(group: argparse._ActionsContainer) -> None:
    """Adds what the file of a model does not say."""
    group.add_argument(
        "--arch",
        metavar="NAME",
        help="the network that a file of weights alone belongs to, see livedigits train --help",
    )
    group.add_argument(
        "--scaling",
        choices=("auto", "0..1", "0..255", "signed", "standard", "l2", "l2-rows", "l2-picture"),
        default="auto",
        help="of the pixels it was trained on; signed is -1..1, l2 keras.utils.normalize "
        "(default: its card's, else found by trying)",
    )
    group.add_argument(
        "--model-polarity",
        choices=("auto", "light", "dark"),
        default="auto",
        help="the ink it was trained on; MNIST's is light (default: its card's, else found)",
    )
    group.add_argument(
        "--allow-code",
        action="store_true",
        help="run Python code that the file holds, in Lambda layers; only if you trust its author",
    )


def add_output_options(parser: argparse.ArgumentParser, *, saves: str, shows: str) -> None:
    """Adds where results go, and how many of them.

    Args:
        parser: to add them to.
        saves: what --save writes.
        shows: when a window is shown.
    """
    group = parser.add_argument_group("results")
    group.add_argument(
        "--json", metavar="FILE", help="write a JSON object a line; - is standard output"
    )
    group.add_argument(
        "--csv", metavar="FILE", help="write a table with a row for each line; - is standard output"
    )
    group.add_argument("--save", type=Path, metavar="PATH", help=f"write {saves}")
    group.add_argument("--show", action=argparse.BooleanOptionalAction, help=shows)
    group.add_argument("--every", type=positive, default=1, metavar="N", help="read every Nth only")
    group.add_argument("--max-frames", type=positive, metavar="N", help="stop after N were read")


def add_event_options(parser: argparse.ArgumentParser) -> None:
    """Adds where events go, for commands that follow digits."""
    group = parser.add_argument_group("events")
    group.add_argument(
        "--events",
        metavar="FILE",
        help="write a JSON object when a line of numbers appears, changes or goes; - is standard "
        "output",
    )
    group.add_argument(
        "--event-snapshots",
        type=Path,
        metavar="FOLDER",
        help="with --events: save an annotated picture of each",
    )


def check_outputs(args: argparse.Namespace, sources: Sequence[str]) -> None:
    """Refuses two results in one file, and one over what is to be read.

    Raises:
        SettingsError: two would go to the same place, or one to where a source is.
    """
    from livedigits.errors import SettingsError

    if getattr(args, "event_snapshots", None) is not None and args.events is None:
        raise SettingsError("--event-snapshots goes with --events; name a file for them, or -")
    files = {os.path.realpath(source) for source in sources if Path(source).is_file()}
    taken: dict[str, str] = {}
    for option, target in _targets(args):
        place = "-" if target == "-" else os.path.realpath(target)
        if place in taken:
            where = "standard output" if target == "-" else target
            raise SettingsError(
                f"{taken[place]} and {option} would both go to {where}; name two files"
            )
        if place in files:
            raise SettingsError(
                f"{option} {target} would overwrite what is to be read; name another file"
            )
        taken[place] = option


def _records(args: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Where options send records, with those options."""
    for name in ("json", "csv", "events"):
        if getattr(args, name, None) is not None:
            yield f"--{name}", getattr(args, name)


def _targets(args: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """All that options name to be written, with those options."""
    yield from _records(args)
    if args.save is not None:
        yield "--save", str(args.save)
    if getattr(args, "record", None) is not None:
        from livedigits.capture.recording import readings_of

        yield "--record", str(args.record)
        yield "the readings of --record", str(readings_of(args.record))


def records_on_stdout(args: argparse.Namespace) -> bool:
    """Whether standard output is taken by --json, --csv or --events."""
    return any(target == "-" for _, target in _records(args))


def records_on_terminal(args: argparse.Namespace) -> bool:
    """Whether one of them runs down a terminal, where a progress bar would be in its way."""
    return records_on_stdout(args) and sys.stdout is not None and sys.stdout.isatty()


def settings_of(args: argparse.Namespace) -> "Settings":
    """The defaults, then what --config says, then the options.

    Raises:
        SettingsError: the file or a value is wrong.
    """
    from livedigits.settings import Settings, replace

    settings = Settings() if args.config is None else Settings.from_toml(args.config)
    if args.polarity is not None:
        find = replace(settings.find, where="--polarity", polarity=args.polarity)
        settings = dataclasses.replace(settings, find=find)
    if args.min_confidence is not None:
        classify = replace(
            settings.classify, where="--min-confidence", min_confidence=args.min_confidence
        )
        settings = dataclasses.replace(settings, classify=classify)
    if getattr(args, "reconnect", None) is not None:
        capture = replace(settings.capture, where="--reconnect", reconnect_s=args.reconnect)
        settings = dataclasses.replace(settings, capture=capture)
    return settings


def model_options_of(args: argparse.Namespace) -> "ModelOptions":
    """What the options say of the model.

    Raises:
        SettingsError: no network is called what --arch says.
    """
    from livedigits.classify import ModelOptions

    build = None
    if args.arch is not None:
        from livedigits.learn import architectures

        architectures.architecture(args.arch)
        build = partial(architectures.build, args.arch)
    return ModelOptions(
        scaling=None if args.scaling == "auto" else args.scaling,
        polarity=None if args.model_polarity == "auto" else args.model_polarity,
        architecture=args.arch,
        build=build,
        allow_code=args.allow_code,
    )


def reader_of(args: argparse.Namespace, settings: "Settings") -> "Reader":
    """A reader as the options ask for.

    Raises:
        ModelError: the model cannot be used.
        SettingsError: no network is called what --arch says.
    """
    from livedigits.hush import hushed
    from livedigits.reader import Reader

    with nullcontext() if args.verbose else hushed():
        return Reader(
            args.model,
            settings,
            engine=args.engine,
            roi=args.roi,
            model_options=model_options_of(args),
        )


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not re.fullmatch(r"0*[1-9]\d*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def box(text: str) -> Box:
    """X,Y,W,H as a box."""
    if not re.fullmatch(r"\d+,\d+,0*[1-9]\d*,0*[1-9]\d*", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not X,Y,W,H: left, top, width and height in pixels, as 100,50,640,360"
        )
    return Box(*map(int, text.split(",")))


def size(text: str) -> tuple[int, int]:
    """WxH as a width and a height."""
    if not re.fullmatch(r"0*[1-9]\d*[xX]0*[1-9]\d*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not WxH in pixels, as 1280x720")
    width, height = map(int, text.lower().split("x"))
    return width, height
