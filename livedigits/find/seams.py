"""Seams: where a wide mark may be cut, if it is several digits that touch.

Digits meet at the end of a stroke, along two bows or in a tangle, and by its ink alone no place
where they do differs from the middle of an 8. A small convolutional network has learned to tell
(`livedigits.learn.cutting`): it is shown all marks of a level side by side, and says of each column
how likely a straight line through it, upright or leaning, runs between two digits and through
neither. It knows letters and signs, too, between which no line does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.find.ink import Mask
from livedigits.hush import hushed
from livedigits.litert import interpreter

Floats = npt.NDArray[np.float32]

ROWS = 20
"""Marks are shown in this height, smaller than most are."""

WIDTH = 256
"""Columns of a strip of marks."""

ROOM = 14
"""Empty columns around each mark of a strip, as far as the network sees to either side."""

SLANTS = (-0.1, 0.1, 0.3)
"""Lines lean so many columns a row, mostly to the right as writing does."""

NETWORK = Path(__file__).with_name("cuts.tflite")

_UNLIKELY = 0.05
"""Seams that are less likely are not tried."""

_APART = 0.15
"""Least distance of two seams, and of a seam from the end of its mark, in heights; half of a 1."""

_MOST = 3.5
"""Most seams, for each height that a mark is wide; a pair of digits has one, and five pieces."""


@dataclass(frozen=True, slots=True, eq=False)
class Seams:
    """Where a mark may be cut, from left to right.

    Attributes:
        columns: of each seam, row by row, in pixels of the mark's core from its left side,
            `(n, h)`.
        likely: how likely each runs between two digits, `(n,)`.
    """

    columns: Floats
    likely: Floats


def seams_of(cores: Sequence[Mask]) -> list[Seams]:
    """The seams of each mark.

    Args:
        cores: `(h, w)` uint8 each, ink 255.
    """
    shown = [shrunk(core) for core in cores]
    return [
        _chosen(likely, core.shape) for likely, core in zip(_likelihoods(shown), cores, strict=True)
    ]


def shrunk(core: Mask) -> Mask:
    """A mark as the network sees it, `(ROWS, w)` uint8; marks of more than `WIDTH` end there."""
    height, width = core.shape
    columns = min(max(3, round(width * ROWS / height)), WIDTH - 2 * ROOM)
    return np.asarray(cv2.resize(core, (columns, ROWS), interpolation=cv2.INTER_AREA), np.uint8)


def leaning(column: float, slant: float, height: int) -> Floats:
    """Columns of a line, row by row, `(height,)`.

    Args:
        column: at half of the height.
        slant: columns that it leans to the right with each row further up.
        height: rows.
    """
    rows = np.arange(height, dtype=np.float32)
    return np.asarray(column + slant * ((height - 1) / 2 - rows), np.float32)


def _likelihoods(marks: Sequence[Mask]) -> list[Floats]:
    """How likely each line of each mark is a seam, `(w, len(SLANTS))` each."""
    strips: list[Mask] = []
    places = []
    left = WIDTH
    for mark in marks:
        width = mark.shape[1]
        if left + width + ROOM > WIDTH:
            strips.append(np.zeros((ROWS, WIDTH), np.uint8))
            left = ROOM
        strips[-1][:, left : left + width] = mark
        places.append((len(strips) - 1, left, width))
        left += width + ROOM
    told = [_network()(strip) for strip in strips]
    return [told[strip][left : left + width] for strip, left, width in places]


def _chosen(likely: Floats, shape: tuple[int, ...]) -> Seams:
    """The likeliest seams of a mark that neither cross nor crowd each other.

    Args:
        likely: of each column and slant, `(w, len(SLANTS))`.
        shape: of the mark's core.
    """
    height, width = shape
    columns = len(likely)
    slants, best = likely.argmax(axis=1).tolist(), likely.max(axis=1)
    most = math.ceil(_MOST * columns / ROWS)
    ends = _APART * ROWS
    chosen: list[int] = []
    for i in np.argsort(-best, kind="stable").tolist():
        if best[i] < _UNLIKELY or len(chosen) == most:
            break
        if ends < i + 0.5 < columns - ends and all(
            _beside(i - j, SLANTS[slants[i]] - SLANTS[slants[j]]) for j in chosen
        ):
            chosen.append(i)
    chosen.sort()
    scale = width / columns
    lines = [leaning((i + 0.5) * scale, SLANTS[slants[i]], height) for i in chosen]
    return Seams(np.array(lines, np.float32).reshape(-1, height), best[chosen])


def _beside(columns: int, slant: float) -> bool:
    """Whether two lines that are so many columns and so much slant apart do not cross."""
    return abs(columns) >= max(_APART * ROWS, abs(slant) * (ROWS - 1) / 2)


class Network:
    """What tells seams, for one strip at a time."""

    def __init__(self, content: bytes) -> None:
        with hushed():
            self._runner = interpreter(content, threads=1)
            self._runner.allocate_tensors()
        (self._input,), (self._output,) = (
            self._runner.get_input_details(),
            self._runner.get_output_details(),
        )
        self._lock = Lock()  # an interpreter fails when two threads use it at once

    def __call__(self, strip: Mask) -> Floats:
        """How likely each line is a seam, `(WIDTH, len(SLANTS))`.

        Args:
            strip: `(ROWS, WIDTH)` uint8, ink 255.
        """
        with self._lock:
            self._runner.set_tensor(self._input["index"], self._given(strip))
            self._runner.invoke()
            told = self._runner.get_tensor(self._output["index"])
        return np.asarray(told.reshape(WIDTH, len(SLANTS)), np.float32)

    def _given(self, strip: Mask) -> npt.NDArray[Any]:
        return strip.reshape(self._input["shape"]).astype(self._input["dtype"])


@cache
def _network() -> Network:
    return Network(NETWORK.read_bytes())
