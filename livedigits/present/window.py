"""A window that shows the annotated frames live."""

import os
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from livedigits.capture.frame import Frame
from livedigits.errors import DisplayError
from livedigits.present.overlay import annotate
from livedigits.present.sink import Sink
from livedigits.reading import Box, Reading

_LARGEST = (1280, 720)
"""Width and height that a window opens with at most; it can be resized then."""

_QUIT_KEYS = (ord("q"), ord("Q"), 27)
"""q or Esc."""

_SMOOTHING = 0.9
"""Weight of the past in the frame rate shown: it settles within some twenty frames."""


class WindowSink(Sink):
    """Shows annotated frames until the user closes it with q, Esc or the window's own button.

    Args:
        title: of the window.
        delay: seconds to wait for keys after each frame, at least 0.001; it is up to the caller to
            show recorded frames no faster than real time.

    Raises:
        DisplayError: no window can be shown here.
    """

    def __init__(self, title: str = "livedigits", *, delay: float = 0.001) -> None:
        if not cv2.currentUIFramework():
            raise DisplayError(
                f"this OpenCV has no windows ({cv2.__file__}): "
                "pip uninstall opencv-python-headless, "
                "then pip install --force-reinstall opencv-python; or go on with --no-show"
            )
        if not display_available():
            raise DisplayError(
                "no display to show a window on; log in to a desktop or set DISPLAY, "
                "or go on with --no-show"
            )
        self._title = title
        self._delay = delay
        self._shown = False
        self._last: float | None = None
        self._period = 0.0
        self.closed = False
        """Whether the user has closed the window; writing to it does nothing then."""

    def write(self, frame: Frame, reading: Reading) -> None:
        """Show one frame with the rate at which frames come, and see to keys and clicks."""
        if self.closed:
            return
        if not self._shown:
            self._open(*frame.image.shape[:2])
        # Windows drop rows and columns to make a picture fit: thin lines would go missing. So it is
        # scaled here and drawn on then.
        scale = self._scale(*frame.image.shape[:2])
        image, scaled = frame.image, reading
        if scale < 1:
            image = cv2.resize(
                image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
            ).astype(np.uint8, copy=False)
            scaled = _scaled(reading, scale)
        cv2.imshow(self._title, annotate(image, scaled, fps=self._rate()))
        self.pump(self._delay)

    def pump(self, seconds: float = 0.001) -> bool:
        """Give the window time for keys, clicks and drawing, between frames or while paused.

        Returns:
            Whether a key was pressed meanwhile, which ends the wait.
        """
        if self.closed or not self._shown:
            return False
        key = cv2.waitKey(max(1, round(1000 * seconds)))
        self.closed = (key != -1 and key & 0xFF in _QUIT_KEYS) or not self._visible()
        return bool(key != -1)

    def close(self) -> None:
        """Take the window off the screen."""
        self.closed = True
        if self._shown and self._visible():
            cv2.destroyWindow(self._title)
            cv2.waitKey(1)  # some desktops take the window away only when events are seen to
        self._shown = False

    def _open(self, height: int, width: int) -> None:
        flags = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
        cv2.namedWindow(self._title, flags)
        scale = min(1.0, _LARGEST[0] / width, _LARGEST[1] / height)
        # Tiny pictures get a window that is large enough to see and to close.
        size = max(160, round(width * scale)), max(120, round(height * scale))
        cv2.resizeWindow(self._title, *size)
        self._shown = True

    def _scale(self, height: int, width: int) -> float:
        """What brings a picture to the window's present size, at most 1."""
        _, _, w, h = cv2.getWindowImageRect(self._title)
        if w <= 0 or h <= 0:  # minimised, or a toolkit that does not tell
            w, h = _LARGEST
        fits: float = min(1.0, w / width, h / height)
        return max(fits, 1 / min(width, height))  # at least a pixel each way

    def _visible(self) -> bool:
        # 0 is closed; GTK answers -1 for windows in plain view (opencv#25346), and Qt raises an
        # error once its last window has gone.
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) != 0
        except cv2.error:
            return False

    def _rate(self) -> float | None:
        """Frames a second up to now, None before the second frame."""
        now = time.perf_counter()
        last, self._last = self._last, now
        if last is None:
            return None
        period = now - last
        past = self._period or period
        self._period = _SMOOTHING * past + (1 - _SMOOTHING) * period
        return 1 / max(self._period, 1e-6)


def _scaled(reading: Reading, scale: float) -> Reading:
    """A reading as it would be of the same picture at another size."""

    def box(old: Box) -> Box:
        return Box(*(round(scale * i) for i in old))

    return replace(
        reading,
        lines=tuple(replace(i, box=box(i.box)) for i in reading.lines),
        digits=tuple(replace(i, box=box(i.box)) for i in reading.digits),
    )


def display_available() -> bool:
    """Whether a window can be shown, without trying one: a failed try ends the whole process.

    On Linux a display server has to answer: that of DISPLAY (X11, XWayland), or that of
    WAYLAND_DISPLAY where OpenCV was built with a toolkit that speaks Wayland; the one in OpenCV's
    own packages does not. Elsewhere a display is taken for granted.
    """
    if sys.platform in ("win32", "darwin"):
        return True
    if _x11_answers(os.environ.get("DISPLAY", "")):
        return True
    return _speaks_wayland() and _wayland_answers(os.environ.get("WAYLAND_DISPLAY", ""))


def _x11_answers(display: str) -> bool:
    """Whether an X server listens at a display name, [host]:number[.screen] (man X)."""
    host, colon, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not colon or not number.isdigit():
        return False
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        return _listens(path) or _listens(f"\0{path}")
    try:
        socket.create_connection((host.strip("[]"), 6000 + int(number)), timeout=2).close()
    except (OSError, OverflowError):
        return False
    return True


def _wayland_answers(display: str) -> bool:
    return bool(display) and _listens(
        str(Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent")) / display)
    )


def _speaks_wayland() -> bool:
    """Whether this OpenCV's windows do: GTK 3 does, Qt only with its plugin for Wayland."""
    toolkit = cv2.currentUIFramework()
    if not toolkit.startswith("QT"):
        return toolkit.startswith("GTK3")
    folder = os.environ.get("QT_QPA_PLATFORM_PLUGIN_PATH", "")
    return bool(folder) and any(Path(folder).rglob("libqwayland*"))


def _listens(address: str) -> bool:
    """Whether a server answers at a Unix socket; a leading NUL marks Linux's abstract ones."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(address)
        except OSError:
            return False
    return True
