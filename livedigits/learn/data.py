"""Data sets: MNIST and characters that are no digits, from files given by the user."""

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


@dataclass(frozen=True, slots=True)
class Mnist:
    """The two splits: pictures `(n, 28, 28)` uint8, ink 255, and labels `(n,)` int64."""

    train_pictures: npt.NDArray[np.uint8]
    train_labels: npt.NDArray[np.int64]
    test_pictures: npt.NDArray[np.uint8]
    test_labels: npt.NDArray[np.int64]


def load_mnist(path: Path | None = None) -> Mnist:
    """MNIST from a file in Keras' layout, or downloaded by Keras.

    Args:
        path: an .npz with x_train, y_train, x_test and y_test; None downloads it.

    Raises:
        DataError: the file is missing or is something else.
    """
    if path is None:
        import keras

        try:
            train, test = keras.datasets.mnist.load_data()
        except Exception as error:
            raise DataError(
                f"MNIST could not be downloaded ({error}); give an mnist.npz with --data"
            ) from None
        return Mnist(train[0], train[1].astype(np.int64), test[0], test[1].astype(np.int64))
    arrays = _load(path, ("x_train", "y_train", "x_test", "y_test"))
    for name in ("x_train", "x_test"):
        if arrays[name].shape[1:] != (28, 28) or arrays[name].dtype != np.uint8:
            shape = "x".join(map(str, arrays[name].shape[1:]))
            raise DataError(f"{path}: {name} holds {shape} {arrays[name].dtype}, not 28x28 uint8")
    return Mnist(
        arrays["x_train"],
        arrays["y_train"].astype(np.int64),
        arrays["x_test"],
        arrays["y_test"].astype(np.int64),
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
    arrays = _load(path, ("ink", "width", "alphabet"))
    bits = np.unpackbits(arrays["ink"], axis=-1)[..., : int(arrays["width"])]
    return Characters(bits * np.uint8(255), arrays["alphabet"])


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


def _load(path: Path, names: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    with opened_npz(path) as file:
        missing = [name for name in names if name not in file]
        if missing:
            raise DataError(f"{path}: holds no {', '.join(missing)}; it needs {', '.join(names)}")
        return {name: file[name] for name in names}
