"""What a camera's place and settings cost: `python benchmarks/camera.py`.

The same written pages, seen from ever farther away, out of focus, in motion, in the dark, turned
and from the side: the share of their digits that is read, each in a single frame. Wrong digits and
such as are none are taken off.
"""

from collections.abc import Callable

import cv2
import numpy as np
from tqdm import tqdm

from livedigits import Reader
from livedigits.capture import Image
from livedigits.learn.match import match_lines
from livedigits.learn.scenes import STILL, Surface, render_scene
from livedigits.learn.scenes.camera import Pose

Rng = np.random.Generator

PAGES = 12
SURFACES: tuple[Surface, ...] = ("paper", "ruled", "squared", "whiteboard", "board")
SIZE = (1920, 1080)
WRITTEN = 100
"""Height of the digits as they are rendered, in pixels."""

SEEN = 40
"""Their height in the frame, in pixels, where it is not what is varied."""

LINES = ("0522 18597", "17 04 2026", "30176 41")


def farther(page: Image, height: float, rng: Rng) -> Image:
    """A page whose digits are so many pixels tall in an average camera's frame."""
    return exposed(page, rng, height=height)


def defocused(page: Image, share: float, rng: Rng) -> Image:
    """A page out of focus; the blur's standard deviation is a share of a digit's height."""
    return exposed(cv2.GaussianBlur(page, (0, 0), max(share * WRITTEN, 0.1)), rng)


def moved(page: Image, share: float, rng: Rng) -> Image:
    """A page that moves sideways by a share of a digit's height while the shutter is open."""
    return exposed(cv2.blur(page, (max(1, round(share * WRITTEN)), 1)), rng)


def dark(page: Image, noise: float, rng: Rng) -> Image:
    """A page in poor light: so many grey levels of noise, standard deviation."""
    return exposed(page, rng, noise=noise)


def turned(page: Image, degrees: float, rng: Rng) -> Image:
    """A page that lies askew, all of it in view."""
    room = SIZE[0] // 4
    roomy = cv2.copyMakeBorder(page, room, room, room, room, cv2.BORDER_REPLICATE)
    return exposed(seen_from(np.asarray(roomy, np.uint8), Pose(roll=degrees)), rng)


def leaning(page: Image, degrees: float, rng: Rng) -> Image:
    """A page seen from the side."""
    return exposed(seen_from(page, Pose(yaw=degrees)), rng)


def seen_from(page: Image, pose: Pose) -> Image:
    """A page from elsewhere; beyond its border it goes on as it ends, without more digits."""
    size = page.shape[1], page.shape[0]
    view = pose.homography(size, size)
    turned = cv2.warpPerspective(page, view, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8)


def exposed(page: Image, rng: Rng, *, height: float = SEEN, noise: float = 3.0) -> Image:
    """What an average camera makes of a page, its digits so many pixels tall."""
    scale = height / WRITTEN
    small = cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), 0.7).astype(np.float32)
    return np.clip(soft + rng.normal(0, noise, soft.shape), 0, 255).astype(np.uint8)


Take = Callable[[Image, float, Rng], Image]

TRIALS: tuple[tuple[str, Take, tuple[float, ...]], ...] = (
    ("height of a digit, pixels", farther, (8, 10, 12, 14, 17, 20, 30, 40, 80)),
    ("defocus, share of that height", defocused, (0, 0.03, 0.06, 0.09, 0.12, 0.16)),
    ("motion, share of that height", moved, (0, 0.1, 0.2, 0.3, 0.5)),
    ("noise, grey levels", dark, (0, 5, 10, 20, 30)),
    ("turned, degrees", turned, (0, 10, 20, 30, 40)),
    ("seen from the side, degrees", leaning, (0, 20, 35, 45, 55)),
)


def main() -> None:
    """Prints a row for each level of each trial."""
    rng = np.random.default_rng(0)
    pages = [
        render_scene(
            rng,
            surface=SURFACES[i % len(SURFACES)],
            lines=LINES,
            size=SIZE,
            digit_height=WRITTEN,
            camera=STILL,
        ).image
        for i in tqdm(range(PAGES), unit=" pages", leave=False)
    ]
    reader = Reader()
    truth = [line.replace(" ", "") for line in LINES]
    total = PAGES * sum(map(len, truth))
    for name, take, levels in TRIALS:
        print(name)
        for level in levels:
            wrong = 0
            for page in pages:
                lines = reader.read(take(page, level, rng)).lines
                wrong += match_lines(truth, [i.text.replace(" ", "") for i in lines]).errors
            print(f"  {level:>5g}  {1 - wrong / total:7.1%}")


if __name__ == "__main__":
    main()
