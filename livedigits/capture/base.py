"""What all sources have in common: a name, a life between open and close, errors and rotation."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Literal, Self, TypeAlias

import numpy as np

from livedigits.capture.frame import Frame, Kind
from livedigits.capture.opencv import cv2
from livedigits.errors import SettingsError, SourceError

Rotation: TypeAlias = Literal[0, 90, 180, 270]
"""Degrees clockwise."""

ErrorHandler: TypeAlias = Callable[[SourceError], None]
"""Is told what could not be read, so that the rest still is."""

_ROTATE_CODES = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


class BaseSource(ABC):
    """A `Source` but for where its frames come from.

    Attributes:
        name: the source as the user named it.
        kind: image, video or live.
        frame_count: frames to come in all, None where that is unknown.
        fps: frames a second, None where frames have no rate.
    """

    kind: Kind

    def __init__(self, name: str, *, rotate: Rotation = 0, on_error: ErrorHandler | None = None):
        """Check and keep what every source needs.

        Args:
            name: the source as the user named it.
            rotate: degrees clockwise by which every frame is turned.
            on_error: called with what could not be read; None raises it instead.

        Raises:
            SettingsError: `rotate` is not a quarter turn.
        """
        if rotate not in (0, *_ROTATE_CODES):
            raise SettingsError(f"rotate is {rotate!r}; it can be 0, 90, 180 or 270 (clockwise)")
        self.name = name
        self.frame_count: int | None = None
        self.fps: float | None = None
        self._rotate = rotate
        self._on_error = on_error
        self._iterated = False

    @abstractmethod
    def _frames(self) -> Iterator[Frame]:
        """The frames as they come, before rotation; ends soon after `close`."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the device or file and end the iteration; any thread may call it, twice too."""

    def __iter__(self) -> Iterator[Frame]:
        """The frames, once.

        Raises:
            RuntimeError: the source was iterated before; open it again.
        """
        if self._iterated:
            raise RuntimeError(f"{self.name} was iterated before; open it again")
        self._iterated = True
        return self._turned_frames()

    def _turned_frames(self) -> Iterator[Frame]:
        for frame in self._frames():
            if self._rotate:
                turned = cv2.rotate(frame.image, _ROTATE_CODES[self._rotate])
                frame = replace(frame, image=np.asarray(turned, np.uint8))
            yield frame

    def _report(self, error: SourceError) -> None:
        """Hand an error to whoever asked for it, or raise it where nobody did."""
        if self._on_error is None:
            raise error
        self._on_error(error)

    def __enter__(self) -> Self:
        """The source itself, which is open already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()
