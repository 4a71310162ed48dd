"""IDX files, the format that MNIST came in (LeCun et al., 1998), and those of its relatives.

A file is two zero bytes, a type, the number of axes, their lengths as big-endian 32-bit numbers,
then the values; images and labels are files of their own.
"""

import gzip
import math
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from livedigits.errors import DataError
from livedigits.learn.data.arrays import labelled
from livedigits.learn.data.labelled import DigitData, Labelled

_IMAGES = re.compile(r"(?P<set>.*)images[-.]idx3-ubyte(\.gz)?", re.IGNORECASE)
_LABELS = re.compile(r"(?P<set>.*)labels[-.](idx1-ubyte|idx2-int)(\.gz)?", re.IGNORECASE)
_TEST = re.compile("test|t10k", re.IGNORECASE)

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def images_files(folder: Path) -> list[Path]:
    """The IDX files of images in a folder, by name; of a file and its .gz only the file."""
    files = [i for i in sorted(folder.iterdir()) if i.is_file() and _IMAGES.fullmatch(i.name)]
    return [i for i in files if i.suffix != ".gz" or i.with_suffix("") not in files]


def load_idx(files: list[Path]) -> DigitData:
    """A data set of IDX files of images, each with its file of labels beside it.

    The split is told by the name: what has "test" or "t10k" in it is the test split. EMNIST's
    pictures, which are stored with rows and columns exchanged, are put upright.

    Args:
        files: at least one, at most one for each split.

    Raises:
        DataError: a file is missing, is something else, or is cut off.
    """
    splits: dict[str, Path] = {}
    for file in files:
        split = "test" if _TEST.search(file.name) else "train"
        if split in splits:
            raise DataError(
                f"{file}: is the {split} split of one data set, and so is {splits[split].name} "
                "beside it; give the path of the one that is meant"
            )
        splits[split] = file
    return DigitData(**{split: _load(file) for split, file in splits.items()})


def read_idx(path: Path) -> npt.NDArray[Any]:
    """The array in an IDX file, plain or .gz, in the machine's byte order.

    Raises:
        DataError: the file cannot be read, is something else, or is cut off.
    """
    try:
        data = path.read_bytes()
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise DataError(f"{path}: is cut off or damaged; download it again") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    axes = data[3] if len(data) > 3 else 0
    start = 4 + 4 * axes
    if data[:2] != b"\0\0" or not 1 <= axes <= 3 or data[2] not in _TYPES:
        raise DataError(f"{path}: is no IDX file: it begins with {data[:4].hex(' ') or 'nothing'}")
    if len(data) < start:
        raise DataError(f"{path}: is cut off in its header; download it again")
    shape = [int(i) for i in np.frombuffer(data, ">u4", axes, 4)]
    kind = np.dtype(_TYPES[data[2]])
    needed, held = math.prod(shape) * kind.itemsize, len(data) - start
    if needed != held:
        size = "x".join(map(str, shape))
        raise DataError(f"{path}: says that it is {size}, {needed} bytes, but it holds {held}")
    values = np.frombuffer(data, kind, offset=start).reshape(shape)
    return values.astype(kind.newbyteorder("="))


def _load(path: Path) -> Labelled:
    beside = _labels_file(path)
    pictures, labels = read_idx(path), read_idx(beside)
    if (
        labels.ndim == 2 and labels.size
    ):  # QMNIST's, which have the class in the first of eight columns
        labels = labels[:, 0]
    if "emnist" in path.name.lower() and pictures.ndim == 3:
        pictures = pictures.swapaxes(1, 2)
    return labelled(pictures, labels, str(path))


def _labels_file(images: Path) -> Path:
    match = _IMAGES.fullmatch(images.name)
    if match is None:
        raise DataError(
            f"{images}: is not named as IDX images are, such as t10k-images-idx3-ubyte.gz"
        )
    for path in sorted(images.parent.iterdir()):
        labels = _LABELS.fullmatch(path.name)
        if labels and labels["set"] == match["set"] and path.is_file():
            return path
    raise DataError(f"{images}: its labels, {match['set']}labels-idx1-ubyte, are not beside it")
