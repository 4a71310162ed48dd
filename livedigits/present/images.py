"""Annotated pictures: one file, or a folder with a picture for each frame."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import cv2

from livedigits.capture.frame import Frame, Image
from livedigits.errors import OutputError
from livedigits.present.overlay import annotate
from livedigits.present.sink import Sink, check_writable, is_same_file, writing
from livedigits.reading import Box, Reading

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
"""Formats that every build of OpenCV writes in colour."""


class ImageSink(Sink):
    """Writes annotated pictures, never onto the picture that they were made from.

    In a folder each picture keeps its source's name, or takes ".png" where that format cannot be
    written; a name that was used before gets a number: `a.jpg`, `a_2.jpg`. The picture from
    standard input is `stdin.png`.

    Args:
        path: a file, if it ends in one of `IMAGE_SUFFIXES`, for one picture; else a folder, which
            is created if need be.
        originals: files that are not to be overwritten, above all pictures yet to be read.
        region: the part of each picture that is read, None for all of it.

    Raises:
        OutputError: it cannot be written to.
    """

    def __init__(
        self, path: str | Path, originals: Iterable[str | Path] = (), region: Box | None = None
    ) -> None:
        self._path = Path(path)
        self._originals = {os.path.realpath(i) for i in originals}
        self._single = is_single(self._path)
        self._region = region
        self._used: set[str] = set()
        if self._single:
            check_writable(self._path)
        else:
            with writing(self._path):
                self._path.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """Nothing is left to finish: every picture is written whole."""

    def write(self, frame: Frame, reading: Reading) -> None:
        """Write one annotated picture.

        Raises:
            OutputError: it could not be written, it would replace its own source or another
                original, or it is the second for a single file.
        """
        path = self._path if self._single else self._path / self._free_name(frame.source)
        if self._single and self._used:
            raise OutputError(f"{path}: holds one picture; name a folder to save several")
        if is_same_file(path, frame.source):
            raise OutputError(f"{path}: is the picture itself; save to another name or folder")
        if os.path.realpath(path) in self._originals:
            raise OutputError(f"{path}: is to be read, too; save to another name or folder")
        save_image(path, annotate(frame.image, reading, region=self._region))
        self._used.add(path.name.casefold())

    def _free_name(self, source: str) -> str:
        """A file name after the source's that was not used yet, upper and lower case alike."""
        name = "stdin.png" if source in ("-", "") else re.split(r"[/\\]", source.rstrip("/\\"))[-1]
        name = re.sub(r'[<>:"|?*\x00-\x1f]', "_", name)  # what Windows has in no name
        stem, suffix = Path(name).stem, Path(name).suffix
        if suffix.lower() not in IMAGE_SUFFIXES:
            suffix = ".png"
        name, number = stem + suffix, 1
        while name.casefold() in self._used:
            number += 1
            name = f"{stem}_{number}{suffix}"
        return name


def is_single(path: Path) -> bool:
    """Whether a name is that of a picture, and not of a folder for several."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.is_dir()


def save_image(path: Path, image: Image) -> None:
    """Write a picture in the format of its name's ending.

    Raises:
        OutputError: it could not be written.
    """
    data = encode_image(path, image)
    with writing(path):
        path.write_bytes(data)


def encode_image(path: Path, image: Image) -> bytes:
    """A picture as a file's content; `cv2.imwrite` cannot write names outside ASCII everywhere."""
    # Without this, JPEG halves the resolution of colour, and the thin boxes pale.
    full_color = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    is_jpeg = path.suffix.lower() in (".jpg", ".jpeg")
    try:
        done, data = cv2.imencode(path.suffix, image, full_color if is_jpeg else [])
    except cv2.error as error:
        raise OutputError(f"{path}: cannot be encoded: {error.err}; save as .png") from error
    if not done:
        raise OutputError(f"{path}: cannot be encoded as {path.suffix}; save as .png")
    return data.tobytes()
