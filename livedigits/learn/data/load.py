"""Loading: any data set by its path."""

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from livedigits.errors import DataError
from livedigits.find.patches import SIZE
from livedigits.hush import hushed
from livedigits.learn.data.arrays import labelled, load_npz
from livedigits.learn.data.folders import load_folders
from livedigits.learn.data.idx import images_files, load_idx
from livedigits.learn.data.labelled import DigitData, Labelled

MNIST = Path("mnist")
"""Stands for the download where a path is asked for, unless there is such a file or folder."""


def load_digits(path: Path | None) -> DigitData:
    """Labelled pictures of one digit each.

    Args:
        path: an .npz in Keras' layout (`arrays.load_npz`); a folder of IDX files, or one of images
            with its labels beside it (`idx.load_idx`); a folder of class folders of images
            (`folders.load_folders`); None or "mnist" for MNIST, which Keras downloads, checks by
            its SHA-256 and keeps.

    Raises:
        DataError: there is nothing there, or it is something else.
    """
    if path is None or (path == MNIST and not path.exists()):
        return _download()
    try:
        if path.is_dir():
            files = images_files(path)
            return load_idx(files) if files else load_folders(path)
        with path.open("rb") as file:
            start = file.read(2)
        if start == b"PK":
            return load_npz(path)
        if start in (b"\0\0", b"\x1f\x8b"):
            return load_idx([path])
    except OSError as error:
        name = error.filename or path
        raise DataError(f"{name}: cannot be read: {error.strerror or error}") from None
    raise DataError(
        f"{path}: is no data set; give an .npz, IDX files, or a folder of class folders of images"
    )


def load_extra(folder: Path) -> Labelled:
    """A user's own marks to train on, from a folder of class folders or whatever else holds them.

    Args:
        folder: as for `load_digits`; a test split in it is left alone.

    Raises:
        DataError: there is nothing to train on.
    """
    data = load_digits(folder)
    if not len(data.train):
        raise DataError(f"{folder}: holds a test split alone, and none to train on")
    return data.train


@dataclass(frozen=True, slots=True)
class Mnist:
    """The two splits: pictures `(n, 28, 28)` uint8, ink 255, and labels `(n,)` int64."""

    train_pictures: npt.NDArray[np.uint8]
    train_labels: npt.NDArray[np.int64]
    test_pictures: npt.NDArray[np.uint8]
    test_labels: npt.NDArray[np.int64]


def load_mnist(path: Path | None = None) -> Mnist:
    """MNIST, or what has its form: both splits, all pictures 28x28.

    Args:
        path: as for `load_digits`.

    Raises:
        DataError: there is nothing there, or it is something else.
    """
    data = load_digits(path)
    train, test = data.train.pictures, data.test.pictures
    for pictures in (train, test):
        if isinstance(pictures, tuple) or pictures.shape[1:] != (SIZE, SIZE) or not len(pictures):
            raise DataError(f"{path}: needs a train and a test split of 28x28 pictures")
    return Mnist(np.asarray(train), data.train.labels, np.asarray(test), data.test.labels)


def _download() -> DigitData:
    with hushed():  # of what TensorFlow finds on this machine
        import keras

    try:
        with redirect_stdout(sys.stderr):  # where Keras' own progress bar belongs
            train, test = keras.datasets.mnist.load_data()
    except Exception as error:
        raise DataError(
            f"MNIST could not be downloaded ({error}); give what you have with --data: an .npz, "
            "IDX files or a folder of class folders"
        ) from None
    return DigitData(*(labelled(split[0], split[1], "MNIST") for split in (train, test)))
