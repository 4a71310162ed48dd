"""Architectures that `livedigits train` knows: the default model and those of the tutorials.

This is the table alone, which costs nothing to import; `networks` has the layers.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from livedigits.errors import SettingsError

if TYPE_CHECKING:
    import keras

BaseWeights: TypeAlias = Literal["imagenet", "none"] | Path
"""Where VGG16's base starts: ImageNet's weights as Keras has them, chance, or a file of weights."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """One kind of network.

    Attributes:
        name: what --arch calls it.
        summary: what it is, in a few words.
        epochs: rounds through the data that it takes by default.
        rate: the highest learning rate that it bears.
        rejects: whether it has an eleventh class, for what is no digit.
    """

    name: str
    summary: str
    epochs: int
    rate: float = 2e-3
    rejects: bool = False


DEFAULT = "livedigits"

ARCHITECTURES: dict[str, Architecture] = {
    i.name: i
    for i in (
        Architecture(DEFAULT, "the model that is shipped", 20, rejects=True),
        Architecture("mlp", "one layer of 128", 5),
        Architecture("mlp2", "two layers of 128, for three epochs", 3),
        Architecture("cnn", "two 3x3 convolutions, 32 and 64", 12),
        Architecture("deep-mnist", "two 5x5 convolutions, a layer of 1024", 12, rate=1e-3),
        Architecture("vgg16", "VGG16's base, as it is, with a new head", 3),
    )
}
"""Every architecture, by its name."""


def architecture(name: str) -> Architecture:
    """The architecture of a name.

    Raises:
        SettingsError: there is none of that name.
    """
    if name not in ARCHITECTURES:
        raise SettingsError(f"--arch {name}: unknown; there are {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name]


def build(name: str, seed: int = 0, base_weights: BaseWeights = "none") -> "keras.Model":
    """An untrained model; imports TensorFlow, and downloads nothing unless told to.

    Args:
        name: of an architecture.
        seed: of the initial weights.
        base_weights: for vgg16: "imagenet", which Keras downloads once, the path of such a file,
            or "none" for random ones. Only a base that has learned something is frozen.

    Returns:
        A model from `(n, 28, 28, 1)` patches in [0, 1] to logits, `(n, 10)`, or `(n, 11)` where the
        architecture rejects.

    Raises:
        SettingsError: there is no architecture of that name.
        DataError: the base's weights cannot be had.
    """
    architecture(name)
    import keras

    from livedigits.learn import networks

    keras.utils.set_random_seed(seed)
    if name == "vgg16":
        return networks.vgg16(base_weights)
    return {
        DEFAULT: networks.livedigits,
        "mlp": networks.mlp,
        "mlp2": networks.mlp2,
        "cnn": networks.cnn,
        "deep-mnist": networks.deep_mnist,
    }[name]()


def build_teacher(seed: int = 0) -> "keras.Model":
    """The untrained larger model that the default one learns from: `(n, 10)` logits."""
    import keras

    from livedigits.learn import networks

    keras.utils.set_random_seed(seed)
    return networks.teacher()
