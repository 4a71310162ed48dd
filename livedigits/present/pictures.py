"""A window that shows one picture in the window's width, to be moved up and down."""

import cv2
import numpy as np

from livedigits.capture.frame import Frame, Image
from livedigits.present.controls import DOWN_CODES, UP_CODES, key_code
from livedigits.present.screen import screen_size
from livedigits.present.window import WindowSink
from livedigits.reading import Reading

_STEP = 0.2
_PAGE = 0.9
"""Share of what is in view by which the arrows and the space bar move it."""


class PictureWindow(WindowSink):
    """Shows a picture that may be far taller than the screen, until q, Esc or its button.

    Args:
        title: of the window.

    Raises:
        DisplayError: no window can be shown here.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._top = 0.0
        """Of what is in view, as a share of the picture's height."""

    def show_picture(self, picture: Image) -> None:
        """Show it from its upper edge on."""
        self._top = 0.0
        self.show(Frame(picture), Reading())

    def _first_size(self, width: int, height: int) -> tuple[int, int]:
        most = screen_size() or (1280, 720)
        scale = min(1.0, 0.95 * most[0] / width)
        return round(scale * width), min(round(scale * height), round(0.85 * most[1]))

    def _draw_view(
        self, picture: Image, frame: Frame, reading: Reading, drawn: Image | None
    ) -> None:
        height, width = picture.shape[:2]
        scale = width / frame.image.shape[1]
        whole = max(1, round(scale * frame.image.shape[0]))
        self._in_view = min(1.0, height / whole)
        self._top = min(max(self._top, 0.0), 1.0 - self._in_view)
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        shown = cv2.resize(frame.image, (width, whole), interpolation=method)
        part = shown[round(self._top * whole) :][:height]
        picture[:] = 0
        picture[: part.shape[0]] = np.asarray(part, np.uint8)

    def _press(self, code: int) -> None:
        key = key_code(code)
        if key in UP_CODES:
            self._top -= _STEP * self._in_view
        elif key in DOWN_CODES:
            self._top += _STEP * self._in_view
        elif key == ord(" "):
            self._top += _PAGE * self._in_view
        else:
            super()._press(code)
        self._stale = True
