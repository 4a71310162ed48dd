"""What travels with the package: the default model and the reference digits."""

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from livedigits.find.patches import Patches

REFERENCE_FILE = "reference_digits.npz"


def models_folder() -> Path:
    """Where the shipped models lie: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "models"
    return installed if installed.is_dir() else package.parent / "models"


@cache
def reference_patches() -> Patches:
    """Digits in many hands, 0 to 9 again and again: `(200, 28, 28)` float32, ink 1.

    `python -m livedigits.learn.reference` makes them; none is anybody's handwriting.
    """
    with np.load(models_folder() / REFERENCE_FILE) as file:
        patches = np.asarray(file["patches"] / np.float32(255), np.float32)
    patches.setflags(write=False)
    return patches


def reference_labels(count: int) -> npt.NDArray[np.int64]:
    """What the first so many reference digits are."""
    return np.arange(count) % 10
