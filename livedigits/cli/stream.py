"""What `camera` and `replay` share: reading a stream to its end, and telling how that went."""

import argparse
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median

from livedigits.capture.frame import Frame, Source
from livedigits.cli.console import Console
from livedigits.cli.options import records_on_stdout, records_on_terminal
from livedigits.cli.outputs import VideoSaver, record_sinks, window_or_none
from livedigits.cli.signals import Signals
from livedigits.cli.sources import chosen, chosen_count
from livedigits.cli.text import StreamText
from livedigits.present import Sink, WindowSink
from livedigits.reader import Reader
from livedigits.reading import Elapsed, Reading

TOO_NOISY = (
    "there is more in view than can be digits, so only the likeliest part is read; "
    "more light, a plainer background or --roi helps"
)

_REMEMBERED = 1000
"""Frames that the median times at the end are taken of, so that memory does not grow for days."""

_NAP_S = 0.05
"""Longest wait in one piece, so that keys and Ctrl-C are seen to."""


class _Tally:
    """What streams came to, for the summary."""

    def __init__(self) -> None:
        self.frames = 0
        self._dropped = 0
        self._dropped_before: int | None = None
        self._seconds = 0.0
        self._elapsed: deque[Elapsed] = deque(maxlen=_REMEMBERED)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """While a stream is read."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds += time.perf_counter() - started

    def add(self, frame: Frame, reading: Reading) -> None:
        """Counts a frame."""
        self.frames += 1
        self._elapsed.append(reading.elapsed)
        if self._dropped_before is None:  # what was dropped while the model was loaded is no news
            self._dropped_before = frame.dropped
        self._dropped = frame.dropped - self._dropped_before

    def summary(self) -> str:
        """All of it in a line."""
        frames = f"{self.frames} frame{'s' * (self.frames != 1)}"
        dropped = f", {self._dropped} dropped" if self._dropped else ""
        rate = self.frames / self._seconds
        total = self._median("total")
        return f"{frames}, {rate:.1f} a second{dropped}; reading took {total} a frame (median)"

    def steps(self) -> str:
        """The time of each step."""
        return ", ".join(f"{name} {self._median(name)}" for name in ("find", "classify", "follow"))

    def _median(self, step: str) -> str:
        return f"{1000 * median(getattr(i, step) for i in self._elapsed):.1f} ms"


class StreamRun:
    """One run of a command over one stream or several; use it in a `with`.

    Args:
        args: the command line.
        reader: what reads.
        console: speaks to the person.
        videos: all that are to be read; empty for a live stream.

    Raises:
        OutputError: an output cannot be written.
        DisplayError: --show was asked for and no window can be shown.
    """

    def __init__(
        self, args: argparse.Namespace, reader: Reader, console: Console, videos: Sequence[str] = ()
    ) -> None:
        self._args = args
        self._reader = reader
        self._console = console
        self._tally = _Tally()
        self._stack = ExitStack()
        with self._stack:  # closes what was opened if the next cannot be
            self._saver = VideoSaver(args.save, videos)
            self._sinks: list[Sink] = []
            for sink in record_sinks(args):
                self._sinks.append(self._stack.enter_context(sink))
            if not records_on_stdout(args):
                text = StreamText(console, several=len(videos) > 1)
                self._sinks.append(self._stack.enter_context(text))
            self._window: WindowSink | None = window_or_none(args, console, by_default=True)
            if self._window is not None:
                self._sinks.append(self._stack.enter_context(self._window))
            self._stack = self._stack.pop_all()

    def __enter__(self) -> "StreamRun":
        """Itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Finishes all outputs and tells how it went."""
        try:
            self._stack.close()
        finally:
            if self._tally.frames:
                self._console.note(self._tally.summary())
                self._console.detail(f"median of each step: {self._tally.steps()}")

    @property
    def ended(self) -> bool:
        """Whether the person has closed the window."""
        return self._window is not None and self._window.closed

    def read(self, source: Source, signals: Signals) -> None:
        """Reads a stream until it ends, enough was read, or the person closes the window.

        Args:
            source: an open video or live source.
            signals: Ctrl-C and SIGTERM, taken over.

        Raises:
            OutputError: an output could not be written.
        """
        args = self._args
        total = chosen_count(source.frame_count, args)
        readings = self._reader.stream(chosen(source, args))
        if self._window is None and not records_on_terminal(args):
            readings = self._console.progress(readings, total, "frames")
        with self._saver.open(source, args.every) as saver, self._tally.timed():
            pace = _Pace(self._window) if self._window and source.kind == "video" else None
            for count, (frame, reading) in enumerate(readings):
                if not count:
                    self._describe(source, reading)
                if pace is not None:
                    pace.wait_for(frame)
                with signals.held():
                    for sink in (*self._sinks, *saver):
                        sink.write(frame, reading)
                self._tally.add(frame, reading)
                if reading.too_noisy:
                    self._console.once(TOO_NOISY)
                if self.ended:
                    break

    def _describe(self, source: Source, reading: Reading) -> None:
        rate = f"{source.fps:.3g} frames a second" if source.fps else "unknown frame rate"
        count = "" if source.frame_count is None else f", {source.frame_count} frames"
        size = f"{reading.width}x{reading.height}"
        self._console.detail(f"{source.name}: {size}, {rate}{count}")


def describe_reader(reader: Reader, console: Console) -> None:
    """Tells what model reads and what runs it."""
    classifier = reader.classifier
    console.detail(
        f"model {classifier.card.name}, engine {classifier.engine.name}; digits less sure than "
        f"{reader.threshold:.2f} are left out"
    )


class _Pace:
    """Shows a recording no faster than it was taken."""

    def __init__(self, window: WindowSink) -> None:
        self._window = window
        self._offset: float | None = None

    def wait_for(self, frame: Frame) -> None:
        """Returns when the frame is due."""
        if self._offset is None:
            self._offset = time.perf_counter() - frame.time
        due = self._offset + frame.time
        while not self._window.closed and (left := due - time.perf_counter()) > 0.001:
            self._window.pump(min(left, _NAP_S))
