"""Where results go: sinks as the options ask for them."""

import argparse
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from livedigits.capture.frame import Source
from livedigits.cli.console import Console
from livedigits.errors import DisplayError, OutputError, SettingsError
from livedigits.present import (
    VIDEO_SUFFIXES,
    CsvSink,
    EventSink,
    JsonLinesSink,
    LiveVideoSink,
    RecordingSink,
    Sink,
    VideoSink,
    WindowSink,
)
from livedigits.present.images import is_single
from livedigits.present.video import check_suffix
from livedigits.settings import Settings


def record_sinks(args: argparse.Namespace, settings: Settings | None = None) -> Iterator[Sink]:
    """Opens what --json, --csv and --events ask for, one at a time.

    Args:
        args: the command line.
        settings: decide what is an event.

    Raises:
        OutputError: one cannot be written.
    """
    if args.json is not None:
        yield JsonLinesSink(args.json)
    if args.csv is not None:
        yield CsvSink(args.csv)
    if getattr(args, "events", None) is not None:
        events = (settings or Settings()).events
        yield EventSink(args.events, events, snapshots=args.event_snapshots)


@contextmanager
def recording_of(args: argparse.Namespace, source: Source) -> Iterator[list[Sink]]:
    """What --record asks for, in a list, which is empty without it.

    Raises:
        OutputError: it cannot be written.
    """
    path = getattr(args, "record", None)
    if path is None:
        yield []
        return
    with RecordingSink(path, source.fps and source.fps / args.every) as sink:
        yield [sink]


def window_or_none(
    args: argparse.Namespace,
    console: Console,
    *,
    by_default: bool,
    make: Callable[[], WindowSink] = WindowSink,
) -> WindowSink | None:
    """A window as --show and --no-show ask for; without either, where there is a display.

    Args:
        args: the command line.
        console: is told where there is no display.
        by_default: whether there is one without --show.
        make: opens it.

    Raises:
        DisplayError: --show was asked for and no window can be shown.
    """
    wanted = by_default if args.show is None else args.show
    if not wanted:
        return None
    try:
        return make()
    except DisplayError:
        if args.show:
            raise
        console.note("no display here: reading goes on without a window")
        return None


def check_videos(args: argparse.Namespace, videos: Sequence[str] = ()) -> None:
    """Refuses what no video can be saved to, before any is read.

    Args:
        args: the command line.
        videos: all that are to be read; empty for a live stream.

    Raises:
        SettingsError: a name goes with no format, or several videos are to go into one file.
    """
    for option, path in (("--save", args.save), ("--record", getattr(args, "record", None))):
        if path is None or (option == "--save" and _is_folder(path)):
            continue
        try:
            check_suffix(path)
        except OutputError as error:
            raise SettingsError(f"{option} {error}") from error
        if len(videos) > 1:
            raise SettingsError(f"{option} {path}: holds one video; name a folder to save several")


def check_holds_several(path: Path | None) -> None:
    """Refuses to save several pictures to one file, before any is read.

    Raises:
        SettingsError: it names a file.
    """
    if path is not None and is_single(path):
        raise SettingsError(f"--save {path}: holds one picture; name a folder to save several")


def _is_folder(path: Path) -> bool:
    """Whether --save names a folder, which need not be there yet."""
    return path.is_dir() or not path.suffix


class VideoSaver:
    """Gives each stream its video file, for frames with the overlay drawn on them.

    Args:
        path: --save: a video file for one stream, a folder for several or for one; None saves
            nothing.
        videos: all that are to be read, none of which is overwritten; empty for a live stream.
    """

    def __init__(self, path: Path | None, videos: Sequence[str] = ()) -> None:
        self._path = path
        self._originals = {os.path.realpath(video) for video in videos}
        self._used: set[str] = set()

    @contextmanager
    def open(self, source: Source, every: int) -> Iterator[list[Sink]]:
        """The sink for one stream, in a list, which is empty where nothing is to be saved.

        Raises:
            OutputError: it cannot be written.
        """
        if self._path is None:
            yield []
            return
        path = self._path
        if _is_folder(path):
            try:
                path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(f"{path}: cannot be made: {error.strerror}") from error
            path = path / self._free_name(source.name)
        if os.path.realpath(path) in self._originals:
            raise OutputError(f"{path}: is a video being read; save to another name or folder")
        fps = source.fps and source.fps / every
        live = source.kind == "live"
        with LiveVideoSink(path, fps) if live else VideoSink(path, fps, annotated=False) as sink:
            yield [sink]

    def _free_name(self, source: str) -> str:
        """A name after the source's, in a format that can be written, that was not used yet."""
        if "://" in source:  # the address of a stream
            source = re.sub(r"[^\w.-]+", "_", source)
        own = Path(source)
        suffix = own.suffix.lower() if own.suffix.lower() in VIDEO_SUFFIXES else ".mp4"
        name, number = own.stem + suffix, 1
        while name.casefold() in self._used:
            number += 1
            name = f"{own.stem}_{number}{suffix}"
        self._used.add(name.casefold())
        return name
