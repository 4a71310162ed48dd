"""A live stream as a video file: as fast as it was, however slow the encoder is."""

import math
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

from livedigits.capture.frame import Frame
from livedigits.capture.video import usable_fps
from livedigits.present.sink import Sink
from livedigits.present.video import VideoSink
from livedigits.reading import Reading

_MOST_FPS = 30.0
"""Also where the camera does not tell its own."""

_MOST_FPS_WEBM = 12.0
"""One core encodes no more at 1280x720."""

_SHARE = 0.7
"""Of the time, at most, the encoder is to be busy, or the video would fall behind."""

_LONGEST_PAUSE_S = 1.25
"""A frame stands no longer in the video: a stream may be down for hours."""


class LiveVideoSink(Sink):
    """Writes a live stream, in a thread of its own.

    To encode a frame may take longer than to read it, and reading is not to wait: frames that come
    meanwhile are left out. Each is written as often as its time asks for, since live frames come
    unevenly and a video has one rate: as many frames a second as come, and as can be encoded here.

    Args:
        path: the file, overwritten if it exists; its suffix, one of `VIDEO_SUFFIXES`, sets the
            format.
        fps: frames a second that come, as far as it is known; no more than 30, of a .webm 12, are
            written.

    Raises:
        OutputError: as of a `VideoSink`.
    """

    def __init__(self, path: Path, fps: float | None = None) -> None:
        most = _MOST_FPS_WEBM if path.suffix.lower() == ".webm" else _MOST_FPS
        self._fps = min(usable_fps(fps or 0) or most, most)
        self._video = VideoSink(path, self._fps, annotated=False)
        self._pool = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None
        self._closing = Event()
        self._written = 0
        self._start = 0.0

    def write(self, frame: Frame, reading: Reading) -> None:
        """Have the frame written, unless the one before it still is.

        Raises:
            OutputError: the one before it could not be written, or the file cannot be opened.
        """
        if self._writing is None:
            self._start = frame.time
            self._fps = min(self._fps, _SHARE / self._video.encoding_s(frame))
            # Here, since it hushes standard error, which two threads must not at once.
            self._video.open_for(frame, self._fps)
        elif self._writing.done():
            self._writing.result()
        else:
            return
        due = int((frame.time - self._start) * self._fps) + 1 - self._written
        times = min(due, math.ceil(_LONGEST_PAUSE_S * self._fps))
        self._writing = self._pool.submit(self._write, frame, reading, times)
        self._written += max(0, due)

    def _write(self, frame: Frame, reading: Reading, times: int) -> None:
        for _ in range(times):
            self._video.write(frame, reading)
            if self._closing.is_set():  # whoever ends the program waits for one frame at most
                break

    def close(self) -> None:
        """Wait for the frame that is being encoded and finish the file."""
        self._closing.set()
        try:
            if self._writing is not None:
                self._writing.result()
        finally:
            self._pool.shutdown()
            self._video.close()
