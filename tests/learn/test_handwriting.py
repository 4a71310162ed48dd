"""Handwriting synthesis: endless variety, every style, true drawing, digits that stay apart."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from livedigits.learn.canvases import handwritten_digits
from livedigits.learn.handwriting import (
    AMBIGUOUS,
    DIGITS,
    LETTERS,
    STYLES,
    SYMBOLS,
    Glyph,
    draw,
    draw_on,
    new_writer,
    write,
)
from livedigits.learn.handwriting.pen import MARGIN
from livedigits.learn.handwriting.skeleton import read_styles


def glyphs(seed: int, count: int, characters: str = DIGITS) -> list[Glyph]:
    """The characters in turn, each by someone else."""
    rng = np.random.default_rng(seed)
    return [write(characters[i % len(characters)], new_writer(rng), rng) for i in range(count)]


def test_the_same_seed_writes_the_same_and_no_two_instances_are_alike() -> None:
    def page(seed: int) -> list[NDArray[np.uint8]]:
        rng = np.random.default_rng(seed)
        writer = new_writer(rng)
        return [draw(write(character, writer, rng), 40) for character in "7777"]

    first, again, other = page(5), page(5), page(6)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    everything = [ink.tobytes() for ink in first + other]
    assert len(set(everything)) == len(everything)


def test_every_style_of_every_character_turns_up_about_as_often_as_it_is_common() -> None:
    rng = np.random.default_rng(0)
    writers = [new_writer(rng) for _ in range(1500)]
    for character, styles in STYLES.items():
        picks = np.bincount([w.styles[character] for w in writers], minlength=len(styles))
        weights = np.array([style.weight for style in styles])
        assert len(picks) == len(styles)
        assert picks / len(writers) == pytest.approx(weights / weights.sum(), abs=0.05)
        assert np.array_equal(picks > 0, weights > 0)


def test_more_of_the_hands_to_learn_from_write_a_broad_1_than_of_the_world() -> None:
    """Every other one has learned in Europe, where a 1 has an upstroke."""

    def broad(ones: list[NDArray[np.uint8]]) -> float:
        boxes = [cv2.boundingRect(one) for one in ones]
        return float(np.mean([w > 0.5 * h for _, _, w, h in boxes]))

    rng = np.random.default_rng(0)
    canvases = handwritten_digits(4000, rng)
    learned = broad(list(canvases.pictures[canvases.labels == 1]))
    usual = broad([draw(write("1", new_writer(rng), rng), 44) for _ in range(400)])
    assert learned > usual + 0.1


def test_a_style_and_a_pen_can_be_asked_for() -> None:
    rng = np.random.default_rng(1)
    names = [style.name for style in STYLES["7"]]
    for name, strokes in (("plain", 1), ("crossed", 2)):
        writer = new_writer(rng, styles={"7": names.index(name)}, pen_width=0.1)
        assert len(write("7", writer, rng).strokes) == strokes
        assert writer.pen_width == 0.1


@pytest.mark.parametrize("character", DIGITS + LETTERS + SYMBOLS + AMBIGUOUS)
def test_every_character_leaves_ink_at_any_size(character: str) -> None:
    for glyph in glyphs(2, 4, character):
        assert glyph.character == character
        for height in (10, 60):
            ink = draw(glyph, height)
            assert ink.dtype == np.uint8
            assert ink.max() > 0


def test_the_crop_is_tight_with_a_margin_of_blank_pixels() -> None:
    for glyph in glyphs(3, 100):
        for height in (10.0, 33.3, 120.0):
            ink = draw(glyph, height)
            x, y, w, h = cv2.boundingRect(ink)
            assert (x, y) == (MARGIN, MARGIN)
            assert (h + 2 * MARGIN, w + 2 * MARGIN) == ink.shape


@pytest.mark.parametrize("height", [10, 28, 60, 300])
def test_digits_are_as_high_as_asked_give_or_take_the_hand(height: int) -> None:
    relative = [(draw(g, height).shape[0] - 2 * MARGIN) / height for g in glyphs(4, 100)]
    assert 0.95 < float(np.median(relative)) < 1.25
    assert min(relative) > 0.55
    assert max(relative) < 1.75


def test_ink_covers_the_same_share_of_the_same_place_at_every_size() -> None:
    def measured(glyph: Glyph, height: int) -> NDArray[np.float64]:
        page = np.zeros((3 * height, 3 * height), np.uint8)
        draw_on(page, glyph, (height, height), height)
        m = cv2.moments(page)
        share = m["m00"] / (255 * height**2)
        # Moments count from the middle of the first pixel.
        return np.array(
            [share, (m["m10"] / m["m00"] + 0.5) / height, (m["m01"] / m["m00"] + 0.5) / height]
        )

    pairs = [(measured(glyph, 20), measured(glyph, 300)) for glyph in glyphs(5, 60)]
    small, large = np.array(pairs).swapaxes(0, 1)
    assert small[:, 0] == pytest.approx(large[:, 0], rel=0.2)
    assert small[:, 1:] == pytest.approx(large[:, 1:], abs=0.02)
    # Rounding the line's width and place leans to no side.
    assert np.mean(small[:, 0] / large[:, 0]) == pytest.approx(1, abs=0.02)
    assert np.mean(small[:, 1:] - large[:, 1:], axis=0) == pytest.approx(0, abs=0.0015)


def test_a_pen_width_given_to_draw_replaces_the_writers_own() -> None:
    rng = np.random.default_rng(6)
    one = new_writer(rng, styles={"1": 0})
    glyph = write("1", one, rng)
    areas = [int(draw(glyph, 60, pen_width=width).sum()) for width in (0.03, 0.06, 0.12)]
    assert areas[1] == pytest.approx(2 * areas[0], rel=0.15)
    assert areas[2] == pytest.approx(2 * areas[1], rel=0.15)


def test_draw_on_puts_on_a_page_what_draw_shows_alone() -> None:
    for glyph in glyphs(7, 40):
        page = np.zeros((160, 200), np.uint8)
        draw_on(page, glyph, (70, 50), 60)
        x, y, w, h = cv2.boundingRect(page)
        alone = draw(glyph, 60)[MARGIN:-MARGIN, MARGIN:-MARGIN]
        assert np.array_equal(page[y : y + h, x : x + w], alone)


def test_draw_on_moves_by_fractions_of_a_pixel() -> None:
    def center(glyph: Glyph, origin: tuple[float, float]) -> NDArray[np.float64]:
        page = np.zeros((100, 100), np.uint8)
        draw_on(page, glyph, origin, 50)
        m = cv2.moments(page)
        return np.array([m["m10"], m["m01"]]) / m["m00"]

    for glyph in glyphs(8, 10):
        moved = center(glyph, (30.5, 20.25)) - center(glyph, (30, 20))
        assert moved == pytest.approx([0.5, 0.25], abs=0.05)


def test_draw_on_keeps_older_ink_and_cuts_off_at_the_edge_of_the_page() -> None:
    for glyph in glyphs(9, 20):
        wide = np.zeros((200, 200), np.uint8)
        draw_on(wide, glyph, (60.4, 50.7), 60)
        page = np.full((80, 70), 40, np.uint8)
        draw_on(page, glyph, (-19.6, -29.3), 60)
        assert np.array_equal(page, np.maximum(wide[80:160, 80:150], 40))
        draw_on(page, glyph, (900, 900), 60)
        draw_on(page, glyph, (-900, -900), 60)
        assert np.array_equal(page, np.maximum(wide[80:160, 80:150], 40))


def test_digits_by_strangers_are_told_apart_by_their_nearest_neighbour() -> None:
    def pictures(seed: int, count: int) -> NDArray[np.float32]:
        inks = (draw(glyph, 30) for glyph in glyphs(seed, count))
        boxed = [
            cv2.copyMakeBorder(ink, 0, 0, side := max(ink.shape[0] - ink.shape[1], 0) // 2, side, 0)
            for ink in inks
        ]
        small = [cv2.GaussianBlur(cv2.resize(b, (16, 16)), (0, 0), 1.0).ravel() for b in boxed]
        rows = np.array(small, np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    known, fresh = pictures(10, 3000), pictures(11, 500)
    read = np.argmax(fresh @ known.T, axis=1) % 10
    assert float(np.mean(read == np.arange(500) % 10)) > 0.97


def test_no_character_is_both_a_sign_to_reject_and_one_that_may_be_a_digit() -> None:
    everything = DIGITS + LETTERS + SYMBOLS + AMBIGUOUS
    assert len(set(everything)) == len(everything)
    assert not set("oOlIsSzZbBgq") & set(LETTERS)
    assert not set("|/()!,") & set(SYMBOLS)


def test_skeletons_of_a_style_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="hat"):
        read_styles("^ 1 hat\n  0,40 14,0^ 28,40\n  0,40 14,0 28,40")
