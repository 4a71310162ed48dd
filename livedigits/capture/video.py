"""Recordings: every frame of a video file, in order, with the time that the stream gives it."""

import math
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

import numpy as np

from livedigits.capture.base import BaseSource, ErrorHandler, Rotation
from livedigits.capture.containers import is_cut_off
from livedigits.capture.frame import Frame, Image, Kind
from livedigits.capture.opencv import check_name, cv2
from livedigits.errors import SourceError

_GRAB_RETRIES = 5  # a damaged frame in the middle is not the end (as PySceneDetect has it)
_USUAL_FPS = 30.0  # where the container has no usable rate
_MAX_FPS = 1000.0  # containers that have no rate give their time base instead, 90000 for example


class VideoSource(BaseSource):
    """Every frame of a video file."""

    kind: Kind = "video"

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        rotate: Rotation = 0,
        on_error: ErrorHandler | None = None,
    ):
        """Open the file and decode its first frame.

        Args:
            name: the source as the user named it.
            path: an existing file.
            rotate: degrees clockwise by which every frame is turned.
            on_error: called when the file turns out to be cut off; None raises at that point.

        Raises:
            SourceError: the file is empty, no video, without a single frame that decodes, or its
                name is not valid UTF-8.
        """
        super().__init__(name, rotate=rotate, on_error=on_error)
        self._cut_off, size = _inspect(name, path)
        # An absolute path, because FFmpeg takes what stands before a colon for a protocol.
        file = str(path.absolute())
        check_name(file)
        self._capture = cv2.VideoCapture(file, cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            self._capture.open(file, cv2.CAP_ANY)
        self._lock = Lock()  # a capture must not be released while another thread reads it
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        self.fps = usable_fps(self._capture.get(cv2.CAP_PROP_FPS)) or _USUAL_FPS
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        # Unfinished files claim up to 2**30 frames or fewer than none; a frame takes some bytes.
        self.frame_count = int(count) if 0 < count <= size else None
        self._time = -math.inf
        self._first = self._read()
        if self._first is None:
            self.close()
            raise SourceError(_why_unreadable(name, self._cut_off))

    def _frames(self) -> Iterator[Frame]:
        image, self._first = self._first, None
        index = 0
        while image is not None:
            yield Frame(image, index, self._time, self.name)
            index += 1
            image = self._read()
        if self._cut_off and self._capture.isOpened():
            self._report(SourceError(self._what_is_missing(index)))

    def _what_is_missing(self, read: int) -> str:
        known = self.frame_count is not None and self.frame_count > read
        share = f"{read} of about {self.frame_count}" if known else f"only {read}"
        return f"{self.name} is cut off: {share} frames could be read"

    def _read(self) -> Image | None:
        """Decode the next frame and set `_time`; None at the end and after `close`."""
        with self._lock:
            if not any(self._capture.grab() for _ in range(1 + _GRAB_RETRIES)):
                return None
            self._time = self._next_time(self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
            decoded, image = self._capture.retrieve()
            return np.asarray(image, np.uint8) if decoded else None

    def _next_time(self, told: float) -> float:
        """The stream's time in seconds, or one frame on where that is missing or stands still."""
        if self._time < 0:  # the first frame
            return told if math.isfinite(told) and told > 0 else 0.0
        if math.isfinite(told) and told > self._time:
            return told
        return self._time + 1 / (self.fps or _USUAL_FPS)

    def close(self) -> None:
        """Let go of the file; an iteration in another thread ends with its current frame."""
        with self._lock:
            self._first = None
            self._capture.release()


def usable_fps(fps: float) -> float | None:
    """A frame rate as OpenCV tells it, or None for the 0, nan or nonsense of some streams."""
    return fps if math.isfinite(fps) and 0 < fps <= _MAX_FPS else None


def _inspect(name: str, path: Path) -> tuple[bool, int]:
    """Whether a file is cut off, and its size in bytes; OpenCV would not say why it cannot open."""
    try:
        size = path.stat().st_size
        if size == 0:
            raise SourceError(f"{name} is empty")
        return is_cut_off(path), size
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}") from error


def _why_unreadable(name: str, cut_off: bool) -> str:
    if cut_off:
        return f"{name} is cut off: no frame could be read; copy or record it again"
    return f"{name} is not a video or image that can be read; try MP4, AVI, WebM, JPEG or PNG"
