"""All commands, and how a command line is run.

Only a command's `run` imports what it needs, so that help is there at once.
"""

import argparse
import atexit
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from livedigits.cli import (
    bench,
    camera,
    evaluate,
    export,
    inspect,
    models,
    read,
    replay,
    train,
)
from livedigits.cli.console import Console
from livedigits.errors import ExitStatus, LivedigitsError

_EPILOG = """\
start here:
  livedigits camera              hold a sheet with numbers before the webcam
  livedigits read page.jpg       print what is written in a picture
  livedigits inspect page.jpg    see why a digit is not read
  livedigits COMMAND --help      all options of a command, with examples

exit status: 0 all done, 1 some input or output failed, 2 wrong usage, 130 stopped by Ctrl-C,
143 by SIGTERM
"""


def run(argv: Sequence[str] | None) -> int:
    """Runs one command line, see `livedigits.cli.main`."""
    try:
        status = _status(argv)
    except BrokenPipeError:  # whoever read the results has had enough, `| head -1` for one
        status = ExitStatus.DONE
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        # Python would fail at it again, aloud (docs.python.org/3/library/signal.html).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            Console().error(f"standard output: cannot be written: {error.strerror}")
            status = ExitStatus.INPUT_FAILED
    live = sys.modules.get("livedigits.capture.live")
    if live is not None and live.is_stuck():
        atexit.register(live.end_if_stuck, status)
    return status


def _status(argv: Sequence[str] | None) -> int:
    """Runs a command and tells what went wrong."""
    verbose = False
    try:
        parser = _parser()
        args, unknown = parser.parse_known_args(argv)
        if unknown:
            parser.prog += f" {args.command}" if args.command else ""
            parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        if args.command is None:
            parser.print_help(sys.stderr)
            return ExitStatus.WRONG_USAGE
        verbose = args.verbose
        return int(args.run(args))
    except LivedigitsError as error:
        if verbose:
            traceback.print_exc()
        Console().error(error)
        return error.exit_status
    except SystemExit as exit:  # from argparse, which has said what there is to say, or SIGTERM
        return exit.code if isinstance(exit.code, int) else ExitStatus.WRONG_USAGE
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="livedigits",
        description="Reads handwritten digits from a camera, a video or pictures.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, help="print the version and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for command in (camera, replay, read, inspect, train, evaluate, models, export, bench):
        command.add_parser(subparsers)
    return parser


class _Parser(argparse.ArgumentParser):
    """Tells a mistake in one line; all options are a page."""

    def error(self, message: str) -> NoReturn:
        """Ends the program."""
        self.exit(ExitStatus.WRONG_USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


class _Version(argparse.Action):
    """Prints the version; looking it up takes time that `--help` need not."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        import livedigits

        print(f"{parser.prog} {livedigits.__version__}")
        parser.exit()
