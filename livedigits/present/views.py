"""Views: a frame as a window shows it, as the camera has it or as the steps of reading see it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.find import Found, find
from livedigits.find.ink import find_ink, pyramid, to_gray
from livedigits.find.patches import SIZE, Patches
from livedigits.present.labels import Color, Label, Text, label
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

    def ink(self, image: Image, reading: Reading) -> Image:
        """The ink of a frame, white on black, as it is found at the finest resolution.

        Args:
            image: the frame.
            reading: what was read in it, which tells dark ink from light.

        Returns:
            As large as the frame; black outside of the region that is read.
        """
        region, settings = self._region(image), self._reader.settings.find
        part = _cut(image, region)
        gray = to_gray(part)
        if self._found(part, region, reading).polarity == "light":
            gray = np.bitwise_not(gray)
        finest = next(iter(pyramid(gray, settings)))
        mask = find_ink(finest, settings).mask
        if mask.shape != (region.h, region.w):
            mask = cv2.resize(mask, (region.w, region.h), interpolation=cv2.INTER_NEAREST)
        picture = np.zeros_like(image)
        _cut(picture, region)[:] = mask[..., None]
        return picture

    def patches(self, image: Image, reading: Reading, size: tuple[int, int]) -> Image:
        """The patches of a frame as the model sees them, with what it makes of each.

        Args:
            image: the frame.
            reading: what was read in it.
            size: width and height of the picture; where it holds only a part of them, it says so.
        """
        region = self._region(image)
        found = self._found(_cut(image, region), region, reading)
        order = _reading_order([candidate.box for candidate in found.candidates])
        patches = found.patches[order]
        return _sheet(patches, self._reader.classifier(patches), size)

    def _region(self, image: Image) -> Box:
        return self._reader.roi or Box(0, 0, image.shape[1], image.shape[0])

    def _found(self, part: Image, region: Box, reading: Reading) -> Found:
        """What is in a frame; of two inks, the one that its digits are written with."""
        digits = {
            i.box._replace(x=i.box.x - region.x, y=i.box.y - region.y) for i in reading.digits
        }
        founds = find(part, self._reader.settings.find)
        return max(founds, key=lambda found: sum(i.box in digits for i in found.candidates))


def _cut(image: Image, region: Box) -> Image:
    return image[region.y : region.bottom, region.x : region.right]


def _reading_order(boxes: list[Box]) -> npt.NDArray[np.intp]:
    """Rows of about a mark's height, top to bottom, each from left to right."""
    if not boxes:
        return np.zeros(0, np.intp)
    x, y, w, h = np.array(boxes, float).T
    row = np.floor((y + h / 2) / max(np.median(h), 1))
    return np.lexsort((x + w / 2, row))


def _sheet(
    patches: Patches, probabilities: npt.NDArray[np.float32], size: tuple[int, int]
) -> Image:
    """Patches in rows, each with what it is taken for under it; a dash is no digit.

    They are as large as the picture allows, in whole steps so that their pixels stay square.
    """
    width, height = size
    sheet = np.full((height, width, 3), _BACKGROUND, np.uint8)
    for zoom in (4, 3, 2, 1):
        side, across = zoom * SIZE, max(_CELL_WIDTH, zoom * SIZE + 8)
        columns, rows = max(1, width // across), max(1, height // (side + _CAPTION))
        if columns * rows >= len(patches):
            break
    shown = min(len(patches), columns * rows)
    for index in range(shown):
        x, y = index % columns * across, index // columns * (side + _CAPTION)
        pixels = np.rint(255 * patches[index]).astype(np.uint8).repeat(zoom, 0).repeat(zoom, 1)
        target = sheet[y : y + side, x : x + side]
        target[:] = pixels[: target.shape[0], : target.shape[1], None]
        left_out = len(patches) - shown if index == shown - 1 else 0
        caption = _caption(probabilities[index], left_out)
        caption.paste(sheet, caption.at(x, y + side + 2, width, height))
    return sheet


def _caption(probabilities: npt.NDArray[np.float32], left_out: int) -> Label:
    best = int(probabilities.argmax())
    name, color = (str(best), _DIGIT) if best < 10 else ("-", _OTHER)
    text = f"{name} {min(99, int(100 * probabilities[best]))}%"
    if left_out:  # there is no room for so many more
        text = f"+{left_out} more"
    return label(Text(text, _CAPTION_CAP, color), fill=_BACKGROUND)
