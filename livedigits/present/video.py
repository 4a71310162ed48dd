"""Annotated video files, in formats that OpenCV's own packages can encode."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from livedigits.capture.frame import Frame, Image
from livedigits.errors import OutputError
from livedigits.hush import hushed
from livedigits.present.overlay import annotate
from livedigits.present.sink import Sink, check_writable, is_same_file
from livedigits.reading import Reading

# The codecs in the packages of OpenCV are the free ones: no H.264. Milliseconds a frame of
# 1280x720 on one core are in brackets. VP9 would take 316, with a wait of seconds at the end. In
# .mkv, FFV1 would be lossless, but takes 41 and eight times the space; Motion JPEG keeps every
# frame whole as well, so a file cut short plays up to the cut.
_CODECS = {
    ".mp4": "mp4v",  # MPEG-4 part 2 [5]
    ".m4v": "mp4v",
    ".mov": "mp4v",
    ".avi": "MJPG",  # Motion JPEG [11]
    ".mkv": "MJPG",
    ".webm": "VP80",  # VP8: plays in browsers [68]
}
VIDEO_SUFFIXES = tuple(_CODECS)
"""Endings of file names that a `VideoSink` can write."""

_DEFAULT_FPS = 25.0
_MIN_SIDE = 16
"""Frames of fewer pixels a side are beyond some codecs."""

_RESERVE_MB = 16
"""Left free on the disk, so that the file can be finished: OpenCV tells of no write error."""


def check_suffix(path: Path) -> None:
    """Find out whether a file's name ends in one of `VIDEO_SUFFIXES`.

    Raises:
        OutputError: it does not.
    """
    if path.suffix.lower() not in _CODECS:
        raise OutputError(
            f"{path}: no video format goes with this name; end it in {_listed(VIDEO_SUFFIXES)}"
        )


class VideoSink(Sink):
    """Writes one video; it plays up to the last frame written, after an error too.

    The first frame sets the size (made even and at least 16 a side, as codecs want it, by repeating
    the border); later ones of another size are scaled to fit, with black bars.

    Args:
        path: the file, overwritten if it exists; its suffix, one of `VIDEO_SUFFIXES`, sets the
            format.
        fps: frames a second; 25 where that is None or not positive.
        annotated: draw the overlay; else write the frames as they are.

    Raises:
        OutputError: the suffix is unknown, its codec is missing here, the file cannot be written,
            or the disk is almost full.
    """

    def __init__(
        self, path: str | Path, fps: float | None = None, *, annotated: bool = True
    ) -> None:
        self._path = Path(path)
        self._fps = fps if fps and np.isfinite(fps) and fps > 0 else _DEFAULT_FPS
        self._annotated = annotated
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        check_suffix(self._path)
        check_writable(self._path)
        self._check_room()
        try:
            str(path).encode()
        except UnicodeEncodeError:  # at which OpenCV would crash
            raise OutputError(f"{path}: the name is not valid UTF-8; name another path") from None
        with self._trial((64, 48)):
            pass

    def write(self, frame: Frame, reading: Reading) -> None:
        """Write one frame.

        Raises:
            OutputError: it could not be written, or the file is the very video being read.
        """
        image = annotate(frame.image, reading) if self._annotated else frame.image
        self._check_room()
        writer = self._writer or self.open_for(frame)
        writer.write(_fitted(image, self._size))

    def open_for(self, frame: Frame, fps: float | None = None) -> cv2.VideoWriter:
        """Open the file, as the first `write` does; for whoever writes in another thread.

        Args:
            frame: sets the size.
            fps: frames a second; None for those that the sink was made for.

        Raises:
            OutputError: it cannot be opened, or is the very video being read.
        """
        if is_same_file(self._path, frame.source):
            raise OutputError(f"{self._path}: is the video being read; save to another name")
        self._fps = fps or self._fps
        self._size = _even(frame.image)
        self._writer = self._open(self._path, self._size)
        return self._writer

    def encoding_s(self, frame: Frame) -> float:
        """Seconds that it takes to encode a picture like a frame's."""
        size = _even(frame.image)
        first = _fitted(frame.image, size)
        other = np.ascontiguousarray(first[:, ::-1])  # of which the encoder knows nothing
        with self._trial(size) as writer:
            writer.write(first)
            started = time.perf_counter()
            writer.write(other)
            return time.perf_counter() - started

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.release()

    def _check_room(self) -> None:
        free_mb = shutil.disk_usage(self._path.parent).free // 1_000_000
        if free_mb < _RESERVE_MB:
            raise OutputError(
                f"{self._path}: only {free_mb} MB are left on the disk, and a video needs "
                f"{_RESERVE_MB} to be finished; free some space or name a path on another disk"
            )

    @contextmanager
    def _trial(self, size: tuple[int, int]) -> Iterator[cv2.VideoWriter]:
        """A writer whose file nobody needs."""
        with tempfile.TemporaryDirectory() as folder:
            writer = self._open(Path(folder) / f"trial{self._path.suffix.lower()}", size)
            try:
                yield writer
            finally:
                writer.release()

    def _open(self, path: Path, size: tuple[int, int]) -> cv2.VideoWriter:
        code = cv2.VideoWriter.fourcc(*_CODECS[path.suffix.lower()])
        with hushed():
            writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, self._fps, size)
        if not writer.isOpened():
            others = [i for i in VIDEO_SUFFIXES if _CODECS[i] != _CODECS[path.suffix.lower()]]
            raise OutputError(
                f"{self._path}: this OpenCV cannot encode {path.suffix.lower()} video; "
                f"try {_listed(others)}"
            )
        return writer


def _even(image: Image) -> tuple[int, int]:
    """The least width and height that codecs take a picture in."""
    height, width = image.shape[:2]
    return max(_MIN_SIDE, width + width % 2), max(_MIN_SIDE, height + height % 2)


def _fitted(image: Image, size: tuple[int, int]) -> Image:
    """A picture brought to `size` (width, height): border repeated if that is all it lacks."""
    width, height = size
    h, w = image.shape[:2]
    if (w, h) == size:
        return image
    border = cv2.BORDER_REPLICATE
    if not (0 <= width - w < _MIN_SIDE and 0 <= height - h < _MIN_SIDE):
        border = cv2.BORDER_CONSTANT
        scale = min(width / w, height / h)
        w, h = max(1, round(w * scale)), max(1, round(h * scale))
        image = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    top, left = (height - h) // 2, (width - w) // 2
    sides = top, height - h - top, left, width - w - left
    fitted: Image = cv2.copyMakeBorder(image, *sides, border).astype(np.uint8, copy=False)
    return fitted


def _listed(suffixes: tuple[str, ...] | list[str]) -> str:
    return f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
