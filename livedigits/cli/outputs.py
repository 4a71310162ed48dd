"""Where results go: sinks as the options ask for them."""

import argparse
import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from livedigits.capture.frame import Frame, Source
from livedigits.cli.console import Console
from livedigits.errors import DisplayError, OutputError, SettingsError
from livedigits.present import (
    VIDEO_SUFFIXES,
    CsvSink,
    EventSink,
    JsonLinesSink,
    RecordingSink,
    Sink,
    VideoSink,
    WindowSink,
)
from livedigits.present.video import check_suffix
from livedigits.reading import Reading
from livedigits.settings import Settings

_LIVE_FPS = 30.0
"""Of a saved live video, at most; also where the camera does not tell its own."""

_LIVE_WEBM_FPS = 12.0
"""Likewise of a .webm, of which one core encodes no more at 1280x720."""

_LONGEST_PAUSE_S = 1.25
"""A frame stands no longer in a saved live video: a stream may be down for hours."""


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
        if source.kind == "live":
            most = _LIVE_WEBM_FPS if path.suffix.lower() == ".webm" else _LIVE_FPS
            fps = min((source.fps or most) / every, most)
            sink: Sink = InBackground(InRealTime(VideoSink(path, fps, annotated=False), fps))
        else:
            sink = VideoSink(path, source.fps and source.fps / every, annotated=False)
        with sink:
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


class InBackground(Sink):
    """Writes in a thread of its own, and leaves out what comes while that is busy.

    To encode a frame may take longer than to read it, and reading is not to wait for it.

    Args:
        sink: takes the frames.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._pool = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None

    def write(self, frame: Frame, reading: Reading) -> None:
        """Has the frame written, unless the one before it still is.

        Raises:
            OutputError: the one before it could not be written, or this one, if it is the first.
        """
        before = self._writing
        if before is not None:
            if not before.done():
                return
            before.result()
        self._writing = self._pool.submit(self._sink.write, frame, reading)
        if before is None:  # opens the file, hushed, which two threads must not be at once
            self._writing.result()

    def close(self) -> None:
        """Waits for the last frame and closes the sink."""
        try:
            if self._writing is not None:
                self._writing.result()
        finally:
            self._pool.shutdown()
            self._sink.close()


class InRealTime(Sink):
    """Leaves out or repeats frames, so that a live video of uneven rate plays as it was.

    Args:
        sink: takes the frames.
        fps: its frames a second.
    """

    def __init__(self, sink: Sink, fps: float) -> None:
        self._sink = sink
        self._fps = fps
        self._written = 0
        self._start: float | None = None

    def write(self, frame: Frame, reading: Reading) -> None:
        """Writes the frame as often as its time asks for."""
        if self._start is None:
            self._start = frame.time
        due = int((frame.time - self._start) * self._fps) + 1 - self._written
        for _ in range(min(due, math.ceil(_LONGEST_PAUSE_S * self._fps))):
            self._sink.write(frame, reading)
        self._written += max(0, due)

    def close(self) -> None:
        """Closes the sink."""
        self._sink.close()
