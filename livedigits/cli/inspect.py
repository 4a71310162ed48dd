"""`livedigits inspect`: every step on one picture, and why each mark is read or is not."""

import argparse
import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from livedigits.cli.console import Console, Failures
from livedigits.cli.options import (
    Subparsers,
    add_command,
    add_reading_options,
    check_outputs,
    reader_of,
    records_on_stdout,
    settings_of,
)
from livedigits.errors import ExitStatus, SettingsError, SourceError

if TYPE_CHECKING:
    from livedigits.capture.frame import Frame
    from livedigits.inspection import Inspection

_DETAILS = """\
Shows why a digit is read, is read as another, or is not read: one picture of every step, with a
box around every mark of ink in the colour of what became of it, the ink itself, the patches as the
model sees them, and the setting that governs each verdict.

Without --save, --show and --json the picture goes to IMAGE-inspected.png in the current folder.
Prints a table of the verdicts and of the marks that the model was shown, under the numbers that
they have in the picture; with --json - the same as data instead.
"""

_EXAMPLES = """\
  livedigits inspect page.jpg                     writes page-inspected.png, prints a table
  livedigits inspect page.jpg --save why.png      the picture under another name
  livedigits inspect page.jpg --show              in a window
  livedigits inspect page.jpg --json - | jq .counts
  livedigits inspect page.jpg --config my.toml    whether other settings help
"""

_NAP_S = 0.5
"""Longest wait in one piece, so that the window's button and Ctrl-C are seen to."""


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "inspect", "show why digits are not read", _DETAILS, _EXAMPLES)
    parser.add_argument("image", metavar="IMAGE", help="a picture, or - for standard input")
    add_reading_options(parser)
    group = parser.add_argument_group("results")
    group.add_argument("--save", type=Path, metavar="FILE", help="write the picture of every step")
    group.add_argument(
        "--show",
        action=argparse.BooleanOptionalAction,
        help="show it until q is pressed; up, down and space move it (default: no)",
    )
    group.add_argument(
        "--json", metavar="FILE", help="write all of it as one JSON object; - is standard output"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> ExitStatus:
    """Inspects one picture."""
    console = Console.of(args)
    settings = settings_of(args)

    from livedigits.cli.signals import Signals
    from livedigits.cli.stream import TOO_NOISY, describe_reader
    from livedigits.present.images import save_image
    from livedigits.present.inspection import inspection_picture
    from livedigits.present.pictures import PictureWindow
    from livedigits.present.sink import check_writable
    from livedigits.present.textfile import TextTarget

    failed = Failures(console)
    with ExitStack() as stack:
        signals = stack.enter_context(Signals())
        frame = _only_picture(args, failed)
        if frame is None:
            return failed.status
        check_outputs(args, [frame.source])
        _check_save(args, frame)
        title = "standard input" if frame.source == "-" else Path(frame.source).name
        path = _picture_path(args, frame)
        if path is not None:
            check_writable(path)
        data = window = None
        if args.json is not None:
            data = TextTarget(args.json)
            stack.callback(data.close)
        if args.show:
            window = stack.enter_context(PictureWindow(f"livedigits: {title}"))
        reader = reader_of(args, settings)
        describe_reader(reader, console)
        inspection = reader.inspect(frame.image)
        if inspection.reading.too_noisy:
            console.once(TOO_NOISY)
        picture = None
        if path is not None or window is not None:
            picture = inspection_picture(inspection, title)
        with signals.held():
            if not records_on_stdout(args):
                TextTarget("-").write(_table(inspection))
            if data is not None:
                record = inspection.to_dict(source=frame.source)
                data.write(json.dumps(record, ensure_ascii=False) + "\n")
            if path is not None and picture is not None:
                save_image(path, picture)
                console.note(f"every step is drawn in {path}")
        if window is not None and picture is not None:
            console.note("up, down and space move the picture, q closes it")
            window.show_picture(picture)
            while not window.closed:
                window.pump(_NAP_S)
    return failed.status


def _check_save(args: argparse.Namespace, frame: "Frame") -> None:
    """Refuses to save over what is read, and in no format of pictures.

    Raises:
        SettingsError: the file is taken, or its name ends as no picture's does.
    """
    from livedigits.present.images import IMAGE_SUFFIXES
    from livedigits.present.sink import is_same_file

    if args.save is None:
        return
    if args.save.suffix.lower() not in IMAGE_SUFFIXES:
        raise SettingsError(f"--save {args.save}: is no name of a picture; end it in .png")
    if is_same_file(args.save, frame.source):
        raise SettingsError(
            f"--save {args.save} would overwrite what is to be read; name another file"
        )


def _only_picture(args: argparse.Namespace, failed: Failures) -> "Frame | None":
    """The picture; None where it cannot be read, which is told then.

    Raises:
        SourceError: there is no such picture, there are several, or it is none.
    """
    from livedigits.cli.sources import open_of_kind

    with open_of_kind("image", args.image, args, failed) as source:
        if source.frame_count != 1:
            raise SourceError(f"{args.image} holds {source.frame_count} pictures; name one of them")
        return next(iter(source), None)


def _picture_path(args: argparse.Namespace, frame: "Frame") -> Path | None:
    """Where the picture goes; where nothing was asked for, beside nothing of that name."""
    from livedigits.present.snapshot import free_path

    if args.save is not None or args.json is not None or args.show:
        path: Path | None = args.save
        return path
    stem = "stdin" if frame.source == "-" else Path(frame.source).stem
    return free_path(Path(), f"{stem}-inspected", ".png")


def _table(inspection: "Inspection") -> str:
    """How many marks have which verdict and why, then each one that the model was shown."""
    from livedigits.present.marks import percent

    rows = [
        f"{count:5}  {verdict:13}  {inspection.reason(verdict)}"
        for verdict, count in inspection.counts.items()
    ]
    shown = [(n, mark) for n, mark in enumerate(inspection.marks, 1) if mark.patch is not None]
    if shown:
        rows += ["", "    #  verdict        likeliest           x,y,w,h"]
    for number, mark in shown:
        likely = ", ".join(f"{name} {percent(p)}" for name, p in mark.likeliest(2) if p >= 0.01)
        rows.append(f"{number:5}  {mark.verdict:13}  {likely:18}  {','.join(map(str, mark.box))}")
    return "".join(f"{row}\n" for row in rows) or "no ink found\n"
