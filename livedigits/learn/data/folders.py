"""Class folders: an image file for each mark, in a folder that is named after its class."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from livedigits.capture.images import decode_image, only_images
from livedigits.errors import DataError, SourceError
from livedigits.find.ink import to_gray
from livedigits.find.patches import Ink
from livedigits.learn.canvases import NOT_A_DIGIT, Picture
from livedigits.learn.data.ground import are_on_light, ink_of
from livedigits.learn.data.labelled import DigitData, Labelled, Pictures

_SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test"}

_LONGEST = 280
"""Longest side kept of a picture, in pixels: ten times a patch's, so that nothing is lost to it."""

_CLASSES = {
    **{str(digit): digit for digit in range(10)},
    **dict.fromkeys(("10", "none", "other", "notadigit", "nodigit"), NOT_A_DIGIT),
}
"""Classes by the names of their folders, without the spaces, dashes and underscores in them."""


def load_folders(folder: Path) -> DigitData:
    """A data set of class folders, 0 to 9 and perhaps "none" for marks that are no digit.

    Args:
        folder: holds the class folders, or folders "train" and "test" that do. Images may be of any
            size, colour and depth, dark on light or light on dark.

    Raises:
        DataError: the folder holds something else, or an image cannot be read.
    """
    splits = {i: split for i in _folders(folder) if (split := _SPLITS.get(i.name.lower()))}
    if not splits:
        return DigitData(train=_load(folder))
    for other in _folders(folder):
        if other not in splits:
            raise DataError(f"{other}: is neither train nor test; take it away from beside them")
    if len(set(splits.values())) < len(splits):
        raise DataError(f"{folder}: holds a split twice: {', '.join(i.name for i in splits)}")
    return DigitData(**{split: _load(i) for i, split in splits.items()})


def _load(folder: Path) -> Labelled:
    classes = {i: _class(i) for i in _folders(folder)}
    marks: list[tuple[int, int, Path]] = []
    skipped = 0
    for class_folder, label in classes.items():
        files = list(_files(class_folder))
        images = only_images(files)
        skipped += len(files) - len(images)
        marks += [(number, label, path) for number, path in enumerate(images)]
    if not marks:
        raise DataError(
            f"{folder}: holds no pictures of digits: neither IDX files nor folders of images, "
            "0 to 9"
        )
    marks.sort()  # the classes in turn, so that the first few are some of each
    grey = [_read(path) for _, _, path in marks]
    light = are_on_light(grey).tolist()
    pictures = [ink_of(picture, on_light) for picture, on_light in zip(grey, light, strict=True)]
    labels = np.array([label for _, label, _ in marks], np.int64)
    return Labelled(_together(pictures), labels, skipped)


def _class(folder: Path) -> int:
    name = folder.name.lower().translate(str.maketrans("", "", " -_"))
    if name not in _CLASSES:
        raise DataError(
            f'{folder}: is no class; class folders are named 0 to 9, and "none" for what is no '
            "digit"
        )
    return _CLASSES[name]


def _folders(folder: Path) -> list[Path]:
    return [
        i for i in sorted(folder.iterdir()) if i.is_dir() and not i.name.startswith((".", "__"))
    ]


def _files(folder: Path) -> Iterator[Path]:
    """Files in a folder and in those in it, but for hidden ones."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


def _read(path: Path) -> Picture:
    try:
        gray = to_gray(decode_image(path.read_bytes(), str(path)))
    except SourceError as error:
        raise DataError(str(error)) from None
    scale = _LONGEST / max(gray.shape)
    if scale >= 1:
        return gray
    height, width = (max(1, round(i * scale)) for i in gray.shape)
    return np.asarray(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _together(pictures: list[Ink]) -> Pictures:
    """One array of pictures that are all of one size."""
    alike = len({picture.shape for picture in pictures}) == 1
    return np.stack(pictures) if alike else tuple(pictures)
