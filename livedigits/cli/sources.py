"""Sources for a command that takes one kind of them."""

import argparse
import glob
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

from livedigits.capture import CameraOptions, ErrorHandler, NoticeHandler, open_source
from livedigits.capture.frame import Kind, Source
from livedigits.capture.images import natural_order
from livedigits.errors import SourceError
from livedigits.settings import CaptureSettings

Item = TypeVar("Item")

_KINDS: dict[Kind, str] = {
    "image": "a picture; use livedigits read",
    "video": "a video; use livedigits replay",
    "live": "a live source; use livedigits camera",
}

_FOLDER = "a folder of pictures; use livedigits read"


def open_of_kind(
    kind: Kind,
    spec: str,
    args: argparse.Namespace,
    on_error: ErrorHandler,
    camera: CameraOptions | None = None,
    *,
    settings: CaptureSettings | None = None,
    on_notice: NoticeHandler | None = None,
) -> Source:
    """Opens a source; see `open_source`.

    Raises:
        SourceError: it cannot be opened, or is of another kind than the command takes.
    """
    source = open_source(
        spec,
        rotate=args.rotate,
        on_error=on_error,
        camera=camera,
        settings=settings,
        on_notice=on_notice,
    )
    if source.kind != kind:
        source.close()
        what = _FOLDER if Path(source.name).is_dir() else _KINDS[source.kind]
        raise SourceError(f"{source.name} is {what}")
    return source


def expanded(specs: Iterable[str]) -> list[str]:
    """Names of files; a pattern that no shell has expanded as the files that match it, in natural
    order."""
    names: list[str] = []
    for spec in specs:
        is_pattern = glob.has_magic(spec) and not Path(spec).exists()
        # Path.glob takes no absolute patterns.
        matches = map(Path, glob.glob(spec)) if is_pattern else ()  # noqa: PTH207
        names += [str(path) for path in sorted(matches, key=natural_order)] or [spec]
    return names


def chosen(items: Iterable[Item], args: argparse.Namespace) -> Iterator[Item]:
    """What --every and --max-frames leave."""
    stop = None if args.max_frames is None else (args.max_frames - 1) * args.every + 1
    return islice(items, 0, stop, args.every)


def chosen_count(count: int | None, args: argparse.Namespace) -> int | None:
    """How many --every and --max-frames leave of so many."""
    left = None if count is None else -(-count // args.every)
    return min((i for i in (left, args.max_frames) if i is not None), default=None)
