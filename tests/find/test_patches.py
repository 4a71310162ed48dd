"""Patches: whatever the pen and the resolution, each digit comes out as MNIST has it."""

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sheets import Ink, digit_ink

from livedigits.find import make_patches
from livedigits.find.patches import THICKEST, THINNEST, Patches, stroke_widths
from livedigits.learn.data import Mnist

DIGITS = "0123456789"


def many_crops() -> list[Ink]:
    """Every digit in ten hands, of pens from fine to broad."""
    widths = np.linspace(0.11, 0.2, 10)
    return [digit_ink(i, 90, seed=s, pen_width=w) for s, w in enumerate(widths) for i in DIGITS]


def grey_levels(patches: Patches) -> NDArray[np.uint8]:
    return np.asarray((patches * 255).round(), np.uint8)


def cut_tight(picture: Ink) -> Ink:
    x, y, w, h = cv2.boundingRect(picture)
    return picture[y : y + h, x : x + w]


def differences(patches: Patches, others: Patches) -> NDArray[np.float32]:
    """Mean absolute difference of each pair of patches, in shares of full ink."""
    return np.asarray(np.abs(patches - others).mean(axis=(1, 2)))


def test_a_patch_is_28_pixels_square_of_soft_white_ink_on_black() -> None:
    patches = make_patches(many_crops())
    assert patches.shape == (100, 28, 28)
    assert patches.dtype == np.float32
    assert patches.min() == 0
    assert patches.max() <= 1
    assert (patches.max(axis=(1, 2)) > 0.9).all()
    assert all(len(np.unique(patch)) > 10 for patch in patches)


def test_a_hard_mask_comes_out_soft_as_well() -> None:
    masks = [np.where(crop > 127, 255, 0).astype(np.uint8) for crop in many_crops()]
    levels = [len(np.unique(patch)) for patch in make_patches(masks)]
    assert min(levels) > 4  # an upright 1 has few edges to be soft at
    assert np.median(levels) > 30


def test_the_longest_side_is_20_pixels_and_the_centre_of_mass_is_in_the_middle() -> None:
    patches = make_patches(many_crops())
    rows = np.arange(28)
    mass = patches.sum(axis=(1, 2))
    down, right = patches.sum(axis=2) @ rows / mass, patches.sum(axis=1) @ rows / mass
    for patch, y, x in zip(patches, down, right, strict=True):
        left, top, w, h = cv2.boundingRect(grey_levels(patch))
        assert max(w, h) == 20
        # A digit whose ink is mostly at one end goes as far as it can without being cut off.
        assert abs(y - 14) <= 0.5 or top == 0 or top + h == 28
        assert abs(x - 14) <= 0.5 or left == 0 or left + w == 28


def test_a_picture_in_the_form_of_mnist_stays_as_it_is() -> None:
    patches = make_patches(many_crops())
    again = make_patches([cut_tight(picture) for picture in grey_levels(patches)])
    # A centre of mass that lies half way between two pixels may go to either: a few shift by one.
    changed = differences(patches, again)
    assert np.median(changed) < 0.015
    assert np.quantile(changed, 0.9) < 0.02


def test_real_mnist_stays_as_it_is(mnist: Mnist) -> None:
    pictures = mnist.test_pictures[:1000]
    again = make_patches([cut_tight(picture) for picture in pictures])
    changed = differences(np.asarray(pictures / 255, np.float32), again)
    assert np.median(changed) < 0.02
    assert np.quantile(changed, 0.9) < 0.04


def test_a_hairline_at_a_high_resolution_gets_the_strokes_of_mnist() -> None:
    patches = make_patches([digit_ink(i, 600, pen_width=3 / 600) for i in DIGITS])
    widths = stroke_widths(grey_levels(patches))
    assert (widths >= 0.8 * THINNEST).all()
    assert (widths <= THICKEST).all()
    assert (patches.max(axis=(1, 2)) > 0.85).all()


def test_the_strokes_of_a_broad_brush_are_thinned() -> None:
    crops = [digit_ink(i, 200, pen_width=0.5) for i in DIGITS]
    scales = [20 / max(crop.shape) for crop in crops]
    padded = [np.pad(crop, 5)[None] for crop in crops]
    before = np.array(
        [stroke_widths(i)[0] * scale for i, scale in zip(padded, scales, strict=True)]
    )
    after = stroke_widths(grey_levels(make_patches(crops)))
    assert (before > THICKEST).all()
    assert (after < before).all()
    assert after.mean() < before.mean() - 0.7
    assert (after < 1.4 * THICKEST).all()


@pytest.mark.parametrize("height", [40, 80, 400, 800])
def test_a_digit_gives_the_same_patch_at_any_size(height: int) -> None:
    seeds = range(3)
    usual = make_patches([digit_ink(i, 200, seed=s) for s in seeds for i in DIGITS])
    other = make_patches([digit_ink(i, height, seed=s) for s in seeds for i in DIGITS])
    changed = differences(usual, other)
    assert np.median(changed) < (0.03 if height < 60 else 0.01)
    assert np.quantile(changed, 0.9) < 0.05
    assert changed.max() < 0.1  # moved by one pixel


def test_nothing_gives_no_patches() -> None:
    patches = make_patches([])
    assert patches.shape == (0, 28, 28)
    assert patches.dtype == np.float32


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 3), (2000, 5)])
def test_a_crop_of_any_shape_stays_within_its_patch(shape: tuple[int, int]) -> None:
    full, empty = make_patches([np.full(shape, 255, np.uint8), np.zeros(shape, np.uint8)])
    assert full.max() == 1
    assert full.sum() > 20
    assert not empty.any()


def test_a_crop_is_brought_into_form_without_regard_to_the_others() -> None:
    crops = many_crops()[:20] + [digit_ink(i, 300, pen_width=0.01) for i in DIGITS]
    alone = np.concatenate([make_patches([crop]) for crop in crops])
    assert np.array_equal(make_patches(crops), alone)


@pytest.mark.parametrize("width", [4, 8, 16])
def test_stroke_widths_are_those_of_the_strokes(width: int) -> None:
    ink = np.zeros((4, 200, 200), np.uint8)
    ink[0, 20:180, 100 : 100 + width] = 255
    cv2.line(ink[1], (40, 30), (160, 170), 255, width, cv2.LINE_AA)
    cv2.circle(ink[2], (100, 100), 60, 255, width, cv2.LINE_AA)
    ink[3] = cv2.GaussianBlur(ink[2], (0, 0), width / 4)
    lengths = np.array([160, math.hypot(120, 140), 2 * math.pi * 60, 2 * math.pi * 60])
    true = ink.sum(axis=(1, 2)) / 255 / lengths
    assert stroke_widths(ink) == pytest.approx(true, rel=0.15)
