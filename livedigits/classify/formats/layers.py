"""Layers: what network variables belong to, by their shapes, whatever their names.

Known are the networks of TensorFlow 1's tutorials: convolutions with max-pooling, then dense
layers, ReLU between them ("Deep MNIST for Experts": 5x5 of 32, 5x5 of 64, dense 1024, dense 10),
dense layers alone, and softmax regression.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from livedigits.classify.card import CLASS_COUNTS
from livedigits.classify.quiet import quiet_keras
from livedigits.errors import ModelError
from livedigits.find.patches import SIZE

Shapes = Mapping[str, tuple[int, ...]]
"""Of variables, by their names."""

_MOST = 12
"""Layers that are looked at: finding their order takes longer and longer."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution or a dense layer.

    Attributes:
        kernel: name of the variable.
        bias: likewise.
        shape: of the kernel: height, width, inputs, outputs; of a dense layer the last two.
    """

    kernel: str
    bias: str
    shape: tuple[int, ...]

    @property
    def is_dense(self) -> bool:
        """Whether it is a dense layer."""
        return len(self.shape) == 2

    @property
    def words(self) -> str:
        """What it is, for a person."""
        if self.is_dense:
            return f"dense {self.shape[1]}"
        return f"{self.shape[0]}x{self.shape[1]} convolution {self.shape[3]}"


def chain_of(shapes: Shapes) -> list[Layer]:
    """Puts variables in order: each layer takes what the one before it gives.

    Args:
        shapes: of all variables of a checkpoint; those of its optimizer are left out.

    Raises:
        ModelError: they make no chain from 28x28 pictures to digits.
    """
    names = _without_slots(shapes)
    kernels = [name for name in names if len(shapes[name]) in (2, 4)]
    biases = [name for name in names if len(shapes[name]) == 1]
    order = _order(kernels, shapes, ()) if len(kernels) <= _MOST else None
    if order and len(biases) == len(kernels):
        layers = []
        for kernel in order:
            bias = _bias_of(kernel, [i for i in biases if shapes[i] == shapes[kernel][-1:]])
            if bias is None:
                break
            biases.remove(bias)
            layers.append(Layer(kernel, bias, shapes[kernel]))
        else:
            return layers
    found = ", ".join(f"{name} {shapes[name]}" for name in names[:_MOST]) or "no variables"
    raise ModelError(
        "no network is recognised; one of convolutions and dense layers, from 28x28 pictures to "
        f"the ten digits, each with a bias, is needed; found {found}"
    )


def network_of(chain: Sequence[Layer]) -> Any:
    """The network of the layers, a `keras.Model` with logits at its end.

    Padding and pooling leave no variables; they are what makes the sizes come out.

    Raises:
        ModelError: nothing does.
    """
    keras = quiet_keras()
    convolutions = [layer for layer in chain if not layer.is_dense]
    dense = [layer for layer in chain if layer.is_dense]
    plan = _plan(convolutions, dense[0].shape[0])
    stack = [keras.Input((SIZE, SIZE, 1))]
    for layer, pools in zip(convolutions, plan.pools, strict=True):
        height, width, _, units = layer.shape
        stack.append(
            keras.layers.Conv2D(units, (height, width), padding=plan.padding, activation="relu")
        )
        stack += [keras.layers.MaxPooling2D()] * pools
    stack.append(keras.layers.Flatten())
    stack += [keras.layers.Dense(layer.shape[1], activation="relu") for layer in dense[:-1]]
    return keras.Sequential([*stack, keras.layers.Dense(dense[-1].shape[1])])


@dataclass(frozen=True, slots=True)
class _Plan:
    """What leaves no variables: how convolutions are padded, and which a 2x2 pooling follows."""

    padding: Literal["same", "valid"]
    pools: tuple[bool, ...]


def _plan(convolutions: Sequence[Layer], inputs: int) -> _Plan:
    last = len(convolutions) - 1
    pooling = [
        tuple(True for _ in convolutions),
        tuple(i == last for i in range(last + 1)),
        tuple(False for _ in convolutions),
    ]
    paddings: tuple[Literal["same", "valid"], ...] = ("same", "valid")
    for padding, pools in product(paddings, pooling):
        height = width = SIZE
        units = 1
        for layer, pooled in zip(convolutions, pools, strict=True):
            if padding == "valid":
                height, width = height - layer.shape[0] + 1, width - layer.shape[1] + 1
            height, width, units = height >> pooled, width >> pooled, layer.shape[3]
        if height > 0 and height * width * units == inputs:
            return _Plan(padding, pools)
    raise ModelError(
        f"no network is recognised: {', '.join(i.words for i in convolutions)} do not give the "
        f"{inputs} values that its first dense layer takes, however padded and pooled"
    )


def _without_slots(shapes: Shapes) -> list[str]:
    """The variables of the network, in natural order, without those of its optimizer.

    An optimizer keeps one or two of the same shape for each, under its name, as `w/Adam`, or under
    its own, as `training/Adam/Variable_3`. What has no axis is a counter.
    """
    names = sorted((name for name in shapes if shapes[name]), key=_natural)
    roots = {name.removesuffix(_OF_OBJECTS) for name in names}
    return [
        name
        for name in names
        if not _OPTIMIZER.search(name)
        and not any(f"/{root}/" in f"/{name.removesuffix(_OF_OBJECTS)}" for root in roots)
    ]


_OF_OBJECTS = "/.ATTRIBUTES/VARIABLE_VALUE"
"""What TensorFlow 2 appends to each name."""

_OPTIMIZER = re.compile(r"(^|/)(optimizer|Adam\w*|RMSProp|Adagrad|Adadelta|Momentum|SGD|Ftrl)/")


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts Variable_2 before Variable_10, and Variable before both."""
    return [(int(i), "") if i.isdigit() else (-1, i) for i in re.split(r"(\d+)", name) if i]


def _order(kernels: list[str], shapes: Shapes, before: tuple[int, ...]) -> list[str] | None:
    """All kernels, each fit to take what the one before gives; None if there is no such order."""
    if not kernels:
        return [] if len(before) == 2 and before[1] in CLASS_COUNTS else None
    for kernel in kernels:
        if _follows(shapes[kernel], before):
            rest = _order([i for i in kernels if i != kernel], shapes, shapes[kernel])
            if rest is not None:
                return [kernel, *rest]
    return None


def _follows(shape: tuple[int, ...], before: tuple[int, ...]) -> bool:
    if not before:
        return shape[-2] == (1 if len(shape) == 4 else SIZE * SIZE)
    if len(shape) == 2 and len(before) == 4:
        return shape[0] % before[3] == 0
    return len(shape) == len(before) and shape[-2] == before[-1]


def _bias_of(kernel: str, fitting: list[str]) -> str | None:
    """The bias in the kernel's scope, else the first of that size: both are made in one order."""
    scope = _scope(kernel)
    return next((i for i in fitting if _scope(i) == scope), fitting[0] if fitting else None)


def _scope(name: str) -> str:
    return name.removesuffix(_OF_OBJECTS).rpartition("/")[0]
