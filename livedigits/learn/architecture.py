"""Architecture of the default model: small enough for every frame, large enough for every hand."""

import keras
from keras import layers


def build(seed: int) -> keras.Model:
    """The untrained default model.

    Five 3x3 convolutions and two dense layers: 201,000 weights, 4.8 million multiplications.
    Strides instead of pooling: most of the work is then done at 7x7.

    Args:
        seed: of the initial weights.

    Returns:
        A model from `(n, 28, 28, 1)` patches in [0, 1] to `(n, 11)` logits.
    """
    keras.utils.set_random_seed(seed)
    x = inputs = keras.Input((28, 28, 1), name="patch")
    x = _convolution(x, 16)
    x = _convolution(x, 32, strides=2)
    x = _convolution(x, 64, strides=2)
    x = layers.Add()([x, _convolution(x, 64)])
    x = _convolution(x, 64, padding="valid")
    x = layers.Flatten()(x)
    x = layers.Dropout(0.3)(x)
    x = layers.Dense(64, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    return keras.Model(inputs, layers.Dense(11, name="logits")(x), name="livedigits")


def _convolution(x: keras.KerasTensor, filters: int, **options: object) -> keras.KerasTensor:
    options = {"padding": "same", **options}
    x = layers.Conv2D(filters, 3, use_bias=False, **options)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))
