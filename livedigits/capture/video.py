"""Recordings: every frame of a video file, in order, with the time that the stream gives it."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from livedigits.capture.base import BaseSource, ErrorHandler, Rotation
from livedigits.capture.containers import chain_of, is_cut_off, mp4_duration
from livedigits.capture.frame import Frame, Image, Kind
from livedigits.capture.opencv import check_name, cv2
from livedigits.capture.transport import is_transport_broken
from livedigits.errors import SourceError

_RETRIES = 5  # a damaged frame in the middle is not the end (as PySceneDetect has it)
_USUAL_FPS = 30.0  # where the container has no usable rate
_RUN_UP_S = 0.5  # OpenCV counts frames by the mean rate, and may land behind where it was told
_EVEN = 0.8  # share of frames that follow each other at once where the rate does not vary
_MAX_FPS = 1000.0  # containers that have no rate give their time base instead, 90000 for example


class VideoSource(BaseSource):
    """Every frame of a video file, in order; `seek` goes elsewhere in it."""

    kind: Kind = "video"

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        rotate: Rotation = 0,
        on_error: ErrorHandler | None = None,
        times: Sequence[float] | None = None,
    ):
        """Open the file and decode its first frame.

        Args:
            name: the source as the user named it.
            path: an existing file.
            rotate: degrees clockwise by which every frame is turned.
            on_error: called when the file turns out to be cut off or damaged; None raises at that
                point.
            times: seconds at which the first frames were taken, where that is known better than
                the file tells; None goes by the file.

        Raises:
            SourceError: the file is empty, no video, without a single frame that decodes, or its
                name is not valid UTF-8.
        """
        super().__init__(name, rotate=rotate, on_error=on_error)
        self._cut_off, size = _inspect(name, path)
        # An absolute path, because FFmpeg takes what stands before a colon for a protocol.
        self._file = str(path.absolute())
        check_name(self._file)
        self._capture = cv2.VideoCapture()
        self._lock = Lock()  # a capture must not be released while another thread reads it
        self._open()
        self.fps = usable_fps(self._capture.get(cv2.CAP_PROP_FPS)) or _USUAL_FPS
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        # Unfinished files claim up to 2**30 frames or fewer than none; a frame takes some bytes.
        self.frame_count = int(count) if 0 < count <= size else None
        self._better_times = times or ()
        self._told: list[float] = []  # what the file says of each frame that was passed, seconds
        self._times: list[float] = []  # the same without gaps and steps back
        self._next = 0
        self._lost = 0  # frames at the end that are there and cannot be decoded
        self._first = self._read()
        if self._first is None:
            self.close()
            raise SourceError(_why_unreadable(name, self._cut_off))

    def _open(self) -> None:
        self._capture.open(self._file, cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            self._capture.open(self._file, cv2.CAP_ANY)
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)

    def _frames(self) -> Iterator[Frame]:
        while True:
            image, self._first = self._first, None
            if image is None:
                image = self._read()
            if image is None:
                break
            index = self._next - 1
            yield Frame(image, index, self._time_of(index), self.name)
        if self._capture.isOpened() and (self._cut_off or self._lost or self._is_broken()):
            self._report(SourceError(self._what_is_missing()))

    def _is_broken(self) -> bool:
        """Whether it is damaged within, so that fewer frames than the file tells of were read; of a
        transport stream, whether any of the video's packets is."""
        missing = (self.frame_count or 0) - len(self._times)
        path = Path(self._file)
        try:
            if is_transport_broken(path):
                return True
            if missing <= 0:
                return False
            chain = chain_of(path)
            if chain is not None:
                beyond = chain.frames - len(self._times)
                return chain.broken or 0 < chain.frames < len(self._times) or self._skips(beyond)
            shown = mp4_duration(path)
        except OSError:  # gone meanwhile
            return False
        # An MP4 counts frames that were trimmed away, too; only damage leaves as large a gap in
        # its time, which sound that outlasts it and uneven rates do not.
        gaps = self._gaps(shown or self._times[-1] + 1 / (self.fps or _USUAL_FPS))
        even = np.mean(gaps == 0) >= _EVEN and gaps.min() == 0
        return bool(even and missing / 2 <= gaps.sum() <= 1.5 * missing)

    def _skips(self, missing: int) -> bool:
        """Whether there are gaps in its time for the pictures that the file holds beyond those that
        were read; some codecs have pictures that are not shown, and some cameras pause."""
        length = (self.frame_count or 0) / (self.fps or _USUAL_FPS)
        gaps = self._gaps(self._times[0] + length).sum()
        return missing > 0 and bool(missing / 2 <= gaps <= 2 * missing)

    def _gaps(self, end: float) -> npt.NDArray[np.float64]:
        """Frames that would find room after each that was read, up to an end in seconds, `(n,)`."""
        times = np.array([*self._times, end])
        return np.asarray(np.rint(np.diff(times) * (self.fps or _USUAL_FPS)) - 1, np.float64)

    def _what_is_missing(self) -> str:
        read = len(self._times) - self._lost
        if read == self.frame_count and not self._cut_off:
            return (
                f"{self.name} is damaged: all {read} frames could be read, but some are not whole"
            )
        least = read + self._cut_off  # some files count what is left of them
        known = self.frame_count is not None and self.frame_count >= least
        share = f"{read} of about {self.frame_count}" if known else f"only {read}"
        state = "is cut off" if self._cut_off else "is damaged"
        return f"{self.name} {state}: {share} frames could be read"

    def seek(self, index: int) -> None:
        """Have the iteration go on with another frame.

        Frames ahead are passed one by one. Those that were passed before are known by their time,
        since containers keep no numbers and OpenCV's are off where the frame rate varies.

        Args:
            index: of the frame, from 0; one beyond the end ends the iteration.
        """
        with self._lock:
            if not self._capture.isOpened():
                return
            self._first = None
            if index < self._next and not self._go_back(index):
                self._open()
                self._next = 0
            while self._next < index and self._grab():
                pass

    def _go_back(self, index: int) -> bool:
        """Stand right before a frame that was passed; False where its time does not lead there."""
        if index == 0:
            return False
        before = self._told[index - 1]
        if self._told.index(before) != index - 1:  # the file tells several frames the same time
            return False
        self._capture.set(cv2.CAP_PROP_POS_MSEC, 1000 * max(0.0, before - _RUN_UP_S))
        while self._capture.grab():
            told = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            if told == before:
                self._next = index
                return True
            if told > before:
                return False
        return False

    def _read(self) -> Image | None:
        """Decode the next frame; None at the end and after `close`."""
        with self._lock:
            lost = 0
            while lost <= _RETRIES and self._grab():
                decoded, image = self._capture.retrieve()
                if decoded:
                    return np.asarray(image, np.uint8)
                lost += 1
            self._lost = lost
            return None

    def _grab(self) -> bool:
        """Pass one frame and keep its time."""
        if not any(self._capture.grab() for _ in range(1 + _RETRIES)):
            return False
        if self._next == len(self._times):
            told = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            self._times.append(self._next_time(told))
            self._told.append(told)
        self._next += 1
        return True

    def _time_of(self, index: int) -> float:
        return (self._better_times if index < len(self._better_times) else self._times)[index]

    def _next_time(self, told: float) -> float:
        """The stream's time in seconds, or one frame on where that is missing or stands still."""
        if not self._times:
            return told if math.isfinite(told) and told > 0 else 0.0
        if math.isfinite(told) and told > self._times[-1]:
            return told
        return self._times[-1] + 1 / (self.fps or _USUAL_FPS)

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
