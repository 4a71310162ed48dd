"""Cuts: digits that touch come apart where they meet, and what is one digit is tried whole."""

from itertools import combinations, product

import cv2
import numpy as np
import pytest
from sheets import overlap, sheet, touching

from livedigits.find import Candidate, find
from livedigits.reading import Box
from livedigits.settings import FindSettings

WIDE = "023456789"
"""A pair with a 1 is hardly wider than a single digit, and is not cut."""


def candidates(text: str, seed: int = 0, **settings: int) -> tuple[Candidate, ...]:
    """What is found of digits that touch."""
    picture = touching(text, seed=seed).picture()
    (found,) = find(picture, FindSettings(polarity="dark", **settings))  # type: ignore[arg-type]
    return found.candidates


def pieces_of(found: tuple[Candidate, ...]) -> list[Candidate]:
    return [candidate for candidate in found if candidate.part is not None]


def fit(found: list[Candidate], boxes: tuple[Box, ...]) -> float:
    """How well the worst fitted of the boxes is fitted."""
    return min(max((overlap(i.box, box) for i in found), default=0.0) for box in boxes)


def test_each_digit_of_a_touching_pair_is_a_piece() -> None:
    fits = [
        fit(pieces_of(candidates(one + other, seed)), touching(one + other, seed=seed).boxes)
        for one, other in product(WIDE, repeat=2)
        for seed in range(2)
    ]
    assert np.mean(np.array(fits) > 0.5) > 0.9
    assert np.median(fits) > 0.7


def test_each_digit_of_three_that_touch_is_a_piece() -> None:
    fits = [
        fit(pieces_of(candidates(text, seed)), touching(text, seed=seed).boxes)
        for text, seed in product(("250", "789", "456", "386", "235"), range(4))
    ]
    assert np.mean(np.array(fits) > 0.45) > 0.9
    assert np.median(fits) > 0.6


@pytest.mark.parametrize("text", ["25", "789", "0808"])
def test_pieces_lie_between_two_cuts_within_their_mark(text: str) -> None:
    found = candidates(text)
    pieces = pieces_of(found)
    (whole,) = (i for i in found if i.part is None) if len(text) == 2 else (None,)
    spans = set()
    for piece in pieces:
        part = piece.part
        assert part is not None
        assert 0 <= part.first < part.last <= part.ends
        assert (part.first, part.last) != (0, part.ends)  # that is the mark
        assert piece.hidden
        assert piece.box.h > 0.45 * max(box.h for box in touching(text).boxes)
        assert cv2.connectedComponents(np.where(piece.ink > 0, 255, 0).astype(np.uint8))[0] == 2
        assert piece.ink.shape == (piece.box.h + 2, piece.box.w + 2)
        spans.add((part.mark, part.first, part.last))
        if whole is not None:
            union = whole.box.union(piece.box)
            assert union.w <= whole.box.w + 2 and union.h <= whole.box.h + 2
    assert len(spans) == len(pieces)
    assert len({piece.part.mark for piece in pieces if piece.part is not None}) == 1


def test_pieces_that_follow_each_other_share_no_more_than_the_seam() -> None:
    for one, other in combinations(pieces_of(candidates("250")), 2):
        if one.part is None or other.part is None or one.part.last != other.part.first:
            continue
        # The ink of both in one picture: what both have is a soft edge.
        boxes = one.box.union(other.box)
        canvas = np.zeros((2, boxes.h + 2, boxes.w + 2), np.int64)
        for layer, piece in zip(canvas, (one, other), strict=True):
            x, y = piece.box.x - boxes.x, piece.box.y - boxes.y
            h, w = piece.ink.shape
            layer[y : y + h, x : x + w] = piece.ink > 200
        assert canvas.min(axis=0).sum() < 0.05 * canvas.max(axis=0).sum()


@pytest.mark.parametrize("seed", range(3))
def test_digits_that_do_not_touch_are_not_cut(seed: int) -> None:
    page = sheet(["0123456789", "17 4 147", "6 9 8 3"], size=(800, 400), seed=seed)
    (found,) = find(page.picture(), FindSettings(polarity="dark"))
    cut = {i.part.mark for i in found.candidates if i.part is not None}
    assert len(cut) <= 1  # a broad 0 or 2 may be as wide as it is tall
    for box in page.boxes:
        assert max(overlap(i.box, box) for i in found.candidates if i.part is None) > 0.8


def test_no_more_pieces_than_asked_for() -> None:
    everything = pieces_of(candidates("0808"))
    assert len(everything) > 5
    assert pieces_of(candidates("0808", max_pieces=0)) == []
