"""A page: rows of numbers in someone's hand on one of the surfaces, in the light of a room."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.learn.handwriting import Writer, draw_on, new_writer
from livedigits.learn.scenes import light
from livedigits.learn.scenes.forms import Form, print_form
from livedigits.learn.scenes.layout import Area, Layout, Placed, lay_out
from livedigits.learn.scenes.pens import Pen, draw_pen, lay_ink
from livedigits.learn.scenes.surfaces import PENS, Ruling, Surface, blank, desk
from livedigits.learn.scenes.texture import Coverage, FloatImage, Size, blurred, resized, to_image

_FILLED = 96
"""Coverage from which a pixel counts as ink in the outline of a digit."""


@dataclass(frozen=True, slots=True)
class PageDigit:
    """A digit on the page.

    Attributes:
        value: "0" to "9".
        line: index of its row.
        outline: `float32`, `(n, 2)`, the convex hull of its ink, in pixels of the page.
    """

    value: str
    line: int
    outline: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Page:
    """What a camera can be pointed at.

    Attributes:
        image: the page as it is lit, BGR.
        lines: what is written, one space between separate numbers.
        digits: row by row, from left to right.
        height: of a digit, in pixels.
    """

    image: Image
    lines: tuple[str, ...]
    digits: tuple[PageDigit, ...]
    height: float


def compose_page(
    rng: np.random.Generator,
    *,
    surface: Surface,
    size: Size,
    area: Area,
    lines: Sequence[str] | None = None,
    digit_height: float | None = None,
    writers: Sequence[Writer] | None = None,
    pen: Pen | None = None,
    sheet: Area | None = None,
    form: Form | None = None,
    touching: bool = False,
) -> Page:
    """Writes a page and lights it.

    Args:
        rng: where the randomness comes from.
        surface: what is written on.
        size: of the page in pixels.
        area: where the writing goes, in pixels of the page.
        lines: what to write; numbers are drawn at random without it.
        digit_height: in pixels; drawn at random without it. Less where the lines would not fit.
        writers: whose hand it is, row by row in turn; one new person without it.
        pen: what it is written with; one that suits the surface without it.
        sheet: the edges of the sheet, with a table around it; without it the surface goes on.
        form: what is printed around the numbers; nothing without it.
        touching: whether some digits of a number run into each other.

    Raises:
        ValueError: a line is not digits and single spaces, or the lines do not fit the area.
    """
    pen = pen or draw_pen(rng, rng.choice(PENS[surface]))
    layout = lay_out(
        rng,
        area,
        writers or (new_writer(rng),),
        pen.width,
        lines=lines,
        digit_height=digit_height,
        touching=touching,
    )
    ruling = Ruling(layout.baseline, layout.pitch, layout.left, layout.height)
    page = blank(rng, surface, size, ruling)
    if form is not None:
        print_form(rng, page, layout, form)
    if sheet is not None:
        page = _on_desk(rng, page, sheet)
    ink: Coverage = np.zeros((size[1], size[0]), np.uint8)
    digits = tuple(_draw_digit(ink, digit, layout, pen) for digit in layout.digits)
    lay_ink(page, ink, pen, layout.height, rng)
    return Page(to_image(_lit(rng, page, surface)), layout.lines, digits, layout.height)


def _draw_digit(ink: Coverage, digit: Placed, layout: Layout, pen: Pen) -> PageDigit:
    """Draws a digit's ink on the page's coverage, in place, and tells where it has come to lie."""
    # On a small canvas of its own, so that its outline is not mixed up with its neighbours'.
    reach = int(np.ceil(layout.height * 0.75))
    x, y = int(digit.x) - reach, int(digit.y) - reach
    side = 4 * reach
    own: Coverage = np.zeros((side, side), np.uint8)
    draw_on(own, digit.glyph, (digit.x - x, digit.y - y), layout.height, pen.width)
    left, top, right, bottom = max(x, 0), max(y, 0), x + side, y + side
    there = ink[top:bottom, left:right]
    part = own[top - y :, left - x :][: there.shape[0], : there.shape[1]]
    np.maximum(there, part, out=there)
    filled = cv2.findNonZero((own >= _FILLED).astype(np.uint8)).reshape(-1, 1, 2)
    hull = cv2.convexHull(filled).reshape(-1, 2).astype(np.float32)
    return PageDigit(digit.value, digit.line, hull + np.array((x + 0.5, y + 0.5), np.float32))


def _on_desk(rng: np.random.Generator, page: FloatImage, sheet: Area) -> FloatImage:
    """The part of the page that is the sheet, lying on a table with its shadow beside it."""
    height, width = page.shape[:2]
    table = desk(rng, (width, height))
    covered = np.zeros((height, width), np.float32)
    left, top = max(0, round(sheet.x)), max(0, round(sheet.y))
    covered[top : round(sheet.y + sheet.h), left : round(sheet.x + sheet.w)] = 1
    small = resized(covered, (width // 4, height // 4), cv2.INTER_AREA)
    thrown = resized(blurred(small, max(1.5, height / 500)), (width, height))
    table *= 1 - 0.6 * thrown[..., None]
    return np.where(covered[..., None] > 0, page, table)


def _lit(rng: np.random.Generator, page: FloatImage, surface: Surface) -> FloatImage:
    """The page in a room's light, with what shadows and mirrors there are."""
    size: Size = (page.shape[1], page.shape[0])
    dark, glossy = surface == "board", surface == "whiteboard"
    lit = page * light.uneven_light(rng, size, rng.uniform(0.1, 0.3 if dark or glossy else 0.45))
    shade: FloatImage | None = None
    if surface == "crumpled":
        shade = light.folds(rng, size, rng.uniform(0.1, 0.2))
        shade *= light.shadow(rng, size, darkness=rng.uniform(0.25, 0.5), softness=0.012)
    elif rng.random() < (0.2 if dark or glossy else 0.55):
        softness = float(np.exp(rng.uniform(*np.log((0.02, 0.2)))))
        shade = light.shadow(rng, size, darkness=rng.uniform(0.1, 0.4), softness=softness)
    if shade is not None:
        lit *= shade[..., None]
    if glossy:
        mirrored = light.glare(rng, size, rng.uniform(0.3, 0.7))
        lit += mirrored[..., None] * (np.float32(252) - lit)
    return lit
