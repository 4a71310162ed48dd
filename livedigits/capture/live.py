"""Cameras and network streams: the newest frame, however slow the reader of it is.

Queues build up in drivers and networks wherever frames are taken more slowly than they come, and
then every picture is seconds old. A thread that takes all and keeps the newest is the usual cure
(opencv#13145). The same thread opens and releases, since OpenCV may hang in any of these and cannot
be called off; whoever waits for frames only ever waits for the thread, in short pieces.
"""

import atexit
import os
import time
from collections.abc import Callable, Iterator
from threading import Condition, Thread
from typing import TypeAlias

import numpy as np

from livedigits.capture.base import BaseSource, ErrorHandler, Rotation
from livedigits.capture.devices import describe
from livedigits.capture.frame import Frame, Image, Kind
from livedigits.capture.opencv import cv2
from livedigits.capture.video import usable_fps
from livedigits.errors import SourceError
from livedigits.settings import CaptureSettings

NoticeHandler: TypeAlias = Callable[[str], None]
"""Is told what happens to a source that goes on nevertheless."""

_MAX_FAILURES = 5  # one frame can be damaged on its way; several in a row are the end
_PAUSE_AFTER_FAILURE_S = 0.1
_CLOSE_WAIT_S = 0.3  # a camera gives its next frame in that time; a stalled stream may never
_TICK_S = 0.05  # waits go in such pieces, for Ctrl-C on Windows and for whoever shows a window
_FIRST_PAUSE_S = 0.5  # before the first try to reconnect; a replugged camera takes about a second
_MOST_STUCK = 4  # connections that hang in OpenCV for good are left alone, up to so many
_EXIT_WAIT_S = 2.0  # for those that come back from OpenCV soon

_inside: set["_Connection"] = set()  # those whose thread may be inside OpenCV


def end_if_stuck(status: int) -> None:
    """End the process on the spot if OpenCV keeps a thread of ours; made for `atexit`.

    A thread that comes back from OpenCV while the interpreter ends aborts the process: before
    Python 3.14 it is unwound through destructors of C++ that do not allow it.
    """
    if is_stuck():
        os._exit(status)


def is_stuck() -> bool:
    """Whether OpenCV keeps a thread of ours."""
    return bool(_inside)


@atexit.register
def _wait_for_opencv() -> None:
    """Give threads time to come back, for programs that do not `end_if_stuck`."""
    deadline = time.monotonic() + _EXIT_WAIT_S
    while is_stuck() and time.monotonic() < deadline:
        time.sleep(_TICK_S)


