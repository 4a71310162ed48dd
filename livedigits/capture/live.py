"""Cameras and network streams: the newest frame, however slow the reader of it is.

Queues build up in drivers and networks wherever frames are taken more slowly than they come, and
then every picture is seconds old. A thread that takes all and keeps the newest is the usual cure
(opencv#13145).
"""

import atexit
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Condition, Thread

import numpy as np

from livedigits.capture.base import BaseSource, ErrorHandler, Rotation
from livedigits.capture.frame import Frame, Image, Kind
from livedigits.capture.opencv import check_name, cv2
from livedigits.capture.video import usable_fps
from livedigits.errors import SourceError

_NETWORK_TIMEOUT_MS = 10_000  # FFmpeg's own default is 30 s, long for someone at a screen
_MAX_FAILURES = 5  # one frame can be damaged on its way; several in a row are the end
_PAUSE_AFTER_FAILURE_S = 0.1
_CLOSE_WAIT_S = 1.0  # a read in a stalled stream comes back only after the network timeout


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """What to ask a camera for; it gives the nearest that it can.

    Attributes:
        size: width and height in pixels; None leaves the camera's own, often 640x480.
        fps: frames a second; None leaves the camera's own.
    """

    size: tuple[int, int] | None = (1280, 720)
    fps: float | None = None


def open_camera(device: int | str, options: CameraOptions) -> cv2.VideoCapture:
    """Open a camera by its index, or by its path on Linux (`/dev/video0`).

    Returns:
        The capture, set up; whether it is open is for the caller to check.
    """
    capture = cv2.VideoCapture(device, cv2.CAP_ANY if isinstance(device, int) else cv2.CAP_V4L2)
    if not capture.isOpened():
        return capture
    # USB carries 5 to 10 raw frames a second at 720p; MJPG has to be set before the size
    # (opencv#9540), and the rate after it.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    if options.size is not None:
        width, height = options.size
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    if options.fps is not None:
        capture.set(cv2.CAP_PROP_FPS, options.fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def open_stream(url: str) -> cv2.VideoCapture:
    """Open a network stream, with time limits, which hold only where FFmpeg is asked for by name.

    One thread decodes: several hold back one frame each (of H.264, 15 frames with 16 threads).

    Returns:
        The capture; whether it is open is for the caller to check.

    Raises:
        SourceError: the address is not valid UTF-8.
    """
    check_name(url)
    parameters = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _NETWORK_TIMEOUT_MS),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, _NETWORK_TIMEOUT_MS),
        *(cv2.CAP_PROP_N_THREADS, 1),
    ]
    return cv2.VideoCapture(url, cv2.CAP_FFMPEG, parameters)


def without_password(url: str) -> str:
    """A URL fit for messages and logs: `rtsp://user:secret@host` as `rtsp://user:***@host`."""
    return re.sub(r"(?<=://)([^/@:]*):[^/]*@", r"\1:***@", url)


def _read(capture: cv2.VideoCapture) -> Image | None:
    decoded, image = capture.read()
    return np.asarray(image, np.uint8) if decoded and image is not None else None


class LiveSource(BaseSource):
    """The newest frame of a camera or stream; none is handed out twice.

    A frame's `index` counts all frames that came, `dropped` those among them that were skipped,
    and `time` is when it arrived, in seconds after the first.
    """

    kind: Kind = "live"

    def __init__(
        self,
        name: str,
        capture: cv2.VideoCapture,
        *,
        advice: str,
        rotate: Rotation = 0,
        on_error: ErrorHandler | None = None,
    ):
        """Read one frame and begin to grab.

        Args:
            name: the source as messages and frames name it.
            capture: the camera or stream; it belongs to the source from here on.
            advice: what to try when it cannot be read, for the error's message.
            rotate: degrees clockwise by which every frame is turned.
            on_error: called when frames stop coming; None raises at that point.

        Raises:
            SourceError: it did not open, or gives no frame.
        """
        super().__init__(name, rotate=rotate, on_error=on_error)
        image = _read(capture) if capture.isOpened() else None
        if image is None:
            capture.release()
            raise SourceError(f"{name} cannot be opened: {advice}")
        self.fps = usable_fps(capture.get(cv2.CAP_PROP_FPS))
        self._capture = capture
        self._changed = Condition()  # guards all that follows
        self._newest: Image | None = image
        self._index = 0
        self._time = 0.0
        self._lost = False
        self._closed = False
        # A source that nobody closed must neither keep the interpreter from ending nor be inside
        # OpenCV while it ends, which can crash it.
        self._thread = Thread(target=self._grab, name=f"grab {name}", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def _grab(self) -> None:
        """Keep the newest frame until closed or until no more come; runs in its own thread."""
        started = time.monotonic()
        failures = 0
        while failures <= _MAX_FAILURES and not self._closed:
            began = time.monotonic()
            image = _read(self._capture)
            now = time.monotonic()
            with self._changed:
                if image is not None:
                    failures = 0
                    self._newest = image
                    self._index += 1
                    self._time = now - started
                    self._changed.notify_all()
                elif now - began > _NETWORK_TIMEOUT_MS / 2000:
                    break  # it was waited for long enough
                else:
                    failures += 1
                    self._changed.wait_for(lambda: self._closed, _PAUSE_AFTER_FAILURE_S)
        self._capture.release()
        with self._changed:
            self._lost = True
            self._changed.notify_all()

    def _frames(self) -> Iterator[Frame]:
        handed_out = 0
        while True:
            with self._changed:
                # In short waits: on Windows, Ctrl-C is not heard during one without an end.
                while not self._changed.wait_for(self._has_news, timeout=0.2):
                    pass
                if self._closed:
                    return
                image, self._newest = self._newest, None
                index, arrived = self._index, self._time
            if image is None:
                self._report(
                    SourceError(f"{self.name} stopped delivering frames; is it still connected?")
                )
                return
            yield Frame(image, index, arrived, self.name, dropped=index - handed_out)
            handed_out += 1

    def _has_news(self) -> bool:
        return self._newest is not None or self._lost or self._closed

    def close(self) -> None:
        """End the iteration at once, and the grabbing thread as soon as its read comes back."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(_CLOSE_WAIT_S)
        atexit.unregister(self.close)
