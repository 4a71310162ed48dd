"""Rubbish: marks that are no digit, on canvases.

Letters, symbols, scribbles, blots and wrongly cut digits, and chimeras of real characters where a
file of those is given (Bromley & Denker, 1993: a digit reader has to be trained with rubbish).
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.learn.canvases import MARK, NOT_A_DIGIT, SIDE, Canvases, Picture, place, stack
from livedigits.learn.handwriting import DIGITS, LETTERS, SYMBOLS, draw, new_writer, write

Rng = np.random.Generator

Maker: TypeAlias = Callable[[Canvases, Rng], Picture]
"""Draws a mark that is no digit, which may be made of some that are."""


def no_digits(count: int, digits: Canvases, rng: Rng) -> Canvases:
    """Marks that are no digit, of every kind in the proportions of `_KINDS`.

    Args:
        count: how many.
        digits: where the marks that are made of digits, cut or run together, take them from.
        rng: random numbers.
    """
    makers = [maker for maker, _ in _KINDS]
    share = np.array([weight for _, weight in _KINDS], float)
    kinds = rng.choice(len(makers), size=count, p=share / share.sum())
    pictures = [place(makers[kind](digits, rng)) for kind in kinds]
    return stack(pictures, np.full(count, NOT_A_DIGIT))


def chimeras(characters: Canvases, count: int, rng: Rng) -> Canvases:
    """Characters of no alphabet: the strokes of two, one of them smaller, over one another.

    Args:
        characters: to take the strokes from.
        count: how many to make.
        rng: random numbers.
    """
    pictures = []
    for one, other in rng.integers(len(characters), size=(count, 2)):
        picture = characters.pictures[one].copy()
        side = int(rng.integers(24, 49))
        small = cv2.resize(characters.pictures[other], (side, side), interpolation=cv2.INTER_AREA)
        top, left = rng.integers(4, SIDE - side - 3, 2)
        part = picture[top : top + side, left : left + side]
        np.maximum(part, small, out=part)
        pictures.append(place(picture))
    return stack(pictures, np.full(count, NOT_A_DIGIT))


def character(characters: str) -> Maker:
    """What writes one of some characters."""

    def make(digits: Canvases, rng: Rng) -> Picture:
        sign = characters[rng.integers(len(characters))]
        return draw(write(sign, new_writer(rng), rng), MARK)

    return make


def _word(digits: Canvases, rng: Rng) -> Picture:
    """Two or three letters or digits run together, as a word or a badly separated number is."""
    writer = new_writer(rng)
    characters = LETTERS if rng.random() < 0.5 else DIGITS
    picks = [characters[rng.integers(len(characters))] for _ in range(rng.integers(2, 4))]
    return _run_together([draw(write(i, writer, rng), MARK) for i in picks], rng)


def touching(digits: Canvases, rng: Rng) -> Picture:
    """Two or three digits run together."""
    picks = rng.integers(len(digits), size=2 if rng.random() < 0.8 else 3)
    marks = []
    for picture in digits.pictures[picks]:
        x, y, w, h = cv2.boundingRect((picture > 32).astype(np.uint8))
        marks.append(picture[y : y + h, x : x + w])
    return _run_together(marks, rng)


def _run_together(marks: Sequence[Picture], rng: Rng) -> Picture:
    height = max(mark.shape[0] for mark in marks) + 8
    row = np.zeros((height, sum(mark.shape[1] for mark in marks) + 8), np.uint8)
    left = 0
    for mark in marks:
        top = int(rng.integers(0, height - mark.shape[0] + 1))
        part = row[top : top + mark.shape[0], left : left + mark.shape[1]]
        np.maximum(part, mark, out=part)
        left += max(4, mark.shape[1] - int(rng.integers(2, 7)))
    return row


def fragment(digits: Canvases, rng: Rng) -> Picture:
    """A piece of a digit that is no other digit: half of a 2, 3 or 5, or a corner of any."""
    for _ in range(20):
        index = int(rng.integers(len(digits)))
        if digits.labels[index] in (2, 3, 5):
            break
    picture: Picture = digits.pictures[index].copy()
    x, y, w, h = cv2.boundingRect((picture > 32).astype(np.uint8))
    cut = rng.uniform(0.35, 0.55)
    if rng.random() < 0.5:
        picture[y + round(h * cut) :] = 0
    else:
        picture[: y + round(h * (1 - cut))] = 0
    if rng.random() < 0.3:
        picture[:, : x + w // 2] = 0
    return picture


def _turned(digits: Canvases, rng: Rng) -> Picture:
    """A digit in a mirror or on its side, which is none any more but has a digit's strokes."""
    index = int(rng.integers(len(digits)))
    while digits.labels[index] not in (3, 4, 6, 7, 9):  # others come out as each other
        index = int(rng.integers(len(digits)))
    picture = digits.pictures[index]
    turned = picture[:, ::-1] if rng.random() < 0.5 else np.rot90(picture, rng.choice((1, 3)))
    return np.ascontiguousarray(turned)


