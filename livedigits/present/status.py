"""What a window says about itself: the line below the picture, and the keys over it."""

import time
from collections.abc import Iterable, Sequence

import numpy as np

from livedigits.capture.frame import Frame, Image
from livedigits.present.controls import Controls, View
from livedigits.present.labels import MIN_CAP, Color, Text, label
from livedigits.reading import Reading

_PLATE: Color = (28, 24, 20)
_FIGURE: Color = (225, 225, 225)
_STATE: Color = (0, 190, 240)  # what was switched on stands out
_KEY: Color = (255, 200, 130)

_CAP = 10
"""Cap height of the text here, in pixels of the screen; of a help that finds no room, less."""

STATUS_HEIGHT = 22
"""Of the line below the picture, in pixels."""

_PITCH, _BORDER = 2.2, 1.4
"""Height of a row of the help, and the border around it, in cap heights."""

_GAP = 14
"""Between two pieces of the line, in pixels."""

_UPDATE_S = 0.5
"""Figures change twice a second: faster, nobody could read them."""


class Meter:
    """Measures how fast frames are shown, and how long after they came.

    Args:
        live: frames come by the clock. Their delay counts from when they arrived: among all
            frames, the one that was taken up soonest is taken to have waited for nothing. A
            recording's counts from when it was read.
    """

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._soonest: float | None = None
        self._delays: list[float] = []
        self._since: float | None = None
        self._dropped_before: int | None = None
        self.fps: float | None = None
        """Frames shown a second; None before that is known."""
        self.delay_s: float | None = None
        """Mean time from a frame's arrival to its overlay on the screen."""
        self.dropped = 0
        """Frames left out since the first that was shown."""

    def shown(self, frame: Frame, reading: Reading, begun: float, done: float) -> None:
        """Counts a frame.

        Args:
            frame: the frame.
            reading: what was read in it.
            begun: when reading it had ended, as `time.perf_counter` has it.
            done: when it stood on the screen.
        """
        if self._dropped_before is None:  # what was dropped while the model was loaded is no news
            self._dropped_before = frame.dropped
        self.dropped = frame.dropped - self._dropped_before
        arrived = begun - reading.elapsed.total
        if self._live:
            waited = arrived - frame.time
            self._soonest = waited if self._soonest is None else min(self._soonest, waited)
            arrived = self._soonest + frame.time
        if self._since is None:
            self._since = done
            return
        self._delays.append(done - arrived)
        passed = done - self._since
        if passed >= _UPDATE_S:
            self.fps = len(self._delays) / passed
            self.delay_s = sum(self._delays) / len(self._delays)
            self._delays, self._since = [], done

    def rest(self) -> None:
        """Leaves out the time until the next frame, as in a pause."""
        self._delays, self._since = [], None


class Notice:
    """The latest thing worth telling, for a few seconds."""

    _STANDS_S = 4.0

    def __init__(self) -> None:
        self._text = ""
        self._until = 0.0

    def say(self, text: str) -> None:
        """Tells it from now on."""
        self._text, self._until = text, time.monotonic() + self._STANDS_S

    @property
    def text(self) -> str:
        """What is to be told now, empty for nothing."""
        return self._text if time.monotonic() < self._until else ""


def status_line(
    width: int,
    meter: Meter,
    controls: Controls,
    *,
    engine: str,
    position: str,
    stalled: str,
    notice: str,
) -> Image:
    """The line below the picture: what is switched on, figures, and what just happened.

    Args:
        width: of the line in pixels; what finds no room is left out from the right.
        meter: knows the figures.
        controls: know what is switched on.
        engine: what runs the model.
        position: where in a recording this is.
        stalled: how long no frame has come, empty while they do; stands in place of the figures.
        notice: what just happened; likewise.

    Returns:
        `uint8`, `(STATUS_HEIGHT, width, 3)`.
    """
    states = [Text(i, _CAP, _STATE) for i in _states(controls)]
    limits = [Text(i, _CAP, _STATE) for i in _limits(controls)]
    texts = [Text(_ascii(i), _CAP, _KEY) for i in (notice, stalled) if i]
    texts = texts or [Text(i, _CAP, _FIGURE) for i in _figures(meter, engine, position)]
    line = np.full((STATUS_HEIGHT, width, 3), _PLATE, np.uint8)
    x = 4
    for piece in [*states, *texts, Text("h: keys", _CAP, _KEY), *limits]:
        plate = label(piece, fill=_PLATE)
        if x + plate.width > width:
            break
        plate.paste(line, plate.at(x, (STATUS_HEIGHT - plate.height) / 2, width, STATUS_HEIGHT))
        x += plate.width + _GAP
    return line


def _figures(meter: Meter, engine: str, position: str) -> Iterable[str]:
    yield position or f"{meter.dropped} dropped"
    if meter.fps is not None and meter.delay_s is not None:
        yield f"{meter.fps:.0f} fps" if meter.fps >= 10 else f"{meter.fps:.1f} fps"
        yield f"{1000 * meter.delay_s:.0f} ms"
    if engine:
        yield engine


def _states(controls: Controls) -> Iterable[str]:
    if controls.paused:
        yield "paused"
    if controls.recording:
        yield "recording"
    if controls.view is not View.CAMERA:
        yield controls.view


def _limits(controls: Controls) -> Iterable[str]:
    region = controls.dragged or controls.region
    if region is not None:
        yield f"region {region.x},{region.y},{region.w},{region.h}"
    yield f"threshold {100 * controls.threshold:.0f}%"


def help_panel(controls: Controls, width: int, height: int) -> Image:
    """The keys and what they are for, a row each, in the largest text that finds room.

    Args:
        controls: know which keys there are.
        width: of the room, in pixels.
        height: likewise.
    """
    for cap in range(_CAP, MIN_CAP - 1, -1):
        panel = _help(controls, cap)
        if panel.shape[0] <= height and panel.shape[1] <= width:
            break
    return panel


def _help(controls: Controls, cap: int) -> Image:
    names = _column([Text(key.name, cap, _KEY) for key in controls.usable_keys()])
    purposes = _column([Text(key.purpose, cap, _FIGURE) for key in controls.usable_keys()])
    rows, border = np.hstack([names, purposes]), round(_BORDER * cap)
    height, width = (i + 2 * border for i in rows.shape[:2])
    panel: Image = np.full((height, width, 3), _PLATE, np.uint8)
    panel[border:-border, border:-border] = rows
    return panel


def _column(texts: Sequence[Text]) -> Image:
    """Texts one below the other."""
    labels = [label(text, fill=_PLATE) for text in texts]
    pitch = round(_PITCH * texts[0].cap)
    width = max(i.width for i in labels) + _GAP
    column = np.full((pitch * len(labels), width, 3), _PLATE, np.uint8)
    for row, item in enumerate(labels):
        item.paste(column, item.at(0, row * pitch, *column.shape[1::-1]))
    return column


def _ascii(text: str) -> str:
    """A text in what OpenCV's fonts have."""
    return text.encode("ascii", "replace").decode()
