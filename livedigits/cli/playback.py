"""Playback: a stream does what the person at the window wants."""

import dataclasses
import time
from pathlib import Path

from livedigits.capture import LiveSource
from livedigits.capture.frame import Frame, Source
from livedigits.capture.video import VideoSource
from livedigits.errors import OutputError
from livedigits.present import RecordingSink, WindowSink
from livedigits.present.controls import Controls, Jump
from livedigits.present.snapshot import free_path, moment_name, save_snapshot
from livedigits.reader import Reader
from livedigits.reading import Reading
from livedigits.settings import replace

_NAP_S = 0.05
"""Longest wait in one piece, so that keys and Ctrl-C are seen to."""

_STALLED_S = 1.0
"""A live stream without a frame for so long is said to be stalled."""


class Pace:
    """Hands on the frames of a recording at the times at which they were taken.

    Args:
        speed: how many times faster; 0 is as fast as it goes.
        controls: what may end a wait; None where nobody watches.
        window: is seen to during a wait; None where there is none.
    """

    def __init__(
        self, speed: float, controls: Controls | None = None, window: WindowSink | None = None
    ) -> None:
        self._speed = speed
        self._controls = controls
        self._window = window
        self._offset: float | None = None

    def wait_for(self, frame: Frame) -> None:
        """Returns when the frame is due, or the person wants something else."""
        if not self._speed:
            return
        moment = frame.time / self._speed
        if self._offset is None:
            self._offset = time.perf_counter() - moment
        due = self._offset + moment
        while not self._disturbed() and (left := due - time.perf_counter()) > 0.001:
            if self._window is not None:
                self._window.pump(min(left, _NAP_S))
            else:
                time.sleep(min(left, _NAP_S))

    def restart(self) -> None:
        """The next frame is due at once."""
        self._offset = None

    def _disturbed(self) -> bool:
        controls = self._controls
        return controls is not None and (
            controls.closed or controls.paused or controls.jump is not None
        )


class Playback:
    """Pauses, seeks, keeps and changes what is read, as `Controls` say; use it in a `with`.

    Args:
        window: shows the stream.
        controls: those of the window.
        pace: of a recording.
        reader: what reads; its region and threshold are set.
        source: the stream.
        folder: for snapshots and recordings.
        every: of the stream's frames, each so-many-th is read.
    """

    def __init__(
        self,
        window: WindowSink,
        controls: Controls,
        pace: Pace,
        reader: Reader,
        source: Source,
        folder: Path,
        every: int,
    ) -> None:
        self._window = window
        self._controls = controls
        self._pace = pace
        self._reader = reader
        self._source = source
        self._folder = folder
        self._every = every
        self._live = source.kind == "live"
        self._recording: RecordingSink | None = None
        self._recorded = ""
        self._shown: tuple[Frame, Reading] | None = None
        controls.seekable = not self._live
        length = source.frame_count / source.fps if source.frame_count and source.fps else None
        window.begin(live=self._live, length=length)
        if isinstance(source, LiveSource):
            source.on_wait = self._while_waiting

    def __enter__(self) -> "Playback":
        """Itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Finishes a recording that was not ended."""
        self._end_recording()

    def attend(self, frame: Frame, reading: Reading) -> bool:
        """Does what was asked for while a frame was shown, and waits while the stream is paused.

        Args:
            frame: the one shown.
            reading: what was read in it.

        Returns:
            Whether what comes next has nothing to do with what was seen before: after a jump, a
            pause of a live stream, or a change of what is read.
        """
        controls = self._controls
        anew = paused = False
        self._shown = frame, reading
        while not controls.closed:
            if self._set_reader():
                anew = True
                if controls.paused:
                    reading = self._reader.read(frame.image)
                    self._shown = frame, reading
                    self._window.show(frame, reading)
            self._keep(frame, reading)
            if controls.jump is not None:
                anew |= self._jump(frame)
                break
            if not controls.paused:
                break
            paused = True
            self._window.pump(_NAP_S)
        if anew or paused:
            self._pace.restart()
        return anew or (paused and self._live)

    def _set_reader(self) -> bool:
        """Has the reader read what the controls say; whether that is something new."""
        controls, reader = self._controls, self._reader
        if (controls.region, controls.threshold) == (reader.roi, reader.threshold):
            return False
        reader.roi = controls.region
        classify = replace(reader.settings.classify, min_confidence=controls.threshold)
        reader.settings = dataclasses.replace(reader.settings, classify=classify)
        return True

    def _jump(self, frame: Frame) -> bool:
        """Goes elsewhere in a recording; False where that is the next frame anyway."""
        jump, self._controls.jump = self._controls.jump or Jump(), None
        source = self._source
        if not isinstance(source, VideoSource) or jump == Jump(frames=1):
            return False
        frames = jump.frames * self._every + round(jump.seconds * (source.fps or 0))
        last = (source.frame_count or frame.index + frames + 1) - 1
        wanted = max(0, min(frame.index + frames, last))
        source.seek(max(0, wanted - (self._every - 1)))  # --every leaves out as many before each
        return True

    def _keep(self, frame: Frame, reading: Reading) -> None:
        """Starts or ends a recording and saves a snapshot, where that was asked for."""
        if self._controls.recording != (self._recording is not None):
            self._start_or_end_recording(frame)
        if self._controls.snapshot:
            self._take_snapshot(frame, reading)

    def _take_snapshot(self, frame: Frame, reading: Reading) -> None:
        self._controls.snapshot = False
        try:
            path = save_snapshot(self._folder, frame, reading, live=self._live)
        except OutputError as error:
            self._window.say(str(error))
        else:
            self._window.say(f"saved {path}")

    def _start_or_end_recording(self, frame: Frame) -> None:
        if self._recording is not None:
            kept = f"saved {self._recorded}" if self._recording.frames else "nothing was recorded"
            self._end_recording()
            self._window.say(kept)
            return
        fps = self._source.fps if self._live else (self._source.fps or 0) / self._every
        try:
            # Motion JPEG keeps every frame whole, and plays up to the last one after a power cut.
            path = free_path(self._folder, moment_name(frame, live=self._live), ".avi", ".jsonl")
            self._recording = RecordingSink(path, fps or None)
        except OutputError as error:
            self._give_up_recording(error)
        else:
            self._recorded = str(path)
            self._window.say(f"recording to {path}")

    def record(self, frame: Frame, reading: Reading) -> None:
        """Adds a frame to the recording, where one was asked for."""
        if self._recording is None:
            return
        try:
            self._recording.write(frame, reading)
        except OutputError as error:
            self._end_recording()
            self._give_up_recording(error)

    def _give_up_recording(self, error: OutputError) -> None:
        self._controls.recording = False
        self._window.say(str(error))

    def _end_recording(self) -> None:
        self._controls.recording = False
        if self._recording is not None:
            self._recording.close()
            self._recording = None

    def _while_waiting(self) -> None:
        """Sees to the window while no frame comes."""
        self._window.pump()
        if self._shown is not None:
            self._keep(*self._shown)
        if not isinstance(self._source, LiveSource):
            return
        if self._source.waited > _STALLED_S:
            self._window.stall(self._source.waited)
        if self._controls.closed:
            self._source.close()