def scribble(digits: Canvases, rng: Rng) -> Picture:
    """A smooth random curve, from a loop to a tangle."""
    knots = int(rng.integers(4, 12))
    path = rng.uniform(6, SIDE - 6, (knots, 2))
    time = np.linspace(0, 1, 120)
    spread = np.exp(-0.5 * ((time[:, None] - np.linspace(0, 1, knots)) * knots / 0.8) ** 2)
    points = spread @ path / spread.sum(axis=1, keepdims=True)
    return _stroke(points, rng)


def _stroke(points: npt.NDArray[np.float64], rng: Rng) -> Picture:
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    fixed = np.rint(points * 16).astype(np.int32)
    cv2.polylines(canvas, [fixed], False, 255, int(rng.integers(1, 8)), cv2.LINE_AA, 4)
    return canvas


def _rule(digits: Canvases, rng: Rng) -> Picture:
    """A flat line or two: a minus, an equals sign, the rule of a table, a piece of it."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    thickness = int(rng.integers(1, 9))
    rows = [32] if rng.random() < 0.6 else [24, 40]
    tilt = int(rng.integers(-6, 7))
    for row in rows:
        cv2.line(canvas, (4, row - tilt), (60, row + tilt), 255, thickness, cv2.LINE_AA)
    if rng.random() < 0.3:
        column = int(rng.integers(8, 56))
        cv2.line(canvas, (column, 12), (column, 52), 255, thickness, cv2.LINE_AA)
    return canvas


def _frame(digits: Canvases, rng: Rng) -> Picture:
    """A box, or two meeting corners of one, as forms, tables and squared paper have them."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    left, top = rng.integers(4, 20, 2)
    right, bottom = rng.integers(40, 60, 2)
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.int32)
    corners += rng.integers(-2, 3, corners.shape).astype(np.int32)
    thickness = int(rng.integers(1, 6))
    if rng.random() < 0.5:
        cv2.polylines(canvas, [corners], True, 255, thickness, cv2.LINE_AA)
    else:
        open_box = np.roll(corners, int(rng.integers(4)), axis=0)
        cv2.polylines(canvas, [open_box], False, 255, thickness, cv2.LINE_AA)
    return canvas


def blot(digits: Canvases, rng: Rng) -> Picture:
    """A filled, more or less round patch: a dot, a smudge, a punched hole, the inside of a 0."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    wave = 1 + sum(
        rng.normal(0, 0.12) * np.cos(i * angles + rng.uniform(0, 7)) for i in range(1, 5)
    )
    radius = np.column_stack([np.cos(angles) * rng.uniform(0.75, 1.8), np.sin(angles)])
    points = 32 + 14 * radius * np.asarray(wave)[:, None]
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(canvas, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return canvas


def texture(digits: Canvases, rng: Rng) -> Picture:
    """A clump of thresholded noise: grain, cloth, leaves, hair."""
    noise = rng.normal(size=(SIDE, SIDE)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), rng.uniform(1, 5), sigmaY=rng.uniform(1, 5))
    window = np.exp(-0.5 * (np.linspace(-2.2, 2.2, SIDE) ** 2))
    level = np.quantile(smooth, rng.uniform(0.45, 0.8))
    ink = (smooth - level) / smooth.std() + np.log(np.outer(window, window)) * 0.5
    _, pieces, stats, _ = cv2.connectedComponentsWithStats((ink > 0).astype(np.uint8))
    if len(stats) < 2:
        return np.zeros((SIDE, SIDE), np.uint8)
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return np.asarray((pieces == largest) * np.uint8(255), np.uint8)


_KINDS: tuple[tuple[Maker, float], ...] = (
    (character(LETTERS), 0.30),
    (character(SYMBOLS), 0.14),
    (_word, 0.08),
    (touching, 0.16),
    (fragment, 0.06),
    (_turned, 0.12),
    (scribble, 0.08),
    (_rule, 0.05),
    (_frame, 0.05),
    (blot, 0.04),
    (texture, 0.04),
)
"""Kinds of marks that are no digit, with their shares: what a page holds most comes most."""
