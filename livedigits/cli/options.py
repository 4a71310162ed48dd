"""Options that commands share, and what they come to."""

import argparse
import dataclasses
import os
import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livedigits.reading import Box

if TYPE_CHECKING:
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
    group = parser.add_argument_group("reading")
    group.add_argument(
        "--model", metavar="NAME|PATH", help="a .keras or .tflite file (default: livedigits)"
    )
    group.add_argument(
        "--engine",
        choices=("auto", "litert", "keras"),
        default="auto",
        help="what runs the model; litert starts fast, keras takes any .keras file (default: auto)",
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


def check_outputs(args: argparse.Namespace, sources: Sequence[str]) -> None:
    """Refuses JSON and CSV in one file, and either over what is to be read.

    Raises:
        SettingsError: two would go to the same place, or one to where a source is.
    """
    from livedigits.errors import SettingsError

    # What --save writes is kept off the sources as it is written.
    options = {"--json": args.json, "--csv": args.csv}
    named = {option: target for option, target in options.items() if target is not None}
    places = {i: "-" if named[i] == "-" else os.path.realpath(named[i]) for i in named}
    if len(set(places.values())) < len(places):
        where = "standard output" if args.json == "-" else args.json
        raise SettingsError(f"--json and --csv would both go to {where}; name two files")
    files = {os.path.realpath(source) for source in sources if Path(source).is_file()}
    for option, place in places.items():
        if place in files:
            raise SettingsError(
                f"{option} {named[option]} would overwrite what is to be read; name another file"
            )


def records_on_stdout(args: argparse.Namespace) -> bool:
    """Whether standard output is taken by --json or --csv."""
    return "-" in (args.json, args.csv)


def records_on_terminal(args: argparse.Namespace) -> bool:
    """Whether --json or --csv runs down a terminal, where a progress bar would be in its way."""
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
    return settings


def reader_of(args: argparse.Namespace, settings: "Settings") -> "Reader":
    """A reader as the options ask for.

    Raises:
        ModelError: the model cannot be used.
    """
    from livedigits.hush import hushed
    from livedigits.reader import Reader

    with nullcontext() if args.verbose else hushed():
        return Reader(args.model, settings, engine=args.engine, roi=args.roi)


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