class _Connection:
    """One opened capture, with the thread that alone touches it.

    Releasing a capture that another thread reads crashes, so to leave a connection is to tell its
    thread, which releases once its call into OpenCV has come back.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], cv2.VideoCapture],
        take: Callable[["_Connection", Image], None],
        changed: Condition,
    ) -> None:
        """Begin to open.

        Args:
            name: of the thread.
            connect: opens the capture.
            take: is given each frame.
            changed: is notified when `ended` changes.
        """
        self._connect = connect
        self._take = take
        self._changed = changed
        self.left = False
        self.ended = False
        self.fps: float | None = None
        self.given = ""
        # As a daemon it keeps no program from ending, wherever it hangs.
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        _inside.add(self)  # not told by `is_alive`, wrong after Ctrl-C in `join` (bpo-45274)
        try:
            if self.left:
                return
            capture = self._connect()
            try:
                if capture.isOpened():
                    self._grab(capture)
            finally:
                capture.release()
        finally:
            _inside.discard(self)
            with self._changed:
                self.ended = True
                self._changed.notify_all()

    def _grab(self, capture: cv2.VideoCapture) -> None:
        self.fps = usable_fps(capture.get(cv2.CAP_PROP_FPS))
        self.given = describe(capture)
        failures = 0
        while failures <= _MAX_FAILURES and not self.left:
            decoded, image = capture.read()
            if decoded and image is not None:
                failures = 0
                self._take(self, np.asarray(image, np.uint8))
            else:
                failures += 1
                with self._changed:
                    self._changed.wait_for(lambda: self.left, _PAUSE_AFTER_FAILURE_S)

    def leave(self) -> None:
        """Have the thread stop and release as soon as OpenCV lets it."""
        with self._changed:
            self.left = True
            self._changed.notify_all()

    def join(self, seconds: float) -> None:
        """Wait for that, but no longer than so many seconds."""
        self._thread.join(seconds)


class LiveSource(BaseSource):
    """The newest frame of a camera or stream; none is handed out twice.

    A frame's `index` counts all frames that came, `dropped` those among them that were skipped,
    and `time` is when it arrived, in seconds after the first. When no more come, it is opened anew
    until it is back; the count and the time go on.

    Attributes:
        given: what the camera really gives: size, format, rate, backend.
        on_wait: called about every 50 ms by the thread that iterates, while no frame comes; a place
            to see to a window. It may call `close`.
    """

    kind: Kind = "live"

    def __init__(
        self,
        name: str,
        connect: Callable[[], cv2.VideoCapture],
        *,
        advice: str,
        open_timeout_s: float,
        settings: CaptureSettings | None = None,
        waits: bool = False,
        rotate: Rotation = 0,
        on_error: ErrorHandler | None = None,
        on_notice: NoticeHandler | None = None,
    ):
        """Open it and wait for its first frame.

        Args:
            name: the source as messages and frames name it.
            connect: opens the camera or stream, in a thread of its own; called again to reconnect.
            advice: what to try when it cannot be opened, for the error's message.
            open_timeout_s: longest wait for the first frame.
            settings: how long a frame may take, and how to reconnect.
            waits: reconnect where it sends nothing from the start, too, as the settings have it.
            rotate: degrees clockwise by which every frame is turned.
            on_error: called when frames stop coming for good; None raises at that point.
            on_notice: called when frames stop coming and when they are back.

        Raises:
            SourceError: it did not open, or sends nothing and is not waited for.
        """
        super().__init__(name, rotate=rotate, on_error=on_error)
        self.given = ""
        self.on_wait: Callable[[], None] | None = None
        self._connect = connect
        self._open_timeout_s = open_timeout_s
        self._settings = settings or CaptureSettings()
        self._on_notice = on_notice or (lambda _: None)
        self._changed = Condition()  # guards all that follows
        self._closed = False
        self._newest: Image | None = None
        self._index = -1
        self._first_arrival = self._arrival = time.monotonic()
        self._stuck: list[_Connection] = []
        self._open()
        # A source that nobody closed must not be inside OpenCV while the interpreter ends, which
        # can crash it.
        atexit.register(self.close)
        try:
            self._wait(self._has_news, open_timeout_s)
            if self._newest is None and self._connection.ended:
                raise SourceError(f"{name} cannot be opened: {advice}")
            if self._newest is None and not (waits and self._settings.reconnect_s):
                raise SourceError(
                    f"{name} sends nothing: no frame came within {open_timeout_s:g} s; see whether "
                    f"it runs, and whether another program holds it; {advice}"
                )
            if self._newest is None:
                self._reconnect("sends nothing", f": {advice}")
        except BaseException:  # Ctrl-C above all
            self.close()
            raise
        self.fps = self._connection.fps
        self.given = self._connection.given

    @property
    def waited(self) -> float:
        """Seconds since the newest frame arrived."""
        return time.monotonic() - self._arrival

    def _open(self) -> None:
        with self._changed:  # so that its first frame waits until it is known
            self._connection = _Connection(
                f"grab {self.name}", self._connect, self._take, self._changed
            )

    def _take(self, connection: _Connection, image: Image) -> None:
        """Keep the newest frame; called by the thread of a connection."""
        now = time.monotonic()
        with self._changed:
            if connection.left:
                return  # too late
            if self._index < 0:
                self._first_arrival = now
            self._newest = image
            self._index += 1
            self._arrival = now
            self._changed.notify_all()

    def _frames(self) -> Iterator[Frame]:
        handed_out = 0
        while True:
            self._wait(self._has_news, self._settings.frame_timeout_s)
            with self._changed:
                image, self._newest = self._newest, None
                index, arrived = self._index, self._arrival - self._first_arrival
            if self._closed:
                return
            if image is not None:
                yield Frame(image, index, arrived, self.name, dropped=index - handed_out)
                handed_out += 1
            elif self._settings.reconnect_s:
                self._reconnect("stopped delivering frames")
            else:
                self._report(
                    SourceError(f"{self.name} stopped delivering frames; is it still connected?")
                )
                return

    def _reconnect(self, why: str, advice: str = "") -> None:
        """Open it anew, again and again, until it gives a frame or the source is closed."""
        self._on_notice(f"{self.name} {why}; trying to reconnect{advice}")
        last_arrival = self._arrival
        pause = min(_FIRST_PAUSE_S, self._settings.reconnect_s)
        while self._newest is None and not self._closed:
            self._leave()
            self._wait(lambda: self._closed, pause)
            pause = min(2 * pause, self._settings.reconnect_s)
            if not self._closed and len(self._stuck) < _MOST_STUCK:
                self._open()
                self._wait(self._has_news, self._open_timeout_s)
        if self._newest is not None:
            self._on_notice(f"{self.name} is back after {self._arrival - last_arrival:.0f} s")

    def _leave(self) -> None:
        """Leave the present connection, and forget those that OpenCV has let go of."""
        self._connection.leave()
        self._stuck = [i for i in {*self._stuck, self._connection} if not i.ended]

    def _wait(self, until: Callable[[], bool], seconds: float) -> None:
        """Wait for something that is notified of, but no longer than so many seconds."""
        deadline = time.monotonic() + seconds
        while not until() and (left := deadline - time.monotonic()) > 0:
            with self._changed:
                if self._changed.wait_for(until, min(left, _TICK_S)):
                    return
            if self.on_wait is not None:
                self.on_wait()

    def _has_news(self) -> bool:
        return self._newest is not None or self._connection.ended or self._closed

    def close(self) -> None:
        """End the iteration at once, and the grabbing thread as soon as its read comes back."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._connection.leave()
        self._connection.join(_CLOSE_WAIT_S)
        atexit.unregister(self.close)
