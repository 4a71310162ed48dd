"""Networks: the layers of each architecture.

Each takes `(n, 28, 28, 1)` patches in [0, 1] and gives logits. None has a Lambda layer, which Keras
would not load again in safe mode. A layer draws its seed when it is made, so `architectures.build`
seeds Keras first.
"""

from collections.abc import Sequence

import keras
from keras import layers

from livedigits.errors import DataError
from livedigits.learn.architectures import BaseWeights

VGG_SIDE = 32
"""Side of what VGG16's base sees, the least that its five poolings leave a pixel of; at 48 a patch
costs 11 ms on two cores instead of 5."""

VGG_MEANS = (103.939, 116.779, 123.68)
"""ImageNet's mean blue, green and red, which VGG16 takes away (`keras.applications.vgg16`)."""


def livedigits() -> keras.Model:
    """The default model: small enough for every frame, large enough for every hand; 11 classes.

    Five 3x3 convolutions and two dense layers: 647,000 weights, 14 million multiplications.
    Strides instead of pooling: most of the work is then done at 7x7.
    """
    x = inputs = _patch()
    x = convolution(x, 16)
    x = convolution(x, 32, strides=2)
    x = convolution(x, 128, strides=2)
    x = layers.Add()([x, convolution(x, 128)])
    x = convolution(x, 128, padding="valid")
    return keras.Model(inputs, _logits(x, 96, classes=11), name="livedigits")


def teacher() -> keras.Model:
    """A larger model of the ten digits, for the default one to learn from.

    1.1 million weights and twice the work; it is trained, asked and thrown away.
    """
    x = inputs = _patch()
    x = convolution(x, 24)
    x = convolution(x, 48, strides=2)
    x = layers.Add()([x, convolution(x, 48)])
    x = convolution(x, 160, strides=2)
    x = layers.Add()([x, convolution(x, 160)])
    x = convolution(x, 160, padding="valid")
    return keras.Model(inputs, _logits(x, 128, classes=10), name="teacher")


def mlp() -> keras.Model:
    """The first network of most tutorials: 102,000 weights."""
    return _sequence("mlp", [layers.Flatten(), layers.Dense(128, activation="relu")])


def mlp2() -> keras.Model:
    """Two layers of 128, which tutorials train for three epochs: 118,000 weights."""
    hidden = [layers.Dense(128, activation="relu") for _ in range(2)]
    return _sequence("mlp2", [layers.Flatten(), *hidden])


def cnn() -> keras.Model:
    """The convnet of Keras' own MNIST example (Chollet, 2015): 35,000 weights."""
    body = [
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.5),
    ]
    return _sequence("cnn", body)


def deep_mnist() -> keras.Model:
    """The network of "Deep MNIST for Experts", TensorFlow 1's tutorial: 3.3 million weights."""
    body = [
        layers.Conv2D(32, 5, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 5, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(1024, activation="relu"),
        layers.Dropout(0.5),
    ]
    return _sequence("deep-mnist", body)


def vgg16(base_weights: BaseWeights) -> keras.Model:
    """Transfer learning: VGG16's base (Simonyan & Zisserman, 2015) with a new head.

    14.8 million weights, 133,000 of them in the head. The base is frozen where it has learned
    something; one that starts from chance sees nothing in a digit, and learns with the head.

    Args:
        base_weights: see `architectures.build`.

    Raises:
        DataError: the base's weights cannot be had.
    """
    inputs = _patch()
    x = layers.Resizing(VGG_SIDE, VGG_SIDE)(inputs)
    x = layers.Concatenate()([x, x, x])
    x = layers.Rescaling(255, offset=[-mean for mean in VGG_MEANS])(x)
    base = _vgg16_base(x, base_weights)
    base.trainable = base_weights == "none"
    x = layers.GlobalAveragePooling2D()(base.output)
    x = layers.Dropout(0.3)(layers.Dense(256, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(10, name="logits")(x), name="vgg16")


def _vgg16_base(x: keras.KerasTensor, base_weights: BaseWeights) -> keras.Model:
    weights = None if base_weights == "none" else str(base_weights)
    try:
        return keras.applications.VGG16(include_top=False, weights=weights, input_tensor=x)
    except Exception as error:  # of the network, of the file, of HDF5: Keras has no one kind
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if base_weights == "imagenet":
            raise DataError(
                f"VGG16's ImageNet weights could not be downloaded ({reason}); "
                "use --base-weights PATH with a copy of them, or --base-weights none"
            ) from None
        raise DataError(
            f"{base_weights}: holds no weights of VGG16's base ({reason}); use --base-weights none"
        ) from None


def _sequence(name: str, body: Sequence[keras.Layer]) -> keras.Model:
    """Layers one after the other, with ten logits at the end."""
    x = inputs = _patch()
    for layer in body:
        x = layer(x)
    return keras.Model(inputs, layers.Dense(10, name="logits")(x), name=name)


def _patch() -> keras.KerasTensor:
    return keras.Input((28, 28, 1), name="patch")


def _logits(x: keras.KerasTensor, hidden: int, *, classes: int) -> keras.KerasTensor:
    """From what the convolutions found to the classes, by way of one hidden layer."""
    x = layers.Dropout(0.3)(layers.Flatten()(x))
    x = layers.Dense(hidden, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    return layers.Dense(classes, name="logits")(x)


def convolution(
    x: keras.KerasTensor, filters: int, size: int | tuple[int, int] = 3, **options: object
) -> keras.KerasTensor:
    """A convolution with its normalisation (Ioffe & Szegedy, 2015) and ReLU; padded by default."""
    options = {"padding": "same", **options}
    x = layers.Conv2D(filters, size, use_bias=False, **options)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))
