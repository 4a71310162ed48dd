"""How well forms and touching digits are read: `python benchmarks/forms.py`.

Numbers in boxes, in combs and in tables that they touch and cross, and numbers whose digits run
into each other, rendered under a mild camera: the digit error rate of each, and what is read when
nothing is in the way. With `--data mnist.npz` there are also numbers of real digits that run into
each other, each by someone else, of the tenth of the train split that nothing was learned from.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from livedigits import Reader
from livedigits.capture.frame import Image
from livedigits.learn.canvases import Canvases
from livedigits.learn.data import load_digits
from livedigits.learn.match import match_lines
from livedigits.learn.material import canvases_of
from livedigits.learn.scenes import FORMS, MILD, Form, Surface, render_scene
from livedigits.learn.scenes.camera import Pose, Shot, expose, warp
from livedigits.learn.splits import split
from livedigits.learn.strings import run_together

SCENES = 24
HEIGHT = 48.0
"""Of a digit, in pixels."""

SURFACES: tuple[Surface, ...] = ("paper", "kraft", "crumpled")

KINDS: tuple[tuple[str, Form | None, bool], ...] = (
    ("nothing in the way", None, False),
    *((form, form, False) for form in FORMS),
    ("touching digits", None, True),
    ("touching digits in boxes", "boxes", True),
)


PAGES = 40
"""Of real digits."""

PAGE = 1280, 720


def main() -> None:
    """Prints a row for each kind."""
    parser = argparse.ArgumentParser(description="How well forms and touching digits are read.")
    parser.add_argument("--data", type=Path, metavar="PATH", help="real digits, as for `train`")
    given = parser.parse_args()
    reader = Reader()
    for name, form, touching in KINDS:
        report(reader, name, scenes(form, touching), SCENES)
    if given.data is not None:
        kept = canvases_of(split(load_digits(given.data)).validation)
        report(reader, "touching digits of others", pages(kept), PAGES)


def report(
    reader: Reader, name: str, pictures: Iterator[tuple[Image, list[str]]], count: int
) -> None:
    """Prints how well pictures with the given lines are read."""
    errors = total = 0
    for image, lines in tqdm(pictures, total=count, unit=" pictures", leave=False):
        read = [line.text.replace(" ", "") for line in reader.read(image).lines]
        truth = [line.replace(" ", "") for line in lines]
        errors += match_lines(truth, read).errors
        total += sum(map(len, truth))
    print(f"{name:26} {errors / total:7.1%}  {errors} errors, {total} digits")


def scenes(form: Form | None, touching: bool) -> Iterator[tuple[Image, list[str]]]:
    """Pages in the project's own hands."""
    rng = np.random.default_rng(0)
    for index in range(SCENES):
        scene = render_scene(
            rng,
            surface=SURFACES[index % len(SURFACES)],
            digit_height=HEIGHT,
            camera=MILD,
            form=form,
            touching=touching,
        )
        yield scene.image, list(scene.lines)


def pages(digits: Canvases) -> Iterator[tuple[Image, list[str]]]:
    """Pages of numbers of two to five real digits, 26 to 70 pixels tall, in a camera's view."""
    rng = np.random.default_rng(0)
    width, height = PAGE
    for _ in range(PAGES):
        tall = rng.uniform(26, 70)
        ink = np.zeros((height, width), np.float32)
        lines = []
        top = 0.14 * height
        while top + 2.4 * tall < 0.88 * height:
            left, numbers = 0.15 * width, []
            while len(numbers) < 8:
                count = int(rng.integers(2, 6))
                number, values = run_together(digits, count, tall, rng)
                if left + number.shape[1] > 0.85 * width:
                    break
                room = np.s_[int(top) :, int(left) :]
                ink[room][: number.shape[0], : number.shape[1]] = number
                numbers.append("".join(map(str, values)))
                left += number.shape[1] + rng.uniform(0, 0.6) * tall
            if numbers:
                lines.append(" ".join(numbers))
            top += rng.uniform(1.8, 2.4) * tall
        light = rng.uniform(150, 240, 4).reshape(2, 2).astype(np.float32)
        paper = cv2.resize(light, PAGE, interpolation=cv2.INTER_LINEAR)
        page = np.clip(paper - ink / 255 * rng.uniform(60, 150), 0, 255).astype(np.uint8)
        roll, pitch, yaw = rng.uniform(-6, 6, 3).tolist()
        turn = Pose(roll=roll, pitch=pitch, yaw=yaw).homography(PAGE, PAGE)
        shot = Shot(defocus=rng.uniform(0.3, 1.0), noise=rng.uniform(0.5, 6))
        yield expose(rng, warp(cv2.cvtColor(page, cv2.COLOR_GRAY2BGR), turn, PAGE), shot), lines


if __name__ == "__main__":
    main()
