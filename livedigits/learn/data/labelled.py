"""Labelled pictures: what every kind of data set is turned into, and the patches made of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from livedigits.find.patches import SIZE, Ink, Patches
from livedigits.learn.augment import plain_patches

Pictures = npt.NDArray[np.uint8] | tuple[Ink, ...]
"""Pictures of one mark each, ink 255: `(n, h, w)` where all are of one size, else `n` of any."""

_BATCH = 500
"""Pictures to a batch: enough to be fast, few enough for a bar to move."""


def _none() -> npt.NDArray[np.uint8]:
    return np.zeros((0, SIZE, SIZE), np.uint8)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Pictures of one mark each.

    Attributes:
        pictures: `n` uint8 pictures, ink 255 on 0.
        labels: `(n,)` int64, 0 to 9, or 10 for a mark that is no digit.
        skipped: files beside them that are no images.
    """

    pictures: Pictures = field(default_factory=_none)
    labels: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice | npt.NDArray[np.int64]) -> "Labelled":
        """Some of them."""
        pictures = self.pictures
        if isinstance(pictures, tuple):
            chosen = np.arange(len(self))[rows].tolist()
            return Labelled(tuple(pictures[i] for i in chosen), self.labels[rows], self.skipped)
        return Labelled(pictures[rows], self.labels[rows], self.skipped)

    @property
    def batches(self) -> int:
        """How many `patches` gives."""
        return -(-len(self) // _BATCH)

    def patches(self) -> Iterator[Patches]:
        """The model's input, in batches of `(up to 500, 28, 28)` float32; see `as_patches`."""
        for start in range(0, len(self), _BATCH):
            yield as_patches(self.pictures[start : start + _BATCH])


@dataclass(frozen=True, slots=True)
class DigitData:
    """A data set; a split that it does not have is empty.

    Attributes:
        train: to learn from; where nothing says which split it is, everything is in here.
        test: to judge by.
    """

    train: Labelled = field(default_factory=Labelled)
    test: Labelled = field(default_factory=Labelled)

    @property
    def measured(self) -> Labelled:
        """What a model is measured on: the test split where there is one, else everything."""
        return self.test if len(self.test) else self.train


def as_patches(pictures: Pictures) -> Patches:
    """The model's input, `(n, 28, 28)` float32 in [0, 1], of pictures.

    A picture of 28x28 is a patch already and is taken as it is, even where it is off MNIST's form:
    figures on such data sets are then comparable with those of others. A picture of another size
    is cut to its ink and brought into that form (`livedigits.find.make_patches`).
    """
    if isinstance(pictures, tuple):
        patches = np.zeros((len(pictures), SIZE, SIZE), np.float32)
        for patch, picture in zip(patches, pictures, strict=True):
            patch[:] = as_patches(picture[None])[0]
        return patches
    if pictures.shape[1:] == (SIZE, SIZE):
        return np.asarray(pictures / np.float32(255), np.float32)
    return plain_patches(pictures)
