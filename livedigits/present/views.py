"""Views: a frame as a window shows it, as the camera has it or as the steps of reading see it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.find.patches import SIZE
from livedigits.inspection import Mark, Verdict
from livedigits.present.labels import Color, Label, Text, label
from livedigits.present.marks import enlarged, ink_picture, percent
from livedigits.present.overlay import annotate
from livedigits.reading import Box, Reading

if TYPE_CHECKING:
    from livedigits.reader import Reader

_BACKGROUND: Color = (28, 24, 20)
_DIGIT: Color = (255, 255, 255)
_OTHER: Color = (150, 150, 150)

_CAPTION_CAP = 9
_CAPTION = 24
"""Height of the caption under each patch, and its cap height, in pixels."""

_CELL_WIDTH = 64
"""Of a patch with its caption, in pixels: two 28x28 patches and a gap."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """Where a frame is on a window's canvas.

    Attributes:
        box: its place, in pixels of the canvas.
        frame: its own width and height, in pixels.
        mirrored: left and right are swapped.
    """

    box: Box
    frame: tuple[int, int]
    mirrored: bool = False

    @classmethod
    def fit(cls, frame: tuple[int, int], room: tuple[int, int], *, mirrored: bool) -> Self:
        """A frame in the middle of a room of so many pixels, as large as it gets, aspect kept."""
        scale = min(room[0] / frame[0], room[1] / frame[1])
        w, h = (max(1, round(scale * i)) for i in frame)
        return cls(Box((room[0] - w) // 2, (room[1] - h) // 2, w, h), frame, mirrored)

    def region(self, one: tuple[int, int], other: tuple[int, int]) -> Box | None:
        """The part of the frame between two places on the canvas, None where that is nothing."""
        (x, y), (right, bottom) = self._to_frame(one), self._to_frame(other)
        left, top = min(x, right), min(y, bottom)
        box = Box(left, top, abs(right - x), abs(bottom - y))
        return box if min(box.w, box.h) > 0 else None

    def _to_frame(self, place: tuple[int, int]) -> tuple[int, int]:
        """A place on the canvas in pixels of the frame; the nearest one for places beside it."""
        width, height = self.frame
        across, down = (place[0] - self.box.x) / self.box.w, (place[1] - self.box.y) / self.box.h
        if self.mirrored:
            across = 1 - across
        return (
            min(max(round(across * width), 0), width),
            min(max(round(down * height), 0), height),
        )

    def box_of(self, box: Box) -> Box:
        """Where a box of the frame is in the picture shown, from the picture's own corner."""
        across, down = self.box.w / self.frame[0], self.box.h / self.frame[1]
        left = self.frame[0] - box.right if self.mirrored else box.x
        return Box(
            round(across * left), round(down * box.y), round(across * box.w), round(down * box.h)
        )

    def picture_of(self, image: Image) -> Image:
        """A frame, or anything of its form, as large as it is shown."""
        return self._flipped(self._resized(image))

    def annotated(self, image: Image, reading: Reading, drawn: Image | None) -> Image:
        """A frame with its reading drawn on it.

        Windows drop rows and columns to make a picture fit, and thin lines go missing. So it is
        scaled here and drawn on then, which also keeps labels readable in a mirror.

        Args:
            image: the frame.
            reading: what was read in it.
            drawn: the frame with its reading drawn on it, where another has drawn it already.
        """
        if drawn is not None and not self.mirrored:
            return self._resized(drawn)
        shown = replace(
            reading,
            lines=tuple(replace(i, box=self.box_of(i.box)) for i in reading.lines),
            digits=tuple(replace(i, box=self.box_of(i.box)) for i in reading.digits),
        )
        return annotate(self.picture_of(image), shown)

    def _resized(self, image: Image) -> Image:
        size = (self.box.w, self.box.h)
        if image.shape[1::-1] == size:
            return image
        method = cv2.INTER_AREA if size[0] < image.shape[1] else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)

    def _flipped(self, image: Image) -> Image:
        return np.ascontiguousarray(image[:, ::-1]) if self.mirrored else image


class Inspector:
    """Shows the steps of a reader, which it does once more for that.

    Args:
        reader: what reads; its settings and region are followed as they change.
    """

    def __init__(self, reader: "Reader") -> None:
        self._reader = reader

    def ink(self, image: Image) -> Image:
        """The ink of a frame, see `ink_picture`."""
        return ink_picture(self._reader.inspect(image), steady=True)

    def patches(self, image: Image, size: tuple[int, int]) -> Image:
        """The patches of a frame as the model sees them, with what it makes of each.

        Args:
            image: the frame.
            size: width and height of the picture; where it holds only a part of them, it says so.
        """
        marks = [mark for mark in self._reader.inspect(image).marks if mark.patch is not None]
        return _sheet([marks[i] for i in _reading_order([mark.box for mark in marks])], size)


def _reading_order(boxes: list[Box]) -> npt.NDArray[np.intp]:
    """Rows of about a mark's height, top to bottom, each from left to right."""
    if not boxes:
        return np.zeros(0, np.intp)
    x, y, w, h = np.array(boxes, float).T
    row = np.floor((y + h / 2) / max(np.median(h), 1))
    return np.lexsort((x + w / 2, row))


def _sheet(marks: Sequence[Mark], size: tuple[int, int]) -> Image:
    """Patches in rows, each with what it is taken for under it; a dash is no digit.

    They are as large as the picture allows, in whole steps so that their pixels stay square.
    """
    width, height = size
    sheet = np.full((height, width, 3), _BACKGROUND, np.uint8)
    for zoom in (4, 3, 2, 1):
        side, across = zoom * SIZE, max(_CELL_WIDTH, zoom * SIZE + 8)
        columns, rows = max(1, width // across), max(1, height // (side + _CAPTION))
        if columns * rows >= len(marks):
            break
    shown = marks[: columns * rows]
    for index, mark in enumerate(shown):
        if mark.patch is None:
            continue
        x, y = index % columns * across, index // columns * (side + _CAPTION)
        target = sheet[y : y + side, x : x + side]
        target[:] = enlarged(mark.patch, zoom)[: target.shape[0], : target.shape[1]]
        left_out = len(marks) - len(shown) if index == len(shown) - 1 else 0
        caption = _caption(mark, left_out)
        caption.paste(sheet, caption.at(x, y + side + 2, width, height))
    return sheet


def _caption(mark: Mark, left_out: int) -> Label:
    ((name, probability),) = mark.likeliest(1)
    text = f"{'-' if name == 'none' else name} {percent(probability)}"
    if left_out:  # there is no room for so many more
        text = f"+{left_out} more"
    color = _DIGIT if mark.verdict is Verdict.READ else _OTHER
    return label(Text(text, _CAPTION_CAP, color), fill=_BACKGROUND)
