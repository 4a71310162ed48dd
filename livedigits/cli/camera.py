"""`livedigits camera`: reads live."""

import argparse

from livedigits.cli.cameras import (
    add_camera_options,
    camera_options,
    list_cameras,
    note_ignored,
)
from livedigits.cli.console import Console, Failures
from livedigits.cli.options import (
    Subparsers,
    add_command,
    add_event_options,
    add_output_options,
    add_reading_options,
    check_outputs,
    reader_of,
    settings_of,
)
from livedigits.cli.viewing import add_viewing_options
from livedigits.errors import ExitStatus

_DETAILS = """\
Reads digits live, from a camera or a network stream, always in the newest frame.

A window shows them where there is a display; h in it shows its keys, q, Esc or its button ends it.
What was read is printed with its time once it has stood for half a second, unless --json or --csv
takes standard output. Ctrl-C ends it too, with every file finished.
"""

_EXAMPLES = """\
  livedigits camera                          the first webcam, in a window
  livedigits camera 1 --size 1920x1080       the second one, at a higher resolution
  livedigits camera rtsp://192.168.0.7/live --json log.jsonl --no-show
                                             a network camera, into a file
  livedigits camera --record desk.avi        the raw video, too, to be replayed later
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
    add_camera_options(parser)
    add_reading_options(parser)
    add_output_options(
        parser,
        saves="the annotated video to a file",
        shows="show it in a window (default: where there is a display)",
    )
    add_event_options(parser)
    add_viewing_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> ExitStatus:
    """Reads until the stream ends or is ended."""
    if args.list:
        return list_cameras(args)
    console = Console.of(args)
    check_outputs(args, [args.source])
    settings = settings_of(args)

    from livedigits.capture import LiveSource
    from livedigits.cli.outputs import check_videos
    from livedigits.cli.signals import Signals
    from livedigits.cli.sources import open_of_kind
    from livedigits.cli.stream import StreamRun, describe_reader

    check_videos(args)
    note_ignored(args, console)
    failed = Failures(console)

    with (
        Signals() as signals,
        open_of_kind(
            "live",
            args.source,
            args,
            failed,
            camera_options(args),
            settings=settings.capture,
            on_notice=console.error,
        ) as source,
    ):
        if isinstance(source, LiveSource):
            console.detail(f"{source.name}: {source.given}")
        reader = reader_of(args, settings)
        describe_reader(reader, console)
        with StreamRun(args, reader, console) as stream:
            stream.read(source, signals)
    return failed.status
