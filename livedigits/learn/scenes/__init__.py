"""Pictures of numbers that nobody wrote: pages on seven surfaces, and a camera before them.

    rng = np.random.default_rng(0)
    scene = render_scene(rng, surface="board", lines=["0522 1859", "17"])
    scene.image, scene.lines, scene.digits[0].box

For tests, for training under camera conditions, and for the recordings that come with the project.
"""

from livedigits.learn.scenes.camera import HARSH, MILD, STILL, Camera
from livedigits.learn.scenes.forms import FORMS, Form
from livedigits.learn.scenes.layout import HEIGHTS
from livedigits.learn.scenes.pens import Pen, PenKind, draw_pen
from livedigits.learn.scenes.scene import Scene, SceneDigit, render_scene
from livedigits.learn.scenes.surfaces import SURFACES, Surface

__all__ = [
    "FORMS",
    "HARSH",
    "HEIGHTS",
    "MILD",
    "STILL",
    "SURFACES",
    "Camera",
    "Form",
    "Pen",
    "PenKind",
    "Scene",
    "SceneDigit",
    "Surface",
    "draw_pen",
    "render_scene",
]
