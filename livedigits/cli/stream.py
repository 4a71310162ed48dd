"""What `camera` and `replay` share: reading a stream to its end, and telling how that went."""

import argparse
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from statistics import median

from livedigits.capture.frame import Frame, Source
from livedigits.classify.probe import READS
from livedigits.cli.console import Console
from livedigits.cli.options import records_on_stdout, records_on_terminal
from livedigits.cli.outputs import VideoSaver, record_sinks, recording_of, window_or_none
from livedigits.cli.playback import Pace, Playback
from livedigits.cli.signals import Signals
from livedigits.cli.sources import chosen, chosen_count
from livedigits.cli.text import StreamText
from livedigits.present import Sink, WindowSink, annotate
from livedigits.present.controls import Controls
from livedigits.present.views import Inspector
from livedigits.reader import Reader
from livedigits.reading import Elapsed, Reading

TOO_NOISY = (
    "there is more in view than can be digits, so only the likeliest part is read; "
    "more light, a plainer background or --roi helps"
)

_REMEMBERED = 1000
"""Frames that the median times at the end are taken of, so that memory does not grow for days."""


class _Tally:
    """What streams came to, for the summary."""

    def __init__(self) -> None:
        self.frames = 0
        self._with_digits = 0
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
        self._with_digits += bool(reading.digits)
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
        found = "" if self._with_digits else "; no digits found"
        return (
            f"{frames}, {rate:.1f} a second{dropped}; reading took {total} a frame (median){found}"
        )

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
        self._controls = Controls(reader.threshold, reader.roi, mirrored=args.mirror)
        self._anew = False
        self._stack = ExitStack()
        with self._stack:  # closes what was opened if the next cannot be
            self._saver = VideoSaver(args.save, videos)
            self._sinks: list[Sink] = []
            for sink in record_sinks(args, reader.settings):
                self._sinks.append(self._stack.enter_context(sink))
            if not records_on_stdout(args):
                text = StreamText(console, several=len(videos) > 1)
                self._sinks.append(self._stack.enter_context(text))
            self._window = window_or_none(args, console, by_default=True, make=self._make_window)
            if self._window is not None:
                self._stack.enter_context(self._window)
            self._stack = self._stack.pop_all()

    def _make_window(self) -> WindowSink:
        engine = self._reader.classifier.engine.name
        return WindowSink(controls=self._controls, inspector=Inspector(self._reader), engine=engine)

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
        return self._controls.closed

    def read(self, source: Source, signals: Signals, *, speed: float | None = None) -> None:
        """Reads a stream until it ends, enough was read, or the person closes the window.

        Args:
            source: an open video or live source.
            signals: Ctrl-C and SIGTERM, taken over.
            speed: how many times faster than it was taken a recording is read, 0 for as fast as it
                goes; None is 1 in a window and 0 without one. Live streams have their own.

        Raises:
            OutputError: an output could not be written.
        """
        if source.kind == "live":
            speed = 0
        elif speed is None:
            speed = 0 if self._window is None else 1
        pace = Pace(speed, self._controls, self._window)
        with ExitStack() as stack:
            annotated = stack.enter_context(self._saver.open(source, self._args.every))
            raw = stack.enter_context(recording_of(self._args, source))
            playback = self._playback(source, pace)
            if playback is not None:
                stack.enter_context(playback)
            stack.enter_context(self._tally.timed())
            for count, (frame, reading) in enumerate(self._readings(source)):
                if not count:
                    self._describe(source, reading)
                pace.wait_for(frame)
                with signals.held():
                    self._write(frame, reading, raw, annotated)
                    if playback is not None:
                        playback.record(frame, reading)
                    self._tally.add(frame, reading)
                if reading.too_noisy:
                    self._console.once(TOO_NOISY)
                self._anew = playback is not None and playback.attend(frame, reading)
                if self.ended:
                    break

    def _playback(self, source: Source, pace: Pace) -> Playback | None:
        if self._window is None:
            return None
        args = self._args
        self._controls.region = self._reader.roi = args.roi  # another's may lie outside of this one
        return Playback(
            self._window, self._controls, pace, self._reader, source, args.snapshots, args.every
        )

    def _readings(self, source: Source) -> Iterator[tuple[Frame, Reading]]:
        """Reads frame after frame.

        Where what comes next has nothing to do with what was, the digits are followed anew; their
        tracks get numbers that no other had.
        """
        frames = chosen(source, self._args)
        if self._window is None and not records_on_terminal(self._args):
            total = chosen_count(source.frame_count, self._args)
            frames = self._console.progress(frames, total, "frames")
        last_track, self._anew = 0, True
        while self._anew:
            self._anew, before = False, last_track
            for frame, reading in self._reader.stream(frames):
                reading = _renumbered(reading, before)
                last_track = max([last_track, *(i.track or 0 for i in reading.digits)])
                yield frame, reading
                if self._anew:
                    break

    def _write(
        self, frame: Frame, reading: Reading, raw: Sequence[Sink], annotated: Sequence[Sink]
    ) -> None:
        """Hands a frame to everyone; first to the window, for there somebody waits."""
        region = self._reader.roi
        drawn = annotate(frame.image, reading, region=region) if annotated else None
        if self._window is not None:
            self._window.show(frame, reading, drawn)
        for sink in (*self._sinks, *raw):
            sink.write(frame, reading)
        if drawn is not None:
            for sink in annotated:
                sink.write(replace(frame, image=drawn), reading)

    def _describe(self, source: Source, reading: Reading) -> None:
        rate = f"{source.fps:.3g} frames a second" if source.fps else "unknown frame rate"
        count = "" if source.frame_count is None else f", {source.frame_count} frames"
        size = f"{reading.width}x{reading.height}"
        self._console.detail(f"{source.name}: {size}, {rate}{count}")


def describe_reader(reader: Reader, console: Console) -> None:
    """Tells what model reads and what runs it."""
    card = reader.classifier.card
    console.detail(
        f"model {card.name}, engine {reader.classifier.engine.name}; digits less sure than "
        f"{reader.threshold:.2f} are left out"
    )
    accuracy = card.figures.get("reference_accuracy")
    if isinstance(accuracy, float) and accuracy < READS:
        console.note(
            f"model {card.name} reads only {100 * accuracy:.0f} % of the reference digits, however "
            "they are given to it; livedigits models tells more"
        )


def _renumbered(reading: Reading, before: int) -> Reading:
    """A reading whose tracks are counted on from `before`."""
    if not before:
        return reading
    digits = (replace(i, track=i.track and i.track + before) for i in reading.digits)
    return replace(reading, digits=tuple(digits))
