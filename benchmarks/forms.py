"""How well forms and touching digits are read: `python benchmarks/forms.py`.

Numbers in boxes, in combs and in tables that they touch and cross, and numbers whose digits run
into each other, rendered under a mild camera: the digit error rate of each, and what is read when
nothing is in the way.
"""

import numpy as np
from tqdm import tqdm

from livedigits import Reader
from livedigits.learn.match import match_lines
from livedigits.learn.scenes import FORMS, MILD, Form, Surface, render_scene

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


def main() -> None:
    """Prints a row for each kind."""
    reader = Reader()
    for name, form, touching in KINDS:
        rng = np.random.default_rng(0)
        errors = count = 0
        for index in tqdm(range(SCENES), unit=" scenes", leave=False):
            scene = render_scene(
                rng,
                surface=SURFACES[index % len(SURFACES)],
                digit_height=HEIGHT,
                camera=MILD,
                form=form,
                touching=touching,
            )
            read = [line.text.replace(" ", "") for line in reader.read(scene.image).lines]
            truth = [line.replace(" ", "") for line in scene.lines]
            errors += match_lines(truth, read).errors
            count += len(scene.digits)
        print(f"{name:26} {errors / count:7.1%}  {errors} errors, {count} digits")


if __name__ == "__main__":
    main()
