"""Files of data sets, for tests: IDX and class folders, by real encoders."""

import gzip
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LABELS = np.arange(30) % 10


def write_idx(path: Path, array: NDArray[Any], kind: int = 0x08) -> None:
    header = struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape)
    data = header + array.astype({0x08: ">u1", 0x0C: ">i4"}[kind]).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_idx_set(folder: Path, pictures: NDArray[Any], labels: NDArray[Any], name: str) -> Path:
    """Both files of a split, for a name with {} for images or labels and {} for the axes."""
    folder.mkdir(exist_ok=True)
    write_idx(folder / name.format("labels", "idx1"), labels)
    write_idx(folder / name.format("images", "idx3"), pictures)
    return folder / name.format("images", "idx3")


def write_classes(
    folder: Path, pictures: Iterable[Any], labels: Iterable[Any] = LABELS, suffix: str = ".png"
) -> Path:
    for number, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        (folder / str(label)).mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(folder / str(label) / f"{number:03}{suffix}"), picture)
    return folder
