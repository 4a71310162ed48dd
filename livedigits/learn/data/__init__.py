"""Data sets: labelled pictures of one digit each, from whatever file or folder holds them.

data = load_digits(Path("digits"))     # .npz, IDX files, a folder of class folders; None: MNIST
data.train.labels, data.test.labels    # a split that is not there is empty
for patches in data.measured.patches():
    ...                                # what the model takes, in batches
"""

from livedigits.learn.data.arrays import Characters, load_characters
from livedigits.learn.data.labelled import DigitData, Labelled, Pictures, as_patches
from livedigits.learn.data.load import Mnist, load_digits, load_extra, load_mnist

__all__ = [
    "Characters",
    "DigitData",
    "Labelled",
    "Mnist",
    "Pictures",
    "as_patches",
    "load_characters",
    "load_digits",
    "load_extra",
    "load_mnist",
]
