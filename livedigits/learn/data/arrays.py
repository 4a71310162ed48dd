"""Arrays of pictures and labels: checked, brought to white ink on black, and read from .npz."""

import math
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from livedigits.errors import DataError
from livedigits.learn.canvases import NOT_A_DIGIT
from livedigits.learn.data.ground import are_on_light
from livedigits.learn.data.labelled import DigitData, Labelled

_RANGES = ((0, 1), (-1, 1), (0, 255))
"""Bare paper and full ink, as grey levels are usually stored."""

_LOOKED_AT = 500
"""Pictures that tell whether a whole array is dark on light."""


def labelled(pictures: npt.NDArray[Any], labels: npt.NDArray[Any], name: str) -> Labelled:
    """Arrays of one source as labelled pictures.

    Args:
        pictures: `(n, h, w)`, an axis of length 1 after or before those two, or `(n, h * h)`; grey
            levels from 0 to 255, 0 to 1 or -1 to 1; ink may be the brighter or the darker.
        labels: `(n,)` or `(n, 1)` whole numbers, 0 to 9, or 10 for what is no digit.
        name: what to call them in errors.

    Raises:
        DataError: they are something else.
    """
    own = _grey_levels(_squeezed(pictures, name), name)
    if labels.shape == (len(own), 1):
        labels = labels[:, 0]
    if labels.shape != (len(own),):
        raise DataError(f"{name}: has {len(own)} pictures but {labels.size} labels")
    if not len(own):
        return Labelled()
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > NOT_A_DIGIT:
        raise DataError(f"{name}: its labels are not the whole numbers 0 to 9, or 10 for no digit")
    if are_on_light(own[:: -(-len(own) // _LOOKED_AT)]).mean() > 0.5:
        own = 255 - own
    return Labelled(own, labels.astype(np.int64))


def load_npz(path: Path) -> DigitData:
    """A data set in Keras' layout.

    Args:
        path: an .npz with x_train and y_train, x_test and y_test, or both pairs.

    Raises:
        DataError: the file is missing or is something else.
    """
    with opened_npz(path) as file:
        splits = {name: _split(file, name, path) for name in ("train", "test")}
    if not any(len(split) for split in splits.values()):
        raise DataError(
            f"{path}: holds no pictures; it needs x_test and y_test, or x_train and y_train"
        )
    return DigitData(**splits)


def _split(file: Mapping[str, npt.NDArray[Any]], split: str, path: Path) -> Labelled:
    names = (f"x_{split}", f"y_{split}")
    held = [name for name in names if name in file]
    if not held:
        return Labelled()
    if len(held) == 1:
        raise DataError(f"{path}: holds {held[0]} alone; it needs {names[0]} and {names[1]}")
    return labelled(file[names[0]], file[names[1]], str(path))


def _squeezed(pictures: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """Pictures as `(n, h, w)`."""
    if pictures.ndim == 4 and 1 in (pictures.shape[1], pictures.shape[3]):
        return pictures.squeeze(1 if pictures.shape[1] == 1 else 3)
    if pictures.ndim == 2:
        side = math.isqrt(pictures.shape[1])
        if side >= 8 and side * side == pictures.shape[1]:
            return pictures.reshape(-1, side, side)
    if pictures.ndim != 3 or 0 in pictures.shape[1:]:
        shape = "x".join(map(str, pictures.shape))
        raise DataError(f"{name}: its pictures are {shape}, not n x height x width")
    return pictures


def _grey_levels(pictures: npt.NDArray[Any], name: str) -> npt.NDArray[np.uint8]:
    """Pictures as uint8, from 0 to 255."""
    if pictures.dtype == np.uint8 or not pictures.size:
        return np.asarray(pictures, np.uint8)
    if pictures.dtype.kind not in "biuf":
        raise DataError(f"{name}: its pictures hold {pictures.dtype}, not grey levels")
    low, high = float(pictures.min()), float(pictures.max())
    for least, most in _RANGES:
        # Levels that end far below one of these, at 16 say, are on a scale that nobody here knows.
        if least <= low and most / 2 < high <= most:
            scaled = (pictures.astype(np.float32) - least) * (255 / (most - least))
            return np.asarray(np.rint(scaled), np.uint8)
    raise DataError(
        f"{name}: its grey levels go from {low:g} to {high:g}, not from 0 to 255, 0 to 1 or -1 to 1"
    )


@dataclass(frozen=True, slots=True)
class Characters:
    """Real handwritten characters that are no digits.

    Attributes:
        pictures: `(n, h, w)` uint8, ink 255.
        alphabets: `(n,)` names, to keep whole alphabets apart for judging.
    """

    pictures: npt.NDArray[np.uint8]
    alphabets: npt.NDArray[np.str_]


def load_characters(path: Path) -> Characters:
    """Omniglot characters (Lake et al., 2015).

    Args:
        path: an .npz with `ink`, `(n, h, w/8)` packed bits, `width` and `alphabet`.

    Raises:
        DataError: the file is missing or is something else.
    """
    names = ("ink", "width", "alphabet")
    with opened_npz(path) as file:
        missing = [name for name in names if name not in file]
        if missing:
            raise DataError(f"{path}: holds no {', '.join(missing)}; it needs {', '.join(names)}")
        ink, width, alphabets = (file[name] for name in names)
    bits = np.unpackbits(ink, axis=-1)[..., : int(width)]
    return Characters(bits * np.uint8(255), alphabets)


@contextmanager
def opened_npz(path: Path) -> Iterator[Mapping[str, npt.NDArray[Any]]]:
    """The arrays of an .npz file by name, each read when it is asked for.

    Raises:
        DataError: the file is missing, is something else or is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            yield file
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error):
        raise DataError(f"{path}: is no .npz file, or damaged") from None
