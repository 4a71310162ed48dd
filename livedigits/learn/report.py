"""Report: figures and mistakes as pictures, for people to look at."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.find.patches import Patches
from livedigits.learn.calibration import Bin, expected_error
from livedigits.learn.evaluate import DigitFigures
from livedigits.learn.photos import PhotoScore, View
from livedigits.present import annotate
from livedigits.present.labels import Color, Text, label
from livedigits.present.sink import writing

_PAPER: Color = (255, 255, 255)
_SHADE: Color = (246, 243, 240)
_RULE: Color = (222, 216, 210)
_INK: Color = (52, 44, 38)
_SOFT: Color = (140, 128, 118)
# Okabe and Ito, "Color Universal Design" (2008): bluish green, blue, vermilion; in BGR.
_GREEN: Color = (115, 158, 0)
_BLUE: Color = (178, 114, 0)
_RED: Color = (0, 94, 213)

_NONE = "none"
"""Stands for "not a digit" where there is no room for it."""

_FACTOR = 4
"""How much larger a patch is shown."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A patch that was read wrongly.

    Attributes:
        patch: `(28, 28)` float32 in [0, 1], ink 1.
        truth: what was written, 0 to 9, or 10 for "not a digit".
        read: the class that it was read as, 10 for "not a digit".
        confidence: in that.
    """

    patch: npt.NDArray[np.float32]
    truth: int
    read: int
    confidence: float


def mistakes_of(
    patches: Patches,
    probabilities: npt.NDArray[np.floating],
    labels: npt.NDArray[np.int64],
) -> list[Mistake]:
    """Patches with what was read in them: `(n, 28, 28)`, `(n, 11)` and `(n,)` of the same ones."""
    return [
        Mistake(patch, int(truth), int(own.argmax()), float(own.max()))
        for patch, own, truth in zip(patches, probabilities, labels, strict=True)
    ]


def draw_confusion(figures: DigitFigures) -> Image:
    """How often each class was read as what, and how often rightly.

    Returns:
        `(840, 960, 3)` uint8; `(904, 960, 3)` where there are marks that are no digit.
    """
    cell, left, top = 64, 120, 170
    rows = len(figures.confusion)
    names = [*map(str, range(10)), _NONE]
    canvas = _canvas(960, top + rows * cell + 30)
    what = "digits" if rows == 10 else "marks"
    right = f"{figures.count} {what}, {100 * figures.accuracy:.2f} % of them right"
    _title(canvas, "What was written, and what it was read as", right)
    _write(canvas, "read as", left + 5.5 * cell, top - 54, 11, _SOFT)
    _write(canvas, "written", left - 76, top + 5 * cell, 11, _SOFT, upright=True)
    for column, name in enumerate(names):
        cap = 12 if name == _NONE else 17
        _write(canvas, name, left + (column + 0.5) * cell, top - 20, cap, _INK)
    _write(canvas, "right", left + 11.8 * cell, top - 20, 12, _INK)

    total = np.maximum(figures.confusion.sum(axis=1, keepdims=True), 1)
    shares = figures.confusion / total
    wrong = shares.copy()
    np.fill_diagonal(wrong, 0)
    worst = max(float(wrong.max()), 1e-9)
    for row, name in enumerate(names[:rows]):
        y = top + row * cell
        _write(canvas, name, left - 24, y + cell / 2, 12 if name == _NONE else 17, _INK)
        for column in range(11):
            x, count = left + column * cell, int(figures.confusion[row, column])
            fill = _SHADE
            if row == column:
                fill = _mix(_PAPER, _GREEN, 0.15 + 0.85 * shares[row, column] ** 2)
            elif count:  # the root lets one mistake in a thousand be seen beside twenty
                fill = _mix(_PAPER, _RED, 0.12 + 0.88 * float(wrong[row, column] / worst) ** 0.5)
            cv2.rectangle(canvas, (x + 1, y + 1), (x + cell - 2, y + cell - 2), fill, cv2.FILLED)
            if count:
                text = _PAPER if sum(fill) < 400 else _INK
                cap = 14 if count < 10_000 else 11
                _write(canvas, str(count), x + cell / 2, y + cell / 2, cap, text, fill)
        accuracy = figures.classes[row].accuracy
        if accuracy is not None:
            right = f"{100 * accuracy:.2f} %"
            _write(canvas, right, left + 11.8 * cell, y + cell / 2, 12, _INK)
    return canvas


def draw_reliability(bins: Sequence[Bin]) -> Image:
    """Confidence against accuracy (a reliability diagram); `(920, 800, 3)` uint8."""
    side, left, top = 600, 130, 120
    canvas = _canvas(800, 920)
    error = expected_error(bins)
    count = sum(i.count for i in bins)
    said = "" if error is None else f", expected calibration error {100 * error:.2f} %"
    _title(canvas, "How sure it is, and how often it is right", f"{count} digits{said}")
    cv2.rectangle(canvas, (left, top), (left + side, top + side), _SHADE, cv2.FILLED)
    for step in range(0, 101, 20):
        at = round(side * step / 100)
        cv2.line(canvas, (left, top + at), (left + side, top + at), _RULE, 1)
        cv2.line(canvas, (left + at, top), (left + at, top + side), _RULE, 1)
        _write(canvas, f"{step} %", left - 40, top + side - at, 11, _SOFT)
        _write(canvas, f"{step} %", left + at, top + side + 22, 11, _SOFT)
    for i in bins:
        start, end = (round(left + side * edge) for edge in (i.lower, i.upper))
        kept, said_at = (round(top + side * (1 - j)) for j in (i.accuracy, i.confidence))
        high, low = sorted((kept, said_at))
        _tint(canvas[high:low, start + 2 : end - 1], _RED, 0.5)
        _tint(canvas[low : top + side, start + 2 : end - 1], _BLUE, 0.7)
        cv2.line(canvas, (start + 2, kept), (end - 2, kept), _BLUE, 3)
    cv2.line(canvas, (left, top + side), (left + side, top), _INK, 1, cv2.LINE_AA)
    cv2.line(canvas, (left + 20, top + 24), (left + 35, top + 24), _BLUE, 3)
    _write(canvas, "share that is right", left + 42, top + 24, 11, _INK, _SHADE, left=True)
    _tint(canvas[top + 45 : top + 60, left + 20 : left + 36], _RED, 0.5)
    _write(canvas, "its gap to the confidence", left + 42, top + 52, 11, _INK, _SHADE, left=True)
    _write(canvas, "right", 36, top + side / 2, 12, _INK, upright=True)
    _write(canvas, "confidence", left + side / 2, top + side + 50, 12, _INK)

    base, tall = top + side + 150, 60
    most = max((i.count for i in bins), default=1)
    for i in bins:
        start, end = (round(left + side * edge) for edge in (i.lower, i.upper))
        high = max(2, round(tall * (i.count / most) ** 0.5))
        cv2.rectangle(canvas, (start + 2, base - high), (end - 2, base), _SOFT, cv2.FILLED)
        _write(canvas, str(i.count), (start + end) / 2, base + 14, 9, _SOFT)
    cv2.line(canvas, (left, base), (left + side, base), _RULE, 1)
    _write(canvas, "digits", left - 40, base - 10, 11, _SOFT)
    return canvas


def draw_mistakes(shown: Sequence[Mistake], count: int, columns: int = 10) -> Image:
    """A sheet of patches with truth and reading.

    Args:
        shown: the patches, in order.
        count: how many mistakes there are in all.
        columns: patches to a row.
    """
    tile_width, tile_height, top = 28 * _FACTOR + 16, 28 * _FACTOR + 46, 96
    rows = -(-len(shown) // columns)
    canvas = _canvas(columns * tile_width + 48, top + rows * tile_height + 24)
    some = f"the {len(shown)} most confident of {count}" if len(shown) < count else f"{count}"
    _title(canvas, "Mistakes", f"{some}: what was written, what it was read as, how sure")
    for index, i in enumerate(shown):
        row, column = divmod(index, columns)
        x, y = 24 + column * tile_width + 8, top + row * tile_height
        side = 28 * _FACTOR
        grey = np.rint(255 - 255 * i.patch).astype(np.uint8)
        large = cv2.resize(grey, (side, side), interpolation=cv2.INTER_CUBIC)
        canvas[y : y + side, x : x + side] = large[..., None]
        cv2.rectangle(canvas, (x - 1, y - 1), (x + side, y + side), _RULE, 1)
        truth, read = (str(j) if j < 10 else _NONE for j in (i.truth, i.read))
        percent = f"{min(99, int(100 * i.confidence))}%"
        below = y + side + 18
        _write(canvas, truth, x + 10, below, 14 if i.truth < 10 else 8, _GREEN)
        cv2.arrowedLine(
            canvas, (x + 24, below), (x + 40, below), _SOFT, 1, cv2.LINE_AA, tipLength=0.4
        )
        cap = 14 if i.read < 10 else 10
        _write(canvas, read, x + (54 if i.read < 10 else 61), below, cap, _RED)
        _write(canvas, percent, x + side - 14, below, 9, _SOFT)
    return canvas


def draw_misread(view: View, score: PhotoScore) -> Image:
    """A picture with what was read drawn on it and, below, what it should have been."""
    picture = annotate(view.frame.image, view.reading)
    height, width = picture.shape[:2]
    cap = int(np.clip(width / 90, 10, 40))
    full = max(width, 40 * cap)
    letters = int((full - 9 * cap) / (0.9 * cap))
    lines = (
        ("truth", score.photo.lines or ("no digits",), _GREEN),
        ("optional", score.photo.optional, _SOFT),
        ("read", score.read or ("nothing",), _RED),
    )
    rows = [
        (name if not n else "", row, color)
        for name, texts, color in lines
        for n, row in enumerate(_wrapped(texts, letters))
    ]
    step = round(2.2 * cap)
    canvas = _canvas(full, height + (len(rows) + 1) * step)
    canvas[:height, :width] = picture
    for n, (name, text, color) in enumerate(rows, start=1):
        y = height + n * step
        _write(canvas, name, cap, y, cap, _SOFT, left=True)
        _write(canvas, text, 8 * cap, y, cap, color, left=True)
    return canvas


def _wrapped(lines: Sequence[str], letters: int) -> list[str]:
    """Lines side by side in as many rows as they need, broken between lines if that can be."""
    whole = "\u00a0| ".join(line.replace(" ", "\u00a0") for line in lines)
    return [row.replace("\u00a0", " ") for row in textwrap.wrap(whole, letters)]


def save(path: Path, picture: Image) -> None:
    """Writes a picture as PNG.

    Raises:
        OutputError: it cannot be written.
    """
    _, data = cv2.imencode(".png", picture)
    with writing(path):
        path.write_bytes(data.tobytes())


def _canvas(width: int, height: int) -> Image:
    return np.full((height, width, 3), _PAPER, np.uint8)


def _title(canvas: Image, title: str, subtitle: str) -> None:
    _write(canvas, title, 26, 34, 18, _INK, left=True)
    _write(canvas, subtitle, 26, 66, 12, _SOFT, left=True)


def _write(
    canvas: Image,
    text: str,
    x: float,
    y: float,
    cap: int,
    color: Color,
    fill: Color = _PAPER,
    *,
    left: bool = False,
    upright: bool = False,
) -> None:
    """Writes in place, with the middle of the text at (x, y), or that of its left end."""
    if not text:
        return
    pixels = label(Text(text, cap, color), fill=fill).pixels
    if upright:
        pixels = np.asarray(cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE), np.uint8)
    height, width = pixels.shape[:2]
    right, bottom = canvas.shape[1] - width, canvas.shape[0] - height
    column = max(0, min(round(x if left else x - width / 2), right))
    row = max(0, min(round(y - height / 2), bottom))
    target = canvas[row : row + height, column : column + width]
    target[:] = pixels[: target.shape[0], : target.shape[1]]


def _tint(part: Image, color: Color, strength: float) -> None:
    """Mixes a colour into a part of a picture, in place."""
    part[:] = np.rint(part + strength * (np.array(color) - part)).astype(np.uint8)


def _mix(one: Color, other: Color, share: float) -> Color:
    blue, green, red = (round(i + share * (j - i)) for i, j in zip(one, other, strict=True))
    return blue, green, red
