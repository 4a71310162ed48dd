"""A scene: a page written for the occasion, its picture, and the truth about it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from livedigits.capture.frame import Image
from livedigits.learn.handwriting import Writer
from livedigits.learn.scenes.camera import (
    MILD,
    Camera,
    Homography,
    draw_pose,
    draw_shot,
    expose,
    warp,
)
from livedigits.learn.scenes.forms import Form
from livedigits.learn.scenes.layout import Area
from livedigits.learn.scenes.page import Page, PageDigit, compose_page
from livedigits.learn.scenes.pens import Pen
from livedigits.learn.scenes.surfaces import Surface
from livedigits.learn.scenes.texture import Size
from livedigits.reading import Box

_BORDER = 0.14
"""How far a page goes on beyond the frame on each side, as a share: room for the camera to lean."""

_INSET = 0.05
"""Room around the writing, within frame and sheet, as a share of the frame's shorter side."""

_EDGED = 0.2
"""How many scenes show an edge of the sheet and the table beyond."""


@dataclass(frozen=True, slots=True)
class SceneDigit:
    """A digit as it should be read.

    Attributes:
        value: "0" to "9".
        box: around its ink, in pixels of the picture.
        line: index into `Scene.lines`.
    """

    value: str
    box: Box
    line: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and the truth about it.

    Attributes:
        image: BGR.
        lines: what is written, top to bottom, one space between separate numbers.
        digits: row by row, from left to right; every one is in full view.
        surface: what it is written on.
    """

    image: Image
    lines: tuple[str, ...]
    digits: tuple[SceneDigit, ...]
    surface: Surface


def render_scene(
    rng: np.random.Generator,
    *,
    surface: Surface,
    lines: Sequence[str] | None = None,
    size: Size = (1280, 720),
    digit_height: float | None = None,
    camera: Camera = MILD,
    writers: Sequence[Writer] | None = None,
    pen: Pen | None = None,
    form: Form | None = None,
    touching: bool = False,
) -> Scene:
    """Writes a page and takes its picture.

    Args:
        rng: where chance comes from; the same state gives the same scene.
        surface: what is written on.
        lines: what to write, top to bottom; numbers are drawn at random without it.
        size: width and height of the picture in pixels.
        digit_height: in pixels, before perspective; drawn from `HEIGHTS` without it. Less where the
            lines would not fit.
        camera: how hard the camera makes it.
        writers: whose hand it is, row by row in turn; one new person without it.
        pen: what it is written with; one that suits the surface without it.
        form: what is printed around the numbers; nothing without it.
        touching: whether some digits of a number run into each other.

    Raises:
        ValueError: a line is not digits and single spaces, or the lines do not fit the picture.
    """
    border_x, border_y = round(size[0] * _BORDER), round(size[1] * _BORDER)
    page_size = (size[0] + 2 * border_x, size[1] + 2 * border_y)
    area = Area(border_x, border_y, *size)
    sheet = None
    if surface not in ("board", "whiteboard") and rng.random() < _EDGED:
        sheet = _sheet_with_an_edge_in(rng, area, page_size)
        area = area.common(sheet)
    page = compose_page(
        rng,
        surface=surface,
        size=page_size,
        area=area.within(_INSET * min(size)),
        lines=lines,
        digit_height=digit_height,
        writers=writers,
        pen=pen,
        sheet=sheet,
        form=form,
        touching=touching,
    )
    view = _all_in_view(draw_pose(rng, camera).homography(page_size, size), page, size)
    image = expose(rng, warp(page.image, view, size), draw_shot(rng, camera))
    digits = tuple(SceneDigit(i.value, seen_box(i, view), i.line) for i in page.digits)
    return Scene(image, page.lines, digits, surface)


def seen_box(digit: PageDigit, view: Homography) -> Box:
    """The upright box around a digit's ink, in pixels of the frame."""
    seen = cv2.perspectiveTransform(digit.outline.reshape(-1, 1, 2), view).reshape(-1, 2)
    x, y = np.floor(seen.min(axis=0) - 0.5).astype(int).tolist()
    right, bottom = np.ceil(seen.max(axis=0) + 0.5).astype(int).tolist()
    return Box(x, y, right - x, bottom - y)


def _sheet_with_an_edge_in(rng: np.random.Generator, frame: Area, page: Size) -> Area:
    """A sheet that covers the page but for one or two sides, whose edges are in the frame."""
    shown = rng.uniform(0.02, 0.08, 4) * min(frame.w, frame.h)
    shown[rng.permutation(4)[rng.integers(1, 3) :]] = -np.inf  # these sides are out of view
    left, top = max(0.0, frame.x + shown[0]), max(0.0, frame.y + shown[1])
    right = min(float(page[0]), frame.x + frame.w - shown[2])
    bottom = min(float(page[1]), frame.y + frame.h - shown[3])
    return Area(left, top, right - left, bottom - top)


def _all_in_view(view: Homography, page: Page, size: Size) -> Homography:
    """The view, stepped back and aside as little as it takes to have every digit in it."""
    outlines = np.concatenate([digit.outline for digit in page.digits]).reshape(-1, 1, 2)
    seen = cv2.perspectiveTransform(outlines, view).reshape(-1, 2)
    low, high = seen.min(axis=0), seen.max(axis=0)
    margin = 0.015 * min(size)
    room = np.array(size) - 2 * margin
    scale = float(min(1.0, *(room / (high - low))))
    low, high = low * scale, high * scale
    centring = np.array(size) * (1 - scale) / 2
    shift = np.clip(centring, margin - low, np.array(size) - margin - high)
    step = np.array(((scale, 0, shift[0]), (0, scale, shift[1]), (0, 0, 1)))
    return np.asarray(step @ view, np.float64)
