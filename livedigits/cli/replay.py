"""`livedigits replay`: reads recorded videos."""

import argparse
import math
from collections.abc import Generator
from contextlib import closing
from itertools import chain

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
Reads every frame of recorded videos.

A window shows them at their own speed where there is a display; arrow keys seek, space pauses, h
shows all keys, q, Esc or its button ends it. Without one they are read as fast as it goes. What was
read is printed with its time in the video once it has stood for half a second, unless --json or
--csv takes standard output. --every and --max-frames count in each video anew.

Records come in the order in which frames are read: who goes back in a video has frames of it twice,
who skips some has them not at all. Each tells its frame and time; no two digits share a track.
"""

_EXAMPLES = """\
  livedigits replay clip.webm                          watch it being read
  livedigits replay clip.webm --speed 0.25             in slow motion
  livedigits replay clip.webm --save read.mp4 --no-show
                                                       the same into a file
  livedigits replay *.mp4 --json - --no-show           every frame as JSON
  livedigits replay long.mp4 --every 10 --csv out.csv  each tenth frame, as a table
"""


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "replay", "read recorded videos", _DETAILS, _EXAMPLES)
    parser.add_argument(
        "videos", nargs="+", metavar="VIDEO", help="a video file, or a pattern in quotes"
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        metavar="X",
        help="so many times faster than life; 0 or max: as fast as it goes "
        "(default: 1 in a window, else max)",
    )
    add_reading_options(parser)
    add_output_options(
        parser,
        saves="the annotated video to a file, or one each to a folder",
        shows="show it in a window (default: where there is a display)",
    )
    add_event_options(parser)
    add_viewing_options(parser)
    parser.set_defaults(run=run)


def _speed(text: str) -> float:
    """A factor from 0 on, or max, which is 0."""
    try:
        factor = 0.0 if text == "max" else float(text)
    except ValueError:
        factor = math.nan
    if not 0 <= factor < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no factor, as 0.5 or 2, and not max")
    return factor


def run(args: argparse.Namespace) -> ExitStatus:
    """Reads one video after the other."""
    from livedigits.cli.sources import expanded, open_of_kind

    console = Console.of(args)
    args.videos = expanded(args.videos)
    check_outputs(args, args.videos)
    settings = settings_of(args)

    from livedigits.capture.frame import Source
    from livedigits.cli.outputs import check_videos
    from livedigits.cli.signals import Signals
    from livedigits.cli.stream import StreamRun, describe_reader
    from livedigits.errors import SourceError

    check_videos(args, args.videos)
    failed = Failures(console)

    def opened() -> Generator[Source, None, None]:
        for video in args.videos:
            try:
                source = open_of_kind("video", video, args, failed)
            except SourceError as error:
                failed(error)
                continue
            with source:
                yield source

    with Signals() as signals, closing(opened()) as videos:
        first = next(videos, None)
        if first is None:  # nothing that a model and outputs would be opened for
            return failed.status
        reader = reader_of(args, settings)
        describe_reader(reader, console)
        with StreamRun(args, reader, console, args.videos) as stream:
            for video in chain([first], videos):
                stream.read(video, signals, speed=args.speed)
                if stream.ended:
                    break
    return failed.status
