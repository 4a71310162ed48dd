"""`livedigits read`: reads pictures."""

import argparse
from contextlib import ExitStack
from itertools import chain

from livedigits.cli.console import Console, Failures
from livedigits.cli.options import (
    Subparsers,
    add_command,
    add_output_options,
    add_reading_options,
    check_outputs,
    reader_of,
    records_on_stdout,
    records_on_terminal,
    settings_of,
)
from livedigits.errors import ExitStatus, LivedigitsError

_DETAILS = """\
Reads digits in pictures, each for itself.

Prints a line for each row of digits, top to bottom, with the picture's name before it where there
are several pictures. With --json - or --csv - those are on standard output instead.
"""

_EXAMPLES = """\
  livedigits read page.jpg                        prints what is written there
  livedigits read scans/ --csv scans.csv          a folder, into a table
  livedigits read "shelf/*.png" --save annotated  what was read, drawn on copies of the pictures
  curl -s https://example.org/page.jpg | livedigits read - --json -
"""


_NAP_S = 0.5
"""Longest wait in one piece, so that the window's button and Ctrl-C are seen to."""


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "read", "read pictures", _DETAILS, _EXAMPLES)
    parser.add_argument(
        "images",
        nargs="+",
        metavar="IMAGE",
        help="a picture, a folder of them, a pattern in quotes, or - for standard input",
    )
    add_reading_options(parser)
    add_output_options(
        parser,
        saves="the annotated picture to a file, or all of them to a folder",
        shows="show each picture until a key is pressed, q for the end (default: no)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> ExitStatus:
    """Reads one picture after the other."""
    console = Console.of(args)
    check_outputs(args, args.images)
    settings = settings_of(args)

    from livedigits.capture.frame import Source
    from livedigits.capture.images import ImageSource
    from livedigits.cli.outputs import check_holds_several, record_sinks, window_or_none
    from livedigits.cli.signals import Signals
    from livedigits.cli.sources import chosen, chosen_count, open_of_kind
    from livedigits.cli.stream import TOO_NOISY, describe_reader
    from livedigits.cli.text import PictureText
    from livedigits.present import ImageSink, Sink

    failed = Failures(console)

    with ExitStack() as stack:
        signals = stack.enter_context(Signals())
        sources: list[Source] = []
        for spec in args.images:
            try:
                sources.append(stack.enter_context(open_of_kind("image", spec, args, failed)))
            except LivedigitsError as error:
                failed(error)
        if not sources:
            return failed.status
        reader = reader_of(args, settings)
        describe_reader(reader, console)
        total = chosen_count(sum(source.frame_count or 0 for source in sources), args)
        several = total != 1 or len(args.images) > 1
        if total is not None and total > 1:
            check_holds_several(args.save)

        sinks: list[Sink] = []
        for sink in record_sinks(args):
            sinks.append(stack.enter_context(sink))
        if not records_on_stdout(args):
            sinks.append(stack.enter_context(PictureText(console, several=several)))
        if args.save is not None:
            files = (i.paths for i in sources if isinstance(i, ImageSource))
            originals = filter(None, chain.from_iterable(files))
            sinks.append(stack.enter_context(ImageSink(args.save, originals, args.roi)))
        window = window_or_none(args, console, by_default=False)
        if window is not None:
            stack.enter_context(window)

        frames = chosen(chain.from_iterable(sources), args)
        if several and not records_on_terminal(args):
            frames = console.progress(frames, total, "pictures")
        for frame in frames:
            try:
                reading = reader.read(frame.image)
            except LivedigitsError as error:  # the region may lie outside of this picture alone
                failed(error)
                continue
            with signals.held():
                for sink in sinks:
                    sink.write(frame, reading)
            size, took = f"{reading.width}x{reading.height}", 1000 * reading.elapsed.total
            console.detail(f"{frame.source}: {size}, reading took {took:.1f} ms")
            if reading.too_noisy:
                console.once(TOO_NOISY)
            if window is not None:
                window.write(frame, reading)
                while not window.closed and not window.pump(_NAP_S):
                    pass
                if window.closed:
                    break
    return failed.status
