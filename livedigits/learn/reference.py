"""Reference digits: a few of every hand, to find out how a model wants its pictures.

    python -m livedigits.learn.reference models/

They are of the project's own synthesis and go through the one patch function; the same seed gives
the same bytes.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from livedigits.classify.shipped import REFERENCE_FILE
from livedigits.errors import OutputError
from livedigits.find.patches import make_patches
from livedigits.learn.handwriting import DIGITS, draw, new_writer, write

EACH = 20
"""Instances of each digit."""

_HEIGHT = 80
"""Of a digit as it is written, in pixels."""

_PENS = 0.06, 0.2
"""From the thinnest to the thickest, in heights of a digit."""


def reference_digits(each: int = EACH, seed: int = 7) -> npt.NDArray[np.uint8]:
    """Patches of 0 to 9 again and again, each by someone else: `(10 * each, 28, 28)`, ink 255.

    They are about as hard as MNIST's, of which a network with one hidden layer misreads a few in a
    hundred, too. Of easier ones it reads all in several forms, and is surest in a wrong one.
    """
    rng = np.random.default_rng(seed)
    inks = []
    for digit in DIGITS * each:
        writer = new_writer(rng, pen_width=rng.uniform(*_PENS))
        writer = replace(writer, looseness=1.0, closure=0.0, hooks=0.0, tremor=0.0)
        inks.append(draw(write(digit, writer, rng), _HEIGHT))
    return np.asarray(np.rint(make_patches(inks) * 255), np.uint8)


def make_reference(folder: Path) -> Path:
    """Writes the file.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / REFERENCE_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, patches=reference_digits())
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
    return path


def main() -> None:
    """Makes the file, in the folder that the command line names."""
    parser = argparse.ArgumentParser(
        prog="python -m livedigits.learn.reference",
        description="Makes the reference digits that come with the project.",
    )
    parser.add_argument("folder", type=Path, help="where to write, such as models/")
    make_reference(parser.parse_args().folder)


if __name__ == "__main__":
    main()
