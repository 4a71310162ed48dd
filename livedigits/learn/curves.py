"""Learning curves: how loss and accuracy went from epoch to epoch, as a picture."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from livedigits.capture.frame import Image
from livedigits.learn.progress import Epoch
from livedigits.learn.report import (
    _BLUE,
    _INK,
    _RED,
    _RULE,
    _SHADE,
    _SOFT,
    _canvas,
    _title,
    _write,
)

_WIDTH, _HEIGHT, _TOP = 440, 320, 150
"""A diagram's size and place, in pixels."""

_RULES = 6
"""Rules across a diagram, and numbers below it, at most; about."""


def draw_curves(epochs: Sequence[Epoch], name: str) -> Image:
    """Loss and accuracy by epochs, on what is learned from and on digits kept back.

    Args:
        epochs: at least one.
        name: of what was trained.

    Returns:
        `(540, 1120, 3)` uint8.
    """
    canvas = _canvas(1120, 540)
    last = epochs[-1]
    said = f"{len(epochs)} epochs; at the end {100 * last.validation_accuracy:.2f} % of the digits"
    _title(canvas, f"How {name} learned", f"{said} kept back are read rightly")
    for x, color, text in ((70, _BLUE, "training patches"), (250, _RED, "digits kept back")):
        cv2.line(canvas, (x, 100), (x + 20, 100), color, 3)
        _write(canvas, text, x + 28, 100, 11, _INK, left=True)
    losses = [[i.loss for i in epochs], [i.validation_loss for i in epochs]]
    shares = [[i.accuracy for i in epochs], [i.validation_accuracy for i in epochs]]
    _draw(canvas, 90, "loss, nats", losses, _rules(0, max(map(max, losses))), "{:g}")
    percent = [[100 * i for i in row] for row in shares]
    _draw(canvas, 640, "accuracy", percent, _rules(min(map(min, percent)), 100), "{:g} %")
    return canvas


def _draw(
    canvas: Image,
    left: int,
    name: str,
    curves: Sequence[Sequence[float]],
    rules: Sequence[float],
    text: str,
) -> None:
    """One diagram, with the curve of training first and that of validation second."""
    count = len(curves[0])
    low, high = rules[0], rules[-1]
    bottom = _TOP + _HEIGHT

    def place(epoch: int, value: float) -> tuple[float, float]:
        across = 0.5 if count == 1 else (epoch - 1) / (count - 1)
        return left + 12 + (_WIDTH - 24) * across, bottom - _HEIGHT * (value - low) / (high - low)

    cv2.rectangle(canvas, (left, _TOP), (left + _WIDTH, bottom), _SHADE, cv2.FILLED)
    for value in rules:
        y = round(place(1, value)[1])
        cv2.line(canvas, (left, y), (left + _WIDTH, y), _RULE, 1)
        _write(canvas, text.format(round(value, 9)), left - 36, y, 11, _SOFT)
    for epoch in range(1, count + 1, math.ceil(count / (2 * _RULES))):
        _write(canvas, str(epoch), place(epoch, low)[0], bottom + 18, 11, _SOFT)
    _write(canvas, name, left, _TOP - 18, 12, _INK, left=True)
    _write(canvas, "epoch", left + _WIDTH / 2, bottom + 44, 12, _INK)
    for curve, color in zip(curves, (_BLUE, _RED), strict=True):
        points = np.array([place(epoch, value) for epoch, value in enumerate(curve, start=1)])
        fixed = np.rint(16 * points).astype(np.int32)
        cv2.polylines(canvas, [fixed], False, color, 2, cv2.LINE_AA, 4)
        for x, y in fixed.tolist():
            cv2.circle(canvas, (x, y), 16 * 3, color, cv2.FILLED, cv2.LINE_AA, 4)


def _rules(low: float, high: float) -> list[float]:
    """Round numbers in equal steps, the first at most `low`, the last at least `high`."""
    span = max(high - low, 1e-3)
    decade = 10.0 ** math.floor(math.log10(span / _RULES))
    step = decade * next(i for i in (1, 2, 5, 10) if i * decade * _RULES >= span)
    first, last = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    return [i * step for i in range(first, max(last, first + 1) + 1)]
