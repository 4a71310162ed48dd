"""Training patches: every epoch sees every canvas anew."""

import keras
import numpy as np
import numpy.typing as npt

from livedigits.find.patches import Patches
from livedigits.learn.augment import camera_patches, plain_patches, rough_patches
from livedigits.learn.canvases import NOT_A_DIGIT, Canvases

PLAIN = 0.25
"""Share of canvases shown as they are, so that clean digits stay the easiest."""

ROUGH = 0.12
"""Share of patches that leave MNIST's form: enough to bear it, too few to be learned for it."""

RUBBISH_WEIGHT = 0.5
"""Weight of a mark that is no digit: telling digits apart is what most of the model is for."""

Batch = tuple[Patches, npt.NDArray[np.int64], npt.NDArray[np.float32]]
"""Patches `(n, 28, 28, 1)`, labels `(n,)` and weights `(n,)`."""


class TrainingPatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of augmented patches; the same seed gives the same batches, in any number of threads.

    Set `epoch` before each epoch (see `train`), so that a resumed run goes on as it would have.

    Example:
        >>> patches, labels, weights = TrainingPatches(canvases, batch_size=256, seed=7)[0]
        >>> patches.shape
        (256, 28, 28, 1)
    """

    def __init__(self, canvases: Canvases, *, batch_size: int, seed: int) -> None:
        """Takes the canvases to draw from, the patches in a batch and the seed."""
        super().__init__(workers=2, use_multiprocessing=False, max_queue_size=16)
        self.canvases = canvases
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.canvases) // self.batch_size

    def __getitem__(self, index: int) -> Batch:
        order = np.random.default_rng((self.seed, self.epoch)).permutation(len(self.canvases))
        rows = order[index * self.batch_size : (index + 1) * self.batch_size]
        rng = np.random.default_rng((self.seed, self.epoch, index))
        plain = rng.random(len(rows)) < PLAIN
        rows = np.concatenate([rows[plain], rows[~plain]])
        canvases, labels = self.canvases.pictures[rows], self.canvases.labels[rows]
        count = int(plain.sum())
        patches = np.concatenate(
            [
                plain_patches(canvases[:count]),
                camera_patches(canvases[count:], labels[count:], rng),
            ]
        )
        rough = rng.random(len(rows)) < ROUGH
        patches[rough] = rough_patches(patches[rough], rng)
        weights = np.where(labels == NOT_A_DIGIT, RUBBISH_WEIGHT, 1.0).astype(np.float32)
        return patches[..., None], labels, weights
