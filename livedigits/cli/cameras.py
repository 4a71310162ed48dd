"""Cameras: the options that say what to ask of one, and the list of those that open."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from livedigits.cli.console import Console
from livedigits.cli.options import positive, size
from livedigits.errors import ExitStatus

if TYPE_CHECKING:
    from livedigits.capture import CameraOptions

_LONGEST_PAUSE_S = 3600
"""As `reconnect_s` in the settings has it."""


def add_camera_options(parser: argparse.ArgumentParser) -> None:
    """Adds what is asked of a camera or stream, and what becomes of its raw video."""
    group = parser.add_argument_group("camera")
    group.add_argument(
        "--list", action="store_true", help="name the cameras that open, and read nothing"
    )
    group.add_argument(
        "--size",
        type=size,
        metavar="WxH",
        help="ask the camera for this size (default: 1280x720)",
    )
    group.add_argument(
        "--fps", type=positive, metavar="N", help="ask the camera for this many frames a second"
    )
    group.add_argument(
        "--backend",
        choices=("any", "v4l2", "msmf", "dshow", "avfoundation", "ffmpeg", "gstreamer"),
        default="any",
        help="what OpenCV reads it with (default: any)",
    )
    group.add_argument(
        "--exposure",
        type=_exposure,
        metavar="VALUE|auto",
        help="lock the exposure, so that a hand does not make the picture pump; the camera has its "
        "own units, -v tells the present value (default: leave it as it is)",
    )
    group.add_argument(
        "--reconnect",
        type=_pause,
        metavar="SECONDS|never",
        help="when frames stop coming, or a stream sends none from the start, try again until they "
        "come, with pauses that grow up to this (default: 30)",
    )
    group.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="keep the raw video, and beside it its readings under the same name ending in .jsonl, "
        "for livedigits replay; files of both names are overwritten; .mkv and .avi cost the least "
        "time",
    )


def camera_options(args: argparse.Namespace) -> "CameraOptions":
    """What the options ask a camera for."""
    from livedigits.capture import CameraOptions

    size = args.size or CameraOptions().size
    return CameraOptions(size=size, fps=args.fps, backend=args.backend, exposure=args.exposure)


def note_ignored(args: argparse.Namespace, console: Console) -> None:
    """Tells which options do nothing where the source is a stream."""
    ignored = [i for i in ("size", "fps", "exposure") if getattr(args, i) is not None]
    if ignored and "://" in args.source:
        options = ", ".join(f"--{i}" for i in ignored)
        console.note(f"{options}: only a camera is asked for that; a stream is as it is sent")


def list_cameras(args: argparse.Namespace) -> ExitStatus:
    """Prints a line for each camera that opens.

    Raises:
        SourceError: this OpenCV does not have the backend asked for.
    """
    from livedigits.capture import find_cameras

    cameras = find_cameras(camera_options(args))
    for i in cameras:
        rate = f"{i.fps:.3g} frames a second" if i.fps else "unknown frame rate"
        print(f"{i.index}  {i.width}x{i.height}, {rate}, {i.backend}  {i.name}".rstrip())
    if not cameras:
        Console.of(args).note(
            "no camera opens here: plug one in, close the program that holds it, or give yourself "
            "permission to use it"
        )
    return ExitStatus.DONE


def _exposure(text: str) -> float | Literal["auto"]:
    if text == "auto":
        return "auto"
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor auto")
    return value


def _pause(text: str) -> float:
    """Seconds; `never` is 0."""
    if text == "never":
        return 0.0
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _LONGEST_PAUSE_S:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither seconds, more than 0 and up to {_LONGEST_PAUSE_S}, nor never"
        )
    return seconds
