"""A window that shows the annotated frames live."""

import time

import cv2
import numpy as np

from livedigits.capture.frame import Frame, Image
from livedigits.errors import DisplayError
from livedigits.present.controls import QUIT_CODES, Controls, View, key_code
from livedigits.present.overlay import REGION
from livedigits.present.screen import display_available, screen_size
from livedigits.present.sink import Sink
from livedigits.present.status import STATUS_HEIGHT, Meter, Notice, help_panel, status_line
from livedigits.present.views import Inspector, Viewport
from livedigits.reading import Reading

_LARGEST = (1280, 720)
"""Width and height of the picture that a window opens with at most; it can be resized then."""

_SMALLEST = (640, 480)
"""Smaller pictures are scaled up to this, so that labels and the line below have room."""

_SCREEN_SHARE = 0.9
"""Of the screen that a window takes at most; the rest is for its frame and the desktop's bars."""

_COMING_UP_S = 1.0
"""For so long after it was opened a window is drawn again and again: some desktops lose what is
drawn while it comes up, and a picture that stands still would be drawn only once."""

_LEAST_DRAG = 8
"""Pixels of the screen; what is smaller is a click."""


class WindowSink(Sink):
    """Shows annotated frames until the user closes it with q, Esc or the window's own button.

    Args:
        title: of the window.
        delay: seconds to wait for keys after each frame, at least 0.001; it is up to the caller to
            show recorded frames no faster than real time.
        controls: what keys and the mouse change; it is up to the caller to obey it. None makes a
            window that shows pictures and knows no keys but those that close it.
        inspector: shows the ink and the patches; None leaves these views out.
        engine: what runs the model, for the line below the picture.

    Raises:
        DisplayError: no window can be shown here.
    """

    def __init__(
        self,
        title: str = "livedigits",
        *,
        delay: float = 0.001,
        controls: Controls | None = None,
        inspector: Inspector | None = None,
        engine: str = "",
    ) -> None:
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
        # Qt takes mouse callbacks only for names in ASCII; and two windows may share a title.
        self._name = f"livedigits-{id(self)}"
        self._delay = delay
        self._controls = controls or Controls()
        self._plain = controls is None
        self._inspector = inspector
        self._engine = engine
        self._notice = Notice()
        self._stalled = ""
        self._opened = False
        self._opened_at = 0.0
        self._drag_from: tuple[int, int] | None = None
        self._stale = False  # what is on the screen is out of date
        self._drawn_size = (0, 0)
        self._canvas = np.zeros((0, 0, 3), np.uint8)
        self.begin(live=True)

    def begin(self, *, live: bool, length: float | None = None) -> None:
        """Prepare for another stream.

        Args:
            live: its frames come by the clock.
            length: of a recording, in seconds, where that is known.
        """
        self._live = live
        self._length = length
        self._meter = Meter(live=live)
        self._shown: tuple[Frame, Reading, Image | None] | None = None

    @property
    def closed(self) -> bool:
        """Whether the user has closed the window; writing to it does nothing then."""
        return self._controls.closed

    def write(self, frame: Frame, reading: Reading) -> None:
        """Show one frame, and see to keys and clicks."""
        self.show(frame, reading)

    def show(self, frame: Frame, reading: Reading, drawn: Image | None = None) -> None:
        """Show one frame, and see to keys and clicks.

        Args:
            frame: what to show.
            reading: what was read in it.
            drawn: the frame with its reading drawn on it, where another has drawn it already.
        """
        if self.closed:
            return
        begun = time.perf_counter()
        if not self._opened:
            self._open(*frame.image.shape[1::-1])
        self._shown = frame, reading, drawn
        self._stalled = ""
        self._draw()
        self.pump(self._delay)
        self._meter.shown(frame, reading, begun, time.perf_counter())

    def say(self, text: str) -> None:
        """Tell something in the line below the picture, for some seconds."""
        self._notice.say(text)
        self._stale = True

    def stall(self, seconds: float) -> None:
        """Tell that no frame has come for so long, until one comes."""
        told, self._stalled = self._stalled, f"no frames for {seconds:.0f} s"
        self._stale |= self._stalled != told

    def pump(self, seconds: float = 0.001) -> bool:
        """Give the window time for keys, clicks and drawing, between frames or while paused.

        Returns:
            Whether a key was pressed meanwhile, which ends the wait.
        """
        if self.closed or not self._opened:
            return False
        code = cv2.waitKeyEx(max(1, round(1000 * seconds)))
        if not self._visible():
            self._controls.quit()
        elif code != -1:
            self._press(code)
        if self._controls.paused or self._stalled:
            self._meter.rest()
        if self._plain:  # others get frame after frame
            self._stale |= time.perf_counter() < self._opened_at + _COMING_UP_S
        if not self.closed and (self._stale or self._size() != self._drawn_size):
            self._draw()
        return bool(code != -1)

    def _press(self, code: int) -> None:
        if self._plain:
            self._controls.closed = key_code(code) in QUIT_CODES
            return
        self._controls.press(code)
        self._stale = True

    def close(self) -> None:
        """Take the window off the screen."""
        self._controls.quit()
        if self._opened and self._visible():
            cv2.destroyWindow(self._name)
            cv2.waitKey(1)  # some desktops take the window away only when events are seen to
        self._opened = False

    def _open(self, width: int, height: int) -> None:
        # The canvas is made in the window's own size, so there is no ratio to keep.
        flags = cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL
        cv2.namedWindow(self._name, flags)
        cv2.setWindowTitle(self._name, self._title)
        cv2.resizeWindow(self._name, *self._first_size(width, height))
        if not self._plain:
            cv2.setMouseCallback(self._name, self._on_mouse)
        self._opened, self._opened_at = True, time.perf_counter()

    def _first_size(self, width: int, height: int) -> tuple[int, int]:
        """Of the window for frames of such a size, in pixels."""
        below = 0 if self._plain else STATUS_HEIGHT
        # Only now that the window is there: an X server without a desktop starts over whenever its
        # last client leaves, and Qt would find nobody there and end the process.
        screen = screen_size() or _LARGEST
        most_w, most_h = (
            min(_LARGEST[0], _SCREEN_SHARE * screen[0]),
            min(_LARGEST[1], _SCREEN_SHARE * screen[1] - below),
        )
        most = min(most_w / width, most_h / height)
        scale = min(most, max(1.0, min(_SMALLEST[0] / width, _SMALLEST[1] / height)))
        return max(160, round(width * scale)), max(120, round(height * scale) + below)

    def _size(self) -> tuple[int, int]:
        """Width and height of the window's inside at present."""
        _, _, width, height = cv2.getWindowImageRect(self._name)
        if min(width, height) <= STATUS_HEIGHT:  # minimised, or a toolkit that does not tell
            return _LARGEST
        return width, height

    def _visible(self) -> bool:
        # 0 is closed; GTK answers -1 for windows in plain view (opencv#25346), and Qt raises an
        # error once its last window has gone.
        try:
            return cv2.getWindowProperty(self._name, cv2.WND_PROP_VISIBLE) != 0
        except cv2.error:
            return False

    def _draw(self) -> None:
        """Compose what is to be seen, in the window's size, and hand it over."""
        if self._shown is None:
            return
        frame, reading, drawn = self._shown
        width, height = self._drawn_size = self._size()
        below = 0 if self._plain else STATUS_HEIGHT
        if self._canvas.shape[:2] != (height, width):  # kept: fresh memory costs milliseconds
            self._canvas = np.zeros((height, width, 3), np.uint8)
        canvas = self._canvas
        picture = canvas[: height - below]
        self._viewport = Viewport.fit(
            frame.image.shape[1::-1], picture.shape[1::-1], mirrored=self._controls.mirrored
        )
        self._draw_view(picture, frame, reading, drawn)
        if not self._plain:
            canvas[height - below :] = status_line(
                width,
                self._meter,
                self._controls,
                engine=self._engine,
                position=self._position(frame),
                stalled=self._stalled,
                notice=self._notice.text,
            )
            if self._controls.helped:
                _put_in_the_middle(help_panel(self._controls, *picture.shape[1::-1]), picture)
        cv2.imshow(self._name, canvas)
        self._stale = False

    def _draw_view(
        self, picture: Image, frame: Frame, reading: Reading, drawn: Image | None
    ) -> None:
        view, viewport = self._controls.view, self._viewport
        x, y, w, h = viewport.box
        target = picture[y : y + h, x : x + w]
        if view is View.PATCHES and self._inspector is not None:
            picture[:] = self._inspector.patches(frame.image, picture.shape[1::-1])
            return
        if view is View.INK and self._inspector is not None:
            target[:] = viewport.picture_of(self._inspector.ink(frame.image))
        else:
            target[:] = viewport.annotated(frame.image, reading, drawn)
        for bar in (picture[:y], picture[y + h :], picture[:, :x], picture[:, x + w :]):
            bar[:] = 0
        if region := self._controls.dragged or self._controls.region:
            box = viewport.box_of(region)
            cv2.rectangle(target, box[:2], (box.right - 1, box.bottom - 1), REGION, 2)

    def _position(self, frame: Frame) -> str:
        """Where in a recording a frame is, nothing where it is live."""
        if self._live:
            return ""
        length = f" / {_minutes(self._length)}" if self._length else ""
        return f"{_minutes(frame.time)}{length}"

    def _on_mouse(self, event: int, x: int, y: int, flags: int, _: object) -> None:
        """Follow a drag, which sets the region in pixels of the frame, however it is shown."""
        controls = self._controls
        if controls.view is View.PATCHES:
            return
        if event == cv2.EVENT_LBUTTONDOWN:
            self._drag_from = x, y
        elif self._drag_from is not None and event in (cv2.EVENT_MOUSEMOVE, cv2.EVENT_LBUTTONUP):
            far = max(abs(x - self._drag_from[0]), abs(y - self._drag_from[1])) >= _LEAST_DRAG
            dragged = self._viewport.region(self._drag_from, (x, y)) if far else None
            controls.dragged = dragged
            if event == cv2.EVENT_LBUTTONUP:
                self._drag_from, controls.dragged = None, None
                controls.region = dragged or controls.region
            self._stale = True


def _put_in_the_middle(panel: Image, picture: Image) -> None:
    """Draw a panel onto a picture; what finds no room is cut off."""
    height, width = (min(a, b) for a, b in zip(panel.shape[:2], picture.shape[:2], strict=True))
    y, x = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    picture[y : y + height, x : x + width] = panel[:height, :width]


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
