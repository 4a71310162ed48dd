"""Recordings of live sources: the raw video with its readings beside it, to replay and compare."""

from dataclasses import replace
from pathlib import Path

from livedigits.capture.frame import Frame
from livedigits.capture.recording import readings_of
from livedigits.present.jsonl import JsonLinesSink
from livedigits.present.sink import Sink, check_writable
from livedigits.present.video import VideoSink
from livedigits.reading import Reading


class RecordingSink(Sink):
    """Writes every frame as it was read, and its reading as JSON Lines beside it.

    The video holds exactly the frames that were read, and both count them from 0, so that the
    readings of a replay can be compared with them one by one. The readings keep the times at which
    the frames were taken, which a video of even rate cannot, and a replay goes by them.

    Args:
        path: of the video, see `VideoSink`; the readings go to the same name ending in .jsonl.
        fps: frames a second of the video, for other players; see `VideoSink`.

    Attributes:
        frames: how many were written; without any, no file is made or changed.

    Raises:
        OutputError: either cannot be written.
    """

    def __init__(self, path: str | Path, fps: float | None = None) -> None:
        self._video = VideoSink(path, fps, annotated=False)
        self._path = readings_of(Path(path))
        self._readings: JsonLinesSink | None = None
        self.frames = 0
        check_writable(self._path)

    def write(self, frame: Frame, reading: Reading) -> None:
        """Write one frame and its reading.

        Raises:
            OutputError: they could not be written; what was before them is whole.
        """
        self._video.write(frame, reading)
        if self._readings is None:
            self._readings = JsonLinesSink(self._path)
        self._readings.write(replace(frame, index=self.frames), reading)
        self.frames += 1

    def close(self) -> None:
        """Finish both files."""
        try:
            self._video.close()
        finally:
            if self._readings is not None:
                self._readings.close()
