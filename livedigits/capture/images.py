"""Pictures: the bytes of an image file to BGR, and the source that gives one file after another."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from livedigits.capture.base import BaseSource, ErrorHandler, Rotation
from livedigits.capture.frame import Frame, Image, Kind
from livedigits.capture.opencv import cv2
from livedigits.errors import SourceError

IMAGE_SUFFIXES = frozenset(
    {".avif", ".bmp", ".dib", ".gif", ".jp2", ".jpe", ".jpeg", ".jpg"}
    | {".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"}
)

# How the image formats that OpenCV reads begin.
_SIGNATURES = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|BM.{4}\0\0\0\0|II\*\0|MM\0\*|RIFF.{4}WEBP|P[1-6]\s"
    rb"|\0\0\0\x0cjP  |.{4}ftypavi[fs]",
    re.DOTALL,
)
_JPEG = b"\xff\xd8\xff"
# IMREAD_UNCHANGED keeps transparency but ignores EXIF orientation, so only these get it.
_MAY_BE_TRANSPARENT = re.compile(rb"\x89PNG|II\*\0|MM\0\*|RIFF.{4}WEBP|GIF8", re.DOTALL)


def is_image(path: Path) -> bool:
    """Whether a file is an image by its name or, failing that, by its first bytes.

    Raises:
        OSError: the file cannot be opened.
    """
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return True
    with path.open("rb") as file:
        return _SIGNATURES.match(file.read(16)) is not None


def only_images(paths: Iterable[Path]) -> list[Path]:
    """The image files among paths, in natural order; hidden files and folders are left out."""
    files = [i for i in paths if i.is_file() and not i.name.startswith(".")]
    return sorted((i for i in files if _is_readable_image(i)), key=natural_order)


def _is_readable_image(path: Path) -> bool:
    try:
        return is_image(path)
    except OSError:
        return False


def natural_order(path: Path) -> list[str | int]:
    """A sorting key that has img2 before img10; text and numbers alternate, so they compare."""
    pieces = re.split(r"(\d+)", str(path).casefold())
    return [int(piece) if i % 2 else piece for i, piece in enumerate(pieces)]


def decode_image(data: bytes | npt.NDArray[np.uint8], name: str) -> Image:
    """Decode the bytes of an image file.

    Grey, palette and 16-bit pictures become 8-bit BGR, transparency is laid over white, the EXIF
    orientation of a photo is obeyed, and an animation gives its first frame.

    Args:
        data: the file's bytes, or a `(n,)` `uint8` array of them.
        name: what to call the picture in errors.

    Returns:
        The picture, `uint8`, `(height, width, 3)`, BGR.

    Raises:
        SourceError: the bytes are no image, or one that is cut off, damaged or of a kind that
            cannot be read.
    """
    encoded = np.frombuffer(data, np.uint8)
    start = encoded[:16].tobytes()
    if encoded.size == 0:
        raise SourceError(f"{name} is empty")
    if start.startswith(_JPEG) and _is_cut_off(encoded.tobytes()):
        raise SourceError(f"{name} is cut off: the JPEG has no end; copy or download it again")
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH
    if _MAY_BE_TRANSPARENT.match(start):
        flags = cv2.IMREAD_UNCHANGED
    try:
        picture = cv2.imdecode(encoded, flags)
    except cv2.error as error:  # more pixels than OpenCV accepts, for one
        raise SourceError(f"{name} cannot be decoded: {error.err or error}") from error
    if picture is None and _SIGNATURES.match(start):
        raise SourceError(f"{name} is damaged, cut off or of a kind that this OpenCV cannot read")
    if picture is None:
        raise SourceError(f"{name} is not an image that can be read; try JPEG or PNG")
    return _to_bgr(picture, name)


def _is_cut_off(jpeg: bytes) -> bool:
    """Whether a JPEG lacks its end marker, in which case OpenCV 4 fills up with grey, silently.

    Thumbnails among the header segments have end markers of their own, so those are stepped over
    (ITU-T T.81, annex B); what some phones append after the end does not matter.
    """
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:  # start of scan
        is_fill_byte = jpeg[at + 1] == 0xFF
        at += 1 if is_fill_byte else 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return jpeg.find(b"\xff\xd9", at) < 0


def _to_bgr(picture: npt.NDArray[Any], name: str) -> Image:
    """A decoded picture of 1, 3 or 4 channels and 8 or 16 bits as 8-bit BGR."""
    if picture.dtype not in (np.uint8, np.uint16):
        raise SourceError(f"{name} holds {picture.dtype} values; save it with 8 or 16 bits")
    if picture.ndim == 2:
        return np.asarray(cv2.cvtColor(_to_8_bit(picture), cv2.COLOR_GRAY2BGR), np.uint8)
    colour = _to_8_bit(picture[..., :3])
    if picture.shape[2] == 3:
        return np.ascontiguousarray(colour)
    alpha = picture[..., 3:]
    alpha = (alpha >> 8 * (alpha.itemsize - 1)).astype(np.uint16)
    over_white = (colour * alpha + 255 * (255 - alpha) + 127) // 255
    return np.ascontiguousarray(over_white, np.uint8)


def _to_8_bit(picture: npt.NDArray[Any]) -> Image:
    """The top 8 of the bits in use: a 12-bit scan saved with 16 bits is not black."""
    if picture.dtype == np.uint8:
        return picture
    bits = max(8, int(picture.max()).bit_length())
    return (picture >> (bits - 8)).astype(np.uint8)


class ImageSource(BaseSource):
    """Pictures that have nothing to do with each other; each is frame 0 of itself.

    Attributes:
        paths: the image files, in order; None is standard input.
    """

    kind: Kind = "image"

    def __init__(
        self,
        name: str,
        paths: Sequence[Path | None],
        *,
        rotate: Rotation = 0,
        on_error: ErrorHandler | None = None,
    ):
        """Keep the list; a file is read when its turn comes.

        Args:
            name: the source as the user named it.
            paths: the image files, in order; None is standard input.
            rotate: degrees clockwise by which every picture is turned.
            on_error: called for each picture that cannot be read; None raises at the first.
        """
        super().__init__(name, rotate=rotate, on_error=on_error)
        self.frame_count = len(paths)
        self.paths = tuple(paths)
        self._closed = False

    def _frames(self) -> Iterator[Frame]:
        for path in self.paths:
            if self._closed:
                return
            try:
                image = decode_image(*_read(path))
            except SourceError as error:
                self._report(error)
            else:
                yield Frame(image, source=str(path or "-"))

    def close(self) -> None:
        """End the iteration before the next picture."""
        self._closed = True


def _read(path: Path | None) -> tuple[bytes, str]:
    """The bytes of a file or of standard input, and what to call it in errors."""
    if path is None:
        return sys.stdin.buffer.read(), "standard input"
    try:
        return path.read_bytes(), str(path)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
