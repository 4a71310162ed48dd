"""`livedigits camera`: reads live."""

import argparse

from livedigits.cli.console import Console, Failures
from livedigits.cli.options import (
    Subparsers,
    add_command,
    add_output_options,
    add_reading_options,
    check_outputs,
    positive,
    reader_of,
    settings_of,
    size,
)
from livedigits.errors import ExitStatus

_DETAILS = """\
Reads digits live, from a camera or a network stream, always in the newest frame.

A window shows them where there is a display; q, Esc or its button ends it. What was read is
printed with its time once it has stood for half a second, unless --json or --csv takes standard
output. Ctrl-C ends it too, with every file finished.
"""

_EXAMPLES = """\
  livedigits camera                          the first webcam, in a window
  livedigits camera 1 --size 1920x1080       the second one, at a higher resolution
  livedigits camera rtsp://192.168.0.7/live --json log.jsonl --no-show
                                             a network camera, into a file
  livedigits camera --polarity light         a chalkboard
"""


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "camera", "read live", _DETAILS, _EXAMPLES)
    parser.add_argument(
        "source",
        nargs="?",
        default="0",
        metavar="SOURCE",
        help="0, 1, ... or /dev/video0 for a camera, or the rtsp://, http://, ... address of a "
        "stream (default: 0)",
    )
    group = parser.add_argument_group("camera")
    group.add_argument(
        "--size",
        type=size,
        default=(1280, 720),
        metavar="WxH",
        help="ask the camera for this size (default: 1280x720)",
    )
    group.add_argument(
        "--fps", type=positive, metavar="N", help="ask the camera for this many frames a second"
    )
    add_reading_options(parser)
    add_output_options(
        parser,
        saves="the annotated video to a file",
        shows="show it in a window (default: where there is a display)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> ExitStatus:
    """Reads until the stream ends or is ended."""
    console = Console.of(args)
    check_outputs(args, [args.source])
    settings = settings_of(args)

    from livedigits.capture import CameraOptions
    from livedigits.cli.signals import Signals
    from livedigits.cli.sources import open_of_kind
    from livedigits.cli.stream import StreamRun, describe_reader

    failed = Failures(console)

    wishes = CameraOptions(size=args.size, fps=args.fps)
    with Signals() as signals, open_of_kind("live", args.source, args, failed, wishes) as source:
        reader = reader_of(args, settings)
        describe_reader(reader, console)
        with StreamRun(args, reader, console) as stream:
            stream.read(source, signals)
    return failed.status
