"""Options of `livedigits train`."""

from dataclasses import dataclass
from pathlib import Path

from livedigits.learn.architectures import DEFAULT, BaseWeights


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What `livedigits train` can be told.

    Attributes:
        out: the .keras file to write; its .tflite, .json and .png come beside it.
        arch: name of an architecture.
        start: a .keras file of that architecture to go on from; None starts from chance.
        data: digits, see `livedigits.learn.data.load_digits`; None downloads MNIST.
        extra: folders of a user's own marks, to learn from as well.
        characters: real characters that are no digits, as .npz; None does without.
        epochs: rounds through all training data.
        teacher_epochs: rounds of the larger model that the default one learns from; 0 does without.
        batch_size: patches a step.
        seed: of everything random.
        limit: take the first so many digits of each split, and as much less of what is made.
        base_weights: what the base of vgg16 starts from, see `architectures.build`.
        handwritten: how many digits of the project's own handwriting.
        scenes: how many rendered pages the finder cuts marks out of.
        clutter: how many rendered pictures without a digit it cuts marks out of.
        no_digits: how many drawn marks that are no digit.
        touching: how many digits cut out of strings of touching ones.
        printed: how many printed digits.
        command: the command line, for the card.
    """

    out: Path
    arch: str = DEFAULT
    start: Path | None = None
    data: Path | None = None
    extra: tuple[Path, ...] = ()
    characters: Path | None = None
    epochs: int = 20
    teacher_epochs: int = 10
    batch_size: int = 256
    seed: int = 7
    limit: int | None = None
    base_weights: BaseWeights = "imagenet"
    handwritten: int = 40_000
    scenes: int = 560
    clutter: int = 420
    no_digits: int = 24_000
    touching: int = 30_000
    printed: int = 10_000
    command: str = ""
